//! `unreliable-unload`: the only page-leave cleanup hangs on an event that may never come.
//!
//! Words what the analysis of effects says of page-leave handlers. Names no library.

use super::words;
use crate::checks::Project;
use crate::finding::{Also, Applicability, Confidence, Edit, Finding, Fix, Place, Related, Severity};
use crate::ownership::effects::Leave;

pub fn check(project: &Project) -> Vec<Finding> {
    project.effects().leaves.iter().map(|leave| word(project, leave)).collect()
}

fn word(project: &Project, leave: &Leave) -> Finding {
    let program = &project.program;
    let file = program.units[leave.at.file as usize].source;
    let release = program.call(leave.release);
    let name = release.callee_name(program.facts(leave.release.file)).unwrap_or("the release").to_string();
    Finding {
        rule: "unreliable-unload",
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        message: format!("`{name}` depends on an event that may never fire when the page is left"),
        place: Place { file, span: leave.span },
        label: "mobile browsers and the back/forward cache skip this event".into(),
        client: Some(name.clone()),
        related: vec![Related {
            place: words::place(program, leave.release),
            message: if leave.tells { "what is sent here may never arrive" } else { "what is released here stays open on the server" }
                .into(),
        }],
        why: "`beforeunload` and `unload` do not fire when a phone switches apps, a tab is discarded or the page enters the back/forward cache"
            .into(),
        help: help(leave, &name),
        fix: fix(project, leave),
        scope: words::scope(program, leave.at),
        also: Also::default(),
        after: 1,
        entry: None,
        pedantic: false,
    }
}

fn help(leave: &Leave, name: &str) -> String {
    if leave.tells {
        return "send it with `navigator.sendBeacon`, or `fetch` with `keepalive`, on `pagehide` or when the page becomes hidden".into();
    }
    format!("call `{name}` on `pagehide`, and on `visibilitychange` when the page becomes hidden for good")
}

/// `pagehide` in place of the event's name, at the registration and wherever it is taken back.
fn fix(project: &Project, leave: &Leave) -> Option<Fix> {
    let file = project.program.units[leave.at.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let edits: Vec<Edit> = leave
        .names
        .iter()
        .filter_map(|span| {
            let quote = text.get(span.range())?.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
            Some(Edit { file, span: *span, text: format!("{quote}pagehide{quote}") })
        })
        .collect();
    (!edits.is_empty() && edits.len() == leave.names.len())
        .then(|| Fix::new("Listen for `pagehide` instead", Applicability::Unsafe, edits))
}
