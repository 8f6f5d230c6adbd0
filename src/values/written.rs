//! What values are called where they are written.
//!
//! Reads names only: does not know what they mean.

use crate::facts::{LocalKind, Value};
use crate::values::Program;

impl<'a> Program<'a> {
    /// The names of a path as they are written, those of its import included.
    pub fn written_path(&self, file: u32, value: &Value) -> Vec<String> {
        match value {
            Value::Member(base, name) => {
                let mut path = self.written_path(file, base);
                path.push(name.clone());
                path
            }
            Value::Global(name) => vec![name.clone()],
            Value::Var(var) => {
                let local = self.facts(file).local(*var);
                let LocalKind::Import(id) = local.kind else { return vec![local.name.clone()] };
                let import = self.facts(file).import(id);
                import.module.split("::").chain([import.name.as_str()]).map(String::from).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Every name of a fluent chain: `procedure`, `input` and `use` of `procedure.input(x).use(m)`.
    pub fn chain_names(&self, file: u32, value: &'a Value, names: &mut Vec<String>) {
        names.extend(self.value_name(file, value));
        if names.len() > 32 {
            return;
        }
        match value {
            Value::Call(id) => self.chain_names(file, &self.facts(file).call(*id).callee, names),
            Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => {
                self.chain_names(file, base, names)
            }
            _ => {}
        }
    }

    /// The last name that a value is written with.
    pub fn value_name(&self, file: u32, value: &'a Value) -> Option<String> {
        match value {
            Value::Var(var) => Some(self.facts(file).local(*var).name.clone()),
            Value::Global(name) | Value::Member(_, name) => Some(name.clone()),
            Value::Call(id) => self.facts(file).call(*id).callee_name(self.facts(file)).map(str::to_string),
            Value::Index(base, _) | Value::Element(base) => self.value_name(file, base),
            Value::This => Some("this".into()),
            _ => None,
        }
    }
}
