//! What is done with a fresh value in the function that has it: whether it is used, and whether it takes the place
//! of another one.
//!
//! Knows no library by name.

use super::eval::Ty;
use super::flow::Flow;
use super::holders::goes_on_building;
use crate::catalog::words::values::CONTENT_MAPS;
use crate::catalog::words::values::PRESERVING;
use crate::facts::trail::Trail;
use crate::facts::walk;
use crate::facts::{Block, CallId, FnId, Language, LocalKind, Value};
use crate::program::CallRef;

/// No path to a type or a module, as far as it shows.
fn is_value(value: &Value) -> bool {
    matches!(value, Value::Call(_) | Value::This) || matches!(value, Value::Var(var) if var.function != FnId::TOP)
}

impl<'a> Flow<'_, 'a> {
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
        let passes =
            PRESERVING.contains(&name.as_str()) || CONTENT_MAPS.contains(&name.as_str()) || goes_on_building(name);
        !passes
            && (self.chain_reaches(callee, &Trail::default()) || matches!(**base, Value::Var(_)) && self.holds(base))
    }

    /// A function of the project is given it, a callback, or a method of something else: `query.execute(&pool)`.
    fn is_lent(&self, id: CallId) -> bool {
        let data = self.program.facts(self.f.file).call(id);
        if !data.args.iter().any(|arg| self.is_alias(&arg.value)) {
            return false;
        }
        let callback = matches!(data.callee, Value::Var(var) if self.is_param(var));
        let functions = self.program.target(CallRef { file: self.f.file, id }).functions;
        // What it gives is awaited somewhere, by whatever gathers such.
        let begins = || functions.iter().any(|f| self.program.function(*f).flags.is_async);
        let method = || match &data.callee {
            Value::Member(base, name) => is_value(base) && !goes_on_building(name),
            _ => false,
        };
        (callback || !functions.is_empty() || method()) && (begins() || !self.makes_holder(id, data))
    }

    /// It is put into what a lock guards that was there before the function: `*self.client.lock() = client`.
    pub fn replaces(&self) -> bool {
        let facts = self.program.facts(self.f.file);
        self.program.nested(self.f).into_iter().any(|id| self.block_replaces(id, &facts.function(id).body))
    }

    fn block_replaces(&self, id: FnId, block: &'a Block) -> bool {
        walk::binds(block).any(|bind| self.is_alias(bind.value) && self.is_guarded(id, bind.target))
    }

    fn is_guarded(&self, id: FnId, target: &'a Value) -> bool {
        let f = crate::program::FnRef { file: self.f.file, id };
        let guards: Vec<&'a Value> = match target {
            Value::Call(_) => vec![target],
            Value::Var(var) => self.program.bound(self.f.file, *var).iter().map(|bound| bound.value).collect(),
            _ => Vec::new(),
        };
        guards
            .into_iter()
            .any(|guard| self.program.is_lock(f, guard) && self.comes_from_outside(guard, &Trail::default()))
    }

    /// What the value was taken out of is the object's, the file's or a parameter.
    fn comes_from_outside(&self, value: &'a Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        let root = value.root();
        let outer = |callee: &'a Value| match callee {
            Value::Member(base, _) => !matches!(self.program.eval(self.f, base), Ty::Class(_) | Ty::External(_)),
            _ => false,
        };
        match root {
            Value::This => true,
            Value::Call(id) => {
                let callee = &self.program.facts(self.f.file).call(*id).callee;
                outer(callee) && self.comes_from_outside(callee, &here)
            }
            Value::Var(var) if !self.inside(var.function) || self.is_param(*var) => {
                !matches!(self.program.facts(self.f.file).local(*var).kind, LocalKind::Import(_))
            }
            Value::Var(var) => match self.program.bound(self.f.file, *var) {
                [only] => self.comes_from_outside(only.value, &here),
                _ => false,
            },
            _ => false,
        }
    }
}
