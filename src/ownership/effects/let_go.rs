//! What methods open and the object itself does not end: the handle is thrown away, the handler has no name, or is the
//! caller's, or each call puts another connection into a field that nothing of the project ends.
//!
//! What an object opens is its own affair, since it may end it by another method; this it cannot, or must be told to.
//! Knows no library.

use rustc_hash::FxHashSet;

use super::endless::is_endless;
use super::model::Owner;
use super::sources::own_field;
use super::unseen::ends_something;
use super::{Effects, Open};
use crate::catalog::Row;
use crate::catalog::schema::{Gives, Kind, Opener};
use crate::catalog::words::effects::PART_ENDS;
use crate::facts::walk::nodes;
use crate::facts::{FnId, FnKind, Node, Value};
use crate::program::index::Bound;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::flow::is_used;
use crate::values::sites::last_name;

pub(crate) fn is_let_go(effects: &Effects, call: CallRef, row: Row) -> bool {
    let opener = effects.program.catalog.opener(row);
    let handler = opener.handler.and_then(|at| effects.program.call(call).positional(at));
    match opener.kind {
        _ if !opener.instead.is_empty() => true,
        Kind::Realtime => is_filled_over(effects, call, opener),
        Kind::Timer => !opener.pedantic && (!is_used(effects.program, call) || is_filled_over(effects, call, opener)),
        Kind::Listener => handler.is_some_and(|arg| match arg.value {
            Value::Closure(_) => opener.gives == Gives::Nothing,
            Value::Var(var) => opener.gives != Gives::Handle && effects.is_param(call.file, var),
            _ => false,
        }),
        Kind::Subscription => {
            opener.gives == Gives::Handle && !is_used(effects.program, call) && is_endless(effects, call, row)
        }
        _ => false,
    }
}

/// A method puts a connection or an interval into a field of its object, whatever that holds, and nothing that goes by
/// the field's name is ended.
pub(crate) fn is_filled_over(effects: &Effects, call: CallRef, opener: &Opener) -> bool {
    let f = effects.at(call);
    let lasting = opener.kind == Kind::Realtime || opener.kind == Kind::Timer && !opener.pedantic;
    let Some(class) = effects.program.class_around(f).filter(|_| lasting) else { return false };
    let method = method_around(effects, f);
    let fields = &effects.program.index[call.file as usize].fields;
    let receiver = match &effects.program.call(call).callee {
        Value::Member(base, _) => own_field(base),
        _ => None,
    };
    let fills = |name: &str, bound: &Bound| {
        let own = *bound.value == Value::Call(call.id) || receiver == Some(name) && !bound.value.is_null();
        own && method_around(effects, FnRef { file: call.file, id: bound.function }) == method
    };
    let filled = fields.iter().filter(|(name, bounds)| bounds.iter().any(|bound| fills(name, bound)));
    let names: Vec<&str> = filled.map(|(name, _)| name.as_ref()).collect();
    effects.program.function(method).kind == FnKind::Method
        && !names.is_empty()
        && !names.iter().any(|name| effects.is_ended_by_name(name))
        && !has_end(effects, class)
}

/// The class has a method that some framework calls at the end of such objects.
fn has_end(effects: &Effects, class: ClassRef) -> bool {
    let program = effects.program;
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).components);
    let fields = |name: &String| {
        let mut line = program.ancestry(class).into_iter().map(|part| program.class(part));
        line.any(|part| part.fields.iter().any(|field| field.name == *name))
    };
    rows.flat_map(|row| &row.unmount).any(|name| program.find_method(class, name).is_some() || fields(name))
}

/// An object that the owner has not made keeps it, and lives on.
pub(crate) fn is_kept_by_other(effects: &Effects, owner: &Owner, open: &Open) -> bool {
    let class = |f: FnRef| effects.program.class_around(f);
    open.object.is_none() && class(open.from) != class(owner.start) && is_filled_over(effects, open.call, open.opener)
}

fn method_around(effects: &Effects, f: FnRef) -> FnRef {
    let outer = |f: &FnRef| {
        let parent = effects.program.function(*f).parent.filter(|id| *id != FnId::TOP)?;
        effects.program.class_around(*f)?;
        Some(FnRef { file: f.file, id: parent })
    };
    let mut at = f;
    while effects.program.function(at).kind != FnKind::Method
        && let Some(next) = outer(&at)
    {
        at = next;
    }
    at
}

impl<'a> Effects<'_, 'a> {
    /// Some call of the project ends what goes by that name in any object, or a function hands it out.
    fn is_ended_by_name(&self, field: &str) -> bool {
        self.ended_fields.get_or_init(|| self.all_ended()).contains(field)
    }

    fn all_ended(&self) -> FxHashSet<&'a str> {
        let program = self.program;
        let mut found = FxHashSet::default();
        for call in program.calls() {
            let data = program.call(call);
            let name = last_name(&data.callee);
            if !ends_something(name) || PART_ENDS.contains(&name) {
                continue;
            }
            let base = match &data.callee {
                Value::Member(base, _) => Some(&**base),
                _ => None,
            };
            found.extend(base.into_iter().chain(data.args.iter().map(|arg| &arg.value)).flat_map(|value| {
                let bound = match value {
                    Value::Var(var) => program.bound(call.file, *var),
                    _ => &[],
                };
                [value].into_iter().chain(bound.iter().map(|bound| bound.value)).filter_map(member)
            }));
        }
        let functions = program.units.iter().flat_map(|unit| &unit.facts.functions);
        found.extend(functions.flat_map(|f| nodes(&f.body)).filter_map(|node| match node {
            Node::Return { value: Some(value), .. } => member(value),
            _ => None,
        }));
        found
    }
}

fn member(value: &Value) -> Option<&str> {
    match value {
        Value::Member(_, name) => Some(name),
        _ => None,
    }
}

impl Effects<'_, '_> {
    /// The function stands in a class and comes to such an opening.
    pub(crate) fn lets_go(&self, f: FnRef) -> bool {
        self.letting_go.get_or_init(|| all(self)).contains(&f)
    }
}

/// The functions of classes that open such a thing, and all those that run them.
fn all(effects: &Effects) -> FxHashSet<FnRef> {
    let program = effects.program;
    let opens = |call: &CallRef| effects.opener(*call).is_some_and(|(row, _)| is_let_go(effects, *call, row));
    let of_class = |f: &FnRef| program.class_around(*f).is_some();
    let mut open: Vec<FnRef> = program.calls().filter(opens).map(|call| effects.at(call)).filter(of_class).collect();
    let mut found = FxHashSet::default();
    while let Some(f) = open.pop() {
        if found.insert(f) {
            let around = program.function(f).parent.map(|id| FnRef { file: f.file, id });
            let callers = effects.calls_of(f).iter().map(|call| effects.at(*call));
            open.extend(around.into_iter().chain(callers).filter(of_class));
        }
    }
    found
}
