//! `connlint doctor`: what was understood of a project, as text or JSON.
//!
//! Words and columns; what is understood is the session's business.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Ending;
use super::args::{DoctorArgs, Form};
use super::output::{Failure, Output, count};
use crate::checks::understood::{Built, Entries, Known, Reached, Reason, Served, Spot, Unfollowed, Unresolved, Why};
use crate::graph::trigger::Trigger;
use crate::report::plain_name;
use crate::rules::{RULES, how_often};
use crate::session::{Diagnosis, Options, Session};
use crate::source::{SkipReason, Skipped};

pub fn doctor(args: DoctorArgs, output: &mut Output) -> Result<Ending, Failure> {
    let options = Options {
        directory: std::env::current_dir()?,
        paths: args.path.into_iter().collect(),
        settings: args.settings.choice(),
        ..Options::default()
    };
    let found = Session::open(options)?.diagnose()?;
    output.text(&match args.format {
        Form::Text => text(&found),
        Form::Json => json(&found)?,
    })?;
    Ok(Ending::Clean)
}

fn json(found: &Diagnosis) -> Result<String, Failure> {
    let mut value = serde_json::to_value(found).map_err(|error| Failure::Other(error.to_string()))?;
    if let Some(object) = value.as_object_mut() {
        object.insert("version".into(), 1.into());
    }
    Ok(format!("{value:#}\n"))
}

/// Lines of one kind that the text shows; JSON has all.
const MOST: usize = 12;

fn text(found: &Diagnosis) -> String {
    let mut out = head(found);
    let what = &found.understood;
    section(
        &mut out,
        "deployables",
        what.deployables.iter().map(|one| {
            let folder = if one.folder.is_empty() { "." } else { &one.folder };
            let platform =
                one.platform.map_or(String::new(), |platform| format!(", {}", format!("{platform:?}").to_lowercase()));
            let name = if one.name.is_empty() { "without a name" } else { &one.name };
            format!("{folder}  {} {name}  {}{platform}", one.ecosystem, count(one.files, "source file"))
        }),
    );
    section(&mut out, "frameworks", what.frameworks.iter().map(known));
    section(&mut out, "client libraries", what.clients.iter().map(known));
    section(&mut out, "entry points", what.entries.iter().map(entries));
    out.push_str(&built(&what.built));
    out.push_str(&servers(&what.servers));
    if !what.unfollowed.is_empty() {
        section(&mut out, "opened, and given to what connlint does not know", what.unfollowed.iter().map(unfollowed));
    }
    section(&mut out, "unresolved imports", what.unresolved.iter().map(unresolved));
    out.push_str(&dependencies(found));
    out.push_str(&skipped(&found.skipped));
    section(
        &mut out,
        "problems",
        found.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message)),
    );
    out.push_str(&findings(found));
    out
}

fn head(found: &Diagnosis) -> String {
    let mut out = format!("root      {}", found.root);
    if found.bare {
        out.push_str(": no manifest, `connlint.toml` or `.git` marks a root, so only what was given is read");
    }
    out.push('\n');
    for file in &found.above {
        let _ = writeln!(out, "          {file} stands above: check from there to follow calls between packages");
    }
    match found.settings.split_first() {
        None => out.push_str("settings  none; the defaults are in force\n"),
        Some((own, rest)) => {
            let _ = writeln!(
                out,
                "settings  {}",
                [own].into_iter().chain(rest).cloned().collect::<Vec<_>>().join(", extends ")
            );
        }
    }
    found.passed_over.iter().for_each(|file| {
        let _ = writeln!(out, "          {file} is not read, though it has settings");
    });
    let off = if found.off.is_empty() { String::new() } else { format!("; off: {}", found.off.join(", ")) };
    let _ = writeln!(out, "rules     {} of {} on{off}", RULES.len() - found.off.len(), RULES.len());
    if !found.overrides.is_empty() {
        let _ = writeln!(out, "          others for {} (`[[overrides]]`)", found.overrides.join(", "));
    }
    out + &files(found)
}

fn files(found: &Diagnosis) -> String {
    let kinds: Vec<String> = found.read.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let files = &found.understood.files;
    let all: usize = found.read.values().sum();
    let sources = files.product + files.tests + files.scripts + files.unbuilt;
    let mut out = format!("files     {all} read{}{}\n", if all > 0 { ": " } else { "" }, kinds.join(", "));
    let rest = if files.parsed < sources {
        ": the others name nothing that opens a connection, nor what leads there"
    } else {
        ""
    };
    let _ = writeln!(out, "          {} of {sources} sources parsed{rest}", files.parsed);
    let aside = |count: usize, what: &str, example: &Option<String>| match example {
        Some(example) => format!("; {count} {what} (as {example})"),
        None => String::new(),
    };
    let tests = aside(files.tests, "of tests and examples, never judged", &files.test_example);
    let scripts = aside(files.scripts, "of scripts, judged for loops only", &files.script_example);
    let unbuilt = aside(files.unbuilt, "that no target of Cargo's is built of, never judged", &files.unbuilt_example);
    let _ = writeln!(out, "          {} of product code{tests}{scripts}{unbuilt}", files.product);
    out
}

/// A heading with its lines; nothing found is worth saying too.
fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines: Vec<String> = lines.map(|line| plain_name(&line)).collect();
    lines.dedup();
    let _ = writeln!(out, "\n{title}{}", if lines.is_empty() { ": none" } else { "" });
    lines.iter().take(MOST).for_each(|line| {
        let _ = writeln!(out, "  {line}");
    });
    if lines.len() > MOST {
        let _ = writeln!(out, "  … and {} more (`--format json` lists all)", lines.len() - MOST);
    }
}

fn spot(spot: &Spot) -> String {
    format!("{}:{}", spot.path, spot.line)
}

fn known(one: &Known) -> String {
    let folder = |folder: &String| if folder.is_empty() { "the root".to_string() } else { folder.clone() };
    let folders: Vec<String> = one.manifests.iter().map(folder).collect();
    let more = if folders.len() > 3 { format!(" and {} more", folders.len() - 3) } else { String::new() };
    let shown = folders.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    let listed = (!folders.is_empty()).then(|| format!("listed in the manifest of {shown}{more}"));
    let by_file = (!one.files.is_empty()).then(|| format!("{} is there", one.files.join(", ")));
    let imported = one.import.as_ref().map(|import| format!("imported at {}", spot(import)));
    let reasons: Vec<String> = listed.into_iter().chain(by_file).chain(imported).collect();
    format!("{}  {}", one.name, reasons.join("; "))
}

fn entries(kind: &Entries) -> String {
    let examples: Vec<String> =
        kind.examples.iter().map(|entry| format!("{} ({})", entry.label, spot(&entry.spot))).collect();
    let more = if kind.count > kind.examples.len() { ", …" } else { "" };
    format!("{} {}: {}{more}", kind.count, how_often(kind.trigger), examples.join(", "))
}

/// What is judged first, then what is not, by the reason.
fn built(all: &[Built]) -> String {
    let mut out = String::new();
    let is_judged = |one: &&Built| matches!(one.reached, Reached::Judged | Reached::Presumed);
    let judged = all.iter().filter(is_judged);
    section(
        &mut out,
        "clients that are built",
        judged.map(|one| {
            let mut reasons: Vec<String> = one.reasons.iter().map(|reason| why(reason, &one.spot)).collect();
            if one.reached == Reached::Presumed {
                reasons.push(format!(
                    "on every call of `{}`, presumed: no entry point in sight leads there",
                    one.function
                ));
            }
            format!("{}  {}  {}", spot(&one.spot), one.client, reasons.join("; "))
        }),
    );
    let silent: Vec<&Built> = all.iter().filter(|one| !is_judged(one)).collect();
    if !silent.is_empty() {
        section(
            &mut out,
            "clients that nothing is said of",
            silent.into_iter().map(|one| format!("{}  {}  {}", spot(&one.spot), one.client, silence(one))),
        );
    }
    out
}

fn why(reason: &Reason, here: &Spot) -> String {
    let many = if reason.many { ", in a loop" } else { "" };
    let weak = if reason.weak { ", by a guess" } else { "" };
    let by = match &reason.entry {
        Some(entry) if reason.trigger == Trigger::Load && entry.path == here.path => String::new(),
        Some(entry) if reason.trigger == Trigger::Load => format!(" ({} is loaded)", entry.path),
        Some(entry) => format!(" ({} at {})", reason.label, spot(entry)),
        None => String::new(),
    };
    format!("{}{many}{weak}{by}", how_often(reason.trigger))
}

fn silence(one: &Built) -> String {
    let function = &one.function;
    match one.reached {
        Reached::Judged | Reached::Presumed => String::new(),
        Reached::Test => "in a test or example".into(),
        Reached::Script => "in a script: judged for loops only".into(),
        Reached::OwnsNothing => "holds no connection of its own".into(),
        Reached::OneCall => "opens and closes within the call; nothing around it could keep a client".into(),
        Reached::Memoised => "the library gives the same one each time".into(),
        Reached::Uncalled => format!("no call of `{function}` and no entry point was found"),
        Reached::Unreached => match &one.outermost {
            Some(outermost) => format!("no entry point leads to `{function}`; the way up ends at {outermost}"),
            None => format!("no entry point leads to `{function}`"),
        },
    }
}

fn servers(all: &[Served]) -> String {
    let mut out = String::new();
    let line = |one: &Served| {
        let allows = one.allows.as_deref().unwrap_or("what its server allows is not known");
        let presumed = if one.presumed { " (presumed)" } else { "" };
        format!("{}  {}  {allows}{presumed}", spot(&one.spot), one.client)
    };
    section(&mut out, "servers of pools", all.iter().map(line));
    if all.iter().any(|one| one.presumed || one.allows.is_none()) {
        out.push_str("  The settings can say it: `plan` or `max-connections` in `[server.NAME]`.\n");
    }
    out
}

fn unfollowed(one: &Unfollowed) -> String {
    let at = spot(&one.call);
    format!("{}  {}  to `{}` at {at}: nothing is said of its end", spot(&one.spot), one.client, one.callee)
}

fn unresolved(one: &Unresolved) -> String {
    let why = match one.why {
        Why::NoFile => "no such file was read",
        Why::Alias => "an alias that no tsconfig.json, jsconfig.json or package.json explains",
        Why::Workspace => "a package of the workspace, outside this root",
        Why::NotBuilt => "a package of this project, but no such file was read: is it built, or generated?",
    };
    format!("{}  {}: {why}", spot(&one.spot), one.module)
}

fn dependencies(found: &Diagnosis) -> String {
    let unknown = &found.understood.unknown;
    if unknown.is_empty() {
        return String::new();
    }
    let names: Vec<String> = unknown.iter().take(MOST).map(|one| format!("{} ({})", one.name, one.files)).collect();
    let more = if unknown.len() > MOST { ", …" } else { "" };
    format!(
        "\ndependencies that connlint knows nothing of: {}, with the number of files that import them\n  {}{more}\n  \
         If one of them builds clients or runs handlers, `[[catalog]]` and `[[frameworks]]` in the settings can say so.\n",
        unknown.len(),
        names.join(", ")
    )
}

fn skipped(all: &[Skipped]) -> String {
    let mut by_reason: BTreeMap<SkipReason, Vec<&str>> = BTreeMap::new();
    all.iter().for_each(|one| by_reason.entry(one.why).or_default().push(&one.path));
    let mut out = String::new();
    section(
        &mut out,
        "not read",
        by_reason.into_iter().map(|(why, paths)| {
            let why = match why {
                SkipReason::Excluded => "by `exclude` of the settings",
                SkipReason::Ignored => "ignored by git",
                SkipReason::Foreign => "code of others, caches, build output",
                SkipReason::Hidden => "hidden",
                SkipReason::Bundle => "bundled or minified",
                SkipReason::Special => "symbolic links, pipes and the like",
            };
            let more = if paths.len() > MOST { ", …" } else { "" };
            let shown: Vec<&str> = paths.iter().copied().take(MOST).collect();
            format!("{} {why}: {}{more}", paths.len(), shown.join(", "))
        }),
    );
    out
}

fn findings(found: &Diagnosis) -> String {
    let counts: Vec<String> = found.findings.iter().map(|(rule, count)| format!("{count} {rule}")).collect();
    let counts = if counts.is_empty() { "none".into() } else { counts.join(", ") };
    format!("\nfindings: {counts}; {} suppressed by comments\n", found.suppressed)
}
