//! Work that is done in parts, beside each other.
//!
//! Not by the pool that the files are read with: an analysis recurses deeply and needs larger stacks.

use std::sync::{Mutex, PoisonError};

/// Deep expressions make deep recursions; the caller's stack may be small.
const STACK: usize = 64 * 1024 * 1024;

/// How many threads may work.
#[derive(Debug, Clone, Copy)]
pub struct Crew {
    pub threads: usize,
}

impl Crew {
    /// As many as read files here.
    pub fn here() -> Self {
        Self { threads: rayon::current_num_threads() }
    }

    /// The results in the order of the parts. Panics as the work does.
    pub fn each<T: Send, R: Send>(self, parts: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        if self.threads < 2 || parts.len() < 2 {
            return parts.into_iter().map(work).collect();
        }
        let helpers = self.threads.min(parts.len()) - 1;
        let left = Mutex::new(parts.into_iter().enumerate());
        let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
        let take = || std::iter::from_fn(next).map(|(at, part)| (at, work(part))).collect::<Vec<_>>();
        let mut done = std::thread::scope(|scope| {
            let spawn = || std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, take);
            // Without further threads this one does it all.
            let threads: Vec<_> = (0..helpers).map_while(|_| spawn().ok()).collect();
            let mut done = take();
            for thread in threads {
                done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            done
        });
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Runs one piece of work on a thread with a large stack. Panics as the work does.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn one<R: Send>(work: impl FnOnce() -> R + Send) -> std::io::Result<R> {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work)?;
            thread.join().map_or_else(|panic| std::panic::resume_unwind(panic), Ok)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Crew;

    #[test]
    fn results_stand_in_the_order_of_the_parts() {
        for threads in [1, 2, 3, 16] {
            let parts: Vec<u64> = (0..40).rev().collect();
            let done = Crew { threads }.each(parts.clone(), |part| (0..part * 1000).sum::<u64>());
            let wanted: Vec<u64> = parts.iter().map(|part| (0..part * 1000).sum()).collect();
            assert_eq!(done, wanted, "{threads} threads");
        }
    }

    #[test]
    fn a_panic_of_one_part_is_a_panic_of_all() {
        let work = || Crew { threads: 4 }.each(vec![1, 2, 3, 4, 5], |part| assert_ne!(part, 3));
        assert!(std::panic::catch_unwind(work).is_err());
    }
}
