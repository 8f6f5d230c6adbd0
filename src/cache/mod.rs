//! What is remembered of files between runs: scans and facts by content hash, stamps by path.
//!
//! One file of packed entries. Whatever is wrong with it (cut short, altered, written by another
//! build) is a miss: the run then does without. Never holds findings, nor anything of settings
//! files, whose values are secret. Knows no project and no rule.

mod folder;
mod format;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::source::{FileKind, Known, SourceFile};
use format::Packed;

pub use folder::{Folder, NAME};
pub use format::Draft;

/// What facts depend on: the text, and as what it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    hash: u128,
    kind: FileKind,
}

impl Key {
    pub fn of(file: &SourceFile) -> Self {
        Self { hash: file.text.hash(), kind: file.kind }
    }
}

/// What is kept of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Part {
    Scan,
    Facts,
}

/// An earlier run's entries, to be decoded one by one.
#[derive(Debug, Default)]
pub struct Cache {
    packed: Packed,
    known: Known,
}

impl Cache {
    /// Takes in what a file of the cache holds; nothing when it is not one of this build's.
    pub fn decode(bytes: Vec<u8>) -> Self {
        let Some((packed, files)) = Packed::decode(bytes) else { return Self::default() };
        let known = files.into_iter().map(|(path, stamp, hash)| (path, (stamp, hash))).collect();
        Self { packed, known }
    }

    /// The files of the earlier run.
    pub fn known(&self) -> &Known {
        &self.known
    }

    pub fn get<T: DeserializeOwned>(&self, key: Key, part: Part) -> Option<T> {
        postcard::from_bytes(self.blob(key, part)?).ok()
    }

    /// An entry as it was written.
    pub fn blob(&self, key: Key, part: Part) -> Option<&[u8]> {
        self.packed.blob(key, part)
    }

    /// Whether the cache was written from such a draft: all entries are its own, and no other.
    pub fn is(&self, draft: &Draft) -> bool {
        let Draft { files, blobs } = draft;
        blobs.len() == self.packed.len()
            && blobs.iter().all(|(_, _, blob)| matches!(blob, Cow::Borrowed(_)))
            && files.len() == self.known.len()
            && files.iter().all(|(path, stamp, hash)| self.known.get(path) == Some(&(*stamp, *hash)))
    }
}
