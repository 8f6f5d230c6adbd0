//! What constructors hand on to the constructors above them: `super().__init__(name, app.session)`.
//!
//! An object of a class is given what the class itself passes up, whoever makes it. Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::Value;
use crate::graph::Graph;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::passing::{Passed, Slot, passed, passed_in};
use crate::values::sites::is_super;

/// The constructor that hands something up, and which of its own parameters that is.
type From = (FnRef, Option<usize>);

#[derive(Default)]
pub struct HandedUp {
    to: FxHashMap<(FnRef, usize), Vec<From>>,
}

impl HandedUp {
    pub fn find(program: &Program, graph: &Graph, classes: impl Iterator<Item = ClassRef>) -> HandedUp {
        let constructors: FxHashSet<FnRef> = classes.filter_map(|class| Some(program.constructor(class)?.1)).collect();
        let mut found = HandedUp::default();
        constructors.into_iter().for_each(|f| found.note(program, graph, f));
        found
    }

    fn note(&mut self, program: &Program, graph: &Graph, f: FnRef) {
        let calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
        for call in calls.filter(|call| is_super(program.call(*call))) {
            let base = graph.target(call).and_then(|target| program.constructor(target.class?));
            let Some((_, base)) = base.filter(|(_, base)| *base != f) else { continue };
            for param in 0..program.function(base).params.len() {
                if let Some(value) = passed(program, call, base, param).filter(|value| !is_literal(value)) {
                    self.to.entry((base, param)).or_default().push((f, parameter_behind(program, f, value)));
                }
            }
        }
    }

    /// The call that makes an object of the class gives something to the parameter, of its own constructor or of one
    /// above it.
    pub fn reaches(&self, program: &Program, class: ClassRef, call: CallRef, to: (FnRef, Slot)) -> bool {
        let Some((_, own)) = program.constructor(class) else { return false };
        let line = program.ancestry(class);
        let above = |(g, _): &&From| program.class_around(*g).is_some_and(|part| line.contains(&part));
        let (mut seen, mut waiting) = (FxHashSet::default(), vec![to]);
        while let Some((g, slot)) = waiting.pop() {
            if g == own && given(program, call, own, slot) {
                return true;
            }
            if g == own || !seen.insert((g, slot)) {
                continue;
            }
            for (g, param) in self.to.get(&(g, slot.index())).into_iter().flatten().filter(|from| above(from)) {
                match param {
                    Some(param) => waiting.push((*g, Slot { param: *param as u32, ..slot })),
                    None if slot.key.is_none() => return true,
                    None => {}
                }
            }
        }
        false
    }
}

/// The call passes more than a literal for the slot, or may do so.
fn given(program: &Program, call: CallRef, f: FnRef, slot: Slot) -> bool {
    match passed_in(program, call, f, slot) {
        Passed::Value(value) => !is_literal(value),
        Passed::Unknown => true,
        Passed::Nothing => false,
    }
}

fn is_literal(value: &Value) -> bool {
    matches!(value, Value::Literal(_))
}

/// Which parameter of the function the value is.
pub fn parameter_behind(program: &Program, f: FnRef, value: &Value) -> Option<usize> {
    let Value::Var(var) = value else { return None };
    program.function(f).params.iter().position(|param| var.function == f.id && param.local == var.local)
}
