//! Linked classes whose objects own a resource: which methods open it and which close it.
//!
//! An object that connects in its first query and closes in a method of its own is a resource
//! like those of the catalogue. Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::bodies::only_throws;
use super::handed_up::{HandedUp, parameter_behind};
use super::model::{Classes, MethodRole, Resource, Roles};
use super::names;
use crate::catalog::schema::Kind;
use crate::catalog::words::release::{CONTEXT_ENDS, FINALIZERS};
use crate::facts::trail::Trail;
use crate::facts::walk::{around_call, binds};
use crate::facts::{Arg, Block, CallId, CallKind, ClassKind, FnId, FnKind, Node, Value};
use crate::graph::Graph;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::passing::{Slot, passed, slot_of};
use crate::values::sites::is_super;

impl Classes {
    pub fn find(program: &Program, graph: &Graph) -> Classes {
        let mut found = Classes::default();
        let classes: Vec<ClassRef> =
            program.classes().filter(|class| program.class(*class).kind == ClassKind::Class).collect();
        let makers = makers(program, graph);
        for class in &classes {
            let roles = Roles::of(program, graph, *class, makers.get(class).map_or(&[], Vec::as_slice));
            if !roles.fields.is_empty() {
                found.roles.insert(*class, roles);
            }
        }
        let below: Vec<(ClassRef, Roles)> =
            classes.iter().filter_map(|class| Some((*class, found.with_inherited(program, *class)?))).collect();
        found.roles.extend(below);
        for class in classes {
            let line: Vec<ClassRef> =
                program.ancestry(class).into_iter().filter(|part| found.roles.contains_key(part)).collect();
            if !line.is_empty() {
                found.lines.insert(class, line);
            }
        }
        found.handed_up = HandedUp::find(program, graph, found.lines.keys().copied());
        found
    }

    /// The roles of a class below one that opens something: its methods may close that.
    fn with_inherited(&self, program: &Program, class: ClassRef) -> Option<Roles> {
        let above = program.ancestry(class).into_iter().filter(|part| *part != class);
        let above: Vec<&Roles> = above.filter_map(|part| self.roles.get(&part)).collect();
        let own = self.roles.get(&class).cloned().unwrap_or_default();
        let mut all = own.clone();
        above.iter().for_each(|roles| all.inherit(roles));
        all.add_closers(program, class);
        all.spread(program, class);
        let Roles { opens, closes, gives_up, at_times, .. } = all;
        (!above.is_empty()).then_some(Roles { opens, closes, gives_up, at_times, ..own })
    }

    /// Objects of the class open something that somebody must close: the class has a method for
    /// it, or what it opens is a single connection.
    pub fn owns(&self, class: ClassRef) -> bool {
        self.line(class).any(|roles| !roles.opens.is_empty() && (roles.brief || self.has_closer(class)))
    }

    /// An object of the class is in charge of a connection from the start.
    pub fn adopts(&self, class: ClassRef) -> bool {
        self.line(class).any(|roles| roles.adopts) && self.has_closer(class)
    }

    /// A method takes out of something shared what an object of the class keeps.
    pub fn takes(&self, class: ClassRef) -> bool {
        self.line(class).any(|roles| !roles.taken.is_empty())
    }

    fn has_closer(&self, class: ClassRef) -> bool {
        self.line(class).any(|roles| !roles.closes.is_empty())
    }

    /// The call hands the object all that its class would open otherwise: it is the caller's to close.
    pub fn is_handed(&self, program: &Program, class: ClassRef, call: CallRef) -> bool {
        let handed = |slot: &(FnRef, Slot)| self.handed_up.reaches(program, class, call, *slot);
        let all = |roles: &Roles| {
            let mut fields = roles.fields.iter();
            fields.all(|field| roles.given.get(field).is_some_and(|params| params.iter().any(handed)))
        };
        let mut line = self.line(class).peekable();
        line.peek().is_some() && line.all(all)
    }

    fn line(&self, class: ClassRef) -> impl Iterator<Item = &Roles> {
        self.lines.get(&class).into_iter().flatten().filter_map(|part| self.roles.get(part))
    }

    /// What a method does to the object's own resource.
    pub fn role(&self, program: &Program, class: ClassRef, method: &str) -> MethodRole {
        let Some(f) = program.find_method(class, method) else {
            let delegate = program.semantics(class.file).delegate;
            let hands_on =
                self.adopts(class) && delegate.is_some_and(|name| program.find_method(class, name).is_some());
            return if hands_on { MethodRole::Opens } else { MethodRole::Neutral };
        };
        if self.line(class).any(|roles| roles.closes.contains(&f)) {
            let at_times = !names::releases(method) && self.line(class).any(|roles| roles.at_times.contains(&f));
            return if at_times { MethodRole::ClosesAtTimes } else { MethodRole::Closes };
        }
        if self.line(class).any(|roles| roles.gives_up.contains(&f)) {
            return MethodRole::ClosesIfThrown;
        }
        let from_start = |roles: &Roles| roles.opens.iter().any(|f| program.function(*f).kind == FnKind::Constructor);
        let opens = self.line(class).any(|roles| roles.opens.contains(&f) || from_start(roles));
        if opens { MethodRole::Opens } else { MethodRole::Neutral }
    }

    /// The end of an object closes what it has open.
    pub fn closes_at_its_end(&self, program: &Program, class: ClassRef) -> bool {
        let destructor = program.language(class.file).semantics().destructor;
        let closes = |name| matches!(self.role(program, class, name), MethodRole::Closes | MethodRole::ClosesAtTimes);
        destructor.is_some_and(closes) || registers_end(program, class)
    }

    /// The method only hands out what the class opens: `def connection(self): return self._connection`.
    pub fn hands_out(&self, program: &Program, class: ClassRef, method: &str) -> bool {
        handed_out(program, class, method).is_some_and(|field| self.is_field(class, field))
    }

    /// Whether the field holds what the class opens.
    pub fn is_field(&self, class: ClassRef, name: &str) -> bool {
        self.line(class).any(|roles| roles.fields.contains(name))
    }
}

/// The constructor has a field released when the object is gone: `weakref.finalize(self, self.session.close)`.
fn registers_end(program: &Program, class: ClassRef) -> bool {
    let Some((_, constructor)) = program.constructor(class) else { return false };
    let releases =
        |arg: &Arg| matches!(&arg.value, Value::Member(field, name) if is_own(field) && names::releases(name));
    let mut calls = program.calls_within(constructor);
    calls.any(|call| {
        let registers =
            call.callee_name(program.facts(constructor.file)).is_some_and(|name| FINALIZERS.contains(&name));
        let [object, ends @ ..] = call.args.as_slice() else { return false };
        registers && object.value == Value::This && ends.iter().any(releases)
    })
}

/// A field of the object itself.
fn is_own(value: &Value) -> bool {
    matches!(value, Value::Member(base, _) if **base == Value::This)
}

impl Roles {
    /// `makers` are the calls that make an object of the class.
    fn of(program: &Program, graph: &Graph, class: ClassRef, makers: &[CallRef]) -> Roles {
        let mut roles = Roles::default();
        roles.add_openers(program, graph, class);
        roles.add_handed_up(program, graph, class);
        roles.add_adopted(program, graph, class, makers);
        if !roles.fields.is_empty() {
            roles.add_closers(program, class);
            roles.spread(program, class);
        }
        roles
    }

    /// What the methods of a class above do, they do for an object of this one.
    fn inherit(&mut self, above: &Roles) {
        self.fields.extend(above.fields.iter().cloned());
        self.opens.extend(&above.opens);
        self.closes.extend(&above.closes);
        self.gives_up.extend(&above.gives_up);
        self.at_times.extend(&above.at_times);
        self.taken.extend(&above.taken);
    }

    fn add_openers(&mut self, program: &Program, graph: &Graph, class: ClassRef) {
        // What a `with` holds is found by that.
        let entered = CONTEXT_ENDS.iter().any(|name| program.find_method(class, name).is_some());
        for part in program.parts(class) {
            for (name, bounds) in &program.index[part.file as usize].fields {
                for bound in bounds {
                    let f = FnRef { file: part.file, id: bound.function };
                    let opened = opens(program, graph, f, bound.value, &Trail::default())
                        .filter(|resource| !resource.is_collected(program))
                        .filter(|_| program.class_around(f) == Some(class));
                    if let Some(resource) = opened {
                        let constructs = program.function(f).kind == FnKind::Constructor;
                        self.brief |= constructs && resource.kind(program).is_some_and(is_brief);
                        self.fields.insert((*name).to_string());
                        let shared = resource.acquired && !resource.private && !entered;
                        self.taken.extend(resource.catalog_type().filter(|_| shared));
                        self.opens.extend(method_around(program, f));
                        let given = bounds.iter().filter(|bound| constructs && bound.function == f.id);
                        let given = given.flat_map(|bound| slots(program, f, bound.value));
                        self.given.entry((*name).to_string()).or_default().extend(given);
                    }
                }
            }
        }
    }

    /// Fields that the constructor is handed, where every call hands it something that it took out for it.
    fn add_adopted(&mut self, program: &Program, graph: &Graph, class: ClassRef, makers: &[CallRef]) {
        let Some((_, constructor)) = program.constructor(class).filter(|_| !makers.is_empty()) else { return };
        let taken = |call: &CallRef, param: usize| {
            let from = FnRef { file: call.file, id: program.call(*call).function };
            passed(program, *call, constructor, param)
                .and_then(|value| opens(program, graph, from, value, &Trail::default()))
                .is_some_and(|resource| resource.acquired)
        };
        for (name, param) in kept_by(program, constructor) {
            if makers.iter().all(|call| taken(call, param)) {
                self.fields.insert(name.to_string());
                self.opens.insert(constructor);
                self.adopts = true;
            }
        }
    }

    /// `super().__init__(connect())`: the base's constructor keeps what this one opens for it.
    fn add_handed_up(&mut self, program: &Program, graph: &Graph, class: ClassRef) {
        let Some((_, f)) = program.constructor(class).filter(|(_, f)| program.class_around(*f) == Some(class)) else {
            return;
        };
        let calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
        let gives = |call: &CallRef| is_super(program.call(*call)) && !program.call(*call).args.is_empty();
        for call in calls.filter(gives) {
            let base = graph.target(call).and_then(|target| program.constructor(target.class?));
            let Some((_, constructor)) = base else { continue };
            for (name, param) in kept_by(program, constructor) {
                let opened = passed(program, call, constructor, param)
                    .and_then(|value| opens(program, graph, f, value, &Trail::default()))
                    .filter(|resource| !resource.is_collected(program));
                if let Some(resource) = opened {
                    self.brief |= resource.kind(program).is_some_and(is_brief);
                    self.fields.insert(name.to_string());
                    self.opens.insert(f);
                }
            }
        }
    }

    fn add_closers(&mut self, program: &Program, class: ClassRef) {
        for (f, call) in calls_of(program, class) {
            let data = program.call(call);
            let on_field = match &data.callee {
                Value::Member(base, name) => self.ends(program, name) && self.reaches_field(program, f, base),
                _ => false,
            };
            let name = data.callee_name(program.facts(call.file)).unwrap_or_default();
            let given = names::releases(name) && data.args.iter().any(|arg| self.reaches_field(program, f, &arg.value));
            if on_field || given {
                let body = &program.function(f).body;
                self.closers(is_thrown(body, call.id)).extend(method_around(program, f));
                self.at_times.extend(method_around(program, f).filter(|_| is_chosen(body, call.id)));
            }
        }
    }

    /// The name says so, or the row of what the class takes.
    fn ends(&self, program: &Program, name: &str) -> bool {
        names::releases(name) || self.taken.iter().any(|ty| program.catalog.releases(*ty, name))
    }

    fn closers(&mut self, thrown: bool) -> &mut FxHashSet<FnRef> {
        if thrown { &mut self.gives_up } else { &mut self.closes }
    }

    fn reaches_field(&self, program: &Program, f: FnRef, value: &Value) -> bool {
        match value {
            Value::Member(base, name) if matches!(**base, Value::This) => self.fields.contains(name),
            Value::Member(base, _) => self.reaches_field(program, f, base),
            Value::Call(id) => match &program.facts(f.file).call(*id).callee {
                Value::Member(base, method) if matches!(**base, Value::This) => {
                    let field = program.class_around(f).and_then(|class| handed_out(program, class, method));
                    field.is_some_and(|field| self.fields.contains(field))
                }
                _ => false,
            },
            Value::Var(var) => match program.bound(f.file, *var) {
                [only] => {
                    matches!(only.value, Value::Member(base, name) if matches!(**base, Value::This) && self.fields.contains(name))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// What a method calls on the same object, it does itself. One that opens it and closes it at its end in any
    /// case leaves nothing open.
    fn spread(&mut self, program: &Program, class: ClassRef) {
        let calls = calls_of(program, class);
        let inner: Vec<OwnCall> = calls.iter().filter_map(|(f, call)| own_call(program, class, *f, *call)).collect();
        let known = |roles: &Roles| (roles.opens.len(), roles.closes.len(), roles.gives_up.len(), roles.at_times.len());
        let mut before = None;
        while before != Some(known(&*self)) {
            before = Some(known(&*self));
            for OwnCall { caller, callee, always, thrown, chosen } in &inner {
                if self.opens.contains(callee) {
                    self.opens.insert(*caller);
                }
                if self.closes.contains(callee) && (*always || *thrown || !self.opens.contains(caller)) {
                    self.closers(*thrown).insert(*caller);
                    self.at_times.extend(chosen.then_some(*caller));
                }
            }
        }
    }
}

/// A call of one method in another one of the same object.
struct OwnCall {
    caller: FnRef,
    callee: FnRef,
    always: bool,
    thrown: bool,
    chosen: bool,
}

fn own_call(program: &Program, class: ClassRef, f: FnRef, call: CallRef) -> Option<OwnCall> {
    let Value::Member(base, name) = &program.call(call).callee else { return None };
    let callee = matches!(**base, Value::This).then(|| program.find_method(class, name)).flatten()?;
    let (caller, body) = (method_around(program, f)?, &program.function(f).body);
    let (always, thrown) = (in_finally(body, call.id), is_thrown(body, call.id));
    Some(OwnCall { caller, callee, always, thrown, chosen: is_chosen(body, call.id) })
}

/// The calls that make objects of each class.
fn makers(program: &Program, graph: &Graph) -> FxHashMap<ClassRef, Vec<CallRef>> {
    let mut found: FxHashMap<ClassRef, Vec<CallRef>> = FxHashMap::default();
    for (call, target) in graph.targets.iter() {
        let plain = matches!(program.call(call).kind, CallKind::New | CallKind::Call);
        if let Some(class) = target.class.filter(|_| plain) {
            found.entry(class).or_default().push(call);
        }
    }
    found
}

/// Whoever gets to the call leaves the function by an error.
fn is_thrown(block: &Block, call: CallId) -> bool {
    around_call(block, call).iter().any(|region| only_throws(region.block))
}

/// The call stands under a condition.
fn is_chosen(block: &Block, call: CallId) -> bool {
    around_call(block, call).iter().any(|region| matches!(region.node, Node::Branch { .. }))
}

/// The call stands in the `finally` of a block.
fn in_finally(block: &Block, call: CallId) -> bool {
    around_call(block, call).iter().any(|region| match region.node {
        Node::Try { finally, .. } => std::ptr::eq(finally, region.block),
        _ => false,
    })
}

fn calls_of(program: &Program, class: ClassRef) -> Vec<(FnRef, CallRef)> {
    let mut found = Vec::new();
    for part in program.parts(class) {
        for (id, call) in program.facts(part.file).calls.iter().enumerate() {
            let f = FnRef { file: part.file, id: call.function };
            if call.function != FnId::TOP && program.class_around(f) == Some(class) {
                found.push((f, CallRef { file: part.file, id: CallId(id as u32) }));
            }
        }
    }
    found
}

/// The method in which a function stands.
fn method_around(program: &Program, f: FnRef) -> Option<FnRef> {
    let facts = program.facts(f.file);
    let mut at = Some(f.id);
    while let Some(id) = at {
        if facts.function(id).class.is_some() {
            return Some(FnRef { file: f.file, id });
        }
        at = facts.function(id).parent;
    }
    None
}

/// The field that a method returns, and does nothing else with its object.
fn handed_out<'a>(program: &Program<'a>, class: ClassRef, method: &str) -> Option<&'a str> {
    let f = program.find_method(class, method)?;
    match program.given_by(f)[..] {
        [Value::Member(base, name)] if matches!(**base, Value::This) && leaves_alone(program, f) => Some(name),
        _ => None,
    }
}

/// No call of the function is one of its object's methods or gets something of it, and nothing is put into it.
fn leaves_alone(program: &Program, f: FnRef) -> bool {
    let own = |value: &Value| *value.root() == Value::This;
    let mut calls = program.calls_within(f);
    !calls.any(|call| own(&call.callee) || call.args.iter().any(|arg| own(&arg.value)))
        && !binds(&program.function(f).body).any(|bind| own(bind.target))
}

/// The method gives back the object itself.
pub fn is_fluent(program: &Program, class: ClassRef, method: &str) -> bool {
    let Some(f) = program.find_method(class, method) else { return false };
    let values = program.given_by(f);
    !values.is_empty() && values.into_iter().all(|value| matches!(value, Value::This))
}

/// The field in which an object of the class keeps a parameter of its constructor as long as it lives: no method
/// ends what is in there.
pub fn kept_open(program: &Program, class: ClassRef, constructor: FnRef, param: usize) -> Option<String> {
    let (name, _) = kept_by(program, constructor).into_iter().find(|(_, at)| *at == param)?;
    let mut roles = Roles::default();
    roles.fields.insert(name.to_string());
    program.ancestry(class).into_iter().for_each(|part| roles.add_closers(program, part));
    (roles.closes.is_empty() && roles.gives_up.is_empty()).then(|| name.to_string())
}

/// The fields in which a constructor keeps its parameters.
fn kept_by<'a>(program: &Program<'a>, constructor: FnRef) -> Vec<(&'a str, usize)> {
    let fields = program.index[constructor.file as usize].fields.iter();
    let kept = fields.filter_map(|(name, bounds)| {
        let mut own = bounds.iter().filter(|bound| bound.function == constructor.id);
        Some((*name, own.find_map(|bound| parameter_behind(program, constructor, bound.value))?))
    });
    kept.collect()
}

/// What the function is given that the value may be.
fn slots(program: &Program, f: FnRef, value: &Value) -> Vec<(FnRef, Slot)> {
    let values = match value {
        Value::Choice(values, _) => values.as_slice(),
        other => std::slice::from_ref(other),
    };
    values.iter().filter_map(|value| Some((f, slot_of(program, f, value)?))).collect()
}

fn is_brief(kind: Kind) -> bool {
    matches!(kind, Kind::Connection | Kind::Session | Kind::HttpClient | Kind::Handle)
}

/// What the catalogue builds or takes out for the value, through `.catch(…)` and a local that is
/// not made from itself.
fn opens(program: &Program, graph: &Graph, f: FnRef, value: &Value, trail: &Trail) -> Option<Resource> {
    let here = trail.step(value)?;
    match value {
        Value::Choice(values, _) => values.iter().find_map(|value| opens(program, graph, f, value, &here)),
        Value::Var(var) if var.function == f.id => match program.bound(f.file, *var) {
            [only] if !matches!(only.value, Value::Var(_)) => opens(program, graph, f, only.value, &here),
            _ => None,
        },
        Value::Call(id) => {
            let call = CallRef { file: f.file, id: *id };
            let target = graph.target(call)?;
            let resource = Resource::of(program, &Classes::default(), call, target);
            let resource = resource.filter(|resource| resource.must_end(program, program.language(f.file)));
            let resource = resource.or_else(|| made_by(program, graph, target, &here));
            resource.or_else(|| match &program.call(call).callee {
                Value::Member(base, name) if matches!(name.as_str(), "catch" | "then") => {
                    opens(program, graph, f, base, &here)
                }
                _ => None,
            })
        }
        _ => None,
    }
}

/// What the only function that is called opens and returns.
fn made_by(program: &Program, graph: &Graph, target: &Target, trail: &Trail) -> Option<Resource> {
    let [g] = target.functions[..] else { return None };
    let function = program.function(g);
    let plain = function.decorators.is_empty() || function.flags.is_static;
    if target.by_name || function.flags.generator || !plain || graph.kept.contains(&g) {
        return None;
    }
    match program.given_by(g).as_slice() {
        [only] => opens(program, graph, g, only, trail),
        _ => None,
    }
}
