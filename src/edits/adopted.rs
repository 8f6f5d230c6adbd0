//! The fix of `nested-acquire` where an object of its own runs a statement beside a transaction: the connection that is
//! held makes one of it that works in the transaction.
//!
//! For libraries whose row says how that is done. All uses of such objects up to the transaction's end change together.
//! Names no library.

use super::before_lent::{body, closure};
use super::statements::Below;
use super::width;
use crate::checks::Project;
use crate::facts::walk::binds;
use crate::facts::{Call, FnId, Language, ParamKind, Span, Value};
use crate::finding::{Applicability, Edit, Fix, Style, lines};
use crate::ownership::release::{Overlap, What};
use crate::program::FnRef;

/// What is held, and where statements run over it.
struct Held<'p> {
    f: FnRef,
    name: &'p str,
    /// What makes an object over it.
    adopts: &'p str,
    /// From where on it works in the transaction: the beginning of a line.
    from: u32,
    to: u32,
    indent: &'p str,
}

pub fn fix(project: &Project, overlap: &Overlap) -> Option<Fix> {
    let program = &project.program;
    let file = overlap.call.file;
    let source = program.units[file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    let direct = overlap.by == overlap.at && overlap.at.file == file && program.language(file) == Language::Script;
    let held = Held::of(project, overlap, text).filter(|_| direct)?;
    let mut used: Vec<(&str, Span)> = Vec::new();
    let within = |call: &&Call| (held.from..held.to).contains(&call.span.start);
    for call in program.calls_within(held.f).filter(within) {
        let Some((written, object)) = object(project, held.f, call, text) else { continue };
        if !used.iter().any(|(_, span)| *span == object) {
            used.push((written, object));
        }
    }
    let place = program.call(overlap.at).span;
    used.iter().any(|(_, span)| place.contains(*span)).then_some(())?;
    let mut objects: Vec<&str> = Vec::new();
    for (written, _) in &used {
        if !objects.contains(written) {
            objects.push(written);
        }
    }
    let free = |written: &&str| !is_taken(project, held.f, local(written));
    let declared = held.declared(text, &objects, width::of(project, file));
    let edit = |span: Span, text: String| Edit { file: source, span, text };
    let mut edits = vec![edit(Span { start: held.from, end: held.from }, declared)];
    edits.extend(used.iter().map(|(written, span)| edit(*span, local(written).to_string())));
    let title = format!("Work over `{}`, which is held", held.name);
    objects.iter().all(free).then(|| Fix::new(title, Applicability::Unsafe, edits))
}

impl<'p> Held<'p> {
    fn of(project: &'p Project, overlap: &Overlap, text: &'p str) -> Option<Self> {
        let What::Catalog(ty) = overlap.resource.what else { return None };
        let adopts = project.program.catalog.ty(ty).row.adopts.as_str();
        let held = if overlap.lent { Self::lent(project, overlap, text) } else { Self::begun(project, overlap, text) };
        held.filter(|_| !adopts.is_empty()).map(|held| Self { adopts, ..held })
    }

    /// A callback is given it.
    fn lent(project: &'p Project, overlap: &Overlap, text: &'p str) -> Option<Self> {
        let program = &project.program;
        let f = FnRef { file: overlap.call.file, id: program.call(overlap.call).args.iter().find_map(closure)? };
        let callback = program.function(f);
        let given =
            callback.params.first().filter(|param| param.kind == ParamKind::Normal && !param.name.is_empty())?;
        let Below { span, indent, .. } = body(text, callback)?;
        Some(Self { f, name: &given.name, adopts: "", from: span.start, to: span.end, indent })
    }

    /// The function takes it and begins a transaction on it.
    fn begun(project: &'p Project, overlap: &Overlap, text: &'p str) -> Option<Self> {
        let program = &project.program;
        let What::Catalog(ty) = overlap.resource.what else { return None };
        let row = program.catalog.ty(ty).row.transaction.as_ref()?;
        let f = FnRef { file: overlap.call.file, id: program.call(overlap.call).function };
        let held = binds(&program.function(f).body).find_map(|bind| match (bind.target, bind.value) {
            (Value::Var(var), Value::Call(id)) if *id == overlap.call.id => Some(*var),
            _ => None,
        })?;
        let own = |call: &&Call, names: &[String]| match &call.callee {
            Value::Member(base, method) => **base == Value::Var(held) && names.contains(method),
            _ => false,
        };
        let calls = || program.calls_within(f);
        let begin = calls().find(|call| own(call, &row.begins))?;
        let to = calls().filter(|call| own(call, &row.ends)).map(|call| call.span.start).max()?;
        let line = lines::around(text, begin.span)?;
        let indent = lines::indent(text.get(line.range())?);
        // What is declared below it is known to the end of its block.
        let to = to.min(Below::at(text, line.end, indent)?.span.end);
        Some(Self { f, name: &program.facts(f.file).local(held).name, adopts: "", from: line.end, to, indent })
    }

    fn declared(&self, text: &str, objects: &[&str], width: usize) -> String {
        let (indent, step, end) = (self.indent, lines::step(text), Style::of(text).end());
        let comma = if ends_with_comma(text) { "," } else { "" };
        let line = |written: &&str| {
            let head = format!("{indent}const {} = {}.{}(", local(written), self.name, self.adopts);
            let wide = head.replace('\t', "  ").len() + written.len() + 1 + end.len() > width;
            match wide {
                true => format!("{head}\n{indent}{step}{written}{comma}\n{indent}){end}\n"),
                false => format!("{head}{written}){end}\n"),
            }
        };
        objects.iter().map(line).collect()
    }
}

/// The lists of calls that go over several lines end with a comma.
fn ends_with_comma(text: &str) -> bool {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let closes = |next: &&str| next.trim_start().starts_with(')');
        if line.ends_with(',') && lines.peek().is_some_and(closes) {
            return true;
        }
    }
    false
}

/// The name of the local that stands for a field.
fn local(written: &str) -> &str {
    written.rsplit('.').next().unwrap_or(written)
}

/// The object that a call works with by itself: `this.users` of `this.users.save(…)`.
fn object<'t>(project: &Project<'t>, f: FnRef, call: &'t Call, text: &'t str) -> Option<(&'t str, Span)> {
    let program = &project.program;
    let Value::Member(base, method) = &call.callee else { return None };
    let ty = program.eval(FnRef { id: call.function, ..f }, base).concept()?;
    let runs = !program.catalog.ty(ty).row.statements.is_empty();
    let written = text.get(call.callee_span.range())?.strip_suffix(method.as_str())?.trim_end().strip_suffix('.')?;
    let written = written.trim_end();
    let field = written.strip_prefix("this.").is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
    let Span { start, .. } = call.callee_span;
    (runs && field).then(|| (written, Span { start, end: start + written.len() as u32 }))
}

/// The function, one around it or one within it has a local of the name.
fn is_taken(project: &Project, f: FnRef, name: &str) -> bool {
    let facts = project.program.facts(f.file);
    let near = |id: FnId| facts.is_within(f.id, id) || facts.is_within(id, f.id);
    let all = facts.functions.iter().enumerate().filter(|(id, _)| near(FnId(*id as u32)));
    all.flat_map(|(_, function)| &function.locals).any(|local| local.name == name)
}
