//! What manifests and settings files say, as plain values.
//!
//! A manifest tells what a package is and what it depends on; a settings file is a list of keys
//! and values. Neither knows what a key means: that is the catalogue's and the linker's. All
//! values are redacted; positions are byte offsets into the file's text.

use super::{Literal, Span};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ecosystem {
    Npm,
    Pypi,
    Crates,
}

/// One package's manifest; of a workspace or lock file the parts that it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    pub ecosystem: Ecosystem,
    pub name: Option<String>,
    pub version: Option<String>,
    pub private: bool,
    pub dependencies: Vec<Dependency>,
    /// `[workspace.dependencies]`: what `Dependency::workspace` refers to.
    pub workspace_dependencies: Vec<Dependency>,
    /// Name and command, in order; of Python packages also entry points (`module:function`).
    pub scripts: Vec<(String, String)>,
    /// Files that are started, relative to the manifest. Cargo's `src/main.rs` and `src/bin/` are
    /// not listed unless the manifest names them.
    pub bins: Vec<String>,
    /// The file behind the package's name.
    pub main: Option<String>,
    /// Files that the package is imported by, relative to the manifest, with their subpaths (`.`, `./db`).
    pub exports: Vec<(String, String)>,
    /// Beginnings of module paths that the running program maps to folders, with those, relative to the manifest.
    pub aliases: Vec<(String, String)>,
    /// Globs or folders of a workspace's members; one after `!` takes out what the ones before it name.
    pub workspaces: Vec<String>,
    /// The name that code of a crate is imported by.
    pub lib_name: Option<String>,
    /// The oldest compiler that the crates of the package or workspace are built with.
    pub rust_version: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dependency {
    /// The registry's name. Of Python packages in lower case and with `-`.
    pub name: String,
    /// The name in code, where the manifest gives another one.
    pub alias: Option<String>,
    /// As written, or as locked.
    pub version: Option<String>,
    /// Not part of the running program: development, test, build.
    pub dev: bool,
    /// The folder of a path dependency, relative to the manifest.
    pub path: Option<String>,
    /// Version and path stand in the workspace's manifest.
    pub workspace: bool,
    /// Cargo features that it is taken with.
    pub features: Vec<String>,
    /// Cargo: `default-features = false`.
    pub bare: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SettingsKind {
    /// `.env*`: keys are variables.
    Env,
    /// `datasource.db.url`, `generator.client.output`; `env("X")` is the text `env(X)`.
    Prisma,
    /// `services.web.environment.X` and `services.web.command` whether written as list or not.
    Compose,
    /// `CMD`, `ENTRYPOINT`, `ENV.X`, in order; the last one of a name counts.
    Dockerfile,
    /// Process type and command.
    Procfile,
    /// Commands by their number.
    Shell,
    Vercel,
    Netlify,
    Wrangler,
    Fly,
    Serverless,
    Json,
    Toml,
    Yaml,
    Ini,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub kind: SettingsKind,
    /// In the order of the file.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Path of keys and list indexes with dots: `functions.api.maxDuration`, `crons.0.path`.
    pub key: String,
    pub value: Literal,
    /// The value as written, quotes included.
    pub span: Span,
    pub key_span: Span,
}

impl Entry {
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Literal::Str(text) => Some(text),
            _ => None,
        }
    }
}

impl Manifest {
    pub fn new(ecosystem: Ecosystem) -> Self {
        Self {
            ecosystem,
            name: None,
            version: None,
            private: false,
            dependencies: Vec::new(),
            workspace_dependencies: Vec::new(),
            scripts: Vec::new(),
            bins: Vec::new(),
            main: None,
            exports: Vec::new(),
            workspaces: Vec::new(),
            lib_name: None,
            aliases: Vec::new(),
            rust_version: None,
        }
    }

    pub fn dependency(&self, name: &str) -> Option<&Dependency> {
        self.dependencies.iter().find(|dependency| dependency.name == name)
    }

    /// Name in code and folder of every dependency that is a folder.
    pub fn path_dependencies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.dependencies.iter().filter_map(|it| Some((it.code_name(), it.path.as_deref()?)))
    }
}

impl Dependency {
    pub fn code_name(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

impl Settings {
    /// The value of a key; of a repeated one the last.
    pub fn get(&self, key: &str) -> Option<&Literal> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.key == key)
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Literal::Str(text) => Some(text),
            _ => None,
        }
    }
}
