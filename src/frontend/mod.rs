//! From text to facts, one module a language.
//!
//! Lowering never fails and never panics: what cannot be understood is `Unknown`, what does not
//! parse is a problem beside the facts of the rest. No frontend knows a library or another frontend.

mod own_folder;
pub mod python;
pub mod rust;
pub mod scan;
pub mod script;
pub mod settings;
