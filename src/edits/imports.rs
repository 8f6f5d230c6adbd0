//! Bringing a name into a file: into the statement that imports from its module already, else as a statement of its own
//! where the order of the others wants it.
//!
//! Text only, but for the language. Knows no library by name.

use crate::checks::Project;
use crate::facts::{Import, ImportKind, Language, Span};
use crate::finding::{Edit, lines};

/// The edit that brings a line of import into a file; `None` where there is no place for it.
pub(crate) fn added(project: &Project, file: u32, text: &str, line: &str) -> Option<Edit> {
    let source = project.program.units[file as usize].source;
    let (span, text) = match project.program.language(file) {
        Language::Python => {
            let (module, name) = line.strip_prefix("from ")?.split_once(" import ")?;
            python_edit(text, module, name)??
        }
        _ => extended(text, line).or_else(|| below(project, file, text, line))?,
    };
    Some(Edit { file: source, span, text })
}

/// The edit that imports a name from a module of Python; nothing where it is there.
pub(crate) fn python(project: &Project, file: u32, text: &str, module: &str, name: &str) -> Option<Option<Edit>> {
    let source = project.program.units[file as usize].source;
    Some(python_edit(text, module, name)?.map(|(span, text)| Edit { file: source, span, text }))
}

/// Edits with one more, which takes the place of lines that go where it begins.
pub(crate) fn with(mut edits: Vec<Edit>, new: Edit) -> Vec<Edit> {
    match edits.iter_mut().find(|edit| edit.file == new.file && edit.span.start == new.span.start) {
        Some(edit) => edit.text = format!("{}{}", new.text, edit.text),
        None => edits.push(new),
    }
    edits
}

/// The line becomes part of a statement that is there.
pub(crate) fn is_extended(text: &str, line: &str) -> bool {
    extended(text, line).is_some()
}

/// `import { a } from "m"` with one name more, where the line imports from `m` by name.
fn extended(text: &str, line: &str) -> Option<(Span, String)> {
    let (name, from) = line.strip_prefix("import { ")?.split_once(" } from ")?;
    let module = from.trim_end_matches(';').trim_matches(['"', '\'']);
    let there = [format!("from \"{module}\""), format!("from '{module}'")];
    let at = there.iter().find_map(|from| text.find(from.as_str()))?;
    let start = text.get(..at)?.rfind("import ")?;
    let list = text.get(start..at)?.strip_prefix("import {")?.trim_end().strip_suffix('}')?;
    let own = list.contains('{') || list.split(',').any(|item| item.trim() == name);
    let last = list.trim_end();
    let at = start + "import {".len() + last.len();
    (!own).then(|| (Span::new(at, at), listed(last, name)))
}

/// A name at the end of a list, as the others are written: on a line of its own, before a comma.
pub(crate) fn listed(list: &str, name: &str) -> String {
    let trailing = list.ends_with(',');
    match list.rsplit_once('\n') {
        Some((_, line)) if trailing => format!("\n{}{name},", lines::indent(line)),
        Some((_, line)) => format!(",\n{}{name}", lines::indent(line)),
        None => format!("{} {name}", if trailing { "" } else { "," }),
    }
}

/// A line after the last import at the top of the file.
fn below(project: &Project, file: u32, text: &str, line: &str) -> Option<(Span, String)> {
    let flush = |import: &&Import| {
        let at = import.statement.start as usize;
        import.kind != ImportKind::Dynamic
            && import.statement.end > 0
            && (at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n'))
    };
    let imports = project.program.facts(file).imports.iter().filter(flush);
    let last = imports.map(|import| import.statement.end).max()?;
    let at = last + u32::from(text.get(last as usize..)?.starts_with(';'));
    Some((Span { start: at, end: at }, format!("\n{line}")))
}

/// An import statement at the margin of a Python file.
struct Statement<'t> {
    span: Span,
    /// `from module`; empty for `import a, b`.
    from: &'t str,
    /// The first module of `import a, b`, else the same as `from`.
    module: &'t str,
    /// Blank lines part it from the statement before.
    opens: bool,
}

/// The outer `None` where no place is found, the inner one where the name is there.
fn python_edit(text: &str, module: &str, name: &str) -> Option<Option<(Span, String)>> {
    let statements = statements(text)?;
    if let Some(there) = statements.iter().find(|statement| statement.from == module) {
        let written = text.get(there.span.range())?;
        let list = written.split_once(" import ")?.1;
        let names = list.split([',', '(', ')', '\n']).map(str::trim);
        return match names.into_iter().any(|item| item == name) {
            true => Some(None),
            false => Some(Some(in_list(there, written, name)?)),
        };
    }
    let line = format!("from {module} import {name}\n");
    let group = group(&statements, module);
    let Some(group) = group else {
        let first = statements.first()?.span.start;
        return Some(Some((Span { start: first, end: first }, format!("{line}\n"))));
    };
    let later = group.iter().find(|statement| !statement.from.is_empty() && statement.from > module);
    let at = later.map_or(group.last()?.span.end, |statement| statement.span.start);
    Some(Some((Span { start: at, end: at }, line)))
}

/// One name more in the list of a statement.
fn in_list(there: &Statement, written: &str, name: &str) -> Option<(Span, String)> {
    let body = written.trim_end();
    if body.contains(['#', '\\']) {
        return None;
    }
    let (list, closes) = match body.strip_suffix(')') {
        Some(inner) => (inner.trim_end(), true),
        None => (body, false),
    };
    if closes {
        let at = there.span.start + list.len() as u32;
        return Some((Span { start: at, end: at }, listed(list, name)));
    }
    let start = list.find(" import ")? + " import ".len();
    let names: Vec<&str> = list.get(start..)?.split(',').map(str::trim).collect();
    let sorted = names.is_sorted_by_key(|name| name.to_lowercase());
    let later = names.iter().position(|other| sorted && other.to_lowercase() > name.to_lowercase());
    let mut all = names;
    all.insert(later.unwrap_or(all.len()), name);
    let span = Span { start: there.span.start + start as u32, end: there.span.start + list.len() as u32 };
    Some((span, all.join(", ")))
}

/// Modules of the language that nearly every file has one of.
const STANDARD: [&str; 24] = [
    "asyncio",
    "collections",
    "contextlib",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "hashlib",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "os",
    "pathlib",
    "random",
    "re",
    "subprocess",
    "sys",
    "threading",
    "time",
    "typing",
    "urllib",
    "uuid",
];

/// The statements among which one of the module belongs.
fn group<'s, 't>(statements: &'s [Statement<'t>], module: &str) -> Option<&'s [Statement<'t>]> {
    let root = |module: &str| module.split('.').next().unwrap_or_default().to_string();
    let standard = |module: &str| STANDARD.contains(&root(module).as_str());
    let mut groups: Vec<&[Statement]> = Vec::new();
    let mut start = 0;
    for at in 1..=statements.len() {
        if at == statements.len() || statements[at].opens {
            groups.push(&statements[start..at]);
            start = at;
        }
    }
    if standard(module) {
        return groups.into_iter().find(|group| group.iter().any(|one| standard(one.module)));
    }
    let alike = groups.iter().rev().find(|group| group.iter().any(|one| root(one.module) == root(module)));
    alike.or(groups.last()).copied()
}

/// The imports at the margin, before the first other thing that is defined there.
fn statements(text: &str) -> Option<Vec<Statement<'_>>> {
    let (mut found, mut at, mut blank): (Vec<Statement>, usize, bool) = (Vec::new(), 0, false);
    let mut open: Option<usize> = None;
    for (line, inner) in lines::with_strings(text)? {
        let start = at;
        at += line.len();
        if let Some(begun) = open {
            if line.contains(')') {
                found.push(statement(text, Span::new(begun, at), blank)?);
                (open, blank) = (None, false);
            }
            continue;
        }
        let begins = !inner && (line.starts_with("import ") || line.starts_with("from "));
        match begins {
            true if line.starts_with("from __future__") => blank = false,
            true if line.contains('(') && !line.contains(')') => open = Some(start),
            true => {
                found.push(statement(text, Span::new(start, at), blank)?);
                blank = false;
            }
            false if ["def ", "class ", "@", "async def "].iter().any(|word| line.starts_with(word)) => break,
            false => blank = true,
        }
    }
    (!found.is_empty()).then_some(found)
}

fn statement(text: &str, span: Span, opens: bool) -> Option<Statement<'_>> {
    let written = text.get(span.range())?;
    let from = written.strip_prefix("from ").and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    let plain = written.strip_prefix("import ").and_then(|rest| rest.split([',', ' ', '\n', ';']).next());
    Some(Statement { span, from, module: plain.unwrap_or(from), opens })
}

#[cfg(test)]
mod tests {
    use super::{extended, python_edit};
    use crate::facts::Span;

    fn applied(text: &str, edit: Option<(Span, String)>) -> String {
        let (span, new) = edit.unwrap_or((Span::new(0, 0), String::new()));
        format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..])
    }

    fn python(text: &str, module: &str, name: &str) -> String {
        applied(text, python_edit(text, module, name).flatten())
    }

    #[test]
    fn a_name_goes_among_its_like() {
        let text = "import os\nfrom typing import Any\n\nimport redis\n\nfrom app.b import c\n\nx = 1\n";
        let functools = python(text, "functools", "cache");
        assert!(
            functools.starts_with("import os\nfrom functools import cache\nfrom typing import Any\n\n"),
            "{functools}"
        );
        let own = python(text, "app.a", "client");
        assert!(own.contains("\n\nfrom app.a import client\nfrom app.b import c\n\n"), "{own}");
        assert_eq!(python("from a import b, d\n", "a", "c"), "from a import b, c, d\n");
        assert_eq!(python("from a import (\n    b,\n)\n", "a", "c"), "from a import (\n    b,\n    c,\n)\n");
        assert_eq!(python("from a import b\n", "a", "b"), "from a import b\n");
        assert_eq!(python("import redis\n", "functools", "cache"), "from functools import cache\n\nimport redis\n");
    }

    #[test]
    fn a_module_is_imported_once() {
        let text = "import { a } from './db';\nimport b from \"x\";\n";
        let line = "import { client } from './db';";
        assert_eq!(applied(text, extended(text, line)), "import { a, client } from './db';\nimport b from \"x\";\n");
        assert_eq!(extended(text, "import { a } from './db';"), None);
        assert_eq!(extended(text, "import { c } from 'x';"), None);
    }
}
