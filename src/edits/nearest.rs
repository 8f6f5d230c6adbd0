//! The settings file of a name that is nearest to a file.
//!
//! What it takes over from others is not looked at. Knows no library and no rule.

use crate::facts::Literal;
use crate::frontend::settings::lower_settings;
use crate::packages::paths::parent;
use crate::source::SourceFile;

/// Its entries, each by its name; of a list, each item by the name and its place.
pub(super) fn nearest(files: &[SourceFile], path: &str, name: &str) -> Vec<(String, Literal)> {
    let file = |folder: &str| {
        let named = if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") };
        files.iter().find(|file| file.path == named)
    };
    let folders = std::iter::successors(Some(parent(path)), |folder| (!folder.is_empty()).then(|| parent(folder)));
    let lowered = folders.filter_map(file).next().and_then(|file| lower_settings(&file.path, &file.text).ok());
    lowered.into_iter().flat_map(|settings| settings.entries).map(|entry| (entry.key, entry.value)).collect()
}
