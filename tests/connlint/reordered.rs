//! The text of a source file with its top functions in another order.
//!
//! Functions that stand together, with nothing but blank lines between them, change places: the last becomes the first.
//! Reads lines, not syntax; what it is not sure of stays where it is.

/// A text, and for each of its lines the 1-based number that it had.
#[derive(Debug, PartialEq)]
pub struct Reordered {
    pub text: String,
    pub lines: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Python,
    Script,
    Rust,
}

/// `None` where there is nothing to change.
pub fn reordered(path: &str, text: &str) -> Option<Reordered> {
    let kind = match path.rsplit_once('.')?.1 {
        "py" => Kind::Python,
        "ts" | "tsx" | "js" | "jsx" | "mjs" | "cjs" => Kind::Script,
        "rs" => Kind::Rust,
        _ => return None,
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut order: Vec<usize> = Vec::new();
    let mut run: Vec<Function> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        match function(kind, &lines, at) {
            Some(function) => {
                at = function.end;
                run.push(function);
            }
            None => {
                order.extend(backwards(kind, &lines, std::mem::take(&mut run)));
                order.push(at);
                at += 1;
            }
        }
    }
    order.extend(backwards(kind, &lines, run));
    if order.is_sorted() {
        return None;
    }
    let text = order.iter().map(|at| format!("{}\n", lines[*at])).collect();
    Some(Reordered { text, lines: order.iter().map(|at| *at as u32 + 1).collect() })
}

/// Lines of one function, with the comments and decorators above it and the blank lines below it.
#[derive(Debug, Clone)]
struct Function {
    name: String,
    start: usize,
    /// Where its body begins.
    body: usize,
    end: usize,
}

fn function(kind: Kind, lines: &[&str], start: usize) -> Option<Function> {
    let above = lines[start..].iter().take_while(|line| is_above(kind, line)).count();
    let head = start + above;
    let name = declared(kind, lines.get(head)?)?;
    let end = match kind {
        Kind::Python => python_end(lines, head),
        _ => braces_end(lines, head)?,
    };
    let blank = lines[end..].iter().take_while(|line| line.trim().is_empty()).count();
    let body = head + lines[head..end].iter().position(|line| line.trim_end().ends_with([':', '{'])).unwrap_or(0);
    Some(Function { name, start, body, end: end + blank })
}

fn is_above(kind: Kind, line: &str) -> bool {
    match kind {
        Kind::Python => line.starts_with(['@', '#']),
        Kind::Script => line.starts_with("//"),
        Kind::Rust => line.starts_with("//") || line.starts_with("#[") && line.ends_with(']'),
    }
}

/// The name of the function that the line begins.
fn declared(kind: Kind, line: &str) -> Option<String> {
    let (before, keyword): (&[&str], &str) = match kind {
        Kind::Python => (&["async "], "def "),
        Kind::Script => (&["export ", "async "], "function "),
        Kind::Rust => (&["pub ", "pub(crate) ", "async "], "fn "),
    };
    let rest = before.iter().fold(line, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
    let rest = rest.strip_prefix(keyword)?;
    let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

fn python_end(lines: &[&str], head: usize) -> usize {
    let inside = |line: &&str| line.is_empty() || line.starts_with([' ', '\t', ')']);
    let mut end = head + 1 + lines[head + 1..].iter().take_while(|line| inside(line)).count();
    while lines[end - 1].trim().is_empty() {
        end -= 1;
    }
    end
}

/// A function without a body has no end.
fn braces_end(lines: &[&str], head: usize) -> Option<usize> {
    if lines[head].ends_with('}') {
        return Some(head + 1);
    }
    let closing = lines[head + 1..].iter().position(|line| !line.starts_with([' ', '\t']) && !line.is_empty())?;
    let end = head + 1 + closing;
    (lines[end] == "}").then_some(end + 1)
}

/// The lines of a run in their new order.
fn backwards(kind: Kind, lines: &[&str], mut run: Vec<Function>) -> Vec<usize> {
    let names: Vec<&str> = run.iter().map(|function| function.name.as_str()).collect();
    let twice = (1..names.len()).any(|at| names[at..].contains(&names[at - 1]));
    // Python runs decorators and defaults where they stand.
    let tied = |function: &Function| {
        lines[function.start..=function.body].iter().any(|line| {
            let mut words = line.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            words.any(|word| word != function.name && names.contains(&word))
        })
    };
    if !(twice || kind == Kind::Python && run.iter().any(tied)) {
        run.reverse();
    }
    run.iter().flat_map(|function| function.start..function.end).collect()
}

#[test]
fn functions_that_stand_together_change_places() {
    let told = |path: &str, text: &str| reordered(path, text).map(|it| (it.text, it.lines));
    let python = "import x\n\ndef a(\n    b\n):\n    pass\n\n\n# Second.\n@app.get('/')\nasync def c():\n    pass\nx = 1\ndef d():\n    pass\n";
    let text = "import x\n\n# Second.\n@app.get('/')\nasync def c():\n    pass\ndef a(\n    b\n):\n    pass\n\n\nx = 1\ndef d():\n    pass\n";
    let lines = vec![1, 2, 9, 10, 11, 12, 3, 4, 5, 6, 7, 8, 13, 14, 15];
    assert_eq!(told("a.py", python), Some((text.into(), lines)));
    assert_eq!(told("a.py", "def a():\n    pass\n@a\ndef b():\n    pass\n"), None);
    let script = "function a() {\n  b()\n}\nexport async function b() { c() }\n";
    assert_eq!(
        told("a.ts", script),
        Some(("export async function b() { c() }\nfunction a() {\n  b()\n}\n".into(), vec![4, 1, 2, 3]))
    );
    assert_eq!(told("a.ts", "function a(): void\nfunction a(b?: string) {\n}\n"), None);
    assert_eq!(
        told("a.rs", "#[test]\nfn a() {\n}\npub fn b() {\n}\n"),
        Some(("pub fn b() {\n}\n#[test]\nfn a() {\n}\n".into(), vec![4, 5, 1, 2, 3]))
    );
}
