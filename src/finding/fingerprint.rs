//! The stable name of a finding: the same after lines move, files are reformatted or messages are
//! worded anew.
//!
//! Made of the rule, the path, the enclosing symbols, the client, the tokens of the primary place
//! and an ordinal among equals. No line numbers, no message. Knows no language.

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_128;

use super::Finding;
use crate::source::SourceFile;

/// One id of 16 hexadecimal digits for each finding. `prefix` leads from the anchor directory to the
/// root that the files' paths start from; empty when they are the same.
pub fn identify(findings: &[Finding], files: &[SourceFile], prefix: &str) -> Vec<String> {
    let keys: Vec<String> = findings.iter().map(|finding| key(finding, files, prefix)).collect();
    let ordinals = ordinals(findings, &keys);
    keys.iter().zip(ordinals).map(|(key, ordinal)| digest(key, ordinal)).collect()
}

fn digest(key: &str, ordinal: u32) -> String {
    let hash = xxh3_128(format!("{key}\0{ordinal}").as_bytes());
    format!("{:016x}", (hash >> 64) as u64)
}

fn key(finding: &Finding, files: &[SourceFile], prefix: &str) -> String {
    let file = files.get(finding.place.file.index());
    let path = file.map_or("", |file| file.path.as_str());
    let source = file.and_then(|file| file.text.get(finding.place.span.range())).unwrap_or_default();
    let client = finding.client.as_deref().unwrap_or_default();
    [finding.rule, &join(prefix, path), &finding.scope, client, &tokens(source)].join("\0")
}

fn join(prefix: &str, path: &str) -> String {
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
