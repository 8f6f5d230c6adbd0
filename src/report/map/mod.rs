//! The map of a project's connections as text, data, diagram and page.
//!
//! One function, [`render`], and one module a format; all of them draw the same [`view::Document`].
//! Knows nothing of how the map came about.

mod html;
mod json;
mod mermaid;
mod text;
mod view;

use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use super::count;
use crate::map::Map;
use crate::source::{Problem, SourceFile};

/// A map and what is needed to show its places.
#[derive(Debug, Clone, Copy)]
pub struct MapReport<'a> {
    pub map: &'a Map,
    /// What the page and the text are headed with.
    pub project: &'a str,
    /// Indexed by `FileId`.
    pub files: &'a [SourceFile],
    /// What could not be read.
    pub problems: &'a [Problem],
    /// The absolute directory that paths are shown relative to.
    pub base: &'a Path,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapFormat {
    Text,
    Json,
    Mermaid,
    Html,
}

impl MapFormat {
    pub const ALL: [MapFormat; 4] = [MapFormat::Text, MapFormat::Json, MapFormat::Mermaid, MapFormat::Html];

    pub fn name(self) -> &'static str {
        match self {
            MapFormat::Text => "text",
            MapFormat::Json => "json",
            MapFormat::Mermaid => "mermaid",
            MapFormat::Html => "html",
        }
    }
}

impl FromStr for MapFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|format| format.name() == name);
        found.ok_or_else(|| format!("unknown format `{name}`: use one of {names}"))
    }
}

/// How wide a text may be, and whether it may have colours.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Columns.
    pub width: usize,
    pub color: bool,
}

/// Writes the map. `screen` concerns the text only.
pub fn render(format: MapFormat, report: &MapReport, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let document = view::document(report);
    match format {
        MapFormat::Text => text::render(&document, screen, out),
        MapFormat::Json => json::render(&document, out),
        MapFormat::Mermaid => mermaid::render(&document, out),
        MapFormat::Html => html::render(&document, out),
    }
}
