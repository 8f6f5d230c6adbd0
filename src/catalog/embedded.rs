//! The data of `rules/` as the build script has packed it: checked then, decoded here.
//!
//! Knows the packed form and nothing of what the data says.

use serde::de::DeserializeOwned;

use super::DataError;
use super::places::PlacesFile;
use super::schema::PackageFile;
use super::servers::{ErrorsFile, LimitsFile};

macro_rules! embedded {
    ($($(#[$doc:meta])* $name:ident: $kind:ty;)*) => {$(
        $(#[$doc])*
        pub fn $name() -> Result<Vec<$kind>, DataError> {
            unpack(stringify!($name), include_bytes!(concat!(env!("OUT_DIR"), "/", stringify!($name))))
        }
    )*};
}

embedded! {
    /// Libraries, then frameworks.
    packages: PackageFile;
    limits: LimitsFile;
    errors: ErrorsFile;
    /// The kinds of settings files.
    settings: PlacesFile;
}

fn unpack<T: DeserializeOwned>(name: &str, bytes: &[u8]) -> Result<T, DataError> {
    let failed =
        |error: postcard::Error| DataError { path: format!("the program's own {name}"), message: error.to_string() };
    postcard::from_bytes(bytes).map_err(failed)
}
