//! What a function of the project answers that is asked about one of its parameters: `if (failed(error, res)) return;`.
//!
//! Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::Walk;
use super::state::{State, place_key};
use crate::body::cfg::{Cfg, Edge, Event, Test};
use crate::facts::{Literal, Pred, Value, VarRef};
use crate::graph::arguments::joined;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::passing::parameter_of;

impl Walk<'_, '_, '_> {
    /// The truth of a call that is a condition, by what is known of one of its arguments.
    pub(crate) fn answered(&self, state: &State, atom: &Pred) -> Option<bool> {
        let Pred::Truthy(Value::Call(id)) = atom else { return None };
        let program = self.world.program;
        let call = CallRef { file: self.f.file, id: *id };
        let target = self.world.graph.target(call).filter(|target| !target.by_name)?;
        let [g] = target.functions[..] else { return None };
        let data = program.call(call);
        (0..data.args.len()).find_map(|at| {
            let known = state.knows(&place_key(&data.args[at].value))?;
            let local = parameter_of(program, call.file, data, g, at)?;
            answer(&program.cfg(g), VarRef { function: g.id, local }, known).filter(|_| is_plain(program, g))
        })
    }
}

/// It answers at once, and once.
fn is_plain(program: &Program, g: FnRef) -> bool {
    let flags = &program.function(g).flags;
    !flags.is_async && !flags.generator
}

/// What the function returns on all ways that it goes where the parameter is there, or is not.
fn answer(cfg: &Cfg, parameter: VarRef, there: bool) -> Option<bool> {
    let (mut seen, mut open) = (FxHashSet::default(), vec![Cfg::ENTRY]);
    let (mut answers, mut falls) = (FxHashSet::default(), false);
    while let Some(at) = open.pop() {
        if !seen.insert(at) {
            continue;
        }
        if let Event::Return(value) = cfg.node(at).event {
            answers.insert(value.map_or(Some(false), truth));
            continue;
        }
        falls |= at == cfg.returned;
        for (to, edge) in cfg.next(at) {
            let taken = match edge {
                Edge::Throw | Edge::Suspend => false,
                Edge::Branch(Test::Pred(pred), side) => {
                    holds(pred, parameter, there).is_none_or(|truth| truth == *side)
                }
                _ => true,
            };
            open.extend(taken.then_some(*to));
        }
    }
    answers.extend(falls.then_some(Some(false)));
    let mut answers = answers.into_iter();
    answers.next().flatten().filter(|_| answers.next().is_none())
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Literal(Literal::Bool(truth)) => Some(*truth),
        Value::Literal(Literal::Null) => Some(false),
        _ => None,
    }
}

fn holds(pred: &Pred, parameter: VarRef, there: bool) -> Option<bool> {
    match pred {
        Pred::Not(inner) => holds(inner, parameter, there).map(|truth| !truth),
        Pred::Truthy(Value::Var(var)) if *var == parameter => Some(there),
        Pred::Null(Value::Var(var)) if *var == parameter => Some(!there),
        Pred::Or(all) => joined(all.iter().map(|one| holds(one, parameter, there)), true),
        Pred::And(all) => joined(all.iter().map(|one| holds(one, parameter, there)), false),
        _ => None,
    }
}
