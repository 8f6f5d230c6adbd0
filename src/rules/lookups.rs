//! `redundant-lookup`: one request path asks twice who someone is.
//!
//! Words what `checks::lookups` finds. Names no library and no language.

use rustc_hash::FxHashMap;

use super::words;
use crate::checks::Project;
use crate::checks::lookups::{Repeated, Subject, repeated};
use crate::finding::{Also, Confidence, Finding, Related, Severity};
use crate::program::CallRef;

/// When more calls than this come to look up again at one place, that place is at fault, and is told once.
const MOST: usize = 5;

pub fn check(project: &Project) -> Vec<Finding> {
    let all = repeated(project);
    let mut by_place: FxHashMap<CallRef, Vec<&Repeated>> = FxHashMap::default();
    for repeated in &all {
        by_place.entry(repeated.within.unwrap_or(repeated.again)).or_default().push(repeated);
    }
    let mut findings: Vec<Finding> = Vec::new();
    for group in by_place.values() {
        match group.as_slice() {
            [first, rest @ ..] if rest.len() >= MOST => findings.push(together(project, first, rest)),
            few => findings.extend(few.iter().map(|repeated| word(project, repeated))),
        }
    }
    findings
}

/// One for all that come to the same place.
fn together(project: &Project, first: &Repeated, rest: &[&Repeated]) -> Finding {
    let places = rest.iter().map(|repeated| words::place(&project.program, repeated.again));
    Finding { also: Also::of("and again at", "asks again too", places), ..word(project, first) }
}

fn word(project: &Project, repeated: &Repeated) -> Finding {
    let program = &project.program;
    let what = match repeated.subject {
        Subject::Session => "session",
        Subject::User => "user",
    };
    let name = program.call(repeated.again).callee_name(program.facts(repeated.again.file)).unwrap_or("this call");
    let mut related = words::related(project, &repeated.chain);
    related.push(Related {
        place: words::place(program, repeated.first),
        message: format!("the {what} is looked up here"),
    });
    related.extend(repeated.within.map(|call| Related {
        place: words::place(program, call),
        message: format!("`{name}` looks it up again here"),
    }));
    Finding {
        rule: "redundant-lookup",
        severity: Severity::Note,
        confidence: Confidence::Medium,
        message: format!("the same {what} is looked up twice {}", words::how_often(repeated.trigger)),
        place: words::place(program, repeated.again),
        label: "asks again for what is already known".into(),
        client: None,
        related,
        why: "each look-up is a query of its own, over a connection that another request waits for".into(),
        help: format!("pass the {what} on, or let one function give all that is needed"),
        fix: None,
        scope: words::scope(program, repeated.f),
        also: Also::default(),
        after: usize::from(repeated.within.is_some()),
        entry: None,
        pedantic: false,
    }
}
