//! The same session or user looked up twice on one path of a request, each time over a query of its
//! own.
//!
//! Two look-ups are the same when one means is asked for the same by the same arguments, with
//! nothing between them that may change the answer. Knows no library by name.

mod guards;
mod keyed;
mod keys;
mod known;
mod missing;
mod nested;
mod walk;

use rustc_hash::FxHashSet;

use super::Project;
pub use crate::catalog::lookup_words::Subject;
use crate::catalog::words::lookups::UNWRAPPING;
use crate::contexts::{Context, Step};
use crate::facts::trail::Trail;
use crate::facts::{CallId, FileFacts, FnId, Value, VarRef};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use known::{Known, named};
use walk::{Event, Walk};

/// A look-up that repeats an earlier one.
#[derive(Debug, Clone)]
pub struct Repeated {
    pub f: FnRef,
    /// The call that looks up again, itself or somewhere in what it runs.
    pub again: CallRef,
    /// Where the earlier one starts.
    pub first: CallRef,
    /// The look-up that is made, where that is not the call itself.
    pub within: Option<CallRef>,
    pub subject: Subject,
    /// From the entry point to the function.
    pub chain: Vec<Step>,
    pub trigger: Trigger,
}

/// All repeated look-ups on request paths.
pub fn repeated(project: &Project) -> Vec<Repeated> {
    let known = Known::new(project);
    let mut seen: FxHashSet<CallRef> = FxHashSet::default();
    let functions: Vec<FnRef> = project.program.functions().filter(|f| is_product(&project.program, *f)).collect();
    let behind = |f: &FnRef| guards::repeated(project, &known, *f);
    let found = functions.iter().flat_map(|f| in_function(project, &known, *f));
    let found = found.chain(functions.iter().flat_map(behind));
    let found = found.chain(nested::repeated(project, &known));
    found.filter(|repeated| seen.insert(repeated.again)).collect()
}

fn is_product(program: &Program, f: FnRef) -> bool {
    let source = program.class_of(f.file) == FileClass::Source;
    f.id != FnId::TOP && source && !program.is_written_as_test(f)
}

fn in_function(project: &Project, known: &Known, f: FnRef) -> Vec<Repeated> {
    let contexts = project.contexts.of(Point::Fn(f));
    let asked = |trigger: Trigger| matches!(trigger, Trigger::Request | Trigger::Message);
    let fits = |context: &Context| asked(context.trigger) && !context.weak;
    let Some(at) = project.contexts.position(Point::Fn(f), fits) else {
        return Vec::new();
    };
    let walk = Walk::of(project, known, f);
    let mut found: Vec<Repeated> = Vec::new();
    for (position, again) in walk.events.iter().enumerate() {
        let same = |first: &&Event| {
            let repeats = is_same(project, f, first, again) && is_before(&walk, first, again);
            repeats && !missing::is_after_nothing(&project.program, f, first, again.call)
        };
        let Some(first) = walk.events[..position].iter().find(same) else { continue };
        let call = |id: CallId| CallRef { file: f.file, id };
        found.push(Repeated {
            f,
            again: call(again.call),
            first: call(first.call),
            within: (again.at != call(again.call)).then_some(again.at),
            subject: again.subject,
            chain: project.contexts.chain(Point::Fn(f), at),
            trigger: contexts[at].trigger,
        });
    }
    found
}

/// The first one has been made whenever the second is, and nothing has changed since.
fn is_before(walk: &Walk, first: &Event, again: &Event) -> bool {
    first.call != again.call && again.blocks.starts_with(&first.blocks) && !walk.changes_between(first, again)
}

fn is_same(project: &Project, f: FnRef, first: &Event, again: &Event) -> bool {
    if first.subject != again.subject {
        return false;
    }
    first.is_of_same(again)
        || first.class.is_some() && first.class == again.class && is_the_one_before(project, f, first, again)
}

/// The second look-up goes by the identity of what the first one gave: by its own id, or by the id
/// that a thing made for it carries, under the first one's name; and by nothing that tells somebody else.
fn is_the_one_before(project: &Project, f: FnRef, first: &Event, again: &Event) -> bool {
    let program = &project.program;
    let Some(held) = bound_to(program, f, first.call) else { return false };
    let mut by_own_id = false;
    let mut by_made_for_it = false;
    for arg in &program.facts(f.file).call(again.call).args {
        let Value::Member(base, name) = &arg.value else { continue };
        by_own_id |= crate::catalog::lookup_words::is_id(name) && **base == Value::Var(held);
        by_made_for_it |= crate::catalog::lookup_words::names_user_id(name) && is_made_for(program, f, base, held);
    }
    let by_another = program.facts(f.file).call(again.call).args.iter().any(|arg| {
        let root = arg.value.root();
        let own = comes_from(program, f, root, first.call, &Trail::default()) || is_made_for(program, f, root, held);
        !own && tells_another(program.facts(f.file), &arg.value)
    });
    let renewed = || bound_to(program, f, again.call).is_some_and(|var| same_name(program, f, var, held));
    !by_another && (by_own_id || by_made_for_it && renewed())
}

/// By its name it is what a user is found by: `params.username`, `body.id`.
fn tells_another(facts: &FileFacts, value: &Value) -> bool {
    let asked = match value {
        Value::Member(base, name) => {
            crate::catalog::lookup_words::is_id(name)
                && named(facts, base).is_some_and(crate::catalog::lookup_words::is_asked_with)
        }
        _ => false,
    };
    asked || named(facts, value).is_some_and(crate::catalog::lookup_words::tells_user)
}

/// The variable that takes what a call gives, unwrapped or not.
fn bound_to(program: &Program, f: FnRef, call: CallId) -> Option<VarRef> {
    let index = &program.index[f.file as usize].vars;
    let own = index.iter().filter(|(var, _)| var.function == f.id);
    let holds =
        |var: &VarRef| index[var].iter().any(|bound| comes_from(program, f, bound.value, call, &Trail::default()));
    let mut found: Vec<VarRef> = own.filter(|(var, _)| holds(var)).map(|(var, _)| *var).collect();
    // The last one is what a match or an unwrapping gave.
    found.sort_by_key(|var| program.facts(f.file).local(*var).span.start);
    found.into_iter().max_by_key(|var| program.facts(f.file).local(*var).name.len())
}

fn comes_from(program: &Program, f: FnRef, value: &Value, call: CallId, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    match value {
        Value::Call(id) if *id == call => true,
        Value::Call(id) => match &program.facts(f.file).call(*id).callee {
            Value::Member(base, name) => {
                (UNWRAPPING.contains(&name.as_str()) || name == "first") && comes_from(program, f, base, call, &here)
            }
            _ => false,
        },
        Value::Element(base) => comes_from(program, f, base, call, &here),
        Value::Choice(values, _) => values.iter().any(|value| comes_from(program, f, value, call, &here)),
        Value::Var(var) => {
            program.bound(f.file, *var).iter().any(|bound| comes_from(program, f, bound.value, call, &here))
        }
        _ => false,
    }
}

/// The value comes from a call that was given the variable.
fn is_made_for(program: &Program, f: FnRef, value: &Value, held: VarRef) -> bool {
    let Value::Var(var) = value else { return false };
    let given = |id: &CallId| {
        let call = program.facts(f.file).call(*id);
        call.args.iter().any(|arg| matches!(arg.value.root(), Value::Var(var) if same_name(program, f, *var, held)))
    };
    program.bound(f.file, *var).iter().any(|bound| matches!(bound.value.root(), Value::Call(id) if given(id)))
}

fn same_name(program: &Program, f: FnRef, left: VarRef, right: VarRef) -> bool {
    let facts = program.facts(f.file);
    facts.local(left).name == facts.local(right).name
}
