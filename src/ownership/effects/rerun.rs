//! Effects that run again and open once more, while the release waits for the end of the component: what all runs but
//! the last have opened stays.
//!
//! Only effects that surely run again count, places that hold one thing, and starts that neither end nor look at what
//! is in them. Knows no library.

use super::ends::ends;
use super::lifespan::returned_by;
use super::model::{Case, Event, Fit, Fitting, Owner, Registered};
use super::tested::all_tested;
use super::{Effects, Open};
use crate::catalog::schema::{ArgKey, Gives, Kind};
use crate::facts::trail::Trail;
use crate::facts::{CallId, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::conditions::record_key;
use crate::values::flow::{is_used, mentions};

impl<'a> Case<'_, 'a> {
    /// The release is for the last run alone.
    pub(crate) fn outruns(&self, fitting: &Fitting<'_, 'a>, event: &Event<'a>) -> bool {
        let open = fitting.open;
        let one = match open.opener.kind {
            Kind::Observer => false,
            Kind::Listener => self.adds_another(open),
            _ => {
                (!open.opener.pedantic || open.repeats)
                    && matches!(open.opener.gives, Gives::Handle | Gives::Disposer | Gives::Receiver)
                    && self.is_kept_in_one_place(fitting)
            }
        };
        one && open.object.is_none()
            && self.runs_anew(open)
            && !self.looks_first(fitting)
            && self.last_functions().contains(&event.from)
    }

    /// A function that each run makes, on what stays from run to run.
    fn adds_another(&self, open: &Open<'a>) -> bool {
        let handler = open.opener.handler.and_then(|at| self.effects.program.call(open.call).positional(at));
        handler.is_some_and(|arg| self.is_made_by_run(open, &arg.value))
            && !super::receivers::goes_by_itself(self.effects, self.owner, open)
    }

    /// A function written where it stands, or what the opening function puts one into: a place that outlives it.
    fn is_made_by_run(&self, open: &Open<'a>, handler: &Value) -> bool {
        let file = open.call.file;
        let place = match handler {
            Value::Closure(_) => return true,
            Value::Var(var) if var.function == open.from.id => return false,
            Value::Var(_) | Value::Member(..) => self.effects.key(file, handler),
            _ => None,
        };
        let made = |(target, value): &(&Value, &Value)| {
            matches!(value, Value::Closure(_)) && self.effects.key(file, target) == place
        };
        place.is_some() && super::assigned::binds_of(self.effects, open.from).iter().any(made)
    }

    /// A listener on what stays from run to run, where the end of a run removes others from it, or each run brings
    /// another handler: each run adds one more.
    pub(crate) fn is_left_on(&self, open: &Open<'a>) -> bool {
        let listens = open.opener.kind == Kind::Listener && self.owner.effect.is_some();
        let removes = |own| super::presumed::removal_of_other(self.effects, open, &self.ends, own).is_some();
        let Some(own) = self.effects.receiver_of(open).filter(|_| listens) else { return false };
        self.runs_anew(open) && removes(own)
            || self.has_new_handler(open) && self.is_of_component(own, &Trail::default())
    }

    /// The effect depends on the handler itself, which is made anew while the component lives.
    fn has_new_handler(&self, open: &Open<'a>) -> bool {
        let Some(Value::List(deps)) = self.owner.deps else { return false };
        let at = open.opener.handler.filter(|_| open.path.is_empty() && open.call.file == self.owner.home.file);
        let handler = at.and_then(|at| self.effects.program.call(open.call).positional(at));
        let anew = |value: &Value| super::presumed::is_given_anew(self.effects, self.owner, open.call.file, value);
        handler.is_some_and(|arg| deps.contains(&arg.value) && anew(&arg.value))
    }

    /// Taken from what a variable of the component holds, not made by the effect.
    fn is_of_component(&self, (file, value): (u32, &'a Value), trail: &Trail) -> bool {
        let Value::Var(var) = self.effects.chain_root_ref(file, value) else { return false };
        let within = |f| self.effects.within(self.owner.start, FnRef { file, id: f });
        match self.effects.program.bound(file, *var) {
            [only] if within(var.function) => {
                trail.step(only.value).is_some_and(|here| self.is_of_component((file, only.value), &here))
            }
            _ => file == self.owner.home.file && var.function == self.owner.home.id,
        }
    }

    /// Functions that run when the component goes, and at no other time.
    fn last_functions(&self) -> Vec<FnRef> {
        let registered = self.homes.get(&self.owner.home).map_or(&[][..], |home| &home.effects);
        let others = registered.iter().filter(|other| other.returns && other.start != self.owner.start);
        // What runs again for a reason of its own has runs of its own, which end when no other effect's do.
        let never = |other: &&Registered<'a>| {
            self.owner.again || matches!(other.deps, Some(Value::List(deps)) if deps.is_empty())
        };
        let (once, again): (Vec<_>, Vec<_>) = others.partition(never);
        let disposers = |of: &[&Registered<'a>]| -> Vec<(FnRef, &'a Value)> {
            of.iter().flat_map(|other| returned_by(self.effects, other.start)).collect()
        };
        let mut runs = disposers(&again);
        runs.extend(returned_by(self.effects, self.owner.start).into_iter().filter(|_| self.owner.returns));
        // What a run registers inside of itself belongs to that run.
        let inside = self.hook().and_then(|row| row.cleanup.as_ref()).is_some_and(|cleanup| cleanup.inside);
        let of_run = |f: &&FnRef| inside && self.effects.within(self.owner.start, **f);
        let of_runs: Vec<FnRef> =
            self.owner.ends.iter().filter(of_run).chain(self.ends_of_runs).chain(&self.owner.leaves).copied().collect();
        let runs = ends(self.effects, &of_runs, &runs).functions;
        let last = ends(self.effects, &self.owner.ends, &disposers(&once)).functions;
        last.into_iter().filter(|f| !runs.contains(f)).collect()
    }

    /// A variable or field that outlives the function which fills it, not one of many in a collection.
    fn is_kept_in_one_place(&self, fitting: &Fitting<'_, 'a>) -> bool {
        let open = fitting.open;
        let mut way = [open.call].into_iter().chain(open.path.iter().copied()).map(|call| self.effects.at(call));
        way.any(|f| {
            super::assigned::binds_of(self.effects, f).into_iter().any(|(target, value)| {
                let own = matches!(target, Value::Var(var) if var.function == f.id);
                let place = matches!(target, Value::Var(_) | Value::Member(..));
                place && !own && fitting.handle.relates(f.file, value)
            })
        })
    }

    /// It surely runs more than once while the component lives: nothing says when, or something that it depends on
    /// changes.
    pub(crate) fn repeats(&self) -> bool {
        let (effects, file) = (self.effects, self.owner.home.file);
        match self.owner.deps {
            Some(Value::List(deps)) => deps.iter().any(|dep| match dep {
                Value::Var(var) if var.function == self.owner.home.id => {
                    effects.varies(file, *var) || super::presumed::is_given_anew(effects, self.owner, file, dep)
                }
                _ => false,
            }),
            Some(_) => self.watched().into_iter().any(|(file, deps)| {
                deps.iter().any(|dep| matches!(dep, Value::Var(var) if effects.varies(file, *var)))
            }),
            None => self.owner.again || self.runs_always() && self.is_rendered_again(),
        }
    }

    /// The dependency lists of the effect, each with its file: its own one, or those that callers give the hook around it.
    pub(crate) fn watched(&self) -> Vec<(u32, &'a [Value])> {
        let home = self.owner.home;
        let program = self.effects.program;
        let list = match self.owner.deps {
            Some(Value::List(deps)) => return vec![(home.file, deps)],
            Some(Value::Var(list)) if list.function == home.id => list,
            _ => return Vec::new(),
        };
        let Some(at) = program.function(home).params.iter().position(|param| param.local == list.local) else {
            return Vec::new();
        };
        let callers = self.effects.project.graph.targets.callers(home).iter();
        let given = callers.filter_map(|call| match &program.call(*call).positional(at)?.value {
            Value::List(deps) => Some((call.file, deps.as_slice())),
            _ => None,
        });
        given.collect()
    }

    /// Something that the component has changes: a state, what a hook gives, a property.
    fn is_rendered_again(&self) -> bool {
        let (effects, home) = (self.effects, self.owner.home);
        let program = effects.program;
        let varies = |id: &CallId| {
            let call = program.facts(home.file).call(*id);
            call.function == home.id && call.callee_name(program.facts(home.file)).is_some_and(crate::facts::is_hook)
        };
        let hooks = program.ids_within(home).into_iter().filter(varies).map(|id| CallRef { file: home.file, id });
        let starts =
            |call: &CallRef| self.homes.get(&home).is_some_and(|data| data.effects.iter().any(|e| e.call == *call));
        !program.function(home).params.is_empty() || hooks.into_iter().any(|call| !starts(&call))
    }

    /// What the effect watches changes while the component lives.
    fn runs_anew(&self, open: &Open<'a>) -> bool {
        match self.owner.deps {
            Some(Value::List(deps)) => deps.iter().any(|dep| self.changes(open, dep)),
            Some(_) => false,
            None => self.owner.again || self.is_watcher(open),
        }
    }

    /// Its row says that it runs again, and nothing stops it after the first.
    fn is_watcher(&self, open: &Open<'a>) -> bool {
        let (Some(call), Some(row)) = (self.owner.effect, self.hook().filter(|row| row.reruns)) else { return false };
        let stopped = is_used(self.effects.program, call);
        let once = |value: &Value| record_key(value, "once").is_some();
        // Where nothing else says what it waits for, it is what it reads.
        let reads = row.args.contains(&ArgKey::Position(0));
        (!reads || self.is_about_component(open) || self.reads_what_changes())
            && !stopped
            && !self.effects.program.call(call).args.iter().any(|arg| once(&arg.value))
    }

    /// The start takes a state or a property of the component into a variable of its own.
    fn reads_what_changes(&self) -> bool {
        let (effects, start) = (self.effects, self.owner.start);
        self.reads_state() || self.taken().any(|value| effects.property(start, value).is_some())
    }

    /// The start takes a state of the component into a variable of its own.
    fn reads_state(&self) -> bool {
        let (effects, file) = (self.effects, self.owner.start.file);
        self.taken()
            .any(|value| mentions(effects.program, file, value, &mut |part| effects.holds_state(self.owner, part)))
    }

    /// What the start puts into variables of its own.
    fn taken(&self) -> impl Iterator<Item = &'a Value> {
        let start = self.owner.start;
        let own = move |target: &Value| matches!(target, Value::Var(var) if var.function == start.id);
        let binds = super::assigned::binds_of(self.effects, start).into_iter();
        binds.filter(move |(target, _)| own(target)).map(|(_, value)| value)
    }

    /// It runs again when a state changes that the opening hangs on.
    pub(crate) fn waits_for_state(&self, open: &Open<'a>) -> bool {
        let file = self.owner.home.file;
        let program = self.effects.program;
        let told =
            |value: &Value| mentions(program, file, value, &mut |part| self.effects.holds_state(self.owner, part));
        let waits_for = || {
            let mut preds = all_tested(&open.preds).into_iter().filter(|(at, _)| *at == file);
            self.given_at_home(open).any(told) || preds.any(|(_, value)| told(value))
        };
        let reads = self.hook().is_some_and(|row| row.args.contains(&ArgKey::Position(0)));
        self.is_watcher(open) && (!reads || waits_for() || self.reads_state())
    }

    /// What is opened hangs on a variable or field of the component.
    fn is_about_component(&self, open: &Open<'a>) -> bool {
        let home = self.owner.home;
        let own = |value: &Value| match value {
            Value::Var(var) => var.function == home.id,
            other => *other == Value::This,
        };
        let about = |value: &Value| mentions(self.effects.program, home.file, value, &mut |part| own(part));
        let preds = all_tested(&open.preds).into_iter().filter(|(file, _)| *file == home.file);
        self.given_at_home(open).any(about) || preds.into_iter().any(|(_, value)| about(value))
    }

    /// A state that is given several values, or what the component is handed and the opening is about.
    fn changes(&self, open: &Open<'a>, dep: &'a Value) -> bool {
        let file = self.owner.home.file;
        let Value::Var(var) = dep.root() else { return false };
        let program = self.effects.program;
        let told = |value: &Value| mentions(program, file, value, &mut |v| v == dep.root());
        let says = |id: CallId| {
            let call = program.facts(file).call(id);
            told(&call.callee) || call.args.iter().any(|arg| told(&arg.value))
        };
        // A function is about what its calls are given.
        let about = |value: &Value| match value {
            Value::Closure(id) => program.ids_within(FnRef { file, id: *id }).into_iter().any(says),
            other => told(other),
        };
        self.effects.varies(file, *var) || self.is_handed(*var) && self.given_at_home(open).any(about)
    }

    /// What the file of the component gives to the calls on the way to the opening, and to those that make what that
    /// is called on.
    fn given_at_home(&self, open: &Open<'a>) -> impl Iterator<Item = &'a Value> {
        let (program, file) = (self.effects.program, self.owner.home.file);
        let calls = open.path.iter().copied().chain(self.chain(open.call)).filter(move |call| call.file == file);
        calls.flat_map(|call| &program.call(call).args).map(|arg| &arg.value)
    }

    /// The call and those that make what it is called on: `client.channel(name)` below `.subscribe()`.
    fn chain(&self, call: CallRef) -> Vec<CallRef> {
        let program = self.effects.program;
        let below = |at: &CallRef| match &program.call(*at).callee {
            Value::Member(base, _) => match program.deref(self.effects.at(*at), base) {
                Value::Call(id) if *id < at.id => Some(CallRef { file: at.file, id: *id }),
                _ => None,
            },
            _ => None,
        };
        std::iter::successors(Some(call), below).collect()
    }

    /// A parameter of the component, or a part of one.
    fn is_handed(&self, var: VarRef) -> bool {
        let file = self.owner.home.file;
        let is_param = |var: VarRef| var.function == self.owner.home.id && self.effects.is_param(file, var);
        let part = |value: &Value| matches!(value.root(), Value::Var(root) if is_param(*root));
        is_param(var) || matches!(self.effects.program.bound(file, var), [only] if part(only.value))
    }

    /// The start ends what is in the place, or opens only where some place is empty.
    fn looks_first(&self, fitting: &Fitting<'_, 'a>) -> bool {
        let ends = |event: &Event<'a>| self.visited.contains(&event.from) && fitting.fit(event) != Fit::Unrelated;
        let cell = |value: &Value| matches!(value, Value::Member(_, name) if name == "current");
        let mut tested = all_tested(&fitting.open.preds).into_iter();
        // What the end of the component calls too is no part of the body.
        let mut events = self.body.iter().chain(&self.ends.events);
        tested.any(|(file, value)| cell(value) || fitting.handle.relates(file, value)) || events.any(ends)
    }
}

impl Effects<'_, '_> {
    /// A variable or field of the component, made by what its framework has for states.
    fn holds_state(&self, owner: &Owner, value: &Value) -> bool {
        let made = |file: u32, value: &Value| {
            let facts = self.program.facts(file);
            match value.root() {
                Value::Call(id) => facts.call(*id).callee_name(facts).is_some_and(|name| self.makes_state(name)),
                _ => false,
            }
        };
        let home = owner.home.file;
        match value {
            Value::Var(var) => self.program.bound(home, *var).iter().any(|bound| made(home, bound.value)),
            Value::Member(base, name) if **base == Value::This => {
                self.program.class_around(owner.start).is_some_and(|class| {
                    let mut fields = self.program.class(class).fields.iter().filter(|field| field.name == *name);
                    fields.any(|field| field.value.as_ref().is_some_and(|value| made(class.file, value)))
                })
            }
            _ => false,
        }
    }

    fn makes_state(&self, name: &str) -> bool {
        let rows = self.program.active.iter().flat_map(|id| &self.program.catalog.package(*id).components);
        rows.flat_map(|row| &row.states).any(|known| known == name)
    }

    /// A state variable that is set to more than one value.
    fn varies(&self, file: u32, var: VarRef) -> bool {
        let given = self.given_to_state(file, var);
        given.iter().any(|(_, value)| *value != given[0].1 || !matches!(value, Value::Literal(_)))
    }
}
