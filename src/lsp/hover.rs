//! What is known of the client that is built where the pointer stands: how often, by whom it is reached,
//! its pool, its rule.
//!
//! Writes Markdown from the project's map. Knows no rule.

use std::fmt::Write;
use std::path::Path;

use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind};

use super::pages::Pages;
use super::view::View;
use crate::finding::Place;
use crate::map::{Client, Map, Number, Origin};
use crate::report::masked;

/// More ways to one construction than this say nothing new.
const MOST_REACHES: usize = 4;
const MOST_ENTRIES: usize = 6;

pub struct Pointer<'a> {
    pub view: &'a View<'a>,
    pub pages: Option<&'a Pages>,
    pub path: &'a Path,
    /// In the text as it is shown.
    pub offset: usize,
}

impl Pointer<'_> {
    /// The innermost construction around the pointer.
    pub fn hover(&self, map: &Map) -> Option<Hover> {
        let file = self.view.file(self.path)?;
        let offset = self.view.shown(file)?.shift.judged(self.offset);
        let around = map.clients.iter().filter(|client| client.place.file == file);
        let around = around.filter(|client| client.place.span.range().contains(&offset));
        let client = around.min_by_key(|client| client.place.span.end - client.place.span.start)?;
        let value = masked(&self.describe(client));
        let contents = Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
        Some(Hover { contents, range: Some(self.view.range(client.place)) })
    }

    fn describe(&self, client: &Client) -> String {
        let mut out = format!("**{}** ({}), built **{}**\n", client.written, client.kind, client.how_often);
        self.reaches(client, &mut out);
        self.pool(client, &mut out);
        self.rules(client, &mut out);
        out
    }

    fn reaches(&self, client: &Client, out: &mut String) {
        let told: Vec<String> = client
            .reaches
            .iter()
            .take(MOST_REACHES)
            .filter_map(|reach| {
                let steps: Vec<String> =
                    reach.chain.iter().map(|step| format!("{} ({})", step.message, self.link(step.place))).collect();
                (!steps.is_empty()).then(|| steps.join(" → "))
            })
            .collect();
        if !told.is_empty() {
            let _ = writeln!(out, "\nReached by:\n");
            let _ = writeln!(out, "- {}", told.join("\n- "));
        }
        let entries: Vec<&str> = client.entries.iter().map(|entry| entry.label.as_str()).collect();
        if entries.len() > told.len() {
            let more = if entries.len() > MOST_ENTRIES { ", …" } else { "" };
            let shown = entries[..entries.len().min(MOST_ENTRIES)].join(", ");
            let _ = writeln!(out, "\n{} entry points: {shown}{more}", entries.len());
        }
    }

    fn pool(&self, client: &Client, out: &mut String) {
        if let Some(most) = client.pool.most {
            let _ = writeln!(out, "\nPool: up to {most} connections\n");
        }
        for number in &client.pool.numbers {
            let _ = writeln!(out, "- {}", self.number(number));
        }
    }

    fn number(&self, number: &Number) -> String {
        let value = match number.value {
            _ if number.unlimited => "no bound".to_string(),
            Some(value) => match number.least.filter(|least| *least < value) {
                Some(least) => format!("{least} to {value}"),
                None => value.to_string(),
            },
            None if number.formula.is_empty() => "not known".into(),
            None => number.formula.clone(),
        };
        let origin = match number.origin {
            Origin::Default => "the library's default".into(),
            Origin::Code(place) => format!("set at {}", self.link(place)),
            Origin::Settings(place) => format!("from {}", self.link(place)),
            Origin::Unread(place) => format!("set at {}, to something not in sight", self.link(place)),
        };
        format!("`{}`: {value} ({origin})", number.setting)
    }

    /// The rule that the map knows of, and those that found something here.
    fn rules(&self, client: &Client, out: &mut String) {
        let here = self.view.outcome.findings.iter().map(|found| &found.finding);
        let here = here.filter(|finding| finding.place == client.place).map(|finding| finding.rule);
        let mut rules: Vec<&str> = client.rule.into_iter().chain(here).collect();
        rules.sort_unstable();
        rules.dedup();
        let linked = rules.iter().map(|rule| match self.pages.and_then(|pages| pages.uri(rule)) {
            Some(page) => format!("[{rule}]({page})"),
            None => format!("`{rule}`"),
        });
        let linked: Vec<String> = linked.collect();
        if !linked.is_empty() {
            let _ = writeln!(out, "\nFound by {}", linked.join(", "));
        }
    }

    fn link(&self, place: Place) -> String {
        let (Some(location), Some(file)) = (self.view.location(place), self.view.outcome.files.get(place.file.index()))
        else {
            return "elsewhere".into();
        };
        let line = location.range.start.line + 1;
        format!("[{}:{line}]({}#L{line})", file.path, location.uri)
    }
}
