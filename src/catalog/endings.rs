//! Where new code goes that ends what a component has opened: parts of the tables of frameworks.
//!
//! Plain data as it is written in the files. Knows no framework.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A function of the package that takes what is to run at the end.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Cleanup {
    /// Its exported name.
    pub call: String,
    /// It is called in the function that starts, not beside it.
    pub inside: bool,
    /// Endings of the files whose set-up code it is for; empty: all.
    pub files: Vec<String>,
    /// The version (major and minor) of the package that has it first.
    pub since: String,
    /// The function that starts is given the like as this parameter, in every version.
    pub parameter: Option<usize>,
}

/// An operator that ends a stream with the component.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Operator {
    pub name: String,
    pub module: String,
    /// The version (major and minor) of the package that has it first.
    pub since: String,
}

/// The method or option in which new code ends what a component has opened.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EndRow {
    pub name: String,
    /// Major versions of the package that have it; 0: no bound.
    pub from: u32,
    pub below: u32,
    /// Packages beside which all versions have it.
    pub both: Vec<String>,
}
