//! Connections that a `with` of Python holds: what a context manager of the project lends, and what a
//! library gives to a `with` only.
//!
//! Finds them, and who takes another one in the same way. Knows no library by name and no rule.

use rustc_hash::{FxHashMap, FxHashSet};

use super::model::{MethodRole, Resource, Source, World};
use super::runs::{plain_calls, scope_calls};
use crate::catalog::schema::Kind;
use crate::catalog::words::release::{CONTEXT_BEGINS, CONTEXT_ENDS};
use crate::catalog::words::values::PRESERVING;
use crate::facts::trail::Trail;
use crate::facts::{FnId, Language, LocalKind, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::{How, Target};
use crate::values::eval::Ty;
use crate::values::follow::{At, behind};

/// Generators that lend an acquired thing for the time of a `with`.
pub type Lenders = FxHashMap<FnRef, Resource>;

/// Functions that return what a library gives to a `with` only: `def begin(self): return self.engine.begin()`.
pub fn givers(world: &World) -> Lenders {
    let program = world.program;
    let given = program.functions().filter(|f| program.language(f.file) == Language::Python).filter_map(|f| {
        let [Value::Call(id)] = program.given_by(f)[..] else { return None };
        let call = CallRef { file: f.file, id: *id };
        let resource = Resource::of_scope(program, call, world.graph.target(call)?);
        Some((f, resource.filter(|_| !is_of_own_pool(world, call))?))
    });
    given.collect()
}

/// What a `with` over an object of each class holds: its constructor or `__enter__` takes that out of something that
/// is shared, and its `__exit__` gives it back.
pub fn objects(world: &World) -> FxHashMap<ClassRef, Resource> {
    let program = world.program;
    let python = program.classes().filter(|class| program.language(class.file) == Language::Python);
    python.filter_map(|class| Some((class, held_by_object(world, class)?))).collect()
}

fn held_by_object(world: &World, class: ClassRef) -> Option<Resource> {
    let program = world.program;
    let ends = |method: &&str| {
        matches!(world.classes.role(program, class, method), MethodRole::Closes | MethodRole::ClosesAtTimes)
    };
    CONTEXT_ENDS.iter().copied().find(ends)?;
    let begins = ["__init__"].iter().chain(CONTEXT_BEGINS);
    let calls = begins
        .filter_map(|name| program.find_method(class, name))
        .flat_map(|f| program.ids_within(f).into_iter().map(move |id| CallRef { file: f.file, id }));
    let mut taken = calls.filter(|call| is_of_shared(world, *call)).filter_map(|call| {
        Resource::of(program, world.classes, call, world.graph.target(call)?).filter(|resource| resource.acquired)
    });
    taken.next()
}

/// What the call takes from is the same for all objects that make it.
fn is_of_shared(world: &World, call: CallRef) -> bool {
    let data = world.program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    match data.callee.root() {
        Value::Var(var) => var.function == FnId::TOP && !is_of_own_pool(world, call),
        Value::This => is_of_given(world.program, f, &data.callee),
        _ => false,
    }
}

/// It belongs to what the object was given, or to a part of that: `self.bot.pool.acquire()`, with `self.pool = bot.pool`.
fn is_of_given(program: &Program, f: FnRef, callee: &Value) -> bool {
    let fields = std::iter::successors(Some(callee), |value| match value {
        Value::Member(base, _) => Some(&**base),
        _ => None,
    });
    let own = fields.filter_map(|value| match value {
        Value::Member(base, name) if **base == Value::This => Some(name),
        _ => None,
    });
    let (Some(class), Some(field)) = (program.class_around(f), own.last()) else { return false };
    let values = program.field_values(class, field);
    let is_param = |(g, value): &(FnRef, &Value)| matches!(value.root(), Value::Var(var) if program.facts(g.file).local(*var).kind == LocalKind::Param);
    !values.is_empty() && values.iter().all(is_param)
}

/// The calls that make an object of such a class for a `with`.
pub fn of_objects(world: &World, objects: &FxHashMap<ClassRef, Resource>) -> Vec<(CallRef, Resource, FnRef)> {
    if objects.is_empty() {
        return Vec::new();
    }
    let made = world.graph.targets.iter().filter_map(|(call, target)| {
        let class = target.class.or_else(|| match world.program.call_result(call) {
            Ty::Instance(class) if !target.by_name => Some(class),
            _ => None,
        })?;
        let resource = objects.get(&class)?;
        Some((call, *resource, beginner(world.program, class)?)).filter(|_| is_scope(world, call))
    });
    made.collect()
}

/// The one function behind a call, or what begins an object of its class.
fn maker(world: &World, target: &Target) -> Option<FnRef> {
    match (target.functions.as_slice(), target.class) {
        _ if target.by_name => None,
        (_, Some(class)) => beginner(world.program, class),
        ([only], None) => Some(*only),
        _ => None,
    }
}

/// The constructor of a class, or what a `with` over its objects runs first.
fn beginner(program: &Program, class: ClassRef) -> Option<FnRef> {
    let begins = || CONTEXT_BEGINS.iter().find_map(|name| program.find_method(class, name));
    program.constructor(class).map(|(_, constructor)| constructor).or_else(begins)
}

/// The calls whose result a `with` holds, with what they give and the lender behind them.
pub fn scopes(world: &World, lenders: &Lenders) -> Vec<(CallRef, Resource, Option<FnRef>)> {
    let program = world.program;
    let python = program.functions().filter(|f| program.language(f.file) == Language::Python);
    let mut found = Vec::new();
    for f in python {
        let calls = scope_calls(&program.function(f).body).map(|id| CallRef { file: f.file, id });
        found.extend(calls.filter_map(|call| held(world, lenders, call)));
    }
    found
}

/// A `with` holds what the call gives.
pub fn is_scope(world: &World, call: CallRef) -> bool {
    let function = world.program.call(call).function;
    scope_calls(&world.program.facts(call.file).function(function).body).any(|id| id == call.id)
}

fn held(world: &World, lenders: &Lenders, call: CallRef) -> Option<(CallRef, Resource, Option<FnRef>)> {
    let target = world.graph.target(call)?;
    let lender = target.functions.iter().find_map(|g| lenders.get(g).map(|resource| (*resource, *g)));
    if let Some((resource, g)) = lender.filter(|_| !target.by_name && target.functions.len() == 1) {
        return Some((call, resource, Some(g)));
    }
    Resource::of_scope(world.program, call, target).map(|resource| (call, resource, None))
}

/// The function makes the pool or connection, or the factory over it, that it takes from: each of its calls has one
/// of its own.
pub fn is_of_own_pool(world: &World, call: CallRef) -> bool {
    let data = world.program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let mut place = match &data.callee {
        Value::Member(base, _) => base,
        callee => callee,
    };
    while let Value::Call(id) = world.program.deref(f, place)
        && let Value::Member(base, name) = &world.program.facts(call.file).call(*id).callee
        && PRESERVING.contains(&name.as_str())
    {
        place = base;
    }
    is_made_in(world, f, place, &Trail::default())
}

/// The value is a pool, or the factory over one, that a call of the function makes anew, itself or by what it runs.
fn is_made_in<'a>(world: &World<'_, 'a>, f: FnRef, value: &'a Value, trail: &Trail) -> bool {
    let Value::Call(id) = world.program.deref(f, value) else { return false };
    let maker = CallRef { file: f.file, id: *id };
    let Some(here) = trail.step(maker).filter(|_| world.program.call(maker).function == f.id) else { return false };
    let target = world.graph.target(maker);
    let given = target.and_then(|target| target.gives);
    let is_factory = |ty| world.program.catalog.ty(ty).row.kind == Kind::Factory;
    if let Some(target) = target.filter(|target| given.is_none() && !target.functions.is_empty()) {
        let anew = |g: &FnRef| world.program.given_by(*g).into_iter().any(|given| is_made_in(world, *g, given, &here));
        return target.functions.iter().any(anew);
    }
    match (given, world.program.call_result(maker)) {
        (_, Ty::Factory(_)) => !is_over_shared(world, maker),
        (Some(given), _) if is_factory(given.ty) => !is_over_shared(world, maker),
        (given, _) => given.is_some_and(|given| given.how == How::Built),
    }
}

/// The factory is told a pool that the function does not make: one of the module, of its object, or that it is given.
fn is_over_shared(world: &World, maker: CallRef) -> bool {
    let f = FnRef { file: maker.file, id: world.program.call(maker).function };
    let may_be_pool = |value| match world.program.eval(f, value) {
        Ty::Concept(ty) => matches!(world.program.catalog.ty(ty).row.kind, Kind::Pool | Kind::OrmClient),
        ty => matches!(ty, Ty::Unknown),
    };
    let args = &world.program.call(maker).args;
    let own = args.iter().any(|arg| is_made_in(world, f, &arg.value, &Trail::default()));
    !own && args.iter().any(|arg| match &arg.value {
        Value::Call(id) => is_over_shared(world, CallRef { file: maker.file, id: *id }),
        value => is_from_outside(world, f, value) && may_be_pool(value),
    })
}

/// The function has it of its module, its object or whoever calls it.
fn is_from_outside<'a>(world: &World<'_, 'a>, f: FnRef, value: &'a Value) -> bool {
    match value {
        Value::Var(var) if var.function != f.id => true,
        _ => match world.program.deref(f, value) {
            Value::Var(_) => true,
            place => matches!(place, Value::Member(base, _) if **base == Value::This),
        },
    }
}

/// The call has the maker give another one, for the same object, without lending it the first.
pub fn takes_again<'a>(
    world: &World<'_, 'a>,
    at: CallRef,
    first: CallRef,
    maker: FnRef,
    vars: &FxHashSet<VarRef>,
) -> Option<CallRef> {
    let lent = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
    let alone = !world.program.call(at).args.iter().any(|arg| lent(&arg.value));
    alone.then(|| makes(world, &[at], first, maker, &Trail::default()))?
}

/// `way` leads from what is called first, by what that calls, to the call in question.
fn makes(world: &World, way: &[CallRef], first: CallRef, wanted: FnRef, trail: &Trail) -> Option<CallRef> {
    let (at, before) = way.split_last()?;
    let g = maker(world, world.graph.target(*at)?)?;
    if g == wanted {
        return same_object(world, *at, before, first).then_some(*at);
    }
    let here = trail.step(g)?;
    let mut inner = plain_calls(world, *at, g).into_iter();
    inner.find_map(|inner| makes(world, &[way, &[inner]].concat(), first, wanted, &here))
}

/// A plain function is the same everywhere; a method, where the object is.
fn same_object(world: &World, one: CallRef, before: &[CallRef], other: CallRef) -> bool {
    match (receiver_on(world, one, before), receiver(world, other)) {
        (None, None) => true,
        (Some(one), Some(other)) => one.is(&other),
        _ => false,
    }
}

/// On `self`, that is what the method around was called on.
fn receiver_on<'a>(world: &World<'_, 'a>, call: CallRef, way: &[CallRef]) -> Option<Receiver<'a>> {
    match (&world.program.call(call).callee, way.split_last()) {
        (Value::Member(base, _), Some((last, before))) if matches!(**base, Value::This) => {
            receiver_on(world, *last, before)
        }
        _ => receiver(world, call),
    }
}

/// The object that a method is called on.
enum Receiver<'a> {
    Place(Source<'a>),
    /// What a function of the project gives that is told nothing.
    Given(FnRef),
}

impl Receiver<'_> {
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Receiver::Place(one), Receiver::Place(other)) => one.is(other),
            (Receiver::Given(one), Receiver::Given(other)) => one == other,
            _ => false,
        }
    }
}

fn receiver<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<Receiver<'a>> {
    let data = world.program.call(call);
    let Value::Member(base, _) = &data.callee else { return None };
    if matches!(world.program.eval(FnRef { file: call.file, id: data.function }, base), Ty::Module(_)) {
        return None;
    }
    let f = FnRef { file: call.file, id: data.function };
    let place = || Receiver::Place(Source::at(world, call, base));
    Some(given(world, At { f, value: base }, &Trail::default()).map_or_else(place, Receiver::Given))
}

fn given<'a>(world: &World<'_, 'a>, at: At<'a>, trail: &Trail) -> Option<FnRef> {
    if let Value::Call(id) = at.value {
        let call = CallRef { file: at.f.file, id: *id };
        let target = world.graph.target(call).filter(|target| !target.by_name)?;
        let told = !world.program.call(call).args.is_empty();
        return match target.functions.as_slice() {
            [only] if !told => Some(*only),
            _ => None,
        };
    }
    match behind(world.program, at).as_slice() {
        [only] => given(world, *only, &trail.step(at.value)?),
        _ => None,
    }
}
