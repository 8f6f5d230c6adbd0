//! Places that are filled anew: what they held before is lost, still open.
//!
//! Module variables that nobody else sees; places that one function fills twice, where the end knows the second thing alone. Knows no library.

use super::ends::events_in;
use super::handles::named;
use super::model::{Case, Event, Fit, Fitting, Handle};
use super::opens::opened;
use super::{Effects, Open};
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::walk::{Region, around_call, nodes};
use crate::facts::{
    Call, CallId, DEFAULT_EXPORT, Exported, FileFacts, FnId, Import, ImportId, ImportKind, LocalKind, LoopKind, Node,
    Value, VarRef, hands_on,
};
use crate::program::{CallRef, FnRef};

/// Others may see what a variable of the module holds: it is exported, handed on, or given to what is not known to end
/// it (`ending`: what is).
pub(crate) fn is_shared(effects: &Effects, file: u32, var: VarRef, ending: &[&str]) -> bool {
    let facts = effects.program.facts(file);
    let variable = facts.local(var).kind == (LocalKind::Let { constant: false });
    !variable || is_shown(effects, file, var) || is_handed_on(facts, var, ending)
}

/// Exported as part of something, or by its name where some file imports that.
fn is_shown(effects: &Effects, file: u32, var: VarRef) -> bool {
    let names = |value: &Value| value.holds(&|part| *part == Value::Var(var));
    let alone = |name: &str, value: &Value| {
        *value == Value::Var(var) && name != DEFAULT_EXPORT && is_filled_by_openers(effects, file, var)
    };
    effects.program.facts(file).exports.iter().any(|export| match &export.what {
        Exported::Value(value) => names(value) && (!alone(&export.name, value) || is_imported(effects, (file, var))),
        Exported::From(_) => false,
    })
}

/// It holds what functions of its file open, and nothing else: whoever imports such a variable is known.
fn is_filled_by_openers(effects: &Effects, file: u32, var: VarRef) -> bool {
    let mut bound = effects.program.bound(file, var).iter().filter(|bound| !bound.value.is_null());
    bound.all(|bound| match bound.value {
        Value::Call(id) => bound.function != FnId::TOP && effects.opener(CallRef { file, id: *id }).is_some(),
        _ => false,
    })
}

/// A file of the program imports the variable, or all of its module.
fn is_imported(effects: &Effects, (home, var): (u32, VarRef)) -> bool {
    let program = effects.program;
    let by_name =
        |import: &Import| !matches!(import.kind, ImportKind::Namespace | ImportKind::Dynamic | ImportKind::Glob);
    let imports = |file: u32| {
        let all = program.facts(file).imports.iter().enumerate();
        all.map(move |(id, import)| (file, ImportId(id as u32), import))
    };
    let files = (0..program.units.len() as u32).filter(|file| *file != home);
    files.flat_map(imports).any(|(file, id, import)| match by_name(import) {
        true => effects.imported_place(file, id) == Some((home, var)),
        false => program.modules.imported(file, id) == Some(home),
    })
}

/// Given to a call, returned, or kept elsewhere.
fn is_handed_on(facts: &FileFacts, var: VarRef, ending: &[&str]) -> bool {
    let is = |value: &Value| value.holds(&|part| *part == Value::Var(var));
    let takes = |call: &Call| {
        let ends = call.callee_name(facts).is_some_and(|name| ending.contains(&name));
        !ends && !super::unseen::keeps_nothing(&call.callee) && call.args.iter().any(|arg| is(&arg.value))
    };
    facts.calls.iter().any(takes)
        || facts.function_ids().any(|id| hands_on(&facts.function(id).body, &mut |value| is(value)))
}

/// The release speaks of a place that the opening fills, and right after it another one of the same block.
pub(crate) fn is_filled_again<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, release: &Event<'a>) -> bool {
    let file = open.call.file;
    let Some((target, rest)) = kept_at(effects, open) else { return false };
    let Some(place) = effects.key(file, target) else { return false };
    let is_place = |value: &Value| effects.key(file, value).is_some_and(|key| key == place);
    let base = match release.callee {
        Value::Member(base, _) => base,
        other => other,
    };
    let of = |value: &Value| effects.key(release.from.file, value).is_some_and(|key| key == place);
    let opens =
        |id: CallId| effects.opener(CallRef { file, id }).is_some_and(|(row, _)| row.package == open.row.package);
    for node in rest {
        match node {
            Node::Bind { target, value: Value::Call(id), .. } if is_place(target) => {
                return opens(*id) && (of(base) || release.args.iter().any(|arg| of(&arg.value)));
            }
            Node::Call(id) if !takes(effects, CallRef { file, id: *id }, &is_place) => {}
            Node::Closure { .. } => {}
            _ => return false,
        }
    }
    false
}

/// Opened for each element of something, and kept in one place for all, which the release speaks of.
pub(crate) fn is_filled_for_each<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, release: &Event<'a>) -> bool {
    let file = open.call.file;
    let turns = effects.handed_to(open.from).and_then(|call| effects.project.graph.target(call));
    let mut rows = turns.into_iter().flat_map(|target| &target.rows).filter(|row| row.kind == RowKind::Handover);
    let each = rows.any(|row| effects.program.catalog.handover(*row).run == Run::Iteration);
    let kept = kept_at(effects, open).filter(|(target, _)| {
        each || effects.key(file, target).is_some_and(|place| is_in_turns(effects, open, release, &place))
    });
    // A function that runs for each has its own variables anew.
    let anew = |value: &Value| each && matches!(value, Value::Var(var) if var.function == open.from.id);
    let one = |target: &Value| match target {
        Value::Var(_) => !anew(target),
        Value::Member(base, _) => !anew(base.root()),
        _ => false,
    };
    let place = kept.filter(|(target, _)| one(target)).and_then(|(target, _)| effects.key(file, target));
    let base = match release.callee {
        Value::Member(base, _) => base,
        other => other,
    };
    let is_place = |value: &Value| place.is_some() && effects.key(release.from.file, value) == place;
    is_place(base) || release.args.iter().any(|arg| is_place(&arg.value))
}

/// A loop over elements opens it in each turn, and does nothing else with the place: it neither ends what the last turn
/// has left there, nor looks at it, hands it on or stops.
fn is_in_turns(effects: &Effects, open: &Open, release: &Event, place: &str) -> bool {
    let around = around_call(&effects.program.function(open.from).body, open.call.id);
    let each = |region: &Region| matches!(region.node, Node::Loop { kind: LoopKind::Each, .. });
    let Some(turn) = around.iter().find(|region| each(region)) else { return false };
    let file = open.call.file;
    let is_there = |of: u32, value: &Value| effects.key(of, value).is_some_and(|key| key == place);
    let is_place = |value: &Value| is_there(file, value);
    let names = |value: &Value| value.holds(&|part| is_place(part));
    let tested = super::tested::all_tested(&open.preds).into_iter().any(|(of, value)| is_there(of, value));
    let own = |id: FnId| effects.within(FnRef { file, id }, release.from);
    let other = |node: &Node| match node {
        Node::Bind { value, .. } => names(value),
        Node::Call(id) => takes(effects, CallRef { file, id: *id }, &is_place),
        Node::Closure { function, .. } => own(*function),
        Node::Return { .. } | Node::Break { .. } | Node::Throw { .. } => true,
        _ => false,
    };
    !tested && !nodes(turn.block).any(other)
}

/// What the function that opens it keeps it in, and what follows in the block.
fn kept_at<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> Option<(&'a Value, &'a [Node])> {
    kept_in(&effects.program.function(open.from).body, open.call.id)
}

/// What the call's result is kept in, and what follows in the block.
fn kept_in(block: &[Node], call: CallId) -> Option<(&Value, &[Node])> {
    block.iter().enumerate().find_map(|(at, node)| match node {
        Node::Bind { target, value: Value::Call(id), .. } if *id == call => Some((target, &block[at + 1..])),
        other => other.blocks().find_map(|inner| kept_in(inner, call)),
    })
}

/// It is called on what is in the place, or given that.
fn takes(effects: &Effects, call: CallRef, is_place: &dyn Fn(&Value) -> bool) -> bool {
    let data = effects.program.call(call);
    let part = |value: &Value| value.holds(&|inner| is_place(inner));
    part(&data.callee) || data.args.iter().any(|arg| part(&arg.value))
}

impl<'a> Case<'_, 'a> {
    /// The start runs once, and what runs each time that the view is shown fills the same place, whatever is in it.
    pub(crate) fn is_filled_when_shown(&self, fitting: &Fitting<'_, 'a>) -> bool {
        let (effects, open) = (self.effects, fitting.open);
        let place = |open: &Open<'a>| {
            let (target, _) = kept_at(effects, open)?;
            let own = matches!(target, Value::Var(var) if var.function == open.from.id);
            effects.key(open.call.file, target).filter(|_| !own).map(|key| named(open.call.file, key))
        };
        let fills = |start: &FnRef| {
            let found = opened(effects, *start);
            let mut events = events_in(effects, &found.visited).into_iter();
            let same = |other: &&Open<'a>| other.preds.is_empty() && place(other) == place(open);
            found.opens.iter().any(|other| same(&other)) && !events.any(|event| fitting.fit(&event) != Fit::Unrelated)
        };
        !self.owner.again && !self.owner.shown.is_empty() && place(open).is_some() && self.owner.shown.iter().any(fills)
    }

    /// A variable of a module holds it, and a function that the module exports for nobody in sight ends it.
    pub(crate) fn is_left_to_others(&self, open: &Open<'a>, handle: &Handle<'_, 'a>) -> bool {
        let effects = self.effects;
        let of_module = |file: &u32| handle.is_in_module(*file);
        let files: Vec<u32> = handle.files.iter().copied().filter(of_module).collect();
        let exported = |f: &FnRef| {
            let function = effects.program.function(*f);
            let exports = &effects.program.facts(f.file).exports;
            let named = exports.iter().any(|export| Some(&export.name) == function.name.as_ref());
            let plain = function.parent == Some(FnId::TOP) && !function.flags.renders;
            named && plain && effects.calls_of(*f).is_empty()
        };
        let all = files
            .into_iter()
            .flat_map(|file| effects.program.facts(file).function_ids().map(move |id| FnRef { file, id }));
        let unseen: Vec<FnRef> = all.filter(|f| exported(f) && !self.ends.functions.contains(f)).collect();
        let fitting = Fitting { effects, open, handle };
        let ends = |event: &Event<'a>| fitting.fit(event) == Fit::Releases && !self.visited.contains(&event.from);
        !unseen.is_empty() && super::ends::ends(effects, &unseen, &[]).events.iter().any(ends)
    }
}
