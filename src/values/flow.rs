//! Where a value goes inside one function: who aliases it, whether it leaves, what is done with it.
//!
//! A flow-insensitive look at one body and the closures in it. Knows no library by name.

use rustc_hash::FxHashSet;

use super::eval::Ty;
use super::holders::stores;
use crate::facts::trail::Trail;
use crate::facts::walk;
use crate::facts::{Block, Call, CallId, CallKind, FnId, FnKind, Node, Part, Value, VarRef, hands_on};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// What becomes of a fresh value in the function that makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is used here and then forgotten.
    Dies,
    /// It itself is what the function returns, and it goes nowhere else.
    Returned,
    /// Stored, captured or returned inside something: someone else decides how long it lives.
    Escapes,
}

pub struct Flow<'p, 'a> {
    pub(crate) program: &'p Program<'a>,
    pub(crate) f: FnRef,
    fresh: CallId,
    aliases: FxHashSet<VarRef>,
    /// Variables that hold something around the fresh thing: a wrapper, a list it was put into.
    holders: FxHashSet<VarRef>,
    /// Variables that depend on the function's parameters.
    given: FxHashSet<VarRef>,
    /// Variables that depend on the function's parameters or its object.
    tainted: FxHashSet<VarRef>,
}

impl<'p, 'a> Flow<'p, 'a> {
    /// Follows the result of `call`.
    pub fn of(program: &'p Program<'a>, call: CallRef) -> Self {
        let f = FnRef { file: call.file, id: program.call(call).function };
        let empty = FxHashSet::default;
        let mut flow =
            Flow { program, f, fresh: call.id, aliases: empty(), holders: empty(), given: empty(), tainted: empty() };
        flow.grow();
        flow
    }

    fn grow(&mut self) {
        let binds = self.binds();
        loop {
            let before = self.size();
            self.add_filled_holders();
            for (target, value) in &binds {
                if self.is_alias(value) {
                    self.aliases.insert(*target);
                } else if self.holds(value) {
                    self.holders.insert(*target);
                }
                if self.depends_on_input(value) {
                    self.tainted.insert(*target);
                }
                if self.depends_on_parameter(value) {
                    self.given.insert(*target);
                }
            }
            if before == self.size() {
                return;
            }
        }
    }

    fn size(&self) -> usize {
        self.aliases.len() + self.holders.len() + self.tainted.len() + self.given.len()
    }

    /// Calls that put it into something: `list.push(x)`.
    fn fillings(&self) -> impl Iterator<Item = &'a Call> {
        let calls = self.program.calls_within(self.f).filter(|call| stores(call));
        calls.filter(|call| call.args.iter().any(|arg| self.holds(&arg.value)))
    }

    /// It is put to others of its kind.
    pub fn is_gathered(&self) -> bool {
        self.fillings().next().is_some()
    }

    /// Local containers that the fresh thing is put into.
    fn add_filled_holders(&mut self) {
        let roots: Vec<VarRef> = self
            .fillings()
            .filter_map(|call| match call.callee.root() {
                Value::Var(var) => Some(*var),
                _ => None,
            })
            .collect();
        self.holders.extend(roots);
    }

    fn binds(&self) -> Vec<(VarRef, &'a Value)> {
        let index = &self.program.index[self.f.file as usize];
        let facts = self.program.facts(self.f.file);
        let locals = |id: FnId| (0..facts.function(id).locals.len() as u32).map(move |local| (id, local));
        let vars = self.program.nested(self.f).into_iter().flat_map(locals);
        let vars = vars.map(|(function, local)| VarRef { function, local });
        let bounds = vars.filter_map(|var| Some((var, index.vars.get(&var)?)));
        bounds.flat_map(|(var, bounds)| bounds.iter().map(move |bound| (var, bound.value))).collect()
    }

    /// The function itself or one that stands in it.
    pub fn inside(&self, id: FnId) -> bool {
        self.program.facts(self.f.file).is_within(self.f.id, id)
    }

    /// The value is the fresh thing itself.
    pub fn is_alias(&self, value: &Value) -> bool {
        match value {
            Value::Call(id) if *id == self.fresh => true,
            Value::Call(id) => self.preserves(*id),
            Value::Var(var) => self.aliases.contains(var),
            Value::Choice(values, _) => values.iter().any(|v| self.is_alias(v)),
            Value::Element(base) => self.is_alias(base),
            Value::Index(base, _) => self.is_alias(base),
            _ => false,
        }
    }

    /// `x.unwrap()`, `x.clone()`, `x.connect()`: the receiver again; `wrap(x)`: a view of it.
    fn preserves(&self, id: CallId) -> bool {
        let call = CallRef { file: self.f.file, id };
        let data = self.program.call(call);
        if data.awaited && data.args.iter().any(|arg| self.is_pending(&arg.value)) {
            return true;
        }
        if self.is_given_back(call, data) {
            return true;
        }
        let Value::Member(base, _) = &data.callee else { return false };
        if !self.is_alias(base) {
            return false;
        }
        let receiver = self.program.eval(self.f, base);
        receiver.is_known() && receiver == self.program.call_result(call)
    }

    /// `traced(client)`: the function gives back what it is given.
    fn is_given_back(&self, call: CallRef, data: &'a Call) -> bool {
        let given = data.args.iter().any(|arg| self.is_alias(&arg.value));
        given && self.program.given_through(data, &self.program.target(call)).is_some_and(|arg| self.is_alias(arg))
    }

    /// A promise of the fresh thing, as `x.connect()` that nobody awaits: who is given that and awaited
    /// gives what the promise comes to (`await within(opening, 5)`).
    fn is_pending(&self, value: &Value) -> bool {
        match value {
            Value::Call(id) if *id == self.fresh => false,
            Value::Call(id) => !self.is_awaited(*id) && self.preserves(*id),
            Value::Var(var) if self.aliases.contains(var) => {
                matches!(self.program.bound(self.f.file, *var), [only] if self.is_pending(only.value))
            }
            Value::List(items) => items.iter().any(|item| self.is_pending(item)),
            _ => false,
        }
    }

    /// The call, or what it is a method of, is waited for: `pool.connect().await.unwrap()`.
    fn is_awaited(&self, id: CallId) -> bool {
        let data = self.program.facts(self.f.file).call(id);
        data.awaited
            || matches!(&data.callee, Value::Member(base, _) if matches!(**base, Value::Call(inner) if self.is_awaited(inner)))
    }

    /// The value depends on a parameter of the function, or on the object whose method it is.
    pub fn depends_on_input(&self, value: &Value) -> bool {
        !self.is_class_constant(value) && mentions(self.program, self.f.file, value, &mut |v| self.is_input(v))
    }

    /// `self.URL`, which is the same for all objects of the class.
    fn is_class_constant(&self, value: &Value) -> bool {
        let Value::Member(base, name) = value else { return false };
        let class = self.program.class_around(self.f).filter(|_| matches!(**base, Value::This));
        class.is_some_and(|class| self.program.is_shared_field(class, name))
    }

    fn is_input(&self, value: &Value) -> bool {
        match value {
            Value::This => true,
            Value::Var(var) => self.tainted.contains(var) || self.is_param(*var),
            _ => false,
        }
    }

    pub(crate) fn is_param(&self, var: VarRef) -> bool {
        let function = self.program.facts(self.f.file).function(var.function);
        self.inside(var.function) && function.params.iter().any(|param| param.local == var.local)
    }

    /// The value depends on a parameter (the object's own fields do not count).
    pub fn depends_on_parameter(&self, value: &Value) -> bool {
        let is = |v: &Value| matches!(v, Value::Var(var) if self.given.contains(var) || self.is_param(*var));
        mentions(self.program, self.f.file, value, &mut |v| is(v))
    }

    /// What the construction is given depends on a parameter.
    pub fn settings_depend_on_parameter(&self) -> bool {
        let data = self.program.facts(self.f.file).call(self.fresh);
        data.args.iter().any(|arg| self.depends_on_parameter(&arg.value)) || self.depends_on_parameter(&data.callee)
    }

    /// The call itself is given something that depends on the function's input.
    pub fn given_input(&self) -> bool {
        let data = self.program.facts(self.f.file).call(self.fresh);
        data.args.iter().any(|arg| self.depends_on_input(&arg.value))
    }

    pub fn fate(&self) -> Fate {
        match (self.escapes(true), self.is_returned()) {
            (true, _) => Fate::Escapes,
            (false, true) => Fate::Returned,
            (false, false) => Fate::Dies,
        }
    }

    /// It leaves inside an object that the function returns, and by no other way.
    pub fn is_wrapped(&self) -> bool {
        let mut values = Vec::new();
        crate::facts::returned(&self.program.function(self.f).body, &mut values);
        let wraps = |value: &&Value| !matches!(value, Value::List(_)) && !self.is_alias(value) && self.holds(value);
        values.into_iter().any(|value| wraps(&value)) && !self.is_gathered() && !self.escapes(false)
    }

    /// It stays in a field of the object that the function makes, and goes nowhere else.
    pub fn is_kept_by_object(&self) -> bool {
        let facts = self.program.facts(self.f.file);
        let own = |target: &Value| matches!(target, Value::Member(base, _) if **base == Value::This);
        let leaves = |node: &Node| match node {
            Node::Bind { target, value, .. } => !own(target) && !self.is_own_variable(target) && self.holds(value),
            Node::Call(id) => self.call_keeps(*id),
            _ => false,
        };
        facts.function(self.f.id).kind == FnKind::Constructor
            && !self.is_gathered()
            && self.program.nested(self.f).iter().all(|id| !walk::nodes(&facts.function(*id).body).any(leaves))
    }

    /// Nothing here keeps it, waits for it or is given it.
    pub fn is_dropped(&self) -> bool {
        let file = self.f.file;
        let facts = self.program.facts(file);
        let named = |value: &Value| mentions(self.program, file, value, &mut |v| self.is_alias(v));
        let used = self.program.ids_within(self.f).iter().filter(|id| **id != self.fresh).any(|id| {
            let call = facts.call(*id);
            named(&call.callee) || call.args.iter().any(|arg| named(&arg.value))
        });
        !self.is_awaited(self.fresh)
            && self.aliases.is_empty()
            && self.holders.is_empty()
            && !used
            && self.fate() == Fate::Dies
    }

    /// It, or what one of its methods gives, is given to somebody who runs that later: `spawn(worker.run())`.
    pub fn is_left_running(&self) -> bool {
        let file = self.f.file;
        let later = |id: &CallId| self.program.hands_over(CallRef { file, id: *id });
        let given = |value: &Value| self.holds(value) || mentions(self.program, file, value, &mut |v| self.is_alias(v));
        self.program
            .ids_within(self.f)
            .iter()
            .filter(|id| later(id))
            .any(|id| self.program.facts(file).call(*id).args.iter().any(|arg| given(&arg.value)))
    }

    /// Somebody else decides how long it lives; `returned`: also who is returned something around it.
    fn escapes(&self, returned: bool) -> bool {
        let facts = self.program.facts(self.f.file);
        let inside = self.program.nested(self.f);
        inside.into_iter().any(|id| self.block_escapes(&facts.function(id).body, id, returned))
    }

    /// The fresh thing itself is what the function returns.
    pub fn is_returned(&self) -> bool {
        let mut values = Vec::new();
        crate::facts::returned(&self.program.function(self.f).body, &mut values);
        values.into_iter().any(|value| self.is_alias(value))
    }

    /// What the function returns was made from the fresh thing, and needs it open, or has such a part: a channel of a
    /// connection, an object around a collection of a database.
    pub fn gives_part(&self) -> bool {
        self.program.given_by(self.f).into_iter().any(|value| self.has_part(value, &Trail::default()))
    }

    fn has_part(&self, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        match value {
            Value::Call(id) => {
                let data = self.program.facts(self.f.file).call(*id);
                let literal = matches!(data.kind, CallKind::Struct | CallKind::New);
                self.is_part(*id) || literal && data.args.iter().any(|arg| self.has_part(&arg.value, &here))
            }
            Value::Record { entries, .. } => entries.iter().any(|entry| self.has_part(&entry.value, &here)),
            Value::Var(var) if self.inside(var.function) => match self.program.bound(self.f.file, *var) {
                [only] => self.has_part(only.value, &here),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_part(&self, id: CallId) -> bool {
        let call = CallRef { file: self.f.file, id };
        self.is_made_from(id) && matches!(self.program.call_result(call), Ty::Concept(_))
    }

    fn is_made_from(&self, id: CallId) -> bool {
        let Value::Member(base, _) = &self.program.facts(self.f.file).call(id).callee else { return false };
        self.is_alias(base) || matches!(**base, Value::Call(inner) if self.is_made_from(inner))
    }

    fn block_escapes(&self, block: &Block, function: FnId, returned: bool) -> bool {
        walk::nodes(block).any(|node| match node {
            Node::Return { value: Some(value), .. } | Node::Yield { value: Some(value), .. } => {
                returned && self.returned_escapes(value, function)
            }
            Node::Bind { target, value, .. } => !self.is_own_variable(target) && self.holds(value),
            Node::Call(id) => self.call_keeps(*id),
            _ => false,
        })
    }

    fn returned_escapes(&self, value: &Value, function: FnId) -> bool {
        let own = function == self.f.id || self.program.facts(self.f.file).function(function).kind == FnKind::Block;
        let itself = function == self.f.id && self.is_alias(value);
        own && !itself && self.holds(value)
    }

    fn is_own_variable(&self, target: &Value) -> bool {
        match target {
            Value::Var(var) => self.inside(var.function) && self.is_plain_local(*var),
            Value::Member(base, _) | Value::Index(base, _) => {
                matches!(**base, Value::Var(var) if self.inside(var.function) && !self.is_param(var) && self.is_plain_local(var))
            }
            _ => false,
        }
    }

    fn is_plain_local(&self, var: VarRef) -> bool {
        self.program.facts(self.f.file).local(var).kind != crate::facts::LocalKind::Static
    }

    /// No variable from outside of the function stands for the fresh thing or holds it.
    pub(crate) fn stays_within(&self) -> bool {
        let own = |var: &VarRef| self.program.facts(self.f.file).is_within(self.f.id, var.function);
        self.f.id != FnId::TOP && self.aliases.iter().chain(&self.holders).all(own)
    }

    /// The value is or contains the fresh thing.
    pub(crate) fn holds(&self, value: &Value) -> bool {
        match value {
            Value::Record { entries, spreads, .. } => {
                entries.iter().any(|entry| self.holds(&entry.value)) || spreads.iter().any(|v| self.holds(v))
            }
            Value::List(items) | Value::Choice(items, _) => items.iter().any(|item| self.holds(item)),
            Value::Closure(id) => self.captures(*id),
            Value::Call(id) if *id != self.fresh => {
                let data = self.program.facts(self.f.file).call(*id);
                self.is_alias(value) || self.makes_holder(*id, data)
            }
            Value::Var(var) => self.aliases.contains(var) || self.holders.contains(var),
            other => self.is_alias(other),
        }
    }

    fn captures(&self, id: FnId) -> bool {
        let calls = self.program.calls_within(FnRef { file: self.f.file, id });
        let mut values = calls.flat_map(|call| call.args.iter().map(|arg| &arg.value).chain([&call.callee]));
        values.any(|value| {
            self.is_alias(value.root()) || matches!(value.root(), Value::Var(var) if self.holders.contains(var))
        })
    }

    /// Something is done with the fresh thing to which the function's input is given.
    pub fn operates_on_input(&self) -> bool {
        let mut calls = self.program.calls_within(self.f).filter(|call| call.kind != CallKind::Decorator);
        calls.any(|call| {
            let on_it = self.chain_reaches(&call.callee, &Trail::default())
                && !matches!(&call.callee, Value::Call(id) if *id == self.fresh);
            let lent = call.args.iter().any(|arg| self.is_named_in(&arg.value));
            let told = |value: &Value| !self.is_alias(value) && self.depends_on_input(value);
            (on_it || lent) && call.args.iter().any(|arg| told(&arg.value))
        })
    }

    /// The fresh thing, or options that name it: `fetch(url, { dispatcher: agent })`.
    fn is_named_in(&self, value: &Value) -> bool {
        match value {
            Value::Record { entries, .. } => entries.iter().any(|entry| self.is_alias(&entry.value)),
            other => self.is_alias(other),
        }
    }

    /// The calls of methods on the fresh thing itself.
    pub fn operations(&self) -> impl Iterator<Item = &'a Call> {
        let own = self.program.calls_within(self.f);
        own.filter(|call| matches!(&call.callee, Value::Member(base, _) if self.is_alias(base)))
    }

    /// The members of the fresh thing that are assigned, with what they are set to.
    pub fn members_set(&self) -> Vec<(&'a str, &'a Value)> {
        let set = self.bound_here().filter_map(|bind| match bind.target {
            Value::Member(base, name) if self.is_alias(base) => Some((name.as_str(), bind.value)),
            _ => None,
        });
        set.collect()
    }

    /// What is put into a member of the fresh thing: assigned to it or to one of its keys, or given to
    /// a method of it.
    pub fn put_into(&self, member: &str) -> Vec<&'a Value> {
        let fields = self.fields_kept_in();
        let is_it = |value: &Value| match value {
            Value::Member(base, name) if matches!(**base, Value::This) => fields.contains(name.as_str()),
            value => self.is_alias(value),
        };
        let is = |value: &Value| matches!(value, Value::Member(base, name) if name == member && is_it(base));
        let to = |target: &Value| is(target) || matches!(target, Value::Index(base, _) if is(base));
        let mut found: Vec<&Value> = self.bound_here().filter(|bind| to(bind.target)).map(|bind| bind.value).collect();
        let calls = self.program.calls_within(self.f);
        let on_it = calls.filter(|call| matches!(&call.callee, Value::Member(base, _) if is(base)));
        found.extend(on_it.flat_map(|call| &call.args).map(|arg| &arg.value));
        found
    }

    /// The fields of the object that the function keeps the fresh thing in.
    pub fn fields_kept_in(&self) -> FxHashSet<&'a str> {
        let kept = self.bound_here().filter_map(|bind| match bind.target {
            Value::Member(base, name) if matches!(**base, Value::This) && self.is_alias(bind.value) => {
                Some(name.as_str())
            }
            _ => None,
        });
        kept.collect()
    }

    fn bound_here(&self) -> impl Iterator<Item = walk::Bind<'a>> {
        walk::binds(&self.program.function(self.f).body)
    }

    /// A method on the fresh thing, or on something that a method on it gave.
    pub(crate) fn chain_reaches(&self, callee: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(callee) else { return false };
        match callee {
            Value::Member(base, _) | Value::Element(base) | Value::Index(base, _) => {
                self.is_alias(base) || self.chain_reaches(base, &here)
            }
            Value::Call(id) if *id != self.fresh => self.call_reaches(*id, &here),
            Value::Var(var) => self.program.bound(self.f.file, *var).iter().take(1).any(|bound| match bound.value {
                Value::Call(id) if *id != self.fresh => self.call_reaches(*id, &here),
                _ => false,
            }),
            _ => false,
        }
    }

    fn call_reaches(&self, id: CallId, trail: &Trail) -> bool {
        self.chain_reaches(&self.program.facts(self.f.file).call(id).callee, trail)
    }

    /// The class of the object that the fresh thing is stored in, when it is a field.
    pub fn stored_in_field(&self) -> bool {
        let index = &self.program.index[self.f.file as usize];
        index.fields.values().flatten().any(|bound| self.inside(bound.function) && self.holds(bound.value))
    }
}

/// Some value of the file refers to the result of the call.
pub fn is_used(program: &Program, call: CallRef) -> bool {
    let facts = program.facts(call.file);
    let mut is_it = |value: &Value| *value == Value::Call(call.id);
    let ids = (0..facts.calls.len() as u32).map(CallId).filter(|id| *id != call.id);
    let mut refers = |value: &Value| mentions(program, call.file, value, &mut is_it);
    let mut calls = ids.map(|id| facts.call(id));
    calls.any(|data| refers(&data.callee) || data.args.iter().any(|arg| refers(&arg.value)))
        || facts.function_ids().any(|id| hands_on(&facts.function(id).body, &mut refers))
}

/// Whether some part of a value, calls included, satisfies the test.
pub fn mentions(program: &Program, file: u32, value: &Value, test: &mut dyn FnMut(&Value) -> bool) -> bool {
    if test(value) {
        return true;
    }
    let mut inner = |v: &Value| mentions(program, file, v, test);
    match value {
        Value::Member(base, _) | Value::Element(base) => inner(base),
        Value::Index(base, key) => inner(base) || inner(key),
        Value::Binary(_, left, right) => inner(left) || inner(right),
        Value::Choice(values, _) | Value::List(values) => values.iter().any(inner),
        Value::Record { entries, spreads, .. } => entries.iter().map(|e| &e.value).chain(spreads).any(inner),
        Value::Template(parts) => parts.iter().any(|part| match part {
            Part::Value(v) => inner(v),
            Part::Text(_) => false,
        }),
        Value::Call(id) => {
            let call = program.facts(file).call(*id);
            inner(&call.callee) || call.args.iter().any(|arg| inner(&arg.value))
        }
        _ => false,
    }
}

impl<'a> Program<'a> {
    /// Whether the value's type is a project class's field of the catalogue.
    pub fn is_concept(&self, f: FnRef, value: &'a Value) -> bool {
        matches!(self.eval(f, value), Ty::Concept(_))
    }
}
