//! What runs at the end of an owner's life: every call there, with what holds where it stands.
//!
//! A disposer that is returned and a function that is called come to the same: an event with a
//! callee. Knows no library.

use rustc_hash::FxHashSet;

use super::Effects;
use super::model::{Ends, Event};
use crate::catalog::words::effects::HANDLER_REMOVALS;
use crate::facts::trail::Trail;
use crate::facts::{Arg, Block, Call, CallId, Node, Pred, Value};
use crate::program::{CallRef, FnRef};

struct Gather<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    /// By the last call of the way, too: each gives the function something else.
    seen: FxHashSet<(Option<CallRef>, FnRef)>,
    found: Ends<'a>,
    /// Calls are not followed.
    shallow: bool,
    way: Vec<CallRef>,
}

/// All events of functions that run at the end, and of disposers that are called then.
pub fn ends<'a>(effects: &Effects<'_, 'a>, functions: &[FnRef], disposers: &[(FnRef, &'a Value)]) -> Ends<'a> {
    let mut gather =
        Gather { effects, seen: FxHashSet::default(), found: Ends::default(), shallow: false, way: Vec::new() };
    for (from, value) in disposers {
        gather.disposer(*from, value, &Trail::default());
    }
    functions.iter().for_each(|f| gather.function(*f, &[], &Trail::default()));
    gather.found
}

/// All calls that stand in the functions themselves.
pub fn events_in<'a>(effects: &Effects<'_, 'a>, functions: &[FnRef]) -> Vec<Event<'a>> {
    let mut gather = Gather {
        effects,
        seen: functions.iter().map(|f| (None, *f)).collect(),
        found: Ends::default(),
        shallow: true,
        way: Vec::new(),
    };
    for f in functions {
        gather.block(*f, &effects.program.function(*f).body, &mut Vec::new(), &mut Vec::new(), &Trail::default());
    }
    gather.found.events
}

impl<'a> Gather<'_, 'a> {
    fn disposer(&mut self, from: FnRef, value: &'a Value, trail: &Trail) {
        let Some(here) = trail.step(value) else { return };
        match value {
            Value::Closure(id) => return self.function(FnRef { file: from.file, id: *id }, &[], &here),
            Value::Choice(values, _) | Value::List(values) => {
                return values.iter().for_each(|v| self.disposer(from, v, &here));
            }
            Value::Literal(_) | Value::Unknown => return,
            Value::Call(id) => self.disposer_call(CallRef { file: from.file, id: *id }, &here),
            _ => {}
        }
        self.handed_back(from, value, &[], trail);
    }

    /// A function that somebody calls then, with what it is bound to.
    fn handed_back(&mut self, from: FnRef, callee: &'a Value, args: &'a [Arg], trail: &Trail) {
        let (preds, emptied, way) = (Vec::new(), Vec::new(), self.way.clone());
        self.found.events.push(Event { from, callee, args, call: None, preds, emptied, way });
        self.behind(from, callee, trail);
    }

    /// What a call returns, and what it combines.
    fn disposer_call(&mut self, call: CallRef, trail: &Trail) {
        if let Some((callee, args)) = bound_function(self.effects.program.call(call)) {
            self.handed_back(self.effects.at(call), callee, args, trail);
            return;
        }
        self.way.push(call);
        for f in self.effects.runs(call) {
            let mut values = Vec::new();
            crate::facts::returned(&self.effects.program.function(f).body, &mut values);
            values.into_iter().for_each(|value| self.disposer(f, value, trail));
        }
        self.way.pop();
        self.put_by_key(call, trail);
        let from = self.effects.at(call);
        for arg in &self.effects.program.call(call).args {
            if !matches!(arg.value, Value::Closure(_)) {
                self.disposer(from, &arg.value, trail);
            }
        }
        if self.effects.opener(call).is_none() {
            let closures = self.effects.given_functions(call, &[]);
            closures.into_iter().for_each(|f| self.function(f, &[], trail));
        }
    }

    fn put_by_key(&mut self, call: CallRef, trail: &Trail) {
        for (f, value) in self.effects.put_by_key(call) {
            self.disposer_bound(f, value, trail);
        }
    }

    /// The functions that a place may hold.
    fn behind(&mut self, from: FnRef, value: &'a Value, trail: &Trail) {
        let Some(here) = trail.step(value) else { return };
        if let crate::values::eval::Ty::Fn(f) = self.effects.program.eval(from, value) {
            self.function(f, &[], &here);
        }
        if let Some(f) = self.effects.own_member(from, value) {
            self.function(f, &[], &here);
        }
        for (f, bound) in self.effects.bound_to(from.file, value) {
            self.disposer_bound(f, bound, &here);
        }
        if let Value::Call(id) = value {
            self.put_by_key(CallRef { file: from.file, id: *id }, &here);
        }
    }

    fn disposer_bound(&mut self, from: FnRef, value: &'a Value, trail: &Trail) {
        match value {
            Value::Closure(id) => self.function(FnRef { file: from.file, id: *id }, &[], trail),
            Value::Choice(values, _) | Value::List(values) => {
                values.iter().for_each(|v| self.disposer_bound(from, v, trail))
            }
            Value::Call(id) => {
                let Some(here) = trail.step(value) else { return };
                self.disposer_call(CallRef { file: from.file, id: *id }, &here);
            }
            Value::Var(_) | Value::Member(..) | Value::Element(_) | Value::Index(..) => self.behind(from, value, trail),
            _ => {}
        }
    }

    fn function(&mut self, f: FnRef, preds: &[(u32, &'a Pred)], trail: &Trail) {
        let Some(here) = trail.step(f).filter(|_| !self.shallow) else { return };
        if !self.seen.insert((self.way.last().copied(), f)) {
            return;
        }
        self.found.functions.push(f);
        let (mut preds, mut emptied) = (preds.to_vec(), Vec::new());
        self.block(f, &self.effects.program.function(f).body, &mut preds, &mut emptied, &here);
    }

    fn block(
        &mut self,
        f: FnRef,
        block: &'a Block,
        preds: &mut Vec<(u32, &'a Pred)>,
        emptied: &mut Vec<String>,
        trail: &Trail,
    ) {
        for node in block {
            match node {
                Node::Call(id) => self.call(CallRef { file: f.file, id: *id }, preds, emptied, trail),
                Node::Closure { function, .. } => {
                    let data = self.effects.program.facts(f.file).function(*function);
                    if data.name.is_none() || data.kind == crate::facts::FnKind::Block {
                        self.function(FnRef { file: f.file, id: *function }, preds, trail);
                    }
                }
                Node::Return { value: Some(value), .. } => self.returned(f, value, trail),
                Node::Bind { target, value, .. } if value.is_null() => emptied.extend(self.effects.key(f.file, target)),
                Node::Bind { target, .. } => {
                    let filled = self.effects.key(f.file, target);
                    emptied.retain(|key| Some(key) != filled.as_ref());
                }
                Node::Branch { pred, then, otherwise, .. } => {
                    preds.push((f.file, pred));
                    self.block(f, then, preds, &mut emptied.clone(), trail);
                    self.block(f, otherwise, preds, &mut emptied.clone(), trail);
                    preds.pop();
                }
                other => other.blocks().for_each(|inner| self.block(f, inner, preds, emptied, trail)),
            }
        }
    }

    /// A cleanup may hand over to another disposer.
    fn returned(&mut self, f: FnRef, value: &'a Value, trail: &Trail) {
        if !self.shallow && matches!(value, Value::Closure(_)) {
            self.disposer(f, value, trail);
        }
    }

    fn call(&mut self, call: CallRef, preds: &[(u32, &'a Pred)], emptied: &[String], trail: &Trail) {
        if self.way.last().is_some_and(|outer| super::arms::is_switched_off(self.effects, *outer, call)) {
            return;
        }
        let data = self.effects.program.call(call);
        let from = self.effects.at(call);
        let (callee, args) = (&data.callee, data.args.as_slice());
        self.found.events.push(Event {
            from,
            callee,
            args,
            call: Some(call),
            preds: preds.to_vec(),
            emptied: emptied.to_vec(),
            way: self.way.clone(),
        });
        if self.shallow {
            return;
        }
        self.way.push(call);
        for f in self.effects.runs(call) {
            self.function(f, preds, trail);
        }
        // A function that the callee stands for is one of those, on the same way.
        self.behind(from, callee, trail);
        self.way.pop();
        if takes_back(data) {
            return;
        }
        for f in self.effects.given_functions(call, &[]) {
            self.function(f, preds, trail);
        }
    }
}

/// `target.off("moved", onMoved)`: a handler that is taken back does not run.
fn takes_back(data: &Call) -> bool {
    let handed = |arg: &Arg| !matches!(arg.value, Value::Closure(_));
    matches!(&data.callee, Value::Member(_, name) | Value::Global(name) if HANDLER_REMOVALS.contains(&name.as_str()))
        && data.args.len() > 1
        && data.args.iter().all(handed)
}

impl<'a> Effects<'_, 'a> {
    /// What `kept.get(key)` may give: all that the file puts there with `kept.set(key, …)`.
    fn put_by_key(&self, call: CallRef) -> Vec<(FnRef, &'a Value)> {
        let facts = self.program.facts(call.file);
        let kept = |id: CallId, method: &str| match &facts.call(id).callee {
            Value::Member(kept, name) if name == method => self.key(call.file, kept),
            _ => None,
        };
        let Some(own) = kept(call.id, "get") else { return Vec::new() };
        let calls = (0..facts.calls.len() as u32).map(CallId);
        let puts = calls.filter(|id| kept(*id, "set").is_some_and(|key| key == own));
        let value = |id| Some((self.at(CallRef { file: call.file, id }), &facts.call(id).positional(1)?.value));
        puts.filter_map(value).collect()
    }

    /// Everything that is assigned to a place of the file.
    pub fn bound_to(&self, file: u32, value: &'a Value) -> Vec<(FnRef, &'a Value)> {
        let index = &self.program.index[file as usize];
        let at = |id| FnRef { file, id };
        match value {
            Value::Var(var) => self.program.bound(file, *var).iter().map(|b| (at(b.function), b.value)).collect(),
            Value::Member(base, name) if matches!(**base, Value::This) => {
                index.fields.get(name.as_str()).into_iter().flatten().map(|b| (at(b.function), b.value)).collect()
            }
            Value::Member(base, name) => {
                let key = self.key(file, base);
                let same = |other: &Value| key.is_some() && self.key(file, other) == key;
                let members = index.members.get(name.as_str()).into_iter().flatten();
                members.filter(|(other, _)| same(other)).map(|(_, b)| (at(b.function), b.value)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// `player.destroy.bind(player)`: the function, and what it will be given.
fn bound_function(data: &Call) -> Option<(&Value, &[Arg])> {
    match &data.callee {
        Value::Member(function, name) if name == "bind" && !data.args.is_empty() => Some((function, &data.args[1..])),
        _ => None,
    }
}
