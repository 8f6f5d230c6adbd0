//! Classes with a pool of their own of which one process makes several objects: `new Store()` in two
//! modules, or a provider that two modules list.
//!
//! What a container makes of a list is said by rows of frameworks. Knows no library by name.

mod makers;

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::duplicates::is_for_one_use;
use crate::catalog::plans::families;
use crate::catalog::schema::{Kind, Platform};
use crate::catalog::{RowKind, TypeId};
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::facts::{Call, FnKind, Span, Value, VarRef};
use crate::graph::trigger::Trigger;
use crate::graph::{Edge, Point};
use crate::ownership::release::releases_by_name;
use crate::packages::paths::parent;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::servers::address::address;
use crate::values::Program;
use crate::values::calls::{How, top};
use crate::values::conditions::record_entry;
use crate::values::eval::Ty;
use crate::values::sites::Site;
use crate::values::sites::is_product;

/// One place that makes an object of the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Made {
    pub file: u32,
    pub span: Span,
    /// A container makes it for a list.
    pub listed: bool,
}

/// What makes clients of its own each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Maker {
    Class(ClassRef),
    Function(FnRef),
}

/// A client more than the process needs, and the one to keep.
pub struct Copy {
    pub maker: Maker,
    pub ty: TypeId,
    pub kept: Made,
    pub surplus: Made,
    /// How many objects the process makes.
    pub number: usize,
}

pub fn copies(project: &Project) -> Vec<Copy> {
    let mut found = of_classes(project);
    for (maker, ty, mut places) in makers::called(project) {
        places.sort();
        found.extend(surplus(project, Maker::Function(maker), ty, places));
    }
    found
}

fn of_classes(project: &Project) -> Vec<Copy> {
    let owners = owners(project);
    if owners.is_empty() {
        return Vec::new();
    }
    let mut made: BTreeMap<ClassRef, Vec<Made>> = BTreeMap::new();
    for (class, place) in listed(&project.program).into_iter().chain(built(project)) {
        if owners.contains_key(&class) {
            made.entry(class).or_default().push(place);
        }
    }
    made.retain(|_, places| places.len() > 1);
    if made.is_empty() {
        return Vec::new();
    }
    let program = &project.program;
    let folder = |file: u32| parent(&program.units[file as usize].path);
    for (class, places) in &mut made {
        places.sort_by_key(|place| (folder(place.file) != folder(class.file), *place));
        places.dedup_by_key(|place| place.file);
    }
    let copies = made.into_iter();
    copies.flat_map(|(class, places)| surplus(project, Maker::Class(class), owners[&class], places)).collect()
}

/// Of those that one process makes in several files, all but one.
fn surplus(project: &Project, maker: Maker, ty: TypeId, mut places: Vec<Made>) -> Vec<Copy> {
    let mut found = Vec::new();
    while !places.is_empty() {
        let kept = places.remove(0);
        let together = |place: &Made| project.run_together(kept.file, place.file);
        let (beside, apart): (Vec<Made>, Vec<Made>) = places.into_iter().partition(together);
        let number = 1 + beside.len();
        found.extend(beside.into_iter().map(|surplus| Copy { maker, ty, kept, surplus, number }));
        places = apart;
    }
    found
}

/// Classes whose every object has a pool of its own: they extend a client, or their constructor builds one
/// from settings that are no parameters.
fn owners(project: &Project) -> BTreeMap<ClassRef, TypeId> {
    let program = &project.program;
    let extending = program.classes().filter_map(|class| Some((class, program.concept_of(class)?)));
    let plain = extending.filter(|(class, _)| program.constructor(*class).is_none());
    let building = project.graph.sites.iter().zip(0..).filter_map(|(site, at)| {
        let constructs = program.function(site.function).kind == FnKind::Constructor;
        let class = program.class_around(site.function).filter(|_| constructs && site.how == How::Built)?;
        let owns = counts(program, class, site.ty) && address(program, site).is_some();
        (owns && !is_built_once(project, class, site, at) && !is_told(project, site)).then_some((class, site.ty))
    });
    plain.filter(|(class, ty)| counts(program, *class, *ty)).chain(building).collect()
}

/// It is built too often altogether: who keeps one mends the copies as well.
fn is_told(project: &Project, site: &Site) -> bool {
    verdicts(project).iter().any(|verdict| verdict.site.call == site.call && !verdict.minor)
}

/// However often the constructor of the one object runs, it builds where nothing is kept yet.
fn is_built_once(project: &Project, class: ClassRef, site: &Site, at: u32) -> bool {
    let mut plainly = project.graph.edges.get(&Point::Fn(site.function)).into_iter().flatten();
    project.program.is_one_object(class) && !plainly.any(|edge| edge.to == Point::Site(at))
}

fn counts(program: &Program, class: ClassRef, ty: TypeId) -> bool {
    is_shared(program, ty, class.file)
        && !program.is_singleton(class)
        && !is_for_one_use(&program.class(class).name)
        && is_product(program, top(class.file))
}

/// Several clients of the type in one process are too many.
fn is_shared(program: &Program, ty: TypeId, file: u32) -> bool {
    let info = program.catalog.ty(ty);
    let pooled = matches!(info.row.kind, Kind::Pool | Kind::OrmClient | Kind::LazyClient) && info.owns;
    pooled
        && !matches!(info.row.service.as_str(), "" | "http")
        && !families(&program.catalog.limits).any(|family| family.dedicated && family.name == info.row.service)
        && program.platform(&program.units[file as usize].path) != Some(Platform::Workers)
}

/// Classes in lists of which a container makes objects: one for each list.
fn listed(program: &Program) -> Vec<(ClassRef, Made)> {
    let mut found = Vec::new();
    for class in program.classes().filter(|class| is_product(program, top(class.file))) {
        let scope = FnRef { file: class.file, id: program.class(class).function };
        for id in &program.class(class).decorators {
            let call = CallRef { file: class.file, id: *id };
            let target = program.target(call);
            let rows = target.rows.iter().filter(|row| row.kind == RowKind::Decorator);
            let keys: FxHashSet<&String> = rows.flat_map(|row| &program.catalog.decorator(*row).makes).collect();
            let data = program.call(call);
            let lists = data.args.iter().flat_map(|arg| keys.iter().filter_map(|key| record_entry(&arg.value, key)));
            found.extend(lists.flat_map(|list| {
                let place = Made { file: class.file, span: list.span, listed: true };
                classes_of(program, scope, &list.value).into_iter().map(move |one| (one, place))
            }));
        }
    }
    found
}

fn classes_of<'a>(program: &Program<'a>, scope: FnRef, list: &'a Value) -> Vec<ClassRef> {
    let Value::List(items) = program.deref(scope, list) else { return Vec::new() };
    let class = |item: &'a Value| match program.eval(scope, item) {
        Ty::Class(class) => Some(class),
        _ => None,
    };
    items.iter().filter_map(class).collect()
}

/// Objects that are made with `new` when a module is loaded or the program starts, not only when the module is it.
fn built(project: &Project) -> Vec<(ClassRef, Made)> {
    let mut found = Vec::new();
    for (from, edges) in &project.graph.edges {
        let Point::Fn(f) = from else { continue };
        if !is_product(&project.program, *f) || !runs_once(project, *f) {
            continue;
        }
        found.extend(edges.iter().filter_map(|edge| made(project, *f, edge)));
    }
    found.sort();
    found
}

fn made(project: &Project, f: FnRef, edge: &Edge) -> Option<(ClassRef, Made)> {
    let Point::Alloc(class) = edge.to else { return None };
    let call = edge.call.filter(|call| call.file == f.file && !edge.weak && !edge.many && !edge.main)?;
    if is_done_with(project, f, call) {
        return None;
    }
    let data = project.program.call(call);
    Some((class, Made { file: f.file, span: data.span, listed: false }))
}

/// The function ends the object that it makes: `const own = new Store(); … await own.close()`.
fn is_done_with(project: &Project, f: FnRef, made: CallRef) -> bool {
    let program = &project.program;
    let holds = |var: &VarRef| program.bound(f.file, *var).iter().any(|bound| *bound.value == Value::Call(made.id));
    let ends = |call: &&Call| match &call.callee {
        Value::Member(base, name) => releases_by_name(name) && matches!(&**base, Value::Var(var) if holds(var)),
        _ => false,
    };
    program.facts(f.file).calls.iter().filter(|call| call.function == f.id).any(|call| ends(&call))
}

fn runs_once(project: &Project, f: FnRef) -> bool {
    let contexts = project.contexts.of(Point::Fn(f));
    let once = |trigger: Trigger| matches!(trigger, Trigger::Load | Trigger::Startup);
    !contexts.is_empty() && contexts.iter().all(|context| once(context.trigger) && !context.many && !context.weak)
}

/// What the class's objects hold, as messages name it.
pub fn display<'c>(project: &Project<'c>, copy: &Copy) -> &'c str {
    &project.program.catalog.ty(copy.ty).display
}
