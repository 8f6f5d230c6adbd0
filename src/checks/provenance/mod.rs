//! Where a client's settings come from, followed back through the calls of a chain.
//!
//! A client with the end user's own key or address cannot be shared, nor one for each row of a table of
//! data sources: such a site is left alone. What comes from constants, the environment or settings
//! objects is configuration. Knows no library.

mod borrowed;
mod fixed;
mod inputs;
mod objects;
mod targets;
mod turns;

use super::Project;
use crate::catalog::RowKind;
use crate::catalog::schema::Kind;
use crate::catalog::words::checks::{CALLER_HEADERS, CLIENT_IDENTITY};
use crate::contexts::linked::Linked;
use crate::contexts::{Step, takes_arguments};
use crate::facts::trail::{self, Trail};
use crate::facts::{Arg, CallId, FileFacts, FnKind, Language, TypeRef, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::conditions::record_key;
use crate::values::eval::Ty;
use crate::values::flow::Flow;
use crate::values::passing;
use crate::values::sites::{Site, last_name};
pub use borrowed::is_borrowed;
pub use fixed::is_fixed;
use inputs::{Inputs, Param, Reading, inputs, maker_values};
use objects::{Objects, is_on_itself};
pub use targets::address;
use targets::targets;
pub use turns::varies;

/// Whether the settings of a construction depend on what the entry point of the chain is given, or
/// on a row of a table.
pub fn from_entry(project: &Project, site: &Site, trigger: Trigger, chain: &[Step]) -> bool {
    let (whole, address) = (Reading::Whole, Reading::Address);
    let targets = targets(project, site);
    let start = Trail::default();
    let walk = |reading| Walk { project, reading, trigger, trail: &start };
    walk(whole).up(site.function, &identity(project, site), chain)
        || !targets.is_empty() && targets.iter().all(|target| walk(address).up(site.function, &[*target], chain))
}

/// Whether nothing says that the client goes to one server: what decides it is given to the function, or
/// to the object whose method it is.
pub fn is_open(project: &Project, site: &Site) -> bool {
    let (program, f) = (&project.program, site.function);
    is_given(program, f, &identity(project, site), Reading::Whole)
        || targets(project, site).into_iter().any(|target| is_given(program, f, &[target], Reading::Address))
}

fn is_given<'a>(program: &Program<'a>, f: FnRef, values: &[&'a Value], reading: Reading) -> bool {
    let found = inputs(program, f, values, reading);
    let class = program.class_around(f);
    let by_maker = |name: &String| {
        let values = class.map(|class| maker_values(program, class, name)).unwrap_or_default();
        !values.is_empty() && values.iter().all(|(g, v)| !inputs(program, *g, &[v], reading).params.is_empty())
    };
    found.row || !found.params.is_empty() || found.fields.iter().any(by_maker)
}

/// The values that decide whose client it is and where it goes.
fn identity<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let facts = project.program.facts(site.call.file);
    let args = facts.call(site.call.id).args.iter().filter(|arg| !goes(project, site) && is_identity(arg));
    args.filter(|arg| !is_callback(facts, arg))
        .map(|arg| &arg.value)
        .chain(of_headers(project, site))
        .chain(setup(project, site))
        .chain(of_receiver(project, site))
        .chain(of_builder(project, site))
        .collect()
}

/// What the links of a builder's chain are told that decides whose the client is: `builder().token(token).build()`.
fn of_builder<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let (program, f) = (&project.program, site.function);
    let builds = |base: &'a Value| matches!(program.eval(f, base), Ty::Concept(ty) if program.catalog.ty(ty).row.kind == Kind::Builder);
    let (mut open, mut seen, mut told) = (vec![&program.call(site.call).callee], Vec::new(), Vec::new());
    while let Some(Value::Member(base, _)) = open.pop() {
        let links = links(program, f, base);
        for id in links.into_iter().filter(|_| builds(base)) {
            let data = program.facts(f.file).call(id);
            let own = matches!(program.callee(f, data), Ty::Fn(_));
            if own || says_whose(last_name(&data.callee)) {
                told.extend(data.args.iter().map(|arg| &arg.value));
            }
            if !seen.contains(&id) {
                seen.push(id);
                open.push(&data.callee);
            }
        }
    }
    told
}

/// The calls that gave what a chain goes on from; under one name, each of the links (`builder = builder.timeout(t)`).
fn links<'a>(program: &Program<'a>, f: FnRef, base: &'a Value) -> Vec<CallId> {
    let call = |value: &Value| if let Value::Call(id) = value { Some(*id) } else { None };
    match program.deref(f, base) {
        Value::Var(var) => program.bound(f.file, *var).iter().filter_map(|bound| call(bound.value)).collect(),
        other => call(other).into_iter().collect(),
    }
}

/// What decides whose a session is, of which the client is made.
fn of_receiver<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let program = &project.program;
    let Value::Member(base, _) = &program.call(site.call).callee else { return Vec::new() };
    let Value::Call(id) = program.deref(site.function, base) else { return Vec::new() };
    let named = program.facts(site.call.file).call(*id).args.iter().filter(|arg| arg.name.is_some());
    named.filter(|arg| is_identity(arg)).map(|arg| &arg.value).collect()
}

/// The call makes a client and goes with it where it is told, as in Rust `reqwest::get(url)`: the
/// client itself is nobody's own.
fn goes(project: &Project, site: &Site) -> bool {
    site.how == How::OneShot && project.program.language(site.call.file) == Language::Rust
}

/// Of the headers that a client is made with, those that say who asks.
fn of_headers<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let program = &project.program;
    let headers = program.call(site.call).args.iter().filter(|arg| arg.name.as_deref() == Some("headers"));
    headers.flat_map(|arg| telling(program, site.function, &arg.value)).collect()
}

/// What a client for the web is given before it is used: log-ins, cookies, transports.
fn setup<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let program = &project.program;
    if program.catalog.ty(site.ty).row.kind != Kind::HttpClient {
        return Vec::new();
    }
    let flow = Flow::of(program, site.call);
    let mounted = flow.operations().filter(|call| last_name(&call.callee) == "mount").flat_map(|call| &call.args);
    let set = flow.members_set().into_iter().filter(|(name, _)| matches!(*name, "auth" | "cookies"));
    let headers = flow.put_into("headers").into_iter().flat_map(|value| telling(program, site.function, value));
    mounted.map(|arg| &arg.value).chain(set.map(|(_, value)| value)).chain(headers).collect()
}

/// Of headers those that say who asks.
fn telling<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Vec<&'a Value> {
    let tells = |key: &str| CALLER_HEADERS.iter().any(|word| key.to_ascii_lowercase().contains(word));
    match program.deref(f, value) {
        Value::Record { entries, .. } => entries.iter().filter(|entry| tells(&entry.key)).map(|e| &e.value).collect(),
        other => vec![other],
    }
}

/// Follows values up the chains that lead to them.
#[derive(Clone, Copy)]
struct Walk<'p, 'a> {
    project: &'p Project<'a>,
    reading: Reading,
    /// Of the chain that is asked about.
    trigger: Trigger,
    /// What objects were made of, on the way here.
    trail: &'p Trail<'p>,
}

impl<'a> Walk<'_, 'a> {
    fn up(self, f: FnRef, values: &[&'a Value], chain: &[Step]) -> bool {
        let program = &self.project.program;
        let mut wanted = inputs(program, f, values, self.reading);
        let mut at = f;
        for step in chain.iter().rev().filter(|step| !matches!(step.point, Point::Site(_))) {
            if let Point::Fn(f) = step.point {
                at = f;
            }
            let object = step.call.and_then(|call| self.objects().of_receiver(call, &wanted.fields));
            if wanted.row || object.is_none() && self.is_keyed(at, &wanted) {
                return true;
            }
            if wanted.is_settled() {
                return false;
            }
            if step.root {
                let told = matches!(step.point, Point::Fn(_)) && self.is_told(at, &wanted);
                return told || wanted.params.iter().any(|param| param.of != at && self.is_captured(param));
            }
            if let Some(call) = step.call {
                wanted = self.at_caller(call, at, wanted);
                wanted.extend(object.unwrap_or_default());
                at = FnRef { file: call.file, id: program.call(call).function };
            }
        }
        false
    }

    fn objects<'p>(&'p self) -> Objects<'p, 'a> {
        Objects { project: self.project, reading: self.reading }
    }

    /// What a call passes for the parameters of the function; those of functions around it are waited for, and
    /// fields of the one object.
    fn at_caller(self, call: CallRef, callee: FnRef, wanted: Inputs) -> Inputs {
        let program = &self.project.program;
        let caller = FnRef { file: call.file, id: program.call(call).function };
        let (own, around): (Vec<Param>, Vec<Param>) = wanted.params.into_iter().partition(|param| param.of == callee);
        let values: Vec<&Value> = own.iter().filter_map(|param| passed(program, call, param)).collect();
        let mut found = inputs(program, caller, &values, self.reading);
        found.extend(self.objects().of_handed(call, &wanted.objects, callee));
        if is_on_itself(program, call) {
            found.fields.extend(wanted.fields);
        }
        found.params.extend(around);
        found
    }

    /// What runs the entry point tells it.
    fn is_told(self, entry: FnRef, wanted: &Inputs) -> bool {
        let mut own = wanted.params.iter().filter(|param| param.of == entry);
        own.any(|param| !is_injected(self.project, entry, param.index))
    }

    /// A row, or a field that every object of the class is given by its maker.
    fn is_keyed(self, f: FnRef, wanted: &Inputs) -> bool {
        let Some(class) = self.project.program.class_around(f).filter(|_| !wanted.row) else { return wanted.row };
        wanted.fields.iter().any(|name| {
            let values = maker_values(&self.project.program, class, name);
            !values.is_empty() && values.into_iter().all(|(g, value)| self.is_given(g, value))
        })
    }

    /// Whoever made the closure that has the parameter gave it what an entry point is told.
    fn is_captured(self, param: &Param) -> bool {
        let program = &self.project.program;
        let makers = self.project.graph.targets.callers(param.of);
        let given = |call: &CallRef| {
            let maker = FnRef { file: call.file, id: program.call(*call).function };
            passed(program, *call, param).is_some_and(|value| self.is_given(maker, value))
        };
        !makers.is_empty() && makers.iter().all(given)
    }

    /// On every way to the function, the value comes from an entry point or from a row; or the object is of a
    /// class that is chosen at run time, and nobody knows whose log-in it is told.
    fn is_given(self, g: FnRef, value: &'a Value) -> bool {
        let Linked { program, contexts, .. } = &**self.project;
        let found = inputs(program, g, &[value], self.reading);
        let Some(here) = self.trail.step(value).filter(|_| !found.row) else { return found.row };
        let inner = Walk { trail: &here, ..self };
        if found.params.is_empty() {
            return inner.is_keyed(g, &found);
        }
        let point = Point::Fn(g);
        let made = contexts.of(point).iter().enumerate().filter(|(_, context)| self.may_make(context.trigger));
        let made: Vec<_> = made.map(|(at, _)| contexts.chain(point, at)).collect();
        if made.is_empty() {
            return self.reading == Reading::Whole && self.is_chosen(point, &Trail::default());
        }
        let mut told = made.iter().filter(|chain| !is_broken(program, chain)).peekable();
        told.peek().is_some() && told.all(|chain| inner.up(g, &[value], chain))
    }

    /// A constructor that nothing but tests and scripts is seen to run, or those of the classes below.
    fn is_chosen(self, point: Point, trail: &Trail) -> bool {
        let Linked { program, contexts, .. } = &**self.project;
        let by_hand = |from: Point| {
            let known = contexts.of(from);
            !known.is_empty() && known.iter().all(|context| !self.may_make(context.trigger))
        };
        let (step, constructs) = match point {
            Point::Fn(f) => (trail::Step::from(f), program.function(f).kind == FnKind::Constructor),
            Point::Alloc(class) => (trail::Step::Class(class.file, class.id), true),
            Point::Site(_) => return false,
        };
        let Some(here) = trail.step(step) else { return false };
        let mut runs = self.project.incoming().of(point).iter().map(|(from, _)| *from);
        constructs && runs.all(|from| by_hand(from) || self.is_chosen(from, &here))
    }

    /// What runs so may make an object that the chain meets: tests and scripts have objects of their own.
    fn may_make(self, trigger: Trigger) -> bool {
        match trigger {
            Trigger::Test => false,
            Trigger::Script => self.trigger == Trigger::Script,
            _ => true,
        }
    }
}

/// Somewhere on the chain a function was handed over: nobody knows what it is given where it is run.
fn is_broken(program: &Program, chain: &[Step]) -> bool {
    let handed = |two: &[Step]| matches!(two[0].point, Point::Fn(_)) && two[1].call.is_none();
    chain.windows(2).any(|two| handed(two) && takes_arguments(program, two[1].point))
}

/// The framework puts in what the application set up, not what the caller sent: `State<AppState>`, the state of an
/// extractor, `Depends(get_settings)` of a provider that is given nothing itself.
fn is_injected(project: &Project, f: FnRef, at: usize) -> bool {
    let program = &project.program;
    let Some(param) = program.function(f).params.get(at) else { return false };
    let state = |ty: &TypeRef| matches!(ty.name.rsplit('.').next(), Some("State" | "Data"));
    let default = param.default.iter().filter_map(|value| match value {
        Value::Call(id) => Some(*id),
        _ => None,
    });
    let written = param.decorators.iter().copied().chain(default).map(|id| CallRef { file: f.file, id });
    let named = param.ty.iter().flat_map(|ty| program.calls_beside(f, ty));
    param.ty.as_ref().is_some_and(state)
        || is_kept_state(program, f, at)
        || written.chain(named).any(|call| provides_settings(project, call))
}

/// `from_request_parts(parts, state)`.
fn is_kept_state(program: &Program, f: FnRef, at: usize) -> bool {
    // In Rust the block that has the method says which trait it is of.
    let block = program.facts(f.file).class_around(f.id).map(|id| ClassRef { file: f.file, id });
    let rows = block.map(|class| program.rows_above(class)).unwrap_or_default();
    let name = program.function(f).name.as_ref();
    rows.iter().any(|row| row.state == Some(at) && name.is_some_and(|name| row.methods.contains(name)))
}

/// `Depends(f)` where `f` takes nothing.
fn provides_settings(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let handed = project.graph.target(call).is_some_and(|t| t.rows.iter().any(|row| row.kind == RowKind::Handover));
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let provider = data.positional(0).map(|arg| program.eval(from, &arg.value));
    handed && matches!(provider, Some(Ty::Fn(g)) if program.function(g).params.is_empty())
}

/// Arguments that say whose client it is and where it goes: keys, tokens, addresses. Positional ones
/// count; options like time-outs do not.
fn is_identity(arg: &Arg) -> bool {
    arg.name.as_deref().is_none_or(says_whose)
}

fn says_whose(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CLIENT_IDENTITY.iter().any(|word| name.contains(word))
}

/// `new Pool(settings, (error) => …)`: what is done with the client says nothing about whose it is.
fn is_callback(facts: &FileFacts, arg: &Arg) -> bool {
    matches!(arg.value, Value::Closure(id) if arg.name.is_none() && !facts.function(id).params.is_empty())
}

/// What a call passes for a parameter of the function that it runs, or for one member of it.
fn passed<'a>(program: &Program<'a>, call: CallRef, param: &Param) -> Option<&'a Value> {
    let value = passing::passed(program, call, param.of, param.index)?;
    match &param.member {
        Some(key) if matches!(value, Value::Record { .. }) => record_key(value, key).or_else(|| spread(value)),
        _ => Some(value),
    }
}

/// The one record that another one takes over: `{ ...options, logger }`.
fn spread(record: &Value) -> Option<&Value> {
    match record {
        Value::Record { spreads, .. } => spreads.first().filter(|_| spreads.len() == 1),
        _ => None,
    }
}
