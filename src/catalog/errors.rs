//! Run-time errors: which of them a pasted log tells of.
//!
//! Looks for the patterns of `rules/errors/` in a text without colours, case or line breaks. Knows no
//! rule beyond its name.

use super::schema::Kind;
use super::servers::ErrorText;
use super::{Catalog, DataError, TypeInfo, embedded};

/// The widest gap that a `*` stands for, in characters: a line or two of a log.
const GAP: usize = 240;
/// Share of the words of the shorter of text and pattern that both must have for a suggestion.
const LIKENESS: f64 = 0.6;

/// All errors that are known, in the order of their files.
pub fn errors() -> Result<Vec<ErrorText>, DataError> {
    Ok(embedded::errors()?.into_iter().flat_map(|file| file.errors).collect())
}

/// An error that a text tells of, and the pattern that told it.
#[derive(Debug, Clone, Copy)]
pub struct Told<'e> {
    pub error: &'e ErrorText,
    pub pattern: &'e str,
}

/// The errors of a text, the surest (longest pattern) first.
pub fn told<'e>(errors: &'e [ErrorText], text: &str) -> Vec<Told<'e>> {
    let text = plain(text);
    let longest = |error: &'e ErrorText| {
        let found = error.patterns.iter().filter(|pattern| occurs(&text, &plain(pattern)));
        found.max_by_key(|pattern| pattern.len()).map(|pattern| Told { error, pattern })
    };
    let mut found: Vec<Told> = errors.iter().filter_map(longest).collect();
    found.sort_by_key(|told| std::cmp::Reverse(told.pattern.len()));
    found
}

/// Whether a client may speak to what the errors are about; one of which that is not known may.
pub fn concerns(told: &[Told], catalog: &Catalog, client: &str) -> bool {
    let services: Vec<&str> = catalog.types.iter().filter(|ty| ty.display == client).map(service).collect();
    let open = services.is_empty() || services.iter().any(|service| matches!(*service, "" | "sql"));
    let about = |told: &Told| {
        let families = &told.error.families;
        families.is_empty() || services.iter().any(|service| families.iter().any(|family| family == service))
    };
    open || told.iter().any(about)
}

fn service(ty: &TypeInfo) -> &str {
    let service = ty.row.service.as_str();
    if service.is_empty() && ty.row.kind == Kind::HttpClient { "http" } else { service }
}

/// Patterns that share words with a text that tells of none, the nearest first.
pub fn near<'e>(errors: &'e [ErrorText], text: &str) -> Vec<Told<'e>> {
    let text = plain(text);
    let words: Vec<&str> = words(&text).collect();
    let scored = errors.iter().flat_map(|error| error.patterns.iter().map(move |pattern| Told { error, pattern }));
    let mut scored: Vec<(f64, Told)> = scored
        .map(|told| (likeness(&words, &plain(told.pattern)), told))
        .filter(|(score, _)| *score >= LIKENESS)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0));
    let mut found: Vec<Told> = Vec::new();
    for (_, told) in scored {
        if !found.iter().any(|known| known.error.id == told.error.id) {
            found.push(told);
        }
    }
    found.truncate(3);
    found
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| word.len() > 2)
}

fn likeness(words: &[&str], pattern: &str) -> f64 {
    let wanted: Vec<&str> = self::words(pattern).collect();
    let alike = |word: &&&str| words.iter().any(|other| other == *word || strsim::jaro_winkler(other, word) > 0.93);
    let same = wanted.iter().filter(alike).count();
    if same < 2 { 0.0 } else { same as f64 / wanted.len().min(words.len()) as f64 }
}

/// Lower case, escape sequences and colours taken out, every kind of quote one, every run of blanks and line breaks one
/// blank: logs, `Debug` output and JSON write one message in many ways.
fn plain(text: &str) -> String {
    let text = unescaped(text);
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' if chars.peek() == Some(&'[') => {
                chars.next();
                while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
            }
            c if c.is_whitespace() || c.is_control() => {
                if !shown.ends_with(' ') {
                    shown.push(' ');
                }
            }
            '’' | '‘' | '“' | '”' | '`' | '´' | '\'' | '"' => shown.push('"'),
            c => shown.extend(c.to_lowercase()),
        }
    }
    shown.trim().to_string()
}

/// The text as a program printed it before something wrote it as a literal, at any depth of quoting.
fn unescaped(text: &str) -> String {
    let text = [("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_string(), |text, (entity, c)| text.replace(entity, c));
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        shown.push_str(&rest[..at]);
        let escape = rest[at..].trim_start_matches('\\');
        let colour = ["u001b", "x1b", "033"].iter().find_map(|code| escape.strip_prefix(code));
        rest = match (colour, escape.chars().next()) {
            (Some(rest), _) => {
                shown.push('\u{1b}');
                rest
            }
            (None, Some('n' | 'r' | 't')) => {
                shown.push(' ');
                &escape[1..]
            }
            _ => escape,
        };
    }
    shown + rest
}

/// The pieces of the pattern occur one after the other, beginning and ending at words.
fn occurs(text: &str, pattern: &str) -> bool {
    let pieces: Vec<&str> = pattern.split('*').collect();
    let Some((first, rest)) = pieces.split_first() else { return false };
    text.match_indices(first).any(|(at, _)| begins(text, at, first) && follows(text, at + first.len(), first, rest))
}

fn follows(text: &str, from: usize, last: &str, pieces: &[&str]) -> bool {
    let Some((next, rest)) = pieces.split_first() else { return ends(text, from, last) };
    let end = text.floor_char_boundary((from + GAP).min(text.len()));
    let Some(window) = text.get(from..end) else { return false };
    window.match_indices(next).any(|(at, _)| follows(text, from + at + next.len(), next, rest))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn begins(text: &str, at: usize, piece: &str) -> bool {
    let inside = piece.starts_with(is_word) && text[..at].ends_with(is_word);
    !inside
}

fn ends(text: &str, at: usize, piece: &str) -> bool {
    let inside = piece.ends_with(is_word) && text[at..].starts_with(is_word);
    !inside
}

#[cfg(test)]
mod tests {
    use super::{errors, near, told};

    fn first(text: &str) -> Option<String> {
        told(&errors().unwrap(), text).first().map(|told| told.error.id.clone())
    }

    #[test]
    fn ids_and_patterns_are_unique_and_every_pattern_tells_its_error() {
        let all = errors().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for error in &all {
            assert!(seen.insert(error.id.clone()), "{} is there twice", error.id);
            assert!(error.source.starts_with("https://"), "{} has no source", error.id);
            assert!(!error.rules.is_empty() && !error.action.is_empty(), "{} says too little", error.id);
            for pattern in &error.patterns {
                let text = pattern.replace('*', "x");
                let found = told(&all, &text);
                assert!(found.iter().any(|told| told.error.id == error.id), "{pattern} is not found");
            }
        }
    }

    #[test]
    fn logs_with_colours_times_and_line_breaks_are_understood() {
        let log =
            "2026-03-01T10:00:00Z \u{1b}[31mERROR\u{1b}[0m [api] QueuePool limit of\n   size 5 overflow 10 reached";
        assert_eq!(first(log).as_deref(), Some("sqlalchemy.queuepool"));
        assert_eq!(
            first("error: prepared statement \"s12\" already exists").as_deref(),
            Some("postgres.prepared-statement")
        );
        assert_eq!(first("XP20245"), None);
        for written in [
            r#"{"message":"prepared statement \"s0\" already exists"}"#,
            r"error: 'prepared statement \\\'s0\\\' already exists'",
            r"\u001b[31mERROR\u001b[0m prepared statement `s0`\nalready exists",
            "prepared statement &quot;s0&quot; already exists",
        ] {
            assert_eq!(first(written).as_deref(), Some("postgres.prepared-statement"), "{written}");
        }
    }

    #[test]
    fn an_unknown_text_gives_what_is_near() {
        let all = errors().unwrap();
        assert!(told(&all, "too many client already").is_empty());
        assert_eq!(near(&all, "too many client already, sorry")[0].error.id, "postgres.too-many-clients");
        assert!(near(&all, "the weather is fine today").is_empty());
    }
}
