//! Taking directives out of their comments: a rule of several, or the comment as a whole.
//!
//! Edits of one text. Never touches code; knows comments' marks only as far as a line shows them.

use super::directive::{Directive, Named};
use crate::facts::Span;
use crate::source::{LineIndex, Position};

/// The bytes to take out so that the directive no longer names the rule; the others stay.
pub fn without_rule(directive: &Directive, named: &Named) -> Span {
    let at = directive.rules.iter().position(|other| other == named).unwrap_or_default();
    match (directive.rules.get(at + 1), at.checked_sub(1).and_then(|before| directive.rules.get(before))) {
        (Some(next), _) => Span { start: named.span.start, end: next.span.start },
        (None, Some(before)) => Span { start: before.span.end, end: named.span.end },
        (None, None) => directive.span,
    }
}

/// The bytes to take out so that the directive is gone: its comment with its line, where nothing else stands there.
pub fn without_directive(text: &str, lines: &LineIndex, directive: &Directive) -> Span {
    let (first, last) = (lines.line(directive.comment.start), lines.line(directive.comment.end.saturating_sub(1)));
    let own = lines.line(directive.span.start);
    if !directive.alone {
        return behind_another(text, directive);
    }
    if first == last {
        return comment(text, lines, directive.comment);
    }
    // Of a comment of several lines, the marks at its ends stay.
    if own > first && own < last { line(text, lines, own) } else { directive.span }
}

/// The directive with the mark before it: what another tool reads of the comment stays.
fn behind_another(text: &str, directive: &Directive) -> Span {
    let before = text.get(..directive.span.start as usize).unwrap_or_default();
    let kept = before.trim_end().trim_end_matches(['#', '/']).trim_end();
    Span { start: kept.len() as u32, end: directive.span.end }
}

fn line(text: &str, lines: &LineIndex, line: u32) -> Span {
    let start = |line| lines.offset(text, Position { line, column: 1 });
    Span { start: start(line), end: start(line + 1) }
}

/// A comment of one line.
fn comment(text: &str, lines: &LineIndex, span: Span) -> Span {
    let whole = line(text, lines, lines.line(span.start));
    let before = text.get(whole.start as usize..span.start as usize).unwrap_or_default();
    let after = text.get(span.end as usize..whole.end as usize).unwrap_or_default();
    let code = before.trim_end();
    match (code.trim_start(), after.trim()) {
        ("", "") => whole,
        ("{", "}") if is_followed_by_tag(text, whole) => whole,
        (_, "") => Span { start: whole.start + code.len() as u32, end: span.end },
        _ => in_braces(code, after)
            .map_or(span, |gap| Span { start: whole.start + code.len() as u32 - 1, end: span.end + gap }),
    }
}

/// `>{/* … */}<`: the braces are JSX's, and hold the comment alone. How far the closing one reaches behind it.
fn in_braces(before: &str, after: &str) -> Option<u32> {
    let tag = before.strip_suffix('{')?.trim_end();
    let rest = after.trim_start().strip_prefix('}')?;
    let is_jsx = tag.ends_with('>') && !tag.ends_with("=>") && rest.trim_start().starts_with('<');
    is_jsx.then_some((after.len() - rest.len()) as u32)
}

/// `{/* … */}` before a tag is a comment of JSX; elsewhere the braces may be a block.
fn is_followed_by_tag(text: &str, line: Span) -> bool {
    text.get(line.end as usize..).is_some_and(|rest| rest.trim_start().starts_with('<'))
}
