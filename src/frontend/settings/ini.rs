//! INI files as Python's `configparser` reads them: sections, keys, values of several lines.
//!
//! Never fails: a line that is neither section nor key is left out.

use super::tree::{Data, Member, Node};
use crate::facts::Span;

pub(super) fn parse(text: &str) -> Node {
    let mut sections: Vec<Member> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        read(line.trim_end(), start, &mut sections);
        start += line.len();
    }
    Node { span: Span::new(0, text.len()), data: Data::Map(sections) }
}

fn read(line: &str, start: usize, sections: &mut Vec<Member>) {
    let trimmed = line.trim_start();
    if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
        return;
    }
    let span = Span::new(start + line.len() - trimmed.len(), start + line.len());
    if trimmed.len() < line.len() && continued(trimmed, span, sections) {
        return;
    }
    if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
        let value = Node { span, data: Data::Map(Vec::new()) };
        sections.push(Member { key: name.trim().to_string(), key_span: span, value });
        return;
    }
    let Some(Data::Map(members)) = sections.last_mut().map(|section| &mut section.value.data) else { return };
    members.extend(member(trimmed, span));
}

/// An indented line goes on with the value before it.
fn continued(line: &str, span: Span, sections: &mut [Member]) -> bool {
    let Some(Data::Map(members)) = sections.last_mut().map(|section| &mut section.value.data) else { return false };
    let Some(Node { span: before, data: Data::Str(text) }) = members.last_mut().map(|member| &mut member.value) else {
        return false;
    };
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
    before.end = span.end;
    true
}

fn member(line: &str, span: Span) -> Option<Member> {
    let at = line.find(['=', ':'])?;
    let (key, value) = (line[..at].trim_end(), line[at + 1..].trim_start());
    let start = span.start as usize;
    let value = Node {
        span: Span::new(start + line.len() - value.len(), start + line.len()),
        data: Data::Str(value.to_string()),
    };
    Some(Member { key: key.to_string(), key_span: Span::new(start, start + key.len()), value })
}
