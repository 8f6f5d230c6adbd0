//! Writing changed texts: each file whole or not at all, and none that changed in the meantime.
//!
//! Everything is prepared beside the files before the first one is replaced, so that a full disk
//! or a missing permission leaves all of them as they were, and so does whoever breaks off until then.

use super::Change;
use crate::source::{Replacement, strip_bom};

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{0}: changed since it was read; nothing was written")]
    Changed(String),
    #[error("interrupted; nothing was written")]
    Interrupted,
    #[error("{0}: cannot be written: {1}")]
    Io(String, #[source] std::io::Error),
}

/// Replaces the files by their new texts, unless it is to stop before the first one. New ones come first: what stands
/// in the others names them.
pub fn write_all(changes: &[Change], is_to_stop: impl Fn() -> bool) -> Result<(), WriteError> {
    let next = |change| if is_to_stop() { Err(WriteError::Interrupted) } else { prepare(change) };
    let prepared: Vec<Replacement> = changes.iter().map(next).collect::<Result<_, _>>()?;
    if is_to_stop() {
        return Err(WriteError::Interrupted);
    }
    let (old, new): (Vec<_>, Vec<_>) = changes.iter().zip(prepared).partition(|(change, _)| change.before.is_some());
    for (change, file) in new.into_iter().chain(old) {
        file.commit().map_err(|error| WriteError::Io(change.path.clone(), error))?;
    }
    Ok(())
}

/// The new text in a temporary file beside the one that it is to replace, or beside the place that must be free.
fn prepare(change: &Change) -> Result<Replacement, WriteError> {
    let failed = |error: std::io::Error| WriteError::Io(change.path.clone(), error);
    let changed = || WriteError::Changed(change.path.clone());
    let Some(before) = &change.before else {
        let is_free = std::fs::symlink_metadata(&change.absolute).is_err();
        let prepared = is_free.then(|| Replacement::prepare_new(&change.absolute, change.after.as_bytes()));
        return prepared.ok_or_else(changed)?.map_err(failed);
    };
    let current = std::fs::read(&change.absolute).map_err(failed)?;
    let mark = byte_order_mark(&current, before).ok_or_else(changed)?;
    Replacement::prepare(&change.absolute, &[mark.as_bytes(), change.after.as_bytes()].concat()).map_err(failed)
}

/// The mark that the file begins with; `None` when the file no longer holds the text as read.
fn byte_order_mark<'a>(current: &'a [u8], before: &str) -> Option<&'a str> {
    let current = std::str::from_utf8(current).ok()?;
    let text = strip_bom(current);
    (text == before).then(|| current.strip_suffix(text)).flatten()
}
