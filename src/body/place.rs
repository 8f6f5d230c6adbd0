//! Places: variables, fields, elements, and whether two of them are the same.
//!
//! A [`Places`] interns access paths of one file, so that a place is a small number that is equal for equal paths.
//! A variable that is bound once, to a place, stands for that place where something of it is named: after
//! `const s = this.socket`, `s.id` is `this.socket.id`. Knows no other file; roots that only a wider analysis can
//! see (slots of registries, cells of components) are interned by it under a number of its own.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cfg::{Cfg, Event};
use crate::facts::{CallId, ClassId, FileFacts, FnId, Literal, LocalKind, Value, VarRef};

/// An interned access path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaceId(pub u32);

/// Where an access path begins.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Root {
    /// A variable of the function itself, or of a closure in it.
    Local(VarRef),
    Parameter(VarRef),
    /// `this`, `self`.
    Receiver,
    /// A variable of a function around this one.
    Capture(VarRef),
    /// A variable of the file's top level, or an import.
    Module(VarRef),
    /// It lives as long as the process, wherever it is declared.
    Static(VarRef),
    Class(ClassId),
    Global(String),
    /// What a call gives: the same thing for one run of the call.
    Result(CallId),
    /// A slot of a registry, by the number that the wider analysis has for it.
    Slot(u32),
    /// A state or ref cell of a component.
    Cell(u32),
}

/// One step of an access path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    Field(String),
    /// The element under a key that is written out.
    Key(String),
    /// The element under what a place holds.
    At(PlaceId),
    /// Some element.
    Any,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Path {
    Root(Root),
    Step(PlaceId, Step),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    Yes,
    No,
    Maybe,
}

/// The places of one function.
pub struct Places<'a> {
    facts: &'a FileFacts,
    function: FnId,
    paths: Vec<Path>,
    ids: FxHashMap<Path, PlaceId>,
    /// The place that a variable stands for as long as it lives.
    held: FxHashMap<VarRef, PlaceId>,
}

impl<'a> Places<'a> {
    /// Of the function that the graph is of; its binds say which variables stand for other places.
    pub fn new(facts: &'a FileFacts, cfg: &Cfg<'a>) -> Self {
        let (paths, ids, held) = (Vec::new(), FxHashMap::default(), FxHashMap::default());
        let mut places = Self { facts, function: cfg.function, paths, ids, held };
        places.follow(&binds(cfg));
        places
    }

    /// Notes the variables that are bound once, to a place that the function does not write.
    fn follow(&mut self, binds: &[(&'a Value, &'a Value)]) {
        let mut counts: FxHashMap<VarRef, usize> = FxHashMap::default();
        for (target, _) in binds {
            if let Value::Var(var) = target {
                *counts.entry(*var).or_default() += 1;
            }
        }
        let facts = self.facts;
        let once = |value: &Value| match value {
            Value::Var(var) => counts.get(var) == Some(&1) && facts.local(*var).kind != LocalKind::Param,
            _ => false,
        };
        let written = binds.iter().map(|(target, _)| *target).filter(|target| !once(target));
        let written: FxHashSet<PlaceId> = written.filter_map(|target| self.of(target)).collect();
        for (target, value) in binds {
            let (Value::Var(var), true) = (target, once(target) && is_place(value)) else { continue };
            let Some(place) = self.of(value).filter(|_| value.root() != *target) else { continue };
            if self.is_own(*var) && !self.wholes(place).any(|whole| written.contains(&whole)) {
                self.held.insert(*var, place);
            }
        }
    }

    /// A variable of the function, or of a closure in it.
    fn is_own(&self, var: VarRef) -> bool {
        self.facts.is_within(self.function, var.function)
    }

    /// The place that the expression names; nothing for what is no place, and for parts of what is none.
    pub fn of(&mut self, value: &Value) -> Option<PlaceId> {
        let (base, step) = match value {
            Value::Member(base, name) => (base, Step::Field(name.clone())),
            Value::Index(base, key) => (base, self.key(key)),
            Value::Element(base) => (base, Step::Any),
            _ => return self.root_of(value).map(|root| self.root(root)),
        };
        let base = self.held(base)?;
        Some(self.step(base, step))
    }

    /// The place that a variable stands for which is bound once, else the place itself.
    pub fn held(&mut self, value: &Value) -> Option<PlaceId> {
        let held = match value {
            Value::Var(var) => self.held.get(var).copied(),
            _ => None,
        };
        held.or_else(|| self.of(value))
    }

    pub fn root(&mut self, root: Root) -> PlaceId {
        self.intern(Path::Root(root))
    }

    pub fn step(&mut self, base: PlaceId, step: Step) -> PlaceId {
        self.intern(Path::Step(base, step))
    }

    fn intern(&mut self, path: Path) -> PlaceId {
        if let Some(id) = self.ids.get(&path) {
            return *id;
        }
        let id = PlaceId(self.paths.len() as u32);
        self.paths.push(path.clone());
        self.ids.insert(path, id);
        id
    }

    fn root_of(&self, value: &Value) -> Option<Root> {
        match value {
            Value::Var(var) => Some(self.variable(*var)),
            Value::This => Some(Root::Receiver),
            Value::Global(name) => Some(Root::Global(name.clone())),
            Value::Class(class) => Some(Root::Class(*class)),
            Value::Call(id) => Some(Root::Result(*id)),
            _ => None,
        }
    }

    fn variable(&self, var: VarRef) -> Root {
        match self.facts.local(var).kind {
            LocalKind::Static => Root::Static(var),
            LocalKind::Class(class) => Root::Class(class),
            LocalKind::Param if var.function == self.function => Root::Parameter(var),
            _ if self.is_own(var) => Root::Local(var),
            _ if var.function == FnId::TOP => Root::Module(var),
            _ => Root::Capture(var),
        }
    }

    fn key(&mut self, key: &Value) -> Step {
        match key {
            Value::Literal(Literal::Str(text)) => Step::Key(text.clone()),
            Value::Literal(Literal::Num(number)) => Step::Key(number.to_string()),
            other => self.held(other).map_or(Step::Any, Step::At),
        }
    }

    /// The place and those that it is a part of, the smallest first.
    pub fn wholes(&self, place: PlaceId) -> impl Iterator<Item = PlaceId> {
        std::iter::successors(Some(place), |at| match &self.paths[at.0 as usize] {
            Path::Root(_) => None,
            Path::Step(base, _) => Some(*base),
        })
    }

    /// Writing to `written` may change what the place holds: it is a part of that, or the key of an element is.
    pub fn depends(&self, place: PlaceId, written: PlaceId) -> bool {
        self.wholes(place).any(|whole| {
            let by_key = match &self.paths[whole.0 as usize] {
                Path::Step(_, Step::At(key)) => self.depends(*key, written),
                _ => false,
            };
            by_key || self.same(whole, written) != Same::No
        })
    }

    /// Whether two places are the same variable, field or element at one moment.
    pub fn same(&self, one: PlaceId, other: PlaceId) -> Same {
        if one == other {
            let certain = |place: PlaceId| !matches!(self.paths[place.0 as usize], Path::Step(_, Step::Any));
            return if self.wholes(one).all(certain) { Same::Yes } else { Same::Maybe };
        }
        match (&self.paths[one.0 as usize], &self.paths[other.0 as usize]) {
            // `window.x` is the global `x`.
            (Path::Root(Root::Global(name)), Path::Step(_, Step::Field(field)))
            | (Path::Step(_, Step::Field(field)), Path::Root(Root::Global(name)))
                if name == field =>
            {
                Same::Maybe
            }
            // A root is a variable; a part of something lives in no variable.
            (Path::Root(_), _) | (_, Path::Root(_)) => Same::No,
            (Path::Step(base, step), Path::Step(other_base, other_step)) => match same_step(step, other_step) {
                Same::No => Same::No,
                steps => both(steps, self.alias(*base, *other_base)),
            },
        }
    }

    /// Whether what two places hold may be one and the same object. Two variables may hold the same.
    fn alias(&self, one: PlaceId, other: PlaceId) -> Same {
        if one == other { self.same(one, other) } else { Same::Maybe }
    }
}

/// All binds of the graph, one for the copies of each.
fn binds<'a>(cfg: &Cfg<'a>) -> Vec<(&'a Value, &'a Value)> {
    let mut seen = FxHashSet::default();
    let events = cfg.nodes.iter().filter_map(|node| match node.event {
        Event::Bind { target, value } => Some((target, value)),
        _ => None,
    });
    events.filter(|(target, _)| seen.insert(std::ptr::from_ref::<Value>(target))).collect()
}

fn same_step(one: &Step, other: &Step) -> Same {
    match (one, other) {
        (Step::Any, Step::Key(_) | Step::At(_) | Step::Any) | (Step::Key(_) | Step::At(_), Step::Any) => Same::Maybe,
        (one, other) if one == other => Same::Yes,
        (Step::At(_), Step::At(_) | Step::Key(_)) | (Step::Key(_), Step::At(_)) => Same::Maybe,
        // Some languages keep elements as fields.
        (Step::Field(one), Step::Key(other)) | (Step::Key(other), Step::Field(one)) if one == other => Same::Maybe,
        _ => Same::No,
    }
}

fn both(one: Same, other: Same) -> Same {
    match (one, other) {
        (Same::No, _) | (_, Same::No) => Same::No,
        (Same::Yes, Same::Yes) => Same::Yes,
        _ => Same::Maybe,
    }
}

fn is_place(value: &Value) -> bool {
    match value {
        Value::Var(_) | Value::This | Value::Global(_) | Value::Class(_) => true,
        Value::Member(base, _) | Value::Index(base, _) => is_place(base),
        _ => false,
    }
}
