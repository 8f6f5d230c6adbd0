//! Whether what a function opens is given back on every path out of it.
//!
//! Resources come from the catalogue, from project classes that own one, and from project functions
//! that return one fresh. Each is followed through the region tree of the function that has it.
//! Words nothing and knows no library by name.

mod alike;
mod ambient;
mod answers;
mod asked;
mod begun;
mod bodies;
mod borrowed;
mod bound;
mod bundles;
mod chained;
mod classes;
mod compared;
mod decorated;
mod dropped;
mod effect;
mod extracted;
mod followed;
mod futures;
mod given;
mod guards;
mod handed_up;
mod held;
mod implicit;
mod inlined;
mod late;
mod lent;
mod listens;
mod meanwhile;
mod model;
mod names;
mod origins;
mod overlap;
mod owned;
mod parting;
mod parts;
mod passed_on;
mod peer;
mod plugged;
mod pools;
mod proceeds;
mod process;
mod promised;
mod provided;
mod records;
mod refilled;
mod regions;
mod replaced;
mod resource;
mod runs;
mod scattered;
mod series;
mod slots;
mod state;
mod stepped;
mod streamed;
mod summary;
mod swallowed;
mod through;
mod told;
mod transactions;
mod unended;
mod unread;
mod walk;
mod way;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::RowKind;
use crate::catalog::schema::Kind;
use crate::contexts::Context;
use crate::contexts::linked::Linked;
use crate::facts::walk::around_call;
use crate::facts::{Block, CallId, FnId, FnKind, Language, Node, Pred, Span, Value, VarRef};
use crate::graph::Point;
use crate::graph::daemons::in_service;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::fixpoint::Fixpoint;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::flow::Flow;
pub use bodies::{inside, parameter};
use borrowed::Runner;
pub use followed::{Followed, ownership, summaries};
use held::Lenders;
pub use implicit::Implicit;
pub(crate) use listens::losing;
use meanwhile::Held;
use model::{Bundle, Classes, Given, MethodRole, Records, Start, Summaries, Trace, Walk, World};
pub use model::{Resource, Slow, What};
pub use names::releases as releases_by_name;
use origins::Origins;
pub use peer::ClosedByPeer;
pub(crate) use peer::tells_end;
use proceeds::Rest;
pub use process::SharedByRequests;
pub use resource::{is_kept_by_with, must_close};
pub use runs::{gives_coroutine, is_coroutine, is_unstarted};
pub use scattered::Scattered;
use state::{Hold, Leave, Outcome};
pub use unended::{Unended, begins_transaction};

/// How a path leaves the resource open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// No path releases it.
    Never,
    Return(Span),
    Throw(Span),
    /// An error of the operation is caught by the function itself.
    Caught(Span),
    End,
    /// The next iteration of a loop opens another one.
    Turn,
    /// It is returned to the framework, which gives it to a parameter; the call asks for it.
    Provided(CallRef),
    /// The module takes it for all requests; one of them makes the call.
    Shared(CallRef),
    /// The next call puts another one into the place that has it.
    Refilled,
    /// Another request puts another one into the place that has it, before it is given back.
    Overtaken,
    /// It belongs to the thread or task, and nothing in the program ends it there.
    Ambient,
}

/// A resource that some path leaves open.
#[derive(Debug, Clone)]
pub struct Leak {
    pub call: CallRef,
    pub resource: Resource,
    /// The project function that opens and returns it.
    pub through: Option<FnRef>,
    /// The call gives it, and nothing beside it.
    pub whole: bool,
    pub path: Path,
    /// Some entry point that repeats reaches the function.
    pub reached: bool,
    /// Only an error between opening and handing over leaves it open.
    pub minor: bool,
    /// Where it is released, that is left to a timer.
    pub deferred: bool,
    /// Methods of an object that end it; of a catalogue type, its row says.
    pub ends: Vec<String>,
}

impl Leak {
    /// Of what the call gives itself, and nobody knows how to end in another way.
    fn of_whole(call: CallRef, resource: Resource, path: Path, reached: bool) -> Leak {
        Leak {
            call,
            resource,
            through: None,
            whole: true,
            path,
            reached,
            minor: false,
            deferred: false,
            ends: Vec::new(),
        }
    }
}

/// A use of something that is released on every path to it.
#[derive(Debug, Clone)]
pub struct LateUse {
    pub call: CallRef,
    pub resource: Resource,
    pub used: Span,
    pub how: Late,
}

/// How something outlives what it works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// It begins behind the end.
    Behind,
    /// It was begun before, and nobody waits for it.
    Running,
    /// A task works with it that goes on by itself.
    Started,
}

/// What happens while a resource is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    Waits(Slow),
    /// Another one is taken from the same pool.
    Nested,
}

/// Something that should not happen while the resource is held.
#[derive(Debug, Clone)]
pub struct Overlap {
    pub call: CallRef,
    pub resource: Resource,
    pub at: CallRef,
    /// The call that waits, where that is one which `at` leads to; else `at`.
    pub by: CallRef,
    /// The calls that lead from `at` to `by`.
    pub way: Vec<CallRef>,
    pub what: Meanwhile,
    pub reached: bool,
    /// A callback, or the function below a decorator, has it for as long as it runs.
    pub lent: bool,
    /// The function that is lent it, and where it asks for it, when that is not the call.
    pub asked: Option<(FnRef, Span)>,
}

/// All that the walks of a project found.
#[derive(Default)]
pub struct Releases {
    pub leaks: Vec<Leak>,
    pub late: Vec<LateUse>,
    pub overlaps: Vec<Overlap>,
    /// What became of each thing that is opened.
    pub followed: Vec<Followed>,
    pub unended: Vec<Unended>,
    pub scattered: Vec<Scattered>,
    pub implicit: Vec<Implicit>,
    pub shared: Vec<SharedByRequests>,
    pub closed_twice: Vec<ClosedByPeer>,
}

/// The call that takes something, and the function of the project behind it that does so.
type Taken = (CallRef, Option<FnRef>);

/// Follows every resource of the project, once.
pub fn releases(project: &Linked) -> Releases {
    let program = &project.program;
    let classes = Classes::find(program, &project.graph);
    let summaries = Summaries::new(program, &project.graph);
    let records = Records::find(program, &project.graph);
    let origins = Origins::find(project);
    let rest = Rest::find(program, &project.graph);
    let world = World {
        program,
        graph: &project.graph,
        classes: &classes,
        summaries: &summaries,
        records: &records,
        origins: &origins,
        rest: &rest,
        taken: Fixpoint::default(),
        ending: Fixpoint::default(),
    };
    let mut survey = Survey {
        project,
        world: &world,
        makes: guards::makers(program),
        bundles: FxHashMap::default(),
        fresh: Vec::new(),
        lenders: Lenders::default(),
        taken: FxHashMap::default(),
        seen: FxHashSet::default(),
        runners: Vec::new(),
        found: Releases::default(),
    };
    while survey.round() {}
    survey.given();
    survey.provided();
    survey.lent();
    survey.held();
    survey.run_meanwhile();
    survey.asked_for();
    survey.stepped();
    survey.dropped();
    survey.bound();
    survey.ambient();
    survey.of_process();
    survey.scattered();
    survey.implicit();
    survey.refilled();
    survey.replaced();
    survey.begun();
    survey.closed_by_peer();
    survey.decorated();
    let mut found = survey.found;
    let overlaps = found.overlaps.iter_mut();
    overlaps.for_each(|overlap| overlap.way = way::between(&world, overlap.at, overlap.by));
    found
}

struct Survey<'s, 'w, 'p, 'a> {
    project: &'s Linked<'a>,
    world: &'w World<'p, 'a>,
    /// Functions that return a fresh resource.
    makes: FxHashMap<FnRef, Resource>,
    /// Functions that return one among other things.
    bundles: FxHashMap<FnRef, (Resource, Bundle)>,
    /// Where they open it.
    fresh: Vec<(FnRef, CallRef, Resource)>,
    lenders: Lenders,
    /// Where those that give or lend something take it.
    taken: FxHashMap<FnRef, Taken>,
    seen: FxHashSet<CallRef>,
    /// Functions that run a parameter while they hold something.
    runners: Vec<Runner>,
    found: Releases,
}

impl Survey<'_, '_, '_, '_> {
    /// Walks what is new since the last round; whether there was anything.
    fn round(&mut self) -> bool {
        let calls: Vec<(CallRef, Resource, Option<FnRef>)> =
            self.world.program.calls().filter_map(|call| self.candidate(call)).collect();
        let any = !calls.is_empty();
        for (call, resource, through) in calls {
            self.seen.insert(call);
            self.follow(call, resource, through);
        }
        any
    }

    fn candidate(&self, call: CallRef) -> Option<(CallRef, Resource, Option<FnRef>)> {
        let program = self.world.program;
        let function = program.call(call).function;
        let once = function == FnId::TOP && !self.repeats(FnRef { file: call.file, id: function });
        if self.seen.contains(&call) || once {
            return None;
        }
        let target = self.world.graph.target(call)?;
        let made = target.functions.iter().find_map(|g| self.makes.get(g).map(|resource| (*resource, *g)));
        if let Some((resource, g)) = made.filter(|_| !target.by_name && target.functions.len() == 1) {
            return Some((call, resource.given_by_call(program.call(call).awaited), Some(g)));
        }
        if let [g] = target.functions[..]
            && let Some((resource, _)) = self.bundles.get(&g).filter(|_| !target.by_name)
        {
            return Some((call, resource.given_by_call(program.call(call).awaited), Some(g)));
        }
        if let Some((resource, closure)) = through::given(self.world, &self.makes, call, target) {
            return Some((call, resource, Some(closure)));
        }
        Resource::of(program, self.world.classes, call, target).map(|resource| (call, resource, None))
    }

    /// What the call opens, itself or by the function of the project that makes it.
    fn opened_by(&self, call: CallRef) -> Option<Resource> {
        let target = self.world.graph.target(call)?;
        let made = target.functions.first().and_then(|g| self.makes.get(g)).filter(|_| !target.by_name);
        made.copied().or_else(|| Resource::of(self.world.program, self.world.classes, call, target))
    }

    fn follow(&mut self, call: CallRef, resource: Resource, through: Option<FnRef>) {
        let mut walk = Walk::new(self.world, call, resource);
        let bundle = through.and_then(|g| self.bundles.get(&g)).map(|(_, bundle)| bundle.clone());
        let (whole, object) = (bundle.is_none(), bundle.as_ref().is_some_and(Bundle::is_object));
        bundle.into_iter().for_each(|bundle| walk.take_from(bundle));
        let outcome = walk.run();
        let (trace, vars) = (walk.trace, walk.ever);
        self.found.followed.push(Followed::new(call, resource, &outcome, &trace));
        // What nobody sees taken out of a bundle may be anywhere.
        if trace.gave_up || !whole && !object && vars.is_empty() && trace.bundled.is_none() {
            return;
        }
        let f = FnRef { file: call.file, id: self.world.program.call(call).function };
        let alone = trace.returned && !trace.returned_other;
        let made = !trace.kept && trace.bundled.is_none() && trace.returned && self.is_fresh(f);
        if made && (alone || alike::returns_any(self.world, call, resource)) {
            let start = if trace.used { Start::Now } else { resource.start };
            self.makes.entry(f).or_insert(Resource { start, ..resource });
            self.taken.entry(f).or_insert((call, through));
            if let Some(giver) = futures::giver(self.world, f).filter(|giver| self.is_fresh(*giver)) {
                self.makes.entry(giver).or_insert(Resource { start, ..resource });
            }
            self.fresh.push((f, call, resource));
        }
        if let Some(bundle) = trace.only_bundle().filter(|_| self.is_fresh(f)) {
            let start = if trace.used { Start::Now } else { resource.start };
            self.bundles.entry(f).or_insert((Resource { start, ..resource }, bundle.clone()));
            self.fresh.extend(bundle.is_object().then_some((f, call, resource)));
        }
        if let Some(class) = guards::wrapper_of(self.world.program, f, resource) {
            self.makes.entry(f).or_insert(guards::resource(class));
            self.taken.entry(f).or_insert((call, through));
        }
        if trace.lent && resource.acquired && !held::is_of_own_pool(self.world, call) {
            self.lenders.insert(f, resource);
            self.taken.entry(f).or_insert((call, through));
        }
        let held = Held::here(f, call, resource, through, &vars);
        match self.judged_meanwhile(f, call, resource.acquired) {
            Some(reached) => self.meanwhile(&held, &trace, reached),
            None => self.while_serving(&held, &trace),
        }
        if self.world.program.language(call.file) != Language::Rust {
            self.used_late(f, call, resource, (&trace, &vars));
        }
        let Some(reached) = self.judged(f, call, resource.acquired) else { return };
        self.unended(f, call, resource, &vars);
        if self.world.program.language(call.file) == Language::Rust {
            return;
        }
        if trace.released && escape(&outcome, &trace).is_none() {
            self.outlived(f, call, resource, (&trace, &vars), false);
        }
        if !resource.must_end(self.world.program, self.world.program.language(call.file)) {
            return;
        }
        if resource.is_read(self.world, f, call, &vars) {
            return;
        }
        match self.given_up((f, call, resource), &vars, reached) {
            Some(leak) => self.found.leaks.push(leak),
            None => self.tell_open((f, call, resource), through, whole, (&outcome, &trace), reached),
        }
    }

    /// The stream of an answer is left to end it, and does not where the client leaves before the last piece.
    fn given_up(
        &self,
        (f, call, resource): (FnRef, CallRef, Resource),
        vars: &FxHashSet<VarRef>,
        reached: bool,
    ) -> Option<Leak> {
        streamed::made_in(self.world, f).into_iter().find_map(|stream| {
            let given = Given::lent(resource, stream.generator, Some(f), stream.takes(self.world, vars)?);
            let mut walk = Walk::of_callback(self.world, call, given);
            let outcome = walk.run();
            let path = escape(&outcome, &walk.trace).filter(|_| walk.trace.released && !walk.trace.gave_up)?;
            Some(Leak { whole: false, ..Leak::of_whole(call, resource, path, reached) })
        })
    }

    /// The path that leaves the resource open, if that matters where the function runs.
    fn tell_open(
        &mut self,
        (f, call, resource): (FnRef, CallRef, Resource),
        through: Option<FnRef>,
        whole: bool,
        (outcome, trace): (&Outcome, &Trace),
        reached: bool,
    ) {
        let path = escape(outcome, trace);
        let path = match resource.kind(self.world.program) {
            Some(Kind::Subscription) => path.filter(|_| !self.runs_once(f)).and_then(|path| forgotten(path, trace)),
            _ => path,
        };
        let ends = || {
            (self.goes_on_alone(f) || trace.released && self.is_program(f))
                && in_service(self.world.program, f, call.id)
        };
        let last =
            |path: &Path| matches!(path, Path::Throw(_)) && (resource.is_collected(self.world.program) || ends());
        let path = path.filter(|path| !last(path) && !self.is_renewed(f, call, path));
        if let Some(path) = path.filter(|path| reached || self.matters_unreached(call, resource, *path)) {
            let minor = trace.leaves() && matches!(path, Path::Throw(_));
            let deferred = trace.deferred;
            let ends = self.ends_of(resource);
            self.found.leaks.push(Leak { call, resource, through, whole, path, reached, minor, deferred, ends });
        }
    }

    /// The methods of an object that end it.
    fn ends_of(&self, resource: Resource) -> Vec<String> {
        let What::Object(class) = resource.what else { return Vec::new() };
        let program = self.world.program;
        let methods = program.class(class).methods.iter().map(|id| FnRef { file: class.file, id: *id });
        let names = methods.filter_map(|f| program.function(f).name.as_deref());
        let ends = |name: &&str| self.world.classes.role(program, class, name) == MethodRole::Closes;
        names.filter(ends).map(String::from).collect()
    }

    /// A handler opens another one in the place of one that it takes for broken.
    fn is_renewed(&self, f: FnRef, call: CallRef, path: &Path) -> bool {
        *path == Path::Turn && !self.world.program.cfg(f).goes_well(call.id)
    }

    /// What a function returns to a framework that gives it to a parameter.
    fn provided(&mut self) {
        let asked = provided::asked(self.world);
        for (f, call, resource) in std::mem::take(&mut self.fresh) {
            let kind = resource.kind(self.world.program);
            let ends = resource.must_end(self.world.program, self.world.program.language(call.file));
            if !ends || !resource.acquired && !matches!(kind, Some(Kind::Session | Kind::Connection)) {
                continue;
            }
            let Some(path) = provided::unclosed(self.world, f, &asked).map(Path::Provided) else {
                continue;
            };
            if let Some(reached) = self.judged(f, call, true) {
                self.found.leaks.push(Leak::of_whole(call, resource, path, reached));
            }
        }
    }

    /// What is done in a `with` while it holds a connection. It gives it back itself.
    fn held(&mut self) {
        self.lenders.extend(held::givers(self.world));
        for (call, resource, maker) in held::of_objects(self.world, &held::objects(self.world)) {
            self.lenders.insert(maker, resource);
            self.held_by(call, resource, Some(maker));
        }
        // A lender may itself hold what another one lends.
        loop {
            let mut scopes = held::scopes(self.world, &self.lenders);
            scopes.retain(|(call, ..)| self.seen.insert(*call));
            if scopes.is_empty() {
                break;
            }
            scopes.into_iter().for_each(|(call, resource, through)| self.held_by(call, resource, through));
        }
    }

    fn held_by(&mut self, call: CallRef, resource: Resource, through: Option<FnRef>) {
        let f = FnRef { file: call.file, id: self.world.program.call(call).function };
        let mut walk = Walk::new(self.world, call, resource);
        walk.run();
        let (trace, vars) = (walk.trace, walk.ever);
        if trace.lent && (through.is_some() || !held::is_of_own_pool(self.world, call)) {
            self.lenders.insert(f, resource);
            self.taken.entry(f).or_insert((call, through));
        }
        if trace.gave_up {
            return;
        }
        let held = Held::here(f, call, resource, through, &vars);
        self.while_serving(&held, &trace);
        if let Some(reached) = self.judged_meanwhile(f, call, true) {
            self.outlived(f, call, resource, (&trace, &vars), false);
            self.meanwhile(&held, &trace, reached);
        }
        self.used_late(f, call, resource, (&trace, &vars));
    }

    /// What is used behind its end fails, whoever runs it and however often.
    fn used_late(&mut self, f: FnRef, call: CallRef, resource: Resource, (trace, vars): (&Trace, &FxHashSet<VarRef>)) {
        if self.is_test(f) {
            return;
        }
        let late = late::uses(self.world, f, resource, trace, vars);
        self.found.late.extend(late.into_iter().map(|(_, used)| LateUse { call, resource, used, how: Late::Behind }));
    }

    /// A stream works with it that begins when the block that holds it has ended, a call that nobody waits for, or a task
    /// that goes on. What is lent until the answer is sent is there for its stream, and for the framework's own tasks.
    fn outlived(
        &mut self,
        f: FnRef,
        call: CallRef,
        resource: Resource,
        (trace, vars): (&Trace, &FxHashSet<VarRef>),
        until_sent: bool,
    ) {
        let mut during: Vec<CallId> = trace.during.difference(&trace.ends).copied().collect();
        during.sort();
        let held = streamed::Holding { taken: call, f, during: &during, vars };
        let stream = || held.outlived_by(self.world).filter(|_| !until_sent).map(|at| (at, Late::Behind));
        let running = || Some((late::left_running(self.world, call, f, vars)?, Late::Running));
        let started = || Some((late::started(self.world, &held, until_sent)?, Late::Started));
        let is_taken = |_: &(CallRef, Late)| resource.acquired;
        if let Some((at, how)) = stream().or_else(|| running().or_else(started).filter(is_taken)) {
            let used = self.world.program.call(at).span;
            self.found.late.push(LateUse { call, resource, used, how });
        }
    }

    /// Each call of the function gives a new thing.
    fn is_fresh(&self, f: FnRef) -> bool {
        let function = self.world.program.function(f);
        let plain = !function.flags.generator && function.kind != FnKind::Constructor;
        plain && !is_memoised(self.world, f) && !self.world.graph.kept.contains(&f)
    }

    /// Where no entry point is in sight, a client with a pool of its own may well be built once; one that is
    /// used for the function's input and closed by it is built again.
    fn matters_unreached(&self, call: CallRef, resource: Resource, path: Path) -> bool {
        let kind = resource.kind(self.world.program);
        let engine = matches!(kind, Some(Kind::Pool | Kind::OrmClient));
        let f = FnRef { file: call.file, id: self.world.program.call(call).function };
        let helps = || Flow::of(self.world.program, call).operates_on_input();
        let lazy = kind == Some(Kind::LazyClient);
        let handed_on = || lazy && matches!(path, Path::Throw(_)) && !helps();
        resource.acquired || !(engine || lazy && self.is_begun(f) || handed_on())
    }

    /// The program runs it once, as it begins.
    fn is_begun(&self, f: FnRef) -> bool {
        let contexts = self.contexts_around(f);
        let begins = |context: &&Context| !context.many && matches!(context.trigger, Trigger::Startup | Trigger::Load);
        !contexts.is_empty() && contexts.iter().all(begins)
    }

    /// Whether the function is judged, and whether something that repeats reaches it.
    ///
    /// What runs once may leave a thing of its own open, and take from a pool in a callback that others run. A
    /// function that requests or jobs run is no script, whatever its folder is called.
    fn judged(&self, f: FnRef, call: CallRef, acquired: bool) -> Option<bool> {
        let program: &Program = self.world.program;
        let class = program.class_of(f.file);
        if self.is_test(f) || !acquired && self.is_never_needed(f, call) {
            return None;
        }
        let contexts = self.contexts_around(f);
        let starts = |context: &&Context| matches!(context.trigger, Trigger::Script | Trigger::Startup);
        let serves = contexts.iter().any(starts) && in_service(program, f, call.id);
        let again =
            |context: &&Context| context.trigger.repeats() || context.trigger == Trigger::Tick || context.serves;
        let repeats = contexts.iter().any(again);
        let served = |context: &&Context| matches!(context.trigger, Trigger::Request | Trigger::Job | Trigger::Message);
        if class == FileClass::Script && !contexts.iter().any(served) {
            return None;
        }
        // A client that is built for one request there ends with it.
        if !acquired && contexts.iter().any(|context| self.project.on_workers(f.file, context)) {
            return None;
        }
        let reached = serves || repeats;
        let once = |context: &&Context| {
            matches!(
                context.trigger,
                Trigger::Script | Trigger::Build | Trigger::Startup | Trigger::Shutdown | Trigger::Load
            )
        };
        let excused = contexts.iter().any(|context| once(context) && !(acquired && context.handed))
            && !self.opens_when_not_given(f, call);
        (reached || !excused).then_some(reached)
    }

    fn is_test(&self, f: FnRef) -> bool {
        let program = self.world.program;
        program.class_of(f.file) == FileClass::Test || program.is_written_as_test(f)
    }

    /// The same of what is done while something is held: that keeps others waiting where several hold one at once.
    fn judged_meanwhile(&self, f: FnRef, call: CallRef, acquired: bool) -> Option<bool> {
        let of_service =
            |context: &&Context| !matches!(context.trigger, Trigger::Script | Trigger::Test | Trigger::Build);
        let contexts = self.contexts_around(f);
        let several = acquired && contexts.iter().any(|context| context.beside && of_service(context));
        let is_source = self.world.program.class_of(f.file) == FileClass::Source;
        if several && is_source { Some(true) } else { self.judged(f, call, acquired) }
    }

    /// Something runs the function, and nothing does so again and again, or several times at once.
    fn runs_once(&self, f: FnRef) -> bool {
        let contexts = self.contexts_around(f);
        let is_once = |context: &Context| !context.trigger.repeats() && !context.beside && !context.handed;
        !contexts.is_empty() && contexts.into_iter().all(is_once)
    }

    /// What a program starts once beside its work holds one connection at most.
    fn goes_on_alone(&self, f: FnRef) -> bool {
        let contexts = self.contexts_around(f);
        let starts =
            |context: &&Context| !context.handed && matches!(context.trigger, Trigger::Startup | Trigger::Load);
        !contexts.is_empty() && contexts.iter().all(|context| starts(context) && !context.beside)
    }

    /// The program runs it once and by itself, to begin its work.
    fn begins(&self, f: FnRef) -> bool {
        let once = |context: &&Context| {
            let starts = matches!(context.trigger, Trigger::Startup | Trigger::Load | Trigger::Script);
            starts && !context.handed && !context.many && !context.beside
        };
        let contexts = self.contexts_around(f);
        let is_source = self.world.program.class_of(f.file) == FileClass::Source;
        is_source && !contexts.is_empty() && contexts.iter().all(once)
    }

    /// Nothing but the program's own start runs it, and nobody starts it again: an error out of it is the end.
    fn is_program(&self, f: FnRef) -> bool {
        let script = |context: &&Context| context.trigger == Trigger::Script && !context.serves && !context.many;
        let contexts = self.contexts_around(f);
        !contexts.is_empty() && contexts.iter().all(script)
    }

    fn repeats(&self, f: FnRef) -> bool {
        self.contexts_around(f).iter().any(|context| context.trigger.repeats() || context.beside)
    }

    /// A helper that opens one only when its caller gives none is written for any caller.
    fn opens_when_not_given(&self, f: FnRef, call: CallRef) -> bool {
        let function = self.world.program.function(f);
        let is_param = |value: &Value| matches!(value, Value::Var(var) if var.function == f.id && function.params.iter().any(|p| p.local == var.local));
        under_missing(&function.body, call.id, &is_param)
    }

    /// It is built only where the function is given none, and whoever comes to the function gives one. A helper that
    /// takes one out of a pool so is written for any caller.
    fn is_never_needed(&self, f: FnRef, call: CallRef) -> bool {
        let (graph, contexts) = (self.world.graph, &self.project.contexts);
        let Ok(at) = graph.sites.binary_search_by_key(&call, |site| site.call) else { return false };
        let site = Point::Site(at as u32);
        let edges = graph.edges.get(&Point::Fn(f)).into_iter().flatten();
        let asks = edges.filter(|edge| edge.to == site).any(|edge| edge.missing.is_some());
        asks && contexts.of(site).is_empty() && !contexts.of(Point::Fn(f)).is_empty()
    }

    /// The contexts of the function, or of the nearest one around it that has any. A module is asked for itself alone.
    fn contexts_around(&self, f: FnRef) -> Vec<&Context> {
        if f.id == FnId::TOP {
            return self.project.contexts.of(Point::Fn(f)).iter().collect();
        }
        let mut at = Some(f.id);
        while let Some(id) = at.filter(|id| *id != FnId::TOP) {
            let contexts = self.project.contexts.of(Point::Fn(FnRef { file: f.file, id }));
            if !contexts.is_empty() {
                return contexts.iter().collect();
            }
            at = self.world.program.facts(f.file).function(id).parent;
        }
        Vec::new()
    }
}

/// A decorator keeps what the function gave before.
fn is_memoised(world: &World, f: FnRef) -> bool {
    let keeps = |target: &Target| target.rows.iter().any(|row| row.kind == RowKind::Memo);
    let mut decorators = world.program.function(f).decorators.iter();
    decorators.any(|id| world.graph.target(CallRef { file: f.file, id: *id }).is_some_and(keeps))
}

/// The call stands under a condition that the parameter is there or not.
fn under_missing(block: &Block, call: CallId, is_param: &dyn Fn(&Value) -> bool) -> bool {
    let regions = around_call(block, call);
    regions.iter().any(|region| matches!(region.node, Node::Branch { pred, .. } if asks(pred, is_param)))
}

fn asks(pred: &Pred, is_param: &dyn Fn(&Value) -> bool) -> bool {
    match pred {
        Pred::Not(inner) => asks(inner, is_param),
        atom => state::presence(atom).is_some_and(|(value, _)| is_param(value)),
    }
}

/// What listens for good ends by an error: that matters where nothing ever closes it.
fn forgotten(path: Path, trace: &Trace) -> Option<Path> {
    match path {
        Path::Throw(_) | Path::Caught(_) if trace.released => None,
        Path::Throw(_) if !trace.leaves() => Some(Path::Never),
        other => Some(other),
    }
}

/// The path that leaves it open: a plain one before one that needs an error.
fn escape(outcome: &Outcome, trace: &Trace) -> Option<Path> {
    let exits =
        |leave: Leave| outcome.exits.iter().filter(move |exit| exit.leave == leave && exit.state.hold == Hold::Open);
    let ends = || outcome.normal.iter().filter(|state| state.hold == Hold::Open);
    let left = exits(Leave::Return).next().is_some() || ends().next().is_some();
    if left && !trace.released && !trace.leaves() {
        return Some(Path::Never);
    }
    let plain = exits(Leave::Return).find(|exit| exit.state.caught.is_none()).map(|exit| Path::Return(exit.span));
    let plain = plain.or_else(|| ends().any(|state| state.caught.is_none()).then_some(Path::End));
    let caught = || exits(Leave::Return).map(|exit| &exit.state).chain(ends()).find_map(|state| state.caught);
    plain
        .or_else(|| caught().map(Path::Caught))
        .or_else(|| trace.reopened.then_some(Path::Turn))
        .or_else(|| exits(Leave::Throw).next().map(|exit| Path::Throw(exit.span)))
}
