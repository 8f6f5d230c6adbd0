//! What may be shown of the lines of a file, by its path and by what comes before them.
//!
//! In code only texts hold secrets: `password=settings.password` hands one on and tells nothing. Whether
//! a line begins inside a text is counted by the marks of texts that go over lines; a file of which that
//! cannot be said is masked as if all of it were text.

use std::path::Path;

use super::mask::{self, Begins};

pub(super) struct Masks<'p> {
    path: &'p str,
    /// Of each line.
    begins: Vec<Begins>,
}

impl<'p> Masks<'p> {
    pub fn of(path: &'p str, text: &str) -> Self {
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
        Masks { path, begins }
    }

    /// A line without its end, as it may be shown; lines count from 0.
    pub fn line(&self, number: usize, text: &str) -> String {
        mask::in_file(self.path, text, self.begins.get(number).copied().unwrap_or(Begins::Text))
    }

    /// Something of the text, a part of such a file, may not be shown.
    pub fn hides(&self, text: &str) -> bool {
        text.lines().zip(&self.begins).any(|(line, begins)| mask::code(line, *begins) != line)
    }
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
    let plain = line.replace("\\\\", "").replace("\\\"", "").replace("\\`", "").replace("'\"'", "");
    marks.iter().map(|mark| plain.matches(mark).count()).sum()
}

#[cfg(test)]
mod tests {
    use super::Masks;

    fn shown(path: &str, text: &str) -> String {
        let masks = Masks::of(path, text);
        let lines = text.lines().enumerate().map(|(at, line)| masks.line(at, line));
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
