//! From the answers about a project to the map's sentences.
//!
//! Knows the analysis' terms and no format.

use super::{Client, Deployable, Entry, Map, Number, Origin, Pool, Reach, Server, Share};
use crate::catalog::schema::{Kind, Platform};
use crate::facts::{FnId, Language};
use crate::finding::Place;
use crate::project::Project;
use crate::project::contexts::Trigger;
use crate::project::graph::Point;
use crate::project::lifetime::Often;
use crate::project::map::{self, Inventory, Rate, inventory, package, platform};
use crate::project::settings::pool::Bound;
use crate::project::sharing::info;
use crate::rules::words;
use crate::source::FileKind;

pub fn draw(project: &Project) -> Map {
    let inventory = inventory(project);
    let mut folders: Vec<String> = inventory.clients.iter().map(|it| home(project, it)).collect();
    folders.extend(inventory.clients.iter().flat_map(|it| it.runs_in.iter().cloned()));
    folders.sort();
    folders.dedup();
    let deployables = folders.iter().map(|folder| deployable(project, &inventory, folder)).collect();
    let clients = inventory.clients.iter().map(|it| client(project, it, &folders)).collect();
    let servers = inventory.servers.iter().map(|it| server(project, &inventory, it, &folders)).collect();
    Map { deployables, clients, servers }
}

fn home(project: &Project, client: &map::Client) -> String {
    package(project, &client.site).map_or(String::new(), |package| package.folder.clone())
}

fn client(project: &Project, client: &map::Client, folders: &[String]) -> Client {
    let program = &project.program;
    let info = info(program, &client.site);
    Client {
        name: words::client_id(program, client.site.call, client.site.ty),
        kind: kind_name(info.row.kind),
        service: info.row.service.clone(),
        place: words::place(program, client.site.call),
        function: function(project, client),
        deployable: index(folders, &home(project, client)),
        runs_in: client.runs_in.iter().map(|folder| index(folders, folder)).collect(),
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
    match client.site.function.id {
        FnId::TOP => "the module".into(),
        _ => words::function_name(&project.program, client.site.function).replace('`', ""),
    }
}

fn index(folders: &[String], folder: &str) -> usize {
    folders.iter().position(|known| known == folder).unwrap_or_default()
}

fn deployable(project: &Project, inventory: &Inventory, folder: &str) -> Deployable {
    let inside = |client: &&map::Client| home(project, client) == folder;
    let client = inventory.clients.iter().find(inside);
    let runs = |client: &&map::Client| client.runs_in.iter().any(|known| known == folder);
    let language = inventory.clients.iter().find(runs).map_or(Language::Script, |client| client.language(project));
    let processes = map::processes(project, folder, language);
    let root = project.inputs.root.file_name().map_or("project".into(), |name| name.to_string_lossy().into_owned());
    let manifest = project.program.manifests.packages.iter().find(|package| package.folder == folder);
    let own = manifest.map(|package| package.name.clone()).filter(|name| !name.is_empty());
    let last = folder.rsplit('/').next().filter(|name| !name.is_empty()).map(String::from);
    Deployable {
        name: own.or(last).unwrap_or(root),
        folder: folder.to_string(),
        platform: client.and_then(|client| platform(project, &client.site)).map(platform_name),
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
        Rate::Loop => "on every turn of a loop",
        Rate::Call => "on every call",
        Rate::Unknown => "not known: no entry point in sight",
    }
}

fn rule(often: Often) -> &'static str {
    match often {
        Often::PerRequest(_) | Often::PerCall => "client-per-request",
        Often::InRender => "client-in-render",
        Often::InLoop => "client-in-loop",
    }
}

fn reach(project: &Project, reach: &map::Reach) -> Reach {
    let often = match (reach.trigger, reach.many) {
        (Trigger::Load, false) => "when the module is loaded",
        (Trigger::Script, false) => "in a script",
        (Trigger::Load | Trigger::Startup | Trigger::Script | Trigger::Tick, true) => "on every turn of a loop",
        (trigger, _) => words::how_often(trigger),
    };
    let chain = words::related(project, &reach.chain, reach.trigger);
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
    let parts = [client.pool.size, client.pool.overflow].into_iter().flatten();
    Pool { most: client.most(project), numbers: parts.map(|part| number(project, &part)).collect() }
}

fn number(project: &Project, part: &Bound) -> Number {
    let unlimited = part.value.is_some_and(|value| part.row.unlimited.contains(&value));
    Number {
        setting: part.row.name.clone(),
        value: part.value,
        least: part.least,
        unlimited,
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

fn server(project: &Project, inventory: &Inventory, server: &map::Server, folders: &[String]) -> Server {
    let (total, at_least) = server.total();
    let allowed = server.allowed.as_ref();
    let shares: Vec<Share> = server.shares.iter().map(|it| share(it, folders)).collect();
    Server {
        name: server_name(project, inventory, server),
        family: server.family.clone(),
        host: server.host.clone(),
        settings: server.settings.clone(),
        allowed: allowed.map(|allowed| allowed.connections),
        why: allowed.map(|allowed| allowed.text.clone()).unwrap_or_default(),
        presumed: allowed.is_some_and(|allowed| allowed.presumed),
        total,
        at_least,
        sum: sum(&shares, total, at_least),
        shares,
        unbounded: server.unbounded.clone(),
        unplaced: server.unplaced.clone(),
    }
}

fn share(share: &map::Share, folders: &[String]) -> Share {
    Share {
        client: share.client,
        deployable: index(folders, &share.folder),
        most: share.most,
        instead: share.instead,
        processes: share.processes.workers,
        instances: share.processes.instances,
        total: share.total(),
    }
}

fn server_name(project: &Project, inventory: &Inventory, server: &map::Server) -> String {
    let family = &server.family;
    match (&server.host, server.settings.as_slice()) {
        (Some(host), _) => format!("{family} at {host}"),
        (None, [_, ..]) => format!("{family} from {}", server.settings.join(", ")),
        _ => {
            let others = server.unbounded.iter().chain(&server.unplaced).copied();
            let client = server.shares.iter().map(|share| share.client).chain(others).next();
            let package = client.and_then(|at| package(project, &inventory.clients[at].site));
            let whose = package.map(|package| package.name.as_str()).filter(|name| !name.is_empty());
            whose.map_or_else(|| family.clone(), |name| format!("{family} of {name}"))
        }
    }
}

/// `10 × 4 processes + 5 = 45`
fn sum(shares: &[Share], total: f64, at_least: bool) -> String {
    if shares.iter().all(|share| share.most.is_none()) {
        return String::new();
    }
    let one = |share: &Share| {
        let most = share.most.map_or("?".to_string(), |most| most.to_string());
        let times = |number: f64, name: &str| if number > 1.0 { format!(" × {number} {name}") } else { String::new() };
        format!("{most}{}{}", times(share.processes, "processes"), times(share.instances, "instances"))
    };
    let parts: Vec<String> = shares.iter().filter(|share| !share.instead).map(one).collect();
    let least = if at_least { "at least " } else { "" };
    match parts.as_slice() {
        [] => String::new(),
        [only] if *only == total.to_string() => format!("{least}{only}"),
        _ => format!("{} = {least}{total}", parts.join(" + ")),
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
