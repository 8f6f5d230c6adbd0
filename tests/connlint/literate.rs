//! Literate Markdown: cases as headings, files as fenced blocks, expectations as comments.
//!
//! Only reads the notation; knows neither sessions nor rules. The notation:
//!
//! - `## title` begins a case; `(problems)` in it allows files that do not parse, `(pedantic)`
//!   asks for findings of lower confidence;
//! - a block ```` ```ts path=src/a.ts ```` is a file of the case; with the word `after`, or below the
//!   heading `### after`, it is the file after all fixes; a block ```` ```diff ```` is the same as a diff;
//! - a comment `ERROR rule-id, rule-id` at the end of a line expects findings that begin there. It is
//!   no part of the file, so it may stand in JSON too;
//! - a line `ignore: rule-id, rule-id` in the text before the first case leaves rules out of the file.

/// One Markdown file.
#[derive(Debug, Default)]
pub struct Document {
    pub ignored: Vec<String>,
    pub cases: Vec<Case>,
}

#[derive(Debug, Default)]
pub struct Case {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Debug, Default, Clone)]
pub struct Block {
    /// The first word of the info string.
    pub language: String,
    pub path: Option<String>,
    /// The other words of the info string.
    pub words: Vec<String>,
    /// The nearest `###` heading of the case.
    pub section: String,
    /// Without the expectations.
    pub text: String,
    pub expected: Vec<Expected>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    pub line: u32,
    pub rule: String,
}

impl Block {
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|found| found == word)
    }

    /// What stands behind `key=` among its words.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    pub fn is_after(&self) -> bool {
        self.has("after") || self.section.eq_ignore_ascii_case("after")
    }

    fn open(info: &str, section: &str) -> Self {
        let mut words = info.split_whitespace().map(str::to_string);
        let mut block = Self { language: words.next().unwrap_or_default(), section: section.into(), ..Self::default() };
        for word in words {
            match word.strip_prefix("path=") {
                Some(path) => block.path = Some(path.into()),
                None => block.words.push(word),
            }
        }
        block
    }

    fn push(&mut self, line: &str, number: u32) {
        let (code, rules) = split_expectation(line);
        self.text.push_str(code);
        self.text.push('\n');
        self.expected.extend(rules.into_iter().map(|rule| Expected { line: number, rule }));
    }
}

/// Reads a file; its cases begin at `## ` headings.
pub fn parse(text: &str) -> Document {
    let mut document = Document::default();
    let mut section = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            document.cases.push(Case { title: title.trim().into(), blocks: Vec::new() });
            section.clear();
        } else if let Some(heading) = line.strip_prefix("### ") {
            section = heading.trim().into();
        } else if line.starts_with("```") {
            let block = read_block(line, &mut lines, &section);
            document.cases.last_mut().into_iter().for_each(|case| case.blocks.push(block.clone()));
        } else if let Some(rules) = line.strip_prefix("ignore: ").filter(|_| document.cases.is_empty()) {
            document.ignored.extend(rules.split(',').map(|rule| rule.trim().to_string()));
        }
    }
    document
}

/// All blocks of a text, whatever they belong to.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut lines = text.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            blocks.push(read_block(line, &mut lines, ""));
        }
    }
    blocks
}

fn read_block<'t>(opening: &str, lines: &mut impl Iterator<Item = &'t str>, section: &str) -> Block {
    let info = opening.trim_start_matches('`');
    let fence = &opening[..opening.len() - info.len()];
    let mut block = Block::open(info, section);
    let inside = lines.take_while(|line| !(line.starts_with(fence) && line.trim_matches('`').trim().is_empty()));
    for (index, line) in inside.enumerate() {
        block.push(line, index as u32 + 1);
    }
    block
}

const MARKERS: &[&str] = &["{/* ERROR ", "/* ERROR ", "// ERROR ", "# ERROR ", "<!-- ERROR "];
const ENDS: &[&str] = &["*/}", "*/", "-->"];

/// The line without its expectation, and the rules that it expects.
fn split_expectation(line: &str) -> (&str, Vec<String>) {
    let found = MARKERS.iter().find_map(|marker| line.find(marker).map(|at| (at, at + marker.len())));
    let Some((start, end)) = found else { return (line, Vec::new()) };
    let mut rules = line[end..].trim();
    for closing in ENDS {
        rules = rules.strip_suffix(closing).unwrap_or(rules).trim();
    }
    (line[..start].trim_end(), rules.split(',').map(|rule| rule.trim().to_string()).collect())
}

#[test]
fn cases_files_and_expectations_are_read() {
    let text = "Front.\nignore: x\n\n## One\n\n```ts path=a.ts\nf() // ERROR r, s\n```\n\n### after\n\n\
                ```json path=b.json\n{}\n```\n\n## Two\n\n````md bad path=c.md\n```\n{/* ERROR t */}\n````\n";
    let document = parse(text);
    assert_eq!(document.ignored, ["x"]);
    let [one, two] = &document.cases[..] else { panic!("{document:?}") };
    assert_eq!((one.title.as_str(), one.blocks[0].text.as_str()), ("One", "f()\n"));
    let rules: Vec<(u32, &str)> = one.blocks[0].expected.iter().map(|e| (e.line, e.rule.as_str())).collect();
    assert_eq!(rules, [(1, "r"), (1, "s")]);
    assert!(one.blocks[1].is_after() && !two.blocks[0].is_after());
    assert!(two.blocks[0].has("bad"));
    assert_eq!((two.blocks[0].text.as_str(), two.blocks[0].expected[0].rule.as_str()), ("```\n\n", "t"));
}
