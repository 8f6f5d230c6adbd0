//! Findings and files made by hand.
//!
//! For tests of what happens to findings once rules have made them.

use connlint::facts::{Comment, Span};
use connlint::finding::{Applicability, Confidence, Edit, Finding, Fix, Place, Severity};
use connlint::source::{FileId, FileKind, SourceFile};

pub const RULE: &str = "client-per-request";

pub fn file(path: &str, text: &str) -> SourceFile {
    let kind = connlint::source::kind_of(path.as_ref()).unwrap_or(FileKind::TypeScript);
    SourceFile { path: path.into(), absolute: format!("/{path}").into(), kind, text: text.into() }
}

pub fn span(text: &str, part: &str) -> Span {
    let start = text.find(part).unwrap();
    Span::new(start, start + part.len())
}

/// A finding at a part of the first file's text.
pub fn finding(text: &str, part: &str) -> Finding {
    Finding {
        rule: RULE,
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "`Pool` is built on every request".into(),
        place: Place { file: FileId(0), span: span(text, part) },
        label: String::new(),
        client: Some("pg.Pool".into()),
        related: Vec::new(),
        why: String::new(),
        help: String::new(),
        fix: None,
        scope: "handler".into(),
        also: Default::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

pub fn edit(file: u32, start: usize, end: usize, text: &str) -> Edit {
    Edit { file: FileId(file), span: Span::new(start, end), text: text.into() }
}

pub fn with_fix(finding: Finding, applicability: Applicability, edits: Vec<Edit>) -> Finding {
    Finding { fix: Some(Fix::new("Mend it", applicability, edits)), ..finding }
}

/// The comments of a text in `//` or `#` notation that mention connlint.
pub fn comments(text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.trim_end();
        let marker = code.find("// ").or_else(|| code.find("# "));
        if let Some(at) = marker.filter(|_| code.contains("connlint")) {
            let text = code[at..].trim_start_matches(['/', '#']).to_string();
            found.push(Comment { text, span: Span::new(start + at, start + code.len()) });
        }
        start += line.len();
    }
    found
}
