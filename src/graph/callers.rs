//! Which calls run a function.
//!
//! Product code only; calls that are found by a method's name alone do not count.

use rustc_hash::FxHashMap;

use super::Graph;
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// The calls of each function of the project, in the order of files.
pub struct Callers(FxHashMap<FnRef, Vec<CallRef>>);

impl Callers {
    pub fn new(program: &Program, graph: &Graph) -> Self {
        let product = |call: CallRef| {
            let f = FnRef { file: call.file, id: program.call(call).function };
            !program.is_test(f)
        };
        let mut found: FxHashMap<FnRef, Vec<CallRef>> = FxHashMap::default();
        for (call, target) in graph.targets.iter().filter(|(call, target)| !target.by_name && product(*call)) {
            let constructor = target.class.and_then(|class| program.constructor(class)).map(|(_, f)| f);
            target.functions.iter().copied().chain(constructor).for_each(|f| found.entry(f).or_default().push(call));
        }
        found.values_mut().for_each(|calls| calls.sort_unstable());
        Callers(found)
    }

    /// The calls of product code that run the function, in the order of files.
    pub fn of(&self, f: FnRef) -> &[CallRef] {
        self.0.get(&f).map_or(&[], Vec::as_slice)
    }
}
