//! Handles that a component gives up to those who render it, by the functions that they hand it: `setRoom(room)`.
//!
//! Where nobody is known to render it, or what they hand it is not known, somebody unknown has the handle. Knows no
//! library.

use rustc_hash::FxHashSet;

use super::Open;
use super::handlers::is_hook_of;
use super::lifespan::{home_of, returned_by};
use super::model::{Case, Fit, Fitting, Handle, Place};
use super::props::Component;
use super::unseen::{keeps_nothing, may_release};
use crate::facts::Value;
use crate::program::{CallRef, FnRef};
use crate::values::handover::functions_of;

impl<'a> Handle<'_, 'a> {
    /// Arguments that are functions by name get the handle as what they are given first.
    pub(crate) fn passed_by_name(&mut self, call: CallRef) {
        let from = self.effects.at(call);
        for arg in &self.effects.program.call(call).args {
            if !matches!(arg.value, Value::Closure(_)) && !keeps_nothing(&arg.value) {
                self.given_up(from, &arg.value, 0, &mut FxHashSet::default());
            }
        }
    }

    /// What is called with the handle is a property of the component; `at`: which argument it is.
    pub(crate) fn is_given_up(&mut self, call: CallRef, at: usize) -> bool {
        let (from, callee) = (self.effects.at(call), &self.effects.program.call(call).callee);
        let property = self.effects.property(from, callee).is_some();
        if property {
            self.given_up(from, callee, at, &mut FxHashSet::default());
        }
        property
    }

    /// The functions behind the value have it, or the state that it sets.
    fn given_up(&mut self, from: FnRef, value: &'a Value, at: usize, seen: &mut FxHashSet<(Component, String)>) {
        let effects = self.effects;
        if let Some(state) = self.state_of(from.file, value) {
            self.places.insert(Place::Var(from.file, state));
            self.taken_by(from, seen);
            return;
        }
        if let Some((component, name)) = effects.property(from, value) {
            let handed = effects.handed_by_elements(component, name);
            self.escapes |= handed.is_empty();
            if seen.insert((component, name.to_string())) {
                handed.into_iter().for_each(|(from, value)| self.given_up(from, value, at, seen));
            }
            return;
        }
        let mut functions = Vec::new();
        functions_of(effects.program, from, value, false, &mut functions);
        self.escapes |= functions.is_empty();
        for f in functions {
            self.lent(f, at);
            self.taken_by(f, seen);
        }
    }

    /// Somebody else than the component has it by now.
    fn taken_by(&mut self, f: FnRef, seen: &FxHashSet<(Component, String)>) {
        let home = home_of(self.effects, f);
        self.look_into(f.file);
        // What the end of an object does is not looked for.
        self.escapes |= self.effects.program.class_around(f).is_some();
        if !seen.is_empty() && !self.lifted.contains(&home) {
            self.lifted.push(home);
        }
    }
}

impl<'a> Case<'_, 'a> {
    /// Who renders the component has it, and ends it with its own life, or stays with the page; or it is a hook's, and
    /// who uses that ends it.
    pub(crate) fn is_ended_above(&self, open: &Open<'a>, handle: &Handle<'_, 'a>) -> bool {
        let lasts = |home: &FnRef| self.effects.lives().is_page(self.effects, *home);
        let lifted = handle.lifted.iter().any(|home| self.is_ended_with(*home, open, handle) || lasts(home));
        lifted || self.users().into_iter().any(|home| self.is_ended_with(home, open, handle))
    }

    /// The ends of a component release it.
    fn is_ended_with(&self, home: FnRef, open: &Open<'a>, handle: &Handle<'_, 'a>) -> bool {
        let fitting = Fitting { effects: self.effects, open, handle };
        let data = self.homes.get(&home).cloned().unwrap_or_default();
        let returning = data.effects.iter().filter(|registered| registered.returns);
        let disposers: Vec<_> = returning.flat_map(|registered| returned_by(self.effects, registered.start)).collect();
        let ends = super::ends::ends(self.effects, &data.ends, &disposers);
        let mut events = ends.events.iter();
        events.any(|event| fitting.fit(event) == Fit::Releases || may_release(self.effects, open, handle, event))
    }

    /// The components and hooks that use the hook whose handler opens it.
    fn users(&self) -> Vec<FnRef> {
        let home = self.owner.home;
        let hook = self.owner.handler && is_hook_of(self.effects, home);
        let calls = self.effects.calls_of(home).iter().filter(|_| hook);
        calls.map(|call| home_of(self.effects, self.effects.at(*call))).collect()
    }
}
