//! The macros that a project defines: which arms a call of one runs, and that a call does not come back
//! where all of them leave the function around it.
//!
//! A macro is known by its name within the package that defines it. Knows no language's syntax.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::FnRef;
use crate::facts::{Block, Call, CallId, CallKind, FileFacts, FnKind, Node};
use crate::packages::manifests::Manifests;
use crate::packages::unit::Unit;

#[derive(Default)]
pub struct Macros {
    /// By the package's folder and the macro's name, in the order of the files.
    arms: FxHashMap<(String, String), Vec<FnRef>>,
    /// The package of each file that defines or may call some.
    folders: FxHashMap<u32, String>,
}

impl Macros {
    pub fn of(units: &[Unit], manifests: &Manifests) -> Self {
        let mut macros = Self::default();
        for (file, unit) in units.iter().enumerate().filter(|(_, unit)| concerned(&unit.facts)) {
            let folder = manifests.package_of(&unit.path).map_or(String::new(), |package| package.folder.clone());
            for id in unit.facts.function_ids().filter(|id| unit.facts.function(*id).kind == FnKind::Macro) {
                let name = unit.facts.function(id).name.clone().unwrap_or_default();
                macros.arms.entry((folder.clone(), name)).or_default().push(FnRef { file: file as u32, id });
            }
            macros.folders.insert(file as u32, folder);
        }
        macros
    }

    /// The arms that a call may run: of the file's own macro, else of the only one in its package.
    pub fn run_by(&self, units: &[Unit], file: u32, call: &Call) -> Vec<FnRef> {
        let facts = &units[file as usize].facts;
        let found = || {
            let name = call.callee_name(facts).filter(|_| call.kind == CallKind::Macro)?;
            self.arms.get(&(self.folders.get(&file)?.clone(), name.to_string()))
        };
        let all = found().map_or(&[][..], Vec::as_slice);
        let home = all.iter().find(|arm| arm.file == file).or(all.first()).map(|arm| arm.file);
        let own = all.iter().filter(|arm| Some(arm.file) == home);
        if home != Some(file) && all.iter().any(|arm| Some(arm.file) != home) {
            return Vec::new();
        }
        let fits = |arm: &&FnRef| takes(units, **arm, call);
        let fitting: Vec<FnRef> = own.clone().filter(fits).copied().collect();
        if fitting.is_empty() { own.copied().collect() } else { fitting }
    }

    /// The units, with the ends of the ways that such calls cut off; `None` where there are none.
    pub fn settled(&self, units: &[Unit]) -> Option<Vec<Unit>> {
        if self.arms.is_empty() {
            return None;
        }
        let settle = |(file, unit): (usize, &Unit)| {
            let leaving = self.leaving(units, file as u32);
            let facts = if leaving.is_empty() { Arc::clone(&unit.facts) } else { Arc::new(cut(&unit.facts, &leaving)) };
            Unit { facts, ..unit.clone() }
        };
        Some(units.iter().enumerate().map(settle).collect())
    }

    fn leaving(&self, units: &[Unit], file: u32) -> Vec<CallId> {
        if !self.folders.contains_key(&file) {
            return Vec::new();
        }
        let leaves = |arm: &FnRef| units[arm.file as usize].facts.function(arm.id).flags.leaves;
        let calls = units[file as usize].facts.calls.iter().enumerate();
        let leaving = calls.filter(|(_, call)| {
            let arms = self.run_by(units, file, call);
            !arms.is_empty() && arms.iter().all(leaves)
        });
        leaving.map(|(id, _)| CallId(id as u32)).collect()
    }
}

fn concerned(facts: &FileFacts) -> bool {
    facts.calls.iter().any(|call| call.kind == CallKind::Macro)
        || facts.functions.iter().any(|function| function.kind == FnKind::Macro)
}

/// As many arguments as the arm has parameters; one without parameters may take anything.
fn takes(units: &[Unit], arm: FnRef, call: &Call) -> bool {
    let params = units[arm.file as usize].facts.function(arm.id).params.len();
    let given = call.args.iter().filter(|arg| arg.name.is_none()).count();
    params == given || params == 0
}

fn cut(facts: &FileFacts, leaving: &[CallId]) -> FileFacts {
    let mut facts = facts.clone();
    let spans: FxHashMap<CallId, crate::facts::Span> = leaving.iter().map(|id| (*id, facts.call(*id).span)).collect();
    for function in &mut facts.functions {
        cut_block(&mut function.body, &spans);
    }
    facts
}

fn cut_block(block: &mut Block, spans: &FxHashMap<CallId, crate::facts::Span>) {
    let end = |node: &Node| match node {
        Node::Call(id) => spans.get(id).copied(),
        _ => None,
    };
    if let Some((at, span)) = block.iter().enumerate().find_map(|(at, node)| Some((at, end(node)?))) {
        block.truncate(at + 1);
        block.push(Node::Return { value: None, span });
    }
    block.iter_mut().flat_map(Node::blocks_mut).for_each(|inner| cut_block(inner, spans));
}
