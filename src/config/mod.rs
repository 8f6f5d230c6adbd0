//! The settings of `connlint.toml`: one struct, every key checked.
//!
//! Plain data. Knows no language and no rule's logic; the known rule ids are handed in.

mod error;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::catalog::schema::{PackageFile, Platform};
use crate::finding::Severity;

pub use error::{ConfigError, nearest};

/// All of `connlint.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    pub lint: Lint,
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
    /// Own clients, wrappers, entry points, in the form of the catalogue's files.
    pub catalog: Vec<PackageFile>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Lint {
    /// Only these rules; all when empty.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub severity: BTreeMap<String, Level>,
}

/// A severity as users write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Server {
    /// The plan's name in `rules/limits`, as `supabase nano`.
    pub plan: Option<String>,
    /// Wins over what the plan says.
    pub max_connections: Option<u32>,
}

/// Where and how many times the program runs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlatformSettings {
    pub kind: Option<Platform>,
    /// Copies of the program: machines, containers, concurrent functions.
    pub instances: Option<u32>,
    /// Processes of one copy.
    pub workers: Option<u32>,
    pub max_connections: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
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

impl Config {
    /// Reads a file. `shown` is how errors name it.
    pub fn load(path: &Path, shown: &str, rules: &[&str]) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::unreadable(shown, &error))?;
        Self::parse(&text, shown, rules)
    }

    pub fn parse(text: &str, shown: &str, rules: &[&str]) -> Result<Self, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| ConfigError::syntax(text, shown, &error))?;
        match config.unknown_rule(rules) {
            Some(id) => Err(ConfigError::unknown_rule(text, shown, id, rules)),
            None => Ok(config),
        }
    }

    fn unknown_rule(&self, rules: &[&str]) -> Option<&str> {
        let Lint { select, ignore, severity } = &self.lint;
        let mut named = select.iter().chain(ignore).chain(severity.keys()).map(String::as_str);
        named.find(|id| !rules.contains(id))
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
        assert_eq!(config.server["main"].max_connections, Some(60));
        assert_eq!(config.home["postgres"].modules(), ["src/db.ts"]);
        assert_eq!(config.catalog[0].package, "our-db");
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
        assert!(message.starts_with("connlint.toml:2:12: "), "{message}");
        assert!(message.contains("did you mean `client-in-loop`?"), "{message}");
    }

    #[test]
    fn broken_toml_is_an_error_with_its_place() {
        assert!(error("[lint\n").starts_with("connlint.toml:1:"));
    }
}
