//! Literals as written to values: strings, numbers, templates.
//!
//! Knows the lexical rules of the language only, no tree and no scope.

use crate::facts::redact;

/// The content of a quoted string with its escapes resolved.
pub(super) fn unquote(quoted: &str) -> String {
    let inner = quoted.strip_prefix(['"', '\'', '`']).unwrap_or(quoted);
    unescape(inner.strip_suffix(['"', '\'', '`']).unwrap_or(inner))
}

pub(super) fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_string();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, &mut out),
            c => out.push(c),
        }
    }
    out
}

fn escape(chars: &mut std::str::Chars, out: &mut String) {
    match chars.next() {
        Some('n') => out.push('\n'),
        Some('t') => out.push('\t'),
        Some('r') => out.push('\r'),
        Some('\n') | None => {}
        Some('x') => out.extend(code(chars, 2)),
        Some('u') if chars.as_str().starts_with('{') => {
            let digits: String = chars.by_ref().skip(1).take_while(|c| *c != '}').collect();
            out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
        }
        Some('u') => out.extend(code(chars, 4)),
        Some(c) => out.push(c),
    }
}

fn code(chars: &mut std::str::Chars, digits: usize) -> Option<char> {
    let text: String = chars.by_ref().take(digits).collect();
    u32::from_str_radix(&text, 16).ok().and_then(char::from_u32)
}

pub(super) fn number(text: &str) -> Option<f64> {
    let digits: String = text.chars().filter(|c| *c != '_').collect::<String>().to_ascii_lowercase();
    let digits = digits.trim_end_matches('n');
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return u64::from_str_radix(rest, radix).ok().map(|n| n as f64);
        }
    }
    digits.parse().ok()
}

/// Redacts the texts of one template in turn: what stands between `://` and `@` is secret even
/// where a substitution splits it.
#[derive(Default)]
pub(super) struct TemplateText {
    in_authority: bool,
}

impl TemplateText {
    pub(super) fn next(&mut self, raw: &str) -> String {
        let text = unescape(raw);
        let Some(scheme) = text.rfind("://") else { return self.rest(&text) };
        self.in_authority = !text[scheme + 3..].contains(['/', '?', '@', '#']);
        redact::text(&text)
    }

    fn rest(&mut self, text: &str) -> String {
        if !self.in_authority {
            return redact::text(text);
        }
        if let Some(at) = text.find('@') {
            self.in_authority = false;
            let secret = text[..at].trim_matches(':');
            return if secret.is_empty() { text.to_string() } else { format!("{}{}", redact::MARK, &text[at..]) };
        }
        self.in_authority = !text.contains(['/', '?', '#']);
        redact::text(text)
    }
}
