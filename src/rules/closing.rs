//! `shared-client-closed`, `missing-shutdown`: a client that the process keeps is closed too early or
//! never.
//!
//! Words what the project's sharing says. Names no library.

use super::words;
use crate::checks::Project;
use crate::checks::sharing::closing::{Closed, closed};
use crate::checks::sharing::hooks::{Owner, Unrun, unrun};
use crate::checks::sharing::parts::{Left, left_open};
use crate::checks::sharing::shutdown::{Unclosed, unclosed};
use crate::edits::dispose::{disposed, switched_on, with_the_rest};
use crate::edits::take_out;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Place, Related, Severity};
use crate::program::FnRef;
use crate::values::sites::info;

pub fn shared_client_closed(project: &Project) -> Vec<Finding> {
    closed(project).iter().map(|closed| early(project, closed)).collect()
}

fn early(project: &Project, closed: &Closed) -> Finding {
    let program = &project.program;
    let site = closed.shared.site;
    let info = info(program, site);
    let name = words::client_name(program, site.call, site.ty);
    let often = words::how_often(closed.trigger);
    let reusable = info.row.reusable;
    let mut related =
        vec![Related { place: words::place(program, site.call), message: "the shared client is built here".into() }];
    related.extend(words::related(project, &closed.chain));
    let harm = if reusable { "have to connect again" } else { "fail" };
    Finding {
        rule: "shared-client-closed",
        severity: if reusable { Severity::Warning } else { Severity::Error },
        confidence: Confidence::High,
        message: format!("the shared `{name}` is closed {often}"),
        place: Place { file: program.units[closed.function.file as usize].source, span: closed.span },
        label: "closed here, while others use it".into(),
        client: Some(words::client_id(program, site.call, site.ty)),
        related,
        why: format!(
            "the whole process shares this `{name}`: what other requests run on it at that moment loses its connection, and later ones {harm}"
        ),
        help: "remove the call; close the client once, when the process stops".into(),
        fix: take_out::fix(project, closed),
        scope: words::scope(program, closed.function),
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

pub fn missing_shutdown(project: &Project) -> Vec<Finding> {
    let whole = unclosed(project);
    let parts = left_open(project);
    let unrun = unrun(project);
    let found = whole.iter().map(|unclosed| never(project, unclosed));
    let found = found.chain(unrun.iter().map(|unrun| asleep(project, unrun)));
    let parts =
        parts.iter().filter(|left| left.hooked && !whole.iter().any(|it| it.shared.site.call == left.site.call));
    found.chain(parts.map(|left| part(project, left))).collect()
}

/// Objects that others end, and that keep a client open.
pub fn forgotten(project: &Project) -> Vec<Finding> {
    left_open(project).iter().filter(|left| !left.hooked).map(|left| part(project, left)).collect()
}

/// A hook that nobody has switched on.
fn asleep(project: &Project, unrun: &Unrun) -> Finding {
    let program = &project.program;
    let display = &program.catalog.ty(unrun.ty).display;
    let name = |f: FnRef| program.function(f).name.as_deref().unwrap_or_default();
    let source = |file: u32| program.units[file as usize].source;
    let place = |owner: Owner| match owner {
        Owner::Class { site: Some(call), .. } | Owner::Module(call) => words::place(program, call),
        Owner::Class { class, .. } => Place { file: source(class.file), span: program.class(class).name_span },
    };
    let (message, related, home) = match unrun.owner {
        Owner::Class { class, hook, .. } => {
            let of = &program.class(class).name;
            let place = Place { file: source(hook.file), span: program.function(hook).name_span };
            let related = Related { place, message: "the hook that would close it".into() };
            (format!("nothing runs `{}` of `{of}` when the server stops", name(hook)), vec![related], hook)
        }
        Owner::Module(call) => {
            let home = FnRef { file: call.file, id: program.call(call).function };
            (format!("nothing closes what `{display}` opens when the server stops"), Vec::new(), home)
        }
    };
    Finding {
        rule: "missing-shutdown",
        severity: Severity::Note,
        confidence: Confidence::Medium,
        message,
        place: place(unrun.owner),
        label: format!("keeps a `{display}` for the life of the process"),
        client: Some(display.clone()),
        related,
        why: format!(
            "the framework runs its hooks of shutdown only after `{}`, which nothing calls: a deployment that stops the process closes nothing",
            unrun.enabled_by
        ),
        help: format!("call `{}()` on the application before it listens", unrun.enabled_by),
        fix: switched_on(project, unrun.enabled_by, unrun.owner.file()).map(|edits| {
            let title = format!("Call `{}` before the application listens", unrun.enabled_by);
            Fix::new(title, Applicability::Unsafe, edits)
        }),
        scope: words::scope(program, home),
        also: Also::of("not closed either:", "nothing closes this one either", unrun.others.iter().copied().map(place)),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

fn part(project: &Project, left: &Left) -> Finding {
    let program = &project.program;
    let site = left.site;
    let name = words::client_name(program, site.call, site.ty);
    let release = info(program, site).row.release.first().map_or("close", String::as_str);
    let end = words::function_name(program, left.end);
    let place =
        Place { file: program.units[left.end.file as usize].source, span: program.function(left.end).name_span };
    let (rule, severity, confidence, why) = match left.hooked {
        true => (
            "missing-shutdown",
            Severity::Note,
            Confidence::High,
            "the object can be taken out and put in again while the program runs: each time, the connections of the last one stay open",
        ),
        false => (
            "connection-not-released",
            Severity::Warning,
            Confidence::Medium,
            "whoever ends the object has nothing else to close: the connections of each one stay open",
        ),
    };
    Finding {
        rule,
        severity,
        confidence,
        message: format!("{end} leaves this `{name}` open"),
        place: words::place(program, site.call),
        label: "built for the life of the object".into(),
        client: Some(words::client_id(program, site.call, site.ty)),
        related: vec![Related { place, message: "the object ends here".into() }],
        why: why.into(),
        help: format!("call `{release}()` on it in {end}"),
        fix: with_the_rest(project, left)
            .map(|edits| Fix::new(format!("Close it in {end}"), Applicability::Unsafe, edits)),
        scope: words::scope(program, site.function),
        also: Also::default(),
        after: 1,
        entry: None,
        pedantic: false,
    }
}

fn never(project: &Project, unclosed: &Unclosed) -> Finding {
    let program = &project.program;
    let site = unclosed.shared.site;
    let info = info(program, site);
    let name = words::client_name(program, site.call, site.ty);
    let release = info.row.release.first().map_or("close", String::as_str);
    let mut related = words::related(project, &unclosed.shared.chain);
    related.extend(unclosed.start.map(|place| Related { place, message: "the server runs from here".into() }));
    let idle = unclosed.idle.map(|f| Related {
        place: Place { file: program.units[f.file as usize].source, span: program.function(f).name_span },
        message: "nothing runs what would close it".into(),
    });
    let after = usize::from(unclosed.start.is_some()) + usize::from(idle.is_some());
    related.extend(idle);
    let others = unclosed.others.iter().map(|other| words::place(program, *other));
    Finding {
        rule: "missing-shutdown",
        severity: Severity::Note,
        confidence: Confidence::Medium,
        message: format!("nothing closes this `{name}` when the server stops"),
        place: words::place(program, site.call),
        label: "built for the life of the process".into(),
        client: Some(words::client_id(program, site.call, site.ty)),
        related,
        why: "a deployment that stops the process cuts running work off, and the server keeps the connections until it notices".into(),
        help: format!("call `{release}()` from the shutdown hook or a handler of SIGTERM and SIGINT"),
        fix: disposed(project, unclosed)
            .map(|edits| Fix::new(format!("Call `{release}` on shutdown"), Applicability::Unsafe, edits)),
        scope: words::scope(program, site.function),
        also: Also::of("not closed either:", "nothing closes this one either", others),
        after,
        entry: None,
        pedantic: false,
    }
}
