//! The settings files of a project as entries with their places, and the programs that they start.

pub mod expand;
pub mod files;
pub mod named;
mod scripts;
pub mod workloads;
