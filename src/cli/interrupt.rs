//! Ctrl-C while files are written: what lies beside them goes away before the program does.
//!
//! Until then the system's own way of ending it will do. Knows nothing of what is written.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From here on an interruption is a wish; the answer tells whether it was made.
pub fn watch() -> impl Fn() -> bool {
    // Where it cannot be had, the program ends at once, as before.
    let _ = ctrlc::set_handler(|| ASKED.store(true, Ordering::Relaxed));
    || ASKED.load(Ordering::Relaxed)
}
