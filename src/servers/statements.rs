//! What statements of SQL say of the connection that runs them. Knows no library by name.

use crate::catalog::words::servers::{SESSION_FUNCTIONS, SESSION_STATEMENTS};
use crate::facts::{Literal, Part, Value};

/// SQL that the session keeps: `LISTEN`, a lock of the session.
pub fn stays_with_session(value: &Value) -> bool {
    let text = match value {
        Value::Literal(Literal::Str(text)) => text,
        Value::Template(parts) => match parts.first() {
            Some(Part::Text(text)) => text,
            _ => return false,
        },
        _ => return false,
    };
    let text = text.trim_start().to_ascii_lowercase();
    SESSION_STATEMENTS.iter().any(|known| text.starts_with(known))
        || SESSION_FUNCTIONS.iter().any(|known| text.contains(known))
}
