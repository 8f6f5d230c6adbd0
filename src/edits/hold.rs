//! What is held over a wait, as the text of its function shows it: the lines that take it, what stands below them, and
//! what may be done with it there.
//!
//! Text and facts of one function; gives up on anything that is not plain. Names no library.

use super::statements::Below;
use crate::catalog::words::release::LOCKING;
use crate::checks::Project;
use crate::facts::walk::nodes;
use crate::facts::{Call, Language, Node, ParamKind, Span, Value, VarRef};
use crate::finding::lines;
use crate::ownership::release::{Overlap, What};
use crate::program::{CallRef, FnRef};

/// What is held over a wait.
pub(super) struct Hold<'p, 'a> {
    pub(super) project: &'p Project<'a>,
    pub(super) f: FnRef,
    pub(super) overlap: &'p Overlap,
    pub(super) var: VarRef,
    pub(super) name: &'p str,
    /// The lines that take it.
    pub(super) head: Span,
    /// It is held by a block, which ends it.
    pub(super) is_block: bool,
    pub(super) below: Below<'p>,
    /// The statement that waits.
    pub(super) wait: Span,
}

impl<'p, 'a> Hold<'p, 'a> {
    pub(super) fn of(project: &'p Project<'a>, overlap: &'p Overlap) -> Option<Self> {
        let program = &project.program;
        let f = FnRef { file: overlap.call.file, id: program.call(overlap.call).function };
        let (at, plain) =
            (program.call(overlap.at), overlap.at.file == f.file && !overlap.lent && overlap.asked.is_none());
        let facts = program.facts(f.file);
        if !plain || at.function != f.id {
            return None;
        }
        let (var, start, is_block) = nodes(&program.function(f).body).find_map(|node| match node {
            Node::Bind { target: Value::Var(var), value: Value::Call(id), span } if *id == overlap.call.id => {
                Some((*var, span.start, false))
            }
            Node::Scope { resource: Value::Call(id), bound: Some(Value::Var(var)), span, .. }
                if *id == overlap.call.id =>
            {
                Some((*var, span.start, true))
            }
            _ => None,
        })?;
        let text = &*project.inputs.files.get(program.units[f.file as usize].source.index())?.text;
        let head = lines::around(text, Span { start, end: start })?;
        let below = match is_block {
            true => {
                let first = text.get(head.end as usize..)?.lines().find(|line| !line.trim().is_empty())?;
                Below::at(text, head.end, lines::indent(first))?
            }
            false => Below::of(text, head)?,
        };
        let wait = below.statements()?.into_iter().find(|own| own.start <= at.span.start && at.span.end <= own.end)?;
        let name = &facts.local(var).name;
        let hold = Self { project, f, overlap, var, name, head, is_block, below, wait };
        hold.is_whole().then_some(hold)
    }

    /// Nothing but taking it stands on its lines.
    fn is_whole(&self) -> bool {
        let head = self.below.text.get(self.head.range()).unwrap_or_default().trim();
        let ends = match self.project.program.language(self.f.file) {
            Language::Python if self.is_block => head.ends_with(&format!(" as {}:", self.name)) && !head.contains(", "),
            Language::Python => head.starts_with(&format!("{} = ", self.name)) && head.ends_with(')'),
            _ => !self.is_block && ["let ", "const "].iter().any(|word| head.starts_with(word)) && head.ends_with(';'),
        };
        ends && !self.name.is_empty()
    }

    /// How much deeper its block stands than the lines that take it.
    pub(super) fn step(&self) -> Option<&'p str> {
        let head = self.below.text.get(self.head.range())?;
        self.below.indent.strip_prefix(lines::indent(head))
    }

    pub(super) fn before(&self) -> Span {
        Span { start: self.head.end, end: self.wait.start }
    }

    pub(super) fn text(&self, span: Span) -> &'p str {
        self.below.text.get(span.range()).unwrap_or_default()
    }

    pub(super) fn mentions(&self, span: Span) -> bool {
        lines::mentions(self.below.written(span), self.name)
    }

    /// What is done while it is held is done under a lock: the wait may be meant to be.
    pub(super) fn locks(&self) -> bool {
        let written = self.below.written(Span { start: self.head.start, end: self.wait.start }).to_lowercase();
        LOCKING.iter().any(|word| written.contains(word))
    }

    /// Nothing that it did is undone when it is given back.
    pub(super) fn may_drop(&self) -> bool {
        match self.overlap.resource.what {
            What::Catalog(ty) => self.project.program.catalog.ty(ty).row.undo.is_empty(),
            What::Object(_) => true,
        }
    }

    /// Where another one takes its name, so that nothing below means it; else the end of its block.
    pub(super) fn hidden(&self) -> Option<Span> {
        let end = Span { start: self.below.span.end, end: self.below.span.end };
        let statements = self.below.statements()?;
        Some(statements.into_iter().find(|own| self.names_anew(self.below.written(*own))).unwrap_or(end))
    }

    /// The statement gives the name to another one.
    pub(super) fn names_anew(&self, statement: &str) -> bool {
        let rest = statement.trim_start().strip_prefix("let ").filter(|_| self.is_rust());
        rest.and_then(|rest| rest.strip_prefix("mut ").unwrap_or(rest).strip_prefix(self.name))
            .and_then(|rest| rest.strip_prefix(" = "))
            .is_some_and(|value| !lines::mentions(&value.replace(&format!(".{}", self.name), "."), self.name))
    }

    /// The lines that take it stand there once more: the first one was not meant to last.
    pub(super) fn is_taken_again(&self) -> bool {
        let (head, again) = (self.below.text.get(self.head.range()), self.hidden());
        again.is_some_and(|again| head == Some(self.below.written(again)))
    }

    pub(super) fn is_rust(&self) -> bool {
        self.project.program.language(self.f.file) == Language::Rust
    }

    /// The calls that end it, each a statement of its own in the block.
    pub(super) fn releases(&self) -> Vec<(Span, &'p str)> {
        let program = &self.project.program;
        let What::Catalog(ty) = self.overlap.resource.what else { return Vec::new() };
        let own = program.facts(self.f.file).calls.iter().filter(|call| call.function == self.f.id);
        let method = |call: &'p Call| match &call.callee {
            Value::Member(base, name) if **base == Value::Var(self.var) && program.catalog.releases(ty, name) => {
                Some((call, name.as_str()))
            }
            _ => None,
        };
        let line = |(call, name): (&Call, &'p str)| {
            let line = lines::around(self.below.text, call.span)?;
            Some((line, name))
        };
        own.filter_map(method).filter_map(line).collect()
    }

    /// Something that was made of it before the wait still has it, and is used from the wait on.
    pub(super) fn lends_on(&self) -> bool {
        let (program, text) = (&self.project.program, self.below.text);
        let after = self.below.written(Span { start: self.wait.start, end: self.below.span.end });
        let facts = program.facts(self.f.file);
        let used = |target: &Value| match target {
            Value::Var(var) => lines::mentions(after, &facts.local(*var).name),
            _ => false,
        };
        let end = self.hidden().map_or(self.wait.start, |hidden| hidden.start.min(self.wait.start));
        let lends = |node: &'a Node| match node {
            Node::Bind { target, value, span } if span.start >= self.head.end && span.end <= end => {
                let written = lines::around(text, *span).and_then(|line| text.get(line.range())).unwrap_or_default();
                let whole = text.get(span.range()).unwrap_or_default();
                let taken = lines::mentions(written, self.name) || lines::mentions(whole, self.name);
                taken && used(target) && (written.contains("'_") || self.keeps(value))
            }
            _ => false,
        };
        nodes(&program.function(self.f).body).any(lends)
    }

    /// What a call gives back may hold on to what it was given.
    fn keeps(&self, value: &'a Value) -> bool {
        let program = &self.project.program;
        let Value::Call(id) = value else { return true };
        let call = CallRef { file: self.f.file, id: *id };
        // What a method makes of a result holds on to no more than that does.
        if let (Value::Member(base, _), false) = (&program.call(call).callee, program.call(call).awaited)
            && matches!(**base, Value::Call(_))
            && !program.call(call).args.iter().any(|arg| arg.value.holds(&|part| self.is_lent(part)))
        {
            return self.keeps(base);
        }
        let own = program.eval(self.f, value).concept().is_some_and(|ty| program.catalog.ty(ty).owns);
        let target = self.project.graph.target(call).and_then(|target| target.functions.first());
        let awaited = program.call(call).awaited;
        let Some(f) = target.filter(|_| !own) else { return own || !awaited };
        let text = self.project.inputs.files.get(program.units[f.file as usize].source.index()).map(|file| &*file.text);
        // The object itself may have a lifetime.
        if !awaited && text.is_none_or(|text| text.contains("impl<'")) {
            return true;
        }
        let head = text.and_then(|text| text.get(program.function(*f).span.range())).unwrap_or_default();
        let at = program.call(call).args.iter().position(|arg| self.is_lent(&arg.value));
        let head = head.split_once('{').map_or("", |(head, _)| head);
        borrows(
            head,
            at.filter(|_| program.function(*f).params.first().is_none_or(|param| param.kind != ParamKind::Receiver)),
        )
    }

    /// It, or a reference to it.
    fn is_lent(&self, value: &Value) -> bool {
        *value == Value::Var(self.var)
    }
}

/// Whether what a function gives back may hold on to an argument: it has a lifetime, and no other than that of the
/// parameter is sure.
fn borrows(head: &str, argument: Option<usize>) -> bool {
    let Some((takes, gives)) = head.rsplit_once("->") else { return false };
    let gives = gives.split_once("where").map_or(gives, |(gives, _)| gives);
    if !gives.contains(['\'', '&']) {
        return false;
    }
    let params = takes.split_once('(').map_or("", |(_, params)| params);
    let param = argument.and_then(|at| list(params).nth(at));
    let unnamed = gives.matches('&').count() != gives.matches("&'").count() || gives.contains("'_");
    let names: Vec<&str> = gives
        .split('\'')
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next())
        .collect();
    unnamed || param.is_none_or(|param| names.iter().any(|name| param.contains(&format!("'{name}"))))
}

/// The parts of a list between commas, those within brackets apart.
fn list(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |c| {
        match c {
            '(' | '<' | '[' => depth += 1,
            ')' | '>' | ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::borrows;

    #[test]
    fn what_is_given_back_holds_on_to_what_has_its_lifetime() {
        let named = "async fn f<'a>(db: &Client, names: &'a [&'a str]) -> Result<HashMap<&'a str, u32>>";
        assert!(!borrows(named, Some(0)));
        assert!(borrows(named, Some(1)) && borrows(named, None));
        assert!(borrows("fn f(db: &Client) -> State<'_>", Some(0)));
        assert!(borrows("fn f<'db>(db: &'db Client) -> State<'db>", Some(0)));
        assert!(borrows("fn f(db: &Client) -> &str", Some(0)));
        assert!(!borrows("fn f(db: &Client) -> String", Some(0)));
        assert!(!borrows("fn f<R>(db: &Client) -> Option<R> where R: for<'a> Read<'a>", Some(0)));
    }
}
