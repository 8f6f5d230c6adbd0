//! What a call gives of the parameters on which something in the function depends.
//!
//! Knows how functions are called, and nothing of what they do with what they get.

use rustc_hash::FxHashMap;
use thin_vec::ThinVec;

use super::{Edge, Graph, Point};
use crate::catalog::words::graph::SCALAR_TYPES;
use crate::catalog::words::release::{ASKING, AWAITED_STATEMENTS, STATEMENT_RUNS};
use crate::facts::walk;
use crate::facts::{Call, Literal, Node, Param, Pred, TypeRef, Value, VarRef};
use crate::program::index::Bound;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::passing::{self, Passed, Slot, plain_slot};

/// Of the watched slots of a function. What stands in neither list may be given or not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    /// Those that get something.
    sure: ThinVec<Slot>,
    /// Those that get nothing, or a flag that is off.
    lacking: ThinVec<Slot>,
}

impl Arguments {
    /// Whether the function comes to the edge.
    pub fn lead_to(&self, edge: &Edge) -> bool {
        !edge.missing.is_some_and(|param| self.sure.contains(&param))
            && !edge.present.is_some_and(|param| self.lacking.contains(&param))
    }
}

/// Reads what calls give.
pub struct Passing<'p, 'a> {
    program: &'p Program<'a>,
    graph: &'p Graph,
    /// The slots that some edge of the function depends on.
    watched: FxHashMap<FnRef, Vec<Slot>>,
}

impl<'p, 'a> Passing<'p, 'a> {
    pub fn new(program: &'p Program<'a>, graph: &'p Graph) -> Self {
        let mut watched: FxHashMap<FnRef, Vec<Slot>> = FxHashMap::default();
        for (from, edges) in &graph.edges {
            let f = match from {
                Point::Fn(f) => Some(*f),
                Point::Alloc(class) => program.constructor(*class).map(|(_, constructor)| constructor),
                Point::Site(_) => None,
            };
            let Some(f) = f else { continue };
            for param in edges.iter().flat_map(|edge| edge.missing.into_iter().chain(edge.present)) {
                let list = watched.entry(f).or_default();
                if !list.contains(&param) {
                    list.push(param);
                }
            }
        }
        let mut passing = Self { program, graph, watched };
        while passing.watch_what_is_passed_on() {}
        passing
    }

    /// What a function passes on for a watched parameter is watched, too, where it may be missing itself.
    fn watch_what_is_passed_on(&mut self) -> bool {
        let edges = self.graph.edges.values().flatten();
        let more: Vec<(FnRef, Slot)> = edges.flat_map(|edge| self.passed_on(edge)).collect();
        let mut grown = false;
        for (f, param) in more {
            let list = self.watched.entry(f).or_default();
            if !list.contains(&param) {
                list.push(param);
                grown = true;
            }
        }
        grown
    }

    fn passed_on(&self, edge: &Edge) -> Vec<(FnRef, Slot)> {
        let Some((call, callee)) = edge.call.zip(self.constructed_or_called(edge.to)) else { return Vec::new() };
        let params = self.watched.get(&callee).into_iter().flatten();
        params.filter_map(|slot| self.passes_on(call, callee, *slot)).collect()
    }

    /// The slot of the calling function that is passed on as it is, and is nothing where it is not given; alone, or in
    /// the record that the function was given itself.
    fn passes_on(&self, call: CallRef, callee: FnRef, slot: Slot) -> Option<(FnRef, Slot)> {
        let f = FnRef { file: call.file, id: self.program.call(call).function };
        let own = match passing::passed_in(self.program, call, callee, slot) {
            Passed::Value(value) => plain_slot(self.program, f, value)?,
            Passed::Unknown => {
                let whole = passing::passed(self.program, call, callee, slot.index())?;
                let whole = plain_slot(self.program, f, whole).filter(|own| own.key.is_none())?;
                Slot { key: slot.key, ..whole }
            }
            Passed::Nothing => return None,
        };
        let default = self.program.function(f).params[own.index()].default.as_ref();
        (own.key.is_some() || default.is_some_and(Value::is_null)).then_some((f, own))
    }

    /// What a step gives. An allocation hands its constructor what it was given itself.
    pub fn along(&self, from: Point, edge: &Edge, own: &Arguments) -> Arguments {
        let Some(f) = self.constructed_or_called(edge.to) else { return Arguments::default() };
        let Some(params) = self.watched.get(&f) else { return Arguments::default() };
        let Some(call) = edge.call else {
            let constructs = matches!(from, Point::Alloc(_)) && self.constructed_or_called(from) == Some(f);
            return if constructs { own.clone() } else { Arguments::default() };
        };
        let mut arguments = Arguments::default();
        for slot in params.iter().copied() {
            let known = |slot: &Slot| (own.sure.contains(slot), own.lacking.contains(slot));
            let (sure, lacking) = match self.passes_on(call, f, slot) {
                // Nothing says that the key of a record is there sometimes only.
                Some((caller, slot))
                    if from == Point::Fn(caller) && (slot.key.is_none() || known(&slot) != NEITHER) =>
                {
                    known(&slot)
                }
                _ => (self.gives(call, f, slot), self.lacks(call, f, slot)),
            };
            arguments.sure.extend(sure.then_some(slot));
            arguments.lacking.extend(lacking.then_some(slot));
        }
        arguments
    }

    /// The same without what the step gives under a condition only: `fetch(url, session if kept else None)`.
    pub fn without_doubtful(&self, edge: &Edge, arguments: &Arguments) -> Option<Arguments> {
        let (call, f) = (edge.call?, self.constructed_or_called(edge.to)?);
        let doubtful = |slot: &Slot| match passing::passed_in(self.program, call, f, *slot) {
            Passed::Value(Value::Choice(values, _)) => values.iter().any(Value::is_null),
            _ => false,
        };
        let (lost, sure): (ThinVec<Slot>, ThinVec<Slot>) = arguments.sure.iter().copied().partition(doubtful);
        let lacking = || arguments.lacking.iter().chain(&lost).copied().collect();
        (!lost.is_empty()).then(|| Arguments { sure, lacking: lacking() })
    }

    /// The function that a step runs with the arguments of its call.
    fn constructed_or_called(&self, to: Point) -> Option<FnRef> {
        match to {
            Point::Fn(f) => Some(f),
            Point::Alloc(class) => self.constructor(class),
            Point::Site(_) => None,
        }
    }

    fn constructor(&self, class: ClassRef) -> Option<FnRef> {
        self.program.constructor(class).map(|(_, constructor)| constructor)
    }

    /// Whether the call passes something that may be a value for the slot. A flag is given where it is true for sure.
    fn gives(&self, call: CallRef, f: FnRef, slot: Slot) -> bool {
        let given = match passing::passed_in(self.program, call, f, slot) {
            Passed::Value(value) => Some(value),
            Passed::Nothing | Passed::Unknown => None,
        };
        let declared = self.program.function(f).params.get(slot.index()).filter(|_| slot.key.is_none());
        if let Some(declared) = declared.filter(|param| is_flag(param)) {
            return given.or(declared.default.as_ref()) == Some(&Value::Literal(Literal::Bool(true)));
        }
        given.is_some_and(|value| !value.is_null()) || self.spreads(call)
    }

    /// Whether the slot is false or nothing for sure.
    fn lacks(&self, call: CallRef, f: FnRef, slot: Slot) -> bool {
        match told(self.program, self.graph, call, f, slot) {
            Passed::Nothing => true,
            Passed::Value(value) => is_off(value),
            Passed::Unknown => false,
        }
    }

    fn spreads(&self, call: CallRef) -> bool {
        self.program.call(call).args.iter().any(|arg| arg.spread)
    }
}

/// Neither given for sure nor lacking.
const NEITHER: (bool, bool) = (false, false);

/// What calls a function that is handed over decides on its arguments.
fn told<'a>(program: &Program<'a>, graph: &Graph, call: CallRef, f: FnRef, slot: Slot) -> Passed<'a> {
    if !is_direct(program, graph, call, f) || program.call(call).args.iter().any(|arg| arg.spread) {
        return Passed::Unknown;
    }
    let default = program.function(f).params.get(slot.index()).and_then(|param| param.default.as_ref());
    match (passing::passed_in(program, call, f, slot), default.filter(|_| slot.key.is_none())) {
        (Passed::Value(value), _) | (Passed::Nothing, Some(value)) => Passed::Value(value),
        (Passed::Nothing, None) if program.semantics(f.file).lax_calls => Passed::Nothing,
        (Passed::Nothing | Passed::Unknown, _) => Passed::Unknown,
    }
}

fn is_direct(program: &Program, graph: &Graph, call: CallRef, f: FnRef) -> bool {
    graph.target(call).is_some_and(|target| {
        let constructor = |class| program.constructor(class).map(|(_, constructor)| constructor);
        !target.by_name && target.functions.contains(&f) || target.class.and_then(constructor) == Some(f)
    })
}

/// Whether a predicate of the function holds when it is called so; nothing where that is not known.
pub fn decided(program: &Program, graph: &Graph, call: CallRef, f: FnRef, pred: &Pred) -> Option<bool> {
    let inner = |pred: &Pred| decided(program, graph, call, f, pred);
    match pred {
        Pred::Not(negated) => inner(negated).map(|holds| !holds),
        Pred::And(all) => joined(all.iter().map(inner), false),
        Pred::Or(all) => joined(all.iter().map(inner), true),
        Pred::Truthy(value) => match told(program, graph, call, f, plain_slot(program, f, value)?) {
            Passed::Nothing => Some(false),
            Passed::Value(Value::Literal(Literal::Bool(true))) => Some(true),
            Passed::Value(value) if is_lent(program, graph, call, value) => Some(true),
            Passed::Value(value) => is_off(value).then_some(false),
            Passed::Unknown => None,
        },
        Pred::Null(value) => match told(program, graph, call, f, plain_slot(program, f, value)?) {
            Passed::Nothing => Some(true),
            Passed::Value(value) if is_lent(program, graph, call, value) => Some(false),
            Passed::Value(value) => matches!(value, Value::Literal(_)).then(|| value.is_null()),
            Passed::Unknown => None,
        },
        _ => None,
    }
}

/// Whether the function asks if it was given something for which the call names what may be there or not.
pub fn asks_whether_given(program: &Program, graph: &Graph, call: CallRef, f: FnRef) -> bool {
    let unknown = |value: &Value| {
        let may_be_lent = |slot: &Slot| {
            let param = &program.function(f).params[slot.index()];
            slot.key.is_some() || !is_plain(param) && is_worked_with(program, f, param)
        };
        let slot = plain_slot(program, f, value).filter(may_be_lent);
        let given = slot.map(|slot| passing::passed_in(program, call, f, slot));
        matches!(given, Some(Passed::Value(value)) if !matches!(value, Value::Literal(_)))
    };
    fn asks(pred: &Pred, unknown: &dyn Fn(&Value) -> bool) -> bool {
        match pred {
            Pred::Not(inner) => asks(inner, unknown),
            Pred::And(all) | Pred::Or(all) => all.iter().any(|inner| asks(inner, unknown)),
            Pred::Truthy(value) | Pred::Null(value) => unknown(value),
            _ => false,
        }
    }
    walk::nodes(&program.function(f).body).any(|node| match node {
        Node::Branch { pred, .. } => asks(pred, &unknown) && decided(program, graph, call, f, pred).is_none(),
        _ => false,
    })
}

/// What several conditions say together: one part that is `ends` decides, else all of them have to be known.
pub(crate) fn joined(parts: impl Iterator<Item = Option<bool>>, ends: bool) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.collect();
    match parts.contains(&Some(ends)) {
        true => Some(ends),
        false => parts.iter().all(Option::is_some).then_some(!ends),
    }
}

/// What a call gives is what the function around was given to work with, `tx` of `transaction(async (tx) => …)`, or
/// has taken itself.
fn is_lent(program: &Program, graph: &Graph, call: CallRef, value: &Value) -> bool {
    let Value::Var(var) = value else { return false };
    let acquires = |id| graph.target(CallRef { file: call.file, id }).and_then(|target| target.gives);
    if let [Bound { value: Value::Call(id), .. }] = program.bound(call.file, *var) {
        return acquires(*id).is_some_and(|given| given.how == How::Acquired);
    }
    let around = FnRef { file: call.file, id: var.function };
    let first = program.function(around).params.first();
    let lender = || graph.target(program.handed_to(around)?)?.gives;
    first.is_some_and(|param| param.local == var.local) && lender().is_some_and(|given| given.how == How::Acquired)
}

fn is_off(value: &Value) -> bool {
    matches!(value, Value::Literal(Literal::Null | Literal::Bool(false)))
}

/// A text, a number, a time or a flag.
fn is_plain(param: &Param) -> bool {
    fn is_scalar(ty: &TypeRef) -> bool {
        match ty.name.as_str() {
            "|" | "Optional" | "Option" | "&" => ty.args.iter().all(is_scalar),
            name => SCALAR_TYPES.contains(&name),
        }
    }
    param.ty.as_ref().is_some_and(is_scalar) || is_flag(param)
}

fn is_flag(param: &Param) -> bool {
    let written = param.ty.as_ref().is_some_and(|ty| matches!(ty.name.as_str(), "bool" | "boolean"));
    written || matches!(param.default, Some(Value::Literal(Literal::Bool(_))))
}

/// The function calls something on it or gives it on, and does more than to ask for it and to name it in its statements.
fn is_worked_with(program: &Program, f: FnRef, param: &Param) -> bool {
    let own = Value::Var(VarRef { function: f.id, local: param.local });
    let states = |name: &str| [ASKING, AWAITED_STATEMENTS, STATEMENT_RUNS].iter().any(|words| words.contains(&name));
    // Behind the text of a statement stand its values.
    let given = |call: &Call| {
        let states = matches!(&call.callee, Value::Member(_, name) if states(name));
        call.args.iter().take(if states { 1 } else { call.args.len() }).any(|arg| arg.value == own)
    };
    let calls = |call: &Call| *call.callee.root() == own || given(call);
    let chosen = |value: &Value| match value {
        Value::Choice(values, _) => values.contains(&own),
        value => *value == own,
    };
    let kept = |node: &Node| match node {
        Node::Bind { value, .. } => chosen(value),
        Node::Return { value: Some(value), .. } => chosen(value),
        _ => false,
    };
    program.calls_within(f).any(calls) || walk::nodes(&program.function(f).body).any(kept)
}
