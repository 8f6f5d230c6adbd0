//! `racy-singleton`: a shared client that two concurrent callers may both build.
//!
//! Words what `checks::racy` finds. Names no library and no language.

use super::words;
use crate::checks::Project;
use crate::checks::racy::{Race, races};
use crate::edits::{keep_promise, one_filling, take_lock};
use crate::facts::Language;
use crate::finding::{Also, Confidence, Finding, Fix, Place, Related, Severity};
use crate::program::FnRef;

pub fn racy_singleton(project: &Project) -> Vec<Finding> {
    races(project).iter().map(|race| word(project, race)).collect()
}

fn word(project: &Project, race: &Race) -> Finding {
    let program = &project.program;
    let name = match race.ty {
        Some(ty) => words::client_name(program, race.call, ty),
        None => program.call(race.call).callee_name(program.facts(race.call.file)).unwrap_or("client").to_string(),
    };
    let at = |f: FnRef, span| Place { file: program.units[f.file as usize].source, span };
    let [verb, done] = if race.again { ["open", "opened"] } else { ["build", "built"] };
    let (severity, why) = match race.again {
        true => (Severity::Warning, "it is opened twice: the second time fails, or loses the connections of the first"),
        false => harm(program.semantics(race.f.file).drops),
    };
    Finding {
        rule: "racy-singleton",
        severity,
        confidence: Confidence::High,
        message: format!("concurrent callers may each {verb} a `{name}`"),
        place: words::place(program, race.call),
        label: format!("{done} by every caller that comes before the first is done"),
        client: race.ty.map(|ty| words::client_id(program, race.call, ty)),
        related: vec![
            Related { place: at(race.f, race.check), message: "found empty here".into() },
            Related { place: at(race.gap.0, race.gap.1), message: "others run during this await".into() },
        ],
        why: why.into(),
        help: remedy(program.language(race.f.file)).into(),
        fix: fix(project, race),
        scope: words::scope(program, race.f),
        also: Also::default(),
        after: usize::from(race.gap.1.end >= program.call(race.call).span.end),
        entry: None,
        pedantic: false,
    }
}

/// What is overwritten is dropped as soon as nobody uses it any more, or is lost.
fn harm(drops: bool) -> (Severity, &'static str) {
    match drops {
        true => {
            (Severity::Note, "each opens connections of its own, and all but the last one built serve one call only")
        }
        false => (Severity::Warning, "all but the last one built are lost, with their connections open"),
    }
}

/// Only where all of it stands in one file.
fn fix(project: &Project, race: &Race) -> Option<Fix> {
    let near = race.call.file == race.f.file && race.gap.0.file == race.f.file && !race.again && race.ty.is_some();
    if !near {
        return None;
    }
    match race.gap.0 == race.f {
        true => keep_promise::fix(project, race).or_else(|| take_lock::fix(project, race)),
        false => one_filling::fix(project, race),
    }
}

fn remedy(language: Language) -> &'static str {
    match language {
        Language::Script => "keep the promise itself in the variable, before anything is awaited",
        Language::Python => "check again inside an `asyncio.Lock`, or build it when the program starts",
        Language::Rust => "use `OnceCell::get_or_init`, or build it when the program starts",
    }
}
