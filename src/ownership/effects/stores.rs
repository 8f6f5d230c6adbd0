//! Actions of stores: functions in a record that is kept for the whole page and handed out by a hook.
//!
//! Which calls make stores, and where in the record actions stand, the rows say. Knows no library.

use rustc_hash::FxHashSet;

use super::model::Handle;
use super::tested::{all_tested, tested};
use super::{Effects, Open};
use crate::catalog::schema::StoreRow;
use crate::catalog::{Catalog, RowKind};
use crate::contexts::linked::Linked;
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{Call, CallId, FileFacts, FnId, Node, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::conditions::record_key;
use crate::values::eval::Ty;

/// A record, with the function in which its entries make sense.
type Members<'a> = (FnRef, &'a Value);

/// Functions that stand in the making of a store.
pub(crate) fn functions_of_stores(project: &Linked) -> FxHashSet<FnRef> {
    let program = &project.program;
    let makers = program.calls().filter(|call| row_of(project, *call).is_some());
    let mut found = FxHashSet::default();
    for call in makers.flat_map(|call| [Some(call), called_again(project, call)]).flatten() {
        let facts = program.facts(call.file);
        let given: Vec<FnId> = facts.function_ids().filter(|id| is_given(project, call, *id)).collect();
        let inside = |id: FnId| given.iter().any(|outer| facts.is_within(*outer, id));
        found.extend(facts.function_ids().filter(|id| inside(*id)).map(|id| FnRef { file: call.file, id }));
    }
    found
}

/// `make<State>()(…)`: the call of what the call gives.
fn called_again(project: &Linked, call: CallRef) -> Option<CallRef> {
    let calls = &project.program.facts(call.file).calls;
    let at = calls.iter().position(|data| data.callee == Value::Call(call.id))?;
    Some(CallRef { file: call.file, id: CallId(at as u32) })
}

/// The function is among the arguments of the call, or of calls among those.
fn is_given(project: &Linked, call: CallRef, id: FnId) -> bool {
    let facts = project.program.facts(call.file);
    fn holds(facts: &crate::facts::FileFacts, call: CallId, id: FnId) -> bool {
        facts.call(call).args.iter().any(|arg| {
            arg.value.holds(&|part| match part {
                Value::Closure(own) => *own == id,
                Value::Call(inner) => holds(facts, *inner, id),
                _ => false,
            })
        })
    }
    holds(facts, call.id, id)
}

fn row_of<'a>(project: &Linked<'a>, call: CallRef) -> Option<&'a StoreRow> {
    let rows = project.graph.target(call)?.rows.iter().filter(|row| row.kind == RowKind::Handover);
    let catalog: &'a Catalog = project.program.catalog;
    rows.filter_map(|row| catalog.handover(*row).store.as_ref()).next()
}

/// An action opens it under a condition about the store's state: that lives on, and may let it happen only once.
pub(crate) fn is_gated<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let way = open.path.iter().map(|call| effects.at(*call)).chain([open.from]);
    way.into_iter().any(|f| effects.is_of_store(f.file, f.id))
        && all_tested(&open.preds).into_iter().any(|(file, value)| effects.is_state(file, value, &Trail::default()))
}

impl<'a> Handle<'_, 'a> {
    /// `set({ socket })`, `set(() => ({ socket }))`: the parts of a store's state that the call gives the handle.
    pub(crate) fn set_in_store(&self, call: CallRef, data: &'a Call) -> Vec<&'a str> {
        let Value::Var(var) = &data.callee else { return Vec::new() };
        let effects = self.effects;
        let maker = FnRef { file: call.file, id: var.function };
        let sets = effects.is_of_store(call.file, var.function)
            && effects.is_param(call.file, *var)
            && effects.handed_to(maker).is_some();
        let records = data.args.iter().filter(|_| sets).flat_map(|arg| match &arg.value {
            Value::Closure(id) => effects.program.given_by(FnRef { file: call.file, id: *id }),
            value => vec![value],
        });
        let holding = records.flat_map(|record| match record {
            Value::Record { entries, .. } => entries.as_slice(),
            _ => &[],
        });
        holding.filter(|entry| self.relates(call.file, &entry.value)).map(|entry| entry.key.as_str()).collect()
    }
}

impl<'a> Effects<'_, 'a> {
    /// Something of the program takes a part of that name out of anything.
    pub(crate) fn is_read(&self, part: &str) -> bool {
        self.read.get_or_init(|| parts_read(self.program)).contains(part)
    }

    /// `get().open` and `this.open` of an action, a variable of the store's function, or what a component takes from it.
    fn is_state(&self, file: u32, value: &'a Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        match value {
            Value::This => true,
            Value::Var(var) => {
                let own = self.is_of_store(file, var.function) && !self.is_param(file, *var);
                own || self.only_value(file, *var).is_some_and(|value| self.is_state(file, value, &here))
            }
            Value::Call(id) => {
                let callee = &self.program.facts(file).call(*id).callee;
                matches!(callee, Value::Var(var) if self.is_of_store(file, var.function))
                    || self.members(file, value, &Trail::default()).is_some()
                    || self.store(file, callee).is_some()
            }
            Value::Member(base, _) | Value::Index(base, _) => self.is_state(file, base, &here),
            _ => false,
        }
    }

    /// The functions of the project that a call runs for sure, actions of stores among them.
    pub(crate) fn run_by(&self, call: CallRef) -> Vec<FnRef> {
        let target = self.project.graph.target(call).filter(|target| !target.by_name);
        match target.map(|target| &target.functions).filter(|functions| !functions.is_empty()) {
            Some(known) => known.to_vec(),
            None => self.action(call.file, &self.program.call(call).callee, &Trail::default()).into_iter().collect(),
        }
    }

    /// As [`Effects::run_by`], and what it may run, going by the name alone.
    pub(crate) fn runs(&self, call: CallRef) -> Vec<FnRef> {
        match self.project.graph.target(call).filter(|target| target.by_name) {
            Some(target) => target.functions.to_vec(),
            None => self.run_by(call),
        }
    }

    /// It stands in the making of a store, which keeps what it opens.
    pub(crate) fn is_of_store(&self, file: u32, id: FnId) -> bool {
        self.tables.stores.contains(&FnRef { file, id })
    }

    /// The action that a value stands for: `store.open`, `open` of `const { open } = useStore()`.
    fn action(&self, file: u32, value: &'a Value, trail: &Trail) -> Option<FnRef> {
        let here = trail.step(value).filter(|_| !self.tables.stores.is_empty())?;
        match value {
            Value::Var(var) => self.action(file, self.only_value(file, *var)?, &here),
            Value::Member(base, name) => {
                let (row, members) = self.members(file, base, &here)?;
                self.member_of_store(row, members, name)
            }
            Value::Call(id) => self.selected(CallRef { file, id: *id }),
            _ => None,
        }
    }

    fn only_value(&self, file: u32, var: VarRef) -> Option<&'a Value> {
        match self.program.bound(file, var) {
            [only] => Some(only.value),
            _ => None,
        }
    }

    /// `useStore((state) => state.open)`
    fn selected(&self, call: CallRef) -> Option<FnRef> {
        let data = self.program.call(call);
        let Some(Value::Closure(id)) = data.positional(0).map(|arg| &arg.value) else { return None };
        let values = self.program.given_by(FnRef { file: call.file, id: *id });
        let [Value::Member(base, name)] = values.as_slice() else { return None };
        let own = matches!(&**base, Value::Var(var) if var.function == *id && self.is_param(call.file, *var));
        let (row, members) = self.store(call.file, &data.callee).filter(|_| own)?;
        self.member_of_store(row, members, name)
    }

    /// What holds the members of a store: `useStore()`, `useStore.getState()`, or a name for it.
    fn members(&self, file: u32, value: &'a Value, trail: &Trail) -> Option<(&'a StoreRow, Members<'a>)> {
        let here = trail.step(value)?;
        match value {
            Value::Var(var) => self.members(file, self.only_value(file, *var)?, &here),
            Value::Call(id) => match &self.program.facts(file).call(*id).callee {
                Value::Member(base, method) => self.store(file, base).filter(|(row, _)| row.methods.contains(method)),
                callee => self.store(file, callee),
            },
            _ => None,
        }
    }

    /// The store that a module keeps under a name.
    fn store(&self, file: u32, value: &'a Value) -> Option<(&'a StoreRow, Members<'a>)> {
        let (home, var) = self.place_of(file, value)?;
        let Value::Call(id) = self.only_value(home, var)? else { return None };
        let made = CallRef { file: home, id: *id };
        let row = match &self.program.call(made).callee {
            Value::Call(first) => row_of(self.project, CallRef { file: home, id: *first }),
            _ => row_of(self.project, made),
        }?;
        let args = self.program.call(made).args.iter();
        let members = args.filter_map(|arg| self.record(self.at(made), &arg.value)).next()?;
        Some((row, members))
    }

    /// The record that is given, returned by the function that is given, or by one that a call wraps.
    fn record(&self, from: FnRef, value: &'a Value) -> Option<Members<'a>> {
        match value {
            Value::Record { .. } => Some((from, value)),
            Value::Closure(id) => {
                let f = FnRef { file: from.file, id: *id };
                let values = self.program.given_by(f);
                values.into_iter().find(|value| matches!(value, Value::Record { .. })).map(|value| (f, value))
            }
            Value::Call(id) => {
                let args = self.program.facts(from.file).call(*id).args.iter();
                args.filter_map(|arg| self.record(from, &arg.value)).next()
            }
            _ => None,
        }
    }

    fn member_of_store(&self, row: &StoreRow, (from, record): Members<'a>, name: &str) -> Option<FnRef> {
        let nested = || row.members.iter().find_map(|key| record_key(record_key(record, key)?, name));
        match self.program.eval(from, record_key(record, name).or_else(nested)?) {
            Ty::Fn(f) => Some(f),
            _ => None,
        }
    }
}

/// The names of all parts that the program takes out of something, and does not only put there.
fn parts_read<'a>(program: &Program<'a>) -> FxHashSet<&'a str> {
    let mut found = FxHashSet::default();
    for file in 0..program.units.len() as u32 {
        let facts: &'a FileFacts = program.facts(file);
        let mut values: Vec<&'a Value> = Vec::new();
        for call in &facts.calls {
            values.push(match &call.callee {
                Value::Member(base, _) => base,
                other => other,
            });
            values.extend(call.args.iter().map(|arg| &arg.value));
        }
        for node in facts.functions.iter().flat_map(|function| nodes(&function.body)) {
            match node {
                Node::Bind { value, .. } => values.push(value),
                Node::Return { value: Some(value), .. } | Node::Yield { value: Some(value), .. } => values.push(value),
                Node::Branch { pred, .. } => tested(pred, &mut values),
                _ => {}
            }
        }
        found.extend(facts.handlers.iter().map(String::as_str));
        values.into_iter().for_each(|value| parts_in(value, &mut found));
    }
    found
}

fn parts_in<'a>(value: &'a Value, found: &mut FxHashSet<&'a str>) {
    match value {
        Value::Member(base, name) => {
            found.insert(name);
            parts_in(base, found);
        }
        Value::Index(base, key) => {
            found.extend(key.as_str());
            parts_in(base, found);
        }
        Value::Element(base) => parts_in(base, found),
        Value::Binary(_, left, right) => [left, right].into_iter().for_each(|side| parts_in(side, found)),
        Value::Choice(values, _) | Value::List(values) => values.iter().for_each(|value| parts_in(value, found)),
        Value::Record { entries, spreads, .. } => {
            entries.iter().map(|entry| &entry.value).chain(spreads).for_each(|value| parts_in(value, found));
        }
        _ => {}
    }
}
