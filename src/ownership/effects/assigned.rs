//! What functions assign, and to which places.

use super::Effects;
use crate::facts::Value;
use crate::facts::walk::{self};
use crate::program::FnRef;

/// Places that a function assigns to.
pub(crate) fn places_set(effects: &Effects, f: FnRef) -> Vec<String> {
    binds_of(effects, f).into_iter().filter_map(|(target, _)| effects.key(f.file, target)).collect()
}

/// What a function assigns to which place.
pub(crate) fn binds_of<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> Vec<(&'a Value, &'a Value)> {
    walk::binds(&effects.program.function(f).body).map(|bind| (bind.target, bind.value)).collect()
}
