//! `redundant-lookup`: one request path asks twice who someone is.
//!
//! Words what `project::lookups` finds. Names no library and no language.

use super::words;
use crate::finding::{Also, Confidence, Finding, Related, Severity};
use crate::project::Project;
use crate::project::lookups::{Repeated, Subject, repeated};

pub fn check(project: &Project) -> Vec<Finding> {
    repeated(project).iter().map(|repeated| word(project, repeated)).collect()
}

fn word(project: &Project, repeated: &Repeated) -> Finding {
    let program = &project.program;
    let what = match repeated.subject {
        Subject::Session => "session",
        Subject::User => "user",
    };
    let name = program.call(repeated.again).callee_name(program.facts(repeated.again.file)).unwrap_or("this call");
    let mut related = vec![Related {
        place: words::place(program, repeated.first),
        message: format!("the {what} is looked up here"),
    }];
    related.extend(repeated.within.map(|call| Related {
        place: words::place(program, call),
        message: format!("`{name}` looks it up again here"),
    }));
    related.extend(words::related(project, &repeated.chain, repeated.trigger));
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
        entry: None,
        pedantic: false,
    }
}
