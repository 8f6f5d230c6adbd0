//! Writing changed texts: each file whole or not at all, and none that changed in the meantime.
//!
//! Everything is prepared beside the files before the first one is replaced, so that a full disk
//! or a missing permission leaves all of them as they were.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::Change;
use crate::source::strip_bom;

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("{0}: changed since it was read; nothing was written")]
    Changed(String),
    #[error("{0}: cannot be written: {1}")]
    Io(String, #[source] std::io::Error),
}

/// Replaces the files by their new texts.
pub fn write_all(changes: &[Change]) -> Result<(), WriteError> {
    let prepared: Result<Vec<_>, _> = changes.iter().map(prepare).collect();
    for (change, (file, target)) in changes.iter().zip(prepared?) {
        file.persist(&target).map_err(|error| WriteError::Io(change.path.clone(), error.error))?;
    }
    Ok(())
}

/// The new text in a temporary file beside the one that it is to replace.
fn prepare(change: &Change) -> Result<(NamedTempFile, PathBuf), WriteError> {
    let failed = |error: std::io::Error| WriteError::Io(change.path.clone(), error);
    let target = change.absolute.canonicalize().map_err(failed)?;
    let current = std::fs::read(&target).map_err(failed)?;
    let Some(mark) = byte_order_mark(&current, &change.before) else {
        return Err(WriteError::Changed(change.path.clone()));
    };
    let file = replacement(&target, mark, &change.after).map_err(failed)?;
    Ok((file, target))
}

fn replacement(target: &Path, mark: &str, text: &str) -> std::io::Result<NamedTempFile> {
    let directory = target.parent().unwrap_or(target);
    let permissions = std::fs::metadata(target)?.permissions();
    let mut file = tempfile::Builder::new().prefix(".connlint-").tempfile_in(directory)?;
    file.write_all(mark.as_bytes())?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_data()?;
    Ok(file)
}

/// The mark that the file begins with; `None` when the file no longer holds the text as read.
fn byte_order_mark<'a>(current: &'a [u8], before: &str) -> Option<&'a str> {
    let current = std::str::from_utf8(current).ok()?;
    let text = strip_bom(current);
    (text == before).then(|| current.strip_suffix(text)).flatten()
}
