//! Which files mean a name: all that mention it where these are few, else those near the file that it comes from.
//!
//! Knows no library.

use std::sync::Arc;

use super::Climb;
use crate::facts::Language;
use crate::frontend::scan::{name_hash, path_hash};
use crate::scope::carrier::{Carrier, Scope};
use crate::scope::carriers::is_default;
use crate::scope::file_set::FileSet;
use crate::scope::neighbours::module_folder;

/// A name with more files than this is followed only into those that mean something of its file, from each file
/// anew: one word, and a name made of several.
const COMMON: [usize; 2] = [12, 40];

/// A class that more files mention says nothing of where it is from.
const MOST_NAMING: usize = 40;

impl<'a> Climb<'a> {
    /// Who can mean the name of a carrier of a lowered file.
    fn scope(&self, carrier: &Carrier, from: usize) -> Scope<'a> {
        self.callers.get(&from).map_or(Scope::Anywhere, |callers| callers.scope(&carrier.name))
    }

    /// All files with the name are taken to mean this carrier.
    pub(super) fn means_everywhere(&mut self, carrier: &Carrier, from: usize) -> bool {
        if is_default(&carrier.name) || self.scope(carrier, from) == Scope::Hidden {
            return false;
        }
        let files = self.mentioning(carrier.hash());
        let compound = carrier.name.chars().skip(1).any(|c| c == '_' || c.is_ascii_uppercase());
        files.iter().filter(|at| self.suits(carrier, *at)).nth(COMMON[usize::from(compound)]).is_none()
    }

    fn mentioning(&mut self, name: u32) -> Arc<FileSet> {
        let files = || Arc::new(FileSet::new(self.postings.files_of(name), self.contents.len()));
        Arc::clone(self.mentions.entry(name).or_insert_with(files))
    }

    /// Files that mention the name; of one that not all with the name mean, those that can mean something of the file
    /// that it comes from.
    pub(super) fn files_with(&mut self, carrier: &Carrier, from: usize, everywhere: bool) -> Vec<usize> {
        let files = self.mentioning(carrier.hash());
        let mentions = |at: &usize, names: &[u32]| names.iter().any(|name| self.contents[*at].scan.mentions(*name));
        let mut found: Vec<usize> = match self.scope(carrier, from) {
            _ if is_default(&carrier.name) => self.near(from).iter().collect(),
            _ if everywhere => files.iter().collect(),
            Scope::Hidden => files.iter().filter(|at| *at == from || self.is_below(*at, from)).collect(),
            Scope::Classes(names) => files.iter().filter(|at| *at == from || mentions(at, names)).collect(),
            Scope::Anywhere => self.near(from).shared(&files).collect(),
        };
        found.retain(|at| self.suits(carrier, *at));
        found
    }

    /// A module of Rust stands below another, and sees what is private there.
    fn is_below(&self, at: usize, above: usize) -> bool {
        let path = |at: usize| self.files[self.sources[at]].path.as_str();
        let folder = module_folder(path(above));
        self.language(above) == Language::Rust
            && path(at).strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    /// Whether a name in a file is one that carries.
    pub(super) fn carries(&self, name: &str, at: usize) -> bool {
        self.names.contains(name) || self.meant.get(name).is_some_and(|sets| sets.iter().any(|set| set.contains(at)))
    }

    /// Whether objects of a class that a file makes lead to a construction.
    pub(super) fn leads_by_objects(&self, class: &str, at: usize) -> bool {
        self.made.get(class).is_some_and(|sets| sets.iter().any(|set| set.contains(at)))
    }

    /// The files that may mean something of the file that a common name comes from.
    fn near(&mut self, from: usize) -> Arc<FileSet> {
        let near = self.near.get(&from).map_or_else(|| Arc::new(self.around(from)), Arc::clone);
        self.near.insert(from, Arc::clone(&near));
        near
    }

    /// The file, those that import it or what passes its names on, those that mention one of its classes. Rust's
    /// paths need no import.
    pub(super) fn around(&self, at: usize) -> FileSet {
        let homes = self.neighbours.homes(at);
        let named = match self.language(at) {
            Language::Rust => homes.iter().flat_map(|home| self.neighbours.names(*home)).collect(),
            _ => Vec::new(),
        };
        let named = named.into_iter().filter(|name| !matches!(*name, "src" | "main" | "lib"));
        let modules = named.flat_map(|name| self.postings.files_of(path_hash(&name.replace('-', "_"))));
        let importing = homes.iter().flat_map(|home| self.neighbours.importing(*home));
        let classes = self.lowered[at].iter().flat_map(|facts| &facts.classes);
        let naming = classes.flat_map(|class| self.naming(&class.name));
        FileSet::new(modules.chain(importing).chain(naming).chain([at]), self.contents.len())
    }

    /// The files that mention a class; none when so many do that it is one of many of this name.
    fn naming(&self, class: &str) -> Vec<usize> {
        let files: Vec<usize> = self.postings.files_of(name_hash(class)).take(MOST_NAMING + 1).collect();
        if files.len() > MOST_NAMING { Vec::new() } else { files }
    }
}
