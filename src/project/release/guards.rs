//! Pools that a project wrote itself: objects that hold a connection and give it back when they are
//! dropped, and the functions that hand them out.
//!
//! Rust only, where a `Drop` says so. Knows no library by name.

use rustc_hash::FxHashMap;

use super::resource::{Resource, Start, What};
use crate::catalog::schema::Kind;
use crate::facts::{CallKind, ClassKind, Language};
use crate::project::eval::Ty;
use crate::project::program::{ClassRef, FnRef, Program};

/// The functions that build a guard and return it: calling one takes a connection out.
pub fn makers(program: &Program) -> FxHashMap<FnRef, Resource> {
    let guards: Vec<ClassRef> = program.classes().filter(|class| is_guard(program, *class)).collect();
    let mut makers = FxHashMap::default();
    if guards.is_empty() {
        return makers;
    }
    for call in program.calls().filter(|call| program.call(*call).kind == CallKind::Struct) {
        let f = FnRef { file: call.file, id: program.call(call).function };
        let Ty::Instance(class) = program.return_of(f) else { continue };
        let builds = program.call_result(call) == Ty::Instance(class);
        if builds && guards.contains(&class) {
            makers.insert(f, Resource { what: What::Object(class), start: Start::Now, acquired: true, private: false });
        }
    }
    makers
}

/// A struct with a `Drop` of its own and a single connection in a field.
fn is_guard(program: &Program, class: ClassRef) -> bool {
    let data = program.class(class);
    if program.language(class.file) != Language::Rust || data.kind != ClassKind::Struct {
        return false;
    }
    let drops = program.parts(class).into_iter().any(|part| {
        let implemented = &program.class(part).implements;
        implemented.iter().any(|ty| ty.name.rsplit('.').next() == Some("Drop"))
    });
    let connection = |ty: Ty| ty.concept().is_some_and(|ty| program.catalog.ty(ty).row.kind == Kind::Connection);
    drops && data.fields.iter().any(|field| connection(program.field(class, &field.name)))
}
