//! `hot-reload-leak`: a module-level client that the dev server builds anew on each reload.
//!
//! Words what the project's sharing says of reloads. Names no library.

use super::words;
use crate::checks::Project;
use crate::checks::sharing::Guard;
use crate::checks::sharing::duplicates::duplicates;
use crate::checks::sharing::reload::{Leak, leaks};
use crate::edits::guarded_holder::guarded_holder;
use crate::edits::guarded_inside::guarded_inside;
use crate::edits::rewrite;
use crate::facts::FnId;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Severity};
use crate::values::sites::info;

pub fn check(project: &Project) -> Vec<Finding> {
    let leaks = leaks(project);
    if leaks.is_empty() {
        return Vec::new();
    }
    let duplicates = duplicates(project);
    let gives_way = |leak: &Leak| {
        let mut all = duplicates.iter().flat_map(|all| all.surplus.iter().map(move |one| (all, one)));
        let (all, own) = all.find(|(_, one)| one.surplus.site.call == leak.shared.site.call)?;
        Some(all.kept.get(own.kept).and_then(|kept| super::duplicates::import(project, &own.surplus, kept)))
    };
    leaks.iter().map(|leak| word(project, leak, gives_way(leak))).collect()
}

/// Where another client of the process takes its place, the fix is the import of that.
fn word(project: &Project, leak: &Leak, import: Option<Option<Fix>>) -> Finding {
    let program = &project.program;
    let site = leak.shared.site;
    let name = words::client_name(program, site.call, site.ty);
    let label = match &leak.guard {
        Guard::WriteOnly(slot) => {
            format!("a new client is built although `{slot}` on the global object may hold one: nothing reads it")
        }
        Guard::ReadOnly(slot) => format!("`{slot}` on the global object is read here, but nothing ever fills it"),
        _ if site.function.id == FnId::TOP => {
            "built when the module is evaluated, and nothing outlives the module".to_string()
        }
        _ => format!(
            "built by {}, and kept where nothing outlives the module",
            words::function_name(program, site.function)
        ),
    };
    let others = leak.others.iter().map(|other| words::place(program, *other));
    let guarded = || {
        let inside = || (leak.guard == Guard::None).then(|| guarded_inside(project, leak.shared.site)).flatten();
        let own = rewrite::guarded(project, &leak.shared, &leak.guard).or_else(inside);
        own.map(|edits| Fix::new("Keep the client on `globalThis`", Applicability::Unsafe, edits))
    };
    let held = || {
        let edits = (leak.guard == Guard::None).then(|| guarded_holder(project, leak.shared.site)).flatten()?;
        Some(Fix::new("Keep what holds the client on `globalThis`", Applicability::Unsafe, edits))
    };
    Finding {
        rule: "hot-reload-leak",
        severity: Severity::Warning,
        confidence: if leak.guard == Guard::None { Confidence::High } else { Confidence::Medium },
        message: format!("`{name}` is built anew on every reload of the dev server"),
        place: words::place(program, site.call),
        label,
        client: Some(words::client_id(program, site.call, site.ty)),
        related: words::related(project, &leak.shared.chain),
        why: why(project, leak, &name),
        help: format!("keep it on `globalThis`: read the slot before building `{name}`, and write it afterwards"),
        fix: import.unwrap_or_else(guarded).or_else(held),
        scope: words::scope(program, site.function),
        also: Also::of("or built instead:", "or this one is built instead", others),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

fn why(project: &Project, leak: &Leak, name: &str) -> String {
    let costs = &info(&project.program, leak.shared.site).row.why;
    let framework = &leak.framework;
    let reload = format!(
        "the dev server of {framework} evaluates this module again after each change and the old client stays open"
    );
    if costs.is_empty() { reload } else { format!("{reload}; each `{name}` {costs}") }
}
