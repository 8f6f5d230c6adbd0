//! What a module path that is not relative may begin with to mean a file of the project.
//!
//! Asking the resolver costs much, and most such paths name packages. Leaves out only what no configuration and no
//! package of the project explains. Knows no package by name.

use rustc_hash::FxHashSet;

use crate::frontend::settings::lower_settings;
use crate::packages::aliases::{Base, Files, base, extended, own_paths, settings_of};
use crate::packages::disk::Disk;
use crate::packages::paths::parent;
use crate::packages::paths::stem;
use crate::source::SourceFile;

/// First parts of module paths.
#[derive(Default)]
pub(crate) struct Heads {
    names: FxHashSet<String>,
    /// Names of files and folders without endings, where a path may be one from some base on.
    placed: Option<FxHashSet<String>>,
    /// Some configuration is not understood.
    any: bool,
}

impl Heads {
    /// `paths` are those of the sources, `packages` the names of the project's own.
    pub fn of<'p>(
        disk: &Disk,
        files: &[SourceFile],
        paths: &[String],
        packages: impl Iterator<Item = &'p String>,
    ) -> Self {
        let mut heads = Self { names: packages.map(|name| head(name).to_string()).collect(), ..Self::default() };
        let settings = settings_of(files);
        let mut open: Vec<&SourceFile> = settings.values().copied().filter(is_config).collect();
        let mut seen: FxHashSet<&str> = open.iter().map(|file| file.path.as_str()).collect();
        while let Some(file) = open.pop() {
            open.extend(heads.read(disk, &settings, file, paths).into_iter().filter(|base| seen.insert(&base.path)));
        }
        heads
    }

    /// Adds what a configuration says; gives those that it extends.
    fn read<'f>(
        &mut self,
        disk: &Disk,
        files: &Files<'f>,
        file: &'f SourceFile,
        paths: &[String],
    ) -> Vec<&'f SourceFile> {
        let Ok(settings) = lower_settings(&file.path, &file.text) else {
            self.any = true;
            return Vec::new();
        };
        for (pattern, _) in own_paths(&settings, parent(&file.path)) {
            self.add(&pattern, paths);
        }
        let mut bases = Vec::new();
        for target in extended(&settings) {
            match base(disk, files, file, target) {
                Base::File(base) => bases.push(base),
                Base::Elsewhere => self.any = true,
                Base::Package | Base::Missing => {}
            }
        }
        bases
    }

    fn add(&mut self, pattern: &str, paths: &[String]) {
        match head(pattern) {
            "*" => _ = self.placed.get_or_insert_with(|| parts(paths)),
            open if open.contains('*') => self.any = true,
            name => _ = self.names.insert(name.to_string()),
        }
    }

    pub fn may_lead(&self, specifier: &str) -> bool {
        let head = head(specifier);
        let placed = || self.placed.as_ref().is_some_and(|placed| placed.contains(stem(head)));
        self.any || specifier.starts_with(['#', '/']) || self.names.contains(head) || placed()
    }
}

pub(super) fn is_config(file: &&SourceFile) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    name.ends_with(".json") && (name.starts_with("tsconfig") || name.starts_with("jsconfig"))
}

fn head(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

fn parts(paths: &[String]) -> FxHashSet<String> {
    let parts: FxHashSet<&str> = paths.iter().flat_map(|path| path.split('/')).map(stem).collect();
    parts.into_iter().map(str::to_string).collect()
}
