//! Classes whose objects release at their end what they have: who makes one may have given it what others share.
//!
//! Knows no library.

use super::Climb;
use crate::catalog::words::graph::CONTEXT_EXITS;
use crate::facts::{FileFacts, Language};
use crate::frontend::scan::name_hash;
use crate::scope::carrier::{Carrier, Reach};
use crate::scope::seeds::Seeds;

impl Climb<'_> {
    /// The files that may hold such a class.
    pub(super) fn ending(&self) -> impl Iterator<Item = usize> {
        let releases = self.mark(&self.seeds.releases);
        let ends = |at: &usize| {
            ends(self.language(*at)).any(|name| self.contents[*at].scan.mentions(name_hash(scanned(name))))
        };
        (0..self.contents.len()).filter(move |at| releases[*at]).filter(ends)
    }
}

/// The methods by which an object ends.
fn ends(language: Language) -> impl Iterator<Item = &'static str> {
    CONTEXT_EXITS.iter().copied().chain(language.semantics().destructor)
}

/// As a scan knows the name: `dispose` of `[Symbol.dispose]`.
fn scanned(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name).trim_end_matches(']')
}

impl Climb<'_> {
    /// The classes of a lowered file. Rust writes the types of what they have: what is of no library, nor leads to
    /// one, is nobody's client.
    pub(super) fn ended(&self, at: usize, facts: &FileFacts) -> Vec<Carrier> {
        let typed = facts.language == Language::Rust;
        let fields = || facts.classes.iter().flat_map(|class| &class.fields).filter_map(|field| field.ty.as_ref());
        let leads = || fields().any(|ty| self.carries(ty.last_name(), at));
        if typed && !self.mentions_library(at) && !leads() { Vec::new() } else { ended(facts, self.seeds) }
    }
}

fn ended(facts: &FileFacts, seeds: &Seeds) -> Vec<Carrier> {
    let is_end = |name: &str| ends(facts.language).any(|end| end == name);
    let releases = facts.calls.iter().filter(|call| {
        let name = call.callee_name(facts);
        name.is_some_and(|name| seeds.releases.contains(&name_hash(&format!(".{name}"))))
    });
    let released: Vec<_> = releases.map(|call| call.span).collect();
    let ended = facts.classes.iter().filter(|class| {
        let mut ends = class.methods.iter().map(|method| facts.function(*method));
        ends.any(|method| {
            method.name.as_deref().is_some_and(is_end) && released.iter().any(|span| method.span.contains(*span))
        })
    });
    ended.map(|class| Carrier { name: class.name.as_str().into(), to: Reach::Callers }).collect()
}
