//! The fix of `racy-singleton` in scripts where a function of its own fills the cell: all who find it empty wait for the
//! same call.
//!
//! Only for a call that is told nothing, awaited in a statement of its own. Names no library.

use super::hoist::top_line;
use super::rewrite::is_typed;
use crate::checks::Project;
use crate::checks::racy::Race;
use crate::facts::walk::nodes;
use crate::facts::{Call, Language, Node, Span};
use crate::finding::{Applicability, Edit, Fix, Style, lines};
use crate::program::FnRef;

/// What the variable may be called that holds the promise.
const NAMES: [&str; 3] = ["connecting", "opening", "filling"];

pub fn fix(project: &Project, race: &Race) -> Option<Fix> {
    let program = &project.program;
    let plain = |f: FnRef| program.function(f).class.is_none() && program.function(f).parent.is_some();
    if program.language(race.f.file) != Language::Script || !plain(race.f) || !plain(race.gap.0) {
        return None;
    }
    let source = program.units[race.f.file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    let call = filling(project, race)?;
    let line = lines::around(text, call.span)?;
    let (statement, written) = (text.get(line.range())?, text.get(call.span.range())?);
    let end = Style::of(text).end();
    if statement.trim().trim_end_matches(';') != format!("await {written}") {
        return None;
    }
    let name = NAMES.into_iter().find(|name| !lines::mentions(text, name))?;
    let ty = if is_typed(project, race.f.file) { ": Promise<unknown> | undefined" } else { "" };
    let (indent, step) = (lines::indent(statement), lines::step(text));
    let shared = format!("{indent}{name} ??= {written}.finally(() => {{\n");
    let waited = format!("{indent}{step}{name} = undefined{end}\n{indent}}}){end}\n{indent}await {name}{end}\n");
    let at = top_line(project, text, race.f)?;
    let edits = vec![
        Edit { file: source, span: Span { start: at, end: at }, text: format!("let {name}{ty}{end}\n\n") },
        Edit { file: source, span: line, text: format!("{shared}{waited}") },
    ];
    let title = format!("Let all callers wait for one `{written}`");
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// The call of the function with the gap, after the look at the cell and in no loop.
fn filling<'p>(project: &'p Project, race: &Race) -> Option<&'p Call> {
    let program = &project.program;
    let body = &program.function(race.f).body;
    let mut all = nodes(body);
    while let Some(node) = all.next() {
        let Node::Call(id) = node else { continue };
        let found = crate::program::CallRef { file: race.f.file, id: *id };
        let call = program.call(found);
        let fills = project.graph.target(found).is_some_and(|target| target.functions.as_slice() == [race.gap.0]);
        let fits = call.awaited && call.args.is_empty() && call.span.start > race.check.start;
        if fills && fits {
            return all.regions().all(|region| !region.is_loop()).then_some(call);
        }
    }
    None
}
