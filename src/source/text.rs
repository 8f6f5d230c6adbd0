//! The text of a file: at hand, or read when somebody asks for it.
//!
//! A file whose stamp is known need not be read as long as nobody looks at its text, and a text that was
//! understood need not be kept. Its content hash stays the truth: what is read later and has another one counts as
//! empty, so that no place from old facts can lead into a new text. Knows no parser.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use xxhash_rust::xxh3::xxh3_128;

use super::FileKind;
use super::read::read_text;
use super::stamp::Stamp;

/// A text that many may hold; cloning it copies nothing.
#[derive(Clone)]
pub struct Text(Arc<Inner>);

struct Inner {
    /// For who looks at the text itself.
    text: OnceLock<Arc<str>>,
    /// As it was read, for who understands it.
    read: Mutex<Option<Arc<str>>>,
    hash: OnceLock<u128>,
    origin: Option<Origin>,
    looked_at: AtomicBool,
}

/// The file on disk that a text stands for.
struct Origin {
    path: PathBuf,
    kind: FileKind,
    /// `None` when the file changed so recently that its stamp proves nothing.
    stamp: Option<Stamp>,
}

impl Text {
    /// A text that was read from a file.
    pub(super) fn of_file(text: String, stamp: Option<Stamp>, path: PathBuf, kind: FileKind) -> Self {
        let origin = Some(Origin { path, kind, stamp });
        Self::new(Some(text.into()), OnceLock::new(), origin)
    }

    fn new(read: Option<Arc<str>>, hash: OnceLock<u128>, origin: Option<Origin>) -> Self {
        let (text, read) = (OnceLock::new(), Mutex::new(read));
        Self(Arc::new(Inner { text, read, hash, origin, looked_at: AtomicBool::new(false) }))
    }

    /// A file that is known by its stamp, with the hash of its text where somebody knows it.
    pub(super) fn unread(hash: Option<u128>, stamp: Stamp, path: PathBuf, kind: FileKind) -> Self {
        let origin = Some(Origin { path, kind, stamp: Some(stamp) });
        let hash = hash.map_or_else(OnceLock::new, OnceLock::from);
        Self::new(None, hash, origin)
    }

    pub fn as_str(&self) -> &str {
        self.0.looked_at.store(true, Ordering::Relaxed);
        self.0.text.get_or_init(|| self.by_content())
    }

    /// The text for those whose answers are kept by its hash: their look at it is not noted.
    pub fn by_content(&self) -> Arc<str> {
        let known = self.0.text.get().cloned();
        known.unwrap_or_else(|| self.last_read().get_or_insert_with(|| self.read_late()).clone())
    }

    /// Lets go of a text that can be read again, unless somebody has looked at it.
    pub fn let_go(&self) {
        self.hash();
        let can_be_read = self.0.origin.is_some();
        self.last_read().take_if(|_| can_be_read);
    }

    /// What was read of the file is no longer what it was: the text counts as empty.
    pub fn is_lost(&self) -> bool {
        self.0.text.get().is_some_and(|text| text.is_empty()) && self.hash() != xxh3_128(b"")
    }

    /// Whether somebody has looked at the text itself, not only at what is kept by its hash.
    pub fn is_looked_at(&self) -> bool {
        self.0.looked_at.load(Ordering::Relaxed)
    }

    /// The text, unless it would have to be read first.
    pub fn at_hand(&self) -> Option<Arc<str>> {
        self.0.text.get().cloned().or_else(|| self.last_read().clone())
    }

    fn last_read(&self) -> MutexGuard<'_, Option<Arc<str>>> {
        self.0.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// xxh3 of the text's bytes.
    pub fn hash(&self) -> u128 {
        *self.0.hash.get_or_init(|| xxh3_128(self.by_content().as_bytes()))
    }

    /// By what the file can be known again without reading it.
    pub fn stamp(&self) -> Option<Stamp> {
        self.0.origin.as_ref().and_then(|origin| origin.stamp)
    }

    fn read_late(&self) -> Arc<str> {
        let read = |origin: &Origin| read_text(&origin.path, origin.kind).ok();
        let text = self.0.origin.as_ref().and_then(read).unwrap_or_default();
        let same = self.0.hash.get().is_none_or(|hash| *hash == xxh3_128(text.as_bytes()));
        if same { text.into() } else { Arc::default() }
    }
}

impl<T: Into<Arc<str>>> From<T> for Text {
    fn from(text: T) -> Self {
        Self::new(Some(text.into()), OnceLock::new(), None)
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.hash() == other.hash()
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Text").field(&self.at_hand()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_read_late_must_be_the_one_that_was_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        std::fs::write(&path, "one").unwrap();
        let stamp = Stamp::of(&std::fs::metadata(&path).unwrap());
        let late = |known: &str| Text::unread(Some(xxh3_128(known.as_bytes())), stamp, path.clone(), FileKind::Python);
        assert_eq!(late("one").as_str(), "one");
        let lost = late("two");
        assert_eq!((lost.as_str(), lost.is_lost()), ("", true));
    }

    #[test]
    fn a_text_that_was_let_go_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.py");
        std::fs::write(&path, "one").unwrap();
        let read = || Text::of_file("one".into(), None, path.clone(), FileKind::Python);
        let (text, quoted, later) = (read(), read(), read());
        assert_eq!(quoted.as_str(), "one");
        [&text, &quoted, &later].into_iter().for_each(Text::let_go);
        assert!(text.at_hand().is_none());
        assert_eq!((text.as_str(), text.is_lost()), ("one", false));
        std::fs::write(&path, "two").unwrap();
        assert_eq!((quoted.as_str(), quoted.is_lost()), ("one", false));
        assert_eq!((later.as_str(), later.is_lost()), ("", true));
    }

    #[test]
    fn a_text_that_stands_nowhere_else_is_not_let_go() {
        let text: Text = "one".into();
        text.let_go();
        assert_eq!(text.as_str(), "one");
    }
}
