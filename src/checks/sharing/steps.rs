//! Packages that work in transactions: what their process ends in the middle of was to be done as a whole.
//!
//! Knows no library by name.

use rustc_hash::FxHashSet;

use super::shutdown::folder;
use crate::catalog::plans::family_named;
use crate::catalog::schema::Kind;
use crate::catalog::words::release::TRANSACTION_BEGINS;
use crate::catalog::{Catalog, RowKind, TypeId};
use crate::checks::Project;
use crate::ownership::release::begins_transaction;
use crate::program::{CallRef, FnRef};
use crate::servers::family::ANY_SQL;
use crate::values::calls::{How, Target};
use crate::values::sites::{is_product, last_name};

/// Where transactions are begun: folders of packages and files, each with the service that has them.
pub struct Transactions<'a> {
    begun: FxHashSet<(String, u32, &'a str)>,
}

impl<'a> Transactions<'a> {
    pub fn of(project: &Project<'a>) -> Self {
        let program = &project.program;
        let begun = program.calls().filter_map(|call| {
            let service = service_of(project, call)?;
            let f = FnRef { file: call.file, id: program.call(call).function };
            is_product(program, f).then(|| (folder(program, call.file), call.file, service))
        });
        Self { begun: begun.collect() }
    }

    /// The package has some on the service, as far as that is known, in files of that kind.
    pub fn are_on(&self, catalog: &Catalog, folder: &str, service: &str, fits: &dyn Fn(u32) -> bool) -> bool {
        let is_sql = |own: &str| own == ANY_SQL || family_named(&catalog.limits, own).is_some_and(|family| family.sql);
        let is_open = |own: &str| [own, service].contains(&ANY_SQL) && is_sql(own) && is_sql(service);
        self.begun.iter().any(|(own, file, of)| own == folder && (*of == service || is_open(of)) && fits(*file))
    }
}

/// The service on which the call begins a transaction.
fn service_of<'a>(project: &Project<'a>, call: CallRef) -> Option<&'a str> {
    let target = project.graph.target(call)?;
    let ty =
        given(project, call, target).or_else(|| decorated(project, target)).or_else(|| on(project, call, target))?;
    Some(project.program.catalog.ty(ty).row.service.as_str())
}

/// A transaction itself, or one that is lent to a callback.
fn given(project: &Project, call: CallRef, target: &Target) -> Option<TypeId> {
    let (program, catalog) = (&project.program, project.program.catalog);
    let ty = target.gives.filter(|given| given.how == How::Acquired)?.ty;
    let row = &catalog.ty(ty).row;
    let lent = || {
        let name = last_name(&program.call(call).callee);
        target.receiver.and_then(|receiver| catalog.method(receiver, name)).is_some_and(|method| method.scoped)
    };
    (row.kind == Kind::Handle && (!row.undo.is_empty() || lent())).then_some(ty)
}

/// What the decorated function has as it runs.
fn decorated(project: &Project, target: &Target) -> Option<TypeId> {
    let catalog = project.program.catalog;
    let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Decorator);
    rows.find_map(|row| catalog.type_named(row.package, &catalog.decorator(*row).holds))
}

/// The connection or session that the call is made on, where that begins one there.
fn on(project: &Project, call: CallRef, target: &Target) -> Option<TypeId> {
    let catalog = project.program.catalog;
    let data = project.program.call(call);
    let name = last_name(&data.callee);
    let ty = target.receiver?;
    let begins = TRANSACTION_BEGINS.contains(&name) || runs_statements(catalog, ty, name) && begins_transaction(data);
    begins.then_some(ty)
}

/// A method that runs what it is told: `client.query("BEGIN")`.
fn runs_statements(catalog: &Catalog, ty: TypeId, name: &str) -> bool {
    catalog.ty(ty).row.transaction.as_ref().is_some_and(|row| row.statements.iter().any(|own| own == name))
}
