//! Git's patches and raw listings, as bytes, to lines of files.
//!
//! Strict about lengths: a hunk's lines are counted, so that no line of a file is taken for a header.

use super::Lines;

/// The files of a patch without context, with the lines that are new in them. Where lines were taken out,
/// their neighbours count as changed. Files that were deleted or only renamed have none.
pub(super) fn parse(patch: &[u8]) -> Vec<(String, Lines)> {
    let mut files: Vec<(String, Lines)> = Vec::new();
    let mut is_open = false;
    let mut body = 0;
    for line in patch.split(|byte| *byte == b'\n') {
        if body > 0 {
            // `\ No newline at end of file` is not counted.
            body -= usize::from(!line.starts_with(b"\\"));
            continue;
        }
        if let Some(name) = line.strip_prefix(b"+++ ") {
            let name = new_name(name);
            is_open = name.is_some();
            files.extend(name.map(|name| (name, Lines::default())));
        } else if let Some(hunk) = line.strip_prefix(b"@@ ").and_then(hunk) {
            body = hunk.old + hunk.new;
            if let Some((_, lines)) = files.last_mut().filter(|_| is_open) {
                hunk.mark(lines);
            }
        }
    }
    files
}

struct Hunk {
    old: usize,
    new: usize,
    start: u32,
}

impl Hunk {
    fn mark(&self, lines: &mut Lines) {
        match self.new {
            0 => lines.push(self.start, self.start.saturating_add(1)),
            new => lines.push(self.start, self.start.saturating_add(new as u32 - 1)),
        }
    }
}

/// `-12,0 +13,4 @@ …`
fn hunk(head: &[u8]) -> Option<Hunk> {
    let head = String::from_utf8_lossy(head);
    let mut words = head.split(' ');
    let (_, old) = range(words.next()?.strip_prefix('-')?)?;
    let (start, new) = range(words.next()?.strip_prefix('+')?)?;
    Some(Hunk { old, new, start })
}

fn range(text: &str) -> Option<(u32, usize)> {
    let (start, count) = text.split_once(',').unwrap_or((text, "1"));
    Some((start.parse().ok()?, count.parse().ok()?))
}

/// `b/src/a.ts`, quoted when it is odd, with a tab behind it when it has blanks; nothing for `/dev/null`.
fn new_name(name: &[u8]) -> Option<String> {
    let name = name.strip_suffix(b"\t").unwrap_or(name);
    let plain = match name.strip_prefix(b"\"") {
        Some(quoted) => unquote(quoted.strip_suffix(b"\"").unwrap_or(quoted)),
        None => name.to_vec(),
    };
    Some(String::from_utf8_lossy(plain.strip_prefix(b"b/")?).into_owned())
}

/// As C writes strings.
fn unquote(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let (byte, used) = if *first == b'\\' { escape(tail) } else { (*first, 0) };
        out.push(byte);
        rest = tail.get(used..).unwrap_or_default();
    }
    out
}

/// The byte that an escape stands for, and how many bytes follow its backslash.
fn escape(tail: &[u8]) -> (u8, usize) {
    let octal = tail.iter().take(3).take_while(|byte| (b'0'..=b'7').contains(*byte)).count();
    if octal == 3 {
        let value = tail[..3].iter().fold(0u32, |value, byte| value * 8 + u32::from(byte - b'0'));
        return (value as u8, 3);
    }
    let byte = match tail.first().copied().unwrap_or(b'\\') {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        other => other,
    };
    (byte, 1)
}

/// Name and blob of each file whose staged text is not that of the working tree:
/// `:100644 100644 <blob> <blob> M\0name\0`. What is staged as no file, or not merged, is left out.
pub(super) fn parse_raw(output: &[u8]) -> Vec<(String, String)> {
    let mut parts = output.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let mut found = Vec::new();
    while let (Some(head), Some(name)) = (parts.next(), parts.next()) {
        let words: Vec<&str> = head.trim_start_matches(':').split(' ').collect();
        if let [mode, _, blob, _, "M" | "D" | "T"] = words[..]
            && mode.starts_with("100")
        {
            found.push((name.into_owned(), blob.to_string()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_counted_and_names_unquoted() {
        let patch =
            b"diff --git a/x.ts b/x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1,2 +1,2 @@ f()\n--- old\n-b\n+++ b/fake.ts\n+c\n\
            @@ -9,3 +8,0 @@\n-1\n-2\n-3\n\\ No newline at end of file\n\
            diff --git a/o b/o\n--- a/o\n+++ \"b/a \\303\\244\\t\\\"q\\\".ts\"\n@@ -0,0 +1 @@\n+x\n\
            diff --git a/d e b/d e\n--- /dev/null\n+++ b/d e\t\n@@ -0,0 +1,3 @@\n+x\n+y\n+z\n\
            diff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
        let files = parse(patch);
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["x.ts", "a ä\t\"q\".ts", "d e"]);
        let touched = |at: usize| (1..=12).filter(|line| files[at].1.touch(*line, *line)).collect::<Vec<u32>>();
        assert_eq!((touched(0), touched(1), touched(2)), (vec![1, 2, 8, 9], vec![1], vec![1, 2, 3]));
    }

    #[test]
    fn raw_listings_name_staged_blobs() {
        let raw =
            b":100644 100644 aaaa 0000 M\0src/a b.ts\0:160000 160000 bbbb 0000 M\0sub\0:100644 000000 cccc 0000 D\0d\0";
        let found = parse_raw(raw);
        assert_eq!(found, [("src/a b.ts".into(), "aaaa".into()), ("d".into(), "cccc".into())]);
    }
}
