//! The code that would release what an owner opens.
//!
//! Only where that is unambiguous: the opener stands in the owner's own start, under no condition, and
//! there is a name for all that the release needs. Knows no library: the rows say what a release looks
//! like and where the end of a life is written.

mod called;
mod conditional;
mod correct;
mod helper;
mod late;
mod member;
mod naming;
pub(crate) mod register;
mod sibling;
mod stream;
mod within;

use naming::{Reach, Writer, is_typed};

use crate::catalog::schema::{Release, ReleaseOn};
use crate::checks::Project;
use crate::facts::returned;
use crate::facts::walk::{around_call, nodes, returns};
use crate::facts::{FnId, Language, Node, Span, Value};
use crate::ownership::effects::model::{Ending, Owner};
use crate::ownership::effects::{Effects, Fault, Leak, Open};
use crate::program::{CallRef, FnRef};

/// What to write into one file.
pub struct Mend {
    pub file: u32,
    pub edits: Vec<(Span, String)>,
    /// A type checker may ask for more.
    pub untyped: bool,
    /// Names that the edits declare, each with the function that it belongs to.
    pub names: Vec<(FnId, String)>,
    /// The block that releases; several of one place become one.
    pub end: Option<Closing>,
}

impl Mend {
    pub(crate) fn new(file: u32, writer: Writer<'_>, end: Option<Closing>) -> Self {
        Self { file, edits: writer.edits, untyped: writer.untyped, names: writer.names, end }
    }

    /// Both declare the same name at one place: the second one needs another, which it gets once the first is there.
    pub fn clashes(&self, other: &Mend) -> bool {
        self.file == other.file && self.names.iter().any(|name| other.names.contains(name))
    }
}

/// A block that runs at the end of the owner's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub at: u32,
    pub head: String,
    pub lines: Vec<String>,
    /// Of the lines.
    pub indent: String,
    pub tail: String,
    /// What stands around a single line that needs no block.
    pub single: Option<(String, String)>,
}

impl Closing {
    fn text(&self) -> String {
        if let ([line], Some((before, after))) = (self.lines.as_slice(), &self.single) {
            let whole = format!("{before}{}{after}", line.trim_end_matches(';'));
            if whole.trim_end().chars().count() <= Language::Script.semantics().line_width {
                return whole;
            }
        }
        let lines: String = self.lines.iter().map(|line| format!("{}{line}\n", self.indent)).collect();
        format!("{}{lines}{}", self.head, self.tail)
    }
}

/// What ends one of two things that a start leaves open ends the other too: the client with its channels. What is opened
/// once something has been awaited may come after the end.
pub fn ends_both(mended: &Leak, other: &Leak) -> bool {
    let missing = mended.fault == Fault::Missing && other.fault == Fault::Missing;
    let written = mended.open.opener.releases.first().map_or(&[][..], |release| release.methods.as_slice());
    let any = |release: &&Release| release.on == ReleaseOn::Any && release.same.is_empty();
    let mut others = other.open.opener.releases.iter().filter(any);
    missing
        && !other.open.late
        && mended.open.path == other.open.path
        && written.first().is_some_and(|method| others.any(|release| release.methods.contains(method)))
}

/// The edits of several mends of one finding; `None` where they do not go together.
pub fn together(mends: &[&Mend]) -> Option<(u32, Vec<(Span, String)>)> {
    let file = mends.first()?.file;
    let mut edits: Vec<(Span, String)> = Vec::new();
    let mut ends: Vec<Closing> = Vec::new();
    for mend in mends {
        if mend.file != file {
            return None;
        }
        mend.edits.iter().for_each(|edit| add(&mut edits, edit));
        match (&mend.end, ends.iter_mut().find(|end| mend.end.as_ref().is_some_and(|own| own.at == end.at))) {
            (Some(own), Some(end)) if own.head == end.head => end.lines.extend(own.lines.iter().cloned()),
            (Some(_), Some(_)) => return None,
            (Some(own), None) => ends.push(own.clone()),
            (None, _) => {}
        }
    }
    for end in &ends {
        add(&mut edits, &(Span { start: end.at, end: end.at }, end.text()));
    }
    Some((file, edits))
}

/// Two insertions at one place become one; the same twice is one already.
fn add(edits: &mut Vec<(Span, String)>, new: &(Span, String)) {
    if edits.contains(new) {
        return;
    }
    let there = edits.iter_mut().find(|(span, _)| *span == new.0 && span.start == span.end);
    match there {
        Some((_, text)) => text.push_str(&new.1),
        None => edits.push(new.clone()),
    }
}

/// The mends of all that effects and other owners leave open, in the order of the leaks.
pub fn mends(project: &Project) -> Vec<Option<Mend>> {
    let found = project.effects();
    let leaks = &found.leaks;
    if leaks.iter().all(|leak| leak.owned.is_none()) {
        return leaks.iter().map(|_| None).collect();
    }
    let effects = Effects::again(project, found);
    let mut mends: Vec<Option<Mend>> = leaks.iter().map(|leak| mend(&effects, leak, leaks)).collect();
    keep_apart(leaks, &mut mends);
    mends
}

/// Mends of different owners that would declare one name twice: the first one stays.
fn keep_apart(leaks: &[Leak], mends: &mut [Option<Mend>]) {
    for at in 1..mends.len() {
        let own = &leaks[at];
        let (before, rest) = mends.split_at_mut(at);
        let of_file = (0..at).rev().take_while(|other| leaks[*other].open.call.file == own.open.call.file);
        let others = of_file.filter(|other| leaks[*other].effect != own.effect || leaks[*other].start != own.start);
        let mut others = others.filter_map(|other| before[other].as_ref());
        if rest[0].as_ref().is_some_and(|mend| others.any(|other| mend.clashes(other))) {
            rest[0] = None;
        }
    }
}

fn mend<'a>(effects: &Effects<'_, 'a>, leak: &Leak<'a>, all: &[Leak<'a>]) -> Option<Mend> {
    let (owned, open) = (leak.owned.as_deref()?, &leak.open);
    let (owner, opens) = (&owned.owner, owned.opens.as_slice());
    if let (Fault::Missing | Fault::OtherEvent, Some(proof)) = (leak.fault, leak.proof)
        && let Some(mend) = sibling::beside(effects, owner, open, proof)
    {
        return Some(mend);
    }
    match (leak.fault, leak.proof) {
        // How an unknown object lets go of a listener is not known for sure.
        _ if open.opener.presumed => None,
        (Fault::Missing, _) if open.path.is_empty() => released(effects, owner, open, opens),
        (Fault::Missing, _) => {
            // What else the start leaves open would be told of the release that is new, but for what ends by itself.
            let by_itself = |other: &Leak| other.open.opener.pedantic && !other.open.repeats;
            let apart = |other: &Leak| {
                other.start == leak.start && other.open.path.first() != open.path.first() && !by_itself(other)
            };
            let alone = !all.iter().any(apart);
            called::beside_opener(effects, owner, open, opens)
                .or_else(|| helper::handed_back(effects, owner, open, (opens, alone)))
                .or_else(|| within::released(effects, owner, open, opens).filter(|_| alone))
        }
        (Fault::Late | Fault::Pending(_), Some(proof)) => late::flagged(effects, owner, open, leak.fault, proof),
        (_, Some(proof)) => correct::correct(effects, owner, (open, opens), leak.fault, proof),
        _ => None,
    }
}

/// The release that the owner's start lacks.
fn released<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>, opens: &[Open<'a>]) -> Option<Mend> {
    let waits = || matches!(owner.ending, Ending::Call(_)) && effects.program.function(owner.start).flags.is_async;
    if open.from != owner.start {
        return within::released(effects, owner, open, opens);
    }
    if open.late && !waits() {
        return None;
    }
    let around = around_call(&effects.program.function(owner.start).body, open.call.id);
    if !around.is_empty() {
        return conditional::released(effects, owner, open, opens, &around);
    }
    if !(open.preds.is_empty() || is_after_guards(effects, owner.start, open)) {
        return None;
    }
    let writer = || Writer::among(effects, open, opens);
    if let Some(mend) = stream::ended(effects, owner, open, writer()?) {
        return Some(mend);
    }
    let presumed = stream::known(effects, owner, open).filter(|_| matches!(owner.ending, Ending::Member(_)));
    let Some(opener) = presumed else { return by_ending(effects, owner, open, writer()?) };
    let mend = by_ending(effects, owner, &Open { opener, ..open.clone() }, writer()?)?;
    Some(Mend { untyped: true, ..mend })
}

/// It opens where the function has not left before, and what it opens on cannot be gone when that returns.
fn is_after_guards(effects: &Effects, f: FnRef, open: &Open) -> bool {
    opens_on_lasting(effects, open) && stands_alone(&effects.program.function(f).body, open)
}

/// What it opens on is a variable: no part of something that may be empty by the end.
fn opens_on_lasting(effects: &Effects, open: &Open) -> bool {
    match &effects.program.call(open.call).callee {
        Value::Member(base, _) => matches!(**base, Value::Var(_) | Value::Global(_)),
        _ => true,
    }
}

/// It is a statement of the body itself, or bound by one.
pub(crate) fn stands_alone(body: &[Node], open: &Open) -> bool {
    is_statement(body, open.call)
}

/// The same, or it is one of what the body tries.
fn stands_in_try(body: &[Node], open: &Open) -> bool {
    let tried = |node: &Node| matches!(node, Node::Try { body, .. } if stands_in_try(body, open));
    stands_alone(body, open) || body.iter().any(tried)
}

fn is_statement(body: &[Node], call: CallRef) -> bool {
    body.iter().any(|node| match node {
        Node::Call(id) | Node::Bind { value: Value::Call(id), .. } => *id == call.id,
        _ => false,
    })
}

/// A release where the owner's end is written.
fn by_ending<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>, writer: Writer<'_>) -> Option<Mend> {
    match &owner.ending {
        Ending::Returned => in_returned(effects, owner, open, writer, &Reach::Here),
        Ending::Call(hook) => register::registered(effects, owner, open, hook, writer),
        Ending::Member(end) => member::added(effects, owner, open, end, writer),
        Ending::Own(_) | Ending::Unknown => None,
    }
}

/// In a function that the effect returns: the one that is there, or a new one.
fn in_returned<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    mut writer: Writer<'_>,
    reach: &Reach,
) -> Option<Mend> {
    let function = effects.program.function(owner.start);
    let mut values = Vec::new();
    returned(&function.body, &mut values);
    if function.flags.is_async || owner.effect.is_none() {
        return None;
    }
    let end = match values.as_slice() {
        [] if !ends_early(&function.body) => {
            // A compiler may be told to ask for a value at each `return`.
            writer.untyped |= is_typed(effects, open.call.file, writer.text) && returns(&function.body);
            let release = writer.release(effects, open, reach)?;
            writer.returned_block_at(function.span, release, reach.indent())?
        }
        [Value::Closure(id)] if is_last_way_out(&function.body, effects.program.call(open.call).span) => {
            let release = writer.release(effects, open, reach)?;
            let there = FnRef { file: owner.start.file, id: *id };
            match writer.after_expression(effects.program.function(there).span, &release) {
                Some(end) => end,
                None => member::at_end_of(effects, there, writer.text, release)?,
            }
        }
        _ => return None,
    };
    Some(Mend::new(open.call.file, writer, Some(end)))
}

/// Below what is opened, nothing leaves but the last statement.
fn is_last_way_out(body: &[Node], opened: Span) -> bool {
    let below = nodes(body).filter(|node| matches!(node, Node::Return { span, .. } if span.start > opened.start));
    matches!(body.last(), Some(Node::Return { .. })) && below.count() == 1
}

/// The last statement leaves: what comes below is never run.
fn ends_early(body: &[Node]) -> bool {
    body.iter().any(|node| matches!(node, Node::Return { .. } | Node::Throw { .. }))
}

/// The text of a file of the program.
fn source<'e>(effects: &'e Effects, file: u32) -> Option<&'e str> {
    let source = effects.program.units[file as usize].source;
    effects.project.inputs.files.get(source.index()).map(|file| &*file.text)
}

/// A value of a function means the same in the function around it, or at the top.
fn is_outside(effects: &Effects, file: u32, inner: FnId, value: &Value) -> bool {
    match value {
        Value::Var(var) => {
            let facts = effects.program.facts(file);
            let mut at = facts.function(inner).parent;
            while let Some(id) = at {
                if id == var.function {
                    return true;
                }
                at = facts.function(id).parent;
            }
            false
        }
        Value::Global(_) | Value::This => true,
        Value::Member(base, _) => is_outside(effects, file, inner, base),
        _ => false,
    }
}
