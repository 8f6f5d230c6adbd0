//! What settings are: numbers and addresses behind constants, records, environment reads and
//! settings files; pools and what their servers allow.
//!
//! Demand-driven: nothing is evaluated that no construction asks for. Knows no library by name.

pub mod addresses;
mod among;
mod beside;
pub mod bounds;
pub mod budget;
mod builder;
pub mod callers;
mod commands;
pub mod exclusive;
mod expand;
pub mod family;
pub mod files;
pub mod follow;
pub mod hosts;
pub mod kept;
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
pub mod unused;
pub mod workloads;
