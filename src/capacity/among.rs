//! Settings that only some of several ways write: alternatives, and the entries of a table from which one is taken by
//! a key that nobody knows before the program runs.
//!
//! Knows no library by name.

use crate::facts::trail::Trail;
use crate::facts::{Literal, Value};
use crate::values::Program;
use crate::values::conditions::record_key;
use crate::values::follow::{At, behind, made};

/// One of the records that a value may be has something under the path of keys.
pub fn may_write<'a>(program: &Program<'a>, at: At<'a>, path: &str) -> bool {
    let keys: Vec<&str> = path.split('.').collect();
    Search { program }.holds(at, &keys, &Trail::default())
}

struct Search<'p, 'a> {
    program: &'p Program<'a>,
}

impl<'a> Search<'_, 'a> {
    fn holds(&self, at: At<'a>, keys: &[&str], trail: &Trail) -> bool {
        let Some((first, rest)) = keys.split_first() else { return true };
        let Some(here) = trail.step(at.value) else { return false };
        let inner = |value: &'a Value| self.holds(At { f: at.f, value }, keys, &here);
        match at.value {
            Value::Choice(values, _) => values.iter().any(inner),
            Value::Record { spreads, .. } => {
                let own = record_key(at.value, first);
                own.is_some_and(|value| self.holds(At { f: at.f, value }, rest, &here)) || spreads.iter().any(inner)
            }
            Value::Index(table, key) if !matches!(**key, Value::Literal(Literal::Str(_))) => {
                self.in_entries(At { f: at.f, value: table }, keys, &here)
            }
            Value::Call(_) => made(self.program, at).into_iter().any(|made| self.holds(made, keys, &here)),
            _ => behind(self.program, at).into_iter().any(|value| self.holds(value, keys, &here)),
        }
    }

    /// One of the entries of a table holds it.
    fn in_entries(&self, table: At<'a>, keys: &[&str], trail: &Trail) -> bool {
        let Some(here) = trail.step(table.value) else { return false };
        match table.value {
            Value::Record { entries, .. } => {
                entries.iter().any(|entry| self.holds(At { f: table.f, value: &entry.value }, keys, &here))
            }
            _ => behind(self.program, table).into_iter().any(|table| self.in_entries(table, keys, &here)),
        }
    }
}
