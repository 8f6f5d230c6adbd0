//! The form of the data files: packages, frameworks, limits, and the same tables in a user's
//! `connlint.toml`.
//!
//! Plain serde structures; unknown keys are errors. Nothing here looks at code.
//!
//! **Callee notation**, used wherever a table names calls:
//! `"Pool"` an exported name of the package's modules (in the `browser` ecosystem: a global),
//! `"default"` the default export or the module itself called, `"PgPool.connect"` a static or
//! associated function of an exported name, `"#App.get"` the method `get` of a value of this
//! file's type `App` (`"#pg.Pool.query"` for a type of another file), `".on"` a method of any
//! receiver (narrowed by `receivers`), `"global:describe"` a global function, `"macro:join"` a macro.
//!
//! **Type names**: `"Pool"` a type of the same file, `"pg.Pool"` a type of another file.

use std::collections::BTreeMap;

pub use super::frameworks::*;
pub use super::openers::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One data file: `rules/catalog/<ecosystem>/*.toml`, `rules/frameworks/*.toml`, or a user's tables.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PackageFile {
    /// Registry name, or the framework's. Type names of other files refer to it.
    pub package: String,
    /// `npm`, `pypi`, `crates`, `browser`; taken from the folder for the catalogue.
    pub ecosystem: Option<Ecosystem>,
    /// Module specifiers that export the names below: `pg`, `sqlalchemy.ext.asyncio`, `sqlx::postgres`.
    /// One `*` stands for any text. Default: the package's name (crates: `-` as `_`).
    pub modules: Vec<String>,
    /// Names under which manifests list it. Default: the package's name.
    pub dependencies: Vec<String>,
    /// The version that the facts were checked against.
    pub verified: String,
    pub docs: String,
    /// Ending of schema files whose code generators (`generator.NAME.output`) write modules that stand
    /// for this package's first module.
    pub generated_by: String,
    /// What schemas call those generators (`generator.NAME.provider`); others write something else.
    pub generators: Vec<String>,
    /// Keys of schema files (ending as `generated-by`) that hold the server's address and its family.
    pub schema_address: String,
    pub schema_family: String,
    /// For maintainers of the data.
    pub note: String,
    #[serde(rename = "type")]
    pub types: Vec<TypeRow>,
    #[serde(rename = "make")]
    pub makes: Vec<Make>,
    #[serde(rename = "opener")]
    pub openers: Vec<Opener>,
    #[serde(rename = "handover")]
    pub handovers: Vec<Handover>,
    #[serde(rename = "decorator")]
    pub decorators: Vec<DecoratorRow>,
    #[serde(rename = "base")]
    pub bases: Vec<BaseRow>,
    #[serde(rename = "file")]
    pub files: Vec<FileRow>,
    #[serde(rename = "parameter")]
    pub parameters: Vec<ParameterRow>,
    #[serde(rename = "memo")]
    pub memos: Vec<MemoRow>,
    #[serde(rename = "lookup")]
    pub lookups: Vec<LookupRow>,
    #[serde(rename = "component")]
    pub components: Vec<ComponentRow>,
    #[serde(rename = "transparent")]
    pub transparents: Vec<TransparentRow>,
    #[serde(rename = "registry")]
    pub registries: Vec<RegistryRow>,
    #[serde(rename = "member")]
    pub members: Vec<MemberRow>,
    #[serde(rename = "navigation")]
    pub navigations: Vec<NavigationRow>,
    #[serde(rename = "departure")]
    pub departures: Vec<DepartureRow>,
    #[serde(rename = "named")]
    pub named: Vec<NamedRow>,
    #[serde(rename = "alias")]
    pub aliases: Vec<AliasRow>,
    #[serde(rename = "nesting")]
    pub nestings: Vec<NestingRow>,
    #[serde(rename = "file-name")]
    pub file_names: Vec<FileNameRow>,
    pub declared: Vec<DeclaredRow>,
    /// Exported names that stand for what the caller sent, wherever a handler runs: flask's `request`.
    pub sent: Vec<String>,
    /// Settings of its clients (names, or paths of keys like `credentials.sessionToken`) that come with credentials
    /// which end by themselves.
    pub borrowed: Vec<String>,
    /// Methods of all of its clients that ask nobody, as a type's own `local`.
    pub local: Vec<String>,
    /// Exported names that stand for the application, which keeps what is put into it: flask's `current_app`.
    pub application: Vec<String>,
    /// Files (globs from the package's root) whose exports are names everywhere in the package.
    pub auto_imports: Vec<String>,
    /// Its own exports are such names in packages that list it: the build adds the imports, or the page has a script.
    pub ambient: bool,
    /// How records say when a scheduler runs a function.
    pub timetable: Option<Timetable>,
    /// Names (globs) of settings files that stand in the root of an application: paths of files are told from there.
    pub roots: Vec<String>,
    /// The dev server evaluates modules anew on each reload.
    pub dev_reload: Option<DevReload>,
    /// A project that depends on this runs on such a platform.
    pub platform: Option<Platform>,
    /// Files (globs from the package's root) whose presence says that the platform is used.
    pub platform_files: Vec<String>,
    /// Dependencies that a framework's build uses to make what the platform runs. Without a platform here: a server of
    /// its own. A package that lists those of several says nothing.
    pub platform_adapters: Vec<String>,
    /// Endings of the files that the platform runs; empty for all.
    pub platform_runs: Vec<String>,
    /// An instance of the platform serves one event after the other.
    pub platform_alone: bool,
    /// Exports that stand for something only while a request is served, wherever they are imported.
    pub request_bound: Vec<String>,
    /// How reliably the windows of packages that depend on this tell that a page is left.
    pub leave: Option<Leaving>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    Npm,
    Pypi,
    Crates,
    Browser,
}

/// What kind of thing a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Holds several connections to one server.
    Pool,
    /// One connection.
    Connection,
    /// Connects on first use, usually through a pool of its own.
    LazyClient,
    /// ORM client or engine with its pool.
    OrmClient,
    /// HTTP client that keeps connections alive.
    HttpClient,
    /// Lasting socket to a realtime service.
    Realtime,
    /// Message broker client, producer, consumer, queue.
    Broker,
    /// Unit of work over a pool (SQLAlchemy session): cheap to make, must be closed.
    Session,
    /// Cursor, transaction, lock, channel taken from a connection.
    Handle,
    Subscription,
    Listener,
    Observer,
    Timer,
    Media,
    /// Collects settings; its terminal methods make the client.
    Builder,
    /// Calling it makes something else (sessionmaker).
    Factory,
    /// Owns nothing: wraps another client, or talks over stateless fetch.
    #[default]
    Wrapper,
    /// A framework's own object (app, router, request), a receiver of handovers.
    Framework,
}

/// The widest scope in which building it is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    Process,
    Thread,
    /// Once for each mount of a component or effect.
    Component,
    Request,
    Any,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TypeRow {
    pub name: String,
    /// Exported names that denote this type in annotations and constructors. Default: `[name]`.
    pub symbols: Vec<String>,
    pub kind: Kind,
    /// It owns from this version of the package on; before, it does not.
    pub owns_since: String,
    /// It owns only where the crate is built with this feature.
    pub owns_feature: String,
    /// That feature is one of the crate's default features.
    pub feature_by_default: bool,
    /// Holds sockets, a pool or threads of its own. Default by kind: pool, connection, lazy-client,
    /// orm-client, http-client, realtime, broker own; the others do not.
    pub owns: Option<bool>,
    /// Server family: `postgres`, `mysql`, `mongodb`, `redis`, `http`, … Decides limits and duplicates.
    pub service: String,
    /// The family of its server, where several clients of one server are right: queues of one store.
    pub speaks: String,
    /// The client that it is or opens inside: `mongodb.MongoClient`. All of one server can share one.
    pub driver: String,
    /// How others get at that client: `mongoose.connection.getClient()`.
    pub hands_out: String,
    /// Options under which it takes such a client, or a connection that others have too.
    pub joins: Vec<String>,
    /// Of a class that a call gives (`callable:`): what must hold of the arguments for an object to open a client of its
    /// own. It works over one that it is given otherwise.
    pub opens_when: Vec<When>,
    /// Names under which the project's settings keep the address that the library reads itself.
    pub address_settings: Vec<String>,
    /// The same, of its options.
    pub options_settings: Vec<String>,
    /// What gives it to an application: it opens nothing before.
    pub bound_by: Option<BoundRow>,
    /// Default: process for what owns, any otherwise.
    pub scope: Option<Scope>,
    /// End of the sentence "each X …": `opens a pool of up to 10 connections (the default)`.
    pub why: String,
    /// Building one costs nothing by itself, and its connections are kept by server: one that goes where each
    /// caller says has nothing to share.
    pub light: bool,
    /// It keeps what was fetched: one that is built anew on a rendering begins with nothing.
    pub caches: bool,
    /// Made for a visit, whose cookies it keeps; for a single request it is no more than the function that makes one.
    pub visit: bool,
    /// Methods that release it; `$client.end` goes over a member.
    pub release: Vec<String>,
    /// Errors that say that the other side has ended it.
    pub ended_by: Vec<String>,
    /// Methods that fail once the other side has ended it.
    pub fails_when_ended: Vec<String>,
    /// Whether the first of these methods must be awaited, where that does not follow from how the rest is used.
    pub release_awaited: Option<bool>,
    /// Releases that only what went well may have, each with the one in its place where it did not: `commit`, `rollback`.
    pub undo: BTreeMap<String, String>,
    /// Callers at the same time may use one, as its requests do not get into each other's way. Default: all may but
    /// connections.
    pub shareable: Option<bool>,
    /// Its first statement begins a transaction, and so does the first one after each end: somebody has to end them.
    pub begins_by_itself: bool,
    /// It serves one caller at a time, and carries one transaction: those who run side by side need one each.
    pub one_at_a_time: bool,
    /// What is not closed complains about it when the process ends.
    pub complains: bool,
    /// Its server gives it a share of the messages until it leaves, or is taken for dead.
    pub group_member: bool,
    /// Operations whose effect stays with one connection, as a subscription: `add_listener`.
    pub session_bound: Vec<String>,
    /// Functions that release it when it is their argument: `clearInterval`.
    pub release_functions: Vec<String>,
    /// Operations that keep the connection to themselves while they run, so that a client of their
    /// own is right: `blpop`; `xread(block)` only with an argument or option of that name.
    pub dedicated: Vec<String>,
    /// `with`, `async with`, `using` release it at the end of the block.
    pub context_manager: bool,
    /// The end of a `with` ends its transaction and keeps it open, unless the method that gives it is `scoped`.
    pub kept_by_with: bool,
    /// It works without being entered: the end of a `with` closes it, the start does nothing.
    pub entering_optional: bool,
    /// The first version (major and minor) whose values `await using` releases.
    pub disposable_since: Option<String>,
    /// How it is opened once it is there, where each call that begins before another one is done opens anew.
    pub reopened: Option<ReopenedRow>,
    /// Released when it goes out of scope (Rust).
    pub drop: bool,
    /// The constructor connects: it is open even where its first use fails.
    pub eager: bool,
    /// Methods of it or of its parts that ask nobody, though they are awaited.
    pub local: Vec<String>,
    /// Methods that belong to the opening, as the library's own examples call them before their `try`: where one
    /// of these fails, nothing is open.
    pub prepares: Vec<String>,
    /// Methods that open it, and do nothing where it is open: one that is shared may be opened by each caller.
    pub opens_again: Vec<String>,
    /// `close()` leaves it usable (it reconnects).
    pub reusable: bool,
    /// It keeps no connections but opens one for each use: who takes a second one waits for nobody.
    pub unpooled: bool,
    /// Threads must not share one: each keeps its own.
    pub one_thread: bool,
    /// Each thread has a connection of its own, and what closes it ends that one only.
    pub by_thread: bool,
    /// The library closes it by itself at process exit or when unused; missing-shutdown is silent.
    pub self_closing: bool,
    /// The base whose hook of shutdown closes it, in the module that has it: `nest.OnApplicationShutdown`. Where the
    /// application does not have the hooks run, nothing does.
    pub closed_in: String,
    /// The last reference to it closes it, also on the way of an error: what a path plainly forgets is told, and a
    /// `with` that only ends its transaction does for an end.
    pub collected: bool,
    /// It goes back by itself when it has been read to its end: only what nobody looks at stays open.
    pub ends_when_read: bool,
    /// Only what a method acquires is open; other values of the type are over, as an answer that was read.
    pub only_acquired: bool,
    /// What a callback is lent has the methods of the client that lends it, and is called as that is.
    pub like_client: bool,
    /// The methods that it has in common with that client, where it does not have all of them.
    pub client_methods: Vec<String>,
    /// What makes of an object that runs statements by itself one that does so over this: `manager.withRepository`.
    pub adopts: String,
    /// Clones share the same pool (Rust).
    pub clone_shares: bool,
    /// It can be built only where an event loop runs, which none does while a module is loaded.
    pub running_loop: bool,
    /// Functions of the type that give the value itself and no `Result` (Rust). Such a value may stand in a `static`, and
    /// so may one of a builder; what is awaited goes into a cell that the first call fills.
    pub in_static: Vec<String>,
    /// The error of a builder that fails to build one (Rust), where that is the same for each of them.
    pub built_or: String,
    /// Keys of the options under which a function or class makes the real ones: `useFactory`.
    pub options_from: Vec<String>,
    /// Another package's type that the framework builds by it: `typeorm.DataSource`.
    pub builds: String,
    /// Methods that ask the database, over a connection of the pool that the package's client has.
    #[serde(rename = "statement")]
    pub statements: Vec<StatementRow>,
    /// How a transaction begins and ends on it, where it goes back to its pool as it is: whoever takes it next works in
    /// the one that was left open.
    pub transaction: Option<TransactionRow>,
    /// The session that all code of a request or task has of it, without opening or closing one.
    pub ambient: Option<AmbientRow>,
    #[serde(rename = "method")]
    pub methods: Vec<Method>,
    #[serde(rename = "setting")]
    pub settings: Vec<Setting>,
}

/// The methods that begin and end a transaction, and those that run a statement which may do so.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TransactionRow {
    pub begins: Vec<String>,
    pub ends: Vec<String>,
    /// The empty name is the value itself, where that is called.
    pub statements: Vec<String>,
}

/// How an object that a module makes comes to the application that configures it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BoundRow {
    /// Methods of it: `init_app`.
    pub methods: Vec<String>,
    /// Arguments of its construction.
    pub args: Vec<ArgKey>,
}

/// Methods that open an object which is there already, each time that they are called.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ReopenedRow {
    pub methods: Vec<String>,
    /// Members that say whether it is open, and only when all is done: `connected`, or `status:ready` for one of several
    /// states.
    pub asks: Vec<String>,
    /// The first version of the package that waits for the call before.
    pub until: String,
    /// A call while another one is under way fails, and opens nothing.
    pub refuses: bool,
}

/// A session that everybody uses and nobody is handed. It has a connection from its first statement on, until its
/// transaction or the request ends.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AmbientRow {
    /// Member of the type's values that is the session; empty where they are it themselves.
    pub member: String,
    /// The session's type.
    pub gives: String,
    /// Methods of the session that make a statement.
    pub asks: Vec<String>,
    /// Methods of the session that end its transaction.
    pub ends: Vec<String>,
    /// Methods of the type that end it when a request or event is done, which nobody calls by himself.
    pub by_hand: Vec<String>,
    /// Methods of the type itself that make a statement over the session.
    pub shortcuts: Vec<String>,
}

/// A module variable whose entries are connections that the framework opens.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DeclaredRow {
    pub variable: String,
    /// A type of the same file. Of its settings, those of a pool count where the key that holds them is there.
    pub gives: String,
    /// Keys of each entry, as paths with dots: the kind of server, its host and port.
    pub engine: String,
    pub host: String,
    pub port: String,
    /// The key of a whole address.
    pub url: String,
    /// An entry of no kind of server that is known opens nothing.
    pub served: bool,
    /// Calls that make an entry, with the variable of the environment that each reads when it is told none.
    pub reads: BTreeMap<String, String>,
}

/// A method of a type that matters to the analysis. Others are plain uses.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Method {
    /// `*` stands for every member that is built with `new`: a namespace of generated classes.
    pub names: Vec<String>,
    pub role: Role,
    /// Type of the result, for `acquire`, `make` and `view`.
    pub gives: String,
    /// The result comes out of a `with` (or callback) only; a bare call takes nothing.
    pub scoped: bool,
    /// The result ends with what it is taken from: it must be released where that one lives on.
    pub part: bool,
    pub when: Vec<When>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Takes something out that must be given back.
    Acquire,
    /// Builds a new owning thing each time (a builder's terminal, a client's `get_connection`).
    Make,
    /// A borrowed view: using it uses the client, closing it does not close the client.
    View,
    /// Takes a connection of the pool for as long as it runs (`pool.query`).
    Borrow,
    /// Returns the same object (chaining setters, `connect()` of a client).
    #[serde(rename = "self")]
    Same,
    Release,
    /// Waits for the next thing that somebody puts in: a queue of the process.
    Take,
    /// Waits for the next thing that the other side says, which may be long: `websocket.receive_text()`.
    Listen,
    /// Has the rest of the request done, and gives its answer (`next.run(request)` of a middleware).
    Proceed,
    /// Gives the next thing that is in it, or nothing, and then it is over: a stream of rows. What has such a method is
    /// open from its first use on.
    Next,
    #[default]
    Use,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Make {
    /// Callee notation; all give the same.
    pub calls: Vec<String>,
    pub form: Form,
    /// A type's name; `wraps:0` / `wraps:client` = the same client as that argument;
    /// `callable:Session` = calling the result gives a `Session`; `calls:0` = what that argument, a function that it
    /// runs at once, returns.
    pub gives: String,
    /// All must hold; rows are tried in order and the first that fits decides.
    pub when: Vec<When>,
    /// Repeated construction gives the same instance: never built more than once.
    pub memoised: bool,
    /// The call opens and closes by itself (`requests.get`, `reqwest::get`): building per call.
    pub one_shot: bool,
    /// What ends the method of this name on a client that is kept, where the call does all of it: `send`.
    pub then: String,
    /// The call is the acquisition of something that must be released (a session from a factory).
    pub acquire: bool,
    /// For methods of any receiver, where the project declares none of that name: how the path before the method must
    /// end as it is written, `*` for the beginning of a name. Finds what a generator writes: `*_client.*Client`.
    pub path: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    New,
    Call,
    #[default]
    Any,
}

/// A condition on an argument.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct When {
    /// Position (0-based) or keyword (in JS: a key of a record argument); several are alternatives.
    pub arg: Vec<ArgKey>,
    /// Any of: `absent`, `present`, `string` (templates and environment reads too), `number`, `record`, `function`, `literal:TEXT`,
    /// `starts:TEXT` (a text or template that begins so),
    /// `named:NAME` (a name written last: `pool.NullPool`), `has:KEY` (record with the key), `lacks:KEY`, `type:NAME` (value of the catalogue type),
    /// `kind:pool` (value of any type of the kind), `client` (any catalogue value), `from:MODULE` (what the module exports).
    pub is: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[schemars(untagged)]
pub enum ArgKey {
    Position(usize),
    Name(String),
}

/// As people write it, and as it is packed.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenKey {
    Position(usize),
    Name(String),
}

#[derive(Deserialize)]
enum PackedKey {
    Position(usize),
    Name(String),
}

impl<'de> Deserialize<'de> for ArgKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Ok(match WrittenKey::deserialize(deserializer)? {
                WrittenKey::Position(at) => Self::Position(at),
                WrittenKey::Name(name) => Self::Name(name),
            });
        }
        Ok(match PackedKey::deserialize(deserializer)? {
            PackedKey::Position(at) => Self::Position(at),
            PackedKey::Name(name) => Self::Name(name),
        })
    }
}

/// A pool setting and what its values mean.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Setting {
    /// `pool.max` is the key `max` of the record under `pool`.
    pub name: String,
    pub aliases: Vec<String>,
    pub role: SettingRole,
    /// Any of `option` (key of a record argument), `keyword`, `builder` (method of that name),
    /// `url` (query parameter), `arg:1` (position).
    #[serde(rename = "where")]
    pub places: Vec<String>,
    pub default: Option<f64>,
    /// When the default is a formula.
    pub default_text: String,
    /// The default with each family of servers, where it depends on that.
    pub default_for: BTreeMap<String, f64>,
    /// The default before a version of the package: `{ "6" = 5 }`.
    pub default_before: BTreeMap<String, f64>,
    /// Values that mean "no bound".
    pub unlimited: Vec<f64>,
    /// Values that mean "the default".
    pub means_default: Vec<f64>,
    /// What `None` or `null` means, where that is known.
    pub nothing: Option<Nothing>,
    /// What a string does: `parsed`, `default`, `one`, `error`.
    pub string: String,
    /// More connections than this may still be opened (a cache size).
    pub soft: bool,
    /// Values that switch the feature off (or, of a flag that does so, on), as data: `0`, `false`, `None`.
    pub off: Vec<String>,
    /// What a fix writes: an argument, an entry of the options, a parameter.
    pub write: String,
    /// Endings of the address' scheme (`+asyncpg`) with which the setting counts; any when empty.
    pub schemes: Vec<String>,
    /// Keys of options or keywords with which the setting means nothing.
    pub unless: Vec<String>,
    /// Keys of options under which something is given whose own pool is used instead.
    pub replaced_by: Vec<String>,
}

/// What a setting means that is set to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nothing {
    Unlimited,
    Default,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettingRole {
    #[default]
    PoolSize,
    Overflow,
    MinSize,
    AcquireTimeout,
    IdleTimeout,
    Recycle,
    PrePing,
    PreparedStatements,
    PoolClass,
    Other,
}
