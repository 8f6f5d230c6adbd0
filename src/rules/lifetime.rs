//! `client-per-request`, `client-in-render`, `client-in-loop`: one verdict, three words for it.

use super::words;
use crate::capacity::platform::platform;
use crate::catalog::schema::{Kind, Platform};
use crate::checks::Project;
use crate::checks::lifetime::{Often, Verdict, verdicts};
use crate::checks::sharing::shared_beside;
use crate::checks::ways::{Way, others};
use crate::edits::entered::taken_out;
use crate::edits::filled::filled;
use crate::edits::hoist::hoisted;
use crate::edits::in_state::kept_in_state;
use crate::edits::kept::{Built, kept};
use crate::edits::keyed::keyed;
use crate::edits::lazily::lazily;
use crate::edits::replace::replaced;
use crate::edits::shared_module::{Made, made};
use crate::edits::statics::kept_in_static;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Related, Severity};
use crate::values::Program;

pub fn per_request(project: &Project) -> Vec<Finding> {
    let wanted = |often: Often| matches!(often, Often::PerRequest(_) | Often::Endless | Often::PerCall);
    worded(project, "client-per-request", wanted)
}

pub fn in_render(project: &Project) -> Vec<Finding> {
    worded(project, "client-in-render", |often| often == Often::InRender)
}

pub fn in_loop(project: &Project) -> Vec<Finding> {
    worded(project, "client-in-loop", |often| matches!(often, Often::InLoop | Often::PerWorker))
}

fn worded(project: &Project, rule: &'static str, wanted: impl Fn(Often) -> bool) -> Vec<Finding> {
    let found = verdicts(project).iter().filter(|verdict| wanted(verdict.often));
    found.map(|verdict| word(project, rule, verdict)).collect()
}

fn word(project: &Project, rule: &'static str, verdict: &Verdict) -> Finding {
    let program = &project.program;
    let site = &verdict.site;
    let info = program.catalog.ty(site.ty);
    let name = words::client_name(program, site.call, site.ty);
    let often = match verdict.often {
        Often::PerRequest(trigger) => words::how_often(trigger),
        Often::InRender => "on every render",
        Often::InLoop => "in every iteration of a loop",
        Often::Endless => "in every iteration of an endless loop",
        Often::PerWorker => "once for each worker of the server",
        Often::PerCall => "on every call",
    };
    let light = info.row.kind == Kind::HttpClient || info.row.caches;
    let severity = if light || rule == "client-in-loop" { Severity::Warning } else { Severity::Error };
    let confidence = match (verdict.often, verdict.weak) {
        (Often::PerCall, _) | (_, true) => Confidence::Medium,
        _ => Confidence::High,
    };
    let costs = words::costs(project, site);
    let why = if costs.is_empty() { costs } else { format!("each `{name}` {costs}") };
    let (fix, shared) = fix(project, verdict, &name);
    Finding {
        rule,
        severity,
        confidence,
        message: format!("`{name}` is built {often}"),
        place: words::place(program, site.call),
        label: "a client is built here, and nothing keeps it".into(),
        client: Some(words::client_id(program, site.call, site.ty)),
        related: words::related(project, &verdict.chain),
        also: also(project, verdict),
        after: 0,
        entry: words::entry(&project.program, &verdict.chain),
        why,
        help: help(project, verdict, &name, shared),
        fix,
        scope: words::scope(program, site.function),
        pedantic: verdict.minor,
    }
}

/// The calls beside the chain.
fn also(project: &Project, verdict: &Verdict) -> Also {
    let sentence = |way: &Way| format!("called here {}, too", words::how_often(way.trigger));
    let places =
        others(project, verdict).iter().map(|way| Related { place: way.place, message: sentence(way) }).collect();
    Also { lead: "called from", places, ..Also::default() }
}

/// What to do: the client that the package already shares, of the fix if it uses one, else one of its own.
fn help(project: &Project, verdict: &Verdict, name: &str, shared: Option<String>) -> String {
    if verdict.often == Often::PerWorker {
        return format!("build one `{name}` before the server and give each worker a copy of it");
    }
    let keeper = verdict.chain.first().and_then(|step| keeper(&project.program, &step.label));
    if project.program.catalog.ty(verdict.site.ty).row.one_thread {
        return format!("build one `{name}` in each thread and keep it there: threads must not share one");
    }
    if project.program.catalog.ty(verdict.site.ty).row.caches {
        return format!(
            "keep one `{name}` in state that is made once, or at the top of its module where no server renders for several users"
        );
    }
    match (shared.or_else(|| shared_beside(project, &verdict.site)), keeper) {
        (_, Some(keeper)) => format!("build one `{name}` in {keeper}"),
        (Some(path), _) => format!("use the `{name}` that {path} already shares"),
        (None, None) if is_serverless(project, verdict) => {
            format!(
                "build one `{name}` at the top of its module, outside of the handler: an instance keeps it from call to call"
            )
        }
        (None, None) if !project.program.catalog.ty(verdict.site.ty).is_shareable() => {
            format!("build {} when the program starts, and take a `{name}` out of it each time", pool(project, verdict))
        }
        (None, None) => format!("build one `{name}` when the program starts and share it"),
    }
}

/// What the library has for connections that serve one caller at a time.
fn pool(project: &Project, verdict: &Verdict) -> String {
    let catalog = &project.program.catalog;
    let package = catalog.ty(verdict.site.ty).package;
    let pool = catalog.types_of(package).find(|row| row.kind == Kind::Pool);
    pool.map_or_else(|| "a pool of them".to_string(), |row| format!("one `{}`", row.name))
}

fn is_serverless(project: &Project, verdict: &Verdict) -> bool {
    let path = &project.program.units[verdict.site.call.file as usize].path;
    platform(project, &project.pools().files, path) == Some(Platform::Serverless)
}

/// Where programs that run from the top each time keep what must outlive a run.
fn keeper<'p>(program: &'p Program, label: &str) -> Option<&'p str> {
    let rows = program.active.iter().flat_map(|package| &program.catalog.package(*package).files);
    rows.into_iter().find(|row| row.label == label && !row.keeper.is_empty()).map(|row| row.keeper.as_str())
}

/// The first way that there is, and the others where somebody chooses among them.
pub(super) fn best(project: &Project, ways: &[&dyn Fn() -> Option<Fix>]) -> Option<Fix> {
    let mut found = ways.iter().filter_map(|way| way());
    let first = found.next()?;
    if !project.inputs.alternatives {
        return Some(first);
    }
    let mut others: Vec<Fix> = found.filter(|other| other.title != first.title).collect();
    others.dedup_by(|later, earlier| later.title == earlier.title);
    Some(Fix { others, ..first })
}

/// The fix, and the file whose client it uses.
pub(super) fn fix(project: &Project, verdict: &Verdict, name: &str) -> (Option<Fix>, Option<String>) {
    if verdict.often == Often::PerWorker {
        return (None, None);
    }
    let unsafe_fix = |title, edits| Some(Fix::new(title, Applicability::Unsafe, edits));
    if let Some((edits, path)) = replaced(project, &verdict.site) {
        return (unsafe_fix(format!("Use the `{name}` that {path} shares"), edits), Some(path));
    }
    if project.program.catalog.ty(verdict.site.ty).row.caches {
        if let Some(edits) = lazily(project, &verdict.site) {
            return (unsafe_fix(format!("Build `{name}` in a function that runs once"), edits), None);
        }
        let edits = kept_in_state(project, &verdict.site);
        return (edits.and_then(|edits| unsafe_fix(format!("Keep `{name}` in the component's state"), edits)), None);
    }
    let site = &verdict.site;
    let module = || {
        let Made { edits, module } = made(project, site)?;
        let title = format!("Build one `{name}` in {} and import it", module.path);
        Some(Fix { creates: vec![module], ..Fix::new(title, Applicability::Unsafe, edits) })
    };
    let hoist = || {
        let edits = hoisted(project, site).or_else(|| taken_out(project, site))?;
        unsafe_fix(format!("Hoist `{name}` to module scope"), edits)
    };
    let keep = || {
        let late = project.inputs.alternatives && hoist().is_some();
        let title = match (project.program.catalog.ty(site.ty).row.one_thread, late) {
            (true, _) => format!("Keep one `{name}` in each thread"),
            (false, true) => format!("Build one `{name}` at its first use"),
            (false, false) => format!("Build one `{name}` and keep it"),
        };
        unsafe_fix(title, kept(project, site, if late { Built::AtFirstUse } else { Built::Early })?)
    };
    let fill = || unsafe_fix(format!("Build `{name}` only where there is none yet"), filled(project, site)?);
    let by_key = || unsafe_fix(format!("Keep one `{name}` for each of its settings"), keyed(project, site)?);
    let in_static = || unsafe_fix(format!("Keep one `{name}` in a `static`"), kept_in_static(project, site)?);
    (best(project, &[&module, &hoist, &keep, &fill, &by_key, &in_static]), None)
}
