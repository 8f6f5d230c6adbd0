//! What settings are: numbers and addresses behind constants, records, environment reads and
//! settings files; pools and what their servers allow.
//!
//! Demand-driven: nothing is evaluated that no construction asks for. Knows no library by name.

pub mod addresses;
pub mod budget;
pub mod callers;
pub mod exclusive;
mod expand;
pub mod family;
pub mod files;
pub mod follow;
pub mod hosts;
pub mod limits;
pub mod load;
pub mod named;
pub mod number;
pub mod platform;
pub mod pool;
pub mod pooler;
pub mod rewrite;
pub mod time;
mod told;
pub mod workloads;
