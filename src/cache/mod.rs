//! What is remembered between runs: scans and facts by content hash, stamps by path, reports by all that they depend on.
//!
//! A small index and a file of packed entries. Whatever is wrong with them (cut short, altered, written by another
//! build) is a miss: the run then does without. Holds nothing of settings files but their stamps: their values are
//! secret. Knows no project and no rule.

mod folder;
mod format;
mod index;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::source::{FileKind, SourceFile};
use format::Packed;

pub use folder::{Folder, NAME};
pub use format::Draft;
pub use index::{FileRow, Index, Report};

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

    pub fn kind(self) -> FileKind {
        self.kind
    }

    /// Of a file of the same kind with a text of another hash.
    pub fn earlier(self, hash: u128) -> Self {
        Self { hash, ..self }
    }
}

/// What is kept of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Part {
    Scan,
    Facts,
}

/// An earlier run's scans and facts, read when first asked for and decoded one by one.
#[derive(Debug, Default)]
pub struct Cache {
    folder: Option<Folder>,
    packed: OnceLock<Packed>,
}

impl Cache {
    /// What lies in the folder.
    pub fn of(folder: Option<Folder>) -> Self {
        Self { folder, packed: OnceLock::new() }
    }

    /// Whether there is one to be written to.
    pub fn is_kept(&self) -> bool {
        self.folder.is_some()
    }

    /// Takes in what the file of scans and facts holds; nothing when it is not one of this build's.
    #[cfg(test)]
    fn decode(bytes: Vec<u8>) -> Self {
        Self { folder: None, packed: OnceLock::from(Packed::decode(bytes).unwrap_or_default()) }
    }

    fn packed(&self) -> &Packed {
        let read = || self.folder.as_ref()?.facts().and_then(Packed::decode);
        self.packed.get_or_init(|| read().unwrap_or_default())
    }

    pub fn get<T: DeserializeOwned>(&self, key: Key, part: Part) -> Option<T> {
        postcard::from_bytes(self.blob(key, part)?).ok()
    }

    /// An entry as it was written.
    pub fn blob(&self, key: Key, part: Part) -> Option<&[u8]> {
        self.packed().blob(key, part)
    }

    /// Whether the cache was written from such a draft: all entries are its own, and no other.
    pub fn is(&self, draft: &Draft) -> bool {
        draft.blobs.len() == self.packed().len()
            && draft.blobs.iter().all(|(_, _, blob)| matches!(blob, Cow::Borrowed(_)))
    }
}
