//! Functions that are handed over: which ones an argument stands for, and when a callee runs them.
//!
//! Knows no library by name.

use super::conditions::argument;
use super::eval::Ty;
use super::follow::{At, behind};
use super::gates::Conditions;
use super::places::Owner;
use super::sites::last_name;
use crate::catalog::{RowKind, schema};
use crate::facts::trail::Trail;
use crate::facts::walk::{self, Region};
use crate::facts::{
    Arg, Arm, BinaryOp, Block, CallId, CallKind, Literal, LoopKind, Node, ParamKind, Pattern, Pred, Value, exits,
};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// Finds calls of a parameter, with the gate that each stands behind.
pub(crate) fn gated_calls<'a>(
    program: &Program<'a>,
    f: FnRef,
    block: &'a Block,
    conditions: &Conditions<'a>,
    wanted: &dyn Fn(&Value) -> bool,
    found: &mut Vec<Option<Owner>>,
) {
    let mut conditions = conditions.clone();
    for node in block {
        match node {
            Node::Call(id) if wanted(&program.facts(f.file).call(*id).callee) => {
                found.push(program.gate(f, &conditions))
            }
            Node::Branch { pred, then, otherwise, .. } => {
                gated_calls(program, f, then, &conditions.with(pred, true), wanted, found);
                gated_calls(program, f, otherwise, &conditions.with(pred, false), wanted, found);
                if exits(then) && !exits(otherwise) {
                    conditions.add(pred, false);
                }
            }
            other => other.blocks().for_each(|inner| gated_calls(program, f, inner, &conditions, wanted, found)),
        }
    }
}

/// The gates behind which a function runs its parameter.
pub fn argument_gates(program: &Program, callee: FnRef, position: usize) -> Vec<Option<Owner>> {
    let function = program.function(callee);
    let params: Vec<u32> = function.params.iter().filter(|p| p.kind == ParamKind::Normal).map(|p| p.local).collect();
    let Some(local) = params.get(position) else { return Vec::new() };
    let calls_param =
        |value: &Value| matches!(value, Value::Var(var) if var.function == callee.id && var.local == *local);
    let mut found = Vec::new();
    gated_calls(program, callee, &function.body, &Conditions::default(), &calls_param, &mut found);
    found
}

/// The functions behind a value that is handed over: itself, what a wrapper was given, the parts of
/// a list, and with `records` those of a record. An element wraps nothing: what its own handlers are, its own call says.
pub fn functions_of<'a>(program: &Program<'a>, f: FnRef, value: &'a Value, records: bool, found: &mut Vec<FnRef>) {
    gather_functions(program, f, value, records, &Trail::default(), found);
}

fn gather_functions<'a>(
    program: &Program<'a>,
    f: FnRef,
    value: &'a Value,
    records: bool,
    trail: &Trail,
    found: &mut Vec<FnRef>,
) {
    let Some(here) = trail.step(value) else { return };
    match value {
        Value::List(items) | Value::Choice(items, _) => {
            items.iter().for_each(|item| gather_functions(program, f, item, records, &here, found));
        }
        Value::Record { entries, spreads, .. } if records => {
            entries.iter().for_each(|entry| gather_functions(program, f, &entry.value, records, &here, found));
            spreads.iter().for_each(|spread| gather_functions(program, f, spread, records, &here, found));
        }
        Value::Call(id) => wrapped_functions(program, f, *id, records, &here, found),
        _ => match program.callable(program.eval(f, value)) {
            Ty::Fn(g) => {
                found.push(g);
                // A name for what a wrapper gave: the wrapper runs what it was given.
                if let Some((from, id)) = wrapper(program, f, value) {
                    found.extend(functions_given(program, from, id));
                }
            }
            Ty::Record(owner, inner) if records && !std::ptr::eq(inner, value) => {
                gather_functions(program, owner, inner, records, &here, found);
            }
            Ty::OneOf(all) => found.extend(all.iter().filter_map(|ty| match ty {
                Ty::Fn(g) => Some(*g),
                _ => None,
            })),
            Ty::Unknown => {
                let inner = origin(program, At { f, value });
                if let Some(table) = program.table_behind(f, value, &Trail::default()) {
                    gather_functions(program, f, table, true, &here, found);
                } else if !std::ptr::eq(inner.value, value) && !is_handle(program, inner.f, inner.value) {
                    gather_functions(program, inner.f, inner.value, records, &here, found);
                }
            }
            _ => {}
        },
    }
}

/// The functions of the records that a function gives: `fields: () => ({ posts: { resolve() { … } } })`.
pub(crate) fn in_given_records(program: &Program, g: FnRef) -> Vec<FnRef> {
    let values = program.given_by(g);
    let mut found = Vec::new();
    for record in values.into_iter().filter(|value| matches!(value, Value::Record { .. })) {
        functions_of(program, g, record, true, &mut found);
    }
    found
}

/// What is known to run its functions gives a handle to them: who takes that does not run them again.
fn is_handle<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> bool {
    let Value::Call(id) = value else { return false };
    program.hands_over(CallRef { file: f.file, id: *id })
}

impl Program<'_> {
    /// Something known takes functions to run: a library's `spawn`, a timer, a route.
    pub fn hands_over(&self, call: CallRef) -> bool {
        self.target(call).rows.iter().any(|row| row.kind == RowKind::Handover)
    }
}

/// The call whose result, or a part of whose result, the value is, of whatever file.
fn wrapper<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<(FnRef, CallId)> {
    let mut at = origin(program, At { f, value });
    while let Value::Member(whole, _) = at.value {
        at = origin(program, At { value: whole, ..at });
    }
    match at.value {
        Value::Call(id) => Some((at.f, *id)),
        _ => None,
    }
}

/// The one value that names stand for, over files.
fn origin<'a>(program: &Program<'a>, mut at: At<'a>) -> At<'a> {
    let mut seen = Vec::new();
    while matches!(at.value, Value::Var(_)) && !seen.iter().any(|known| std::ptr::eq(*known, at.value)) {
        seen.push(at.value);
        match behind(program, at)[..] {
            [only] => at = only,
            _ => break,
        }
    }
    at
}

/// The functions that stand among a call's arguments, themselves or by name.
fn functions_given(program: &Program, f: FnRef, id: CallId) -> Vec<FnRef> {
    let data = program.facts(f.file).call(id);
    let from = FnRef { file: f.file, id: data.function };
    let functions = data.args.iter().filter_map(|arg| match &arg.value {
        Value::Closure(function) => Some(FnRef { file: f.file, id: *function }),
        value @ Value::Var(_) => match program.callable(program.eval(from, value)) {
            Ty::Fn(g) => Some(g),
            _ => None,
        },
        _ => None,
    });
    functions.collect()
}

/// What wraps functions is called like them. A client that was given some runs them by itself.
fn wrapped_functions<'a>(
    program: &Program<'a>,
    f: FnRef,
    id: CallId,
    records: bool,
    trail: &Trail,
    found: &mut Vec<FnRef>,
) {
    let result = program.call_result(CallRef { file: f.file, id });
    if result.concept().is_some_and(|ty| program.catalog.ty(ty).owns) {
        return;
    }
    if let Ty::Fn(g) = result {
        found.push(g);
    }
    let data = program.facts(f.file).call(id);
    if data.kind == CallKind::Jsx {
        return;
    }
    let from = FnRef { file: f.file, id: data.function };
    data.args.iter().for_each(|arg| gather_functions(program, from, &arg.value, records, trail, found));
}

pub(crate) fn chosen<'c>(data: &'c crate::facts::Call, keys: &[schema::ArgKey]) -> Vec<&'c Arg> {
    if keys.is_empty() {
        return data.args.iter().collect();
    }
    keys.iter().filter_map(|key| argument(data, key)).collect()
}

/// The call stands as an argument of a call of one of these names.
pub(crate) fn is_given_to(program: &Program, call: CallRef, names: &[String]) -> bool {
    if names.is_empty() {
        return false;
    }
    let outer = program.around(call).map(|outer| program.call(outer));
    outer.is_some_and(|outer| {
        let is_given = outer.args.iter().any(|arg| arg.value == Value::Call(call.id));
        is_given && names.iter().any(|name| name == last_name(&outer.callee))
    })
}

/// The loop has a turn for each of something: of elements, or of steps that a counter takes.
pub(crate) fn goes_through(kind: LoopKind, body: &Block) -> bool {
    match kind {
        LoopKind::Each | LoopKind::Receive => true,
        LoopKind::While => counts(body),
        LoopKind::Endless => false,
    }
}

/// `while (done < all) { …; done += 100; }`, and nothing else ends it.
fn counts(body: &Block) -> bool {
    let condition = body.iter().position(|node| !matches!(node, Node::Call(_)));
    let Some((Node::Branch { pred, .. }, turn)) = condition.and_then(|at| body[at..].split_first()) else {
        return false;
    };
    let Pred::Not(goes_on) = &**pred else { return false };
    let Pred::Opaque(compared) = &**goes_on else { return false };
    !may_stop(turn) && turn.iter().any(|node| is_step(node, compared))
}

fn is_step(node: &Node, compared: &[Value]) -> bool {
    let Node::Bind { target, value: Value::Binary(BinaryOp::Add | BinaryOp::Sub, left, right), .. } = node else {
        return false;
    };
    compared.contains(target) && **left == *target && matches!(**right, Value::Literal(Literal::Num(_)))
}

/// Something in the body of a loop ends it: that it worked, most likely.
pub(crate) fn may_stop(block: &[Node]) -> bool {
    walk::nodes(block).any(|node| matches!(node, Node::Return { .. } | Node::Break { .. }))
}

/// A loop body that always leaves after one iteration, or is left as soon as it worked: a retry.
pub(crate) fn leaves(body: &Block) -> bool {
    let mut nodes = body.iter();
    nodes.any(|node| match node {
        Node::Return { .. } | Node::Break { .. } => true,
        Node::Try { body, .. } => leaves(body),
        Node::Group(inner) | Node::Scope { body: inner, .. } => leaves(inner),
        Node::Branch { then, otherwise, .. } => leaves(then) && leaves(otherwise),
        Node::Match { arms, .. } => {
            let leaving = |arm: &Arm| leaves(&arm.body);
            arms.iter().any(|arm| is_success(&arm.pattern) && leaving(arm)) || arms.iter().all(leaving)
        }
        _ => false,
    })
}

/// `for attempt in range(3): … return answer`: a counter's loop that ends with what it was made for.
pub(crate) fn tries(program: &Program, file: u32, each: Option<&Value>, body: &Block) -> bool {
    let counted = |id: CallId| matches!(&program.facts(file).call(id).callee, Value::Global(name) if name == "range");
    matches!(each, Some(Value::Call(id)) if counted(*id)) && succeeds(body)
}

/// Some way through the block that no error leads to gives back more than that there is nothing.
fn succeeds(block: &Block) -> bool {
    let nothing = |value: &Value| match value {
        Value::Literal(literal) => matches!(literal, Literal::Null | Literal::Bool(false)),
        Value::List(items) => items.is_empty(),
        _ => false,
    };
    let after_error =
        |region: Region| matches!(region.node, Node::Try { body, .. } if !std::ptr::eq(body, region.block));
    let mut all = walk::nodes(block);
    while let Some(node) = all.next() {
        if matches!(node, Node::Return { value: Some(value), .. } if !nothing(value)) && !all.regions().any(after_error)
        {
            return true;
        }
    }
    false
}

/// `Ok(channel) => …`
fn is_success(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Name(name) if name.rsplit('.').next() == Some("Ok"))
}
