//! The form of `rules/limits/` and `rules/errors/`: what servers allow, how they are recognised, and what they say
//! when too much is asked of them.
//!
//! Plain data as it is written in the files. Knows no server.

use super::schema::Ecosystem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One file of `rules/limits/`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct LimitsFile {
    #[serde(rename = "family")]
    pub families: Vec<Family>,
    #[serde(rename = "limit")]
    pub limits: Vec<Limit>,
    #[serde(rename = "endpoint")]
    pub endpoints: Vec<Endpoint>,
    #[serde(rename = "multiplier")]
    pub multipliers: Vec<Multiplier>,
    #[serde(rename = "pooler")]
    pub poolers: Vec<Pooler>,
}

/// A pooler that a project's own settings start, known by its image.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Pooler {
    /// Of its endpoints: one for each mode, of hosts that settings name.
    pub service: String,
    /// The last parts of its images, without tags.
    pub images: Vec<String>,
    /// Variables that hold the mode.
    pub mode: Vec<String>,
    /// Where none of them is set.
    pub default_mode: String,
    /// Variables that hold how many clients it lets in.
    pub clients: Vec<String>,
    pub default_clients: Option<f64>,
    /// Variables that hold how many prepared statements it keeps for each connection; 0 keeps none.
    pub statements: Vec<String>,
    /// The version from which it keeps some where nothing is said.
    pub statements_since: String,
    pub source: String,
    pub source_date: String,
}

/// A kind of server.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Family {
    /// As in [`TypeRow::service`].
    pub name: String,
    /// Of addresses, in lower case; what follows a `+` does not count.
    pub schemes: Vec<String>,
    /// Further names that drivers, dialects, engines and features have for it, in lower case.
    pub names: Vec<String>,
    /// Where an address names none.
    pub port: Option<u16>,
    /// What stands before the number of connections in the command that starts one: `max_connections=`.
    pub told_by: Vec<String>,
    /// Clients of any SQL server (`service = "sql"`) may speak to it.
    pub sql: bool,
    /// Taken for such a client where no manifest says which drivers are there.
    pub presumed: bool,
    /// Its clients are often for one use: a subscriber or a blocking reader needs a connection of its own.
    pub dedicated: bool,
    /// No server of it bounds its connections: files, or requests that are over at once.
    pub uncounted: bool,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Limit {
    pub id: String,
    /// Server family as in [`TypeRow::service`].
    pub family: String,
    pub service: String,
    pub plan: String,
    /// What deployment files call the plan; `*` stands for any rest.
    pub ordered_as: Vec<String>,
    pub resource: String,
    pub value: Option<f64>,
    pub formula: String,
    pub reserved: f64,
    pub per: String,
    pub evidence: String,
    pub source: String,
    pub source_date: String,
    pub note: String,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Endpoint {
    pub id: String,
    /// Glob over the host name; empty where only a project's settings tell the host.
    pub host: String,
    pub port: Option<u16>,
    pub service: String,
    /// `direct`, `session`, `transaction`, `pooler` (which mode does not show), `http`, `vitess`, `unknown`.
    pub mode: String,
    /// Whether statements prepared on one connection are there on the next: `yes`, `no`, `protocol`,
    /// `configurable`, `pins`.
    pub prepared_statements: String,
    pub source: String,
    pub source_date: String,
    pub note: String,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Multiplier {
    pub id: String,
    /// The command, or its last path part, that starts the program.
    pub tool: String,
    /// Other names under which the program is started.
    pub also: Vec<String>,
    /// A further word that the command must have.
    pub with: String,
    /// Flags that the further word follows: with one of them a command decides, whatever modules say.
    pub with_flags: Vec<String>,
    /// Names of the further word in modules that hold settings.
    pub with_keys: Vec<String>,
    /// Words of the command with which the row does not hold.
    pub unless: Vec<String>,
    /// Flags that are followed by the number.
    pub flags: Vec<String>,
    /// Variables that hold the number where no flag does.
    pub variables: Vec<String>,
    /// Variables that hold further flags.
    pub arguments: Vec<String>,
    /// Globs over the names of modules that hold settings.
    pub modules: Vec<String>,
    /// The key beside the number in such modules that holds the path of what is run.
    pub program: String,
    /// Calls with their module (`uvicorn.run`) that start processes.
    pub calls: Vec<String>,
    /// Methods of what those calls make that say the number too.
    pub methods: Vec<String>,
    /// Names of the number in modules and calls.
    pub keys: Vec<String>,
    /// Whose programs it runs; any when missing.
    pub ecosystem: Option<Ecosystem>,
    pub default: String,
    /// `processes` multiplies pools; anything else does not.
    pub means: String,
    pub source: String,
    pub note: String,
}

/// One file of `rules/errors/`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ErrorsFile {
    #[serde(rename = "error")]
    pub errors: Vec<ErrorText>,
}

/// A run-time error, as logs show it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ErrorText {
    pub id: String,
    /// Texts that tell it, in any case; `*` stands for anything on the way. They begin and end at words.
    pub patterns: Vec<String>,
    /// Kinds of servers that it speaks of; empty where it may be any.
    pub families: Vec<String>,
    /// What has happened, in one or two sentences.
    pub means: String,
    /// What to do about it.
    pub action: String,
    /// The rules that find its causes, the likeliest first.
    pub rules: Vec<String>,
    /// Where it is documented.
    pub source: String,
}
