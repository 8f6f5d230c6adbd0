//! The data files themselves: every one has the schema, every name in them exists.
//!
//! Reads what is embedded; knows no code.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::pattern::{CallPattern, parse};
use super::places::PlacesFile;
use super::schema::{Ecosystem, PackageFile};
use super::servers::{ErrorsFile, LimitsFile};
use super::{Catalog, Own, embedded, language};
use crate::facts::Language;

/// The data files below a folder of `rules/`, in the order of their paths.
fn written<T: DeserializeOwned>(folder: &str) -> Vec<T> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(folder);
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().flatten().map(walkdir::DirEntry::into_path);
    let data = files.filter(|path| path.extension().is_some_and(|extension| extension == "toml"));
    data.map(|path: PathBuf| toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn assert_same<T: Serialize>(embedded: &[T], written: &[T]) {
    assert!(!written.is_empty());
    assert_eq!(serde_json::to_value(embedded).unwrap(), serde_json::to_value(written).unwrap());
}

#[test]
fn what_is_embedded_is_what_the_files_say() {
    let mut packages: Vec<PackageFile> = written("catalog");
    packages.extend(written::<PackageFile>("frameworks"));
    let mut embedded = embedded::packages().unwrap();
    for (file, written) in embedded.iter_mut().zip(&packages) {
        // The catalogue's folders say it instead.
        assert!(file.ecosystem.is_some() || written.ecosystem.is_none());
        file.ecosystem = written.ecosystem;
    }
    assert_same(&embedded, &packages);
    assert_same(&embedded::limits().unwrap(), &written::<LimitsFile>("limits"));
    assert_same(&embedded::errors().unwrap(), &written::<ErrorsFile>("errors"));
    assert_same(&embedded::settings().unwrap(), &written::<PlacesFile>("settings"));
}

#[test]
fn every_name_that_a_row_refers_to_exists() {
    assert_eq!(Catalog::load(&Own::default()).err().map(|error| error.to_string()), None);
}

/// The build takes the names of settings files from the data.
#[test]
fn files_that_tell_of_workloads_are_looked_for() {
    let catalog = Catalog::load(&Own::default()).unwrap();
    for file in &catalog.places {
        for name in &file.files {
            let example = name.replace('*', "x");
            let kind = crate::source::kind_of(std::path::Path::new(&example));
            assert_eq!(kind, Some(crate::source::FileKind::Settings), "{name}");
        }
    }
}

#[test]
fn names_of_rows_may_stand_in_any_module_and_others_in_none() {
    let catalog = Catalog::load(&Own::default()).unwrap();
    for file in &catalog.files {
        let bases = file.bases.iter().flat_map(|row| &row.names).map(|name| name.replace('*', "X"));
        let globals = file.ecosystem == Some(Ecosystem::Browser);
        let parsed = file.makes.iter().flat_map(|row| &row.calls).filter_map(|call| parse(call, globals, |_| None));
        let makes = parsed.filter_map(|call| match call {
            CallPattern::Export(name) => Some(name),
            _ => None,
        });
        for name in bases.chain(makes) {
            let last = name.rsplit(['.', ':']).next().unwrap();
            assert!(catalog.may_hold(language(file.ecosystem), "elsewhere", last), "{name} of {}", file.package);
        }
    }
    assert!(!catalog.may_hold(Language::Rust, "elsewhere", "NoRowSpeaksOfThis"));
    assert!(!catalog.may_hold(Language::Python, "elsewhere", "NoRowSpeaksOfThis"));
}
