//! What one call does to the resource of a walk.
//!
//! First what data and project say, then what the words in names say. Knows no library by name.

use super::model::{Effect, Fate, MethodRole, Walk, What};
use super::resource::is_kept_by_with;
use super::runs::{gives_coroutine, is_coroutine, is_unstarted};
use super::state::{Hold, State};
use super::through::is_waited_for;
use super::{classes, names, summary};
use crate::body::cfg::{Cfg, Flow};
use crate::catalog::schema::{Kind, Role, TypeRow};
use crate::catalog::words::release::{AWAITED_STATEMENTS, CONTEXT_BEGINS, CONTEXT_ENDS};
use crate::facts::walk::binds;
use crate::facts::{Call, CallId, CallKind, FnId, Language, LocalKind, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::calls::{How, Target};
use crate::values::sites::{is_super, last_name};

impl Walk<'_, '_, '_> {
    pub fn effect(&self, state: &State, id: CallId) -> Effect {
        match self.effect_of_running_call(state, id) {
            Effect::Release | Effect::HandBack if self.never_runs(id) => Effect::Harmless,
            effect => effect,
        }
    }

    /// The call gives a coroutine that releases, and nobody waits for it: `connection.close()` without `await`.
    fn never_runs(&self, id: CallId) -> bool {
        let program = self.world.program;
        let call = CallRef { file: self.f.file, id };
        let is_coroutine = || match program_target(self, id).filter(|target| !target.functions.is_empty()) {
            Some(target) => !target.by_name && target.functions.iter().all(|g| is_coroutine(program, *g)),
            None => match self.resource.what {
                What::Catalog(ty) => {
                    gives_coroutine(&program.catalog.ty(ty).row, last_name(&program.call(call).callee))
                }
                What::Object(_) => false,
            },
        };
        is_unstarted(program, call, is_coroutine)
    }

    fn effect_of_running_call(&self, state: &State, id: CallId) -> Effect {
        let program = self.world.program;
        let data = program.facts(self.f.file).call(id);
        if matches!(data.kind, CallKind::Decorator) {
            return Effect::None;
        }
        if self.gives_back(data) {
            return Effect::HandBack;
        }
        let name = data.callee_name(program.facts(self.f.file)).unwrap_or_default();
        let gives_it = self.is_alias(state, &Value::Call(id));
        if gives_it && names::gets(name) {
            return Effect::Harmless;
        }
        let on_it = self.effect_of_method(state, data);
        if on_it != Effect::None {
            return on_it;
        }
        if gives_it {
            return Effect::Harmless;
        }
        let target = program_target(self, id);
        let given =
            data.args.iter().enumerate().map(|(at, _)| self.effect_of_argument(state, data, name, at, target.as_ref()));
        let strongest = given.max_by_key(|effect| strength(*effect)).unwrap_or(Effect::None);
        if strongest != Effect::None {
            return strongest;
        }
        match self.effect_of_closures(state, id, target.as_ref()) {
            Effect::None => self.effect_of_target(data, target.as_ref()),
            effect => effect,
        }
    }

    /// A call of a method on the resource, or on something that works over it.
    fn effect_of_method(&self, state: &State, data: &Call) -> Effect {
        if state.hold != Hold::Unopened && self.is_apart(&data.callee) {
            return Effect::Escape;
        }
        let Value::Member(base, name) = &data.callee else {
            return if self.is_alias(state, &data.callee) { Effect::Use } else { Effect::None };
        };
        if self.is_alias(state, base) {
            return self.own_method(data, name);
        }
        if self.ends_owner(base, name) {
            return Effect::HandBack;
        }
        if let Some(effect) = self.effect_through_object(base, name).filter(|_| !self.is_alias(state, &data.callee)) {
            return effect;
        }
        if self.is_settling(state, base, name) {
            return Effect::Harmless;
        }
        let Some((path, own)) = self.path_from(state, &data.callee) else { return Effect::None };
        if own && (self.is_release(&path) || self.releases_field(&path)) || !own && self.is_release_by_name(&path) {
            return Effect::Release;
        }
        let aside = names::releases(name) || names::harmless(name) || own && self.is_aside(&path);
        if aside { Effect::Harmless } else { Effect::Use }
    }

    /// `context.files.get(…)`: a part of the object that its class makes and need not end.
    fn is_aside(&self, path: &str) -> bool {
        let What::Object(class) = self.resource.what else { return false };
        let (program, classes) = (self.world.program, self.world.classes);
        path.split_once('.').is_some_and(|(part, _)| {
            program.find_method(class, part).is_some() && classes.role(program, class, part) == MethodRole::Neutral
        })
    }

    /// `client.close().catch(…)`: what is asked is the promise of a release.
    fn is_settling(&self, state: &State, base: &Value, name: &str) -> bool {
        let Value::Call(id) = base else { return false };
        let settles = self.language == Language::Script && matches!(name, "then" | "catch" | "finally");
        let Value::Member(owner, method) = &self.world.program.facts(self.f.file).call(*id).callee else {
            return false;
        };
        let ends = || self.is_release(method) || names::releases(method) || self.is_closer(method);
        settles && self.is_alias(state, owner) && ends()
    }

    /// A method of the project that closes the object it belongs to.
    fn is_closer(&self, method: &str) -> bool {
        let What::Object(class) = self.resource.what else { return false };
        self.method_of_object(class, method) == Effect::Release
    }

    /// What the resource was taken from takes it back by name, or is a local pool or engine that ends, and all of
    /// its own with it.
    fn ends_owner(&self, base: &Value, name: &str) -> bool {
        let taken = &self.world.program.call(self.acquisition).callee;
        if matches!(taken, Value::Member(owner, taking) if **owner == *base && names::gives_back(taking, name)) {
            return true;
        }
        let owner = match (taken, base) {
            (Value::Member(owner, _), Value::Var(var)) if **owner == *base => *var,
            _ => return false,
        };
        let ends = names::releases(name) || matches!(name, "end" | "dispose");
        self.resource.acquired && ends && owner.function == self.f.id && self.is_built_here(owner)
    }

    fn is_built_here(&self, owner: VarRef) -> bool {
        self.world.program.facts(self.f.file).local(owner).kind != LocalKind::Param
    }

    fn own_method(&self, data: &Call, name: &str) -> Effect {
        let ends = self.is_rust() && matches!(name, "commit" | "rollback");
        if let What::Object(class) = self.resource.what {
            return if ends { Effect::Release } else { self.method_of_object(class, name) };
        }
        if ends || self.is_release(name) || names::releases(name) && !names::hands_out(name) {
            return Effect::Release;
        }
        if let Some(effect) = self.listens(data, name) {
            return effect;
        }
        if names::harmless(name) || name == "then" {
            if name == "then" { Effect::Escape } else { Effect::Harmless }
        } else {
            Effect::Use
        }
    }

    /// What the object hands out is closed by a method that the object itself has not.
    fn method_of_object(&self, class: ClassRef, name: &str) -> Effect {
        let (program, classes) = (self.world.program, self.world.classes);
        // `tx = tx.commit_and_begin()`: the caller has it again.
        let comes_back = |method: FnRef| program.return_of(method).class() == Some(class);
        let consumed = program.find_method(class, name).filter(|method| self.is_consumed_by(*method));
        match classes.role(program, class, name) {
            _ if consumed.is_some_and(comes_back) => Effect::Use,
            _ if consumed.is_some() => Effect::HandBack,
            _ if classes.hands_out(program, class, name) => Effect::Harmless,
            MethodRole::Closes => Effect::Release,
            MethodRole::ClosesAtTimes => Effect::HandBack,
            MethodRole::Opens => Effect::Use,
            MethodRole::Neutral if names::releases(name) && program.find_method(class, name).is_none() => {
                Effect::Release
            }
            MethodRole::ClosesIfThrown | MethodRole::Neutral => Effect::Harmless,
        }
    }

    /// A method name, or a dotted path, that the data names as release.
    pub(crate) fn is_release(&self, path: &str) -> bool {
        match self.resource.what {
            What::Catalog(ty) => self.world.program.catalog.ty(ty).row.release.iter().any(|release| release == path),
            What::Object(_) => false,
        }
    }

    /// `orders.manager.queryRunner.release()`: what is around the resource gives it out under its own name.
    fn is_release_by_name(&self, path: &str) -> bool {
        path.rsplit_once('.').is_some_and(|(members, method)| self.is_its_name(members) && self.is_release(method))
    }

    /// The path ends in the resource's own name.
    pub(crate) fn is_its_name(&self, path: &str) -> bool {
        let What::Catalog(ty) = self.resource.what else { return false };
        let last = path.rsplit('.').next().unwrap_or_default();
        last.eq_ignore_ascii_case(&self.world.program.catalog.ty(ty).row.name)
    }

    /// `object.client.close()` from outside.
    fn releases_field(&self, path: &str) -> bool {
        let What::Object(class) = self.resource.what else { return false };
        let (field, rest) = path.split_once('.').unwrap_or((path, ""));
        names::releases(rest.rsplit('.').next().unwrap_or_default()) && self.world.classes.is_field(class, field)
    }

    /// The dotted path to a value from the resource (with `true`), or from something over it.
    pub(crate) fn path_from(&self, state: &State, value: &Value) -> Option<(String, bool)> {
        match value {
            Value::Member(base, name) => {
                let own = self.is_alias(state, base);
                if own || self.works_over(state, base) {
                    return Some((name.clone(), own));
                }
                self.path_from(state, base).map(|(path, own)| (format!("{path}.{name}"), own))
            }
            Value::Index(base, _) | Value::Element(base) => self.path_from(state, base).map(|(path, _)| (path, false)),
            Value::Call(id) if !self.opens(*id) => {
                let callee = &self.world.program.facts(self.f.file).call(*id).callee;
                self.path_from(state, callee).map(|(path, _)| (path, false))
            }
            _ => None,
        }
    }

    /// A variable that holds a cursor, a channel or an object around the resource.
    fn works_over(&self, state: &State, value: &Value) -> bool {
        let open = state.hold != Hold::Unopened;
        match value {
            Value::Var(var) => open && self.handles.contains(var),
            Value::Index(..) | Value::Member(..) => open && self.is_beside(value),
            Value::Call(id) if !self.opens(*id) => {
                let data = self.world.program.facts(self.f.file).call(*id);
                open && constructs(data, self) && data.args.iter().any(|arg| self.holds(state, &arg.value))
            }
            _ => false,
        }
    }

    fn effect_of_argument(&self, state: &State, data: &Call, name: &str, at: usize, target: Option<&Target>) -> Effect {
        let Some(arg) = data.args.get(at) else { return Effect::None };
        if state.hold != Hold::Unopened && arg.value.holds(&|part| self.is_whole(part)) {
            return Effect::Escape;
        }
        if self.is_releasing_function(state, &arg.value) {
            return Effect::HandBack;
        }
        if !self.holds(state, &arg.value) {
            let over = matches!(&arg.value, Value::Var(var) if self.handles.contains(var));
            if over && self.is_registered(data, at, target) {
                return Effect::Escape;
            }
            let lent = over && state.hold != Hold::Unopened || self.is_around(state, &arg.value);
            return if lent && !names::looks(name) { Effect::Use } else { Effect::None };
        }
        let own = target.filter(|target| !target.by_name).map_or(&[][..], |target| &target.functions);
        let surely = !own.is_empty() && own.iter().all(|g| self.surely_ends(*g, data, at));
        if surely || self.is_release_function(name) {
            return Effect::Release;
        }
        if names::releases(name) && !self.is_only_used(data, at, target) || self.is_given_to_release(data, at) {
            return Effect::HandBack;
        }
        // Whoever is given it may go through it to its end.
        if self.resource.is_series(self.world.program) {
            return Effect::Escape;
        }
        // `row.insert(&transaction).await` puts the row into a table.
        let statement = data.awaited && AWAITED_STATEMENTS.contains(&name);
        let keeps = names::keeps(name) && !statement && !is_waited_for(self.world.program, self.f.file, data);
        if keeps && target.is_none_or(|target| target.functions.is_empty()) {
            return Effect::Escape;
        }
        if names::looks(name) && target.is_none_or(|target| target.functions.is_empty()) {
            return Effect::Harmless;
        }
        match self.effect_of_lending(data, at, target) {
            Effect::Use | Effect::Harmless if self.is_promise(data, &arg.value) => Effect::Escape,
            effect => effect,
        }
    }

    /// `to_thread(pool.putconn, connection)`: a function that stands before it is given it, and gives it back.
    fn is_given_to_release(&self, data: &Call, at: usize) -> bool {
        let passes = self.world.program.semantics(self.f.file).passes_along;
        let releases = |value: &Value| matches!(value, Value::Var(_) | Value::Member(..)) && self.releases_given(value);
        passes && data.args.iter().take(at).any(|arg| releases(&arg.value))
    }

    fn releases_given(&self, function: &Value) -> bool {
        match function {
            Value::Var(var) => self.is_release_function(&self.world.program.facts(self.f.file).local(*var).name),
            function => self.is_release_function(last_name(function)),
        }
    }

    /// The name tells what happens to something else that it is given, and what it runs is known and leaves the
    /// resource open: `remove(connection, id)`.
    fn is_only_used(&self, data: &Call, at: usize, target: Option<&Target>) -> bool {
        let Some(target) = target.filter(|target| !target.by_name && target.class.is_none()) else { return false };
        let name = data.callee_name(self.world.program.facts(self.f.file)).unwrap_or_default();
        let others = data.args.iter().enumerate().filter(|(other, _)| *other != at);
        let mut things = others.filter(|(_, arg)| !matches!(arg.value, Value::Literal(_) | Value::Closure(_)));
        let used = |g: &FnRef| self.fate_in(*g, data, at) == Fate::Used;
        names::ends_things(name)
            && things.next().is_some()
            && !target.functions.is_empty()
            && target.functions.iter().all(used)
    }

    fn effect_of_lending(&self, data: &Call, at: usize, target: Option<&Target>) -> Effect {
        let Some(target) = target else { return self.effect_of_unknown(data, at) };
        if self.is_given_away(data, at, target) {
            return Effect::HandBack;
        }
        if let Some(class) = target.class {
            if is_super(data) {
                return Effect::Escape;
            }
            let constructor = self.world.program.constructor(class).map(|(_, constructor)| constructor);
            let fate = constructor.map_or(Fate::Kept, |g| self.fate_in(g, data, at));
            let closes = self.class_may_close(class);
            return match fate {
                Fate::Released => Effect::HandBack,
                _ if closes => Effect::Escape,
                _ => Effect::Harmless,
            };
        }
        let fates = target.functions.iter().map(|g| self.fate_in(*g, data, at));
        match fates.max() {
            Some(Fate::Released) => Effect::HandBack,
            Some(Fate::Kept | Fate::Registered) => Effect::Escape,
            Some(Fate::ReleasedIfThrown) => Effect::Harmless,
            Some(Fate::Used) => Effect::Use,
            None => self.effect_of_unknown(data, at),
        }
    }

    /// Every way through the function that goes well comes by the catalogue's release of the argument, and the call
    /// waits for it.
    fn surely_ends(&self, g: FnRef, data: &Call, at: usize) -> bool {
        let What::Catalog(ty) = self.resource.what else { return false };
        let program = self.world.program;
        let function = program.function(g);
        let Some(local) = super::bodies::parameter(function, data, at) else { return false };
        let given = |value: &Value| *value == Value::Var(VarRef { function: g.id, local });
        let ends = |call: &Call| match &call.callee {
            Value::Member(base, name) if given(base) => program.catalog.releases(ty, name),
            callee => self.is_release_function(last_name(callee)) && call.args.iter().any(|arg| given(&arg.value)),
        };
        let cfg = program.cfg(g);
        let certain =
            |id: CallId| cfg.of_call(id).iter().any(|node| cfg.post_dominates(*node, Cfg::ENTRY, Flow::Normal));
        let calls = &program.facts(g.file).calls;
        let own = |id: &CallId| calls[id.index()].function == g.id && ends(&calls[id.index()]);
        (data.awaited || !function.flags.is_async) && program.ids_within(g).into_iter().filter(own).any(certain)
    }

    /// What a function of the project does with the argument.
    pub(crate) fn fate_in(&self, g: FnRef, data: &Call, at: usize) -> Fate {
        let keys = data.args.get(at).map(|arg| summary::keys(&arg.value, &|value| self.is_ever(value)));
        self.world.summaries.argument(g, self.f.file, data, at, keys.unwrap_or_default())
    }

    /// A function of the project has something run with the argument from then on.
    fn is_registered(&self, data: &Call, at: usize, target: Option<&Target>) -> bool {
        let mut functions = target.into_iter().flat_map(|target| &target.functions);
        functions.any(|g| self.fate_in(*g, data, at) == Fate::Registered)
    }

    /// Some method of the class closes one of its fields.
    pub(crate) fn class_may_close(&self, class: ClassRef) -> bool {
        let program = self.world.program;
        program.ancestry(class).into_iter().flat_map(|part| program.own_methods(part)).any(|method| {
            let name = program.function(method).name.as_deref().unwrap_or_default();
            names::releases(name) || CONTEXT_ENDS.contains(&name)
        })
    }

    fn effect_of_unknown(&self, data: &Call, at: usize) -> Effect {
        let call = self.world.program.reference(self.f.file, data);
        if call.is_some_and(|call| self.world.program.is_unread(call)) {
            return Effect::Escape;
        }
        // In Rust, a function that takes it for good is given the variable.
        let asked = self.given.is_none() || self.is_rust();
        let lendable = asked && self.resource.lendable(self.world.program, self.language);
        let bundled = data.args.get(at).is_some_and(|arg| matches!(arg.value, Value::List(_)));
        let name = data.callee_name(self.world.program.facts(self.f.file)).unwrap_or_default();
        if !lendable && self.is_lent_to_library(data, name) {
            return Effect::Use;
        }
        match (lendable, constructs(data, self)) {
            (true, true) if bundled => Effect::Escape,
            (true, false) if !self.resource.acquired && names::makes(name) => Effect::Escape,
            (true, true) => Effect::Harmless,
            (true, false) if self.is_ended_by_callback(data, at) => Effect::HandBack,
            (true, false) => Effect::Use,
            (false, _) => Effect::Escape,
        }
    }

    /// A function of a library that is waited for, whose result nobody keeps, and whose name says nothing of keeping
    /// what it is given, or of making something around it.
    fn is_lent_to_library(&self, data: &Call, name: &str) -> bool {
        let Value::Var(var) = data.callee else { return false };
        let facts = self.world.program.facts(self.f.file);
        let LocalKind::Import(import) = facts.local(var).kind else { return false };
        let id = facts.calls.iter().position(|call| std::ptr::eq(call, data));
        let call = |id: usize| Value::Call(CallId(id as u32));
        let kept = |id: usize| binds(&self.world.program.function(self.f).body).any(|bind| *bind.value == call(id));
        self.given.is_none()
            && !self.is_rust()
            && data.awaited
            && self.world.program.home_of(self.f.file, import).is_none()
            && !constructs(data, self)
            && !names::sets_up(name)
            && !id.is_none_or(kept)
    }

    fn is_release_function(&self, name: &str) -> bool {
        let What::Catalog(ty) = self.resource.what else { return false };
        let functions = &self.world.program.catalog.ty(ty).row.release_functions;
        functions.iter().any(|function| function.trim_start_matches('.') == name)
    }

    /// `connection.close` by reference, or a local function that releases it.
    pub(crate) fn is_releasing_function(&self, state: &State, value: &Value) -> bool {
        match value {
            Value::Member(base, name) => self.is_alias(state, base) && (names::releases(name) || self.is_release(name)),
            Value::Var(var) => match self.world.program.facts(self.f.file).local(*var).kind {
                LocalKind::Function(id) => state.hold != Hold::Unopened && self.closure_effect(id) == Effect::HandBack,
                _ => false,
            },
            Value::Closure(id) => state.hold != Hold::Unopened && self.closure_effect(*id) == Effect::HandBack,
            _ => false,
        }
    }

    /// A project function that touches nothing of it by its arguments.
    fn effect_of_target(&self, data: &Call, target: Option<&Target>) -> Effect {
        let Some(target) = target else { return Effect::None };
        let inner = target.functions.iter().filter(|g| g.file == self.f.file && g.id != self.f.id);
        let local: Vec<FnId> =
            inner.filter(|g| super::bodies::inside(self.world.program, self.f, g.id)).map(|g| g.id).collect();
        let run = |id: FnId| match self.closure_effect(id) {
            Effect::None => self.effect_of_running(id, data.awaited),
            effect => effect,
        };
        if let Some(effect) = local.into_iter().map(run).find(|effect| *effect != Effect::None) {
            return effect;
        }
        let throws = !target.by_name && target.functions.iter().any(|g| self.world.summaries.may_throw(*g));
        if throws { Effect::Throws } else { Effect::None }
    }

    /// What a function that captures the resource will do to it one day.
    pub fn closure_effect(&self, id: FnId) -> Effect {
        if self.follows(id) {
            return Effect::None;
        }
        let g = crate::program::FnRef { file: self.f.file, id };
        if self.mentions_end(g) {
            return Effect::HandBack;
        }
        match self.world.summaries.body(g, &self.ever) {
            Fate::Released | Fate::ReleasedIfThrown => Effect::HandBack,
            Fate::Kept | Fate::Registered => Effect::Escape,
            Fate::Used => Effect::None,
        }
    }

    pub fn never_throws(&self, id: CallId) -> bool {
        let data = self.world.program.facts(self.f.file).call(id);
        let name = data.callee_name(self.world.program.facts(self.f.file)).unwrap_or_default();
        let Some(target) = program_target(self, id) else { return names::looks(name) };
        let quiet = !target.functions.is_empty() && target.functions.iter().all(|g| self.world.summaries.is_quiet(*g));
        quiet || names::looks(name) && target.functions.is_empty()
    }

    /// The value is the resource on this path.
    pub fn is_alias(&self, state: &State, value: &Value) -> bool {
        if state.hold == Hold::Unopened {
            return false;
        }
        match value {
            Value::Call(id) if self.opens(*id) => !self.bundled.is_some(),
            Value::Call(id) => self.same_again(*id, &|base| self.is_alias(state, base)),
            Value::Var(var) => state.aliases.contains(var),
            Value::Member(..) | Value::Index(..) if self.is_taken_out(value) => true,
            Value::Member(base, field) if self.is_inside(field) && self.is_alias(state, base) => true,
            Value::Member(..) => state.placed && self.slot == Some(value),
            Value::Choice(values, _) => values.iter().any(|value| self.is_alias(state, value)),
            Value::Element(base) if self.is_rust() && !self.gives_one(base) => self.is_alias(state, base),
            _ => false,
        }
    }

    /// The value may be the resource on some path.
    pub fn is_ever(&self, value: &Value) -> bool {
        match value {
            Value::Call(id) if self.opens(*id) => !self.bundled.is_some(),
            Value::Call(id) => self.same_again(*id, &|base| self.is_ever(base)),
            Value::Var(var) => self.ever.contains(var),
            Value::Member(..) | Value::Index(..) if self.is_taken_out(value) => true,
            Value::Member(base, field) if self.is_inside(field) && self.is_ever(base) => true,
            Value::Member(..) => self.slot == Some(value),
            Value::Choice(values, _) => values.iter().any(|value| self.is_ever(value)),
            Value::Element(base) if self.is_rust() && !self.gives_one(base) => self.is_ever(base),
            _ => false,
        }
    }

    /// A method that gives back its receiver, or a function its argument, by the data.
    fn same_again(&self, id: CallId, is: &dyn Fn(&Value) -> bool) -> bool {
        let data = self.world.program.facts(self.f.file).call(id);
        let target = self.world.graph.target(CallRef { file: self.f.file, id });
        if let Some(value) = target.and_then(|target| self.world.program.given_back(data, &target.rows)) {
            return is(value);
        }
        let Value::Member(base, name) = &data.callee else { return false };
        if !is(base) {
            return false;
        }
        if name == "catch" || CONTEXT_BEGINS.contains(&name.as_str()) {
            return true;
        }
        let result = || self.world.program.call_result(CallRef { file: self.f.file, id });
        if let What::Object(class) = self.resource.what {
            let unwrapped = self.is_rust() && result().class() == Some(class);
            let (program, classes) = (self.world.program, self.world.classes);
            return unwrapped || classes::is_fluent(program, class, name) || classes.hands_out(program, class, name);
        }
        let (What::Catalog(ty), Some(target)) = (self.resource.what, program_target(self, id)) else { return false };
        let same = target.gives.is_some_and(|given| given.how == How::Same && given.ty == ty)
            || target.functions.is_empty() && self.resource.has_role(self.world.program, name, Role::Same);
        same || self.is_rust() && target.gives.is_none() && result().concept() == Some(ty)
    }

    /// The value contains the resource, or an object around it.
    pub fn holds(&self, state: &State, value: &Value) -> bool {
        value.holds(&|inner| self.is_alias(state, inner) || state.hold != Hold::Unopened && self.is_whole(inner))
    }

    /// It is what a call that is given the resource makes at once: `Repository(connection)`, `kind(connection)`.
    pub fn is_made_of(&self, state: &State, value: &Value) -> bool {
        let Value::Call(id) = value else { return false };
        let data = self.world.program.facts(self.f.file).call(*id);
        !data.awaited && data.args.iter().any(|arg| self.holds(state, &arg.value))
    }

    /// A result that still works over the resource: a view, a cursor, an object around it.
    pub fn is_view(&self, state: &State, value: &Value) -> bool {
        match value {
            Value::Var(var) => self.handles.contains(var) || self.is_function_over_it(*var),
            Value::Member(base, _) if self.is_whole(base) => self.is_beside(value),
            Value::Member(base, _) => matches!(**base, Value::Call(id) if self.opens(id)),
            Value::Index(base, _) => self.is_alias(state, base) || self.is_view(state, base),
            Value::Closure(id) if self.inline.contains(id) => false,
            Value::Closure(id) => self.closure_effect(*id) != Effect::None || self.captures(*id),
            Value::Call(id) if !self.opens(*id) => {
                let data = self.world.program.facts(self.f.file).call(*id);
                let around = constructs(data, self)
                    && data.args.iter().any(|arg| self.holds(state, &arg.value) || self.is_view(state, &arg.value));
                around || self.path_from(state, &data.callee).is_some() && self.gives_handle(*id)
            }
            Value::Record { entries, spreads, .. } => {
                entries.iter().any(|entry| self.is_view(state, &entry.value))
                    || spreads.iter().any(|v| self.is_view(state, v))
            }
            Value::List(items) | Value::Choice(items, _) => items.iter().any(|item| self.is_view(state, item)),
            _ => false,
        }
    }

    /// A call over the resource whose result is no mere data.
    pub fn is_handle(&self, value: &Value) -> bool {
        match value {
            Value::Call(id) if !self.opens(*id) => {
                let callee = &self.world.program.facts(self.f.file).call(*id).callee;
                self.is_built_around(*id) || self.comes_from(callee) && self.gives_handle(*id)
            }
            Value::Var(var) => self.handles.contains(var),
            Value::Index(base, _) | Value::Member(base, _) if self.is_whole(base) => self.is_beside(value),
            Value::Index(base, _) => self.is_ever(base) || self.is_handle(base),
            Value::Choice(values, _) => values.iter().any(|value| self.is_handle(value)),
            _ => false,
        }
    }

    /// An object that is made of the resource, or of a handle.
    fn is_built_around(&self, id: CallId) -> bool {
        let data = self.world.program.facts(self.f.file).call(id);
        constructs(data, self) && data.args.iter().any(|arg| self.is_ever(&arg.value) || self.is_handle(&arg.value))
    }

    /// Looks at each link of a chain once: what a call's callee comes from is not asked again by way of its handle.
    fn comes_from(&self, callee: &Value) -> bool {
        match callee {
            Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => {
                let is_handle = match **base {
                    Value::Call(id) => !self.opens(id) && self.is_built_around(id),
                    _ => self.is_handle(base),
                };
                is_handle || self.is_ever(base) || self.comes_from(base)
            }
            Value::Call(id) if !self.opens(*id) => {
                self.comes_from(&self.world.program.facts(self.f.file).call(*id).callee)
            }
            _ => false,
        }
    }

    /// What a method makes anew lives by itself: `client.duplicate()`.
    fn gives_handle(&self, id: CallId) -> bool {
        let (call, data) = (CallRef { file: self.f.file, id }, self.world.program.facts(self.f.file).call(id));
        if self.resource.has_role(self.world.program, crate::values::sites::last_name(&data.callee), Role::Make) {
            return false;
        }
        let acquired = || self.world.graph.target(call).and_then(|target| target.gives).is_some();
        let lives =
            |row: &TypeRow| !matches!(row.kind, Kind::Builder | Kind::Framework) && (!row.only_acquired || acquired());
        let concept = self.world.program.call_result(call).concept();
        concept.is_some_and(|ty| lives(&self.world.program.catalog.ty(ty).row))
            || names::hands_out(crate::values::sites::last_name(&data.callee))
    }

    /// `with` over the resource itself gives it back.
    pub fn ends_with_scope(&self) -> bool {
        match self.resource.what {
            What::Catalog(ty) => {
                let row = &self.world.program.catalog.ty(ty).row;
                row.context_manager || row.collected
            }
            What::Object(_) => true,
        }
    }

    pub fn is_kept_by_with(&self) -> bool {
        let What::Catalog(ty) = self.resource.what else { return false };
        is_kept_by_with(self.world.program, self.world.graph, self.acquisition, ty)
    }

    /// `with closing(resource)`, or any other manager that is given it and is no object over it.
    pub fn is_closing(&self, state: &State, value: &Value) -> bool {
        let Value::Call(id) = value else { return false };
        let data = self.world.program.facts(self.f.file).call(*id);
        data.args.iter().any(|arg| self.holds(state, &arg.value)) && !constructs(data, self)
    }
}

fn program_target(walk: &Walk, id: CallId) -> Option<Target> {
    walk.world.graph.target(CallRef { file: walk.f.file, id }).cloned()
}

/// The call makes an object, as far as its form and name tell.
fn constructs(data: &Call, walk: &Walk) -> bool {
    let name = data.callee_name(walk.world.program.facts(walk.f.file)).unwrap_or_default();
    data.kind == CallKind::New || names::is_type_name(name)
}

fn strength(effect: Effect) -> u8 {
    match effect {
        Effect::None => 0,
        Effect::Harmless => 1,
        Effect::Throws => 2,
        Effect::Use => 3,
        Effect::Release => 4,
        Effect::HandBack => 5,
        Effect::Escape => 6,
    }
}
