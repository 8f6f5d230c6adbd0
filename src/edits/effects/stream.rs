//! Subscriptions to streams of a component: the operator that ends them with it, else what their result is.
//!
//! Any library's `subscribe` looks alike; only what is written as a stream is one. Knows no library: rows name
//! the operator, and the opener whose result is known.

use super::Mend;
use super::naming::{Writer, is_ambiguous};
use super::register::imported;
use crate::catalog::PackageId;
use crate::catalog::schema::{Kind, Opener, Operator};
use crate::facts::{FnKind, Value};
use crate::ownership::effects::components::component_rows;
use crate::ownership::effects::model::Owner;
use crate::ownership::effects::{Effects, Open};
use crate::packages::manifests::version;

/// The opener as which a subscription to a stream can be ended: its own, or the one of the same calls whose result
/// is known.
pub(crate) fn known<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> Option<&'a Opener> {
    let either = open.opener.handle_type.is_empty() || is_ambiguous(open.opener);
    let unknown = open.opener.kind == Kind::Subscription && either;
    if !unknown || !(is_stream(effects, open) || has_streams(effects, owner)) {
        return None;
    }
    let rows = effects.program.catalog.package(open.row.package).openers.iter();
    let mut known = rows.filter(|row| row.kind == open.opener.kind && row.calls == open.opener.calls);
    known.find(|row| !row.handle_type.is_empty() && !is_ambiguous(row))
}

/// Written as a stream: piped, or named so.
fn is_stream<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let Value::Member(base, _) = &effects.program.call(open.call).callee else { return false };
    match &**base {
        Value::Call(id) => {
            let callee = &effects.program.facts(open.call.file).call(*id).callee;
            matches!(callee, Value::Member(_, name) if name == "pipe")
        }
        Value::Member(_, name) => name.ends_with('$'),
        Value::Var(var) => effects.program.facts(open.call.file).local(*var).name.ends_with('$'),
        _ => false,
    }
}

/// The component's framework has operators for its streams: there, what is subscribed to is one.
fn has_streams<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>) -> bool {
    let class = effects.program.class_around(owner.start);
    class.is_some_and(|class| component_rows(effects, class).iter().any(|(_, row)| row.operator.is_some()))
}

/// The operator in the stream's pipe, where the component's constructor subscribes.
pub(crate) fn ended<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    mut writer: Writer<'_>,
) -> Option<Mend> {
    let file = open.call.file;
    let known = !open.opener.handle_type.is_empty();
    let constructs = effects.program.function(owner.start).kind == FnKind::Constructor;
    if !constructs
        || open.opener.kind != Kind::Subscription
        || !(known || is_stream(effects, open) || has_streams(effects, owner))
    {
        return None;
    }
    let operator = operator(effects, owner, file)?;
    let (at, text) = piped(effects, open, &writer, &operator.name)?;
    writer.insert(at, text);
    let facts = effects.program.facts(file);
    let mut names = facts.functions.iter().flat_map(|function| &function.locals);
    if !names.any(|local| local.name == operator.name) {
        writer.edits.push(imported(facts, writer.text, &operator.module, &operator.name)?);
    }
    writer.untyped |= !known;
    Some(Mend::new(file, writer, None))
}

/// The operator of the component's framework, in the version that the project uses.
fn operator<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, file: u32) -> Option<&'a Operator> {
    let program = effects.program;
    let class = program.class_around(owner.start)?;
    let has = |(package, operator): &(PackageId, &Operator)| {
        let names = &program.catalog.package(*package).dependencies;
        program.manifests.version_of(&program.units[file as usize].path, names) >= Some(version(&operator.since))
    };
    let rows = component_rows(effects, class).into_iter();
    rows.filter_map(|(package, row)| Some((package, row.operator.as_ref()?))).find(has).map(|(_, operator)| operator)
}

/// As the last operator of a pipe that is there, else in a pipe of its own.
fn piped(effects: &Effects, open: &Open, writer: &Writer<'_>, name: &str) -> Option<(u32, String)> {
    let call = effects.program.call(open.call);
    let Value::Member(base, method) = &call.callee else { return None };
    let receiver = writer.slice(call.callee_span)?.strip_suffix(method.as_str())?.trim_end().strip_suffix('.')?;
    let end = call.callee_span.start + receiver.trim_end().len() as u32;
    if let Value::Call(id) = &**base {
        let inner = effects.program.facts(open.call.file).call(*id);
        let is_pipe = matches!(&inner.callee, Value::Member(_, name) if name == "pipe");
        if let Some(last) = inner.args.last().filter(|_| is_pipe) {
            return Some((last.span.end, format!(", {name}()")));
        }
    }
    Some((end, format!(".pipe({name}())")))
}
