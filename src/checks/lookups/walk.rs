//! The look-ups that running a function makes, in the order of its text.
//!
//! Goes into the functions that it calls as far as what they do is certain to happen. Knows no
//! library by name.

use super::keys::{Frame, is_plain};
use super::known::Known;
use crate::catalog::RowKind;
use crate::catalog::lookup_words::Subject;
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{Block, CallId, Node, Value, exits};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::calls::Target;
use crate::values::handover::functions_of;

/// One look-up on the way through a function.
#[derive(Debug, Clone)]
pub struct Event {
    /// The call in the function that is judged.
    pub call: CallId,
    /// The look-up itself, there or in what the call runs.
    pub at: CallRef,
    pub subject: Subject,
    /// Equal for look-ups of the same by the same means.
    pub identity: Option<String>,
    /// The class whose method it is, where it is one.
    pub class: Option<ClassRef>,
    /// The blocks around the call, outermost first.
    pub blocks: Vec<u32>,
    /// Index into [`Walk::steps`] of the last call before it, where there is one.
    pub step: Option<usize>,
}

/// A call on the way through a function, and the one before it on the same way.
struct Step {
    before: Option<usize>,
    call: CallRef,
}

pub struct Walk<'w, 'p> {
    pub project: &'w Project<'p>,
    pub known: &'w Known,
    pub events: Vec<Event>,
    steps: Vec<Step>,
    last: Option<usize>,
    blocks: Vec<u32>,
    opened: u32,
}

const SUBJECTS: [Subject; 2] = [Subject::Session, Subject::User];

impl<'w, 'p> Walk<'w, 'p> {
    pub fn of(project: &'w Project<'p>, known: &'w Known, f: FnRef) -> Walk<'w, 'p> {
        Walk::within(project, known, &Frame::root(f))
    }

    pub fn within(project: &'w Project<'p>, known: &'w Known, frame: &Frame) -> Walk<'w, 'p> {
        let (events, steps, blocks) = (Vec::new(), Vec::new(), Vec::new());
        let mut walk = Walk { project, known, events, steps, last: None, blocks, opened: 0 };
        walk.block(frame, &project.program.function(frame.f).body);
        walk
    }

    fn block(&mut self, frame: &Frame, block: &Block) {
        for node in block {
            match node {
                Node::Call(id) => self.call(frame, *id),
                // What always runs when its surroundings do is no block of its own.
                Node::Scope { body, .. } | Node::Group(body) => self.block(frame, body),
                Node::Closure { function, inline: true } => {
                    let body = &self.project.program.facts(frame.f.file).function(*function).body;
                    self.inside(frame, body);
                }
                Node::Try { body, handlers, finally, .. } => {
                    let certain = handlers.iter().all(|handler| exits(&handler.body));
                    if certain {
                        self.block(frame, body)
                    } else {
                        self.inside(frame, body)
                    }
                    handlers.iter().for_each(|handler| self.inside(frame, &handler.body));
                    self.block(frame, finally);
                }
                other => other.blocks().for_each(|inner| self.inside(frame, inner)),
            }
        }
    }

    fn inside(&mut self, frame: &Frame, block: &Block) {
        self.opened += 1;
        self.blocks.push(self.opened);
        let before = self.last;
        self.block(frame, block);
        self.blocks.pop();
        // What happens on a way out is not seen after it.
        if exits(block) {
            self.last = before;
        }
    }

    fn call(&mut self, frame: &Frame, id: CallId) {
        let call = CallRef { file: frame.f.file, id };
        let found = lookups(self.project, self.known, frame, call, &Trail::default());
        let own = found.first().is_some_and(|found| found.at == call);
        for found in found {
            self.events.push(Event { call: id, blocks: self.blocks.clone(), step: self.last, ..found });
        }
        // A look-up may note when it was made; that changes nothing for the next one.
        if !own {
            self.steps.push(Step { before: self.last, call });
            self.last = Some(self.steps.len() - 1);
        }
    }

    /// A call between the two look-ups may change what the first one gave.
    pub fn changes_between(&self, first: &Event, again: &Event) -> bool {
        let mut at = again.step;
        while let Some(step) = at.filter(|_| at != first.step).map(|at| &self.steps[at]) {
            if self.known.changes(self.project, step.call, first.subject) {
                return true;
            }
            at = step.before;
        }
        false
    }
}

/// The look-ups that the function makes on each run for a request, with the calls of it: its own, and by way of what
/// remembers them for the request.
pub fn asked(project: &Project, known: &Known, f: FnRef) -> Vec<(CallRef, Event)> {
    let frame = Frame::of_request(&project.program, f);
    let own = Walk::within(project, known, &frame).events.into_iter().filter(|event| event.blocks.is_empty());
    let own = own.map(|event| (CallRef { file: f.file, id: event.call }, event));
    own.chain(remembered(project, known, &frame)).collect()
}

/// Those that something remembers for the request, by the calls of it.
fn remembered(project: &Project, known: &Known, frame: &Frame) -> Vec<(CallRef, Event)> {
    let f = frame.f;
    let mut found = Vec::new();
    for node in &project.program.function(f).body {
        let Node::Call(id) = node else { continue };
        let call = CallRef { file: f.file, id: *id };
        let mut functions = Vec::new();
        functions_of(&project.program, f, &project.program.call(call).callee, false, &mut functions);
        if let [g] = functions.as_slice()
            && known.is_kept(*g)
        {
            let inner = frame.inner(&project.program, *g, project.program.call(call));
            let events = certain(project, known, &inner, &project.program.function(*g).body, &Trail::default());
            found.extend(events.into_iter().map(|event| (call, event)));
        }
    }
    found
}

/// The look-ups that a call makes for certain: itself, and those of the function that it runs.
fn lookups(project: &Project, known: &Known, frame: &Frame, call: CallRef, trail: &Trail) -> Vec<Event> {
    let Some(target) = project.graph.target(call) else { return Vec::new() };
    let mut found: Vec<Event> = by_row(project, frame, call, target).into_iter().collect();
    let [g] = target.functions.as_slice() else { return found };
    let Some(here) = trail.step(*g).filter(|_| !target.by_name && known.may_look_up(*g)) else { return found };
    if known.is_kept(*g) || project.program.function(*g).flags.generator {
        return found;
    }
    found.extend(by_function(project, known, frame, call, *g));
    if is_plain(&project.program, *g) {
        let inner = frame.inner(&project.program, *g, project.program.call(call));
        found.extend(certain(project, known, &inner, &project.program.function(*g).body, &here));
    }
    found
}

/// A call that the data names as a look-up.
fn by_row(project: &Project, frame: &Frame, call: CallRef, target: &Target) -> Option<Event> {
    let program = &project.program;
    let row = target.rows.iter().find(|row| row.kind == RowKind::Lookup)?;
    let lookup = program.catalog.lookup(*row);
    let data = program.call(call);
    let receiver = match &data.callee {
        _ if lookup.own => Some(String::new()),
        Value::Member(base, _) => frame.key(program, base, &Trail::default()),
        _ => Some(String::new()),
    };
    let args = if lookup.own { Some(String::new()) } else { frame.arguments(program, data) };
    let name = data.callee_name(program.facts(call.file)).unwrap_or_default();
    let identity = receiver.zip(args).map(|(receiver, args)| format!("{:?} {receiver}.{name}({args})", row.package));
    Some(event(call, lookup.subject, identity, None))
}

/// A call of a project function that is a look-up by its name and by what it does.
fn by_function(project: &Project, known: &Known, frame: &Frame, call: CallRef, g: FnRef) -> Option<Event> {
    let program = &project.program;
    let subject = known.subject(project, g)?;
    let identity = frame.arguments(program, program.call(call)).map(|args| format!("{g:?}({args})"));
    let class = program.function(g).class.and_then(|_| program.class_around(g));
    Some(event(call, subject, identity, class))
}

fn event(at: CallRef, subject: Subject, identity: Option<String>, class: Option<ClassRef>) -> Event {
    Event { call: at.id, at, subject, identity, class, blocks: Vec::new(), step: None }
}

/// What a body looks up on each run, before it may have changed anything.
fn certain(project: &Project, known: &Known, frame: &Frame, block: &Block, trail: &Trail) -> Vec<Event> {
    let mut found = Vec::new();
    let mut before: Vec<CallRef> = Vec::new();
    let changes = |call: CallRef| SUBJECTS.into_iter().any(|subject| known.changes(project, call, subject));
    for node in block {
        let inner = match node {
            Node::Call(id) => lookups(project, known, frame, CallRef { file: frame.f.file, id: *id }, trail),
            Node::Scope { body, .. } | Node::Group(body) | Node::Try { body, .. } => {
                certain(project, known, frame, body, trail)
            }
            node if node.exits() => return found,
            _ => continue,
        };
        // Few bodies look anything up, so what their calls change is asked late.
        if !inner.is_empty() && before.drain(..).any(changes) {
            return found;
        }
        found.extend(inner);
        if let Node::Call(id) = node {
            before.push(CallRef { file: frame.f.file, id: *id });
        }
    }
    found
}
