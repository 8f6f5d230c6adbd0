//! The edits that make a release which misses what was opened the release of just that.
//!
//! Only where what it needs has a name that the cleanup can see, or can be given one. Knows no library: the opener's
//! row says which arguments must be the same.

use super::Mend;
use super::naming::{Reach, Writer};
use crate::catalog::schema::ReleaseOn;
use crate::facts::{Arg, Call, FnId, Literal, Span, Value};
use crate::ownership::effects::model::Owner;
use crate::ownership::effects::{Effects, Fault, Open};
use crate::program::{CallRef, FnRef};

/// What corrects one release.
struct Correction<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    open: &'e Open<'a>,
    /// The release that does not fit.
    wrong: &'a Call,
    writer: Writer<'e>,
}

pub fn correct<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    (open, opens): (&Open<'a>, &[Open<'a>]),
    fault: Fault,
    proof: CallRef,
) -> Option<Mend> {
    if proof.file != open.call.file || open.call.file != owner.start.file {
        return None;
    }
    let writer = Writer::among(effects, open, opens)?;
    let mut correction = Correction { effects, open, wrong: effects.program.call(proof), writer };
    match fault {
        Fault::OtherEvent => correction.event()?,
        Fault::OtherCapture => correction.capture()?,
        Fault::OtherHandler => correction.handler()?,
        Fault::WrongValue => correction.value()?,
        Fault::AddsAgain => correction.method()?,
        _ => return None,
    }
    Some(Mend::new(proof.file, correction.writer, None))
}

impl<'a> Correction<'_, 'a> {
    fn own(&self, at: Option<usize>) -> Option<&'a Arg> {
        self.effects.program.call(self.open.call).positional(at?)
    }

    /// The position of an argument of the release that must be the opener's.
    fn position(&self, what: &str) -> Option<usize> {
        let name = crate::values::sites::last_name(&self.wrong.callee);
        let releases = self.open.opener.releases.iter();
        let mut fitting =
            releases.filter(|release| release.methods.iter().chain(&release.functions).any(|m| m == name));
        fitting.find_map(|release| release.same.iter().position(|same| same == what))
    }

    fn replace(&mut self, span: Span, text: String) {
        self.writer.edits.push((span, text));
    }

    fn event(&mut self) -> Option<()> {
        let own = self.own(self.open.opener.event).filter(|arg| self.is_visible(&arg.value))?;
        let wrong = self.wrong.positional(self.position("event")?)?.span;
        let text = self.writer.slice(own.span)?.to_string();
        self.replace(wrong, text);
        Some(())
    }

    fn capture(&mut self) -> Option<()> {
        let at = self.position("capture")?;
        let own = self.own(self.open.opener.options);
        let text = match own {
            Some(arg) if self.is_visible(&arg.value) => self.writer.capture(self.effects, arg, &Reach::Here)?,
            Some(_) => return None,
            None => None,
        };
        let before = self.wrong.positional(at.checked_sub(1)?)?.span.end;
        match (self.wrong.positional(at).map(|arg| arg.span), text) {
            (Some(span), Some(text)) => self.replace(span, text),
            (Some(span), None) => self.replace(Span { start: before, end: span.end }, String::new()),
            (None, Some(text)) => self.replace(Span { start: before, end: before }, format!(", {text}")),
            (None, None) => return None,
        }
        Some(())
    }

    fn handler(&mut self) -> Option<()> {
        let wrong = self.wrong.positional(self.position("handler")?)?.span;
        let own = self.own(self.open.opener.handler)?;
        let name = if self.is_visible(&own.value) {
            self.writer.slice(own.span)?.to_string()
        } else if self.is_inside() {
            self.writer.handler_name(self.effects, self.open)?
        } else {
            return None;
        };
        self.replace(wrong, name);
        Some(())
    }

    fn value(&mut self) -> Option<()> {
        if self.position("handler").is_some() {
            return self.handler();
        }
        let by_handle = self.open.opener.releases.iter().any(|release| release.on != ReleaseOn::Receiver);
        let functions = self.open.opener.releases.iter().any(|release| !release.functions.is_empty());
        if !(by_handle || functions) || !self.is_inside() {
            return None;
        }
        let wrong = self.wrong.positional(0)?.span;
        let name = self.writer.handle_name(self.effects, self.open)?;
        self.replace(wrong, name);
        Some(())
    }

    /// The opener's name in the cleanup becomes the release's.
    fn method(&mut self) -> Option<()> {
        let method = self.open.opener.releases.first()?.methods.first()?.clone();
        let name = crate::values::sites::last_name(&self.wrong.callee).len() as u32;
        let end = self.wrong.callee_span.end;
        self.replace(Span { start: end.checked_sub(name)?, end }, method);
        Some(())
    }

    /// The cleanup stands in the function that opens, so it sees constants declared there.
    fn is_inside(&self) -> bool {
        let file = self.open.call.file;
        let function = FnRef { file, id: self.wrong.function };
        function != self.open.from && self.effects.within(self.open.from, function)
    }

    /// The text means the same at the release.
    fn is_visible(&self, value: &Value) -> bool {
        match value {
            Value::Literal(literal) => *literal != Literal::Null,
            Value::Record { entries, spreads, .. } => {
                spreads.is_empty() && entries.iter().all(|entry| matches!(entry.value, Value::Literal(_)))
            }
            Value::Var(var) => {
                let declared = FnRef { file: self.open.call.file, id: var.function };
                let at = FnRef { file: self.open.call.file, id: self.wrong.function };
                var.function == FnId::TOP || self.effects.within(declared, at)
            }
            Value::Member(base, _) => matches!(**base, Value::This) || self.is_visible(base),
            _ => false,
        }
    }
}
