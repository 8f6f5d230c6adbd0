//! Rewriting of source text: the edits that mend a finding.
//!
//! Each function gives the edits for one verdict, or nothing where the text does not allow it.

pub mod adopted;
mod before_lent;
pub mod before_wait;
mod compiler;
pub mod disconnect;
pub mod disposal;
pub mod dispose;
mod dropped_within;
pub mod effects;
pub mod entered;
pub mod filled;
pub mod hoist;
pub mod imports;
pub mod keep_promise;
pub mod kept;
pub mod keyed;
pub mod last_in_finally;
pub mod lazily;
pub mod leftover;
mod nearest;
mod object_field;
mod over_both;
mod over_held;
pub mod over_lent;
mod own_imports;
pub mod provider;
mod released_within;
mod reopened;
pub mod replace;
mod rerun;
pub mod rewrite;
pub mod settings;
pub mod shared_module;
mod statements;
pub mod statics;
pub mod take_lock;
pub mod take_out;
mod taken_again;
pub mod try_finally;
pub mod using;
mod visit;
pub mod wider_try;
mod width;
pub mod with_block;
pub mod wrapped;
