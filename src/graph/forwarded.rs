//! What runs a function that a project function is given and hands on: `consume(queue, handler)`, whose body gives
//! the handler, or a closure that calls it, to the library that runs it for each message.
//!
//! Only what starts a context of its own counts: who calls its parameter itself does so as often as it is called, and
//! what it is given elsewhere is none of its callers' business. Knows no library by name.

use rustc_hash::FxHashMap;

use super::{Builder, Edge, Point};
use crate::catalog::schema::{Handover, Run};
use crate::catalog::{Catalog, RowKind};
use crate::facts::trail::Trail;
use crate::facts::{FileFacts, FnId, LocalKind, Value, VarRef};
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::handover::{chosen, functions_of};
use crate::values::passing::parameter_of;
use crate::values::routes::label;

/// By parameter the calls of it, and those that it is given to.
#[derive(Default)]
pub(crate) struct Params {
    called: FxHashMap<(u32, VarRef), Vec<CallRef>>,
    given: FxHashMap<(u32, VarRef), Vec<CallRef>>,
    /// By closure the call among whose arguments it stands, or in a record among them.
    handed: FxHashMap<FnRef, CallRef>,
}

impl Params {
    pub fn of(program: &Program) -> Self {
        let mut params = Params::default();
        program.calls().for_each(|call| params.add(program, call));
        params
    }

    fn add(&mut self, program: &Program, call: CallRef) {
        let data = program.call(call);
        if let Some(var) = param(program.facts(call.file), &data.callee) {
            self.called.entry((call.file, var)).or_default().push(call);
        }
        for arg in &data.args {
            if let Some(var) = param(program.facts(call.file), &arg.value) {
                self.given.entry((call.file, var)).or_default().push(call);
            }
            let entries = match &arg.value {
                Value::Record { entries, .. } => entries.as_slice(),
                _ => &[],
            };
            for value in entries.iter().map(|entry| &entry.value).chain([&arg.value]) {
                if let Value::Closure(id) = value {
                    self.handed.insert(FnRef { file: call.file, id: *id }, call);
                }
            }
        }
    }
}

fn param(facts: &FileFacts, value: &Value) -> Option<VarRef> {
    match value {
        Value::Var(var) if matches!(facts.local(*var).kind, LocalKind::Param) => Some(*var),
        _ => None,
    }
}

impl<'a> Builder<'_, 'a> {
    /// What runs `functions`, which `callee` is given as an argument of the call. Tells whether all that `callee` does with
    /// them is to hand them on to that.
    pub(crate) fn forwarded(
        &mut self,
        callee: FnRef,
        (call, at): (CallRef, usize),
        functions: &[FnRef],
        trail: &Trail,
    ) -> bool {
        let param = parameter_of(self.program, call.file, self.program.call(call), callee, at);
        let (Some(local), Some(here)) = (param, trail.step(callee)) else { return false };
        let var = VarRef { function: callee.id, local };
        let common = self.common;
        let mut ways = Vec::new();
        for call in common.params.called.get(&(callee.file, var)).into_iter().flatten() {
            ways.push(self.called_within(callee, *call, functions));
        }
        for call in common.params.given.get(&(callee.file, var)).into_iter().flatten() {
            ways.push(self.given_within(*call, var, functions, &here));
        }
        !ways.is_empty() && ways.iter().all(|started| *started)
    }

    /// The call of the parameter stands in a function that something runs by itself.
    fn called_within(&mut self, callee: FnRef, call: CallRef, functions: &[FnRef]) -> bool {
        let data = self.program.call(call);
        let facts = self.program.facts(call.file);
        let around = std::iter::successors(Some(data.function), |id| facts.function(*id).parent);
        let inner =
            around.take_while(|id| *id != callee.id && *id != FnId::TOP).map(|id| FnRef { file: call.file, id });
        if !inner.into_iter().any(|inner| self.is_started(inner)) {
            return false;
        }
        let from = Point::Fn(FnRef { file: call.file, id: data.function });
        let place = self.place(callee, data.span);
        for function in functions {
            self.graph.add(from, Edge::new(Point::Fn(*function), place, Run::Inline));
        }
        true
    }

    /// The parameter is given to what runs it by itself, or to another project function that does so.
    fn given_within(&mut self, call: CallRef, var: VarRef, functions: &[FnRef], trail: &Trail) -> bool {
        let Some(target) = self.common.targets.get(call) else { return false };
        let data = self.program.call(call);
        let from = FnRef { file: call.file, id: data.function };
        if let Some(handover) = self.handover_of(call) {
            let runs = chosen(data, &handover.args).iter().any(|arg| arg.value == Value::Var(var));
            let Some(trigger) = Trigger::of(handover.run).filter(|_| runs) else { return false };
            let label = label(self.program, call, handover);
            functions.iter().for_each(|function| self.root(from, *function, trigger, data.span, &label));
            // What is put on a timetable runs as often as somebody puts it there, too.
            return trigger != Trigger::Tick;
        }
        let Some(at) = data.args.iter().position(|arg| arg.value == Value::Var(var)) else { return false };
        let callees = self.run_by(target);
        let handed_on = callees.iter().filter(|callee| self.forwarded(**callee, (call, at), functions, trail)).count();
        handed_on > 0 && handed_on == callees.len()
    }

    /// Something that the function is handed to runs it by itself.
    fn is_started(&self, f: FnRef) -> bool {
        let Some(call) = self.common.params.handed.get(&f) else { return false };
        let Some(handover) = self.handover_of(*call) else { return false };
        let from = FnRef { file: call.file, id: self.program.call(*call).function };
        let mut found = Vec::new();
        for arg in chosen(self.program.call(*call), &handover.args) {
            functions_of(self.program, from, &arg.value, handover.records, &mut found);
        }
        Trigger::of(handover.run).is_some() && found.contains(&f)
    }

    /// The project functions that a call may give its arguments to.
    pub(crate) fn run_by(&self, target: &Target) -> Vec<FnRef> {
        let classes = target.class.into_iter().chain(target.others.iter().copied());
        let constructors = classes.filter_map(|class| Some(self.program.constructor(class)?.1));
        target.functions.iter().copied().chain(constructors).collect()
    }

    fn handover_of(&self, call: CallRef) -> Option<&'a Handover> {
        let target = self.common.targets.get(call)?;
        let row = target.rows.iter().find(|row| row.kind == RowKind::Handover)?;
        let catalog: &'a Catalog = self.program.catalog;
        Some(catalog.handover(*row))
    }
}
