//! Whether an object was there before its user and stays when that goes: the page's own, a module's, one
//! that a function hands out to everybody, or one that the user was given.
//!
//! Knows no library.

use super::components::component_rows;
use super::model::Owner;
use super::{Effects, Open};
use crate::catalog::RowKind;
use crate::catalog::schema::Ecosystem;
use crate::catalog::words::effects::OWN_MEMBERS;
use crate::facts::trail::Trail;
use crate::facts::{FnId, LocalKind, TypeRef, Value, VarRef, is_hook};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::calls::How;
use crate::values::conditions::record_key;

/// What an opener is called on outlives the owner.
pub(crate) fn outlives<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    file: u32,
    receiver: &'a Value,
) -> bool {
    // Elements are mostly the user's own, however it comes by them.
    let element = effects.program.catalog.package(open.row.package).ecosystem == Some(Ecosystem::Browser);
    let (path, given) = (open.path.as_slice(), (!element).then_some(owner.home));
    Search { effects, path, given }.is_shared(file, receiver, None, &Trail::default())
}

/// Declared by a module, or one of the page's own objects.
pub(crate) fn is_shared(effects: &Effects, file: u32, value: &Value) -> bool {
    Search { effects, path: &[], given: None }.is_shared(file, value, None, &Trail::default())
}

/// Declared by a module, one of the page's own objects, or what a component is given: a property, what a hook gives.
pub(crate) fn is_given_or_shared(effects: &Effects, home: FnRef, (file, value): (u32, &Value)) -> bool {
    Search { effects, path: &[], given: Some(home) }.is_shared(file, value, None, &Trail::default())
}

struct Search<'e, 'a> {
    effects: &'e Effects<'e, 'a>,
    /// Calls on which parameters got their values.
    path: &'e [CallRef],
    /// The component or hook whose own parameters, and what hooks give it, come from outside.
    given: Option<FnRef>,
}

impl<'e, 'a> Search<'e, 'a> {
    /// `part`: the name by which the value's own part is taken, where that is what is asked about.
    fn is_shared(&self, file: u32, value: &Value, part: Option<&str>, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        if !self.effects.program.kept(file, value).is_empty() {
            return true;
        }
        let part = self.first_name(file, value).or(part);
        match self.effects.chain_root_ref(file, value) {
            Value::Global(_) => !matches!(value, Value::Call(_)),
            Value::Var(var) if self.is_of_module(file, *var) => true,
            Value::Var(var) if self.effects.is_param(file, *var) => self.is_given(file, *var, &here),
            Value::Var(var) => match self.effects.program.bound(file, *var) {
                [only] => self.is_shared(file, only.value, part, &here),
                _ => false,
            },
            Value::This if !is_cell(value) => {
                is_of_application(value) || self.is_handed_field(file, value) || self.is_called_on_shared(&here)
            }
            Value::Call(id) if !is_cell(value) => self.is_handed_out(CallRef { file, id: *id }, part, &here),
            _ => false,
        }
    }

    /// The object's own method is called on it from outside, and it is shared there: `feed.listen("news", show)`.
    fn is_called_on_shared(&self, trail: &Trail) -> bool {
        let Some((call, path)) = self.path.split_last() else { return false };
        let Value::Member(base, _) = &self.effects.program.call(*call).callee else { return false };
        let outer = Search { effects: self.effects, path, given: self.given };
        **base != Value::This && outer.is_shared(call.file, base, None, trail)
    }

    /// What a chain takes of its root first: `socket` of `hook().socket.io`.
    fn first_name<'v>(&'v self, file: u32, mut value: &'v Value) -> Option<&'v str> {
        let mut first = None;
        loop {
            value = match value {
                Value::Member(base, name) => {
                    first = Some(name.as_str());
                    base
                }
                Value::Index(base, _) | Value::Element(base) => base,
                Value::Call(id) => match self.effects.called_on(file, *id) {
                    Some(_) => &self.effects.program.facts(file).call(*id).callee,
                    None => return first,
                },
                _ => return first,
            };
        }
    }

    /// A part of what a class of components is handed for each of its objects: `this.chat.socket`.
    fn is_handed_field(&self, file: u32, value: &Value) -> bool {
        let program = self.effects.program;
        let home = self.given.filter(|home| home.file == file);
        let (Some(class), Some(name)) = (home.and_then(|home| program.class_around(home)), field_of(value)) else {
            return false;
        };
        let component = !component_rows(self.effects, class).is_empty();
        component && !provides(self.effects, class, name) && program.is_lent(class, name)
    }

    /// Declared beside functions: in the file of a component that is its body.
    fn is_of_module(&self, file: u32, var: VarRef) -> bool {
        let facts = self.effects.program.facts(file);
        let import = || matches!(facts.local(var).kind, LocalKind::Import(_));
        var.function == FnId::TOP && (facts.component.is_none() || import())
    }

    /// A parameter: what the way to the opener gives it, or a property of the component.
    fn is_given(&self, file: u32, var: VarRef, trail: &Trail) -> bool {
        let value = Value::Var(var);
        let given = |call: &CallRef| Some((call.file, self.effects.given_for(*call, file, &value)?));
        if let Some((file, value)) = self.path.iter().rev().find_map(given) {
            return self.is_shared(file, value, None, trail);
        }
        let home = FnRef { file, id: var.function };
        if self.given != Some(home) {
            return false;
        }
        let is_hook = self.effects.program.function(home).name.as_deref().is_some_and(|name| name.starts_with("use"));
        let callers = self.effects.calls_of(home);
        let shared = |call: &CallRef| given(call).is_some_and(|(file, value)| self.is_shared(file, value, None, trail));
        !is_hook || !callers.is_empty() && callers.iter().all(shared)
    }

    /// The call of a function that always gives the same shared object, or a record of which that is a part, or of
    /// a hook that the framework or a library has.
    fn is_handed_out(&self, call: CallRef, part: Option<&str>, trail: &Trail) -> bool {
        let Some(target) = self.effects.project.graph.target(call).filter(|target| !target.by_name) else {
            return self.given.is_some() && self.is_hook(call);
        };
        if target.functions.is_empty() {
            let memoised = target.gives.is_some_and(|given| given.how == How::Memoised);
            let told = || target.rows.iter().all(|row| row.kind == RowKind::Transparent);
            return memoised || self.given.is_some() && told() && self.is_hook(call);
        }
        target.functions.iter().all(|f| {
            let mut values = self.effects.program.given_by(*f);
            values.retain(|value| !value.is_null());
            let told = |value: &Value| match (value, part) {
                (Value::Record { .. }, Some(part)) => {
                    record_key(value, part).is_some_and(|entry| self.is_shared(f.file, entry, None, trail))
                }
                _ => self.is_shared(f.file, value, None, trail),
            };
            !values.is_empty() && values.into_iter().all(told)
        })
    }

    fn is_hook(&self, call: CallRef) -> bool {
        let name = self.effects.program.call(call).callee_name(self.effects.program.facts(call.file));
        name.is_some_and(is_hook)
    }
}

/// What the component is handed was made for it alone, and goes away with it: a field or a parameter of its
/// constructor that a value begins with.
pub(crate) fn is_of_own_provider(effects: &Effects, owner: &Owner, value: &Value) -> bool {
    let program = effects.program;
    let Some(class) = program.class_around(owner.start) else { return false };
    let constructor = program.constructor(class).map(|(_, constructor)| constructor);
    let name = match value.root() {
        Value::This => {
            field_of(value).filter(|name| program.is_lent(class, name) || asked_for(effects, class, name).is_some())
        }
        Value::Var(var) if constructor == Some(FnRef { file: class.file, id: var.function }) => {
            effects.is_param(class.file, *var).then(|| program.facts(class.file).local(*var).name.as_str())
        }
        _ => None,
    };
    name.is_some_and(|name| provides(effects, class, name))
}

/// The component gets an instance of its own of what it is handed under a name, or of something unknown.
fn provides(effects: &Effects, class: ClassRef, name: &str) -> bool {
    let facts = effects.program.facts(class.file);
    let options = effects.program.class(class).decorators.iter().filter_map(|call| facts.call(*call).positional(0));
    let options: Vec<&Value> = options.map(|arg| &arg.value).collect();
    let rows = component_rows(effects, class);
    let keys = rows.iter().flat_map(|(_, row)| &row.provides);
    let lists = keys.flat_map(|key| options.iter().filter_map(|record| record_key(record, key)));
    let wanted = written_type(effects, class, name);
    let is_it = |item: &Value| match record_key(item, "provide").unwrap_or(item) {
        Value::Var(var) => wanted.is_none_or(|wanted| facts.local(*var).name == wanted),
        _ => true,
    };
    lists.into_iter().any(|list| match list {
        Value::List(items) => items.iter().any(is_it),
        _ => true,
    })
}

/// The class by which a field asks for what it holds: `chat = inject(Chat)`.
fn asked_for<'e>(effects: &'e Effects, class: ClassRef, name: &str) -> Option<&'e str> {
    let facts = effects.program.facts(class.file);
    let field = effects.program.class(class).fields.iter().find(|field| field.name == name)?;
    let Some(Value::Call(id)) = field.value else { return None };
    let target = effects.project.graph.target(CallRef { file: class.file, id })?;
    let gives_back = target.rows.iter().any(|row| row.kind == RowKind::Transparent);
    match facts.call(id).positional(0).filter(|_| gives_back)?.value {
        Value::Var(var) => Some(&facts.local(var).name),
        _ => None,
    }
}

/// The type that is written where the constructor is handed something, or a field asks for it.
fn written_type<'e>(effects: &'e Effects, class: ClassRef, name: &str) -> Option<&'e str> {
    let program = effects.program;
    if let Some(asked) = asked_for(effects, class, name) {
        return Some(asked);
    }
    let (_, constructor) = program.constructor(class)?;
    let facts = program.facts(constructor.file);
    let function = facts.function(constructor.id);
    let own = |local: u32| facts.local(VarRef { function: constructor.id, local }).name == name;
    let param = function.params.iter().find(|param| own(param.local))?;
    param.ty.as_ref().map(TypeRef::last_name)
}

/// The field of the object that a chain of members begins with.
fn field_of(value: &Value) -> Option<&str> {
    match value {
        Value::Member(base, name) if matches!(**base, Value::This) => Some(name),
        Value::Member(base, _) | Value::Index(base, _) => field_of(base),
        _ => None,
    }
}

/// Something that the application gives all its components: `this.$socket`, `this.$root.bus`.
fn is_of_application(value: &Value) -> bool {
    field_of(value).is_some_and(|name| name.starts_with('$') && !OWN_MEMBERS.contains(&name))
}

/// What a cell holds now says nothing of where it came from.
fn is_cell(value: &Value) -> bool {
    match value {
        Value::Member(base, name) => matches!(name.as_str(), "current" | "value") || is_cell(base),
        Value::Index(base, _) => is_cell(base),
        _ => false,
    }
}
