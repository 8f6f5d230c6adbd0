//! Traits of Rust: what their methods are on a struct that leaves them as they are, and who is behind one that only
//! says what there is.
//!
//! Knows no library by name.

use crate::facts::ClassKind;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

impl Program<'_> {
    /// The method that a trait of the project gives to the structs that implement it and write none of that name.
    pub(crate) fn default_method(&self, class: ClassRef, name: &str) -> Option<FnRef> {
        let traits = self.traits_of.get(&class)?;
        let mut methods = traits.iter().flat_map(|of| self.ancestry(*of)).filter_map(|of| self.own_method(of, name));
        methods.find(|f| !self.is_declaration(*f))
    }

    /// A method of a trait without a body is what the structs make of it; what stands in for one in tests is never
    /// behind a call of the program.
    pub(crate) fn keep_real(&self, call: CallRef, functions: &mut Vec<FnRef>) {
        if !self.semantics(call.file).traits || functions.len() < 2 {
            return;
        }
        let from = FnRef { file: call.file, id: self.call(call).function };
        keep(functions, |f| !self.is_declaration(f));
        if !self.is_test(from) {
            keep(functions, |f| !self.is_test(f));
        }
    }

    fn is_declaration(&self, f: FnRef) -> bool {
        let function = self.function(f);
        let of_trait = function.class.is_some_and(|class| self.facts(f.file).class(class).kind == ClassKind::Trait);
        of_trait && function.body.is_empty()
    }
}

/// Leaves those that are so, where any is.
fn keep(functions: &mut Vec<FnRef>, is: impl Fn(FnRef) -> bool) {
    if functions.iter().any(|f| is(*f)) {
        functions.retain(|f| is(*f));
    }
}
