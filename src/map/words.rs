//! From the answers about a project to the map's sentences.
//!
//! Knows the analysis' terms and no format.

use super::{Client, Deployable, Entry, Map, Number, Origin, Pool, Reach, Server, Share};
use crate::capacity::bounds::Bound;
use crate::catalog::schema::{Kind, Platform};
use crate::checks::Project;
use crate::checks::lifetime::Often;
use crate::checks::map;
use crate::checks::map::{Inventory, Made, Rate, inventory, package, platform};
use crate::contexts::programs::Runner;
use crate::facts::{FnId, Language};
use crate::finding::Place;
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::rules::words;
use crate::source::FileKind;

pub fn draw(project: &Project) -> Map {
    let inventory = inventory(project);
    let mut runners: Vec<Runner> = inventory.clients.iter().map(|it| home(project, it)).collect();
    runners.extend(inventory.clients.iter().flat_map(|it| it.runs_in.iter().cloned()));
    runners.sort();
    runners.dedup();
    let deployables = runners.iter().map(|runner| deployable(project, &inventory, runner)).collect();
    let clients = inventory.clients.iter().map(|it| client(project, it, &runners)).collect();
    let servers = inventory.servers.iter().map(|it| server(project, &inventory, it, &runners)).collect();
    Map { deployables, clients, servers }
}

fn home(project: &Project, client: &map::Client) -> Runner {
    Runner::of(package(project, client).map_or(String::new(), |package| package.folder.clone()))
}

fn client(project: &Project, client: &map::Client, runners: &[Runner]) -> Client {
    let program = &project.program;
    let info = program.catalog.ty(client.ty());
    Client {
        name: name(project, client),
        written: written(project, client),
        kind: kind_name(info.row.kind),
        service: info.row.service.clone(),
        place: Place { file: program.units[client.file() as usize].source, span: client.span() },
        function: function(project, client),
        deployable: index(runners, &home(project, client)),
        runs_in: client.runs_in.iter().map(|runner| index(runners, runner)).collect(),
        how_often: how_often(client.rate).into(),
        rule: client.too_often.map(rule),
        reaches: client.reaches.iter().map(|it| reach(project, it)).collect(),
        entries: client.entries.iter().map(|it| entry(project, it)).collect(),
        importers: client.importers,
        pool: pool(project, client),
        server: client.server,
    }
}

fn function(project: &Project, client: &map::Client) -> String {
    match &client.made {
        Made::Call(site) if site.function.id != FnId::TOP => {
            words::function_name(&project.program, site.function).replace('`', "")
        }
        _ => "the module".into(),
    }
}

/// `pg.Pool`, `django.Database default`
fn name(project: &Project, client: &map::Client) -> String {
    match &client.made {
        Made::Call(site) => words::client_id(&project.program, site.call, site.ty),
        Made::Declared(one) => format!("{} {}", project.program.catalog.ty(one.ty).display, one.name),
    }
}

/// `pg.Pool`, `sqlx::PgPool`, `database default of django`
fn written(project: &Project, client: &map::Client) -> String {
    let catalog = project.program.catalog;
    match &client.made {
        Made::Call(site) => words::full_name(&project.program, site.call, site.ty),
        Made::Declared(one) => {
            let info = catalog.ty(one.ty);
            let package = &catalog.package(info.package).package;
            format!("{} {} of {package}", info.row.name.to_lowercase(), one.name)
        }
    }
}

fn index(runners: &[Runner], runner: &Runner) -> usize {
    runners.iter().position(|known| known == runner).unwrap_or_default()
}

fn deployable(project: &Project, inventory: &Inventory, runner: &Runner) -> Deployable {
    let folder = &runner.folder;
    let inside = |client: &&map::Client| home(project, client).folder == *folder;
    let client = inventory.clients.iter().find(inside);
    let runs = |client: &&map::Client| client.runs_in.contains(runner);
    let language = inventory.clients.iter().find(runs).map_or(Language::Script, |client| client.language(project));
    let processes = map::processes(project, runner, language, None);
    let root = project.inputs.root.file_name().map_or("project".into(), |name| name.to_string_lossy().into_owned());
    let manifest = project.program.manifests.packages.iter().find(|package| package.folder == *folder);
    let own = manifest.map(|package| package.name.clone()).filter(|name| !name.is_empty());
    let last = folder.rsplit('/').next().filter(|name| !name.is_empty()).map(String::from);
    let name = own.or(last).unwrap_or(root);
    Deployable {
        name: match &runner.program {
            Some(program) if *program != name => format!("{name} ({program})"),
            _ => name,
        },
        folder: folder.to_string(),
        platform: client.and_then(|client| platform(project, client)).map(platform_name),
        processes: processes.workers,
        command: processes.command,
        instances: processes.instances,
        elastic: processes.elastic,
    }
}

fn how_often(rate: Rate) -> &'static str {
    match rate {
        Rate::Process => "once per process",
        Rate::Script => "once per run of a script",
        Rate::Repeated(trigger) => words::how_often(trigger),
        Rate::Loop => "in every iteration of a loop",
        Rate::Call => "on every call",
        Rate::Unknown => "nothing that runs it is known",
    }
}

fn rule(often: Often) -> &'static str {
    match often {
        Often::PerRequest(_) | Often::Endless | Often::PerCall => "client-per-request",
        Often::InRender => "client-in-render",
        Often::InLoop | Often::PerWorker => "client-in-loop",
    }
}

fn reach(project: &Project, reach: &map::Reach) -> Reach {
    let often = match (reach.trigger, reach.many) {
        (Trigger::Load, false) => "when the module is loaded",
        (Trigger::Script, false) => "in a script",
        (Trigger::Load | Trigger::Startup | Trigger::Script | Trigger::Tick, true) => "in every iteration of a loop",
        (trigger, _) => words::how_often(trigger),
    };
    let chain = words::related(project, &reach.chain);
    Reach { how_often: often.into(), weak: reach.weak, chain }
}

fn entry(project: &Project, entry: &map::Entry) -> Entry {
    let own = match entry.to {
        Point::Fn(f) => words::function_name(&project.program, f),
        Point::Alloc(class) => project.program.class(class).name.clone(),
        Point::Site(_) => String::new(),
    };
    let label = if entry.label.is_empty() { own.replace('`', "") } else { entry.label.clone() };
    Entry { label, place: entry.place }
}

fn pool(project: &Project, client: &map::Client) -> Pool {
    let parts = [client.pool.size, client.pool.overflow].into_iter().flatten().chain(client.pool.other.iter().copied());
    Pool {
        most: client.most(project),
        per_thread: client.is_per_thread(),
        numbers: parts.map(|part| number(project, &part)).collect(),
    }
}

fn number(project: &Project, part: &Bound) -> Number {
    Number {
        setting: part.row.name.clone(),
        value: part.value.filter(|value| value.is_finite()),
        least: part.least.filter(|value| value.is_finite()),
        unlimited: part.is_unlimited(),
        formula: part.row.default_text.clone(),
        origin: origin(project, part),
    }
}

fn origin(project: &Project, part: &Bound) -> Origin {
    let Some(place) = part.place else { return Origin::Default };
    let real = part.literal.unwrap_or(place);
    let settings =
        |place: Place| project.inputs.files.get(place.file.index()).is_some_and(|file| file.kind == FileKind::Settings);
    match part.value {
        None => Origin::Unread(place),
        Some(_) if settings(real) => Origin::Settings(real),
        Some(_) => Origin::Code(real),
    }
}

fn server(project: &Project, inventory: &Inventory, server: &map::Server, runners: &[Runner]) -> Server {
    let (total, at_least) = server.total();
    let allowed = server.allowed.as_ref();
    let shares = server.shares.iter().map(|it| (share(it, runners), parts(&inventory.clients[it.client], it)));
    let shares: Vec<(Share, Vec<f64>)> = shares.collect();
    Server {
        name: server_name(project, server),
        family: server.family.clone(),
        host: server.host.clone(),
        settings: server.settings.clone(),
        allowed: allowed.map(|allowed| allowed.connections),
        why: allowed.map(|allowed| allowed.text.clone()).unwrap_or_default(),
        presumed: allowed.is_some_and(|allowed| allowed.presumed),
        total,
        at_least,
        sum: sum(&shares, total, at_least),
        shares: shares.into_iter().map(|(share, _)| share).collect(),
        unbounded: server.unbounded.clone(),
        unplaced: server.unplaced.clone(),
        scripts: server.scripts.clone(),
    }
}

fn share(share: &map::Share, runners: &[Runner]) -> Share {
    Share {
        client: share.client,
        deployable: index(runners, &share.runner),
        most: share.most,
        instead: share.instead,
        processes: share.processes.workers,
        instances: share.processes.instances,
        total: share.total(),
    }
}

fn server_name(project: &Project, server: &map::Server) -> String {
    let family = &server.family;
    match (&server.host, server.settings.as_slice()) {
        (Some(host), _) => format!("{family} at {host}"),
        (None, [_, ..]) => format!("{family} from {}", server.settings.join(", ")),
        _ => {
            let mut packages = project.program.manifests.packages.iter();
            let package = packages.find(|package| server.folder.as_ref() == Some(&package.folder));
            let whose = package.map(|package| package.name.as_str()).filter(|name| !name.is_empty());
            whose.map_or_else(|| family.clone(), |name| format!("{family} of {name}"))
        }
    }
}

/// `10 × 4 processes + 5 = 45`; shares of the same processes are one term.
fn sum(shares: &[(Share, Vec<f64>)], total: f64, at_least: bool) -> String {
    let counted: Vec<_> = shares.iter().filter(|(share, _)| !share.instead).collect();
    if counted.iter().all(|(share, _)| share.most.is_none()) {
        return String::new();
    }
    let known = |(share, _): &&&(Share, Vec<f64>)| share.most.is_some();
    let load = |share: &Share| (share.processes, share.instances);
    let known: Vec<_> = counted.iter().filter(known).collect();
    let term = |alike: &[&&(Share, Vec<f64>)]| {
        let parts: Vec<f64> = alike.iter().flat_map(|(_, parts)| parts.iter().copied()).collect();
        words::product(&parts, alike[0].0.processes, alike[0].0.instances)
    };
    let mut terms: Vec<String> = known.chunk_by(|left, right| load(&left.0) == load(&right.0)).map(term).collect();
    terms.extend((known.len() < counted.len()).then(|| "?".to_string()));
    let least = if at_least { "at least " } else { "" };
    match terms.as_slice() {
        [only] if *only == total.to_string() => format!("{least}{only}"),
        _ => format!("{} = {least}{total}", terms.join(" + ")),
    }
}

/// What the connections of one process are put together of.
fn parts(client: &map::Client, share: &map::Share) -> Vec<f64> {
    let own = [client.pool.size, client.pool.overflow].into_iter().flatten().filter_map(|part| part.value);
    let own: Vec<f64> = own.filter(|value| *value > 0.0).collect();
    match share.most {
        Some(most) if own.iter().sum::<f64>() == most => own,
        most => most.into_iter().collect(),
    }
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Pool => "pool",
        Kind::Connection => "connection",
        Kind::LazyClient => "client that connects on use",
        Kind::OrmClient => "ORM client",
        Kind::HttpClient => "HTTP client",
        Kind::Realtime => "realtime client",
        Kind::Broker => "broker client",
        _ => "client",
    }
}

fn platform_name(platform: Platform) -> &'static str {
    match platform {
        Platform::Server => "server",
        Platform::Serverless => "serverless",
        Platform::Workers => "workers",
        Platform::Browser => "browser",
        Platform::Mobile => "mobile",
        Platform::Cli => "cli",
    }
}
