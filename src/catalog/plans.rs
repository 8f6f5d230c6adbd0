//! Kinds of servers and their plans, by the names that addresses and settings give them.
//!
//! Compares names; what a plan allows is in the data.

use super::servers::{Family, Limit, LimitsFile};

pub fn families(files: &[LimitsFile]) -> impl Iterator<Item = &Family> {
    files.iter().flat_map(|file| &file.families)
}

/// The family that an address names by its scheme: `postgresql+asyncpg` is the same as `postgresql`.
pub fn family_of_scheme<'c>(files: &'c [LimitsFile], scheme: &str) -> Option<&'c Family> {
    let own = scheme.split('+').next().unwrap_or_default().to_ascii_lowercase();
    families(files).find(|family| family.schemes.contains(&own))
}

/// The family that an option, an engine or a feature names: `pg`, `django.db.backends.postgresql`, `sqlx-mysql`.
pub fn family_named<'c>(files: &'c [LimitsFile], name: &str) -> Option<&'c Family> {
    let whole = name.to_ascii_lowercase();
    let known = |name: &str| {
        family_of_scheme(files, name).or_else(|| families(files).find(|it| it.names.iter().any(|own| own == name)))
    };
    known(&whole).or_else(|| known(whole.rsplit(['.', '-']).next()?))
}

/// Whether connections to such a service are counted by a server.
pub fn is_counted(files: &[LimitsFile], service: &str) -> bool {
    !service.is_empty() && !families(files).any(|family| family.name == service && family.uncounted)
}

/// What bounds the connections of a server or plan, with a number.
pub fn connection_limits(files: &[LimitsFile]) -> impl Iterator<Item = &Limit> {
    let limits = files.iter().flat_map(|file| &file.limits);
    limits.filter(|limit| limit.resource == "connections" && limit.value.is_some())
}

/// The limit that is named: by its id, or by words of service and plan in any order (`supabase-nano`, `atlas m10`).
pub fn planned<'c>(files: &'c [LimitsFile], name: &str) -> Option<&'c Limit> {
    all_planned(files, name).into_iter().next()
}

/// All limits that a name fits, as a plan with several kinds of servers has them; the one of that id alone.
pub fn all_planned<'c>(files: &'c [LimitsFile], name: &str) -> Vec<&'c Limit> {
    let wanted: Vec<String> = words(name).collect();
    let by_id = connection_limits(files).find(|limit| limit.id.eq_ignore_ascii_case(name));
    let fits = |limit: &&Limit| {
        let own: Vec<String> = words(&format!("{} {}", limit.service, limit.plan)).collect();
        !wanted.is_empty() && wanted.iter().all(|word| own.contains(word))
    };
    by_id.map_or_else(|| connection_limits(files).filter(fits).collect(), |limit| vec![limit])
}

/// How a plan may be named: `supabase nano`.
pub fn plan_name(limit: &Limit) -> String {
    let plan = limit.plan.split('(').next().unwrap_or_default();
    words(&format!("{} {plan}", limit.service)).collect::<Vec<_>>().join(" ")
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').filter(|part| !part.is_empty());
    parts.map(str::to_ascii_lowercase)
}
