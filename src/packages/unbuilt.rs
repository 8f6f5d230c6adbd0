//! Rust files that Cargo builds nothing of: no target begins there, and no module that it builds declares them.
//!
//! Whatever might place a module in another way (a path in an attribute, a macro and the folder that it is given) is believed. A package of which no
//! target is found is left alone. Knows of files only what a scan finds.

use crate::catalog::words::packages::CARGO_TARGETS;
use rustc_hash::FxHashMap;

use crate::frontend::scan::{Scan, name_hash, rust_paths};
use crate::source::{FileKind, SourceFile};

const MANIFEST: &str = "Cargo.toml";

/// Marks the files, in the order of `sources`, which are indices into `files`.
pub fn unbuilt<'s>(files: &[SourceFile], sources: &[usize], scan: impl Fn(usize) -> &'s Scan) -> Vec<bool> {
    let mut unbuilt = vec![false; sources.len()];
    let packages: Vec<Package> = files.iter().filter_map(Package::of).collect();
    let mut by_package: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (at, id) in sources.iter().enumerate().filter(|(_, id)| files[**id].kind == FileKind::Rust) {
        if let Some(package) = innermost(&packages, &files[*id].path) {
            by_package.entry(package).or_default().push(at);
        }
    }
    for (package, members) in by_package {
        let paths = members.iter().map(|at| files[sources[*at]].path.as_str()).collect();
        let built = Modules::of(paths, |member| scan(members[member])).built(&packages[package]);
        let any = built.contains(&true);
        members.iter().zip(built).filter(|(_, built)| any && !built).for_each(|(at, _)| unbuilt[*at] = true);
    }
    unbuilt
}

struct Package<'f> {
    folder: &'f str,
    /// Paths of Rust files that the manifest writes.
    written: Vec<&'f str>,
}

impl<'f> Package<'f> {
    fn of(file: &'f SourceFile) -> Option<Self> {
        let folder = file.path.strip_suffix(MANIFEST).filter(|folder| folder.is_empty() || folder.ends_with('/'))?;
        file.text.contains("[package]").then(|| Package { folder, written: rust_paths(&file.text) })
    }

    fn is_target(&self, path: &str) -> bool {
        let inner = &path[self.folder.len()..];
        let in_folder = |folder: &&str| match inner.strip_prefix(*folder).map(|rest| rest.split_once('/')) {
            Some(Some((_, rest))) => rest == "main.rs",
            Some(None) => true,
            None => false,
        };
        inner == "build.rs" || CARGO_TARGETS.iter().any(in_folder) || self.is_product(path)
    }

    /// A program or a library of the package.
    fn is_product(&self, path: &str) -> bool {
        let inner = &path[self.folder.len()..];
        matches!(inner, "src/lib.rs" | "src/main.rs")
            || inner.starts_with("src/bin/")
            || self.written.iter().any(|written| written.trim_start_matches("./") == inner)
    }
}

fn innermost(packages: &[Package], path: &str) -> Option<usize> {
    let around = packages.iter().enumerate().filter(|(_, package)| path.starts_with(package.folder));
    around.max_by_key(|(_, package)| package.folder.len()).map(|(at, _)| at)
}

/// The Rust files of one package. Modules are looked up in any case of letters, as some file systems do.
struct Modules<'f, F> {
    paths: Vec<&'f str>,
    /// For each file where its module stands, and the files of each module's name.
    places: Vec<String>,
    named: FxHashMap<String, Vec<usize>>,
    scan: F,
}

impl<'f, 's, F: Fn(usize) -> &'s Scan> Modules<'f, F> {
    fn of(paths: Vec<&'f str>, scan: F) -> Self {
        let mut named: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        let mut places = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            let (place, name) = module(path);
            places.push(place.to_lowercase());
            named.entry(name.to_lowercase()).or_default().push(at);
        }
        Self { paths, places, named, scan }
    }

    /// Marks what targets are and the modules below them; nothing where no program or library begins.
    fn built(&self, package: &Package) -> Vec<bool> {
        let mut built = vec![false; self.paths.len()];
        let all = 0..self.paths.len();
        let mut next: Vec<usize> = all.filter(|at| package.is_target(self.paths[*at])).collect();
        if !next.iter().any(|at| package.is_product(self.paths[*at])) {
            return built;
        }
        while let Some(at) = next.pop() {
            if std::mem::replace(&mut built[at], true) {
                continue;
            }
            let scan = (self.scan)(at);
            if scan.submodules.iter().any(|name| name.starts_with('$')) {
                return vec![true; self.paths.len()];
            }
            next.extend(self.declared(at, scan));
            next.extend(scan.rust_paths.iter().flat_map(|written| self.named(module(written).1)));
            next.extend(scan.rust_folders.iter().flat_map(|written| self.in_folder(package, written)));
        }
        built
    }

    fn named(&self, name: &str) -> &[usize] {
        self.named.get(&name.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The files of a folder that is written as the package sees it.
    fn in_folder(&self, package: &Package, written: &str) -> impl Iterator<Item = usize> {
        let folder = format!("{}{written}", package.folder).to_lowercase();
        self.places.iter().enumerate().filter(move |(_, place)| **place == folder).map(|(at, _)| at)
    }

    /// The files of the modules that a file declares, also within a module that is written out in it.
    fn declared(&self, at: usize, scan: &Scan) -> Vec<usize> {
        let path = self.paths[at].to_lowercase();
        let own = path.strip_suffix(".rs").unwrap_or(&path);
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let is_inline = |rest: &str| rest.split('/').all(|part| part.is_empty() || scan.mentions(name_hash(part)));
        let below = |outer: &str, place: &str| {
            let rest = place.strip_prefix(outer);
            rest.is_some_and(|rest| (rest.is_empty() || outer.is_empty() || rest.starts_with('/')) && is_inline(rest))
        };
        let children = scan.submodules.iter().flat_map(|name| self.named(name)).copied();
        children.filter(|child| [own, folder].iter().any(|outer| below(outer, &self.places[*child]))).collect()
    }
}

/// Where a file's module stands, and its name.
fn module(path: &str) -> (&str, &str) {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    let stem = stem.strip_suffix("/mod").unwrap_or(stem);
    stem.rsplit_once('/').unwrap_or(("", stem))
}
