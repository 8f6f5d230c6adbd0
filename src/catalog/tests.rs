//! The data files themselves: every one has the schema, every name in them exists.
//!
//! Reads what is embedded; knows no code.

use super::places::PlacesFile;
use super::schema::LimitsFile;
use super::{Catalog, Own, embedded, parse_package};

#[test]
fn every_data_file_has_the_schema() {
    let packages = embedded::CATALOG.iter().chain(embedded::FRAMEWORKS);
    let mut errors: Vec<String> =
        packages.filter_map(|(path, text)| parse_package(path, text).err()).map(|e| e.to_string()).collect();
    let limits = embedded::LIMITS
        .iter()
        .filter_map(|(path, text)| toml::from_str::<LimitsFile>(text).err().map(|error| format!("{path}: {error}")));
    errors.extend(limits);
    let places = embedded::SETTINGS
        .iter()
        .filter_map(|(path, text)| toml::from_str::<PlacesFile>(text).err().map(|error| format!("{path}: {error}")));
    errors.extend(places);
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn every_name_that_a_row_refers_to_exists() {
    assert_eq!(Catalog::load(&Own::default()).err().map(|error| error.to_string()), None);
}

/// The build takes the names of settings files from the text of the data.
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
