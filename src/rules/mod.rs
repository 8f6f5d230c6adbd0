//! The rules: one file each, and the list of them.
//!
//! Names no parser, no library and no file; a rule reads the linked project and words findings.

mod closing;
mod declared;
mod duplicates;
mod effects;
mod home;
mod hot_reload;
mod lifetime;
mod logout;
mod lookups;
mod poolers;
mod pools;
mod racy;
mod release;
mod transactions;
mod unload;
pub(crate) mod words;

use std::panic::{AssertUnwindSafe, catch_unwind};
pub use words::how_often;

use crate::checks::{Judged, Project};
use crate::finding::{Finding, Severity};

/// What a rule is, beside its code.
#[derive(Debug, Clone, Copy)]
pub struct RuleInfo {
    pub id: &'static str,
    pub severity: Severity,
    /// The rule's page in Markdown, with its front matter.
    pub page: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Beside which rules this one runs.
    lane: Lane,
    /// Finds what the rule is about. Rules that share a check are run once, by the first of them.
    pub check: fn(&Project) -> Vec<Finding>,
}

/// Rules of a lane share what they ask of the project. The lanes are fixed, and each begins with the linked project
/// alone: what one finds does not depend on which is faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    /// What components open.
    Effects,
    /// How often clients are built, who shares them, and how large they are.
    Clients,
    /// What bodies do, path by path.
    Paths,
    /// After the others, with what they have made.
    Last,
}

impl RuleInfo {
    /// Whether it finds nothing until the settings say what it asks for, as its page's front matter tells.
    pub fn needs_settings(&self) -> bool {
        let front = self.page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        front.is_some_and(|(front, _)| front.lines().any(|line| line == "needs: settings"))
    }

    /// The page as people read it.
    pub fn text(&self) -> &'static str {
        let body = self.page.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        body.map_or(self.page, |(_, body)| body).trim()
    }
}

macro_rules! rules {
    ($($id:literal $severity:ident $lane:ident $check:path, $summary:literal;)*) => {
        pub static RULES: &[RuleInfo] = &[$(RuleInfo {
            id: $id,
            severity: Severity::$severity,
            page: include_str!(concat!("../../rules/", $id, ".md")),
            summary: $summary,
            lane: Lane::$lane,
            check: $check,
        }),*];
    };
}

rules! {
    "client-per-request" Error Clients lifetime::per_request, "A client that owns sockets is built on a request, event, job or message path";
    "client-in-render" Error Clients lifetime::in_render, "A client is built in a component or hook body";
    "client-in-loop" Warning Clients lifetime::in_loop, "A client is built in every iteration of a loop";
    "hot-reload-leak" Warning Clients hot_reload::check, "A module-level client is built anew on each reload of the dev server";
    "duplicate-client" Warning Clients duplicates::check, "Several modules of one process each build a shared client of the same service";
    "shared-client-closed" Error Clients closing::shared_client_closed, "A request path closes a client that others share";
    "missing-shutdown" Note Clients closing::missing_shutdown, "A long-running server owns a client that nothing closes on shutdown";
    "pool-too-large" Warning Clients pools::too_large_pools, "One pool is larger than the server or plan allows";
    "pool-unbounded" Warning Clients pools::unbounded_pools, "A pool has no bound where one is needed";
    "pool-over-budget" Warning Clients pools::over_budget_pools, "Pools times processes exceed what the server allows";
    "pooler-mismatch" Warning Clients poolers::check, "Port, mode or flags do not fit the pooler behind the address";
    "logout-without-disconnect" Warning Effects logout::check, "Signing out leaves the user's realtime connection open";
    "effect-missing-cleanup" Error Effects effects::missing, "An effect or mount hook opens something lasting and nothing releases it";
    "effect-broken-cleanup" Error Effects effects::broken, "A cleanup does not release what was opened";
    "unreliable-unload" Warning Effects unload::check, "The only page-leave cleanup depends on `beforeunload` or `unload`";
    "connection-not-released" Error Last release::not_released, "A connection, session or local client is not given back on every path";
    "connection-held-across-io" Warning Paths release::held_across_io, "A pooled connection is held over a sleep, a request or a mail";
    "nested-acquire" Warning Paths release::nested_acquire, "A second connection of a pool is taken while the first is held";
    "racy-singleton" Warning Paths racy::racy_singleton, "Lazy initialisation awaits between the check and the assignment";
    "client-outside-home" Warning Clients home::check, "A client is built outside the module that the settings name as its home";
    "redundant-lookup" Note Paths lookups::check, "One request path looks up the same session or user twice";
    "use-after-close" Error Paths release::use_after_close, "Something is used after it was closed";
    "connection-shared-by-requests" Warning Paths release::shared_by_requests, "A connection for one at a time is shared by all requests";
    "transaction-left-open" Error Paths transactions::transaction_left_open, "A transaction is left open: its connection goes back with it, or keeps it";
    "unused-suppression" Note Last by_session, "A `connlint-ignore` comment has no effect or names no known rule";
}

/// Where a rule's page stands on the web: below the repository that the package names, if it names one.
pub fn address(rule: &str) -> Option<String> {
    address_in(repository()?, rule)
}

/// Where the project stands on the web: the `repository` of Cargo.toml, once it has one.
pub fn repository() -> Option<&'static str> {
    Some(env!("CARGO_PKG_REPOSITORY")).filter(|address| !address.is_empty())
}

fn address_in(repository: &str, rule: &str) -> Option<String> {
    let base = repository.trim_end_matches('/').trim_end_matches(".git");
    let page = format!("{base}/blob/v{}/rules/{rule}.md", env!("CARGO_PKG_VERSION"));
    (!base.is_empty()).then_some(page)
}

/// Comments can be judged only when all other rules have run: the session finds what this rule is about.
fn by_session(_: &Project) -> Vec<Finding> {
    Vec::new()
}

/// Runs every rule, as long as the answer is wanted.
pub fn run(project: &Project) -> Judged {
    let lanes = [Lane::Effects, Lane::Clients, Lane::Paths].map(|lane| (lane, project.beside()));
    let done = project.crew.each(lanes.into(), |(lane, project)| (run_lane(lane, &project), project.made()));
    let mut judged = Judged::default();
    for (found, made) in done {
        judged.append(found);
        project.take(made);
    }
    judged.append(run_lane(Lane::Last, project));
    judged
}

/// A rule that ends abnormally does not take the others with it.
fn run_lane(lane: Lane, project: &Project) -> Judged {
    let mut judged = Judged::default();
    let rules = RULES.iter().filter(|rule| rule.lane == lane);
    for rule in rules.take_while(|_| !project.inputs.stop.is_set()) {
        match catch_unwind(AssertUnwindSafe(|| (rule.check)(project))) {
            Ok(findings) => judged.findings.extend(findings),
            Err(_) => judged.failed.push(rule.id),
        }
    }
    judged
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn pages_stand_below_the_repository() {
        let page = concat!("https://forge.example/c/blob/v", env!("CARGO_PKG_VERSION"), "/rules/a-b.md");
        for repository in ["https://forge.example/c", "https://forge.example/c/", "https://forge.example/c.git"] {
            assert_eq!(address_in(repository, "a-b").as_deref(), Some(page));
        }
        assert_eq!(address_in("", "a-b"), None);
    }
}
