//! Pools and their sizes: the settings of a construction, as the catalogue's rows say where they are.
//!
//! Options, keywords, builders in a chain or in statements, query parameters of an address. Knows no
//! library by name.

use super::files::{Entry, Files};
use super::follow::{At, behind, key};
use super::number::{Number, Numbers};
use crate::catalog::schema::{Setting, SettingRole};
use crate::facts::{Call, CallId, Literal, Part, Span, Value};
use crate::finding::Place;
use crate::project::program::{CallRef, FnRef, Program};
use crate::project::sites::Site;

/// One number of a pool.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'c> {
    pub row: &'c Setting,
    pub value: Option<f64>,
    /// Where it is set; `None` for a default.
    pub place: Option<Place>,
    /// Where the number itself stands, when elsewhere.
    pub literal: Option<Place>,
}

/// A construction with what is known of its pool.
pub struct Pool<'c> {
    pub size: Option<Bound<'c>>,
    pub overflow: Option<Bound<'c>>,
    /// The pool class is given: the numbers may mean nothing.
    pub other_class: bool,
    pub address: Vec<String>,
}

impl Pool<'_> {
    /// The most connections that it opens.
    pub fn most(&self) -> Option<f64> {
        let size = self.size.as_ref()?.value?;
        let overflow = self.overflow.as_ref().map_or(Some(0.0), |part| part.value)?;
        Some(size + overflow)
    }

    /// Where the number stands that decides, the construction being `site`.
    pub fn place(&self) -> Option<Place> {
        self.size.and_then(|part| part.place).or_else(|| self.overflow.and_then(|part| part.place))
    }
}

pub fn pool<'c>(program: &Program<'c>, files: &Files, site: &Site) -> Pool<'c> {
    let reader = Reader { program, files, site, data: program.call(site.call) };
    let rows = &program.catalog.ty(site.ty).row.settings;
    let find = |role: SettingRole| rows.iter().find(|row| row.role == role && !row.soft).map(|row| reader.part(row));
    let class = rows.iter().filter(|row| row.role == SettingRole::PoolClass);
    let other_class = class.into_iter().any(|row| reader.data.named(&row.name).is_some());
    Pool {
        size: find(SettingRole::PoolSize),
        overflow: find(SettingRole::Overflow),
        other_class,
        address: reader.addresses(),
    }
}

/// The addresses that reach a construction, as far as they are in sight.
pub fn addresses(program: &Program, files: &Files, site: &Site) -> Vec<Text> {
    Reader { program, files, site, data: program.call(site.call) }.texts()
}

struct Reader<'r, 'c> {
    program: &'r Program<'c>,
    files: &'r Files,
    site: &'r Site,
    data: &'c Call,
}

impl<'c> Reader<'_, 'c> {
    fn part(&self, row: &'c Setting) -> Bound<'c> {
        let Some((number, place)) = self.written(row) else {
            return Bound { row, value: row.default, place: None, literal: None };
        };
        let Some(number) = number else { return Bound { row, value: None, place: Some(place), literal: None } };
        let value = if row.means_default.contains(&number.value) { row.default } else { Some(number.value) };
        Bound { row, value, place: Some(place), literal: number.place.filter(|literal| *literal != place) }
    }

    /// The number as written, with the place of the setting.
    fn written(&self, row: &'c Setting) -> Option<(Option<Number>, Place)> {
        row.places.iter().find_map(|place| match place.as_str() {
            "keyword" => self.keyword(row),
            "option" => self.option(row),
            "builder" => self.builder(row),
            "url" => self.parameter(row),
            other => self.position(other.strip_prefix("arg:")?.parse().ok()?),
        })
    }

    fn numbers(&self) -> Numbers<'_, 'c> {
        Numbers { program: self.program, files: self.files }
    }

    fn at(&self, value: &'c Value) -> At<'c> {
        At { f: self.site.function, value }
    }

    fn place(&self, span: Span) -> Place {
        Place { file: self.program.units[self.site.call.file as usize].source, span }
    }

    fn names<'s>(&self, row: &'s Setting) -> impl Iterator<Item = &'s String> {
        std::iter::once(&row.name).chain(&row.aliases)
    }

    fn keyword(&self, row: &'c Setting) -> Option<(Option<Number>, Place)> {
        let named = self.names(row).find_map(|name| self.data.named(name));
        if let Some(arg) = named {
            return Some((self.numbers().of(self.at(&arg.value)), self.place(arg.span)));
        }
        let spreads = self.data.args.iter().filter(|arg| arg.spread);
        spreads.into_iter().find_map(|arg| {
            let found =
                self.names(row).find_map(|name| key(self.program, self.at(&arg.value), name, 0).first().copied())?;
            Some((self.numbers().of(found), self.place(arg.span)))
        })
    }

    fn option(&self, row: &'c Setting) -> Option<(Option<Number>, Place)> {
        self.data.args.iter().filter(|arg| arg.name.is_none()).find_map(|arg| {
            self.names(row).find_map(|name| {
                let mut found = vec![self.at(&arg.value)];
                for part in name.split('.') {
                    found = found.into_iter().flat_map(|record| key(self.program, record, part, 0)).collect();
                }
                let value = found.first()?;
                let own = entry_span(&arg.value, name.rsplit('.').next()?, value.value);
                Some((self.numbers().of(*value), self.place(own.unwrap_or(arg.span))))
            })
        })
    }

    fn position(&self, index: usize) -> Option<(Option<Number>, Place)> {
        let arg = self.data.positional(index)?;
        Some((self.numbers().of(self.at(&arg.value)), self.place(arg.span)))
    }

    /// A method of the builder: on the way to the construction, or in a statement before it.
    fn builder(&self, row: &'c Setting) -> Option<(Option<Number>, Place)> {
        let facts = self.program.facts(self.site.call.file);
        let mut chain: Vec<&'c Value> = vec![&self.data.callee];
        chain.extend(self.data.args.iter().map(|arg| &arg.value));
        let mut seen: Vec<CallId> = Vec::new();
        while let Some(value) = chain.pop() {
            match value.root() {
                Value::Call(id) if !seen.contains(id) => {
                    seen.push(*id);
                    let call = facts.call(*id);
                    if let Some(found) = self.setter(row, call) {
                        return Some(found);
                    }
                    chain.push(&call.callee);
                }
                Value::Var(var) => {
                    let own = |call: &&Call| matches!(&call.callee, Value::Member(base, _) if matches!(**base, Value::Var(v) if v == *var));
                    let on_it = facts.calls.iter().filter(own);
                    if let Some(found) = self.statement(row, on_it) {
                        return Some(found);
                    }
                    let bounds = self.program.index[self.site.call.file as usize].vars.get(var).into_iter().flatten();
                    chain.extend(
                        bounds
                            .map(|bound| bound.value)
                            .filter(|bound| matches!(bound.root(), Value::Call(id) if !seen.contains(id))),
                    );
                }
                _ => {}
            }
        }
        None
    }

    /// `options.max_connections(5);` and what is chained on it.
    fn statement(&self, row: &'c Setting, on_it: impl Iterator<Item = &'c Call>) -> Option<(Option<Number>, Place)> {
        let facts = self.program.facts(self.site.call.file);
        let starts: Vec<&Call> = on_it.collect();
        let chained = |call: &&Call| match &call.callee {
            Value::Member(base, _) => match **base {
                Value::Call(id) => starts.iter().any(|start| std::ptr::eq(*start, facts.call(id))),
                _ => false,
            },
            _ => false,
        };
        let further: Vec<&Call> = facts.calls.iter().filter(chained).collect();
        starts.iter().chain(&further).find_map(|call| self.setter(row, call))
    }

    fn setter(&self, row: &'c Setting, call: &'c Call) -> Option<(Option<Number>, Place)> {
        let name = crate::project::sites::last_name(&call.callee);
        if !self.names(row).any(|known| known == name) {
            return None;
        }
        let arg = call.positional(0)?;
        let at = At { f: FnRef { file: self.site.call.file, id: call.function }, value: &arg.value };
        Some((self.numbers().of(at), self.place(arg.span)))
    }

    /// A query parameter of the address, in the code or in a settings file.
    fn parameter(&self, row: &'c Setting) -> Option<(Option<Number>, Place)> {
        for text in self.texts() {
            let found = self.names(row).find_map(|name| query(&text.text, name));
            if let Some(value) = found {
                return Some((Some(Number { value, place: None }), text.place));
            }
        }
        None
    }

    fn addresses(&self) -> Vec<String> {
        self.texts().into_iter().map(|text| text.text).collect()
    }

    /// Addresses that are in sight.
    fn texts(&self) -> Vec<Text> {
        let mut found = Vec::new();
        for arg in self.data.args.iter().take(2) {
            self.gather(self.at(&arg.value), self.place(arg.span), 0, &mut found);
        }
        let from = &self.program.units[self.site.call.file as usize].path;
        if found.is_empty() && self.data.args.iter().all(|arg| !matches!(arg.value, Value::Literal(Literal::Str(_)))) {
            found.extend(sources(self.files, from));
        }
        found
    }

    fn gather(&self, at: At<'c>, place: Place, depth: u32, found: &mut Vec<Text>) {
        if depth > 6 {
            return;
        }
        match at.value {
            Value::Literal(Literal::Str(text)) if text.contains("://") => {
                found.push(Text { text: text.clone(), place, sample: false })
            }
            Value::Template(parts) => {
                let text: String =
                    parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "_" }).collect();
                found.push(Text { text, place, sample: false });
            }
            Value::Record { entries, .. } => {
                entries
                    .iter()
                    .for_each(|entry| self.gather(At { f: at.f, value: &entry.value }, place, depth + 1, found));
            }
            Value::Choice(values) => {
                values.iter().for_each(|value| self.gather(At { f: at.f, value }, place, depth + 1, found))
            }
            Value::Call(id) => self.called(at.f, CallRef { file: at.f.file, id: *id }, place, depth, found),
            Value::Member(_, name) => self.variable(name, at, place, depth, found),
            Value::Index(_, name) => {
                if let Some(name) = name.as_str() {
                    self.variable(name, at, place, depth, found);
                }
            }
            _ => behind(self.program, at)
                .into_iter()
                .take(4)
                .for_each(|inner| self.gather(inner, place, depth + 1, found)),
        }
    }

    fn called(&self, f: FnRef, call: CallRef, place: Place, depth: u32, found: &mut Vec<Text>) {
        let data = self.program.call(call);
        if let Some(name) = crate::project::sharing::address::setting_read(data) {
            let from = &self.program.units[f.file as usize].path;
            found.extend(self.files.variable(&name, from).map(|entry| Text {
                text: entry.text.to_string(),
                place: entry.place,
                sample: entry.sample,
            }));
        }
        for arg in data.args.iter().take(2) {
            self.gather(
                At { f: FnRef { file: call.file, id: data.function }, value: &arg.value },
                place,
                depth + 1,
                found,
            );
        }
    }

    fn variable(&self, name: &str, at: At<'c>, place: Place, depth: u32, found: &mut Vec<Text>) {
        let from = &self.program.units[at.f.file as usize].path;
        let name = name.to_ascii_uppercase();
        match self.files.variable(&name, from) {
            Some(entry) => found.push(Text { text: entry.text.to_string(), place: entry.place, sample: entry.sample }),
            None => behind(self.program, at)
                .into_iter()
                .take(4)
                .for_each(|inner| self.gather(inner, place, depth + 1, found)),
        }
    }
}

/// An address and where it stands.
pub struct Text {
    pub text: String,
    pub place: Place,
    /// Of an example file.
    pub sample: bool,
}

/// The addresses that schemas name, through the environment.
pub fn sources(files: &Files, from: &str) -> Vec<Text> {
    let resolve = |entry: Entry| {
        let name = entry
            .text
            .strip_prefix("env(")
            .and_then(|rest| rest.strip_suffix(')'))
            .map(|name| name.trim_matches(['"', '\'']));
        match name {
            Some(name) => files.variable(name, from).map(|found| Text {
                text: found.text.to_string(),
                place: found.place,
                sample: found.sample,
            }),
            None => Some(Text { text: entry.text.to_string(), place: entry.place, sample: entry.sample }),
        }
    };
    files.sources().filter_map(resolve).collect()
}

/// The number of a query parameter.
pub fn query(url: &str, name: &str) -> Option<f64> {
    let (_, parameters) = url.split_once('?')?;
    let mut pairs = parameters.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.trim().parse().ok())
}

fn entry_span(record: &Value, key: &str, value: &Value) -> Option<Span> {
    let Value::Record { entries, .. } = record else { return None };
    let own =
        entries.iter().find(|entry| entry.key == key && std::ptr::eq(&entry.value, value)).map(|entry| entry.span);
    own.or_else(|| entries.iter().find_map(|entry| entry_span(&entry.value, key, value)))
}
