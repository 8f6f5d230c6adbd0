//! Functions, classes and objects that are chosen at run time, out of a table or by conditions.
//!
//! Any of them may be meant, so what is done with the choice is done with each. Knows no library.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::calls::Target;
use super::eval::Ty;
use crate::catalog::words::effects::ITERATING;
use crate::facts::trail::Trail;
use crate::facts::{Call, ClassKind, Language, RecordEntry, Value, VarRef};
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// One of the values, if they are things that can be told apart; else the first that is known.
    pub(crate) fn one_of(&self, values: impl Iterator<Item = (FnRef, &'a Value)> + Clone) -> Ty<'a> {
        let mut all = Vec::new();
        for (from, value) in values.clone() {
            let chosen = match self.eval(from, value) {
                Ty::OneOf(inner) => inner.to_vec(),
                ty => vec![ty],
            };
            let is_one = |ty: &Ty<'a>| is_choice(ty) || self.holds_functions(ty);
            all.extend(chosen.into_iter().filter(|ty| !all.contains(ty) && is_one(ty)).collect::<Vec<_>>());
        }
        if all.len() > 1 { Ty::OneOf(all.into()) } else { self.first_known(values) }
    }

    /// The first value that is known; where that is an object of the project, any of those that stand in for it.
    pub(crate) fn any_object(&self, values: impl Iterator<Item = (FnRef, &'a Value)> + Clone) -> Ty<'a> {
        let first = self.first_known(values.clone());
        let is_object = |ty: &Ty| matches!(ty, Ty::Instance(_));
        if !is_object(&first) {
            return first;
        }
        let mut all: Vec<Ty<'a>> = Vec::new();
        for ty in values.map(|(from, value)| self.eval(from, value)).filter(is_object) {
            if !all.contains(&ty) {
                all.push(ty);
            }
        }
        if all.len() == 1 { first } else { Ty::OneOf(all.into()) }
    }

    /// A row of a table of functions: `{ name: "mail", run: sendMail }`.
    fn holds_functions(&self, ty: &Ty<'a>) -> bool {
        let Ty::Record(owner, Value::Record { entries, .. }) = ty else { return false };
        entries.iter().any(|entry| matches!(self.eval(*owner, &entry.value), Ty::Fn(_)))
    }

    /// What says more of a value: the type that is written for it, or what it is known to be.
    ///
    /// A record of functions is all that there is behind an interface; a class has methods of its own.
    pub(crate) fn fuller(&self, written: Ty<'a>, value: Ty<'a>) -> Ty<'a> {
        let is_shape = match &written {
            written if !tells(written) => true,
            Ty::Instance(class) => self.class(*class).kind == ClassKind::Interface && self.holds_functions(&value),
            _ => false,
        };
        if is_shape { value } else { written }
    }

    /// What stands in a record under a key that is only known at run time.
    pub(crate) fn any_entry(&self, owner: FnRef, record: &'a Value) -> Ty<'a> {
        let Value::Record { entries, .. } = record else { return Ty::Unknown };
        if let Some(items) = self.all_items(owner, entries) {
            let any = self.one_of(items.iter().map(|item| (owner, *item)));
            return if any.is_known() { Ty::List(any.into()) } else { any };
        }
        match self.one_of(entries.iter().map(|entry| (owner, &entry.value))) {
            ty @ (Ty::OneOf(_) | Ty::Class(_) | Ty::Fn(_) | Ty::Instance(_)) => ty,
            _ => Ty::Unknown,
        }
    }

    /// The items of all lists, where a record has nothing else: `{ add: [check, save], drop: [remove] }`.
    fn all_items(&self, owner: FnRef, entries: &'a [RecordEntry]) -> Option<Vec<&'a Value>> {
        let items = |entry: &'a RecordEntry| match self.deref(owner, &entry.value) {
            Value::List(items) => Some(items),
            _ => None,
        };
        let lists: Option<Vec<&'a Vec<Value>>> = entries.iter().map(items).collect();
        lists.filter(|lists| !lists.is_empty()).map(|lists| lists.into_iter().flatten().collect())
    }

    /// The table that is written down, of whose rows a loop's variable is one, or a part of one:
    /// `for path, (view, methods) in routes.items()`.
    pub(crate) fn table_behind(&self, f: FnRef, value: &'a Value, trail: &Trail) -> Option<&'a Value> {
        let here = trail.step(value)?;
        match value {
            Value::Index(base, _) | Value::Member(base, _) => self.table_behind(f, base, &here),
            Value::Element(rows) => self.rows(f, rows, &here),
            Value::Var(var) => match self.bound(f.file, *var) {
                [only] => self.table_behind(f, only.value, &here),
                [] => self.gone_through_by(f, *var).and_then(|rows| self.rows(f, rows, &here)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The list of which a callback is given each element: `list.forEach((one) => …)`.
    fn gone_through_by(&self, f: FnRef, var: VarRef) -> Option<&'a Value> {
        let callback = FnRef { file: f.file, id: var.function };
        let first = self.function(callback).params.first().is_some_and(|param| param.local == var.local);
        first.then(|| self.memo.gone_through.get_or_init(|| self.all_gone_through()).get(&callback).copied())?
    }

    /// By callback.
    fn all_gone_through(&self) -> FxHashMap<FnRef, &'a Value> {
        let mut found = FxHashMap::default();
        for call in self.calls() {
            let data = self.call(call);
            let (Value::Member(base, name), Some(Value::Closure(id))) =
                (&data.callee, data.args.first().map(|arg| &arg.value))
            else {
                continue;
            };
            if ITERATING.contains(&name.as_str()) {
                found.entry(FnRef { file: call.file, id: *id }).or_insert(&**base);
            }
        }
        found
    }

    fn rows(&self, f: FnRef, value: &'a Value, trail: &Trail) -> Option<&'a Value> {
        let here = trail.step(value)?;
        match value {
            Value::List(_) | Value::Record { .. } => Some(value),
            Value::Var(var) => match self.bound(f.file, *var) {
                [only] => self.rows(f, only.value, &here),
                _ => None,
            },
            Value::Element(_) | Value::Index(..) => self.table_behind(f, value, trail),
            Value::Call(id) => match &self.facts(f.file).call(*id).callee {
                Value::Member(base, name) if matches!(name.as_str(), "items" | "values" | "iter" | "into_iter") => {
                    self.rows(f, base, &here)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `table.get(key)` of a dictionary that is written down, or whose type is.
    pub(crate) fn looked_up(&self, from: FnRef, data: &'a Call) -> Option<Ty<'a>> {
        let Value::Member(base, name) = &data.callee else { return None };
        let asks = match self.language(from.file) {
            Language::Python => matches!(name.as_str(), "get" | "pop") && matches!(data.args.len(), 1 | 2),
            Language::Rust => matches!(name.as_str(), "get" | "get_mut") && data.args.len() == 1,
            Language::Script => false,
        };
        if let [key] = &data.args[..]
            && name == "get"
            && let Some(kept) = self.kept_in_map(from, base, &key.value)
        {
            return Some(kept);
        }
        if !asks {
            return None;
        }
        let found = match self.eval(from, base) {
            Ty::Record(owner, record) => match data.args[0].value.as_str() {
                Some(key) => self.member(from, Ty::Record(owner, record), key),
                None => self.any_entry(owner, record),
            },
            Ty::List(element) => (*element).clone(),
            _ => return None,
        };
        found.is_known().then_some(found)
    }

    /// What each of the choices has under the name.
    pub(crate) fn any_member(&self, from: FnRef, all: &Arc<[Ty<'a>]>, name: &str) -> Ty<'a> {
        let mut found: Vec<Ty<'a>> = Vec::new();
        for ty in all.iter().map(|ty| self.member(from, ty.clone(), name)) {
            if ty.is_known() && !found.contains(&ty) {
                found.push(ty);
            }
        }
        match found.len() {
            0 | 1 => found.pop().unwrap_or(Ty::Unknown),
            _ if found.iter().all(is_choice) => Ty::OneOf(found.into()),
            _ => found.swap_remove(0),
        }
    }

    /// Those of the choices that are objects whose method of the name is the function.
    pub(crate) fn having(&self, all: &[Ty<'a>], name: &str, f: FnRef) -> Vec<ClassRef> {
        let objects = all.iter().filter(|ty| matches!(ty, Ty::Instance(_))).filter_map(Ty::class);
        objects.filter(|class| self.find_method(*class, name) == Some(f)).collect()
    }

    /// What calling any of the choices gives.
    pub(crate) fn any_result(&self, target: &Target) -> Option<Ty<'a>> {
        if target.others.is_empty() {
            return None;
        }
        let made = target.class.iter().chain(&target.others).map(|class| Ty::Instance(*class));
        Some(Ty::OneOf(made.collect()))
    }
}

fn is_choice(ty: &Ty) -> bool {
    matches!(ty, Ty::Class(_) | Ty::Fn(_) | Ty::Instance(_))
}

/// It says something of what the value is; a tuple of functions and numbers does not.
fn tells(written: &Ty) -> bool {
    match written {
        Ty::Unknown => false,
        Ty::Tuple(parts) => parts.iter().any(|part| tells(part) && !matches!(part, Ty::Global(_))),
        _ => true,
    }
}
