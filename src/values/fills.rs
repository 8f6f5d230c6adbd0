//! Whether a cell is filled: the second half of what makes a guard a memoisation.
//!
//! A cell is written by its own name, through a local name for it, or through what holds its lock. Knows no
//! library by name.

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::flow::mentions;
use super::gates::{Conditions, is_environment, is_nothing};
use super::places::{Cell, Owner};
use super::sites::last_name;
use crate::catalog::words::values::{ELEMENT_WRITES, GUARD_OPENING, LOCK_ACCESS};
use crate::facts::Pred;
use crate::facts::trail::Trail;
use crate::facts::walk;
use crate::facts::{Block, Call, FnId, FnKind, Node, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

/// Who fills a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filled {
    /// The function, or what it runs on the way.
    OnTheWay,
    /// Another method, with what its caller hands in: an option.
    Elsewhere,
}

impl<'a> Program<'a> {
    /// Whether the function, or a closure or method that it runs on the way, writes the cell that keeps what is made
    /// under the conditions.
    pub(crate) fn filled(&self, f: FnRef, cell: &Cell, under: &Conditions<'a>) -> Option<Filled> {
        let facts = self.facts(f.file);
        let in_function = self
            .nested(f)
            .into_iter()
            .any(|id| self.block_fills(FnRef { file: f.file, id }, &facts.function(id).body, cell, under));
        match (in_function, cell) {
            (true, _) => Some(Filled::OnTheWay),
            (false, Cell::Field(name)) => self
                .filled_by_method(f, name)
                .or_else(|| self.filled_by_callee(f, cell, false).then_some(Filled::OnTheWay)),
            (false, Cell::Var(..) | Cell::Named(_)) if self.filled_by_callee(f, cell, false) => Some(Filled::OnTheWay),
            (false, Cell::Var(file, var)) => self.filled_from_outside(*file, *var).then_some(Filled::Elsewhere),
            (false, _) => None,
        }
    }

    /// The function, or what it calls on the way, writes the field.
    pub(crate) fn writes_key(&self, f: FnRef, cell: &Cell, under: &Conditions<'a>) -> bool {
        let facts = self.facts(f.file);
        let mut inner = self.nested(f).into_iter().map(|id| FnRef { file: f.file, id });
        inner.any(|g| self.block_fills(g, &facts.function(g.id).body, cell, under))
            || self.filled_by_callee(f, cell, true)
    }

    fn filled_by_method(&self, f: FnRef, name: &str) -> Option<Filled> {
        let class = self.class_around(f)?;
        let is_constructor = |g: FnRef| self.function(g).kind == FnKind::Constructor;
        let values = self.ancestry(class).into_iter().flat_map(|part| self.field_values(part, name));
        let fills: Vec<_> = values.filter(|(g, value)| !is_nothing(value) && !is_constructor(*g)).collect();
        let below = self.methods_below(f, class);
        let on_the_way = |(g, value): &(FnRef, &'a Value)| below.contains(g) || self.gives_to(f, *g, value);
        let is_option = |(g, value): &(FnRef, &Value)| self.is_handed_in(*g, value);
        match fills.is_empty() {
            true => None,
            false if fills.iter().any(on_the_way) => Some(Filled::OnTheWay),
            false => fills.iter().all(is_option).then_some(Filled::Elsewhere),
        }
    }

    /// The methods of the class that the function calls or hands over, and what those call.
    fn methods_below(&self, f: FnRef, class: ClassRef) -> Vec<FnRef> {
        let (mut found, mut at) = (vec![f], 0);
        while let Some(from) = found.get(at).copied() {
            at += 1;
            let calls = self.calls_within(from);
            let args = calls.flat_map(|call| call.args.iter().map(|arg| &arg.value).chain([&call.callee]));
            let names = args.filter_map(|value| match value {
                Value::Member(_, name) => Some(name.as_str()),
                _ => None,
            });
            for g in names.filter_map(|name| self.find_method(class, name)) {
                if !found.contains(&g) {
                    found.push(g);
                }
            }
        }
        found
    }

    /// What `g` puts into the field is what the function gives it.
    fn gives_to(&self, f: FnRef, g: FnRef, value: &'a Value) -> bool {
        let name = self.function(f).name.as_deref();
        let calls = |value: &Value| match value {
            Value::Call(id) => Some(last_name(&self.facts(g.file).call(*id).callee)) == name,
            _ => false,
        };
        name.is_some() && mentions(self, g.file, self.deref(g, value), &mut |value| calls(value))
    }

    /// A function that is called from here, of whatever file, fills it: `setClient(client)`. In Rust, where a
    /// static has few names, so does one that such a function calls; so it is `deep` down.
    fn filled_by_callee(&self, f: FnRef, cell: &Cell, deep: bool) -> bool {
        let deep = deep || self.semantics(f.file).guards && matches!(cell, Cell::Var(..));
        let (mut seen, mut open) = (vec![f], vec![(f, 0)]);
        while let Some((from, depth)) = open.pop() {
            let calls = self.facts(from.file).calls.iter().filter(|call| call.function == from.id);
            for g in calls.flat_map(|call| self.run_by(from, call)) {
                if seen.contains(&g) {
                    continue;
                }
                if self.fills(g, cell) {
                    return true;
                }
                seen.push(g);
                open.extend((deep && depth < 2).then_some((g, depth + 1)));
            }
        }
        false
    }

    fn run_by(&self, from: FnRef, call: &'a Call) -> Vec<FnRef> {
        match self.callee(from, call) {
            Ty::Fn(g) => vec![g],
            callee => self.implementations(from, call, &callee),
        }
    }

    pub(crate) fn fills(&self, g: FnRef, cell: &Cell) -> bool {
        let body = &self.function(g).body;
        match cell {
            Cell::Named(_) => self.fills_shared(g, body, cell),
            _ => self.block_fills(g, body, cell, &Conditions::default()),
        }
    }

    /// Writes a member that lives as long as the process; one of that name in anything else is not the cell.
    fn fills_shared(&self, g: FnRef, block: &'a Block, cell: &Cell) -> bool {
        let is_it = |target: &'a Value| {
            let found = Self::targets(g.file, target, cell).then(|| self.cell(g, target)).flatten();
            found.is_some_and(|(own, owner)| own == *cell && owner == Owner::Process)
        };
        walk::binds(block).any(|bind| !is_nothing(bind.value) && is_it(bind.target))
    }

    /// Another module fills the variable, when the program starts: `connections.client = Client()`. What is made
    /// where it is empty stands in until then.
    fn filled_from_outside(&self, home: u32, var: VarRef) -> bool {
        !self.put_from_outside(home, var).is_empty()
    }

    /// What other modules assign to the variable of a module, nothing aside.
    pub(crate) fn put_from_outside(&self, home: u32, var: VarRef) -> Vec<(FnRef, &'a Value)> {
        if !self.semantics(home).open_modules || var.function != FnId::TOP {
            return Vec::new();
        }
        let name = self.facts(home).local(var).name.as_str();
        if self.index[home as usize].top.get(name) != Some(&var) {
            return Vec::new();
        }
        let files = self.memo.assigning.get_or_init(|| self.files_by_assigned()).get(name).into_iter().flatten();
        let put = files.flat_map(|file| {
            let members = self.index[*file as usize].members.get(name).into_iter().flatten();
            let put = members.filter(|(_, bound)| !is_nothing(bound.value));
            put.map(|(base, bound)| (*base, FnRef { file: *file, id: bound.function }, bound.value))
        });
        let here = put.filter(|(base, from, _)| matches!(self.eval(*from, base), Ty::Module(module) if module == home));
        here.map(|(_, from, value)| (from, value)).collect()
    }

    fn files_by_assigned(&self) -> FxHashMap<&'a str, Vec<u32>> {
        let mut found: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
        for (file, index) in self.index.iter().enumerate() {
            index.members.keys().for_each(|name| found.entry(name).or_default().push(file as u32));
        }
        found
    }

    /// The same, of a variable that its own module gives nothing: `pool = None`.
    pub(crate) fn put_into_empty(&self, home: u32, var: VarRef) -> Vec<(FnRef, &'a Value)> {
        let empty = self.bound(home, var).iter().all(|bound| is_nothing(bound.value));
        if empty { self.put_from_outside(home, var) } else { Vec::new() }
    }

    /// What is written in some environments only keeps nothing in the others, but for what is made in these alone.
    fn block_fills(&self, f: FnRef, block: &'a Block, cell: &Cell, under: &Conditions<'a>) -> bool {
        let mut all = walk::nodes(block);
        while let Some(node) = all.next() {
            let mut conditions = all.regions().filter_map(|region| region.condition());
            let dev_only =
                |(pred, holds): (&Pred, bool)| f.id != FnId::TOP && is_environment(pred) && !under.has(pred, holds);
            if self.node_fills(f, node, cell) && !conditions.any(dev_only) {
                return true;
            }
        }
        false
    }

    fn node_fills(&self, f: FnRef, node: &'a Node, cell: &Cell) -> bool {
        match node {
            Node::Bind { target, value, .. } => self.bind_fills(f, target, value, cell),
            Node::Call(id) => self.call_fills(f, CallRef { file: f.file, id: *id }, cell),
            _ => false,
        }
    }

    /// The assignment puts something into the cell.
    pub(crate) fn bind_fills(&self, f: FnRef, target: &'a Value, value: &'a Value, cell: &Cell) -> bool {
        !is_nothing(value)
            && !self.is_tidied(f, value, cell)
            && (Self::targets(f.file, target, cell) || self.is_written_through(f, target, value, cell))
    }

    /// The cell's own value in another form: `x.flag = Boolean(x.flag)`. It makes nothing that could be kept.
    fn is_tidied(&self, f: FnRef, value: &Value, cell: &Cell) -> bool {
        let Value::Call(id) = value else { return false };
        let Cell::Named(wanted) = cell else { return false };
        let own = |value: &Value| matches!(value, Value::Member(_, name) if name == wanted);
        let data = self.facts(f.file).call(*id);
        match &data.callee {
            Value::Member(base, _) => own(base),
            Value::Global(_) => data.args.iter().any(|arg| own(&arg.value)),
            _ => false,
        }
    }

    fn targets(file: u32, target: &'a Value, cell: &Cell) -> bool {
        match (target, cell) {
            (Value::Var(var), Cell::Var(home, wanted)) => file == *home && var == wanted,
            (Value::Index(base, _) | Value::Member(base, _), Cell::Parameter(wanted)) => {
                matches!(&**base, Value::Var(var) if var == wanted)
            }
            (Value::Index(base, _), Cell::Var(..)) => Self::targets(file, base, cell),
            (Value::Member(base, name), Cell::Field(wanted)) => {
                name == wanted && matches!(**base, Value::This) || Self::targets(file, base, cell)
            }
            (Value::Member(_, name) | Value::Global(name), Cell::Named(wanted)) if name == wanted => true,
            (Value::Member(base, _), Cell::Var(..)) => Self::targets(file, base, cell),
            (Value::Index(base, _), Cell::Named(_) | Cell::Field(_)) => Self::targets(file, base, cell),
            _ => false,
        }
    }

    /// `*guard = value`, where the lock of the cell gave the guard, `*lock.write() = value`; `alias[key] = value` on a
    /// local name for it.
    fn is_written_through(&self, f: FnRef, target: &'a Value, value: &Value, cell: &Cell) -> bool {
        match target {
            Value::Call(_) => {
                let guards = self.semantics(f.file).guards;
                guards && self.is_lock(f, target) && self.stands_for(f, target, cell)
            }
            Value::Var(var) => {
                let guarded = self.semantics(f.file).guards;
                let bound = self.bound(f.file, *var);
                let mut guards = bound.iter().filter(|b| b.value != value && self.is_lock(f, b.value));
                guarded && guards.any(|b| self.stands_for(f, b.value, cell))
            }
            Value::Index(base, _) => matches!(**base, Value::Var(_)) && self.stands_for(f, base, cell),
            // `session_state.store = …`
            Value::Member(base, _) => self.application_cell(f, base).is_some_and(|(own, _)| own == *cell),
            _ => false,
        }
    }

    /// The value is what a lock gives, unwrapped or not, or taken out by a pattern: `if let Ok(guard) = lock()`,
    /// `match lock() { Ok(guard) => guard, … }`.
    pub(crate) fn is_lock(&self, f: FnRef, value: &Value) -> bool {
        self.is_given_by_lock(f, value, &Trail::default())
    }

    fn is_given_by_lock(&self, f: FnRef, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        let inner = |value: &Value| self.is_given_by_lock(f, value, &here);
        match value {
            Value::Call(id) => match &self.facts(f.file).call(*id).callee {
                Value::Member(_, name) if LOCK_ACCESS.contains(&name.as_str()) => true,
                Value::Member(base, name) => GUARD_OPENING.contains(&name.as_str()) && inner(base),
                _ => false,
            },
            Value::Element(base) => inner(base),
            Value::Choice(all, _) => all.iter().any(inner),
            Value::Var(var) => self.bound(f.file, *var).iter().any(|bound| inner(bound.value)),
            _ => false,
        }
    }

    fn stands_for(&self, f: FnRef, value: &'a Value, cell: &Cell) -> bool {
        let named = matches!(value, Value::Var(_) | Value::Call(_) | Value::Element(_) | Value::Choice(..));
        named && self.cell(f, value).is_some_and(|(own, _)| own == *cell)
    }

    /// The calls that put something into what a variable holds: `tasks.push(load(id))`, `makers.set("mail", send)`.
    pub(crate) fn writes_into(&self, file: u32, var: VarRef) -> impl Iterator<Item = &'a Call> + use<'a> {
        self.facts(file).calls.iter().filter(move |call| match &call.callee {
            Value::Member(base, name) => **base == Value::Var(var) && ELEMENT_WRITES.contains(&name.as_str()),
            _ => false,
        })
    }

    pub(crate) fn call_fills(&self, f: FnRef, call: CallRef, cell: &Cell) -> bool {
        let data = self.call(call);
        match &data.callee {
            Value::Member(base, name) if ELEMENT_WRITES.contains(&name.as_str()) => {
                let parameter = matches!((&**base, cell), (Value::Var(var), Cell::Parameter(wanted)) if var == wanted);
                let guards = self.semantics(f.file).guards;
                let written = Self::targets(f.file, base, cell) || guards && self.stands_for(f, base, cell);
                parameter || written || data.args.iter().any(|arg| Self::targets(f.file, &arg.value, cell))
            }
            Value::Global(name) if name == "setattr" => match (data.positional(1), cell) {
                (Some(arg), Cell::Field(wanted) | Cell::Named(wanted)) => arg.value.as_str() == Some(wanted),
                _ => false,
            },
            _ => false,
        }
    }
}
