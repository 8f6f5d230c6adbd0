//! Words for `transaction-left-open`.

use super::release::{client, function, name};
use super::words;
use crate::checks::Project;
use crate::finding::{Also, Confidence, Finding, Place, Related, Severity};
use crate::ownership::release::{Implicit, Scattered, Unended};
use crate::program::CallRef;
use crate::values::Program;

pub fn transaction_left_open(project: &Project) -> Vec<Finding> {
    let releases = project.releases();
    let left = releases.unended.iter().map(|unended| word_unended(project, unended));
    let scattered = releases.scattered.iter().map(|scattered| word_scattered(project, scattered));
    let implicit = releases.implicit.iter().map(|implicit| word_implicit(project, implicit));
    left.chain(scattered).chain(implicit).collect()
}

/// What all of them say alike of where it begins, or of the connection that is kept.
fn told(program: &Program, call: CallRef) -> Finding {
    Finding {
        rule: "transaction-left-open",
        severity: Severity::Error,
        confidence: Confidence::High,
        message: String::new(),
        place: words::place(program, call),
        label: String::new(),
        client: None,
        related: Vec::new(),
        why: String::new(),
        help: String::new(),
        fix: None,
        scope: words::scope(program, function(program, call)),
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

fn word_unended(project: &Project, unended: &Unended) -> Finding {
    let program = &project.program;
    let name = name(program, unended.taken, unended.resource);
    let place = |call| words::place(program, call);
    let failed = unended.failed.map(|call| Related { place: place(call), message: "an error here leads there".into() });
    let (file, span) = unended.given_back;
    let end = Place { file: program.units[file as usize].source, span };
    let given_back = Related { place: end, message: "it is given back here".into() };
    Finding {
        message: match unended.failed {
            Some(_) => format!("`{name}` is given back with its transaction open when an error is thrown"),
            None => format!("`{name}` is given back with its transaction open"),
        },
        label: "the transaction begins here".into(),
        client: Some(client(program, unended.taken, unended.resource)),
        related: failed.into_iter().chain([given_back]).collect(),
        why: "whoever takes the connection next works inside the transaction, and its locks stay until then".into(),
        help: "commit or roll back on every path before the connection is given back".into(),
        ..told(program, unended.begun)
    }
}

fn word_scattered(project: &Project, scattered: &Scattered) -> Finding {
    let program = &project.program;
    let ran = scattered.run.unwrap_or(scattered.begun);
    let pool = words::client_name(program, ran, scattered.pool);
    let run = scattered.run.map(|call| Related {
        place: words::place(program, call),
        message: "it runs here, over any connection of the pool".into(),
    });
    Finding {
        message: format!("a transaction is begun on `{pool}` itself, over whichever of its connections is idle"),
        label: "the transaction begins here".into(),
        client: Some(words::client_id(program, ran, scattered.pool)),
        related: run.into_iter().collect(),
        why: "the statements after it may run over other connections, and this one goes back with its transaction open"
            .into(),
        help: "take one connection out of the pool, and begin, work and commit over it".into(),
        ..told(program, scattered.begun)
    }
}

fn word_implicit(project: &Project, implicit: &Implicit) -> Finding {
    let program = &project.program;
    let name = name(program, implicit.call, implicit.resource);
    let begun = Related {
        place: words::place(program, implicit.begun),
        message: "the first statement begins a transaction".into(),
    };
    Finding {
        severity: Severity::Warning,
        message: format!("nothing ends the transactions that statements begin on this `{name}`"),
        label: "opened here, and kept".into(),
        client: Some(client(program, implicit.call, implicit.resource)),
        related: vec![begun],
        why: "the server shows it as `idle in transaction`: old rows cannot be cleaned up, locks stay, and what is written is lost"
            .into(),
        help: "commit or roll back after each piece of work, or set `autocommit`".into(),
        ..told(program, implicit.call)
    }
}
