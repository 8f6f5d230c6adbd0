//! What the elements that render a component hand it by name: its properties, and the values behind them.
//!
//! Knows no framework and no library.

use rustc_hash::FxHashMap;

use super::Effects;
use super::lifespan::home_of;
use crate::facts::{CallKind, FnId, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;

/// What an element renders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Component {
    Fn(FnRef),
    Class(ClassRef),
    /// All that one file has: a template's component, or the module itself.
    File(u32),
}

impl Component {
    pub(super) fn file(self) -> u32 {
        match self {
            Component::Fn(f) => f.file,
            Component::Class(class) => class.file,
            Component::File(file) => file,
        }
    }
}

/// The elements of a project, by the component that they render.
#[derive(Clone, Default)]
pub(crate) struct Elements {
    of: FxHashMap<Component, Vec<CallRef>>,
}

impl Elements {
    pub(super) fn new(program: &Program) -> Self {
        let mut of: FxHashMap<Component, Vec<CallRef>> = FxHashMap::default();
        for call in program.calls().filter(|call| program.call(*call).kind == CallKind::Jsx) {
            let data = program.call(call);
            let component = match program.eval(FnRef { file: call.file, id: data.function }, &data.callee) {
                Ty::Fn(f) => Component::Fn(f),
                Ty::Class(class) => Component::Class(class),
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
    pub(crate) fn property<'v>(&'v self, f: FnRef, value: &'v Value) -> Option<(Component, &'v str)> {
        match value {
            Value::Var(var) => match self.program.bound(f.file, *var) {
                [only] => match only.value {
                    Value::Member(base, name) => Some((self.is_properties(f, base)?, name)),
                    // A property with a default.
                    Value::Choice(values, _) => values.iter().find_map(|value| match value {
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
    fn is_properties(&self, f: FnRef, record: &Value) -> Option<Component> {
        match record {
            Value::Var(var) => self.of_component(f.file, *var).map(Component::Fn),
            Value::Member(base, name) if **base == Value::This && name == "props" => {
                self.program.class_around(f).map(Component::Class)
            }
            _ => None,
        }
    }

    fn of_component(&self, file: u32, var: VarRef) -> Option<FnRef> {
        let home = FnRef { file, id: var.function };
        let function = self.program.function(home);
        let first = function.params.first().is_some_and(|param| param.local == var.local);
        let component = function.flags.renders || self.tables.elements.of.contains_key(&Component::Fn(home));
        (var.function != FnId::TOP && first && component && home_of(self, home) == home).then_some(home)
    }

    /// The class around, or the outermost function; the file where that is its component.
    pub(super) fn component_of(&self, f: FnRef) -> Component {
        let home = home_of(self, f);
        match self.program.class_around(f) {
            Some(class) => Component::Class(class),
            None if home.id == FnId::TOP => Component::File(f.file),
            None => Component::Fn(home),
        }
    }

    /// The elements that render a component.
    pub(super) fn elements_of(&self, component: Component) -> &[CallRef] {
        self.tables.elements.of.get(&component).map_or(&[], Vec::as_slice)
    }

    /// What each element of a component hands it by the name.
    pub(crate) fn handed_by_elements(&self, component: Component, name: &str) -> Vec<(FnRef, &'a Value)> {
        let elements = self.elements_of(component).iter();
        let given = |call: &CallRef| Some((self.at(*call), &self.program.call(*call).named(name)?.value));
        elements.filter_map(given).collect()
    }
}
