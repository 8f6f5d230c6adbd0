//! What runs at the start of an owner's life, and what it opens.
//!
//! Follows closures that run now or a little later, and project functions of any file. What runs
//! on events is not the start of anything. Knows no library.

use rustc_hash::FxHashSet;

use super::arms::{Flags, flags, is_switched_off};
use super::model::Opened;
use super::{Effects, Open, objects};
use crate::catalog::schema::{Kind, Opener, Run, When};
use crate::catalog::words::effects::ONCE_HANDLERS;
use crate::catalog::{Row, RowKind};
use crate::facts::walk::nodes;
use crate::facts::{Block, CallId, FnId, FnKind, Language, Literal, LoopKind, Node, Pred, Value, exits};
use crate::graph::requests;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::conditions::record_key;
use crate::values::handover::chosen;

/// A function by the first call of the way, too, and by the flags of the last: each has conditions of its own.
type Visit = (Option<CallRef>, FnRef, Flags);

struct Walk<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    start: FnRef,
    seen: FxHashSet<Visit>,
    found: Opened<'a>,
    follows: Follows,
}

/// Which functions that are called belong to what runs.
#[derive(Clone, Copy, PartialEq)]
enum Follows {
    None,
    /// Those of the owner.
    Own,
    /// Methods of other objects too.
    All,
}

#[derive(Clone, Default)]
struct Spot<'a> {
    path: Vec<CallRef>,
    preds: Vec<(u32, &'a Pred)>,
    late: bool,
    awaited: bool,
    /// What was waited for, with the file of each.
    waits: Vec<(u32, &'a Value)>,
    /// The object whose functions these are, where the owner has made it.
    object: Option<CallRef>,
    /// In a loop that nothing ends.
    endless: bool,
    /// In a method of an object that others have made: how many conditions held when that was entered.
    others: Option<usize>,
}

pub fn opened<'a>(effects: &Effects<'_, 'a>, start: FnRef) -> Opened<'a> {
    walk(effects, start, Follows::Own)
}

/// What it opens, and what the methods open that it calls on objects of others.
pub fn opened_by_all<'a>(effects: &Effects<'_, 'a>, start: FnRef) -> Opened<'a> {
    walk(effects, start, Follows::All)
}

/// What the function opens by calls of its own.
pub fn opened_by<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> impl Iterator<Item = Open<'a>> {
    let found = walk(effects, f, Follows::None);
    found.opens.into_iter().chain(found.presumed).filter(move |open| open.from == f)
}

fn walk<'a>(effects: &Effects<'_, 'a>, start: FnRef, follows: Follows) -> Opened<'a> {
    let mut walk = Walk { effects, start, seen: FxHashSet::default(), found: Opened::default(), follows };
    walk.function(start, &Spot::default());
    walk.found
}

impl<'a> Walk<'_, 'a> {
    fn function(&mut self, f: FnRef, spot: &Spot<'a>) {
        let flags = spot.path.last().map(|outer| flags(self.effects, *outer)).unwrap_or_default();
        if !self.seen.insert((spot.path.first().copied(), f, flags)) {
            return;
        }
        if !self.found.visited.contains(&f) {
            self.found.visited.push(f);
        }
        let mut spot = spot.clone();
        self.block(f, &self.effects.program.function(f).body, &mut spot);
    }

    fn block(&mut self, f: FnRef, block: &'a Block, spot: &mut Spot<'a>) {
        for node in block {
            self.node(f, node, spot);
            match node {
                Node::Branch { pred, then, otherwise, .. } if exits(then) != exits(otherwise) => {
                    spot.preds.push((f.file, pred));
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, f: FnRef, node: &'a Node, spot: &mut Spot<'a>) {
        match node {
            Node::Call(id) => self.call(CallRef { file: f.file, id: *id }, spot),
            Node::Await { value, .. } => {
                (spot.late, spot.awaited) = (true, true);
                spot.waits.push((f.file, value));
            }
            Node::Closure { function, inline: true } => self.function(FnRef { file: f.file, id: *function }, spot),
            Node::Bind { target: Value::Member(_, name), value: Value::Closure(id), .. }
                if ONCE_HANDLERS.contains(&name.as_str()) =>
            {
                // It runs apart from the start, so what it ends is no part of that.
                let visited = self.found.visited.len();
                self.function(FnRef { file: f.file, id: *id }, &Spot { late: true, ..spot.clone() });
                self.found.visited.truncate(visited);
            }
            Node::Branch { pred, then, otherwise, .. } => {
                let before = spot.preds.len();
                spot.preds.push((f.file, pred));
                self.block(f, then, spot);
                self.block(f, otherwise, spot);
                spot.preds.truncate(before);
            }
            Node::Try { body, handlers, finally, .. } => {
                self.block(f, body, spot);
                handlers.iter().for_each(|handler| self.block(f, &handler.body, spot));
                self.block(f, finally, spot);
            }
            Node::Loop { kind: LoopKind::Endless, body, .. } if !is_left(body) => {
                let outer = std::mem::replace(&mut spot.endless, true);
                // What the last iteration waited for comes before all that this one opens.
                let waits = self.waits(f, body);
                (spot.late, spot.awaited) = (spot.late || waits, spot.awaited || waits);
                self.block(f, body, spot);
                spot.endless = outer;
            }
            other => other.blocks().for_each(|inner| self.block(f, inner, spot)),
        }
    }

    fn call(&mut self, call: CallRef, spot: &Spot<'a>) {
        if spot.path.last().is_some_and(|outer| is_switched_off(self.effects, *outer, call)) {
            return;
        }
        let Some(target) = self.effects.project.graph.target(call) else { return };
        let (opener, presumed) = match self.effects.opener(call) {
            Some(known) => (Some(known), false),
            None => (self.effects.presumed_opener(call).filter(|_| spot.object.is_none()), true),
        };
        let spared = |opener: &Opener| {
            self.options_say(call, opener, &opener.unless, &spot.path) && !self.effects.is_never_signalled(call, opener)
        };
        let opener = opener.filter(|(_, opener)| !spared(opener));
        // Of what an object opens, all else is its own affair.
        let opener = opener.filter(|(_, row)| spot.object.is_none() || objects::outlasts(self.effects, call, row));
        // So is what an object of others opens, unless it lets that go.
        let let_go = |row| spot.others == Some(spot.preds.len()) && super::let_go::is_let_go(self.effects, call, row);
        let opener = opener.filter(|(row, _)| spot.others.is_none() || let_go(*row));
        if let Some((row, opener)) = opener {
            let from = self.effects.at(call);
            let repeats = opener.kind == Kind::Timer && opener.pedantic && self.effects.is_rearmed(call);
            let endless = opener.pedantic && spot.endless;
            let (path, preds, object) = (spot.path.clone(), spot.preds.clone(), spot.object);
            let optional = self.effects.needs_no_release(call, row, opener)
                || self.options_say(call, opener, &opener.optional, &path);
            let open = Open {
                call,
                from,
                row,
                opener,
                path,
                object,
                preds,
                late: spot.late,
                awaited: spot.awaited,
                asked: opener.is_local() && spot.waits.iter().any(|(file, promise)| self.asks(*file, promise)),
                repeats,
                endless,
                optional,
            };
            if presumed { self.found.presumed.push(open) } else { self.found.opens.push(open) }
        }
        if self.follows == Follows::None {
            return;
        }
        let made = spot.object.or_else(|| objects::made_by(self.effects, call));
        let given = self.given_for(call.file, &self.effects.program.call(call).callee, &spot.path);
        for f in self.followed(call, made).into_iter().chain(given) {
            // What is no part of the object is the owner's, unless a field of the object keeps what it gives.
            let own = spot.object.is_some() && objects::fills_field(self.effects, call);
            let object = made.filter(|object| own || objects::is_part(self.effects, *object, f));
            let path = spot.path.iter().copied().chain([call]).collect();
            let others = spot.others.or_else(|| self.is_of_others(f, call, made).then_some(spot.preds.len()));
            self.function(f, &Spot { path, object, others, ..spot.clone() });
        }
        for row in target.rows.iter().filter(|row| row.kind == RowKind::Handover) {
            self.handed(call, self.effects.program.catalog.handover(*row), spot);
        }
        self.own_end(call);
    }

    /// The options are a caller's, and have what the conditions ask of options.
    fn options_say(&self, call: CallRef, opener: &Opener, conditions: &[When], path: &[CallRef]) -> bool {
        let program = self.effects.program;
        let options = opener.options.and_then(|at| program.call(call).positional(at));
        let Some(mut value) = options.map(|arg| &arg.value) else { return false };
        let mut file = call.file;
        for outer in path.iter().rev() {
            let Some(given) = self.effects.given_for(*outer, file, value) else { break };
            (file, value) = (outer.file, given);
        }
        let given = program.deref(crate::values::calls::top(file), value);
        let words = conditions.iter().flat_map(|when| &when.is);
        let mut keys = words.filter_map(|is| is.strip_prefix("may:").or_else(|| is.strip_prefix("has:")));
        keys.any(|key| record_key(given, key).is_some())
    }

    /// A parameter is called, or given to what runs it: the closures that the last call on the way gives for it, or else
    /// all that call the owner's home. What a closure gives back is the helper's.
    fn given_for(&self, file: u32, value: &Value, path: &[CallRef]) -> Vec<FnRef> {
        let Value::Var(var) = value else { return Vec::new() };
        let around = FnRef { file, id: var.function };
        let given = |outer: &CallRef| self.effects.given_closure(*outer, file, value);
        let found: Vec<FnRef> = match path.last().and_then(given) {
            Some(f) => vec![f],
            None if self.effects.within(around, self.start) && around != self.start => {
                self.effects.calls_of(around).iter().filter_map(given).collect()
            }
            None => Vec::new(),
        };
        found.into_iter().filter(|f| !self.gives_what_it_opens(*f)).collect()
    }

    fn gives_what_it_opens(&self, f: FnRef) -> bool {
        let opens = |id: &CallId| self.effects.opener(CallRef { file: f.file, id: *id }).is_some();
        let values = self.effects.program.given_by(f);
        values.into_iter().any(|value| matches!(value, Value::Call(id) if opens(id)))
    }

    fn followed(&self, call: CallRef, object: Option<CallRef>) -> Vec<FnRef> {
        let own = self.effects.own_method(call);
        let making = object.filter(|object| *object == call);
        let constructor = making.and_then(|object| objects::constructor(self.effects, object));
        let known = self.effects.run_by(call).into_iter();
        known.chain(own).chain(constructor).filter(|f| self.is_followable(*f, call, object)).collect()
    }

    fn is_followable(&self, f: FnRef, call: CallRef, object: Option<CallRef>) -> bool {
        let program = self.effects.program;
        (program.function(f).kind != FnKind::Constructor || object == Some(call))
            && program.language(f.file) == Language::Script
            && program.class_of(f.file) != FileClass::Test
            && (!self.is_of_others(f, call, object) || self.effects.lets_go(f))
    }

    /// Methods of other objects open for those objects' lives, unless the owner itself has made them.
    fn is_of_others(&self, f: FnRef, call: CallRef, object: Option<CallRef>) -> bool {
        let program = self.effects.program;
        let class = program.class_around(f);
        let made = object.is_some_and(|object| objects::is_part(self.effects, object, f));
        let shared = || {
            matches!(&program.call(call).callee, Value::Member(base, _)
            if matches!(&**base, Value::Var(var) if var.function == FnId::TOP))
        };
        let own = class.is_none() || class == program.class_around(self.start) || made || shared();
        !own && self.follows == Follows::Own
    }

    fn handed(&mut self, call: CallRef, handover: &crate::catalog::schema::Handover, spot: &Spot<'a>) {
        let later = matches!(handover.run, Run::Deferred);
        if !(later || matches!(handover.run, Run::Inline | Run::Once | Run::Iteration)) {
            return;
        }
        let mut inner = spot.clone();
        inner.late |= later && !self.is_at_once(call);
        if let Value::Member(promise, name) = &self.effects.program.call(call).callee
            && name == "then"
        {
            inner.waits.push((call.file, promise));
        }
        let data = self.effects.program.call(call);
        let through = chosen(data, &handover.args).into_iter();
        let through: Vec<FnRef> = through.flat_map(|arg| self.given_for(call.file, &arg.value, &spot.path)).collect();
        for f in self.effects.given_functions(call, &handover.args) {
            self.function(f, &inner);
        }
        inner.path.push(call);
        through.into_iter().for_each(|f| self.function(f, &inner));
    }

    /// The block waits for more than a promise that it makes itself, which may be given up with what it opens.
    fn waits(&self, f: FnRef, block: &Block) -> bool {
        let own = |value: &Value| match value {
            Value::Call(id) => self.effects.is_new(CallRef { file: f.file, id: *id }),
            _ => false,
        };
        nodes(block).any(|node| matches!(node, Node::Await { value, .. } if !own(value)))
    }

    /// A server answers or time passes; what an answer is made into comes by steps of a chain: `fetch(url).then(read)`.
    fn asks(&self, file: u32, promise: &Value) -> bool {
        let mut at = promise;
        while let Value::Call(id) = at {
            if requests::takes_time(self.effects.program, &self.effects.project.graph, CallRef { file, id: *id }) {
                return true;
            }
            let Value::Member(base, _) = &self.effects.program.facts(file).call(*id).callee else { return false };
            at = base;
        }
        false
    }

    /// A timer without delay: nothing comes between.
    fn is_at_once(&self, call: CallRef) -> bool {
        let timer = self.effects.opener(call).is_some_and(|(_, opener)| opener.kind == Kind::Timer);
        let delay = self.effects.program.call(call).positional(1).map(|arg| &arg.value);
        timer && delay.is_none_or(|value| *value == Value::Literal(Literal::Num(0.0)))
    }

    /// `onCleanup(() => …)`: a parameter of the start itself that is given a function.
    fn own_end(&mut self, call: CallRef) {
        let data = self.effects.program.call(call);
        let Value::Var(var) = &data.callee else { return };
        if call.file == self.start.file && var.function == self.start.id && self.effects.is_param(call.file, *var) {
            self.found.ends.extend(self.effects.given_functions(call, &[]));
        }
    }
}

/// Something in a loop's body leaves it.
fn is_left(body: &[Node]) -> bool {
    nodes(body).any(|node| matches!(node, Node::Return { .. } | Node::Throw { .. } | Node::Break { .. }))
}

impl<'a> Effects<'_, 'a> {
    /// The row by which a call opens something that must be released.
    pub fn opener(&self, call: CallRef) -> Option<(Row, &'a Opener)> {
        self.any_opener(call).filter(|(_, opener)| !opener.presumed)
    }

    /// The row by which it may, for all that is known of what it is called on.
    pub fn presumed_opener(&self, call: CallRef) -> Option<(Row, &'a Opener)> {
        self.any_opener(call).filter(|(_, opener)| opener.presumed)
    }

    /// One of both, unless it is excused.
    pub fn any_opener(&self, call: CallRef) -> Option<(Row, &'a Opener)> {
        let target = self.project.graph.target(call)?;
        let from = self.at(call);
        let data = self.program.call(call);
        let rows = target.rows.iter().filter(|row| row.kind == RowKind::Opener);
        let rows = rows.map(|row| (*row, self.program.catalog.opener(*row)));
        let fitting = rows.filter(|(row, opener)| {
            self.chain_fits(call, opener)
                && (opener.receivers.is_empty() || !super::made_by_others::is_made_by_other(self, call, row.package))
        });
        // What is known of the object comes before what is presumed of any.
        let (row, opener) = fitting.min_by_key(|(_, opener)| opener.presumed)?;
        let by_signal = |when: &When| {
            let key = opener.signal.as_ref().map(|signal| signal.key.as_str());
            when.is.iter().any(|is| is.strip_prefix("may:").is_some_and(|may| Some(may) == key))
        };
        let excuses = |when: &&When| self.program.all_hold(from, data, row.package, std::slice::from_ref(*when));
        let mut excusing = opener.unless.iter().filter(excuses);
        let excused = excusing.any(|when| !by_signal(when) || !self.is_never_signalled(call, opener));
        (!excused && !self.chain_excuses(call, opener)).then_some((row, opener))
    }

    /// The release may be left out.
    fn needs_no_release(&self, call: CallRef, row: Row, opener: &Opener) -> bool {
        let (from, data) = (self.at(call), self.program.call(call));
        let holds = |when| self.program.all_hold(from, data, row.package, std::slice::from_ref(when));
        opener.optional.iter().any(holds)
    }

    /// The closure that a call gives for a parameter of what it runs.
    pub(crate) fn given_closure(&self, outer: CallRef, file: u32, value: &Value) -> Option<FnRef> {
        match self.given_for(outer, file, value)? {
            Value::Closure(id) => Some(FnRef { file: outer.file, id: *id }),
            _ => None,
        }
    }

    /// Functions among a call's arguments.
    pub fn given_functions(&self, call: CallRef, keys: &[crate::catalog::schema::ArgKey]) -> Vec<FnRef> {
        let data = self.program.call(call);
        let from = self.at(call);
        let mut found = Vec::new();
        let chosen = data.args.iter().filter(|arg| {
            keys.is_empty()
                || keys
                    .iter()
                    .filter_map(|key| crate::values::conditions::argument(data, key))
                    .any(|a| std::ptr::eq(a, *arg))
        });
        for arg in chosen {
            crate::values::handover::functions_of(self.program, from, &arg.value, false, &mut found);
            if let Some(f) = self.own_member(from, &arg.value) {
                found.push(f);
            }
        }
        found
    }

    /// `this.name()` in an object of options, whose methods stand beside each other.
    pub fn own_method(&self, call: CallRef) -> Option<FnRef> {
        self.own_member(self.at(call), &self.program.call(call).callee)
    }

    pub fn own_member(&self, from: FnRef, value: &Value) -> Option<FnRef> {
        let Value::Member(base, name) = value else { return None };
        if !matches!(**base, Value::This) || self.program.class_around(from).is_some() {
            return None;
        }
        let facts = self.program.facts(from.file);
        let named = |id: &crate::facts::FnId| {
            let function = facts.function(*id);
            function.name.as_deref() == Some(name) && function.class.is_none() && function.kind != FnKind::Getter
        };
        let mut all = facts.function_ids().filter(named);
        let first = all.next()?;
        all.next().is_none().then_some(FnRef { file: from.file, id: first })
    }
}
