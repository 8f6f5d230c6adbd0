//! Hides secrets and control characters in what is printed, at equal length so that columns hold.
//!
//! Source frames show the text as written, which the facts' redaction has never touched. Works on
//! single lines; knows no language, only how URLs, quoted words and assignments look.

use std::ops::Range;

use crate::facts::redact;

/// Longer words before a `=` are no names of variables.
const NAME: usize = 60;

/// A source line fit to be printed.
pub(super) fn line(line: &str) -> String {
    apply(line, &secrets(line))
}

/// A line of a settings file: the value of a secret-looking key is hidden, in an environment file
/// every value that is no number or switch; of URLs the secret parts only.
pub(super) fn setting(text: &str, environment: bool) -> String {
    let separator: &[char] = if environment { &['='] } else { &['=', ':'] };
    let comment = text.trim_start().starts_with('#');
    let Some((key, value)) = text.split_once(separator).filter(|(key, _)| !environment || key.len() <= NAME) else {
        // Part of a value of several lines, as keys and certificates are.
        return if environment && !comment { apply(text, std::slice::from_ref(&(0..text.len()))) } else { line(text) };
    };
    let trimmed = value.trim_matches(blank_or_quote);
    let open = !redact::secret_key(key) && (!environment || is_plain(trimmed));
    if open || comment || trimmed.contains("://") {
        return line(text);
    }
    let start = text.len() - value.trim_start_matches(blank_or_quote).len();
    apply(text, std::slice::from_ref(&(start..start + trimmed.len())))
}

fn blank_or_quote(c: char) -> bool {
    c.is_whitespace() || c == '"' || c == '\''
}

/// Prose: one that quotes a secret of the source loses it.
pub(super) fn words(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) fn has_secret(text: &str) -> bool {
    text.lines().any(|line| !secrets(line).is_empty())
}

fn is_plain(value: &str) -> bool {
    value.len() < 16 && value.chars().all(|c| c.is_ascii_digit()) || matches!(value, "true" | "false")
}

/// Stars for the ranges and `?` for what would move the cursor, byte for byte.
fn apply(text: &str, hidden: &[Range<usize>]) -> String {
    let mut shown = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let hide = hidden.iter().any(|range| range.contains(&at));
        match c {
            _ if hide => shown.extend(std::iter::repeat_n('*', c.len_utf8())),
            c if moves_cursor(c) => shown.extend(std::iter::repeat_n('?', c.len_utf8())),
            c => shown.push(c),
        }
    }
    shown
}

fn moves_cursor(c: char) -> bool {
    c.is_control() && c != '\t'
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

fn secrets(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    urls(line, &mut found);
    quoted(line, &mut found);
    found
}

fn urls(line: &str, found: &mut Vec<Range<usize>>) {
    for (at, mark) in line.match_indices("://") {
        let start = at + mark.len();
        let rest = &line[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>|\\".contains(c)).unwrap_or(rest.len());
        let url = &rest[..end];
        found.extend(password(url).map(|range| range.start + start..range.end + start));
        parameters(url, start, found);
    }
}

/// The password in what follows `://`; the whole user information when it looks like a key.
fn password(url: &str) -> Option<Range<usize>> {
    let authority = url.find(['/', '?', '#']).unwrap_or(url.len());
    let at = match url[..authority].rfind('@') {
        Some(at) => at,
        // An unescaped `/` or `?` in a password: everything up to the last `@` is user information.
        None => url.rfind('@').filter(|at| url[..*at].contains(':'))?,
    };
    let user = &url[..at];
    let range = match user.find(':') {
        Some(colon) => colon + 1..at,
        None if user.len() >= 16 => 0..at,
        None => return None,
    };
    (!is_placeholder(&url[range.clone()])).then_some(range)
}

fn parameters(url: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let Some(query) = url.find('?') else { return };
    let mut at = query + 1;
    for pair in url[at..].split('&') {
        if let Some((key, value)) = pair.split_once('=')
            && redact::secret_key(key)
            && !is_placeholder(value)
        {
            let from = start + at + key.len() + 1;
            found.push(from..from + value.len());
        }
        at += pair.len() + 1;
    }
}

/// `${password}`, `{password}`, `%s`, `<password>`, nothing at all.
fn is_placeholder(text: &str) -> bool {
    let inner = text.strip_prefix('$').unwrap_or(text).strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_.!?()[]".contains(c));
    text.is_empty() || inner.is_some_and(name) || text == "%s" || text.chars().all(|c| c == '*')
}

/// Quoted words that are keys or tokens by their look, or by the name they are given to.
fn quoted(line: &str, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(open) = line[at..].find(['"', '\'', '`']).map(|open| at + open) {
        let quote = &line[open..open + 1];
        let start = open + 1;
        let Some(length) = line[start..].find(quote) else { return };
        let word = &line[start..start + length];
        if is_secret(word, &line[..open]) {
            found.push(start..start + length);
        } else if !word.contains("://") {
            assignments(word, start, found);
        }
        at = start + length + 1;
    }
}

/// `password=x` words of connection strings and commands.
fn assignments(text: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let mut at = start;
    for piece in text.split_inclusive([' ', ';']) {
        let word = piece.trim_end_matches([' ', ';']);
        if let Some((key, value)) = word.split_once('=')
            && redact::secret_key(key)
            && !is_placeholder(value)
        {
            found.push(at + key.len() + 1..at + word.len());
        }
        at += piece.len();
    }
}

fn is_secret(word: &str, before: &str) -> bool {
    if word.is_empty() || word.contains("://") || is_placeholder(word) {
        return false;
    }
    redact::text(word) == redact::MARK || !word.contains(' ') && given_to(before).is_some_and(|name| keeps(name, word))
}

/// Whether a value of that name is secret. Many names end in `key`: cache keys, query keys.
fn keeps(name: &str, word: &str) -> bool {
    redact::secret_key(name) && (word.len() >= 16 || !name.to_ascii_lowercase().ends_with("key"))
}

/// The name before `=` or `:` at the end of the text.
fn given_to(before: &str) -> Option<&str> {
    let name = before.trim_end().strip_suffix([':', '='])?.trim_end().trim_end_matches(['"', '\'']);
    name.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').next()
}
