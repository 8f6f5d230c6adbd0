//! The integration tests: one binary, one module for each subject.
//!
//! They use the library's public interface and the built program.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says so by panicking")]

mod cache;
mod cli;
mod depth;
mod docs;
mod explain;
mod fix;
mod fixing;
mod fixtures;
mod incidents;
mod line_ends;
mod literate;
mod lsp;
mod map;
mod permuted;
mod prompts;
mod reordered;
mod samples;
mod secrets;
mod session;
mod sessions;
mod settings;
mod source;
mod suppress;
mod tidy;
mod tree;
mod wanted;
