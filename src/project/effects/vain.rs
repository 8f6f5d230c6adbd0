//! Releases that can release nothing, wherever they stand: outside of effects too.
//!
//! A listener that is removed with a function made on the spot, or from another object, stays. Only pairs of one
//! file count, and only where no other release of the file fits. Knows no library.

use super::ends::{Event, events_in};
use super::fits::{Fit, Fitting};
use super::handles::Handle;
use super::opens::opened_by;
use super::owners::is_aside;
use super::same::Same;
use super::{Effects, End, Fault, Leak, Open, Whose};
use crate::facts::{CallId, Language, Value};
use crate::project::program::{CallRef, FnRef};

pub fn vain<'a>(effects: &Effects<'_, 'a>) -> Vec<Leak<'a>> {
    let files = 0..effects.program.units.len() as u32;
    files
        .filter(|file| effects.program.language(*file) == Language::Script)
        .flat_map(|file| in_file(effects, file))
        .collect()
}

fn in_file<'a>(effects: &Effects<'_, 'a>, file: u32) -> Vec<Leak<'a>> {
    let calls = 0..effects.program.facts(file).calls.len() as u32;
    let mut calls = calls.map(|id| CallRef { file, id: CallId(id) });
    if !calls.any(|call| effects.opener(call).is_some()) {
        return Vec::new();
    }
    let functions: Vec<FnRef> = effects
        .program
        .facts(file)
        .function_ids()
        .map(|id| FnRef { file, id })
        .filter(|f| !is_aside(effects, *f))
        .collect();
    let events = events_in(effects, &functions);
    if !events.iter().any(|event| may_fail(effects, event)) {
        return Vec::new();
    }
    let opens = functions.iter().flat_map(|f| opened_by(effects, *f));
    opens.filter_map(|open| leak(effects, open, &events)).collect()
}

/// It is given a function made on the spot, or called on a part of the page.
fn may_fail<'a>(effects: &Effects<'_, 'a>, event: &Event<'a>) -> bool {
    let file = event.from.file;
    let Value::Member(base, _) = event.callee else { return false };
    matches!(**base, Value::Global(_)) || event.args.iter().any(|arg| effects.is_fresh((file, &arg.value)))
}

fn leak<'a>(effects: &Effects<'_, 'a>, open: Open<'a>, events: &[Event<'a>]) -> Option<Leak<'a>> {
    let handle = Handle::of(effects, &open);
    let fitting = Fitting { effects, open: &open, handle: &handle };
    let fits: Vec<(&Event, Fit)> = events.iter().map(|event| (event, fitting.fit(event))).collect();
    if handle.escapes || fits.iter().any(|(_, fit)| *fit == Fit::Releases) {
        return None;
    }
    let fault = |(event, fit): &(&Event<'a>, Fit)| match fit {
        Fit::Fails(Fault::OtherTarget) => Some((Fault::OtherTarget, event.call)),
        Fit::Fails(Fault::OtherHandler) if is_plain(effects, &open, event) => Some((Fault::OtherHandler, event.call)),
        _ => None,
    };
    let (fault, proof) = fits.iter().find_map(fault)?;
    let start = open.from;
    Some(Leak {
        effect: None,
        start,
        open,
        fault,
        proof,
        loose: true,
        whose: Whose::Owner,
        mend: None,
        end: End::Unknown,
    })
}

/// Called on the opener's very object, with a function that nothing else can be given.
fn is_plain<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let Value::Member(base, _) = event.callee else { return false };
    let own = effects.receiver_of(open);
    let same = own.is_some_and(|own| effects.same_object(own, (event.from.file, base)) == Same::Yes);
    same && event.args.iter().any(|arg| effects.is_fresh((event.from.file, &arg.value)))
}
