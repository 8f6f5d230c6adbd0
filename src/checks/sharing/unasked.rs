//! Second modules that share a client of the same service, and that nothing imports: the next one who needs the client
//! may take either.
//!
//! Silence about whatever may be an entry: what runs something when it is loaded, what settings name. Knows no library.

use super::duplicates::told;
use super::{Kept, kept_beside};
use crate::catalog::RowKind;
use crate::catalog::schema::Kind;
use crate::checks::Project;
use crate::facts::{Call, CallId, CallKind, FnId, Function};
use crate::graph::Point;
use crate::program::{CallRef, FnRef};
use crate::source::FileKind;
use crate::values::calls::How;
use crate::values::sites::{Site, info, is_product};

/// A construction in such a module, and the file to take the client from.
pub struct Unasked<'s> {
    pub site: &'s Site,
    pub beside: u32,
}

pub fn unasked<'s>(project: &'s Project) -> Vec<Unasked<'s>> {
    let mut found: Vec<Unasked> = project.graph.sites.iter().filter_map(|site| one(project, site)).collect();
    found.dedup_by_key(|one| one.site.call.file);
    found
}

fn one<'s>(project: &'s Project, site: &'s Site) -> Option<Unasked<'s>> {
    let program = &project.program;
    let row = &info(program, site).row;
    let kind = matches!(row.kind, Kind::Pool | Kind::OrmClient | Kind::LazyClient | Kind::Connection);
    let file = site.call.file;
    if site.how != How::Built
        || !kind
        || matches!(row.service.as_str(), "" | "http")
        || !is_product(program, site.function)
    {
        return None;
    }
    if !project.reach().importers(file).is_empty() || !is_library(project, site) {
        return None;
    }
    // What stands at the top of such a module is what a tool is given.
    if site.function.id == FnId::TOP {
        return None;
    }
    let own = told(project, site).filter(|own| !own.names.is_empty())?;
    let used = |kept: &&Kept| {
        let other = kept.site(project);
        let same = || told(project, other).as_ref() == Some(&own);
        !project.reach().importers(other.call.file).is_empty() && same()
    };
    let beside = kept_beside(project, site).find(used)?.site(project).call.file;
    (!is_named(project, file)).then_some(Unasked { site, beside })
}

/// The module has something for others, and does nothing itself.
fn is_library(project: &Project, site: &Site) -> bool {
    let facts = project.program.facts(site.call.file);
    let own = |id: usize| CallRef { file: site.call.file, id: CallId(id as u32) };
    let does = |(id, call): (usize, &Call)| {
        call.function == FnId::TOP && call.kind != CallKind::Decorator && own(id) != site.call
    };
    let memoises = |id: &CallId| {
        let rows = project.graph.target(own(id.index())).map_or(&[][..], |target| &target.rows);
        rows.iter().any(|row| row.kind == RowKind::Memo)
    };
    let runs = |function: &Function| {
        let id = facts.functions.iter().position(|other| std::ptr::eq(other, function));
        let f = id.map(|id| FnRef { file: site.call.file, id: FnId(id as u32) });
        // What a cell keeps counts as run with it, whether anybody asks or not.
        f.is_some_and(|f| f.id != FnId::TOP && !project.contexts.of(Point::Fn(f)).is_empty())
            && !function.decorators.iter().any(memoises)
    };
    !facts.exports.is_empty() && !facts.calls.iter().enumerate().any(does) && !facts.functions.iter().any(runs)
}

/// Settings name the file: a command, an entry of the package, a tool's configuration.
fn is_named(project: &Project, file: u32) -> bool {
    let path = &project.program.units[file as usize].path;
    let stem = path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
    let settings = project.inputs.files.iter().filter(|file| file.kind == FileKind::Settings);
    settings.into_iter().any(|file| file.text.contains(stem))
}
