//! What constructors hand on to the constructors above them: `super().__init__(name, app.session)`.
//!
//! An object of a class is given what the class itself passes up, whoever makes it. Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::Value;
use crate::graph::Graph;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::passing::passed;
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
                if let Some(value) = given(program, call, base, param) {
                    self.to.entry((base, param)).or_default().push((f, parameter_behind(program, f, value)));
                }
            }
        }
    }

    /// The call that makes an object of the class gives something to the parameter, of its own constructor or of one
    /// above it.
    pub fn reaches(&self, program: &Program, class: ClassRef, call: CallRef, to: (FnRef, usize)) -> bool {
        let Some((_, own)) = program.constructor(class) else { return false };
        let line = program.ancestry(class);
        let above = |(g, _): &&From| program.class_around(*g).is_some_and(|part| line.contains(&part));
        let (mut seen, mut waiting) = (FxHashSet::default(), vec![to]);
        while let Some((g, param)) = waiting.pop() {
            if g == own && given(program, call, own, param).is_some() {
                return true;
            }
            if g == own || !seen.insert((g, param)) {
                continue;
            }
            for (g, param) in self.to.get(&(g, param)).into_iter().flatten().filter(|from| above(from)) {
                let Some(param) = param else { return true };
                waiting.push((*g, *param));
            }
        }
        false
    }
}

/// What a call passes for a parameter, where that is more than a literal.
fn given<'a>(program: &Program<'a>, call: CallRef, f: FnRef, param: usize) -> Option<&'a Value> {
    passed(program, call, f, param).filter(|value| !matches!(value, Value::Literal(_)))
}

/// Which parameter of the function the value is.
pub fn parameter_behind(program: &Program, f: FnRef, value: &Value) -> Option<usize> {
    let Value::Var(var) = value else { return None };
    program.function(f).params.iter().position(|param| var.function == f.id && param.local == var.local)
}
