//! `effect-missing-cleanup`, `effect-broken-cleanup`: one analysis of owners, two words for it.
//!
//! Words what the analysis found. Names no library and no language.

use super::words;
use crate::catalog::schema::Kind;
use crate::checks::Project;
use crate::edits::effects::{Mend, ends_both, mends, together};
use crate::facts::Span;
use crate::finding::{Also, Applicability, Confidence, Edit, Finding, Fix, Place, Related, Severity};
use crate::ownership::effects::{End, Fault, Leak, Stale, Whose};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

const MISSING: &str = "effect-missing-cleanup";
const BROKEN: &str = "effect-broken-cleanup";

pub fn missing(project: &Project) -> Vec<Finding> {
    worded(project, is_missing, MISSING)
}

fn is_missing(fault: Fault) -> bool {
    matches!(fault, Fault::Missing | Fault::Endless | Fault::Kept)
}

pub fn broken(project: &Project) -> Vec<Finding> {
    let mut all = worded(project, |fault| !is_missing(fault), BROKEN);
    all.extend(project.effects().stale.iter().map(|stale| word_stale(project, stale)));
    all
}

/// The cleanup calls nothing, for all that it knows is the empty state of the first render.
fn word_stale(project: &Project, stale: &Stale) -> Finding {
    let program = &project.program;
    let (name, what) = (&stale.variable, if stale.leaving { "page-leave handler" } else { "cleanup" });
    Finding {
        rule: BROKEN,
        severity: Severity::Error,
        confidence: Confidence::High,
        message: format!("the {what} sees `{name}` of the first render only, when it is still empty"),
        place: words::place(program, stale.effect),
        label: format!("this effect does not run again when `{name}` changes"),
        client: Some(name.clone()),
        related: vec![Related { place: words::place(program, stale.call), message: "this releases nothing".into() }],
        why: "a function keeps the variables of the render that made it, and this one is made once".into(),
        help: format!("name `{name}` in the effect's dependencies, or keep what is opened in a variable of the effect"),
        fix: None,
        scope: words::scope(program, program_function(program, stale.effect)),
        also: Also::default(),
        after: 1,
        entry: None,
        pedantic: false,
    }
}

/// One finding for each effect: what else it leaves open is told along.
fn worded(project: &Project, wanted: fn(Fault) -> bool, rule: &'static str) -> Vec<Finding> {
    let mends = mends(project);
    let mut groups: Vec<(Vec<&Leak>, Vec<Option<&Mend>>)> = Vec::new();
    for (leak, mend) in project.effects().leaks.iter().zip(&mends).filter(|(leak, _)| wanted(leak.fault)) {
        let same = |(leaks, _): &&mut (Vec<&Leak>, _)| belongs(&project.program, leaks[0], leak);
        match groups.iter_mut().find(same) {
            Some((leaks, mends)) => {
                leaks.push(leak);
                mends.push(mend.as_ref());
            }
            None => groups.push((vec![leak], vec![mend.as_ref()])),
        }
    }
    let fixed = |leaks: &[&Leak], mends: &[Option<&Mend>]| fix(&project.program, leaks, mends);
    groups.iter().map(|(leaks, mends)| word(project, rule, leaks, fixed(leaks, mends))).collect()
}

/// The call that the finding is about: the effect's, that which makes an object, or the opener.
fn primary(leak: &Leak) -> CallRef {
    leak.effect.or(leak.open.object).unwrap_or(leak.open.call)
}

fn belongs(program: &Program, first: &Leak, other: &Leak) -> bool {
    let start = |leak: &Leak| (primary(leak).file, program.call(primary(leak)).span.start);
    first.effect == other.effect
        && (start(first) == start(other) || removed_together(program, first, other))
        && first.start == other.start
        && is_pedantic(first) == is_pedantic(other)
}

/// Added by one function, and removed in vain by one function.
fn removed_together(program: &Program, first: &Leak, other: &Leak) -> bool {
    let home = |leak: &Leak| leak.proof.map(|call| program_function(program, call));
    first.loose && other.loose && first.fault == other.fault && home(first) == home(other)
}

/// What ends by itself, or leaks within the page and only when the owner ends early or leaves by some way, is worth a
/// word only when asked for, and so is what an unknown object may let go of by itself (what clients leave behind is
/// told where the object is known); a cleanup that fails
/// always is worth one.
fn is_pedantic(leak: &Leak) -> bool {
    let opener = leak.open.opener;
    match leak.fault {
        Fault::Missing | Fault::FlagOnly | Fault::Nobody => {
            let shown = leak.whose == Whose::Visit || leak.proof.is_some();
            let by_itself = leak.open.opener.pedantic && !leak.open.repeats;
            leak.open.opener.presumed && !shown || by_itself || leak.open.optional
        }
        Fault::Late => opener.is_local() && !leak.open.asked && !leak.open.repeats && !leak.open.endless,
        Fault::Skipped(_) => matches!(leak.open.opener.kind, Kind::Listener | Kind::Observer),
        _ => false,
    }
}

fn word(project: &Project, rule: &'static str, group: &[&Leak], fix: Option<Fix>) -> Finding {
    let program = &project.program;
    let leak = group[0];
    let label = leak.open.opener.label.as_str();
    let what = with_article(label);
    let primary = primary(leak);
    let related = group_related(program, group);
    Finding {
        rule,
        severity: if matches!(leak.whose, Whose::Object(_)) { Severity::Warning } else { Severity::Error },
        confidence: if leak.open.path.is_empty() && !leak.open.late { Confidence::High } else { Confidence::Medium },
        message: message(program, leak, &what),
        place: words::place(program, primary),
        label: primary_label(leak, &what),
        client: Some(client(program, leak)),
        after: related.len() - before(leak).min(related.len()),
        related,
        why: why(leak, label),
        help: help(leak, label),
        fix,
        scope: words::scope(program, program_function(program, primary)),
        also: Also::default(),
        entry: None,
        pedantic: is_pedantic(leak),
    }
}

fn program_function(program: &Program, call: CallRef) -> FnRef {
    FnRef { file: call.file, id: program.call(call).function }
}

fn with_article(label: &str) -> String {
    // Abbreviations are read letter by letter: an MQTT connection.
    let spelt = label.chars().take(2).all(|c| c.is_ascii_uppercase());
    let sounds = if spelt { "AEFHILMNORX" } else { "aeiouAEIO" };
    let vowel = label.starts_with(|first| sounds.contains(first));
    if label.is_empty() { "something lasting".into() } else { format!("{} {label}", if vowel { "an" } else { "a" }) }
}

fn client(program: &Program, leak: &Leak) -> String {
    let name = program.call(leak.open.call).callee_name(program.facts(leak.open.call.file));
    name.unwrap_or(&leak.open.opener.label).to_string()
}

fn message(program: &Program, leak: &Leak, what: &str) -> String {
    let owner = if leak.effect.is_some() { "the effect" } else { "the component" };
    let again = if leak.open.repeats { " again and again" } else { "" };
    let label = leak.open.opener.label.as_str();
    match leak.fault {
        Fault::OtherHandler if leak.loose => format!("the {label} is removed with another function, so it stays"),
        Fault::OtherTarget => format!("the {label} is removed from another object than it was added to"),
        Fault::ForAll => format!("the cleanup ends what the {label} hangs on, for all that use it"),
        Fault::Partly => format!("the cleanup ends a part of what the {label} was told of"),
        Fault::Missing if forgets(leak) => {
            format!("{owner} opens {what}{again}, and its cleanup never {}", calls(leak))
        }
        Fault::Missing if leak.whose == Whose::Handler => format!("each event opens {what} and nothing releases it"),
        Fault::Missing if leak.whose == Whose::Begun => {
            format!("a handler opens {what} and the end of the component does not release it")
        }
        Fault::Missing if leak.whose == Whose::Rendering => {
            format!("each rendering opens {what} and nothing releases it")
        }
        Fault::Missing if leak.whose == Whose::Visit => format!("each client opens {what} and nothing releases it"),
        Fault::Missing if leak.whose == Whose::Reconnect => {
            format!("each reconnect opens {what} and nothing releases it")
        }
        Fault::Missing if leak.whose == Whose::Subscriber => {
            format!("each subscriber opens {what}, and unsubscribing does not release it")
        }
        Fault::Missing if leak.whose != Whose::Owner => {
            let class = program.class_around(leak.start).map_or("object", |class| program.class(class).name.as_str());
            format!("each `{class}` opens {what} and its end does not release it")
        }
        Fault::Missing => format!("{owner} opens {what}{again} and nothing releases it"),
        Fault::OtherHandler => format!("the cleanup removes another function than the {label}'s"),
        Fault::OtherEvent => format!("the cleanup removes the {label} of another event"),
        Fault::OtherCapture => format!("the cleanup removes the {label} of another phase (`capture` differs)"),
        Fault::WrongValue => format!("the cleanup is given the wrong value, so the {label} stays"),
        Fault::Abolished => {
            format!("the cleanup calls what ends nothing in this version of the package, so the {label} stays")
        }
        Fault::Reopened => format!("the cleanup closes the connection, which keeps the {label}"),
        Fault::Overwritten => format!("the {label} is replaced by the next one before the cleanup can release it"),
        Fault::Rerun => format!("{owner} opens {what} on each run, and only the end of the component releases one"),
        Fault::Uncalled => {
            format!("the {label} is released in a hook that this version of the framework does not call")
        }
        Fault::Unregistered => format!("the cleanup of the {label} is registered after an await, so nothing calls it"),
        Fault::Revived => format!("the cleanup closes the {label}, and its own close handler opens it again"),
        Fault::SetOff => format!("the cleanup closes the connection, and its handler then starts the {label}"),
        Fault::AddsAgain => format!("the cleanup adds the {label} again instead of removing it"),
        Fault::EmptiedFirst => format!("the cleanup empties the variable before it releases the {label}"),
        Fault::Guarded => format!("the cleanup releases the {label} only under a condition that no longer holds"),
        Fault::Opening => format!("the cleanup ends the {label} only if it is open by then"),
        Fault::Stale => format!("the cleanup sees the {label} of the first render only"),
        Fault::Nobody => format!("the function that releases the {label} is returned to nobody"),
        Fault::Endless => format!("{owner} goes on in a loop that nothing ends"),
        Fault::Unstopped => format!("an event opens {what}, and the one that stops it leaves it running"),
        Fault::Kept => format!("the {label} goes on when nobody listens any more"),
        Fault::Outrun => format!("the {label} goes on: {} ends only the stream before it", proof_name(program, leak)),
        Fault::FlagOnly => format!("the cleanup only sets a variable; the {label} stays"),
        Fault::Late => format!("{owner} opens {what} after it may have ended"),
        Fault::Pending(_) => format!("a timer opens the {label} again after the cleanup has closed it"),
        Fault::Skipped(_) => format!("{owner} opens {what} and may leave without its cleanup"),
        Fault::Parted(_) => format!("{owner} opens {what} and may leave with the cleanup of something else"),
    }
}

/// What the call is of that proves the fault.
fn proof_name(program: &Program, leak: &Leak) -> String {
    let name = leak.proof.and_then(|call| program.call(call).callee_name(program.facts(call.file)));
    name.map_or_else(|| "the operator".into(), |name| format!("`{name}`"))
}

/// There is a cleanup, and it releases other things.
fn forgets(leak: &Leak) -> bool {
    leak.fault == Fault::Missing && leak.proof.is_some() && leak.whose == Whose::Owner
}

/// "calls `unsubscribe`"
fn calls(leak: &Leak) -> String {
    release_name(leak).map_or_else(|| "releases it".to_string(), |name| format!("calls `{name}`"))
}

fn release_name<'l>(leak: &'l Leak) -> Option<&'l String> {
    let names = |release: &'l crate::catalog::schema::Release| release.methods.first().or(release.functions.first());
    leak.open.opener.releases.iter().find_map(names)
}

fn primary_label(leak: &Leak, what: &str) -> String {
    match (leak.fault, leak.effect) {
        (Fault::Missing, Some(_)) if forgets(leak) => format!("this effect opens {what}"),
        (Fault::Missing, Some(_)) => format!("this effect opens {what} and returns nothing that releases it"),
        (Fault::Missing, None) if leak.whose == Whose::Handler => format!("{what} is opened here on every event"),
        (Fault::Missing, None) if leak.whose == Whose::Begun => format!("{what} is opened here and kept"),
        (Fault::Missing, None) if leak.whose == Whose::Rendering => format!("{what} is opened here on every rendering"),
        (Fault::Missing, None) if leak.whose == Whose::Visit => format!("{what} is opened here for every client"),
        (Fault::Missing, None) if leak.whose == Whose::Reconnect => format!("{what} is opened here on every reconnect"),
        (Fault::Missing, None) if leak.whose == Whose::Subscriber => {
            format!("{what} is opened here for each subscriber")
        }
        (Fault::Missing, None) if leak.whose != Whose::Owner => format!("{what} is opened here by each object"),
        (Fault::Missing, None) => format!("{what} is opened here on every mount"),
        (Fault::Pending(_), Some(_)) => "the cleanup of this effect leaves the timer running".into(),
        (Fault::Late, Some(_)) => "this effect may end before it opens what its cleanup releases".into(),
        (Fault::Endless, Some(_)) => "this effect starts a loop and returns nothing that ends it".into(),
        (Fault::Skipped(_) | Fault::Parted(_), Some(_)) => "this effect does not always return its cleanup".into(),
        (Fault::Kept, Some(_)) => format!("this effect opens {what} that nothing can end"),
        (Fault::Unstopped, _) => format!("{what} is opened here on every event"),
        (Fault::Kept, None) => format!("{what} is opened here on every mount"),
        (Fault::Outrun, _) => format!("{what} is opened here"),
        (_, Some(_)) => "the cleanup of this effect does not release it".into(),
        (_, None) => format!("{what} is opened here"),
    }
}

/// How many of its places come before what the finding is about: an effect runs first of all, and so does what makes
/// an object; the opener itself is come to from where the component begins.
fn before(leak: &Leak) -> usize {
    let started = usize::from(leak.effect.is_none() && !leak.loose);
    let opener = primary(leak) == leak.open.call;
    started + if opener { leak.open.path.iter().filter(|call| **call != primary(leak)).count() } else { 0 }
}

/// Each place once: several may be opened on one way.
fn group_related(program: &Program, group: &[&Leak]) -> Vec<Related> {
    let mut found: Vec<Related> = Vec::new();
    for related in group.iter().enumerate().flat_map(|(at, leak)| all_related(program, leak, at > 0)) {
        if !found.iter().any(|other| other.place == related.place && other.message == related.message) {
            found.push(related);
        }
    }
    found
}

/// What is told along and stands outside of any effect has a place of its own, too.
fn all_related(program: &Program, leak: &Leak, along: bool) -> Vec<Related> {
    let message = || format!("{} is opened here, too", with_article(&leak.open.opener.label));
    let own =
        (along && leak.loose).then(|| Related { place: words::place(program, leak.open.call), message: message() });
    own.into_iter().chain(related(program, leak)).collect()
}

fn related(program: &Program, leak: &Leak) -> Vec<Related> {
    let mut found = Vec::new();
    if leak.effect.is_none() && !leak.loose {
        let message = match leak.whose {
            Whose::Object(_) => "starts the object",
            Whose::Rendering => "runs on each rendering",
            Whose::Visit => "runs for each client",
            Whose::Reconnect => "runs each time that the client is connected again",
            Whose::Begun => "runs on an event",
            _ if leak.whose == Whose::Handler || leak.fault == Fault::Nobody => "runs on each event",
            _ => "runs on mount",
        };
        found.push(named(program, leak.start, message));
    }
    let called = |call: &CallRef| {
        let name = program.call(*call).callee_name(program.facts(call.file)).filter(|name| !name.is_empty());
        let message = name.map_or_else(|| "the way leads over here".into(), |name| format!("`{name}` is called here"));
        Related { place: words::place(program, *call), message }
    };
    found.extend(leak.open.path.iter().filter(|call| **call != primary(leak)).map(called));
    if primary(leak) != leak.open.call {
        let message = format!("{} is opened here", with_article(&leak.open.opener.label));
        found.push(Related { place: words::place(program, leak.open.call), message });
    }
    let message = match leak.fault {
        Fault::Late => "this may run before it is opened",
        Fault::Pending(_) => "this closes the one that is open by then",
        Fault::SetOff => "closing it here runs the handler",
        Fault::Outrun => "what comes behind it goes on with another stream",
        Fault::ForAll => "nobody can use it any more after this",
        Fault::Missing => "the cleanup calls this, but nothing that releases it",
        _ => "this does not release it",
    };
    let proof = leak.proof.map(|call| Related { place: words::place(program, call), message: message.into() });
    found.extend(proof);
    if let Fault::Pending(timer) = leak.fault {
        let message = "this timer opens it again".into();
        found.push(Related { place: words::place(program, timer), message });
    }
    if let Fault::Skipped(span) | Fault::Parted(span) = leak.fault {
        let place = Place { file: program.units[leak.start.file as usize].source, span };
        let other = matches!(leak.fault, Fault::Parted(_));
        let message = if other { "this way out returns another cleanup" } else { "this way out returns no cleanup" };
        found.push(Related { place, message: message.into() });
    }
    if let Whose::Object(end) = leak.whose {
        found.push(named(program, end, "ends the object and leaves it open"));
    }
    found.retain(|related| related.place.span != Span::default());
    found
}

/// The place of a function's name.
fn named(program: &Program, f: FnRef, message: &str) -> Related {
    let place = Place { file: program.units[f.file as usize].source, span: program.function(f).name_span };
    Related { place, message: message.into() }
}

fn why(leak: &Leak, label: &str) -> String {
    match leak.fault {
        Fault::OtherHandler => "a listener is removed only by the very function that was added".into(),
        Fault::OtherTarget => "each object keeps listeners of its own: removing one elsewhere does nothing".into(),
        Fault::ForAll => "it is there before the component and after it: the next one that uses it fails".into(),
        Fault::Partly => format!("the {label} goes on until each of them is released, or it is ended as a whole"),
        Fault::OtherCapture => "a listener added for the capture phase is removed only for the capture phase".into(),
        Fault::Guarded => "references are emptied before the cleanup runs".into(),
        Fault::Overwritten => format!("one place holds one {label}: the first is lost, still open"),
        Fault::Rerun => format!("the place holds the {label} of the last run; those before it stay open"),
        Fault::Uncalled => {
            format!("hooks were renamed between major versions: every mount leaves one more {label} behind")
        }
        Fault::Unregistered => {
            "a framework knows whose end is meant only until something is awaited for the first time".into()
        }
        Fault::Revived => "the handler cannot tell that nobody wants the connection any more".into(),
        Fault::SetOff => {
            format!("the handler cannot tell that nobody wants the connection any more, and nothing ends the {label}")
        }
        Fault::Reopened => "it outlives the component, and listens once more after each time that it is opened".into(),
        Fault::Skipped(_) => format!("an effect that returns nothing has no cleanup, and the {label} stays"),
        Fault::Parted(_) => format!("the cleanup that is returned there releases other things, and the {label} stays"),
        Fault::Opening => {
            format!("a {label} that is still connecting is left alone, and opens when nobody wants it any more")
        }
        Fault::Late => {
            format!("a component that goes meanwhile has nothing to release yet, and the {label} comes after")
        }
        Fault::Pending(_) => format!("a component that goes while the timer runs leaves the next {label} open"),
        Fault::Endless => "every mount leaves one more loop behind, with all that it does in each iteration".into(),
        Fault::Kept => "it stays with its source, which does not end, when all who listened have gone".into(),
        Fault::Outrun => {
            "an operator that goes on with another stream follows it until that one ends, which it never does".into()
        }
        Fault::Unstopped => format!("what was made of the {label} ends by itself, and each start leaves one more open"),
        Fault::Nobody if leak.effect.is_none() => format!("each event leaves one more {label} behind"),
        Fault::Missing if leak.whose == Whose::Begun => {
            format!("whoever leaves the component meanwhile leaves the {label} open, and can no longer end it")
        }
        Fault::Missing if leak.whose != Whose::Owner => {
            let each = match leak.whose {
                Whose::Handler => "event",
                Whose::Rendering => "rendering",
                Whose::Visit => "client that has gone",
                Whose::Reconnect => "connection that was lost",
                Whose::Subscriber => "subscriber that has gone",
                _ => "object that has ended",
            };
            format!("each {each} leaves one more {label} behind, with all that its callback holds")
        }
        _ => format!("every mount leaves one more {label} behind, with all that its callback holds"),
    }
}

fn help(leak: &Leak, label: &str) -> String {
    let release = release_name(leak).map_or_else(|| format!("release the {label}"), |name| format!("call `{name}`"));
    match leak.fault {
        Fault::Missing if leak.whose == Whose::Handler => {
            format!("{release} before the next one is opened, and when the component goes")
        }
        Fault::Missing if leak.whose == Whose::Visit => format!("{release} when the client goes"),
        Fault::Missing if leak.whose == Whose::Reconnect => {
            format!("open it beside this handler, not in it, or {release} when the connection is lost")
        }
        Fault::Missing if leak.whose == Whose::Subscriber => {
            format!("return a function from what makes the stream, and {release} in it")
        }
        Fault::Missing if leak.whose == Whose::Rendering => {
            format!("open it in an effect, and {release} in its cleanup")
        }
        Fault::Missing if forgets(leak) => format!("{release} in the cleanup too"),
        Fault::Missing | Fault::FlagOnly => match leak.end {
            End::Returned => format!("return a function from the effect, and {release} in it"),
            End::Named(name) => format!("{release} in `{name}`"),
            End::Unknown => format!("{release} when the component goes"),
        },
        Fault::Unstopped => format!("{release} where it is stopped"),
        Fault::Endless => "set a flag in the cleanup, and leave the loop where it is set".into(),
        Fault::Kept => format!("write `{}`", leak.open.opener.instead),
        Fault::Outrun => "put the operator that ends it last".into(),
        Fault::OtherHandler => "keep the function in a variable and give the same one to both calls".into(),
        Fault::OtherTarget => "remove it from the object that it was added to".into(),
        Fault::ForAll => format!("keep what was opened, and {release} on that"),
        Fault::Partly => format!("{release} in the cleanup"),
        Fault::Skipped(_) => format!("{release} on each way out, or open it below the last `return` that is without"),
        Fault::Parted(_) => format!("{release} in each cleanup that is returned"),
        Fault::Stale => "keep what was opened in a variable of the effect and release that".into(),
        Fault::Overwritten => format!("keep each {label} in a place of its own"),
        Fault::SetOff => {
            format!("take the handler away before the connection is closed, and {release} afterwards")
        }
        Fault::Revived => {
            "set a flag before it is closed and test it in the handler, or take the handler away first".into()
        }
        Fault::Rerun => format!("{release} at the end of each run, in a function that belongs to the effect"),
        Fault::Uncalled => match leak.end {
            End::Named(name) => format!("{release} in `{name}`"),
            _ => "give the hook the name that this version of the framework calls".into(),
        },
        Fault::Unregistered => "register the cleanup before anything is awaited".into(),
        Fault::EmptiedFirst => "release first, then empty the variable".into(),
        Fault::Abolished => format!("{release} on what the opener gave"),
        Fault::Guarded => "release without the condition, or test what was opened".into(),
        Fault::Opening => format!("{release} in whatever state it is"),
        Fault::Pending(_) => "clear the timer in the cleanup, too".into(),
        Fault::Late => format!("set a flag in the cleanup, and where it is set {release} as soon as it is there"),
        _ => format!("{release} with what was opened"),
    }
}

/// One fix for all that a finding tells of; none where some of it has none and nothing else ends it.
fn fix(program: &Program, group: &[&Leak], mends: &[Option<&Mend>]) -> Option<Fix> {
    let each = || group.iter().zip(mends);
    let by = |other: &Leak, leak: &Leak| ends_both(other, leak) && !ends_both(leak, other);
    let ended = |leak: &Leak| each().any(|(other, mend)| mend.is_some() && by(other, leak));
    let mends: Vec<&Mend> = each().filter(|(leak, _)| !ended(leak)).map(|(_, mend)| *mend).collect::<Option<_>>()?;
    let (file, edits) = together(&mends)?;
    let file = program.units[file as usize].source;
    let edits = edits.into_iter().map(|(span, text)| Edit { file, span, text });
    let title = match group {
        [leak] => format!("Release the {}", leak.open.opener.label),
        _ => "Release what is opened".to_string(),
    };
    let sure = mends.iter().all(|mend| !mend.untyped);
    let applicability = if sure { Applicability::Safe } else { Applicability::Unsafe };
    Some(Fix::new(title, applicability, edits.collect()))
}
