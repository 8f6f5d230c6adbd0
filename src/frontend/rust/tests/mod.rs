//! Tests of the Rust frontend.
//!
//! They know the text form of facts only, never the lowering's own types.

mod dumps;
mod places;
mod robust;
