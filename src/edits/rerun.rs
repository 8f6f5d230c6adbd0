//! Files that a framework runs from the top again and again: what they build is kept by its own memoiser, as the functions
//! of such a file are new in each run.
//!
//! The frameworks' rows name it. Knows no framework.

use crate::catalog::PackageId;
use crate::catalog::schema::FileRow;
use crate::catalog::words::servers::ADDRESS_KEYS;
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::facts::redact::private_key;
use crate::facts::trail::Trail;
use crate::facts::{Arg, FnId, ImportKind, LocalKind, Value, VarRef};
use crate::program::FnRef;
use crate::values::flow::mentions;
use crate::values::sites::Site;

/// The row by which the site's own file is run so, and its framework.
pub(super) fn row<'p>(project: &'p Project, site: &Site) -> Option<(PackageId, &'p FileRow)> {
    let program = &project.program;
    let own = program.units[site.call.file as usize].source;
    let verdict = verdicts(project).iter().find(|verdict| verdict.site.call == site.call)?;
    let step = verdict.chain.first().filter(|step| step.place.file == own)?;
    let of = |id: PackageId| program.catalog.package(id).files.iter().map(move |row| (id, row));
    let mut rows = program.active.iter().flat_map(|id| of(*id));
    rows.find(|(_, row)| row.label == step.label && !row.keeps.is_empty())
}

/// The decorator as the file writes it: `st.cache_resource`.
pub(super) fn memoiser(project: &Project, site: &Site) -> Option<String> {
    let (framework, row) = row(project, site)?;
    let name = module(project, site.call.file, framework)?;
    Some(format!("{name}.{}", row.keeps))
}

/// How the file calls the framework's module.
fn module<'p>(project: &'p Project, file: u32, framework: PackageId) -> Option<&'p str> {
    let facts = project.program.facts(file);
    let modules = &project.program.catalog.package(framework).modules;
    let locals = facts.function(FnId::TOP).locals.iter();
    let named = locals.filter(|local| match local.kind {
        LocalKind::Import(id) => {
            let import = facts.import(id);
            import.kind == ImportKind::Namespace && modules.contains(&import.module)
        }
        _ => false,
    });
    named.map(|local| local.name.as_str()).next()
}

/// What a visitor may choose of that which the top of such a file builds it with: keywords of an address or a
/// credential, each with the variable that it is given. `None` where it needs anything else of the kind.
pub(super) fn keys<'p>(project: &'p Project, site: &Site) -> Option<Vec<(&'p str, &'p str)>> {
    let (framework, _) = row(project, site).filter(|_| site.function.id == FnId::TOP)?;
    let (program, file) = (&project.program, site.call.file);
    let facts = program.facts(file);
    let chosen = |value: &Value| asks(project, framework, file, value, &Trail::default());
    let call = program.call(site.call);
    let key = |arg: &'p Arg| match (arg.name.as_deref(), &arg.value) {
        (Some(name), Value::Var(var)) if var.function == FnId::TOP && is_key(name) => {
            matches!(facts.local(*var).kind, LocalKind::Let { .. }).then(|| (name, facts.local(*var).name.as_str()))
        }
        _ => None,
    };
    if chosen(&call.callee) {
        return None;
    }
    call.args.iter().filter(|arg| chosen(&arg.value)).map(key).collect()
}

/// A text, as far as the client takes it.
fn is_key(name: &str) -> bool {
    ADDRESS_KEYS.contains(&name) || private_key(name)
}

/// The value needs the framework, by itself or by a function or variable of the file.
fn asks(project: &Project, framework: PackageId, file: u32, value: &Value, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    let program = &project.program;
    let facts = program.facts(file);
    let modules = &program.catalog.package(framework).modules;
    let bound = |var: VarRef| program.bound(file, var).iter().map(|bound| bound.value);
    let mut needs = |part: &Value| match part {
        Value::Var(var) => match facts.local(*var).kind {
            LocalKind::Import(id) => modules.contains(&facts.import(id).module),
            LocalKind::Function(id) => {
                let calls = program.calls_within(FnRef { file, id });
                calls.into_iter().any(|call| asks(project, framework, file, call.callee.root(), &here))
            }
            _ => bound(*var).any(|value| asks(project, framework, file, value, &here)),
        },
        Value::Unknown | Value::Closure(_) => true,
        _ => false,
    };
    mentions(program, file, value, &mut needs)
}
