//! A light lexer over the raw text: how deep it nests, and the comments that speak to connlint.
//!
//! Both are needed where the parser is of no use: it recurses, and it drops comments. Knows
//! brackets, strings and comments only, and nothing of syntax trees or facts beyond a comment.

use crate::facts::{Comment, Span};

#[derive(Default)]
pub(super) struct Scan {
    /// The most brackets open at once.
    pub nesting: usize,
    /// The most tokens since the last separator, summed over the open brackets: a bound of the
    /// syntax tree's depth.
    pub chain: usize,
    /// Where the text nests most.
    pub deepest: usize,
    pub comments: Vec<Comment>,
}

pub(super) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0, levels: vec![0], sum: 0, out: Scan::default() };
    while scanner.at < scanner.bytes.len() {
        scanner.step();
    }
    scanner.out
}

struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Tokens since the last separator, for each open bracket.
    levels: Vec<usize>,
    sum: usize,
    out: Scan,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn step(&mut self) {
        match self.peek(0) {
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            b'/' if self.peek(1) == b'*' => self.block_comment(),
            b'"' => self.string(),
            b'\'' => self.quote(),
            b'(' | b'[' | b'{' => self.open(),
            b')' | b']' | b'}' => self.close(),
            b',' | b';' => self.separator(),
            byte if is_word(byte) => self.word(),
            byte if byte.is_ascii_punctuation() => self.token(1),
            _ => self.at += 1,
        }
    }

    fn token(&mut self, length: usize) {
        if let Some(level) = self.levels.last_mut() {
            *level += 1;
        }
        self.sum += 1;
        if self.sum > self.out.chain {
            self.out.chain = self.sum;
            self.out.deepest = self.at;
        }
        self.at += length;
    }

    fn open(&mut self) {
        self.token(1);
        self.levels.push(0);
        self.out.nesting = self.out.nesting.max(self.levels.len() - 1);
    }

    fn close(&mut self) {
        let brace = self.peek(0) == b'}';
        if self.levels.len() > 1 {
            self.sum -= self.levels.pop().unwrap_or(0);
        }
        self.at += 1;
        if brace && !self.continues() {
            self.reset();
        }
    }

    fn separator(&mut self) {
        self.reset();
        self.at += 1;
    }

    fn reset(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.sum -= std::mem::take(level);
        }
    }

    /// What follows a closing brace may belong to the same expression.
    fn continues(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let next = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
        let rest = &rest[next..];
        rest.starts_with(b"else")
            || rest.starts_with(b"as ")
            || rest.first().is_some_and(|b| b".?+-*/%&|^=<>".contains(b))
    }

    fn word(&mut self) {
        let length = self.bytes[self.at..].iter().take_while(|byte| is_word(**byte)).count();
        let (word, after) = (&self.bytes[self.at..self.at + length], self.peek(length));
        if matches!(word, b"r" | b"br" | b"cr") && (after == b'"' || after == b'#') && self.raw_string(length) {
            return;
        }
        self.token(length);
    }

    /// From the `#`s or the quote at `skip`. False for a raw identifier.
    fn raw_string(&mut self, skip: usize) -> bool {
        let hashes = self.bytes[self.at + skip..].iter().take_while(|byte| **byte == b'#').count();
        if self.peek(skip + hashes) != b'"' {
            return false;
        }
        let end = format!("\"{}", "#".repeat(hashes));
        let from = self.at + skip + hashes + 1;
        let length = self.text.get(from..).and_then(|rest| rest.find(&end));
        self.at = length.map_or(self.bytes.len(), |length| from + length + end.len());
        true
    }

    fn string(&mut self) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
    }

    /// A character or a lifetime.
    fn quote(&mut self) {
        if self.peek(1) == b'\\' {
            self.at += 3;
            while self.at < self.bytes.len() && !matches!(self.peek(0), b'\'' | b'\n') {
                self.at += 1;
            }
            self.at += 1;
            return;
        }
        let width = self.text.get(self.at + 1..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        self.at += if self.peek(1 + width) == b'\'' { 2 + width } else { 1 };
    }

    fn line_comment(&mut self) {
        let rest = &self.bytes[self.at..];
        let end = self.at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        self.comment(end, 0);
    }

    fn block_comment(&mut self) {
        let (mut at, mut depth) = (self.at + 2, 1);
        while at < self.bytes.len() && depth > 0 {
            match self.bytes.get(at..at + 2) {
                Some(b"/*") => (at, depth) = (at + 2, depth + 1),
                Some(b"*/") => (at, depth) = (at + 2, depth - 1),
                _ => at += 1,
            }
        }
        self.comment(at.min(self.bytes.len()), if depth == 0 { 2 } else { 0 });
    }

    fn comment(&mut self, end: usize, tail: usize) {
        let inner = self.text.get(self.at + 2..end.saturating_sub(tail)).unwrap_or_default();
        if inner.contains("connlint") {
            let text = inner.trim_start_matches(['/', '!', '*']).trim().to_string();
            self.out.comments.push(Comment { text, span: Span::new(self.at, end) });
        }
        self.at = end;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}
