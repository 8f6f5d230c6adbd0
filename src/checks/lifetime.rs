//! How often each client is built, against how often that is right.
//!
//! The verdicts that the lifetime rules word. Knows no library by name and no output.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Project;
use super::keys::is_key;
use super::logins::logs_in;
use super::paced::{is_driven, is_paced};
use super::presume::{is_known, presumed};
use super::provenance::{address, from_entry, is_borrowed, varies};
use super::renewed::is_renewed;
use super::sharing::duplicates::is_one_enough;
use super::ways::settled;
use crate::catalog::TypeId;
use crate::catalog::schema::{Kind, Scope};
use crate::contexts::seldom::{Seldom, is_periodic, is_trial};
use crate::contexts::{Context, OwnLoop, Step};
use crate::facts::walk;
use crate::facts::{Arg, Block, Call, CallId, FnKind, Language, LoopKind, Node, Value, VarRef};
use crate::graph::Point;
use crate::graph::daemons::goes_on_after;
use crate::graph::handed::{is_run_beside, runs_later};
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::servers::statements::stays_with_session;
use crate::values::Program;
use crate::values::calls::How;
use crate::values::flow::{Fate, Flow, is_used, mentions};
use crate::values::sites::{Site, last_name};

/// A site that is built too often.
pub struct Verdict {
    pub site: Site,
    pub often: Often,
    /// From the entry point to the function that builds; empty when presumed.
    pub chain: Vec<Step>,
    /// What starts the chain.
    pub trigger: Trigger,
    pub weak: bool,
    /// True, and of little cost to anybody.
    pub minor: bool,
    /// It is so because somebody comes there now and then only.
    visit: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Often {
    PerRequest(Trigger),
    InRender,
    InLoop,
    /// By a loop that goes on as long as the process, as fast as its work is done.
    Endless,
    /// By each worker of a server.
    PerWorker,
    /// No entry point in sight: once for each call of the function around it.
    PerCall,
}

/// Every site that is built more often than its type allows.
pub fn verdicts<'p>(project: &'p Project) -> &'p [Verdict] {
    project.verdicts.get_or_init(|| judge_all(project))
}

fn judge_all(project: &Project) -> Vec<Verdict> {
    let sites = project.graph.sites.iter().enumerate();
    let found: Vec<Verdict> = sites.filter_map(|(id, site)| verdict(project, id as u32, site)).collect();
    let built = Built::of(&project.program, &found);
    let mut found: Vec<Verdict> =
        found.into_iter().filter(|verdict| !is_part(project, &verdict.site, &built)).collect();
    join_neighbours(&mut found);
    found
}

/// What is built more often than its type allows.
#[derive(Default)]
struct Built {
    calls: FxHashSet<CallRef>,
    by_file: FxHashMap<u32, Vec<CallRef>>,
    by_function: FxHashMap<FnRef, Vec<CallRef>>,
    /// The calls that stand in what one of them is given.
    given: FxHashSet<CallRef>,
}

impl Built {
    fn of(program: &Program, found: &[Verdict]) -> Self {
        let mut built = Built::default();
        for call in found.iter().map(|verdict| verdict.site.call) {
            let data = program.call(call);
            let f = FnRef { file: call.file, id: data.function };
            built.calls.insert(call);
            built.by_file.entry(call.file).or_default().push(call);
            built.by_function.entry(f).or_default().push(call);
            for arg in &data.args {
                mentions(program, call.file, &arg.value, &mut |value| {
                    if let Value::Call(id) = value {
                        built.given.insert(CallRef { file: call.file, id: *id });
                    }
                    false
                });
            }
        }
        built
    }

    /// Those of a function and of what stands in it.
    fn within<'b>(&'b self, program: &'b Program, f: FnRef) -> impl Iterator<Item = CallRef> + 'b {
        let functions = program.nested(f).into_iter().map(move |id| FnRef { file: f.file, id });
        functions.filter_map(|f| self.by_function.get(&f)).flatten().copied()
    }
}

/// What a visit costs is little; but where the module has to share such a client anyway, the visit takes that one.
fn join_neighbours(found: &mut [Verdict]) {
    let often = |verdict: &&Verdict| !verdict.minor && matches!(verdict.often, Often::PerRequest(_));
    let shared: FxHashSet<(u32, TypeId)> =
        found.iter().filter(often).map(|verdict| (verdict.site.call.file, verdict.site.ty)).collect();
    for verdict in found.iter_mut().filter(|verdict| verdict.visit) {
        verdict.minor &= !shared.contains(&(verdict.site.call.file, verdict.site.ty));
    }
}

/// The construction is part of another that is reported: made from it, or handed to it.
fn is_part(project: &Project, site: &Site, built: &Built) -> bool {
    let program = &project.program;
    let is_built = |id: &CallId| {
        let other = CallRef { file: site.call.file, id: *id };
        other != site.call && built.calls.contains(&other)
    };
    let data = program.call(site.call);
    let made_from = matches!(program.deref(site.function, data.callee.root()), Value::Call(id) if is_built(id));
    made_from
        || is_made_from(project, site, built)
        || is_handed(project, site.call, site, built)
        || is_made_for(project, site, built)
}

/// A method of another one gives it that the same function builds, under whatever name.
fn is_made_from(project: &Project, site: &Site, built: &Built) -> bool {
    let program = &project.program;
    let Value::Member(base, _) = &program.call(site.call).callee else { return false };
    let same = built.by_function.get(&site.function).into_iter().flatten();
    same.filter(|other| **other != site.call).any(|other| Flow::of(program, *other).is_alias(base))
}

/// It is an argument of another construction, directly or, where both are clients for the web, by a variable.
/// `call` gives it: the construction, or a call of the function that makes it.
fn is_handed(project: &Project, call: CallRef, site: &Site, built: &Built) -> bool {
    let program = &project.program;
    if built.given.contains(&call) {
        return true;
    }
    let others = built.by_file.get(&call.file).is_some_and(|all| all.iter().any(|other| *other != call));
    if !others || program.catalog.ty(site.ty).row.kind != Kind::HttpClient {
        return false;
    }
    let flow = Flow::of(program, call);
    let is_given = |other: CallRef| {
        let args = &program.call(other).args;
        other != call && args.iter().any(|arg| mentions(program, call.file, &arg.value, &mut |v| flow.holds(v)))
    };
    let f = FnRef { file: call.file, id: program.call(call).function };
    match flow.stays_within() {
        true => built.within(program, f).any(is_given),
        false => built.by_file.get(&call.file).into_iter().flatten().copied().any(is_given),
    }
}

/// A function makes it, and whoever asks for it hands it to another construction.
fn is_made_for(project: &Project, site: &Site, built: &Built) -> bool {
    let http = project.program.catalog.ty(site.ty).row.kind == Kind::HttpClient;
    let asked = || project.graph.targets.callers(site.function).iter();
    http && Flow::of(&project.program, site.call).is_returned()
        && asked().any(|call| is_handed(project, *call, site, built))
}

fn verdict(project: &Project, id: u32, site: &Site) -> Option<Verdict> {
    let program = &project.program;
    if !matters(project, site) || program.is_test(site.function) || stands_in(program, site) {
        return None;
    }
    let excused = is_dedicated(project, site) || logs_in(program, site) || is_key(program, site);
    if excused || is_of_visit(project, id, site) {
        return None;
    }
    let point = Point::Site(id);
    let contexts = project.contexts.of(point);
    let worst = contexts.iter().enumerate().filter(|(_, context)| !is_never_asked(project, site, context));
    let worst = worst.filter_map(|(at, context)| {
        let often = judge(project, site, context)?;
        let shown = context.trigger == Trigger::Render && is_shown(program, site);
        let chain = project.contexts.chain(point, at);
        let whose = !shown && from_entry(project, site, context.trigger, &chain);
        (!whose && !project.is_elsewhere(&chain, site)).then_some((at, often))
    });
    // Of equal misuse, that which a change leads to is what somebody wants to hear of now.
    let order = |(at, often): &(usize, Often)| {
        let context = &contexts[*at];
        (is_minor(project, site, context), context.weak, misuse(*often), !context.changed, rank(*often), *at)
    };
    if let Some((at, often)) = worst.min_by_key(order) {
        let context = &contexts[at];
        let (trigger, weak, light) = (context.trigger, context.weak, is_minor(project, site, context));
        let chain = project.contexts.chain(point, at);
        let minor = light || is_borrowed(project, site);
        let visit = light && context.seldom == Seldom::Visit && !is_trial(program, site.function);
        return Some(Verdict { site: site.clone(), often, chain, trigger, weak, minor, visit });
    }
    if let Some(verdict) = beside(project, point, contexts, site) {
        return Some(verdict);
    }
    let per_call =
        !is_shown(program, site) && !is_known(contexts) && !is_of_browser(project, site) && presumed(project, site);
    per_call.then(|| Verdict {
        site: site.clone(),
        often: Often::PerCall,
        chain: Vec::new(),
        trigger: Trigger::Request,
        weak: false,
        minor: is_borrowed(project, site) || serves_several(&project.program, site),
        visit: false,
    })
}

/// A light client that does several requests of one call: they share its connections.
fn serves_several(program: &Program, site: &Site) -> bool {
    let flow = Flow::of(program, site.call);
    program.catalog.ty(site.ty).row.light && serves_requests(program, site, &flow)
}

/// Several requests go over it: one after the other, or one for each iteration of a loop, also of a helper.
fn serves_requests(program: &Program, site: &Site, flow: &Flow) -> bool {
    let facts = program.facts(site.call.file);
    let on_it = |id: CallId| matches!(&facts.call(id).callee, Value::Member(base, _) if flow.is_alias(base));
    let body = &program.function(site.function).body;
    let nested = || flow.operations().filter(|call| call.function != site.function.id).count();
    program.cfg(site.function).most(on_it) + nested() > 1 || goes_round(program, site, flow, body)
}

/// Some loop that it was made before uses it.
fn goes_round(program: &Program, site: &Site, flow: &Flow, block: &Block) -> bool {
    serves_loop(program, site, flow, block, |_| true)
}

/// Some loop of the kind that it was made before uses it.
pub(super) fn serves_loop(
    program: &Program,
    site: &Site,
    flow: &Flow,
    block: &Block,
    kind: fn(LoopKind) -> bool,
) -> bool {
    let facts = program.facts(site.call.file);
    let takes = |call: &Call| {
        let on_it = matches!(&call.callee, Value::Member(base, _) if flow.is_alias(base));
        on_it || call.args.iter().any(|arg| flow.is_alias(&arg.value))
    };
    let mut all = walk::nodes(block);
    while let Some(node) = all.next() {
        if matches!(node, Node::Call(id) if takes(facts.call(*id))) {
            let innermost = all.regions().filter(|region| region.is_loop()).last();
            let fits = |node: &Node| matches!(node, Node::Loop { kind: own, .. } if kind(*own));
            if innermost.is_some_and(|region| fits(region.node) && !walk::has_call(region.block, site.call.id)) {
                return true;
            }
        }
    }
    false
}

/// Contexts keep the shortest way; where that is excused, one beside it may not be.
fn beside(project: &Project, point: Point, contexts: &[Context], site: &Site) -> Option<Verdict> {
    contexts.iter().enumerate().find_map(|(at, context)| {
        judge(project, site, context).filter(|often| matches!(often, Often::PerRequest(_)))?;
        let excused = context.weak || is_never_asked(project, site, context) || is_minor(project, site, context);
        let known = (!excused).then(|| project.contexts.chain(point, at))?;
        let (chain, trigger) = settled(project, site, &known)?;
        let (often, minor) = (Often::PerRequest(trigger), is_borrowed(project, site));
        Some(Verdict { site: site.clone(), often, chain, trigger, weak: false, minor, visit: false })
    })
}

/// An object's method makes it once and keeps it, and nothing is seen to run that method.
fn is_never_asked(project: &Project, site: &Site, context: &Context) -> bool {
    let kept = matches!(context.parent, Some((Point::Alloc(_), _)));
    let method = matches!(project.program.function(site.function).kind, FnKind::Method | FnKind::Getter);
    kept && method && project.contexts.of(Point::Fn(site.function)).is_empty()
}

/// A light client that a person waits for now and then, that sends what is sent once a day, or that does all the
/// requests of one job; one that keeps the cookies of what somebody asked for once; any client that tries settings out.
fn is_minor(project: &Project, site: &Site, context: &Context) -> bool {
    if is_trial(&project.program, site.function) {
        return true;
    }
    let row = &project.program.catalog.ty(site.ty).row;
    let flow = || Flow::of(&project.program, site.call);
    let fate = || flow().fate();
    let serves_job = || fate() != Fate::Dies || serves_requests(&project.program, site, &flow());
    match context.seldom {
        Seldom::Trial => true,
        Seldom::Visit => row.light,
        Seldom::No if row.light && is_periodic(&project.program, site.function) => true,
        Seldom::No if row.visit && context.trigger == Trigger::Event && !context.many => fate() == Fate::Dies,
        Seldom::No => row.light && matches!(context.trigger, Trigger::Job | Trigger::Tick) && serves_job(),
    }
}

/// A server that gives pages makes a cache for each visit, as those of several users must not mix.
fn is_of_visit(project: &Project, id: u32, site: &Site) -> bool {
    let program = &project.program;
    let point = Point::Site(id);
    let on_page = |step: &Step| match step.point {
        Point::Fn(f) => program.is_of_page(f.file),
        _ => false,
    };
    let visits = |(at, context): (usize, &Context)| {
        context.trigger == Trigger::Request && !project.contexts.chain(point, at).iter().any(on_page)
    };
    program.catalog.ty(site.ty).row.caches && project.contexts.of(point).iter().enumerate().any(visits)
}

fn misuse(often: Often) -> u8 {
    match often {
        Often::PerRequest(_) => 0,
        Often::InRender => 1,
        Often::InLoop | Often::Endless => 2,
        Often::PerWorker => 3,
        Often::PerCall => 4,
    }
}

/// Within one kind of misuse.
fn rank(often: Often) -> u8 {
    u8::from(often != Often::PerRequest(Trigger::Request))
}

/// Right for each component or conversation, and wrong for each rendering alone.
fn is_shown(program: &Program, site: &Site) -> bool {
    let info = program.catalog.ty(site.ty);
    info.scope == Scope::Component || info.scope == Scope::Request && info.row.kind == Kind::Realtime
}

/// Whether how often it is built matters at all.
pub fn matters(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let info = program.catalog.ty(site.ty);
    let scope = matches!(info.scope, Scope::Process | Scope::Thread) || is_shown(program, site);
    match site.how {
        How::Built => scope && (info.row.caches || program.owns(site.ty, site.call.file)),
        How::OneShot => one_shot_matters(project, site),
        _ => false,
    }
}

/// A one-shot call is misuse where a client could be kept: in Rust, and in an object that lives as
/// long as the process and already holds the address.
fn one_shot_matters(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    match program.language(site.function.file) {
        Language::Rust => true,
        Language::Script => false,
        Language::Python => {
            let data = program.call(site.call);
            let first = || data.positional(0).map(|arg| &arg.value);
            let address = address(data, program.facts(site.call.file)).or_else(first);
            let mut own = |v: &Value| matches!(v, Value::Member(base, _) if matches!(**base, Value::This));
            let held = address.is_some_and(|value| mentions(program, site.call.file, value, &mut own));
            held && !matches!(data.callee.root(), Value::This) && lives_long(project, site.function)
        }
    }
}

/// Objects of the class around the function are made at start-up only. Those of a script live as long as it does.
fn lives_long(project: &Project, f: FnRef) -> bool {
    let Some(class) = project.program.class_around(f) else { return false };
    let below = project.program.descendants(class);
    let made = below.into_iter().chain([class]).flat_map(|class| project.contexts.of(Point::Alloc(class)));
    let aside = |trigger: &Trigger| matches!(trigger, Trigger::Test | Trigger::Script);
    let triggers: Vec<Trigger> = made.map(|context| context.trigger).filter(|trigger| !aside(trigger)).collect();
    !triggers.is_empty() && triggers.iter().all(|trigger| !trigger.repeats() && *trigger != Trigger::Tick)
}

/// The other arm of the branch takes a connection out of a pool for the same place: settings chose this one.
fn stands_in(program: &Program, site: &Site) -> bool {
    program.catalog.ty(site.ty).row.kind == Kind::Connection
        && has_pooled_arm(program, site, &program.function(site.function).body)
}

fn has_pooled_arm(program: &Program, site: &Site, block: &Block) -> bool {
    let taken = |id: &CallId| {
        let given = program.target(CallRef { file: site.call.file, id: *id }).gives;
        given.is_some_and(|given| given.how == How::Acquired)
    };
    walk::nodes(block).any(|node| {
        let Node::Branch { then, otherwise, .. } = node else { return false };
        let ours = |arm| bound_to(arm, &|id| *id == site.call.id);
        let pooled = |arm, place: &Value| bound_to(arm, &taken) == Some(place);
        ours(otherwise).is_some_and(|place| pooled(then, place))
            || ours(then).is_some_and(|place| pooled(otherwise, place))
    })
}

/// What the block binds the result of such a call to.
fn bound_to<'a>(block: &'a Block, wanted: &dyn Fn(&CallId) -> bool) -> Option<&'a Value> {
    block.iter().find_map(|node| match node {
        Node::Bind { target, value: Value::Call(id), .. } if wanted(id) => Some(target),
        _ => None,
    })
}

/// Something is done with it that needs a connection of its own: here, or by who asks a function for it.
fn is_dedicated(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let row = &program.catalog.ty(site.ty).row;
    if row.dedicated.is_empty() && row.kind != Kind::Connection {
        return false;
    }
    let keeps = |call: &Call| call.args.iter().any(|arg| stays_with_session(&arg.value));
    let needs = |call: &Call| row.dedicated.iter().any(|operation| performs(call, operation)) || keeps(call);
    let flow = Flow::of(program, site.call);
    let made = || project.graph.targets.iter().filter(|(_, target)| target.functions == [site.function]);
    flow.operations().any(needs)
        || flow.is_returned() && made().any(|(call, _)| Flow::of(program, call).operations().any(needs))
        || is_lent_to(project, site, &flow, &needs)
}

/// A function of the project, which is given it, does such a thing with its parameter.
fn is_lent_to(project: &Project, site: &Site, flow: &Flow, needs: &dyn Fn(&Call) -> bool) -> bool {
    let program = &project.program;
    let does = |f: FnRef, at: usize| {
        let Some(param) = program.function(f).params.get(at) else { return false };
        let param = VarRef { function: f.id, local: param.local };
        let on_it = |call: &&Call| matches!(&call.callee, Value::Member(base, _) if **base == Value::Var(param));
        program.calls_within(f).filter(on_it).any(needs)
    };
    program.ids_within(site.function).iter().any(|id| {
        let call = CallRef { file: site.call.file, id: *id };
        let Some(target) = project.graph.target(call) else { return false };
        let given = program.call(call).args.iter().enumerate();
        let mut given = given.filter(|(_, arg)| arg.name.is_none() && flow.is_alias(&arg.value));
        given.any(|(at, _)| target.functions.iter().any(|f| does(*f, at)))
    })
}

/// `blpop`, or `xread(block)`: with an argument, literal or option of that name.
fn performs(call: &Call, operation: &str) -> bool {
    let (name, flag) =
        operation.split_once('(').map_or((operation, None), |(name, flag)| (name, Some(flag.trim_end_matches(')'))));
    let is = |text: &str, flag: &str| text.eq_ignore_ascii_case(flag);
    let has = |arg: &Arg, flag: &str| {
        arg.name.as_deref().or(arg.value.as_str()).is_some_and(|text| is(text, flag))
            || matches!(&arg.value, Value::Record { entries, .. } if entries.iter().any(|entry| is(&entry.key, flag)))
    };
    last_name(&call.callee).eq_ignore_ascii_case(name)
        && flag.is_none_or(|flag| call.args.iter().any(|arg| has(arg, flag)))
}

fn judge(project: &Project, site: &Site, context: &Context) -> Option<Often> {
    let served = matches!(context.trigger, Trigger::Request | Trigger::Message | Trigger::Job);
    // What is right for each mount of a page is not for each request of a server.
    let info = project.program.catalog.ty(site.ty);
    let shown = is_shown(&project.program, site) && (info.row.caches || !(info.scope == Scope::Component && served));
    if context.own_loop == OwnLoop::Fresh || shown && context.trigger != Trigger::Render {
        return None;
    }
    if !served && is_of_browser(project, site) {
        return None;
    }
    match context.trigger {
        trigger if trigger.repeats() && context.own_loop == OwnLoop::Turns => {
            (context.many && is_wasted(project, site, context)).then_some(Often::InLoop)
        }
        Trigger::Request | Trigger::Event | Trigger::Message | Trigger::Job => (!project
            .on_workers(site.call.file, context)
            && !is_browser_http(project, site, context)
            && !is_of_task(project, site, context)
            && !is_renewed(project, site, context))
        .then_some(Often::PerRequest(context.trigger)),
        Trigger::Render => Some(Often::InRender),
        Trigger::Tick if context.many => is_wasted(project, site, context).then_some(Often::InLoop),
        Trigger::Startup if context.workers && is_one_enough(info) => Some(Often::PerWorker),
        Trigger::Startup | Trigger::Script | Trigger::Load if context.many => {
            is_wasted(project, site, context).then_some(Often::InLoop)
        }
        Trigger::Tick if is_paced(project, site, context) => Some(Often::PerRequest(Trigger::Tick)),
        _ => is_driven(project, site, context).then_some(Often::Endless),
    }
}

/// A task makes it that what comes from outside starts and does not wait for: it serves each iteration of the task's
/// loop, and lives as long as that goes on.
fn is_of_task(project: &Project, site: &Site, context: &Context) -> bool {
    let (program, targets) = (&project.program, &project.graph.targets);
    let above = |context: &&Context| context.parent.map(|(point, at)| &project.contexts.of(point)[at]);
    let by_itself = |call: CallRef| {
        let async_only = targets.get(call).is_some_and(|target| {
            !target.functions.is_empty() && target.functions.iter().all(|f| program.function(*f).flags.is_async)
        });
        let eager = !program.semantics(call.file).lazy && !program.call(call).awaited;
        eager && async_only && !is_used(program, call)
    };
    let is_started = |call: CallRef| by_itself(call) || is_run_beside(program, targets, call);
    let takes = |f: FnRef| {
        let closure = Value::Closure(f.id);
        let around = program.function(f).parent.map(|id| FnRef { file: f.file, id });
        let calls = around.into_iter().flat_map(|around| program.ids_of(around));
        calls.map(|id| CallRef { file: f.file, id: *id }).any(|call| {
            let given = program.call(call).args.iter().any(|arg| arg.value == closure);
            given && runs_later(program, targets, call)
        })
    };
    // What a step runs: the function that stands there, or the call that leads there.
    let started = |context: &Context| {
        let closure = matches!(context.parent, Some((Point::Fn(f), _)) if takes(f));
        closure || context.call.is_some_and(is_started)
    };
    let mut way = std::iter::successors(Some(context), above);
    let body = &program.function(site.function).body;
    let lasting = |kind| matches!(kind, LoopKind::Endless | LoopKind::Receive);
    way.any(started) && serves_loop(program, site, &Flow::of(program, site.call), body, lasting)
}

/// A click that makes an HTTP client costs nothing worth a finding.
fn is_browser_http(project: &Project, site: &Site, context: &Context) -> bool {
    let kind = project.program.catalog.ty(site.ty).row.kind;
    kind == Kind::HttpClient && context.trigger == Trigger::Event && project.program.semantics(site.call.file).renders
}

/// In a package of pages that are compiled to run in the browser it is that which makes the connections.
fn is_of_browser(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    program.catalog.ty(site.ty).row.kind == Kind::HttpClient
        && program.is_page_package(&program.units[site.call.file as usize].path)
}

/// Each turn makes it anew and forgets it, though one would do. What a call makes for itself is forgotten by that call,
/// and where its request goes tells nothing of the client.
pub(super) fn is_wasted(project: &Project, site: &Site, context: &Context) -> bool {
    let by_call = site.how == How::OneShot && !project.program.catalog.ty(site.ty).row.light;
    by_call || !varies(project, site, context) && dies(project, site, context)
}

/// It is forgotten within the turn that makes it, by the function itself or, where helpers hand it up,
/// by one of those that the loop runs. What a worker makes that a loop starts lives as long as the worker.
fn dies(project: &Project, site: &Site, context: &Context) -> bool {
    let (mut call, mut context, mut wrapped) = (site.call, context, false);
    loop {
        let flow = Flow::of(&project.program, call);
        if goes_on_after(&project.program, call) {
            return false;
        }
        match flow.fate() {
            Fate::Dies => return flow.is_used() && !(flow.is_gathered() || wrapped && flow.is_left_running()),
            Fate::Escapes if flow.is_kept_by_object() => match made_in(project, context).filter(|(_, c)| c.repeats()) {
                Some(object) => {
                    (call, context) = object;
                    continue;
                }
                None => return false,
            },
            Fate::Escapes if !flow.is_wrapped() => return false,
            Fate::Escapes => wrapped = true,
            Fate::Returned => {
                // A field's factory gives it to the object.
                if let Some(object) = made_in(project, context).filter(|(_, c)| c.repeats()) {
                    (call, context) = object;
                    continue;
                }
            }
        }
        match asked_by(project, context).filter(|(_, above)| above.repeats()) {
            Some(above) => (call, context) = above,
            None => return false,
        }
    }
}

/// The call that makes the object whose constructor, or the factory of a field, the context is of, and the context of
/// the object's making. The constructor of a class below may come between.
fn made_in<'p>(project: &'p Project, context: &Context) -> Option<(CallRef, &'p Context)> {
    let above = |(point, at): (Point, usize)| project.contexts.of(point)[at].parent;
    let constructs = |point| matches!(point, Point::Fn(f) if project.program.function(f).kind == FnKind::Constructor);
    let mut parent = context.parent?;
    while constructs(parent.0) || matches!(above(parent), Some((Point::Alloc(_), _))) {
        parent = above(parent)?;
    }
    let object = matches!(parent.0, Point::Alloc(_)).then(|| &project.contexts.of(parent.0)[parent.1])?;
    Some((object.call?, object))
}

/// The call that surely runs what the context is of, and the context of the function that it stands in.
pub(crate) fn asked_by<'p>(project: &'p Project, context: &Context) -> Option<(CallRef, &'p Context)> {
    let (Point::Fn(f), at) = context.parent? else { return None };
    let above = &project.contexts.of(Point::Fn(f))[at];
    let calls = |call: &CallRef| {
        project.graph.target(*call).is_some_and(|target| !target.by_name && target.functions.contains(&f))
    };
    Some((above.call.filter(calls)?, above))
}
