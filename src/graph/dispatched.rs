//! What a macro of the project calls on the types that it is given: `dispatch!(ctx, "ping" => Ping, "help" => Help)`.
//!
//! Knows no library by name.

use super::{Builder, Point, Spot};
use crate::catalog::schema::Run;
use crate::facts::{CallKind, Value};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::calls::Target;

impl<'a> Builder<'_, 'a> {
    /// Each type that the call names runs the methods that an arm of the macro calls on a type of its own arguments.
    pub(crate) fn dispatched(&mut self, f: FnRef, call: CallRef, target: &Target, spot: &Spot<'a>) {
        let data = self.program.call(call);
        if data.kind != CallKind::Macro || target.functions.is_empty() {
            return;
        }
        let classes: Vec<ClassRef> = data.args.iter().filter_map(|arg| self.class_in(f, &arg.value)).collect();
        if classes.is_empty() {
            return;
        }
        let names: Vec<&str> = target.functions.iter().flat_map(|arm| self.called_on_types(*arm)).collect();
        for class in classes {
            for method in names.iter().filter_map(|name| self.program.find_method(class, name)) {
                self.edge(f, Point::Fn(method), data.span, Run::Inline, false, spot);
            }
        }
    }

    /// Names of the methods that the arm calls on what it is given as a type, or on what that gives.
    fn called_on_types(&self, arm: FnRef) -> Vec<&'a str> {
        let facts = self.program.facts(arm.file);
        let own = |name: &str| facts.function(arm.id).locals.iter().any(|local| local.name == name);
        let calls = facts.calls.iter().filter(|call| call.function == arm.id);
        let methods = calls.filter_map(|call| match &call.callee {
            Value::Member(base, name) if self.type_under(arm, base).is_some_and(own) => Some(name.as_str()),
            _ => None,
        });
        methods.collect()
    }

    /// The name at the beginning of a chain of calls that belongs to no value: `$command::parse(data)?.run()`.
    fn type_under(&self, arm: FnRef, value: &'a Value) -> Option<&'a str> {
        let mut at = value;
        loop {
            at = match at {
                Value::Member(base, _) => base,
                Value::Call(id) => &self.program.facts(arm.file).call(*id).callee,
                Value::Global(name) => return Some(name),
                _ => return None,
            };
        }
    }
}
