//! What the calls of a project were resolved to.
//!
//! Every call has an answer, so that they lie as the calls do, file by file. Knows no library by name.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::calls::Target;
use crate::facts::CallId;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

#[derive(Default)]
pub struct Targets {
    files: Vec<Vec<Target>>,
    callers: OnceLock<FxHashMap<FnRef, Vec<CallRef>>>,
    makers: OnceLock<FxHashMap<ClassRef, Vec<CallRef>>>,
    named: OnceLock<FxHashSet<FnRef>>,
}

/// What the calls of one file mean.
pub fn of_file(program: &Program, file: u32) -> Vec<Target> {
    let calls = 0..program.facts(file).calls.len() as u32;
    calls.map(|id| program.target(CallRef { file, id: CallId(id) })).collect()
}

/// The targets of files, the first of which has the number `first`, with their calls.
pub fn numbered(first: u32, files: &[Vec<Target>]) -> impl Iterator<Item = (CallRef, &Target)> {
    files.iter().zip(first..).flat_map(|(targets, file)| {
        let call = move |id: usize| CallRef { file, id: CallId(id as u32) };
        targets.iter().enumerate().map(move |(id, target)| (call(id), target))
    })
}

impl Targets {
    /// By file, each in the order of its calls.
    pub fn new(files: Vec<Vec<Target>>) -> Self {
        Self { files, ..Self::default() }
    }

    pub fn get(&self, call: CallRef) -> Option<&Target> {
        self.files.get(call.file as usize)?.get(call.id.index())
    }

    pub fn iter(&self) -> impl Iterator<Item = (CallRef, &Target)> {
        numbered(0, &self.files)
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

    /// The calls that make an object of a class, in order.
    pub fn makers(&self, class: ClassRef) -> &[CallRef] {
        let makers = self.makers.get_or_init(|| {
            let mut makers: FxHashMap<ClassRef, Vec<CallRef>> = FxHashMap::default();
            for (call, class) in self.iter().filter_map(|(call, target)| Some((call, target.class?))) {
                makers.entry(class).or_default().push(call);
            }
            makers
        });
        makers.get(&class).map_or(&[], Vec::as_slice)
    }

    /// Some call may mean the function, by its name alone.
    pub fn is_named(&self, f: FnRef) -> bool {
        let by_name = |(_, target): (CallRef, &Target)| target.by_name.then(|| target.functions.clone());
        self.named.get_or_init(|| self.iter().filter_map(by_name).flatten().collect()).contains(&f)
    }
}
