//! The form of `rules/settings`: which files are settings, and where they say what runs how often.
//!
//! Plain serde structures; unknown keys are errors. Keys are paths with dots, as settings files are
//! lowered; `*` stands for any one part.

use serde::{Deserialize, Serialize};

use super::schema::Run;

/// One file of `rules/settings/`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlacesFile {
    /// Globs over a file's name, or over the name with its folder's.
    pub files: Vec<String>,
    /// The same for shell scripts whose names have no ending: `bin/*`.
    pub scripts: Vec<String>,
    #[serde(rename = "workload")]
    pub workloads: Vec<WorkloadRow>,
    #[serde(rename = "plan")]
    pub plans: Vec<PlanRow>,
    #[serde(rename = "entry")]
    pub entries: Vec<EntryRow>,
    /// Words in a manifest's scripts, by name or command, that say that they are for maintenance: the modules
    /// that such a script names run by hand.
    pub one_off_scripts: Vec<String>,
    /// First words of the names of scripts that do something once and end: `create-user`, `db:wipe`.
    pub one_off_verbs: Vec<String>,
    /// `alembic.ini:alembic.script_location`: the key of that file names a folder of such modules.
    pub one_off_folders: Vec<String>,
    /// `Procfile*:release`: where files of that name say a command that runs once and ends: it starts no program that
    /// lasts, and the modules that it names are scripts.
    pub one_off_commands: Vec<String>,
}

/// Where a settings file orders a server of some plan.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlanRow {
    /// Globs over the file's name, or over the name with its folder's.
    pub files: Vec<String>,
    /// The parts of the file that order one server each.
    pub each: Vec<String>,
    /// As in [`WorkloadRow::when`].
    pub when: Vec<String>,
    /// Whose plans these are, as limits name it.
    pub service: String,
    /// Keys that hold what the service calls the plan: [`super::servers::Limit::ordered_as`].
    pub plan: Vec<String>,
}

/// Where a settings file names a function of the project that its platform runs: `src/users.create`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EntryRow {
    /// Globs over the file's name, or over the name with its folder's.
    pub files: Vec<String>,
    /// The parts of the file that name one function each. The first row that fits a part decides.
    pub each: Vec<String>,
    /// As in [`WorkloadRow::when`].
    pub when: Vec<String>,
    /// One of these keys is there, with a value or with keys below it.
    pub has: Vec<String>,
    pub handler: Vec<String>,
    /// Keys of the part that hold the module of the name, where it is not written with it.
    pub within: Vec<String>,
    /// What the name is relative to, from the file's folder; keys of the part, then of the whole file.
    pub folder: Vec<String>,
    pub run: Run,
    /// Nothing in the file says when it runs: the type of a parameter, or where it stands, may say more.
    pub presumed: bool,
    pub label: String,
}

/// Where a settings file tells of a program that runs.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WorkloadRow {
    /// Globs over the file's name, or over the name with its folder's.
    pub files: Vec<String>,
    /// The parts of the file that are one program each; without it, each document.
    pub each: Vec<String>,
    /// `kind=Deployment|StatefulSet`: the key has one of the values. All must hold.
    pub when: Vec<String>,
    /// One of these keys is there, with a value or with keys below it.
    pub has: Vec<String>,
    /// Else the last part of `each`.
    pub name: Vec<String>,
    /// The program's folder, relative to the file's.
    pub folder: Vec<String>,
    pub image: Vec<String>,
    /// Texts, or lists of words. An empty key is the part itself.
    pub command: Vec<String>,
    /// The last part of the key is the variable.
    pub environment: Vec<String>,
    /// Below the key, `name` or `key` is the variable and `value` its value.
    pub pairs: Vec<String>,
    /// `COPY path… destination`: files that it is built with, relative to the project's root or the file's folder.
    pub copies: Vec<String>,
    /// Paths of environment files, relative to the file's folder.
    pub environment_files: Vec<String>,
    /// `hyperdrive.*.binding = postgres://host`: below the key's last part is a name under which code finds
    /// that address.
    pub bindings: Vec<String>,
    /// What it runs, where no image says so: `postgres`.
    pub runs: String,
    /// What follows its name in the name of its service: `-pgbouncer`.
    pub suffix: String,
    /// It only holds settings of what it runs, wherever that is started.
    pub settings: bool,
    /// The name of the server that its clients reach through it.
    pub before: Vec<String>,
    /// What follows that in the name of its service.
    pub before_suffix: String,
    /// How many connections it lets in.
    pub connections: Vec<String>,
    /// `{name}-pguser-*/uri = postgres://{name}-primary`: what a key of a secret holds that is written for it.
    pub secrets: Vec<String>,
    /// Below a pair that has no value, `name` and `key` of the secret that has it.
    pub references: Vec<String>,
    /// How many processes of it one instance runs.
    pub processes: Vec<String>,
    /// How many threads of one process serve at once.
    pub threads: Vec<String>,
    /// How many instances of it run; of several numbers the largest.
    pub instances: Vec<String>,
    /// The same, of several numbers all together: one for each region.
    pub regions: Vec<String>,
    /// Says the instances of another workload of that name.
    pub scales: bool,
    /// What it starts runs until it is stopped, whoever asks for it.
    pub lasting: bool,
    /// The programs of one file run at the same time.
    pub beside: bool,
    /// Its variables are for the programs of its own file.
    pub private: bool,
}
