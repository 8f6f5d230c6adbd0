//! Traits, protocols and abstract classes: what their methods are on a struct that leaves them as they are, and who is
//! behind one that only says what there is.
//!
//! Knows no library by name.

use thin_vec::ThinVec;

use crate::facts::{ClassKind, Node};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

impl Program<'_> {
    /// The method that a trait of the project gives to the structs that implement it and write none of that name.
    pub(crate) fn default_method(&self, class: ClassRef, name: &str) -> Option<FnRef> {
        let traits = self.traits_of.get(&class)?;
        let mut methods = traits.iter().flat_map(|of| self.ancestry(*of)).filter_map(|of| self.own_method(of, name));
        methods.find(|f| !self.is_declaration(*f))
    }

    /// A method that is only declared is what the classes make of it; what stands in for a trait in tests is never
    /// behind a call of the program.
    pub(crate) fn keep_real(&self, call: CallRef, functions: &mut ThinVec<FnRef>) {
        if functions.len() < 2 {
            return;
        }
        let from = FnRef { file: call.file, id: self.call(call).function };
        keep(functions, |f| !self.is_declaration(f));
        if self.semantics(call.file).traits && !self.is_test(from) {
            keep(functions, |f| !self.is_test(f));
        }
    }

    /// It has no body where a body must be written below, or only says that.
    fn is_declaration(&self, f: FnRef) -> bool {
        let function = self.function(f);
        let Some(class) = function.class.map(|id| ClassRef { file: f.file, id }) else { return false };
        match function.body.split_last() {
            None => self.class(class).kind == ClassKind::Trait || self.is_protocol(class) || self.is_abstract(f),
            Some((Node::Throw { .. }, before)) => before.iter().all(|node| matches!(node, Node::Call(_))),
            _ => false,
        }
    }

    fn is_abstract(&self, f: FnRef) -> bool {
        let facts = self.facts(f.file);
        let mut decorators = self.function(f).decorators.iter();
        let mark = self.semantics(f.file).abstract_mark;
        mark.is_some() && decorators.any(|id| facts.call(*id).callee_name(facts) == mark)
    }
}

/// Leaves those that are so, where any is.
fn keep(functions: &mut ThinVec<FnRef>, is: impl Fn(FnRef) -> bool) {
    if functions.iter().any(|f| is(*f)) {
        functions.retain(|f| is(*f));
    }
}
