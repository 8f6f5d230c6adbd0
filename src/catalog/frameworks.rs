//! The form of the rows that say what runs when: what calls, decorators, base classes, files and parameters
//! of a framework make of the project's functions.
//!
//! Plain serde structures, as in `schema`. Nothing here looks at code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::endings::{Cleanup, EndRow, Operator};
use super::schema::{ArgKey, When};

/// When a function runs that is handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Run {
    /// Now, once, before the call returns.
    #[default]
    Inline,
    /// Once in the life of what owns it.
    Once,
    /// For each element, before the call returns.
    Iteration,
    /// Later, as often as the handing over itself.
    Deferred,
    /// Now, in an event loop made for it: nothing asynchronous outlives the call.
    OwnLoop,
    Startup,
    Shutdown,
    Request,
    Event,
    Message,
    Job,
    Tick,
    Render,
    Mount,
    Unmount,
    PoolGrowth,
    Script,
    Test,
    Build,
    Never,
}

/// A call that is given functions: routes, effects, timers, array methods.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Handover {
    pub calls: Vec<String>,
    /// For `.method` calls, as in openers.
    pub receivers: Vec<String>,
    /// Which arguments; empty: all that are functions.
    pub args: Vec<ArgKey>,
    /// Also the functions inside record arguments, at any depth.
    pub records: bool,
    /// Of record arguments only what stands under these keys.
    pub keys: Vec<String>,
    /// Also functions named by string (`"./tasks.run"`).
    pub strings: bool,
    /// Of objects among them the methods that run so; a `*` stands for the beginning or the end of a name.
    pub methods: Vec<String>,
    pub when: Vec<When>,
    /// They run only when what the method is called on is empty: `cached.unwrap_or_else(…)`.
    pub if_empty: bool,
    /// Calls that the result is given to, with which the row does not hold: they run the function in their own way.
    pub unless_given_to: Vec<String>,
    /// Of an iteration: steps after the call that only what has elements goes through, whatever the call is made on.
    pub gone_through_by: Vec<String>,
    /// Of an iteration: they run only as somebody goes through the result.
    pub lazy: bool,
    pub run: Run,
    /// Only where nothing has been awaited before: later it is not known whose end is meant.
    pub synchronous: bool,
    /// Of what starts a server: each worker of it runs them once.
    pub workers: bool,
    /// The call answers requests, and comes back when the program is told to stop.
    pub serves: bool,
    /// It runs once for each client of a server that connects; what it opens for that one is to end with it.
    pub visits: bool,
    /// It runs once more each time that a client which connects again by itself has done so. Settings of the client
    /// that keep it from that where they are off.
    pub again: Vec<String>,
    /// What a bare number among the arguments of a timer counts.
    pub unit: Option<TimeUnit>,
    /// What becomes of the function's result.
    pub result: ResultTo,
    /// The parameters that are given it are those of the name under which a record has the call.
    pub by_key: bool,
    /// The result is an answer whose pieces the function gives while it is sent, when the handler has returned.
    pub streams: bool,
    /// From the first of these versions on and before the second one, what the function lends ends when the handler has
    /// returned; in the others, when the answer has been sent.
    pub ends_early: Vec<String>,
    /// The parameter that has the rest of the request done, and gives its end: its position, and the key under which a
    /// record has it (`0.next`).
    pub proceeds: String,
    /// It runs again when what it reads changes, or what its source gives.
    pub reruns: bool,
    /// It runs each time that the view of its component is shown, or left: a component that is kept meanwhile comes and
    /// goes more than once.
    pub each_view: bool,
    /// Position of the dependency list of an effect.
    pub deps: Option<usize>,
    /// The function runs when the page is left.
    pub leave: Option<Leaving>,
    /// Members of the page that take such a function by assignment: `onunload`.
    pub assigned: Vec<String>,
    /// What the function is given first, or after an error in languages where one comes first, as in `(error,
    /// connection)`: a type of the same file. A function that stands after that gives it back.
    pub gives: String,
    /// How a message names it: `route`, `job`, `effect`.
    pub label: String,
    /// How the end of what the function starts is registered, where its result is not called.
    pub cleanup: Option<Cleanup>,
    /// What the result gives is a store of the whole page.
    pub store: Option<StoreRow>,
}

/// How the members of a store are come by: calls of the store give the record that it was made with, or that its
/// function returned.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StoreRow {
    /// Keys of that record, under which members stand.
    pub members: Vec<String>,
    /// Methods of the store that give the record as well.
    pub methods: Vec<String>,
}

/// Whether an event that tells of a page being left comes whenever one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Leaving {
    Reliable,
    Unreliable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ResultTo {
    #[default]
    Value,
    /// It is called at the end of the owner's life.
    Cleanup,
    /// A parameter is given it, and nobody else has it.
    Parameter,
    /// Nobody takes it.
    Nobody,
    Promise,
    Element,
}

/// What the number counts that says when something runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TimeUnit {
    Milliseconds,
    Seconds,
}

impl TimeUnit {
    /// Seconds in one.
    pub fn seconds(self) -> f64 {
        match self {
            TimeUnit::Milliseconds => 0.001,
            TimeUnit::Seconds => 1.0,
        }
    }
}

/// A decorator or attribute that makes a function or class an entry point.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DecoratorRow {
    pub calls: Vec<String>,
    /// `bot` by its name; `@*group` for functions over which a decorator of such a name stands.
    pub receivers: Vec<String>,
    pub when: Vec<When>,
    /// How often the decorated function runs; for a class, its methods named by `methods`.
    pub run: Option<Run>,
    pub methods: Vec<String>,
    /// Only functions of these names run so: any other runs as it is called.
    pub functions: Vec<String>,
    /// For classes: how often objects of it are made.
    pub allocated: Option<Run>,
    /// Keys of its record under which classes are listed of which it makes an object each.
    pub makes: Vec<String>,
    /// The decorated function runs when the page is left.
    pub leave: Option<Leaving>,
    /// An asynchronous function runs in an event loop of its own each time: nothing asynchronous outlives the call.
    pub own_loop: bool,
    /// What a bare number among the arguments of a timer counts.
    pub unit: Option<TimeUnit>,
    /// A type of the same file: what the decorated function has one of for as long as it runs, a transaction.
    pub holds: String,
    /// Types (`package.Type`) of which a container or a plugin lends one to each parameter of that type, for as long as
    /// the decorated function runs.
    pub lends: Vec<String>,
    /// The type (`package.Type`) of what the decorated function is given first, where nothing says it there.
    pub gives: String,
    /// The parameter that has the rest of the request done, and gives its end: its position, and the key under which a
    /// record has it (`0.next`).
    pub proceeds: String,
    /// A generator goes on behind its `yield` whatever has happened since: no error is thrown into it.
    pub resumes: bool,
    pub label: String,
}

/// Records that name a function beside the time at which it shall run.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Timetable {
    /// The key that holds the dotted path of the function, or its given name.
    pub task: String,
    /// The key that holds the time: a number of seconds, or what a call gives.
    pub time: String,
    /// Words in the names of settings that hold such records, where their file does not import the package.
    pub settings: Vec<String>,
    /// Arguments of decorators that give a function a name.
    pub names: Vec<String>,
    /// Methods of the function by which others start it.
    pub sent: Vec<String>,
}

/// A base class or trait that makes methods entry points.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct BaseRow {
    /// Exported names of bases or traits; `*Servicer` patterns allowed.
    pub names: Vec<String>,
    /// Match by the written name alone, wherever it is imported from (generated servicers).
    pub by_name: bool,
    /// A tool may write the base into the project.
    pub generated: bool,
    /// Methods that run so; `*` for all public ones.
    pub methods: Vec<String>,
    /// Decorators of the package: it runs the methods of a class that has one, whether the class names the base or not.
    pub decorators: Vec<String>,
    pub run: Run,
    /// Methods of the application that make the framework run them, where nothing else does: `enableShutdownHooks`.
    pub enabled_by: Vec<String>,
    /// Exports whose methods make that application: where none is called, it is not in sight.
    pub started_by: Vec<String>,
    pub allocated: Option<Run>,
    /// The parameter that has the rest of the request done, and gives its end: its position, and the key under which a
    /// record has it (`0.next`).
    pub proceeds: String,
    pub label: String,
    /// What the methods make of a request is given to the parameters of handlers that have the class for their type, and
    /// ends with them.
    pub lends: bool,
    /// Objects are rows of a table: what one holds is not what the next one holds.
    pub record: bool,
    /// Methods of the class itself that ask the database, over a connection of the pool that the package's client has.
    #[serde(rename = "statement")]
    pub statements: Vec<StatementRow>,
    /// Members of the class itself over which it asks in the ambient session of the package: `Order.query`.
    pub asks: Vec<String>,
    /// Position of the methods' parameter that is what the application keeps, the same for every request.
    pub state: Option<usize>,
}

/// Methods of a class of records that take a connection for themselves, unless an option names the one to take.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct StatementRow {
    pub methods: Vec<String>,
    /// Position of the options among the arguments.
    pub options: usize,
    /// The option that names the transaction to run in.
    pub within: String,
    /// Exported functions after which the transaction of a callback goes without saying.
    pub unless_calls: Vec<String>,
    /// Packages in which it always does.
    pub unless_depends: Vec<String>,
}

/// Entry points by the file's path.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FileRow {
    /// Relative to a package's root.
    pub globs: Vec<String>,
    /// Exported names; `default`, `*`. `module` = the top level itself.
    pub exports: Vec<String>,
    pub run: Run,
    pub label: String,
    /// Folders below which the path of a file is the address that it is served at; of several, the first that fits.
    pub served: Vec<String>,
    /// A file that exports `true` under this name, or a record that has it, is run once, at the start.
    pub once: String,
    /// Only in files with this directive (`use server`).
    pub directive: String,
    /// The first parameters of the functions must have these names; `_` stands for any.
    pub takes: Vec<String>,
    /// Each file is a process of its own.
    pub apart: bool,
    /// Only files that call one of these exported names themselves: at the top level or in `main`.
    pub when_calls: Vec<String>,
    /// Where such a program keeps what must outlive a run, as the end of "build one in …".
    pub keeper: String,
    /// The decorator of the functions there.
    pub keeps: String,
}

/// Records that name a function of the project, `{ handler: "src/users.create" }`, or classes that list functions.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NamedRow {
    /// Keys of records whose texts name one.
    pub keys: Vec<String>,
    /// Variables of modules whose lists, at any depth, hold such texts: `CRONJOBS = [("0 4 * * *", "shop.cron.clean")]`.
    /// Of a dictionary the keys do.
    pub settings: Vec<String>,
    /// Where classes are named, one object of each is made at the start: its methods that run so. Of a function that is
    /// named, what it gives runs so.
    pub methods: Vec<String>,
    /// Fields of classes that hold functions or lists of them, instead, and the names of those classes.
    pub fields: Vec<String>,
    pub classes: Vec<String>,
    /// All of these are mentioned by a file with such records.
    pub mentions: Vec<String>,
    pub run: Run,
    pub label: String,
}

/// A beginning of module paths that a framework defines, whether or not a settings file repeats it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct AliasRow {
    pub prefix: String,
    /// What it stands for, from the package's root; the first that leads to a file.
    pub folders: Vec<String>,
    /// The platform lays a folder of that name there, wherever the project has it; the only file that fits is meant.
    pub anywhere: bool,
}

/// Files that are rendered or loaded for one and the same request: a layout, and the pages below its folder.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NestingRow {
    /// From the package's root.
    pub outer: Vec<String>,
    /// Those of the same folder and below.
    pub inner: Vec<String>,
    /// The export of both that runs.
    pub export: String,
    /// That of the outer ones, where it has another name.
    pub outer_export: String,
}

/// Files that a framework makes known under their names, without an import: `sails.helpers.getQueue` of
/// `api/helpers/get-queue.js`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FileNameRow {
    /// From the package's root. What stands in the place of the stars is the name, its parts in camel case.
    pub globs: Vec<String>,
    /// What the name is a member of; a global where this is empty.
    pub path: String,
    /// The member of what the file exports that is meant; the whole where this is empty.
    pub export: String,
}

/// A parameter's written type that tells when the function runs.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ParameterRow {
    /// Exported type names.
    pub types: Vec<String>,
    pub run: Run,
}

/// A call or decorator that keeps the result of the function it is given.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MemoRow {
    pub calls: Vec<String>,
    pub receivers: Vec<String>,
    pub args: Vec<ArgKey>,
    pub owner: Owner,
    /// It gives a list that the value is the first of: `const [value] = useState(() => …)`.
    pub first: bool,
}

/// Whose life a kept value shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    #[default]
    Process,
    Component,
    Request,
    /// The object whose method it is.
    Object,
}

/// A call that gives back what it was given: `Arc.new`, `.clone`, `.unwrap`, `cast`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TransparentRow {
    pub calls: Vec<String>,
    pub receivers: Vec<String>,
    /// The position of the argument that comes back; none for the receiver.
    pub arg: Option<usize>,
    /// What comes back is of the type that is written as the first type argument, where there is one.
    pub typed: bool,
    /// A list comes back, with what each argument gives, or each item of the one list that is given: `Promise.all`.
    pub each: bool,
}

/// Where a program keeps objects under names for code that asks for them by those: `app.state.pool`, `app["db"]`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RegistryRow {
    /// What holds them where they are put there, by the last names of what is written: `app.state`, `this`; a `*`
    /// stands for the beginning of a name.
    pub holders: Vec<String>,
    /// Classes that a program extends for what holds them, by the last names of what is written: `commands.Bot`.
    pub classes: Vec<String>,
    /// They are the entries of the record that a generator yields.
    pub yields: bool,
    /// Functions of the project, by their names, that return a record of them: `createContext`.
    pub returned_by: Vec<String>,
    /// The same where they are read, if not by the same names.
    pub readers: Vec<String>,
    /// What puts its second argument under the name that is its first: `app.set`, `provide`.
    pub puts: Vec<String>,
    /// Calls that put each argument with a name under that name: `Application(routes, db=pool)`.
    pub keywords: Vec<String>,
    /// Members of what names it that are elements with the object as their `value`: `Provider` of `<Room.Provider>`.
    pub elements: Vec<String>,
    /// What gives the object under the name that is its first argument: `app.get`, `inject`.
    pub gets: Vec<String>,
}

/// What a plugin keeps under a fixed name on what its framework hands around: `app.pg`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct MemberRow {
    pub name: String,
    /// What holds it, by the last names of what is written, as in registries.
    pub holders: Vec<String>,
    /// The type of it.
    pub gives: String,
}

/// A call that loads another page: what the present one has open ends with it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NavigationRow {
    pub calls: Vec<String>,
    pub when: Vec<When>,
}

/// A call that tells the others of a room or a document that this one leaves.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DepartureRow {
    pub calls: Vec<String>,
    pub receivers: Vec<String>,
    pub when: Vec<When>,
}

/// A call that asks a server or a database who someone is, each time anew.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LookupRow {
    pub calls: Vec<String>,
    pub receivers: Vec<String>,
    pub when: Vec<When>,
    pub subject: Subject,
    /// Always of the request under way, whatever the arguments.
    pub own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    #[default]
    Session,
    User,
}

/// How components of a UI framework open and release.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ComponentRow {
    /// Base classes of class components.
    pub bases: Vec<String>,
    /// Methods or option keys that run on mount.
    pub mount: Vec<String>,
    /// Those of them that run again while the component lives.
    pub again: Vec<String>,
    /// Those that run each time that a component is shown which is kept while it is not.
    pub enters: Vec<String>,
    /// Calls that give what a function that runs again waits for: states and what is made of them.
    pub states: Vec<String>,
    /// Those of them, and calls in defaults, that give a property which the parent may bind to a place of its own.
    pub models: Vec<String>,
    /// The property that such a call without a name stands for.
    pub model: String,
    /// Option keys of records whose functions run when a value changes.
    pub watches: Vec<String>,
    /// Methods or option keys that run at the end.
    pub unmount: Vec<String>,
    /// Those of them that run each time that a component is left, and not only when it ends.
    pub leaves: Vec<String>,
    /// The component is a record of options given as default export or to these calls.
    pub options: Vec<String>,
    /// Class decorators.
    pub decorators: Vec<String>,
    /// Field decorators and functions that give parts of the component's own template.
    pub children: Vec<String>,
    /// Keys of the decorator's record that list the components which the template places.
    pub places: Vec<String>,
    /// Key of the decorator's record under which the template stands, where it is no file of its own.
    pub template: String,
    /// Key of the decorator's record under which the tag stands by which templates place the component.
    pub tag: String,
    /// Keys of the decorator's record by which a component gets services of its own instead of shared ones.
    pub provides: Vec<String>,
    /// The method that sets parts of a field, and the field.
    pub sets: String,
    pub state: String,
    /// Hooks that keep the value which they are given on the first rendering, and drop those of all others.
    pub first: Vec<String>,
    /// The body of a function that gives elements runs once for each mount.
    pub body: bool,
    /// Written types of functions that run when an element is mounted; what they return may hold
    /// `unmount` keys.
    pub actions: Vec<String>,
    /// Attributes whose functions run with an element when it is there, and with nothing when it goes.
    pub attached: Vec<String>,
    /// Names under which component files are lowered to hold the functions that their templates run on elements.
    pub placed: Vec<String>,
    /// Files (globs from the package's root) of components that live as long as the page.
    pub roots: Vec<String>,
    /// Functions that start the page with a component, and keys under which such are listed.
    pub boots: Vec<String>,
    /// Names that files mention which render the page's root.
    pub renders: Vec<String>,
    /// How set-up code registers its end.
    pub cleanup: Option<Cleanup>,
    #[serde(rename = "end")]
    pub ends: Vec<EndRow>,
    /// The ends of a class, its bases and its mixins all run: none takes the place of another's.
    pub merged: bool,
    /// What ends the streams that its constructor subscribes to.
    pub operator: Option<Operator>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DevReload {
    /// Where guards are needed; empty: everywhere in the package.
    pub globs: Vec<String>,
    /// Never re-evaluated.
    pub not: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    Server,
    Serverless,
    Workers,
    Browser,
    Mobile,
    Cli,
}
