//! Memoisation: an operation that only runs while a cell is empty, and fills it, runs as often as
//! the cell's owner lives.
//!
//! The criterion has two halves. Read: the way to the operation leads through an arm that implies
//! an empty cell. Fill: the function writes the cell, not with nothing and not under a
//! development-only condition. A guard with one half is no guard. Knows no library by name.

use super::fills::Filled;
use super::passing::{Slot, plain_slot, slot_of};
use super::places::{Cell, Owner};
use crate::catalog::words::values::{PAGE_FLAGS, PAGE_ONLY, SERVER_FLAGS};
use crate::facts::{FnKind, Literal, Node, Pred, Value, walk};
use crate::program::FnRef;
use crate::values::Program;

/// Where something runs, in a project of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Any,
    Page,
    Server,
}

/// The conditions that hold where an operation stands.
#[derive(Clone, Default)]
pub struct Conditions<'a> {
    implied: Vec<(&'a Pred, bool)>,
    /// Containers that have been found empty: an idle list was popped until nothing came.
    drained: Vec<&'a Value>,
    /// Values that a method found empty before it ran its argument.
    missed: Vec<&'a Value>,
    /// What holds unless something else kept from asking: `if shared: if key in kept: return kept[key]`.
    unless_skipped: Vec<(&'a Pred, bool)>,
}

impl<'a> Conditions<'a> {
    /// With one more condition: `holds` is whether the predicate is true here.
    pub fn with(&self, pred: &'a Pred, holds: bool) -> Self {
        let mut more = self.clone();
        more.add(pred, holds);
        more
    }

    pub fn add(&mut self, pred: &'a Pred, holds: bool) {
        self.implied.push((pred, holds));
    }

    /// After a block that asks for something under a condition of its own.
    pub fn add_unless_skipped(&mut self, pred: &'a Pred, holds: bool) {
        self.unless_skipped.push((pred, holds));
    }

    /// After a loop that takes from a container and leaves with what it took.
    pub fn add_drained(&mut self, container: &'a Value) {
        self.drained.push(container);
    }

    /// In an argument that a method runs when its receiver is empty.
    pub fn add_missed(&mut self, receiver: &'a Value) {
        self.missed.push(receiver);
    }

    /// It is one of the conditions, itself.
    pub(crate) fn has(&self, pred: &Pred, holds: bool) -> bool {
        self.implied.iter().any(|(own, truth)| std::ptr::eq(*own, pred) && *truth == holds)
    }

    /// The operation runs only when the file is the program.
    pub fn is_main(&self) -> bool {
        self.implied.iter().any(|(pred, holds)| *holds && mentions_main(pred))
    }

    /// The atoms that surely have their truth here.
    pub(crate) fn certain(&self) -> Vec<(&'a Pred, bool)> {
        let mut atoms = Vec::new();
        self.implied.iter().for_each(|(pred, holds)| collect_certain(pred, *holds, &mut atoms));
        atoms
    }

    pub(crate) fn atoms(&self) -> Vec<(&'a Pred, bool)> {
        let mut atoms = Vec::new();
        let all = self.implied.iter().chain(&self.unless_skipped);
        all.for_each(|(pred, holds)| collect_atoms(pred, *holds, &mut atoms));
        atoms
    }
}

fn mentions_main(pred: &Pred) -> bool {
    match pred {
        Pred::Main => true,
        Pred::And(all) => all.iter().any(mentions_main),
        _ => false,
    }
}

/// The atomic conditions, each with its truth. An alternative counts like a conjunction: a second
/// reason to build anew (a key that changed) does not make a guard worthless.
fn collect_atoms<'a>(pred: &'a Pred, holds: bool, atoms: &mut Vec<(&'a Pred, bool)>) {
    match pred {
        Pred::Not(inner) => collect_atoms(inner, !holds, atoms),
        Pred::And(all) | Pred::Or(all) => all.iter().for_each(|inner| collect_atoms(inner, holds, atoms)),
        atom => atoms.push((atom, holds)),
    }
}

/// Like [`collect_atoms`], without alternatives.
fn collect_certain<'a>(pred: &'a Pred, holds: bool, atoms: &mut Vec<(&'a Pred, bool)>) {
    match (pred, holds) {
        (Pred::Not(inner), _) => collect_certain(inner, !holds, atoms),
        (Pred::And(all), true) | (Pred::Or(all), false) => {
            all.iter().for_each(|inner| collect_certain(inner, holds, atoms))
        }
        (Pred::And(_), false) | (Pred::Or(_), true) => {}
        (atom, _) => atoms.push((atom, holds)),
    }
}

/// The value that is empty when the atom has the truth value.
pub(crate) fn empty_value(atom: &Pred, holds: bool) -> Option<&Value> {
    match (atom, holds) {
        (Pred::Truthy(value), false) | (Pred::Null(value), true) => Some(value),
        (Pred::Has(container, _), false) => Some(container),
        (Pred::Eq(value, Literal::Num(n)), true) if *n == 0.0 => Some(value),
        (Pred::Eq(value, _), false) | (Pred::Same(value, _), false) => Some(value),
        (Pred::Is(value, name), true) if matches!(name.as_str(), "Err" | "None") => Some(value),
        (Pred::Is(value, name), false) if matches!(name.as_str(), "Ok" | "Some") => Some(value),
        _ => None,
    }
}

impl<'a> Program<'a> {
    /// The operation runs only where the globals of a page have been found, or only where they were missed; so may
    /// names say.
    pub(crate) fn side(&self, f: FnRef, conditions: &Conditions<'a>) -> Side {
        let on_page = |value: &'a Value, holds: bool| {
            let global = matches!(value, Value::Global(name) if PAGE_ONLY.contains(&name.as_str()));
            let name = self.value_name(f.file, value).unwrap_or_default();
            let flag = |words: &[&str]| words.contains(&name.as_str());
            match () {
                () if global || flag(PAGE_FLAGS) => Some(holds),
                () if flag(SERVER_FLAGS) => Some(!holds),
                () => None,
            }
        };
        let known = conditions.certain().into_iter().find_map(|(atom, holds)| match atom {
            Pred::Truthy(value) => on_page(value, holds),
            Pred::Null(value) => on_page(value, !holds),
            _ => None,
        });
        known.map_or(Side::Any, |page| if page { Side::Page } else { Side::Server })
    }

    /// The owner of the cell that keeps what is made under these conditions in `f`.
    pub fn gate(&self, f: FnRef, conditions: &Conditions<'a>) -> Option<Owner> {
        let drained = conditions.drained.iter().find_map(|container| self.cell(f, container));
        if let Some((_, owner)) = drained {
            return Some(owner);
        }
        let missed = conditions.missed.iter().map(|value| (*value, false));
        let atoms = conditions.atoms().into_iter().filter_map(|(atom, holds)| {
            let value = empty_value(atom, holds).or_else(|| self.empty_by_property(f, atom, holds));
            let value = value.filter(|value| !self.is_mark(f, value))?;
            Some((value, matches!(atom, Pred::Eq(..) | Pred::Same(..))))
        });
        let timed = conditions.atoms().into_iter().flat_map(|(atom, _)| self.timed_places(f, atom));
        missed.chain(atoms).chain(timed.map(|place| (place, true))).find_map(|(value, compared)| {
            self.gate_on(f, value, compared, conditions).or_else(|| self.is_stored(f, value).then_some(Owner::Unknown))
        })
    }

    /// `if self.stale: …`: what is empty where a property of the object first says yes.
    fn empty_by_property(&self, f: FnRef, atom: &Pred, holds: bool) -> Option<&'a Value> {
        let Pred::Truthy(Value::Member(base, name)) = atom else { return None };
        let own = holds && **base == Value::This;
        let property = self.find_method(self.class_around(f).filter(|_| own)?, name)?;
        let function = Some(self.function(property)).filter(|function| function.kind == FnKind::Getter)?;
        function.body.iter().find_map(|node| match node {
            Node::Branch { pred, then, .. } if says_yes(then) => empty_value(pred, true),
            _ => None,
        })
    }

    /// Whose life the cell shares that a memoiser is called on.
    pub fn owner_of(&self, f: FnRef, receiver: &'a Value) -> Option<Owner> {
        self.cell(f, receiver).map(|(cell, owner)| self.owner_behind(&cell, owner))
    }

    /// The slot that must be missing or empty for an operation to run under these conditions.
    pub fn missing_slot(&self, f: FnRef, conditions: &Conditions<'a>) -> Option<Slot> {
        let tested = conditions.certain().into_iter().filter_map(|(atom, holds)| {
            let plain = matches!(atom, Pred::Truthy(_) | Pred::Null(_));
            empty_value(atom, holds).filter(|_| plain)
        });
        tested.chain(conditions.missed.iter().copied()).find_map(|value| self.asked(f, value))
    }

    /// The slot whose value is asked for: itself, or what another place was first made a copy of.
    fn asked(&self, f: FnRef, value: &'a Value) -> Option<Slot> {
        let first = walk::binds(&self.function(f).body).find(|bind| bind.target == value).map(|bind| bind.value);
        first.and_then(|copied| slot_of(self, f, copied)).or_else(|| slot_of(self, f, value))
    }

    /// The slot that must be given for an operation to run under these conditions.
    pub fn given_slot(&self, f: FnRef, conditions: &Conditions<'a>) -> Option<Slot> {
        conditions.certain().into_iter().find_map(|(atom, holds)| {
            let plain = matches!(atom, Pred::Truthy(_) | Pred::Null(_));
            plain_slot(self, f, empty_value(atom, !holds).filter(|_| plain)?)
        })
    }

    fn gate_on(&self, f: FnRef, value: &'a Value, compared: bool, conditions: &Conditions<'a>) -> Option<Owner> {
        let (cell, owner) = self.cell(f, value)?;
        if self.is_option(f, value) {
            return None;
        }
        if compared && owner == Owner::Unknown {
            return None;
        }
        if cell == Cell::Exists {
            return Some(owner);
        }
        // A field that is compared is a key of what is kept, if the way there writes it: else it is a setting.
        if compared && matches!(cell, Cell::Field(_)) && !self.writes_key(f, &cell, conditions) {
            return None;
        }
        let filled = self.filled(f, &cell, conditions)?;
        Some(if filled == Filled::Elsewhere { Owner::Unknown } else { self.owner_behind(&cell, owner) })
    }

    /// A key of what the function is given, into which it puts nothing: `options.client ?? new Client()`.
    fn is_option(&self, f: FnRef, value: &'a Value) -> bool {
        let slot = slot_of(self, f, value).filter(|slot| slot.key.is_some());
        let fills = |bind: &walk::Bind| !is_nothing(bind.value) && slot_of(self, f, bind.value) != slot;
        slot.is_some() && !walk::binds(&self.function(f).body).any(|bind| bind.target == value && fills(&bind))
    }

    /// `if (!order.paid) { order.paid = true; … }`: a mark on data that the function waited for keeps nothing.
    fn is_mark(&self, f: FnRef, value: &'a Value) -> bool {
        let Value::Member(base, name) = value else { return false };
        let Value::Var(var) = **base else { return false };
        let waited = |value: &Value| matches!(value, Value::Call(id) if self.facts(f.file).call(*id).awaited);
        let bound = self.bound(f.file, var);
        if !self.same_activation(f, var.function) || bound.is_empty() || !bound.iter().all(|b| waited(b.value)) {
            return false;
        }
        let put = self.index[f.file as usize].members.get(name.as_str()).into_iter().flatten();
        let mut marks = put.filter(|(other, _)| **other == **base).peekable();
        marks.peek().is_some() && marks.all(|(_, put)| matches!(put.value, Value::Literal(_)))
    }
}

fn says_yes(block: &[Node]) -> bool {
    matches!(block.last(), Some(Node::Return { value: Some(Value::Literal(Literal::Bool(true))), .. }))
}

pub(crate) fn member_names(value: &Value) -> impl Iterator<Item = &str> {
    let mut names = Vec::new();
    let mut at = value;
    loop {
        match at {
            Value::Member(base, name) => {
                names.push(name.as_str());
                at = base;
            }
            Value::Index(base, _) | Value::Element(base) => at = base,
            _ => break,
        }
    }
    names.into_iter()
}

/// It stands for what is not there yet, or no more.
pub(crate) fn is_nothing(value: &Value) -> bool {
    value.is_null()
        || matches!(value, Value::Literal(Literal::Bool(false)))
        || matches!(value, Value::Record { entries, spreads, .. } if entries.is_empty() && spreads.is_empty())
}

/// The condition reads the process's environment (`NODE_ENV`): it says when, not how often.
pub fn is_environment(pred: &Pred) -> bool {
    let reads = |value: &Value| member_names(value).any(|name| matches!(name, "env" | "NODE_ENV" | "DEV" | "PROD"));
    match pred {
        Pred::Truthy(value) | Pred::Eq(value, _) | Pred::Null(value) | Pred::Same(value, _) => reads(value),
        Pred::Not(inner) => is_environment(inner),
        Pred::And(all) | Pred::Or(all) => all.iter().any(is_environment),
        _ => false,
    }
}
