//! `pool-too-large`, `pool-unbounded`, `pool-over-budget`: pools against what their servers allow.
//!
//! Words what the project's settings say. Names no library.

use super::words;
use crate::capacity::bounds::Bound;
use crate::capacity::budget::{Pools, Sized, Unbounded, fitting, too_large, unbounded};
use crate::capacity::limits::Allowed;
use crate::capacity::load::Load;
use crate::capacity::time::{Lasting, lasting};
use crate::catalog::schema::{Setting, SettingRole};
use crate::checks::Project;
use crate::checks::budget::{Budget, over_budget};
use crate::edits::settings as rewrite;
use crate::finding::{Also, Applicability, Confidence, Edit, Finding, Fix, Place, Related, Severity};
use crate::values::sites::{Site, info};

pub fn too_large_pools(project: &Project) -> Vec<Finding> {
    let pools = project.pools();
    let own = pools.all.iter().filter(|sized| !is_anothers(project, &pools.all, sized));
    own.filter_map(|sized| too_large_one(project, sized)).collect()
}

/// The number stands in another pool's construction, which this one was given.
fn is_anothers(project: &Project, all: &[Sized], sized: &Sized) -> bool {
    let place = sized.pool.place();
    let holds = |sized: &Sized| {
        let source = project.program.units[sized.site.call.file as usize].source;
        let (span, at) = (sized.site.span, place.filter(|place| place.file == source));
        at.is_some_and(|at| span.start <= at.span.start && at.span.end <= span.end)
    };
    !holds(sized) && all.iter().any(|other| other.pool.place() == place && holds(other))
}

fn too_large_one(project: &Project, sized: &Sized) -> Option<Finding> {
    let (most, allowed) = too_large(sized)?;
    let parts = [sized.pool.size, sized.pool.overflow];
    let literals = parts.into_iter().flatten().filter_map(|part| part.literal);
    let mut related: Vec<Related> =
        literals.map(|place| Related { place, message: "the number stands here".into() }).collect();
    related.extend(starts(sized.load));
    let name = words::client_name(&project.program, sized.site.call, sized.site.ty);
    Some(Finding {
        message: format!("the pool of `{name}` may open {most} connections, more than its server has to give"),
        label: format!("{} from one process{}", sum(sized), in_all(most, sized.load)),
        related,
        why: allowed.text.clone(),
        help: format!(
            "make the pool as large as the work that really runs at once, in most services 5 to 20{}",
            told(allowed)
        ),
        fix: number_fix(project, sized, allowed, sized.load, 1),
        ..finding(project, &sized.site, "pool-too-large", sized.pool.place()?)
    })
}

/// How to tell what is only presumed.
fn told(allowed: &Allowed) -> &'static str {
    if allowed.presumed {
        "; if yours allows more, say so in connlint.toml (`[server.main]` with `max-connections` or `plan`)"
    } else {
        ""
    }
}

/// `, 4 × 30 = 120 in all`
fn in_all(most: f64, load: Load) -> String {
    let processes = load.processes();
    if processes > 1.0 { format!(", {processes} × {most} = {} in all", processes * most) } else { String::new() }
}

/// `80 + 40 = 120 connections`
fn sum(sized: &Sized) -> String {
    let value = |part: Option<Bound>| part.and_then(|part| part.value);
    match (value(sized.pool.size), value(sized.pool.overflow)) {
        (Some(size), Some(overflow)) if overflow > 0.0 => {
            format!("{size} + {overflow} = {} connections", size + overflow)
        }
        (Some(size), _) => format!("up to {size} connections"),
        _ => "connections without a bound".into(),
    }
}

/// Sets the pool to what its share of the server is.
fn number_fix(project: &Project, sized: &Sized, allowed: &Allowed, load: Load, members: usize) -> Option<Fix> {
    let share = fitting(allowed, load, members)?;
    let size = sized.pool.size.filter(|_| !sized.pool.is_range())?;
    let mut edits = Vec::new();
    let mut rest = share;
    if let Some(overflow) = sized.pool.overflow {
        match written(&overflow) {
            Some(place) => edits.extend(rewrite::replaced(project, place, overflow.value?, 0)?),
            None => rest = share.checked_sub(overflow.value? as u32).filter(|rest| *rest >= 1)?,
        }
    }
    edits.extend(rewrite::replaced(project, written(&size)?, size.value?, rest)?);
    let (processes, total) = (load.processes(), f64::from(share) * load.processes() * members as f64);
    let pools = if members > 1 { format!("{members} pools × ") } else { String::new() };
    let title =
        format!("Set `{}` to {rest}: {pools}{processes} × {share} = {total} of {}", size.row.name, allowed.connections);
    Some(unsafe_fix(title, edits))
}

/// Where the number itself stands.
fn written(part: &Bound) -> Option<Place> {
    part.literal.or(part.place)
}

fn unsafe_fix(title: String, edits: Vec<Edit>) -> Fix {
    Fix::new(title, Applicability::Unsafe, edits)
}

/// Where workers and copies are said.
pub(super) fn starts(load: Load) -> Vec<Related> {
    let workers = load
        .command
        .filter(|_| load.workers > 1.0)
        .map(|place| (place, format!("{} processes are started here", load.workers)));
    let copies = load
        .replicas
        .filter(|_| load.instances > 1.0)
        .map(|place| (place, format!("{} instances run", load.instances)));
    let all = workers.into_iter().chain(copies);
    all.map(|(place, message)| Related { place, message }).collect()
}

/// What all findings about a pool or another client share.
pub(super) fn finding(project: &Project, site: &Site, rule: &'static str, place: Place) -> Finding {
    let program = &project.program;
    Finding {
        rule,
        severity: Severity::Warning,
        confidence: Confidence::Medium,
        message: String::new(),
        place,
        label: String::new(),
        client: Some(words::client_id(program, site.call, site.ty)),
        related: Vec::new(),
        why: String::new(),
        help: String::new(),
        fix: None,
        scope: words::scope(program, site.function),
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

pub fn unbounded_pools(project: &Project) -> Vec<Finding> {
    let pools = project.pools();
    let mut found: Vec<Finding> = Vec::new();
    for sized in &pools.all {
        let Some(unbounded) = unbounded(project, pools, sized) else { continue };
        let finding = unbounded_one(project, sized, &unbounded);
        if !found.iter().any(|other| other.place == finding.place) {
            found.push(finding);
        }
    }
    found.extend(super::declared::unbounded(project));
    if project.inputs.pedantic {
        let all =
            pools.all.iter().flat_map(|sized| lasting(project, pools, sized).into_iter().map(move |one| (sized, one)));
        found.extend(all.map(|(sized, (what, row))| lasting_one(project, sized, what, &row.name)));
    }
    found
}

fn lasting_one(project: &Project, sized: &Sized, what: Lasting, setting: &str) -> Finding {
    let name = words::client_name(&project.program, sized.site.call, sized.site.ty);
    let (message, why, help) = match what {
        Lasting::Wait => (
            format!("whoever finds the pool of `{name}` empty waits forever"),
            "when all connections are taken, requests pile up behind them until the process has to be killed, and no error says why",
            format!("give `{setting}` a few seconds: an error that names the pool is better than silence"),
        ),
        Lasting::Age => (
            format!("the pool of `{name}` hands out connections however old they are"),
            "servers, poolers and firewalls end idle connections: the next query on one fails",
            format!("set `{setting}` below the server's idle limit, or have connections tried before use"),
        ),
    };
    Finding {
        message,
        label: format!("`{setting}` is not set"),
        why: why.into(),
        help,
        confidence: Confidence::Low,
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: true,
        ..finding(project, &sized.site, "pool-unbounded", words::place(&project.program, sized.site.call))
    }
}

/// What stands in the code for a number that may be infinite.
fn value_text(value: f64) -> String {
    if value.is_infinite() { "`None`".to_string() } else { value.to_string() }
}

fn unbounded_one(project: &Project, sized: &Sized, unbounded: &Unbounded) -> Finding {
    let name = words::client_name(&project.program, sized.site.call, sized.site.ty);
    let built =
        Related { place: words::place(&project.program, sized.site.call), message: format!("`{name}` is built here") };
    match unbounded {
        Unbounded::Unlimited { setting, value, place, literal } => Finding {
            message: format!("`{setting}` of {} sets no bound to the pool of `{name}`", value_text(*value)),
            label: format!("{} means unlimited", value_text(*value)),
            related: literal.iter().map(|place| Related { place: *place, message: "the number stands here".into() }).collect(),
            why: "every request that finds the pool empty opens one more connection, until the server refuses".into(),
            help: format!("give `{setting}` a number that the server can serve"),
            confidence: Confidence::High,
            fix: few(sized, setting).and_then(|few| few_fix(project, setting, (literal.unwrap_or(*place), *value), few)),
            ..finding(project, &sized.site, "pool-unbounded", *place)
        },
        Unbounded::Serverless { setting, place } => Finding {
            message: format!("each serverless instance opens a default pool of `{name}`"),
            label: format!("`{setting}` is not set"),
            why: "an instance serves one request at a time and the platform starts as many as it likes: the defaults add up until the server refuses".into(),
            help: format!("set `{setting}` to 1 or a few, and put a pooler in front of the server"),
            fix: instance_fix(project, sized),
            ..finding(project, &sized.site, "pool-unbounded", *place)
        },
        Unbounded::Text { setting, place } => Finding {
            message: format!("`{setting}` of `{name}` is a text, which gives a pool of one"),
            label: "the environment gives texts, not numbers".into(),
            why: format!("`{name}` makes as many connections as the value has elements, and a text is one element whatever it says: all queries queue behind one connection"),
            help: format!("convert it: `{setting}: Number(...)`"),
            ..finding(project, &sized.site, "pool-unbounded", *place)
        },
        Unbounded::NoParameter { setting, place } => Finding {
            message: format!("the database address has no `{setting}`"),
            label: "nothing bounds the pool that is opened from here".into(),
            related: vec![built],
            why: format!("`{name}` then sizes its pool by the machine's processors, once for each instance and each reload"),
            help: format!("add `{setting}=5` to the parameters of the address"),
            fix: few(sized, setting).and_then(|few| {
                let edits = rewrite::parameter(project, *place, setting, &few.to_string())?;
                Some(unsafe_fix(format!("Add `{setting}={few}` to the address"), edits))
            }),
            ..finding(project, &sized.site, "pool-unbounded", *place)
        },
    }
}

/// A pool that serves most programs and fits every server.
const FEW: u32 = 5;

/// Of an instance that serves one request at a time: one for a transaction, one beside it.
const BESIDE: u32 = 2;

fn few_fix(project: &Project, setting: &str, (place, old): (Place, f64), few: u32) -> Option<Fix> {
    let edits = rewrite::replaced(project, place, old, few)?;
    Some(unsafe_fix(format!("Set `{setting}` to {few}"), edits))
}

/// A few; fewer where the server has less for each process, with what the pool may open beside.
fn few(sized: &Sized, setting: &str) -> Option<u32> {
    let Some(allowed) = &sized.allowed else { return Some(FEW) };
    let others = [sized.pool.size, sized.pool.overflow].into_iter().flatten().filter(|part| part.row.name != setting);
    let beside: f64 = others.filter_map(|part| part.value).filter(|value| *value > 0.0).sum();
    let share = (allowed.connections / sized.load.processes()).floor() - beside;
    (share >= 1.0).then(|| share.min(f64::from(FEW)) as u32)
}

/// Sets what each instance opens, with nothing over it; not where more are kept open than that.
fn instance_fix(project: &Project, sized: &Sized) -> Option<Fix> {
    let rows = &info(&project.program, &sized.site).row.settings;
    let most = |row: &&Setting| row.default.is_some_and(|default| default > f64::from(BESIDE));
    let kept = rows.iter().filter(|row| row.role == SettingRole::MinSize).any(|row| most(&row));
    let size = sized.pool.size.filter(|_| !kept)?.row;
    let overflow = sized.pool.overflow.filter(|part| part.place.is_none()).map(|part| (part.row, 0));
    let settings: Vec<(&Setting, u32)> = std::iter::once((size, BESIDE)).chain(overflow).collect();
    let edits = rewrite::numbers(project, sized.site.call, &settings)?;
    Some(unsafe_fix(format!("Set `{}` to {BESIDE}", size.name), edits))
}

pub fn over_budget_pools(project: &Project) -> Vec<Finding> {
    let pools = project.pools();
    let budgets = over_budget(project);
    let built = budgets.iter().filter_map(|budget| over_one(project, pools, budget));
    built.chain(super::declared::over_budget(project)).collect()
}

fn over_one(project: &Project, pools: &Pools, budget: &Budget) -> Option<Finding> {
    let first = pools.all.get(budget.members.first()?.at)?;
    let own = |sized: &Sized| sized.pool.place().unwrap_or_else(|| words::place(&project.program, sized.site.call));
    let others = budget.members.iter().skip(1).filter_map(|member| pools.all.get(member.at));
    let mut related: Vec<Related> = others
        .map(|sized| {
            let most = sized.pool.most().unwrap_or_default();
            Related { place: own(sized), message: format!("up to {most} more connections to the same server") }
        })
        .collect();
    related.extend(starts(first.load));
    let total = budget.total;
    Some(Finding {
        message: format!("{} come to {total} connections, more than the server has to give", subject(budget)),
        label: written_sum(pools, budget),
        related,
        why: budget.allowed.text.clone(),
        help: format!(
            "share one pool in each process, and make it small enough for all processes together{}",
            told(&budget.allowed)
        ),
        fix: number_fix(project, first, &budget.allowed, first.load, 1).filter(|_| budget.members.len() == 1),
        ..finding(project, &first.site, "pool-over-budget", own(first))
    })
}

/// `2 pools in 4 processes`
fn subject(budget: &Budget) -> String {
    let pools = if budget.members.len() > 1 { format!("{} pools", budget.members.len()) } else { "the pools".into() };
    let mut programs: Vec<_> = budget.members.iter().map(|member| (&member.runner, member.processes)).collect();
    programs.sort_by_key(|(runner, _)| *runner);
    programs.dedup_by(|one, next| one.0 == next.0);
    let processes: f64 = programs.iter().map(|(_, processes)| processes).sum();
    if processes > 1.0 { format!("{pools} of {processes} processes") } else { pools }
}

/// `(30 + 10) × 4 processes × 3 instances = 480`
fn written_sum(pools: &Pools, budget: &Budget) -> String {
    if !budget.is_of_one_program() {
        let part = |most: f64, processes: f64| match processes > 1.0 {
            true => format!("{most} × {processes}"),
            false => most.to_string(),
        };
        let parts: Vec<String> = budget.members.iter().map(|member| part(member.most, member.processes)).collect();
        return format!("{} = {}", parts.join(" + "), budget.total);
    }
    let members: Vec<&Sized> = budget.members.iter().filter_map(|member| pools.all.get(member.at)).collect();
    let Load { workers, instances, .. } = members.first().map_or(Load::alone(), |first| first.load);
    let members = members.into_iter();
    let parts = members.flat_map(|sized| [sized.pool.size, sized.pool.overflow]).flatten();
    let parts: Vec<f64> = parts.filter_map(|part| part.value).filter(|value| *value > 0.0).collect();
    format!("{} = {}", words::product(&parts, workers, instances), budget.total)
}
