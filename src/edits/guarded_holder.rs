//! Keeps on the global object what a module's variable holds, where the client is inside of that: a store, a repository.
//!
//! For a variable that is declared empty at the top and filled by statements of their own. Where the module empties it, the
//! slot is emptied too. Knows no library by name.

use super::rewrite::{Slot, filling, is_typed};
use crate::checks::Project;
use crate::facts::walk::binds;
use crate::facts::{FnId, Language, Span, Value, VarRef};
use crate::finding::{Edit, Style, lines};
use crate::program::{CallRef, FnRef};
use crate::values::sites::Site;

/// The edits; `None` where that is not sound or not plain.
pub fn guarded_holder(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let mut callers = project.callers().of(site.function).iter();
    let call = *callers.next().filter(|_| callers.next().is_none())?;
    let script = program.language(call.file) == Language::Script && site.function.id != FnId::TOP;
    let var = taker(project, call).filter(|_| script)?;
    let name = program.facts(call.file).local(var).name.as_str();
    let source = program.units[call.file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    let (declared, fillings) = statements(text, name)?;
    let bound = program.bound(call.file, var).iter().filter(|bound| bound.function != FnId::TOP);
    if bound.count() != fillings.len() {
        return None;
    }
    let ty = if is_typed(project, call.file) { Some(declared.ty?) } else { None };
    let slot = Slot::of_variable(project, call.file, name, ty)?;
    let end = Style::of(text).end();
    let insert = |at: u32, text: String| Edit { file: source, span: Span { start: at, end: at }, text };
    let filled = fillings.into_iter().map(|filling| {
        let statement = match is_empty(filling.value) {
            true => format!("{} = undefined{end}", slot.path),
            false => self::filling(text, &slot.path, name),
        };
        insert(filling.end, format!("\n{}{statement}", filling.indent))
    });
    let value = match declared.value {
        Some(span) => insert(span.start, slot.read()),
        None => insert(declared.end, format!(" = {}", slot.path)),
    };
    let first = insert(lines::above_comments(text, declared.line), slot.declared.clone());
    Some([first, value].into_iter().chain(filled).collect())
}

/// The variable of the module that takes what the call gives.
fn taker(project: &Project, call: CallRef) -> Option<VarRef> {
    let program = &project.program;
    let function = program.call(call).function;
    let body = &program.function(FnRef { file: call.file, id: function }).body;
    let mut taken = binds(body).filter(|bind| *bind.value == Value::Call(call.id)).map(|bind| bind.target);
    match (function, taken.next()?, taken.next()) {
        (FnId::TOP, ..) => None,
        (_, Value::Var(var), None) if var.function == FnId::TOP => Some(*var),
        _ => None,
    }
}

/// `let store: Store | null = null`, at the margin.
struct Declared<'t> {
    line: u32,
    /// Where the statement ends, before its semicolon.
    end: u32,
    /// What it may hold beside nothing.
    ty: Option<String>,
    value: Option<Span>,
    written: &'t str,
}

impl<'t> Declared<'t> {
    fn of(line: &'t str, start: u32, name: &str) -> Option<Self> {
        let written = line.trim_end().trim_end_matches(';');
        let rest = written.strip_prefix("let ")?.strip_prefix(name)?;
        let (ty, value) = rest.split_once(" = ").map_or((rest, None), |(ty, value)| (ty, Some(value)));
        if value.is_some_and(|value| !is_empty(value)) {
            return None;
        }
        let end = start + written.len() as u32;
        let parts = ty.strip_prefix(':').map(|ty| ty.split(" | ").map(str::trim).filter(|part| !is_empty(part)));
        let ty = parts.map(|parts| parts.collect::<Vec<_>>().join(" | "));
        let value = value.map(|value| Span { start: end - value.len() as u32, end });
        (rest.is_empty() || rest.starts_with([':', ' '])).then_some(Self { line: start, end, ty, value, written })
    }
}

/// `store = createStore(url);`, a statement of its own in a block.
struct Filling<'t> {
    end: u32,
    indent: &'t str,
    value: &'t str,
}

/// The declaration of the variable, and what fills or empties it; `None` where a statement is not plain.
fn statements<'t>(text: &'t str, name: &str) -> Option<(Declared<'t>, Vec<Filling<'t>>)> {
    let (mut at, mut declared, mut fillings, mut before) = (0, None, Vec::new(), "");
    for line in text.split_inclusive('\n') {
        let (start, written) = (at, line.trim_end());
        at += line.len() as u32;
        let assigned = written.trim_start().strip_prefix(name).and_then(|rest| rest.strip_prefix(" = "));
        if let Some(found) = Declared::of(line, start, name) {
            declared = declared.is_none().then_some(found);
        } else if let Some(value) = assigned {
            let in_block = before.is_empty() || before.ends_with(['{', '}', ';']) || !before.ends_with([')', 'e']);
            let end = start + written.len() as u32;
            let value = value.trim_end_matches(';');
            (in_block && is_whole(value))
                .then(|| fillings.push(Filling { end, indent: lines::indent(line), value }))?;
        }
        if !written.trim().is_empty() {
            before = written.trim();
        }
    }
    declared.filter(|declared| !declared.written.contains("//")).map(|declared| (declared, fillings))
}

/// It does not go on in the next line.
fn is_whole(value: &str) -> bool {
    let count = |mark: char| value.matches(mark).count();
    let closed = count('(') == count(')') && count('{') == count('}') && count('[') == count(']');
    closed && !value.contains("//") && !value.ends_with([',', '(', '?', ':', '+', '|', '&', '=', '.'])
}

fn is_empty(value: &str) -> bool {
    matches!(value, "null" | "undefined")
}
