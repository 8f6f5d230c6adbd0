//! What connlint knows about libraries, frameworks and servers: data, loaded once.
//!
//! The only place where library names occur. Knows no language's syntax and no rule.

pub mod errors;
mod index;
pub mod pattern;
pub mod schema;

pub use index::{Row, RowKind};

use rustc_hash::FxHashMap;
use schema::{Ecosystem, Kind, LimitsFile, PackageFile, Scope, TypeRow};

use crate::facts::Language;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
}

/// Index into [`Catalog::types`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub u32);

/// Index into [`Catalog::files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(pub u32);

/// A type with where it comes from.
#[derive(Debug)]
pub struct TypeInfo {
    pub package: PackageId,
    pub row: TypeRow,
    /// `pg.Pool`: what messages and JSON call it.
    pub display: String,
    pub owns: bool,
    pub scope: Scope,
}

/// All data, indexed by the names that code uses.
pub struct Catalog {
    pub files: Vec<PackageFile>,
    pub types: Vec<TypeInfo>,
    pub limits: Vec<LimitsFile>,
    index: index::Index,
}

/// A data file that cannot be used, with the reason.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{path}: {message}")]
pub struct DataError {
    pub path: String,
    pub message: String,
}

impl Catalog {
    /// The embedded data and the user's own tables.
    pub fn load(own: &[PackageFile]) -> Result<Catalog, DataError> {
        use rayon::prelude::*;
        let parse = |(path, text): &(&str, &str)| parse_package(path, text);
        let mut files: Vec<PackageFile> = embedded::CATALOG.par_iter().map(parse).collect::<Result<_, _>>()?;
        let frameworks: Vec<PackageFile> = embedded::FRAMEWORKS.par_iter().map(parse).collect::<Result<_, _>>()?;
        files.extend(frameworks);
        files.extend(own.iter().cloned());
        let limits = embedded::LIMITS.iter().map(|(path, text)| parse_toml(path, text)).collect::<Result<_, _>>()?;
        Catalog::build(files, limits)
    }

    fn build(mut files: Vec<PackageFile>, limits: Vec<LimitsFile>) -> Result<Catalog, DataError> {
        files.iter_mut().for_each(fill_defaults);
        let types = types_of(&files);
        let index = index::Index::build(&files, &types)?;
        Ok(Catalog { files, types, limits, index })
    }

    pub fn ty(&self, id: TypeId) -> &TypeInfo {
        &self.types[id.0 as usize]
    }

    pub fn package(&self, id: PackageId) -> &PackageFile {
        &self.files[id.0 as usize]
    }
}

fn parse_package(path: &str, text: &str) -> Result<PackageFile, DataError> {
    let mut file: PackageFile = parse_toml(path, text)?;
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let from_folder = match folder {
        "npm" => Some(Ecosystem::Npm),
        "pypi" => Some(Ecosystem::Pypi),
        "crates" => Some(Ecosystem::Crates),
        "browser" => Some(Ecosystem::Browser),
        _ => None,
    };
    file.ecosystem = from_folder.or(file.ecosystem);
    Ok(file)
}

fn parse_toml<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> Result<T, DataError> {
    toml::from_str(text).map_err(|error| DataError { path: path.to_string(), message: error.to_string() })
}

fn fill_defaults(file: &mut PackageFile) {
    if file.modules.is_empty() {
        let rust = file.ecosystem == Some(Ecosystem::Crates);
        file.modules.push(if rust { file.package.replace('-', "_") } else { file.package.clone() });
    }
    if file.dependencies.is_empty() {
        file.dependencies.push(file.package.clone());
    }
    for ty in &mut file.types {
        if ty.symbols.is_empty() {
            ty.symbols.push(ty.name.clone());
        }
    }
}

fn types_of(files: &[PackageFile]) -> Vec<TypeInfo> {
    let mut types = Vec::new();
    for (package, file) in files.iter().enumerate() {
        for row in &file.types {
            let owns = row.owns.unwrap_or(owning_kind(row.kind));
            let scope = row.scope.unwrap_or(if owns { Scope::Process } else { Scope::Any });
            let display = format!("{}.{}", file.package, row.name);
            types.push(TypeInfo { package: PackageId(package as u32), row: row.clone(), display, owns, scope });
        }
    }
    types
}

fn owning_kind(kind: Kind) -> bool {
    use Kind::*;
    matches!(kind, Pool | Connection | LazyClient | OrmClient | HttpClient | Realtime | Broker)
}

/// The language whose code a data file speaks of.
pub fn language(ecosystem: Option<Ecosystem>) -> Language {
    match ecosystem {
        Some(Ecosystem::Pypi) => Language::Python,
        Some(Ecosystem::Crates) => Language::Rust,
        Some(Ecosystem::Npm | Ecosystem::Browser) | None => Language::Script,
    }
}

/// Names of a type as other files write it, to its id.
type TypeNames = FxHashMap<String, TypeId>;

#[cfg(test)]
mod tests;
