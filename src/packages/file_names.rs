//! What frameworks call files by: a helper by the name of its file, a service as a global.
//!
//! Knows no framework by name: rows say where such files are.

use rustc_hash::FxHashMap;

use crate::catalog::Catalog;
use crate::packages::manifests::Manifests;
use crate::packages::unit::Unit;
use crate::source::globs::Globs;

/// By the folder of a package and the whole name, the file and the member of its export that is meant.
pub type FileNames<'a> = FxHashMap<String, FxHashMap<String, (u32, &'a str)>>;

pub fn file_names<'a>(units: &[Unit], catalog: &'a Catalog, manifests: &Manifests) -> FileNames<'a> {
    let mut found = FileNames::default();
    for file in catalog.files.iter().filter(|file| !file.file_names.is_empty()) {
        for folder in manifests.listing("npm", &file.dependencies) {
            let names = found.entry(folder.clone()).or_default();
            for row in &file.file_names {
                let globs = Globs::new(&row.globs);
                for (at, unit) in units.iter().enumerate() {
                    let Some(inner) = unit.path.strip_prefix(&folder) else { continue };
                    let inner = inner.trim_start_matches('/');
                    let name = row.globs.iter().find_map(|glob| name_of(glob, inner)).filter(|_| globs.fit(inner));
                    let whole =
                        name.map(|name| if row.path.is_empty() { name } else { format!("{}.{name}", row.path) });
                    names.extend(whole.map(|name| (name, (at as u32, row.export.as_str()))));
                }
            }
        }
    }
    found
}

/// `mail.sendOne` of `api/helpers/mail/send-one.js`, where the stars of the pattern begin after `api/helpers`.
pub fn name_of(glob: &str, path: &str) -> Option<String> {
    let fixed = glob.split('*').next()?;
    let rest = path.strip_prefix(fixed)?;
    let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
    Some(stem.split('/').map(camel).collect::<Vec<_>>().join("."))
}

/// `useDbConnection` of `server/utils/use-db-connection.ts`; a file that stands for its folder has the folder's name.
pub fn called_after(path: &str) -> String {
    let whole = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    let whole = whole.strip_suffix("/index").unwrap_or(whole);
    camel(whole.rsplit_once('/').map_or(whole, |(_, name)| name))
}

fn camel(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_string();
    words.fold(first, |mut whole, word| {
        let mut letters = word.chars();
        whole.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        whole + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::{called_after, name_of};

    #[test]
    fn a_default_export_is_called_after_its_file() {
        assert_eq!(called_after("server/utils/use-db-connection.ts"), "useDbConnection");
        assert_eq!(called_after("composables/useChat/index.js"), "useChat");
    }

    #[test]
    fn stars_stand_for_the_name() {
        assert_eq!(
            name_of("api/helpers/**/*.{js,ts}", "api/helpers/mail/send-one.js").as_deref(),
            Some("mail.sendOne")
        );
        assert_eq!(name_of("api/services/*.js", "api/services/MailService.js").as_deref(), Some("MailService"));
        assert_eq!(name_of("api/services/*.js", "src/x.js"), None);
    }
}
