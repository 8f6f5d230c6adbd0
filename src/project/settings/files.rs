//! The project's settings files, as entries with their places.
//!
//! Environment files, data sources, commands of containers and process managers. Knows no library by
//! name; what a key means is for those who ask.

use crate::facts::Literal;
use crate::facts::settings::{Settings, SettingsKind};
use crate::finding::Place;
use crate::frontend::settings::{lower_settings, settings_kind};
use crate::project::modules::parent;
use crate::source::{FileId, FileKind, SourceFile};

struct One {
    id: FileId,
    path: String,
    settings: Settings,
}

/// All settings files that can say something about pools.
pub struct Files {
    all: Vec<One>,
}

/// A value of a settings file.
pub struct Entry<'f> {
    pub text: &'f str,
    pub key: &'f str,
    pub place: Place,
    pub path: &'f str,
    /// An example, not what runs.
    pub sample: bool,
}

impl Files {
    pub fn read(files: &[SourceFile]) -> Self {
        let all =
            files.iter().enumerate().filter(|(_, file)| file.kind == FileKind::Settings).filter_map(|(id, file)| {
                let kind = settings_kind(&file.path)?;
                use SettingsKind::*;
                let settings = matches!(kind, Env | Prisma | Compose | Dockerfile | Procfile)
                    .then(|| lower_settings(&file.path, &file.text).ok())??;
                Some(One { id: FileId(id as u32), path: file.path.clone(), settings })
            });
        Files { all: all.collect() }
    }

    /// What the environment holds under a name, as seen from a path: real files before samples, near
    /// ones before far ones.
    pub fn variable(&self, name: &str, from: &str) -> Option<Entry<'_>> {
        let env =
            self.all.iter().filter(|one| one.settings.kind == SettingsKind::Env && is_above(parent(&one.path), from));
        let found = env.filter_map(|one| entry(one, one.settings.entry(name)?));
        found.min_by_key(|entry| (entry.sample, usize::MAX - entry.path.matches('/').count(), entry.path.to_string()))
    }

    /// Data sources of schemas around or beside a path, with the variable or text of their URL.
    pub fn sources(&self) -> impl Iterator<Item = Entry<'_>> {
        let schemas = self.all.iter().filter(|one| one.settings.kind == SettingsKind::Prisma);
        schemas.flat_map(|one| {
            let urls = one
                .settings
                .entries
                .iter()
                .filter(|entry| entry.key.starts_with("datasource.") && entry.key.ends_with(".url"));
            urls.filter_map(move |found| entry(one, found))
        })
    }

    /// The kind of server that a schema names.
    pub fn provider(&self) -> Option<&str> {
        let schemas = self.all.iter().filter(|one| one.settings.kind == SettingsKind::Prisma);
        let mut all = schemas.flat_map(|one| &one.settings.entries);
        all.find(|entry| entry.key.starts_with("datasource.") && entry.key.ends_with(".provider")).and_then(|entry| {
            match &entry.value {
                Literal::Str(text) => Some(text.as_str()),
                _ => None,
            }
        })
    }

    /// Commands that start processes, with the folder that they stand in.
    pub fn commands(&self) -> impl Iterator<Item = Entry<'_>> {
        self.all.iter().flat_map(|one| {
            let command = move |key: &str| match one.settings.kind {
                SettingsKind::Procfile => true,
                SettingsKind::Dockerfile => matches!(key, "CMD" | "ENTRYPOINT"),
                SettingsKind::Compose => key.ends_with(".command") || key.ends_with(".entrypoint"),
                _ => false,
            };
            let found = one.settings.entries.iter().filter(move |entry| command(&entry.key));
            found.filter_map(move |found| entry(one, found))
        })
    }
}

fn entry<'f>(one: &'f One, found: &'f crate::facts::settings::Entry) -> Option<Entry<'f>> {
    let Literal::Str(text) = &found.value else { return None };
    let name = one.path.rsplit('/').next().unwrap_or_default();
    let sample = ["example", "sample", "template", "dist", "test"].iter().any(|word| name.contains(word));
    Some(Entry { text, key: &found.key, place: Place { file: one.id, span: found.span }, path: &one.path, sample })
}

/// The folder holds the path, or is beside a folder on its way.
pub fn is_above(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.starts_with(&format!("{folder}/"))
}
