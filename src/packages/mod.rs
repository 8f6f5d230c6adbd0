//! What a project is made of before any code is read: manifests, module resolution, kinds of files, settings files.
//!
//! Knows paths and manifests; no symbols.

pub mod aliases;
pub mod disk;
pub mod file_names;
pub mod kinds;
pub mod manifests;
pub mod modules;
pub mod one_off;
pub mod parts;
pub mod paths;
pub mod settings;
pub mod unbuilt;
pub mod unit;
pub mod workspace;
