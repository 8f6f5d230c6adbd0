//! Comments of settings files that speak to connlint: `# …`, `; …` and `// …` behind nothing or a blank.
//!
//! Looks for the marks alone, so it serves all formats; a text that only quotes such a comment would
//! be taken for one, and would be told to be without effect.

use crate::facts::{Comment, Span};

/// The comments that begin with `connlint-`.
pub fn comments(text: &str) -> Vec<Comment> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        found.extend(comment(line.trim_end(), start));
        start += line.len();
    }
    found
}

/// What begins a comment to the end of the line in a settings file of that name; `None` where the format has none.
pub fn comment_mark(file_name: &str) -> Option<&'static str> {
    match file_name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "json" | "lock" => None,
        "jsonc" | "json5" | "prisma" => Some("//"),
        _ => Some("#"),
    }
}

fn comment(line: &str, start: usize) -> Option<Comment> {
    let word = line.find("connlint-")?;
    let before = line[..word].trim_end();
    let mark = ["#", ";", "//"].into_iter().find(|mark| before.ends_with(mark))?;
    let at = before.len() - mark.len();
    let stands_alone = before[..at].chars().next_back().is_none_or(char::is_whitespace);
    let span = Span::new(start + at, start + line.len());
    stands_alone.then(|| Comment { text: line[word..].to_string(), span })
}

#[cfg(test)]
mod tests {
    use super::comments;

    #[test]
    fn marks_of_all_formats_are_known() {
        let text =
            "A=1 # connlint-ignore a: b\r\n;connlint-ignore c\n\"x\": 1, // connlint-ignore d\nurl=http://connlint-x\n";
        let found: Vec<(&str, String)> =
            comments(text).into_iter().map(|comment| (&text[comment.span.range()], comment.text)).collect();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0], ("# connlint-ignore a: b", "connlint-ignore a: b".into()));
        assert_eq!((found[1].0, found[2].0), (";connlint-ignore c", "// connlint-ignore d"));
    }
}
