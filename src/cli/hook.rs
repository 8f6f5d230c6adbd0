//! The text of `.pre-commit-config.yaml` with connlint added, and nothing else changed.
//!
//! Works on lines, so that comments and order stay; what comes out is parsed to be sure. Reads and
//! writes no file.

use crate::frontend::settings::document;

/// What became of the text.
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    Text(String),
    /// It has the hook.
    Already,
    /// The form is not one that lines can be added to.
    Unclear,
}

const COMMAND: &str = "entry: connlint check --staged";

/// The entry of `repos`, behind the given indentation, for a folder of the repository; empty for the whole.
pub fn entry(indent: &str, folder: &str) -> String {
    let command = format!("      {}", command(folder));
    let lines = [
        "- repo: local",
        "  hooks:",
        "    - id: connlint",
        "      name: connlint",
        &command,
        "      language: system",
        "      require_serial: true",
    ];
    lines.map(|line| format!("{indent}{line}\n")).concat()
}

fn command(folder: &str) -> String {
    if folder.is_empty() { COMMAND.into() } else { format!("{COMMAND} {}", word(folder)) }
}

/// As a shell takes it for one word, and YAML for plain text.
pub fn word(folder: &str) -> String {
    let plain = folder.chars().all(|c| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '@'));
    if plain { folder.into() } else { format!("'{}'", folder.replace('\'', "'\\''")) }
}

/// Adds the hook; an empty text becomes a whole file.
pub fn add(text: &str, folder: &str) -> Added {
    let Some(before) = count(text) else { return Added::Unclear };
    if is_there(text, folder) {
        return Added::Already;
    }
    let mut after = added(text, folder);
    if text.contains("\r\n") {
        after = after.replace('\n', "\r\n");
    }
    if count(&after) == Some(before + 1) { Added::Text(after) } else { Added::Unclear }
}

/// A hook of another folder only is not the one that is wanted.
fn is_there(text: &str, folder: &str) -> bool {
    let own = command(folder);
    let lines = || text.lines().map(|line| line.trim_start_matches([' ', '-']).trim_end());
    let has_folder = |rest: &str| rest.starts_with(' ') && !rest.starts_with(" -");
    let others = lines().filter(|line| line.strip_prefix(COMMAND).is_some_and(has_folder)).count();
    lines().any(|line| line == own) || lines().filter(|line| *line == "id: connlint").count() > others
}

/// How many entries `repos` has; `None` for what is no such file.
fn count(text: &str) -> Option<usize> {
    if text.trim().is_empty() {
        return Some(0);
    }
    let root = document("hooks.yaml", text).ok()?;
    Some(root.get("repos").map_or(0, |repos| repos.items().len()))
}

fn added(text: &str, folder: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let Some(head) = lines.iter().position(|line| line.starts_with("repos:")) else {
        let line_end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        return format!("{text}{line_end}repos:\n{}", entry("  ", folder));
    };
    let end = lines[head + 1..].iter().position(|line| ends_block(line)).map_or(lines.len(), |at| head + 1 + at);
    let block = &lines[head + 1..end];
    let first = block.iter().find(|line| line.trim_start().starts_with("- "));
    let indent = first.map_or("  ", |line| &line[..line.len() - line.trim_start().len()]);
    let last = block.iter().rposition(|line| !line.trim().is_empty()).map_or(head + 1, |at| head + 2 + at);
    let entry = entry(indent, folder);
    if first.is_none() {
        lines[head] = "repos:";
    }
    lines.splice(last..last, entry.lines());
    lines.join("\n") + "\n"
}

/// The next key of the document.
fn ends_block(line: &str) -> bool {
    line.starts_with(|c: char| !c.is_whitespace() && c != '-' && c != '#')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(before: &str) -> String {
        match add(before, "") {
            Added::Text(text) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_empty_text_becomes_a_file() {
        assert_eq!(text(""), format!("repos:\n{}", entry("  ", "")));
    }

    #[test]
    fn entries_follow_those_that_stand_there() {
        let own = "- repo: https://example.org/x\n  rev: v1\n  hooks:\n  - id: x # why\n";
        let file = format!("# head\nrepos:\n{own}\n# tail\nci:\n  skip: [x]\n");
        let expected = format!("# head\nrepos:\n{own}\n# tail\n{}ci:\n  skip: [x]\n", entry("", ""));
        assert_eq!(text(&file), expected);
        assert_eq!(text(&file.replace('\n', "\r\n")), expected.replace('\n', "\r\n"));
        assert_eq!(text("repos: []\n"), format!("repos:\n{}", entry("  ", "")));
        assert_eq!(text("fail_fast: true"), format!("fail_fast: true\nrepos:\n{}", entry("  ", "")));
    }

    #[test]
    fn a_second_time_changes_nothing() {
        assert_eq!(add(&text(""), ""), Added::Already);
        assert_eq!(add(&text(""), "app"), Added::Already);
        let Added::Text(one) = add("", "my app") else { panic!() };
        assert_eq!(add(&one, "my app"), Added::Already);
        let Added::Text(both) = add(&one, "api") else { panic!() };
        assert!(both.contains("--staged 'my app'\n") && both.contains("--staged api\n"));
    }

    #[test]
    fn other_forms_are_left_alone() {
        assert_eq!(add("repos: [{repo: local, hooks: []}]\n", ""), Added::Unclear);
        assert_eq!(add(": : [", ""), Added::Unclear);
    }
}
