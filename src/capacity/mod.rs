//! What settings are: numbers and addresses behind constants, records, environment reads and
//! settings files; pools and what their servers allow.
//!
//! Demand-driven: nothing is evaluated that no construction asks for. Knows no library by name.

mod among;
mod beside;
pub mod bounds;
pub mod budget;
mod commands;
mod deployed;
pub mod limits;
pub mod load;
pub mod platform;
pub mod pool;
pub mod pooler;
pub mod time;
mod told;
pub mod unbound;
pub mod unused;
