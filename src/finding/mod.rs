//! The one finding type that rules make and every renderer prints.
//!
//! And the habits of texts that edits follow. Plain values; places are files and byte spans. Knows no language, no rule's logic and no format.

pub mod fingerprint;
mod interned;
pub mod lines;
mod style;

use serde::{Deserialize, Serialize};

use crate::facts::Span;
use crate::source::FileId;

use interned::Interned;

pub use style::Style;

/// One misuse, with its evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Rule id, as in `rules/<id>.md`.
    #[serde(deserialize_with = "interned::deserialize")]
    pub rule: Interned,
    pub severity: Severity,
    pub confidence: Confidence,
    /// One line, without the rule's id: "`MongoClient` is built on every request".
    pub message: String,
    pub place: Place,
    /// What stands at the primary place: "a client is built here, and nothing keeps or closes it".
    pub label: String,
    /// Display name of the client or resource: `mongodb.MongoClient`, `setInterval`.
    pub client: Option<String>,
    /// The evidence chain in the order in which things happen, without the primary place.
    pub related: Vec<Related>,
    /// How many of the chain's last places come after the primary one.
    pub after: usize,
    pub also: Also,
    /// The name of the function that runs first, where the chain begins elsewhere: at its route.
    pub entry: Option<Place>,
    /// The costs, with numbers. Empty when there is nothing to add.
    pub why: String,
    /// What to do.
    pub help: String,
    pub fix: Option<Fix>,
    /// Enclosing symbols and anchors, outermost first, without line numbers: the fingerprint's part.
    pub scope: String,
    /// Shown only with `--pedantic`.
    pub pedantic: bool,
}

impl Finding {
    /// All its places in the order in which things happen, each with what stands there and whether it is the primary
    /// one.
    pub fn chain(&self) -> Vec<(Place, &str, bool)> {
        let mut all: Vec<_> = self.related.iter().map(|it| (it.place, it.message.as_str(), false)).collect();
        all.insert(all.len().saturating_sub(self.after), (self.place, &self.label, true));
        all
    }

    /// The files that it points into, some more than once.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        let related = self.related.iter().chain(&self.also.places).map(|it| it.place);
        let places = related.chain(self.entry).chain([self.place]).map(|place| place.file);
        places.chain(self.fix.iter().flat_map(Fix::all).flat_map(|fix| &fix.edits).map(|edit| edit.file))
    }

    /// Whether `--fix` or `--unsafe-fixes` can apply its fix.
    pub fn is_fixable(&self) -> bool {
        self.fix.as_ref().is_some_and(|fix| fix.applicability != Applicability::Manual)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    pub file: FileId,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Related {
    pub place: Place,
    pub message: String,
}

/// What is beside the chain: other ways to the primary place, others that the finding stands for, and what else is told
/// of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Also {
    /// What they have in common, before a list of them: "called from".
    #[serde(deserialize_with = "interned::deserialize")]
    pub lead: Interned,
    /// In the order of files.
    pub places: Vec<Related>,
    /// The rule whose finding at the same primary place is of the same defect: what mends that one mends this one too.
    #[serde(deserialize_with = "interned::deserialize")]
    pub defect: Interned,
}

impl Also {
    /// Places of which the same is to be said.
    pub fn of(lead: &'static str, message: &str, places: impl IntoIterator<Item = Place>) -> Self {
        let related = |place| Related { place, message: message.to_string() };
        Self { lead, places: places.into_iter().map(related).collect(), ..Self::default() }
    }
}

/// Ordered: `Note < Warning < Error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    Note,
    Warning,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    /// Imperative, one line: "Hoist the client to module scope".
    pub title: String,
    pub applicability: Applicability,
    /// Applied together or not at all; may span several files.
    pub edits: Vec<Edit>,
    /// Files that are made with the edits.
    pub creates: Vec<NewFile>,
    /// Other ways, the better ones first: only for who chooses among them, as in an editor.
    pub others: Vec<Fix>,
}

impl Fix {
    /// One that edits files that are there.
    pub fn new(title: impl Into<String>, applicability: Applicability, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), applicability, edits, creates: Vec::new(), others: Vec::new() }
    }

    /// The fix and its other ways.
    pub fn all(&self) -> impl Iterator<Item = &Fix> {
        std::iter::once(self).chain(&self.others)
    }
}

/// A file that a fix makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFile {
    /// Relative to the project's root, with `/`. Nothing stands there yet.
    pub path: String,
    pub text: String,
}

/// Whether a fix may change what the program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Applicability {
    /// Applied by `--fix`.
    Safe,
    /// Applied by `--unsafe-fixes`.
    Unsafe,
    /// Shown only.
    Manual,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    pub file: FileId,
    /// Replaced bytes; empty for an insertion.
    pub span: Span,
    pub text: String,
}

impl Edit {
    /// It replaces bytes of the place.
    pub fn touches(&self, place: Place) -> bool {
        self.file == place.file && self.span.start < place.span.end && place.span.start < self.span.end
    }
}
