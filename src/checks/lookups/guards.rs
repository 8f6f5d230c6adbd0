//! What runs for a request before its handler does, and gives something to the handler's parameters: dependencies,
//! extractors and the wrappers of decorators.
//!
//! A row that one of them has read is there before the handler begins. Knows no framework by name.

use rustc_hash::FxHashMap;

use super::Repeated;
use super::keys::{Frame, wrapper};
use super::known::Known;
use super::walk::{Event, Walk, body};
use crate::catalog::RowKind;
use crate::catalog::schema::{ResultTo, Run};
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{CallId, Literal, Param, Value, returned};
use crate::graph::Point;
use crate::graph::decorated::decorators;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::handover::{chosen, functions_of};
use crate::values::passing::parameter_from;

/// What a function is given, and what was looked up for that.
struct Before {
    frame: Frame,
    events: Vec<(CallRef, Event)>,
    /// What an extractor looks up that an earlier one has: the first call, the second, and what that looks up.
    anew: Vec<(CallRef, CallRef, Event)>,
}

/// What a parameter is filled by.
struct Filling {
    local: u32,
    by: FnRef,
    /// It runs for each parameter of its type, and for what calls it: a dependency runs once for a request.
    anew: bool,
}

/// What the wrapper of a decorator does before it runs the function.
struct Wrapper {
    filled: Vec<(u32, Option<String>)>,
    events: Vec<(CallRef, Event)>,
}

pub fn repeated(project: &Project, known: &Known, f: FnRef) -> Vec<Repeated> {
    let asked = |trigger: Trigger| matches!(trigger, Trigger::Request | Trigger::Message);
    let fits = |context: &crate::contexts::Context| asked(context.trigger) && !context.weak;
    let Some(at) = project.contexts.position(Point::Fn(f), fits) else { return Vec::new() };
    let before = Guards { project, known }.before(f, &Trail::default());
    if before.events.is_empty() {
        return Vec::new();
    }
    let walk = Walk::within(project, known, &before.frame);
    let own = walk.events.iter().filter(|event| !walk.changes_before(event));
    let own = own.map(|event| (CallRef { file: f.file, id: event.call }, event));
    let own = own.filter_map(|(again, event)| Some((again, event, earlier(&before.events, event)?)));
    let anew = before.anew.iter().map(|(first, again, event)| (*again, event, *first));
    let found = own.chain(anew).map(|(again, event, first)| Repeated {
        f,
        again,
        first,
        within: (event.at != again).then_some(event.at),
        subject: event.subject,
        chain: project.contexts.chain(Point::Fn(f), at),
        trigger: project.contexts.of(Point::Fn(f))[at].trigger,
    });
    found.collect()
}

/// The earliest of the look-ups that asks for the same.
fn earlier(events: &[(CallRef, Event)], event: &Event) -> Option<CallRef> {
    let same = |first: &Event| first.subject == event.subject && first.is_of_same(event);
    events.iter().find(|(_, first)| same(first)).map(|(call, _)| *call)
}

struct Guards<'g, 'p> {
    project: &'g Project<'p>,
    known: &'g Known,
}

impl<'p> Guards<'_, 'p> {
    fn program(&self) -> &Program<'p> {
        &self.project.program
    }

    /// What runs before the function does.
    fn before(&self, f: FnRef, trail: &Trail) -> Before {
        let mut events: Vec<(CallRef, Event)> = Vec::new();
        let mut anew = Vec::new();
        let mut filled = FxHashMap::default();
        if let Some(here) = trail.step(f) {
            for filling in self.fillings(f) {
                let (given, looked_up) = self.run(filling.by, &here);
                filled.insert(filling.local, given);
                if filling.anew {
                    let again =
                        |(call, event): &(CallRef, Event)| Some((earlier(&events, event)?, *call, event.clone()));
                    anew.extend(looked_up.iter().filter_map(again).filter(|(first, call, _)| first != call));
                }
                events.extend(looked_up);
            }
            for wrapper in self.wrappers(f) {
                filled.extend(wrapper.filled);
                events.extend(wrapper.events);
            }
        }
        Before { frame: Frame::once(self.program(), f, filled), events, anew }
    }

    /// What a guard gives, and what it looks up itself or has looked up before.
    fn run(&self, g: FnRef, trail: &Trail) -> (Option<String>, Vec<(CallRef, Event)>) {
        let before = self.before(g, trail);
        let mut events = before.events;
        let walk = Walk::within(self.project, self.known, &before.frame);
        let own = walk.lasting(None).map(|event| (CallRef { file: g.file, id: event.call }, event.clone()));
        events.extend(own);
        (self.given(&before.frame), events)
    }

    /// The text of the one value that a guard gives.
    fn given(&self, frame: &Frame) -> Option<String> {
        let program = self.program();
        let mut values = Vec::new();
        returned(body(program, frame.f), &mut values);
        let mut texts = values.into_iter().filter(|value| !is_nothing(value)).map(|value| self.text(frame, value));
        let first = texts.next()??;
        texts.all(|text| text.as_ref() == Some(&first)).then_some(first)
    }

    fn text(&self, frame: &Frame, value: &Value) -> Option<String> {
        let program = self.program();
        if let Value::Call(id) = value {
            let data = program.facts(frame.f.file).call(*id);
            if let ([only], Ty::Class(_)) = (data.args.as_slice(), program.eval(frame.f, &data.callee)) {
                return frame.key(program, &only.value, &Trail::default()).map(|inner| wrapper(&inner));
            }
        }
        frame.key(program, value, &Trail::default())
    }
}

impl<'p> Guards<'_, 'p> {
    fn fillings(&self, f: FnRef) -> Vec<Filling> {
        let params = self.program().function(f).params.iter();
        params.flat_map(|param| self.dependencies(f, param).into_iter().chain(self.extractor(f, param))).collect()
    }

    /// `user = Depends(current_user)`.
    fn dependencies(&self, f: FnRef, param: &'p Param) -> Option<Filling> {
        let program = self.program();
        let default = param.default.iter().filter_map(|value| match value {
            Value::Call(id) => Some(*id),
            _ => None,
        });
        let written = param.decorators.iter().copied().chain(default).map(|id| CallRef { file: f.file, id });
        let named = param.ty.iter().flat_map(|ty| program.calls_beside(f, ty));
        let mut found = Vec::new();
        for call in written.chain(named) {
            let rows = self.project.graph.target(call).map(|target| target.rows.as_slice()).unwrap_or_default();
            let handovers = rows.iter().filter(|row| row.kind == RowKind::Handover);
            let filling =
                handovers.map(|row| program.catalog.handover(*row)).filter(|row| row.result == ResultTo::Parameter);
            let data = program.call(call);
            let from = FnRef { file: call.file, id: data.function };
            for arg in filling.flat_map(|row| chosen(data, &row.args)) {
                functions_of(program, from, &arg.value, false, &mut found);
            }
        }
        match found.as_slice() {
            [by] => Some(Filling { local: param.local, by: *by, anew: false }),
            _ => None,
        }
    }

    /// `claims: Signed`, where `impl FromRequestParts for Signed` makes one of the request.
    fn extractor(&self, f: FnRef, param: &Param) -> Option<Filling> {
        let program = self.program();
        let Ty::Instance(class) = program.eval_type(f, param.ty.as_ref()?) else { return None };
        let bases = program.active.iter().flat_map(|id| &program.catalog.package(*id).bases);
        let mut names = bases.filter(|row| row.lends && row.run == Run::Request).flat_map(|row| &row.methods);
        let by = names.find_map(|name| program.find_method(class, name).filter(|g| self.lends(*g, name)))?;
        Some(Filling { local: param.local, by, anew: true })
    }

    /// In Rust the block that has the method says which trait it is of.
    fn lends(&self, g: FnRef, name: &String) -> bool {
        let program = self.program();
        let block = program.facts(g.file).class_around(g.id).map(|id| ClassRef { file: g.file, id });
        let rows = block.map(|class| program.rows_above(class)).unwrap_or_default();
        rows.iter().any(|row| row.lends && row.methods.contains(name))
    }

    /// What the wrappers of the decorators over a function give to its parameters, and have looked up before they run it.
    fn wrappers(&self, f: FnRef) -> Vec<Wrapper> {
        let program = self.program();
        let mut found = Vec::new();
        for (_, (file, var)) in decorators(program, f) {
            let calls = program.facts(file).calls.iter().enumerate();
            let runs = calls.filter(|(_, data)| data.callee == Value::Var(var));
            let runs: Vec<CallRef> = runs.map(|(id, _)| CallRef { file, id: CallId(id as u32) }).collect();
            // Of several calls one runs the function, and nobody knows which.
            if let [call] = runs.as_slice() {
                found.push(self.wrapper(f, *call));
            }
        }
        found
    }

    fn wrapper(&self, f: FnRef, call: CallRef) -> Wrapper {
        let program = self.program();
        let data = program.call(call);
        let frame = Frame::root(FnRef { file: call.file, id: data.function });
        let filled = data.args.iter().enumerate().filter_map(|(at, arg)| {
            let local = parameter_from(program.function(f), data, 0, at)?;
            Some((local, frame.key(program, &arg.value, &Trail::default())))
        });
        let filled = filled.collect();
        let walk = Walk::within(self.project, self.known, &frame);
        let before = walk.lasting(Some(call)).map(|event| (CallRef { file: call.file, id: event.call }, event.clone()));
        Wrapper { filled, events: before.collect() }
    }
}

/// Only an error is given, or nothing.
fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Unknown | Value::Literal(Literal::Null))
}
