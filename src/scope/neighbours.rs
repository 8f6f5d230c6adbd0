//! Which files are likely to mean something of a file: by the last names of module paths, before they are resolved.
//!
//! A rough answer that leaves nothing out, made to decide what is worth parsing; the linker's own is exact.
//! Knows no names but those of files.

use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;

use super::known::Known;
use super::specifiers::tail;
use crate::frontend::scan::Scan;
use crate::packages::paths::{parent, stem};
use crate::source::SourceFile;

/// The last name of a module path and the one before it; that one is empty where it may be anything.
type Ends<'a> = (&'a str, &'a str);

/// A module path that is not relative, with the files that have it.
struct Loose<'a> {
    module: &'a str,
    ends: Ends<'a>,
    told: usize,
    files: Vec<usize>,
    /// The files that it may lead to.
    homes: OnceLock<Vec<usize>>,
}

/// Files by the module paths that they have.
#[derive(Default)]
struct ByPath<'a> {
    /// Relative ones lead to one place: the path of a file without its endings, or of a folder.
    relative: FxHashMap<String, Vec<usize>>,
    /// By the module path: the index among the loose ones.
    loose_of: FxHashMap<&'a str, usize>,
    loose: Vec<Loose<'a>>,
    by_ends: FxHashMap<Ends<'a>, Vec<usize>>,
}

/// Files by their index among all.
pub struct Neighbours<'a> {
    paths: Vec<&'a str>,
    /// Files that pass on all names of others.
    barrels: ByPath<'a>,
    importers: ByPath<'a>,
    /// Files by what the paths that lead to them may end in.
    named: FxHashMap<Ends<'a>, Vec<usize>>,
    /// Files by the places that relative paths to them lead to.
    placed: FxHashMap<&'a str, Vec<usize>>,
    /// The files that each may import something from.
    sources: Vec<OnceLock<Box<[usize]>>>,
    contents: &'a [Arc<Known>],
    /// Folders of packages with the last part of the package's name, by folder.
    packages: FxHashMap<&'a str, &'a str>,
}

impl<'a> Neighbours<'a> {
    /// `paths` are those of the files of `contents`; `files` are all.
    pub fn new(contents: &'a [Arc<Known>], paths: Vec<&'a str>, files: &'a [SourceFile]) -> Self {
        let (barrels, importers, named, placed) = Default::default();
        let sources = std::iter::repeat_with(OnceLock::new).take(contents.len()).collect();
        let packages = packages(files);
        let mut all = Self { paths, barrels, importers, named, placed, sources, contents, packages };
        for (at, known) in contents.iter().enumerate() {
            all.add(at, &known.scan);
        }
        all
    }

    fn add(&mut self, at: usize, scan: &'a Scan) {
        let path = self.paths[at];
        for module in &scan.imports {
            self.importers.add(module, path, at);
        }
        if scan.passes_on {
            let globbed = scan.submodules.iter().filter(|name| scan.globbed.contains(name));
            for module in scan.imports.iter().chain(globbed) {
                self.barrels.add(module, path, at);
            }
        }
        self.place(at);
    }

    fn place(&mut self, at: usize) {
        for ends in self.ends_of(at) {
            self.named.entry(ends).or_default().push(at);
        }
        places(self.paths[at]).for_each(|place| self.placed.entry(place).or_default().push(at));
    }

    /// A file and those that pass its names on.
    pub fn homes(&self, at: usize) -> Vec<usize> {
        let mut homes: FxHashSet<usize> = FxHashSet::from_iter([at]);
        let mut left = vec![at];
        while let Some(home) = left.pop() {
            left.extend(self.barrels_of(home).filter(|barrel| homes.insert(*barrel)));
        }
        let mut homes: Vec<usize> = homes.into_iter().collect();
        homes.sort_unstable();
        homes
    }

    /// The names by which others may import a file.
    pub fn names(&self, at: usize) -> impl Iterator<Item = &'a str> {
        self.ends_of(at).into_iter().filter(|(_, before)| before.is_empty()).map(|(name, _)| name)
    }

    /// What module paths that lead to a file may end in.
    fn ends_of(&self, at: usize) -> Vec<Ends<'a>> {
        let path = self.paths[at];
        let mut above = folders(path);
        let (first, second) = (above.next().unwrap_or_default(), above.next().unwrap_or_default());
        let own = stem(path);
        let mut found = Vec::new();
        if is_index(own) {
            found.extend([(first, ""), (first, second)]);
            let outwards = std::iter::successors(Some(parent(path)), |folder| Some(parent(folder)));
            let package = outwards.take(PACKAGE_ABOVE).find_map(|folder| self.packages.get(folder));
            found.extend(package.map(|name| (*name, "")));
        }
        if !matches!(own, "index" | "mod" | "__init__") {
            found.extend([(own, ""), (own, first)]);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Files that pass on all names of a file.
    pub fn barrels_of(&self, at: usize) -> impl Iterator<Item = usize> {
        self.leading(&self.barrels, at).filter(move |barrel| *barrel != at)
    }

    /// Files that import a file, or may do so; some more than once.
    pub fn importing(&self, home: usize) -> impl Iterator<Item = usize> {
        self.leading(&self.importers, home)
    }

    /// Those that do so by a path that means no other file: a relative one, or one of Python from the root.
    pub fn importing_by_path(&self, home: usize) -> impl Iterator<Item = usize> {
        let path = self.paths[home];
        let relative = places(path).filter_map(|place| self.importers.relative.get(place));
        let root = path.strip_suffix(".py").map(|stem| stem.strip_prefix("src/").unwrap_or(stem).replace('/', "."));
        let loose = self.ends_of(home).into_iter().filter_map(|ends| self.importers.by_ends.get(&ends)).flatten();
        let whole =
            loose.map(|at| &self.importers.loose[*at]).filter(move |loose| Some(loose.module) == root.as_deref());
        relative.chain(whole.map(|loose| &loose.files)).flatten().copied()
    }

    fn leading<'s>(&'s self, paths: &'s ByPath<'a>, home: usize) -> impl Iterator<Item = usize> + 's {
        let path = self.paths[home];
        let relative = places(path).filter_map(|place| paths.relative.get(place));
        let loose = self.ends_of(home).into_iter().filter_map(|ends| paths.by_ends.get(&ends)).flatten();
        let loose = loose.map(|at| &paths.loose[*at]);
        let leading = loose.filter(move |loose| leads(loose.module, loose.told, path)).map(|loose| &loose.files);
        relative.chain(leading).flatten().copied()
    }

    /// The files of a module of Rust that a file declares.
    pub fn declared(&self, name: &str, at: usize) -> &[usize] {
        let place = format!("{}/{name}", module_folder(self.paths[at]));
        self.placed.get(place.trim_start_matches('/')).map_or(&[], Vec::as_slice)
    }

    /// The files that a file may import something from; some more than once.
    pub fn sources(&self, at: usize) -> impl Iterator<Item = usize> {
        let all = || self.contents[at].scan.imports.iter().flat_map(|module| self.files_of(module, at)).collect();
        self.sources[at].get_or_init(all).iter().copied()
    }

    /// The files that a module path in a file may lead to.
    pub fn files_of<'s>(&'s self, module: &str, from: usize) -> impl Iterator<Item = usize> + use<'s, 'a> {
        let path = self.paths[from];
        let found: Vec<usize> = match is_relative(module) {
            true => self.placed.get(place_of(module, path).as_str()).cloned().unwrap_or_default(),
            false => self.with_ends(module),
        };
        found.into_iter()
    }

    fn with_ends(&self, module: &str) -> Vec<usize> {
        let homes = |ends: &Ends, told: usize| -> Vec<usize> {
            let leading = |home: &usize| leads(module, told, self.paths[*home]);
            self.named.get(ends).into_iter().flatten().copied().filter(leading).collect()
        };
        match self.importers.loose_of.get(module).map(|known| &self.importers.loose[*known]) {
            Some(loose) => loose.homes.get_or_init(|| homes(&loose.ends, loose.told)).clone(),
            None => homes(&ends(module), told(module)),
        }
    }
}

impl<'a> ByPath<'a> {
    /// `at` is the file, `path` its path.
    fn add(&mut self, module: &'a str, path: &str, at: usize) {
        if is_relative(module) {
            return self.relative.entry(place_of(module, path)).or_default().push(at);
        }
        let known = *self.loose_of.entry(module).or_insert_with(|| {
            let ends = ends(module);
            self.by_ends.entry(ends).or_default().push(self.loose.len());
            self.loose.push(Loose { module, ends, told: told(module), files: Vec::new(), homes: OnceLock::new() });
            self.loose.len() - 1
        });
        self.loose[known].files.push(at);
    }
}

/// How many folders a package's first file may stand below the package's own.
const PACKAGE_ABOVE: usize = 3;

/// What is read of a package's manifest.
#[derive(Deserialize)]
struct Manifest<'a> {
    name: Option<&'a str>,
    #[serde(borrow)]
    package: Option<Package<'a>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    name: Option<&'a str>,
}

/// The packages of npm and the crates; others are imported by the paths of their files.
fn packages(files: &[SourceFile]) -> FxHashMap<&str, &str> {
    files.iter().filter_map(|file| Some((parent(&file.path), tail(package_name(file)?)))).collect()
}

fn package_name(file: &SourceFile) -> Option<&str> {
    match file.path.rsplit('/').next()? {
        "package.json" => serde_json::from_str::<Manifest>(&file.text).ok()?.name,
        "Cargo.toml" => toml::from_str::<Manifest>(&file.text).ok()?.package?.name,
        _ => None,
    }
}

/// Whether a module path that is not relative and has the right last name may lead to a file: the last two names
/// tell. The first of them may be an alias or a package.
fn leads(module: &str, told: usize, home: &str) -> bool {
    names_of(home).any(|mut names| written(module).take(told).all(|name| names.next() == Some(name)))
}

/// The names of a file and of the folders that it is in, from the last; others may know it by its folder.
fn names_of(path: &str) -> impl Iterator<Item = impl Iterator<Item = &str>> {
    let own = stem(path);
    (0..=usize::from(is_index(own))).map(move |without| std::iter::once(own).chain(folders(path)).skip(without))
}

/// The places that relative paths to a file lead to.
fn places(path: &str) -> impl Iterator<Item = &str> {
    let own = stem(path);
    let folder = parent(path);
    let file = &path[..folder.len() + usize::from(!folder.is_empty()) + own.len()];
    [Some(file), is_index(own).then_some(folder)].into_iter().flatten()
}

/// The folder of the modules that a file of Rust declares.
pub fn module_folder(path: &str) -> &str {
    match stem(path) {
        "mod" | "lib" | "main" => parent(path),
        _ => path.strip_suffix(".rs").unwrap_or(path),
    }
}

/// The place that a relative module path in a file leads to.
fn place_of(module: &str, path: &str) -> String {
    let folder = (0..climbs(module)).fold(parent(path), |folder, _| parent(folder));
    let names = module.split(separator(module)).map(stem).filter(|name| !matches!(*name, "" | "index"));
    let mut place = String::with_capacity(folder.len() + module.len());
    place.push_str(folder);
    for name in names {
        if !place.is_empty() {
            place.push('/');
        }
        place.push_str(name);
    }
    place
}

fn is_relative(module: &str) -> bool {
    module.starts_with('.')
}

/// What a module path that is not relative ends in.
fn ends(module: &str) -> Ends<'_> {
    let mut names = written(module);
    let last = names.next().unwrap_or_default().trim_start_matches(['@', '#', '~']);
    (last, names.next().filter(|_| told(module) > 1).unwrap_or_default())
}

/// The names of a module path, from the last.
fn written(module: &str) -> impl Iterator<Item = &str> {
    let upwards = |name: &str| separator(module) == ':' && matches!(name, "crate" | "super" | "self");
    let names = module.rsplit(separator(module)).map(stem);
    names.filter(move |name| !matches!(*name, "" | "index") && !upwards(name))
}

/// What stands between its names.
fn separator(module: &str) -> char {
    match module {
        path if path.contains('/') => '/',
        path if path.contains("::") => ':',
        _ => '.',
    }
}

/// How many of them a path that is not relative tells: the first may be an alias, and a package has one or two.
fn told(module: &str) -> usize {
    let scoped = usize::from(module.starts_with('@') && !module.starts_with("@/"));
    written(module).count().saturating_sub(1 + scoped).min(2)
}

/// How many folders a relative path climbs. Python climbs by dots.
fn climbs(module: &str) -> usize {
    match module.contains('/') {
        true => module.split('/').filter(|part| *part == "..").count(),
        false => module.bytes().take_while(|byte| *byte == b'.').count() - 1,
    }
}

/// The folders that a file is in, from the last.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('/').skip(1)
}

/// Others import such a file by its folder.
fn is_index(stem: &str) -> bool {
    matches!(stem, "index" | "mod" | "lib" | "main" | "__init__")
}

/// The name of the file that a module path leads to, as others may have it.
pub fn imported_name(module: &str) -> &str {
    ends(module).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> Neighbours<'static> {
        Neighbours::new(&[], Vec::new(), &[])
    }

    #[test]
    fn module_paths_lead_to_the_files_that_they_name() {
        for (module, path, home, led) in [
            ("./client", "src/redis/cache.ts", "src/redis/client.ts", true),
            ("./client", "src/mail/cache.ts", "src/redis/client.ts", false),
            ("../redis/client.js", "src/mail/cache.ts", "src/redis/client.ts", true),
            ("../redis", "src/mail/cache.ts", "src/redis/index.ts", true),
            (".", "src/redis/cache.ts", "src/redis/index.ts", true),
            ("..", "src/redis/cache/local.ts", "src/redis/index.ts", true),
            ("../redis/index", "src/mail/cache.ts", "src/redis/index.ts", true),
            ("../redis/index.js", "src/mail/cache.ts", "src/redis/index.ts", true),
            ("@/redis/index.js", "src/mail/cache.ts", "src/redis/index.ts", true),
            ("@/redis/client", "src/mail/cache.ts", "src/redis/client.ts", true),
            ("@/redis/client", "src/mail/cache.ts", "src/search/client.ts", false),
            ("~shared/client", "app/mail.ts", "packages/common/client.ts", true),
            ("@shop/redis/client", "app/mail.ts", "packages/shop-redis/src/client.ts", true),
            ("@shop/redis", "app/mail.ts", "packages/shop-redis/src/index.ts", true),
            ("./App.vue", "src/main.ts", "src/App.vue", true),
            ("shop.order.service", "shop/web/views.py", "server/shop/order/service.py", true),
            ("shop.order.service", "shop/web/views.py", "server/shop/payout/service.py", false),
            (".service", "shop/order/views.py", "shop/order/service.py", true),
            ("..order.service", "shop/web/views.py", "shop/order/service.py", true),
            ("..order.service", "shop/web/views.py", "shop/admin/order/service.py", false),
            (".", "shop/order/views.py", "shop/order/__init__.py", true),
            ("app.main", "app/tasks.py", "app/main.py", true),
            ("crate::shop::order", "src/main.rs", "src/shop/order.rs", true),
            ("super::order", "src/shop/web.rs", "src/shop/order.rs", true),
            ("super::order", "src/shop/web.rs", "src/shop/orders.rs", false),
        ] {
            let packages = FxHashMap::from_iter([("packages/shop-redis", "redis")]);
            let mut all = Neighbours { paths: vec![home, path], packages, ..empty() };
            all.importers.add(module, path, 1);
            all.place(0);
            assert_eq!(all.importing(0).eq([1]), led, "{module} in {path}, {home}");
            assert_eq!(all.files_of(module, 1).eq([0]), led, "{module} in {path}, {home}");
        }
    }
}
