//! The fix of `racy-singleton` in scripts: the variable keeps the promise, from before the wait on.
//!
//! Only where the variable is looked at, filled and returned in one function and nowhere else; a
//! promise that fails is forgotten, so that the next caller tries again. Names no library.

use crate::checks::Project;
use crate::checks::racy::Race;
use crate::facts::walk::binds;
use crate::facts::{FnId, Language, Node, Pred, Span, Value, VarRef};
use crate::finding::lines;
use crate::finding::{Applicability, Edit, Fix};

pub fn fix(project: &Project, race: &Race) -> Option<Fix> {
    let program = &project.program;
    let facts = program.facts(race.f.file);
    let file = program.units[race.f.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let call = program.call(race.call);
    let var = filled(&program.function(race.f).body, race)?;
    let local = facts.local(var);
    let simple = facts.language == Language::Script && call.awaited && var.function == FnId::TOP;
    if !simple || used_elsewhere(text, program.function(race.f).span, local.span, &local.name) {
        return None;
    }
    let name = &local.name;
    let line = lines::around(text, call.span)?;
    let statement = text.get(line.range())?;
    let written = text.get(call.span.range())?;
    let alone = statement.trim().trim_end_matches(';') == format!("{name} = await {written}");
    if !alone || !returns_it(&program.function(race.f).body, var) {
        return None;
    }
    let (indent, step) = (lines::indent(statement), lines::step(text));
    let reset = format!("{indent}{step}{name} = {};\n{indent}{step}throw error;\n", empty(text, local.span));
    let kept = format!("{indent}{name} = {written}.catch((error) => {{\n{reset}{indent}}});\n");
    let mut edits = vec![Edit { file, span: line, text: kept }];
    edits.extend(typed(text, local.span).map(|(span, text)| Edit { file, span, text }));
    let title = format!("Keep the promise in `{name}`");
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// The variable that the construction is assigned to.
fn filled(block: &[Node], race: &Race) -> Option<VarRef> {
    binds(block).find_map(|bind| match (bind.target, bind.value) {
        (Value::Var(var), Value::Call(id)) if *id == race.call.id => Some(*var),
        _ => None,
    })
}

/// The function does nothing with the variable but look whether it is there, fill it and return it.
fn returns_it(body: &[Node], var: VarRef) -> bool {
    let own = |value: &Value| *value == Value::Var(var);
    body.iter().all(|node| match node {
        Node::Branch { pred, then, otherwise, .. } => {
            looks(pred, &own) && returns_it(then, var) && returns_it(otherwise, var)
        }
        Node::Bind { target, value, .. } => own(target) && matches!(value, Value::Call(_)),
        Node::Return { value: Some(value), .. } => own(value),
        Node::Call(_) | Node::Await { .. } => true,
        _ => false,
    })
}

fn looks(pred: &Pred, own: &dyn Fn(&Value) -> bool) -> bool {
    match pred {
        Pred::Not(inner) => looks(inner, own),
        Pred::Truthy(value) | Pred::Null(value) => own(value),
        _ => false,
    }
}

/// The name stands outside the function and its own declaration.
fn used_elsewhere(text: &str, function: Span, declaration: Span, name: &str) -> bool {
    let Some(declared) = lines::around(text, declaration) else { return true };
    let (first, second) = if declared.start < function.start { (declared, function) } else { (function, declared) };
    let outside = [
        text.get(..first.start as usize),
        text.get(first.end as usize..second.start as usize),
        text.get(second.end as usize..),
    ];
    outside.iter().any(|part| part.is_none_or(|part| lines::mentions(part, name)))
}

/// What the declaration starts with: `null` where it says so.
fn empty(text: &str, declaration: Span) -> &'static str {
    let line = lines::around(text, declaration).and_then(|span| text.get(span.range())).unwrap_or_default();
    if line.trim_end().trim_end_matches(';').ends_with("null") { "null" } else { "undefined" }
}

/// The written type with its client in a promise: `let client: MongoClient | null`.
fn typed(text: &str, declaration: Span) -> Option<(Span, String)> {
    let line = lines::around(text, declaration)?;
    let rest = text.get(declaration.start as usize..line.end as usize)?;
    let colon = rest.find(':')?;
    let end = rest.find(['=', ';', '\n'])?;
    let ty = rest.get(colon + 1..end)?;
    let parts: Vec<&str> = ty.split('|').map(str::trim).collect();
    let wrap = |part: &&str| match *part {
        "null" | "undefined" => part.to_string(),
        client => format!("Promise<{client}>"),
    };
    let new = parts.iter().map(wrap).collect::<Vec<String>>().join(" | ");
    let start = declaration.start as usize + colon + 1;
    let pad = if ty.ends_with(' ') { " " } else { "" };
    Some((Span::new(start, start + ty.len()), format!(" {new}{pad}")))
}
