//! How often each function runs: the set of its contexts, spread from the entry points.
//!
//! A context is why a function runs and whether that is once for each element. The first chain that
//! reaches a context is the shortest and is kept as evidence; where changes are asked for, so is the first
//! one that leads over a changed line. Aside contexts (tests, scripts) never hide another one.

pub mod changed;
pub mod development;
pub mod linked;
pub mod programs;
pub mod seldom;
pub mod timetables;
use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::lookup_words::words;
use crate::catalog::schema::Run;
use crate::catalog::words::graph::{RENEWING, TIMED};
use crate::facts::{FnId, ParamKind};
use crate::finding::Place;
use crate::graph::arguments::{Arguments, Passing};
use crate::graph::trigger::Trigger;
use crate::graph::{Edge, Graph, Point, Root};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::gates::Side;
use changed::Changed;
use development::Development;
use seldom::{Seldom, occasion};
use timetables::scheduled;

/// Whether the way leads through an event loop that ends with what it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnLoop {
    No,
    /// Nothing repeats it in there: what is bound to the loop is of no use to the next one.
    Fresh,
    /// A loop of the program repeats it in there: all turns could share what is bound to it.
    Turns,
}

/// One reason why something runs.
#[derive(Debug, Clone)]
pub struct Context {
    pub trigger: Trigger,
    /// Once for each element of something.
    pub many: bool,
    /// Several of it run at the same time, as a loop starts them.
    pub beside: bool,
    /// Some step was found by name alone.
    pub weak: bool,
    /// Some step handed a function that takes arguments to who knows whom: how often it runs is not known.
    pub handed: bool,
    pub own_loop: OwnLoop,
    /// Some step stands in a loop that goes on as long as the process runs.
    pub serves: bool,
    /// Such a loop takes up work as fast as there is some.
    pub works: bool,
    /// The clock comes round so many seconds later, which are few.
    pub every: Option<u32>,
    /// Each worker of a server runs it, as it starts.
    pub workers: bool,
    /// Whether somebody comes to the entry point now and then only.
    pub seldom: Seldom,
    /// The way here leads over changed lines.
    pub changed: bool,
    /// Of the parameters of the function, or of the object's constructor.
    pub arguments: Arguments,
    pub parent: Option<(Point, usize)>,
    /// The call that leads here from the parent.
    pub call: Option<CallRef>,
    /// Where the parent leads here; for a root, where it is registered.
    pub place: Place,
    /// For roots: what registers it.
    pub label: Box<str>,
}

impl OwnLoop {
    fn after(self, edge: &Edge) -> OwnLoop {
        match self {
            _ if edge.run == Run::OwnLoop => OwnLoop::Fresh,
            OwnLoop::Fresh if edge.many || edge.serves => OwnLoop::Turns,
            known => known,
        }
    }
}

impl Context {
    /// Some step does it again and again: for each element, as a loop of a service goes round, or as the clock comes round.
    pub fn repeats(&self) -> bool {
        self.many || self.works || self.every.is_some()
    }

    /// Of what something outside the project runs once.
    fn root(trigger: Trigger, place: Place) -> Context {
        Context {
            trigger,
            many: false,
            beside: false,
            weak: false,
            handed: false,
            own_loop: OwnLoop::No,
            serves: false,
            works: false,
            every: None,
            workers: false,
            seldom: Seldom::No,
            changed: false,
            arguments: Arguments::default(),
            parent: None,
            call: None,
            place,
            label: Box::default(),
        }
    }

    /// What a timetable starts, and nobody else.
    fn at_its_time(self, scheduled: &FxHashSet<FnRef>, root: &Root) -> Context {
        let timed = matches!(root.to, Point::Fn(f) if scheduled.contains(&f));
        let trigger = if timed && self.trigger == Trigger::Job { Trigger::Tick } else { self.trigger };
        Context { trigger, ..self }
    }

    fn of_root(development: &mut Development, classes: &[FileClass], changed: &Changed, root: &Root) -> Context {
        let program = development.program;
        let developing = matches!(root.to, Point::Fn(f) if development.makes(f));
        let trigger = if developing { Trigger::Test } else { root_trigger(program, classes, root) };
        Context {
            own_loop: if root.own_loop { OwnLoop::Fresh } else { OwnLoop::No },
            every: root.every.filter(|_| trigger == Trigger::Tick),
            workers: root.workers,
            seldom: occasion(program, root),
            changed: changed.touches(root.place),
            label: root.label.as_str().into(),
            ..Context::root(trigger, root.place)
        }
    }
}

/// What contexts spread over.
struct Ways<'w, 'a, 'c> {
    program: &'w Program<'a>,
    graph: &'w Graph,
    changed: &'w Changed<'c>,
    passing: Passing<'w, 'a>,
}

#[derive(Default)]
pub struct Contexts {
    of: FxHashMap<Point, Vec<Context>>,
}

/// A step of an evidence chain.
#[derive(Debug, Clone)]
pub struct Step {
    pub point: Point,
    /// The call of the step before that runs this one.
    pub call: Option<CallRef>,
    pub place: Place,
    pub label: String,
    pub root: bool,
    /// Why the step runs.
    pub trigger: Trigger,
}

impl Contexts {
    /// Ways over changed lines are kept beside the shortest ones.
    pub fn spread(program: &Program, graph: &Graph, changed: &Changed) -> Contexts {
        let mut contexts = Contexts::default();
        let mut queue = VecDeque::new();
        let classes: Vec<FileClass> = (0..program.units.len() as u32).map(|file| program.class_of(file)).collect();
        let mut development = Development::new(program);
        let scheduled = scheduled(program);
        let (by_type, told): (Vec<&Root>, Vec<&Root>) = graph.roots.iter().partition(|root| root.by_type);
        for root in told {
            let context = Context::of_root(&mut development, &classes, changed, root).at_its_time(&scheduled, root);
            contexts.add(root.to, context, &mut queue);
        }
        for (file, unit) in program.units.iter().enumerate() {
            let trigger = match classes[file] {
                FileClass::Test | FileClass::Unbuilt => Trigger::Test,
                FileClass::Script => Trigger::Script,
                FileClass::Source => Trigger::Load,
            };
            let point = Point::Fn(FnRef { file: file as u32, id: FnId::TOP });
            let place = Place { file: unit.source, span: crate::facts::Span::default() };
            contexts.add(point, Context::root(trigger, place), &mut queue);
        }
        let ways = Ways { program, graph, changed, passing: Passing::new(program, graph) };
        contexts.drain(&ways, &mut queue);
        for root in by_type {
            let context = Context::of_root(&mut development, &classes, changed, root).at_its_time(&scheduled, root);
            let known = |old: &Context| old.trigger == context.trigger && !old.weak && !old.handed;
            if !contexts.of(root.to).iter().any(known) {
                contexts.add(root.to, context, &mut queue);
            }
        }
        contexts.drain(&ways, &mut queue);
        contexts.of.values_mut().for_each(Vec::shrink_to_fit);
        contexts
    }

    fn drain(&mut self, ways: &Ways, queue: &mut VecDeque<(Point, usize)>) {
        while let Some((point, at)) = queue.pop_front() {
            for edge in ways.graph.edges.get(&point).into_iter().flatten() {
                let from = &self.of[&point][at];
                let own = &from.arguments;
                if !own.lead_to(edge) || !runs_on(edge.side, from.trigger) {
                    continue;
                }
                let arguments = ways.passing.along(point, edge, own);
                let mut context = Context { arguments, ..self.follow(ways.program, point, at, edge) };
                context.changed |= ways.changed.touches(edge.place);
                if let Some(arguments) = ways.passing.without_doubtful(edge, &context.arguments) {
                    self.add(edge.to, Context { arguments, ..context.clone() }, queue);
                }
                self.add(edge.to, context, queue);
            }
        }
    }

    fn follow(&self, program: &Program, from: Point, at: usize, edge: &Edge) -> Context {
        let parent = &self.of[&from][at];
        let mut trigger = parent.trigger;
        // What a component hands on runs when something happens, not while it renders.
        if edge.run == Run::Deferred && trigger == Trigger::Render {
            trigger = Trigger::Event;
        }
        if edge.main && trigger == Trigger::Load {
            trigger = Trigger::Script;
        }
        // What is kept outlives the runs of a program that starts from its top each time.
        if edge.run == Run::Once && trigger.repeats() && matches!(from, Point::Fn(f) if f.id == FnId::TOP) {
            trigger = Trigger::Load;
        }
        let taken = edge.takes && trigger.is_own();
        if taken {
            trigger = Trigger::Message;
        }
        let timed = edge.every.is_some() && trigger.is_own();
        if timed || edge.serves && trigger == Trigger::Script {
            trigger = Trigger::Tick;
        }
        if let Point::Fn(f) = edge.to {
            if program.is_written_as_test(f) {
                trigger = Trigger::Test;
            }
            if trigger == Trigger::Job && is_periodic(program, f) {
                trigger = Trigger::Tick;
            }
            trigger = trigger_in(program, f, trigger);
        }
        let weak = parent.weak || edge.weak;
        let handed = edge.weak && edge.run == Run::Deferred && takes_arguments(program, edge.to);
        // Whoever is handed it as the program starts need not run it in the loop that hands it.
        let once = handed && matches!(trigger, Trigger::Load | Trigger::Startup | Trigger::Script);
        let around = parent.many && !edge.named;
        Context {
            trigger,
            many: (around || edge.many) && !once,
            beside: parent.beside && !edge.named || edge.started && (edge.many || around && !edge.weak),
            weak,
            handed: parent.handed || handed,
            arguments: Arguments::default(),
            // The event loop outlives the message.
            own_loop: if taken { OwnLoop::No } else { parent.own_loop.after(edge) },
            serves: parent.serves || edge.serves,
            works: parent.works || edge.works,
            every: if timed { edge.every } else { parent.every.filter(|_| edge.run != Run::Once) },
            workers: parent.workers && trigger == parent.trigger,
            seldom: parent.seldom,
            changed: parent.changed,
            call: edge.call,
            parent: Some((from, at)),
            place: edge.place,
            label: Box::default(),
        }
    }

    fn add(&mut self, point: Point, context: Context, queue: &mut VecDeque<(Point, usize)>) {
        let known = self.of.entry(point).or_default();
        let same = |old: &Context| {
            old.trigger == context.trigger
                && old.many == context.many
                && old.beside == context.beside
                && old.own_loop == context.own_loop
                && old.serves == context.serves
                && old.works == context.works
                && old.every == context.every
                && old.workers == context.workers
                && old.arguments == context.arguments
                && (!old.weak || context.weak)
                && (!old.handed || context.handed)
                && old.seldom <= context.seldom
                && (old.changed || !context.changed)
        };
        if known.iter().any(same) {
            return;
        }
        known.push(context);
        queue.push_back((point, known.len() - 1));
    }

    pub fn of(&self, point: Point) -> &[Context] {
        self.of.get(&point).map_or(&[], Vec::as_slice)
    }

    /// The first context that fits: one over changed lines before all others.
    pub fn position(&self, point: Point, fits: impl Fn(&Context) -> bool) -> Option<usize> {
        self.position_of(point, |_, context| fits(context))
    }

    /// The same, of contexts with their index.
    pub fn position_of(&self, point: Point, fits: impl Fn(usize, &Context) -> bool) -> Option<usize> {
        let fitting = self.of(point).iter().enumerate().filter(|(at, context)| fits(*at, context));
        fitting.min_by_key(|(at, context)| (!context.changed, *at)).map(|(at, _)| at)
    }

    /// The chain from the entry point to the context, entry first.
    pub fn chain(&self, point: Point, at: usize) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut next = Some((point, at));
        while let Some((point, at)) = next {
            let context = &self.of[&point][at];
            let root = context.parent.is_none();
            let &Context { call, place, trigger, .. } = context;
            steps.push(Step { point, call, place, label: context.label.to_string(), root, trigger });
            next = context.parent;
        }
        steps.reverse();
        steps
    }
}

/// Requests come to servers; components live on pages, and render on servers too.
fn runs_on(side: Side, trigger: Trigger) -> bool {
    match side {
        Side::Any => true,
        Side::Page => trigger != Trigger::Request,
        Side::Server => !matches!(trigger, Trigger::Render | Trigger::Mount | Trigger::Unmount),
    }
}

/// Whether what runs there is told something by who runs it.
pub fn takes_arguments(program: &Program, to: Point) -> bool {
    let Point::Fn(f) = to else { return false };
    program.function(f).params.iter().any(|param| param.kind == ParamKind::Normal)
}

fn root_trigger(program: &Program, classes: &[FileClass], root: &Root) -> Trigger {
    if is_aside(program, classes, root.to) {
        return Trigger::Test;
    }
    match root.to {
        Point::Fn(f) if root.trigger == Trigger::Job && is_periodic(program, f) => Trigger::Tick,
        Point::Fn(f) => trigger_in(program, f, root.trigger),
        _ => root.trigger,
    }
}

/// What a function does that sets the program up anew is done as rarely as a start, whoever asks for it.
fn trigger_in(program: &Program, f: FnRef, trigger: Trigger) -> Trigger {
    if !matches!(trigger, Trigger::Request | Trigger::Message | Trigger::Job) {
        return trigger;
    }
    let name = words(program.function(f).name.as_deref().unwrap_or_default());
    if name.iter().any(|word| RENEWING.contains(&word.as_str())) { Trigger::Startup } else { trigger }
}

/// A job whose own name or file says that the clock starts it.
fn is_periodic(program: &Program, f: FnRef) -> bool {
    let path = program.units[f.file as usize].path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let name = program.function(f).name.as_deref().unwrap_or_default().to_ascii_lowercase();
    TIMED.iter().any(|word| path.contains(word) || name.contains(word))
}

fn is_aside(program: &Program, classes: &[FileClass], point: Point) -> bool {
    match point {
        Point::Fn(f) => classes[f.file as usize] == FileClass::Test || program.is_written_as_test(f),
        Point::Alloc(class) => classes[class.file as usize] == FileClass::Test,
        Point::Site(_) => false,
    }
}
