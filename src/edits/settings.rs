//! The edits that mend a pool's settings: a number, or a parameter of an address.
//!
//! Only where the text at the place is what it is taken for. Knows no library by name.

use super::imports::listed;
use super::width;
use crate::catalog::schema::Setting;
use crate::checks::Project;
use crate::facts::{Arg, Language, Span, Value};
use crate::finding::{Edit, Place, lines};
use crate::program::CallRef;

/// Writes the number in the place of the one that is `old`: what a number is computed of is another one.
pub fn replaced(project: &Project, place: Place, old: f64, number: u32) -> Option<Vec<Edit>> {
    let (_, span) = written(project, place).filter(|(value, _)| *value == old)?;
    Some(vec![edit(place, span, number)])
}

fn edit(place: Place, span: Span, number: u32) -> Edit {
    Edit { file: place.file, span, text: number.to_string() }
}

/// The number that ends a place, and where it stands: `pool_size=0`, `max: 0`, the number alone, or what stands in for a
/// variable of the environment that is not set. `None` and `null` are no bound.
fn written(project: &Project, place: Place) -> Option<(f64, Span)> {
    let whole = text(project, place)?.trim_end();
    let whole = whole.trim_end_matches(')').trim_end_matches(['"', '\'']);
    let written = whole.rsplit(['=', ':', ' ', '(', '"', '\'']).next().unwrap_or_default();
    let end = place.span.start + whole.len() as u32;
    let value = match written {
        "None" | "null" => f64::INFINITY,
        _ => written.parse().ok()?,
    };
    Some((value, Span { start: end - written.len() as u32, end }))
}

/// Adds `name=value` to the parameters of the address that ends the place.
pub fn parameter(project: &Project, place: Place, name: &str, value: &str) -> Option<Vec<Edit>> {
    let whole = text(project, place)?;
    let address = whole.trim_end().trim_end_matches(['"', '\'']);
    let start = address.find("://")?;
    if address[start..].contains(['#', ' ', '$', '`']) || address.contains(&format!("{name}=")) {
        return None;
    }
    let separator = if address.contains('?') { '&' } else { '?' };
    let at = place.span.start + address.len() as u32;
    let span = Span { start: at, end: at };
    Some(vec![Edit { file: place.file, span, text: format!("{separator}{name}={value}") }])
}

/// Adds an argument at the end of a call, or an entry to the record that is its last argument.
pub fn argument(project: &Project, call: CallRef, written: &str, entry: bool) -> Option<Vec<Edit>> {
    let program = &project.program;
    let data = program.call(call);
    let file = program.units[call.file as usize].source;
    let python = program.language(call.file) == Language::Python;
    let whole = text(project, Place { file, span: data.span })?;
    let last = data.args.last();
    let record = last.filter(|arg| matches!(arg.value, Value::Record { .. }) && arg.name.is_none());
    // What it has already may be filled elsewhere: a second one of the name is no program.
    let name = written.split(['=', ':']).next().unwrap_or_default().trim();
    let is_entry = |arg: &Arg| matches!(&arg.value, Value::Record { entries, .. } if entries.iter().any(|entry| entry.key == name));
    if data.named(name).is_some() || entry && record.is_some_and(is_entry) {
        return None;
    }
    let (open, end) = match record.filter(|_| entry) {
        Some(arg) => (text(project, Place { file, span: arg.span })?, arg.span.end),
        None => (whole, data.span.end),
    };
    let close = if record.is_some() && entry { '}' } else { ')' };
    let inner = open.strip_suffix(close)?;
    let kept = inner.trim_end();
    if !entry && let Some(edit) = one_a_line(project, call, written) {
        return Some(vec![edit]);
    }
    let at = end - (open.len() - kept.len()) as u32;
    let span = Span { start: at, end: at };
    let written = if entry && record.is_none() { format!("{{ {written} }}") } else { written.to_string() };
    if kept.contains('\n') && inner.get(kept.len()..)?.contains('\n') {
        let comment = if python { " #" } else { " //" };
        let plain = !kept.lines().next_back()?.contains(comment);
        return plain.then(|| vec![Edit { file, span, text: listed(kept, &written) }]);
    }
    let lead = match kept.chars().next_back()? {
        '(' => "",
        '{' => " ",
        ',' => " ",
        _ => ", ",
    };
    let spare = if close == '}' && inner.ends_with(kept) && inner.len() == kept.len() { " " } else { "" };
    Some(vec![Edit { file, span, text: format!("{lead}{written}{spare}") }])
}

/// Writes numbers that a construction does not give yet, all in one place: the record that is its only one, or its
/// arguments.
pub fn numbers(project: &Project, call: CallRef, settings: &[(&Setting, u32)]) -> Option<Vec<Edit>> {
    let data = project.program.call(call);
    let records = data.args.iter().filter(|arg| matches!(arg.value, Value::Record { .. })).count();
    let option = settings.iter().all(|(row, _)| row.places.iter().any(|place| place == "option"));
    let keyword = settings.iter().all(|(row, _)| row.places.iter().any(|place| place == "keyword"));
    let fits = if option { records == 1 || data.args.is_empty() } else { keyword };
    let sign = if option { ": " } else { "=" };
    let all = settings.iter().map(|(row, number)| format!("{}{sign}{number}", row.name));
    let file = project.program.units[call.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    // Each on a line of its own where the others are.
    let last = data.args.last().and_then(|arg| text.get(lines::around(text, arg.span)?.range()));
    let broken = text.get(data.span.range())?.contains('\n');
    let between = last.filter(|_| broken).map_or(", ".into(), |line| format!(",\n{}", lines::indent(line)));
    let written = all.collect::<Vec<String>>().join(&between);
    let plain = settings.iter().all(|(row, _)| !row.name.contains('.') && data.named(&row.name).is_none());
    (fits && plain).then(|| argument(project, call, &written, option)).flatten()
}

/// The arguments on lines of their own, where one more makes the call's line too wide for Python's formatters: all on
/// one where they fit.
fn one_a_line(project: &Project, call: CallRef, written: &str) -> Option<Edit> {
    let (program, files) = (&project.program, project.inputs.files);
    let (data, unit) = (program.call(call), &program.units[call.file as usize]);
    let text = &files.get(unit.source.index())?.text;
    let line = lines::around(text, data.span)?;
    let (whole, first) = (text.get(line.start as usize..data.span.end as usize)?, data.args.first()?.span.start);
    let width = width::of(project, call.file);
    let python = program.language(call.file) == Language::Python;
    if !python || whole.contains('\n') || whole.chars().count() + written.len() + 2 <= width {
        return None;
    }
    let given = data.args.iter().map(|arg| text.get(arg.span.range()));
    let all: Vec<&str> = given.chain([Some(written)]).collect::<Option<_>>()?;
    let (outer, one) = (lines::indent(whole), all.join(", "));
    let indent = format!("{outer}    ");
    let inner = match indent.len() + one.chars().count() <= width {
        true => format!("{indent}{one}\n"),
        false => all.iter().map(|arg| format!("{indent}{arg},\n")).collect(),
    };
    let span = Span { start: first, end: data.span.end - 1 };
    Some(Edit { file: unit.source, span, text: format!("\n{inner}{outer}") })
}

fn text<'p>(project: &'p Project, place: Place) -> Option<&'p str> {
    project.inputs.files.get(place.file.index())?.text.get(place.span.range())
}
