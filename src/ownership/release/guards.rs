//! Pools that a project wrote itself: objects that hold a connection and give it back when they are
//! dropped, and the functions that hand them out. And structs around what a library's pool gives: they hold it as long.
//!
//! Rust only, where a `Drop` says so, or the library's own. Knows no library by name.

use rustc_hash::FxHashMap;

use super::model::{Resource, Start, What};
use crate::catalog::TypeId;
use crate::catalog::schema::Kind;
use crate::facts::{CallKind, ClassKind, Language};
use crate::graph::Graph;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::eval::Ty;

/// The functions that build a guard and return it: calling one takes a connection out.
pub fn makers(program: &Program) -> FxHashMap<FnRef, Resource> {
    let guards: Vec<ClassRef> = program.classes().filter(|class| is_guard(program, *class)).collect();
    let mut makers = FxHashMap::default();
    if guards.is_empty() {
        return makers;
    }
    for call in program.calls().filter(|call| program.language(call.file) == Language::Rust) {
        let Ty::Instance(class) = program.call_result(call) else { continue };
        let f = FnRef { file: call.file, id: program.call(call).function };
        let literal = program.call(call).kind == CallKind::Struct;
        if literal && guards.contains(&class) && program.return_of(f) == Ty::Instance(class) {
            makers.insert(f, resource(class));
        }
    }
    makers
}

/// The object in which the function gives its caller what it takes: `Ok(Conn::new(self.pool.get()?))`.
pub fn wrapper_of(program: &Program, f: FnRef, resource: Resource) -> Option<ClassRef> {
    let class = program.eval_type(f, program.function(f).returns.as_ref()?).class()?;
    let is_it = |ty: Ty| match resource.what {
        What::Catalog(own) => ty == Ty::Concept(own),
        What::Object(own) => ty == Ty::Instance(own),
    };
    let around = resource.acquired && is_around(program, class);
    let wraps = |call: &CallRef| {
        let given = || program.call(*call).args.iter().any(|arg| is_it(program.eval(f, &arg.value)));
        program.call_result(*call).class() == Some(class) && given()
    };
    let mut calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
    (around && calls.any(|call| wraps(&call))).then_some(class)
}

/// A connection in an object of the class.
pub fn resource(class: ClassRef) -> Resource {
    Resource { what: What::Object(class), start: Start::Now, acquired: true, private: false }
}

/// The call puts what the same function takes out of a pool into a new struct: the call that takes it.
pub fn taken_for(program: &Program, graph: &Graph, call: CallRef) -> Option<CallRef> {
    graph.target(call)?.class?;
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let given: Vec<TypeId> = data.args.iter().filter_map(|arg| program.eval(f, &arg.value).concept()).collect();
    let mut calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
    calls.find(|call| acquired(graph, *call).is_some_and(|ty| given.contains(&ty)))
}

fn acquired(graph: &Graph, call: CallRef) -> Option<TypeId> {
    let given = graph.target(call)?.gives;
    given.filter(|given| given.how == How::Acquired).map(|given| given.ty)
}

/// A struct whose field, or an enumeration one of whose variants, is what a library's pool gives.
pub fn is_around(program: &Program, class: ClassRef) -> bool {
    let data = program.class(class);
    program.language(class.file) == Language::Rust
        && matches!(data.kind, ClassKind::Struct | ClassKind::Enum)
        && data.fields.iter().any(|field| is_handle(program, &program.field(class, &field.name)))
}

/// It is what a pool gives out.
pub fn is_handle(program: &Program, ty: &Ty) -> bool {
    ty.concept().is_some_and(|ty| program.catalog.ty(ty).row.kind == Kind::Handle)
}

/// A struct with a `Drop` of its own and a single connection in a field.
fn is_guard(program: &Program, class: ClassRef) -> bool {
    let data = program.class(class);
    if program.language(class.file) != Language::Rust || data.kind != ClassKind::Struct {
        return false;
    }
    let drops = program.parts(class).any(|part| {
        let implemented = &program.class(part).implements;
        implemented.iter().any(|ty| ty.name.rsplit('.').next() == Some("Drop"))
    });
    let connection = |ty: Ty| ty.concept().is_some_and(|ty| program.catalog.ty(ty).row.kind == Kind::Connection);
    drops && data.fields.iter().any(|field| connection(program.field(class, &field.name)))
}
