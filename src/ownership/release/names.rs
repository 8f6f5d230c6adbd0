//! Method names that say what a call does to what it is given, when nothing better is known.
//!
//! Words of everyday code in three languages. Names no library; whoever has data asks it first.

use crate::catalog::lookup_words::words;
use crate::catalog::words::release::{
    CLOSED_STATES, GIVING_BACK, HANDING, HARMLESS, KEEPING, KEEPING_STARTS, LISTENING, LOOKING, MAKING_STARTS,
    OPEN_STATES, OPENING_METHODS, RELEASING, RELEASING_NAMES, SETTING_UP, TRANSACTION_VERBS, WORK_ENDS,
};

pub fn releases(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    RELEASING.iter().any(|part| name.contains(part)) || RELEASING_NAMES.contains(&name.as_str())
}

/// Said of a connection, and of all that is done over one.
pub fn ends_things(name: &str) -> bool {
    WORK_ENDS.contains(&name)
}

pub fn keeps(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    KEEPING.contains(&name.as_str()) || KEEPING_STARTS.iter().any(|start| name.starts_with(start))
}

/// Functions that make something around what they are given.
pub fn makes(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    MAKING_STARTS.iter().any(|start| name.starts_with(start))
}

/// Functions that make or set up something that works with what they are given from then on.
pub fn sets_up(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    makes(&name) || keeps(&name) || SETTING_UP.iter().any(|word| name.contains(word))
}

/// A method that opens what it is called on.
pub fn opens(name: &str) -> bool {
    OPENING_METHODS.contains(&name.to_ascii_lowercase().as_str())
}

/// A member that tells whether the thing is still open (`Some(true)`: set when it is).
pub fn tells_open(name: &str) -> Option<bool> {
    let name = name.to_ascii_lowercase();
    if CLOSED_STATES.iter().any(|part| name.contains(part)) {
        return Some(false);
    }
    OPEN_STATES.iter().any(|part| name.contains(part)).then_some(true)
}

pub fn harmless(name: &str) -> bool {
    HARMLESS.contains(&name.to_ascii_lowercase().as_str())
}

pub fn hands_out(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    HANDING.iter().any(|part| name.contains(part)) && !is_over_with_it(&name)
}

/// `withTransaction(work)`, `commitTransaction()`: when it is done, the transaction is over.
fn is_over_with_it(name: &str) -> bool {
    let rest = name.strip_suffix("transaction").map(|rest| rest.trim_end_matches('_'));
    rest.is_some_and(|rest| TRANSACTION_VERBS.contains(&rest))
}

/// `endSession` after `startSession`, `release_connection` after `get_connection`.
pub fn gives_back(taking: &str, name: &str) -> bool {
    let (taken, given) = (words(taking), words(name));
    match (taken.as_slice(), given.as_slice()) {
        ([_, thing @ ..], [end, same @ ..]) => {
            !thing.is_empty() && thing == same && GIVING_BACK.contains(&end.as_str())
        }
        _ => false,
    }
}

/// `get_session()`: hands out what is there.
pub fn gets(name: &str) -> bool {
    words(name).first().is_some_and(|word| word == "get")
}

pub fn looks(name: &str) -> bool {
    LOOKING.contains(&name.to_ascii_lowercase().as_str())
}

/// Registers a listener: from then on the event loop keeps the object alive.
pub fn listens(name: &str) -> bool {
    LISTENING.contains(&name)
}

/// Words of types that say "a constructor": capitalised.
pub fn is_type_name(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|c: char| c.is_ascii_uppercase())
}
