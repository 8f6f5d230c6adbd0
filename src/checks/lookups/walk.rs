//! The look-ups that running a function makes, in the order of its text.
//!
//! Goes into the functions that it calls as far as what they do is certain to happen. Knows no
//! library by name.

use super::keyed::{keyed, reserves};
use super::keys::{Frame, is_plain};
use super::known::Known;
use crate::catalog::RowKind;
use crate::catalog::lookup_words::Subject;
use crate::catalog::schema::ResultTo;
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::{Block, CallId, FnKind, Node, Value, exits, returned};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::handover::{chosen, functions_of};

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
    /// Equal for reads of the same row by whatever means.
    pub row: Option<String>,
    /// The class whose method it is, where it is one.
    pub class: Option<ClassRef>,
    /// The blocks around the call, outermost first.
    pub blocks: Vec<u32>,
    /// Index into [`Walk::steps`] of the last call before it, where there is one.
    pub step: Option<usize>,
}

impl Event {
    /// Both ask for the same by the same means, or for one row.
    pub fn is_of_same(&self, other: &Event) -> bool {
        let means = self.identity.is_some() && self.identity == other.identity;
        means || self.row.is_some() && self.row == other.row
    }
}

/// A call on the way through a function, and the one before it on the same way.
struct Step {
    before: Option<usize>,
    call: CallRef,
    /// It is made on each run.
    certain: bool,
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
        walk.block(frame, body(&project.program, frame.f));
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
            self.steps.push(Step { before: self.last, call, certain: self.blocks.is_empty() });
            self.last = Some(self.steps.len() - 1);
        }
    }

    /// A call between the two look-ups may change what the first one gave.
    pub fn changes_between(&self, first: &Event, again: &Event) -> bool {
        self.steps_between(first.step, again.step).any(|step| match step.call.id == first.call && first.row.is_some() {
            // What reads the row itself knows what it may have changed in it.
            true => self.known.changes_surely(self.project, step.call, first.subject),
            false => self.known.changes(self.project, step.call, first.subject),
        })
    }

    /// A call before the look-up may change what an earlier one gave.
    pub fn changes_before(&self, again: &Event) -> bool {
        self.steps_between(None, again.step).any(|step| self.known.changes(self.project, step.call, again.subject))
    }

    /// The look-ups that are made on each run, with nothing after them that changes on each run what they gave: up to a
    /// call, or to the end.
    pub fn lasting(&self, until: Option<CallRef>) -> impl Iterator<Item = &Event> {
        let end = match until {
            Some(call) => self.steps.iter().find(|step| step.call == call).and_then(|step| step.before),
            None => self.last,
        };
        let changes = move |event: &Event| {
            let mut steps = self.steps_between(event.step, end).filter(|step| step.certain);
            steps.any(|step| self.known.changes_surely(self.project, step.call, event.subject))
        };
        let certain = self.events.iter().filter(move |event| event.blocks.is_empty() && event.step <= end);
        certain.filter(move |event| !changes(event))
    }

    /// The calls on the way, the last one first.
    fn steps_between(&self, first: Option<usize>, last: Option<usize>) -> impl Iterator<Item = &Step> {
        let steps = std::iter::successors(last, |at| self.steps[*at].before);
        steps.take_while(move |at| Some(*at) != first).map(|at| &self.steps[at])
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
            let events = certain(project, known, &inner, body(&project.program, *g), &Trail::default());
            found.extend(events.into_iter().map(|event| (call, event)));
        }
    }
    found
}

/// The look-ups that a call makes for certain: itself, and those of the function that it runs.
fn lookups(project: &Project, known: &Known, frame: &Frame, call: CallRef, trail: &Trail) -> Vec<Event> {
    let Some(target) = project.graph.target(call) else { return Vec::new() };
    let own = by_row(project, frame, call, target).or_else(|| by_key(project, known, frame, call, trail));
    let mut found: Vec<Event> = own.into_iter().collect();
    let Some(g) = run_by(project, call, target) else { return found };
    let Some(here) = trail.step(g).filter(|_| !target.by_name && known.may_look_up(g)) else { return found };
    if known.is_kept(g) || project.program.function(g).flags.generator {
        return found;
    }
    let by_name = by_function(project, known, frame, call, g);
    let mut inner = Vec::new();
    if is_plain(&project.program, g) {
        let within = frame.inner(&project.program, g, project.program.call(call));
        inner = certain(project, known, &within, body(&project.program, g), &here);
    }
    // The one row that the function reads is the one that it gives.
    let mut rows = inner.iter().filter_map(|event| event.row.clone());
    let row = rows.next().filter(|_| rows.next().is_none());
    found.extend(by_name.map(|event| Event { row, ..event }));
    found.extend(inner);
    found
}

/// The one function that a call runs, or hands over and waits for: `await to_thread(f, x)`.
pub fn run_by(project: &Project, call: CallRef, target: &Target) -> Option<FnRef> {
    let program = &project.program;
    let data = program.call(call);
    let mut found = target.functions.to_vec();
    let handovers = target.rows.iter().filter(|row| row.kind == RowKind::Handover && data.awaited);
    for row in handovers.map(|row| program.catalog.handover(*row)).filter(|row| row.result == ResultTo::Promise) {
        let from = FnRef { file: call.file, id: data.function };
        chosen(data, &row.args).iter().for_each(|arg| functions_of(program, from, &arg.value, false, &mut found));
    }
    found.dedup();
    match found.as_slice() {
        [g] => Some(*g),
        _ => None,
    }
}

/// A chain that asks for one row by a key, where the call has it carried out.
fn by_key(project: &Project, known: &Known, frame: &Frame, call: CallRef, trail: &Trail) -> Option<Event> {
    let program = &project.program;
    let keyed = keyed(program, frame, call, trail).filter(|_| known.is_read(project, call))?;
    Some(Event { row: Some(keyed.text()), ..event(call, keyed.subject, None, None) })
}

/// What runs when the function does, or when what it gives is waited for: `fn f() -> impl Future { async move { … } }`.
pub fn body<'p>(program: &Program<'p>, f: FnRef) -> &'p Block {
    let facts = program.facts(f.file);
    let own = &program.function(f).body;
    let mut given = Vec::new();
    returned(own, &mut given);
    match given.as_slice() {
        [Value::Closure(id)] if facts.function(*id).kind == FnKind::Block => &facts.function(*id).body,
        _ => own,
    }
}

/// A call that the data names as a look-up.
fn by_row(project: &Project, frame: &Frame, call: CallRef, target: &Target) -> Option<Event> {
    let program = &project.program;
    let row = target.rows.iter().find(|row| row.kind == RowKind::Lookup).filter(|_| !reserves(program, call))?;
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
    let row = keyed(program, frame, call, &Trail::default()).map(|keyed| keyed.text());
    Some(Event { row, ..event(call, lookup.subject, identity, None) })
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
    Event { call: at.id, at, subject, identity, row: None, class, blocks: Vec::new(), step: None }
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
