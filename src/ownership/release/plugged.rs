//! What a plugin or a container lends to the parameters of handlers by their type, where no function of the project
//! provides it: `async def stream(socket: WebSocket, db_session: AsyncSession)`.
//!
//! Rows of decorators say of which types. Knows no library by name.

use super::model::{Resource, Start, What, World};
use crate::catalog::schema::DecoratorRow;
use crate::catalog::{RowKind, TypeId};
use crate::facts::{Param, Span, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::eval::Ty;

/// A parameter that is lent something.
pub struct PluginLent {
    pub f: FnRef,
    pub parameter: VarRef,
    pub span: Span,
    /// The decorator.
    pub call: CallRef,
    pub resource: Resource,
}

/// The parameters of all handlers that are lent something by their type.
pub fn received(world: &World) -> Vec<PluginLent> {
    let functions = world.program.functions().filter(|f| !world.program.function(*f).decorators.is_empty());
    functions.flat_map(|f| received_by(world, f)).collect()
}

fn received_by(world: &World, f: FnRef) -> Vec<PluginLent> {
    let function = world.program.function(f);
    let Some((call, row)) = function.decorators.iter().find_map(|id| lending(world, CallRef { file: f.file, id: *id }))
    else {
        return Vec::new();
    };
    let lent = function.params.iter().filter_map(|param| {
        let ty = type_of(world, f, param).filter(|ty| row.lends.contains(&full_name(world, *ty)))?;
        let resource = Resource { what: What::Catalog(ty), start: Start::Now, acquired: true, private: false };
        let parameter = VarRef { function: f.id, local: param.local };
        Some(PluginLent { f, parameter, span: param.span, call, resource })
    });
    lent.collect()
}

/// The row of a decorator whose function is lent something.
fn lending<'a>(world: &World<'_, 'a>, call: CallRef) -> Option<(CallRef, &'a DecoratorRow)> {
    let rows = world.graph.target(call)?.rows.iter().filter(|row| row.kind == RowKind::Decorator);
    let mut rows = rows.map(|row| world.program.catalog.decorator(*row));
    rows.find(|row| !row.lends.is_empty()).map(|row| (call, row))
}

/// The type of a parameter that nothing in sight fills.
fn type_of(world: &World, f: FnRef, param: &Param) -> Option<TypeId> {
    match world.program.eval_type(f, param.ty.as_ref().filter(|_| param.default.is_none())?) {
        Ty::Concept(ty) => Some(ty),
        _ => None,
    }
}

fn full_name(world: &World, ty: TypeId) -> String {
    let info = world.program.catalog.ty(ty);
    format!("{}.{}", world.program.catalog.package(info.package).package, info.row.name)
}
