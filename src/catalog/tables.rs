//! The data on servers as Markdown tables for the rules' pages.
//!
//! Pure functions over the data; who writes the pages is for others to know.

use super::Catalog;
use super::servers::{Endpoint, Limit};

/// A page with the mark of its table and what fills it.
pub struct Table {
    pub page: &'static str,
    pub mark: &'static str,
    pub fill: fn(&Catalog) -> String,
}

pub static TABLES: &[Table] = &[
    Table { page: "rules/pool-too-large.md", mark: "limits", fill: limits },
    Table { page: "rules/pool-over-budget.md", mark: "multipliers", fill: multipliers },
    Table { page: "rules/pooler-mismatch.md", mark: "endpoints", fill: endpoints },
];

impl Table {
    /// The page with the table between its marks; `None` when the page has no marks.
    pub fn insert(&self, page: &str, catalog: &Catalog) -> Option<String> {
        let (begin, end) = (format!("<!-- {}: generated -->\n", self.mark), format!("<!-- /{} -->", self.mark));
        let start = page.find(&begin)? + begin.len();
        let stop = start + page.get(start..)?.find(&end)?;
        Some(format!("{}\n{}\n{}", &page[..start], (self.fill)(catalog), &page[stop..]))
    }
}

const CAPS: &[&str] = &["connections", "pool-size", "pooler-clients"];

fn caps(catalog: &Catalog) -> impl Iterator<Item = &Limit> {
    catalog.limits.iter().flat_map(|file| &file.limits).filter(|limit| CAPS.contains(&limit.resource.as_str()))
}

fn limits(catalog: &Catalog) -> String {
    let head = ["| service | plan | of what | allows | for each | source |", "| --- | --- | --- | --- | --- | --- |"];
    let mut lines: Vec<String> = head.map(str::to_string).to_vec();
    lines.extend(caps(catalog).map(|row| {
        let Limit { plan, resource, per, .. } = row;
        format!("| {} | {plan} | {resource} | {} | {per} | {} |", name(row), amount(row), source(row))
    }));
    lines.join("\n")
}

/// The service, with the database where it has several.
fn name(limit: &Limit) -> String {
    if limit.service == limit.family || limit.family.is_empty() {
        return limit.service.clone();
    }
    format!("{} ({})", limit.service, limit.family)
}

fn amount(limit: &Limit) -> String {
    match limit.value {
        Some(value) if limit.reserved > 0.0 => format!("{value}, {} of them reserved", limit.reserved),
        Some(value) => value.to_string(),
        None if limit.formula.is_empty() => "not said".into(),
        None => format!("`{}`", limit.formula),
    }
}

fn source(limit: &Limit) -> String {
    let date = if limit.source_date.is_empty() { String::new() } else { format!(" ({})", limit.source_date) };
    match (limit.source.as_str(), limit.evidence.as_str()) {
        ("", _) => "unverified".into(),
        (source, "unverified" | "secondary") => format!("unverified: {source}{date}"),
        (source, _) => format!("{source}{date}"),
    }
}

fn endpoints(catalog: &Catalog) -> String {
    let head = ["| host | port | leads to | mode | prepared statements |", "| --- | --- | --- | --- | --- |"];
    let mut lines: Vec<String> = head.map(str::to_string).to_vec();
    let rows = catalog.limits.iter().flat_map(|file| &file.endpoints);
    lines.extend(rows.map(|row| {
        let Endpoint { host, service, mode, .. } = row;
        let port = row.port.map_or("any".to_string(), |port| port.to_string());
        let statements = if row.prepared_statements.is_empty() { "-" } else { &row.prepared_statements };
        format!("| `{host}` | {port} | {service} | {mode} | {statements} |")
    }));
    lines.join("\n")
}

fn multipliers(catalog: &Catalog) -> String {
    let head = ["| program | says the number | default | multiplies | source |", "| --- | --- | --- | --- | --- |"];
    let mut lines: Vec<String> = head.map(str::to_string).to_vec();
    for row in catalog.limits.iter().flat_map(|file| &file.multipliers) {
        let said = row.flags.iter().chain(&row.variables).chain(&row.arguments).chain(&row.modules).chain(&row.calls);
        let said: Vec<String> = said.map(|text| format!("`{text}`")).collect();
        let said = if said.is_empty() { "one for each command".to_string() } else { said.join(", ") };
        let program = format!("{} {}", row.tool, row.with);
        lines.push(format!("| {} | {said} | {} | {} | {} |", program.trim(), row.default, row.means, row.source));
    }
    lines.join("\n")
}
