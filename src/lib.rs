//! connlint finds connection misuse in TypeScript, JavaScript, Python and Rust projects.
//!
//! The library is what the command line, the editor server and the tests share: a
//! [`session`] reads a project, [`project`] links its facts, [`rules`] judge them.

pub mod cache;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod facts;
pub mod finding;
pub mod fix;
pub mod frontend;
pub mod lsp;
pub mod map;
pub mod project;
pub mod report;
pub mod rules;
pub mod session;
pub mod source;
pub mod suppress;
