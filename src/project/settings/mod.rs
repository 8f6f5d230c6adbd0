//! What settings are: numbers and addresses behind constants, records, environment reads and
//! settings files; pools and what their servers allow.
//!
//! Demand-driven: nothing is evaluated that no construction asks for. Knows no library by name.

pub mod budget;
pub mod files;
pub mod follow;
pub mod limits;
pub mod load;
pub mod named;
pub mod number;
pub mod pool;
pub mod pooler;
pub mod rewrite;
pub mod time;
pub mod workloads;
