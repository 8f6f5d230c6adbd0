//! connlint finds connection misuse in TypeScript, JavaScript, Python and Rust projects.
//!
//! The library is what the command line, the editor server and the tests share: a
//! [`session`] reads a project, [`checks`] answer questions about it, [`rules`] word the answers.

pub mod body;
pub mod cache;
pub mod capacity;
pub mod catalog;
pub mod checks;
pub mod cli;
pub mod config;
pub mod contexts;
pub mod edits;
pub mod facts;
pub mod finding;
pub mod fix;
pub mod frontend;
pub mod graph;
pub mod lsp;
pub mod map;
pub mod ownership;
pub mod packages;
pub mod program;
pub mod report;
pub mod rules;
pub mod scope;
pub mod servers;
pub mod session;
pub mod source;
pub mod suppress;
pub mod values;
