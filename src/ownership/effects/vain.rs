//! Releases that can release nothing, wherever they stand: outside of effects too.
//!
//! A listener that is removed with a function made on the spot, or from another object, stays; so does one that was
//! bound when it was added. Only pairs of one file count, and only where no other release of the file fits. Knows no
//! library.

use rustc_hash::FxHashSet;

use super::ends::events_in;
use super::lifespan::is_aside;
use super::model::{Event, Fit, Fitting, Handle, Same};
use super::opens::opened_by;
use super::results::never_runs;
use super::unseen::ends_something;
use super::{Effects, End, Fault, Leak, Open, Whose};
use crate::facts::{Arg, CallId, Language, Value};
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

pub fn vain<'a>(effects: &Effects<'_, 'a>) -> Vec<Leak<'a>> {
    let names = names_of_releases(effects);
    let files = 0..effects.program.units.len() as u32;
    files
        .filter(|file| effects.program.language(*file) == Language::Script)
        .flat_map(|file| in_file(effects, &names, file))
        .collect()
}

/// The methods and functions that release something, by their last names.
fn names_of_releases<'a>(effects: &Effects<'_, 'a>) -> FxHashSet<&'a str> {
    let packages = effects.program.active.iter().map(|id| effects.program.catalog.package(*id));
    let releases = packages.flat_map(|package| &package.openers).flat_map(|opener| &opener.releases);
    let names = releases.flat_map(|release| release.methods.iter().chain(&release.functions));
    names.map(|name| name.rsplit('.').next().unwrap_or_default()).collect()
}

fn in_file<'a>(effects: &Effects<'_, 'a>, names: &FxHashSet<&str>, file: u32) -> Vec<Leak<'a>> {
    let facts = effects.program.facts(file);
    let calls = (0..facts.calls.len() as u32).map(|id| CallRef { file, id: CallId(id) });
    let releases = |call: CallRef| {
        called(effects, file, &effects.program.call(call).callee).iter().any(|name| names.contains(name))
    };
    if !calls.clone().any(releases) || !calls.clone().any(|call| effects.any_opener(call).is_some()) {
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

/// What a call may be known by: as it is written, and the member that its variable was taken from.
fn called<'a>(effects: &Effects<'_, 'a>, file: u32, callee: &'a Value) -> [&'a str; 2] {
    let written = match callee {
        Value::Var(var) => &effects.program.facts(file).local(*var).name,
        other => last_name(other),
    };
    [written, last_name(effects.taken_from(file, callee))]
}

/// It is called like a release of what was opened.
fn is_named<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let releases = open.opener.releases.iter().flat_map(|release| release.methods.iter().chain(&release.functions));
    let mut names = releases.filter_map(|name| name.rsplit('.').next());
    let called = called(effects, event.from.file, event.callee);
    names.any(|name| called.contains(&name))
}

/// It is given a function made on the spot, or a method, or called on a part of the page, or given more than a handle.
fn may_fail<'a>(effects: &Effects<'_, 'a>, event: &Event<'a>) -> bool {
    let file = event.from.file;
    let Value::Member(base, _) = event.callee else { return event.args.len() > 1 };
    let removes = ends_something(last_name(event.callee));
    let fails = |value: &'a Value| effects.is_fresh((file, value)) || removes && matches!(value, Value::Member(..));
    matches!(**base, Value::Global(_)) || event.args.iter().any(|arg| fails(&arg.value))
}

fn leak<'a>(effects: &Effects<'_, 'a>, open: Open<'a>, events: &[Event<'a>]) -> Option<Leak<'a>> {
    if !events.iter().any(|event| is_named(effects, &open, event)) {
        return None;
    }
    let handle = Handle::of(effects, &open);
    let fitting = Fitting { effects, open: &open, handle: &handle };
    let fits: Vec<(&Event, Fit)> = events.iter().map(|event| (event, fitting.fit(event))).collect();
    let releases = |(event, fit): &(&Event<'a>, Fit)| *fit == Fit::Releases && !never_runs(effects, &open, event);
    let wrong = fits.iter().any(|(_, fit)| *fit == Fit::Fails(Fault::WrongValue));
    if handle.escapes && !wrong || fits.iter().any(releases) {
        return None;
    }
    let fault = |(event, fit): &(&Event<'a>, Fit)| match fit {
        Fit::Fails(Fault::WrongValue) => Some((Fault::WrongValue, event.call)),
        Fit::Fails(Fault::OtherTarget) if !open.opener.presumed => Some((Fault::OtherTarget, event.call)),
        Fit::Fails(Fault::OtherHandler) if is_plain(effects, &open, event) => Some((Fault::OtherHandler, event.call)),
        _ => None,
    };
    let twin = || events.iter().find(|event| is_twin(effects, &open, event));
    let (fault, proof) = fits.iter().find_map(fault).or_else(|| Some((Fault::OtherHandler, twin()?.call)))?;
    let start = open.from;
    Some(Leak {
        effect: None,
        start,
        open,
        fault,
        proof,
        loose: true,
        whose: Whose::Owner,
        owned: None,
        end: End::Unknown,
    })
}

/// Called on the opener's very object, with a function that nothing else can be given.
fn is_plain<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let Value::Member(base, _) = event.callee else { return false };
    let own = effects.receiver_of(open);
    let same = own.is_some_and(|own| effects.same_object(own, (event.from.file, base)) == Same::Yes);
    same && event
        .args
        .iter()
        .any(|arg| effects.is_fresh((event.from.file, &arg.value)) || is_run_by(effects, open, event.from, &arg.value))
}

/// What is to be removed is the method that the function calls which was added, and not that function.
fn is_run_by<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, from: FnRef, removed: &'a Value) -> bool {
    let added = open.opener.handler.and_then(|at| effects.program.call(open.call).positional(at));
    let (Some(Value::Closure(id)), Value::Member(..)) = (added.map(|arg| &arg.value), removed) else { return false };
    let key = effects.key(from.file, removed);
    let same_object = effects.program.class_around(open.from) == effects.program.class_around(from);
    let mut calls = effects.program.ids_within(FnRef { file: open.call.file, id: *id }).into_iter();
    let facts = effects.program.facts(open.call.file);
    same_object && calls.any(|call| key.is_some() && effects.key(open.call.file, &facts.call(call).callee) == key)
}

/// Meant to remove just this: called for the same event, with the method that was bound when it was added, bound
/// anew or not at all.
fn is_twin<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let (own, other) = (open.call.file, event.from.file);
    let data = effects.program.call(open.call);
    let (Some(at), Value::Member(base, method)) = (open.opener.handler, event.callee) else { return false };
    let removes = open.opener.releases.iter().flat_map(|release| &release.methods).any(|name| name == method);
    let (Some(added), Some(removed)) = (data.positional(at), event.args.get(1)) else { return false };
    let Value::Call(bind) = added.value else { return false };
    let Value::Member(bound, bind) = &effects.program.facts(own).call(bind).callee else { return false };
    let removed = effects.key(other, &removed.value);
    let same = [effects.key(own, &added.value), effects.key(own, bound)].contains(&removed);
    let about = |a: &'a Arg, b: &'a Arg| effects.same_event((own, &a.value), (other, &b.value)) == Same::Yes;
    let same_event = data.positional(0).zip(event.args.first()).is_some_and(|(a, b)| about(a, b));
    let receiver = effects.receiver_of(open);
    let elsewhere = receiver.is_none_or(|own| effects.same_object(own, (other, base)) == Same::No);
    removes
        && effects.is_fresh((own, &added.value))
        && bind == "bind"
        && removed.is_some()
        && same
        && same_event
        && !elsewhere
}
