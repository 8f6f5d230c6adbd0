//! What was understood of a project: packages, frameworks, entry points, clients, servers, imports.
//!
//! Plain data for `connlint doctor`, with a reason for each silence. No rule reads it; knows no library
//! by name and no words of a report.

mod clients;
mod imports;
mod unfollowed;

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::Project;
use crate::capacity::budget::pools;
use crate::catalog::PackageId;
use crate::catalog::schema::{Ecosystem, PackageFile};
use crate::facts::Language;
use crate::finding::Place;
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::packages::manifests::Package;
use crate::source::{FileId, LineIndex};

pub use clients::{Built, Reached, Reason};
pub use imports::{Unknown, Unresolved, Why};
pub use unfollowed::Unfollowed;

/// A line of a file. The path is relative to the root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Spot {
    pub path: String,
    pub line: u32,
}

#[derive(Debug, Clone, Serialize)]
pub struct Understood {
    pub files: Files,
    pub deployables: Vec<Deployable>,
    pub frameworks: Vec<Known>,
    /// Packages that build clients.
    pub clients: Vec<Known>,
    pub entries: Vec<Entries>,
    pub built: Vec<Built>,
    pub servers: Vec<Served>,
    /// What is opened and given to something that is not known.
    pub unfollowed: Vec<Unfollowed>,
    pub unresolved: Vec<Unresolved>,
    /// Dependencies that are imported and that the data does not have, most imported first.
    pub unknown: Vec<Unknown>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Files {
    pub product: usize,
    pub tests: usize,
    pub scripts: usize,
    /// Rust files that belong to no target of their package.
    pub unbuilt: usize,
    /// The first of each.
    pub test_example: Option<String>,
    pub script_example: Option<String>,
    pub unbuilt_example: Option<String>,
    pub parsed: usize,
}

/// What is linked as one: a package.
#[derive(Debug, Clone, Serialize)]
pub struct Deployable {
    /// Relative to the root; empty for the root itself.
    pub folder: String,
    pub ecosystem: &'static str,
    pub name: String,
    pub files: usize,
    pub platform: Option<crate::catalog::schema::Platform>,
}

/// A package of the data that is switched on, or a group of them.
#[derive(Debug, Clone, Serialize)]
pub struct Known {
    /// Several are separated by commas.
    pub name: String,
    /// Folders whose manifests list it; empty for the root.
    pub manifests: Vec<String>,
    /// Settings files that say that it is used.
    pub files: Vec<String>,
    /// The first file that imports it.
    pub import: Option<Spot>,
}

/// Entry points of one kind.
#[derive(Debug, Clone, Serialize)]
pub struct Entries {
    pub trigger: Trigger,
    pub count: usize,
    pub examples: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry {
    pub label: String,
    #[serde(flatten)]
    pub spot: Spot,
}

/// A server as the rules about pools take it.
#[derive(Debug, Clone, Serialize)]
pub struct Served {
    pub client: String,
    #[serde(flatten)]
    pub spot: Spot,
    /// What it allows; `None` when that is not known.
    pub allows: Option<String>,
    /// Nothing says which server or plan it is.
    pub presumed: bool,
}

pub fn understood(project: &Project) -> Understood {
    let reader = Reader {
        project,
        lines: std::cell::RefCell::default(),
        imported: std::cell::OnceCell::new(),
        explained: std::cell::RefCell::default(),
    };
    let known = |wanted: fn(&Reader, PackageId) -> bool| {
        let ids = project.program.active.iter().filter(|id| wanted(&reader, **id));
        together(ids.filter_map(|id| reader.known(*id)))
    };
    Understood {
        files: reader.files(),
        deployables: reader.deployables(),
        frameworks: known(|reader, id| {
            let file = reader.project.program.catalog.package(id);
            !reader.builds(id) && !is_always_on(file) && runs(file)
        }),
        clients: known(|reader, id| reader.builds(id)),
        entries: reader.entries(),
        built: reader.built(),
        servers: reader.servers(),
        unfollowed: reader.unfollowed(),
        unresolved: reader.unresolved(),
        unknown: reader.unknown(),
    }
}

/// Whether a package's data say when functions run.
fn runs(file: &PackageFile) -> bool {
    !(file.handovers.is_empty()
        && file.decorators.is_empty()
        && file.bases.is_empty()
        && file.files.is_empty()
        && file.parameters.is_empty()
        && file.components.is_empty()
        && file.dev_reload.is_none())
}

/// Part of the language.
fn is_always_on(file: &PackageFile) -> bool {
    file.dependencies.iter().any(|name| name == "*")
}

struct Reader<'p, 'a> {
    project: &'p Project<'a>,
    /// Line starts of files that were asked for, by index of the file.
    lines: std::cell::RefCell<BTreeMap<usize, LineIndex>>,
    /// Modules that are imported, by package of the data.
    imported: std::cell::OnceCell<FxHashMap<PackageId, BTreeSet<String>>>,
    /// By folder of a package and beginning of a module path: whether some such path leads to a file there.
    explained: std::cell::RefCell<FxHashMap<(String, &'static str), bool>>,
}

/// Examples that one kind of entry point is shown with.
const EXAMPLES: usize = 3;

impl Reader<'_, '_> {
    fn spot(&self, place: Place) -> Spot {
        let at = place.file.index();
        let Some(file) = self.project.inputs.files.get(at) else { return Spot { path: String::new(), line: 0 } };
        let mut lines = self.lines.borrow_mut();
        let line = lines.entry(at).or_insert_with(|| LineIndex::new(&file.text)).line(place.span.start);
        Spot { path: file.path.clone(), line }
    }

    fn files(&self) -> Files {
        let mut files = Files::default();
        for unit in self.project.program.units {
            files.parsed += usize::from(unit.parsed);
            let (count, example) = match unit.class {
                FileClass::Source => (&mut files.product, &mut None),
                FileClass::Test => (&mut files.tests, &mut files.test_example),
                FileClass::Script => (&mut files.scripts, &mut files.script_example),
                FileClass::Unbuilt => (&mut files.unbuilt, &mut files.unbuilt_example),
            };
            *count += 1;
            example.get_or_insert_with(|| unit.path.clone());
        }
        files
    }

    fn deployables(&self) -> Vec<Deployable> {
        let program = &self.project.program;
        let one = |package: &Package| {
            let language = language_of(package.ecosystem);
            let own = |path: &str| {
                let around = program.manifests.packages.iter().filter(|other| {
                    let inside = other.folder.is_empty() || path.starts_with(&format!("{}/", other.folder));
                    inside && language_of(other.ecosystem) == language
                });
                around.map(|other| &other.folder).max_by_key(|folder| folder.len()) == Some(&package.folder)
            };
            let units = program.units.iter().filter(|unit| unit.facts.language == language && own(&unit.path));
            let mut units = units.peekable();
            let platform = units.peek().and_then(|unit| program.platform(&unit.path));
            Deployable {
                folder: package.folder.clone(),
                ecosystem: package.ecosystem,
                name: package.name.clone(),
                files: units.count(),
                platform: self.project.inputs.config.platform.kind.or(platform),
            }
        };
        let mut all: Vec<Deployable> = program.manifests.packages.iter().map(one).collect();
        all.sort_by(|left, right| (&left.folder, left.ecosystem).cmp(&(&right.folder, right.ecosystem)));
        all.dedup_by(|next, first| next.folder == first.folder && next.ecosystem == first.ecosystem);
        all
    }

    fn builds(&self, id: PackageId) -> bool {
        self.project.program.catalog.types.iter().any(|ty| ty.package == id && ty.owns)
    }

    /// Nothing for what is part of the language or the browser, unless it is imported.
    fn known(&self, id: PackageId) -> Option<Known> {
        let program = &self.project.program;
        let file = program.catalog.package(id);
        let always = is_always_on(file) || file.ecosystem == Some(Ecosystem::Browser);
        let manifests = program.manifests.listing(ecosystem_of(file), &file.dependencies);
        let files = file.platform_files.iter().filter(|glob| program.manifests.has_file(glob));
        let files: Vec<String> = files.cloned().collect();
        let import = self.first_import(id);
        let listed = !manifests.is_empty() && !self.is_side_of_another(file) || !files.is_empty();
        if import.is_none() && (always || !listed) {
            return None;
        }
        let name = self.name(id, file)?;
        Some(Known { name, manifests, files, import })
    }

    /// It comes with a package that has data of its own: `redis.asyncio` with `redis`.
    fn is_side_of_another(&self, file: &PackageFile) -> bool {
        let known = |name: &String| {
            let mut all = self.project.program.catalog.files.iter();
            all.any(|other| other.ecosystem == file.ecosystem && other.package == *name)
        };
        !file.dependencies.contains(&file.package) && file.dependencies.iter().all(known)
    }

    /// As imports or manifests name it: data may be about several packages, under a name of their own. Nothing
    /// where none of those is listed that are, and what is imported may belong to another.
    fn name(&self, id: PackageId, file: &PackageFile) -> Option<String> {
        let (manifests, ecosystem) = (&self.project.program.manifests, ecosystem_of(file));
        let imported = self.imported_modules(id, file);
        let lists = |name: &&String| !manifests.listing(ecosystem, std::slice::from_ref(*name)).is_empty();
        let mut listed: Vec<&str> = file.dependencies.iter().filter(lists).map(String::as_str).collect();
        listed.dedup_by_key(|name| name.to_lowercase());
        if imported.iter().any(|module| is_of(module, &file.package)) || listed.contains(&file.package.as_str()) {
            return Some(file.package.clone());
        }
        let others = file.dependencies.len() > 1 && manifests.packages.iter().any(|one| one.ecosystem == ecosystem);
        match (listed.is_empty(), imported.is_empty()) {
            (false, _) => Some(listed.join(", ")),
            (true, _) if others => None,
            (true, true) => Some(file.package.clone()),
            (true, false) => Some(imported.into_iter().collect::<Vec<_>>().join(", ")),
        }
    }

    fn entries(&self) -> Vec<Entries> {
        let graph = &self.project.graph;
        let mut found: BTreeMap<Trigger, Vec<Entry>> = BTreeMap::new();
        // A function may be known by its name and by what stands above it: `#[tokio::main] async fn main`.
        let mut known = BTreeSet::new();
        let roots = graph.roots.iter().map(|root| (root.to, root.trigger, root.place, root.label.clone()));
        let roots =
            roots.filter(|(to, trigger, _, label)| label.is_empty() || known.insert((*to, *trigger, label.clone())));
        let handed = graph.edges.values().flatten().filter_map(|edge| {
            let call = edge.call.map(|call| self.project.program.call(call));
            let label = call.and_then(|call| call.args.first()).and_then(|arg| arg.value.as_str()).unwrap_or_default();
            Some((edge.to, Trigger::of(edge.run)?, edge.place, label.to_string()))
        });
        let units = self.project.program.units.iter();
        let product: BTreeSet<FileId> =
            units.filter(|unit| unit.class == FileClass::Source).map(|unit| unit.source).collect();
        for (to, trigger, place, label) in roots.chain(handed) {
            let spot = self.spot(place);
            if product.contains(&place.file) && trigger != Trigger::Test {
                let label = if label.is_empty() { self.point_name(to) } else { label };
                found.entry(trigger).or_default().push(Entry { label, spot });
            }
        }
        let kind = |(trigger, mut all): (Trigger, Vec<Entry>)| {
            all.sort_by(|left, right| left.spot.cmp(&right.spot).then(left.label.cmp(&right.label)));
            all.dedup_by(|next, first| next.spot == first.spot);
            Entries { trigger, count: all.len(), examples: all.into_iter().take(EXAMPLES).collect() }
        };
        found.into_iter().map(kind).collect()
    }

    fn point_name(&self, point: Point) -> String {
        match point {
            Point::Fn(f) => self.function_name(f),
            Point::Alloc(class) => format!("new {}", self.project.program.class(class).name),
            Point::Site(id) => {
                self.project.program.catalog.ty(self.project.graph.sites[id as usize].ty).display.clone()
            }
        }
    }

    fn servers(&self) -> Vec<Served> {
        let pools = pools(self.project);
        let mut served: Vec<Served> = pools
            .all
            .iter()
            .map(|sized| Served {
                client: self.project.program.catalog.ty(sized.site.ty).display.clone(),
                spot: self.site_spot(&sized.site),
                allows: sized.allowed.as_ref().map(|allowed| allowed.text.clone()),
                presumed: sized.allowed.as_ref().is_some_and(|allowed| allowed.presumed),
            })
            .collect();
        served.sort_by(|left, right| left.spot.cmp(&right.spot));
        served
    }
}

/// Several data files may be about one package.
fn together(all: impl Iterator<Item = Known>) -> Vec<Known> {
    let mut found: Vec<Known> = Vec::new();
    for one in all {
        let Some(same) = found.iter_mut().find(|known| known.name == one.name) else {
            found.push(one);
            continue;
        };
        for (have, more) in [(&mut same.manifests, one.manifests), (&mut same.files, one.files)] {
            have.extend(more);
            have.sort();
            have.dedup();
        }
        same.import = same.import.take().into_iter().chain(one.import).min();
    }
    found
}

/// A module of a package, or of the one whose name stands first in it.
fn is_of(module: &str, package: &str) -> bool {
    let (module, package) = (module.replace('-', "_"), package.replace('-', "_"));
    module
        .strip_prefix(&package)
        .is_some_and(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
}

/// As manifests name it.
fn ecosystem_of(file: &PackageFile) -> &'static str {
    crate::catalog::language(file.ecosystem).semantics().registry
}

fn language_of(ecosystem: &str) -> Language {
    match ecosystem {
        "pypi" => Language::Python,
        "crates" => Language::Rust,
        _ => Language::Script,
    }
}
