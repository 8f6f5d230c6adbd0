//! From the text that was judged to the text that is shown, where they differ.
//!
//! They differ in one stretch: what stands before and after it is moved as a whole. Knows texts only.

/// Where the differing stretch begins and ends in both texts.
#[derive(Debug, Clone, Copy)]
pub struct Shift {
    start: usize,
    judged_end: usize,
    shown_end: usize,
}

impl Shift {
    pub fn between(judged: &str, shown: &str) -> Self {
        let same = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(left, right)| left == right).count();
        let start = same(&mut judged.bytes().zip(shown.bytes()));
        let most = judged.len().min(shown.len()) - start;
        let end = same(&mut judged.bytes().rev().zip(shown.bytes().rev()).take(most));
        Self { start, judged_end: judged.len() - end, shown_end: shown.len() - end }
    }

    /// The texts are the same.
    pub fn is_none(self) -> bool {
        self.start == self.judged_end && self.start == self.shown_end
    }

    /// Where an offset of the judged text is shown.
    pub fn shown(self, offset: usize) -> usize {
        moved(offset, self.start, self.judged_end, self.shown_end)
    }

    /// Where a shown offset was when the text was judged.
    pub fn judged(self, offset: usize) -> usize {
        moved(offset, self.start, self.shown_end, self.judged_end)
    }
}

fn moved(offset: usize, start: usize, end: usize, new_end: usize) -> usize {
    if offset <= start {
        offset
    } else if offset >= end {
        new_end + (offset - end)
    } else {
        offset.min(new_end)
    }
}

#[cfg(test)]
mod tests {
    use super::Shift;

    #[test]
    fn what_follows_an_edit_moves_with_it() {
        let shift = Shift::between("one two three", "one 2 + two three");
        assert_eq!((shift.shown(0), shift.shown(8)), (0, 12));
        assert_eq!((shift.judged(12), shift.judged(0)), (8, 0));
        assert!(!shift.is_none());
    }

    #[test]
    fn equal_texts_and_repetitions_are_sound() {
        assert!(Shift::between("same", "same").is_none());
        let shift = Shift::between("aaaa", "aa");
        assert!((0..=4).all(|at| shift.shown(at) <= 2));
        let shift = Shift::between("", "abc");
        assert_eq!(shift.shown(0), 0);
    }
}
