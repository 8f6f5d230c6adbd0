//! Whether two values written at different places are the same thing.
//!
//! A place is named by its binding and path, never by its text; what cannot be named may be
//! anything. Knows no library.

use std::sync::LazyLock;

use super::Effects;
use super::model::Same;
use crate::catalog::words::effects::{ITERATING, PAGE_GLOBALS};
use crate::facts::trail::Trail;
use crate::facts::{CallId, Literal, LocalKind, Part, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::conditions::record_key;

/// Which phase a listener listens in.
#[derive(PartialEq)]
enum Capture {
    Known(bool),
    Param(String),
    Place(String),
    Unknown,
}

pub(crate) static THE_PAGE: LazyLock<Value> = LazyLock::new(|| Value::Global("globalThis".into()));

/// The fixed beginning and end of a text; of a whole one, itself.
struct Fixed<'a> {
    head: &'a str,
    tail: &'a str,
    is_whole: bool,
}

impl<'a> Effects<'_, 'a> {
    /// A name for the place that a value is; `None` when it has none.
    pub fn key(&self, file: u32, value: &Value) -> Option<String> {
        self.key_at(file, value, &Trail::default())
    }

    fn key_at(&self, file: u32, value: &Value, trail: &Trail) -> Option<String> {
        let here = trail.step(value)?;
        let inner = |v: &Value| self.key_at(file, v, &here);
        Some(match value {
            Value::Var(var) => self.var_key(file, *var, &here),
            Value::This => "this".into(),
            Value::Global(name) if PAGE_GLOBALS.contains(&name.as_str()) => "page".into(),
            Value::Global(name) => format!("page.{name}"),
            Value::Member(base, name) => format!("{}.{name}", inner(base)?),
            Value::Index(base, key) => format!("{}[{}]", inner(base)?, inner(key)?),
            Value::Element(base) => format!("{}[]", inner(base)?),
            Value::Literal(literal) => format!("{literal:?}"),
            Value::Call(id) => self.call_key(file, *id, &here)?,
            _ => return None,
        })
    }

    fn call_key(&self, file: u32, id: CallId, trail: &Trail) -> Option<String> {
        if let Some((other, place)) = self.handed_out(CallRef { file, id }) {
            return self.key_at(other, place, trail);
        }
        let data = self.program.facts(file).call(id);
        match &data.callee {
            // What a map holds has the same name as the map's own elements.
            Value::Member(whole, name) if name == "values" && data.args.is_empty() => {
                return self.key_at(file, whole, trail);
            }
            _ => {}
        }
        let callee = self.key_at(file, &data.callee, trail)?;
        let args: Option<Vec<String>> = data.args.iter().map(|arg| self.key_at(file, &arg.value, trail)).collect();
        Some(format!("{callee}({})", args?.join(",")))
    }

    fn var_key(&self, file: u32, var: VarRef, trail: &Trail) -> String {
        let own = format!("{file}:{}:{}", var.function.0, var.local);
        if let LocalKind::Import(id) = self.program.facts(file).local(var).kind {
            if let Some((other, place)) = self.imported_place(file, id) {
                return self.var_key(other, place, trail);
            }
            let import = self.program.facts(file).import(id);
            return format!("{}#{}", import.module, import.name);
        }
        match self.program.bound(file, var) {
            [only] if self.is_name(file, only.value) || matches!(only.value, Value::Element(_)) => {
                self.key_at(file, only.value, trail).unwrap_or(own)
            }
            [] => {
                let list = self.given_each(file, var).filter(|_| self.is_param(file, var));
                list.and_then(|list| self.key_at(file, list, trail)).map_or(own, |key| format!("{key}[]"))
            }
            _ => own,
        }
    }

    /// The list of which a closure is given each element: `timers` of `timers.forEach((timer) => …)`.
    pub(crate) fn given_each(&self, file: u32, var: VarRef) -> Option<&'a Value> {
        let call = self.handed_to(FnRef { file, id: var.function })?;
        match &self.program.call(call).callee {
            Value::Member(list, name) if ITERATING.contains(&name.as_str()) => Some(list),
            _ => None,
        }
    }

    /// Whether two objects are the same. Two named parts of the page that differ are not, nor is `this` one.
    pub fn same_object(&self, left: (u32, &Value), right: (u32, &Value)) -> Same {
        match (self.key(left.0, left.1), self.key(right.0, right.1)) {
            (Some(a), Some(b)) if a == b => Same::Yes,
            (Some(a), Some(b)) if is_whole(&a) && is_whole(&b) => Same::No,
            _ => Same::Maybe,
        }
    }

    pub fn same_event(&self, left: (u32, &'a Value), right: (u32, &'a Value)) -> Same {
        match (self.text(left.0, left.1), self.text(right.0, right.1)) {
            (Some(a), Some(b)) => {
                if a == b {
                    Same::Yes
                } else {
                    Same::No
                }
            }
            (None, None) if self.key(left.0, left.1).is_some_and(|key| Some(key) == self.key(right.0, right.1)) => {
                Same::Yes
            }
            (None, None) if self.are_other_constants(left, right) => Same::No,
            _ if self.are_other_texts(left, right) => Same::No,
            _ => Same::Maybe,
        }
    }

    /// Two texts whose fixed beginnings or ends differ, whatever is put into them.
    fn are_other_texts(&self, left: (u32, &'a Value), right: (u32, &'a Value)) -> bool {
        let (Some(a), Some(b)) = (self.fixed(left), self.fixed(right)) else { return false };
        let (head, tail) = (a.head.len().min(b.head.len()), a.tail.len().min(b.tail.len()));
        let begins = a.head.as_bytes()[..head] == b.head.as_bytes()[..head];
        let ends = a.tail.as_bytes()[a.tail.len() - tail..] == b.tail.as_bytes()[b.tail.len() - tail..];
        let fits =
            |whole: &Fixed, part: &Fixed| !whole.is_whole || whole.head.len() >= part.head.len().max(part.tail.len());
        !begins || !ends || !fits(&a, &b) || !fits(&b, &a)
    }

    /// What is known of a text.
    fn fixed(&self, (file, value): (u32, &'a Value)) -> Option<Fixed<'a>> {
        let value = self.program.deref(crate::values::calls::top(file), value);
        if let Some(text) = value.as_str() {
            return Some(Fixed { head: text, tail: text, is_whole: true });
        }
        let Value::Template(parts) = value else { return None };
        let text = |part: Option<&'a Part>| match part {
            Some(Part::Text(text)) => text.as_str(),
            _ => "",
        };
        Some(Fixed { head: text(parts.first()), tail: text(parts.last()), is_whole: false })
    }

    /// Two names of what is outside the project, or of one object there: `Events.Open` and `Events.Close`.
    fn are_other_constants(&self, left: (u32, &Value), right: (u32, &Value)) -> bool {
        let outside = |file: u32, value: &Value| match value {
            Value::Global(_) => true,
            Value::Var(var) => matches!(self.program.facts(file).local(*var).kind, LocalKind::Import(_)),
            _ => false,
        };
        match (left.1, right.1) {
            (Value::Global(a), Value::Global(b)) => a != b,
            (Value::Member(a, x), Value::Member(b, y)) if outside(left.0, a) && outside(right.0, b) => {
                let keys = (self.key(left.0, a), self.key(right.0, b));
                x != y && keys.0.is_some() && keys.0 == keys.1
            }
            _ => false,
        }
    }

    pub fn text(&self, file: u32, value: &'a Value) -> Option<&'a str> {
        let from = crate::values::calls::top(file);
        self.program.deref(from, value).as_str()
    }

    pub fn same_handler(&self, left: (u32, &'a Value), right: (u32, &'a Value)) -> Same {
        if self.is_own_name(left, right) || self.is_own_name(right, left) {
            return Same::Yes;
        }
        if self.is_fresh(left) || self.is_fresh(right) {
            return Same::No;
        }
        let keys = (self.key(left.0, left.1), self.key(right.0, right.1));
        if keys.0.is_some() && keys.0 == keys.1 {
            return Same::Yes;
        }
        match (self.definition(left.0, left.1), self.definition(right.0, right.1)) {
            (Some(a), Some(b)) if left.0 == right.0 && !std::ptr::eq(a, b) => Same::No,
            _ => Same::Maybe,
        }
    }

    /// A function expression, and the name that it has for itself.
    fn is_own_name(&self, (home, function): (u32, &Value), (file, value): (u32, &Value)) -> bool {
        let (Value::Closure(id), Value::Var(var)) = (function, value) else { return false };
        home == file && self.program.facts(file).local(*var).kind == LocalKind::Function(*id)
    }

    /// Made on the spot, so never the same as anything else: a closure, a bound or wrapped function. What is kept
    /// under a name as well can be met again: `add(this.move = this.move.bind(this))`.
    pub fn is_fresh(&self, (file, value): (u32, &'a Value)) -> bool {
        match value {
            Value::Closure(_) => true,
            Value::Call(id) => {
                let facts = self.program.facts(file);
                let name = facts.call(*id).callee_name(facts).unwrap_or_default().to_ascii_lowercase();
                let makes = ["bind", "debounce", "throttle"].iter().any(|maker| name.ends_with(maker))
                    || self.makes_function(CallRef { file, id: *id });
                let f = FnRef { file, id: facts.call(*id).function };
                makes && !super::assigned::binds_of(self, f).into_iter().any(|(_, kept)| kept == value)
            }
            _ => false,
        }
    }

    /// The call of a function of the project that gives another function each time.
    fn makes_function(&self, call: CallRef) -> bool {
        let Some(target) = self.project.graph.target(call).filter(|target| !target.by_name) else { return false };
        let makes = |f: &FnRef| {
            let given = self.program.given_by(*f);
            !given.is_empty() && given.iter().all(|value| matches!(value, Value::Closure(_)))
        };
        target.rows.is_empty() && !target.functions.is_empty() && target.functions.iter().all(makes)
    }

    /// The closure, or the call that makes one, that a constant is bound to. What is read by a key may be anything.
    fn definition(&self, file: u32, value: &'a Value) -> Option<&'a Value> {
        let Value::Var(var) = value else { return None };
        match self.program.bound(file, *var) {
            [only] => match only.value {
                Value::Call(id) if is_read(&self.program.facts(file).call(*id).callee) => None,
                Value::Closure(_) | Value::Call(_) => Some(only.value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a listener's options mean the same phase.
    pub fn same_capture(&self, left: (u32, Option<&'a Value>), right: (u32, Option<&'a Value>)) -> Same {
        match (self.capture(left.0, left.1), self.capture(right.0, right.1)) {
            (Capture::Known(a), Capture::Known(b)) => {
                if a == b {
                    Same::Yes
                } else {
                    Same::No
                }
            }
            (Capture::Param(_), Capture::Known(false)) if right.1.is_none() => Same::No,
            (a, b) if a == b && a != Capture::Unknown => Same::Yes,
            _ => Same::Maybe,
        }
    }

    fn capture(&self, file: u32, value: Option<&'a Value>) -> Capture {
        let Some(written) = value else { return Capture::Known(false) };
        let top = crate::values::calls::top(file);
        let value = match self.program.deref(top, written) {
            Value::Member(base, name) => record_key(self.program.deref(top, base), name).unwrap_or(written),
            value => value,
        };
        match value {
            Value::Literal(Literal::Bool(flag)) => Capture::Known(*flag),
            Value::Literal(Literal::Null) => Capture::Known(false),
            Value::Record { open: true, .. } => Capture::Unknown,
            Value::Record { spreads, .. } if !spreads.is_empty() => Capture::Unknown,
            Value::Record { .. } => match record_key(value, "capture") {
                None => Capture::Known(false),
                Some(Value::Record { .. }) => Capture::Unknown,
                Some(inner) => self.capture(file, Some(inner)),
            },
            Value::Var(var) if self.is_param(file, *var) => {
                self.key(file, value).map_or(Capture::Unknown, Capture::Param)
            }
            other => self.key(file, other).map_or(Capture::Unknown, Capture::Place),
        }
    }

    /// It stands in a variable of its own, which keeps it when the place that it came from is emptied.
    pub fn is_copy(&self, file: u32, value: &Value) -> bool {
        let Value::Var(var) = value.root() else { return false };
        matches!(self.program.bound(file, *var), [only] if self.is_name(file, only.value))
    }

    /// Another name of a place, not a thing made here.
    fn is_name(&self, file: u32, value: &Value) -> bool {
        is_alias(value) || self.is_handed_out(file, value)
    }

    pub fn is_param(&self, file: u32, var: VarRef) -> bool {
        self.program.facts(file).local(var).kind == LocalKind::Param && self.program.bound(file, var).is_empty()
    }
}

/// A method that gives what a container holds.
fn is_read(callee: &Value) -> bool {
    matches!(callee, Value::Member(_, name) if matches!(name.as_str(), "get" | "at" | "pop" | "shift" | "find"))
}

/// One of the page's objects, or the object itself: nothing else is ever the same.
fn is_whole(key: &str) -> bool {
    key == "this" || key.starts_with("page")
}

fn is_alias(value: &Value) -> bool {
    match value {
        Value::Var(_) | Value::Global(_) | Value::This => true,
        Value::Member(base, _) | Value::Index(base, _) => is_alias(base),
        _ => false,
    }
}
