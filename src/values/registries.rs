//! Objects that a program keeps under names on what its frameworks hand around: `app.state.pool`, `app["db"]`,
//! `app.set("io", io)`, `provide("socket", socket)`, `window.shell`.
//!
//! The frameworks' rows say where. Knows no framework, and not what the objects are used for.

use crate::catalog::words::values::GLOBAL_NAMES;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::eval::Ty;
use crate::catalog::pattern::path_fits;
use crate::catalog::schema::{MemberRow, RegistryRow};
use crate::catalog::{PackageId, language};
use crate::facts::{Call, FileFacts, Value};
use crate::packages::unit::Unit;
use crate::program::FnRef;
use crate::program::index::{Bound, FileIndex};
use crate::scope::registered::{key_name, last_name, last_names, returned_as, yielded};
use crate::values::Program;
use crate::values::memo::Question;

/// The place of a registry among the rows, and the name of what is kept there.
type Kept<'a> = (usize, &'a str);

/// An object, and the registry's place among the rows.
#[derive(Debug, Clone, Copy)]
struct Put<'a> {
    row: usize,
    from: FnRef,
    value: &'a Value,
}

/// What is kept, by its name.
#[derive(Default)]
pub(crate) struct Registries<'a> {
    rows: Vec<&'a RegistryRow>,
    puts: FxHashMap<&'a str, Vec<Put<'a>>>,
    /// What plugins keep there themselves.
    members: FxHashMap<&'a str, Vec<(PackageId, &'a MemberRow)>>,
}

/// The property of an element that puts something under a name.
const VALUE: &str = "value";

impl<'a> Program<'a> {
    /// By what is written alone: evaluating asks for the registries.
    pub(crate) fn find_registries(&mut self) {
        let rows: Vec<_> = self.active.iter().flat_map(|id| &self.catalog.package(*id).registries).collect();
        let own = self.active.iter().flat_map(|id| self.catalog.package(*id).members.iter().map(|row| (*id, row)));
        let mut members: FxHashMap<&'a str, Vec<(PackageId, &'a MemberRow)>> = FxHashMap::default();
        own.for_each(|(id, row)| members.entry(&row.name).or_default().push((id, row)));
        if rows.is_empty() && members.is_empty() {
            return;
        }
        let scan = Scan { names: last_names(rows.iter().copied()).collect(), rows: &rows };
        let files = self.units.par_iter().zip(self.index.par_iter()).enumerate();
        let found: Vec<_> = files.map(|(file, (unit, index))| scan.file(file as u32, unit, index)).collect();
        let mut puts: FxHashMap<&'a str, Vec<Put<'a>>> = FxHashMap::default();
        for (name, put) in found.into_iter().flatten() {
            puts.entry(name).or_default().push(put);
        }
        self.registries = Registries { rows, puts, members }.into();
    }

    /// `app.state.pool`, where nothing of the project says what that is.
    pub(crate) fn registered_member(&self, from: FnRef, base: &Value, name: &str, own: &Ty) -> Option<Ty<'a>> {
        let is_open = matches!(own, Ty::Unknown | Ty::Method(..) | Ty::Global(_));
        let put = || self.type_of(from.file, self.member_kept(from.file, base, name)?);
        is_open.then(|| put().or_else(|| self.plugged_member(from.file, base, name))).flatten()
    }

    /// `app.pg`, which a plugin keeps there.
    fn plugged_member(&self, file: u32, base: &Value, name: &str) -> Option<Ty<'a>> {
        let is_of = |package: PackageId| language(self.catalog.package(package).ecosystem) == self.language(file);
        let mut rows = self.registries.members.get(name)?.iter().filter(|(package, _)| is_of(*package));
        let (package, row) = rows.find(|(_, row)| is_held(self.facts(file), base, &row.holders))?;
        self.catalog.type_named(*package, &row.gives).map(Ty::Concept)
    }

    /// `app["db"]`.
    pub(crate) fn registered_element(&self, from: FnRef, base: &Value, key: &Value) -> Option<Ty<'a>> {
        self.type_of(from.file, self.element_kept(from.file, base, key)?)
    }

    /// A bare name, of what the page has.
    pub(crate) fn registered_global(&self, from: FnRef, name: &str) -> Option<Ty<'a>> {
        self.type_of(from.file, self.global_kept(name)?)
    }

    /// `app.get("db")`.
    pub(crate) fn registered_call(&self, from: FnRef, call: &Call) -> Option<Ty<'a>> {
        self.type_of(from.file, self.call_kept(from.file, call)?)
    }

    /// Where the program keeps what the value asks for by a name: all that is put there, and by which function.
    pub fn kept(&self, file: u32, value: &Value) -> Vec<(FnRef, &'a Value)> {
        let kept = match value {
            Value::Member(base, name) => self.member_kept(file, base, name),
            Value::Index(base, key) => self.element_kept(file, base, key),
            Value::Global(name) => self.global_kept(name),
            Value::Call(id) => self.call_kept(file, self.facts(file).call(*id)),
            _ => None,
        };
        kept.map_or_else(Vec::new, |kept| self.puts(file, kept).map(|put| (put.from, put.value)).collect())
    }

    fn member_kept(&self, file: u32, base: &Value, name: &str) -> Option<Kept<'a>> {
        let facts = self.facts(file);
        let other = self.other_name(file, base);
        self.kept_as(name, |row| {
            [Some(base), other].into_iter().flatten().any(|base| is_held(facts, base, row.readers()))
        })
    }

    /// `request.app.state`, of a variable that stands for it.
    fn other_name(&self, file: u32, base: &Value) -> Option<&'a Value> {
        let Value::Var(var) = base else { return None };
        match self.bound(file, *var) {
            [only] if matches!(only.value, Value::Member(..)) => Some(only.value),
            _ => None,
        }
    }

    fn element_kept(&self, file: u32, base: &Value, key: &Value) -> Option<Kept<'a>> {
        self.member_kept(file, base, key_name(self.facts(file), key)?)
    }

    fn global_kept(&self, name: &str) -> Option<Kept<'a>> {
        self.kept_as(name, |row| row.readers().iter().any(|reader| GLOBAL_NAMES.contains(&reader.as_str())))
    }

    fn call_kept(&self, file: u32, call: &Call) -> Option<Kept<'a>> {
        let facts = self.facts(file);
        let name = key_name(facts, &call.positional(0)?.value)?;
        self.kept_as(name, |row| is_held(facts, &call.callee, &row.gets))
    }

    fn kept_as(&self, name: &str, fits: impl Fn(&RegistryRow) -> bool) -> Option<Kept<'a>> {
        let (name, puts) = self.registries.puts.get_key_value(name)?;
        let row = puts.iter().map(|put| put.row).find(|row| fits(self.registries.rows[*row]))?;
        Some((row, name))
    }

    fn puts(&self, file: u32, kept: Kept<'a>) -> impl Iterator<Item = &Put<'a>> {
        let language = self.language(file);
        let all = self.registries.puts.get(kept.1).into_iter().flatten();
        all.filter(move |put| put.row == kept.0 && self.language(put.from.file) == language)
    }

    /// What is kept there, unless that is several things.
    fn type_of(&self, file: u32, kept: Kept<'a>) -> Option<Ty<'a>> {
        let known = self.memo.one(Question::Kept(kept.0, kept.1, self.language(file)), || {
            let types = self.puts(file, kept).map(|put| self.eval(put.from, put.value));
            let mut all: Vec<Ty<'a>> = types.filter(Ty::is_known).collect();
            all.dedup();
            if all.len() == 1 { all.swap_remove(0) } else { Ty::Unknown }
        });
        Some(known).filter(Ty::is_known)
    }
}

impl RegistryRow {
    fn readers(&self) -> &[String] {
        if self.readers.is_empty() { &self.holders } else { &self.readers }
    }
}

struct Scan<'s, 'a> {
    rows: &'s [&'a RegistryRow],
    names: FxHashSet<&'a str>,
}

impl<'a> Scan<'_, 'a> {
    fn file(&self, file: u32, unit: &'a Unit, index: &FileIndex<'a>) -> Vec<(&'a str, Put<'a>)> {
        let facts = &unit.facts;
        let bound = |base: &Value, bound: &Bound<'a>| {
            let row = self.row(facts, base, |row| &row.holders)?;
            Some(Put { row, from: FnRef { file, id: bound.function }, value: bound.value })
        };
        let members = index.members.iter().flat_map(|(name, all)| all.iter().map(move |(base, b)| (*name, *base, b)));
        let members = members.filter_map(|(name, base, b)| Some((name, bound(base, b)?)));
        let elements =
            index.elements.iter().filter_map(|e| Some((key_name(facts, e.key)?, bound(e.container, &e.bound)?)));
        let calls = facts.calls.iter().filter_map(|call| {
            let row = self.row(facts, &call.callee, |row| &row.puts)?;
            let put = Put { row, from: FnRef { file, id: call.function }, value: &call.positional(1)?.value };
            Some((key_name(facts, &call.positional(0)?.value)?, put))
        });
        let named =
            facts.calls.iter().filter_map(|call| Some((call, self.row(facts, &call.callee, |row| &row.keywords)?)));
        let named = named.flat_map(|(call, row)| {
            let put = move |value: &'a Value| Put { row, from: FnRef { file, id: call.function }, value };
            call.args.iter().filter_map(move |arg| Some((arg.name.as_deref()?, put(&arg.value))))
        });
        let elements_of = facts.calls.iter().filter_map(|call| {
            let Value::Member(context, _) = &call.callee else { return None };
            let row = self.row(facts, &call.callee, |row| &row.elements)?;
            let put = Put { row, from: FnRef { file, id: call.function }, value: &call.named(VALUE)?.value };
            Some((key_name(facts, context)?, put))
        });
        let own = index.fields.iter().flat_map(|(name, all)| all.iter().map(move |b| (*name, b)));
        let own = own.filter_map(|(name, b)| Some((name, self.own(file, facts, b)?)));
        members
            .chain(elements)
            .chain(calls)
            .chain(named)
            .chain(elements_of)
            .chain(own)
            .chain(self.yields(file, facts))
            .chain(self.returned(file, facts))
            .collect()
    }

    /// A field of the program's own class for what holds them.
    fn own(&self, file: u32, facts: &'a FileFacts, bound: &Bound<'a>) -> Option<Put<'a>> {
        let class = facts.class_around(bound.function)?;
        let row = facts.class(class).bases.iter().find_map(|base| self.row(facts, base, |row| &row.classes))?;
        Some(Put { row, from: FnRef { file, id: bound.function }, value: bound.value })
    }

    fn yields(&self, file: u32, facts: &'a FileFacts) -> impl Iterator<Item = (&'a str, Put<'a>)> {
        let rows = (0..self.rows.len()).filter(|row| self.rows[*row].yields);
        rows.flat_map(move |row| {
            yielded(facts).map(move |(id, name, value)| (name, Put { row, from: FnRef { file, id }, value }))
        })
    }

    fn returned(&self, file: u32, facts: &'a FileFacts) -> impl Iterator<Item = (&'a str, Put<'a>)> {
        let rows = self.rows.iter().enumerate().filter(|(_, row)| !row.returned_by.is_empty());
        rows.flat_map(move |(row, data)| {
            let named = |name: &str| data.returned_by.iter().any(|own| own == name);
            let found = returned_as(facts, &named).into_iter();
            found.map(move |(id, name, value)| (name, Put { row, from: FnRef { file, id }, value }))
        })
    }

    fn row(&self, facts: &FileFacts, value: &Value, written: impl Fn(&RegistryRow) -> &[String]) -> Option<usize> {
        let name = last_name(facts, value)?;
        self.names.contains(name).then_some(())?;
        self.rows.iter().position(|row| is_held(facts, value, written(row)))
    }
}

/// What is written ends as one of the patterns says.
fn is_held(facts: &FileFacts, value: &Value, patterns: &[String]) -> bool {
    !patterns.is_empty() && {
        let path = path(facts, value);
        patterns.iter().any(|pattern| path_fits(pattern, &path))
    }
}

/// The names that a member is written with.
fn path(facts: &FileFacts, value: &Value) -> Vec<String> {
    let mut path = match value {
        Value::Member(base, _) => path(facts, base),
        _ => Vec::new(),
    };
    path.extend(last_name(facts, value).map(str::to_string));
    path
}
