//! Where clients are built: every call that makes a catalogue value.

use super::calls::{How, Target};
use crate::catalog::TypeId;
use crate::catalog::TypeInfo;
use crate::facts::{Call, CallKind, Span, Value};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// One construction of a catalogue value.
#[derive(Debug, Clone)]
pub struct Site {
    pub call: CallRef,
    pub function: FnRef,
    pub ty: TypeId,
    pub how: How,
    pub span: Span,
}

/// The site of a call, when it makes something.
pub fn site_of(program: &Program, call: CallRef, target: &Target) -> Option<Site> {
    let data = program.call(call);
    let function = FnRef { file: call.file, id: data.function };
    let given = target.gives.map(|given| (given.ty, given.how)).or_else(|| subclass(program, call, target));
    let (ty, how) =
        given.filter(|(_, how)| matches!(how, How::Built | How::OneShot | How::Memoised | How::Acquired))?;
    Some(Site { call, function, ty, how, span: data.span })
}

/// `new Sub()` where `Sub` adds no constructor to the catalogue type that it extends: the same as
/// `new Base()` with these arguments.
fn subclass(program: &Program, call: CallRef, target: &Target) -> Option<(TypeId, How)> {
    let class = target.class?;
    let ty = program.concept_of(class)?;
    if program.constructor(class).is_some() {
        return None;
    }
    match program.inherited(call, class) {
        Some(given) => given.map(|given| (given.ty, given.how)),
        None => Some((ty, How::Built)),
    }
}

/// The last name of a callee as written.
pub fn last_name(callee: &Value) -> &str {
    match callee {
        Value::Member(_, name) | Value::Global(name) => name,
        _ => "",
    }
}

/// `super(...)` makes the base's part of the object: it is a construction of the base.
pub fn is_super(call: &Call) -> bool {
    matches!(call.callee, Value::Super) && call.kind == CallKind::Call
        || matches!(&call.callee, Value::Member(base, name) if matches!(**base, Value::Super) && name == "__init__")
}

/// What the catalogue says of the type that a site builds.
pub fn info<'c>(program: &Program<'c>, site: &Site) -> &'c TypeInfo {
    program.catalog.ty(site.ty)
}

/// Neither a test nor a script.
pub fn is_product(program: &Program, f: FnRef) -> bool {
    program.class_of(f.file) == FileClass::Source && !program.is_written_as_test(f)
}
