//! Hooks of shutdown that a framework runs only where the application asks for it, in a project that never does.
//!
//! Which call asks for it is said by rows of frameworks. Knows no framework by name.

use super::shutdown::{folder, releases_something, stays};
use crate::catalog::schema::{BaseRow, Kind, Run};
use crate::catalog::{PackageId, TypeId};
use crate::checks::Project;
use crate::facts::{CallKind, Value};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::{How, top};
use crate::values::eval::Ty;
use crate::values::sites::is_product;

/// A class whose hook closes its client, and is never run.
pub struct Unrun<'c> {
    pub class: ClassRef,
    pub ty: TypeId,
    /// Where it is built; none where the class is one itself.
    pub site: Option<CallRef>,
    pub hook: FnRef,
    /// The call that would have it run.
    pub enabled_by: &'c str,
    /// Further classes with such a hook, with where they build theirs.
    pub others: Vec<(ClassRef, Option<CallRef>)>,
}

pub fn unrun<'a>(project: &Project<'a>) -> Vec<Unrun<'a>> {
    let program = &project.program;
    let mut found: Vec<Unrun> = Vec::new();
    for package in program.active.iter().copied() {
        let rows = &program.catalog.package(package).bases;
        for row in rows.iter().filter(|row| row.run == Run::Shutdown && !row.enabled_by.is_empty()) {
            if !is_started(program, package, row) || is_enabled(program, row) {
                continue;
            }
            for class in program.classes().filter(|class| is_product(program, top(class.file))) {
                add(project, &mut found, package, row, class);
            }
        }
    }
    found
}

fn add<'a>(project: &Project<'a>, found: &mut Vec<Unrun<'a>>, package: PackageId, row: &'a BaseRow, class: ClassRef) {
    let program = &project.program;
    let Some((client, hook)) = closing(project, package, row, class) else { return };
    let Some(enabled_by) = row.enabled_by.first() else { return };
    let home = folder(program, class.file);
    match found.iter_mut().find(|one| folder(program, one.class.file) == home) {
        Some(first) => first.others.extend((first.class != class).then_some((class, client.site))),
        None => {
            let Client { ty, site } = client;
            found.push(Unrun { class, ty, site, hook, enabled_by, others: Vec::new() });
        }
    }
}

/// The client of the class that its hook of the row closes.
fn closing(project: &Project, package: PackageId, row: &BaseRow, class: ClassRef) -> Option<(Client, FnRef)> {
    let program = &project.program;
    let bases = program.outside_bases(class);
    let symbols = bases.iter().filter_map(|(external, _)| external.as_ref()).flat_map(|base| program.symbols(base));
    if !symbols.into_iter().any(|(own, symbol)| own == package && row.names.contains(&symbol)) {
        return None;
    }
    let methods = program.class(class).methods.iter().map(|id| FnRef { file: class.file, id: *id });
    let hook = methods.into_iter().find(|f| {
        let name = program.function(*f).name.as_deref();
        name.is_some_and(|name| row.methods.iter().any(|known| known == name))
    })?;
    let client = client(project, class).filter(|it| counts(program, it.ty) && stays(program, class.file))?;
    releases_something(project, hook).then_some((client, hook))
}

struct Client {
    ty: TypeId,
    site: Option<CallRef>,
}

/// What the class extends, or builds.
fn client(project: &Project, class: ClassRef) -> Option<Client> {
    let program = &project.program;
    let own = |site: &&crate::values::sites::Site| {
        site.how == How::Built && program.class_around(site.function) == Some(class) && counts(program, site.ty)
    };
    let extended = program.concept_of(class).map(|ty| Client { ty, site: None });
    let built = || project.graph.sites.iter().find(own).map(|site| Client { ty: site.ty, site: Some(site.call) });
    extended.or_else(built)
}

fn counts(program: &Program, ty: TypeId) -> bool {
    let info = program.catalog.ty(ty);
    let kind =
        matches!(info.row.kind, Kind::Pool | Kind::OrmClient | Kind::LazyClient | Kind::Connection | Kind::Broker);
    kind && info.owns && !info.row.self_closing && !info.row.release.is_empty()
}

/// The project's own code makes the application.
fn is_started(program: &Program, package: PackageId, row: &BaseRow) -> bool {
    program.calls().any(|call| {
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let Value::Member(base, _) = &data.callee else { return false };
        let Ty::External(external) = program.eval(f, base) else { return false };
        let made = |(own, symbol): (PackageId, String)| own == package && row.started_by.contains(&symbol);
        is_product(program, f) && program.symbols(&external).into_iter().any(made)
    })
}

/// Some call asks for the hooks by name, or closes what may be the application.
fn is_enabled(program: &Program, row: &BaseRow) -> bool {
    program.calls().any(|call| {
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let Value::Member(base, name) = &data.callee else { return false };
        let asks = || row.enabled_by.iter().any(|known| known == name);
        let ends = || name == "close" && program.eval(f, base).concept().is_none();
        data.kind == CallKind::Call && is_product(program, f) && (asks() || ends())
    })
}
