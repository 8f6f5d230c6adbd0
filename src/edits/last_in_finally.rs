//! The fix of `connection-not-released` where the `finally` that releases does other things first, any of which may
//! throw: those go into a `try` of their own, whose `finally` has the release.
//!
//! Moves text, line by line, and gives up on anything that is not plain. Names no library.

use super::try_finally::bound;
use crate::checks::Project;
use crate::facts::walk::nodes;
use crate::facts::{Call, FileFacts, Language, Node, Span, Value, VarRef};
use crate::finding::{Applicability, Edit, Fix, lines};
use crate::ownership::release::{Leak, Path, What};

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let program = &project.program;
    let Path::Throw(thrown) = leak.path else { return None };
    let (facts, language) = (program.facts(leak.call.file), program.language(leak.call.file));
    if language == Language::Rust || leak.deferred {
        return None;
    }
    let body = &facts.function(program.call(leak.call).function).body;
    let (var, ..) = bound(body, leak.call.id)?;
    let release = released(project, leak, facts, body, var)?;
    let file = program.units[leak.call.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let (span, text) = rewrite(text, release.span, thrown, language == Language::Python)?;
    Some(Fix::new(
        "Release it whatever the `finally` does first",
        Applicability::Unsafe,
        vec![Edit { file, span, text }],
    ))
}

/// The only call that releases it, where that is a statement of a `finally`.
fn released<'f>(
    project: &Project,
    leak: &Leak,
    facts: &'f FileFacts,
    body: &'f [Node],
    var: VarRef,
) -> Option<&'f Call> {
    let known = |name: &str| match leak.resource.what {
        What::Catalog(ty) => project.program.catalog.releases(ty, name),
        What::Object(_) => leak.ends.iter().any(|end| end == name),
    };
    let releases =
        |call: &Call| matches!(&call.callee, Value::Member(base, name) if **base == Value::Var(var) && known(name));
    let stands = |node: &'f Node| match node {
        Node::Call(id) => Some(facts.call(*id)).filter(|call| releases(call)),
        _ => None,
    };
    let found = nodes(body).find_map(|node| match node {
        Node::Try { finally, .. } => finally.iter().find_map(stands),
        _ => None,
    })?;
    (facts.calls.iter().filter(|call| releases(call)).count() == 1).then_some(found)
}

fn rewrite(text: &str, release: Span, thrown: Span, python: bool) -> Option<(Span, String)> {
    let line = lines::around(text, release)?;
    let (statement, call) = (text.get(line.range())?.trim(), text.get(release.range())?);
    let bare = statement.trim_end_matches(';');
    let indent = lines::indent(text.get(line.range())?);
    let above = text.get(..line.start as usize)?;
    let inside = |line: &&str| line.trim().is_empty() || lines::indent(line).len() >= indent.len();
    let length: usize = above.split_inclusive('\n').rev().take_while(inside).map(str::len).sum();
    let start = line.start as usize - length;
    let head = above.get(..start)?.lines().next_back()?.trim();
    let opens = if python { head == "finally:" } else { head == "} finally {" };
    let first = above.get(start..)?;
    let alone = bare == call || bare.strip_prefix("await ") == Some(call);
    let throws = start <= thrown.start as usize && thrown.end <= line.start;
    let declares = ["const ", "let ", "var "].iter().any(|word| first.contains(word));
    if !(opens && alone && throws) || !python && declares {
        return None;
    }
    let step = lines::step(text);
    let moved = lines::deeper(lines::unpadded(first), step)?;
    let (open, finally, done) = match python {
        true => ("try:", "finally:", String::new()),
        false => ("try {", "} finally {", format!("{indent}}}\n")),
    };
    let new = format!("{indent}{open}\n{moved}{indent}{finally}\n{indent}{step}{statement}\n{done}");
    Some((Span::new(start, line.end as usize), new))
}
