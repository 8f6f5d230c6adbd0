//! What is known of one content: its scan, and its facts once somebody has asked for them.

use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

use super::carrier::Callers;
use crate::cache::Key;
use crate::facts::FileFacts;
use crate::frontend::scan::Scan;

/// What is known of one content.
#[derive(Debug)]
pub struct Known {
    pub key: Key,
    pub scan: Scan,
    pub(super) lowered: OnceLock<Option<Arc<FileFacts>>>,
    pub(super) callers: OnceLock<Callers>,
    pub(super) used: AtomicU32,
    /// Facts that hold the imports alone.
    pub(super) skeleton: OnceLock<Arc<FileFacts>>,
}
