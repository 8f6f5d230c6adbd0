//! The map as JSON, version 1: a contract with every program that reads it.
//!
//! Fields are only ever added. Knows the document and nothing else.

use std::io::{self, Write};

use super::view::Document;

pub(super) fn render(document: &Document, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
