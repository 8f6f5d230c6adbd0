//! Which server a client speaks to: addresses, hosts, families, and the numbers behind settings.
//!
//! Demand-driven: nothing is evaluated that no construction asks for. Knows no library by name.

pub mod address;
pub mod addresses;
pub mod callers;
pub mod family;
pub mod hosts;
pub mod kept;
pub mod number;
pub mod statements;
