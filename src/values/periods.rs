//! How often the clock runs something, and how long a wait lasts.
//!
//! Numbers with units, durations, and timetables in words, as calls are told them; behind names, settings with a
//! default, and getters. What cannot be read is no length. Knows no library by name.

use super::follow::{At, behind, made, returned_by};
use super::gates::member_names;
use super::passing::passed;
use crate::catalog::words::values::{
    DAYS, DURATION_READS, ENVIRONMENTS, FALLBACKS, HOURS, MICROSECONDS, MILLISECONDS, MINUTES, NANOSECONDS,
    NUMBER_CONVERSIONS, PERIODS, POWERS, PRESERVING, SECONDS, WEEKS,
};
use crate::facts::{Arg, BinaryOp, Call, CallId, FnKind, Literal, Param, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// Seconds, below which the clock comes round so soon that a connection would best be kept.
const SHORT: f64 = 60.0;
const UNITS: [(&[&str], f64); 8] = [
    (NANOSECONDS, 1e-9),
    (MICROSECONDS, 1e-6),
    (MILLISECONDS, 1e-3),
    (SECONDS, 1.0),
    (MINUTES, 60.0),
    (HOURS, 3600.0),
    (DAYS, 86_400.0),
    (WEEKS, 604_800.0),
];

/// Whole seconds of a time that is short; at least one.
pub fn short(seconds: f64) -> Option<u32> {
    (seconds < SHORT).then_some(seconds.max(1.0) as u32)
}

/// What the call says of how often the clock runs what it is given. `unit`: the seconds in a bare number.
pub fn period(program: &Program, call: CallRef, unit: Option<f64>) -> Option<f64> {
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let mut lengths = Lengths { program, seen: Vec::new() };
    lengths.told(f, data, unit).or_else(|| lengths.chained(f, &data.callee))
}

/// The time that a value tells. `unit`: the seconds in a bare number.
pub fn length<'a>(program: &Program<'a>, at: At<'a>, unit: Option<f64>) -> Option<f64> {
    Lengths { program, seen: Vec::new() }.of(at, unit)
}

/// How long the call waits: as it is told, or as the timer was that it waits for.
pub fn waits(program: &Program, f: FnRef, id: CallId) -> Option<f64> {
    let unit = Some(program.language(f.file).semantics().wait_unit);
    let data = program.facts(f.file).call(id);
    let mut lengths = Lengths { program, seen: Vec::new() };
    if !data.args.is_empty() {
        return lengths.told(f, data, unit);
    }
    let Value::Member(base, _) = &data.callee else { return None };
    match program.deref(f, base) {
        Value::Call(timer) => lengths.told(f, program.facts(f.file).call(*timer), unit),
        _ => None,
    }
}

/// The seconds in the unit of time that a word names.
pub fn unit_of(word: &str) -> Option<f64> {
    UNITS.iter().find(|(words, _)| words.contains(&word)).map(|(_, seconds)| *seconds)
}

struct Lengths<'p, 'a> {
    program: &'p Program<'a>,
    /// Each value is read once: what stands for itself has no length.
    seen: Vec<*const Value>,
}

impl<'a> Lengths<'_, 'a> {
    /// The arguments that are named by a unit, else the first that has a length.
    fn told(&mut self, f: FnRef, data: &'a Call, unit: Option<f64>) -> Option<f64> {
        let parts: Vec<Option<f64>> = data.args.iter().filter_map(|arg| self.part(f, arg)).collect();
        if !parts.is_empty() {
            return parts.into_iter().sum();
        }
        let says = |arg: &&Arg| arg.name.as_deref().is_none_or(|name| PERIODS.contains(&name));
        data.args.iter().filter(says).find_map(|arg| match &arg.value {
            Value::Record { entries, .. } => {
                let units = entries.iter().filter_map(|entry| Some((unit_of(&entry.key)?, &entry.value)));
                let units: Vec<(f64, &Value)> = units.collect();
                match units.is_empty() {
                    true => {
                        // In which unit a bare number is, the key does not say.
                        let mut told = entries.iter().filter(|entry| PERIODS.contains(&entry.key.as_str()));
                        told.find_map(|entry| self.of(At { f, value: &entry.value }, None))
                    }
                    false => units.into_iter().map(|(unit, value)| self.of(At { f, value }, Some(unit))).sum(),
                }
            }
            value => self.of(At { f, value }, unit),
        })
    }

    /// `seconds=5`; `second="*/5"`.
    fn part(&mut self, f: FnRef, arg: &'a Arg) -> Option<Option<f64>> {
        let name = arg.name.as_deref()?;
        match (unit_of(name), &arg.value) {
            (Some(1.0), Value::Literal(Literal::Str(field))) => Some(seconds_field(field)),
            (Some(unit), value) => Some(self.of(At { f, value }, Some(unit))),
            (None, _) => None,
        }
    }

    /// `every(5).seconds.do`, `every(5.seconds()).run`, `every().second.do`.
    fn chained(&mut self, f: FnRef, callee: &'a Value) -> Option<f64> {
        let Value::Member(base, name) = callee else { return None };
        if let Some(unit) = unit_of(name) {
            return self.times(f, base, unit);
        }
        match &**base {
            Value::Call(id) => {
                let data = self.program.facts(f.file).call(*id);
                self.told(f, data, None).or_else(|| self.chained(f, &data.callee))
            }
            base => self.chained(f, base),
        }
    }

    fn times(&mut self, f: FnRef, base: &'a Value, unit: f64) -> Option<f64> {
        match base {
            Value::Call(id) => match self.program.facts(f.file).call(*id).args.first() {
                Some(arg) => self.of(At { f, value: &arg.value }, Some(unit)),
                None => Some(unit),
            },
            value => self.of(At { f, value }, Some(unit)),
        }
    }

    fn of(&mut self, at: At<'a>, unit: Option<f64>) -> Option<f64> {
        if self.seen.contains(&std::ptr::from_ref(at.value)) {
            return None;
        }
        self.seen.push(at.value);
        let length = self.length(at, unit);
        self.seen.pop();
        length
    }

    fn length(&mut self, at: At<'a>, unit: Option<f64>) -> Option<f64> {
        if let Value::Element(range) = at.value
            && let Some(end) = self.end_of_range(at.f, range)
        {
            return Some(self.of(end, unit)? - unit?);
        }
        if let Value::Element(list) | Value::Index(list, _) = at.value
            && let Value::List(items) = self.program.deref(at.f, list)
        {
            return self.longest(items.iter().map(|value| At { f: at.f, value }), unit);
        }
        match at.value {
            Value::Literal(Literal::Num(number)) => Some(number * unit?),
            Value::Literal(Literal::Str(text)) => self.text(text, unit),
            Value::Binary(op, left, right) => self.sum(at.f, *op, (left, right), unit),
            Value::Choice(values, _) => {
                let known = values.iter().filter(|value| !is_setting(self.program, at.f, value));
                let known: Vec<&Value> = known.collect();
                self.longest(known.into_iter().map(|value| At { f: at.f, value }), unit)
            }
            Value::Call(id) => self.call(at, *id, unit),
            Value::Var(_) | Value::Member(..) | Value::Index(..) | Value::Element(_) | Value::Module(_) => {
                let values = self.behind(at);
                match (values.is_empty(), at.value) {
                    (true, Value::Member(_, name)) => words_length(name),
                    (true, _) => None,
                    (false, _) => self.longest(values.into_iter(), unit),
                }
            }
            _ => None,
        }
    }

    /// What the numbers of a range stay below.
    fn end_of_range(&self, f: FnRef, range: &'a Value) -> Option<At<'a>> {
        match self.program.deref(f, range) {
            Value::Binary(BinaryOp::Range, _, end) => Some(At { f, value: end }),
            _ => None,
        }
    }

    fn text(&self, text: &str, unit: Option<f64>) -> Option<f64> {
        let number = text.trim().parse::<f64>().ok();
        number.map_or_else(|| text_length(text), |number| Some(number * unit?))
    }

    /// All have one.
    fn longest(&mut self, values: impl Iterator<Item = At<'a>>, unit: Option<f64>) -> Option<f64> {
        let lengths: Vec<Option<f64>> = values.map(|at| self.of(at, unit)).collect();
        lengths.into_iter().reduce(|one, other| Some(one?.max(other?))).flatten()
    }

    /// The values that a name stands for: of a parameter, what it is given as well as its default; of a getter, what
    /// it gives.
    fn behind(&self, at: At<'a>) -> Vec<At<'a>> {
        let program = self.program;
        match at.value {
            Value::Var(var) => behind(program, at).into_iter().chain(self.handed(at.f, *var)).collect(),
            Value::Member(base, name) => {
                let class = program.eval(at.f, base).class();
                let getter = class.and_then(|class| program.find_method(class, name));
                let getter = getter.filter(|getter| program.function(*getter).kind == FnKind::Getter);
                match getter {
                    Some(getter) => {
                        let given = program.given_by(getter);
                        given.into_iter().map(|value| At { f: getter, value }).collect()
                    }
                    None => behind(program, at),
                }
            }
            _ => behind(program, at),
        }
    }

    fn handed(&self, f: FnRef, var: VarRef) -> Vec<At<'a>> {
        let owner = FnRef { file: f.file, id: var.function };
        let own = |param: &Param| param.local == var.local && param.kind == ParamKind::Normal;
        let Some(index) = self.program.function(owner).params.iter().position(own) else { return Vec::new() };
        let calls = self.program.product_calls(owner).unwrap_or_default();
        let given = calls.into_iter().filter_map(|call| {
            let value = passed(self.program, call, owner, index)?;
            Some(At { f: FnRef { file: call.file, id: self.program.call(call).function }, value })
        });
        given.collect()
    }

    fn sum(&mut self, f: FnRef, op: BinaryOp, sides: (&'a Value, &'a Value), unit: Option<f64>) -> Option<f64> {
        let (left, right) = (At { f, value: sides.0 }, At { f, value: sides.1 });
        let plain = Some(1.0);
        match op {
            BinaryOp::Add => Some(self.of(left, unit)? + self.of(right, unit)?),
            BinaryOp::Sub => Some(self.of(left, unit)? - self.of(right, unit)?),
            BinaryOp::Mul => Some(self.of(left, unit)? * self.of(right, plain)?),
            BinaryOp::Div | BinaryOp::FloorDiv => Some(self.of(left, unit)? / self.of(right, plain)?),
            BinaryOp::Power => Some(self.of(left, plain)?.powf(self.of(right, plain)?) * unit?),
            // No longer than its end.
            BinaryOp::Range => self.of(right, unit),
            _ => None,
        }
    }

    fn call(&mut self, at: At<'a>, id: CallId, unit: Option<f64>) -> Option<f64> {
        let facts = self.program.facts(at.f.file);
        let data = facts.call(id);
        let name = data.callee_name(facts)?;
        let first = data.args.first().map(|arg| At { f: at.f, value: &arg.value });
        let receiver = match &data.callee {
            Value::Member(base, _) => Some(At { f: at.f, value: base }),
            _ => None,
        };
        if let Some(unit) = unit_of(name) {
            return self.of(first.or(receiver)?, Some(unit));
        }
        if let (true, Some(base), Some(exponent)) = (POWERS.contains(&name), receiver, first) {
            return self.sum(at.f, BinaryOp::Power, (base.value, exponent.value), unit);
        }
        if NUMBER_CONVERSIONS.contains(&name) || FALLBACKS.contains(&name) {
            return self.of(first?, unit);
        }
        if DURATION_READS.contains(&name) || PRESERVING.contains(&name) {
            return self.of(receiver?, unit);
        }
        if is_setting(self.program, at.f, at.value) {
            return self.of(At { f: at.f, value: &data.positional(1)?.value }, unit);
        }
        let own = made(self.program, at);
        let own = if own.is_empty() { returned_by(self.program, At { f: at.f, value: &data.callee }) } else { own };
        match own.is_empty() {
            true => self.told(at.f, data, None),
            false => self.longest(own.into_iter(), unit),
        }
    }
}

/// A variable of the environment: `process.env.EVERY`, `os.environ.get("EVERY", "5")`.
fn is_setting(program: &Program, f: FnRef, value: &Value) -> bool {
    let mut at = value;
    while let Value::Call(id) = at {
        at = &program.facts(f.file).call(*id).callee;
    }
    member_names(at).any(|name| ENVIRONMENTS.contains(&name))
}

/// `*/5 * * * * *`, `5s`, `every 5 seconds`.
fn text_length(text: &str) -> Option<f64> {
    timetable(text).or_else(|| words_length(text))
}

/// A timetable of six fields or more has one for the seconds: the first, or else the last.
fn timetable(text: &str) -> Option<f64> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let any = |fields: &[&str]| fields.iter().all(|field| matches!(*field, "*" | "?"));
    match fields.as_slice() {
        [first, rest @ ..] if matches!(rest.len(), 5 | 6) && any(rest) => seconds_field(first),
        [rest @ .., last] if rest.len() == 5 && any(rest) => seconds_field(last),
        _ => None,
    }
}

/// How many seconds lie between two that the field means.
fn seconds_field(field: &str) -> Option<f64> {
    match field.split_once('/') {
        _ if field == "*" => Some(1.0),
        Some((_, step)) => step.parse().ok(),
        None => Some(SHORT / field.split(',').count() as f64),
    }
}

/// `5s`, `EVERY_5_SECONDS`, `@every 5s`.
fn words_length(text: &str) -> Option<f64> {
    let text = text.to_ascii_lowercase();
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !matches!(*word, "" | "every"));
    let (first, unit) = (words.next()?, words.next());
    let digits = first.find(|c: char| !c.is_ascii_digit()).unwrap_or(first.len());
    let (number, glued) = first.split_at(digits);
    let unit = unit_of(if glued.is_empty() { unit? } else { glued })?;
    match number {
        "" => text.starts_with("every").then_some(unit),
        number => Some(number.parse::<f64>().ok()? * unit),
    }
}
