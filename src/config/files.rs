//! Where settings come from: the nearest file that has them, the table in it, and what it extends.
//!
//! Reads files and merges trees. Knows no key but `extends`.

use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::tree::{Data, Reader, Tree};
use crate::frontend::settings::{Node, document};
use crate::source::{Overlay, clean, relative};

/// What the settings of a run are taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Choice {
    /// The nearest file at the project's root or above it, inside the repository.
    #[default]
    Nearest,
    /// This file, wherever it stands.
    File(PathBuf),
    /// No file at all.
    Isolated,
}

/// Settings as they were written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Of all files together.
    pub tree: Tree,
    /// The file that holds, then those that it extends. Absolute.
    pub files: Vec<PathBuf>,
    /// Files in the same folder whose settings are not read, because another file comes first.
    pub passed_over: Vec<PathBuf>,
}

/// A file's name, and the tables in which it may hold settings: a whole file has the empty path.
type Form = (&'static str, &'static [&'static [&'static str]]);

/// In one folder the first of these that has settings holds.
const FORMS: &[Form] = &[
    ("connlint.toml", &[&[]]),
    (".connlint.toml", &[&[]]),
    ("pyproject.toml", &[&["tool", "connlint"]]),
    ("Cargo.toml", &[&["workspace", "metadata", "connlint"], &["package", "metadata", "connlint"]]),
    ("package.json", &[&["connlint"]]),
];

impl Written {
    /// Reads what the choice names; texts of the overlay stand for files. Errors name files relative to `directory`.
    pub fn read(choice: &Choice, root: &Path, directory: &Path, overlay: &Overlay) -> Result<Self, ConfigError> {
        let reading = Reading { directory, overlay, chain: Vec::new() };
        match choice {
            Choice::Isolated => Ok(Self::none()),
            Choice::File(file) => reading.chosen(&clean(directory, file)),
            Choice::Nearest => reading.nearest(root),
        }
    }

    fn none() -> Self {
        Self { tree: Tree::empty(), files: Vec::new(), passed_over: Vec::new() }
    }

    /// The folder that patterns and paths count from: that of the file that holds.
    pub fn folder(&self) -> Option<&Path> {
        self.files.first().and_then(|file| file.parent())
    }
}

struct Reading<'a> {
    directory: &'a Path,
    overlay: &'a Overlay,
    /// The files that led here, each extending the next.
    chain: Vec<PathBuf>,
}

impl Reading<'_> {
    fn nearest(mut self, root: &Path) -> Result<Written, ConfigError> {
        for folder in root.ancestors() {
            let mut holding = Vec::new();
            for (name, _) in FORMS {
                let file = folder.join(name);
                if self.is_there(&file) && self.table(&file)?.is_some() {
                    holding.push(file);
                }
            }
            if !holding.is_empty() {
                let passed_over = holding.split_off(1);
                return self.whole(&holding.remove(0), passed_over);
            }
            if folder.join(".git").exists() {
                break;
            }
        }
        Ok(Written::none())
    }

    fn chosen(mut self, file: &Path) -> Result<Written, ConfigError> {
        self.whole(file, Vec::new())
    }

    fn whole(&mut self, file: &Path, passed_over: Vec<PathBuf>) -> Result<Written, ConfigError> {
        let tree = self.extended(file)?;
        Ok(Written { tree, files: std::mem::take(&mut self.chain), passed_over })
    }

    /// A file's settings over those that it extends.
    fn extended(&mut self, file: &Path) -> Result<Tree, ConfigError> {
        let shown = relative(self.directory, file);
        let missing = || ConfigError::new(&shown, format!("has no settings: expected {}", wanted(file)));
        let own = self.table(file)?.ok_or_else(missing)?;
        self.chain.push(file.to_path_buf());
        let Some(base) = own.get("extends").cloned() else { return Ok(own) };
        let Some(text) = base.text() else { return Ok(own) };
        let path = clean(file.parent().unwrap_or(file), Path::new(text));
        let error = |message: String| ConfigError::at(&base.place, &shown, format!("`extends`: {message}"));
        if self.chain.contains(&path) {
            return Err(error(self.circle(&path)));
        }
        if !self.is_there(&path) {
            return Err(error(format!("{}: no such file", relative(self.directory, &path))));
        }
        let mut below = self.extended(&path)?;
        if let Data::Table(table) = &mut below.data {
            table.remove("extends");
        }
        Ok(own.over(below))
    }

    fn circle(&self, again: &Path) -> String {
        let from = self.chain.iter().position(|file| file == again).unwrap_or_default();
        let names = self.chain[from..].iter().map(PathBuf::as_path).chain([again]);
        let names: Vec<String> = names.map(|file| relative(self.directory, file)).collect();
        format!("goes round in a circle: {}", names.join(" → "))
    }

    /// The settings in a file; `None` where it is a manifest that has none.
    fn table(&self, file: &Path) -> Result<Option<Tree>, ConfigError> {
        let shown = relative(self.directory, file);
        if let Some(text) = self.overlay.get(file) {
            return table(text, file, &shown);
        }
        let bytes = std::fs::read(file).map_err(|error| ConfigError::unreadable(&shown, &error))?;
        // A manifest in another encoding is for its own tools to complain about.
        let text = match String::from_utf8(bytes) {
            Err(broken) if is_manifest(file) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
            Err(_) => return Err(ConfigError::new(&shown, "is not written in UTF-8; save it in that encoding")),
            Ok(text) => text,
        };
        table(&text, file, &shown)
    }

    fn is_there(&self, file: &Path) -> bool {
        self.overlay.contains_key(file) || file.is_file()
    }
}

/// Whether a file of that name may hold settings where none was chosen.
pub fn may_hold(name: &str) -> bool {
    FORMS.iter().any(|(known, _)| *known == name)
}

/// The settings in a file's text; `file` decides on the form, `shown` is how errors name it.
pub fn table(text: &str, file: &Path, shown: &str) -> Result<Option<Tree>, ConfigError> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let tables = tables_of(name);
    // Most manifests hold no settings, and one that is broken is not connlint's to judge.
    if !tables[0].is_empty() && !text.contains("connlint") {
        return Ok(None);
    }
    let node = document(name, text).map_err(|error| ConfigError::syntax(text, shown, name, &error))?;
    let reader = Reader::new(text, shown);
    let found = tables.iter().find_map(|keys| keys.iter().try_fold(&node, |node: &Node, key| node.get(key)));
    Ok(found.map(|node| reader.tree(node)))
}

/// It is another tool's in the first place.
fn is_manifest(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    !tables_of(name)[0].is_empty()
}

fn tables_of(name: &str) -> &'static [&'static [&'static str]] {
    FORMS.iter().find(|(known, _)| *known == name).map_or(&[&[]], |(_, tables)| tables)
}

/// How the tables of a manifest are written.
fn wanted(file: &Path) -> String {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let json = name.ends_with(".json");
    let write =
        |keys: &&[&str]| if json { format!("`\"{}\"`", keys.join(".")) } else { format!("`[{}]`", keys.join(".")) };
    tables_of(name).iter().map(write).collect::<Vec<_>>().join(" or ")
}
