//! `racy-singleton`: a shared client that two concurrent callers may both build.
//!
//! Words what `checks::racy` finds. Names no library and no language.

use super::words;
use crate::checks::Project;
use crate::checks::racy::{Race, races};
use crate::edits::{keep_promise, take_lock};
use crate::facts::Language;
use crate::finding::{Also, Confidence, Finding, Place, Related, Severity};

pub fn racy_singleton(project: &Project) -> Vec<Finding> {
    races(project).iter().map(|race| word(project, race)).collect()
}

fn word(project: &Project, race: &Race) -> Finding {
    let program = &project.program;
    let name = words::client_name(program, race.call, race.ty);
    let at = |span| Place { file: program.units[race.f.file as usize].source, span };
    Finding {
        rule: "racy-singleton",
        severity: Severity::Warning,
        confidence: Confidence::High,
        message: format!("concurrent callers may each build a `{name}`"),
        place: words::place(program, race.call),
        label: "built by every caller that comes before the first is done".into(),
        client: Some(words::client_id(program, race.call, race.ty)),
        related: vec![
            Related { place: at(race.check), message: "found empty here".into() },
            Related { place: at(race.gap), message: "others run during this await".into() },
        ],
        why: "all but the last one built are lost, with their connections open".into(),
        help: remedy(program.language(race.f.file)).into(),
        fix: keep_promise::fix(project, race).or_else(|| take_lock::fix(project, race)),
        scope: words::scope(program, race.f),
        also: Also::default(),
        after: usize::from(race.gap.end >= program.call(race.call).span.end),
        entry: None,
        pedantic: false,
    }
}

fn remedy(language: Language) -> &'static str {
    match language {
        Language::Script => "keep the promise itself in the variable, before anything is awaited",
        Language::Python => "check again inside an `asyncio.Lock`, or build it when the program starts",
        Language::Rust => "use `OnceCell::get_or_init`, or build it when the program starts",
    }
}
