//! What the chain that makes a receiver is made of, and what in it makes a release needless.
//!
//! `stream.pipe(takeUntil(this.done)).subscribe(f)` ends when `done` gives something, if anything makes it.
//! Names count wherever they stand; which of them mean what, the opener's row says. Knows no library.

use super::Effects;
use crate::catalog::schema::Opener;
use crate::catalog::words::effects::{STREAM_ENDS, STREAM_FLATTENING, STREAMS_WITH_END, STREAMS_WITHOUT_END};
use crate::facts::trail::Trail;
use crate::facts::{Arg, Call, CallId, CallKind, Value, hands_on, returned};
use crate::program::{CallRef, ClassRef, FnRef};

/// All that stands in a chain, arguments and written types included.
#[derive(Default)]
struct Chain {
    names: Vec<String>,
    calls: Vec<CallRef>,
    /// So many names and calls are of what comes before a stream without end that an operator goes on with: nothing of
    /// them ends that.
    passed: (usize, usize),
}

impl<'a> Effects<'_, 'a> {
    pub(crate) fn chain_fits(&self, call: CallRef, opener: &Opener) -> bool {
        opener.chain.is_empty() || {
            let chain = self.chain(call);
            opener.chain.iter().any(|wanted| match wanted.split_once(':') {
                Some((name, count)) => chain.calls.iter().any(|call| self.is_given(*call, name, count)),
                None => chain.names.contains(wanted),
            })
        }
    }

    /// A call of that name that has at least so many arguments.
    fn is_given(&self, call: CallRef, name: &str, count: &str) -> bool {
        let data = self.program.call(call);
        let named = data.callee_name(self.program.facts(call.file)) == Some(name);
        named && count.parse().is_ok_and(|count: usize| data.args.len() >= count)
    }

    pub(crate) fn chain_excuses(&self, call: CallRef, opener: &Opener) -> bool {
        if opener.unless_chain.is_empty() && opener.until.is_empty() && opener.r#while.is_empty() {
            return false;
        }
        let chain = self.chain(call);
        let asks = |call: &CallRef| {
            let name = self.program.call(*call).callee_name(self.program.facts(call.file));
            name.is_some_and(|name| opener.r#while.iter().any(|own| own == name))
        };
        let ends = |call: &CallRef| {
            self.waits(*call, opener) && !self.never_gives(*call, opener) || asks(call) && !self.always_holds(*call)
        };
        let (names, calls) = (&chain.names[chain.passed.0..], &chain.calls[chain.passed.1..]);
        opener.unless_chain.iter().any(|wanted| names.contains(wanted)) || calls.iter().any(ends)
    }

    /// All names in the chain that makes the receiver.
    pub fn chain_names(&self, call: CallRef) -> Vec<String> {
        self.chain(call).names
    }

    /// All calls in it, those behind the project's functions included.
    pub(crate) fn chain_calls(&self, call: CallRef) -> Vec<CallRef> {
        self.chain(call).calls
    }

    fn chain(&self, call: CallRef) -> Chain {
        let mut chain = Chain::default();
        match &self.program.call(call).callee {
            Value::Member(base, _) => self.collect(self.at(call), base, &Trail::default(), &mut chain),
            Value::Var(_) => self.collect_before(call, &mut chain),
            _ => {}
        }
        chain
    }

    /// For an operator, what it is given to, and the operators before it: `stream.pipe(first, operator)`.
    fn collect_before(&self, operator: CallRef, chain: &mut Chain) {
        let facts = self.program.facts(operator.file);
        let place = |data: &Call| data.args.iter().position(|arg| arg.value == Value::Call(operator.id));
        let piped = facts.calls.iter().find_map(|data| match &data.callee {
            Value::Member(base, _) => Some((base, &data.args[..place(data)?])),
            _ => None,
        });
        let Some((base, before)) = piped else { return };
        self.collect(self.at(operator), base, &Trail::default(), chain);
        for arg in before {
            let Value::Call(id) = arg.value else { continue };
            let call = CallRef { file: operator.file, id };
            chain.names.extend(self.program.call(call).callee_name(facts).map(str::to_string));
            chain.calls.push(call);
        }
    }

    fn collect(&self, from: FnRef, value: &'a Value, trail: &Trail, chain: &mut Chain) {
        let Some(here) = trail.step(value).filter(|_| chain.names.len() <= 200) else { return };
        match value {
            Value::Call(id) => self.collect_call(CallRef { file: from.file, id: *id }, &here, chain),
            Value::Member(base, name) => {
                chain.names.push(name.clone());
                self.collect(from, base, &here, chain);
                if let Some(getter) = self.program.getter(from, base, name) {
                    self.collect_returned(getter, &here, chain);
                } else {
                    self.collect_field(from, base, name, &here, chain);
                }
            }
            Value::Global(name) => chain.names.push(name.clone()),
            Value::Var(var) => {
                let local = self.program.facts(from.file).local(*var);
                chain.names.push(local.name.clone());
                chain.names.extend(local.ty.as_ref().map(|ty| ty.last_name().to_string()));
                for bound in self.program.bound(from.file, *var).iter().take(4) {
                    self.collect(FnRef { file: from.file, id: bound.function }, bound.value, &here, chain);
                }
            }
            Value::Index(base, _) | Value::Element(base) => self.collect(from, base, &here, chain),
            Value::Choice(values, _) | Value::List(values) => {
                values.iter().for_each(|v| self.collect(from, v, &here, chain))
            }
            _ => {}
        }
    }

    fn collect_field(&self, from: FnRef, base: &'a Value, name: &str, trail: &Trail, chain: &mut Chain) {
        let class = match base {
            Value::This => self.program.class_around(from),
            base => self.program.eval(from, base).class(),
        };
        let Some(class) = class else { return };
        let data = self.program.class(class);
        let scope = FnRef { file: class.file, id: data.function };
        for field in data.fields.iter().filter(|field| field.name == name) {
            chain.names.extend(field.ty.as_ref().map(|ty| ty.last_name().to_string()));
            if let Some(initial) = &field.value {
                self.collect(scope, initial, trail, chain);
            }
        }
        for (f, value) in self.program.field_values(class, name) {
            self.collect(f, value, trail, chain);
        }
    }

    fn collect_call(&self, call: CallRef, trail: &Trail, chain: &mut Chain) {
        let data: &'a Call = self.program.call(call);
        let from = self.at(call);
        chain.calls.push(call);
        self.collect(from, &data.callee, trail, chain);
        let goes_on = self.goes_on_behind(call, trail);
        for (at, arg) in data.args.iter().enumerate() {
            let ends = || self.named_of(from, &arg.value, STREAM_ENDS).is_some();
            if goes_on.is_none_or(|behind| at > behind || !ends()) {
                self.collect(from, &arg.value, trail, chain);
            }
            if goes_on == Some(at)
                && let Some((f, stream)) = self.endless_inner(from, &arg.value, trail)
            {
                chain.passed = (chain.names.len(), chain.calls.len());
                self.collect(f, stream, trail, chain);
            }
        }
        let target = self.project.graph.target(call);
        let functions = target.into_iter().flat_map(|t| t.functions.iter()).take(2);
        functions.for_each(|f| self.collect_returned(*f, trail, chain));
    }

    /// The last of the operators that a call is given which goes on with streams that do not end by themselves: what
    /// ends the stream before it leaves the one that it has gone over to.
    fn goes_on_behind(&self, call: CallRef, trail: &Trail) -> Option<usize> {
        let args = &self.program.call(call).args;
        args.iter().rposition(|arg| self.endless_inner(self.at(call), &arg.value, trail).is_some())
    }

    /// The stream that an operator goes on with, where that does not end by itself, and where it stands.
    fn endless_inner(&self, from: FnRef, operator: &Value, trail: &Trail) -> Option<(FnRef, &'a Value)> {
        let operator = self.named_of(from, operator, STREAM_FLATTENING)?;
        let Value::Closure(id) = self.program.call(operator).positional(0)?.value else { return None };
        self.endless_of(FnRef { file: from.file, id }, trail)
    }

    /// The stream without end that a function gives.
    fn endless_of(&self, f: FnRef, trail: &Trail) -> Option<(FnRef, &'a Value)> {
        self.program.given_by(f).into_iter().find_map(|value| self.endless(f, value, trail))
    }

    /// The stream without end that another one has gone over to by its last operator that does so, or that it is.
    fn endless(&self, from: FnRef, value: &'a Value, trail: &Trail) -> Option<(FnRef, &'a Value)> {
        let here = trail.step(value)?;
        if let Value::Choice(values, _) = value {
            return values.iter().find_map(|value| self.endless(from, value, &here));
        }
        if let Value::Call(id) = value {
            let call = CallRef { file: from.file, id: *id };
            let args = &self.program.call(call).args;
            let flattens = |value: &Value| self.named_of(from, value, STREAM_FLATTENING).is_some();
            let ends = |arg: &Arg| self.named_of(from, &arg.value, STREAMS_WITH_END).is_some();
            let last = args.iter().rposition(|arg| flattens(&arg.value));
            if let Some(at) = last.filter(|at| !args[at + 1..].iter().any(ends))
                && let Some(found) = self.endless_inner(from, &args[at].value, &here)
            {
                return Some(found);
            }
            let functions = self.project.graph.target(call).map_or(&[][..], |target| target.functions.as_slice());
            if let Some(found) = functions.iter().find_map(|f| self.endless_of(*f, &here)) {
                return Some(found);
            }
        }
        let mut chain = Chain::default();
        self.collect(from, value, trail, &mut chain);
        let holds = |words: &[&str]| chain.names.iter().any(|name| words.contains(&name.as_str()));
        (holds(STREAMS_WITHOUT_END) && !holds(STREAMS_WITH_END)).then_some((from, value))
    }

    /// The streams that the one which a call listens to goes on with, and that do not end by themselves.
    pub(crate) fn gone_over(&self, call: CallRef) -> Vec<(u32, &'a Value)> {
        let operators = |pipe: CallRef| {
            let args = self.program.call(pipe).args.iter();
            args.filter_map(move |arg| self.endless_inner(self.at(pipe), &arg.value, &Trail::default()))
        };
        self.chain_calls(call).into_iter().flat_map(operators).map(|(f, value)| (f.file, value)).collect()
    }

    /// The operator that should end the stream which a call listens to, and ends only what comes before another.
    pub(crate) fn outrun(&self, call: CallRef) -> Option<CallRef> {
        self.chain_calls(call).into_iter().find_map(|pipe| {
            let behind = self.goes_on_behind(pipe, &Trail::default())?;
            let before = self.program.call(pipe).args.iter().take(behind);
            before.into_iter().find_map(|arg| self.named_of(self.at(pipe), &arg.value, STREAM_ENDS))
        })
    }

    /// The call that a value is, of a function with one of the names.
    fn named_of(&self, from: FnRef, value: &Value, names: &[&str]) -> Option<CallRef> {
        let Value::Call(id) = value else { return None };
        let call = CallRef { file: from.file, id: *id };
        let name = self.program.call(call).callee_name(self.program.facts(from.file))?;
        names.contains(&name).then_some(call)
    }

    fn collect_returned(&self, f: FnRef, trail: &Trail, chain: &mut Chain) {
        let mut values = Vec::new();
        returned(&self.program.function(f).body, &mut values);
        values.into_iter().for_each(|value| self.collect(f, value, trail, chain));
    }

    /// The call is one of the operators that end the stream with another.
    fn waits(&self, call: CallRef, opener: &Opener) -> bool {
        let name = self.program.call(call).callee_name(self.program.facts(call.file)).unwrap_or_default();
        opener.until.iter().any(|until| until == name)
    }

    /// The operator waits for a field that the class makes for itself and does nothing else with.
    fn never_gives(&self, operator: CallRef, opener: &Opener) -> bool {
        let [signal] = self.program.call(operator).args.as_slice() else { return false };
        let Value::Member(base, field) = &signal.value else { return false };
        let Some(class) = self.program.class_around(self.at(operator)) else { return false };
        let values = self.program.field_values(class, field);
        let made = |(f, value): &(FnRef, &Value)| match value {
            Value::Call(id) => self.program.call(CallRef { file: f.file, id: *id }).kind == CallKind::New,
            _ => false,
        };
        let own = matches!(**base, Value::This) && !values.is_empty() && values.iter().all(made);
        own && !self.family(class).into_iter().any(|file| self.is_touched(file, field, opener))
    }

    /// The function that the operator asks gives a field of the class, which nothing sets to anything but a literal
    /// that counts as true.
    fn always_holds(&self, operator: CallRef) -> bool {
        let Some(Value::Closure(id)) = self.program.call(operator).positional(0).map(|arg| &arg.value) else {
            return false;
        };
        let from = self.at(operator);
        let given = self.program.given_by(FnRef { file: from.file, id: *id });
        let ([Value::Member(base, field)], Some(class)) = (given.as_slice(), self.program.class_around(from)) else {
            return false;
        };
        let declared = self.program.class(class).fields.iter().filter(|own| own.name == *field);
        let initial = declared.filter_map(|own| own.value.as_ref());
        let set = self.program.field_values(class, field).into_iter().map(|(_, value)| value);
        let mut values = initial.chain(set).peekable();
        let holds = |value: &Value| matches!(value, Value::Literal(literal) if super::arms::is_truthy(literal));
        **base == Value::This && values.peek().is_some() && values.all(holds)
    }

    fn family(&self, class: ClassRef) -> Vec<u32> {
        let above = self.program.ancestry(class).into_iter();
        let all = above.chain(self.program.descendants(class)).chain([class]);
        let mut files: Vec<u32> = all.map(|class| class.file).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// Something of the file takes a member of that name, otherwise than for such an operator: a method of it is
    /// called, or it is given away, alone or among others.
    fn is_touched(&self, file: u32, field: &str, opener: &Opener) -> bool {
        let facts = self.program.facts(file);
        let is = |value: &Value| value.holds(&|part| matches!(part, Value::Member(_, name) if name == field));
        let called = |call: &Call| matches!(&call.callee, Value::Member(base, name) if is(base) && !opener.unheard.contains(name));
        let touched = facts.calls.iter().enumerate().any(|(at, call)| {
            let touches = called(call) || call.args.iter().any(|arg| is(&arg.value));
            touches && !self.waits(CallRef { file, id: CallId(at as u32) }, opener)
        });
        touched || facts.functions.iter().any(|f| hands_on(&f.body, &mut |value| is(value)))
    }
}
