//! Writing a file whole or not at all: prepared beside its place, then put there in one step.
//!
//! Knows bytes and names only. Links are followed and permissions kept; what is no regular file is
//! written to as it stands.

use std::io::{Error, ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::read::cause;

/// New contents, ready to be put in place.
pub struct Replacement {
    target: PathBuf,
    contents: Contents,
}

enum Contents {
    Beside(NamedTempFile),
    /// For a place that must still be free.
    New(NamedTempFile),
    /// For terminals, pipes and devices, which nothing can be put in the place of.
    Direct(Vec<u8>),
}

impl Replacement {
    /// Writes the bytes beside the target. The directory must be there.
    pub fn prepare(target: &Path, bytes: &[u8]) -> std::io::Result<Self> {
        let existing = std::fs::metadata(target).ok();
        if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
            return Ok(Self { target: target.to_path_buf(), contents: Contents::Direct(bytes.to_vec()) });
        }
        if existing.as_ref().is_some_and(|metadata| metadata.permissions().readonly()) {
            return Err(Error::new(ErrorKind::PermissionDenied, "it is write-protected"));
        }
        let target = if existing.is_some() { target.canonicalize()? } else { target.to_path_buf() };
        let directory = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        let beside = builder().tempfile_in(directory.unwrap_or(Path::new(".")));
        let mut file = beside.map_err(told)?;
        file.write_all(bytes).map_err(told)?;
        if let Some(metadata) = existing {
            file.as_file().set_permissions(metadata.permissions())?;
        }
        file.as_file().sync_data()?;
        Ok(Self { target, contents: Contents::Beside(file) })
    }

    /// The same for a file that is not there yet.
    pub fn prepare_new(target: &Path, bytes: &[u8]) -> std::io::Result<Self> {
        let Self { target, contents } = Self::prepare(target, bytes)?;
        match contents {
            Contents::Beside(file) => Ok(Self { target, contents: Contents::New(file) }),
            _ => Err(Error::from(ErrorKind::AlreadyExists)),
        }
    }

    /// Puts them in place.
    pub fn commit(self) -> std::io::Result<()> {
        match self.contents {
            Contents::Beside(file) => file.persist(&self.target).map(drop).map_err(|error| error.error),
            Contents::New(file) => file.persist_noclobber(&self.target).map(drop).map_err(|error| error.error),
            Contents::Direct(bytes) => std::fs::OpenOptions::new().write(true).open(&self.target)?.write_all(&bytes),
        }
    }
}

/// Without the name of the file beside it.
fn told(error: Error) -> Error {
    Error::new(error.kind(), cause(&error))
}

/// A new file is as readable as any other that the user makes.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".connlint-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}
