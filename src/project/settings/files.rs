//! The project's settings files, as entries with their places.
//!
//! Environment files, data sources, commands of containers and process managers. Knows no library by
//! name; what a key means is for those who ask.

use super::workloads::{Workload, covers, workloads};
use crate::catalog::Catalog;
use crate::facts::Literal;
use crate::facts::settings::{self, Settings, SettingsKind};
use crate::finding::Place;
use crate::frontend::settings::{lower_settings, settings_kind};
use crate::project::modules::parent;
use crate::source::{FileId, FileKind, SourceFile};

pub(super) struct One {
    pub id: FileId,
    pub path: String,
    pub settings: Settings,
}

/// Where schema files hold a server's address, by the ending of their names.
struct Schema {
    ending: String,
    address: String,
    family: String,
}

/// All settings files that can say something about pools.
pub struct Files {
    all: Vec<One>,
    schemas: Vec<Schema>,
    pub workloads: Vec<Workload>,
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
    pub fn read(files: &[SourceFile], catalog: &Catalog) -> Self {
        let packages = catalog.files.iter().filter(|package| !package.schema_address.is_empty());
        let schemas: Vec<Schema> = packages
            .map(|package| Schema {
                ending: package.generated_by.clone(),
                address: package.schema_address.clone(),
                family: package.schema_family.clone(),
            })
            .collect();
        let wanted = |path: &str| {
            settings_kind(path) == Some(SettingsKind::Env)
                || schemas.iter().any(|schema| path.ends_with(&schema.ending))
                || covers(catalog, path)
        };
        let settings = files.iter().enumerate().filter(|(_, file)| file.kind == FileKind::Settings);
        let read = settings.filter(|(_, file)| wanted(&file.path)).filter_map(|(id, file)| {
            let settings = lower_settings(&file.path, &file.text).ok()?;
            Some(One { id: FileId(id as u32), path: file.path.clone(), settings })
        });
        let all: Vec<One> = read.collect();
        let workloads = workloads(catalog, &all);
        Files { all, schemas, workloads }
    }

    /// What the environment holds under a name, as seen from a path: real files before samples, near
    /// ones before far ones.
    pub fn variable(&self, name: &str, from: &str) -> Option<Entry<'_>> {
        let env =
            self.all.iter().filter(|one| one.settings.kind == SettingsKind::Env && is_above(parent(&one.path), from));
        let found = env.filter_map(|one| entry(one, one.settings.entry(name)?));
        found.min_by_key(|entry| (entry.sample, usize::MAX - entry.path.matches('/').count(), entry.path.to_string()))
    }

    /// Data sources of schemas, with the variable or text of their URL.
    pub fn sources(&self) -> impl Iterator<Item = Entry<'_>> {
        self.in_schemas(|schema| &schema.address).filter_map(|(one, found)| entry(one, found))
    }

    /// The kind of server that a schema names.
    pub fn provider(&self) -> Option<&str> {
        self.in_schemas(|schema| &schema.family).find_map(|(_, found)| text(found))
    }

    fn in_schemas<'s>(
        &'s self,
        key: impl Fn(&'s Schema) -> &'s str + Copy + 's,
    ) -> impl Iterator<Item = (&'s One, &'s settings::Entry)> {
        self.schemas.iter().flat_map(move |schema| {
            let files = self.all.iter().filter(move |one| one.path.ends_with(&schema.ending));
            files.flat_map(move |one| {
                let own = one.settings.entries.iter().filter(move |found| fits(key(schema), &found.key));
                own.map(move |found| (one, found))
            })
        })
    }
}

fn entry<'f>(one: &'f One, found: &'f settings::Entry) -> Option<Entry<'f>> {
    let place = Place { file: one.id, span: found.span };
    Some(Entry { text: text(found)?, key: &found.key, place, path: &one.path, sample: is_sample(&one.path) })
}

pub(super) fn text(found: &settings::Entry) -> Option<&str> {
    match &found.value {
        Literal::Str(text) => Some(text),
        _ => None,
    }
}

/// An example file, by its name.
fn is_sample(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    ["example", "sample", "template", "dist", "test"].iter().any(|word| name.contains(word))
}

/// `*` stands for any one part of a key with dots; both must have as many parts.
pub(super) fn fits(pattern: &str, key: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('.'), key.split('.'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(left), Some(right)) if left == right => {}
            _ => return false,
        }
    }
}

/// The folder holds the path, or is beside a folder on its way.
pub fn is_above(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.starts_with(&format!("{folder}/"))
}
