//! Answers to questions that depend on each other, and may depend on themselves.
//!
//! A question is answered when it is asked. Questions that depend on each other form a strongly connected component,
//! found by Tarjan's algorithm while they are asked. Its answers start at the bottom and are worked out again until none
//! of them changes; only then are they remembered. So what is remembered does not depend on where the asking began.

use std::cell::RefCell;
use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;

/// Answers by question. Clones share what was known when [`Fixpoint::settle`] was called.
#[derive(Clone)]
pub struct Fixpoint<K, V> {
    own: RefCell<FxHashMap<K, V>>,
    settled: Arc<FxHashMap<K, V>>,
    open: RefCell<Open<K, V>>,
}

/// A component whose answers still change after so many rounds has none. Answers that only grow end long before.
const ROUNDS: usize = 32;

impl<K, V> Default for Fixpoint<K, V> {
    fn default() -> Self {
        Self { own: RefCell::default(), settled: Arc::default(), open: RefCell::default() }
    }
}

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Fixpoint<K, V> {
    /// What is known, or what `work` gives, which may ask further questions. Asked from within itself, a question has
    /// the answer of the round before, `bottom` in the first. Where there is no fixpoint the answer is `lost`.
    pub fn get(&self, key: &K, bottom: &V, lost: &V, work: impl Fn() -> V) -> V {
        let known = self.settled.get(key).cloned().or_else(|| self.own.borrow().get(key).cloned());
        if let Some(known) = known.or_else(|| self.open.borrow_mut().read(key)) {
            return known;
        }
        let at = self.open.borrow_mut().begin(key, bottom);
        loop {
            let value = work();
            let closed = self.open.borrow_mut().close(at, value, lost);
            match closed {
                Closed::Again => {}
                Closed::Part(value) => return value,
                Closed::Whole(value, answers) => {
                    self.own.borrow_mut().extend(answers);
                    return value;
                }
            }
        }
    }

    /// Some limit has cut off what is being asked: of the questions that are open now, only the outermost will be
    /// remembered, which was cut off by its own depth.
    pub fn cut(&self) {
        self.open.borrow_mut().frames.last_mut().into_iter().for_each(|frame| frame.cut = true);
    }

    /// Takes over what another one of the same project has and this one has not.
    pub fn extend(&mut self, other: Self) {
        let own = self.own.get_mut();
        let theirs = other.own.into_inner();
        match own.is_empty() {
            true => *own = theirs,
            false => theirs.into_iter().for_each(|(key, value)| _ = own.entry(key).or_insert(value)),
        }
    }

    /// Lets clones share what is known by now.
    pub fn settle(&mut self) {
        let own = std::mem::take(self.own.get_mut());
        match self.settled.is_empty() {
            true => self.settled = Arc::new(own),
            false => Arc::make_mut(&mut self.settled).extend(own),
        }
    }
}

/// What is being asked.
#[derive(Clone)]
struct Open<K, V> {
    /// Each asked by the one before.
    frames: Vec<Frame<K, V>>,
    /// Answers that depend on questions that are still open, and the lowest frame that each depends on.
    parts: Vec<(K, V, usize)>,
    /// Where a question stands: as a frame or as a part.
    places: FxHashMap<K, Place>,
    /// The answers of the round before.
    before: FxHashMap<K, V>,
}

#[derive(Clone, Copy)]
enum Place {
    Frame(usize),
    Part(usize),
}

#[derive(Clone)]
struct Frame<K, V> {
    key: K,
    /// What it is taken for when it is asked from within.
    value: V,
    /// The lowest frame that it depends on.
    low: usize,
    /// It was asked from within.
    read: bool,
    /// Something in it was taken for another value than it came to have.
    moved: bool,
    cut: bool,
    /// How many parts there were when it was asked.
    parts: usize,
    rounds: usize,
}

enum Closed<K, V> {
    /// Its component has changed: work it out again.
    Again,
    /// It depends on a question that is still open.
    Part(V),
    /// It is final, and so is all that depends on it.
    Whole(V, Vec<(K, V)>),
}

impl<K, V> Default for Open<K, V> {
    fn default() -> Self {
        Self { frames: Vec::new(), parts: Vec::new(), places: FxHashMap::default(), before: FxHashMap::default() }
    }
}

impl<K: Clone + Eq + Hash, V: Clone + PartialEq> Open<K, V> {
    /// The answer so far to a question that is open, or depends on one.
    fn read(&mut self, key: &K) -> Option<V> {
        let (value, low) = match *self.places.get(key)? {
            Place::Part(at) => (self.parts[at].1.clone(), self.parts[at].2),
            Place::Frame(at) => {
                self.frames[at].read = true;
                (self.frames[at].value.clone(), at)
            }
        };
        self.depend(low);
        Some(value)
    }

    fn depend(&mut self, low: usize) {
        self.frames.last_mut().into_iter().for_each(|top| top.low = top.low.min(low));
    }

    fn begin(&mut self, key: &K, bottom: &V) -> usize {
        let at = self.frames.len();
        let value = self.before.get(key).unwrap_or(bottom).clone();
        let (key, parts) = (key.clone(), self.parts.len());
        self.places.insert(key.clone(), Place::Frame(at));
        self.frames.push(Frame { key, value, low: at, read: false, moved: false, cut: false, parts, rounds: 0 });
        at
    }

    fn close(&mut self, at: usize, value: V, lost: &V) -> Closed<K, V> {
        let frame = &mut self.frames[at];
        frame.moved |= frame.read && frame.value != value;
        let is_head = frame.low == at;
        if is_head && frame.moved && frame.rounds < ROUNDS {
            frame.rounds += 1;
            (frame.value, frame.read, frame.moved) = (value, false, false);
            self.forget_round(at);
            return Closed::Again;
        }
        let frame = self.frames.swap_remove(at);
        if !is_head {
            // What depends on it depends on what it depends on.
            self.parts[frame.parts..].iter_mut().for_each(|(_, _, low)| *low = frame.low.min(*low));
            self.places.insert(frame.key.clone(), Place::Part(self.parts.len()));
            self.parts.push((frame.key, value.clone(), frame.low));
            self.inherit(frame.low, frame.moved, frame.cut);
            return Closed::Part(value);
        }
        let value = if frame.moved { lost.clone() } else { value };
        let parts = self.parts.split_off(frame.parts);
        let moved = frame.moved.then_some(lost);
        let mut answers: Vec<(K, V)> =
            parts.into_iter().map(|(key, own, _)| (key, moved.cloned().unwrap_or(own))).collect();
        answers.push((frame.key, value.clone()));
        for (key, _) in &answers {
            self.places.remove(key);
            self.before.remove(key);
        }
        if frame.cut {
            self.inherit(usize::MAX, false, true);
            answers.drain(..answers.len() - usize::from(self.frames.is_empty()));
        }
        Closed::Whole(value, answers)
    }

    /// What a frame came to know of itself holds for the one that asked it.
    fn inherit(&mut self, low: usize, moved: bool, cut: bool) {
        self.depend(low);
        if let Some(top) = self.frames.last_mut() {
            (top.moved, top.cut) = (top.moved | moved, top.cut | cut);
        }
    }

    /// The parts of a component become what the next round starts from.
    fn forget_round(&mut self, at: usize) {
        for (key, value, _) in self.parts.split_off(self.frames[at].parts) {
            self.places.remove(&key);
            self.before.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Fixpoint;

    /// The union of what is in the nodes that a node reaches, as a set of bits.
    struct Reach<'e> {
        edges: &'e [&'e [usize]],
        answers: Fixpoint<usize, u64>,
    }

    impl Reach<'_> {
        fn of(&self, node: usize) -> u64 {
            self.answers
                .get(&node, &0, &u64::MAX, || self.edges[node].iter().fold(1 << node, |all, next| all | self.of(*next)))
        }
    }

    fn reach<'e>(edges: &'e [&'e [usize]]) -> Reach<'e> {
        Reach { edges, answers: Fixpoint::default() }
    }

    #[test]
    fn members_of_a_component_have_the_same_answer_wherever_one_begins() {
        // 0 -> 1 <-> 2, 2 -> 3 -> 1, 3 -> 4, and 5 alone with itself.
        let edges: [&[usize]; 6] = [&[1], &[2], &[1, 3], &[4, 1], &[], &[5]];
        for first in 0..6 {
            let reach = reach(&edges);
            reach.of(first);
            let all: Vec<u64> = (0..6).map(|node| reach.of(node)).collect();
            assert_eq!(all, [0b11111, 0b11110, 0b11110, 0b11110, 0b10000, 0b100000], "from {first}");
        }
    }

    #[test]
    fn components_within_components_agree_with_a_plain_closure() {
        for seed in 0..400_u64 {
            let bit =
                |from: u64, to: u64| (seed * 31 + from * 7 + 3).wrapping_mul(to * 13 + 11 + seed).is_multiple_of(5);
            let lists: Vec<Vec<usize>> =
                (0..7).map(|from| (0..7).filter(|to| bit(from, *to)).map(|to| to as usize).collect()).collect();
            let edges: Vec<&[usize]> = lists.iter().map(Vec::as_slice).collect();
            let mut expected: Vec<u64> = (0..7).map(|node| 1 << node).collect();
            for _ in 0..7 {
                for from in 0..7 {
                    expected[from] = lists[from].iter().fold(expected[from], |all, to| all | expected[*to]);
                }
            }
            for first in 0..7 {
                let reach = reach(&edges);
                reach.of(first);
                assert_eq!((0..7).map(|node| reach.of(node)).collect::<Vec<_>>(), expected, "{seed} from {first}");
            }
        }
    }

    #[test]
    fn what_has_no_fixpoint_is_lost_and_remembered() {
        let answers: Fixpoint<u8, i64> = Fixpoint::default();
        let ask = || {
            answers.get(&0, &0, &-1, || 1 - answers.get(&1, &0, &-1, || answers.get(&0, &0, &-1, || unreachable!())))
        };
        assert_eq!((ask(), answers.get(&1, &0, &-1, || unreachable!())), (-1, -1));
    }

    #[test]
    fn what_was_cut_off_is_asked_again() {
        let answers: Fixpoint<u8, u8> = Fixpoint::default();
        let inner = |limit: bool| {
            answers.get(&1, &0, &0, || {
                if limit {
                    answers.cut();
                    0
                } else {
                    7
                }
            })
        };
        assert_eq!(answers.get(&0, &0, &0, || inner(true)), 0);
        assert_eq!(answers.get(&2, &0, &0, || inner(false)), 7);
        assert_eq!(answers.get(&0, &0, &0, || unreachable!()), 0);
    }
}
