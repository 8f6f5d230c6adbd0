//! What functions give back.
//!
//! Knows no library, nor what becomes of what is given.

use crate::facts::trail::Visited;
use crate::facts::{Value, returned};
use crate::program::FnRef;
use crate::values::Program;

impl<'a> Program<'a> {
    /// The values that a function returns or yields, in order: for a local of its own that is bound but once what it
    /// is bound to.
    pub fn given_by(&self, f: FnRef) -> Vec<&'a Value> {
        let mut values = Vec::new();
        returned(&self.function(f).body, &mut values);
        values.into_iter().map(|value| self.behind_local(f, value)).collect()
    }

    fn behind_local(&self, f: FnRef, mut value: &'a Value) -> &'a Value {
        let visited = Visited::default();
        while visited.enter(value) {
            let Value::Var(var) = value else { break };
            match self.bound(f.file, *var) {
                [only] if var.function == f.id => value = only.value,
                _ => break,
            }
        }
        value
    }
}
