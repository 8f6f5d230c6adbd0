//! How a comment that suppresses is written at some place of a file.
//!
//! One language has several forms, of which not every one is a comment everywhere: what is inserted is read
//! again. Knows marks, no grammar.

use crate::frontend::lower;
use crate::frontend::settings::comment_mark;
use crate::source::{FileKind, SourceFile};

/// What stands before and behind the words.
type Marks = (&'static str, &'static str);

const LINE: Marks = ("//", "");
const HASH: Marks = ("#", "");
const JSX: Marks = ("{/*", " */}");
const TAG: Marks = ("<!--", " -->");

/// The marks of a comment on a line of its own that begins at the offset; `None` where there can be none.
pub fn comment_marks(file: &SourceFile, text: &str, start: usize) -> Option<Marks> {
    let forms: &[Marks] = match file.kind {
        FileKind::Python => &[HASH],
        FileKind::Rust | FileKind::TypeScript => &[LINE],
        FileKind::Tsx => &[LINE, JSX],
        FileKind::Vue | FileKind::Svelte | FileKind::Astro => &[LINE, TAG, JSX],
        FileKind::Template => &[TAG],
        FileKind::Settings => return Some((comment_mark(&file.path)?, "")),
    };
    let read = |text: String| lower(&SourceFile { text: text.into(), ..file.clone() });
    let problems = read(text.into())?.problems.len();
    let is_comment = |(open, close): &Marks| {
        let comment = format!("{open} connlint-ignore a: b{close}\n");
        let read = read(format!("{}{comment}{}", &text[..start], &text[start..]));
        let inserted = start..start + comment.len();
        read.is_some_and(|facts| {
            let seen = facts.comments.iter().any(|found| inserted.contains(&(found.span.start as usize)));
            seen && facts.problems.len() <= problems
        })
    };
    forms.iter().copied().find(is_comment)
}
