//! Files: finding them, reading them, and where their lines are.
//!
//! The only IO of the core. Knows no parser and no rule.

mod discover;
mod git;
pub mod globs;
mod kind;
mod lines;
mod path;
mod read;
mod replace;
mod root;
mod skip;
mod skipped;
mod stamp;
mod text;

pub use discover::{Discovered, Excludes, Found, discover, discover_telling};
pub use git::{Changes, GitError, Lines, Since, changes, staged_files};
pub use kind::{TEMPLATE, kind_of, watched};
pub use lines::{LineIndex, Position, Units};
pub use path::{clean, relative};
pub use read::{Known, LARGEST, Loaded, Overlay, Seen, load, strip_bom};
pub use replace::Replacement;
pub use root::{MANIFESTS, Project, RootError, is_common, locate, marks_projects};
pub use skip::hides_files;
pub use skipped::{SkipReason, Skipped, skipped};
pub use stamp::Stamp;
pub use text::Text;

use serde::{Deserialize, Serialize};

/// Index into the list of a session's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

impl FileId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a file is to connlint, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileKind {
    /// `.ts .mts .cts`
    TypeScript,
    /// `.tsx .js .jsx .mjs .cjs`
    Tsx,
    Vue,
    Svelte,
    Astro,
    /// `.component.html`: the template of a component that stands in a file of its own.
    Template,
    /// `.py .pyi`
    Python,
    Rust,
    /// Everything that is read for settings: `.env*`, manifests, `schema.prisma`, configuration.
    Settings,
}

/// One file that a session has read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Relative to the project's root, with `/`.
    pub path: String,
    pub absolute: std::path::PathBuf,
    pub kind: FileKind,
    pub text: Text,
}

impl SourceFile {
    /// The project's root: the folder that `path` counts from.
    pub fn root(&self) -> Option<&std::path::Path> {
        self.absolute.ancestors().nth(self.path.split('/').count())
    }
}

/// Something that could not be read or understood; the work goes on without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Relative to the project's root until a session hands it out, then to the working directory.
    pub path: String,
    /// Where in the file, if that is known.
    pub at: Option<Position>,
    pub message: String,
}

impl Problem {
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), at: None, message: message.into() }
    }
}
