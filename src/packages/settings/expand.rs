//! Variables inside the values of settings files: `${NAME}`, `${NAME:-default}`, `$NAME`, `$(NAME)`.
//!
//! What is not known stays as it is written. Knows no file.

use crate::facts::redact;

/// The text with its variables replaced; secrets that come together only now are masked.
pub fn expand(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    if !text.contains('$') {
        return text.to_string();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let (written, name, default) = reference(from);
        rest = &from[written.len()..];
        let value = (!name.is_empty()).then(|| variable(name)).flatten();
        let value = value.filter(|value| !value.is_empty()).or(default.map(|own| expand(own, variable)));
        out.push_str(value.as_deref().unwrap_or(written));
    }
    out.push_str(rest);
    redact::text(&out)
}

/// What is written of a reference that begins the text, its name, its default.
fn reference(text: &str) -> (&str, &str, Option<&str>) {
    let after = &text[1..];
    let (close, inner) = match after.chars().next() {
        Some('{') => ('}', &after[1..]),
        Some('(') => (')', &after[1..]),
        _ => {
            let length = after.find(|c: char| !is_name(c)).unwrap_or(after.len());
            return (&text[..=length], &after[..length], None);
        }
    };
    let Some(end) = closing(inner, close) else { return (text, "", None) };
    let inner = &inner[..end];
    let length = inner.find(|c: char| !is_name(c)).unwrap_or(inner.len());
    let (name, tail) = inner.split_at(length);
    let default = [":-", ":=", "-", "="].iter().find_map(|mark| tail.strip_prefix(mark));
    (&text[..end + 3], name, default)
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Where the bracket ends that is open; defaults may hold brackets of their own.
fn closing(text: &str, close: char) -> Option<usize> {
    let open = if close == '}' { '{' } else { '(' };
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            c if c == close && depth == 0 => return Some(at),
            c if c == close => depth -= 1,
            c if c == open => depth += 1,
            _ => {}
        }
    }
    None
}

/// `env("NAME")` of a schema.
pub fn variable_of(text: &str) -> Option<&str> {
    text.strip_prefix("env(")?.strip_suffix(')').map(|name| name.trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn forms_of_references() {
        let known = |name: &str| (name == "PORT").then(|| "6543".to_string());
        let cases = [
            ("db:${PORT}", "db:6543"),
            ("db:$PORT/app", "db:6543/app"),
            ("db:$(PORT)", "db:6543"),
            ("${SIZE:-20}", "20"),
            ("${SIZE-20}", "20"),
            ("${SIZE:=20}", "20"),
            ("${SIZE:-${PORT}}", "6543"),
            ("${PORT:-20}", "6543"),
            ("${SIZE}", "${SIZE}"),
            ("${SIZE:?must be set}", "${SIZE:?must be set}"),
            ("cost: $", "cost: $"),
            ("${open", "${open"),
            ("plain", "plain"),
        ];
        for (text, expected) in cases {
            assert_eq!(expand(text, &known), expected, "{text}");
        }
    }

    #[test]
    fn what_comes_together_is_masked() {
        let known = |name: &str| (name == "LOGIN").then(|| "app:hunter2".to_string());
        assert!(!expand("postgres://${LOGIN}@db/app", &known).contains("hunter2"));
    }
}
