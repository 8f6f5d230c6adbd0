//! Connections that a settings module declares and a framework opens: `DATABASES = {…}`.
//!
//! By the rows of the catalogue: the variable, the keys of its entries. One connection for each thread of a
//! process, or a pool where the options ask for one. Knows no framework by name.

use crate::capacity::bounds::{Bound, Pool};
use crate::catalog::schema::{DeclaredRow, Setting, SettingRole};
use crate::catalog::{Catalog, PackageId, TypeId, language};
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::walk::{self, Bind};
use crate::facts::{FnId, Literal, Node, Span, Value, VarRef};
use crate::finding::Place;
use crate::packages::kinds::FileClass;
use crate::packages::settings::files::Files;
use crate::packages::unit::Unit;
use crate::program::{CallRef, FnRef};
use crate::servers::address::names_behind;
use crate::servers::addresses::{Text, gathered};
use crate::servers::family::{chosen, only_driver};
use crate::servers::hosts::Texts;
use crate::servers::number::Numbers;
use crate::values::Program;
use crate::values::calls::top;
use crate::values::eval::{Ty, dotted};
use crate::values::follow::{At, behind, key};

/// One entry of a declaration.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    pub row: &'a DeclaredRow,
    pub ty: TypeId,
    pub file: u32,
    pub span: Span,
    /// `default`
    pub name: String,
    value: &'a Value,
    /// What is set under its keys afterwards, also by settings that build on these.
    later: Vec<Later<'a>>,
}

/// `DATABASES["default"]["OPTIONS"] = {…}`
#[derive(Debug, Clone)]
struct Later<'a> {
    key: String,
    at: At<'a>,
    span: Span,
}

/// All declarations of product code, in the order of files.
pub fn declared<'a>(project: &Project<'a>) -> Vec<Declared<'a>> {
    let program = &project.program;
    let catalog: &'a Catalog = program.catalog;
    let rows = program.active.iter().flat_map(|id| catalog.package(*id).declared.iter().map(move |row| (*id, row)));
    let rows: Vec<_> = rows.collect();
    let mut found = Vec::new();
    let product = |unit: &Unit| unit.parsed && unit.class == FileClass::Source;
    for file in program.units.iter().enumerate().filter(|(_, unit)| product(unit)).map(|(file, _)| file) {
        let file = file as u32;
        let own = |id: PackageId| language(catalog.package(id).ecosystem) == program.language(file);
        for (package, row) in rows.iter().filter(|(package, _)| own(*package)) {
            let Some(ty) = catalog.type_named(*package, &row.gives) else { continue };
            let var = program.index[file as usize].top.get(row.variable.as_str());
            let entries =
                var.map_or_else(|| of_classes(program, file, &row.variable), |var| entries(program, file, *var));
            found.extend(entries.into_iter().map(|(name, value, span)| Declared {
                later: Vec::new(),
                row,
                ty,
                file,
                span,
                name,
                value,
            }));
        }
    }
    for one in &mut found {
        one.later = later(program, one);
    }
    found
}

type Entry<'a> = (String, &'a Value, Span);

/// What is assigned to the variable under each name, as a whole or one by one.
fn entries<'a>(program: &Program<'a>, file: u32, var: VarRef) -> Vec<Entry<'a>> {
    let bounds = program.index[file as usize].vars.get(&var).into_iter().flatten();
    let mut found: Vec<Entry> = bounds.flat_map(|bound| of_record(bound.value)).collect();
    assigned(&program.facts(file).function(FnId::TOP).body, var, &mut found);
    found
}

/// What classes of settings hold under the name.
fn of_classes<'a>(program: &Program<'a>, file: u32, name: &str) -> Vec<Entry<'a>> {
    let fields = program.facts(file).classes.iter().flat_map(|class| &class.fields);
    fields.filter(|field| field.name == name).filter_map(|field| field.value.as_ref()).flat_map(of_record).collect()
}

fn of_record(value: &Value) -> Vec<Entry<'_>> {
    match value {
        Value::Record { entries, .. } => entries.iter().map(|it| (it.key.clone(), &it.value, it.span)).collect(),
        Value::Choice(values, _) => values.iter().flat_map(of_record).collect(),
        _ => Vec::new(),
    }
}

/// `DATABASES["default"] = …`
fn assigned<'a>(block: &'a [Node], var: VarRef, found: &mut Vec<Entry<'a>>) {
    for Bind { target, value, span } in walk::binds(block) {
        if let Value::Index(base, key) = target
            && matches!(**base, Value::Var(own) if own == var)
            && let Value::Literal(Literal::Str(name)) = &**key
        {
            found.push((name.clone(), value, span));
        }
    }
}

/// What product code of the same package sets under the keys of an entry.
fn later<'a>(program: &Program<'a>, one: &Declared) -> Vec<Later<'a>> {
    let folder = |file: u32| program.package_of(file).map(|it| &it.folder);
    let files = (0..program.units.len() as u32).filter(|file| {
        let unit = &program.units[*file as usize];
        unit.parsed && unit.class == FileClass::Source && folder(*file) == folder(one.file)
    });
    let mut found = Vec::new();
    for file in files {
        set(program, top(file), &program.facts(file).function(FnId::TOP).body, one, &mut found);
    }
    found
}

fn set<'a>(program: &Program<'a>, f: FnRef, block: &'a [Node], one: &Declared, found: &mut Vec<Later<'a>>) {
    for Bind { target, value, span } in walk::binds(block) {
        if let Value::Index(base, key) = target
            && is_entry(program, f.file, base, one)
            && let Some(key) = key.as_str()
        {
            found.push(Later { key: key.to_string(), at: At { f, value }, span });
        }
    }
}

/// `DATABASES["default"]`, or the variable that the entry is made of.
fn is_entry<'a>(program: &Program<'a>, file: u32, value: &'a Value, one: &Declared) -> bool {
    match value {
        Value::Index(root, name) => {
            called(program, file, root) == Some(&one.row.variable) && name.as_str() == Some(&one.name)
        }
        Value::Var(var) => file == one.file && matches!(one.value, Value::Var(own) if own == var),
        _ => false,
    }
}

fn called<'a>(program: &Program<'a>, file: u32, value: &'a Value) -> Option<&'a str> {
    match value {
        Value::Global(name) => Some(name),
        Value::Var(var) => Some(&program.facts(file).local(*var).name),
        _ => None,
    }
}

/// A declaration with what reads it.
pub struct Reader<'r, 'a> {
    pub project: &'r Project<'a>,
    pub files: &'r Files,
    pub one: &'r Declared<'a>,
}

impl<'a> Reader<'_, 'a> {
    fn at(&self) -> At<'a> {
        At { f: top(self.one.file), value: self.one.value }
    }

    /// The family of its server: by the engine, else by the scheme of an address.
    pub fn family(&self, addresses: &[Text]) -> Option<String> {
        let engines = self.under(&self.one.row.engine).into_iter().flat_map(|at| self.texts().all(at));
        let mut engines: Vec<String> = engines.collect();
        if engines.is_empty() {
            engines = addresses.iter().filter_map(|text| Some(text.text.split_once("://")?.0.to_string())).collect();
        }
        if engines.is_empty() && !self.one.row.served && !matches!(self.one.value, Value::Record { .. }) {
            return only_driver(self.project, self.files, &self.project.program.units[self.one.file as usize].path);
        }
        chosen(self.project, &engines).map(|(family, _)| family)
    }

    /// The addresses that are in sight: of a whole URL, or of host and port.
    pub fn addresses(&self) -> Vec<Text> {
        let place = self.place();
        let whole = self.under_key(&self.one.row.url).into_iter();
        let whole: Vec<Text> = whole.flat_map(|at| gathered(self.project, self.files, at, place)).collect();
        if !whole.is_empty() {
            return whole;
        }
        let own = self
            .under_key(&self.one.row.host)
            .into_iter()
            .find_map(|at| self.texts().text(at, place, &Trail::default()));
        let Some(host) = own.filter(|host| !host.text.is_empty()) else {
            let found = gathered(self.project, self.files, self.at(), place);
            return if found.is_empty() { self.read_address().into_iter().collect() } else { found };
        };
        let port =
            self.under(&self.one.row.port).into_iter().find_map(|at| self.texts().text(at, place, &Trail::default()));
        let port = port.filter(|port| !port.text.is_empty()).map_or(String::new(), |port| format!(":{}", port.text));
        let family = self.family(&[]).unwrap_or_default();
        vec![Text { text: format!("{family}://{}{port}", host.text), ..host }]
    }

    /// The names of settings that reach the address.
    pub fn settings(&self) -> Vec<String> {
        let row = self.one.row;
        let told: Vec<At> = [&row.url, &row.host].into_iter().flat_map(|key| self.under_key(key)).collect();
        let values = if told.is_empty() { self.calls() } else { told };
        let mut names: Vec<String> =
            values.into_iter().flat_map(|at| names_behind(&self.project.program, at)).collect();
        names.extend(self.read());
        names.retain(|name| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        });
        names.sort();
        names.dedup();
        names
    }

    /// The entry, where it is no record.
    fn calls(&self) -> Vec<At<'a>> {
        Some(self.at()).filter(|at| !matches!(at.value, Value::Record { .. })).into_iter().collect()
    }

    /// The setting that a call without a name reads.
    fn read(&self) -> Option<String> {
        let Value::Call(id) = self.one.value else { return None };
        let data = self.project.program.call(CallRef { file: self.one.file, id: *id });
        let callee = self.outside(&data.callee).or_else(|| self.method(&data.callee))?;
        let named = data.positional(0).is_some_and(|arg| arg.name.is_none());
        self.one.row.reads.get(&callee).filter(|_| !named).cloned()
    }

    /// `dj_database_url.config`
    fn outside(&self, callee: &'a Value) -> Option<String> {
        match self.project.program.eval(top(self.one.file), callee) {
            Ty::External(inner) => Some(dotted(&inner)),
            _ => None,
        }
    }

    /// `env.db`, `env` being an `environ.Env()`.
    fn method(&self, callee: &'a Value) -> Option<String> {
        let program = &self.project.program;
        let Value::Member(base, name) = callee else { return None };
        let made = behind(program, At { f: top(self.one.file), value: base });
        let maker = made.into_iter().find_map(|at| match at.value {
            Value::Call(id) if at.f.file == self.one.file => self.outside(&program.facts(at.f.file).call(*id).callee),
            _ => None,
        })?;
        Some(format!("{maker}.{name}"))
    }

    /// What the environment holds under the setting that such a call reads.
    fn read_address(&self) -> Option<Text> {
        let from = &self.project.program.units[self.one.file as usize].path;
        self.files.variable(&self.read()?, from).map(Text::from)
    }

    /// Its numbers; the size only where the options ask for a pool.
    pub fn pool(&self, address: Vec<Text>) -> Pool<'a> {
        let rows = &self.project.program.catalog.ty(self.one.ty).row.settings;
        let find = |role: SettingRole| rows.iter().filter(|row| row.role == role).find_map(|row| self.bound(row));
        let age = rows.iter().find(|row| row.role == SettingRole::Recycle).map(|row| self.lasting(row));
        Pool {
            size: find(SettingRole::PoolSize),
            overflow: find(SettingRole::Overflow),
            other: age.into_iter().collect(),
            other_class: false,
            lent: false,
            address,
        }
    }

    fn bound(&self, row: &'a Setting) -> Option<Bound<'a>> {
        let (holder, _) = row.name.rsplit_once('.')?;
        let holder = self.under(holder).into_iter().next()?;
        if matches!(holder.value, Value::Literal(Literal::Null | Literal::Bool(false))) {
            return None;
        }
        let usual = |value| Bound { row, value: Some(value), least: Some(value), place: None, literal: None };
        self.number(row).or_else(|| row.default.map(usual))
    }

    fn lasting(&self, row: &'a Setting) -> Bound<'a> {
        self.number(row).unwrap_or(Bound { row, value: row.default, least: row.default, place: None, literal: None })
    }

    fn number(&self, row: &'a Setting) -> Option<Bound<'a>> {
        let named = || {
            let Value::Call(id) = self.one.value else { return None };
            let data = self.project.program.call(CallRef { file: self.one.file, id: *id });
            let arg = row.aliases.iter().find_map(|name| data.named(name))?;
            Some(At { f: top(self.one.file), value: &arg.value })
        };
        let names = std::iter::once(&row.name).chain(&row.aliases);
        let at = names.flat_map(|name| self.under(name)).next().or_else(named)?;
        let number = Numbers::new(self.project, self.files).set(row, at)?;
        let place = Some(self.place_of(&row.name));
        let literal = number.and_then(|number| number.place);
        Some(Bound { row, value: number.map(|it| it.value), least: number.map(|it| it.least), place, literal })
    }

    /// The values under a key of the row, where it has one.
    fn under_key(&self, key: &str) -> Vec<At<'a>> {
        if key.is_empty() { Vec::new() } else { self.under(key) }
    }

    /// The values under a path of keys.
    fn under(&self, path: &str) -> Vec<At<'a>> {
        let program = &self.project.program;
        let down = |from: Vec<At<'a>>, path: &str| {
            path.split('.').filter(|part| !part.is_empty()).fold(from, |found: Vec<At<'a>>, part| {
                found.into_iter().flat_map(|record| key(program, record, part)).collect()
            })
        };
        let (head, rest) = path.split_once('.').unwrap_or((path, ""));
        let set = self.one.later.iter().filter(|later| later.key == head).map(|later| later.at);
        let later = down(set.collect(), rest);
        if later.is_empty() { down(vec![self.at()], path) } else { later }
    }

    /// Where the entry, or what is set in it under the key later, stands.
    fn place_of(&self, path: &str) -> Place {
        let head = path.split('.').next().unwrap_or_default();
        let later = self.one.later.iter().find(|later| later.key == head);
        let units = self.project.program.units;
        later.map_or_else(
            || self.place(),
            |later| Place { file: units[later.at.f.file as usize].source, span: later.span },
        )
    }

    fn texts(&self) -> Texts<'_, 'a> {
        Texts { project: self.project, files: self.files }
    }

    fn place(&self) -> Place {
        Place { file: self.project.program.units[self.one.file as usize].source, span: self.one.span }
    }
}
