//! Where the result of an opener goes: variables, fields, cells, containers, other functions.
//!
//! Flow-insensitive and generous: a place that may hold the handle counts as holding it. Knows no
//! library.

use rustc_hash::FxHashSet;

use super::let_go::is_filled_over;
use super::model::{Event, Handle, Place};
use super::stale::part;
use super::{Effects, Open, overwritten};
use crate::catalog::schema::{ArgKey, Gives, Kind, Opener, Owner as Keeper, ReleaseOn};
use crate::catalog::words::effects::{DISPOSER_STORES, LIST_COPIES};
use crate::catalog::{Row, RowKind};
use crate::facts::trail::Trail;
use crate::facts::{Call, CallKind, FnId, Value, VarRef};
use crate::program::index::Element;
use crate::program::{CallRef, FnRef};
use crate::values::passing::passed;

/// It gives what it was called on, and a release may be given that.
pub(crate) fn gives_itself_back(opener: &Opener) -> bool {
    let takes = |release: &crate::catalog::schema::Release| {
        release.on == ReleaseOn::Any && release.same.iter().any(|what| what == "handle")
    };
    let on_receiver = |release: &crate::catalog::schema::Release| release.on == ReleaseOn::Receiver;
    // A connection is the object that it is opened on: whoever has that may end it.
    opener.gives == Gives::Receiver && opener.releases.iter().any(takes)
        || opener.kind == Kind::Realtime && !opener.releases.is_empty() && opener.releases.iter().all(on_receiver)
}

impl Effects<'_, '_> {
    /// A list that says when a hook has something new to do: the hook hands on nothing of it.
    fn is_only_compared(&self, call: CallRef, at: usize) -> bool {
        let catalog = self.program.catalog;
        let list = matches!(self.program.call(call).positional(at), Some(arg) if matches!(arg.value, Value::List(_)));
        let rows = self.project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
        let spares = |row: &Row| match row.kind {
            RowKind::Handover => catalog.handover(*row).deps == Some(at),
            RowKind::Memo => {
                let row = catalog.memo(*row);
                row.owner == Keeper::Component && !row.args.contains(&ArgKey::Position(at))
            }
            RowKind::Make => catalog.make(*row).gives.strip_prefix("wraps:").is_some_and(|key| key.parse() != Ok(at)),
            _ => false,
        };
        list && rows.iter().any(spares)
    }

    /// The field of a component whose parts a method sets: `state`, of `this.setState({ … })`.
    fn state_fields(&self, callee: &Value) -> Option<&str> {
        let Value::Member(base, name) = callee else { return None };
        let rows = self.program.active.iter().flat_map(|id| &self.program.catalog.package(*id).components);
        let mut rows = rows.filter(|row| **base == Value::This && !row.sets.is_empty() && row.sets == *name);
        rows.next().map(|row| row.state.as_str())
    }

    /// What the call gives is that argument.
    fn gives_back(&self, call: CallRef, at: usize) -> bool {
        let rows = self.project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
        let mut transparent = rows.iter().filter(|row| row.kind == RowKind::Transparent);
        transparent.any(|row| self.program.catalog.transparent(*row).arg == Some(at))
    }
}

/// What opens is a function of an object that is there once, with its module: `player.start()`.
pub(crate) fn is_of_module(effects: &Effects, open: &Open) -> bool {
    let of_module = |value: &Value| matches!(value, Value::Var(var) if var.function == FnId::TOP);
    open.path.iter().any(|call| match &effects.program.call(*call).callee {
        Value::Member(base, _) => of_module(base),
        _ => false,
    })
}

/// A run of the function opens it: what the function declares is another one each time.
fn is_on_way(effects: &Effects, open: &Open, file: u32, id: FnId) -> bool {
    let f = FnRef { file, id };
    f == open.from || open.path.iter().skip(1).any(|call| effects.at(*call) == f)
}

/// What the calls that lead to the opening give for a parameter, with their files.
pub(crate) fn handed_on_way<'a>(
    effects: &Effects<'_, 'a>,
    open: &Open<'a>,
    file: u32,
    value: &Value,
) -> Vec<(u32, &'a Value)> {
    let program = effects.program;
    let Value::Var(var) = value else { return Vec::new() };
    let f = FnRef { file, id: var.function };
    let Some(at) = program.function(f).params.iter().position(|param| param.local == var.local) else {
        return Vec::new();
    };
    let calls = open.path.iter().filter(|call| effects.run_by(**call).contains(&f));
    calls.filter_map(|call| Some((call.file, passed(program, *call, f, at)?))).collect()
}

/// The fields of one object are the same in all files that its parts stand in (bases, mixins).
pub(crate) fn named(file: u32, key: String) -> (u32, String) {
    (if key.starts_with("this.") { 0 } else { file }, key)
}

impl<'e, 'a> Handle<'e, 'a> {
    pub fn of(effects: &'e Effects<'e, 'a>, open: &Open<'a>) -> Self {
        let mut handle = Self::from(effects, open, open.call);
        if gives_itself_back(open.opener) {
            handle.hold_receiver(open);
        }
        handle.spread(open);
        handle.disposers = handle.returned_disposers(open);
        handle.escapes |= handle.disposers.iter().any(|disposer| disposer.handle.escapes);
        handle
    }

    pub(crate) fn from(effects: &'e Effects<'e, 'a>, open: &Open<'a>, call: CallRef) -> Self {
        Handle {
            effects,
            places: FxHashSet::from_iter([Place::Call(call)]),
            names: FxHashSet::default(),
            files: vec![call.file],
            plain: &open.opener.plain,
            escapes: false,
            disposers: Vec::new(),
            lifted: Vec::new(),
        }
    }

    /// Finds all places that it comes to.
    pub(crate) fn spread(&mut self, open: &Open<'a>) {
        let releases = open.opener.releases.iter().flat_map(|r| r.functions.iter().chain(&r.methods));
        // Those who are given it and do not keep it for good.
        let returning: Vec<&str> = releases.chain(&open.opener.lent).map(String::as_str).collect();
        // Who has it is known only once all is known that belongs to it: the last turn says.
        let kept = self.escapes;
        loop {
            let before = self.size();
            self.escapes = kept;
            self.grow(open, &returning);
            if self.size() == before || before > 64 {
                return;
            }
        }
    }

    fn size(&self) -> usize {
        self.places.len() + self.names.len()
    }

    /// The result is what the opener was called on, by whatever name that goes: `feed` of `feed.on(…).subscribe()`.
    fn hold_receiver(&mut self, open: &Open<'a>) {
        let Some((file, receiver)) = self.effects.receiver_of(open) else { return };
        let place = self.effects.begun_on(file, receiver);
        match place {
            Value::Var(var) => self.places.insert(Place::Var(file, *var)),
            Value::Call(id) => self.places.insert(Place::Call(CallRef { file, id: *id })),
            _ => self.effects.key(file, place).is_some_and(|key| self.names.insert(named(file, key))),
        };
        if !self.files.contains(&file) {
            self.files.push(file);
        }
    }

    fn grow(&mut self, open: &Open<'a>, returning: &[&str]) {
        for at in 0..self.files.len() {
            let file = self.files[at];
            self.grow_binds(file, open, returning);
            self.grow_calls(file, returning);
            self.grow_models(file);
        }
        self.grow_returns(open);
        self.grow_lists(open);
    }

    fn grow_binds(&mut self, file: u32, open: &Open<'a>, returning: &[&str]) {
        let effects = self.effects;
        let index = &effects.program.index[file as usize];
        for (var, bounds) in &index.vars {
            if bounds.iter().any(|bound| self.relates(file, bound.value)) {
                let shared = || overwritten::is_shared(effects, file, *var, returning);
                let of_store = effects.is_of_store(file, var.function) && !is_on_way(effects, open, file, var.function);
                self.escapes |= effects.is_module_level(*var) && shared() || of_store;
                self.places.insert(Place::Var(file, *var));
            }
        }
        for (name, bounds) in &index.fields {
            if let Some(bound) = bounds.iter().find(|bound| self.relates(file, bound.value)) {
                let of_store = effects.is_of_store(file, bound.function) && effects.is_read(name);
                self.escapes |=
                    of_store || is_of_module(effects, open) && !is_filled_over(effects, open.call, open.opener);
                self.names.insert(named(file, format!("this.{name}")));
            }
        }
        for (name, bounds) in &index.members {
            for (base, bound) in bounds {
                if self.relates(file, bound.value) {
                    self.escapes |= effects.is_of_store(file, bound.function);
                    self.hold_member(open, (file, base), name, &Trail::default());
                }
            }
        }
        for Element { container, bound, .. } in &index.elements {
            if self.relates(file, bound.value) || self.is_whole(file, bound.value) {
                self.stored(file, container);
            }
        }
    }

    /// A member of an object; of one that the function was given, under the names that it has above.
    fn hold_member(&mut self, open: &Open<'a>, (file, base): (u32, &'a Value), name: &str, trail: &Trail) {
        let Some(here) = trail.step(base) else { return };
        let meant = self.effects.program.deref(FnRef { file, id: FnId::TOP }, base);
        let outlives = [base, meant].into_iter().any(|value| match value.root() {
            Value::Var(var) => var.function == FnId::TOP,
            Value::Global(_) | Value::Module(_) => true,
            _ => false,
        });
        match self.effects.key(file, base) {
            Some(key) if !outlives => {
                self.names.insert(named(file, format!("{key}.{name}")));
            }
            _ => self.escapes = true,
        }
        for above in handed_on_way(self.effects, open, file, base) {
            self.hold_member(open, above, name, &here);
        }
    }

    fn grow_calls(&mut self, file: u32, returning: &[&str]) {
        let facts = self.effects.program.facts(file);
        for (id, data) in facts.calls.iter().enumerate() {
            let call = CallRef { file, id: crate::facts::CallId(id as u32) };
            self.passed(call, data);
            self.updated(call, data);
            let set = self.set_in_store(call, data);
            self.escapes |= set.iter().any(|key| self.effects.is_read(key));
            if !set.is_empty() {
                continue;
            }
            for (at, arg) in data.args.iter().enumerate() {
                if self.relates(file, &arg.value) || self.is_supplied(file, &arg.value) {
                    self.given(call, data, at, returning);
                } else if self.is_whole(file, &arg.value) {
                    self.given_whole(call, data, at);
                }
            }
        }
    }

    /// An option that is a function which gives the handle: `{ webSocketFactory: () => socket }`.
    fn is_supplied(&self, file: u32, value: &'a Value) -> bool {
        let Value::Record { entries, .. } = value else { return false };
        let functions = entries.iter().filter_map(|entry| match entry.value {
            Value::Closure(id) => Some(FnRef { file, id }),
            _ => None,
        });
        let place = |value: &Value| matches!(value, Value::Var(_) | Value::Member(..));
        functions.into_iter().any(|f| self.returns_any(f, &place))
    }

    /// `opened.then(stop)`: a named function gets the handle.
    fn passed(&mut self, call: CallRef, data: &'a Call) {
        let Value::Member(base, name) = &data.callee else { return };
        if !matches!(name.as_str(), "then" | "forEach" | "map") || !self.relates(call.file, base) {
            return;
        }
        let functions = self.effects.given_functions(call, &[]);
        match functions.is_empty() && name == "then" {
            true => self.passed_by_name(call),
            false => functions.into_iter().for_each(|f| self.lent(f, 0)),
        }
    }

    /// `setX((last) => …)` that gives the handle: the variable has it, and so has the function's next run.
    fn updated(&mut self, call: CallRef, data: &'a Call) {
        let closures = data.args.iter().filter_map(|arg| match arg.value {
            Value::Closure(id) => Some(FnRef { file: call.file, id }),
            _ => None,
        });
        for f in closures {
            let Some(state) = self.state_of(call.file, &data.callee).map(|var| Place::Var(call.file, var)) else {
                return;
            };
            if self.places.contains(&state) || self.returns(f) {
                self.places.insert(state);
                self.lent(f, 0);
            }
        }
    }

    fn given(&mut self, call: CallRef, data: &'a Call, at: usize, returning: &[&str]) {
        let facts = self.effects.program.facts(call.file);
        let name = data.callee_name(facts).unwrap_or_default();
        if returning.contains(&name) && data.kind == CallKind::New {
            // Who ends the object made over it may end it by that.
            self.places.insert(Place::Call(call));
        }
        if returning.contains(&name) || super::unseen::keeps_nothing(&data.callee) {
            return;
        }
        if let Value::Member(base, _) = &data.callee {
            if DISPOSER_STORES.contains(&name) {
                return self.stored(call.file, base);
            }
            if LIST_COPIES.contains(&name) {
                self.places.insert(Place::Call(call));
                return;
            }
            if self.relates(call.file, base) {
                return;
            }
        }
        if let Some(state) = self.state_of(call.file, &data.callee) {
            self.places.insert(Place::Var(call.file, state));
            return;
        }
        if let (Some(field), Value::Record { entries, .. }) =
            (self.effects.state_fields(&data.callee), &data.args[at].value)
        {
            let held: Vec<String> = entries
                .iter()
                .filter(|entry| self.relates(call.file, &entry.value))
                .map(|entry| format!("this.{field}.{}", entry.key))
                .collect();
            self.names.extend(held.into_iter().map(|key| named(call.file, key)));
            return;
        }
        if self.effects.is_only_compared(call, at) {
            return;
        }
        if self.effects.gives_back(call, at) {
            self.places.insert(Place::Call(call));
            return;
        }
        let functions = self.effects.run_by(call);
        if functions.is_empty() && self.is_given_up(call, at) {
            return;
        }
        // Components below those that have it may end it.
        let element = data.kind == CallKind::Jsx;
        self.escapes |= element && !self.lifted.is_empty() && !matches!(data.callee, Value::Global(_));
        if functions.is_empty() && !element {
            self.given_to_object(call, data, at);
        }
        functions.into_iter().for_each(|f| self.handed(call, data, at, f));
    }

    /// An object of which one field holds it: `toast` after `toast.timer = setInterval(…)`.
    fn is_whole(&self, file: u32, value: &Value) -> bool {
        matches!(value, Value::Var(_)) && self.has_part(file, value)
    }

    /// The object is put into a list, or handed on to a function of the project.
    fn given_whole(&mut self, call: CallRef, data: &'a Call, at: usize) {
        match &data.callee {
            Value::Member(base, name) if DISPOSER_STORES.contains(&name.as_str()) => self.stored(call.file, base),
            _ => self.effects.run_by(call).into_iter().for_each(|f| self.lent(f, at)),
        }
    }

    fn stored(&mut self, file: u32, container: &Value) {
        match container {
            Value::Var(var) => {
                self.escapes |= self.effects.is_module_level(*var);
                self.places.insert(Place::Var(file, *var));
            }
            other => match self.effects.key(file, other) {
                Some(key) => {
                    self.names.insert(named(file, key));
                }
                None => self.escapes = true,
            },
        }
    }

    /// `setX` of a pair `[x, setX]` that one call gave: the variable `x`.
    pub(crate) fn state_of(&self, file: u32, setter: &Value) -> Option<VarRef> {
        let Value::Var(var) = setter else { return None };
        let [only] = self.effects.program.bound(file, *var) else { return None };
        let call = part(only.value, 1.0)?;
        let index = &self.effects.program.index[file as usize];
        let first = |bounds: &[crate::program::index::Bound]| bounds.iter().any(|b| part(b.value, 0.0) == Some(call));
        index.vars.iter().find(|(_, bounds)| first(bounds)).map(|(var, _)| *var)
    }

    /// A function on the way from the effect that returns the handle: its call gives it.
    fn grow_returns(&mut self, open: &Open<'a>) {
        let mut inner = open.from;
        for call in open.path.iter().rev() {
            for f in self.effects.runs(*call) {
                if self.effects.within(f, inner) && self.returns(f) {
                    self.places.insert(Place::Call(*call));
                    if !self.files.contains(&call.file) {
                        self.files.push(call.file);
                    }
                }
            }
            inner = self.effects.at(*call);
        }
    }

    /// `events.map((event) => client.on(event, …))` gives a list of handles; what keeps a value for the owner gives it.
    fn grow_lists(&mut self, open: &Open<'a>) {
        let way = open.path.iter().map(|call| self.effects.at(*call)).chain([open.from]);
        let giving: Vec<FnRef> = way.filter(|f| self.returns(*f)).collect();
        for call in giving.into_iter().flat_map(|f| self.effects.all_handed_to(f)).collect::<Vec<_>>() {
            let name = self.effects.program.call(call).callee_name(self.effects.program.facts(call.file));
            if matches!(name, Some("map" | "flatMap" | "from")) || self.effects.keeping(call).is_some() {
                self.places.insert(Place::Call(call));
                if !self.files.contains(&call.file) {
                    self.files.push(call.file);
                }
            }
        }
    }

    fn returns(&self, f: FnRef) -> bool {
        self.returns_any(f, &|_| true)
    }

    /// The function returns the handle, by a value of that kind.
    fn returns_any(&self, f: FnRef, kind: &dyn Fn(&Value) -> bool) -> bool {
        let mut values = Vec::new();
        crate::facts::returned(&self.effects.program.function(f).body, &mut values);
        values.into_iter().any(|value| kind(value) && self.relates(f.file, value))
    }

    /// Variables of the function that hold it, or have a member that does.
    pub fn vars_of(&self, home: FnRef) -> Vec<VarRef> {
        let members = self.effects.program.index[home.file as usize].members.values().flatten();
        let holding = members.filter_map(|(base, bound)| match base {
            Value::Var(var) if self.relates(home.file, bound.value) => Some(*var),
            _ => None,
        });
        let whole = self.places.iter().filter_map(|place| match place {
            Place::Var(file, var) if *file == home.file => Some(*var),
            _ => None,
        });
        holding.chain(whole).filter(|var| var.function == home.id).collect()
    }

    /// The call puts it into one of its places.
    pub fn is_stored_by(&self, event: &Event<'a>) -> bool {
        let file = event.from.file;
        match event.callee {
            Value::Member(base, name) if DISPOSER_STORES.contains(&name.as_str()) => self.is_place(file, base),
            callee => {
                let state = self.state_of(file, callee);
                state.is_some_and(|var| self.places.contains(&Place::Var(file, var)))
                    || self.effects.state_fields(callee).is_some()
            }
        }
    }

    /// A variable at the top of the file holds it.
    pub fn is_in_module(&self, file: u32) -> bool {
        let of_file = |place: &Place| matches!(place, Place::Var(at, var) if *at == file && var.function == FnId::TOP);
        self.places.iter().any(of_file)
    }

    /// A variable of the function or of the module holds it, or a field.
    pub fn is_kept(&self, home: FnRef) -> bool {
        let of_module = |place: &Place| matches!(place, Place::Var(_, var) if var.function == FnId::TOP);
        self.fields().next().is_some() || !self.vars_of(home).is_empty() || self.places.iter().any(of_module)
    }

    /// Names of the object's fields that may hold it.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter_map(|(_, name)| name.strip_prefix("this."))
    }

    /// The value is the handle, a part of it, or holds it.
    pub fn relates(&self, file: u32, value: &Value) -> bool {
        self.relates_at(file, value, &Trail::default())
    }

    fn relates_at(&self, file: u32, value: &Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        let inner = |v: &Value| self.relates_at(file, v, &here);
        match value {
            Value::Call(id) => {
                self.places.contains(&Place::Call(CallRef { file, id: *id })) || self.call_relates(file, *id, &here)
            }
            Value::Var(var) => {
                self.places.contains(&Place::Var(file, *var))
                    || self.element_relates(file, *var, &here)
                    || self.is_registered(file, *var, &here)
            }
            Value::Member(_, name) if self.plain.contains(name) => false,
            Value::Member(base, _) => inner(base) || self.named(file, value),
            Value::Index(base, key) => {
                let any = !matches!(**key, Value::Literal(_));
                inner(base) || self.named(file, value) || any && self.has_part(file, base)
            }
            Value::Element(base) => inner(base),
            Value::Choice(values, _) | Value::List(values) => values.iter().any(inner),
            Value::Record { entries, spreads, .. } => entries.iter().map(|e| &e.value).chain(spreads).any(inner),
            _ => false,
        }
    }

    /// What the variable stands for was put, with the handle, where others ask for it: a context, mostly.
    fn is_registered(&self, file: u32, var: VarRef, trail: &Trail) -> bool {
        let [only] = self.effects.program.bound(file, var) else { return false };
        let asked = self.effects.chain_root_ref(file, only.value);
        let mut kept = match asked {
            Value::Call(_) => self.effects.program.kept(file, asked).into_iter(),
            _ => return false,
        };
        kept.any(|(from, value)| self.relates_at(from.file, value, trail))
    }

    fn named(&self, file: u32, value: &Value) -> bool {
        // Naming a value takes longer than all else here.
        !self.names.is_empty()
            && self.effects.key(file, value).is_some_and(|key| self.names.contains(&named(file, key)))
    }

    /// A field of the object is known to hold it.
    pub(super) fn has_part(&self, file: u32, value: &Value) -> bool {
        let Some(key) = self.effects.key(file, value).filter(|_| !self.names.is_empty()) else { return false };
        let (file, whole) = named(file, format!("{key}."));
        self.names.iter().any(|(other, name)| *other == file && name.starts_with(&whole))
    }

    fn call_relates(&self, file: u32, id: crate::facts::CallId, trail: &Trail) -> bool {
        let data = self.effects.program.facts(file).call(id);
        match &data.callee {
            // `Object.values(timers)`: what the fields hold.
            Value::Member(base, name) if **base == Value::Global("Object".into()) => {
                let whole = data.args.first().filter(|_| matches!(name.as_str(), "values" | "entries"));
                whole.is_some_and(|arg| self.relates_at(file, &arg.value, trail) || self.has_part(file, &arg.value))
            }
            // A place that is read by a call: `timer()`.
            callee if data.args.is_empty() && self.is_place(file, callee) => true,
            // What one waits for is an answer.
            Value::Member(base, _) => !data.awaited && self.relates_at(file, base, trail),
            _ => false,
        }
    }

    fn is_place(&self, file: u32, value: &Value) -> bool {
        matches!(value, Value::Var(var) if self.places.contains(&Place::Var(file, *var))) || self.named(file, value)
    }

    /// The parameter of a closure that a method of the handle (or of a list of handles) is given.
    fn element_relates(&self, file: u32, var: VarRef, trail: &Trail) -> bool {
        if !self.effects.is_param(file, var) {
            return false;
        }
        let Some(call) = self.effects.handed_to(FnRef { file, id: var.function }) else { return false };
        let data = self.effects.program.call(call);
        let gives = matches!(
            data.callee_name(self.effects.program.facts(file)),
            Some("forEach" | "map" | "then" | "filter" | "finally")
        );
        gives && self.call_relates(file, call.id, trail)
    }
}
