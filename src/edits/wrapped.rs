//! The fix of `connection-not-released` where only some ways lead to a release, or none does: what uses it goes into a
//! `try`, the release into its `finally`, or into a `with` where the language's own block does it.
//!
//! Releases that stand there already go. Moves whole statements up to the last use, so that nothing is held for longer,
//! and gives up where something that was begun may still be at work then. Names no library.

use super::statements::Below;
use super::take_out::is_among;
use crate::catalog::schema::{Role, TypeRow};
use crate::checks::Project;
use crate::facts::walk::nodes;
use crate::facts::{
    Arg, Call, CallId, CallKind, FileFacts, FnId, Function, Language, LocalKind, Node, Span, Value, VarRef, returned,
};
use crate::finding::{Applicability, Edit, Fix, lines};
use crate::ownership::release::{Leak, Path, What, is_kept_by_with};
use crate::program::{CallRef, FnRef};
use crate::values::flow::mentions;

/// What a function holds, and the variable that holds it.
struct Held<'p, 'a> {
    project: &'p Project<'a>,
    leak: &'p Leak,
    f: FnRef,
    facts: &'p FileFacts,
    function: &'p Function,
    text: &'p str,
    var: VarRef,
    /// The lines that take it.
    head: Span,
    /// The parameter that may have been given it: then whoever gave it releases it.
    given: Option<&'p str>,
    below: Below<'p>,
    row: Option<&'p TypeRow>,
}

pub fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    let held = Held::of(project, leak)?;
    let releases = held.releases();
    if !held.is_plain() || held.outlives(&releases) {
        return None;
    }
    let (title, edits) = held.rewritten(&releases)?;
    let file = project.program.units[leak.call.file as usize].source;
    let edits = edits.into_iter().map(|(span, text)| Edit { file, span, text }).collect();
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

impl<'p, 'a> Held<'p, 'a> {
    fn of(project: &'p Project<'a>, leak: &'p Leak) -> Option<Self> {
        let program = &project.program;
        let f = FnRef { file: leak.call.file, id: program.call(leak.call).function };
        let known = matches!(leak.path, Path::Never | Path::Return(_) | Path::Throw(_) | Path::Caught(_) | Path::End);
        if !known || leak.deferred || f.id == FnId::TOP || program.language(f.file) == Language::Rust {
            return None;
        }
        let (facts, function) = (program.facts(f.file), program.function(f));
        let text = &*project.inputs.files.get(program.units[f.file as usize].source.index())?.text;
        let built = Value::Call(leak.call.id);
        let parameter = |value: &Value| match value {
            Value::Var(var) if var.function == f.id => {
                let local = facts.local(*var);
                matches!(local.kind, LocalKind::Param).then_some(local.name.as_str())
            }
            _ => None,
        };
        let (var, span, given) = nodes(&function.body).find_map(|node| match node {
            Node::Bind { target: Value::Var(var), value, span } if *value == built => Some((*var, *span, None)),
            Node::Bind { target: Value::Var(var), value: Value::Choice(values, _), span }
                if values.contains(&built) =>
            {
                let other = values.iter().find(|value| **value != built).and_then(parameter);
                other.filter(|_| values.len() == 2).map(|name| (*var, *span, Some(name)))
            }
            _ => None,
        })?;
        let bound = program.bound(f.file, var).len();
        let only = bound == 1 && var.function == f.id;
        let row = match leak.resource.what {
            What::Catalog(ty) => Some(&program.catalog.ty(ty).row),
            What::Object(_) => None,
        };
        let head = lines::around(text, span)?;
        let below = Below::of(text, head)?;
        // What may end in two ways is not for a `finally`.
        let fits = only && row.is_none_or(|row| row.undo.is_empty());
        fits.then_some(Self { project, leak, f, facts, function, text, var, head, given, below, row })
    }

    fn name(&self) -> &'p str {
        &self.facts.local(self.var).name
    }

    fn is_script(&self) -> bool {
        self.facts.language == Language::Script
    }

    fn is_own(&self, value: &Value) -> bool {
        *value == Value::Var(self.var)
    }

    /// Calls of a method on it, in the function itself.
    fn calls(&self) -> impl Iterator<Item = (CallRef, &'p Call, &'p str)> {
        let own = self.facts.calls.iter().enumerate().filter(|(_, call)| call.function == self.f.id);
        own.filter_map(|(id, call)| match &call.callee {
            Value::Member(base, name) if self.is_own(base) => {
                Some((CallRef { file: self.f.file, id: CallId(id as u32) }, call, name.as_str()))
            }
            _ => None,
        })
    }

    fn releases(&self) -> Vec<(CallRef, &'p Call)> {
        let program = &self.project.program;
        let releasing = |name: &str| match self.leak.resource.what {
            What::Catalog(ty) => program.catalog.releases(ty, name),
            What::Object(_) => self.leak.ends.iter().any(|end| end == name),
        };
        self.calls().filter(|(_, _, name)| releasing(name)).map(|(id, call, _)| (id, call)).collect()
    }

    /// No other function has it.
    fn is_plain(&self) -> bool {
        let inner = |call: &&Call| call.function != self.f.id && self.facts.is_within(self.f.id, call.function);
        let reads = |call: &Call| self.reads(&call.callee) || call.args.iter().any(|arg| self.reads(&arg.value));
        let captured = self.facts.calls.iter().filter(inner).any(reads);
        !captured && !(self.is_script() && (self.function.flags.generator || !self.function.flags.is_async))
    }

    /// What is returned or begun may still need it after the block.
    fn outlives(&self, releases: &[(CallRef, &Call)]) -> bool {
        let mut values = Vec::new();
        returned(&self.function.body, &mut values);
        let holders = self.holders();
        let holds = |value: &Value| matches!(value, Value::Var(var) if holders.contains(var));
        let begun = |call: CallRef| {
            let data = self.project.program.call(call);
            let direct = matches!(&data.callee, Value::Member(base, _) if self.works_over(base, &holders));
            let lent = || data.args.iter().any(|arg| self.is_lent(&arg.value) || holds(&arg.value));
            !data.awaited
                && !self.is_view(call)
                && (direct && !self.is_told(call) || self.is_script() && !self.is_object(call) && lent())
        };
        let pending = |value: &Value| match value {
            Value::Call(id) => begun(CallRef { file: self.f.file, id: *id }),
            value => holds(value),
        };
        let kept = |value: &Value| match value {
            Value::Var(var) => {
                let bound = self.project.program.bound(self.f.file, *var);
                pending(value) || bound.iter().any(|bound| bound.value.holds(&pending))
            }
            value => pending(value),
        };
        let lost = |node: &Node| {
            matches!(node, Node::Call(id) if {
                let call = CallRef { file: self.f.file, id: *id };
                begun(call) && !releases.iter().any(|(release, _)| *release == call)
            })
        };
        values.iter().any(|value| value.holds(&kept))
            || self.is_script() && (nodes(&self.function.body).any(lost) || self.is_captured(&holders))
    }

    /// One of the variables, or a view of what is in it.
    fn works_over(&self, value: &Value, holders: &[VarRef]) -> bool {
        match value {
            Value::Var(var) => holders.contains(var),
            Value::Call(id) if self.is_script() => {
                let call = CallRef { file: self.f.file, id: *id };
                let callee = &self.facts.call(*id).callee;
                self.is_view(call) && matches!(callee, Value::Member(base, _) if self.works_over(base, holders))
            }
            _ => false,
        }
    }

    /// The variable itself, and those that have a view of it, or an object that was given one of them: there, work goes on
    /// until it is waited for.
    fn holders(&self) -> Vec<VarRef> {
        let mut found = vec![self.var];
        if !self.is_script() {
            return found;
        }
        for node in nodes(&self.function.body) {
            let Node::Bind { target: Value::Var(var), value: Value::Call(id), .. } = node else { continue };
            let call = CallRef { file: self.f.file, id: *id };
            let data = self.facts.call(*id);
            let holds = |value: &Value| matches!(value, Value::Var(var) if found.contains(var));
            let view = self.works_over(&Value::Call(*id), &found);
            let object = self.is_object(call) && data.args.iter().any(|arg| holds(&arg.value));
            if (view || object) && !found.contains(var) {
                found.push(*var);
            }
        }
        found
    }

    /// The call gives what works over what it is called on, and begins nothing.
    fn is_view(&self, call: CallRef) -> bool {
        let program = &self.project.program;
        let call = program.call(call);
        let Value::Member(base, name) = &call.callee else { return false };
        let ty = program.eval(self.f, base).concept();
        let method = ty.and_then(|ty| program.catalog.method(ty, name));
        !call.awaited && method.is_some_and(|method| method.role == Role::View)
    }

    /// The call makes an object of a class of the project.
    fn is_object(&self, call: CallRef) -> bool {
        let class = self.project.graph.target(call).and_then(|target| target.class);
        self.facts.call(call.id).kind == CallKind::New && class.is_some()
    }

    /// A function within has something that works over it.
    fn is_captured(&self, holders: &[VarRef]) -> bool {
        let inner = |call: &&Call| call.function != self.f.id && self.facts.is_within(self.f.id, call.function);
        let is_one = |part: &Value| matches!(part, Value::Var(var) if *var != self.var && holders.contains(var));
        let has = |value: &Value| mentions(&self.project.program, self.f.file, value, &mut |part| is_one(part));
        let reads = |call: &Call| has(&call.callee) || call.args.iter().any(|arg| has(&arg.value));
        self.facts.calls.iter().filter(inner).any(reads)
    }

    /// The method is done when it returns, and what it returns is a record or an object that it makes itself.
    fn is_told(&self, call: CallRef) -> bool {
        let program = &self.project.program;
        let target = self.project.graph.target(call);
        let [f] = target.map_or(&[][..], |target| target.functions.as_slice()) else { return false };
        let function = program.function(*f);
        let mut values = Vec::new();
        returned(&function.body, &mut values);
        let fresh = |value: &&Value| match value {
            Value::Record { .. } | Value::Literal(_) => true,
            Value::Call(id) => {
                let data = program.facts(f.file).call(*id);
                let own = |arg: &Arg| arg.value.holds(&|part| *part == Value::This);
                data.kind == CallKind::New && !data.args.iter().any(own)
            }
            _ => false,
        };
        let made = !values.is_empty() && values.iter().all(fresh);
        made && !function.flags.is_async && !function.flags.generator
    }

    fn reads(&self, value: &Value) -> bool {
        mentions(&self.project.program, self.f.file, value, &mut |part| self.is_own(part))
    }

    /// It, or what a call that nobody waits for makes of it.
    fn is_lent(&self, value: &Value) -> bool {
        value.holds(&|part| match part {
            Value::Call(id) => {
                let call = self.facts.call(*id);
                let direct = self.is_own(call.callee.root());
                !call.awaited && (direct || call.args.iter().any(|arg| self.is_lent(&arg.value)))
            }
            part => self.is_own(part.root()),
        })
    }

    fn rewritten(&self, releases: &[(CallRef, &Call)]) -> Option<(&'static str, Vec<(Span, String)>)> {
        let first = self.text.get(self.head.range())?;
        let statements = self.below.statements()?;
        let close = self.close(releases, &statements)?;
        if releases.is_empty() && self.is_unclear() {
            return None;
        }
        let kept: Vec<Span> = statements.into_iter().filter(|own| !close.gone.contains(own)).collect();
        let names = self.derived(&kept);
        let uses = |own: &Span| names.iter().any(|name| lines::mentions(self.below.written(*own), name));
        let last = kept.iter().rposition(uses)?;
        let held = close.gone.iter().map(|own| own.start).max().unwrap_or_default();
        let (last, outside) = match self.with_what_it_declares(&kept, last, held) {
            Some(last) => (last, Vec::new()),
            None => (last, self.declared_outside(&kept, last)?),
        };
        let body = Span { start: self.head.end, end: kept.get(last)?.end };
        if !self.is_declared(first) {
            return None;
        }
        let mut inner = without(self.text, body, &close.lines_gone())?;
        let mut before = String::new();
        for declared in outside {
            before.push_str(&declared.before(self.below.indent));
            inner = inner.replacen(&declared.written(self.below.indent), &declared.assigned(self.below.indent), 1);
        }
        let step = if self.is_script() || self.below.indent.contains('\t') { lines::step(self.text) } else { "    " };
        let moved = lines::deeper(lines::unpadded(&inner), step).filter(|moved| !moved.is_empty())?;
        let after = close.lines_gone().into_iter().filter(|line| line.start >= body.end);
        let mut edits: Vec<(Span, String)> =
            after.map(|line| (lines::with_blank(self.text, line), String::new())).collect();
        if let Some(with) = self.with_head(first, &close) {
            edits.insert(0, (Span { start: self.head.start, end: body.end }, format!("{with}{moved}")));
            return Some(("Open it in a `with` block", edits));
        }
        let indent = self.below.indent;
        let (open, finally, done) = match self.is_script() {
            true => ("try {", "} finally {", format!("{indent}}}\n")),
            false => ("try:", "finally:", String::new()),
        };
        let last = lines::deeper(&close.written, &format!("{indent}{step}"))?;
        let whole = format!("{before}{indent}{open}\n{moved}{indent}{finally}\n{last}{done}");
        edits.insert(0, (body, whole));
        edits.extend(close.before.map(|text| (Span { start: self.head.start, end: self.head.start }, text)));
        Some(("Release it in `finally`", edits))
    }

    /// It, and what is made of it: another resource, or something that it was given to.
    fn derived(&self, statements: &[Span]) -> Vec<&'p str> {
        let program = &self.project.program;
        let mut names = vec![self.name()];
        for own in statements {
            let written = self.below.written(*own);
            let Some((left, right)) = written.split_once(" = ").filter(|(left, _)| !left.contains('(')) else {
                continue;
            };
            let taken: Vec<&str> = names.iter().copied().filter(|name| lines::mentions(right, name)).collect();
            let called_on = |name: &&str| lines::count(right, name) == right.matches(&format!("{name}.")).count();
            let waited = right.trim_start().starts_with("await ") && taken.iter().all(called_on);
            for (at, local) in self.function.locals.iter().enumerate() {
                let bound = !local.name.is_empty() && lines::mentions(left, &local.name);
                let var = VarRef { function: self.f.id, local: at as u32 };
                let values = program.bound(self.f.file, var);
                let owns = || values.iter().any(|bound| program.eval(self.f, bound.value).concept().is_some());
                if !taken.is_empty() && bound && (!waited || owns()) {
                    names.push(&local.name);
                }
            }
        }
        names
    }

    /// The last statement that has to be in the `try`: what a block of a script declares is not seen after it.
    /// What it was held for already, up to `held`, may take long.
    fn with_what_it_declares(&self, statements: &[Span], last: usize, held: u32) -> Option<usize> {
        let rest: Vec<&str> = statements[last + 1..].iter().map(|own| self.below.written(*own)).collect();
        let declares = |own: &Span| {
            let line = self.below.written(*own).lines().find(|line| !line.trim_start().starts_with("//"))?;
            WORDS.iter().find_map(|word| line.trim_start().strip_prefix(word))
        };
        let names = statements[..=last].iter().filter_map(declares).flat_map(|rest| {
            rest.split('=').next().unwrap_or_default().split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')
        });
        let seen = |name: &str| !name.is_empty() && rest.iter().any(|written| lines::mentions(written, name));
        if !self.is_script() || !names.into_iter().any(seen) {
            return Some(last);
        }
        let longer = statements[last + 1..].iter().filter(|own| own.start > held).map(|own| self.below.written(*own));
        let lasts = |written: &str| ["await ", "for (", "while ("].iter().any(|word| written.contains(word));
        let lasts = longer.into_iter().any(lasts);
        (!lasts).then_some(statements.len() - 1)
    }

    /// What the statements up to `last` declare for those after it, where it can be declared before the `try` by itself.
    fn declared_outside(&self, statements: &[Span], last: usize) -> Option<Vec<Declared<'p>>> {
        const MOST: usize = 2;
        let rest: Vec<&str> = statements[last + 1..].iter().map(|own| self.below.written(*own)).collect();
        let typed = [".ts", ".tsx", ".mts", ".cts"];
        let typed = typed.iter().any(|end| self.project.program.units[self.f.file as usize].path.ends_with(end));
        let end = self.project.style(self.f.file).end();
        let mut found = Vec::new();
        for own in &statements[..=last] {
            let code = self.below.written(self.without_comments(*own)).trim_start();
            let Some((word, head)) = WORDS.iter().find_map(|word| Some((*word, code.strip_prefix(word)?))) else {
                continue;
            };
            let head = head.split(['=', '\n']).next().unwrap_or_default();
            let names = head.split(|c: char| !is_of_name(c)).filter(|name| !name.is_empty());
            let read: Vec<&str> =
                rest.iter().copied().filter(|rest| names.clone().any(|name| lines::mentions(rest, name))).collect();
            if read.is_empty() {
                continue;
            }
            let (name, ty) = head.trim_end().split_at(head.find(|c| !is_of_name(c))?);
            let alone =
                matches!(word, "const " | "let ") && (ty.is_empty() || ty.starts_with(": ")) && !name.is_empty();
            // A variable without a type has one only where no function reads it.
            let told =
                !typed || !ty.is_empty() || !read.iter().any(|rest| rest.contains("=>") || rest.contains("function"));
            let declared = Declared { word, name, ty, end };
            let whole = alone && told && code.starts_with(declared.written("").as_str());
            found.push(whole.then_some(declared)?);
        }
        (!found.is_empty() && found.len() <= MOST).then_some(found)
    }

    /// A statement without the comments above it.
    fn without_comments(&self, own: Span) -> Span {
        let comment = |line: &&str| line.trim_start().starts_with("//") || line.trim_start().starts_with("# ");
        let above = self.below.written(own).split_inclusive('\n').take_while(comment).map(str::len).sum::<usize>();
        Span { start: own.start + above as u32, end: own.end }
    }

    /// The statement that releases, and those that do so now.
    fn close(&self, releases: &[(CallRef, &Call)], statements: &[Span]) -> Option<Close> {
        let mut close = Close::default();
        for (id, call) in releases {
            if let Some((clause, text)) = self.clause(id.id, call) {
                let same = close.written.is_empty() || close.written == text;
                same.then(|| close.lines.push(clause))?;
                close.written = text;
                continue;
            }
            let line = lines::around(self.text, call.span)?;
            let holds = |own: &&Span| own.start <= line.start && line.end <= own.end;
            let own = statements.iter().find(holds)?;
            let code = self.without_comments(*own);
            let (written, statement) = (self.text.get(call.span.range())?, self.text.get(line.range())?.trim());
            let bare = statement.trim_end_matches(';');
            let alone = bare == written || bare.strip_prefix("await ") == Some(written);
            let guarded = self.given.is_some() && self.is_guard(code, line);
            let gone = if guarded && code == *own || own.start == line.start { Some(*own) } else { None };
            let text = if guarded {
                unindented(self.below.written(code), self.below.indent)?
            } else {
                format!("{statement}\n")
            };
            let same = close.written.is_empty() || close.written == text;
            let free = guarded || gone.is_some() || is_among(&self.function.body, id.id) && !self.is_in_finally(id.id);
            (alone && same && free).then_some(())?;
            close.written = text;
            match gone {
                Some(own) => close.gone.push(own),
                None => close.lines.push(if guarded { code } else { line }),
            }
        }
        if !close.written.is_empty() {
            let guarded = close.written.starts_with("if ");
            return (guarded == self.given.is_some()).then_some(close);
        }
        let release = self.new_release()?;
        let Some(given) = self.given else { return Some(Close { written: format!("{release}\n"), ..close }) };
        let indent = self.below.indent;
        match self.is_script() {
            true => close.written = format!("if (!{given}) {release}\n"),
            false if given == self.name() => {
                let owned = format!("owns_{given}");
                close.before = Some(format!("{indent}{owned} = not {given}\n"));
                close.written = format!("if {owned}:\n    {release}\n");
                (!lines::mentions(self.text, &owned)).then_some(())?;
            }
            false => close.written = format!("if not {given}:\n    {release}\n"),
        }
        Some(close)
    }

    /// The lines of a `finally` beside handlers that only releases it, and what that does. Without it, the handlers
    /// stay; around them comes one that begins earlier.
    fn clause(&self, release: CallId, call: &Call) -> Option<(Span, String)> {
        let is_it = |node: &Node| matches!(node, Node::Call(id) if *id == release);
        let holds = |node: &Node| match node {
            Node::Try { finally, handlers, .. } => !handlers.is_empty() && nodes(finally).any(is_it),
            _ => false,
        };
        nodes(&self.function.body).any(holds).then_some(())?;
        let line = lines::around(self.text, call.span)?;
        let opens = if self.is_script() { "} finally {" } else { "finally:" };
        let before = self.text.get(..line.start as usize)?;
        let start = before
            .rfind(opens)
            .filter(|at| lines::starts_with_end(&before[at + opens.len()..]))
            .and_then(|at| before.get(..at)?.rfind('\n'))? as u32
            + 1;
        let head = lines::around(self.text, Span { start, end: start })?;
        let first = self.text.get(head.end as usize..)?.lines().next()?;
        let body = Below::at(self.text, head.end, lines::indent(first))?;
        let written = unindented(body.written(body.span), body.indent)?;
        let (release, wait) = (self.text.get(call.span.range())?, if call.awaited { "await " } else { "" });
        let bare = written.trim_end().trim_end_matches(';');
        let alone = self.given.is_none() && bare == format!("{wait}{release}");
        let guarded = self.given.is_some() && self.is_guard(body.span, line);
        (alone || guarded).then_some((Span { start: head.start, end: body.span.end }, written))
    }

    /// A `finally` releases it among other things.
    fn is_in_finally(&self, release: CallId) -> bool {
        let is_it = |node: &Node| matches!(node, Node::Call(id) if *id == release);
        let holds = |node: &Node| matches!(node, Node::Try { finally, .. } if nodes(finally).any(is_it));
        nodes(&self.function.body).any(holds)
    }

    /// `if not given:` around nothing but the release.
    fn is_guard(&self, own: Span, line: Span) -> bool {
        let written = self.below.written(own).trim();
        let (first, given) = (written.lines().next().unwrap_or_default(), self.given.unwrap_or_default());
        let asks = [format!("if not {given}:"), format!("if {given} is None:"), format!("if (!{given}) {{")];
        let closes = self.text.get(line.end as usize..own.end as usize).unwrap_or_default().trim();
        asks.iter().any(|ask| ask == first) && written.lines().count() <= 3 && matches!(closes, "" | "}")
    }

    fn new_release(&self) -> Option<String> {
        let program = &self.project.program;
        let method = match self.leak.resource.what {
            What::Catalog(_) => self.row?.release.first()?.clone(),
            What::Object(_) => self.leak.ends.first()?.clone(),
        };
        if method.contains('.') {
            return None;
        }
        let waited = self.calls().any(|(_, call, _)| call.awaited) || program.call(self.leak.call).awaited;
        let wait = self.is_waited().unwrap_or(waited);
        if wait && !self.function.flags.is_async {
            return None;
        }
        let end = if self.is_script() { self.project.style(self.f.file).end() } else { "" };
        Some(format!("{}{}.{method}(){end}", if wait { "await " } else { "" }, self.name()))
    }

    /// Whether a release is awaited, where the row says so or the object's own method does.
    fn is_waited(&self) -> Option<bool> {
        let program = &self.project.program;
        match self.leak.resource.what {
            What::Catalog(_) => self.row.and_then(|row| row.release_awaited),
            What::Object(class) => {
                let end = self.leak.ends.first()?;
                program.find_method(class, end).map(|f| program.function(f).flags.is_async)
            }
        }
    }

    /// What is awaited works with it, but is no method of it: nothing tells whether its release is awaited.
    fn is_unclear(&self) -> bool {
        let given = |call: &&Call| call.awaited && call.args.iter().any(|arg| self.is_own(&arg.value));
        let own = self.facts.calls.iter().filter(|call| call.function == self.f.id);
        self.is_waited().is_none() && !self.calls().any(|(_, call, _)| call.awaited) && own.filter(given).count() > 0
    }

    /// The lines declare it and nothing else.
    fn is_declared(&self, first: &str) -> bool {
        let line = first.trim_start();
        let rest = ["const ", "let ", "var "].iter().find_map(|word| line.strip_prefix(word)).unwrap_or(line);
        rest.strip_prefix(self.name()).is_some_and(|rest| rest.starts_with([' ', '=', ':']))
    }

    /// A `with` over it gives it back.
    fn ends_with_block(&self) -> bool {
        let What::Catalog(ty) = self.leak.resource.what else { return false };
        let kept = || is_kept_by_with(&self.project.program, &self.project.graph, self.leak.call, ty);
        self.row.is_some_and(|row| row.context_manager) && !kept()
    }

    /// The head of the block that closes by itself.
    fn with_head(&self, first: &str, close: &Close) -> Option<String> {
        let manager = !self.is_script() && self.given.is_none() && self.ends_with_block();
        let (indent, name) = (lines::indent(first), self.name());
        let expression = first.trim().strip_prefix(&format!("{name} = "))?;
        let plain = manager && !expression.starts_with("await ") && !expression.contains(['#', '\n']);
        let with = match self.is_waited().unwrap_or(close.written.starts_with("await ")) {
            true if self.function.flags.is_async => "async with",
            true => return None,
            false => "with",
        };
        plain.then(|| format!("{indent}{with} {expression} as {name}:\n"))
    }
}

/// The words that a declaration of a script begins with.
const WORDS: [&str; 5] = ["const ", "let ", "class ", "function ", "async function "];

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// A declaration whose variable others read after the block.
struct Declared<'p> {
    word: &'p str,
    name: &'p str,
    /// With its colon.
    ty: &'p str,
    /// Of a statement.
    end: &'p str,
}

impl Declared<'_> {
    fn written(&self, indent: &str) -> String {
        format!("{indent}{}{}{} = ", self.word, self.name, self.ty)
    }

    fn assigned(&self, indent: &str) -> String {
        format!("{indent}{} = ", self.name)
    }

    fn before(&self, indent: &str) -> String {
        format!("{indent}let {}{}{}\n", self.name, self.ty, self.end)
    }
}

/// How it is released from now on, and what goes for that.
#[derive(Default)]
struct Close {
    /// Lines without indentation.
    written: String,
    /// Before it is taken: what tells whether to release it.
    before: Option<String>,
    /// Statements of the block.
    gone: Vec<Span>,
    /// Lines of inner blocks.
    lines: Vec<Span>,
}

impl Close {
    fn lines_gone(&self) -> Vec<Span> {
        self.gone.iter().chain(&self.lines).copied().collect()
    }
}

fn unindented(written: &str, indent: &str) -> Option<String> {
    lines::shallower(written, indent)
}

/// The text of a span without some of its lines.
fn without(text: &str, span: Span, gone: &[Span]) -> Option<String> {
    let inside = gone.iter().filter(|line| line.start >= span.start && line.end <= span.end);
    let mut gone: Vec<Span> = inside.map(|line| lines::with_blank(text, *line)).collect();
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
