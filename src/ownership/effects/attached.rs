//! Functions that a framework runs on an element when that is there, and again with nothing when it goes:
//! `ref={attach}`.
//!
//! The element is their owner: they begin with it, and their own run on nothing is its end. The frameworks' rows name
//! the attributes. Knows no framework.

use rustc_hash::FxHashSet;

use super::Effects;
use super::arms::is_cut_off;
use super::ends::ends;
use super::handlers::is_components;
use super::lifespan::home_of;
use super::lives::Lives;
use super::model::{Ends, Event, Homes, Owner};
use super::props::Component;
use crate::facts::{CallKind, Literal, ParamKind, Value, VarRef};
use crate::program::FnRef;
use crate::values::handover::functions_of;

pub fn attached<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let mut functions: Vec<FnRef> =
        effects.tables.attached.iter().copied().filter(|f| is_components(effects, *f)).collect();
    functions.sort();
    let owner = |start| Owner {
        attached: true,
        lasting_only: true,
        returns: true,
        ..Owner::in_home(effects, homes, lives, home_of(effects, start), start)
    };
    functions.into_iter().map(owner).collect()
}

/// What runs when the function is given nothing.
pub(crate) fn at_end<'a>(effects: &Effects<'_, 'a>, start: FnRef) -> Vec<Event<'a>> {
    let Ends { mut events, .. } = ends(effects, &[start], &[]);
    let function = effects.program.function(start);
    let param = function.params.iter().find(|param| param.kind == ParamKind::Normal);
    let Some(param) = param.map(|param| VarRef { function: start.id, local: param.local }) else { return events };
    let known = |value: &Value| (*value == Value::Var(param)).then_some(&Literal::Null);
    events.retain(|event| {
        let mut own = event.way.iter().chain(&event.call).filter(|call| effects.at(**call) == start);
        !own.any(|call| is_cut_off(&function.body, call.id, &known))
    });
    events
}

impl<'a> Effects<'_, 'a> {
    /// Functions that elements are given for themselves, by themselves or by way of a component's property.
    pub(super) fn all_attached(&self) -> FxHashSet<FnRef> {
        let rows = self.program.active.iter().flat_map(|id| &self.program.catalog.package(*id).components);
        let names: Vec<&String> = rows.flat_map(|row| &row.attached).collect();
        let mut found = FxHashSet::default();
        let mut seen = FxHashSet::default();
        let elements = self.program.calls().filter(|call| self.program.call(*call).kind == CallKind::Jsx);
        for call in elements.filter(|_| !names.is_empty()) {
            for arg in &self.program.call(call).args {
                if arg.name.as_ref().is_some_and(|name| names.contains(&name)) {
                    self.functions_handed(self.at(call), &arg.value, &mut seen, &mut found);
                }
            }
        }
        found
    }

    /// The functions behind a value; of a property, those behind what the elements of the component hand it.
    fn functions_handed(
        &self,
        from: FnRef,
        value: &'a Value,
        seen: &mut FxHashSet<(Component, String)>,
        found: &mut FxHashSet<FnRef>,
    ) {
        let mut functions = Vec::new();
        functions_of(self.program, from, value, false, &mut functions);
        found.extend(functions);
        let Some((component, name)) = self.property(from, value) else { return };
        if seen.insert((component, name.to_string())) {
            for (from, value) in self.handed_by_elements(component, name) {
                self.functions_handed(from, value, seen, found);
            }
        }
    }
}
