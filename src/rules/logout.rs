//! `logout-without-disconnect`: signing out leaves the user's realtime connection open.
//!
//! Words what the project's sharing says of sign-outs. Names no library.

use super::words;
use crate::checks::Project;
use crate::checks::sharing::logout::{SignOut, sign_outs};
use crate::edits::disconnect::disconnected;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Related, Severity};

pub fn check(project: &Project) -> Vec<Finding> {
    sign_outs(project).iter().map(|found| word(project, found)).collect()
}

fn word(project: &Project, found: &SignOut) -> Finding {
    let program = &project.program;
    let info = program.catalog.ty(found.ty);
    let name = words::client_name(program, found.opened, found.ty);
    let release = info.row.release.first().map_or("disconnect", String::as_str);
    let opened =
        Related { place: words::place(program, found.opened), message: "the user's connection is opened here".into() };
    let ends = found.through.map(|call| Related {
        place: words::place(program, call),
        message: "what ends the session stands here".into(),
    });
    Finding {
        rule: "logout-without-disconnect",
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        message: format!("signing out leaves the connection of `{name}` open"),
        place: words::place(program, found.call),
        label: "the user signs out here, and nothing disconnects".into(),
        client: Some(words::client_id(program, found.opened, found.ty)),
        related: [opened].into_iter().chain(ends).collect(),
        why: "the socket stays open as the old user: it counts as a connection, and its events reach the next one"
            .into(),
        help: format!("call `{release}()` on the client before the session ends"),
        fix: disconnected(project, found)
            .map(|edits| Fix::new(format!("Call `{release}` before signing out"), Applicability::Safe, edits)),
        scope: words::scope(program, found.function),
        also: Also::default(),
        after: usize::from(found.through.is_some()),
        entry: None,
        pedantic: false,
    }
}
