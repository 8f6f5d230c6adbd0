//! What a framework lends to the functions that ask for it, from their beginning until the answer is out:
//! `session=Depends(lend_session)`.
//!
//! A function that asks for another one holds what that one was lent, too. Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::extracted::{self, Extracted, Extractor};
use super::meanwhile::{Held, Lent, Within};
use super::model::{Given, Resource, Source, Walk, World};
use super::plugged::{self, PluginLent};
use super::provided::{self, Asked};
use super::state::{Hold, Leave};
use super::{Meanwhile, Overlap, Survey, streamed, transactions};
use crate::catalog::schema::Kind;
use crate::facts::walk::{binds, calls};
use crate::facts::{CallId, FnKind, Span, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::passing::parameter_of;

/// What one function asks a framework for.
#[derive(Clone, Copy)]
struct Wish {
    call: CallRef,
    /// The function of the project that gives it.
    provider: Option<FnRef>,
    /// The call that makes that function.
    made: Option<CallRef>,
    /// The parameter that is given it; none where it is only to be run before.
    parameter: Option<VarRef>,
    /// Where the function asks, when that is not the call.
    at: Option<Span>,
    /// What the provider makes of the request, or a plugin gives; the call is the one with which they do so.
    extracted: Option<Resource>,
    /// Whether the parameter is given that, or an object that has it.
    within: Within,
}

type Wishes = FxHashMap<FnRef, Vec<Wish>>;

/// What all functions ask for.
fn wishes(world: &World) -> Wishes {
    let mut wishes = told(world);
    for Extracted { f, parameter, span, extractor } in extracted::received(world) {
        let Extractor { method, call, resource } = extractor;
        let wish = Wish {
            call,
            provider: Some(method),
            made: None,
            parameter: Some(parameter),
            at: Some(span),
            extracted: Some(resource),
            within: Within::Parameter,
        };
        wishes.entry(f).or_default().push(wish);
    }
    for PluginLent { f, parameter, span, call, resource } in plugged::received(world) {
        let own = wishes.entry(f).or_default();
        if own.iter().all(|wish| wish.parameter != Some(parameter)) {
            own.push(Wish {
                call,
                provider: None,
                made: None,
                parameter: Some(parameter),
                at: Some(span),
                extracted: Some(resource),
                within: Within::Parameter,
            });
        }
    }
    wishes
}

/// What functions ask for by a call.
fn told(world: &World) -> Wishes {
    let asked = provided::asked(world);
    let by_call: FxHashMap<CallRef, &Asked> = asked.iter().map(|asked| (asked.call, asked)).collect();
    let asked: Vec<&Asked> = asked.iter().collect();
    let mut wishes = Wishes::default();
    for f in world.program.functions().filter(|_| !asked.is_empty()) {
        let function = world.program.function(f);
        let mut own: Vec<Wish> = Vec::new();
        for (call, f, local) in provided::received(world.program, f, &asked) {
            let Some(asked) = by_call.get(&call) else { continue };
            let span = function.params.iter().find(|param| param.local == local).map(|param| param.span);
            let parameter = Some(VarRef { function: f.id, local });
            own.push(Wish {
                call,
                provider: Some(asked.provider),
                made: asked.made,
                parameter,
                at: span.filter(|_| asked.is_named()),
                extracted: None,
                within: Within::Parameter,
            });
        }
        for id in provided::told_by_decorators(world.program, f) {
            let call = CallRef { file: f.file, id };
            own.extend(by_call.get(&call).map(|asked| Wish {
                call,
                provider: Some(asked.provider),
                made: asked.made,
                parameter: None,
                at: None,
                extracted: None,
                within: Within::Parameter,
            }));
        }
        if !own.is_empty() {
            wishes.insert(f, own);
        }
    }
    wishes
}

/// Something lent that is still held when the function that it was lent to has ended.
#[derive(Clone, Copy)]
struct Left {
    provider: FnRef,
    made: Option<CallRef>,
    resource: Resource,
}

impl<'a> Survey<'_, '_, '_, 'a> {
    /// What functions do while they have what a framework lends them, or those that it runs before them.
    pub(crate) fn asked_for(&mut self) {
        let wishes = wishes(self.world);
        let mut asking: Vec<FnRef> = wishes.keys().copied().collect();
        asking.sort();
        for f in asking {
            let own = &wishes[&f];
            let before: Vec<(Wish, Left)> = own.iter().flat_map(|wish| self.left_by(wish, &wishes)).collect();
            let lent: FxHashSet<FnRef> = own.iter().filter_map(|wish| wish.provider).collect();
            for wish in own {
                let begun = before.iter().any(|(_, left)| Some(left.provider) == wish.provider);
                self.follow_lent(f, wish, begun);
            }
            self.lent_together(f, own, &before);
            let mut told = lent;
            for (wish, left) in before {
                if told.insert(left.provider) {
                    self.while_left(f, &wish, left);
                }
            }
            let carried: Vec<Wish> = own.iter().flat_map(|wish| self.carried_by(wish, &wishes)).collect();
            for carried in carried {
                if carried.provider.is_some_and(|provider| told.insert(provider)) {
                    self.follow_lent(f, &carried, false);
                }
            }
        }
    }

    fn follow_lent(&mut self, f: FnRef, wish: &Wish, begun: bool) {
        let lent = wish.extracted.or_else(|| self.lenders.get(&wish.provider?).copied());
        let Some((resource, parameter)) = lent.zip(wish.parameter) else { return };
        let Some(reached) = self.judged(f, wish.call, true) else { return };
        let mut walk = walk(self.world, f, wish, resource, parameter);
        walk.run();
        let (trace, vars) = (walk.trace, walk.ever);
        if !trace.gave_up {
            let until_sent = streamed::is_lent_until_sent(self.world, wish.call);
            self.outlived(f, wish.call, resource, (&trace, &vars), until_sent);
            self.meanwhile(&held(f, wish, resource, &vars, begun), &trace, reached);
        }
    }

    /// Two of what a function is lent, or what those before it were lent, come out of one pool: who is given the first
    /// waits with it for the second. A third one adds nothing.
    fn lent_together(&mut self, f: FnRef, own: &[Wish], before: &[(Wish, Left)]) {
        if self.runs_once(f) {
            return;
        }
        let mut first: Vec<(Wish, Resource, Option<Source<'a>>)> = Vec::new();
        let lent: Vec<_> = own.iter().flat_map(|wish| self.lent_by(f, wish, before)).collect();
        for (wish, resource, pool) in lent {
            let is_another =
                |other: &Wish| other.extracted.is_some() || (other.provider, other.made) != (wish.provider, wish.made);
            let is_same = |known: &Option<Source<'a>>| {
                known.as_ref().zip(pool.as_ref()).is_some_and(|(one, other)| one.is(other))
            };
            let one_pool = |other: &Wish, known: &Option<Source<'a>>| {
                is_same(known) || other.provider == wish.provider && self.takes_from_its_own(wish.provider)
            };
            // What one dependency leaves twice is told where that asks for it.
            let beside = |other: &Wish| other.call != wish.call && is_another(other);
            let found = first.iter().find(|(other, _, known)| one_pool(other, known) && beside(other));
            let Some((held, resource, _)) = found else {
                first.push((wish, resource, pool));
                continue;
            };
            let Some(reached) = self.judged(f, held.call, true) else { continue };
            let by = wish.provider.and_then(|provider| self.taken.get(&provider)).map_or(wish.call, |(call, _)| *call);
            self.found.overlaps.push(Overlap {
                call: held.call,
                resource: *resource,
                at: wish.call,
                by,
                way: Vec::new(),
                what: Meanwhile::Nested,
                reached,
                lent: false,
                asked: held.at.map(|at| (f, at)),
            });
            return;
        }
    }

    /// What a function has by one wish, each with its pool: what it is lent, and what is still lent to those that give it
    /// something.
    fn lent_by(&self, f: FnRef, wish: &Wish, before: &[(Wish, Left)]) -> Vec<(Wish, Resource, Option<Source<'a>>)> {
        let none = FxHashSet::default();
        let own = self.lent_from(f, wish).map(|(resource, pool)| (*wish, resource, pool));
        let lefts = before.iter().filter(|(by, _)| by.call == wish.call && by.parameter == wish.parameter);
        let lefts = lefts.filter_map(|(_, left)| {
            let inner = Wish { provider: Some(left.provider), made: left.made, ..*wish };
            let pool = self.limited_pool(&held(f, &inner, left.resource, &none, false))?;
            Some((inner, left.resource, pool))
        });
        own.into_iter().chain(lefts).collect()
    }

    /// Whatever makes the provider has no say in where it takes a connection from: the framework gives it that.
    fn takes_from_its_own(&self, provider: Option<FnRef>) -> bool {
        let taken = provider.and_then(|provider| Some((provider, self.taken.get(&provider)?)));
        taken.is_some_and(|(provider, (call, through))| {
            let root = self.world.program.call(*call).callee.root();
            through.is_none() && matches!(root, Value::Var(var) if var.function == provider.id)
        })
    }

    /// What the function is surely lent a connection by, and the pool that this comes from as far as that is known.
    fn lent_from(&self, f: FnRef, wish: &Wish) -> Option<(Resource, Option<Source<'a>>)> {
        let resource = wish.extracted.or_else(|| self.lenders.get(&wish.provider?).copied())?;
        let session = resource.kind(self.world.program) == Some(Kind::Session);
        let works = |var: VarRef| works_surely(self.world, f, var, &mut FxHashSet::default());
        let takes = !session || wish.parameter.is_some_and(works);
        let none = FxHashSet::default();
        let pool = takes.then(|| self.limited_pool(&held(f, wish, resource, &none, false)))??;
        Some((resource, pool))
    }

    /// What the function does while the framework keeps open what those before it were lent.
    fn while_left(&mut self, f: FnRef, wish: &Wish, left: Left) {
        let Some(reached) = self.judged(f, wish.call, true).filter(|_| !self.goes_on_alone(f)) else { return };
        let mut during: Vec<(FnRef, CallId)> = calls(&self.world.program.function(f).body).map(|id| (f, id)).collect();
        during.sort();
        let wish = Wish { provider: Some(left.provider), ..*wish };
        self.happens(&held(f, &wish, left.resource, &FxHashSet::default(), true), &during, reached);
    }

    /// What is held on when the function that the wish names has ended.
    fn left_by(&self, wish: &Wish, wishes: &Wishes) -> Vec<(Wish, Left)> {
        let (mut found, mut seen, mut open) = (Vec::new(), FxHashSet::default(), Vec::from_iter(wish.provider));
        while let Some(g) = open.pop() {
            let anew = seen.insert(g) && !self.lenders.contains_key(&g);
            for inner in wishes.get(&g).into_iter().flatten().filter(|_| anew) {
                open.extend(inner.provider);
                found.extend(self.left_open(g, inner).map(|left| (*wish, left)));
            }
        }
        found
    }

    /// What the object has that the wish is given: the provider was lent it, and gives something around it.
    fn carried_by(&self, wish: &Wish, wishes: &Wishes) -> Vec<Wish> {
        let (mut found, mut seen) = (Vec::new(), FxHashSet::default());
        let mut open = Vec::from_iter(wish.provider);
        while let Some(g) = open.pop() {
            let anew = seen.insert(g) && !self.lenders.contains_key(&g);
            for inner in wishes.get(&g).into_iter().flatten().filter(|_| anew) {
                let Some(provider) = inner.provider.filter(|_| gives_around(self.world, g, inner)) else { continue };
                match self.lenders.contains_key(&provider) {
                    true => found.push(Wish { provider: Some(provider), within: Within::Object, ..*wish }),
                    false => open.push(provider),
                }
            }
        }
        found
    }

    fn left_open(&self, g: FnRef, wish: &Wish) -> Option<Left> {
        let provider = wish.provider?;
        let resource = *self.lenders.get(&provider)?;
        let parameter = wish.parameter?;
        let mut walk = walk(self.world, g, wish, resource, parameter);
        let outcome = walk.run();
        let ends = outcome.exits.iter().filter(|exit| exit.leave == Leave::Return).map(|exit| &exit.state);
        let mut ends = ends.chain(&outcome.normal).peekable();
        // On a way that does nothing with a session, that has no connection.
        let open = ends.peek().is_some() && ends.all(|state| state.hold == Hold::Open);
        let session = resource.kind(self.world.program) == Some(Kind::Session);
        let held = || !session || transactions::is_left_open(self.world, g, &walk.ever);
        let works = || works_surely(self.world, g, parameter, &mut FxHashSet::default());
        (open && !walk.trace.gave_up && held() && works()).then_some(Left { provider, made: wish.made, resource })
    }
}

/// The object that the function makes, or gives, has what its parameter stands for.
fn gives_around(world: &World, g: FnRef, wish: &Wish) -> bool {
    let Some(parameter) = wish.parameter else { return false };
    let program = world.program;
    let has = |value: &Value| match value {
        Value::Var(var) => *var == parameter,
        Value::Call(id) => program.facts(g.file).call(*id).args.iter().any(|arg| arg.value == Value::Var(parameter)),
        _ => false,
    };
    match program.function(g).kind {
        FnKind::Constructor => binds(&program.function(g).body)
            .any(|bind| matches!(bind.target, Value::Member(base, _) if **base == Value::This) && has(bind.value)),
        _ => program.given_by(g).into_iter().any(has),
    }
}

/// Each way through the function that ends well works with what the variable has, by a call of its own or in a helper.
fn works_surely(world: &World, f: FnRef, var: VarRef, seen: &mut FxHashSet<VarIn>) -> bool {
    let program = world.program;
    let cfg = program.cfg(f);
    let [returned, ..] = cfg.exits();
    let is = |value: &Value| matches!(value.root(), Value::Var(root) if *root == var);
    let on_each_way = |id: CallId| cfg.of_call(id).iter().any(|node| cfg.dominates(*node, returned));
    let works = |id: CallId, seen: &mut FxHashSet<VarIn>| {
        let (at, data) = (CallRef { file: f.file, id }, program.call(CallRef { file: f.file, id }));
        let given = || data.args.iter().position(|arg| is(&arg.value));
        let helper = world.graph.target(at).and_then(|target| match target.functions[..] {
            [g] if !target.by_name => Some((g, parameter_of(program, f.file, data, g, given()?)?)),
            _ => None,
        });
        is(&data.callee)
            || helper.is_some_and(|(g, local)| works_surely(world, g, VarRef { function: g.id, local }, seen))
    };
    seen.insert((f, var)) && calls(&program.function(f).body).any(|id| on_each_way(id) && works(id, seen))
}

/// A variable of a function, seen from other files.
type VarIn = (FnRef, VarRef);

fn held<'t>(f: FnRef, wish: &Wish, resource: Resource, vars: &'t FxHashSet<VarRef>, begun: bool) -> Held<'t> {
    let lent = Some(Lent { begun, at: wish.at, within: wish.within });
    let through = wish.provider.filter(|_| wish.extracted.is_none());
    Held { f, call: wish.call, resource, through, vars, lent }
}

fn walk<'w, 'p, 'a>(
    world: &'w World<'p, 'a>,
    f: FnRef,
    wish: &Wish,
    resource: Resource,
    parameter: VarRef,
) -> Walk<'w, 'p, 'a> {
    Walk::of_callback(world, wish.call, Given::lent(resource, f, wish.provider, parameter))
}
