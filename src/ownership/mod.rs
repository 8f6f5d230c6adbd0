//! What is opened, who owns it, and where it ends.

pub mod effects;
pub mod release;
