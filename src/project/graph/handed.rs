//! Edges of functions that a call is given, as its row says: a route, a job, an element's callback, a default.
//!
//! Knows no library by name.

use super::{Builder, Point, Root, Spot};
use crate::catalog::Row;
use crate::catalog::schema::Run;
use crate::facts::{Call, FileFacts, Language, Span, Value};
use crate::project::calls::Target;
use crate::project::contexts::Trigger;
use crate::project::eval::Ty;
use crate::project::handover::{chosen, is_given_to, label};
use crate::project::passing;
use crate::project::program::{CallRef, ClassRef, FnRef};
use crate::project::sites::last_name;

impl<'a> Builder<'_, 'a> {
    pub(super) fn handed(&mut self, f: FnRef, call: CallRef, row: Row, target: &Target, spot: &Spot<'a>) {
        let handover = self.program.catalog.handover(row);
        let data = self.program.call(call);
        let args = chosen(data, &handover.args);
        let mut run = handover.run;
        if run == Run::Iteration && !self.iterates(f, data, target) {
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
                let place = self.place(f, span);
                let label = handover.label.clone();
                self.graph.roots.push(Root { to: Point::Alloc(class), trigger, place, label, by_type: false });
            }
        }
        for function in self.functions_in(f, &args, handover.records) {
            match Trigger::of(run) {
                Some(trigger) => self.root(f, function, trigger, span, &label(self.program, f, data, handover)),
                None if handover.if_empty => self.handed_edge(f, function, call, run, &missed(data, spot)),
                None => self.handed_edge(f, function, call, run, spot),
            }
        }
    }

    /// A class that is handed over is built by whoever gets it.
    fn class_in(&self, f: FnRef, value: &'a Value) -> Option<ClassRef> {
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
        let span = self.program.call(call).span;
        let beside = passing::takes_arguments(self.program, call, function).then_some(call);
        self.edge_of_call(f, Point::Fn(function), span, run, false, beside, &spot);
    }

    /// `.map` of an option, result or promise runs its closure once at most.
    fn iterates(&self, f: FnRef, data: &'a Call, _target: &Target) -> bool {
        let Value::Member(base, _) = &data.callee else { return true };
        if self.program.language(f.file) != Language::Rust {
            return true;
        }
        let iterator = |value: &Value| match value {
            Value::Call(id) => {
                let name = last_name(&self.program.facts(f.file).call(*id).callee);
                name.contains("iter")
                    || matches!(
                        name,
                        "map"
                            | "filter"
                            | "enumerate"
                            | "zip"
                            | "chain"
                            | "keys"
                            | "values"
                            | "lines"
                            | "split"
                            | "chunks"
                    )
            }
            Value::List(_) => true,
            _ => false,
        };
        iterator(base) || matches!(self.program.eval(f, base), Ty::List(_))
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
