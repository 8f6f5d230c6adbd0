//! Functions that settings files name: `handler: src/users.create`.
//!
//! Reads entries by the rows of `rules/settings`. Knows no platform by name, and not which function is meant.

use super::files::One;
use super::workloads::{Part, Said, fits_name, parts};
use crate::catalog::Catalog;
use crate::catalog::places::EntryRow;
use crate::catalog::schema::Run;
use crate::finding::Place;
use crate::frontend::settings::lower_settings;
use crate::packages::paths::{join, parent};
use crate::source::{FileId, FileKind, SourceFile};

/// A function by its name, and what runs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// A path without ending, a dot, and the exported name.
    pub text: String,
    /// What the path is relative to, from the project's root.
    pub folder: String,
    pub place: Place,
    pub run: Run,
    /// What else is known of the function may say more of when it runs.
    pub presumed: bool,
    pub label: String,
    /// The methods of a class that run so; none where the function itself does.
    pub methods: Vec<String>,
}

/// All functions that settings files name.
pub fn named(files: &[SourceFile], catalog: &Catalog) -> Vec<Named> {
    let mut found = Vec::new();
    let settings = files.iter().enumerate().filter(|(_, file)| file.kind == FileKind::Settings);
    for (id, file) in settings {
        let rows: Vec<&EntryRow> = rows(catalog).filter(|row| reads(row, &file.path)).collect();
        if rows.is_empty() {
            continue;
        }
        let Ok(settings) = lower_settings(&file.path, &file.text) else { continue };
        let one = One { id: FileId(id as u32), path: file.path.clone(), settings };
        for row in rows {
            let fitting = parts(&row.each, &one).into_iter().filter(|part| part.holds(&row.when) && has(part, row));
            let new: Vec<Named> = fitting.filter_map(|part| name(&one, &part, row)).collect();
            found.extend(
                new.into_iter()
                    .filter(|one| !found.iter().any(|known: &Named| known.place == one.place))
                    .collect::<Vec<_>>(),
            );
        }
    }
    found
}

fn rows(catalog: &Catalog) -> impl Iterator<Item = &EntryRow> {
    catalog.places.iter().flat_map(|file| &file.entries)
}

fn reads(row: &EntryRow, path: &str) -> bool {
    row.files.iter().any(|glob| fits_name(glob, path))
}

fn has(part: &Part, row: &EntryRow) -> bool {
    row.has.is_empty() || row.has.iter().any(|key| part.has(key))
}

fn name(one: &One, part: &Part, row: &EntryRow) -> Option<Named> {
    let said = part.texts(&row.handler).into_iter().next()?;
    let within = part.texts(&row.within).into_iter().next();
    let text = within.map_or(said.text.clone(), |module| format!("{}.{}", module.text, said.text));
    let whole = parts(&[], one);
    let from = part.texts(&row.folder).into_iter().chain(whole.iter().flat_map(|whole| whole.texts(&row.folder)));
    let beside = parent(&one.path);
    let inner = from.map(|Said { text, .. }| text).next();
    let folder = inner.and_then(|inner| join(beside, &format!("./{inner}"))).unwrap_or_else(|| beside.to_string());
    let (run, presumed, label) = (row.run, row.presumed, row.label.clone());
    Some(Named { text, folder, place: said.place, run, presumed, label, methods: Vec::new() })
}
