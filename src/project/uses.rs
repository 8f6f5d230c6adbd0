//! What is done with a fresh value in the function that has it: whether it is used.
//!
//! Knows no library by name.

use super::calls::PRESERVING;
use super::flow::Flow;
use super::holders::goes_on_building;
use super::program::CallRef;
use crate::facts::{CallId, FnId, Language, Value};

/// What gives an `Option` or `Result` another content.
const MAPS: &[&str] = &["map", "and_then", "inspect", "inspect_err", "or_else", "is_ok", "is_err"];

/// No path to a type or a module, as far as it shows.
fn is_value(value: &Value) -> bool {
    matches!(value, Value::Call(_) | Value::This) || matches!(value, Value::Var(var) if var.function != FnId::TOP)
}

impl Flow<'_, '_> {
    /// Something is done with it, or with what was made around it; or a function of the project is lent it. Where
    /// nothing is in Rust, its way was lost: nobody makes a client for nothing.
    pub fn is_used(&self) -> bool {
        let program = self.program;
        program.language(self.f.file) != Language::Rust
            || program.ids_within(self.f).iter().any(|id| self.is_done(*id) || self.is_lent(*id))
    }

    fn is_done(&self, id: CallId) -> bool {
        let callee = &self.program.facts(self.f.file).call(id).callee;
        let Value::Member(base, name) = callee else { return false };
        let passes = PRESERVING.contains(&name.as_str()) || MAPS.contains(&name.as_str());
        !passes && (self.chain_reaches(callee, 0) || matches!(**base, Value::Var(_)) && self.holds(base))
    }

    /// A function of the project is given it, or a method of something else: `query.execute(&pool)`.
    fn is_lent(&self, id: CallId) -> bool {
        let data = self.program.facts(self.f.file).call(id);
        let own = || !self.program.target(CallRef { file: self.f.file, id }).functions.is_empty();
        let method = || match &data.callee {
            Value::Member(base, name) => is_value(base) && !goes_on_building(name),
            _ => false,
        };
        let given = data.args.iter().any(|arg| self.is_alias(&arg.value));
        given && (own() || method()) && !self.makes_holder(id, data)
    }
}
