//! What a call gives of the parameters on which something in the function depends.
//!
//! Knows how functions are called, and nothing of what they do with what they get.

use rustc_hash::FxHashMap;
use thin_vec::ThinVec;

use super::{Edge, Graph, Point};
use crate::facts::walk;
use crate::facts::{Literal, Node, Param, Pred, Value};
use crate::program::index::Bound;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::passing;

/// Of the watched parameters of a function, by index. What stands in neither list may be given or not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    /// Those that get something.
    sure: ThinVec<usize>,
    /// Those that get nothing, or a flag that is off.
    lacking: ThinVec<usize>,
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
    /// The parameters that some edge of the function depends on, by index.
    watched: FxHashMap<FnRef, Vec<usize>>,
}

impl<'p, 'a> Passing<'p, 'a> {
    pub fn new(program: &'p Program<'a>, graph: &'p Graph) -> Self {
        let mut watched: FxHashMap<FnRef, Vec<usize>> = FxHashMap::default();
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
        let more: Vec<(FnRef, usize)> = edges.flat_map(|edge| self.passed_on(edge)).collect();
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

    fn passed_on(&self, edge: &Edge) -> Vec<(FnRef, usize)> {
        let Some((call, callee)) = edge.call.zip(self.constructed_or_called(edge.to)) else { return Vec::new() };
        let params = self.watched.get(&callee).into_iter().flatten();
        let given = params.filter_map(|param| passing::passed(self.program, call, callee, *param));
        given.filter_map(|value| self.optional(call, value)).collect()
    }

    /// The parameter of the calling function that is passed on as it is, and is nothing where it is not given.
    fn optional(&self, call: CallRef, value: &Value) -> Option<(FnRef, usize)> {
        let f = FnRef { file: call.file, id: self.program.call(call).function };
        let param = plain_parameter(self.program, f, value)?;
        let default = self.program.function(f).params[param].default.as_ref();
        default.is_some_and(Value::is_null).then_some((f, param))
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
        for param in params.iter().copied() {
            let passed_on = passing::passed(self.program, call, f, param).and_then(|value| self.optional(call, value));
            let (sure, lacking) = match passed_on {
                Some((caller, param)) if from == Point::Fn(caller) => {
                    (own.sure.contains(&param), own.lacking.contains(&param))
                }
                _ => (self.gives(call, f, param), self.lacks(call, f, param)),
            };
            arguments.sure.extend(sure.then_some(param));
            arguments.lacking.extend(lacking.then_some(param));
        }
        arguments
    }

    /// The same without what the step gives under a condition only: `fetch(url, session if kept else None)`.
    pub fn without_doubtful(&self, edge: &Edge, arguments: &Arguments) -> Option<Arguments> {
        let (call, f) = (edge.call?, self.constructed_or_called(edge.to)?);
        let doubtful = |param: &usize| match passing::passed(self.program, call, f, *param) {
            Some(Value::Choice(values, _)) => values.iter().any(Value::is_null),
            _ => false,
        };
        let (lost, sure): (ThinVec<usize>, ThinVec<usize>) = arguments.sure.iter().copied().partition(doubtful);
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

    /// Whether the call passes something that may be a value for the parameter. A flag is given where it is true
    /// for sure.
    fn gives(&self, call: CallRef, f: FnRef, param: usize) -> bool {
        let given = passing::passed(self.program, call, f, param);
        if let Some(declared) = self.program.function(f).params.get(param).filter(|param| is_flag(param)) {
            return given.or(declared.default.as_ref()) == Some(&Value::Literal(Literal::Bool(true)));
        }
        given.is_some_and(|value| !value.is_null()) || self.spreads(call)
    }

    /// Whether the parameter is false or nothing for sure.
    fn lacks(&self, call: CallRef, f: FnRef, param: usize) -> bool {
        match told(self.program, self.graph, call, f, param) {
            Told::Nothing => true,
            Told::Value(value) => is_off(value),
            Told::Unknown => false,
        }
    }

    fn spreads(&self, call: CallRef) -> bool {
        self.program.call(call).args.iter().any(|arg| arg.spread)
    }
}

/// What a parameter is for one call.
enum Told<'a> {
    Value(&'a Value),
    Nothing,
    Unknown,
}

/// What calls a function that is handed over decides on its arguments.
fn told<'a>(program: &Program<'a>, graph: &Graph, call: CallRef, f: FnRef, param: usize) -> Told<'a> {
    if !is_direct(program, graph, call, f) || program.call(call).args.iter().any(|arg| arg.spread) {
        return Told::Unknown;
    }
    let default = program.function(f).params.get(param).and_then(|param| param.default.as_ref());
    match passing::passed(program, call, f, param).or(default) {
        Some(value) => Told::Value(value),
        None if program.semantics(f.file).lax_calls => Told::Nothing,
        None => Told::Unknown,
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
        Pred::Truthy(value) => match told(program, graph, call, f, plain_parameter(program, f, value)?) {
            Told::Nothing => Some(false),
            Told::Value(Value::Literal(Literal::Bool(true))) => Some(true),
            Told::Value(value) if is_lent(program, graph, call, value) => Some(true),
            Told::Value(value) => is_off(value).then_some(false),
            Told::Unknown => None,
        },
        Pred::Null(value) => match told(program, graph, call, f, plain_parameter(program, f, value)?) {
            Told::Nothing => Some(true),
            Told::Value(value) if is_lent(program, graph, call, value) => Some(false),
            Told::Value(value) => matches!(value, Value::Literal(_)).then(|| value.is_null()),
            Told::Unknown => None,
        },
        _ => None,
    }
}

/// Whether the function asks if it was given something for which the call names what may be there or not.
pub fn asks_whether_given(program: &Program, graph: &Graph, call: CallRef, f: FnRef) -> bool {
    let unknown = |value: &Value| {
        let param = plain_parameter(program, f, value).filter(|at| !is_flag(&program.function(f).params[*at]));
        let given = param.and_then(|at| passing::passed(program, call, f, at));
        given.is_some_and(|value| !matches!(value, Value::Literal(_)))
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

/// One part that is `ends` decides, else all of them have to be known.
fn joined(parts: impl Iterator<Item = Option<bool>>, ends: bool) -> Option<bool> {
    let parts: Vec<Option<bool>> = parts.collect();
    match parts.contains(&Some(ends)) {
        true => Some(ends),
        false => parts.iter().all(Option::is_some).then_some(!ends),
    }
}

/// The index of the parameter that the value is, where nothing else is ever assigned to it.
fn plain_parameter(program: &Program, f: FnRef, value: &Value) -> Option<usize> {
    let Value::Var(var) = value else { return None };
    let kept = var.function == f.id && program.bound(f.file, *var).is_empty();
    program.function(f).params.iter().position(|param| param.local == var.local).filter(|_| kept)
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

fn is_flag(param: &Param) -> bool {
    let written = param.ty.as_ref().is_some_and(|ty| matches!(ty.name.as_str(), "bool" | "boolean"));
    written || matches!(param.default, Some(Value::Literal(Literal::Bool(_))))
}
