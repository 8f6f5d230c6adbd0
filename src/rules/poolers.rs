//! `pooler-mismatch`: clients that do not fit the pooler behind their address.
//!
//! Words what the settings say. Names no library and no server.

use super::pools::finding;
use super::words;
use crate::capacity::pooler::{Found, Mismatch, mismatches};
use crate::catalog::schema::Setting;
use crate::checks::Project;
use crate::edits::settings as rewrite;
use crate::finding::{Also, Applicability, Confidence, Finding, Fix, Place, Related};

const RULE: &str = "pooler-mismatch";

pub fn check(project: &Project) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for found in mismatches(project, project.pools()) {
        let finding = one(project, &found);
        let said = findings.iter().any(|other| other.place == finding.place);
        if !said && (!finding.pedantic || project.inputs.pedantic) {
            findings.push(finding);
        }
    }
    findings
}

fn one(project: &Project, found: &Found) -> Finding {
    let name = words::client_name(&project.program, found.site.call, found.site.ty);
    let built = words::place(&project.program, found.site.call);
    let service = &found.endpoint.service;
    let led = |place: Place| {
        let message = format!("the address leads to {service}, {} mode", found.endpoint.mode);
        (found.address.place != place).then_some(Related { place: found.address.place, message })
    };
    match &found.mismatch {
        Mismatch::Statements { row, place, written } => Finding {
            message: format!("`{name}` prepares statements behind a pooler in transaction mode"),
            label: if *written { format!("`{}` leaves them on", row.name) } else { "prepared statements are on by default".into() },
            related: led(*place).into_iter().chain((place.file != built.file).then(|| Related { place: built, message: format!("`{name}` is built here") })).collect(),
            why: "the pooler gives each transaction another server connection, which does not know what was prepared on the last one: `prepared statement \"s1\" does not exist`, or `already exists`".into(),
            help: help(row),
            confidence: Confidence::High,
            fix: statements_fix(project, found, row, *written),
            ..finding(project, &found.site, RULE, *place)
        },
        Mismatch::Session => Finding {
            message: format!("serverless instances of `{name}` each keep a connection of the session pooler"),
            label: "session mode".into(),
            related: vec![Related { place: built, message: format!("`{name}` is built here") }],
            why: format!("in session mode the pooler of {service} gives each client a server connection for as long as it stays: instances use them up, and idle ones hold them"),
            help: "use the pooler's transaction mode for serverless functions, with prepared statements off".into(),
            ..finding(project, &found.site, RULE, found.address.place)
        },
        Mismatch::Direct => Finding {
            message: format!("serverless instances of `{name}` connect past the pooler"),
            label: "the direct address".into(),
            related: vec![Related { place: built, message: format!("`{name}` is built here") }],
            why: format!("each instance opens connections of its own on the server, and the platform starts as many instances as it likes; {service} has a pooler for that"),
            help: "use the pooled address here and keep the direct one for migrations".into(),
            ..finding(project, &found.site, RULE, found.address.place)
        },
        Mismatch::Bound { name: method, place } => Finding {
            message: format!("`{method}` of `{name}` needs a connection of its own, behind a pooler in transaction mode"),
            label: "stays with one server connection".into(),
            related: led(*place).into_iter().chain([Related { place: built, message: format!("`{name}` is built here") }]).collect(),
            why: "the pooler gives each transaction another server connection: a `LISTEN` delivers nothing here, and a lock of the session stays with whoever comes next".into(),
            help: "connect past the pooler for this, or through one in session mode".into(),
            ..finding(project, &found.site, RULE, *place)
        },
        Mismatch::Large { most, cap } => Finding {
            message: format!("the pool of `{name}` takes {most} of the {cap} clients that the session pooler lets in"),
            label: "a second process, or a deployment that overlaps with the last one, does not fit".into(),
            related: led(built).into_iter().collect(),
            why: format!("a client of the session pooler of {service} holds a server connection for as long as it is in the pool"),
            help: "make the pool smaller, or use the transaction mode and turn prepared statements off".into(),
            also: Also::default(),
            after: 0,
            entry: None,
            pedantic: true,
            confidence: Confidence::Low,
            ..finding(project, &found.site, RULE, built)
        },
    }
}

fn help(row: &Setting) -> String {
    match row.write.as_str() {
        "" => format!("switch them off (`{}`), or use the pooler's session mode", row.name),
        write => format!("switch them off with `{write}`, or use the pooler's session mode"),
    }
}

/// Writes the flag: as an argument, an entry of the options, or a parameter of the address.
fn statements_fix(project: &Project, found: &Found, row: &Setting, written: bool) -> Option<Fix> {
    let first = row.places.first().filter(|_| !written && !row.write.is_empty())?;
    let edits = match first.as_str() {
        "url" => {
            let (name, value) = row.write.split_once('=')?;
            rewrite::parameter(project, found.address.place, name, value)?
        }
        "builder" => return None,
        place => rewrite::argument(project, found.site.call, &row.write, place == "option")?,
    };
    Some(Fix::new(format!("Add `{}`", row.write), Applicability::Unsafe, edits))
}
