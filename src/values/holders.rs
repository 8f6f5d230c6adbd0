//! What holds a fresh value: objects that are made around it, and containers that it is put into.
//!
//! Knows the words of the languages' own containers and locks, and no library.

use super::calls::How;
use super::eval::Ty;
use super::flow::Flow;
use super::sites::last_name;
use super::types::is_wrapper;
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::catalog::words::values::{BUILDER_ENDS, PRESERVING, STORING};
use crate::catalog::words::values::{CELL_OPENING, CONTENT_MAPS};
use crate::facts::walk;
use crate::facts::{Block, Call, CallId, CallKind, FnId, Language, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};

impl<'a> Flow<'_, 'a> {
    /// A call that gives an object around the fresh thing.
    pub(crate) fn makes_holder(&self, id: CallId, data: &'a Call) -> bool {
        let call = CallRef { file: self.f.file, id };
        if self.goes_on(data) || self.is_future(call, data) {
            return true;
        }
        if !data.args.iter().any(|arg| self.holds(&arg.value)) {
            return self.maps_into(data);
        }
        let same = || self.program.target(call).gives.is_some_and(|given| given.how == How::Same);
        let wraps = || same() || self.program.wrapped_by(call).is_some_and(|inner| self.holds(inner));
        matches!(data.kind, CallKind::New | CallKind::Struct)
            || self.is_class_call(data)
            || wraps()
            || self.makes_object(call, data)
            || self.is_wrapped_by(call, data)
    }

    /// A builder that was given it goes on, or builds: `with(…)`, `max_size(…)`, `build()`. In Rust, what is around
    /// it is unwrapped, passed on or mapped, too: `kept.map_err(…)`, `kept.into()`.
    fn goes_on(&self, data: &'a Call) -> bool {
        let Value::Member(base, name) = &data.callee else { return false };
        let passes = PRESERVING.contains(&name.as_str()) || CONTENT_MAPS.contains(&name.as_str());
        if self.is_rust() && (passes || goes_on_building(name)) {
            return !self.is_alias(base) && self.holds(base);
        }
        goes_on_building(name)
            && matches!(**base, Value::Call(inner) if self.makes_holder(inner, self.program.facts(self.f.file).call(inner)))
    }

    fn is_rust(&self) -> bool {
        self.program.language(self.f.file) == Language::Rust
    }

    /// In Rust a function that nobody waits for has not run: its future holds what it was given.
    fn is_future(&self, call: CallRef, data: &'a Call) -> bool {
        if !self.is_rust() || data.awaited {
            return false;
        }
        let target = self.program.target(call);
        let later = |g: &FnRef| self.program.function(*g).flags.is_async;
        let base = match &data.callee {
            Value::Member(base, _) => Some(&**base),
            _ => None,
        };
        !target.by_name
            && !target.functions.is_empty()
            && target.functions.iter().all(later)
            && data.args.iter().map(|arg| &arg.value).chain(base).any(|value| self.holds(value))
    }

    /// `opened.map(Kept::New)`, `opened.map(|line| Kept { line })`: an object is made around what there was.
    fn maps_into(&self, data: &'a Call) -> bool {
        let Value::Member(base, name) = &data.callee else { return false };
        self.program.maps_option(self.f, name)
            && data.args.iter().any(|arg| self.makes_around(&arg.value))
            && self.holds(base)
    }

    /// A class or its variant, or a closure that builds something around its parameter.
    fn makes_around(&self, value: &Value) -> bool {
        let Value::Closure(id) = value else { return self.names_class(value) };
        let facts = self.program.facts(self.f.file);
        let closure = facts.function(*id);
        let Some(param) = closure.params.first() else { return false };
        let param = Value::Var(VarRef { function: *id, local: param.local });
        let values = self.program.given_by(FnRef { file: self.f.file, id: *id });
        values.into_iter().any(|value| self.is_built_around(value, &param))
    }

    fn is_built_around(&self, value: &Value, part: &Value) -> bool {
        let Value::Call(id) = value else { return false };
        let call = self.program.facts(self.f.file).call(*id);
        (call.kind == CallKind::Struct || self.is_class_call(call))
            && call.args.iter().any(|arg| arg.value == *part || self.is_built_around(&arg.value, part))
    }

    /// The function called does nothing but build an object around what it is given.
    fn is_wrapped_by(&self, call: CallRef, data: &Call) -> bool {
        let [f] = self.program.target(call).functions[..] else { return false };
        let given = data.args.iter().position(|arg| self.is_alias(&arg.value));
        let Some(param) = given.and_then(|at| self.program.function(f).params.get(at)) else { return false };
        let param = Value::Var(VarRef { function: f.id, local: param.local });
        let facts = self.program.facts(f.file);
        let values = self.program.given_by(f);
        values.into_iter().any(|value| {
            let mut value = value;
            while let Value::Call(id) = value {
                let call = facts.call(*id);
                if last_name(&call.callee) == "new" && call.args.iter().any(|arg| arg.value == param) {
                    return true;
                }
                let Value::Member(base, _) = &call.callee else { return false };
                value = base;
            }
            false
        })
    }

    /// `Self::with_client(client)`: another way of the class to make its objects.
    fn makes_object(&self, call: CallRef, data: &'a Call) -> bool {
        let Value::Member(base, _) = &data.callee else { return false };
        let Ty::Class(class) = self.program.eval(self.f, base) else { return false };
        self.program.call_result(call) == Ty::Instance(class) && !self.is_borrowed_by(call, data)
    }

    /// `Note::load(&mut connection, id)`: the function takes a reference, and what it returns is not built around that.
    fn is_borrowed_by(&self, call: CallRef, data: &Call) -> bool {
        let [f] = self.program.target(call).functions[..] else { return false };
        let Some(at) = data.args.iter().position(|arg| self.is_alias(&arg.value)) else { return false };
        let function = self.program.function(f);
        let Some(param) = function.params.get(at).filter(|param| self.is_rust() && !param.by_value) else {
            return false;
        };
        let param = Value::Var(VarRef { function: f.id, local: param.local });
        let values = self.program.given_by(f);
        let kept = |value: &Value| self.is_put_into_object(f, value, &param);
        !values.is_empty() && !values.into_iter().any(kept)
    }

    /// The value is an object with the part among what it is made of, as it is written or by way of a variable.
    fn is_put_into_object(&self, f: FnRef, value: &Value, part: &Value) -> bool {
        match value {
            Value::Call(id) => {
                let call = self.program.facts(f.file).call(*id);
                let named = last_name(&call.callee);
                let makes = call.kind == CallKind::Struct || named == "new" || named.starts_with(char::is_uppercase);
                makes && call.args.iter().any(|arg| arg.value == *part || self.is_put_into_object(f, &arg.value, part))
            }
            Value::Record { entries, .. } => {
                entries.iter().any(|entry| entry.value == *part || self.is_put_into_object(f, &entry.value, part))
            }
            Value::Var(var) => {
                let bound = self.program.bound(f.file, *var).iter().map(|bound| bound.value);
                bound
                    .into_iter()
                    .any(|value| !matches!(value, Value::Var(_)) && self.is_put_into_object(f, value, part))
            }
            _ => false,
        }
    }

    fn is_class_call(&self, data: &Call) -> bool {
        self.names_class(&data.callee)
            || last_name(&data.callee) == "new"
            || self.is_around(data)
            || self.program.own_class(FnRef { file: self.f.file, id: data.function }, &data.callee).is_some()
    }

    /// `Box::pin(opening)`, `Sink::from_service(service)`: a type is asked for one around it.
    fn is_around(&self, data: &Call) -> bool {
        let Value::Member(base, name) = &data.callee else { return false };
        let named = name.starts_with("from_") || name.starts_with("new_");
        self.is_rust() && (is_wrapper(self.class_name(base)) || named && self.names_class(base))
    }

    fn names_class(&self, value: &Value) -> bool {
        self.class_name(value).starts_with(|c: char| c.is_ascii_uppercase())
    }

    fn class_name<'v>(&'v self, value: &'v Value) -> &'v str {
        match value {
            Value::Var(var) => &self.program.facts(self.f.file).local(*var).name,
            _ => last_name(value),
        }
    }

    /// A call keeps the fresh thing: it stores it (`set`, `push`), or runs a function of the project that does.
    pub(crate) fn call_keeps(&self, id: CallId) -> bool {
        let data = self.program.facts(self.f.file).call(id);
        let root_local =
            matches!(data.callee.root(), Value::Var(var) if self.inside(var.function) && !self.is_param(*var));
        let own = root_local && !self.is_behind_lock(data.callee.root());
        let keeps = || stores(data) && !own || self.answers_requests(id);
        data.args.iter().any(|arg| self.holds(&arg.value)) && keeps() || self.is_put_away(id, data)
    }

    /// What the call is given answers requests from then on: a handler, the options of a middleware.
    fn answers_requests(&self, id: CallId) -> bool {
        let target = self.program.target(CallRef { file: self.f.file, id });
        let mut handovers = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
        handovers.any(|row| self.program.catalog.handover(*row).run == Run::Request)
    }

    /// `setClient(client)`: the function called puts what it is given into something that was there before.
    fn is_put_away(&self, id: CallId, data: &Call) -> bool {
        let Some(at) = data.args.iter().position(|arg| arg.name.is_none() && self.is_alias(&arg.value)) else {
            return false;
        };
        let target = self.program.target(CallRef { file: self.f.file, id });
        let [g] = target.functions[..] else { return false };
        let function = self.program.function(g);
        let param = function.params.iter().filter(|param| param.kind == ParamKind::Normal).nth(at);
        let given = param.map(|param| Value::Var(VarRef { function: g.id, local: param.local }));
        !target.by_name && given.is_some_and(|given| puts_away(&function.body, g.id, &given))
    }

    /// The variable is a guard of something that was there before: `let mut kept = self.kept.lock()`.
    fn is_behind_lock(&self, value: &Value) -> bool {
        let Value::Var(guard) = value else { return false };
        let [only] = self.program.bound(self.f.file, *guard) else { return false };
        let (mut value, mut opened) = (only.value, false);
        while let Value::Call(id) = value {
            let call = self.program.facts(self.f.file).call(*id);
            let Value::Member(base, name) = &call.callee else { return false };
            opened |= CELL_OPENING.contains(&name.as_str());
            value = base;
        }
        let before = match value.root() {
            Value::This => true,
            Value::Var(var) => !self.inside(var.function) || self.is_param(*var),
            _ => false,
        };
        opened && before
    }
}

/// A value becomes what a variable, field or key outside of the function holds.
fn puts_away(block: &Block, g: FnId, given: &Value) -> bool {
    let outside = |target: &Value| match target.root() {
        Value::Var(var) => var.function != g,
        root => matches!(root, Value::This | Value::Global(_)) && root != target,
    };
    walk::binds(block).any(|bind| bind.value == given && outside(bind.target))
}

/// `with(…)`, `max_size(…)`, `build()`: a builder, or what comes of it.
pub(crate) fn goes_on_building(method: &str) -> bool {
    method.starts_with("with") || method.starts_with("max_") || BUILDER_ENDS.contains(&method)
}

/// A call that keeps what it is given.
pub(crate) fn stores(data: &Call) -> bool {
    STORING.contains(&last_name(&data.callee))
}
