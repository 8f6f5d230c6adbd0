//! A session that lives on: editors' buffers and changes on disk come in, and only what they touch is
//! read anew.
//!
//! A file that an editor has open and that does not parse at the moment is judged by its last good text.
//! What a refreshed session says equals what a new one says. Knows no protocol.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::{Session, SessionError, Settings};
use crate::scope::syntax_problems;
use crate::source::{Known, LARGEST, Overlay, Text, hides_files, kind_of, load, strip_bom};

/// What has changed since the files were last read.
#[derive(Debug, Default)]
pub(super) struct Changed {
    settings: bool,
    /// Files have come or gone, or are hidden by other rules.
    listing: bool,
    /// Files, and directories for all below them, whose texts are no longer as on disk.
    texts: BTreeSet<PathBuf>,
    /// Buffers that were opened, edited or given up.
    buffers: BTreeSet<PathBuf>,
}

/// For each open file, the text that parsed best of late, with the number of its problems.
pub(super) type GoodTexts = FxHashMap<PathBuf, (Text, usize)>;

impl Session {
    /// The text that an editor shows for a file; `None` when it is the one on disk again.
    pub fn set_buffer(&mut self, path: &Path, text: Option<&str>) {
        self.changed.settings |= self.settings.depend_on(path);
        let edited = text.is_some() && self.options.overlay.contains_key(path);
        self.changed.listing |= !edited && kind_of(path).is_some() && self.listing.find(path).is_none();
        match text.filter(|text| text.len() as u64 <= LARGEST) {
            Some(text) => {
                self.options.overlay.insert(path.to_path_buf(), strip_bom(text).into());
            }
            None => {
                self.options.overlay.remove(path);
                self.good.remove(path);
            }
        }
        self.changed.buffers.insert(path.to_path_buf());
    }

    /// A file or directory was made, written or deleted.
    pub fn disk_changed(&mut self, path: &Path) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.changed.settings |= self.settings.depend_on(path) || path == self.baseline_path();
        let known = self.listing.find(path).is_some();
        let other = hides_files(name) || (kind_of(path).is_none() && self.listing.directories.contains(path));
        self.changed.listing |= other || known != path.exists();
        self.changed.texts.insert(path.to_path_buf());
    }

    /// Anything may have changed: nobody watches the disk.
    pub fn all_changed(&mut self) {
        self.changed.settings = true;
        self.changed.texts.insert(self.settings.project.root.clone());
    }

    /// Takes in what has changed. Settings that cannot be used are an error, and what was stays.
    pub fn refresh(&mut self) -> Result<(), SessionError> {
        if self.changed.settings {
            self.settings = Settings::read(&self.options)?;
            self.baseline = self.accepted()?;
        }
        let touched: BTreeSet<PathBuf> = self.changed.texts.iter().chain(&self.changed.buffers).cloned().collect();
        if self.changed.settings || self.changed.listing || !touched.iter().all(|path| self.retext(path)) {
            self.list();
            self.memory.forget_paths();
        }
        self.hold(&touched);
        self.changed = Changed::default();
        Ok(())
    }

    /// Whether the file is judged by an earlier text than the one that the editor shows.
    pub fn is_held(&self, path: &Path) -> bool {
        let shown = self.options.overlay.get(path);
        let good = self.good.get(path);
        shown.zip(good).is_some_and(|(shown, (good, _))| shown != good)
    }

    /// Where the project begins.
    pub fn root(&self) -> &Path {
        &self.settings.project.root
    }

    /// Texts that need not be read: buffers, and what was read and has not changed.
    pub(super) fn known_texts(&self) -> Overlay {
        let overlay = &self.options.overlay;
        let is_changed = |path: &Path| {
            let Changed { texts, buffers, .. } = &self.changed;
            buffers.contains(path) || path.ancestors().any(|above| texts.contains(above))
        };
        let kept =
            self.files.iter().filter(|file| !is_changed(&file.absolute) && !overlay.contains_key(&file.absolute));
        let kept = kept.map(|file| (file.absolute.clone(), file.text.clone()));
        kept.chain(overlay.iter().map(|(path, text)| (path.clone(), text.clone()))).collect()
    }

    /// Takes a file's present text into the list; false when that takes another list.
    fn retext(&mut self, path: &Path) -> bool {
        let Some(found) = self.listing.find(path) else { return true };
        let mut loaded =
            load(&self.settings.project.root, std::slice::from_ref(found), &self.options.overlay, &Known::default());
        match (loaded.files.pop(), self.position(path)) {
            (Some(file), Some(at)) => {
                self.files[at].text = file.text;
                true
            }
            (None, None) => loaded.problems.is_empty(),
            _ => false,
        }
    }

    pub(super) fn position(&self, path: &Path) -> Option<usize> {
        self.find(path).ok()
    }

    /// Where a file stands in the list, or where it would.
    pub(super) fn find(&self, path: &Path) -> Result<usize, usize> {
        self.files.binary_search_by(|file| file.absolute.as_path().cmp(path))
    }

    /// Open files are judged by the text that parses best, the last one among equals.
    pub(super) fn hold(&mut self, touched: &BTreeSet<PathBuf>) {
        let open: Vec<PathBuf> = self.options.overlay.keys().cloned().collect();
        for path in open {
            let Some(at) = self.position(&path) else { continue };
            let file = &mut self.files[at];
            if touched.contains(&path) || !self.good.contains_key(&path) {
                let problems = syntax_problems(file, &self.memory);
                let good = self.good.entry(path).or_insert_with(|| (file.text.clone(), problems));
                if problems <= good.1 {
                    *good = (file.text.clone(), problems);
                }
                file.text = good.0.clone();
            } else if let Some((text, _)) = self.good.get(&path) {
                file.text = text.clone();
            }
        }
    }
}
