//! The stable name of a finding: the same after lines move, files are reformatted or messages are
//! worded anew.
//!
//! Made of the rule, the path, the enclosing symbols, the client, the tokens of the primary place
//! and an ordinal among equals. No line numbers, no message. Knows no language.

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_128;

use super::Finding;
use crate::source::SourceFile;

/// The two names of a finding, of 16 hexadecimal digits each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The fingerprint. No two findings of a project share one.
    pub id: String,
    /// The same without path and ordinal: what is left of the name when a file was renamed.
    pub content: String,
}

/// The names of each finding. `prefix` leads from the anchor directory to the root that the files'
/// paths start from; empty when they are the same.
pub fn identify(findings: &[Finding], files: &[SourceFile], prefix: &str) -> Vec<Identity> {
    let keys: Vec<String> = findings.iter().map(|finding| key(finding, files, &path(finding, files, prefix))).collect();
    let ordinals = ordinals(findings, &keys);
    let identity = |((finding, key), ordinal): ((&Finding, &String), u32)| Identity {
        id: digest(&format!("{key}\0{ordinal}")),
        content: digest(&self::key(finding, files, "")),
    };
    findings.iter().zip(&keys).zip(ordinals).map(identity).collect()
}

fn digest(key: &str) -> String {
    format!("{:016x}", (xxh3_128(key.as_bytes()) >> 64) as u64)
}

fn key(finding: &Finding, files: &[SourceFile], path: &str) -> String {
    let file = files.get(finding.place.file.index());
    let source = file.and_then(|file| file.text.get(finding.place.span.range())).unwrap_or_default();
    let client = finding.client.as_deref().unwrap_or_default();
    [finding.rule, path, &finding.scope, client, &tokens(source)].join("\0")
}

/// The path of a finding's file, told from the anchor directory.
pub fn path(finding: &Finding, files: &[SourceFile], prefix: &str) -> String {
    let path = files.get(finding.place.file.index()).map_or("", |file| file.path.as_str());
    if prefix.is_empty() { path.to_string() } else { format!("{prefix}/{path}") }
}

/// How many equal findings stand before each, in the order of the text.
fn ordinals(findings: &[Finding], keys: &[String]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|index| findings.get(*index).map(|finding| finding.place));
    let mut seen: FxHashMap<&str, u32> = FxHashMap::default();
    let mut ordinals = vec![0; findings.len()];
    for index in order {
        let count = seen.entry(keys[index].as_str()).or_default();
        ordinals[index] = *count;
        *count += 1;
    }
    ordinals
}

/// Source text with what formatters change taken out: spaces, quotes, semicolons, trailing commas.
fn tokens(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut word_before = false;
    let mut space = false;
    for c in source.chars() {
        if c.is_whitespace() {
            space = true;
            continue;
        }
        let is_word = c.is_alphanumeric() || c == '_' || c == '$';
        if space && word_before && is_word {
            out.push(' ');
        }
        push(&mut out, c);
        (word_before, space) = (is_word, false);
    }
    out
}

fn push(out: &mut String, c: char) {
    match c {
        '\'' | '`' => out.push('"'),
        ';' => {}
        ')' | ']' | '}' => {
            if out.ends_with(',') {
                out.pop();
            }
            out.push(c);
        }
        _ => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn formatting_does_not_count() {
        let short = "new Pool({ max: 5, url: 'x' })";
        let long = "new Pool({\n  max: 5,\n  url: \"x\",\n});";
        assert_eq!(tokens(short), tokens(long));
        assert_ne!(tokens("new Pool"), tokens("newPool"));
    }
}
