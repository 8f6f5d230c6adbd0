//! What may be shown of the lines of a file, by its path and by what comes before them.
//!
//! In code only texts hold secrets: `password=settings.password` hands one on and tells nothing. Whether
//! a line begins inside a text is counted by the marks of texts that go over lines; a file of which that
//! cannot be said is masked as if all of it were text.

use std::path::Path;

use super::mask::{self, Around, Begins, Shown};
use crate::facts::redact;

pub(super) struct Masks<'p> {
    path: &'p str,
    lines: Vec<&'p str>,
    /// Of each line.
    begins: Vec<Begins>,
}

impl<'p> Masks<'p> {
    pub fn of(path: &'p str, text: &'p str) -> Self {
        let marks = marks(path);
        let mut open = false;
        let begins = text.lines().map(|line| {
            let begins = if open || marks.is_empty() { Begins::Text } else { Begins::Code };
            open ^= count(line, marks) % 2 == 1;
            begins
        });
        let mut begins: Vec<Begins> = begins.collect();
        // A mark somewhere was none: a quote in a comment, a regex. Which lines were misread cannot be said.
        if open {
            begins.fill(Begins::Text);
        }
        Masks { path, lines: text.lines().collect(), begins }
    }

    /// A line without its end, as it may be shown; lines count from 0.
    pub fn line(&self, number: usize, text: &str) -> Shown {
        mask::in_file(self.path, text, &self.around(number, text))
    }

    fn around(&self, number: usize, text: &str) -> Around {
        let begins = self.begins.get(number).copied().unwrap_or(Begins::Text);
        let (lead, credentials) = (self.lead(number, text), self.has_credentials(number));
        let tail = if text.trim_end().ends_with([',', '(', '[']) { self.tail(number) } else { String::new() };
        Around { begins, lead, tail, credentials }
    }

    /// The lines after it that are parts of the same list.
    fn tail(&self, number: usize) -> String {
        let after = self.lines.iter().skip(number + 1).take(LIST).map(|line| line.trim());
        after.take_while(|line| is_part(line)).collect()
    }

    /// The lines before that open the list which a line with a text goes on with.
    fn lead(&self, number: usize, text: &str) -> String {
        let mut first = number.min(self.lines.len());
        let mut inner = text;
        while is_part(inner) && first > 0 && number - first < LIST && !self.lines[first - 1].trim().is_empty() {
            first -= 1;
            inner = self.lines[first];
            if inner.trim_end().ends_with(['(', '[', '{', ':', '=']) {
                break;
            }
        }
        self.lines[first..number.min(self.lines.len())].iter().map(|line| line.trim()).collect()
    }

    /// A key beside, as in an object over several lines, says that these are credentials.
    fn has_credentials(&self, number: usize) -> bool {
        let last = (number + NEAR + 1).min(self.lines.len());
        let near = &self.lines[number.saturating_sub(NEAR).min(last)..last];
        let keys = near.iter().flat_map(|line| line.split([',', '{', '(']));
        let mut names = keys.filter_map(|part| Some(part.split_once([':', '='])?.0.trim().trim_matches(['"', '\''])));
        names.any(redact::goes_with_key)
    }

    /// Something of these lines, from 0, may not be shown.
    pub fn hide(&self, lines: impl IntoIterator<Item = usize>) -> bool {
        let line = |number| Some(self.line(number, self.lines.get(number)?).hides());
        lines.into_iter().filter_map(line).any(|hides| hides)
    }

    /// Something of the text, a part of such a file, may not be shown.
    pub fn hides(&self, text: &str) -> bool {
        text.lines().enumerate().any(|(number, line)| mask::in_code(line, &self.around(number, line)).hides())
    }
}

/// Lines of a list that are looked at for how it begins.
const LIST: usize = 8;
/// Lines on either side that belong to one object.
const NEAR: usize = 3;

/// The line begins with a text.
fn is_part(line: &str) -> bool {
    line.trim_start().starts_with(['"', '\'', '`'])
}

/// What opens and closes texts of several lines; nothing where code and text cannot be told apart.
fn marks(path: &str) -> &'static [&'static str] {
    match Path::new(path).extension().and_then(|ext| ext.to_str()).unwrap_or_default() {
        "py" | "pyi" => &["\"\"\"", "'''"],
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" => &["`"],
        "rs" => &["\""],
        _ => &[],
    }
}

fn count(line: &str, marks: &[&str]) -> usize {
    if !marks.iter().any(|mark| line.contains(mark)) {
        return 0;
    }
    let plain = line.replace("\\\\", "").replace("\\\"", "").replace("\\`", "").replace("'\"'", "");
    marks.iter().map(|mark| plain.matches(mark).count()).sum()
}

#[cfg(test)]
mod tests {
    use super::Masks;

    fn shown(path: &str, text: &str) -> String {
        let masks = Masks::of(path, text);
        let lines = text.lines().enumerate().map(|(at, line)| masks.line(at, line).text);
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_code_hands_on_is_no_secret() {
        for (path, text) in [
            ("a.py", "s3.put_object(Bucket=bucket, Key=object_key_of_the_upload)"),
            ("a.py", "f(apiKey=key_id, password=settings.password)\n\"\"\"doc\"\"\"\nUser(name=name, token=token)"),
            ("a.py", "secrets_client = boto3.client(\"secretsmanager\")"),
            ("a.ts", "const token=readToken()\nlet password=other"),
            ("a.rs", "let secret=vault.read()?;"),
        ] {
            assert_eq!(shown(path, text), text);
        }
    }

    #[test]
    fn lists_over_several_lines_are_read_as_one() {
        for (text, hidden) in [
            ("db = connect(\n    \"h\",\n    \"bob\",\n    \"hunter2\",\n)", 2),
            ("web = Client(\n    auth=(\n        \"bob\",\n        \"hunter2\",\n    )\n)", 2),
            ("new Pusher({\n  appId: \"1\",\n  key: \"abc\",\n  cluster: \"eu\",\n})", 1),
            ("pick(\n  \"password\",\n  \"email\",\n)", 0),
            ("<Row\n  key=\"abc\"\n  name=\"x\"\n/>", 0),
        ] {
            let lines = shown("a.py", text);
            assert_eq!(lines.lines().filter(|line| line.contains('*')).count(), hidden, "{lines}");
        }
    }

    #[test]
    fn texts_of_several_lines_stay_hidden() {
        for (path, text) in [
            ("a.py", "dsn = \"\"\"\n  host=h password=hunter2\n\"\"\""),
            ("a.py", "dsn = '''host=h\n  password=hunter2'''"),
            ("a.ts", "const dsn = `\nhost=h password=hunter2\n`"),
            ("a.rs", "let dsn = \"host=h\n password=hunter2\";"),
            ("a.py", "# password=hunter2"),
            ("a.py", "quote = '\"\"\"'\ndsn = \"\"\"\nhost=h password=hunter2\n\"\"\""),
            ("notes.txt", "password=hunter2"),
        ] {
            assert!(!shown(path, text).contains("hunter2"), "{}", shown(path, text));
        }
    }
}
