//! How many lines a statement takes, judged by its text.
//!
//! A comment above a statement covers all of its lines, but never the body of a block that it
//! opens. Works on brackets and line ends alone, for all three languages; errs towards fewer lines.

use crate::source::LineIndex;

const LONGEST: u32 = 60;

/// The last line of the statement that begins on `line`.
pub fn statement_end(text: &str, lines: &LineIndex, line: u32) -> u32 {
    let mut depth = 0i32;
    let mut last = line;
    let mut in_tag = lines.line_text(text, line).trim_start().starts_with('<');
    for number in line..line.saturating_add(LONGEST).min(lines.line_count() + 1) {
        let code = without_comment(lines.line_text(text, number)).trim();
        last = number;
        depth += balance(code);
        in_tag &= !closes_tag(code);
        if in_tag {
            continue;
        }
        if opens_block(code, depth) || (depth <= 0 && !continues(code) && !is_continued(text, lines, number + 1)) {
            break;
        }
    }
    last
}

/// Opening minus closing brackets, outside strings.
fn balance(code: &str) -> i32 {
    let mut quote = None;
    let mut escaped = false;
    let mut depth = 0;
    for c in code.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '`') => quote = Some(c),
            None if matches!(c, '(' | '[' | '{') => depth += 1,
            None if matches!(c, ')' | ']' | '}') => depth -= 1,
            None => {}
        }
    }
    depth
}

/// A `>` that is not an arrow's.
fn closes_tag(code: &str) -> bool {
    code.match_indices('>').any(|(at, _)| !code[..at].ends_with('='))
}

/// `) {`, `=> {`, `if x {`, `def f():`: what follows is a body, not the statement's own text.
fn opens_block(code: &str, depth: i32) -> bool {
    if code.ends_with(':') {
        return depth <= 0;
    }
    let Some(head) = code.strip_suffix('{') else { return false };
    let head = head.trim_end();
    head.ends_with("=>") || !head.ends_with(['(', '[', ',', '=', ':', '?'])
}

/// The line cannot be the statement's last.
fn continues(code: &str) -> bool {
    let is_decorator = code.starts_with('@') || code.starts_with("#[");
    is_decorator || code.ends_with(['=', '+', '.', ',', '\\', '?', '|', '&']) || code.ends_with("=>")
}

/// The next line cannot be a statement's first.
fn is_continued(text: &str, lines: &LineIndex, next: u32) -> bool {
    let next = lines.line_text(text, next).trim_start();
    [".", "?.", "&&", "||", "??"].iter().any(|start| next.starts_with(start))
}

fn without_comment(line: &str) -> &str {
    line.find(" //").and_then(|at| line.get(..at)).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> u32 {
        statement_end(text, &LineIndex::new(text), 1)
    }

    #[test]
    fn brackets_and_operators_carry_on() {
        assert_eq!(end("const a =\n  new Pool({\n    max: 1,\n  });\nb();"), 4);
        assert_eq!(end("let p = Pool::new()\n    .max(5)\n    .await?;\nx();"), 3);
        assert_eq!(end("a = f(\n  1,\n)\nb"), 3);
        assert_eq!(end("a();\nb();"), 1);
    }

    #[test]
    fn a_tag_ends_with_its_attributes() {
        assert_eq!(end("<Foo\n  on={() => x()}\n  b={c}\n/>\n<Bar />"), 4);
        assert_eq!(end("<b>{a}</b>\n<Bar />"), 1);
    }

    #[test]
    fn bodies_do_not_belong_to_the_statement() {
        assert_eq!(end("app.get('/', async () => {\n  new Pool();\n});"), 1);
        assert_eq!(end("def f(\n    a,\n):\n    g()\n"), 3);
        assert_eq!(end("fn f() {\n  g();\n}"), 1);
    }
}
