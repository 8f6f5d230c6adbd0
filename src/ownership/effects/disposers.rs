//! What helpers give to end with what they have opened: functions that they return, and where these go.
//!
//! Knows no library.

use super::ends::ends;
use super::model::{Disposer, Fit, Fitting, Handle};
use super::{Effects, Open};
use crate::facts::Value;
use crate::program::FnRef;
use crate::values::calls::top;

impl<'e, 'a> Handle<'e, 'a> {
    /// Functions that release it, which helpers on the way return: where they went.
    pub(crate) fn returned_disposers(&self, open: &Open<'a>) -> Vec<Disposer<'e, 'a>> {
        let mut found = Vec::new();
        for call in &open.path {
            let closures = self.effects.runs(*call).into_iter().flat_map(|f| self.effects.closures_returned(f));
            for f in closures.filter(|f| self.is_released_in(open, *f)).collect::<Vec<_>>() {
                let mut handle = Self::from(self.effects, open, *call);
                handle.spread(open);
                found.push(Disposer { f, handle });
            }
        }
        found
    }

    fn is_released_in(&self, open: &Open<'a>, disposer: FnRef) -> bool {
        let fitting = Fitting { effects: self.effects, open, handle: self };
        let events = ends(self.effects, &[disposer], &[]).events;
        events.iter().any(|event| fitting.fit(event) == Fit::Releases)
    }

    /// The value is a function that a helper gave to end it with.
    pub fn is_ended_by(&self, file: u32, value: &Value) -> bool {
        self.disposers.iter().any(|disposer| disposer.handle.relates(file, value))
    }

    /// It stands in such a function, which runs when somebody calls it.
    pub fn is_in_disposer(&self, f: FnRef) -> bool {
        self.disposers.iter().any(|disposer| self.effects.within(disposer.f, f))
    }
}

impl<'a> Effects<'_, 'a> {
    /// The functions that a function makes and returns.
    pub(crate) fn closures_returned(&self, f: FnRef) -> Vec<FnRef> {
        let closure = |value: &'a Value| match self.program.deref(top(f.file), value) {
            Value::Closure(id) => Some(FnRef { file: f.file, id: *id }),
            _ => None,
        };
        self.program.given_by(f).into_iter().filter_map(closure).collect()
    }
}
