//! Standard output, standard error and files, and what goes wrong with them.
//!
//! Knows bytes only. A reader that went away is no failure.

use std::io::{BufWriter, Stdout, Write};
use std::path::Path;

pub use crate::report::count;
use crate::source::Replacement;

/// Why a command ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Session(#[from] crate::session::SessionError),
    #[error(transparent)]
    Write(#[from] crate::fix::WriteError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Other(String),
}

pub fn is_broken_pipe(failure: &Failure) -> bool {
    matches!(failure, Failure::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Standard output, buffered.
pub struct Output(BufWriter<Stdout>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes).map_err(unwritten)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush().map_err(unwritten)
    }
}

/// An error that says where, of the same kind.
fn unwritten(error: std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("standard output cannot be written: {error}"))
}

impl Output {
    pub fn new() -> Self {
        Self(BufWriter::new(std::io::stdout()))
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.write_all(bytes)?)
    }

    pub fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        Ok(Write::flush(self)?)
    }
}

/// One line on standard error; when nobody reads it, so be it.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Writes a file whole or not at all; its directory must be there.
pub fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let saved = Replacement::prepare(path, bytes).and_then(Replacement::commit);
    saved.map_err(|error| {
        let here = std::env::current_dir().ok();
        let inside = here.as_ref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
        Failure::Other(format!("{}: cannot be written: {}", inside.display(), reason(path, &error)))
    })
}

/// A missing directory is the likeliest cause, and not said by the system's own words.
fn reason(path: &Path, error: &std::io::Error) -> String {
    let missing = path.parent().is_some_and(|parent| !parent.as_os_str().is_empty() && !parent.is_dir());
    if missing { "its directory does not exist".into() } else { error.to_string() }
}
