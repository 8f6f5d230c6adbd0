//! Files whose only sign is that effects come to them: helpers that listen to something, and what hooks hand out.
//!
//! Knows no library.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Climb;
use crate::facts::{Call, CallId, CallKind, DEFAULT_EXPORT, FileFacts, FnId, Value};
use crate::frontend::scan::name_hash;
use crate::scope::carriers::keeper;
use crate::scope::handed_out::{HandedOut, handed_out};

/// By file what others may call there to have something opened; `None` where they call it what they want.
type Opening = FxHashMap<usize, Option<FxHashSet<u32>>>;

impl Climb<'_> {
    /// Files of helpers that listen to something for effects, with the objects that they listen to and those who call
    /// them; and files that take functions out of hooks.
    pub(super) fn opening(&self) -> FxHashSet<usize> {
        let openers = self.mark(&self.seeds.openers);
        let emits = |at: usize| self.seeds.emits_in(&self.contents[at].scan);
        let effects: Vec<usize> = (0..self.contents.len()).filter(|at| self.has_mounts[*at]).collect();
        let ends = self.mark(&self.seeds.ends);
        let listens = |at: usize| openers[at] && (ends[at] || emits(at) || self.neighbours.sources(at).any(emits));
        let helpers: FxHashSet<usize> = effects
            .iter()
            .flat_map(|at| self.neighbours.sources(*at))
            .filter(|at| listens(*at) && !self.is_test(*at))
            .collect();
        let mut opening: Opening = helpers.iter().map(|at| (*at, self.names_of_opening(*at))).collect();
        let between = self.between_opening(&mut opening, &listens);
        let calls = |at: &usize| openers[*at] || self.mentions_opening(&opening, *at);
        let effects = effects.into_iter().filter(calls);
        let listening: Vec<usize> = effects.chain(helpers.iter().copied()).chain(between).collect();
        let sources = listening.iter().flat_map(|at| self.neighbours.sources(*at)).filter(|at| emits(*at));
        let handing = (0..self.contents.len()).filter(|at| openers[*at]);
        let taking = handing.flat_map(|at| self.taking(at));
        let given = (0..self.contents.len()).filter(|at| self.has_mounts[*at]).flat_map(|at| self.given(at));
        let given = given.filter(|home| openers[*home] && !self.is_test(*home));
        listening.iter().copied().chain(sources).chain(taking).chain(given).collect()
    }

    /// Helpers that listen by what helpers of other files have, with those: `follow(…)`, which has `listen(…)` do it.
    fn between_opening(&self, opening: &mut Opening, listens: &dyn Fn(usize) -> bool) -> FxHashSet<usize> {
        let below = self.below_mounts.get_or_init(|| self.all_below_mounts());
        let helps = |at: &usize| below.contains(*at) && !self.has_mounts[*at] && !self.is_test(*at);
        let above = |at: usize| {
            let homes = self.neighbours.homes(at);
            let importing: FxHashSet<usize> =
                homes.iter().flat_map(|home| self.neighbours.importing(*home)).filter(|from| helps(from)).collect();
            importing
        };
        let own = |at: usize| if listens(at) { self.names_of_opening(at) } else { Some(FxHashSet::default()) };
        let mut open: Vec<usize> = below.iter().filter(|at| helps(at) && listens(*at)).collect();
        let mut found = FxHashSet::default();
        while let Some(at) = open.pop() {
            for from in above(at) {
                let names = opening.entry(at).or_insert_with(|| own(at)).clone();
                if !self.mentions_any(from, names.as_ref()) {
                    continue;
                }
                let calls = |facts: &FileFacts, call: &Call| {
                    let name = call.callee_name(facts).map(name_hash);
                    names.as_ref().is_none_or(|names| name.is_some_and(|name| names.contains(&name)))
                };
                let around = self.names_around(from, &calls);
                if around.as_ref().is_none_or(|names| !names.is_empty()) {
                    found.extend([at, from]);
                    let known = opening.entry(from).or_insert_with(|| own(from));
                    open.extend(add(known, around).then_some(from));
                }
            }
        }
        found
    }

    /// It may call what a helper that it imports has.
    fn mentions_opening(&self, opening: &Opening, at: usize) -> bool {
        let mut names = self.neighbours.sources(at).filter_map(|source| opening.get(&source));
        names.any(|names| self.mentions_any(at, names.as_ref()))
    }

    /// What others may call in a file to have something opened: the functions around what opens and their classes, and
    /// what a module exports that opens something itself. `None` where others call it what they want.
    fn names_of_opening(&self, at: usize) -> Option<FxHashSet<u32>> {
        self.names_around(at, &|facts, call| self.opens(facts, call))
    }

    /// As [`Self::names_of_opening`], of such calls.
    fn names_around(&self, at: usize, is_one: &dyn Fn(&FileFacts, &Call) -> bool) -> Option<FxHashSet<u32>> {
        let Some((_, facts, _)) = self.lower_one(at) else { return Some(FxHashSet::default()) };
        if facts.exports.iter().any(|export| export.name == DEFAULT_EXPORT) {
            return None;
        }
        let opening: Vec<&Call> = facts.calls.iter().filter(|call| is_one(facts, call)).collect();
        let around: FxHashSet<FnId> = opening.iter().flat_map(|call| facts.enclosing(call.function)).collect();
        let named = around.iter().map(|id| facts.function(*id)).flat_map(|function| {
            let class = function.class.map(|class| &facts.class(class).name);
            function.name.iter().chain(class)
        });
        let exported = facts.exports.iter().map(|export| &export.name);
        let at_once = opening.iter().any(|call| call.function == FnId::TOP);
        Some(named.chain(exported.filter(|_| at_once)).map(|name| name_hash(name)).collect())
    }

    fn opens(&self, facts: &FileFacts, call: &Call) -> bool {
        let name = call.callee_name(facts).unwrap_or_default();
        let method = || self.seeds.openers.contains(&name_hash(&format!(".{name}")));
        self.seeds.openers.contains(&name_hash(name)) || method()
    }

    /// Files of helpers for effects that may open what ends by itself again and again.
    pub(super) fn rearming(&self) -> FxHashSet<usize> {
        let one_shots = self.mark(&self.seeds.one_shots);
        let effects = (0..self.contents.len()).filter(|at| self.has_mounts[*at]);
        effects.flat_map(|at| self.neighbours.sources(at)).filter(|at| one_shots[*at]).collect()
    }

    /// The homes of imported functions that a lowered file gives a function to hear of something.
    fn given(&self, at: usize) -> Vec<usize> {
        let Some(facts) = &self.lowered[at] else { return Vec::new() };
        let closure = |call: &&Call| call.args.iter().any(|arg| matches!(arg.value, Value::Closure(_)));
        let calls = facts.calls.iter().filter(|call| call.kind == CallKind::Call).filter(closure);
        let keepers = calls.filter_map(|call| keeper(facts, &call.callee));
        keepers.flat_map(|keeper| self.homes_of_module(&keeper, at).collect::<Vec<_>>()).collect()
    }

    /// Those that take out of a lowered file's hooks what opens something.
    fn taking(&self, at: usize) -> Vec<usize> {
        let Some(facts) = &self.lowered[at] else { return Vec::new() };
        let handed = handed_out(facts, &|id: CallId| self.opens(facts, facts.call(id)));
        let taken = |at: &usize| {
            let mentions = |name: &&str| self.contents[*at].scan.mentions(name_hash(name));
            let takes = |out: &HandedOut| {
                mentions(&out.hook) && out.names.as_ref().is_none_or(|names| names.iter().any(mentions))
            };
            handed.iter().any(takes)
        };
        let homes = self.neighbours.homes(at).into_iter().filter(|_| !handed.is_empty());
        homes.flat_map(|home| self.neighbours.importing(home)).filter(taken).collect()
    }
}

/// Whether there are more names now.
fn add(known: &mut Option<FxHashSet<u32>>, names: Option<FxHashSet<u32>>) -> bool {
    match (known.as_mut(), names) {
        (None, _) => false,
        (Some(_), None) => {
            *known = None;
            true
        }
        (Some(own), Some(names)) => {
            let before = own.len();
            own.extend(names);
            own.len() > before
        }
    }
}
