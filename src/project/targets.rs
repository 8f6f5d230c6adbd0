//! What the calls of a project were resolved to.
//!
//! Every call has an answer, so that they lie as the calls do, file by file. Knows no library by name.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use super::calls::Target;
use super::program::{CallRef, FnRef, Program};
use crate::facts::CallId;

#[derive(Default)]
pub struct Targets {
    files: Vec<Vec<Target>>,
    callers: OnceCell<FxHashMap<FnRef, Vec<CallRef>>>,
}

impl Targets {
    pub fn of(program: &Program) -> Self {
        let file = |file: u32| {
            let calls = 0..program.facts(file).calls.len() as u32;
            calls.map(|id| program.target(CallRef { file, id: CallId(id) })).collect()
        };
        Self { files: (0..program.units.len() as u32).map(file).collect(), callers: OnceCell::new() }
    }

    pub fn get(&self, call: CallRef) -> Option<&Target> {
        self.files.get(call.file as usize)?.get(call.id.index())
    }

    pub fn iter(&self) -> impl Iterator<Item = (CallRef, &Target)> {
        self.files.iter().enumerate().flat_map(|(file, targets)| {
            let call = move |id: usize| CallRef { file: file as u32, id: CallId(id as u32) };
            targets.iter().enumerate().map(move |(id, target)| (call(id), target))
        })
    }

    /// The calls that run a function, in order; not those that only call something of its name.
    pub fn callers(&self, f: FnRef) -> &[CallRef] {
        let callers = self.callers.get_or_init(|| {
            let mut callers: FxHashMap<FnRef, Vec<CallRef>> = FxHashMap::default();
            for (call, target) in self.iter().filter(|(_, target)| !target.by_name) {
                target.functions.iter().for_each(|f| callers.entry(*f).or_default().push(call));
            }
            callers
        });
        callers.get(&f).map_or(&[], Vec::as_slice)
    }
}
