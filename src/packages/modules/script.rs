//! Which file an import specifier of a script means: by relative path, by what tsconfig, jsconfig and
//! workspaces say, and by the habits of bundlers where nothing is said.
//!
//! Answers are remembered by folder. Reads the disk only through the resolver.

use crate::catalog::words::packages::SCRIPT_EXTENSIONS;
use crate::catalog::words::values::BUILD_FOLDERS;
use std::borrow::Cow;
use std::path::Path;

use rustc_hash::FxHashMap;

use super::Resolution;
use crate::packages::disk::locked;
use crate::packages::paths::is_above;
use crate::packages::paths::{join, parent};

/// Scripts by their paths without extension: what specifiers mean that leave it out.
pub(crate) struct Stems(FxHashMap<String, Stem>);

/// The file with the best extension.
struct Stem {
    /// In [`SCRIPT_EXTENSIONS`].
    rank: usize,
    file: u32,
}

impl Stems {
    pub fn of(paths: &[String]) -> Self {
        let mut stems = FxHashMap::default();
        for (file, path) in paths.iter().enumerate() {
            for (rank, extension) in SCRIPT_EXTENSIONS.iter().enumerate() {
                let Some(stem) = path.strip_suffix(extension).and_then(|path| path.strip_suffix('.')) else { continue };
                let best = stems.entry(stem.to_string()).or_insert(Stem { rank, file: file as u32 });
                if rank < best.rank {
                    *best = Stem { rank, file: file as u32 };
                }
            }
        }
        Self(stems)
    }

    /// The one file of that name in all folders whose path ends so.
    fn only_below(&self, folder: &str, rest: &str) -> Option<u32> {
        let endings = [format!("{folder}{rest}"), format!("{folder}{rest}/index")];
        let fits = |stem: &str| endings.iter().any(|end| format!("/{stem}").ends_with(end.as_str()));
        let mut found = self.0.iter().filter(|(stem, _)| fits(stem)).map(|(_, stem)| stem.file);
        found.next().filter(|_| found.next().is_none())
    }

    fn file(&self, stem: &str) -> Option<u32> {
        self.0.get(stem.trim_start_matches('/')).map(|stem| stem.file)
    }
}

/// A folder in which a generated client lies.
pub(crate) struct Generated {
    output: String,
    /// Its last two parts.
    ending: String,
    /// The module that it stands for.
    module: String,
}

impl Generated {
    pub fn new(output: String, module: String) -> Self {
        let cut = output.rmatch_indices('/').nth(1).map_or(0, |(at, _)| at + 1);
        Self { ending: output[cut..].to_string(), output, module }
    }
}

impl Resolution {
    /// The file that an import specifier of a script means.
    pub(crate) fn script(&self, from: u32, specifier: &str) -> Option<u32> {
        // A leading `#` is part of a name, others begin what bundlers read.
        let end = specifier.match_indices(['?', '#']).map(|(at, _)| at).find(|at| *at > 0);
        let specifier = &specifier[..end.unwrap_or(specifier.len())];
        let folder = parent(&self.paths[from as usize]);
        let memo = &self.scripts[self.folders[from as usize] as usize];
        if let Some(known) = locked(memo).get(specifier) {
            return *known;
        }
        let found = match specifier.starts_with('.') {
            true => join(folder, specifier).and_then(|path| self.script_path(&path).or_else(|| self.source_of(&path))),
            false => self.script_module(from, folder, specifier),
        };
        locked(memo).insert(specifier.to_string(), found);
        found
    }

    fn script_module(&self, from: u32, folder: &str, specifier: &str) -> Option<u32> {
        let written = || self.aliases.targets(folder, specifier).iter().find_map(|path| self.script_path(path));
        let configured = || self.aliased(from, folder, specifier).or_else(written);
        let found = if self.heads.may_lead(specifier) { configured() } else { None };
        found
            .or_else(|| self.given(folder, specifier))
            .or_else(|| self.workspace_package(specifier))
            .or_else(|| self.rooted(folder, specifier))
            .or_else(|| self.mounted(specifier))
            .or_else(|| self.below_sources(folder, specifier))
    }

    /// The package that a generated module stands for: its path leads into a generator's output.
    pub(crate) fn generated(&self, from: u32, specifier: &str) -> Option<&str> {
        let folder = parent(&self.paths[from as usize]);
        let relative = specifier.starts_with('.');
        let path = if relative { Cow::Owned(join(folder, specifier)?) } else { Cow::Borrowed(specifier) };
        let leads = |generated: &&Generated| {
            path.starts_with(&generated.output) || !relative && path.contains(&generated.ending)
        };
        self.generated.iter().find(leads).map(|generated| generated.module.as_str())
    }

    /// A generator's output that the project neither keeps nor names, as the schema is copied when it is built.
    pub(crate) fn missing_output(&self, from: u32, name: &str) -> Option<&str> {
        let path = &self.paths[from as usize];
        let around = self.generators.iter().filter(|(folder, ..)| is_above(folder, path));
        around.into_iter().find(|(_, builds, _)| builds.iter().any(|built| built == name)).map(|row| row.2.as_str())
    }

    /// A path with or without extension, or a folder with an index file.
    fn script_path(&self, path: &str) -> Option<u32> {
        if let Some(file) = self.file(path) {
            return Some(file);
        }
        // `./x.js` written for `./x.ts`.
        let stem =
            path.rsplit_once('.').filter(|(_, ext)| matches!(*ext, "js" | "jsx" | "mjs" | "cjs")).map(|(stem, _)| stem);
        let direct = self.stems.file(path).or_else(|| self.stems.file(stem?));
        direct.or_else(|| self.stems.file(&format!("{path}/index")))
    }

    /// The source of a file that a build has yet to write: `dist/socket/index.js` of `src/socket/index.ts`.
    fn source_of(&self, path: &str) -> Option<u32> {
        let parts: Vec<&str> = path.split('/').collect();
        let folder = parts.iter().rposition(|part| BUILD_FOLDERS.contains(part))?;
        let (before, after) = (&parts[..folder], &parts[folder + 1..]);
        self.script_path(&[before, &["src"], after].concat().join("/"))
    }

    fn aliased(&self, from: u32, folder: &str, specifier: &str) -> Option<u32> {
        let file = self.root.join(&self.paths[from as usize]);
        let configured = (!self.aliases.block(folder)).then(|| self.resolver.resolve_file(&file, specifier).ok());
        // A base that is not there makes a configuration unreadable, and says nothing of the package's own names.
        let without = || self.resolver.resolve(file.parent().filter(|_| specifier.starts_with('#'))?, specifier).ok();
        let found = configured.flatten().or_else(without);
        let resolved = found.and_then(|found| self.relative(found.path()));
        resolved.or_else(|| self.plain_alias(from, &file, specifier))
    }

    /// As `jsconfig.json` says.
    fn plain_alias(&self, from: u32, file: &Path, specifier: &str) -> Option<u32> {
        let path = &self.paths[from as usize];
        let around =
            self.plain.iter().filter(|(folder, _)| folder.is_empty() || path.starts_with(&format!("{folder}/")));
        let (_, resolver) = around.max_by_key(|(folder, _)| folder.len())?;
        self.relative(resolver.resolve(file.parent()?, specifier).ok()?.path())
    }

    /// As the framework of the package around a folder, or its bundler, defines it.
    fn given(&self, folder: &str, specifier: &str) -> Option<u32> {
        let inside = format!("{folder}/");
        self.given.iter().filter(|given| is_above(&given.root, &inside)).find_map(|given| {
            let rest = specifier.strip_prefix(&given.prefix)?;
            let whole = rest.is_empty() || rest.starts_with('/');
            whole.then(|| self.script_path(format!("{}{rest}", given.target).trim_start_matches('/'))).flatten()
        })
    }

    /// The only script that lies where the platform takes the path from: `/opt/nodejs/x` of a layer.
    fn mounted(&self, specifier: &str) -> Option<u32> {
        self.mounted.iter().find_map(|(prefix, folder)| {
            let rest = specifier.strip_prefix(prefix.as_str())?.strip_prefix('/')?;
            self.stems.only_below(folder, rest.rsplit_once('.').map_or(rest, |(stem, _)| stem))
        })
    }

    /// `@/x` and `~/x` where no configuration that is read explains them: below a folder around the
    /// importing file.
    fn rooted(&self, folder: &str, specifier: &str) -> Option<u32> {
        let rest = ["@/", "~/", "@@/"].iter().find_map(|prefix| specifier.strip_prefix(prefix))?;
        let mut folder = folder;
        loop {
            if let Some(file) = self.script_path(&join(folder, &format!("./{rest}"))?) {
                return Some(file);
            }
            if folder.is_empty() {
                return None;
            }
            folder = parent(folder);
        }
    }

    /// `api/users` where no configuration says what paths mean: a path below the folder of sources around the importing
    /// file.
    fn below_sources(&self, folder: &str, specifier: &str) -> Option<u32> {
        let is_path = specifier.contains('/') && !specifier.starts_with(['@', '/']) && !specifier.contains(':');
        let inside = format!("{folder}/");
        if !is_path || self.configured.iter().any(|configured| is_above(configured, &inside)) {
            return None;
        }
        let around = std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| parent(folder)));
        let mut sources = around.filter(|folder| folder.rsplit('/').next() == Some("src"));
        sources.find_map(|sources| self.script_path(&join(sources, &format!("./{specifier}"))?))
    }

    fn relative(&self, path: &Path) -> Option<u32> {
        let inside = path.strip_prefix(&self.root).ok()?;
        self.file(&inside.to_string_lossy().replace('\\', "/"))
    }

    /// A package of the workspace by name: its sources, wherever its manifest would point to.
    fn workspace_package(&self, specifier: &str) -> Option<u32> {
        let mut parts = specifier.splitn(if specifier.starts_with('@') { 3 } else { 2 }, '/');
        let name = if specifier.starts_with('@') {
            format!("{}/{}", parts.next()?, parts.next()?)
        } else {
            parts.next()?.to_string()
        };
        let folder = self.packages.get(&name)?;
        let rest = parts.next().unwrap_or("index");
        let at = |inner: &str| self.script_path(&join(folder, inner).unwrap_or_default());
        let subpath = if rest == "index" { ".".to_string() } else { format!("./{rest}") };
        let exported = self.entries.get(&name).into_iter().flatten().filter(|(of, _)| *of == subpath);
        // A built file stands for its source, wherever the build puts it.
        let sources = |path: &str| {
            let inner = path.trim_start_matches("./");
            let bare = inner
                .split_once('/')
                .filter(|(head, _)| matches!(*head, "dist" | "build" | "lib" | "out" | "esm" | "cjs"));
            let stem = |path: &str| {
                path.trim_end_matches(".d.ts").rsplit_once('.').map_or(path.to_string(), |(stem, _)| stem.to_string())
            };
            let moved = bare.and_then(|(_, rest)| {
                at(&format!("./src/{}", stem(rest))).or_else(|| at(&format!("./{}", stem(rest))))
            });
            at(&format!("./{inner}")).or_else(|| at(&format!("./{}", stem(inner)))).or(moved)
        };
        if let Some(file) = exported.into_iter().find_map(|(_, path)| sources(path)) {
            return Some(file);
        }
        at(&format!("./{rest}"))
            .or_else(|| at(&format!("./src/{rest}")))
            .or_else(|| at(&format!("./lib/{rest}")))
            .or_else(|| at(&format!("./{}", rest.replacen("dist/", "src/", 1))))
            .or_else(|| at(&format!("./src/{}", rest.trim_start_matches("dist/"))))
    }
}
