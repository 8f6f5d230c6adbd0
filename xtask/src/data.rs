//! The data of `rules/`, in the structures of the program itself.
//!
//! Reads files; what they mean to readers is for `docs` to say.

#![allow(dead_code)]

#[path = "../../src/catalog/endings.rs"]
mod endings;
#[path = "../../src/catalog/frameworks.rs"]
mod frameworks;
#[path = "../../src/catalog/openers.rs"]
mod openers;
#[path = "../../src/catalog/schema.rs"]
pub mod schema;
#[path = "../../src/catalog/servers.rs"]
pub mod servers;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::failed;

/// A data file with its name, without the ending.
pub struct Named<T> {
    pub stem: String,
    pub file: T,
}

/// The data files of a folder, in the order of their names.
pub fn read<T: DeserializeOwned>(folder: &Path) -> Result<Vec<Named<T>>, String> {
    let entries = std::fs::read_dir(folder).map_err(failed(folder))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths.iter().map(|path| read_file(path)).collect()
}

fn read_file<T: DeserializeOwned>(path: &Path) -> Result<Named<T>, String> {
    let text = std::fs::read_to_string(path).map_err(failed(path))?;
    let file = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Named { stem, file })
}
