//! What differs between the languages in how a body runs.
//!
//! The engine asks this record instead of the language.

use super::Language;

/// How a language runs what a body says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Semantics {
    /// Any call and any `await` may fail, and the error goes up to the next handler by itself.
    pub throws: bool,
    /// The variables of a block end with the block, and what they own with them.
    pub drops: bool,
    /// Whoever runs a coroutine may give it up at an `await`; what closes things runs then.
    pub cancels: bool,
}

const SCRIPT: Semantics = Semantics { throws: true, drops: false, cancels: false };
const PYTHON: Semantics = Semantics { throws: true, drops: false, cancels: true };
const RUST: Semantics = Semantics { throws: false, drops: true, cancels: true };

impl Language {
    pub fn semantics(self) -> Semantics {
        match self {
            Language::Script => SCRIPT,
            Language::Python => PYTHON,
            Language::Rust => RUST,
        }
    }
}
