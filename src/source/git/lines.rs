//! A set of lines of one file, and how it moves when the file is edited.
//!
//! Lines count from 1. Knows neither git nor findings.

/// Ranges of lines, first and last, sorted and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(Vec<(u32, u32)>);

impl Lines {
    pub fn all() -> Self {
        Self(vec![(0, u32::MAX)])
    }

    /// Adds lines that come after all those that are there.
    pub fn push(&mut self, first: u32, last: u32) {
        match self.0.last_mut() {
            Some(before) if before.1.saturating_add(1) >= first => before.1 = before.1.max(last),
            _ => self.0.push((first, last)),
        }
    }

    /// Whether some line from `first` to `last` belongs to the set.
    pub fn touch(&self, first: u32, last: u32) -> bool {
        self.0.iter().any(|range| range.0 <= last && first <= range.1)
    }

    /// The set after an edit: the lines `first..=last` became `new` lines. What was edited belongs to the set
    /// when a part of it did.
    pub fn follow(&mut self, first: u32, last: u32, new: u32) {
        let old = last - first + 1;
        let moved = |line: u32| match line {
            u32::MAX => line,
            line => (line + new).saturating_sub(old).max(first),
        };
        for range in &mut self.0 {
            if range.0 > last {
                *range = (moved(range.0), moved(range.1));
            } else if range.1 >= first {
                *range = (range.0.min(first), moved(range.1.max(last)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(ranges: &[(u32, u32)]) -> Lines {
        let mut lines = Lines::default();
        ranges.iter().for_each(|(first, last)| lines.push(*first, *last));
        lines
    }

    #[test]
    fn neighbours_join() {
        assert_eq!(lines(&[(1, 2), (3, 3), (7, 8), (8, 9)]).0, [(1, 3), (7, 9)]);
        assert!(lines(&[(3, 5)]).touch(5, 9) && lines(&[(3, 5)]).touch(1, 3));
        assert!(!lines(&[(3, 5)]).touch(6, 9) && !lines(&[]).touch(1, 9));
        assert!(Lines::all().touch(1, 1));
    }

    #[test]
    fn edits_move_what_follows() {
        let after = |first, last, new| {
            let mut lines = lines(&[(2, 3), (10, 12)]);
            lines.follow(first, last, new);
            lines.0
        };
        assert_eq!(after(5, 5, 3), [(2, 3), (12, 14)]);
        assert_eq!(after(5, 7, 1), [(2, 3), (8, 10)]);
        assert_eq!(after(20, 20, 9), [(2, 3), (10, 12)]);
        assert_eq!(after(11, 11, 4), [(2, 3), (10, 15)]);
        assert_eq!(after(9, 10, 1), [(2, 3), (9, 11)]);
    }
}
