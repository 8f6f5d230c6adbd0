//! Pages of what servers, plans and poolers allow, from `rules/limits`.

use std::collections::BTreeMap;
use std::path::Path;

use super::markdown::{codes, plain, source, table};
use super::{Page, Section};
use crate::data::read;
use crate::data::servers::{Endpoint, Limit, LimitsFile, Multiplier};

#[derive(Default)]
struct Service<'a> {
    limits: Vec<&'a Limit>,
    endpoints: Vec<&'a Endpoint>,
}

pub fn section(root: &Path) -> Result<Section, String> {
    let files = read::<LimitsFile>(&root.join("rules/limits"))?;
    let mut services: BTreeMap<&str, Service> = BTreeMap::new();
    for file in &files {
        for limit in &file.file.limits {
            services.entry(&limit.service).or_default().limits.push(limit);
        }
        for endpoint in &file.file.endpoints {
            services.entry(&endpoint.service).or_default().endpoints.push(endpoint);
        }
    }
    let rows: Vec<Vec<String>> = services.iter().map(|(name, service)| row(name, service)).collect();
    let mut pages: Vec<Page> = services.iter().map(|(name, service)| page(name, service)).collect();
    let multipliers: Vec<&Multiplier> = files.iter().flat_map(|file| &file.file.multipliers).collect();
    pages.push(processes(&multipliers));
    Ok(Section { name: "servers", index: index(&rows), pages })
}

fn index(rows: &[Vec<String>]) -> String {
    let table = table(&["service", "kind", "smallest limit of connections"], rows);
    format!("{table}\n[Processes](servers/processes.md) lists what says how many processes a program has.\n")
}

fn row(name: &str, service: &Service) -> Vec<String> {
    let connections = service.limits.iter().filter(|limit| limit.resource == "connections");
    let smallest = connections
        .filter(|limit| limit.value.is_some())
        .min_by(|a, b| a.value.partial_cmp(&b.value).unwrap_or(std::cmp::Ordering::Equal));
    let amount = smallest.map(|limit| format!("{} ({})", amount(limit), plain(&limit.plan)));
    vec![format!("[{name}](servers/{name}.md)"), families(service), amount.unwrap_or_else(|| "-".into())]
}

fn families(service: &Service) -> String {
    let mut names: Vec<&str> = service.limits.iter().map(|limit| limit.family.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty());
    names.join(", ")
}

fn amount(limit: &Limit) -> String {
    match limit.value {
        Some(value) if limit.reserved > 0.0 => format!("{value}, {} of them reserved", limit.reserved),
        Some(value) => value.to_string(),
        None if limit.formula.is_empty() => "not stated".into(),
        None => codes([&limit.formula]),
    }
}

/// Whether the number rests on a page of the provider, or on its program.
fn is_verified(limit: &Limit) -> bool {
    !limit.source.is_empty() && !["unverified", "secondary"].contains(&limit.evidence.as_str())
}

fn where_from(text: &str, date: &str) -> String {
    let date = if date.is_empty() { String::new() } else { format!(" ({})", plain(date)) };
    if text.is_empty() { "none".into() } else { format!("{}{date}", source(text)) }
}

fn page(name: &str, service: &Service) -> Page {
    let mut sources = Sources::default();
    let mut text = format!("# {name}\n\n{}", limits(&service.limits, &mut sources));
    if !service.endpoints.is_empty() {
        text.push_str("\n## Addresses\n\n");
        text.push_str(&endpoints(&service.endpoints, &mut sources));
    }
    text.push_str(&sources.list());
    Page { path: format!("servers/{name}.md"), title: name.into(), text, depth: 1 }
}

/// The sources of a page, each once, in the order in which its rows name them.
#[derive(Default)]
struct Sources(Vec<String>);

impl Sources {
    /// A link to the source's place in the list.
    fn cite(&mut self, text: &str, date: &str) -> String {
        let source = where_from(text, date);
        let at = self.0.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.0.push(source);
            self.0.len() - 1
        });
        format!("[{}](#sources)", at + 1)
    }

    fn list(&self) -> String {
        let lines: String = self.0.iter().enumerate().map(|(at, source)| format!("{}. {source}\n", at + 1)).collect();
        if lines.is_empty() { lines } else { format!("\n## Sources\n\n{lines}") }
    }
}

fn limits(limits: &[&Limit], sources: &mut Sources) -> String {
    let row = |limit: &&Limit| {
        let mark = if is_verified(limit) { "" } else { "unverified " };
        let source = format!("{mark}{}", sources.cite(&limit.source, &limit.source_date));
        vec![plain(&limit.plan), plain(&limit.resource), amount(limit), plain(&limit.per), source, plain(&limit.note)]
    };
    table(&["plan", "limits", "to", "for each", "source", "note"], &limits.iter().map(row).collect::<Vec<_>>())
}

fn endpoints(endpoints: &[&Endpoint], sources: &mut Sources) -> String {
    let row = |row: &&Endpoint| {
        let port = row.port.map_or("any".to_string(), |port| port.to_string());
        let statements = if row.prepared_statements.is_empty() { "-" } else { &row.prepared_statements };
        let source = sources.cite(&row.source, &row.source_date);
        vec![codes([&row.host]), port, row.mode.clone(), statements.into(), source, plain(&row.note)]
    };
    let head = ["host", "port", "mode", "prepared statements", "source", "note"];
    table(&head, &endpoints.iter().map(row).collect::<Vec<_>>())
}

fn processes(multipliers: &[&Multiplier]) -> Page {
    let row = |row: &&Multiplier| {
        let by = row.flags.iter().chain(&row.variables).chain(&row.arguments).chain(&row.modules).chain(&row.calls);
        let by = codes(by);
        let by = if by.is_empty() { "one for each command".into() } else { by };
        let tool = format!("{} {}", row.tool, row.with);
        vec![plain(tool.trim()), by, plain(&row.default), plain(&row.means), source(&row.source)]
    };
    let rows: Vec<Vec<String>> = multipliers.iter().map(row).collect();
    let table = table(&["program", "set by", "default", "multiplies", "source"], &rows);
    let text = format!("# Processes\n\nWhat says how many processes, threads or instances a program has.\n\n{table}");
    Page { path: "servers/processes.md".into(), title: "Processes".into(), text, depth: 1 }
}
