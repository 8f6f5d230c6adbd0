//! What a constructor is handed, where no type is written: what all who make an object hand it.
//!
//! Knows no library by name.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::kinds::FileClass;
use super::passing::passed;
use super::program::{CallRef, ClassRef, FnRef, Program};
use crate::facts::{CallKind, FnKind, Language};

/// Calls by the last name of what they call, of names that classes have.
#[derive(Clone, Default)]
pub struct Memo<'a> {
    calls: Arc<OnceLock<FxHashMap<&'a str, Vec<CallRef>>>>,
}

/// A class that more places make is used in too many ways to ask all of them.
const MAX_MAKERS: usize = 8;

impl<'a> Program<'a> {
    /// The client that every call hands the constructor's parameter; calls of which nothing is known do not count.
    pub(super) fn handed_to_constructor(&self, owner: FnRef, param: usize) -> Ty<'a> {
        let untyped = self.language(owner.file) != Language::Rust;
        if self.function(owner).kind != FnKind::Constructor || !untyped {
            return Ty::Unknown;
        }
        let Some(class) = self.class_around(owner) else { return Ty::Unknown };
        let makers = self.makers(class);
        if makers.len() > MAX_MAKERS {
            return Ty::Unknown;
        }
        let mut found = Ty::Unknown;
        for call in makers {
            let from = FnRef { file: call.file, id: self.call(call).function };
            match passed(self, call, owner, param).map(|value| self.eval(from, value)) {
                Some(ty @ Ty::Concept(_)) if !found.is_known() || found == ty => found = ty,
                Some(Ty::Concept(_)) => return Ty::Unknown,
                _ => {}
            }
        }
        found
    }

    /// The calls of product code that make an object of the class.
    fn makers(&self, class: ClassRef) -> Vec<CallRef> {
        let calls = self.memo.makers.calls.get_or_init(|| self.calls_by_name());
        let named = calls.get(self.class(class).name.as_str()).into_iter().flatten().copied();
        let makes = |call: &CallRef| {
            let from = FnRef { file: call.file, id: self.call(*call).function };
            self.class_of(call.file) != FileClass::Test && self.eval(from, &self.call(*call).callee) == Ty::Class(class)
        };
        named.filter(makes).collect()
    }

    fn calls_by_name(&self) -> FxHashMap<&'a str, Vec<CallRef>> {
        let mut found: FxHashMap<&'a str, Vec<CallRef>> = FxHashMap::default();
        for call in self.calls() {
            let data = self.call(call);
            let plain = matches!(data.kind, CallKind::New | CallKind::Call);
            let name = data.callee_name(self.facts(call.file)).filter(|name| plain && names_class(name));
            if let Some(name) = name {
                found.entry(name).or_default().push(call);
            }
        }
        found
    }
}

fn names_class(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|c: char| c.is_uppercase())
}
