//! What the functions of a project are to look-ups: which ones make some, which are kept, which
//! change data.
//!
//! Answers are remembered. Knows no library by name.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::keyed::{compares, is_carried_out, keyed, links, names_table};
use super::keys::Frame;
use super::walk::{body, run_by};
use crate::catalog::RowKind;
use crate::catalog::lookup_words as words;
use crate::catalog::lookup_words::Subject;
use crate::catalog::schema::Kind;
use crate::catalog::words::lookups::CACHING;
use crate::checks::Project;
use crate::facts::trail::Trail;
use crate::facts::walk;
use crate::facts::{Block, Call, CallId, FileFacts, FnId, FnKind, LocalKind, Node, Value, is_hook};
use crate::ownership::release::inside;
use crate::program::fixpoint::Fixpoint;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::eval::Ty;
use crate::values::handover::functions_of;

#[derive(Default)]
pub struct Known {
    /// Functions whose result something keeps for later calls.
    kept: FxHashSet<FnRef>,
    subjects: RefCell<FxHashMap<FnRef, Option<Subject>>>,
    looking: FxHashSet<FnRef>,
    asking: Fixpoint<FnRef, bool>,
    changing: Fixpoint<(FnRef, Subject), bool>,
    surely_changing: Fixpoint<(FnRef, Subject), bool>,
}

impl Known {
    pub fn new(project: &Project) -> Known {
        let mut known = Known::default();
        known.kept.extend(project.graph.kept.iter().copied());
        for call in project.program.calls() {
            known.add_kept(project, call);
        }
        known.looking = known.looking(project);
        known
    }

    /// The functions that a memoiser is given, as argument or as what it decorates.
    fn add_kept(&mut self, project: &Project, call: CallRef) {
        let program = &project.program;
        let data = program.call(call);
        let name = data.callee_name(program.facts(call.file)).unwrap_or_default();
        let memo = |row: &crate::catalog::Row| row.kind == RowKind::Memo;
        let by_row = project.graph.target(call).is_some_and(|target| target.rows.iter().any(memo));
        if !by_row && !CACHING.contains(&name) {
            return;
        }
        let from = FnRef { file: call.file, id: data.function };
        let mut found = Vec::new();
        data.args.iter().for_each(|arg| functions_of(program, from, &arg.value, false, &mut found));
        self.kept.extend(found);
        let facts = program.facts(call.file);
        let decorated = facts.function_ids().filter(|id| facts.function(*id).decorators.contains(&call.id));
        self.kept.extend(decorated.map(|id| FnRef { file: call.file, id }));
    }

    pub fn is_kept(&self, f: FnRef) -> bool {
        self.kept.contains(&f)
    }

    /// What the function looks up, when its name says so, it asks the data, and it keeps nothing.
    pub fn subject(&self, project: &Project, g: FnRef) -> Option<Subject> {
        if let Some(subject) = self.subjects.borrow().get(&g) {
            return *subject;
        }
        let program = &project.program;
        let function = program.function(g);
        let class = program.class_around(g).filter(|_| function.class.is_some());
        let class = class.map(|class| program.class(class).name.as_str());
        // A hook that waits for nothing gives what the page has.
        let rendered = |name: &&str| is_hook(name) && !function.flags.is_async;
        let named = function.name.as_deref().filter(|_| function.kind != FnKind::Constructor);
        let named = named.filter(|name| !rendered(name));
        let subject = named.and_then(|name| words::subject(name, class));
        let subject = subject.filter(|_| self.asks(project, g) && !keeps(program, g));
        self.subjects.borrow_mut().insert(g, subject);
        subject
    }

    /// Running the function may look something up. Most functions do not, and are not followed.
    pub fn may_look_up(&self, g: FnRef) -> bool {
        self.looking.contains(&g)
    }

    /// The call has a chain carried out that asks the data for one row by a key, and no link of it is a look-up by itself.
    pub fn is_read(&self, project: &Project, call: CallRef) -> bool {
        let program = &project.program;
        if !is_carried_out(program, call) {
            return false;
        }
        let f = FnRef { file: call.file, id: program.call(call).function };
        if keyed(program, &Frame::root(f), call, &Trail::default()).is_none() {
            return false;
        }
        let facts = program.facts(call.file);
        let links: Vec<CallRef> = links(facts, call.id).into_iter().map(|id| CallRef { file: call.file, id }).collect();
        let asked = |link: &CallRef| {
            let target = project.graph.target(*link);
            *link != call && (program.call(*link).awaited || target.is_some_and(is_lookup))
        };
        let over_data = |link: &CallRef| {
            let receiver = project.graph.target(*link).and_then(|target| target.receiver);
            receiver.is_some_and(|ty| is_data(program.catalog.ty(ty).row.kind))
                || goes_over_store(program, f, facts.call(link.id))
                || reaches_store(facts, facts.call(link.id))
                || compares(facts, facts.call(link.id))
        };
        !links.iter().any(asked) && links.iter().any(over_data)
    }

    /// The functions that look something up, those around them, and all that call one of them.
    fn looking(&self, project: &Project) -> FxHashSet<FnRef> {
        let program = &project.program;
        let by_row = project.graph.targets.iter().filter(|(_, target)| is_lookup(target));
        let by_row = by_row.map(|(call, _)| FnRef { file: call.file, id: program.call(call).function });
        let by_key = project.graph.targets.iter().map(|(call, _)| call).filter(|call| self.is_read(project, *call));
        let by_key = by_key.map(|call| FnRef { file: call.file, id: program.call(call).function });
        let by_name = program.functions().filter(|f| self.subject(project, *f).is_some());
        let mut queue: Vec<FnRef> = by_row.chain(by_key).chain(by_name).collect();
        let mut found = FxHashSet::default();
        while let Some(f) = queue.pop() {
            if !found.insert(f) {
                continue;
            }
            queue.extend(program.function(f).parent.map(|id| FnRef { file: f.file, id }));
            let callers = project.graph.targets.callers(f).iter();
            queue.extend(callers.map(|call| FnRef { file: call.file, id: program.call(*call).function }));
        }
        found
    }

    /// The call may change what a look-up of the subject gives.
    pub fn changes(&self, project: &Project, call: CallRef, subject: Subject) -> bool {
        let target = || project.graph.target(call).filter(|target| !target.by_name);
        let inside = |g: &FnRef| self.function_changes(project, *g, subject);
        changes_by_name(&project.program, call, subject)
            || target().is_some_and(|target| target.functions.iter().any(inside))
    }

    fn function_changes(&self, project: &Project, g: FnRef, subject: Subject) -> bool {
        self.changing.get(&(g, subject), &false, &true, || {
            calls_in(&project.program, g).any(|(call, _)| self.changes(project, call, subject))
        })
    }

    /// The call changes what a look-up of the subject gives on each run.
    pub fn changes_surely(&self, project: &Project, call: CallRef, subject: Subject) -> bool {
        let target = project.graph.target(call).filter(|target| !target.by_name);
        match target.and_then(|target| run_by(project, call, target)) {
            Some(g) => self.surely_changing.get(&(g, subject), &false, &true, || {
                self.block_changes(project, g, body(&project.program, g), subject).unwrap_or(false)
            }),
            None => self.changes(project, call, subject),
        }
    }

    /// Whether what always runs of a block changes the subject; `None` where it may have ended before.
    fn block_changes(&self, project: &Project, g: FnRef, block: &Block, subject: Subject) -> Option<bool> {
        for node in block {
            let changes = match node {
                Node::Call(id) => self.changes_surely(project, CallRef { file: g.file, id: *id }, subject),
                Node::Scope { body, .. } | Node::Group(body) | Node::Try { body, .. } => {
                    self.block_changes(project, g, body, subject)?
                }
                other if may_return(other) => return None,
                _ => false,
            };
            if changes {
                return Some(true);
            }
        }
        Some(false)
    }

    /// The function sends a query, itself or through what it calls.
    fn asks(&self, project: &Project, g: FnRef) -> bool {
        let program = &project.program;
        let is_asked = |target: &Target| {
            is_lookup(target)
                || target.receiver.is_some_and(|ty| is_data(program.catalog.ty(ty).row.kind))
                || !target.by_name && target.functions.iter().any(|g| self.asks(project, *g))
        };
        self.asking.get(&g, &false, &false, || {
            calls_in(program, g).any(|(call, data)| {
                project.graph.target(call).is_some_and(is_asked) && !has_identity_map(program, call)
                    || goes_over_store(program, g, data)
            })
        })
    }
}

fn is_lookup(target: &Target) -> bool {
    target.rows.iter().any(|row| row.kind == RowKind::Lookup)
}

fn may_return(node: &Node) -> bool {
    matches!(node, Node::Return { .. }) || node.blocks().flatten().any(may_return)
}

/// Going by the names, the call changes something, and that is the subject or may well be.
fn changes_by_name(program: &Program, call: CallRef, subject: Subject) -> bool {
    let facts = program.facts(call.file);
    let data = facts.call(call.id);
    let Some(name) = data.callee_name(facts).filter(|name| words::changes(name)) else { return false };
    let mut names: Vec<&str> = vec![name];
    names_in(facts, &data.callee, &mut names);
    data.args.iter().for_each(|arg| names_in(facts, &arg.value, &mut names));
    let on_table = || links(facts, call.id).iter().any(|id| names_table(facts, facts.call(*id), subject));
    let on_store = match &data.callee {
        Value::Member(base, _) if **base == Value::This => !is_of_setup(program, call),
        Value::Member(base, _) => named(facts, base).is_some_and(words::is_store),
        _ => false,
    };
    on_store || on_table() || words::turns(name) || names.into_iter().any(|name| words::concerns(name, subject))
}

/// The call is made in a class that keeps settings or counts things: no data of anybody.
fn is_of_setup(program: &Program, call: CallRef) -> bool {
    let f = FnRef { file: call.file, id: program.call(call).function };
    program.class_around(f).is_some_and(|class| words::is_setup(&program.class(class).name))
}

/// The names along a chain of members.
pub(crate) fn names_in<'f>(facts: &'f FileFacts, value: &'f Value, names: &mut Vec<&'f str>) {
    names.extend(named(facts, value));
    match value {
        Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => names_in(facts, base, names),
        _ => {}
    }
}

pub(crate) fn named<'f>(facts: &'f FileFacts, value: &'f Value) -> Option<&'f str> {
    match value {
        Value::Var(var) => Some(&facts.local(*var).name),
        Value::Member(_, name) | Value::Global(name) => Some(name),
        _ => None,
    }
}

fn calls_in<'p>(program: &Program<'p>, g: FnRef) -> impl Iterator<Item = (CallRef, &'p Call)> {
    let calls = program.facts(g.file).calls.iter().enumerate();
    let own = calls.filter(move |(_, call)| inside(program, g, call.function));
    own.map(move |(id, call)| (CallRef { file: g.file, id: CallId(id as u32) }, call)).collect::<Vec<_>>().into_iter()
}

fn is_data(kind: Kind) -> bool {
    matches!(kind, Kind::Pool | Kind::Connection | Kind::OrmClient | Kind::Session | Kind::Handle)
}

/// `session.get(User, id)`: a unit of work gives again what it has read before.
fn has_identity_map(program: &Program, call: CallRef) -> bool {
    program.call(call).callee_name(program.facts(call.file)) == Some("get")
}

/// The call is made on, or given, what is called a connection.
fn goes_over_store<'a>(program: &Program<'a>, g: FnRef, call: &'a Call) -> bool {
    let facts = program.facts(g.file);
    let store =
        |value: &'a Value| named(facts, value).is_some_and(words::is_store) && !holds_no_data(program, g, value);
    let name = call.callee_name(facts).unwrap_or_default();
    let on_store = matches!(&call.callee, Value::Member(base, _) if store(base)) && name != "get";
    on_store || call.args.iter().any(|arg| store(&arg.value))
}

/// The call is made on a part of a connection, or what gives one stands among its arguments: `db.users.find_one(…)`,
/// `one(self.get_db())`.
fn reaches_store(facts: &FileFacts, call: &Call) -> bool {
    let mut names = Vec::new();
    names_in(facts, &call.callee, &mut names);
    for arg in &call.args {
        if let Value::Call(id) = &arg.value {
            names.extend(facts.call(*id).callee_name(facts));
        }
    }
    names.into_iter().any(words::is_store)
}

/// A library made it that is known, and that has no connections, or it is a record of settings: a name alone is no
/// sign of another one.
fn holds_no_data<'a>(program: &Program<'a>, g: FnRef, value: &'a Value) -> bool {
    let made = program.deref(g, value);
    let runs = |part: &Value| matches!(part, Value::Call(_) | Value::Closure(_) | Value::Class(_));
    if matches!(made, Value::Record { open: false, .. }) {
        return !made.holds(&runs);
    }
    let Value::Call(id) = made else { return false };
    let data = program.facts(g.file).call(*id);
    let Ty::External(maker) = program.eval(FnRef { file: g.file, id: data.function }, &data.callee) else {
        return false;
    };
    let mut packages = program.catalog.packages(maker.language, &maker.module).peekable();
    let holds = |package| program.catalog.types.iter().any(|ty| ty.package == package && is_data(ty.row.kind));
    packages.peek().is_some() && !packages.any(holds)
}

/// The function assigns something that outlives the call: a cache, as far as one can see.
fn keeps(program: &Program, g: FnRef) -> bool {
    let outlives = |target: &Value| match target.root() {
        Value::Var(var) => {
            let local = program.facts(g.file).local(*var);
            var.function == FnId::TOP || matches!(local.kind, LocalKind::Param | LocalKind::Static)
        }
        _ => true,
    };
    let caches = calls_in(program, g).any(|(_, call)| on_cache(program.facts(g.file), call));
    caches || walk::binds(&program.function(g).body).any(|bind| outlives(bind.target))
}

/// The call or what it is made on is named a cache.
fn on_cache(facts: &FileFacts, call: &Call) -> bool {
    let holder = match &call.callee {
        Value::Member(base, _) => named(facts, base),
        _ => None,
    };
    let mut names = holder.into_iter().chain(call.callee_name(facts)).map(str::to_ascii_lowercase);
    names.any(|name| name.contains("cache") || name.contains("memo"))
}
