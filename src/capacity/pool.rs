//! Pools and their sizes: the settings of a construction, as the catalogue's rows say where they are.
//!
//! Options, keywords, builders in a chain or in statements, query parameters of an address. Knows no
//! library by name.

use std::cell::OnceCell;

use super::among::may_write;
use super::bounds::{Bound, Pool};
use crate::catalog::schema::{Setting, SettingRole};
use crate::contexts::linked::Linked;
use crate::facts::trail::Trail;
use crate::facts::{Arg, Call, Literal, Span, Value};
use crate::finding::Place;
use crate::packages::manifests::version;
use crate::packages::settings::files::Files;
use crate::program::{CallRef, FnRef};
use crate::servers::addresses::{Text, addresses, query};
use crate::servers::callers::arguments;
use crate::servers::family::family_of;
use crate::servers::kept::kept;
use crate::servers::number::{Number, Numbers};
use crate::values::Program;
use crate::values::builder::{Steps, steps};
use crate::values::follow::{At, behind, grows, key, made, returned_by};
use crate::values::sites::{Site, last_name};

/// What is written for a setting.
pub enum Found<'c> {
    Value(At<'c>),
    /// A parameter's text.
    Text(String),
}

/// What a setting of a construction does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Switch {
    /// Not written, and nothing out of sight may write it.
    Absent,
    Off,
    On(Place),
    Unknown,
}

/// Whether a feature is switched off by one of the setting's values for that.
pub fn switch<'c>(project: &Linked<'c>, files: &Files, site: &Site, row: &'c Setting) -> Switch {
    let reader = Reader::new(project, files, site);
    match reader.located(row) {
        None if reader.may_hold(row) => Switch::Unknown,
        None => Switch::Absent,
        Some((found, place)) => match reader.written_text(&found) {
            Some(text) if row.off.contains(&text) => Switch::Off,
            Some(_) => Switch::On(place),
            None => Switch::Unknown,
        },
    }
}

/// The setting counts with the server or driver that the address names.
pub fn speaks(row: &Setting, address: &str) -> bool {
    let scheme = address.split("://").next().unwrap_or_default();
    row.schemes.is_empty() || row.schemes.iter().any(|ending| scheme.ends_with(ending.as_str()))
}

/// The call is given the key, as a keyword or in a record.
pub fn has_key(data: &Call, key: &str) -> bool {
    let holds =
        |arg: &Arg| matches!(&arg.value, Value::Record { entries, .. } if entries.iter().any(|entry| entry.key == key));
    data.named(key).is_some() || data.args.iter().any(holds)
}

/// Whether the setting is there, with its place and value as far as it is a text.
pub fn raw<'c>(project: &Linked<'c>, files: &Files, site: &Site, row: &'c Setting) -> Option<(Found<'c>, Place)> {
    Reader::new(project, files, site).located(row)
}

pub fn pool<'c>(project: &Linked<'c>, files: &Files, site: &Site) -> Pool<'c> {
    let reader = Reader::new(project, files, site);
    let rows = &project.program.catalog.ty(site.ty).row.settings;
    let address = reader.texts().to_vec();
    let counts = |row: &Setting| address.is_empty() || address.iter().any(|text| speaks(row, &text.text));
    let of = |role: SettingRole| rows.iter().find(|row| row.role == role && !row.soft && counts(row));
    let find = |role: SettingRole| of(role).map(|row| reader.part(row));
    let class = rows.iter().filter(|row| row.role == SettingRole::PoolClass);
    let other_class = class.into_iter().any(|row| reader.data.named(&row.name).is_some());
    let replaced = reader.replaced(rows);
    let lent = replaced.is_some();
    let (size, overflow) = match replaced {
        Some(value) => {
            let inner = reader.construction(value, &Trail::default()).map(|inner| pool(project, files, inner));
            inner.map_or((None, None), |inner| (inner.size, inner.overflow))
        }
        None => (find(SettingRole::PoolSize), find(SettingRole::Overflow)),
    };
    Pool { size, overflow, other: Vec::new(), other_class, lent, address }
}

struct Reader<'r, 'c> {
    project: &'r Linked<'c>,
    program: &'r Program<'c>,
    files: &'r Files,
    site: &'r Site,
    data: &'c Call,
    texts: OnceCell<Vec<Text>>,
    steps: OnceCell<Steps<'c>>,
}

impl<'r, 'c> Reader<'r, 'c> {
    fn new(project: &'r Linked<'c>, files: &'r Files, site: &'r Site) -> Self {
        let program = &project.program;
        let data = program.call(site.call);
        Reader { project, program, files, site, data, texts: OnceCell::new(), steps: OnceCell::new() }
    }

    /// What is given that has a pool of its own.
    fn replaced(&self, rows: &[Setting]) -> Option<At<'c>> {
        let keys = rows.iter().flat_map(|row| &row.replaced_by);
        let mut given =
            keys.flat_map(|key| self.data.args.iter().filter_map(|arg| self.under(self.at(&arg.value), key)));
        given.next()
    }

    /// The construction behind a value.
    fn construction(&self, at: At<'c>, trail: &Trail) -> Option<&'r Site> {
        if let Value::Call(id) = at.value {
            let call = CallRef { file: at.f.file, id: *id };
            return self.project.graph.site(call).filter(|site| site.call != self.site.call);
        }
        let here = trail.step(at.value)?;
        behind(self.program, at).into_iter().take(2).find_map(|inner| self.construction(inner, &here))
    }

    /// Addresses that are in sight.
    fn texts(&self) -> &[Text] {
        self.texts.get_or_init(|| addresses(self.project, self.files, self.site))
    }

    fn part(&self, row: &'c Setting) -> Bound<'c> {
        let Some((number, place)) = self.written(row) else {
            let built = row.places.iter().any(|place| place == "builder");
            let open = built && self.is_replaced(row)
                || self.data.args.iter().any(|arg| self.is_open(arg))
                || self.kept().into_iter().any(|record| self.is_hidden(record, &Trail::default()));
            let hidden = open.then(|| self.place(self.site.span)).or_else(|| self.veil(row));
            if let Some(place) = hidden.or_else(|| self.among(row)) {
                return Bound { row, value: None, least: None, place: Some(place), literal: None };
            }
            let value = self.default(row);
            return Bound { row, value, least: value, place: None, literal: None };
        };
        let place = Some(place);
        let Some(number) = number else { return Bound { row, value: None, least: None, place, literal: None } };
        let known = |value: f64| if row.means_default.contains(&value) { self.default(row) } else { Some(value) };
        let literal = number.place.filter(|literal| Some(*literal) != place);
        Bound { row, value: known(number.value), least: known(number.least), place, literal }
    }

    /// What holds where nothing is written, with the server that it speaks to.
    fn default(&self, row: &Setting) -> Option<f64> {
        let family = || family_of(self.project, self.files, self.site, self.texts());
        self.older_default(row).or(row.default).or_else(|| row.default_for.get(&family()?).copied())
    }

    /// The default of the version that is in use, where a later one has changed it.
    fn older_default(&self, row: &Setting) -> Option<f64> {
        if row.default_before.is_empty() {
            return None;
        }
        let package = self.program.catalog.package(self.program.catalog.ty(self.site.ty).package);
        let path = &self.program.units[self.site.call.file as usize].path;
        let used = self.program.manifests.version_of(path, &package.dependencies)?;
        let later = row.default_before.iter().filter(|(since, _)| used < version(since));
        later.min_by_key(|(since, _)| version(since)).map(|(_, value)| *value)
    }

    /// The number as written, with the place of the setting.
    fn written(&self, row: &'c Setting) -> Option<(Option<Number>, Place)> {
        let (found, place) = self.located(row)?;
        let number = match found {
            Found::Value(at) => self.numbers().set(row, at)?,
            Found::Text(text) => text.trim().parse().ok().map(Number::plain),
        };
        Some((number, place))
    }

    /// What is written for the setting, with its place.
    fn located(&self, row: &'c Setting) -> Option<(Found<'c>, Place)> {
        row.places.iter().find_map(|place| match place.as_str() {
            "keyword" => self.keyword(row),
            "option" => self.option(row),
            "builder" => self.builder(row),
            "url" => self.parameter(row),
            other => self.position(other.strip_prefix("arg:")?.parse().ok()?),
        })
    }

    /// The value as data writes it.
    fn written_text(&self, found: &Found<'c>) -> Option<String> {
        match found {
            Found::Text(text) => Some(text.clone()),
            Found::Value(at) => match at.value {
                Value::Literal(Literal::Null) => Some("None".to_string()),
                value => crate::values::conditions::literal_text(value)
                    .or_else(|| self.numbers().of(*at).map(|number| number.value.to_string())),
            },
        }
    }

    /// An argument that is not in sight may write the setting.
    fn may_hold(&self, row: &Setting) -> bool {
        let first = row.name.split('.').next().unwrap_or_default();
        let inner = self.data.named(first).filter(|_| row.name.contains('.'));
        let at = |place: &str| row.places.iter().any(|known| known == place);
        let hides = |(index, arg): (usize, &'c Arg)| {
            let value = self.at(&arg.value);
            self.is_open(arg)
                || at("option") && arg.name.is_none() && index > 0 && self.is_hidden(value, &Trail::default())
                || at("builder") && self.is_hidden(value, &Trail::default())
        };
        if at("builder") && self.steps().hidden {
            return true;
        }
        inner.is_some_and(|arg| self.is_hidden(self.at(&arg.value), &Trail::default()))
            || self.data.args.iter().enumerate().any(hides)
    }

    /// `pool: config.get("pool")`: what is given under a key in whose place the setting stands is not in sight.
    fn veil(&self, row: &Setting) -> Option<Place> {
        let outer = self.names(row).filter_map(|name| Some(name.rsplit_once('.')?.0));
        let given = outer.flat_map(|path| self.data.args.iter().filter_map(move |arg| self.outer(arg, path)));
        let unseen = |at: At<'c>| self.is_hidden(at, &Trail::default()) || self.is_called(at) && !self.is_record(at);
        given.into_iter().find(|(at, _)| unseen(*at)).map(|(_, span)| self.place(span))
    }

    /// Some of what may be given writes the setting.
    fn among(&self, row: &Setting) -> Option<Place> {
        let options = || row.places.iter().any(|place| place == "option");
        let mut args = self.data.args.iter().filter(|arg| arg.name.is_none() && options());
        let writes = |arg: &'c Arg, name: &String| may_write(self.program, self.at(&arg.value), name);
        let arg = args.find(|arg| self.names(row).any(|name| writes(arg, name)))?;
        Some(self.place(arg.span))
    }

    /// What an argument holds under a path of keys, of which a keyword may be the first.
    fn outer(&self, arg: &'c Arg, path: &str) -> Option<(At<'c>, Span)> {
        let own = self.at(&arg.value);
        let found = match &arg.name {
            None => self.under(own, path)?,
            Some(name) if name == path => own,
            Some(name) => self.under(own, path.strip_prefix(name.as_str())?.strip_prefix('.')?)?,
        };
        Some((found, entry_span(&arg.value, path.rsplit('.').next()?, found.value).unwrap_or(arg.span)))
    }

    /// Options of which not all are in sight: spread, added later, taken from elsewhere.
    fn is_open(&self, arg: &'c Arg) -> bool {
        let value = self.at(&arg.value);
        if self.makes_hidden(arg) {
            return true;
        }
        match arg.spread {
            true => self.is_hidden(value, &Trail::default()) || self.is_called(value),
            false => {
                let record = || self.is_record(value) || self.sounds_like_options(&arg.value);
                arg.name.is_none() && record() && self.is_hidden(value, &Trail::default())
            }
        }
    }

    /// `config`, `poolOptions`, `this.settings`
    fn sounds_like_options(&self, value: &Value) -> bool {
        let name = match value {
            Value::Var(var) => &self.program.facts(self.site.call.file).local(*var).name,
            Value::Member(_, name) => name,
            _ => return false,
        };
        let name = name.to_ascii_lowercase();
        ["config", "options", "opts", "settings"].iter().any(|word| name.ends_with(word))
    }

    /// What a call gives, perhaps by way of a variable.
    fn is_called(&self, at: At<'c>) -> bool {
        let call = |at: &At| matches!(at.value, Value::Call(_));
        call(&at) || behind(self.program, at).iter().any(call)
    }

    fn is_record(&self, at: At<'c>) -> bool {
        let record = |at: &At| matches!(at.value, Value::Record { .. });
        let call = |at: At<'c>| made(self.program, at).iter().any(record);
        match at.value {
            Value::Var(_) => behind(self.program, at).into_iter().any(|inner| record(&inner) || call(inner)),
            _ => record(&at) || call(at),
        }
    }

    /// Neither a text nor a record that is in sight as a whole.
    fn is_hidden(&self, at: At<'c>, trail: &Trail) -> bool {
        let Some(here) = trail.step(at.value) else { return true };
        let inner = |value| self.is_hidden(At { f: at.f, value }, &here);
        match at.value {
            Value::Record { open, spreads, .. } if spreads.is_empty() => *open,
            Value::Record { spreads, .. } => {
                spreads.iter().any(|spread| inner(spread) || self.is_called(At { f: at.f, value: spread }))
            }
            Value::Choice(values, _) => values.iter().any(inner),
            Value::Literal(_) | Value::Template(_) | Value::Binary(..) | Value::Closure(_) => false,
            Value::Call(_) => made(self.program, at).into_iter().any(|inner| self.is_hidden(inner, &here)),
            _ => {
                let mut behind = behind(self.program, at);
                behind.extend(arguments(self.project, at));
                grows(self.program, at, &|key| self.is_setting(key))
                    || behind.is_empty()
                    || behind.into_iter().any(|inner| self.is_hidden(inner, &here))
            }
        }
    }

    /// Some setting of the client is called so, stands below such a key, or does not count beside it.
    fn is_setting(&self, key: &str) -> bool {
        let mut rows = self.program.catalog.ty(self.site.ty).row.settings.iter();
        rows.any(|row| self.names(row).chain(&row.unless).any(|name| name.split('.').any(|part| part == key)))
    }

    fn numbers(&self) -> Numbers<'_, 'c> {
        Numbers::new(self.project, self.files)
    }

    fn at(&self, value: &'c Value) -> At<'c> {
        At { f: self.site.function, value }
    }

    fn place(&self, span: Span) -> Place {
        self.place_in(self.site.call.file, span)
    }

    fn place_in(&self, file: u32, span: Span) -> Place {
        Place { file: self.program.units[file as usize].source, span }
    }

    fn names<'s>(&self, row: &'s Setting) -> impl Iterator<Item = &'s String> {
        std::iter::once(&row.name).chain(&row.aliases)
    }

    fn keyword(&self, row: &'c Setting) -> Option<(Found<'c>, Place)> {
        self.names(row).find_map(|name| match name.split_once('.') {
            Some((first, rest)) => {
                let arg = self.data.named(first)?;
                let found = self.under(self.at(&arg.value), rest)?;
                let own = entry_span(&arg.value, rest.rsplit('.').next()?, found.value);
                Some((Found::Value(found), self.place(own.unwrap_or(arg.span))))
            }
            None => self.named(name),
        })
    }

    fn named(&self, name: &str) -> Option<(Found<'c>, Place)> {
        if let Some(arg) = self.data.named(name) {
            return Some((Found::Value(self.at(&arg.value)), self.place(arg.span)));
        }
        let mut spreads = self.data.args.iter().filter(|arg| arg.spread);
        spreads.find_map(|arg| {
            let found = key(self.program, self.at(&arg.value), name).first().copied()?;
            Some((Found::Value(found), self.place(arg.span)))
        })
    }

    /// The value under a path of keys.
    fn under(&self, record: At<'c>, path: &str) -> Option<At<'c>> {
        let mut found: Vec<At> = std::iter::once(record).chain(arguments(self.project, record)).collect();
        for part in path.split('.') {
            found = found.into_iter().flat_map(|record| key(self.program, record, part)).collect();
        }
        found.first().copied()
    }

    fn option(&self, row: &'c Setting) -> Option<(Found<'c>, Place)> {
        let given = self.data.args.iter().filter(|arg| arg.name.is_none()).find_map(|arg| {
            let mut records = std::iter::once(self.at(&arg.value)).chain(self.made(self.at(&arg.value)));
            records.find_map(|record| self.in_record(row, record, self.place(arg.span)))
        });
        given.or_else(|| {
            self.kept().into_iter().find_map(|record| self.in_record(row, record, self.place(self.site.span)))
        })
    }

    /// The options that the project keeps under a name which the library reads.
    fn kept(&self) -> Vec<At<'c>> {
        kept(self.project, &self.program.catalog.ty(self.site.ty).row.options_settings, self.site.call.file)
    }

    /// What a record has for the setting, with its place; `whole` where that is not in sight.
    fn in_record(&self, row: &'c Setting, record: At<'c>, whole: Place) -> Option<(Found<'c>, Place)> {
        self.names(row).find_map(|name| {
            let found = self.under(record, name)?;
            let own = entry_span(record.value, name.rsplit('.').next()?, found.value);
            let outer = || key_span(record.value, name.split('.').next()?);
            let place = own.or_else(outer).map(|span| self.place_in(record.f.file, span));
            Some((Found::Value(found), place.unwrap_or(whole)))
        })
    }

    /// The options that functions under some keys of the options make.
    fn made(&self, options: At<'c>) -> Vec<At<'c>> {
        let keys = &self.program.catalog.ty(self.site.ty).row.options_from;
        keys.iter().filter_map(|name| self.under(options, name)).flat_map(|at| returned_by(self.program, at)).collect()
    }

    /// Something under those keys makes options that are not in sight.
    fn makes_hidden(&self, arg: &'c Arg) -> bool {
        let keys = &self.program.catalog.ty(self.site.ty).row.options_from;
        let options = self.at(&arg.value);
        let mut makers = keys.iter().filter_map(|name| self.under(options, name));
        makers.any(|at| {
            let made = returned_by(self.program, at);
            let hidden =
                |inner| self.is_hidden(inner, &Trail::default()) || self.is_called(inner) && !self.is_record(inner);
            made.is_empty() || made.into_iter().any(hidden)
        })
    }

    fn position(&self, index: usize) -> Option<(Found<'c>, Place)> {
        let arg = self.data.positional(index)?;
        Some((Found::Value(self.at(&arg.value)), self.place(arg.span)))
    }

    /// What the builder is given on the way to the construction.
    fn steps(&self) -> &Steps<'c> {
        self.steps.get_or_init(|| steps(self.program, self.site.call))
    }

    fn builder(&self, row: &'c Setting) -> Option<(Found<'c>, Place)> {
        let call = self.steps().calls.iter().find_map(|step| self.setter(row, step.f, step.call));
        call.or_else(|| {
            let mut fields = self.steps().fields.iter();
            let field = fields.find(|field| self.names(row).any(|name| name == field.name))?;
            Some((Found::Value(field.at), self.place_in(field.at.f.file, field.span)))
        })
    }

    /// The builder comes from out of sight, or is given settings as a whole.
    fn is_replaced(&self, row: &Setting) -> bool {
        let whole = |call: &Call| row.unless.iter().any(|name| name == last_name(&call.callee));
        self.steps().hidden || self.steps().calls.iter().any(|step| whole(step.call))
    }

    /// `.max_size(5)`, `PoolConfig::new(5)`, `PoolConfig { max_size: 5 }`.
    fn setter(&self, row: &'c Setting, f: FnRef, call: &'c Call) -> Option<(Found<'c>, Place)> {
        let name = last_name(&call.callee);
        let owner = match &call.callee {
            Value::Member(base, _) => match &**base {
                Value::Var(var) => &self.program.facts(f.file).local(*var).name,
                base => last_name(base),
            },
            _ => "",
        };
        let is_called = |known: &String| match known.split_once('.') {
            Some((class, function)) => class == owner && function == name,
            None => known == name,
        };
        let given = match self.names(row).any(is_called) {
            true => call.positional(0),
            false => self.names(row).find_map(|known| call.named(known)),
        };
        let arg = given?;
        Some((Found::Value(At { f, value: &arg.value }), self.place_in(f.file, arg.span)))
    }

    /// A query parameter of the address, in the code or in a settings file.
    fn parameter(&self, row: &'c Setting) -> Option<(Found<'c>, Place)> {
        self.texts().iter().find_map(|text| {
            let found = self.names(row).find_map(|name| query(&text.text, name))?;
            Some((Found::Text(found.to_string()), text.place))
        })
    }
}

/// Where a key of a record is written.
fn key_span(record: &Value, key: &str) -> Option<Span> {
    let Value::Record { entries, .. } = record else { return None };
    entries.iter().find(|entry| entry.key == key).map(|entry| entry.span)
}

fn entry_span(record: &Value, key: &str, value: &Value) -> Option<Span> {
    let Value::Record { entries, .. } = record else { return None };
    let own =
        entries.iter().find(|entry| entry.key == key && std::ptr::eq(&entry.value, value)).map(|entry| entry.span);
    own.or_else(|| entries.iter().find_map(|entry| entry_span(&entry.value, key, value)))
}
