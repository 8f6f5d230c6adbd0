//! What connlint knows about libraries, frameworks and servers: data, loaded once.
//!
//! The only place where library names occur. Knows no language's syntax and no rule.

mod embedded;
mod endings;
pub mod errors;
mod frameworks;
mod index;
pub mod lookup_words;
mod openers;
pub mod pattern;
pub mod places;
pub mod plans;
pub mod schema;
pub mod servers;
pub mod tables;
pub mod words;

pub use index::{Row, RowKind};

use rustc_hash::FxHashMap;
use schema::{ArgKey, Ecosystem, Handover, Kind, Opener, PackageFile, ResultTo, Run, Scope, TypeRow};
use servers::LimitsFile;

use crate::facts::Language;

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

impl TypeInfo {
    /// Callers at the same time may use one.
    pub fn is_shareable(&self) -> bool {
        self.row.shareable.unwrap_or(self.row.kind != schema::Kind::Connection)
    }

    /// One may serve all callers, in whatever thread.
    pub fn is_for_all_threads(&self) -> bool {
        self.is_shareable() && !self.row.one_thread
    }
}

/// All data, indexed by the names that code uses.
pub struct Catalog {
    /// Their types stand in `types`.
    pub files: Vec<PackageFile>,
    pub types: Vec<TypeInfo>,
    pub limits: Vec<LimitsFile>,
    pub places: Vec<places::PlacesFile>,
    index: index::Index,
}

/// What users add to the data.
#[derive(Debug, Clone, Default)]
pub struct Own {
    pub packages: Vec<PackageFile>,
    pub limits: LimitsFile,
}

impl Own {
    pub fn is_empty(&self) -> bool {
        let LimitsFile { families, limits, endpoints, multipliers, poolers } = &self.limits;
        self.packages.is_empty()
            && families.is_empty()
            && limits.is_empty()
            && endpoints.is_empty()
            && multipliers.is_empty()
            && poolers.is_empty()
    }
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
    pub fn load(own: &Own) -> Result<Catalog, DataError> {
        let mut files = embedded::packages()?;
        files.extend(own.packages.iter().cloned());
        let mut limits = embedded::limits()?;
        limits.push(own.limits.clone());
        let places = embedded::settings()?;
        Catalog::build(files, limits, places)
    }

    fn build(
        mut files: Vec<PackageFile>,
        limits: Vec<LimitsFile>,
        places: Vec<places::PlacesFile>,
    ) -> Result<Catalog, DataError> {
        files.iter_mut().for_each(fill_defaults);
        let types = types_of(&mut files);
        let index = index::Index::build(&files, &types)?;
        Ok(Catalog { files, types, limits, places, index })
    }

    pub fn ty(&self, id: TypeId) -> &TypeInfo {
        &self.types[id.0 as usize]
    }

    /// The types of one file.
    pub fn types_of(&self, package: PackageId) -> impl Iterator<Item = &TypeRow> {
        self.types.iter().filter(move |ty| ty.package == package).map(|ty| &ty.row)
    }

    pub fn package(&self, id: PackageId) -> &PackageFile {
        &self.files[id.0 as usize]
    }

    /// The names that settings may call a type by: its service, its package, itself, `pg.Pool`.
    pub fn names<'c>(&'c self, ty: &'c TypeInfo) -> [&'c str; 4] {
        [&ty.row.service, &self.package(ty.package).package, &ty.row.name, &ty.display]
    }

    /// Whether it is a client that settings may call so.
    pub fn is_called(&self, ty: &TypeInfo, name: &str) -> bool {
        ty.owns && !name.is_empty() && self.names(ty).contains(&name)
    }
}

/// What servers and plans allow, as far as connlint itself knows.
pub fn embedded_limits() -> Vec<LimitsFile> {
    embedded::limits().unwrap_or_default()
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
    file.handovers.extend(heard(file));
}

/// What a library's own listeners and subscriptions are given runs on events, and its result goes nowhere: for those of
/// which no other row says when.
fn heard(file: &PackageFile) -> Vec<Handover> {
    let told = |call: &String| file.handovers.iter().any(|row| row.calls.contains(call));
    let of = |opener: &Opener| Handover {
        calls: opener.calls.iter().filter(|call| !call.starts_with('.') && !told(call)).cloned().collect(),
        args: opener.handler.map(ArgKey::Position).into_iter().collect(),
        records: opener.handler.is_none(),
        run: Run::Event,
        result: ResultTo::Nobody,
        label: "event handler".into(),
        ..Handover::default()
    };
    let hears = |opener: &&Opener| matches!(opener.kind, Kind::Subscription | Kind::Listener | Kind::Observer);
    // An event that is named may be one of the beginning or the end: rows of the language tell those apart.
    let all = file.openers.iter().filter(hears).filter(|opener| !opener.presumed && opener.event.is_none()).map(of);
    all.filter(|row| !row.calls.is_empty()).collect()
}

/// Takes the types out of the files.
fn types_of(files: &mut [PackageFile]) -> Vec<TypeInfo> {
    let mut types = Vec::new();
    for (package, file) in files.iter_mut().enumerate() {
        for row in std::mem::take(&mut file.types) {
            let owns = row.owns.unwrap_or(owning_kind(row.kind));
            let scope = row.scope.unwrap_or(if owns { Scope::Process } else { Scope::Any });
            let display = format!("{}.{}", file.package, row.name);
            types.push(TypeInfo { package: PackageId(package as u32), row, display, owns, scope });
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
