//! Objects that other packages have made, by what their makers are called.

use super::Effects;
use crate::catalog::PackageId;
use crate::catalog::words::effects::MAKER_PREFIXES;
use crate::facts::{FnId, Value};
use crate::program::CallRef;
use crate::values::eval::Ty;

/// A local variable holds what a function of another package makes on the spot: its name says nothing of a package.
pub(crate) fn is_made_by_other(effects: &Effects, call: CallRef, package: PackageId) -> bool {
    let program = effects.program;
    let Value::Member(base, _) = &program.call(call).callee else { return false };
    let Value::Var(var) = &**base else { return false };
    let made = match program.bound(call.file, *var) {
        [only] if var.function != FnId::TOP => only.value,
        _ => return false,
    };
    let Value::Call(id) = made else { return false };
    let maker = CallRef { file: call.file, id: *id };
    let data = program.call(maker);
    let makes = effects.is_new(maker) || is_maker(data.callee_name(program.facts(call.file)).unwrap_or_default());
    match program.eval(effects.at(maker), &data.callee) {
        Ty::External(external) if makes => {
            // What is of no package may be an object of any.
            let modules = &program.catalog.package(package).modules;
            !modules.is_empty() && !modules.contains(&external.module)
        }
        _ => false,
    }
}

/// Each call of a function of such a name makes something new.
pub(crate) fn is_maker(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    MAKER_PREFIXES.iter().any(|maker| name.starts_with(maker))
}
