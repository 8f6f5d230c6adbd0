//! Rewrites of correct code that the grammars do not accept, without moving a byte.
//!
//! Only the parser sees the result; names and literals are read from the original. Knows a few
//! weaknesses of the grammars and nothing of lowering.

use std::borrow::Cow;

/// How far back a list of type arguments may begin.
const FARTHEST: usize = 3_000;

/// Blanks the type arguments of tagged templates, which the grammars take for comparisons.
pub(super) fn without_tag_types(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    for (close, _) in text.match_indices(">`") {
        if let Some(open) = tag_types_start(text.as_bytes(), close) {
            blank(&mut out, open, close + 1);
        }
    }
    out
}

/// What is tried where a parse has errors, which begin at the places given.
pub(super) fn repaired<'t>(text: &'t str, errors: &[usize]) -> Cow<'t, str> {
    let mut out = without_tag_types(text);
    for (at, _) in text.match_indices("typeof import(") {
        if let Some((start, end)) = sole_type_argument(text, at) {
            blank(&mut out, start, end);
        }
    }
    for (at, _) in text.match_indices("import(") {
        imported_lists(text, at).for_each(|start| blank(&mut out, start, start + 2));
    }
    for (start, words) in text.match_indices("export type *") {
        blank(&mut out, start + "export".len(), start + words.len() - 1);
    }
    for name in ["(string)", "(number)", "(boolean)", "(any)", "(unknown)", "(object)"] {
        for (start, name) in text.match_indices(name) {
            if text[start + name.len()..].trim_start().starts_with("=>") {
                out.to_mut().replace_range(start + 1..start + 2, "_");
            }
        }
    }
    // A bare ampersand in the text of an element.
    for error in errors.iter().filter(|error| text.as_bytes().get(**error) == Some(&b'&')) {
        blank(&mut out, *error, error + 1);
    }
    out
}

/// `<typeof import("x")>` around the `typeof` at `at`.
fn sole_type_argument(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = text[..at].trim_end().strip_suffix('<')?;
    let close = at + text.as_bytes()[at..].iter().take(FARTHEST).position(|byte| *byte == b')')? + 1;
    let after = text[close..].trim_start().strip_prefix('>')?;
    Some((before.len(), text.len() - after.len()))
}

/// The pairs of brackets after the type that the `import("x")` at `at` leads to: `import("x").T[][]`.
fn imported_lists(text: &str, at: usize) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let named = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._$".contains(byte);
    let close = bytes[at..].iter().take(FARTHEST).position(|byte| *byte == b')').map(|close| at + close + 1);
    let end = close.map(|close| close + bytes[close..].iter().take_while(named).count());
    let start = end.unwrap_or(bytes.len());
    (start..).step_by(2).take_while(|at| bytes.get(*at..*at + 2) == Some(b"[]".as_slice()))
}

fn blank(out: &mut Cow<str>, start: usize, end: usize) {
    if out.is_char_boundary(start) && out.is_char_boundary(end) {
        out.to_mut().replace_range(start..end, &" ".repeat(end - start));
    }
}

/// The `<` that the `>` at `close` ends, if what is between reads like types and a name precedes.
fn tag_types_start(text: &[u8], close: usize) -> Option<usize> {
    let (mut angles, mut others) = (1, 0);
    for at in (close.saturating_sub(FARTHEST)..close).rev() {
        match text[at] {
            b'>' if at == 0 || text[at - 1] != b'=' => angles += 1,
            b'<' => angles -= 1,
            b'}' | b']' | b')' => others += 1,
            b'{' | b'[' | b'(' => others -= 1,
            b'`' | b'\\' | b'+' | b'%' => return None,
            _ => {}
        }
        if others < 0 {
            return None;
        }
        if angles == 0 {
            let named = at > 0 && (text[at - 1].is_ascii_alphanumeric() || b"_$)".contains(&text[at - 1]));
            return (named && others == 0 && at + 1 < close).then_some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{repaired, without_tag_types};

    #[test]
    fn type_arguments_of_tags_are_blanked_in_place() {
        assert_eq!(without_tag_types("sql<A[]>`x`"), "sql     `x`");
        assert_eq!(without_tag_types("styled(B)<{ on: () => void }>`x`"), "styled(B)                    `x`");
        assert_eq!(without_tag_types("a > `x`, `<b>`"), "a > `x`, `<b>`");
    }

    #[test]
    fn repairs_keep_every_offset() {
        let text = "f<typeof import('x')>(); type T = (string) => void";
        assert_eq!(repaired(text, &[]), "f                    (); type T = (_tring) => void");
        assert_eq!(repaired("let a: import('é').B.C[][] = [];", &[]), "let a: import('é').B.C     = [];");
    }
}
