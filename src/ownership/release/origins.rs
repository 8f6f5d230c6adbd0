//! Where a pool comes from that a function or an object is handed: what all who call it give, the one that a framework
//! provides, the only one of its type that the program builds.
//!
//! Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::TypeId;
use crate::catalog::schema::Kind;
use crate::contexts::linked::Linked;
use crate::facts::walk::{Region, around_call};
use crate::facts::{FnId, FnKind, LocalKind, Value, VarRef};
use crate::graph::callers::Callers;
use crate::graph::{Graph, Point};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::eval::Ty;
use crate::values::follow::At;
use crate::values::passing::passed_for;

pub struct Origins<'p> {
    callers: &'p Callers,
    /// The constructions of pools that alone make one of their type, and happen once.
    sole: FxHashMap<TypeId, CallRef>,
    /// The classes of which product code makes objects by itself.
    allocated: FxHashSet<ClassRef>,
}

impl<'p> Origins<'p> {
    pub fn find(project: &'p Linked) -> Self {
        let program = &project.program;
        let product = |call: CallRef| !program.is_test(FnRef { file: call.file, id: program.call(call).function });
        let made = project.graph.targets.iter().filter(|(call, _)| product(*call));
        let allocated = made.flat_map(|(_, target)| target.class.into_iter().chain(target.others.iter().copied()));
        Self { callers: project.callers(), sole: sole(project), allocated: allocated.collect() }
    }

    /// What each call of product code gives for the parameter; nothing where one gives nothing that is known.
    pub(super) fn handed<'a>(&self, program: &Program<'a>, file: u32, var: VarRef) -> Vec<At<'a>> {
        let owner = FnRef { file, id: var.function };
        let calls = self.callers.of(owner);
        if program.facts(file).local(var).kind != LocalKind::Param {
            return Vec::new();
        }
        let given = calls.iter().map(|call| {
            let f = FnRef { file: call.file, id: program.call(*call).function };
            passed_for(program, *call, owner, var).map(|value| At { f, value })
        });
        let given: Option<Vec<At>> = given.collect();
        let itself = |at: &At| at.f.file == file && *at.value == Value::Var(var);
        given.unwrap_or_default().into_iter().filter(|at| !itself(at)).collect()
    }

    /// The construction that made the value, by its type alone. Where a transaction may stand for the client, not what
    /// somebody hands on.
    pub(super) fn sole<'a>(&self, program: &Program<'a>, at: At<'a>) -> Option<CallRef> {
        let Ty::Concept(ty) = program.eval(at.f, at.value) else { return None };
        let built = self.sole.get(&ty).copied()?;
        let package = program.catalog.ty(ty).package;
        let has_double = program.catalog.types_of(package).any(|row| row.like_client);
        (!has_double || self.is_provided(program, at)).then_some(built)
    }

    /// A parameter of a constructor that the program never calls by itself: a framework does, with what it has.
    fn is_provided(&self, program: &Program, at: At) -> bool {
        let Value::Var(var) = at.value else { return false };
        let owner = FnRef { file: at.f.file, id: var.function };
        program.facts(owner.file).local(*var).kind == LocalKind::Param
            && program.function(owner).kind == FnKind::Constructor
            && program.class_around(owner).is_some_and(|class| !self.allocated.contains(&class))
    }

    /// The class of the project around a pool that a framework provides for the field of its objects: one object of it
    /// serves all.
    pub(super) fn provided(&self, program: &Program, class: ClassRef, field: &str) -> Option<ClassRef> {
        let values: Vec<_> =
            program.ancestry(class).into_iter().flat_map(|part| program.field_values(part, field)).collect();
        let is_given = |(f, value): &(FnRef, &Value)| self.is_provided(program, At { f: *f, value });
        let Ty::Instance(given) = program.field(class, field) else { return None };
        let pools = program.concept_of(given).is_some_and(|ty| is_pool(program, ty));
        let nobody = !self.allocated.contains(&class) && !self.allocated.contains(&given);
        (pools && nobody && !values.is_empty() && values.iter().all(is_given)).then_some(given)
    }
}

fn sole(project: &Linked) -> FxHashMap<TypeId, CallRef> {
    let program = &project.program;
    let mut made: FxHashMap<TypeId, Vec<(CallRef, bool)>> = FxHashMap::default();
    for (id, site) in project.graph.sites.iter().enumerate() {
        let product =
            program.class_of(site.call.file) == FileClass::Source && !program.is_written_as_test(site.function);
        let builds = matches!(site.how, How::Built | How::Memoised);
        if product && builds && is_pool(program, site.ty) {
            let contexts = project.contexts.of(Point::Site(id as u32));
            let again = contexts.is_empty() || contexts.iter().any(|context| context.many || context.trigger.repeats());
            let once = !again && happens_once(program, &project.graph, site.call, &mut FxHashSet::default());
            made.entry(site.ty).or_default().push((site.call, once));
        }
    }
    let sole = made.into_iter().filter_map(|(ty, sites)| match sites[..] {
        [(call, true)] => Some((ty, call)),
        _ => None,
    });
    sole.collect()
}

fn is_pool(program: &Program, ty: TypeId) -> bool {
    matches!(program.catalog.ty(ty).row.kind, Kind::Pool | Kind::OrmClient)
}

/// No loop stands around it, and nobody calls the function around it twice, nor who calls that.
pub(super) fn happens_once(program: &Program, graph: &Graph, call: CallRef, seen: &mut FxHashSet<FnRef>) -> bool {
    let f = FnRef { file: call.file, id: program.call(call).function };
    let mut loops = around_call(&program.function(f).body, call.id).into_iter().filter(Region::is_loop);
    let callers = graph.targets.callers(f);
    loops.next().is_none()
        && match callers {
            _ if f.id == FnId::TOP => true,
            [] => true,
            [only] => seen.insert(f) && happens_once(program, graph, *only, seen),
            _ => false,
        }
}
