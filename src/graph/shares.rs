//! The files of a program in shares that are worked on beside each other.
//!
//! Knows what files hold only by the number of their calls.

use std::ops::Range;

use crate::program::{ClassRef, FnRef};
use crate::values::Program;

/// Files with a program that remembers for them.
pub struct Share<'a> {
    pub files: Range<u32>,
    pub program: Program<'a>,
}

/// Calls that are enough for a share of their own. What several shares ask is evaluated in each of them.
const CALLS: usize = 10_000;
/// More do not pay: each evaluates again what is used everywhere.
const MOST: usize = 4;

impl<'a> Share<'a> {
    /// All files, in order, in shares of about as many calls, whatever the number of threads.
    pub fn of(program: &Program<'a>) -> Vec<Share<'a>> {
        let calls: Vec<usize> = program.units.iter().map(|unit| unit.facts.calls.len()).collect();
        let total: usize = calls.iter().sum();
        let size = total.div_ceil((total / CALLS).clamp(1, MOST)).max(1);
        let (mut ends, mut sum) = (Vec::new(), 0);
        for (file, calls) in (0..).zip(calls) {
            let before = sum / size;
            sum += calls;
            if sum / size > before {
                ends.push(file + 1);
            }
        }
        let all = program.units.len() as u32;
        ends.retain(|end| *end < all);
        let starts = std::iter::once(0).chain(ends.clone());
        starts.zip(ends.iter().copied().chain([all])).map(|(start, end)| Share::new(program, start..end)).collect()
    }

    fn new(program: &Program<'a>, files: Range<u32>) -> Self {
        Share { files, program: program.clone() }
    }

    pub fn functions(&self) -> impl Iterator<Item = FnRef> + '_ {
        self.program.functions_of(self.files.clone())
    }

    pub fn classes(&self) -> impl Iterator<Item = ClassRef> + '_ {
        self.program.classes_of(self.files.clone())
    }
}
