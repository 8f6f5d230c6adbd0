//! What a module takes or opens when it is loaded and requests use afterwards: one for all of them. It stands in a
//! variable of the module, in a field of an object that a module makes, or under a name of the application.
//!
//! What came out of a pool is never given back to it; a connection for one at a time has the statements of all who run
//! side by side in one transaction. Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::model::{Resource, What};
use super::provided::{self, Asked};
use super::runs::{is_awaited, is_returned};
use super::{Leak, Path, Survey, held, names};
use crate::catalog::schema::{Kind, Platform};
use crate::catalog::words::release::LOCKS;
use crate::contexts::Context;
use crate::facts::walk::around_call;
use crate::facts::{Arg, FnId, Literal, Node, Value, VarRef, returned};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;
use crate::values::follow::{At, behind};
use crate::values::sites::last_name;

/// A connection for one at a time that requests share.
#[derive(Debug, Clone)]
pub struct SharedByRequests {
    pub call: CallRef,
    pub resource: Resource,
    /// What a request does with it.
    pub used: CallRef,
}

impl Survey<'_, '_, '_, '_> {
    /// What modules hold for all requests.
    pub(crate) fn of_process(&mut self) {
        let kept: FxHashMap<CallRef, Resource> =
            self.world.program.calls().filter_map(|call| self.kept(call)).collect();
        if kept.is_empty() {
            return;
        }
        let mut uses: FxHashMap<CallRef, CallRef> = FxHashMap::default();
        let mut known: FxHashMap<Holder, Option<CallRef>> = FxHashMap::default();
        let providers = self.providers();
        for used in self.world.program.calls() {
            let Some(holder) = holder(self.world.program, used, &providers) else { continue };
            let from = |holder: Holder<'_>| match holder {
                Holder::Provided(provider) => self.provided_by(provider, &kept),
                Holder::Variable(file, var) => self.origin(file, var, &kept),
                Holder::Field(class, name) => self.in_field(class, name, &kept, &mut FxHashSet::default()),
                Holder::Registered(call) => self.behind_call(call, &kept, &mut FxHashSet::default()),
            };
            let Some(call) = *known.entry(holder).or_insert_with_key(|key| from(*key)) else { continue };
            if !uses.contains_key(&call) && self.meets_others(used, kept[&call]) {
                uses.insert(call, used);
            }
        }
        let mut uses: Vec<(CallRef, CallRef)> = uses.into_iter().collect();
        uses.sort();
        for (call, used) in uses {
            let resource = kept[&call];
            match resource.acquired {
                true => {
                    let leak = Leak::of_whole(call, resource, Path::Shared(used), true);
                    self.found.leaks.push(Leak { whole: false, ..leak });
                }
                false => self.found.shared.push(SharedByRequests { call, resource, used }),
            }
        }
    }

    /// By parameter that a framework fills: the function that gives what it is filled with.
    fn providers(&self) -> FxHashMap<(u32, VarRef), FnRef> {
        let program = self.world.program;
        let asked = provided::asked(self.world);
        let by_call: FxHashMap<CallRef, FnRef> = asked.iter().map(|asked| (asked.call, asked.provider)).collect();
        let asked: Vec<&Asked> = asked.iter().collect();
        let functions = program.functions().filter(|_| !asked.is_empty());
        let received = functions.flat_map(|f| provided::received(program, f, &asked));
        let by_parameter =
            received.map(|(call, f, local)| ((f.file, VarRef { function: f.id, local }), by_call[&call]));
        by_parameter.collect()
    }

    /// The kept thing that the provider gives everybody.
    fn provided_by(&self, provider: FnRef, kept: &FxHashMap<CallRef, Resource>) -> Option<CallRef> {
        let mut given = Vec::new();
        returned(&self.world.program.function(provider).body, &mut given);
        match given.as_slice() {
            [Value::Var(var)] if var.function == FnId::TOP => self.origin(provider.file, *var, kept),
            _ => None,
        }
    }

    /// Something for one at a time that is taken while a module is loaded, by its top level or by an object that it
    /// makes, and that it does not end itself.
    fn kept(&self, call: CallRef) -> Option<(CallRef, Resource)> {
        let program = self.world.program;
        let product = program.class_of(call.file) == FileClass::Source;
        let f = FnRef { file: call.file, id: program.call(call).function };
        let loaded = || f.id == FnId::TOP || self.runs_at_first(f);
        let target = self.world.graph.target(call).filter(|_| product && loaded())?;
        let resource = Resource::of(program, self.world.classes, call, target)?;
        let What::Catalog(ty) = resource.what else { return None };
        let row = &program.catalog.ty(ty).row;
        let alone = match resource.acquired {
            true if !resource.must_end(program, program.language(call.file)) => false,
            true => resource.keeps_transaction(program) || row.one_at_a_time || row.kind == Kind::Connection,
            false => row.kind == Kind::Connection && row.one_at_a_time,
        };
        (alone && !resource.private && !held::is_scope(self.world, call)).then_some((call, resource))
    }

    /// It runs while modules are loaded or the program starts, and at no other time.
    fn runs_at_first(&self, f: FnRef) -> bool {
        let contexts = self.project.contexts.of(Point::Fn(f));
        let first = |context: &Context| matches!(context.trigger, Trigger::Load | Trigger::Startup) && !context.many;
        !contexts.is_empty() && contexts.iter().all(first)
    }

    /// The kept thing that the field holds, or is made of. What a method of the object's part gives is looked for there.
    fn in_field(
        &self,
        class: ClassRef,
        name: &str,
        kept: &FxHashMap<CallRef, Resource>,
        seen: &mut FxHashSet<(FnRef, *const Value)>,
    ) -> Option<CallRef> {
        let program = self.world.program;
        let values = program.field_values(class, name);
        let mut values = values.into_iter().filter(|(_, value)| !matches!(value, Value::Literal(_)));
        let (Some((f, value)), None) = (values.next(), values.next()) else { return None };
        self.behind_field((f, value), kept, seen)
    }

    fn behind_field(
        &self,
        (f, value): (FnRef, &Value),
        kept: &FxHashMap<CallRef, Resource>,
        seen: &mut FxHashSet<(FnRef, *const Value)>,
    ) -> Option<CallRef> {
        let program = self.world.program;
        if !seen.insert((f, std::ptr::from_ref(value))) {
            return None;
        }
        match value {
            Value::Call(id) => self.behind_call(CallRef { file: f.file, id: *id }, kept, seen),
            Value::Member(base, name) if **base == Value::This => {
                self.in_field(program.class_around(f)?, name, kept, seen)
            }
            Value::Var(var) if var.function != FnId::TOP => match program.bound(f.file, *var) {
                [only] => self.behind_field((f, only.value), kept, seen),
                _ => None,
            },
            Value::Index(base, key) => {
                let (Value::Call(id), Value::Literal(Literal::Num(at))) = (&**base, &**key) else { return None };
                let target = self.world.graph.target(CallRef { file: f.file, id: *id })?;
                let ([g], false) = (target.functions.as_slice(), target.by_name) else { return None };
                let [Value::List(parts)] = program.given_by(*g)[..] else { return None };
                self.behind_field((*g, parts.get(*at as usize)?), kept, seen)
            }
            _ => None,
        }
    }

    /// What the call gives is the kept thing, or a part of it.
    fn behind_call(
        &self,
        call: CallRef,
        kept: &FxHashMap<CallRef, Resource>,
        seen: &mut FxHashSet<(FnRef, *const Value)>,
    ) -> Option<CallRef> {
        if kept.contains_key(&call) {
            return Some(call);
        }
        let data = self.world.program.call(call);
        let Value::Member(base, _) = &data.callee else { return None };
        self.behind_field((FnRef { file: call.file, id: data.function }, base), kept, seen)
    }

    /// The kept thing that the variable is, or is made of: a cursor of a connection, what a library makes over it.
    fn origin(&self, file: u32, var: VarRef, kept: &FxHashMap<CallRef, Resource>) -> Option<CallRef> {
        let (mut seen, mut open) = (FxHashSet::default(), vec![(file, var)]);
        while let Some((file, var)) = open.pop() {
            if !seen.insert((file, var)) {
                continue;
            }
            for At { f, value } in self.put_into(file, var) {
                match value {
                    Value::Call(id) if kept.contains_key(&CallRef { file: f.file, id: *id }) => {
                        return Some(CallRef { file: f.file, id: *id }).filter(|_| !self.is_ended(file, var));
                    }
                    Value::Call(id) => open.extend(self.made_of(CallRef { file: f.file, id: *id })),
                    Value::Var(next) => open.push((f.file, *next)),
                    _ => {}
                }
            }
        }
        None
    }

    /// What the variable is given, or the one thing that it is imported as.
    fn put_into(&self, file: u32, var: VarRef) -> Vec<At<'_>> {
        let program = self.world.program;
        let bound = program.bound(file, var);
        if !bound.is_empty() {
            let at = bound.iter().map(|bound| At { f: FnRef { file, id: bound.function }, value: bound.value });
            return at.collect();
        }
        let value = Value::Var(var);
        let mut places = program.facts(file).calls.iter().map(|call| call.callee.root());
        let Some(place) = places.find(|place| **place == value) else { return Vec::new() };
        let found = behind(program, At { f: FnRef { file, id: FnId::TOP }, value: place });
        if found.len() == 1 { found } else { Vec::new() }
    }

    /// The variables that what the call gives is a part of, or stands for.
    fn made_of(&self, call: CallRef) -> impl Iterator<Item = (u32, VarRef)> {
        let program = self.world.program;
        let roots = [Some(&program.call(call).callee), program.wrapped_by(call)].into_iter().flatten();
        roots.filter_map(move |value| if let Value::Var(var) = value.root() { Some((call.file, *var)) } else { None })
    }

    /// The module ends it again itself.
    fn is_ended(&self, file: u32, var: VarRef) -> bool {
        let calls = self.world.program.facts(file).calls.iter();
        let mut top = calls.filter(|call| call.function == FnId::TOP);
        top.any(|call| matches!(&call.callee, Value::Member(base, name) if **base == Value::Var(var) && names::releases(name)))
    }

    /// A request makes the call, and others at the same time: nothing lets them in one by one.
    pub(crate) fn meets_others(&self, used: CallRef, resource: Resource) -> bool {
        let program = self.world.program;
        let data = program.call(used);
        let f = FnRef { file: used.file, id: data.function };
        let requested = |id: FnId| {
            let contexts = self.project.contexts.of(Point::Fn(FnRef { file: f.file, id }));
            contexts.iter().any(|context| context.trigger == Trigger::Request)
        };
        // What a coroutine does without waiting is done before another one goes on.
        let apart = resource.acquired || !program.function(f).flags.is_async || self.goes_on_later(used);
        let locked = |value: &Value| {
            let name = match value {
                Value::Call(id) => last_name(&program.facts(f.file).call(*id).callee).to_string(),
                Value::Var(var) => program.facts(f.file).local(*var).name.clone(),
                other => last_name(other).to_string(),
            };
            LOCKS.iter().any(|word| name.to_ascii_lowercase().contains(word))
        };
        let regions = around_call(&program.function(f).body, used.id);
        let alone =
            regions.iter().any(|region| matches!(region.node, Node::Scope { resource, .. } if locked(resource)));
        // A function of such a platform is given one request after the other.
        let in_turn =
            !resource.acquired && program.platform(&program.units[f.file as usize].path) == Some(Platform::Serverless);
        apart && !alone && !in_turn && requested(f.id)
    }

    /// Others run before the call is done: somebody waits for it or for what is asked of its result,
    /// `await db.select().from(books)`, or a callback takes what it gives.
    fn goes_on_later(&self, call: CallRef) -> bool {
        let (world, facts) = (self.world, self.world.program.facts(call.file));
        let data = facts.call(call.id);
        let takes = |arg: &Arg| matches!(arg.value, Value::Closure(_));
        let called_back = world.program.semantics(call.file).continues && data.args.iter().any(takes);
        let asked = || world.program.chained(call).is_some_and(|outer| self.goes_on_later(outer));
        called_back || is_awaited(world, call) || is_returned(world, call) || asked()
    }
}

/// Where a function has what it works with.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Holder<'a> {
    /// A variable of a module.
    Variable(u32, VarRef),
    /// A field of its own object, or of another one of the project.
    Field(ClassRef, &'a str),
    /// A name of the application, where the one thing is kept that the call gives: `request.app["db"]`.
    Registered(CallRef),
    /// A parameter that a framework fills with what the function gives.
    Provided(FnRef),
}

fn holder<'a>(program: &Program<'a>, call: CallRef, providers: &FxHashMap<(u32, VarRef), FnRef>) -> Option<Holder<'a>> {
    let data = program.call(call);
    let Value::Member(base, _) = &data.callee else { return None };
    let from = FnRef { file: call.file, id: data.function };
    if let Value::Member(object, name) = &**base
        && let Ty::Instance(class) = program.eval(from, object)
    {
        return Some(Holder::Field(class, name));
    }
    let provider = |var: &VarRef| providers.get(&(call.file, *var));
    match (&**base, data.callee.root()) {
        (_, Value::Var(var)) if let Some(provider) = provider(var) => Some(Holder::Provided(*provider)),
        (_, Value::Var(var)) if data.function != FnId::TOP && var.function == FnId::TOP => {
            Some(Holder::Variable(call.file, *var))
        }
        (base, _) => registered(program, from, base).map(Holder::Registered),
    }
}

/// The one thing that is kept under the name, itself or by way of a variable.
fn registered<'a>(program: &Program<'a>, from: FnRef, base: &'a Value) -> Option<CallRef> {
    let [(f, value)] = program.kept(from.file, program.deref(from, base))[..] else { return None };
    match program.deref(f, value) {
        Value::Call(id) => Some(CallRef { file: f.file, id: *id }),
        _ => None,
    }
}
