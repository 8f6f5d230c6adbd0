//! The fix of `nested-acquire` where a callback is lent a transaction: what works over the client itself works over
//! what the callback is given.
//!
//! Only where the row says that this has the client's own methods. All such calls of the callback change together.
//! Names no library.

use super::before_lent::closure;
use crate::catalog::schema::Role;
use crate::checks::Project;
use crate::facts::{Call, FileFacts, ParamKind, Span, Value};
use crate::finding::{Applicability, Edit, Fix};
use crate::ownership::release::{Overlap, What};
use crate::program::FnRef;
use crate::values::sites::last_name;

pub fn fix(project: &Project, overlap: &Overlap) -> Option<Fix> {
    let program = &project.program;
    let What::Catalog(ty) = overlap.resource.what else { return None };
    let (file, lending) = (overlap.call.file, program.call(overlap.call));
    let Value::Member(client, _) = &lending.callee else { return None };
    let row = &program.catalog.ty(ty).row;
    let stands_in = overlap.lent && overlap.at.file == file && (row.like_client || !row.client_methods.is_empty());
    let source = program.units[file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    let callback = lending.args.iter().find_map(closure).filter(|_| stands_in)?;
    let facts = program.facts(file);
    let given = facts.function(callback).params.first().filter(|param| param.kind == ParamKind::Normal)?;
    let name = text.get(given.span.range())?.split([':', ' ']).next().filter(|name| *name == given.name)?;
    let known = program.eval(FnRef { file, id: lending.function }, client).concept();
    let own = |call: &Call| {
        known.is_some_and(|ty| {
            let name = last_name(&call.callee);
            let takes = program.catalog.method(ty, name).is_some_and(|method| method.role == Role::Acquire);
            takes || program.catalog.releases(ty, name)
        })
    };
    let within = facts.calls.iter().filter(|call| facts.is_within(callback, call.function) && !own(call));
    let common = |call: &Call| {
        let method = asked(facts, &call.callee, client);
        row.like_client || method.is_some_and(|method| row.client_methods.iter().any(|name| name == method))
    };
    let mut spans: Vec<Span> =
        within.filter(|call| common(call)).flat_map(|call| uses(facts, text, call, client)).collect();
    spans.sort_unstable();
    spans.dedup();
    let at = program.call(overlap.at).span;
    spans.iter().any(|span| at.contains(*span)).then_some(())?;
    let edits = spans.into_iter().map(|span| Edit { file: source, span, text: name.to_string() }).collect();
    Some(Fix::new(format!("Use `{name}`, which the callback is given"), Applicability::Unsafe, edits))
}

/// Where a call names the client: before its method, or as an argument.
fn uses(facts: &FileFacts, text: &str, call: &Call, client: &Value) -> Vec<Span> {
    let mut found = Vec::new();
    let written = text.get(call.callee_span.range()).unwrap_or_default();
    let length = length(facts, &call.callee, client, written);
    found.extend(length.map(|length| Span { start: call.callee_span.start, end: call.callee_span.start + length }));
    found.extend(call.args.iter().filter(|arg| arg.value == *client).map(|arg| arg.span));
    found
}

/// How many bytes of a callee are the client, where it begins with that.
fn length(facts: &FileFacts, callee: &Value, client: &Value, written: &str) -> Option<u32> {
    if is_same(facts, callee, client) {
        return Some(written.len() as u32);
    }
    match callee {
        Value::Member(base, name) => {
            let before = written.strip_suffix(name.as_str())?.trim_end().strip_suffix('.')?.trim_end();
            length(facts, base, client, before)
        }
        _ => None,
    }
}

/// The method of the client that a call asks for.
fn asked<'c>(facts: &FileFacts, callee: &'c Value, client: &Value) -> Option<&'c str> {
    match callee {
        Value::Member(base, name) if is_same(facts, base, client) => Some(name),
        Value::Member(base, _) => asked(facts, base, client),
        _ => None,
    }
}

/// The client itself, or a call that asks for it once more: `dataSource()`.
fn is_same(facts: &FileFacts, value: &Value, client: &Value) -> bool {
    let (Value::Call(one), Value::Call(other)) = (value, client) else { return value == client };
    let (one, other) = (facts.call(*one), facts.call(*other));
    let plain = one.args.is_empty() && other.args.is_empty() && !one.awaited && !other.awaited;
    plain && one.callee == other.callee
}
