//! Texts of the program itself, as findings that were written down come back.
//!
//! There are few of them, ids of rules and leads of lists, so each is kept once and for good.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer};

/// Of the program, or read and kept for good.
pub type Interned = &'static str;

static KNOWN: Mutex<BTreeSet<Interned>> = Mutex::new(BTreeSet::new());

pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Interned, D::Error> {
    let text = Cow::<str>::deserialize(from)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = known.get(&*text) {
        return Ok(known);
    }
    let kept: Interned = Box::leak(text.into_owned().into_boxed_str());
    known.insert(kept);
    Ok(kept)
}
