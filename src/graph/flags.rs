//! Flags that a loop asks before each iteration: it goes on until somebody else says otherwise.
//!
//! What the loop itself changes, drains or hands on is the matter of its work, and no flag. Knows no library by name.

use super::daemons::is_wait;
use crate::facts::walk;
use crate::facts::{Arg, Call, CallId, FnId, Literal, Node, Pred, Value, leaving_tests};
use crate::program::FnRef;
use crate::values::Program;
use crate::values::eval::Ty;

/// What the turns of a loop do before and after they ask a flag that ends it, which nothing that they do has a hand in.
pub fn until_told<'a>(program: &Program<'a>, f: FnRef, body: &'a [Node]) -> Option<[&'a [Node]; 2]> {
    leaving_tests(body).find_map(|(at, pred)| {
        let turn = [&body[..at], &body[at + 1..]];
        let (mut places, mut calls) = (Vec::new(), Vec::new());
        let told = asked(program, f, pred, &mut places, &mut calls) && !places.is_empty();
        let changes = |place: &Value| {
            turn.iter().any(|part| changed(program, f, part, place, &calls) || changed_below(program, f, part, place))
        };
        (told && !places.iter().any(|place| changes(place))).then_some(turn)
    })
}

/// The places that are asked, and the calls that ask them, where all that is asked is places.
fn asked<'a>(
    program: &Program<'a>,
    f: FnRef,
    pred: &'a Pred,
    places: &mut Vec<&'a Value>,
    calls: &mut Vec<CallId>,
) -> bool {
    match pred {
        Pred::Truthy(value) => {
            let place = flag(program, f, value);
            places.extend(place);
            calls.extend(if let Value::Call(id) = value { Some(*id) } else { None });
            place.is_some()
        }
        Pred::Null(value) => is_place(value),
        Pred::Not(inner) => asked(program, f, inner, places, calls),
        // A bound on the turns beside the flag does not keep the loop from serving.
        Pred::And(all) | Pred::Or(all) => {
            all.iter().filter(|pred| !is_bound(pred)).all(|pred| asked(program, f, pred, places, calls))
        }
        _ => false,
    }
}

/// `done < LIMIT`: a count is compared with a number, or with a constant of the module.
fn is_bound(pred: &Pred) -> bool {
    let inner = if let Pred::Not(inner) = pred { inner } else { pred };
    let Pred::Opaque(values) = inner else { return false };
    let constant = |value: &Value| match value {
        Value::Literal(Literal::Num(_)) => true,
        Value::Var(var) => var.function == FnId::TOP,
        _ => false,
    };
    let plain = |value: &Value| constant(value) || matches!(value, Value::Var(_));
    values.iter().any(constant) && values.iter().all(plain)
}

/// `self.running`, `stop.is_set()`, `STOP.load(Ordering::Relaxed)`: a place, or what one is asked for.
fn flag<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<&'a Value> {
    match value {
        Value::Var(_) | Value::Member(..) => is_place(value).then_some(value),
        Value::Call(id) => match program.facts(f.file).call(*id) {
            Call { callee: Value::Member(base, name), args, .. } if is_place(base) => {
                let foreign = |arg: &'a Arg| matches!(program.eval(f, &arg.value), Ty::External(_));
                (args.iter().all(foreign) || is_wait(name)).then_some(base)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Not a module, whose functions are no flags: `time.time()`.
fn is_place(value: &Value) -> bool {
    match value {
        Value::Var(_) => true,
        Value::Member(base, _) => matches!(**base, Value::This | Value::Module(_)) || is_place(base),
        _ => false,
    }
}

/// The turn writes the place or what it is a part of, or works with it otherwise than by the calls that ask.
fn changed<'a>(program: &Program<'a>, f: FnRef, turn: &'a [Node], place: &Value, asking: &[CallId]) -> bool {
    let holds = |value: &Value| is_place(value) && is_part(place, value);
    walk::nodes(turn).any(|node| match node {
        Node::Bind { target, .. } => holds(target) || is_part(target, place),
        Node::Call(id) if !asking.contains(id) => {
            let call = program.facts(f.file).call(*id);
            let worked_with = match &call.callee {
                Value::Member(base, name) => holds(base) && !is_wait(name),
                _ => false,
            };
            worked_with || call.args.iter().any(|arg| holds(&arg.value))
        }
        _ => false,
    })
}

/// `a.b.c` is a part of `a.b` and of itself.
fn is_part(value: &Value, whole: &Value) -> bool {
    value == whole || matches!(value, Value::Member(base, _) if is_part(base, whole))
}

/// Some function that the turn calls writes it.
fn changed_below<'a>(program: &Program<'a>, f: FnRef, turn: &'a [Node], place: &Value) -> bool {
    let writes = |target: &Value| match (target, place) {
        (Value::Member(_, one), Value::Member(_, other)) => one == other,
        (Value::Var(one), Value::Var(other)) => one == other,
        _ => false,
    };
    let mut seen = Vec::new();
    called(program, f, turn, &mut seen);
    let mut at = 0;
    while let Some(g) = seen.get(at).copied() {
        let body = &program.function(g).body;
        if walk::binds(body).any(|bind| writes(bind.target)) {
            return true;
        }
        called(program, g, body, &mut seen);
        at += 1;
    }
    false
}

fn called<'a>(program: &Program<'a>, f: FnRef, block: &'a [Node], seen: &mut Vec<FnRef>) {
    for id in walk::calls(block) {
        if let Ty::Fn(g) = program.eval(f, &program.facts(f.file).call(id).callee)
            && !seen.contains(&g)
        {
            seen.push(g);
        }
    }
}
