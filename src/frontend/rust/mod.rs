//! From Rust text to facts, by way of syn.
//!
//! A file is scanned once without a parser (nesting, comments), then tokenised, parsed and lowered.
//! Names, scopes and shapes are decided here; what any crate means is not known here.

mod attrs;
mod calls;
mod control;
mod exprs;
mod functions;
mod hoist;
mod imports;
mod items;
mod lent;
mod loops;
mod macro_args;
mod macro_rules;
mod macros;
mod patterns;
mod preds;
mod recover;
mod scan;
mod spans;
mod statics;
mod templates;
#[cfg(test)]
mod tests;
mod types;

use std::borrow::Cow;
use std::str::FromStr;

use proc_macro2::TokenStream;
use rustc_hash::FxHashMap;

use crate::facts::build::Builder;
use crate::facts::{Block, Call, Chosen, FileFacts, Language, Node, Span, SyntaxProblem, TypeRef, Value, VarRef};

/// Brackets nested deeper than this are not parsed.
const MAX_NESTING: usize = 256;
/// Tokens that may all stand on one path of the syntax tree; more are not parsed.
const MAX_CHAIN: usize = 6_000;
/// Up to here the caller's own stack is large enough.
const SMALL_NESTING: usize = 24;
const SMALL_CHAIN: usize = 240;
const LARGE_STACK: usize = 384 << 20;
/// Expressions nested deeper than this are lowered to `Unknown`.
const MAX_DEPTH: u32 = 500;
const MAX_PROBLEMS: usize = 20;

/// Lowers a Rust file. Never fails: what does not parse is a problem beside the facts of the rest.
pub fn lower(text: &str) -> FileFacts {
    let scan = scan::scan(text);
    if scan.nesting > MAX_NESTING || scan.chain > MAX_CHAIN {
        return refused(text, scan);
    }
    if scan.nesting <= SMALL_NESTING && scan.chain <= SMALL_CHAIN {
        return lower_here(text, scan);
    }
    let comments = scan.comments.clone();
    let deep = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(LARGE_STACK);
        thread.spawn_scoped(scope, || lower_here(text, scan)).ok().and_then(|handle| handle.join().ok())
    });
    deep.unwrap_or_else(|| refused(text, scan::Scan { comments, ..scan::Scan::default() }))
}

fn refused(text: &str, scan: scan::Scan) -> FileFacts {
    let span = Span::new(scan.deepest, (scan.deepest + 1).min(text.len()));
    let mut facts = Builder::new(Language::Rust, Span::new(0, text.len())).finish();
    facts.comments = scan.comments;
    facts.problems.push(SyntaxProblem { span, message: "nested too deeply to be parsed".into() });
    facts
}

fn lower_here(text: &str, scan: scan::Scan) -> FileFacts {
    let mut lowerer = Lowerer::new(text.len());
    lowerer.b.facts.comments = scan.comments;
    spans::begin(text);
    lowerer.file(text);
    let facts = lowerer.b.finish();
    proc_macro2::extra::invalidate_current_thread_spans();
    facts
}

/// What a function expression is called by its surroundings.
#[derive(Default)]
struct Hint {
    name: Option<String>,
    anchor: String,
}

/// A loop or labelled block that `break` may leave.
struct Frame {
    label: Option<Box<str>>,
    is_loop: bool,
    broken: bool,
    values: Vec<Value>,
}

/// The names of an inline module and the variables of each of its items.
#[derive(Default, Clone)]
struct Names {
    names: FxHashMap<String, VarRef>,
    vars: Vec<Vec<VarRef>>,
}

struct Lowerer {
    b: Builder,
    /// Control has left the open block: what follows is dropped.
    dead: bool,
    depth: u32,
    in_test: bool,
    /// The next closure runs where it stands.
    inline: bool,
    hint: Hint,
    self_values: Vec<Value>,
    generics: Vec<FxHashMap<String, TypeRef>>,
    lent: lent::Lent,
    modules: FxHashMap<VarRef, Names>,
    module_path: Vec<String>,
    frames: Vec<Frame>,
}

impl Lowerer {
    fn new(length: usize) -> Self {
        Self {
            b: Builder::new(Language::Rust, Span::new(0, length)),
            dead: false,
            depth: 0,
            in_test: false,
            inline: false,
            hint: Hint::default(),
            self_values: Vec::new(),
            generics: Vec::new(),
            lent: lent::Lent::default(),
            modules: FxHashMap::default(),
            module_path: Vec::new(),
            frames: Vec::new(),
        }
    }

    fn file(&mut self, text: &str) {
        let text = without_shebang(text);
        let tokens = || TokenStream::from_str(&text);
        match tokens().map(syn::parse2::<syn::File>) {
            Ok(Ok(file)) => self.items(&file.items.iter().collect::<Vec<_>>()),
            Ok(Err(error)) => self.recover_file(tokens().unwrap_or_default(), &error),
            Err(error) => self.problem(spans::of(error.span()), "unreadable token".into()),
        }
    }

    fn problem(&mut self, span: Span, message: String) {
        if self.b.facts.problems.len() < MAX_PROBLEMS {
            self.b.facts.problems.push(SyntaxProblem { span, message });
        }
    }

    /// Places a node, unless control can no longer reach it.
    fn push(&mut self, node: Node) {
        if self.dead {
            return;
        }
        self.dead =
            matches!(node, Node::Return { .. } | Node::Throw { .. } | Node::Break { .. } | Node::Continue { .. });
        self.b.push(node);
    }

    fn place_call(&mut self, call: Call) -> Value {
        let id = self.b.record_call(call);
        self.push(Node::Call(id));
        Value::Call(id)
    }

    fn bind(&mut self, target: Value, value: Value, span: Span) {
        self.push(Node::Bind { target, value, span });
    }

    /// Opens a block with its own scope; what it gives goes to [`Self::leave`].
    fn enter(&mut self) -> bool {
        self.b.open_block();
        std::mem::replace(&mut self.dead, false)
    }

    /// The block, and whether control never reaches its end.
    fn leave(&mut self, dead_before: bool) -> (Block, bool) {
        let dead = std::mem::replace(&mut self.dead, dead_before);
        (self.b.close_block(), dead)
    }

    fn nested(&mut self, fill: impl FnOnce(&mut Self)) -> (Block, bool) {
        let saved = self.enter();
        fill(self);
        self.leave(saved)
    }

    /// Takes conditional effects out of the open block again.
    fn effects(&mut self, fill: impl FnOnce(&mut Self)) -> Block {
        let mark = self.b.mark();
        let saved = std::mem::replace(&mut self.dead, false);
        fill(self);
        self.dead = saved;
        self.b.split_block(mark)
    }
}

/// The text with a `#!` line blanked, so that all positions stay.
fn without_shebang(text: &str) -> Cow<'_, str> {
    let head = text.strip_prefix('\u{feff}').unwrap_or(text);
    let attribute = head.strip_prefix("#!").is_none_or(|rest| rest.trim_start().starts_with('['));
    if attribute {
        return Cow::Borrowed(text);
    }
    let line = text.find('\n').unwrap_or(text.len());
    Cow::Owned(" ".repeat(line) + &text[line..])
}

/// Several possible values as one.
fn choice(values: Vec<Value>) -> Value {
    let mut flat: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        match value {
            Value::Choice(inner, _) => flat.extend(inner),
            other if flat.last() == Some(&other) => {}
            other => flat.push(other),
        }
    }
    match flat.len() {
        0 => Value::Unknown,
        1 => flat.remove(0),
        _ => Value::Choice(flat, Chosen::Elsewhere),
    }
}
