//! The fix of `connection-not-released` where only some ways lead to a release, or none does: all that follows in the
//! block goes into a `try`, the release into its `finally`, or into a `with` where the language's own block does it.
//!
//! Releases that stand there already go. Moves text, line by line, and gives up where something that was opened may
//! still be at work after the block. Names no library.

use super::take_out::is_among;
use super::try_finally::{bound, end};
use crate::catalog::schema::TypeRow;
use crate::checks::Project;
use crate::facts::{Call, FileFacts, FnId, Function, Language, Node, Span, Value, VarRef, returned};
use crate::finding::{Applicability, Edit, Fix, Style, lines};
use crate::ownership::release::{Leak, Path, What};
use crate::program::{CallRef, FnRef};
use crate::values::flow::mentions;

/// What a function holds, and the variable that holds it.
struct Held<'p, 'a> {
    project: &'p Project<'a>,
    f: FnRef,
    facts: &'p FileFacts,
    function: &'p Function,
    text: &'p str,
    var: VarRef,
    bind: Span,
    /// Of the last statement in its block.
    last: u32,
    row: Option<&'p TypeRow>,
}

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let held = Held::of(project, leak)?;
    let releases = held.releases(leak);
    if !held.is_plain() || held.outlives(leak, &releases) {
        return None;
    }
    let (title, span, text) = held.rewritten(leak, &releases)?;
    let file = project.program.units[leak.call.file as usize].source;
    Some(Fix { title: title.into(), applicability: Applicability::Unsafe, edits: vec![Edit { file, span, text }] })
}

impl<'p, 'a> Held<'p, 'a> {
    fn of(project: &'p Project<'a>, leak: &Leak) -> Option<Self> {
        let program = &project.program;
        let f = FnRef { file: leak.call.file, id: program.call(leak.call).function };
        let known = matches!(leak.path, Path::Never | Path::Return(_) | Path::Throw(_) | Path::Caught(_) | Path::End);
        if !known || leak.deferred || f.id == FnId::TOP || program.language(f.file) == Language::Rust {
            return None;
        }
        let (facts, function) = (program.facts(f.file), program.function(f));
        let (var, bind, rest) = bound(&function.body, leak.call.id, 0)?;
        let only = program.bound(f.file, var).len() == 1 && var.function == f.id;
        let text = &*project.inputs.files.get(program.units[f.file as usize].source.index())?.text;
        let last = rest.iter().filter_map(|node| end(facts, node)).max().filter(|_| only)?;
        let row = match leak.resource.what {
            What::Catalog(ty) => Some(&program.catalog.ty(ty).row),
            What::Object(_) => None,
        };
        // What may end in two ways is not for a `finally`.
        row.is_none_or(|row| row.undo.is_empty()).then_some(Self {
            project,
            f,
            facts,
            function,
            text,
            var,
            bind,
            last,
            row,
        })
    }

    fn name(&self) -> &'p str {
        &self.facts.local(self.var).name
    }

    fn is_own(&self, value: &Value) -> bool {
        *value == Value::Var(self.var)
    }

    /// Calls of a method on it, in the function itself.
    fn calls(&self) -> impl Iterator<Item = (CallRef, &'p Call, &'p str)> {
        let own = self.facts.calls.iter().enumerate().filter(|(_, call)| call.function == self.f.id);
        own.filter_map(|(id, call)| match &call.callee {
            Value::Member(base, name) if self.is_own(base) => {
                let call_ref = CallRef { file: self.f.file, id: crate::facts::CallId(id as u32) };
                Some((call_ref, call, name.as_str()))
            }
            _ => None,
        })
    }

    fn releases(&self, leak: &Leak) -> Vec<(CallRef, &'p Call)> {
        let program = &self.project.program;
        let releasing = |name: &str| match leak.resource.what {
            What::Catalog(ty) => program.catalog.releases(ty, name),
            What::Object(_) => leak.ends.iter().any(|end| end == name),
        };
        self.calls().filter(|(_, _, name)| releasing(name)).map(|(id, call, _)| (id, call)).collect()
    }

    /// No other function has it, and nothing else can be at work on it when the block is done.
    fn is_plain(&self) -> bool {
        let inner = |call: &&Call| call.function != self.f.id && self.facts.is_within(self.f.id, call.function);
        let reads = |call: &Call| self.reads(&call.callee) || call.args.iter().any(|arg| self.reads(&arg.value));
        let captured = self.facts.calls.iter().filter(inner).any(reads);
        let generator = self.function.flags.generator && self.facts.language == Language::Script;
        !captured && !generator
    }

    /// What is returned or begun may still need it after the block.
    fn outlives(&self, leak: &Leak, releases: &[(CallRef, &Call)]) -> bool {
        let script = self.facts.language == Language::Script;
        let mut values = Vec::new();
        returned(&self.function.body, &mut values);
        let begun = |call: &CallRef| {
            let data = self.project.program.call(*call);
            let direct = matches!(&data.callee, Value::Member(base, _) if self.is_own(base));
            !data.awaited && (direct || script && self.reads(&Value::Call(call.id)))
        };
        let pending = |value: &Value| match value {
            Value::Call(id) => begun(&CallRef { file: self.f.file, id: *id }),
            value => self.reads(value),
        };
        let kept = |value: &&Value| match value {
            Value::Var(var) => self.project.program.bound(self.f.file, *var).iter().any(|bound| pending(bound.value)),
            value => pending(value),
        };
        let lost = |node: &Node| {
            matches!(node, Node::Call(id) if {
                let call = CallRef { file: self.f.file, id: *id };
                begun(&call) && !releases.iter().any(|(release, _)| *release == call)
            })
        };
        let unheard = script && leak.path == Path::Never && self.function.flags.is_async;
        values.iter().any(kept) || unheard && anywhere(&self.function.body, &lost)
    }

    fn reads(&self, value: &Value) -> bool {
        mentions(&self.project.program, self.f.file, value, 0, &mut |part| self.is_own(part))
    }

    fn rewritten(&self, leak: &Leak, releases: &[(CallRef, &Call)]) -> Option<(&'static str, Span, String)> {
        let head = lines::around(self.text, self.bind)?;
        let first = self.text.get(head.range())?;
        let indent = lines::indent(first);
        let length = lines::block_length(self.text.get(head.end as usize..)?, indent).filter(|_| !indent.is_empty())?;
        let body = Span::new(head.end as usize, head.end as usize + length);
        let (close, gone) = self.close(leak, releases, body)?;
        let rest = self.text.get(body.end as usize..self.function.span.end as usize).unwrap_or_default();
        let python = self.facts.language == Language::Python;
        if self.last > body.end || python && lines::mentions(rest, self.name()) || !self.is_declared(first) {
            return None;
        }
        let kept = without(self.text, body, &gone)?;
        let kept = lines::unpadded(&kept);
        if kept.is_empty() {
            return None;
        }
        let step = if python && !indent.contains('\t') { "    " } else { lines::step(self.text) };
        let moved = lines::deeper(kept, step)?;
        if let Some(with) = self.with_head(first, &close) {
            let span = Span { start: head.start, end: body.end };
            return Some(("Open it in a `with` block", span, format!("{with}{moved}")));
        }
        let (open, finally, done) = if python { ("try:", "finally:", "") } else { ("try {", "} finally {", "}\n") };
        let done = if done.is_empty() { String::new() } else { format!("{indent}{done}") };
        let whole = format!("{indent}{open}\n{moved}{indent}{finally}\n{indent}{step}{close}\n{done}");
        Some(("Release it in `finally`", body, whole))
    }

    /// The statement that releases, and the lines of those that are there.
    fn close(&self, leak: &Leak, releases: &[(CallRef, &Call)], body: Span) -> Option<(String, Vec<Span>)> {
        let mut gone = Vec::new();
        let mut written: Option<&str> = None;
        for (id, call) in releases {
            let line =
                lines::around(self.text, call.span).filter(|line| body.start <= line.start && line.end <= body.end)?;
            let statement = self.text.get(line.range())?.trim();
            let own = self.text.get(call.span.range())?;
            let bare = statement.trim_end_matches(';');
            let alone = bare == own || bare.strip_prefix("await ") == Some(own);
            let same = written.is_none_or(|other| other.trim_end_matches(';') == bare);
            (alone && same && is_among(&self.function.body, id.id)).then_some(())?;
            written = Some(statement);
            gone.push(line);
        }
        let statement = match written {
            Some(statement) => statement.to_string(),
            None => self.new_release(leak)?,
        };
        Some((statement, gone))
    }

    fn new_release(&self, leak: &Leak) -> Option<String> {
        let program = &self.project.program;
        let method = match leak.resource.what {
            What::Catalog(_) => self.row?.release.first()?.clone(),
            What::Object(_) => leak.ends.first()?.clone(),
        };
        if method.contains('.') {
            return None;
        }
        let waited = self.calls().any(|(_, call, _)| call.awaited) || program.call(leak.call).awaited;
        let wait = self.row.and_then(|row| row.release_awaited).unwrap_or(waited);
        if wait && !self.function.flags.is_async {
            return None;
        }
        let end = if self.facts.language == Language::Script { Style::of(self.text).end() } else { "" };
        Some(format!("{}{}.{method}(){end}", if wait { "await " } else { "" }, self.name()))
    }

    /// The lines declare it and nothing else.
    fn is_declared(&self, first: &str) -> bool {
        let line = first.trim_start();
        let rest = ["const ", "let ", "var "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
        rest.strip_prefix(self.name()).is_some_and(|rest| rest.starts_with([' ', '=', ':']))
    }

    /// The head of the block that closes by itself.
    fn with_head(&self, first: &str, close: &str) -> Option<String> {
        let manager = self.facts.language == Language::Python && self.row.is_some_and(|row| row.context_manager);
        let (indent, name) = (lines::indent(first), self.name());
        let expression = first.trim().strip_prefix(&format!("{name} = "))?;
        let plain = manager
            && !close.starts_with("await ")
            && !expression.starts_with("await ")
            && !expression.contains(['#', '\n']);
        let waits = self.calls().any(|(_, call, _)| call.awaited);
        (plain && !waits).then(|| format!("{indent}with {expression} as {name}:\n"))
    }
}

/// The text of a span without some of its lines.
fn without(text: &str, span: Span, gone: &[Span]) -> Option<String> {
    let mut gone: Vec<Span> = gone.iter().map(|line| lines::with_blank(text, *line)).collect();
    gone.sort();
    gone.dedup();
    let (mut at, mut kept) = (span.start, String::new());
    for line in gone {
        kept.push_str(text.get(at as usize..line.start as usize)?);
        at = line.end.min(span.end);
    }
    kept.push_str(text.get(at as usize..span.end as usize)?);
    Some(kept)
}

fn anywhere(block: &[Node], test: &dyn Fn(&Node) -> bool) -> bool {
    block.iter().any(|node| test(node) || node.blocks().any(|inner| anywhere(inner, test)))
}
