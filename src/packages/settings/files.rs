//! The project's settings files, as entries with their places.
//!
//! Environment files, data sources, commands of containers and process managers. Knows no library by
//! name; what a key means is for those who ask.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::expand::expand;
use super::expand::variable_of;
use super::workloads::{Order, Said, Workload, covers, orders, workloads};
use crate::catalog::Catalog;
use crate::catalog::schema::PackageFile;
use crate::facts::settings;
use crate::facts::settings::{Settings, SettingsKind};
use crate::finding::Place;
use crate::frontend::settings::{lower_settings, settings_kind};
use crate::packages::manifests::Manifests;
use crate::packages::paths::{is_above, parent};
use crate::source::{FileId, FileKind, SourceFile};

pub(crate) struct One {
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
    /// The environment files that have a name, in order, as indices into `all`.
    environments: FxHashMap<String, Vec<usize>>,
    schemas: Vec<Schema>,
    pub workloads: Vec<Workload>,
    pub orders: Vec<Order>,
    /// Folders of the project's packages.
    homes: Vec<String>,
}

/// A value of a settings file, with the variables in it replaced as far as they are known.
pub struct Entry {
    pub text: String,
    pub place: Place,
    /// An example, not what runs.
    pub sample: bool,
}

impl Files {
    pub fn read(files: &[SourceFile], catalog: &Catalog, manifests: &Manifests) -> Self {
        let packages = catalog.files.iter().filter(|package| !package.schema_address.is_empty());
        let schemas: Vec<Schema> = packages
            .map(|package| Schema {
                ending: package.generated_by.clone(),
                address: package.schema_address.clone(),
                family: package.schema_family.clone(),
            })
            .collect();
        let wanted = |path: &str| {
            matches!(settings_kind(path), Some(SettingsKind::Env | SettingsKind::Shell))
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
        let homes = manifests.packages.iter().map(|package| package.folder.clone()).collect();
        let orders = orders(catalog, &all);
        Files { environments: by_name(&all), all, schemas, workloads, orders, homes }
    }

    /// What the environment holds under a name, as seen from a path: environment files before what
    /// programs are started with, samples last, near ones before far ones.
    pub fn variable(&self, name: &str, from: &str) -> Option<Entry> {
        match self.environment(name, from) {
            Some(real) if !real.sample => Some(real),
            sample => self.of_workloads(name, from).or(sample),
        }
    }

    /// What environment files hold under a name.
    pub fn environment(&self, name: &str, from: &str) -> Option<Entry> {
        self.in_environment(name, from, &[])
    }

    fn in_environment(&self, name: &str, from: &str, above: &[&str]) -> Option<Entry> {
        let env = self.environments.get(name).into_iter().flatten().map(|at| &self.all[*at]);
        let env = env.filter(|one| is_above(parent(&one.path), from) && !self.is_anothers(one, from));
        let found = env.filter_map(|one| Some((one, one.settings.entry(name)?)));
        let rank = |one: &One| (is_sample(&one.path), usize::MAX - one.path.matches('/').count(), one.path.clone());
        let (one, own) = found.min_by_key(|(one, _)| rank(one))?;
        let inner = |wanted: &str| {
            let above = [above, &[name]].concat();
            (!above.contains(&wanted)).then(|| self.in_environment(wanted, &one.path, &above))?
        };
        let text = expand(own.text()?, &|name| inner(name).map(|entry| entry.text));
        Some(Entry { text, place: Place { file: one.id, span: own.span }, sample: is_sample(&one.path) })
    }

    /// `.env.server` above a package in a folder `server` is that package's alone.
    fn is_anothers(&self, one: &One, from: &str) -> bool {
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_string();
        let file = name(&one.path);
        let Some(whose) = file.strip_prefix(".env.") else { return false };
        let mut homes =
            self.homes.iter().filter(|home| name(home) == whose && is_above(parent(&one.path), home)).peekable();
        homes.peek().is_some() && !homes.any(|home| is_above(home, from))
    }

    /// What the programs near a path are started with, those of a developer's machine last; of several numbers
    /// the largest.
    fn of_workloads(&self, name: &str, from: &str) -> Option<Entry> {
        let said = self.workloads.iter().filter(|one| one.variable(name).is_some());
        let near = said.filter_map(|one| Some((self.distance(one, from)?, one)));
        let own =
            |(distance, one): (usize, &Workload)| Some(((one.is_local, distance), self.started_with(one, name, from)?));
        let found: Vec<((bool, usize), Entry)> = near.filter_map(own).collect();
        let nearest = found.iter().map(|(rank, _)| *rank).min()?;
        let mut best: Option<Entry> = None;
        for (_, entry) in found.into_iter().filter(|(rank, _)| *rank == nearest) {
            if best.as_ref().is_none_or(|known| number(&entry.text) > number(&known.text)) {
                best = Some(entry);
            }
        }
        best
    }

    /// The text of a workload's own variable; `None` while it refers to what is not known.
    pub fn started_with(&self, one: &Workload, name: &str, from: &str) -> Option<Entry> {
        let Said { text, place } = one.variable(name)?;
        let inner = |other: &str| {
            let own = one.variable(other).filter(|_| other != name).map(|said| said.text.clone());
            own.or_else(|| self.environment(other, from).filter(|entry| !entry.sample).map(|entry| entry.text))
        };
        let text = expand(text, &inner);
        (!text.starts_with('$')).then_some(Entry { text, place: *place, sample: false })
    }

    /// Whether the workload may run what is at the path.
    pub fn runs(&self, one: &Workload, path: &str) -> bool {
        self.distance(one, path).is_some()
    }

    /// Folders between a path and the workload that runs it; far where they only share a package.
    fn distance(&self, one: &Workload, from: &str) -> Option<usize> {
        if is_above(&one.folder, from) {
            return Some(parent(from).matches('/').count().saturating_sub(one.folder.matches('/').count()));
        }
        let holds = |home: &&String| is_above(home, from);
        let home = self.homes.iter().filter(holds).max_by_key(|home| home.len()).map_or("", String::as_str);
        (home == one.folder || is_above(home, &one.folder)).then_some(FAR)
    }

    /// The command behind a name of the scripts of a manifest in the folder.
    pub fn script(&self, folder: &str, name: &str) -> Option<&str> {
        let own = self.all.iter().filter(|one| parent(&one.path) == folder && one.settings.kind == SettingsKind::Json);
        let key = format!("scripts.{name}");
        own.filter_map(|one| one.settings.entry(&key)?.text()).next()
    }

    /// What the files of platforms in a folder say.
    pub fn platform_texts(&self, folder: &str) -> impl Iterator<Item = &str> {
        let is_platform = |kind: SettingsKind| {
            matches!(kind, SettingsKind::Vercel | SettingsKind::Netlify | SettingsKind::Serverless)
        };
        let own = self.all.iter().filter(move |one| parent(&one.path) == folder && is_platform(one.settings.kind));
        own.flat_map(|one| &one.settings.entries).filter_map(settings::Entry::text)
    }

    /// The address that a platform puts behind a name of the code.
    pub fn binding(&self, name: &str, from: &str) -> Option<Entry> {
        let near = self.workloads.iter().filter(|one| self.runs(one, from));
        let mut all = near.flat_map(|one| &one.bindings).filter(|(known, _)| known == name);
        let (_, said) = all.next()?;
        let text = said.text.replace("{name}", &name.to_ascii_lowercase());
        Some(Entry { text, place: said.place, sample: false })
    }

    /// Whether the place is in a settings file.
    pub fn holds(&self, place: Place) -> bool {
        self.all.iter().any(|one| one.id == place.file)
    }

    /// Whether the place is in an environment file.
    pub fn is_environment(&self, place: Place) -> bool {
        let own = self.all.iter().find(|one| one.id == place.file);
        own.is_some_and(|one| one.settings.kind == SettingsKind::Env)
    }

    /// Data sources of schemas, with the variable or text of their URL.
    pub fn sources(&self) -> impl Iterator<Item = Entry> {
        self.in_schemas(|schema| &schema.address).filter_map(|(one, found)| entry(one, found))
    }

    /// The kind of server that a schema names.
    pub fn provider(&self) -> Option<&str> {
        self.in_schemas(|schema| &schema.family).find_map(|(_, found)| found.text())
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

fn by_name(all: &[One]) -> FxHashMap<String, Vec<usize>> {
    let mut found: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (at, one) in all.iter().enumerate().filter(|(_, one)| one.settings.kind == SettingsKind::Env) {
        for entry in &one.settings.entries {
            let files = found.entry(entry.key.clone()).or_default();
            if files.last() != Some(&at) {
                files.push(at);
            }
        }
    }
    found
}

/// What the schemas of a package name as the address of the clients that it generates: a variable, or a text.
pub fn named_by_schemas(files: &[SourceFile], package: &PackageFile) -> BTreeSet<String> {
    let asked = !package.schema_address.is_empty();
    let schemas = files.iter().filter(|file| asked && file.path.ends_with(&package.generated_by));
    let settings: Vec<Settings> = schemas.filter_map(|file| lower_settings(&file.path, &file.text).ok()).collect();
    let addresses = settings.iter().flat_map(|own| &own.entries).filter(|own| fits(&package.schema_address, &own.key));
    addresses.filter_map(settings::Entry::text).map(|told| variable_of(told).unwrap_or(told).to_string()).collect()
}

/// Farther than any folder that is above.
const FAR: usize = usize::MAX;

fn entry(one: &One, found: &settings::Entry) -> Option<Entry> {
    let place = Place { file: one.id, span: found.span };
    Some(Entry { text: found.text()?.to_string(), place, sample: is_sample(&one.path) })
}

/// Texts that are no number come before all that are.
fn number(text: &str) -> f64 {
    text.trim().parse().unwrap_or(f64::MIN)
}

/// An example file, by its name.
fn is_sample(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    ["example", "sample", "template", "dist", "test"].iter().any(|word| name.contains(word))
}

/// `*` stands for any one part of a key with dots; both must have as many parts.
pub(crate) fn fits(pattern: &str, key: &str) -> bool {
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
