//! Standard output and standard error, and what goes wrong with them.
//!
//! Knows bytes only. A reader that went away is no failure.

use std::io::{BufWriter, IsTerminal, Stdout, Write};

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
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Output {
    pub fn new() -> Self {
        Self(BufWriter::new(std::io::stdout()))
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.0.write_all(bytes)?)
    }

    pub fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.0.flush()?)
    }
}

/// Whether standard output may have colours.
pub fn has_color() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// One line on standard error; when nobody reads it, so be it.
pub fn complain(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
