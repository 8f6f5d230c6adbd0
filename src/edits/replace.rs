//! Puts the client that a package already shares in the place of one that is built again and again.
//!
//! Only where both are known to speak to the same service, and where the import closes no circle: the shared
//! client itself where the construction is a declaration that stands alone, else a call of the function that
//! hands it out. Knows no library by name.

use super::imports;
use super::kept::taken_by;
use super::leftover::Leftover;
use super::reopened::is_opened_once;
use super::rewrite::{export_name, import_line, in_place, switched_on};
use crate::checks::Project;
use crate::checks::sharing::lift::{Lift, is_closed, is_prepared};
use crate::checks::sharing::{Kept, Shared, kept_beside};
use crate::facts::walk;
use crate::facts::{DEFAULT_EXPORT, returned};
use crate::facts::{FnId, Language, Span, Value, VarRef};
use crate::finding::Edit;
use crate::servers::address::address;
use crate::values::eval::Ty;
use crate::values::sites::Site;

/// The edits, and the path of the module that shares the client.
pub fn replaced(project: &Project, site: &Site) -> Option<(Vec<Edit>, String)> {
    let program = &project.program;
    let fits = program.catalog.ty(site.ty).is_for_all_threads()
        && !is_prepared(project, site)
        && !is_opened_once(project, site);
    if program.language(site.call.file) == Language::Rust || !fits {
        return None;
    }
    let own = address(program, site)?;
    let lifts = Lift::together(project, site);
    let awaited = |site: &Site| program.call(site.call).awaited;
    let same = |kept: &&Kept| kept.address.as_ref() == Some(&own);
    kept_beside(project, site).filter(same).find_map(|kept| {
        let shared = kept.shared(project);
        let path = program.units[shared.site.call.file as usize].path.clone();
        let (own, target) = (site.call.file, shared.site.call.file);
        let differs = switched_on(project, site) != switched_on(project, shared.site);
        if differs || project.reach().loads(target, own) || !is_one_program(project, own, target) {
            return None;
        }
        let alike = awaited(shared.site) == awaited(site) && stands_for(project, site, &shared);
        let plain = lifts.as_ref().filter(|_| alike);
        let edits = plain.and_then(|lifts| imported(project, lifts, &shared));
        let edits = edits.or_else(|| called(project, site, &shared));
        Some((edits.or_else(|| in_field(project, site, &shared).filter(|_| alike))?, path))
    })
}

/// Both belong to one program: modules of Python may lie beside each other that are run by themselves.
fn is_one_program(project: &Project, file: u32, target: u32) -> bool {
    let program = &project.program;
    let path = |file: u32| program.units[file as usize].path.as_str();
    let package = program.package_folder(target).trim_end_matches('/');
    let folder =
        |file: u32| path(file)[package.len()..].trim_start_matches('/').split_once('/').map(|(folder, _)| folder);
    let near = |other: u32| folder(other).is_none() || folder(other) == folder(file);
    let used = project.importers().of(target).iter().any(|(other, _)| near(*other));
    program.language(file) != Language::Python || used || folder(target).is_some() && folder(target) == folder(file)
}

/// The shared client itself, where a field takes the construction.
fn in_field(project: &Project, site: &Site, shared: &Shared) -> Option<Vec<Edit>> {
    let several = crate::checks::sharing::duplicates::counts(project, shared);
    let field = taken_by(project, site).any(|target| matches!(target, Value::Member(..)));
    (several && field && shared.site.function.id == FnId::TOP).then(|| in_place(project, site, shared)).flatten()
}

/// What a client of no server of its own is built with is all that tells it from another.
pub(super) fn stands_for(project: &Project, site: &Site, shared: &Shared) -> bool {
    let program = &project.program;
    let written = |site: &Site| {
        let source = program.units[site.call.file as usize].source;
        let text = &project.inputs.files.get(source.index())?.text;
        text.get(program.call(site.call).callee_span.end as usize..site.span.end as usize)
    };
    !matches!(crate::values::sites::info(program, site).row.service.as_str(), "" | "http")
        || written(site) == written(shared.site)
}

/// An import in the place of declarations that are written alike.
fn imported(project: &Project, lifts: &[Lift], shared: &Shared) -> Option<Vec<Edit>> {
    let first = lifts.first()?;
    let file = first.site.call.file;
    let source = project.program.units[file as usize].source;
    let export = export_name(project, shared)?;
    let line = import_line(project, file, shared.site.call.file, &export, first.name)?;
    let gone: Vec<(Span, String)> = lifts.iter().map(|lift| lift.giving_way(first, lift.span)).collect();
    let spans: Vec<Span> = gone.iter().map(|(span, _)| *span).collect();
    let left = Leftover::of(project, file, first.text, &spans);
    let mut edits: Vec<Edit> = gone.into_iter().map(|(span, text)| Edit { file: source, span, text }).collect();
    edits.extend(brought_in(project, first.site, first.text, line, left)?);
    Some(edits)
}

/// A call of the function that builds the shared client once and hands it out.
fn called(project: &Project, site: &Site, shared: &Shared) -> Option<Vec<Edit>> {
    let several = crate::checks::sharing::duplicates::counts(project, shared);
    if !several || is_closed(project, site) || is_one_of(project, site) {
        return None;
    }
    let giver = Giver::of(project, site, shared)?;
    let source = project.program.units[site.call.file as usize].source;
    let taken = Edit { file: source, span: site.span, text: giver.call.clone() };
    giver.used(project, site, vec![taken], &[site.span])
}

/// The function of another file that builds the shared client once and hands it out.
pub(super) struct Giver<'p> {
    /// What calls it.
    pub call: String,
    name: &'p str,
    /// What imports it.
    line: String,
}

impl<'p> Giver<'p> {
    pub fn of(project: &'p Project, site: &Site, shared: &Shared) -> Option<Self> {
        let program = &project.program;
        let (file, target, f) = (site.call.file, shared.site.call.file, shared.site.function);
        let function = program.function(f);
        let plain = function.params.is_empty() && !function.flags.generator && f.id != FnId::TOP;
        if !plain || !hands_out(project, shared.site) {
            return None;
        }
        let exports = program.facts(target).exports.iter();
        let mut names = exports.filter(|export| program.module_member(target, &export.name) == Ty::Fn(f));
        let name = &names.find(|export| export.name != DEFAULT_EXPORT && !export.name.starts_with('_'))?.name;
        let wait = match (function.flags.is_async, program.call(site.call).awaited) {
            (true, false) if program.function(site.function).flags.is_async => "await ",
            (true, false) => return None,
            _ => "",
        };
        let line = import_line(project, file, target, name, name)?;
        Some(Self { call: format!("{wait}{name}()"), name, line })
    }

    /// The edits that call it, with its import in the place of one that only the construction needs.
    pub fn used(self, project: &Project, site: &Site, mut edits: Vec<Edit>, gone: &[Span]) -> Option<Vec<Edit>> {
        let (program, file) = (&project.program, site.call.file);
        let source = program.units[file as usize].source;
        let text = &project.inputs.files.get(source.index())?.text;
        let left = Leftover::of(project, file, text, gone);
        let mut names = program.facts(file).functions.iter().flat_map(|f| &f.locals);
        let there = text.lines().any(|written| written == self.line);
        match names.any(|local| local.name == self.name) {
            true => {
                edits.extend(left.edits());
                there.then_some(edits)
            }
            false => {
                edits.extend(brought_in(project, site, text, self.line, left)?);
                Some(edits)
            }
        }
    }
}

/// Another construction may be what the variable holds: both would have to go.
fn is_one_of(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let built = |var: &VarRef| {
        let values = program.bound(site.call.file, *var).iter().map(|bound| bound.value);
        values.filter(|value| matches!(value, Value::Call(_) | Value::Choice(..))).count()
    };
    taken_by(project, site).any(|target| matches!(target, Value::Var(var) if built(var) > 1))
}

/// The function gives back what it builds and keeps, or the place where it keeps that.
fn hands_out(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let body = &program.function(site.function).body;
    if !keeps(project, site) {
        return false;
    }
    let mut values = Vec::new();
    returned(body, &mut values);
    let built = Value::Call(site.call.id);
    let mut places = vec![&built];
    walk::binds(body).for_each(|walk::Bind { target, value, .. }| {
        if *value == built {
            places.push(target);
        }
    });
    let kept = !values.is_empty() && values.iter().all(|value| places.contains(value));
    kept || !values.iter().any(|value| value.is_null()) && program.return_of(site.function) == Ty::Concept(site.ty)
}

/// A memoiser keeps what the function makes, or it puts that into a place that is not its own.
fn keeps(project: &Project, site: &Site) -> bool {
    let (f, built) = (site.function, Value::Call(site.call.id));
    let mut kept = project.graph.kept.contains(&f);
    let mut names = Vec::new();
    walk::binds(&project.program.function(f).body).for_each(|walk::Bind { target, value, .. }| {
        let is_it = value.holds(&|part| *part == built || names.contains(part));
        match target {
            Value::Var(var) if var.function == f.id && is_it => names.push(target.clone()),
            Value::Var(var) if var.function == f.id => {}
            _ => kept |= is_it,
        }
    });
    kept
}

/// The import, in the place of one that only the construction needs.
pub(crate) fn brought_in(
    project: &Project,
    site: &Site,
    text: &str,
    line: String,
    mut left: Leftover,
) -> Option<Vec<Edit>> {
    let (file, script) = (site.call.file, project.program.language(site.call.file) == Language::Script);
    let in_place = if script && !imports::is_extended(text, &line) { left.replaced(&line) } else { None };
    let import = in_place.or_else(|| imports::added(project, file, text, &line))?;
    Some(imports::with(text, left.edits().collect(), import))
}
