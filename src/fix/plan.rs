//! Choosing the fixes of one pass: those that are allowed and do not touch each other.
//!
//! The choice depends on positions alone, so that it is the same however findings were ordered.

use std::collections::BTreeMap;

use super::text::fits;
use crate::finding::{Applicability, Edit, Finding, Fix, NewFile, lines};
use crate::source::{FileId, SourceFile};

/// The edits of one pass.
#[derive(Debug, Default, PartialEq)]
pub struct Plan {
    /// For each file, in order of position, free of overlaps.
    pub edits: BTreeMap<FileId, Vec<Edit>>,
    /// The texts of files to be made, by path.
    pub creates: BTreeMap<String, String>,
    pub applied: usize,
    /// Left for another pass because they overlap with what was chosen.
    pub left: usize,
}

/// Chooses fixes. `unsafe_too` adds those that may change what the program does.
pub fn plan<'a>(findings: impl Iterator<Item = &'a Finding>, files: &[SourceFile], unsafe_too: bool) -> Plan {
    let mut fixes: Vec<&Fix> = findings.filter_map(|finding| finding.fix.as_ref()).collect();
    fixes.retain(|fix| is_allowed(fix, unsafe_too) && is_sound(fix, files));
    fixes.sort_by(|left, right| position(left).cmp(&position(right)).then_with(|| left.title.cmp(&right.title)));
    let mut plan = Plan::default();
    for fix in fixes {
        plan.take(fix, files);
    }
    for edits in plan.edits.values_mut() {
        edits.sort_by_key(|edit| edit.span);
    }
    plan
}

fn is_allowed(fix: &Fix, unsafe_too: bool) -> bool {
    match fix.applicability {
        Applicability::Safe => true,
        Applicability::Unsafe => unsafe_too,
        Applicability::Manual => false,
    }
}

/// Every edit lies inside its file's text, and none overlaps with another of the same fix.
fn is_sound(fix: &Fix, files: &[SourceFile]) -> bool {
    let inside =
        |edit: &Edit| files.get(edit.file.index()).is_some_and(|file| is_exact(file) && fits(&file.text, edit));
    let apart = |(index, edit): (usize, &Edit)| !fix.edits.iter().skip(index + 1).any(|other| overlap(edit, other));
    let free = |new: &NewFile| !files.iter().any(|file| file.path == new.path);
    !fix.edits.is_empty()
        && fix.edits.iter().all(inside)
        && fix.edits.iter().enumerate().all(apart)
        && fix.creates.iter().all(free)
}

/// A text that was read with replacement characters is not what the file holds.
fn is_exact(file: &SourceFile) -> bool {
    !file.text.contains(char::REPLACEMENT_CHARACTER)
}

/// Where a fix begins: fixes nearer to the start go first.
fn position(fix: &Fix) -> Option<(FileId, crate::facts::Span)> {
    fix.edits.iter().map(|edit| (edit.file, edit.span)).min()
}

impl Plan {
    fn take(&mut self, fix: &Fix, files: &[SourceFile]) {
        let other = |new: &NewFile| self.creates.get(&new.path).is_some_and(|text| *text != new.text);
        if fix.edits.iter().any(|edit| self.collides(edit, files)) || fix.creates.iter().any(other) {
            self.left += 1;
            return;
        }
        self.applied += 1;
        for edit in &fix.edits {
            let edits = self.edits.entry(edit.file).or_default();
            if !edits.contains(edit) {
                edits.push(edit.clone());
            }
        }
        self.creates.extend(fix.creates.iter().map(|new| (new.path.clone(), new.text.clone())));
    }

    /// The same edit twice (an import that two fixes need) is one edit.
    fn collides(&self, edit: &Edit, files: &[SourceFile]) -> bool {
        let taken = self.edits.get(&edit.file).map_or(&[][..], Vec::as_slice);
        let own: Vec<&str> = declared(edit, files).chain(imported(edit, files)).collect();
        let named = |other: &Edit| declared(other, files).chain(imported(other, files)).any(|name| own.contains(&name));
        taken.iter().any(|other| other != edit && (overlap(other, edit) || named(other)))
    }
}

/// The names that an insertion declares at the margin of the file: the next pass finds them taken.
fn declared<'e>(edit: &'e Edit, files: &[SourceFile]) -> impl Iterator<Item = &'e str> {
    const WORDS: [&str; 8] = ["export ", "const ", "let ", "var ", "static ", "async ", "def ", "class "];
    let before = files.get(edit.file.index()).and_then(|file| file.text.get(..edit.span.start as usize));
    let flush = before.is_some_and(|before| before.is_empty() || before.ends_with('\n'));
    let inserted = edit.span.start == edit.span.end;
    let lines = edit.text.lines().skip(usize::from(!flush)).filter(move |_| inserted);
    lines.filter_map(|line| {
        let bare = WORDS.iter().fold(line, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        let length = bare.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')?;
        let (name, rest) = bare.split_at(length);
        let declares = bare.len() < line.len() || rest.starts_with(" = ");
        (declares && !name.is_empty()).then_some(name)
    })
}

/// The names that an edit imports: of lines that it brings, or in the list of a line that is there.
fn imported<'e>(edit: &'e Edit, files: &'e [SourceFile]) -> impl Iterator<Item = &'e str> {
    let text = files.get(edit.file.index()).map_or("", |file| &file.text);
    let head = text.get(..edit.span.start as usize).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    let old = text.get(edit.span.range()).unwrap_or_default();
    let listed = Some(edit.text.as_str()).filter(|_| is_import(head));
    let lines = edit.text.lines().filter(|line| is_import(line));
    let brought = lines.filter_map(|line| line.split("import ").nth(1)?.split(" from ").next());
    let words =
        listed.into_iter().chain(brought).flat_map(|names| names.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.filter(move |word| !word.is_empty() && !lines::mentions(old, word))
}

fn is_import(line: &str) -> bool {
    line.starts_with("import ") || line.starts_with("from ")
}

/// Two insertions at one place overlap too: their order would be arbitrary.
fn overlap(left: &Edit, right: &Edit) -> bool {
    let crossing = left.span.start < right.span.end && right.span.start < left.span.end;
    left.file == right.file && (crossing || left.span.start == right.span.start)
}
