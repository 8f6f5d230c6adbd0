//! Functions that a component's template runs on its elements: `use:outside={close}`, `{@attach tooltip}`.
//!
//! They are written into the blanked source as assignments to `use` at their own place, so that offsets
//! stay those of the file. Knows no function and no rule.

use std::ops::Range;

use super::template;

const DIRECTIVE: &str = "use:";
const ATTACHMENT: &str = "{@attach ";

/// Writes the assignments over the blanks; gives where they stand. What is no blank is a script's.
pub(super) fn write(text: &str, source: &mut [u8]) -> Vec<Range<usize>> {
    let directives = text.match_indices(DIRECTIVE).filter_map(|(at, _)| directive(text, at));
    let attachments = text.match_indices(ATTACHMENT).filter_map(|(at, _)| attachment(text, at));
    let mut written: Vec<(Range<usize>, String)> = directives.chain(attachments).collect();
    written.retain(|(range, text)| put(source, range, text));
    written.into_iter().map(|(range, _)| range).collect()
}

/// A line break goes before it, so that it joins no statement there.
fn directive(text: &str, at: usize) -> Option<(Range<usize>, String)> {
    let start = at.checked_sub(1).filter(|before| text.as_bytes()[*before].is_ascii_whitespace())?;
    let name = text.get(at + DIRECTIVE.len()..)?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"_$.".contains(c))?;
    let name = name.get(..end).filter(|name| name.starts_with(|c: char| !c.is_ascii_digit()))?;
    Some((start..at + DIRECTIVE.len() + end, format!("\nuse={name}")))
}

fn attachment(text: &str, at: usize) -> Option<(Range<usize>, String)> {
    let end = template::brace_end(text, at);
    let value = text.get(at + ATTACHMENT.len()..end - 1)?;
    Some((at..end, format!("\n    use={value};")))
}

fn put(source: &mut [u8], range: &Range<usize>, text: &str) -> bool {
    let Some(to) = source.get_mut(range.clone()).filter(|to| to.len() == text.len()) else { return false };
    let blank = to.iter().all(u8::is_ascii_whitespace);
    if blank {
        to.copy_from_slice(text.as_bytes());
    }
    blank
}
