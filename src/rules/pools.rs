//! `pool-too-large`, `pool-unbounded`, `pool-over-budget`: pools against what their servers allow.
//!
//! Words what the project's settings say. Names no library.

use super::words;
use crate::finding::{Applicability, Confidence, Edit, Finding, Fix, Place, Related, Severity};
use crate::project::Project;
use crate::project::settings::budget::{Budget, Pools, Sized, Unbounded, over_budget, pools, too_large, unbounded};
use crate::project::settings::rewrite;
use crate::project::sharing::info;

pub fn too_large_pools(project: &Project) -> Vec<Finding> {
    let pools = pools(project);
    pools.all.iter().filter_map(|sized| too_large_one(project, sized)).collect()
}

fn too_large_one(project: &Project, sized: &Sized) -> Option<Finding> {
    let (most, allowed) = too_large(sized)?;
    let parts = [sized.pool.size, sized.pool.overflow];
    let literals: Vec<Place> = parts.into_iter().flatten().filter_map(|part| part.literal).collect();
    let fix = number_fix(project, &literals);
    let related =
        literals.into_iter().map(|place| Related { place, message: "the number stands here".into() }).collect();
    let name = words::client_name(&project.program, sized.site.call, sized.site.ty);
    let presumed = if allowed.presumed { "; `connlint.toml` can say what yours allows" } else { "" };
    Some(Finding {
        message: format!("the pool of `{name}` may open {most} connections, more than its server has to give"),
        label: format!("up to {most} connections from one process"),
        related,
        why: format!("{}{presumed}", allowed.text),
        help: "make the pool as large as the work that really runs at once, in most services 5 to 20".into(),
        fix,
        ..finding(project, sized, "pool-too-large", sized.pool.place()?)
    })
}

/// A pool that serves most programs and fits every server.
const FEW: u32 = 5;

fn number_fix(project: &Project, literals: &[Place]) -> Option<Fix> {
    let edits = rewrite::number(project, literals, FEW)?;
    Some(unsafe_fix(format!("Set the number to {FEW}"), edits))
}

fn unsafe_fix(title: String, edits: Vec<Edit>) -> Fix {
    Fix { title, applicability: Applicability::Unsafe, edits }
}

/// What all findings about a pool share.
fn finding(project: &Project, sized: &Sized, rule: &'static str, place: Place) -> Finding {
    let program = &project.program;
    Finding {
        rule,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        message: String::new(),
        place,
        label: String::new(),
        client: Some(info(program, &sized.site).display.clone()),
        related: Vec::new(),
        why: String::new(),
        help: String::new(),
        fix: None,
        scope: words::scope(program, sized.site.function),
        pedantic: false,
    }
}

pub fn unbounded_pools(project: &Project) -> Vec<Finding> {
    let pools = pools(project);
    let mut found: Vec<Finding> = Vec::new();
    for sized in &pools.all {
        let Some(unbounded) = unbounded(project, pools, sized) else { continue };
        let finding = unbounded_one(project, sized, &unbounded);
        if !found.iter().any(|other| other.place == finding.place) {
            found.push(finding);
        }
    }
    found
}

fn unbounded_one(project: &Project, sized: &Sized, unbounded: &Unbounded) -> Finding {
    let name = words::client_name(&project.program, sized.site.call, sized.site.ty);
    let built =
        Related { place: words::place(&project.program, sized.site.call), message: format!("`{name}` is built here") };
    match unbounded {
        Unbounded::Unlimited { setting, value, place, literal } => Finding {
            message: format!("`{setting}` of {value} sets no bound to the pool of `{name}`"),
            label: format!("{value} means unlimited"),
            related: literal.iter().map(|place| Related { place: *place, message: "the number stands here".into() }).collect(),
            why: "every request that finds the pool empty opens one more connection, until the server refuses".into(),
            help: format!("give `{setting}` a number that the server can serve"),
            confidence: Confidence::High,
            fix: number_fix(project, &[literal.unwrap_or(*place)]),
            ..finding(project, sized, "pool-unbounded", *place)
        },
        Unbounded::Serverless { setting, place } => Finding {
            message: format!("each serverless instance opens a default pool of `{name}`"),
            label: format!("`{setting}` is not set"),
            why: "an instance serves one request at a time and the platform starts as many as it likes: the defaults add up until the server refuses".into(),
            help: format!("set `{setting}` to 1 or a few, and put a pooler in front of the server"),
            ..finding(project, sized, "pool-unbounded", *place)
        },
        Unbounded::NoParameter { setting, place } => Finding {
            message: format!("the database address has no `{setting}`"),
            label: "nothing bounds the pool that is opened from here".into(),
            related: vec![built],
            why: format!("`{name}` then sizes its pool by the machine's processors, once for each instance and each reload"),
            help: format!("add `{setting}=5` to the parameters of the address"),
            fix: rewrite::parameter(project, *place, setting, FEW)
                .map(|edits| unsafe_fix(format!("Add `{setting}={FEW}` to the address"), edits)),
            ..finding(project, sized, "pool-unbounded", *place)
        },
    }
}

pub fn over_budget_pools(project: &Project) -> Vec<Finding> {
    let pools = pools(project);
    let budgets = over_budget(project, pools);
    budgets.iter().filter_map(|budget| over_one(project, pools, budget)).collect()
}

fn over_one(project: &Project, pools: &Pools, budget: &Budget) -> Option<Finding> {
    let first = pools.all.get(*budget.members.first()?)?;
    let own = |sized: &Sized| sized.pool.place().unwrap_or_else(|| words::place(&project.program, sized.site.call));
    let others = budget.members.iter().skip(1).filter_map(|at| pools.all.get(*at));
    let mut related: Vec<Related> = others
        .map(|sized| {
            let most = sized.pool.most().unwrap_or_default();
            Related { place: own(sized), message: format!("up to {most} more connections to the same server") }
        })
        .collect();
    related.extend(
        budget
            .command
            .map(|place| Related { place, message: format!("{} processes are started here", budget.workers) }),
    );
    let most = first.pool.most()?;
    let times = if budget.workers > 1.0 { format!(" in each of {} processes", budget.workers) } else { String::new() };
    Some(Finding {
        message: format!("the pools come to {} connections, more than the server has to give", budget.total),
        label: format!("up to {most} connections{times}"),
        related,
        why: budget.allowed.text.clone(),
        help: "share one pool in each process, and make it small enough for all processes together".into(),
        ..finding(project, first, "pool-over-budget", own(first))
    })
}
