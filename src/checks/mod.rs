//! One question a file: what is wrong with how a project opens, shares and bounds its connections.
//!
//! Structured verdicts for the rules, without wording. Knows no library by name and no output.

mod analysis;
pub mod budget;
pub mod declared;
mod describe;
mod keys;
pub mod lasting;
pub mod lifetime;
mod logins;
pub mod lookups;
pub mod map;
pub mod paced;
pub mod presume;
mod project;
mod provenance;
pub mod racy;
mod renders;
mod renewed;
pub mod sharing;
pub mod understood;
pub mod ways;

pub use analysis::{Analysis, Judged, analyse, ask, describe};
pub use describe::{View, functions};
pub use project::{Made, Project};
