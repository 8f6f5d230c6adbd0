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
        match sole_type_argument(text, at) {
            Some((start, end)) => blank(&mut out, start, end),
            None => fill(&mut out, at, closing(text, at), "_"),
        }
    }
    for (at, _) in text.match_indices('\0') {
        blank(&mut out, at, at + 1);
    }
    joined_members(text).for_each(|at| fill(&mut out, at, Some(at + 1), ";"));
    for (at, _) in text.match_indices("import(") {
        imported_lists(text, at).into_iter().for_each(|(start, end)| blank(&mut out, start, end));
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
    attribute_ampersands(text).for_each(|at| blank(&mut out, at, at + 1));
    out
}

/// `<typeof import("x")>` around the `typeof` at `at`.
fn sole_type_argument(text: &str, at: usize) -> Option<(usize, usize)> {
    let before = text[..at].trim_end().strip_suffix('<')?;
    let after = text[closing(text, at)?..].trim_start().strip_prefix('>')?;
    Some((before.len(), text.len() - after.len()))
}

/// After the next closing parenthesis.
fn closing(text: &str, at: usize) -> Option<usize> {
    let close = text.as_bytes()[at..].iter().take(FARTHEST).position(|byte| *byte == b')')?;
    Some(at + close + 1)
}

/// The blanks before members of types that begin a line without a separator before them, and that the grammars take
/// for more of the line above: `a: string` and, below, `[key: string]: number`.
fn joined_members(text: &str) -> impl Iterator<Item = usize> {
    let joined = |at: usize| {
        let member = text[at + 1..].trim_start_matches([' ', '\t']);
        let ends = text[..at].trim_end().ends_with([';', ',', '{', '(', '|', '&', '=', '<', ':', '[', '?']);
        (!ends && begins_member(member)).then(|| text.len() - member.len() - 1)
    };
    text.match_indices('\n').filter_map(move |(at, _)| joined(at))
}

/// What only a member of a type begins with, of those that may be taken for an operator.
fn begins_member(line: &str) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let after_name = |rest: &str| rest.trim_start_matches(named).trim_start().chars().next();
    let line = line.strip_prefix("readonly ").unwrap_or(line);
    match line.as_bytes().first() {
        Some(b'[') => after_name(&line[1..]) == Some(':'),
        Some(b'<') => line[1..].trim_start_matches(named).starts_with(" extends "),
        _ => ["in:", "in?:", "instanceof:", "instanceof("].iter().any(|word| line.starts_with(word)),
    }
}

/// What stands in brackets after the type that the `import("x")` at `at` leads to: `import("x").T["name"][]`.
fn imported_lists(text: &str, at: usize) -> Option<(usize, usize)> {
    let named = |c: char| c.is_ascii_alphanumeric() || "._$".contains(c);
    let after = text[closing(text, at)?..].trim_start_matches(named);
    let mut rest = after;
    while let Some((inner, behind)) = rest.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        if !inner.is_empty() && !inner.starts_with(['"', '\'']) {
            break;
        }
        rest = behind;
    }
    Some((text.len() - after.len(), text.len() - rest.len()))
}

/// The ampersands in what attributes are given as text.
fn attribute_ampersands(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices("=\"").flat_map(move |(at, opening)| {
        let start = at + opening.len();
        let value = text[start..].split(['"', '\n']).next().unwrap_or_default();
        value.match_indices('&').map(move |(at, _)| start + at)
    })
}

fn blank(out: &mut Cow<str>, start: usize, end: usize) {
    fill(out, start, Some(end), " ");
}

fn fill(out: &mut Cow<str>, start: usize, end: Option<usize>, with: &str) {
    if let Some(end) = end.filter(|end| out.is_char_boundary(start) && out.is_char_boundary(*end)) {
        out.to_mut().replace_range(start..end, &with.repeat(end - start));
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
        assert_eq!(repaired("type A = import('x').B['c'];", &[]), "type A = import('x').B     ;");
        assert_eq!(repaired("<a href=\"?b=1&c=2\">&</a>", &[]), "<a href=\"?b=1 c=2\">&</a>");
        assert_eq!(repaired("f<typeof import('x') | null>()", &[]), "f<__________________ | null>()");
        assert_eq!(repaired("'a\0b'", &[]), "'a b'");
    }

    #[test]
    fn members_that_begin_a_line_are_set_apart() {
        let text = "a: string\n [key: string]: any\n\tin: 'x'\n <T extends A>(a: T): void";
        let apart = "a: string\n;[key: string]: any\n;in: 'x'\n;<T extends A>(a: T): void";
        assert_eq!(repaired(text, &[]), apart);
        for text in
            ["a;\n [key: string]: any", "a\n  [0]", "{\n in: 1 }", "a &&\n <B extends />", "f(\n instanceof(x))"]
        {
            assert_eq!(repaired(text, &[]), text);
        }
    }
}
