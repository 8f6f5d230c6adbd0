//! Plans of servers by the names that settings give them.
//!
//! Compares names; what a plan allows is in the data.

use super::schema::{Limit, LimitsFile};

/// What bounds the connections of a server or plan, with a number.
pub fn connection_limits(files: &[LimitsFile]) -> impl Iterator<Item = &Limit> {
    let limits = files.iter().flat_map(|file| &file.limits);
    limits.filter(|limit| limit.resource == "connections" && limit.value.is_some())
}

/// The limit that is named: by its id, or by words of service and plan in any order (`supabase-nano`, `atlas m10`).
pub fn planned<'c>(files: &'c [LimitsFile], name: &str) -> Option<&'c Limit> {
    let wanted: Vec<String> = words(name).collect();
    let by_id = connection_limits(files).find(|limit| limit.id.eq_ignore_ascii_case(name));
    by_id.or_else(|| {
        connection_limits(files).filter(|_| !wanted.is_empty()).find(|limit| {
            let own: Vec<String> = words(&format!("{} {}", limit.service, limit.plan)).collect();
            wanted.iter().all(|word| own.contains(word))
        })
    })
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
