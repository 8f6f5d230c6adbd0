//! The settings of a project: one struct, every key checked, each with the place that it was written in.
//!
//! Knows no language and no rule's logic; the known rule ids are handed in.

mod check;
mod de;
mod error;
mod files;
mod listing;
mod schema;
mod tree;

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;

use globset::{GlobSet, GlobSetBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::Own;
use crate::catalog::schema::{PackageFile, Platform};
use crate::catalog::servers::LimitsFile;
use crate::finding::Severity;

pub use check::homes;
pub use error::{ConfigError, nearest};
pub use files::{Choice, Written, may_hold, table};
pub use listing::{Row, rows};
pub use schema::schema;
pub use tree::{Data, Member, Place, Tree};

/// Settings of connlint: all of `connlint.toml`, or one table of `pyproject.toml`, `Cargo.toml` or `package.json`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "connlint")]
pub struct Config {
    /// Another file whose settings hold where this one says nothing; relative to this file.
    pub extends: Option<String>,
    pub lint: Lint,
    /// What holds for some files only; later ones win over earlier ones.
    pub overrides: Vec<Override>,
    /// Files and directories that are left out, in the notation of `.gitignore`, from the root.
    pub exclude: Vec<String>,
    /// Report findings of lower confidence too.
    pub pedantic: bool,
    /// The file of accepted findings, from this file's directory.
    pub baseline: Option<String>,
    /// Database servers by name: what the plan or the server allows.
    pub server: BTreeMap<String, Server>,
    pub platform: PlatformSettings,
    /// The module where clients are to be built, by client or service:
    /// `postgres = "src/lib/db.ts"`. Switches `client-outside-home` on.
    pub home: BTreeMap<String, Home>,
    /// Own clients and wrappers, in the form of the catalogue's files.
    #[serde(skip_serializing)]
    pub catalog: Vec<PackageFile>,
    /// Own frameworks: what their calls, decorators, base classes and files run, and how often.
    #[serde(skip_serializing)]
    pub frameworks: Vec<PackageFile>,
    /// Own servers and plans: what they allow, and the hosts that they are known by.
    #[serde(skip_serializing)]
    pub limits: LimitsFile,
}

/// Which rules are reported, and how gravely.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Lint {
    /// Only these rules; all when empty.
    #[schemars(with = "Vec<schema::RuleId>")]
    pub select: Vec<String>,
    /// Not these rules.
    #[schemars(with = "Vec<schema::RuleId>")]
    pub ignore: Vec<String>,
    #[schemars(with = "schema::Severities")]
    pub severity: BTreeMap<String, Level>,
}

/// Settings for the files that the patterns fit.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Override {
    /// In the notation of `.gitignore`, from the folder of the settings file.
    pub paths: Vec<String>,
    /// Only these rules, whatever `lint.select` says; as elsewhere when empty.
    #[schemars(with = "Vec<schema::RuleId>")]
    pub select: Vec<String>,
    /// Not these rules either.
    #[schemars(with = "Vec<schema::RuleId>")]
    pub ignore: Vec<String>,
    #[schemars(with = "schema::Severities")]
    pub severity: BTreeMap<String, Level>,
}

/// A severity as users write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Error,
    Warning,
    Note,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Note,
        }
    }
}

/// A database server that the project's clients connect to.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Server {
    /// Service and plan, as `supabase nano`; `connlint explain pool-over-budget` lists them.
    pub plan: Option<String>,
    /// Wins over what the plan says.
    pub max_connections: Option<NonZeroU32>,
    /// The kind of server, as `postgres` or `redis`, where the project has several; a plan says its own.
    pub family: Option<String>,
}

/// Where and how many times the program runs.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlatformSettings {
    /// What the program runs on; read from the project where it says so.
    pub kind: Option<Platform>,
    /// Copies of the program: machines, containers, concurrent functions.
    pub instances: Option<NonZeroU32>,
    /// Processes of one copy.
    pub workers: Option<NonZeroU32>,
    /// What the server allows, where there is only one: as `max-connections` of a server.
    pub max_connections: Option<NonZeroU32>,
}

/// Files, folders or patterns, from the folder of the settings file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(untagged, expecting = "expected a path or a list of paths")]
pub enum Home {
    One(String),
    Several(Vec<String>),
}

impl Home {
    pub fn modules(&self) -> &[String] {
        match self {
            Home::One(module) => std::slice::from_ref(module),
            Home::Several(modules) => modules,
        }
    }
}

/// What a home's path stands for: the file, all below the folder, or what the pattern fits.
pub fn home_pattern(module: &str) -> Result<GlobSet, globset::Error> {
    let glob = |text: &str| globset::GlobBuilder::new(text).literal_separator(true).build();
    GlobSetBuilder::new().add(glob(module)?).add(glob(&format!("{module}/**"))?).build()
}

impl Config {
    /// The settings of a text that is read as the file `shown`.
    pub fn parse(text: &str, shown: &str, rules: &[&str]) -> Result<Self, ConfigError> {
        let tree = files::table(text, Path::new(shown), shown)?.unwrap_or_else(Tree::empty);
        Self::of(&tree, rules)
    }

    /// The settings that a tree says; every name in it is checked.
    pub fn of(tree: &Tree, rules: &[&str]) -> Result<Self, ConfigError> {
        let config = Config::deserialize(tree).map_err(|fault| ConfigError::fault(&fault, ""))?;
        check::check(&config, tree, rules)?;
        Ok(config)
    }

    /// Rewrites the paths of homes, as to count from another folder.
    pub fn homes_from(&mut self, rewrite: impl Fn(&str) -> String) {
        for home in self.home.values_mut() {
            *home = Home::Several(home.modules().iter().map(|module| rewrite(module)).collect());
        }
    }

    /// All keys that have a default, at their defaults.
    pub fn defaults() -> Tree {
        Tree::default_of(serde_json::to_value(Config::default()).unwrap_or_default())
    }

    /// The user's own data.
    pub fn own(&self) -> Own {
        let packages = self.catalog.iter().chain(&self.frameworks).cloned().collect();
        Own { packages, limits: self.limits.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &[&str] = &["client-per-request", "client-in-loop"];

    fn error(text: &str) -> String {
        Config::parse(text, "connlint.toml", RULES).unwrap_err().to_string()
    }

    #[test]
    fn all_tables_are_read() {
        let text = r#"
            exclude = ["legacy/"]
            [lint]
            ignore = ["client-in-loop"]
            severity = { client-per-request = "warning" }
            [server.main]
            max-connections = 60
            [platform]
            kind = "serverless"
            [home]
            postgres = "src/db.ts"
            [[catalog]]
            package = "our-db"
            ecosystem = "npm"
        "#;
        let config = Config::parse(text, "connlint.toml", RULES).unwrap();
        assert_eq!(config.server["main"].max_connections, NonZeroU32::new(60));
        assert_eq!(config.home["postgres"].modules(), ["src/db.ts"]);
        assert_eq!(config.catalog[0].package, "our-db");
    }

    fn error_in(file: &str, text: &str) -> String {
        Config::parse(text, file, RULES).unwrap_err().to_string()
    }

    #[test]
    fn every_form_of_file_tells_places_and_hints() {
        let message = "unknown field `pedntic`";
        for (file, text, place) in [
            ("connlint.toml", "\npedntic = true\n", "connlint.toml:2:1"),
            ("pyproject.toml", "[tool.connlint]\npedntic = true\n", "pyproject.toml:2:1"),
            ("Cargo.toml", "[workspace.metadata.connlint]\npedntic = 1\n", "Cargo.toml:2:1"),
            ("Cargo.toml", "[package.metadata.connlint]\n pedntic = 1\n", "Cargo.toml:2:2"),
            ("package.json", "{\n  \"connlint\": { \"pedntic\": true } }\n", "package.json:2:17"),
        ] {
            let error = error_in(file, text);
            assert!(error.starts_with(&format!("{place}: {message}")), "{error}");
            assert!(error.ends_with("did you mean `pedantic`?"), "{error}");
        }
    }

    #[test]
    fn values_of_a_wrong_type_have_their_place() {
        let error = error_in("package.json", "{ \"connlint\": { \"pedantic\": \"yes\" } }");
        assert_eq!(error, "package.json:1:29: expected `true` or `false`, found a string");
        for (text, message) in [
            ("lint = 3", "1:8: expected a table, found `3`"),
            ("exclude = \"src\"", "1:11: expected a list, found a string"),
            ("[platform]\nworkers = 0", "2:11: expected a whole number from 1 on, found `0`"),
            ("[platform]\nworkers = \"4\"", "2:11: expected a whole number from 1 on, found a string"),
            ("[server.main]\nmax-connections = 1.5", "2:19: expected a whole number from 1 on, found `1.5`"),
            ("baseline = []", "1:12: expected a string, found a list"),
        ] {
            assert_eq!(error_in("c.toml", text), format!("c.toml:{message}"));
        }
        assert!(
            error_in("c.toml", "[lint]\nseverity = { client-in-loop = \"off\" }\n")
                .ends_with("; rules that `ignore` lists are off")
        );
        assert_eq!(error_in("c.toml", "[home]\npostgres = 3\n"), "c.toml:2:12: expected a path or a list of paths");
        assert!(
            error_in("c.toml", "[lint]\nseverity = { client-in-loop = \"warn\" }\n")
                .contains("did you mean `warning`?")
        );
    }

    #[test]
    fn plans_services_and_tables_are_checked() {
        let error = error_in("c.toml", "[server.main]\nplan = \"supabase nan\"\n");
        assert!(error.starts_with("c.toml:2:8: unknown plan of `server.main`: `supabase nan`"), "{error}");
        assert!(error.ends_with("did you mean `supabase nano`?"), "{error}");
        let error = error_in("c.toml", "[home]\npostgrs = \"db.ts\"\n");
        assert!(
            error.starts_with("c.toml:2:1: unknown client or service `postgrs`; did you mean `postgres`?"),
            "{error}"
        );
        let error =
            error_in("c.toml", "[[catalog]]\npackage = \"a\"\n[[catalog.make]]\ncalls = [\"f\"]\ngives = \"Nope\"\n");
        assert_eq!(error, "c.toml:2:11: a: `Nope` names a type that no data file has");
        assert!(
            error_in("c.toml", "[[overrides]]\nignore = []\n").starts_with("c.toml:1:1: an override needs `paths`")
        );
    }

    #[test]
    fn manifests_without_a_table_say_nothing() {
        for (file, text) in [("package.json", "{ broken"), ("pyproject.toml", "[tool.ruff]\n"), ("Cargo.toml", "[[[")] {
            assert!(files::table(text, Path::new(file), file).unwrap().is_none(), "{file}");
        }
    }

    #[test]
    fn unknown_keys_are_errors_with_place_and_hint() {
        let message = error("[lint]\nselct = []\n");
        assert!(message.starts_with("connlint.toml:2:1: "), "{message}");
        assert!(message.contains("did you mean `select`?"), "{message}");
    }

    #[test]
    fn unknown_rules_are_errors_with_place_and_hint() {
        let message = error("[lint]\nignore = [\"client-in-lop\"]\n");
        assert!(message.starts_with("connlint.toml:2:11: "), "{message}");
        assert!(message.contains("did you mean `client-in-loop`?"), "{message}");
    }

    #[test]
    fn broken_toml_is_an_error_with_its_place() {
        assert!(error("[lint\n").starts_with("connlint.toml:1:"));
    }
}
