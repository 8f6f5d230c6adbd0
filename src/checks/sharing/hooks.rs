//! Hooks of shutdown that a framework runs only where the application asks for it, in a project that never does.
//!
//! Which call asks for it is said by rows of frameworks. Knows no framework by name.

use rustc_hash::FxHashSet;

use super::shutdown::{folder, releases_something, stays};
use super::steps::Transactions;
use crate::catalog::schema::{BaseRow, Kind, Run};
use crate::catalog::{PackageId, TypeId};
use crate::checks::Project;
use crate::facts::{CallKind, Value};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::{How, top};
use crate::values::eval::Ty;
use crate::values::sites::{Site, info, is_product};

/// A client that a hook closes, which is never run.
pub struct Unrun<'c> {
    pub owner: Owner,
    pub ty: TypeId,
    /// The call that would have the hook run.
    pub enabled_by: &'c str,
    /// Further ones of the package.
    pub others: Vec<Owner>,
}

/// Who has such a client.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A class of the project, with the hook, and the call that builds it; none where the class is one itself.
    Class { class: ClassRef, hook: FnRef, site: Option<CallRef> },
    /// A library's module that the call makes.
    Module(CallRef),
}

impl Owner {
    pub fn file(self) -> u32 {
        match self {
            Owner::Class { class, .. } => class.file,
            Owner::Module(call) => call.file,
        }
    }
}

pub fn unrun<'a>(project: &Project<'a>) -> Vec<Unrun<'a>> {
    let program = &project.program;
    let transactions = Transactions::of(project);
    let mut found: Vec<Unrun> = Vec::new();
    for package in program.active.iter().copied() {
        let rows = &program.catalog.package(package).bases;
        for row in rows.iter().filter(|row| row.run == Run::Shutdown && !row.enabled_by.is_empty()) {
            if !is_started(program, package, row) || is_enabled(program, package, row) {
                continue;
            }
            for class in program.classes().filter(|class| is_product(program, top(class.file))) {
                if let Some((Client { ty, site }, hook)) = closing(project, package, row, class) {
                    add(program, &mut found, row, Owner::Class { class, hook, site }, ty);
                }
            }
            let base = &program.catalog.package(package).package;
            let names: Vec<String> = row.names.iter().map(|name| format!("{base}.{name}")).collect();
            let modules = project.graph.sites.iter().filter(|site| names.contains(&info(program, site).row.closed_in));
            for site in modules.filter(|site| is_cut_off(program, site, &transactions)) {
                add(program, &mut found, row, Owner::Module(site.call), site.ty);
            }
        }
    }
    found
}

/// The library's module of the site has transactions that the end of the process cuts off.
fn is_cut_off(program: &Program, site: &Site, transactions: &Transactions) -> bool {
    let folder = folder(program, site.call.file);
    is_product(program, site.function)
        && stays(program, site.call.file)
        && transactions.are_on(program.catalog, &folder, &info(program, site).row.service, &|_| true)
}

fn add<'a>(program: &Program, found: &mut Vec<Unrun<'a>>, row: &'a BaseRow, owner: Owner, ty: TypeId) {
    let Some(enabled_by) = row.enabled_by.first() else { return };
    let home = folder(program, owner.file());
    // What takes messages loses the one that it works on: it is told first.
    let takes = |ty: TypeId| program.catalog.ty(ty).row.kind == Kind::Broker;
    match found.iter_mut().find(|one| folder(program, one.owner.file()) == home) {
        Some(first) if first.owner == owner || first.others.contains(&owner) => {}
        Some(first) if takes(ty) && !takes(first.ty) => {
            first.others.push(std::mem::replace(&mut first.owner, owner));
            first.ty = ty;
        }
        Some(first) => first.others.push(owner),
        None => found.push(Unrun { owner, ty, enabled_by, others: Vec::new() }),
    }
}

/// The client of the class that its hook of the row closes.
fn closing(project: &Project, package: PackageId, row: &BaseRow, class: ClassRef) -> Option<(Client, FnRef)> {
    let program = &project.program;
    if !program.is_below(class, package, row) {
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
    let own = |site: &&Site| {
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
fn is_enabled(program: &Program, package: PackageId, row: &BaseRow) -> bool {
    let known = &program.catalog.package(package).dependencies;
    let others = program.manifests.packages.iter();
    let others =
        others.filter(|own| !own.dependencies.is_empty() && !known.iter().any(|it| own.dependencies.contains(it)));
    let others: FxHashSet<&str> = others.map(|own| own.folder.as_str()).collect();
    let elsewhere = |file: u32| program.package_of(file).is_some_and(|own| others.contains(own.folder.as_str()));
    program.calls().any(|call| {
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let Value::Member(base, name) = &data.callee else { return false };
        let asks = || row.enabled_by.iter().any(|known| known == name);
        let ends = || name == "close" && !elsewhere(call.file) && program.eval(f, base).concept().is_none();
        data.kind == CallKind::Call && is_product(program, f) && (asks() || ends())
    })
}
