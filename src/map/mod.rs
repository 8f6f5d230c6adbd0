//! The map of a project's connections as plain values, ready to be drawn.
//!
//! Sentences and places instead of the analysis' own terms. Knows no format; addresses that come in
//! are masked already.

mod words;

use crate::finding::{Place, Related};

pub use words::draw;

/// Clients, what they belong to, and what they come to on each server.
#[derive(Debug, Clone, Default)]
pub struct Map {
    pub deployables: Vec<Deployable>,
    /// In the order of files and lines.
    pub clients: Vec<Client>,
    /// The one in most trouble first.
    pub servers: Vec<Server>,
}

/// A package of the project: what is deployed by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployable {
    /// By the manifest; the folder's name, or the project's, where that has none.
    pub name: String,
    /// From the project's root; empty for the root itself.
    pub folder: String,
    /// `server`, `serverless`, … where it is known.
    pub platform: Option<&'static str>,
    /// Processes of one instance.
    pub processes: f64,
    pub command: Option<Place>,
    pub instances: f64,
    /// The platform decides how many instances run.
    pub elastic: bool,
}

#[derive(Debug, Clone)]
pub struct Client {
    /// `pg.Pool`, `sqlx.PgPool`
    pub name: String,
    /// As people know it: `sqlx::PgPool`.
    pub written: String,
    /// `pool`, `connection`, `orm-client`, …
    pub kind: &'static str,
    /// The server family; `http` for HTTP clients, may be empty.
    pub service: String,
    pub place: Place,
    /// The enclosing function, in words.
    pub function: String,
    /// The package that it is written in: an index into [`Map::deployables`].
    pub deployable: usize,
    /// The packages whose processes have it.
    pub runs_in: Vec<usize>,
    /// "once per process"
    pub how_often: String,
    /// The rule that finds it built too often.
    pub rule: Option<&'static str>,
    /// The most severe reason first.
    pub reaches: Vec<Reach>,
    pub entries: Vec<Entry>,
    pub importers: u32,
    pub pool: Pool,
    /// Index into [`Map::servers`].
    pub server: Option<usize>,
}

/// One reason why a client is built.
#[derive(Debug, Clone)]
pub struct Reach {
    /// "on every request"
    pub how_often: String,
    /// A step was found by a method's name alone.
    pub weak: bool,
    /// From the entry point on, the construction left out.
    pub chain: Vec<Related>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// `route GET /users`
    pub label: String,
    pub place: Place,
}

#[derive(Debug, Clone, Default)]
pub struct Pool {
    /// The most connections of one client.
    pub most: Option<f64>,
    /// One connection for each thread of a process.
    pub per_thread: bool,
    pub numbers: Vec<Number>,
}

/// One setting of a pool.
#[derive(Debug, Clone)]
pub struct Number {
    pub setting: String,
    /// The largest that it can be.
    pub value: Option<f64>,
    /// The smallest, where conditions or callers decide.
    pub least: Option<f64>,
    /// The value says that there is no bound.
    pub unlimited: bool,
    /// Where the default is a formula.
    pub formula: String,
    pub origin: Origin,
}

/// Where a number is from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Origin {
    /// The library's default.
    Default,
    /// A number in the code.
    Code(Place),
    /// A settings file: the environment, or a parameter of the address there.
    Settings(Place),
    /// It is set here, to something that is not in sight.
    Unread(Place),
}

#[derive(Debug, Clone)]
pub struct Server {
    /// "postgres at localhost:5432"
    pub name: String,
    pub family: String,
    pub host: Option<String>,
    pub settings: Vec<String>,
    pub allowed: Option<f64>,
    /// Why that many are allowed.
    pub why: String,
    /// Nothing says which server or plan it is.
    pub presumed: bool,
    /// What can be open at once, as far as it is known.
    pub total: f64,
    /// There may be more: something is not known, or has no bound.
    pub at_least: bool,
    /// "10 × 4 processes + 5 = 45"
    pub sum: String,
    pub shares: Vec<Share>,
    /// Indices of clients of scripts, which add nothing.
    pub scripts: Vec<usize>,
    /// Indices of clients that are built again and again.
    pub unbounded: Vec<usize>,
    /// Indices of clients that no entry point in sight reaches.
    pub unplaced: Vec<usize>,
}

/// One client's part of a server's connections.
#[derive(Debug, Clone)]
pub struct Share {
    pub client: usize,
    /// Index into [`Map::deployables`].
    pub deployable: usize,
    pub most: Option<f64>,
    /// A condition decides whether this one or a larger one is built: it adds nothing.
    pub instead: bool,
    pub processes: f64,
    pub instances: f64,
    /// `None` when not known.
    pub total: Option<f64>,
}

impl Server {
    /// What can be open is as much as the server allows, or more.
    pub fn is_over(&self) -> bool {
        self.allowed.is_some_and(|allowed| self.total >= allowed)
    }
}
