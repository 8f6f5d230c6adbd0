//! Lazy initialisation with a gap: a cell is found empty, something is awaited, and only then is
//! the cell filled. Whoever comes in between finds it empty too.
//!
//! A cell that is filled with the promise has no gap, nor one that a lock guards. Knows no library
//! by name.

use rustc_hash::FxHashSet;

use super::Project;
use crate::capacity::platform::platform;
use crate::catalog::TypeId;
use crate::catalog::schema::Platform;
use crate::contexts::{Context, takes_arguments};
use crate::facts::walk::{Region, around_call, nodes};
use crate::facts::{Block, CallId, CallKind, FnId, FnKind, Node, Pred, Span, Value, exits};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, ClassRef, FnRef};

/// More calls than coroutines sensibly pass on to each other before one waits.
const MAX_AWAITS: u32 = 4;

/// A cell that two callers may both fill.
#[derive(Debug, Clone)]
pub struct Race {
    pub f: FnRef,
    /// The construction that may happen twice.
    pub call: CallRef,
    pub ty: TypeId,
    /// Where the cell is looked at.
    pub check: Span,
    /// What is awaited in the gap.
    pub gap: Span,
    /// The statement that fills the cell.
    pub fill: Span,
}

/// All races of the project.
pub fn races(project: &Project) -> Vec<Race> {
    let functions: Vec<FnRef> = project.program.functions().filter(|f| is_candidate(project, *f)).collect();
    let search = |f: FnRef| Search { project, f }.block(&project.program.function(f).body, 0);
    let found = functions.into_iter().filter_map(search).filter(|race| !is_started_by_script(project, race.f));
    let mut told = FxHashSet::default();
    found.filter(|race| told.insert(race.call)).collect()
}

/// An async function that several callers run at the same time, and no start-up before them.
fn is_candidate(project: &Project, f: FnRef) -> bool {
    let function = project.program.function(f);
    let source = project.program.class_of(f.file) == FileClass::Source;
    if f.id == FnId::TOP || !function.flags.is_async || !source || guarded(&function.anchor) {
        return false;
    }
    if is_once_an_object(project, f) || serves_alone(project, f) {
        return false;
    }
    let repeats = |f: FnRef| project.contexts.of(Point::Fn(f)).iter().any(|context| context.trigger.repeats());
    (repeats(f) || looked_before(project, f).any(repeats)) && !comes_first(project, f)
}

/// The start of the process runs it before anybody asks.
fn comes_first(project: &Project, f: FnRef) -> bool {
    project.contexts.of(Point::Fn(f)).iter().any(|context| {
        let starts = matches!(context.trigger, Trigger::Load | Trigger::Startup);
        // What a loop does that works as long as the process is no start: it comes beside all others.
        starts && !context.works && !context.handed && is_called(project, f, context)
    })
}

/// The platform that runs its file, or that its handlers are written for, gives an instance no event before the last
/// one is done with.
fn serves_alone(project: &Project, f: FnRef) -> bool {
    let program = &project.program;
    let path = &program.units[f.file as usize].path;
    let runs = platform(project, &project.pools().files, path) == Some(Platform::Serverless);
    let deployed = runs && program.deployment(path).is_some_and(|deployment| deployment.alone);
    let packages = || program.active.iter().map(|id| program.catalog.package(*id));
    deployed || packages().any(|package| package.platform_alone && program.imports_from(f.file, package))
}

/// Whoever calls it on an object from outside has just made that one: `kept = new Kept(); await kept.init()`.
fn is_once_an_object(project: &Project, f: FnRef) -> bool {
    let program = &project.program;
    let receiver = |call: &CallRef| match &program.call(*call).callee {
        Value::Member(base, _) if !matches!(**base, Value::This) => Some((*call, &**base)),
        _ => None,
    };
    let callers = project.graph.targets.callers(f);
    let mut outside = callers.iter().filter_map(receiver).peekable();
    program.class_around(f).is_some()
        && outside.peek().is_some()
        && outside.all(|(call, object)| is_made_before(project, call, object))
}

fn is_made_before(project: &Project, call: CallRef, object: &Value) -> bool {
    let (program, data) = (&project.program, project.program.call(call));
    let Value::Var(var) = object else { return false };
    let made = |value: &Value| match value {
        Value::Call(id) => {
            let made = program.facts(call.file).call(*id);
            made.kind == CallKind::New && made.span.start < data.span.start
        }
        _ => false,
    };
    program.bound(call.file, *var).iter().any(|bound| bound.function == data.function && made(bound.value))
}

/// A script that goes on to serve runs the function before anybody asks. One that serves nobody is another process.
fn is_started_by_script(project: &Project, f: FnRef) -> bool {
    let is_script = |context: &Context| {
        matches!(context.trigger, Trigger::Script | Trigger::Build) && is_called(project, f, context)
    };
    let scripts = root_files(project, f, &is_script);
    if scripts.is_empty() {
        return false;
    }
    let repeats = |context: &Context| context.trigger.repeats();
    let served = looked_before(project, f).chain([f]).flat_map(|g| root_files(project, g, &repeats));
    served.into_iter().any(|other| scripts.iter().any(|one| project.run_together(*one, other)))
}

/// The files of the entry points that such contexts of the function come from.
fn root_files(project: &Project, f: FnRef, fits: &dyn Fn(&Context) -> bool) -> Vec<u32> {
    let contexts = project.contexts.of(Point::Fn(f)).iter().enumerate().filter(|(_, context)| fits(context));
    contexts.filter_map(|(at, _)| root_file(project, f, at)).collect()
}

/// Where the entry point is registered.
fn root_file(project: &Project, f: FnRef, at: usize) -> Option<u32> {
    project.program.unit_of(project.contexts.chain(Point::Fn(f), at).first()?.place.file)
}

/// The context comes by a call, and nowhere on its way from the owner of a cell that is looked at before the call.
fn is_called(project: &Project, f: FnRef, context: &Context) -> bool {
    let by_call = match context.parent {
        Some((Point::Fn(g), _)) => {
            let calls = |call: &CallRef| call.file == g.file && project.program.call(*call).function == g.id;
            project.graph.kept.contains(&f) || project.graph.targets.callers(f).iter().any(calls)
        }
        Some((Point::Alloc(_), _)) => project.program.function(f).kind == FnKind::Constructor,
        _ => true,
    };
    by_call && !is_kept_on_the_way(project, context)
}

/// Some step before the last comes from the module whose cell a caller looks at first, or is no more than that a
/// handler was named there.
fn is_kept_on_the_way(project: &Project, context: &Context) -> bool {
    let step = |(point, index): (Point, usize)| (point, &project.contexts.of(point)[index]);
    let mut steps = std::iter::successors(context.parent.map(step), |(_, context)| context.parent.map(step));
    steps.any(|(point, context)| {
        let owner = matches!(context.parent, Some((Point::Fn(g), _)) if g.id == FnId::TOP);
        owner
            && match context.call {
                Some(call) => project.program.call(call).function != FnId::TOP,
                None => takes_arguments(&project.program, point),
            }
    })
}

/// The functions that call this one. They may look at the same cell before they do, which keeps the call graph
/// from going on but nobody from coming in between; what they hold a lock for does.
fn looked_before<'p>(project: &'p Project, f: FnRef) -> impl Iterator<Item = FnRef> + 'p {
    let program = &project.program;
    let caller = |call: &CallRef| FnRef { file: call.file, id: program.call(*call).function };
    let callers = project.graph.targets.callers(f).iter();
    let is_scope = |region: &Region| matches!(region.node, Node::Scope { .. });
    let locked = move |call: &CallRef| around_call(&program.function(caller(call)).body, call.id).iter().any(is_scope);
    let open = callers.filter(move |call| !locked(call));
    open.map(caller).filter(|g| !guarded(&program.function(*g).anchor))
}

fn guarded(anchor: &str) -> bool {
    let anchor = anchor.to_ascii_lowercase();
    ["lock", "mutex", "exclusive", "once", "semaphore", "queue"].iter().any(|part| anchor.contains(part))
}

struct Search<'p, 'a> {
    project: &'p Project<'a>,
    f: FnRef,
}

impl<'a> Search<'_, 'a> {
    /// The first race in a block. What stands in a `with` is taken to be locked.
    fn block(&self, block: &'a Block, depth: u32) -> Option<Race> {
        if depth > 60 {
            return None;
        }
        for (at, node) in block.iter().enumerate() {
            if let Node::Branch { pred, then, otherwise, span } = node {
                let rest = &block[at + 1..];
                let found = self.arm(pred, true, then, *span).or_else(|| self.arm(pred, false, otherwise, *span));
                let early =
                    || (exits(then) && otherwise.is_empty()).then(|| self.arm(pred, false, rest, *span)).flatten();
                if let Some(race) = found.or_else(early) {
                    return Some(race);
                }
            }
            if matches!(node, Node::Scope { .. }) {
                continue;
            }
            if let Some(race) = node.blocks().find_map(|inner| self.block(inner, depth + 1)) {
                return Some(race);
            }
        }
        None
    }

    /// What runs under `pred` being `holds`, when that means an empty cell, or that one of several is empty.
    fn arm(&self, pred: &'a Pred, holds: bool, nodes: &'a [Node], check: Span) -> Option<Race> {
        let mut cells = Vec::new();
        empty_cells(pred, holds, &mut cells);
        cells.into_iter().filter(|cell| self.is_shared(cell)).find_map(|cell| self.filled_late(cell, nodes, check))
    }

    /// The cell is filled after something was awaited: here, or in the function that is called for it.
    fn filled_late(&self, cell: &'a Value, nodes: &'a [Node], check: Span) -> Option<Race> {
        let mut gap = None;
        for node in nodes {
            match node {
                Node::Await { value, span } if self.suspends(value, 0) => {
                    if let Some(race) = self.filled_by(value, cell, check) {
                        return Some(race);
                    }
                    gap = gap.or(Some(*span));
                }
                Node::Bind { target, value, span } if target == cell || is_asked_of(cell, target) => {
                    let (ty, id) = self.built(value, 0)?;
                    let call = CallRef { file: self.f.file, id };
                    return Some(Race { f: self.f, call, ty, check, gap: gap?, fill: *span });
                }
                // Someone else is told before the gap begins: a flag, or a promise.
                Node::Bind { target, value, .. } if gap.is_none() && self.is_shared(target) && !value.is_null() => {
                    return None;
                }
                Node::Try { body, .. } | Node::Group(body) => {
                    if let Some(race) = self.filled_late(cell, body, check) {
                        return Some(race);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// `if (!db) await open()`: the function that is awaited fills the cell, late itself, and nothing but such looks
    /// lead to it.
    fn filled_by(&self, awaited: &Value, cell: &'a Value, check: Span) -> Option<Race> {
        let Value::Call(id) = awaited else { return None };
        let target = self.project.graph.target(CallRef { file: self.f.file, id: *id })?;
        let [g] = *target.functions else { return None };
        let function = self.project.program.function(g);
        // A cell of an object is another one for another object.
        let same_cell = g.file == self.f.file && !is_of_object(cell);
        if !same_cell || target.by_name || g == self.f || guarded(&function.anchor) || self.is_started(g) {
            return None;
        }
        let other = Search { project: self.project, f: g };
        let race = other.filled_late(cell, &function.body, check)?;
        Some(Race { f: self.f, ..race })
    }

    /// The start of the process runs it, or a module does while it is loaded.
    fn is_started(&self, g: FnRef) -> bool {
        let callers = self.project.graph.targets.callers(g).iter();
        let mut from = callers.map(|call| FnRef { file: call.file, id: self.project.program.call(*call).function });
        comes_first(self.project, g) || from.any(|h| h.id == FnId::TOP || comes_first(self.project, h))
    }

    /// The client that the cell keeps, or that the same function built for the view of it that the cell keeps.
    fn built(&self, value: &'a Value, depth: u32) -> Option<(TypeId, CallId)> {
        let program = &self.project.program;
        let owns = |ty: &TypeId| program.catalog.ty(*ty).owns;
        if let Some(ty) = program.eval(self.f, value).concept().filter(owns) {
            return Some((ty, self.made_by(value, 0)?));
        }
        let Value::Call(id) = program.deref(self.f, value) else { return None };
        let Value::Member(base, _) = &program.facts(self.f.file).call(*id).callee else { return None };
        let viewed = (depth < 4).then(|| self.built(base, depth + 1)).flatten();
        viewed.filter(|(_, made)| program.facts(self.f.file).call(*made).function == self.f.id)
    }

    /// Somebody else may run while the value is awaited. Where a coroutine runs on at once, it must wait for
    /// something itself.
    fn suspends(&self, awaited: &Value, depth: u32) -> bool {
        let Value::Call(id) = awaited else { return true };
        let program = &self.project.program;
        let target = self.project.graph.target(CallRef { file: self.f.file, id: *id });
        let known = target.filter(|target| !target.by_name && target.class.is_none() && !target.functions.is_empty());
        let Some(target) = known.filter(|_| !program.semantics(self.f.file).awaits_yield) else { return true };
        depth > MAX_AWAITS || target.functions.iter().any(|g| self.waits(*g, depth + 1))
    }

    fn waits(&self, f: FnRef, depth: u32) -> bool {
        let function = self.project.program.function(f);
        let search = Search { project: self.project, f };
        !function.flags.is_async || function.body.is_empty() || search.holds_wait(&function.body, depth)
    }

    /// What a `with` enters may be waited for.
    fn holds_wait(&self, block: &[Node], depth: u32) -> bool {
        nodes(block).any(|node| match node {
            Node::Await { value, .. } => self.suspends(value, depth),
            Node::Scope { .. } | Node::Loop { .. } | Node::Yield { .. } => true,
            _ => false,
        })
    }

    /// The call whose result the value is.
    fn made_by(&self, value: &'a Value, depth: u32) -> Option<CallId> {
        match self.project.program.deref(self.f, value) {
            Value::Call(id) => Some(*id),
            Value::Choice(values) if depth < 4 => values.iter().find_map(|value| self.made_by(value, depth + 1)),
            Value::Element(inner) if depth < 4 => self.made_by(inner, depth + 1),
            _ => None,
        }
    }

    /// The place outlives the call and is the same for all callers.
    fn is_shared(&self, cell: &Value) -> bool {
        match cell {
            Value::Var(var) => var.function == FnId::TOP,
            Value::Member(base, _) => match &**base {
                Value::This => self.object_is_shared(),
                Value::Global(_) | Value::Class(_) => true,
                Value::Var(var) => var.function == FnId::TOP,
                Value::Member(..) => self.is_shared(base),
                _ => false,
            },
            _ => false,
        }
    }

    /// Objects of the class are not made for each request.
    fn object_is_shared(&self) -> bool {
        let class: Option<ClassRef> = self.project.program.class_around(self.f);
        class.is_some_and(|class| {
            !self.project.contexts.of(Point::Alloc(class)).iter().any(|context| context.trigger.repeats())
        })
    }
}

fn is_of_object(cell: &Value) -> bool {
    match cell {
        Value::This => true,
        Value::Member(base, _) => is_of_object(base),
        _ => false,
    }
}

/// `if (!cell?.isOpen)`: what is asked is a property of what the cell holds.
fn is_asked_of(asked: &Value, cell: &Value) -> bool {
    matches!(asked, Value::Member(base, _) if **base == *cell)
}

/// The places that are empty when the condition has the truth value: one of them, or all.
fn empty_cells<'v>(pred: &'v Pred, holds: bool, found: &mut Vec<&'v Value>) {
    match (pred, holds) {
        (Pred::Not(inner), _) => empty_cells(inner, !holds, found),
        (Pred::Truthy(value), false) | (Pred::Null(value), true) => found.push(value),
        (Pred::And(all), false) | (Pred::Or(all), true) => all.iter().for_each(|one| empty_cells(one, holds, found)),
        _ => {}
    }
}
