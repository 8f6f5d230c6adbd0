//! Clients that live as long as the process: where they are built, who loads them, what keeps them
//! over a reload, who else builds the same, and who closes them.
//!
//! Structured answers for the rules. Knows no library by name and no output.

mod at_hand;
pub mod closing;
pub mod copies;
pub mod duplicates;
mod guard;
pub mod home;
pub mod hooks;
mod idle;
pub mod joined;
mod libraries;
pub mod lift;
pub mod logout;
pub mod parts;
pub mod reload;
pub mod shutdown;
mod steps;
pub mod unasked;

use crate::capacity::unbound::is_unbound;
use crate::servers::address::{Address, address};

pub use guard::Guard;

use super::Project;
use super::lasting;
use crate::contexts::{Context, Step};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::values::Program;
use crate::values::calls::How;
use crate::values::flow::{Fate, Flow};
use crate::values::sites::{self, Site, info, is_product};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::TypeId;
use crate::catalog::schema::Role;
use crate::facts::{Call, FnId, Language, Node, Value, VarRef};

/// A client that is built when a module is loaded or the program starts, and kept.
#[derive(Clone)]
pub struct Shared<'s> {
    pub site: &'s Site,
    pub trigger: Trigger,
    /// The file whose loading or starting builds it.
    pub home: u32,
    /// From the module to the construction.
    pub chain: Vec<Step>,
}

/// A [`Shared`] as the project keeps it.
pub struct Kept {
    /// Index into the graph's sites.
    id: u32,
    trigger: Trigger,
    home: u32,
    chain: Vec<Step>,
    /// What it is built with.
    pub address: Option<Address>,
}

impl Kept {
    pub fn site<'s>(&self, project: &'s Project) -> &'s Site {
        &project.graph.sites[self.id as usize]
    }

    pub fn shared<'s>(&self, project: &'s Project) -> Shared<'s> {
        let Kept { trigger, home, chain, .. } = self;
        Shared { site: self.site(project), trigger: *trigger, home: *home, chain: chain.clone() }
    }
}

/// All [`Kept`] of a project.
pub struct KeptSites {
    /// In the order of the graph's sites.
    all: Vec<Kept>,
    /// By type and folder of the package: indices, the shortest path first.
    by_package: FxHashMap<(TypeId, Option<String>), Vec<usize>>,
}

impl KeptSites {
    fn of(project: &Project) -> Self {
        let sites = project.graph.sites.iter().enumerate();
        let built = sites.filter(|(_, site)| site.how == How::Built && !is_dead(project, site));
        let all: Vec<Kept> = built.filter_map(|(id, site)| kept(project, id as u32, site)).collect();
        let path = |at: &usize| project.program.units[all[*at].site(project).call.file as usize].path.as_str();
        let mut order: Vec<usize> = (0..all.len()).collect();
        order.sort_by_key(|at| (path(at).len(), path(at)));
        let mut by_package: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for at in order {
            by_package.entry(neighbourhood(project, all[at].site(project))).or_default().push(at);
        }
        Self { all, by_package }
    }
}

/// The type of a site and the folder of its package.
fn neighbourhood(project: &Project, site: &Site) -> (TypeId, Option<String>) {
    let program = &project.program;
    let package = program.package_of(site.call.file);
    (site.ty, package.map(|package| package.folder.clone()))
}

fn known<'p>(project: &'p Project) -> &'p KeptSites {
    project.kept.get_or_init(|| KeptSites::of(project))
}

/// All clients of the process in product code.
pub fn kept_sites<'p>(project: &'p Project) -> &'p [Kept] {
    &known(project).all
}

/// The same, each with its site.
pub fn shared_sites<'s>(project: &'s Project) -> Vec<Shared<'s>> {
    kept_sites(project).iter().map(|kept| kept.shared(project)).collect()
}

/// Clients that their library keeps for all who ask it for them, and those of a function that goes on as long as the
/// program does.
pub fn kept_by_others<'s>(project: &'s Project) -> Vec<Shared<'s>> {
    let goes_on = |site: &Site| is_dead(project, site) && lasting::of(project).has(site.function);
    let is_kept = |site: &Site| site.how == How::Memoised || site.how == How::Built && goes_on(site);
    let sites = project.graph.sites.iter().enumerate().filter(|(_, site)| is_kept(site));
    let kept = sites.filter_map(|(id, site)| kept(project, id as u32, site));
    kept.map(|kept| kept.shared(project)).collect()
}

/// Those beside a site: of its type, in another file of its package; the shortest path first.
pub fn kept_beside<'p>(project: &'p Project, site: &Site) -> impl Iterator<Item = &'p Kept> {
    let KeptSites { all, by_package } = known(project);
    let beside = by_package.get(&neighbourhood(project, site)).map_or(&[][..], Vec::as_slice);
    let own = site.call.file;
    let others = beside.iter().map(|at| &all[*at]).filter(move |kept| kept.site(project).call.file != own);
    others.filter(|kept| is_made_alike(&project.program, site, kept.site(project)))
}

/// Not by two functions of different names, whose results have other methods: `client(…)`, `resource(…)`. Nor by two
/// classes of a package that has one for each service: `new api.Users(…)`, `new api.Orders(…)`.
fn is_made_alike(program: &Program, site: &Site, shared: &Site) -> bool {
    let maker = |site: &Site| {
        let name = program.call(site.call).callee_name(program.facts(site.call.file))?;
        let member = matches!(program.call(site.call).callee, Value::Member(..));
        (member || name.starts_with(|c: char| c.is_ascii_lowercase())).then_some(name)
    };
    match (maker(site), maker(shared)) {
        (Some(own), Some(other)) => own == other,
        _ => true,
    }
}

fn kept(project: &Project, id: u32, site: &Site) -> Option<Kept> {
    let program = &project.program;
    if !info(program, site).owns || !is_product(program, site.function) || is_unbound(project, site) {
        return None;
    }
    let point = Point::Site(id);
    let contexts = project.contexts.of(point);
    let repeats = |context: &Context| !context.weak && (context.many || context.trigger.repeats());
    if contexts.iter().any(repeats) {
        return None;
    }
    let kept = |context: &Context| !context.weak && matches!(context.trigger, Trigger::Load | Trigger::Startup);
    let at = contexts.iter().position(kept).or_else(|| of_service(project, point))?;
    let chain = project.contexts.chain(point, at);
    let home = chain.first().map_or(site.function.file, |step| file_of(project, step.point));
    Some(Kept { id, trigger: contexts[at].trigger, home, chain, address: address(program, site) })
}

/// The context in which a program builds it that goes on until it is stopped.
fn of_service(project: &Project, point: Point) -> Option<usize> {
    let lasts = |step: &Step| matches!(step.point, Point::Fn(f) if lasting::of(project).has(f));
    let is = |at: usize, context: &Context| {
        let plain = context.trigger == Trigger::Script && !context.weak;
        plain && project.contexts.chain(point, at).iter().any(lasts)
    };
    project.contexts.of(point).iter().enumerate().position(|(at, context)| is(at, context))
}

/// Nobody has it when the function returns that builds it.
fn is_dead(project: &Project, site: &Site) -> bool {
    let dies = site.function.id != FnId::TOP && Flow::of(&project.program, site.call).fate() == Fate::Dies;
    dies && !works_alone(project, site)
}

/// It works on what comes in as soon as it is built, and nothing is done with it but to listen: nobody need hold it.
fn works_alone(project: &Project, site: &Site) -> bool {
    let listens = |call: &Call| {
        let method = project.program.catalog.method(site.ty, sites::last_name(&call.callee));
        method.is_some_and(|method| method.role == Role::Same) && !call.awaited
    };
    shutdown::is_given_work(project, site) && Flow::of(&project.program, site.call).operations().all(listens)
}

fn file_of(project: &Project, point: Point) -> u32 {
    match point {
        Point::Fn(f) => f.file,
        Point::Alloc(class) => class.file,
        Point::Site(id) => project.graph.sites[id as usize].function.file,
    }
}

/// A declaration `name = <the construction>` at the top of a file.
pub struct Binding<'a> {
    pub var: VarRef,
    pub name: &'a str,
    pub span: crate::facts::Span,
}

/// The top-level variable that takes a construction as it stands.
pub fn binding<'a>(program: &Program<'a>, site: &Site) -> Option<Binding<'a>> {
    let facts = program.facts(site.call.file);
    facts.function(FnId::TOP).body.iter().find_map(|node| match node {
        Node::Bind { target: Value::Var(var), value: Value::Call(id), span } if *id == site.call.id => {
            Some(Binding { var: *var, name: &facts.local(*var).name, span: *span })
        }
        _ => None,
    })
}

/// The top-level variable that keeps a construction, behind a guard or not.
pub fn keeper(program: &Program, site: &Site) -> Option<VarRef> {
    let own = |value: &Value| *value == Value::Call(site.call.id);
    program.facts(site.call.file).function(FnId::TOP).body.iter().find_map(|node| match node {
        Node::Bind { target: Value::Var(var), value, .. } => match value {
            Value::Choice(values, _) if values.iter().any(own) => Some(*var),
            value => own(value).then_some(*var),
        },
        _ => None,
    })
}

/// The file of the same package that already shares a client of the site's type, and that other
/// modules use: what a program of its own builds is shared with nobody, and one of another server is of no use.
pub fn shared_beside(project: &Project, site: &Site) -> Option<String> {
    let own = address(&project.program, site);
    let elsewhere = |kept: &Kept| matches!((&own, &kept.address), (Some(own), Some(other)) if own != other);
    let is_used = |kept: &&Kept| {
        if elsewhere(kept) || !at_hand::is_at_hand(project, kept.site(project)) {
            return false;
        }
        let file = kept.site(project).call.file;
        !project.reach().importers(file).is_empty() || project.reach().loads(file, site.call.file)
    };
    let first = kept_beside(project, site).find(is_used)?;
    Some(project.program.units[first.site(project).call.file as usize].path.clone())
}

/// What the client does is waited for: in a script always, elsewhere where the project does so.
pub(crate) fn is_awaited(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let row = &info(program, site).row;
    row.release_awaited.unwrap_or_else(|| {
        program.language(site.call.file) == Language::Script
            || program.call(site.call).awaited
            || project.awaited.get_or_init(|| awaited_types(project)).contains(&site.ty)
    })
}

/// The types with a method that the project waits for.
fn awaited_types(project: &Project) -> FxHashSet<TypeId> {
    let awaited = project.graph.targets.iter().filter(|(call, _)| project.program.call(*call).awaited);
    awaited.filter_map(|(_, target)| target.receiver).collect()
}
