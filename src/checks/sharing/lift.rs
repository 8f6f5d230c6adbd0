//! A declaration in a function that gives way to one at the top of the file, or to an import.
//!
//! Only one that stands alone, that nothing else assigns, that nothing in the function closes. What is written
//! alike in several functions goes together; of different ones under one name only the first goes. Knows
//! no library by name.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::catalog::schema::{Kind, Role};
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::facts::walk::{binds, nodes};
use crate::facts::{Block, Call, FnId, Language, Node, Pred, Span, Value, VarRef, exits};
use crate::finding::lines;
use crate::values::flow::Flow;
use crate::values::sites::Site;

pub(crate) struct Lift<'p> {
    pub site: &'p Site,
    /// The variable that takes the construction.
    pub name: &'p str,
    /// The whole file.
    pub text: &'p str,
    /// The lines of the declaration.
    pub span: Span,
    /// It stands under a condition, or after the function has left where one does not hold: what it needs may
    /// be missing there.
    pub conditional: bool,
}

/// What can be lifted in a file, by the verdicts on its sites; worked out once a file.
pub type Memo = RefCell<FxHashMap<u32, Arc<[Liftable]>>>;

/// As [`Lift`], for the memory.
pub struct Liftable {
    /// Index among the verdicts.
    verdict: usize,
    var: VarRef,
    span: Span,
    conditional: bool,
}

impl Liftable {
    fn of(project: &Project, verdict: usize) -> Option<Self> {
        let site = &verdicts(project)[verdict].site;
        let program = &project.program;
        let file = site.call.file;
        let language = program.language(file);
        if language == Language::Rust || site.function.id == FnId::TOP {
            return None;
        }
        let body = &program.function(site.function).body;
        let Declared { var, span: bound, conditional } = declaration(body, site)?;
        let conditional = conditional || is_guarded(body, site);
        let name = program.facts(file).local(var).name.as_str();
        let assigned_again = program.bound(file, var).len() > 1;
        if assigned_again || program.index[file as usize].top.contains_key(name) || is_closed(project, site) {
            return None;
        }
        let text = &*project.inputs.files.get(program.units[file as usize].source.index())?.text;
        let span = statement(text, bound, site.span, language)?;
        let fits = language != Language::Python || !is_whole_block(text, span);
        fits.then_some(Self { verdict, var, span, conditional })
    }

    fn in_file(project: &Project, file: u32) -> Arc<[Self]> {
        if let Some(known) = project.lifts.borrow().get(&file) {
            return Arc::clone(known);
        }
        let own = verdicts(project).iter().enumerate().filter(|(_, verdict)| verdict.site.call.file == file);
        let found: Arc<[Self]> = own.filter_map(|(at, _)| Self::of(project, at)).collect();
        project.lifts.borrow_mut().insert(file, Arc::clone(&found));
        found
    }
}

impl<'p> Lift<'p> {
    fn new(project: &'p Project, known: &Liftable) -> Option<Self> {
        let site = &verdicts(project)[known.verdict].site;
        let unit = &project.program.units[site.call.file as usize];
        let name = project.program.facts(site.call.file).local(known.var).name.as_str();
        let text = &*project.inputs.files.get(unit.source.index())?.text;
        Some(Self { site, name, text, span: known.span, conditional: known.conditional })
    }

    /// All that go with a site, those first that have the name which the one of all takes, in the order of the text;
    /// `None` where each of their names is another one's before.
    pub fn together(project: &'p Project, site: &Site) -> Option<Vec<Self>> {
        let known = Liftable::in_file(project, site.call.file);
        let mut all: Vec<Self> = known.iter().filter_map(|known| Self::new(project, known)).collect();
        all.sort_by_key(|lift| lift.span);
        let written = all.iter().find(|lift| lift.site.call == site.call)?.built();
        let is_first = |lift: &&Self| {
            let of_name = all.iter().find(|other| other.name == lift.name);
            of_name.is_some_and(|first| first.site.call == lift.site.call)
        };
        let name = all.iter().filter(is_first).find(|lift| lift.built() == written)?.name;
        all.retain(|lift| lift.built() == written && (lift.name == name || !lift.hides(project, name)));
        all.sort_by_key(|lift| (lift.name != name, lift.span));
        Some(all)
    }

    /// A name means something else where the declaration stands.
    fn hides(&self, project: &Project, name: &str) -> bool {
        let facts = project.program.facts(self.site.call.file);
        let mut around = std::iter::successors(Some(self.site.function.id), |id| facts.function(*id).parent);
        around.any(|id| facts.function(id).locals.iter().any(|local| local.name == name))
    }

    /// What gives way to the one of all, which is called as the first, and what stands there then. `above`: the lines
    /// above the declaration that go with it.
    pub fn giving_way(&self, first: &Self, above: Span) -> (Span, String) {
        match self.name == first.name {
            true => (self.gone(above), String::new()),
            false => (self.site.span, first.name.to_string()),
        }
    }

    fn built(&self) -> &'p str {
        self.text.get(self.site.span.range()).unwrap_or_default()
    }

    /// The lines to take out: with them goes a blank one that nothing divides any more.
    fn gone(&self, above: Span) -> Span {
        lines::with_blank(self.text, Span { start: above.start.min(self.span.start), end: self.span.end })
    }

    /// The comments directly above, in lines of their own; where more follows in the paragraph, they are about that too.
    pub fn comments(&self) -> Span {
        let start = self.span.start as usize;
        let next = self.text.get(self.span.end as usize..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        if !matches!(next.trim(), "" | "}") {
            return Span { start: self.span.start, end: self.span.start };
        }
        let indent = lines::indent(self.text.get(start..).unwrap_or_default());
        let comment = |line: &&str| {
            let rest = line.strip_prefix(indent).unwrap_or_default();
            rest.starts_with("//") || rest.starts_with('#')
        };
        let above = self.text.get(..start).unwrap_or_default().split_inclusive('\n').rev();
        let length: usize = above.take_while(comment).map(str::len).sum();
        Span::new(start - length, start)
    }
}

/// The local variable that takes a construction.
struct Declared {
    var: VarRef,
    span: Span,
    conditional: bool,
}

fn declaration(block: &Block, site: &Site) -> Option<Declared> {
    let mut all = nodes(block);
    let (var, span) = all.find_map(|node| match node {
        Node::Bind { target: Value::Var(var), value: Value::Call(id), span } if *id == site.call.id => {
            (var.function == site.function.id).then_some((*var, *span))
        }
        _ => None,
    })?;
    let conditional = all.regions().any(|region| matches!(region.node, Node::Branch { .. } | Node::Match { .. }));
    Some(Declared { var, span, conditional })
}

/// The function leaves before it where the process's own settings are not there: `if (!env.KEY) return`.
pub(crate) fn is_guarded(block: &Block, site: &Site) -> bool {
    block.iter().any(|node| match node {
        Node::Branch { pred, then, otherwise, span } if span.end <= site.span.start => {
            exits(then) != exits(otherwise) && asks_settings(pred)
        }
        other => other.blocks().any(|inner| is_guarded(inner, site)),
    })
}

/// It reads the environment or something at the top of the file, and nothing of the function's own.
fn asks_settings(pred: &Pred) -> bool {
    match pred {
        Pred::Not(inner) => asks_settings(inner),
        Pred::And(all) | Pred::Or(all) => all.iter().any(asks_settings),
        Pred::Truthy(value) | Pred::Null(value) | Pred::Eq(value, _) | Pred::Is(value, _) => is_of_process(value),
        Pred::Same(left, right) | Pred::Has(left, right) => is_of_process(left) && is_of_process(right),
        Pred::Opaque(values) => !values.is_empty() && values.iter().all(is_of_process),
        Pred::Main => false,
    }
}

fn is_of_process(value: &Value) -> bool {
    match value.root() {
        Value::Var(var) => var.function == FnId::TOP,
        Value::Global(_) | Value::Module(_) | Value::This => true,
        _ => false,
    }
}

/// Some call in the function releases the construction, or a block does at its end: a shared one must stay open.
pub(crate) fn is_closed(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let releasing = |callee: &&Value| match callee {
        Value::Member(_, name) => program.catalog.releases(site.ty, name),
        _ => false,
    };
    let calls = program.calls_within(site.function).map(|call| &call.callee);
    let releases: Vec<&Value> = calls.filter(releasing).collect();
    let body = &program.function(site.function).body;
    // Most functions release nothing of the type, and where a value goes is dear to know.
    if releases.is_empty() && !nodes(body).any(|node| matches!(node, Node::Scope { .. })) {
        return false;
    }
    let flow = Flow::of(program, site.call);
    let released = releases.iter().any(|callee| matches!(callee, Value::Member(base, _) if flow.is_alias(base)));
    released || is_scoped(body, &flow)
}

/// The function prepares what it builds: what is shared would be prepared again and again.
pub(crate) fn is_prepared(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let info = program.catalog.ty(site.ty);
    let prepares = |call: &&Call| match &call.callee {
        Value::Member(_, name) => {
            let own = program.catalog.method(site.ty, name).is_some_and(|method| method.role == Role::Same);
            own && (!call.awaited || info.row.kind == Kind::Connection)
        }
        _ => false,
    };
    // What an HTTP client works with by itself is on it, not on its parts: `session.headers.update(…)`.
    let sets = |call: &&Call| {
        let part = matches!(&call.callee, Value::Member(base, _) if matches!(**base, Value::Member(..)));
        part && info.row.light && !call.awaited
    };
    let calls = program.calls_within(site.function).filter(|call| prepares(call) || sets(call));
    let parts = calls.filter_map(|call| match &call.callee {
        Value::Member(base, _) => Some(&**base),
        _ => None,
    });
    let fields = binds(&program.function(site.function).body).filter_map(|bind| match bind.target {
        Value::Member(base, _) => Some(&**base),
        _ => None,
    });
    let prepared: Vec<&Value> = parts.chain(fields).filter(|base| matches!(base.root(), Value::Var(_))).collect();
    if prepared.is_empty() {
        return false;
    }
    let flow = Flow::of(program, site.call);
    let is_it = |base: &Value| match base {
        Value::Member(owner, _) => flow.is_alias(owner) || flow.is_alias(base),
        base => flow.is_alias(base),
    };
    prepared.into_iter().any(is_it)
}

fn is_scoped(block: &Block, flow: &Flow) -> bool {
    nodes(block).any(|node| matches!(node, Node::Scope { resource, .. } if flow.is_alias(resource)))
}

/// The whole lines of the declaration, when nothing else stands on them.
fn statement(text: &str, bound: Span, built: Span, language: Language) -> Option<Span> {
    let start = text.get(..bound.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let head = text.get(start..bound.start as usize)?.trim();
    let plain = if language == Language::Script { matches!(head, "const" | "let" | "var") } else { head.is_empty() };
    let rest = text.get(built.end as usize..)?;
    let line = rest.split_inclusive('\n').next().unwrap_or_default();
    let alone = matches!(line.trim(), "" | ";");
    (plain && alone).then(|| Span::new(start, built.end as usize + line.len()))
}

/// Nothing but comments stands beside the lines in their block.
fn is_whole_block(text: &str, span: Span) -> bool {
    let code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let own = lines::indent(text.get(span.start as usize..).unwrap_or_default()).len();
    let before = text.get(..span.start as usize).unwrap_or_default().lines().rev().find(code);
    let after = text.get(span.end as usize..).unwrap_or_default().lines().find(code);
    before.is_some_and(|line| lines::indent(line).len() < own)
        && after.is_none_or(|line| lines::indent(line).len() < own)
}

/// Something is awaited on the way to the construction.
pub(crate) fn waits(project: &Project, site: &Site) -> bool {
    let mut calls = project.program.calls_within(site.function);
    calls.any(|call| call.awaited && call.span.start >= site.span.start && call.span.end <= site.span.end)
}
