//! The addresses that reach a construction: texts with a scheme, settings that hold one, schemas, and
//! host and port that are given apart.
//!
//! All of them are masked already. Knows no library and no server by name.

use super::address::{setting_read, variable_name};
use super::callers::arguments;
use super::hosts::{Texts, composed};
use super::kept::kept;
use crate::contexts::linked::Linked;
use crate::facts::trail::Trail;
use crate::facts::{Literal, Part, Value, redact};
use crate::finding::Place;
use crate::packages::settings::expand::variable_of;
use crate::packages::settings::files::{Entry, Files};
use crate::program::{CallRef, FnRef};
use crate::values::follow::{At, behind, declared_variable, returned_by};
use crate::values::sites::Site;

/// An address and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub text: String,
    pub place: Place,
    /// Of an example file.
    pub sample: bool,
}

impl From<Entry> for Text {
    fn from(entry: Entry) -> Self {
        Text { text: entry.text, place: entry.place, sample: entry.sample }
    }
}

/// The addresses of a construction that are in sight.
pub fn addresses(project: &Linked, files: &Files, site: &Site) -> Vec<Text> {
    let data = project.program.call(site.call);
    let source = project.program.units[site.call.file as usize].source;
    let makers = &project.program.catalog.ty(site.ty).row.options_from;
    let mut gatherer = Gatherer { project, files, makers, found: Vec::new() };
    for arg in data.args.iter().take(2) {
        let at = At { f: site.function, value: &arg.value };
        gatherer.gather(at, Place { file: source, span: arg.span }, &Trail::default());
    }
    let row = &project.program.catalog.ty(site.ty).row;
    if gatherer.found.is_empty() && !row.address_settings.is_empty() {
        let kept = kept(project, &row.address_settings, site.call.file);
        kept.into_iter().for_each(|at| gatherer.gather(at, Place { file: source, span: site.span }, &Trail::default()));
    }
    let mut found = gatherer.found;
    if found.is_empty() {
        found.extend(composed(
            project,
            files,
            site.function,
            site.call,
            &project.program.catalog.ty(site.ty).row.service,
        ));
    }
    let from = &project.program.units[site.call.file as usize].path;
    if found.is_empty() && data.args.iter().all(|arg| !matches!(arg.value, Value::Literal(Literal::Str(_)))) {
        found.extend(sources(files, from));
    }
    found
}

/// The addresses that a value leads to.
pub fn gathered<'c>(project: &Linked<'c>, files: &Files, at: At<'c>, place: Place) -> Vec<Text> {
    let mut gatherer = Gatherer { project, files, makers: &[], found: Vec::new() };
    gatherer.gather(at, place, &Trail::default());
    gatherer.found
}

struct Gatherer<'r, 'c> {
    project: &'r Linked<'c>,
    files: &'r Files,
    /// Keys of options under which functions make the real ones.
    makers: &'c [String],
    found: Vec<Text>,
}

impl<'c> Gatherer<'_, 'c> {
    fn gather(&mut self, at: At<'c>, place: Place, trail: &Trail) {
        let Some(here) = trail.step(at.value) else { return };
        let written = |text: String| Text { text, place, sample: false };
        match at.value {
            Value::Literal(Literal::Str(text)) if text.contains("://") => self.found.push(written(text.clone())),
            Value::Template(parts) => self.found.push(self.composed(at.f, parts, place)),
            Value::Record { entries, .. } => {
                for entry in entries {
                    let inner = At { f: at.f, value: &entry.value };
                    match self.makers.contains(&entry.key) {
                        true => returned_by(&self.project.program, inner)
                            .into_iter()
                            .for_each(|made| self.gather(made, place, &here)),
                        false => self.gather(inner, place, &here),
                    }
                }
            }
            Value::Choice(values, _) => {
                values.iter().for_each(|value| self.gather(At { f: at.f, value }, place, &here));
            }
            Value::Call(id) => {
                let declared = declared_variable(&self.project.program, at);
                declared.into_iter().for_each(|name| self.variable(name, at, place, &here));
                self.called(at.f, CallRef { file: at.f.file, id: *id }, place, &here);
            }
            Value::Member(_, name) => self.variable(name, at, place, &here),
            Value::Index(_, name) => {
                if let Some(name) = name.as_str() {
                    self.variable(name, at, place, &here);
                }
            }
            // `REDIS_URL + "/1"`
            Value::Binary(_, left, _) => self.gather(At { f: at.f, value: left }, place, &here),
            _ => self.behind(at, place, &here),
        }
    }

    /// The text that the parts come to; `_` stands for one that is not known.
    fn composed(&self, f: FnRef, parts: &'c [Part], place: Place) -> Text {
        let texts = Texts { project: self.project, files: self.files };
        let mut whole = Text { text: String::new(), place, sample: false };
        for part in parts {
            match part {
                Part::Text(text) => whole.text.push_str(text),
                Part::Value(value) => {
                    let known = texts.only(At { f, value });
                    whole.sample |= known.as_ref().is_some_and(|known| known.sample);
                    whole.text.push_str(known.as_ref().map_or("_", |known| &known.text));
                }
            }
        }
        Text { text: redact::text(&whole.text), ..whole }
    }

    fn behind(&mut self, at: At<'c>, place: Place, trail: &Trail) {
        let inner = behind(&self.project.program, at).into_iter().chain(arguments(self.project, at));
        inner.take(4).for_each(|inner| self.gather(inner, place, trail));
    }

    fn called(&mut self, f: FnRef, call: CallRef, place: Place, trail: &Trail) {
        let data = self.project.program.call(call);
        let from = FnRef { file: call.file, id: data.function };
        if let Some(name) = setting_read(data) {
            let path = &self.project.program.units[f.file as usize].path;
            self.found.extend(self.files.variable(&name, path).filter(is_address).map(Text::from));
        }
        // What is chained on the maker of options sets others.
        if let Value::Member(base, _) = &data.callee
            && (data.args.is_empty() || matches!(base.root(), Value::Call(_)))
        {
            self.gather(At { f: from, value: base }, place, trail);
        }
        for made in returned_by(&self.project.program, At { f: from, value: &data.callee }) {
            self.gather(made, place, trail);
        }
        for arg in data.args.iter().take(2) {
            self.gather(At { f: from, value: &arg.value }, place, trail);
        }
        if data.named("host").is_some() {
            self.found.extend(composed(self.project, self.files, from, call, ""));
        }
    }

    fn variable(&mut self, name: &str, at: At<'c>, place: Place, trail: &Trail) {
        let from = &self.project.program.units[at.f.file as usize].path;
        let own = self.files.variable(&variable_name(name), from).filter(is_address);
        match own.or_else(|| self.files.binding(holder(at.value)?, from)) {
            Some(entry) => self.found.push(entry.into()),
            None => self.behind(at, place, trail),
        }
    }
}

/// A host alone is no address: what it comes to is found with its port.
fn is_address(entry: &Entry) -> bool {
    entry.text.contains("://")
}

/// `env.HYPERDRIVE.connectionString` is read from `HYPERDRIVE`.
fn holder(value: &Value) -> Option<&str> {
    let Value::Member(base, _) = value else { return None };
    match &**base {
        Value::Member(_, name) | Value::Global(name) => Some(name),
        _ => None,
    }
}

/// The addresses that schemas name, through the environment.
pub fn sources(files: &Files, from: &str) -> Vec<Text> {
    let resolve = |entry: Entry| match variable_of(&entry.text) {
        Some(name) => files.variable(name, from).map(Text::from),
        None => Some(entry.into()),
    };
    files.sources().filter_map(resolve).collect()
}

/// The value of a query parameter.
pub fn query<'t>(url: &'t str, name: &str) -> Option<&'t str> {
    let (_, parameters) = url.split_once('?')?;
    let mut pairs = parameters.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}
