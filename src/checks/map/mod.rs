//! The clients of a project, how often and through which entry points each is built, and the servers
//! that they speak to.
//!
//! Structured answers for whoever draws a map of them. Knows no library by name and no output.

mod declared;
mod entries;
mod loaders;
mod servers;

use std::collections::BTreeSet;

use super::Project;
use super::lifetime::{Often, Verdict, verdicts};
use crate::capacity::bounds::Pool;
use crate::capacity::pool::pool;
use crate::capacity::unbound::is_unbound;
use crate::catalog::TypeId;
use crate::catalog::schema::{Kind, Platform};
use crate::contexts::programs::{Programs, Runner};
use crate::contexts::{Context, Step};
use crate::facts::{Language, Span};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::packages::manifests::Package;
use crate::values::calls::How;
use crate::values::sites::Site;
use crate::values::sites::info;

pub use declared::Declared;
pub use entries::Entry;
pub(crate) use servers::load;
pub use servers::{Processes, Server, Share, processes};

/// Everything that a map shows.
pub struct Inventory<'a> {
    /// In the order of files and lines.
    pub clients: Vec<Client<'a>>,
    /// The one in most trouble first.
    pub servers: Vec<Server>,
}

/// What puts a client on the map.
pub enum Made<'a> {
    /// A construction of something that owns sockets, in product code or a script.
    Call(Site),
    /// A declaration from which a framework opens connections, one for each thread or a pool.
    Declared(Declared<'a>),
}

pub struct Client<'a> {
    pub made: Made<'a>,
    pub rate: Rate,
    /// It is built more often than is right.
    pub too_often: Option<Often>,
    /// One for each reason why it is built, the most severe first.
    pub reaches: Vec<Reach>,
    /// Entry points that lead to the construction.
    pub entries: Vec<Entry>,
    /// How many modules import the one that it is built in.
    pub importers: u32,
    /// The packages, or programs of packages, whose processes have it.
    pub runs_in: Vec<Runner>,
    pub pool: Pool<'a>,
    /// Index into [`Inventory::servers`].
    pub server: Option<usize>,
}

/// How often a client is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rate {
    /// Once, when the program starts or its module is loaded.
    Process,
    /// Once for each run of a script or build.
    Script,
    Repeated(Trigger),
    /// On every iteration of a loop.
    Loop,
    /// Once for each call of the function around it; who calls that is not in sight.
    Call,
    Unknown,
}

/// One reason why a client is built.
pub struct Reach {
    pub trigger: Trigger,
    pub many: bool,
    pub weak: bool,
    /// From the entry point to the construction.
    pub chain: Vec<Step>,
}

impl Client<'_> {
    /// Of the file that builds it.
    pub fn language(&self, project: &Project) -> Language {
        project.program.language(self.file())
    }

    pub fn file(&self) -> u32 {
        match &self.made {
            Made::Call(site) => site.call.file,
            Made::Declared(one) => one.file,
        }
    }

    pub fn span(&self) -> Span {
        match &self.made {
            Made::Call(site) => site.span,
            Made::Declared(one) => one.span,
        }
    }

    pub fn ty(&self) -> TypeId {
        match &self.made {
            Made::Call(site) => site.ty,
            Made::Declared(one) => one.ty,
        }
    }

    /// Of the file that builds it, from the project's root.
    pub fn path<'p>(&self, project: &Project<'p>) -> &'p str {
        &project.program.units[self.file() as usize].path
    }

    /// It has a connection for each thread.
    pub fn is_per_thread(&self) -> bool {
        matches!(self.made, Made::Declared(_)) && self.pool.size.is_none()
    }

    /// The most connections that one such client opens; one for a connection, unknown where the
    /// catalogue has no setting for it.
    pub fn most(&self, project: &Project) -> Option<f64> {
        if self.is_per_thread() {
            return None;
        }
        if self.pool.size.is_none() && project.program.catalog.ty(self.ty()).row.kind == Kind::Connection {
            return Some(1.0);
        }
        if self.pool.other_class { None } else { self.pool.most() }
    }
}

pub fn inventory<'a>(project: &Project<'a>) -> Inventory<'a> {
    let graph = entries::Callers::new(project);
    let loads = loaders::Loaders::new(project);
    let programs = Programs::new(project);
    let sites = project.graph.sites.iter().enumerate().filter(|(_, site)| is_shown(project, site));
    let mut clients: Vec<Client> = sites
        .map(|(id, site)| client(project, &graph, Runs { loads: &loads, programs: &programs }, id as u32, site))
        .collect();
    clients.extend(declared::declared(project).into_iter().filter_map(|one| declaration(project, &loads, one)));
    clients.sort_by_key(|client| (client.path(project), client.span().start, client.ty()));
    clients.dedup_by_key(|client| match &client.made {
        Made::Call(site) => (site.call.file, Some(site.call.id), Span::default()),
        Made::Declared(one) => (one.file, None, one.span),
    });
    let above = clients.iter().map(|client| graph.leading_to(project, client)).collect();
    let servers = servers::servers(project, &servers::Graph { programs: &programs, above }, &mut clients);
    Inventory { clients, servers }
}

/// The package that a client belongs to.
pub fn package<'p>(project: &'p Project, client: &Client) -> Option<&'p Package> {
    project.program.manifests.package_of(client.path(project))
}

/// Where the client runs, as far as is known.
pub fn platform(project: &Project, client: &Client) -> Option<Platform> {
    crate::capacity::platform::platform(project, &project.pools().files, client.path(project))
}

fn is_shown(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let socket = !matches!(info(program, site).row.kind, Kind::Subscription | Kind::Listener | Kind::Timer);
    !program.is_test(site.function)
        && socket
        && matches!(site.how, How::Built | How::Memoised)
        && program.owns(site.ty, site.call.file)
        && !is_unbound(project, site)
}

fn client<'a>(project: &Project<'a>, graph: &entries::Callers, runs: Runs, id: u32, site: &Site) -> Client<'a> {
    let verdict = verdicts(project).iter().find(|verdict| verdict.site.call == site.call);
    let point = Point::Site(id);
    let own = project.contexts.of(point);
    let around = project.contexts.of(Point::Fn(site.function));
    let starts_up = |context: &Context| matches!(context.trigger, Trigger::Load | Trigger::Startup);
    // What stands behind a gate runs at most as often as the function that has the gate.
    let gated = own.is_empty() && around.iter().any(starts_up);
    let (reached, contexts) = if gated { (Point::Fn(site.function), around) } else { (point, own) };
    let reaches = reaches(project, reached, contexts);
    let known = project.pools();
    Client {
        made: Made::Call(site.clone()),
        rate: if gated { Rate::Process } else { rate(project, &runs, (point, site), verdict, contexts) },
        too_often: verdict.map(|verdict| verdict.often),
        entries: entries::entries(project, graph, reached, &reaches),
        reaches,
        importers: runs.loads.importers(site.call.file),
        runs_in: runs.of(project, site, point, &graph.starts(point)),
        pool: pool(project, &known.files, site),
        server: None,
    }
}

/// What the settings declare, where something is opened for it.
fn declaration<'a>(project: &Project<'a>, loads: &loaders::Loaders, one: Declared<'a>) -> Option<Client<'a>> {
    let reader = declared::Reader { project, files: &project.pools().files, one: &one };
    let addresses = reader.addresses();
    if one.row.served && reader.family(&addresses).is_none() {
        return None;
    }
    let pool = reader.pool(addresses);
    Some(Client {
        rate: Rate::Process,
        too_often: None,
        reaches: Vec::new(),
        entries: Vec::new(),
        importers: 0,
        runs_in: loads.deployables(one.file).into_iter().map(Runner::of).collect(),
        pool,
        server: None,
        made: Made::Declared(one),
    })
}

/// What knows which processes come to a construction.
#[derive(Clone, Copy)]
struct Runs<'r> {
    loads: &'r loaders::Loaders,
    programs: &'r Programs,
}

impl Runs<'_> {
    /// Programs, or packages whose processes come to the construction; of a module's own client those that load it.
    fn of(self, project: &Project, site: &Site, point: Point, starts: &BTreeSet<u32>) -> Vec<Runner> {
        let programs = self.programs.above(point);
        if !programs.is_empty() {
            return programs.into_iter().collect();
        }
        let source = |file: &&u32| project.program.class_of(**file) == FileClass::Source;
        let starts: Vec<u32> = starts.iter().filter(source).copied().collect();
        let files = if starts.is_empty() { vec![site.call.file] } else { starts };
        let folders: BTreeSet<String> = files.into_iter().flat_map(|file| self.loads.deployables(file)).collect();
        folders.into_iter().map(Runner::of).collect()
    }
}

fn rate(
    project: &Project,
    runs: &Runs,
    (point, site): (Point, &Site),
    verdict: Option<&Verdict>,
    contexts: &[Context],
) -> Rate {
    let file = site.call.file;
    let script = |file: u32| project.program.class_of(file) == FileClass::Script;
    let starts_there = |at| match project.contexts.chain(point, at).first().map(|step| step.point) {
        Some(Point::Fn(f)) => script(f.file),
        Some(Point::Alloc(class)) => script(class.file),
        _ => true,
    };
    if script(file) && runs.loads.importers(file) == 0 && (0..contexts.len()).all(starts_there) {
        return Rate::Script;
    }
    if site.how == How::Memoised {
        return Rate::Process;
    }
    match verdict.map(|verdict| verdict.often) {
        Some(Often::PerRequest(trigger)) => return Rate::Repeated(trigger),
        Some(Often::InRender) => return Rate::Repeated(Trigger::Render),
        Some(Often::InLoop | Often::Endless) => return Rate::Loop,
        Some(Often::PerCall) => return Rate::Call,
        Some(Often::PerWorker) | None => {}
    }
    let real = contexts.iter().filter(|context| context.trigger != Trigger::Test);
    let (weak, firm): (Vec<&Context>, Vec<&Context>) = real.partition(|context| context.weak);
    let counted = if firm.is_empty() { weak } else { firm };
    counted.into_iter().max_by_key(|context| gravity(context)).map_or(Rate::Unknown, of_context)
}

fn of_context(context: &Context) -> Rate {
    match context.trigger {
        Trigger::Load | Trigger::Startup | Trigger::Script | Trigger::Build | Trigger::Tick if context.many => {
            Rate::Loop
        }
        Trigger::Load | Trigger::Startup => Rate::Process,
        Trigger::Script | Trigger::Build => Rate::Script,
        trigger => Rate::Repeated(trigger),
    }
}

/// How much a reason adds to the number of clients.
fn gravity(context: &Context) -> u8 {
    match context.trigger {
        Trigger::Request => 9,
        Trigger::Message | Trigger::Event | Trigger::Job => 8,
        Trigger::Render => 7,
        Trigger::Mount | Trigger::Unmount | Trigger::PoolGrowth => 6,
        Trigger::Tick => 5,
        Trigger::Load | Trigger::Startup if context.many => 4,
        Trigger::Load | Trigger::Startup => 3,
        Trigger::Script | Trigger::Build | Trigger::Shutdown => 2,
        Trigger::Test => 0,
    }
}

/// Tests are no reason; a module of product code that a script loads too is shown for both.
fn reaches(project: &Project, point: Point, contexts: &[Context]) -> Vec<Reach> {
    let mut real: Vec<(usize, &Context)> =
        contexts.iter().enumerate().filter(|(_, context)| context.trigger != Trigger::Test).collect();
    real.sort_by_key(|(at, context)| (context.weak, std::cmp::Reverse(gravity(context)), *at));
    let mut seen: Vec<(Trigger, bool)> = Vec::new();
    real.retain(|(_, context)| {
        let new = !seen.contains(&(context.trigger, context.many));
        seen.push((context.trigger, context.many));
        new
    });
    let reach = |(at, context): (usize, &Context)| Reach {
        trigger: context.trigger,
        many: context.many,
        weak: context.weak,
        chain: project.contexts.chain(point, at),
    };
    real.into_iter().map(reach).collect()
}
