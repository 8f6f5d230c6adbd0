//! Bringing a name into a file: into the statement that imports from its module already, else as a statement of its own
//! where the order of the others wants it.
//!
//! Text only, but for the language. Knows no library by name.

use crate::catalog::words::packages::STANDARD_MODULES;
use crate::checks::Project;
use crate::facts::{Import, ImportKind, Language, Span};
use crate::finding::{Edit, lines};

/// The edit that brings a line of import into a file; `None` where there is no place for it.
pub(crate) fn added(project: &Project, file: u32, text: &str, line: &str) -> Option<Edit> {
    let source = project.program.units[file as usize].source;
    let (span, text) = match project.program.language(file) {
        Language::Python => {
            let (module, name) = line.strip_prefix("from ")?.split_once(" import ")?;
            python_edit(text, (module, name), Section::Own)??
        }
        _ => extended(text, line).or_else(|| below(project, file, text, line))?,
    };
    Some(Edit { file: source, span, text })
}

/// The edit that imports a name from a module of Python's own library; nothing where it is there.
pub(crate) fn standard(project: &Project, file: u32, text: &str, module: &str, name: &str) -> Option<Option<Edit>> {
    let source = project.program.units[file as usize].source;
    let edit = python_edit(text, (module, name), Section::Standard)?;
    Some(edit.map(|(span, text)| Edit { file: source, span, text }))
}

/// Edits with one more; where it belongs among lines that go, it takes their place.
pub(crate) fn with(text: &str, mut edits: Vec<Edit>, new: Edit) -> Vec<Edit> {
    let at = new.span.start;
    let around = |edit: &&mut Edit| edit.file == new.file && edit.span.start <= at && at <= edit.span.end;
    let Some(edit) = edits.iter_mut().filter(|edit| edit.span.start < edit.span.end).find(around) else {
        edits.push(new);
        return edits;
    };
    let gone = text.get(edit.span.range()).unwrap_or_default();
    let inside = edit.text.is_empty() && at < edit.span.end;
    let blank = if inside && lines::ends_with_blank(gone) { "\n" } else { "" };
    let line = if edit.text.is_empty() { new.text.trim_start_matches('\n') } else { new.text.as_str() };
    let end = if line.ends_with('\n') { "" } else { "\n" };
    match at == edit.span.start || edit.text.is_empty() {
        true => edit.text = format!("{line}{}{blank}{}", if edit.text.is_empty() { end } else { "" }, edit.text),
        false => edit.text = format!("{}{line}", edit.text),
    }
    edits
}

/// The line becomes part of a statement that is there.
pub(crate) fn is_extended(text: &str, line: &str) -> bool {
    extended(text, line).is_some()
}

/// `import { a } from "m"` or `const { a } = require("m")` with one name more, where the line takes a name from `m` too.
fn extended(text: &str, line: &str) -> Option<(Span, String)> {
    let (opening, name, module) = named(line)?;
    let (at, list) = text.match_indices(opening).find_map(|(at, _)| {
        let start = at + opening.len();
        let flush = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        let list = text.get(start..)?.split_once('}')?.0;
        let rest = text.get(start + list.len()..)?.split(['\n', ';']).next()?;
        let closed = rest.trim_start_matches('}').trim().trim_end_matches(')');
        let own = ["from ", "= require("].iter().find_map(|word| closed.strip_prefix(word))?;
        (flush && own.trim().trim_matches(['"', '\'']) == module).then_some((start, list))
    })?;
    let taken = list.split(',').any(|item| item.trim() == name);
    let (place, text) = in_order(list, name);
    let at = at + place;
    (!taken && !list.trim_end().is_empty()).then(|| (Span::new(at, at), text))
}

/// Where one name more belongs in the list of an import, as bytes into the list, and what is written there: in the
/// order that the names have, else at the end.
pub(crate) fn in_order(list: &str, name: &str) -> (usize, String) {
    let last = list.trim_end();
    let at_end = (last.len(), listed(last, name));
    let starts = std::iter::once(0).chain(last.match_indices(',').map(|(at, _)| at + 1));
    let items = starts.zip(last.split(',')).filter(|(_, item)| !item.trim().is_empty());
    let items: Vec<(usize, &str)> =
        items.map(|(at, item)| (at + item.len() - item.trim_start().len(), item.trim())).collect();
    let bare = |item: &str| item.strip_prefix("type ").unwrap_or(item).to_string();
    let sorts: [fn(&str) -> Rank; 2] = [by_letters, by_bytes];
    let ordered = |sort: &&fn(&str) -> Rank| items.len() > 1 && items.is_sorted_by_key(|(_, item)| sort(&bare(item)));
    let Some(sort) = sorts.iter().find(ordered).filter(|_| !last.contains("/*") && !last.contains("//")) else {
        return at_end;
    };
    let Some((at, _)) = items.iter().find(|(_, item)| sort(&bare(item)) > sort(name)) else { return at_end };
    let before = last.get(..*at).unwrap_or_default();
    let gap = before.rfind('\n').map_or(" ", |line| before.get(line..).unwrap_or_default());
    let gap = if gap.trim().is_empty() { gap } else { " " };
    (*at, format!("{name},{gap}"))
}

/// How a line of import begins before its one name, that name, and the module.
fn named(line: &str) -> Option<(&'static str, &str, &str)> {
    let line = line.trim_end_matches(';');
    let (opening, rest) =
        ["import {", "const {"].into_iter().find_map(|word| Some((word, line.strip_prefix(word)?)))?;
    let (name, rest) = rest.split_once('}')?;
    let rest = ["from ", "= require("].iter().find_map(|word| rest.trim_start().strip_prefix(word))?;
    Some((opening, name.trim(), rest.trim_end_matches(')').trim_matches(['"', '\''])))
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

/// Where an import of Python belongs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    /// The language's own library: before all others.
    Standard,
    /// The project's own modules: after all others.
    Own,
}

/// An import statement at the margin of a Python file.
struct Statement<'t> {
    span: Span,
    /// `from module`; empty for `import a, b`.
    from: &'t str,
    /// The first module of `import a, b`, else the same as `from`.
    module: &'t str,
}

impl Statement<'_> {
    /// Plain imports go before those of names, each in the order of the modules.
    fn is_before(&self, module: &str) -> bool {
        self.from.is_empty() || self.from.to_lowercase() < module.to_lowercase()
    }
}

/// The outer `None` where no place is found, the inner one where the name is there.
fn python_edit(text: &str, (module, name): (&str, &str), section: Section) -> Option<Option<(Span, String)>> {
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
    let root = |module: &str| module.split('.').next().unwrap_or_default().to_string();
    let alike = |statement: &&Statement| match section {
        Section::Standard => is_standard(statement.module),
        Section::Own => root(statement.module) == root(module),
    };
    let own: Vec<&Statement> = statements.iter().filter(alike).collect();
    let (at, line) = match (own.iter().rev().find(|statement| statement.is_before(module)), own.first(), section) {
        (Some(before), ..) => (before.span.end, line),
        (None, Some(first), _) => (first.span.start, line),
        (None, None, Section::Standard) => (statements.first()?.span.start, format!("{line}\n")),
        (None, None, Section::Own) => {
            let blank = if are_parted(text, &statements) { "\n" } else { "" };
            (statements.last()?.span.end, format!("{blank}{line}"))
        }
    };
    Some(Some((Span { start: at, end: at }, line)))
}

/// The file has its imports in sections, with blank lines between them.
fn are_parted(text: &str, statements: &[Statement]) -> bool {
    let gap = |pair: &[Statement]| text.get(pair[0].span.end as usize..pair[1].span.start as usize);
    statements.windows(2).any(|pair| gap(pair).is_some_and(lines::starts_with_end))
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
        let open = list.find('(')? + 1;
        let (place, text) = in_order(list.get(open..)?, name);
        let at = there.span.start + (open + place) as u32;
        return Some((Span { start: at, end: at }, text));
    }
    let start = list.find(" import ")? + " import ".len();
    let names: Vec<&str> = list.get(start..)?.split(',').map(str::trim).collect();
    let sorts: [fn(&str) -> Rank; 2] = [by_kind, by_letters];
    let sort = sorts.into_iter().find(|sort| names.is_sorted_by_key(|name| sort(name)));
    let later = sort.and_then(|sort| names.iter().position(|other| sort(other) > sort(name)));
    let mut all = names;
    all.insert(later.unwrap_or(all.len()), name);
    let span = Span { start: there.span.start + start as u32, end: there.span.start + list.len() as u32 };
    Some((span, all.join(", ")))
}

type Rank = (u8, String);

/// Constants, classes, and the rest, as the tools that sort imports have it.
fn by_kind(name: &str) -> Rank {
    let kind = match name.starts_with(char::is_uppercase) {
        true => u8::from(name.contains(char::is_lowercase)),
        false => 2,
    };
    (kind, name.to_lowercase())
}

fn by_letters(name: &str) -> Rank {
    (0, name.to_lowercase())
}

fn by_bytes(name: &str) -> Rank {
    (0, name.to_string())
}

/// Whether a module is one of Python's own library that many files have.
pub(crate) fn is_standard(module: &str) -> bool {
    STANDARD_MODULES.contains(&module.split('.').next().unwrap_or(module))
}

/// The imports at the margin, before the first other thing that is defined there.
fn statements(text: &str) -> Option<Vec<Statement<'_>>> {
    let (mut found, mut at): (Vec<Statement>, usize) = (Vec::new(), 0);
    let mut open: Option<usize> = None;
    for (line, inner) in lines::with_strings(text)? {
        let start = at;
        at += line.len();
        if let Some(begun) = open {
            if line.contains(')') {
                found.push(statement(text, Span::new(begun, at))?);
                open = None;
            }
            continue;
        }
        let begins = !inner && (line.starts_with("import ") || line.starts_with("from "));
        match begins {
            true if line.starts_with("from __future__") => {}
            true if line.contains('(') && !line.contains(')') => open = Some(start),
            true if line.ends_with('\n') => found.push(statement(text, Span::new(start, at))?),
            false if ["def ", "class ", "@", "async def "].iter().any(|word| line.starts_with(word)) => break,
            _ => {}
        }
    }
    (!found.is_empty()).then_some(found)
}

fn statement(text: &str, span: Span) -> Option<Statement<'_>> {
    let written = text.get(span.range())?;
    let from = written.strip_prefix("from ").and_then(|rest| rest.split_whitespace().next()).unwrap_or_default();
    let plain = written.strip_prefix("import ").and_then(|rest| rest.split([',', ' ', '\r', '\n', ';']).next());
    Some(Statement { span, from, module: plain.unwrap_or(from) })
}

#[cfg(test)]
mod tests {
    use super::{Section, extended, in_order, python_edit};
    use crate::facts::Span;

    fn applied(text: &str, edit: Option<(Span, String)>) -> String {
        let (span, new) = edit.unwrap_or((Span::new(0, 0), String::new()));
        format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..])
    }

    fn python(text: &str, module: &str, name: &str, section: Section) -> String {
        applied(text, python_edit(text, (module, name), section).flatten())
    }

    #[test]
    fn a_name_goes_among_its_like() {
        let own = |text, module, name| python(text, module, name, Section::Own);
        let standard = |text| python(text, "functools", "cache", Section::Standard);
        let text = "import os\nfrom typing import Any\n\nimport redis\n\nfrom app.b import c\n\nx = 1\n";
        let functools = standard(text);
        assert!(functools.starts_with("import os\nfrom functools import cache\nfrom typing import Any\n\n"));
        let app = own(text, "app.a", "client");
        assert!(app.contains("\n\nfrom app.a import client\nfrom app.b import c\n\n"), "{app}");
        let last = own("import os\n\nfrom fastapi import APIRouter\n\nx = 1\n", "app.db", "engine");
        assert_eq!(last, "import os\n\nfrom fastapi import APIRouter\n\nfrom app.db import engine\n\nx = 1\n");
        let last = own("from fastapi import APIRouter\n\nx = 1\n", "app.db", "engine");
        assert_eq!(last, "from fastapi import APIRouter\nfrom app.db import engine\n\nx = 1\n");
        assert_eq!(own("from a import b, d\n", "a", "c"), "from a import b, c, d\n");
        assert_eq!(own("from a import (\n    b,\n)\n", "a", "c"), "from a import (\n    b,\n    c,\n)\n");
        assert_eq!(own("from a import B\n", "a", "a"), "from a import B, a\n");
        assert_eq!(own("from a import b, D\n", "a", "c"), "from a import b, c, D\n");
        assert_eq!(own("from a import b\n", "a", "b"), "from a import b\n");
        assert_eq!(standard("import redis\n"), "from functools import cache\n\nimport redis\n");
    }

    #[test]
    fn a_module_is_imported_once() {
        let text = "import { a } from './db';\nimport b from \"x\";\n";
        let line = "import { client } from './db';";
        assert_eq!(applied(text, extended(text, line)), "import { a, client } from './db';\nimport b from \"x\";\n");
        assert_eq!(extended(text, "import { a } from './db';"), None);
        assert_eq!(extended(text, "import { c } from 'x';"), None);
        let text = "const { a } = require('./db');\n";
        let line = "const { pool } = require('./db');";
        assert_eq!(applied(text, extended(text, line)), "const { a, pool } = require('./db');\n");
    }

    #[test]
    fn a_name_keeps_the_order_of_its_list() {
        let with = |list: &str, name: &str| {
            let (at, text) = in_order(list, name);
            format!("{}{text}{}", &list[..at], &list[at..])
        };
        assert_eq!(with(" computed, ref ", "onUnmounted"), " computed, onUnmounted, ref ");
        assert_eq!(with(" computed, ref", "watch"), " computed, ref, watch");
        assert_eq!(with(" B, C, a", "Z"), " B, C, Z, a");
        assert_eq!(with(" ref, computed ", "onUnmounted"), " ref, computed, onUnmounted ");
        assert_eq!(with("\n  a,\n  type C,\n", "b"), "\n  a,\n  b,\n  type C,\n");
        assert_eq!(with("\n  a,\n  c,\n", "d"), "\n  a,\n  c,\n  d,\n");
        assert_eq!(with(" a, /* first */ c ", "b"), " a, /* first */ c, b ");
    }
}
