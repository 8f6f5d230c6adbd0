//! Edges of functions that a call is given, as its row says: a route, a job, an element's callback, a default.
//!
//! Knows no library by name.

use super::daemons::Pace;
use super::entries::every;
use super::{Builder, Point, Root, Spot};
use crate::catalog::schema::{ResultTo, Run};
use crate::catalog::words::graph::{COROUTINE_STARTERS, SEQUENCE_STEPS, SEQUENCES};
use crate::catalog::{Row, RowKind};
use crate::facts::{Arg, Call, FileFacts, FnId, Node, Span, Value};
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::handover::{chosen, in_given_records, is_given_to};
use crate::values::named;
use crate::values::outside::fits;
use crate::values::passing;
use crate::values::routes::label;
use crate::values::sites::last_name;
use crate::values::targets::Targets;

impl<'a> Builder<'_, 'a> {
    pub(crate) fn handed(&mut self, f: FnRef, call: CallRef, row: Row, spot: &Spot<'a>) {
        let handover = self.program.catalog.handover(row);
        let data = self.program.call(call);
        let args = chosen(data, &handover.args);
        let mut run = handover.run;
        if run == Run::Iteration && !self.iterates(f, data) && !self.is_gone_through(call, &handover.gone_through_by) {
            run = Run::Inline;
        }
        if is_given_to(self.program, call, &handover.unless_given_to) {
            run = Run::Deferred;
        }
        let span = own_part(self.program.facts(f.file), data);
        // A handler goes with its path: `app.get(Service)` asks a container for an object.
        let asks = data.args.len() == 1 && last_name(&data.callee) == "get";
        let handlers = args.iter().filter(|_| !asks);
        let classes: Vec<ClassRef> = handlers.filter_map(|arg| self.class_in(f, &arg.value)).collect();
        for class in classes {
            if let Some(trigger) = Trigger::of(run) {
                self.asked_for(f, class, span, (trigger, handover.label.clone()));
            }
        }
        let mut functions = match handover.keys.as_slice() {
            [] => self.functions_in(f, &args, handover.records),
            keys => self.functions_under(f, &args, keys),
        };
        if handover.records && Trigger::of(run).is_some_and(Trigger::repeats) {
            let given: Vec<FnRef> = functions.iter().flat_map(|g| in_given_records(self.program, *g)).collect();
            functions.extend(given);
        }
        functions.extend(self.methods_in(f, &args, &handover.methods));
        if handover.strings {
            functions.extend(args.iter().filter_map(|arg| named::function(self.program, f.file, arg.value.as_str()?)));
        }
        for function in functions {
            match Trigger::of(run) {
                Some(trigger) => {
                    self.root(f, function, trigger, span, &label(self.program, call, handover));
                    let every = every(self.program, call, trigger, handover.unit);
                    let root = self.graph.roots.last_mut();
                    root.into_iter().for_each(|root| (root.every, root.workers) = (every, handover.workers));
                }
                None if handover.if_empty => self.handed_edge(f, function, call, run, &missed(data, spot)),
                None => match self.rearmed(f, function, call, handover) {
                    Some(seconds) => {
                        let mut spot = spot.clone();
                        spot.paced(Pace::Short(seconds));
                        self.handed_edge(f, function, call, run, &spot);
                    }
                    None => self.handed_edge(f, function, call, run, spot),
                },
            }
        }
    }

    /// The methods of the names that objects among the arguments have.
    fn methods_in(&self, f: FnRef, args: &[&'a Arg], names: &[String]) -> Vec<FnRef> {
        let given = args.iter().filter(|_| !names.is_empty()).flat_map(|arg| match self.program.deref(f, &arg.value) {
            Value::List(items) => items.iter().collect(),
            value => vec![value],
        });
        let classes = given.filter_map(|value| match self.program.eval(f, value) {
            Ty::Instance(class) => Some(class),
            _ => None,
        });
        let parts = classes.flat_map(|class| self.program.ancestry(class));
        let methods = parts
            .flat_map(|part| self.program.class(part).methods.iter().map(move |id| FnRef { file: part.file, id: *id }));
        let named = |g: &FnRef| {
            let name = self.program.function(*g).name.as_deref();
            name.is_some_and(|name| names.iter().any(|wanted| fits(wanted, name)))
        };
        methods.filter(named).collect()
    }

    /// A parameter that asks for an object of the class that it is written to be: `rates: Rates = Depends()`; or a
    /// name for such a type.
    pub(crate) fn asked_by_type(&mut self, f: FnRef) {
        for param in &self.program.function(f).params {
            let default = match &param.default {
                Some(Value::Call(id)) => Some(*id),
                _ => None,
            };
            let mut asks = param.decorators.iter().copied().chain(default);
            let asked = asks.find_map(|id| self.asks_by_type(CallRef { file: f.file, id }));
            if let (Some(asked), Some(ty)) = (asked, &param.ty)
                && let Ty::Instance(class) = self.program.eval_type(f, ty)
            {
                self.asked_for(f, class, param.span, asked);
            }
        }
        if f.id == FnId::TOP {
            self.named_types(f);
        }
    }

    /// `RatesDep = Annotated[Rates, Depends()]`
    fn named_types(&mut self, f: FnRef) {
        for node in &self.program.function(f).body {
            let Node::Bind { value: Value::Index(_, inner), span, .. } = node else { continue };
            let Value::List(items) = &**inner else { continue };
            let asked = items.iter().find_map(|item| match item {
                Value::Call(id) => self.asks_by_type(CallRef { file: f.file, id: *id }),
                _ => None,
            });
            if let (Some(asked), Some(first)) = (asked, items.first())
                && let Ty::Class(class) = self.program.eval(f, first)
            {
                self.asked_for(f, class, *span, asked);
            }
        }
    }

    fn asked_for(&mut self, f: FnRef, class: ClassRef, span: Span, (trigger, label): (Trigger, String)) {
        let place = self.place(f, span);
        self.graph.roots.push(Root::new(Point::Alloc(class), trigger, place, label));
    }

    /// The call asks for what a parameter gets, and does not say what that is.
    fn asks_by_type(&self, call: CallRef) -> Option<(Trigger, String)> {
        let target = self.common.targets.get(call)?;
        let rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
        let handover =
            rows.map(|row| self.program.catalog.handover(*row)).find(|row| row.result == ResultTo::Parameter)?;
        let named = !chosen(self.program.call(call), &handover.args).is_empty();
        Trigger::of(handover.run).filter(|_| !named).map(|trigger| (trigger, handover.label.clone()))
    }

    /// A class that is handed over is built by whoever gets it.
    pub(crate) fn class_in(&self, f: FnRef, value: &'a Value) -> Option<ClassRef> {
        match self.program.eval(f, value) {
            Ty::Class(class) => Some(class),
            _ => None,
        }
    }

    fn handed_edge(&mut self, f: FnRef, function: FnRef, call: CallRef, run: Run, spot: &Spot<'a>) {
        if run == Run::Never {
            return;
        }
        let mut spot = spot.clone();
        spot.many |= run == Run::Iteration;
        spot.started |= run == Run::Deferred;
        let span = self.program.call(call).span;
        let beside = passing::takes_arguments(self.program, call, function).then_some(call);
        self.edge_of_call(f, Point::Fn(function), span, run, false, beside, &spot);
    }

    /// What the call gives is gone through: `receiver.map(handle).buffer_unordered(4)`.
    fn is_gone_through(&self, call: CallRef, steps: &[String]) -> bool {
        self.program.takers(call).any(|outer| match &self.program.call(outer).callee {
            Value::Member(base, name) => **base == Value::Call(call.id) && steps.contains(name),
            _ => false,
        })
    }

    /// `.map` of an option, result or promise runs its closure once at most.
    fn iterates(&self, f: FnRef, data: &'a Call) -> bool {
        let Value::Member(base, _) = &data.callee else { return true };
        !self.program.semantics(f.file).wraps || self.is_sequence(f, base)
    }

    /// The value is a list, or comes of a method that only what is gone through has, whatever variable holds it. Each
    /// step back is an earlier call.
    fn is_sequence(&self, f: FnRef, mut value: &'a Value) -> bool {
        let facts = self.program.facts(f.file);
        let mut after = None;
        loop {
            if matches!(self.program.eval(f, value), Ty::List(_)) {
                return true;
            }
            let id = match self.program.deref(f, value) {
                Value::Call(id) if after.is_none_or(|after| *id < after) => *id,
                other => return matches!(other, Value::List(_)),
            };
            let callee = &facts.call(id).callee;
            let name = last_name(callee);
            if name.contains("iter") || SEQUENCES.contains(&name) {
                return true;
            }
            match callee {
                Value::Member(base, _) if SEQUENCE_STEPS.contains(&name) => (value, after) = (&**base, Some(id)),
                _ => return false,
            }
        }
    }
}

/// What a call adds to a chain of calls: `post("/b", g)` of `app.get("/a", f).post("/b", g)`.
fn own_part(facts: &FileFacts, data: &Call) -> Span {
    let Value::Member(base, name) = &data.callee else { return data.span };
    let chained = matches!(**base, Value::Call(id) if facts.call(id).span.start == data.span.start);
    let start = data.callee_span.end.saturating_sub(name.len() as u32);
    if chained { Span { start: start.max(data.span.start), end: data.span.end } } else { data.span }
}

/// What holds in an argument that a method runs when its receiver is empty.
fn missed<'a>(data: &'a Call, spot: &Spot<'a>) -> Spot<'a> {
    let mut spot = spot.clone();
    if let Value::Member(receiver, _) = &data.callee {
        spot.add_missed(receiver);
    }
    spot
}

/// What the call gives, a coroutine, is handed to somebody who runs it later, itself or within another one:
/// `set.spawn(work(item))`, `spawn(logged(work(item)))`.
pub fn is_run_beside(program: &Program, targets: &Targets, call: CallRef) -> bool {
    let mut asked = vec![call];
    let mut at = 0;
    while let Some(call) = asked.get(at).copied() {
        let itself = Value::Call(call.id);
        let given = |outer: &CallRef| program.call(*outer).args.iter().any(|arg| arg.value == itself);
        let outer: Vec<CallRef> = program.takers(call).filter(given).collect();
        if !program.call(call).awaited {
            if outer.iter().any(|outer| runs_later(program, targets, *outer)) {
                return true;
            }
            asked.extend(outer);
        }
        at += 1;
    }
    false
}

/// It runs what it is given later, and is not waited for: a row says so, or, of what no row knows, the name.
pub fn runs_later(program: &Program, targets: &Targets, call: CallRef) -> bool {
    let (data, target) = (program.call(call), targets.get(call));
    let rows = target.map_or(&[][..], |target| &target.rows);
    let mut handovers = rows.iter().filter(|row| row.kind == RowKind::Handover).peekable();
    let own = target.is_some_and(|target| !target.functions.is_empty());
    !data.awaited
        && match handovers.peek() {
            None => !own && COROUTINE_STARTERS.contains(&last_name(&data.callee)),
            Some(_) => handovers.any(|row| program.catalog.handover(*row).run == Run::Deferred),
        }
}
