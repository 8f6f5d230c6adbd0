//! What entering and leaving a scope runs: `with session:` calls two methods of the project's own object.
//!
//! What the object gives back as it leaves is for the release analysis. Knows no library by name.

use super::spot::Spot;
use super::{Builder, Point};
use crate::catalog::schema::Run;
use crate::catalog::words::graph::{CONTEXT_ENTRIES, CONTEXT_EXITS};
use crate::facts::{Span, Value};
use crate::program::{ClassRef, FnRef};
use crate::values::eval::Ty;

impl<'a> Builder<'_, 'a> {
    pub(crate) fn entering(&mut self, f: FnRef, resource: &'a Value, span: Span, spot: &Spot<'a>) {
        let mut methods: Vec<FnRef> = Vec::new();
        match self.program.eval(f, resource) {
            Ty::Instance(class) => methods.extend(self.entered(class)),
            Ty::OneOf(all) => methods.extend(all.iter().filter_map(Ty::class).flat_map(|class| self.entered(class))),
            _ => {}
        }
        methods.sort_unstable();
        methods.dedup();
        methods.into_iter().for_each(|to| self.edge(f, Point::Fn(to), span, Run::Inline, false, spot));
    }

    /// The methods of the class, or of one below it, that may be meant.
    fn entered(&self, class: ClassRef) -> Vec<FnRef> {
        let program = self.program;
        let names = || CONTEXT_ENTRIES.iter().chain(CONTEXT_EXITS);
        let own = names().filter_map(|name| program.find_method(class, name));
        let below = program.descendants(class);
        let overridden = below.iter().flat_map(|sub| names().filter_map(|name| program.own_method(*sub, name)));
        own.chain(overridden).collect()
    }
}
