//! Reads of one row of users or sessions by a key, however they are written: a chain of calls names the table and asks
//! for one value in one column, or a function does that is given the value.
//!
//! Knows no library by name.

use super::keys::Frame;
use super::known::{named, names_in};
use crate::catalog::lookup_words::{Subject, is_id, is_transaction, table_subject};
use crate::catalog::words::lookups::{CARRIERS, CONDITIONS, RESERVING, TABLES, UNWRAPPING};
use crate::facts::trail::Trail;
use crate::facts::{BinaryOp, Call, CallId, FileFacts, Literal, Value};
use crate::program::CallRef;
use crate::values::Program;

/// What a chain asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    pub subject: Subject,
    /// Of the table, in the singular.
    table: String,
    column: String,
    value: String,
}

impl Keyed {
    /// Equal for reads of the same row.
    pub fn text(&self) -> String {
        format!("{}.{}={}", self.table, self.column, self.value)
    }

    /// The text of the row itself.
    pub fn row(&self) -> String {
        format!("{ROW}{}", self.text())
    }
}

const ROW: &str = "row ";

/// What a column of the row of such a text holds, where the row was asked for by it.
pub fn held<'t>(row: &'t str, name: &str) -> Option<&'t str> {
    let (key, value) = row.strip_prefix(ROW)?.split_once('=')?;
    (key.split_once('.')?.1 == column(name)).then_some(value)
}

/// The call has a chain carried out that it ends.
pub fn is_carried_out(program: &Program, call: CallRef) -> bool {
    let data = program.call(call);
    let name = data.callee_name(program.facts(call.file)).unwrap_or_default();
    let ends = || program.chained(call).is_none() && (CARRIERS.contains(&name) || name.starts_with("find"));
    let fits = CARRIERS.contains(&name) || CONDITIONS.contains(&name);
    fits && (data.awaited || ends() && program.takers(call).next().is_none())
}

/// The row that the chain up to a call asks for.
pub fn keyed(program: &Program, frame: &Frame, call: CallRef, trail: &Trail) -> Option<Keyed> {
    let facts = program.facts(call.file);
    let links = links(facts, call.id);
    // What a transaction reads it reads for itself.
    if !is_plain_to_end(program, call) || links.iter().any(|id| in_transaction(facts, facts.call(*id))) {
        return None;
    }
    let (subject, table) = links.iter().find_map(|id| table(facts, facts.call(*id)))?;
    let mut found = None;
    for data in links.iter().map(|id| facts.call(*id)) {
        let name = data.callee_name(facts).unwrap_or_default();
        if !CONDITIONS.contains(&name) {
            let harmless = CARRIERS.contains(&name) || TABLES.contains(&name);
            harmless.then_some(())?;
            continue;
        }
        let asked = if data.args.is_empty() && TABLES.contains(&name) { None } else { Some(condition(facts, data)?) };
        // A second condition may leave out what the first one has found.
        if let Some((column, value)) = asked {
            let value = frame.key(program, value, trail)?;
            found = match found {
                None => Some(Keyed { subject, table: table.clone(), column, value }),
                Some(_) => return None,
            };
        }
    }
    found
}

/// What the call gives is refined no further by what is unknown: `findById(id).where("team").equals(team)`.
fn is_plain_to_end(program: &Program, call: CallRef) -> bool {
    let known = |name: &str| [CARRIERS, CONDITIONS, UNWRAPPING].iter().any(|words| words.contains(&name));
    further(program, call).all(known)
}

/// The query is read in a transaction, or locks what it reads: `findById(id).session(session)`.
pub fn reserves(program: &Program, call: CallRef) -> bool {
    further(program, call).any(|name| RESERVING.contains(&name))
}

/// The names of the calls of a chain after one, up to that which is waited for.
fn further<'p>(program: &Program<'p>, call: CallRef) -> impl Iterator<Item = &'p str> {
    let next = |call: &CallRef| if program.call(*call).awaited { None } else { program.chained(*call) };
    let calls = std::iter::successors(next(&call), next);
    calls.map(|call| program.call(call).callee_name(program.facts(call.file)).unwrap_or_default())
}

fn in_transaction(facts: &FileFacts, data: &Call) -> bool {
    let args = data.args.iter().map(|arg| &arg.value);
    let parts = args.clone().filter_map(|value| match value {
        Value::Record { entries, .. } => Some(entries.iter().map(|entry| entry.key.as_str())),
        _ => None,
    });
    let mut names: Vec<&str> = parts.flatten().filter(|key| *key != "where").collect();
    names_in(facts, &data.callee, &mut names);
    args.for_each(|value| names_in(facts, value, &mut names));
    names.into_iter().any(is_transaction)
}

/// The calls of a chain, the first one first; where the last one is given a chain, the calls of that before it.
pub fn links(facts: &FileFacts, last: CallId) -> Vec<CallId> {
    let mut found = vec![last];
    let mut at = facts.call(last);
    while let Value::Member(base, _) = &at.callee
        && let Value::Call(before) = base.root()
        && !found.contains(before)
    {
        found.push(*before);
        at = facts.call(*before);
    }
    let given = at.args.iter().find_map(|arg| match &arg.value {
        Value::Call(id) if !found.contains(id) => Some(*id),
        _ => None,
    });
    found.reverse();
    match given
        .map(|id| links(facts, id))
        .filter(|given| given.iter().any(|id| table(facts, facts.call(*id)).is_some()))
    {
        Some(given) => given.into_iter().chain(found).collect(),
        None => found,
    }
}

/// The call names a table of the subject.
pub fn names_table(facts: &FileFacts, data: &Call, subject: Subject) -> bool {
    table(facts, data).is_some_and(|(of, _)| of == subject)
}

/// The table that a call names: `table("users")`, `select(User)`, `User.find()`, `client.user.findUnique(…)`.
fn table(facts: &FileFacts, data: &Call) -> Option<(Subject, String)> {
    let name = data.callee_name(facts).unwrap_or_default();
    let given = data.args.first().filter(|_| TABLES.contains(&name) && data.args.len() == 1);
    let by_argument = given.and_then(|arg| match &arg.value {
        Value::Literal(Literal::Str(text)) => Some(text.as_str()),
        value => named(facts, value),
    });
    let by_receiver = match &data.callee {
        Value::Member(base, _) => receiver(facts, base),
        _ => None,
    };
    by_argument.into_iter().chain(by_receiver).find_map(table_subject)
}

/// `User` of `User.query`, `users.Entity` and `client.user`.
fn receiver<'f>(facts: &'f FileFacts, value: &'f Value) -> Option<&'f str> {
    let own = named(facts, value)?;
    match value {
        Value::Member(base, _) if table_subject(own).is_none() => receiver(facts, base),
        _ => Some(own),
    }
}

/// The one column that a call asks by, and the value.
fn condition<'f>(facts: &'f FileFacts, data: &'f Call) -> Option<(String, &'f Value)> {
    let name = data.callee_name(facts)?;
    match data.args.as_slice() {
        [key, value] if key.name.is_none() && name == "eq" => key.value.as_str().map(|key| (column(key), &value.value)),
        [only] if only.name.is_some() => only.name.as_deref().map(|key| (column(key), &only.value)),
        [first, ..] if by_id(name) && first.name.is_none() => Some((column("id"), &first.value)),
        [first, ..] => compared(facts, &first.value).filter(|_| data.args.len() == 1 || is_record(&first.value)),
        [] => None,
    }
}

fn is_record(value: &Value) -> bool {
    matches!(value, Value::Record { .. })
}

fn by_id(name: &str) -> bool {
    matches!(crate::catalog::lookup_words::words(name).as_slice(), [.., by, id] if by == "by" && is_id(id))
}

/// `User.id == id`, `Column::Id.eq(id)`, `{ id }`, `{ where: { id } }`.
fn compared<'f>(facts: &'f FileFacts, value: &'f Value) -> Option<(String, &'f Value)> {
    match value {
        Value::Binary(BinaryOp::Same, left, right) => match (&**left, &**right) {
            (Value::Member(base, name), value) if is_of_table(facts, base) => Some((column(name), value)),
            (value, Value::Member(base, name)) if is_of_table(facts, base) => Some((column(name), value)),
            _ => None,
        },
        Value::Call(id) => {
            let data = facts.call(*id);
            data.callee_name(facts).filter(|name| *name == "eq")?;
            match (&data.callee, data.args.as_slice()) {
                (Value::Member(base, _), [only]) => member(base).map(|key| (column(key), &only.value)),
                (callee, [left, right]) if callee.root() == callee => {
                    member(&left.value).map(|key| (column(key), &right.value))
                }
                _ => None,
            }
        }
        Value::Record { entries, spreads, open: false } if spreads.is_empty() => {
            let within = entries.iter().find(|entry| entry.key == "where");
            match (within, entries.as_slice()) {
                (Some(within), _) => compared(facts, &within.value),
                (None, [only]) if !is_record(&only.value) => Some((column(&only.key), &only.value)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Columns of the table are compared in code, and that makes a condition: nothing but a query does so.
pub fn compares(facts: &FileFacts, data: &Call) -> bool {
    let compares = |value: &Value| match value {
        Value::Binary(BinaryOp::Same, left, right) => [left, right].into_iter().any(|side| is_column(facts, side)),
        _ => false,
    };
    data.args.iter().any(|arg| compares(&arg.value))
}

fn is_column(facts: &FileFacts, value: &Value) -> bool {
    matches!(value, Value::Member(base, _) if is_of_table(facts, base))
}

fn member(value: &Value) -> Option<&str> {
    match value {
        Value::Member(_, name) => Some(name),
        _ => None,
    }
}

fn is_of_table(facts: &FileFacts, base: &Value) -> bool {
    receiver(facts, base).is_some_and(|name| table_subject(name).is_some())
}

/// All names of a row's own identity are one.
fn column(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    if is_id(&name) { "id".into() } else { name }
}
