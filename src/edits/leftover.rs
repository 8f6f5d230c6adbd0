//! Imports that nothing uses any more once an edit has taken out what did.
//!
//! By words of the text, so that a name in a comment or a string keeps its import. Knows no library by name.

use crate::checks::Project;
use crate::facts::{FnId, ImportKind, Language, LocalKind, Span};
use crate::finding::{Edit, lines};
use crate::source::FileId;

/// An import statement, and what stays of it.
struct Rest {
    statement: Span,
    /// Whole lines where nothing stays, with a blank one that divides nothing then; else the statement.
    span: Span,
    text: String,
}

/// The imports of a file that lose what they are for.
pub struct Leftover {
    source: FileId,
    rests: Vec<Rest>,
}

impl Leftover {
    pub fn of(project: &Project, file: u32, text: &str, gone: &[Span]) -> Self {
        let source = project.program.units[file as usize].source;
        let mut rests: Vec<Rest> = Vec::new();
        for (statement, names) in statements(project, file, text) {
            let of = |name: &&(String, Span)| is_left(project, file, text, (statement, &name.0), gone);
            let left: Vec<u32> = names.iter().filter(of).map(|(_, span)| span.start - statement.start).collect();
            let written = text.get(statement.range()).unwrap_or_default();
            if left.len() == names.len() {
                let whole = lines::around(text, statement).map(|span| lines::with_blank(text, span));
                rests.extend(whole.map(|span| Rest { statement, span, text: String::new() }));
            } else if let Some(text) = without(written, &left).filter(|_| !left.is_empty()) {
                rests.push(Rest { statement, span: statement, text });
            }
        }
        Self { source, rests }
    }

    /// The edit that puts a line in the place of an import that is not needed any more.
    pub fn replaced(&mut self, line: &str) -> Option<Edit> {
        let at = self.rests.iter().position(|rest| rest.text.is_empty())?;
        let Rest { statement, .. } = self.rests.remove(at);
        Some(Edit { file: self.source, span: statement, text: line.to_string() })
    }

    pub fn edits(self) -> impl Iterator<Item = Edit> {
        let file = self.source;
        self.rests.into_iter().map(move |Rest { span, text, .. }| Edit { file, span, text })
    }
}

/// The import statements at the top that stand on lines of their own, with the names that each brings in.
fn statements(project: &Project, file: u32, text: &str) -> Vec<(Span, Vec<(String, Span)>)> {
    let facts = project.program.facts(file);
    let mut found: Vec<(Span, Vec<(String, Span)>)> = Vec::new();
    for local in &facts.function(FnId::TOP).locals {
        let statement = match local.kind {
            LocalKind::Import(id) if facts.import(id).kind != ImportKind::Glob => Some(facts.import(id).statement),
            _ => required(text, local.span).filter(|_| facts.language == Language::Script),
        };
        let Some(statement) = statement.and_then(|span| ended(text, span)) else { continue };
        let name = (local.name.clone(), local.span);
        match found.iter_mut().find(|(span, _)| *span == statement) {
            Some((_, names)) => names.push(name),
            None => found.push((statement, vec![name])),
        }
    }
    found
}

/// `const { a, b } = require("c")`, on one line.
fn required(text: &str, name: Span) -> Option<Span> {
    let line = lines::around(text, name)?;
    let written = text.get(line.range())?.trim_end();
    let plain = written.starts_with("const ") && written.trim_end_matches(';').ends_with(')');
    let start = line.start as usize;
    (plain && written.matches("require(").count() == 1).then(|| Span::new(start, start + written.len()))
}

/// The statement with its semicolon, where nothing else stands on its lines.
fn ended(text: &str, statement: Span) -> Option<Span> {
    let lines = lines::around(text, statement)?;
    let whole = text.get(statement.start as usize..lines.end as usize)?.trim_end();
    let rest = whole.get((statement.end - statement.start) as usize..).unwrap_or_default();
    let alone = lines.start == statement.start && matches!(rest, "" | ";");
    alone.then(|| Span::new(statement.start as usize, statement.start as usize + whole.len()))
}

/// Only what is gone used the name, here and in other files.
fn is_left(project: &Project, file: u32, text: &str, (statement, name): (Span, &str), gone: &[Span]) -> bool {
    let within = |span: &Span| text.get(span.range()).map_or(0, |part| lines::count(part, name));
    let used: usize = gone.iter().map(within).sum();
    used > 0 && lines::count(text, name) == used + within(&statement) && !is_passed_on(project, file, name)
}

/// Others may import it from here, as all that is at the top of a Python file is given out.
fn is_passed_on(project: &Project, file: u32, name: &str) -> bool {
    let program = &project.program;
    if program.language(file) != Language::Python {
        return false;
    }
    let path = &program.units[file as usize].path;
    let stem = path.rsplit('/').next().and_then(|last| last.strip_suffix(".py")).unwrap_or_default();
    let imports = program.units.iter().flat_map(|unit| &unit.facts.imports);
    let mut takes = imports.filter(|import| import.kind == ImportKind::Glob || import.name == name);
    stem == "__init__" || takes.any(|import| import.module.rsplit('.').next() == Some(stem))
}

/// The statement without the names at these offsets; `None` where its form is another one than a list.
pub(super) fn without(statement: &str, names: &[u32]) -> Option<String> {
    let (start, end) = list(statement)?;
    let inner = statement.get(start..end)?;
    let (mut at, mut kept, mut gone) = (start, Vec::new(), Vec::new());
    for item in inner.split(',') {
        let span = at..at + item.len();
        at = span.end + 1;
        let holds = names.iter().any(|name| span.contains(&(*name as usize)));
        (if holds { &mut gone } else { &mut kept }).push(item);
    }
    if gone.len() != names.len() || kept.iter().all(|item| item.trim().is_empty()) || inner.contains(['/', '#']) {
        return None;
    }
    // The white space around the list stays.
    let (lead, trail) = (lines::indent(inner), &inner[inner.trim_end().len()..]);
    Some(format!("{}{lead}{}{trail}{}", &statement[..start], kept.join(",").trim(), &statement[end..]))
}

/// Where the list of names stands: in braces, in parentheses, after `import`.
fn list(statement: &str) -> Option<(usize, usize)> {
    let between = |open, close| Some((statement.find(open)? + 1, statement.rfind(close)?));
    match () {
        () if statement.contains('{') => between('{', '}'),
        () if statement.contains('(') => between('(', ')'),
        () => Some((statement.rfind("import ")? + "import ".len(), statement.trim_end_matches(';').len())),
    }
}

#[cfg(test)]
mod tests {
    use super::without;

    fn rest(statement: &str, names: &[&str]) -> Option<String> {
        let at = |name: &&str| statement.find(*name).map(|at| at as u32);
        without(statement, &names.iter().filter_map(at).collect::<Vec<_>>())
    }

    #[test]
    fn names_leave_a_list_with_their_commas() {
        assert_eq!(rest("import { A, B } from 'c';", &["A"]).as_deref(), Some("import { B } from 'c';"));
        assert_eq!(rest("import { A, B } from 'c';", &["B"]).as_deref(), Some("import { A } from 'c';"));
        assert_eq!(rest("import {\n  A,\n  B,\n} from 'c'", &["B"]).as_deref(), Some("import {\n  A,\n} from 'c'"));
        assert_eq!(rest("import {\n  A,\n  B,\n} from 'c'", &["A"]).as_deref(), Some("import {\n  B,\n} from 'c'"));
        assert_eq!(rest("const { A, B } = require('c')", &["A"]).as_deref(), Some("const { B } = require('c')"));
        assert_eq!(rest("from c import A, B, D", &["A"]).as_deref(), Some("from c import B, D"));
        assert_eq!(rest("from c import A, B, D", &["B", "D"]).as_deref(), Some("from c import A"));
        assert_eq!(rest("from c import (\n    A,\n    B,\n)", &["A"]).as_deref(), Some("from c import (\n    B,\n)"));
        assert_eq!(rest("import a, b", &["b"]).as_deref(), Some("import a"));
    }
}
