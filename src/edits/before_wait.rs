//! The fix of `connection-held-across-io`: what is held ends before the wait, or is taken after it.
//!
//! Only where nothing uses it on the other side of the wait. Moves whole statements, and gives up on anything that is
//! not plain. Names no library.

use super::before_lent;
use super::dropped_within::dropped_within;
use super::ended_early::ended_early;
use super::over_both::over_both;
use super::over_held::over_held;
use super::released_within::released_within;
use super::statements::Below;
use super::taken_again::taken_again;
use super::wait_behind::wait_behind;
use crate::checks::Project;
use crate::facts::walk::nodes;
use crate::facts::{Call, Language, Node, ParamKind, Span, Value, VarRef};
use crate::finding::{Applicability, Edit, Fix, lines};
use crate::ownership::release::{Meanwhile, Overlap, What};
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

pub fn fix(project: &Project, overlap: &Overlap) -> Option<Fix> {
    if let Some(fix) = before_lent::fix(project, overlap) {
        return Some(fix);
    }
    let hold = Hold::of(project, overlap)?;
    let used_before = hold.mentions(hold.before());
    let (title, edits) = match used_before || hold.mentions(hold.wait) {
        true => hold
            .in_try(used_before)
            .or_else(|| hold.ended_before(used_before))
            .or_else(|| released_within(&hold))
            .or_else(|| ended_early(&hold))
            .or_else(|| wait_behind(&hold))
            .or_else(|| taken_again(&hold, used_before))?,
        false => hold.taken_after()?,
    };
    let file = project.program.units[overlap.call.file as usize].source;
    let edits = edits.into_iter().map(|(span, text)| Edit { file, span, text }).collect();
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// The fix of `nested-acquire`: the work goes on over what is held, or that is taken when it is first used or ends
/// before.
pub fn apart(project: &Project, overlap: &Overlap) -> Option<Fix> {
    let hold = Hold::of(project, overlap)?;
    let others = || project.releases().overlaps.iter().filter(|other| other.call == overlap.call);
    let place = project.program.call(overlap.at).span;
    let ends = |fix: &Fix| !fix.edits.iter().any(|edit| edit.span.start == hold.head.start);
    let mut waits = others().filter(|other| matches!(other.what, Meanwhile::Waits(_)));
    let over = || over_held(&hold).or_else(|| over_both(&hold));
    if let Some(fix) = waits.find_map(|other| fix(project, other).filter(ends)) {
        // Two mends of one hold would undo each other, but for one that lends it.
        let before = fix.edits.iter().any(|edit| edit.span.start <= place.start);
        let lent = || over().map(|(title, edits)| Fix::new(title, Applicability::Unsafe, edits));
        return if before { Some(fix) } else { lent() };
    }
    let ended = || hold.ended_before(hold.mentions(hold.before())).filter(|_| others().count() == 1);
    let file = project.program.units[overlap.call.file as usize].source;
    let here = |(title, edits): (String, Vec<(Span, String)>)| {
        (title, edits.into_iter().map(|(span, text)| Edit { file, span, text }).collect())
    };
    let found = hold.gone_on().or_else(|| hold.taken_when_used()).map(here).or_else(over);
    let (title, edits) = found.or_else(|| ended().or_else(|| dropped_within(&hold)).map(here))?;
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

impl<'p, 'a> Hold<'p, 'a> {
    fn of(project: &'p Project<'a>, overlap: &'p Overlap) -> Option<Self> {
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

    /// The same line takes it once more, under the same name: that one goes.
    fn gone_on(&self) -> Option<(String, Vec<(Span, String)>)> {
        let at = self.project.program.call(self.overlap.at).span;
        let line = lines::around(self.below.text, at)?;
        let again = self.below.written(line) == self.below.text.get(self.head.range())?;
        let whole = self.wait.end == line.end && !self.is_block;
        let gone = lines::with_blank(self.below.text, line);
        (again && whole).then(|| ("Go on with the one that is held".into(), vec![(gone, String::new())]))
    }

    /// What does not use it goes in front of the lines that take it.
    fn taken_when_used(&self) -> Option<(String, Vec<(Span, String)>)> {
        let statements = self.below.statements()?;
        let unused = statements.into_iter().take_while(|own| !self.mentions(*own)).last()?;
        if unused.end < self.wait.end {
            return None;
        }
        Some(("Take the first one where it is used".into(), self.taken_below(unused.end, true)?))
    }

    /// The wait, or what comes before it, goes in front of the lines that take it.
    fn taken_after(&self) -> Option<(String, Vec<(Span, String)>)> {
        Some(("Take it after the wait".into(), self.taken_below(self.wait.end, false)?))
    }

    /// The lines that take it go below what stands there until `end`; `parted`: with the blank line that stood below
    /// them.
    fn taken_below(&self, end: u32, parted: bool) -> Option<Vec<(Span, String)>> {
        let head = self.below.text.get(self.head.range())?;
        let moved = Span { start: self.head.end, end };
        let written = self.below.written(moved);
        let written = match self.is_block {
            true => lines::shallower(written, self.step()?)?,
            false => lines::unpadded(written).to_string(),
        };
        let rest = self.below.written(Span { start: moved.end, end: self.below.span.end });
        // Below a return it is not there to be ended; what Rust drops need not be.
        let leaves = written.contains("return") && !self.is_rust();
        if rest.trim().is_empty() || leaves {
            return None;
        }
        let whole = Span { start: self.head.start, end: moved.end };
        let blank = if parted && lines::starts_with_end(self.below.text.get(end as usize..)?) { "\n" } else { "" };
        Some(vec![(whole, format!("{written}{blank}{head}"))])
    }

    fn ended_before(&self, used: bool) -> Option<(String, Vec<(Span, String)>)> {
        let after = Span { start: self.wait.start, end: self.hidden()?.start.max(self.wait.start) };
        if !used || self.lends_on() {
            return None;
        }
        if self.is_block {
            return self.block_ended(after);
        }
        let releases = self.releases();
        match releases.as_slice() {
            [(line, method)] => {
                let rest = self.below.written(after).replacen(self.below.written(*line), "", 1);
                let written = self.below.written(*line);
                // What a Rust block ends with is its value.
                let statement = !self.is_rust() || written.trim_end().ends_with(';');
                let own = line.start >= self.wait.end && !lines::mentions(&rest, self.name) && statement;
                let at = Span { start: self.wait.start, end: self.wait.start };
                let gone = self.with_divider(*line)?;
                let title = format!("Call `{method}` before the wait");
                own.then(|| (title, vec![(at, format!("{written}\n")), (gone, String::new())]))
            }
            [] if (self.may_drop() || self.is_taken_again()) && self.is_rust() && !self.mentions(after) => {
                // Where another one takes its name before the wait, it ends before that one is taken.
                let hidden = self.hidden().filter(|it| it.start >= self.wait.end || it.end <= self.wait.start)?;
                let start = hidden.start.min(self.wait.start);
                let at = Span { start, end: start };
                let dropped = format!("{}drop({});\n\n", self.below.indent, self.name);
                Some(("Drop it before the wait".into(), vec![(at, dropped)]))
            }
            _ => None,
        }
    }

    /// Nothing that it did is undone when it is given back.
    pub(super) fn may_drop(&self) -> bool {
        match self.overlap.resource.what {
            What::Catalog(ty) => self.project.program.catalog.ty(ty).row.undo.is_empty(),
            What::Object(_) => true,
        }
    }

    /// Where another one takes its name, so that nothing below means it; else the end of its block.
    fn hidden(&self) -> Option<Span> {
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
    fn is_taken_again(&self) -> bool {
        let (head, again) = (self.below.text.get(self.head.range()), self.hidden());
        again.is_some_and(|again| head == Some(self.below.written(again)))
    }

    /// The line, with the blank one that divides nothing any more.
    fn with_divider(&self, line: Span) -> Option<Span> {
        let text = self.below.text;
        let gone = lines::with_blank(text, line);
        let last = text.get(gone.end as usize..)?.trim_start().starts_with('}');
        let parted = lines::ends_with_blank(text.get(..gone.start as usize)?);
        Some(Span { start: gone.start - u32::from(last && parted), ..gone })
    }

    pub(super) fn is_rust(&self) -> bool {
        self.project.program.language(self.f.file) == Language::Rust
    }

    /// The statement that waits is a `try` whose `finally` gives it back: what comes before its first use goes in front of
    /// the lines that take it, what follows its last one behind the `finally`.
    fn in_try(&self, used: bool) -> Option<(String, Vec<(Span, String)>)> {
        let (text, head) = (self.below.text, self.below.text.get(self.head.range())?);
        let mut at = self.wait.start;
        let mut lines = self.below.written(self.wait).split_inclusive('\n');
        let opens = |line: &&str| {
            at += line.len() as u32;
            matches!(line.trim(), "try {" | "try:")
        };
        lines.find(opens).filter(|_| !self.is_block)?;
        let deep = lines::indent(text.get(at as usize..)?.lines().find(|line| !line.trim().is_empty())?);
        let step = deep.strip_prefix(self.below.indent).filter(|step| !step.is_empty())?;
        let body = Below::at(text, at, deep)?;
        let rest = self.below.written(Span { start: body.span.end, end: self.wait.end });
        let clauses = rest.lines().filter(|line| lines::indent(line) == self.below.indent && line.len() > deep.len());
        let only = clauses.map(str::trim).eq([if rest.contains("} finally {") { "} finally {" } else { "finally:" }]);
        let place = self.project.program.call(self.overlap.at).span;
        let wait = body.statements()?.into_iter().find(|own| own.start <= place.start && place.end <= own.end)?;
        let (before, upto) = (Span { end: wait.start, ..body.span }, Span { end: wait.end, ..body.span });
        let tail = Span { start: wait.start, end: body.span.end };
        if !only || self.mentions(tail) && self.mentions(upto) {
            return None;
        }
        if !used && !self.mentions(upto) {
            let between = text.get(self.head.end as usize..at as usize)?;
            let moved = lines::shallower(body.written(upto), step)?;
            let whole = Span { start: self.head.start, end: wait.end };
            return Some(("Take it after the wait".into(), vec![(whole, format!("{moved}{head}{between}"))]));
        }
        let declared = body.written(before).lines().filter_map(|line| {
            let rest = ["const ", "let "].iter().find_map(|word| line.trim().strip_prefix(word))?;
            Some(rest.split('=').next()?.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$'))
        });
        let mut names = declared.flatten().filter(|name| !name.is_empty());
        let seen = names.any(|name| lines::mentions(body.written(tail), name));
        let moved = lines::shallower(body.written(tail), step).filter(|_| !seen && !self.mentions(tail))?;
        let end = Span { start: self.wait.end, end: self.wait.end };
        let title = "Give it back before the wait".into();
        (before.start < before.end).then(|| (title, vec![(tail, String::new()), (end, moved)]))
    }

    /// What waits, and what follows it, leaves the block.
    fn block_ended(&self, after: Span) -> Option<(String, Vec<(Span, String)>)> {
        let step = self.step()?;
        let written = self.below.written(after);
        let gone_on = !self.mentions(after) && !step.is_empty();
        let moved = lines::shallower(written, step).filter(|_| gone_on)?;
        Some(("End the block before the wait".into(), vec![(after, moved)]))
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
