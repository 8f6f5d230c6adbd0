//! From text to facts, one module a language.
//!
//! Lowering never fails and never panics: what cannot be understood is `Unknown`, what does not
//! parse is a problem beside the facts of the rest. No frontend knows a library or another frontend.

pub mod asked;
mod own_folder;
pub mod python;
#[cfg(test)]
mod round_trip;
pub mod rust;
pub mod scan;
pub mod script;
pub mod settings;
mod syntax;

use std::path::Path;

use crate::facts::{FileFacts, Language, Mount, temporaries};
use crate::source::{FileKind, SourceFile, kind_of};

/// The facts of one file; `None` when its kind has none.
pub fn lower(file: &SourceFile) -> Option<FileFacts> {
    use script::{ComponentKind, Dialect};
    let text = &*file.text.by_content();
    let mut facts = match file.kind {
        FileKind::TypeScript => script::lower(text, Dialect::Ts),
        FileKind::Tsx => script::lower(text, Dialect::Tsx),
        FileKind::Vue => script::lower_component(text, ComponentKind::Vue),
        FileKind::Svelte => script::lower_component(text, ComponentKind::Svelte),
        FileKind::Astro => script::lower_component(text, ComponentKind::Astro),
        FileKind::Template => script::lower_component(text, ComponentKind::Angular),
        FileKind::Python => python::lower(text),
        FileKind::Rust => rust::lower(text),
        FileKind::Settings => return None,
    };
    temporaries::fold(&mut facts);
    // A copy has no room left over in its lists, and lies together.
    Some(facts.clone())
}

/// What a template places that a component has as a text; spans are bytes of that text.
pub fn placed_by_template(text: &str) -> Vec<Mount> {
    script::lower_component(text, script::ComponentKind::Angular).mounts
}

/// The language of a source, by its name.
pub fn language_of(path: &Path) -> Option<Language> {
    match kind_of(path)? {
        FileKind::Python => Some(Language::Python),
        FileKind::Rust => Some(Language::Rust),
        FileKind::Settings => None,
        _ => Some(Language::Script),
    }
}
