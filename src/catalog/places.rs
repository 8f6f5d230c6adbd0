//! The form of `rules/settings`: which files are settings, and where they say what runs how often.
//!
//! Plain serde structures; unknown keys are errors. Keys are paths with dots, as settings files are
//! lowered; `*` stands for any one part.

use serde::{Deserialize, Serialize};

/// One file of `rules/settings/`.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PlacesFile {
    /// Globs over a file's name, or over the name with its folder's.
    pub files: Vec<String>,
    #[serde(rename = "workload")]
    pub workloads: Vec<WorkloadRow>,
}

/// Where a settings file tells of a program that runs.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct WorkloadRow {
    /// Globs over the file's name.
    pub files: Vec<String>,
    /// The parts of the file that are one program each; without it, each document.
    pub each: Vec<String>,
    /// `kind=Deployment|StatefulSet`: the key has one of the values. All must hold.
    pub when: Vec<String>,
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
    /// How many processes of it one instance runs.
    pub processes: Vec<String>,
    /// How many instances of it run.
    pub instances: Vec<String>,
    /// Says the instances of another workload of that name.
    pub scales: bool,
}
