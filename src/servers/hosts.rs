//! Hosts and ports: of addresses, and given apart in options, keywords and builders.
//!
//! Knows no server by name: schemes and their ports are data.

use super::address::{setting_read, variable_name};
use super::addresses::Text;
use super::callers::{arguments, is_left_out};
use super::family::chosen;
use crate::catalog::Catalog;
use crate::catalog::plans::{families, family_named, family_of_scheme};
use crate::catalog::words::servers::{HOST_KEYS, KIND_KEYS, PORT_KEYS};
use crate::contexts::linked::Linked;
use crate::facts::trail::{Trail, Visited};
use crate::facts::{Call, Literal, Span, Value};
use crate::finding::Place;
use crate::packages::settings::files::Files;
use crate::program::{CallRef, FnRef};
use crate::values::follow::{At, behind, key};
use crate::values::sites::{Site, last_name};

/// Host in lower case and port, that of the scheme's family where none is written.
pub fn host_and_port(catalog: &Catalog, address: &str) -> Option<(String, u16)> {
    let (scheme, rest) = address.split_once("://")?;
    let authority = authority(rest)?;
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let usual = || family_of_scheme(&catalog.limits, scheme).and_then(|family| family.port);
    let port = if port.is_empty() { Some(usual().unwrap_or_default()) } else { port.parse().ok() };
    (!host.is_empty() && !host.contains('_')).then(|| Some((host.to_ascii_lowercase(), port?)))?
}

/// The host of an address with its port, when it names both or the host alone; not of templates.
pub fn shown_host(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("://")?;
    let host = authority(rest)?.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:*,[]".contains(c);
    (!host.is_empty() && host.chars().all(plain) && !host.starts_with(':')).then_some(host)
}

/// What follows the user's name.
fn authority(rest: &str) -> Option<&str> {
    rest.split(['/', '?']).next()?.rsplit('@').next()
}

/// The address that host and port of a call come to; `service` is the kind of server where the call
/// does not say it.
pub fn composed(project: &Linked, files: &Files, f: FnRef, call: CallRef, service: &str) -> Option<Text> {
    let apart = Apart { project, files, f, call, data: project.program.call(call) };
    let host = apart.find(HOST_KEYS)?;
    let port = apart.find(PORT_KEYS).map_or(String::new(), |port| format!(":{}", port.text));
    let limits = &project.program.catalog.limits;
    let is_family = |name: &str| families(limits).any(|family| family.name == name);
    let said = match apart.kinds() {
        Kinds::Named(all) => chosen(project, &all).map(|(_, text)| text.to_string()),
        Kinds::Absent => apart.first(),
    };
    // `postgresql+asyncpg` says more than its family.
    let scheme_of = |text: String| match family_of_scheme(limits, &text) {
        Some(_) => Some(text),
        None => family_named(limits, &text).map(|family| family.name.clone()),
    };
    let kind = said.and_then(scheme_of);
    let scheme = if is_family(service) { service.to_string() } else { kind.unwrap_or_default() };
    Some(Text { text: format!("{scheme}://{}{port}", host.text), ..host })
}

/// The kinds of server that an option of a call names.
pub enum Kinds {
    /// It has no such option.
    Absent,
    /// Texts that name families; none where the option's value is not in sight.
    Named(Vec<String>),
}

/// The kinds that a construction says it speaks to: `type: "mysql"`.
pub fn kinds(project: &Linked, files: &Files, site: &Site) -> Kinds {
    Apart { project, files, f: site.function, call: site.call, data: project.program.call(site.call) }.kinds()
}

/// A call that may be given host and port apart.
struct Apart<'r, 'c> {
    project: &'r Linked<'c>,
    files: &'r Files,
    f: FnRef,
    call: CallRef,
    data: &'c Call,
}

impl<'c> Apart<'_, 'c> {
    fn find(&self, names: &[&str]) -> Option<Text> {
        names.iter().find_map(|name| self.option(name).or_else(|| self.setter(name)))
    }

    /// A text that comes first, as the kind of server may.
    fn first(&self) -> Option<String> {
        self.data.positional(0)?.value.as_str().map(str::to_string)
    }

    fn kinds(&self) -> Kinds {
        let limits = &self.project.program.catalog.limits;
        let written: Vec<At> = KIND_KEYS.iter().flat_map(|name| self.written(name)).flat_map(|(_, all)| all).collect();
        if written.is_empty() {
            return Kinds::Absent;
        }
        let texts = written.into_iter().flat_map(|at| self.texts().all(at));
        Kinds::Named(texts.filter(|text| family_named(limits, text).is_some()).collect())
    }

    fn option(&self, name: &str) -> Option<Text> {
        let found = self.written(name).into_iter();
        let mut each = found.flat_map(|(span, values)| values.into_iter().map(move |at| (span, at)));
        each.find_map(|(span, at)| self.texts().text(at, self.place(span), &Trail::default()))
    }

    fn texts(&self) -> Texts<'_, 'c> {
        Texts { project: self.project, files: self.files }
    }

    fn place(&self, span: Span) -> Place {
        Place { file: self.project.program.units[self.call.file as usize].source, span }
    }

    /// The values under a keyword or a path of keys.
    fn written(&self, name: &str) -> Vec<(Span, Vec<At<'c>>)> {
        let own = self.data.named(name).map(|arg| (arg.span, vec![self.at(&arg.value)]));
        let under = |value: &'c Value| {
            let own = self.at(value);
            let nodes = self.nodes(own);
            let records = std::iter::once(own).chain(arguments(self.project, own)).chain(nodes).collect();
            name.split('.').fold(records, |found: Vec<At<'c>>, part| {
                found.into_iter().flat_map(|record| key(&self.project.program, record, part)).collect()
            })
        };
        let records = self.data.args.iter().filter(|arg| arg.name.is_none() || arg.spread);
        own.into_iter()
            .chain(records.map(|arg| (arg.span, under(&arg.value))))
            .filter(|(_, all)| !all.is_empty())
            .collect()
    }

    /// The members of a cluster that are listed: each of them leads to it.
    fn nodes(&self, at: At<'c>) -> Vec<At<'c>> {
        let lists = std::iter::once(at).chain(behind(&self.project.program, at));
        let listed = |at: At<'c>| match at.value {
            Value::List(all) => all.iter().map(|value| At { f: at.f, value }).collect(),
            _ => Vec::new(),
        };
        lists.flat_map(listed).collect()
    }

    /// `.host("db")` on the way to the call, or to a variable that it is given.
    fn setter(&self, name: &str) -> Option<Text> {
        let program = &self.project.program;
        let facts = program.facts(self.call.file);
        let mut chain: Vec<&'c Value> = vec![&self.data.callee];
        chain.extend(self.data.args.iter().map(|arg| &arg.value));
        let passed = Visited::default();
        while let Some(value) = chain.pop() {
            if !passed.enter(value) {
                continue;
            }
            let Value::Call(id) = value.root() else {
                let same_file =
                    |inner: &At| inner.f.file == self.call.file && matches!(inner.value.root(), Value::Call(_));
                chain.extend(behind(program, self.at(value)).into_iter().filter(same_file).map(|inner| inner.value));
                continue;
            };
            let step = facts.call(*id);
            if let Some(arg) = step.positional(0).filter(|_| last_name(&step.callee) == name) {
                let place = Place { file: program.units[self.call.file as usize].source, span: arg.span };
                return self.texts().text(self.at(&arg.value), place, &Trail::default());
            }
            chain.push(&step.callee);
        }
        None
    }

    fn at(&self, value: &'c Value) -> At<'c> {
        At { f: self.f, value }
    }
}

/// Plain texts and numbers behind values.
pub struct Texts<'r, 'c> {
    pub project: &'r Linked<'c>,
    pub files: &'r Files,
}

impl<'c> Texts<'_, 'c> {
    /// All texts that a value may be.
    pub fn all(&self, at: At<'c>) -> Vec<String> {
        self.alternatives(at)
    }

    /// The text that a value is, where all that it may be is in sight and the same.
    pub fn only(&self, at: At<'c>) -> Option<Text> {
        let place = Place { file: self.project.program.units[at.f.file as usize].source, span: Span::default() };
        let (mut seen, mut queue) = (Vec::new(), vec![at]);
        let mut found: Option<Text> = None;
        while let Some(at) = queue.pop() {
            let here = std::ptr::from_ref(at.value);
            if seen.contains(&here) {
                continue;
            }
            seen.push(here);
            let inner: Vec<At> = match at.value {
                Value::Var(_) => {
                    let own = behind(&self.project.program, at).into_iter();
                    own.chain(arguments(self.project, at)).collect()
                }
                Value::Choice(values, _) => {
                    let all = values.iter().map(|value| At { f: at.f, value });
                    all.filter(|at| !is_left_out(self.project, *at)).collect()
                }
                _ => Vec::new(),
            };
            if inner.is_empty() {
                let text = self.text(at, place, &Trail::default())?;
                if found.as_ref().is_some_and(|known| known.text != text.text) {
                    return None;
                }
                found = Some(text);
            }
            queue.extend(inner);
        }
        found
    }

    fn alternatives(&self, at: At<'c>) -> Vec<String> {
        let place = Place { file: self.project.program.units[at.f.file as usize].source, span: Span::default() };
        match at.value {
            Value::Choice(values, _) => {
                values.iter().flat_map(|value| self.alternatives(At { f: at.f, value })).collect()
            }
            _ => self.text(at, place, &Trail::default()).map(|text| text.text).into_iter().collect(),
        }
    }

    /// A plain text or number, of the environment too.
    pub fn text(&self, at: At<'c>, place: Place, trail: &Trail) -> Option<Text> {
        let here = trail.step(at.value)?;
        let written = |text: String| Text { text, place, sample: false };
        match at.value {
            Value::Literal(Literal::Str(text)) => Some(written(text.clone())),
            Value::Literal(Literal::Num(number)) => Some(written(number.to_string())),
            Value::Choice(values, _) => values.iter().find_map(|value| self.text(At { f: at.f, value }, place, &here)),
            Value::Call(id) => self.called(CallRef { file: at.f.file, id: *id }, at.f, place, &here),
            Value::Member(_, name) => self.variable(name, at.f).or_else(|| self.behind(at, place, &here)),
            Value::Index(_, name) => {
                let own = name.as_str().and_then(|name| self.variable(name, at.f));
                own.or_else(|| self.behind(at, place, &here))
            }
            _ => self.behind(at, place, &here),
        }
    }

    fn behind(&self, at: At<'c>, place: Place, trail: &Trail) -> Option<Text> {
        let inner = behind(&self.project.program, at).into_iter().chain(arguments(self.project, at));
        inner.take(2).find_map(|inner| self.text(inner, place, trail))
    }

    /// `getenv("DB_HOST", "db")`, `Number(process.env.DB_PORT)`.
    fn called(&self, call: CallRef, f: FnRef, place: Place, trail: &Trail) -> Option<Text> {
        let data = self.project.program.call(call);
        let inner = |at: usize| {
            let value = &data.positional(at)?.value;
            self.text(At { f, value }, place, trail)
        };
        match setting_read(data) {
            Some(name) => self.variable(&name, f).or_else(|| inner(1)),
            None => inner(0),
        }
    }

    fn variable(&self, name: &str, f: FnRef) -> Option<Text> {
        let from = &self.project.program.units[f.file as usize].path;
        self.files.variable(&variable_name(name), from).map(Text::from)
    }
}
