//! Markdown in and out: tables, code, and links that lead elsewhere.
//!
//! Knows no content.

/// A table; nothing when it has no rows.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.iter().map(|cell| (*cell).to_string()).collect());
    text.push_str(&line(vec!["---".into(); head.len()]));
    rows.iter().for_each(|row| text.push_str(&line(row.iter().map(|cell| cell.replace('|', "\\|")).collect())));
    text
}

/// Names as code, separated by commas.
pub fn codes<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let each: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    each.join(", ")
}

/// Text in which nothing is markup.
pub fn plain(text: &str) -> String {
    text.replace('\\', "\\\\").replace('*', "\\*").replace('_', "\\_").replace('<', "&lt;").replace('[', "\\[")
}

/// A source as it is written in the data: its address becomes a link.
pub fn source(text: &str) -> String {
    let link = |word: &str| match (word.starts_with("https://"), word.starts_with("github.com/")) {
        (true, _) => format!("<{word}>"),
        (_, true) => format!("[{}](https://{word})", plain(word)),
        _ => plain(word),
    };
    text.split(' ').map(link).collect::<Vec<_>>().join(" ")
}

/// The text with the target of each link outside of code replaced by what `change` makes of its words and target; `None`
/// leaves the words alone.
pub fn relink(text: &str, mut change: impl FnMut(&str) -> Option<String>) -> String {
    let mut fence = None;
    let mut result = String::new();
    for line in text.split_inclusive('\n') {
        let ticks = line.len() - line.trim_start_matches('`').len();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open && line.trim().len() == ticks => fence = None,
            None => {
                result.push_str(&relink_line(line, &mut change));
                continue;
            }
            Some(_) => {}
        }
        result.push_str(line);
    }
    result
}

fn relink_line(line: &str, change: &mut impl FnMut(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = line;
    while let Some((before, words, target, after)) = link(rest) {
        let (before, mark) = before.strip_suffix('!').map_or((before, ""), |text| (text, "!"));
        result.push_str(before);
        match change(target) {
            Some(target) => result.push_str(&format!("{mark}[{words}]({target})")),
            None => result.push_str(words),
        }
        rest = after;
    }
    result + rest
}

/// The first link of a line: what is before it, its words, its target, what is after it.
fn link(line: &str) -> Option<(&str, &str, &str, &str)> {
    let middle = line.find("](")?;
    let start = line.get(..middle)?.rfind('[')?;
    let end = middle + 2 + line.get(middle + 2..)?.find(')')?;
    Some((&line[..start], &line[start + 1..middle], &line[middle + 2..end], &line[end + 1..]))
}

#[test]
fn links_are_changed_outside_of_code_only() {
    let change = |target: &str| (target != "gone").then(|| format!("new/{target}"));
    assert_eq!(relink("a [b](c) and ![d](e)\n", change), "a [b](new/c) and ![d](new/e)\n");
    assert_eq!(relink("see [`x`](gone).", change), "see `x`.");
    assert_eq!(relink("```\n[b](c)\n```\n[b](c)\n", change), "```\n[b](c)\n```\n[b](new/c)\n");
}

#[test]
fn addresses_in_sources_become_links() {
    assert_eq!(source("https://a.b/c (read)"), "<https://a.b/c> (read)");
    assert_eq!(source("github.com/a/b x_y"), "[github.com/a/b](https://github.com/a/b) x\\_y");
}
