//! Numbers behind settings: constants, environment reads with defaults, conversions, arithmetic.
//!
//! What cannot be followed is no number. Knows no library by name: a call that is given the name of a
//! setting first reads the environment, whatever it is called.

use super::address::setting_read;
use super::callers::arguments;
use crate::catalog::schema::{Nothing, Setting};
use crate::catalog::words::servers::{
    CLAMPING, CONVERSIONS, LARGEST, NUMBER_FALLBACKS, NUMBER_KEEPING, ROUNDING, ROUNDING_DOWN, ROUNDING_UP, SMALLEST,
};
use crate::catalog::words::values::HELD_MEMBERS;
use crate::contexts::linked::Linked;
use crate::facts::returned;
use crate::facts::trail::{Step, Trail};
use crate::facts::{BinaryOp, Call, Chosen, Literal, Value};
use crate::finding::Place;
use crate::packages::settings::files::Files;
use crate::program::{CallRef, FnRef};
use crate::values::conditions::record_key;
use crate::values::eval::Ty;
use crate::values::follow::{At, behind, made, member, written};
use crate::values::passing::passed;

/// A number and where it is written, when that is elsewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// The largest, where conditions or callers decide.
    pub value: f64,
    /// The smallest.
    pub least: f64,
    /// Of the largest.
    pub place: Option<Place>,
}

impl Number {
    pub fn plain(value: f64) -> Self {
        Number { value, least: value, place: None }
    }

    fn at_most(self, other: Number) -> Number {
        let smaller = if other.value < self.value { other } else { self };
        Number { least: self.least.min(other.least), ..smaller }
    }

    fn at_least(self, other: Number) -> Number {
        let larger = if other.value > self.value { other } else { self };
        Number { least: self.least.max(other.least), ..larger }
    }

    /// As a conversion to a whole number leaves it.
    fn rounded(self, conversion: &str) -> Number {
        let whole: fn(f64) -> f64 = match conversion {
            _ if ROUNDING_DOWN.contains(&conversion) => f64::floor,
            _ if ROUNDING_UP.contains(&conversion) => f64::ceil,
            _ => |value| value,
        };
        Number { value: whole(self.value), least: whole(self.least), ..self }
    }

    /// This or that.
    fn or(self, other: Number) -> Number {
        let larger = if other.value > self.value { other } else { self };
        Number { least: self.least.min(other.least), ..larger }
    }
}

/// What a call bounds a number by.
#[derive(Debug, Clone, Copy)]
enum Bound {
    Most,
    Least,
    Between,
}

impl Bound {
    fn of(name: &str) -> Option<Bound> {
        match name {
            _ if SMALLEST.contains(&name) => Some(Bound::Most),
            _ if LARGEST.contains(&name) => Some(Bound::Least),
            _ if CLAMPING.contains(&name) => Some(Bound::Between),
            _ => None,
        }
    }
}

pub struct Numbers<'n, 'a> {
    pub project: &'n Linked<'a>,
    pub files: &'n Files,
    inside: Option<Inside<'n, 'a>>,
}

/// The call whose function's body is being worked out: its arguments alone stand for the parameters.
#[derive(Clone, Copy)]
struct Inside<'n, 'a> {
    function: FnRef,
    call: CallRef,
    caller: &'n Numbers<'n, 'a>,
}

impl<'n, 'a> Numbers<'n, 'a> {
    pub fn new(project: &'n Linked<'a>, files: &'n Files) -> Self {
        Numbers { project, files, inside: None }
    }

    /// What a setting is set to, as far as that is known; nothing when the value leaves it at its default.
    pub fn set(&self, row: &Setting, at: At<'a>) -> Option<Option<Number>> {
        if !self.is_null(at) {
            return Some(self.of(at));
        }
        match row.nothing {
            Some(Nothing::Default) => None,
            Some(Nothing::Unlimited) => Some(Some(Number::plain(f64::INFINITY))),
            None => Some(None),
        }
    }

    /// `None`, or a variable that is never anything else.
    fn is_null(&self, at: At<'a>) -> bool {
        let inner = behind(&self.project.program, at);
        at.value.is_null() || matches!(inner[..], [only] if only.value.is_null())
    }

    pub fn of(&self, at: At<'a>) -> Option<Number> {
        self.value(at, &Trail::default())
    }

    /// A value, seen from where it stands: in the body of a function it is another one for each call.
    fn step(&self, value: &Value) -> Step {
        let Step::Value(at) = Step::from(value) else { return Step::from(value) };
        self.inside.map_or(Step::Value(at), |inside| Step::Within(at, inside.call.file, inside.call.id))
    }

    fn value(&self, at: At<'a>, trail: &Trail) -> Option<Number> {
        let here = trail.step(self.step(at.value))?;
        match at.value {
            Value::Literal(Literal::Num(value)) => Some(Number::plain(*value)),
            Value::Literal(Literal::Str(text)) => Some(Number::plain(text.trim().parse().ok()?)),
            Value::Choice(values, chosen) => self.choice(at.f, (values, *chosen), &here),
            Value::Binary(op, left, right) => self.arithmetic(at.f, *op, left, right, &here),
            Value::Call(id) => self.call(at, CallRef { file: at.f.file, id: *id }, &here),
            Value::Record { .. } => self.declared(at, &here),
            _ => self.read(at).or_else(|| self.followed(at, &here)),
        }
    }

    /// A setting that is known decides; else any of the alternatives may hold. What is computed in a way that
    /// is not followed may be anything.
    fn choice(&self, f: FnRef, (values, chosen): (&'a [Value], Chosen), trail: &Trail) -> Option<Number> {
        let lost = |value: &'a Value| self.is_computed(f, value) && self.value(At { f, value }, trail).is_none();
        if values.iter().any(lost) {
            return None;
        }
        let mut known = values.iter().filter_map(|value| self.value(At { f, value }, trail));
        let first = known.next()?;
        let stands = |value: &'a Value| self.value(At { f, value }, trail).is_some() && self.is_told(f, value);
        match first.place {
            Some(place) if self.files.holds(place) => Some(first),
            _ if chosen == Chosen::FirstSet && first.least > 0.0 && values.first().is_some_and(stands) => Some(first),
            _ => Some(known.fold(first, Number::or)),
        }
    }

    /// What the program itself says, and no caller: it is never missing.
    fn is_told(&self, f: FnRef, value: &Value) -> bool {
        let Value::Var(var) = value.root() else { return false };
        let function = self.project.program.function(FnRef { file: f.file, id: var.function });
        function.params.iter().all(|param| param.local != var.local)
    }

    /// The result of arithmetic, or of a call that neither reads something by its name nor converts it.
    fn is_computed(&self, f: FnRef, value: &Value) -> bool {
        let facts = self.project.program.facts(f.file);
        let Value::Call(id) = value else { return matches!(value, Value::Binary(..)) };
        let data = facts.call(*id);
        let name = data.callee_name(facts).unwrap_or_default();
        let reads = data.positional(0).is_some_and(|arg| arg.value.as_str().is_some());
        !reads && !CONVERSIONS.contains(&name) && !NUMBER_KEEPING.contains(&name)
    }

    fn arithmetic(&self, f: FnRef, op: BinaryOp, left: &'a Value, right: &'a Value, trail: &Trail) -> Option<Number> {
        let left = self.value(At { f, value: left }, trail)?;
        let right = self.value(At { f, value: right }, trail)?;
        let (value, least) = match op {
            BinaryOp::Add => (left.value + right.value, left.least + right.least),
            BinaryOp::Sub => (left.value - right.least, left.least - right.value),
            BinaryOp::Mul => (left.value * right.value, left.least * right.least),
            BinaryOp::Div => (left.value / right.least, left.least / right.value),
            BinaryOp::FloorDiv => ((left.value / right.least).floor(), (left.least / right.value).floor()),
            BinaryOp::Power => (left.value.powf(right.value), left.least.powf(right.least)),
            BinaryOp::Range | BinaryOp::In | BinaryOp::Same | BinaryOp::Differs | BinaryOp::Other => return None,
        };
        let finite = value.is_finite() && least.is_finite();
        finite.then_some(Number { value, least, place: left.place.or(right.place) })
    }

    /// `{ default: 5, env: "POOL" }`: a setting as a schema declares it.
    fn declared(&self, at: At<'a>, trail: &Trail) -> Option<Number> {
        let variable = record_key(at.value, "env").and_then(Value::as_str);
        let real = variable.and_then(|name| self.variable(name, at.f));
        real.or_else(|| self.noted(At { f: at.f, value: record_key(at.value, "default")? }, trail))
    }

    /// The values behind a name, or that callers give for it; each remembers where it is written.
    fn followed(&self, at: At<'a>, trail: &Trail) -> Option<Number> {
        if let Some((inside, index)) = self.parameter(at) {
            let given = passed(&self.project.program, inside.call, inside.function, index);
            let from = FnRef { file: inside.call.file, id: self.project.program.call(inside.call).function };
            if let Some(value) = given {
                return inside.caller.noted(At { f: from, value }, trail);
            }
        }
        let others = behind(&self.project.program, at).into_iter().filter(|inner| !std::ptr::eq(inner.value, at.value));
        let own = others.take(3).filter_map(|inner| self.noted(inner, trail));
        let given = arguments(self.project, at).into_iter().take(8).filter_map(|inner| self.noted(inner, trail));
        own.chain(given).reduce(Number::or).or_else(|| self.held(at, trail))
    }

    /// `Sizes.MOST.value`
    fn held(&self, at: At<'a>, trail: &Trail) -> Option<Number> {
        let Value::Member(base, name) = at.value else { return None };
        let outer = At { f: at.f, value: base };
        (HELD_MEMBERS.contains(&name.as_str()) && matches!(**base, Value::Member(..)))
            .then(|| self.noted(outer, trail))?
    }

    /// The position of a parameter that the call which is looked into gives a value for.
    fn parameter(&self, at: At<'a>) -> Option<(Inside<'n, 'a>, usize)> {
        let inside = self.inside.filter(|inside| inside.function.file == at.f.file)?;
        let Value::Var(var) = at.value else { return None };
        let params = &self.project.program.function(inside.function).params;
        let own = var.function == inside.function.id && self.project.program.bound(at.f.file, *var).is_empty();
        params.iter().position(|param| own && param.local == var.local).map(|index| (inside, index))
    }

    fn noted(&self, at: At<'a>, trail: &Trail) -> Option<Number> {
        let mut number = self.value(at, trail)?;
        number.place = number.place.or_else(|| {
            let file = self.project.program.units[at.f.file as usize].source;
            written(&self.project.program, at).map(|span| Place { file, span })
        });
        Some(number)
    }

    /// `process.env.X`, `os.environ["X"]`.
    fn read(&self, at: At<'a>) -> Option<Number> {
        let (base, name) = match at.value {
            Value::Member(base, name) => (base, name.as_str()),
            Value::Index(base, key) => (base, key.as_str()?),
            _ => return None,
        };
        let environment = self.project.program.is_environment(at.f.file, base);
        environment.then(|| self.variable(name, at.f))?
    }

    fn variable(&self, name: &str, f: FnRef) -> Option<Number> {
        let from = &self.project.program.units[f.file as usize].path;
        let entry = self.files.variable(name, from)?;
        Some(Number { place: Some(entry.place), ..Number::plain(entry.text.trim().parse().ok()?) })
    }

    fn call(&self, At { f, value: at }: At<'a>, call: CallRef, trail: &Trail) -> Option<Number> {
        let data = self.project.program.call(call);
        let from = FnRef { file: call.file, id: data.function };
        if let Some(kept) = self.looked_up(from, data, trail) {
            return Some(kept);
        }
        if let Some(name) = setting_read(data) {
            let real = self.variable(&name, f);
            return real.or_else(|| self.fallback(from, data, trail));
        }
        let name = data.callee_name(self.project.program.facts(call.file)).unwrap_or_default();
        if let Value::Member(base, _) = &data.callee
            && NUMBER_FALLBACKS.contains(&name)
        {
            let own = self.value(At { f: from, value: base }, trail);
            return own.or_else(|| self.argument(from, data, 0, trail));
        }
        if name == "getattr" {
            return self.attribute(from, data, trail).or_else(|| self.argument(from, data, 2, trail));
        }
        if let Some(bound) = Bound::of(name) {
            return self.bounded(bound, from, data, trail);
        }
        if CONVERSIONS.contains(&name) || ROUNDING.contains(&name) {
            return self.argument(from, data, 0, trail).map(|number| number.rounded(name));
        }
        let kept = match &data.callee {
            Value::Member(base, method) if NUMBER_KEEPING.contains(&method.as_str()) => {
                self.value(At { f: from, value: base }, trail)
            }
            _ => None,
        };
        if kept.is_some() {
            return kept;
        }
        let own = self.returned(call, trail).or_else(|| self.named_default(from, data, trail));
        own.or_else(|| self.asked(At { f: from, value: at }, trail))
    }

    /// `LIMITS.get("pool", 150)`, of a record that is in sight: what it has under the key, or else the other argument.
    fn looked_up(&self, f: FnRef, data: &'a Call, trail: &Trail) -> Option<Number> {
        let Value::Member(record, method) = &data.callee else { return None };
        let key = data.positional(0).filter(|_| method == "get")?.value.as_str()?;
        let records = behind(&self.project.program, At { f, value: record });
        let kept = records.iter().filter_map(|at| Some(At { f: at.f, value: record_key(at.value, key)? }));
        let kept = kept.filter_map(|at| self.noted(at, trail)).reduce(Number::or);
        let lacks =
            |at: &At| matches!(at.value, Value::Record { open: false, .. }) && record_key(at.value, key).is_none();
        let lacking = !records.is_empty() && records.iter().all(lacks);
        kept.or_else(|| self.argument(f, data, 1, trail).filter(|_| lacking))
    }

    /// The attribute that a function reads by its name, where the object is known to have it.
    fn attribute(&self, f: FnRef, data: &'a Call, trail: &Trail) -> Option<Number> {
        let name = data.positional(1)?.value.as_str()?;
        let held = member(&self.project.program, f, &data.positional(0)?.value, name);
        held.into_iter().filter_map(|at| self.noted(at, trail)).reduce(Number::or)
    }

    /// `min(a, b)`, `Math.max(a, b)`, `a.clamp(low, high)`: known where all operands are.
    fn bounded(&self, bound: Bound, f: FnRef, data: &'a Call, trail: &Trail) -> Option<Number> {
        let receiver = match &data.callee {
            Value::Member(base, _) if !matches!(**base, Value::Global(_)) => Some(&**base),
            _ => None,
        };
        let operands = receiver.into_iter().chain(data.args.iter().map(|arg| &arg.value));
        let known: Option<Vec<Number>> = operands.map(|value| self.value(At { f, value }, trail)).collect();
        match (bound, known?.as_slice()) {
            (Bound::Between, [value, low, high]) => Some(value.at_least(*low).at_most(*high)),
            (Bound::Between, _) => None,
            (Bound::Most, all) => all.iter().copied().reduce(Number::at_most),
            (Bound::Least, all) => all.iter().copied().reduce(Number::at_least),
        }
    }

    /// A setting that a schema declares under a path.
    fn asked(&self, at: At<'a>, trail: &Trail) -> Option<Number> {
        let declared =
            made(&self.project.program, at).into_iter().filter(|it| matches!(it.value, Value::Record { .. }));
        declared.take(1).find_map(|it| self.value(it, trail))
    }

    /// The default beside a setting's name.
    fn fallback(&self, f: FnRef, data: &'a Call, trail: &Trail) -> Option<Number> {
        self.named_default(f, data, trail).or_else(|| self.argument(f, data, 1, trail))
    }

    fn named_default(&self, f: FnRef, data: &'a Call, trail: &Trail) -> Option<Number> {
        let arg = data.named("default").or_else(|| data.named("default_value"))?;
        self.value(At { f, value: &arg.value }, trail)
    }

    fn argument(&self, f: FnRef, data: &'a Call, index: usize, trail: &Trail) -> Option<Number> {
        let value = &data.positional(index)?.value;
        if let Value::Closure(id) = value {
            return self.body(FnRef { file: f.file, id: *id }, trail);
        }
        self.value(At { f, value }, trail)
    }

    /// A function of the project that gives one number.
    fn returned(&self, call: CallRef, trail: &Trail) -> Option<Number> {
        let data = self.project.program.call(call);
        match self.project.program.eval(FnRef { file: call.file, id: data.function }, &data.callee) {
            Ty::Fn(function) => {
                let inside = Some(Inside { function, call, caller: self });
                Numbers { project: self.project, files: self.files, inside }.body(function, trail)
            }
            _ => None,
        }
    }

    fn body(&self, f: FnRef, trail: &Trail) -> Option<Number> {
        let mut values = Vec::new();
        returned(&self.project.program.function(f).body, &mut values);
        match values.as_slice() {
            [only] => self.value(At { f, value: only }, trail),
            _ => None,
        }
    }
}
