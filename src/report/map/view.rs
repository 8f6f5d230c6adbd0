//! The document that every format of the map draws: names, numbers, places as path and line.
//!
//! Its form is the JSON format, version 1. Texts are masked here, for all formats.

use serde::Serialize;

use super::MapReport;
use crate::finding::Place;
use crate::map::{self, Origin};
use crate::report::mask;
use crate::report::place::Places;

#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub version: u32,
    pub project: String,
    pub summary: Summary,
    pub deployables: Vec<Deployable>,
    pub servers: Vec<Server>,
    pub clients: Vec<Client>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub deployables: usize,
    pub servers: usize,
    pub clients: usize,
    /// Clients that are built more often than is right.
    pub too_often: usize,
    /// Servers of which more can be open than is allowed.
    pub over_budget: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Spot {
    pub path: String,
    pub line: usize,
}

impl std::fmt::Display for Spot {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}:{}", mask::name(&self.path), self.line)
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Deployable {
    pub id: String,
    pub name: String,
    pub folder: String,
    pub platform: Option<&'static str>,
    pub processes: f64,
    pub processes_at: Option<Spot>,
    pub instances: f64,
    /// The platform decides how many instances run.
    pub elastic: bool,
}

#[derive(Debug, Serialize)]
pub(super) struct Server {
    pub id: String,
    pub name: String,
    pub family: String,
    pub host: Option<String>,
    pub settings: Vec<String>,
    pub allowed: Option<f64>,
    pub why: String,
    pub presumed: bool,
    pub total: f64,
    pub at_least: bool,
    pub over: bool,
    pub sum: String,
    pub shares: Vec<Share>,
    /// Ids of clients that are built again and again.
    pub unbounded: Vec<String>,
    /// Ids of clients that no entry point in sight reaches.
    pub unplaced: Vec<String>,
    /// Ids of clients of scripts, which add nothing.
    pub scripts: Vec<String>,
}

#[derive(Debug, Serialize)]
pub(super) struct Share {
    pub client: String,
    pub deployable: String,
    pub most: Option<f64>,
    /// A condition decides whether this one or a larger one is built.
    pub instead: bool,
    pub processes: f64,
    pub instances: f64,
    pub total: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Client {
    pub id: String,
    pub name: String,
    /// As people know it.
    #[serde(skip)]
    pub written: String,
    pub kind: &'static str,
    pub service: String,
    pub path: String,
    pub line: usize,
    pub column: usize,
    pub function: String,
    pub deployable: String,
    /// Ids of the deployables whose processes have it.
    pub runs_in: Vec<String>,
    pub how_often: String,
    pub rule: Option<&'static str>,
    pub importers: u32,
    pub server: Option<String>,
    pub pool: Pool,
    pub reached: Vec<Reach>,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Serialize)]
pub(super) struct Pool {
    pub most: Option<f64>,
    /// One connection for each thread of a process.
    pub per_thread: bool,
    pub numbers: Vec<Number>,
}

#[derive(Debug, Serialize)]
pub(super) struct Number {
    pub setting: String,
    /// The largest that it can be.
    pub value: Option<f64>,
    /// The smallest.
    pub least: Option<f64>,
    pub unlimited: bool,
    pub formula: String,
    /// `default`, `code`, `settings`, `unknown`
    pub origin: &'static str,
    pub at: Option<Spot>,
}

#[derive(Debug, Serialize)]
pub(super) struct Reach {
    pub how_often: String,
    pub weak: bool,
    pub chain: Vec<Step>,
}

#[derive(Debug, Serialize)]
pub(super) struct Step {
    #[serde(flatten)]
    pub at: Spot,
    pub message: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub label: String,
    #[serde(flatten)]
    pub at: Spot,
}

#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub path: String,
    pub message: String,
}

impl Document {
    pub fn server_of(&self, client: &Client) -> Option<&Server> {
        self.servers.iter().find(|server| Some(&server.id) == client.server.as_ref())
    }

    pub fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.id == id)
    }

    pub fn deployable(&self, id: &str) -> Option<&Deployable> {
        self.deployables.iter().find(|deployable| deployable.id == id)
    }

    /// Names of the deployables that run a client, when they are not the package it is written in.
    pub fn runs_in(&self, client: &Client) -> Vec<&str> {
        let elsewhere = client.runs_in.iter().filter(|id| **id != client.deployable || client.runs_in.len() > 1);
        elsewhere.filter_map(|id| self.deployable(id)).map(|deployable| deployable.name.as_str()).collect()
    }

    pub fn clients_of<'d>(&'d self, deployable: &'d Deployable) -> impl Iterator<Item = &'d Client> {
        self.clients.iter().filter(|client| client.deployable == deployable.id)
    }
}

impl Server {
    /// `at least 45 of 97`, `120 of 97, 23 too many`
    pub fn amount(&self) -> String {
        let of = self.allowed.map_or(String::new(), |allowed| format!(" of {allowed}"));
        let more = self.allowed.map(|allowed| self.total - allowed).filter(|more| *more > 0.0);
        let more = more.map_or(String::new(), |more| format!(", {more} too many"));
        match (self.total, self.at_least) {
            (0.0, false) if self.shares.is_empty() => "scripts only".to_string(),
            (0.0, true) => match self.allowed {
                Some(allowed) => format!("how many is not known, {allowed} are allowed"),
                None => "how many is not known".to_string(),
            },
            (total, true) => format!("at least {total}{of}{more}"),
            (total, false) => format!("{total}{of}{more}"),
        }
    }
}

impl Client {
    /// The same without the places where they are set.
    pub fn numbers_alone(&self) -> Vec<(&str, Option<f64>)> {
        self.pool.numbers.iter().map(|number| (number.setting.as_str(), number.value)).collect()
    }

    /// What is known of the settings: `max = 10 (src/db.ts:5)`.
    pub fn numbers(&self) -> String {
        let thread = self.pool.per_thread.then(|| "one connection a thread".to_string());
        let numbers: Vec<String> = thread.into_iter().chain(self.pool.numbers.iter().map(Number::text)).collect();
        numbers.join(", ")
    }

    pub fn at(&self) -> String {
        format!("{}:{}", self.path, self.line)
    }
}

impl Number {
    /// `max = 10 (src/db.ts:5)`, `pool_size = 5 (default)`
    pub fn text(&self) -> String {
        let value = match self.value {
            _ if self.unlimited => "no bound".to_string(),
            Some(value) => match self.least.filter(|least| *least < value) {
                Some(least) => format!("{least} to {value}"),
                None => value.to_string(),
            },
            None if self.formula.is_empty() || self.at.is_some() => "not known".to_string(),
            None => self.formula.clone(),
        };
        let origin = match &self.at {
            Some(spot) => spot.to_string(),
            None => "the library's default".into(),
        };
        format!("{} = {value} ({origin})", self.setting)
    }
}

pub(super) fn document(report: &MapReport) -> Document {
    let map = report.map;
    let places = Places::of(report.files, report.base);
    let problem = |it: &crate::source::Problem| Problem { path: it.path.clone(), message: mask::words(&it.message) };
    Document {
        version: 1,
        project: report.project.to_string(),
        summary: summary(map),
        deployables: map.deployables.iter().enumerate().map(|(at, it)| deployable(at, it, &places)).collect(),
        servers: map.servers.iter().enumerate().map(|(at, it)| server(at, it)).collect(),
        clients: map.clients.iter().enumerate().map(|(at, it)| client(at, it, &places)).collect(),
        problems: report.problems.iter().map(problem).collect(),
    }
}

fn summary(map: &map::Map) -> Summary {
    Summary {
        deployables: map.deployables.len(),
        servers: map.servers.len(),
        clients: map.clients.len(),
        too_often: map.clients.iter().filter(|client| client.rule.is_some()).count(),
        over_budget: map.servers.iter().filter(|server| server.is_over()).count(),
    }
}

fn id(letter: char, at: usize) -> String {
    format!("{letter}{}", at + 1)
}

fn spot(place: Place, places: &Places) -> Spot {
    Spot { path: places.path(place.file), line: places.start(place).line }
}

fn deployable(at: usize, deployable: &map::Deployable, places: &Places) -> Deployable {
    Deployable {
        id: id('d', at),
        name: mask::name(&deployable.name),
        folder: deployable.folder.clone(),
        platform: deployable.platform,
        processes: deployable.processes,
        processes_at: deployable.command.map(|place| spot(place, places)),
        instances: deployable.instances,
        elastic: deployable.elastic,
    }
}

fn server(at: usize, server: &map::Server) -> Server {
    let share = |share: &map::Share| Share {
        client: id('c', share.client),
        deployable: id('d', share.deployable),
        most: share.most,
        instead: share.instead,
        processes: share.processes,
        instances: share.instances,
        total: share.total,
    };
    Server {
        id: id('s', at),
        name: mask::words(&server.name),
        family: server.family.clone(),
        host: server.host.as_deref().map(mask::words),
        settings: server.settings.clone(),
        allowed: server.allowed,
        why: mask::words(&server.why),
        presumed: server.presumed,
        total: server.total,
        at_least: server.at_least,
        over: server.is_over(),
        sum: server.sum.clone(),
        shares: server.shares.iter().map(share).collect(),
        unbounded: server.unbounded.iter().map(|client| id('c', *client)).collect(),
        unplaced: server.unplaced.iter().map(|client| id('c', *client)).collect(),
        scripts: server.scripts.iter().map(|client| id('c', *client)).collect(),
    }
}

fn client(at: usize, client: &map::Client, places: &Places) -> Client {
    let start = places.start(client.place);
    Client {
        id: id('c', at),
        name: client.name.clone(),
        written: client.written.clone(),
        kind: client.kind,
        service: client.service.clone(),
        path: places.path(client.place.file),
        line: start.line,
        column: start.column,
        function: mask::words(&client.function),
        deployable: id('d', client.deployable),
        runs_in: client.runs_in.iter().map(|at| id('d', *at)).collect(),
        how_often: client.how_often.clone(),
        rule: client.rule,
        importers: client.importers,
        server: client.server.map(|server| id('s', server)),
        pool: Pool {
            most: client.pool.most,
            per_thread: client.pool.per_thread,
            numbers: client.pool.numbers.iter().map(|it| number(it, places)).collect(),
        },
        reached: client.reaches.iter().map(|it| reach(it, places)).collect(),
        entries: client.entries.iter().map(|it| entry(it, places)).collect(),
    }
}

fn number(number: &map::Number, places: &Places) -> Number {
    let (origin, place) = match number.origin {
        Origin::Default => ("default", None),
        Origin::Code(place) => ("code", Some(place)),
        Origin::Settings(place) => ("settings", Some(place)),
        Origin::Unread(place) => ("unknown", Some(place)),
    };
    Number {
        setting: number.setting.clone(),
        value: number.value,
        least: number.least,
        unlimited: number.unlimited,
        formula: number.formula.clone(),
        origin,
        at: place.map(|place| spot(place, places)),
    }
}

fn reach(reach: &map::Reach, places: &Places) -> Reach {
    let step =
        |step: &crate::finding::Related| Step { at: spot(step.place, places), message: mask::words(&step.message) };
    Reach { how_often: reach.how_often.clone(), weak: reach.weak, chain: reach.chain.iter().map(step).collect() }
}

fn entry(entry: &map::Entry, places: &Places) -> Entry {
    Entry { label: mask::words(&entry.label), at: spot(entry.place, places) }
}
