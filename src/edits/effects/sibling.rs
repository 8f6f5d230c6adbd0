//! A release beside one that the cleanup has already: of what is opened as that one's counterpart is.
//!
//! The cleanup shows how the object lets go, also of an object that no row knows. Copies a line of the text and puts
//! the opener's arguments into it. Knows no library.

use super::naming::Writer;
use super::{Mend, stands_alone};
use crate::facts::{Call, CallId, FnId, Literal, Span, Value};
use crate::finding::lines;
use crate::ownership::effects::model::Owner;
use crate::ownership::effects::{Effects, Open};
use crate::program::{CallRef, FnRef};

/// `proof` is the release that is there.
pub(crate) fn beside<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    proof: CallRef,
) -> Option<Mend> {
    let (program, file) = (&effects.program, open.call.file);
    let body = &program.function(owner.start).body;
    if proof.file != file || open.from != owner.start || open.late || !stands_alone(body, open) {
        return None;
    }
    let (own, release) = (program.call(open.call), program.call(proof));
    let calls = program.facts(file).calls.iter().enumerate();
    let mut twins = calls.filter(|(_, call)| call.function == owner.start.id && is_counterpart(call, own, release));
    let stands = |(id, _): (usize, &Call)| {
        let call = CallRef { file, id: CallId(id as u32) };
        stands_alone(body, &Open { call, ..open.clone() })
    };
    let seen = own.args.iter().all(|arg| is_visible(effects, file, release, &arg.value));
    if !seen || !twins.any(stands) {
        return None;
    }
    let mut writer = Writer::new(effects, file, own)?;
    writer.untyped |= open.opener.presumed;
    let (at, line) = line(writer.text, own, release)?;
    writer.insert(at, line);
    Some(Mend::new(file, writer, None))
}

/// It opens on the same object as `own`, with what the release is given.
fn is_counterpart(call: &Call, own: &Call, release: &Call) -> bool {
    let given =
        |left: &Call, right: &Call| left.args.iter().map(|arg| &arg.value).eq(right.args.iter().map(|arg| &arg.value));
    let on_same = match (&own.callee, &release.callee) {
        (Value::Member(left, _), Value::Member(right, _)) => left == right,
        _ => false,
    };
    on_same
        && call.span != own.span
        && call.callee == own.callee
        && given(call, release)
        && !given(own, release)
        && call.args.len() == own.args.len()
        && !own.args.is_empty()
}

/// The text of an argument means the same in the cleanup.
fn is_visible(effects: &Effects, file: u32, release: &Call, value: &Value) -> bool {
    match value {
        Value::Literal(literal) => *literal != Literal::Null,
        Value::Var(var) => {
            let at = FnRef { file, id: release.function };
            let once = effects.program.bound(file, *var).len() <= 1;
            once && (var.function == FnId::TOP || effects.within(FnRef { file, id: var.function }, at))
        }
        _ => false,
    }
}

/// Where the line goes, and the line.
fn line(text: &str, own: &Call, release: &Call) -> Option<(u32, String)> {
    let whole = lines::around(text, release.span)?;
    let written = text.get(whole.range())?;
    let alone = written.trim().trim_end_matches(';') == text.get(release.span.range())?;
    let between = |call: &Call| Some(Span { start: call.args.first()?.span.start, end: call.args.last()?.span.end });
    let (given, gone) = (text.get(between(own)?.range())?, between(release)?);
    let (before, after) =
        (text.get(whole.start as usize..gone.start as usize)?, text.get(gone.end as usize..whole.end as usize)?);
    (alone && !given.contains('\n') && written.ends_with('\n')).then(|| (whole.end, format!("{before}{given}{after}")))
}
