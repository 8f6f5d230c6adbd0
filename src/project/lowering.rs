//! Where the scan and the facts of a file come from.
//!
//! The analysis asks; whether an answer is remembered or made anew is the session's business and
//! makes no difference, since both depend on the file's text and kind alone.

use std::sync::Arc;

use crate::facts::{FileFacts, Language};
use crate::frontend;
use crate::frontend::scan::Scan;
use crate::source::{FileKind, SourceFile};

pub trait Lowering: Sync {
    /// `None`, like the facts, for settings files, which are not lowered here.
    fn scan(&self, file: &SourceFile) -> Option<Arc<Scan>>;

    fn facts(&self, file: &SourceFile) -> Option<Arc<FileFacts>>;
}

/// Makes everything anew.
#[derive(Debug, Clone, Copy)]
pub struct Fresh;

impl Lowering for Fresh {
    fn scan(&self, file: &SourceFile) -> Option<Arc<Scan>> {
        scan(file).map(Arc::new)
    }

    fn facts(&self, file: &SourceFile) -> Option<Arc<FileFacts>> {
        facts(file).map(Arc::new)
    }
}

/// The identifiers and imports of one file.
pub fn scan(file: &SourceFile) -> Option<Scan> {
    (file.kind != FileKind::Settings).then(|| Scan::of(&file.text, language(file.kind)))
}

/// The language that a file is read as.
pub fn language(kind: FileKind) -> Language {
    match kind {
        FileKind::Python => Language::Python,
        FileKind::Rust => Language::Rust,
        _ => Language::Script,
    }
}

/// The facts of one file; `None` when its kind has none.
pub fn facts(file: &SourceFile) -> Option<FileFacts> {
    use frontend::script::{ComponentKind, Dialect};
    let text = &file.text;
    Some(match file.kind {
        FileKind::TypeScript => frontend::script::lower(text, Dialect::Ts),
        FileKind::Tsx => frontend::script::lower(text, Dialect::Tsx),
        FileKind::Vue => frontend::script::lower_component(text, ComponentKind::Vue),
        FileKind::Svelte => frontend::script::lower_component(text, ComponentKind::Svelte),
        FileKind::Astro => frontend::script::lower_component(text, ComponentKind::Astro),
        FileKind::Python => frontend::python::lower(text),
        FileKind::Rust => frontend::rust::lower(text),
        FileKind::Settings => return None,
    })
}
