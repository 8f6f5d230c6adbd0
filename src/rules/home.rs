//! `client-outside-home`: a client is built outside the module that the settings name as its home.
//!
//! Words what the project's sharing says of homes. Names no library.

use super::words;
use crate::checks::Project;
use crate::checks::sharing::home::{Outside, strays};
use crate::edits::rewrite;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Related, Severity};

pub fn check(project: &Project) -> Vec<Finding> {
    strays(project).iter().map(|outside| word(project, outside)).collect()
}

fn word(project: &Project, outside: &Outside) -> Finding {
    let program = &project.program;
    let site = outside.site;
    let client = words::client_name(program, site.call, site.ty);
    let homes: Vec<String> = outside.homes.iter().map(|home| format!("`{home}`")).collect();
    let homes = homes.join(" or ");
    let shared = outside.shared.as_ref().map(|kept| words::place(program, kept.home.site.call));
    Finding {
        rule: "client-outside-home",
        severity: Severity::Warning,
        confidence: Confidence::High,
        message: format!("`{client}` is built outside {homes}"),
        place: words::place(program, site.call),
        label: "a client is built here".into(),
        client: Some(words::client_id(program, site.call, site.ty)),
        related: shared
            .map(|place| Related { place, message: "its home shares a client for the same server".into() })
            .into_iter()
            .collect(),
        why: format!("the settings say that clients of `{}` are built in {homes}", outside.name),
        help: match outside.shared {
            Some(_) => format!("import the client of {homes}"),
            None => format!("build it in {homes}, and import it from there"),
        },
        fix: fix(project, outside),
        scope: words::scope(program, site.function),
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

fn fix(project: &Project, outside: &Outside) -> Option<Fix> {
    let kept = outside.shared.as_ref()?;
    let edits = rewrite::imported(project, &kept.own, &kept.home)?;
    let path = &project.program.units[kept.home.site.call.file as usize].path;
    Some(Fix::new(format!("Import the client of `{path}`"), Applicability::Unsafe, edits))
}
