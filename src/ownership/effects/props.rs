//! What the elements that render a component hand it by name: its properties, and the values behind them.
//!
//! Knows no framework and no library.

use rustc_hash::FxHashMap;

use super::Effects;
use super::lifespan::home_of;
use crate::facts::{CallKind, FnId, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;

/// The elements of a project, by the component that they render: its function, or the scope of its class.
#[derive(Clone, Default)]
pub(crate) struct Elements {
    of: FxHashMap<FnRef, Vec<CallRef>>,
}

impl Elements {
    pub(super) fn new(program: &Program) -> Self {
        let mut of: FxHashMap<FnRef, Vec<CallRef>> = FxHashMap::default();
        for call in program.calls().filter(|call| program.call(*call).kind == CallKind::Jsx) {
            let data = program.call(call);
            let component = match program.eval(FnRef { file: call.file, id: data.function }, &data.callee) {
                Ty::Fn(f) => f,
                Ty::Class(class) => FnRef { file: class.file, id: program.class(class).function },
                _ => continue,
            };
            of.entry(component).or_default().push(call);
        }
        Self { of }
    }
}

impl<'a> Effects<'_, 'a> {
    /// The component that the value is a property of, and the property's name: `room` of `function Hall({ room })`,
    /// `props.room`, `this.props.room`.
    pub(crate) fn property<'v>(&'v self, f: FnRef, value: &'v Value) -> Option<(FnRef, &'v str)> {
        match value {
            Value::Var(var) => match self.program.bound(f.file, *var) {
                [only] => match only.value {
                    Value::Member(base, name) => Some((self.is_properties(f, base)?, name)),
                    // A property with a default.
                    Value::Choice(values) => values.iter().find_map(|value| match value {
                        Value::Member(base, name) => Some((self.is_properties(f, base)?, name.as_str())),
                        _ => None,
                    }),
                    _ => None,
                },
                _ => None,
            },
            Value::Member(base, name) => Some((self.is_properties(f, base)?, name)),
            _ => None,
        }
    }

    /// The component whose properties the record is: the first parameter of a function that gives elements, or that
    /// an element stands for.
    fn is_properties(&self, f: FnRef, record: &Value) -> Option<FnRef> {
        match record {
            Value::Var(var) => self.of_component(f.file, *var),
            Value::Member(base, name) if **base == Value::This && name == "props" => {
                let class = self.program.class_around(f)?;
                Some(FnRef { file: class.file, id: self.program.class(class).function })
            }
            _ => None,
        }
    }

    fn of_component(&self, file: u32, var: VarRef) -> Option<FnRef> {
        let home = FnRef { file, id: var.function };
        let function = self.program.function(home);
        let first = function.params.first().is_some_and(|param| param.local == var.local);
        let component = function.flags.renders || self.tables.elements.of.contains_key(&home);
        (var.function != FnId::TOP && first && component && home_of(self, home) == home).then_some(home)
    }

    /// What each element of a component hands it by the name.
    pub(crate) fn handed_by_elements(&self, component: FnRef, name: &str) -> Vec<(FnRef, &'a Value)> {
        let elements = self.tables.elements.of.get(&component).into_iter().flatten();
        let given = |call: &CallRef| Some((self.at(*call), &self.program.call(*call).named(name)?.value));
        elements.filter_map(given).collect()
    }
}
