//! Words for connections that settings declare: too many for their server, or without a bound.
//!
//! Names no library and no language.

use super::pools::starts;
use crate::capacity::load::Load;
use crate::checks::Project;
use crate::checks::declared::{Fault, Found, declared};
use crate::finding::{Also, Confidence, Finding, Severity};

/// Declarations that come to more than their server allows.
pub fn over_budget(project: &Project) -> Vec<Finding> {
    let wanted = |found: &Found| matches!(found.fault, Fault::OverBudget { .. });
    declared(project).iter().filter(|found| wanted(found)).map(|found| word(project, found)).collect()
}

/// Declarations that keep a connection for each of any number of threads.
pub fn unbounded(project: &Project) -> Vec<Finding> {
    let wanted = |found: &Found| matches!(found.fault, Fault::Threads { .. });
    declared(project).iter().filter(|found| wanted(found)).map(|found| word(project, found)).collect()
}

fn word(project: &Project, found: &Found) -> Finding {
    let declared = &found.declared;
    let info = project.program.catalog.ty(declared.ty);
    let name = format!("`{}` of `{}`", declared.name, declared.row.variable);
    let base = Finding {
        rule: "pool-over-budget",
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        message: String::new(),
        place: found.place,
        label: String::new(),
        client: Some(info.display.clone()),
        related: Vec::new(),
        after: 0,
        why: String::new(),
        help: String::new(),
        fix: None,
        scope: format!("{}.{}", declared.row.variable, declared.name),
        also: Also::default(),
        entry: None,
        pedantic: false,
    };
    match &found.fault {
        Fault::OverBudget { load, most, total, allowed } => Finding {
            message: format!("{name} comes to {total} connections, more than the server has to give"),
            label: sum(*load, *most, *total),
            related: starts(*load),
            why: allowed.text.clone(),
            help: "start fewer processes or threads, close connections after each request, or put a pooler before the server".into(),
            ..base
        },
        Fault::Threads { setting, age, load } => Finding {
            rule: "pool-unbounded",
            message: format!("`{setting}` keeps a connection of {name} for each thread, and nothing bounds the threads"),
            label: if age.is_infinite() { "connections are kept for ever".into() } else { format!("connections are kept for {age} s") },
            related: starts(*load),
            why: "this server runs requests in as many threads as there are requests: each thread that ever served one keeps its connection".into(),
            help: format!("set `{setting}` to 0 under such a server, or have the driver keep a pool"),
            ..base
        },
    }
}

/// `9 workers x 12 threads = 108`
fn sum(load: Load, most: f64, total: f64) -> String {
    let Load { workers, instances, .. } = load;
    let parts = [(instances, "instances"), (workers, "workers"), (most, "connections")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 1.0).map(|(count, what)| format!("{count} {what}")).collect();
    format!("{} = {total}", parts.join(" x "))
}
