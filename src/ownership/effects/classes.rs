//! The owners that are classes: what a framework runs at the start and the end of their objects.
//!
//! The frameworks' rows say which methods, fields and decorators those are. Knows no framework.

use super::Effects;
use super::components::{component_rows, ends_known, last};
use super::lives::Lives;
use super::model::{Ending, Homes, Owner};
use crate::catalog::PackageId;
use crate::catalog::schema::ComponentRow;
use crate::facts::{CallId, ClassKind, FnKind, Language, Value};
use crate::program::{ClassRef, FnRef};

pub(crate) fn classes<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let scripts = effects.program.classes().filter(|class| effects.program.language(class.file) == Language::Script);
    let scripts = scripts.filter(|class| effects.program.class(*class).kind == ClassKind::Class);
    scripts.flat_map(|class| of_class(effects, homes, lives, class)).collect()
}

/// A method of a component's class, which begins when something calls it and ends with the component.
pub(crate) fn of_method<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    start: FnRef,
) -> Option<Owner<'a>> {
    let class = effects.program.class_around(start)?;
    let rows = component_rows(effects, class);
    (!rows.is_empty()).then(|| life_of(effects, homes, lives, (class, &rows), start))
}

/// With the ends that the class's rows name, and those that its functions register.
pub(crate) fn life_of<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    (class, rows): (ClassRef, &[(PackageId, &'a ComponentRow)]),
    start: FnRef,
) -> Owner<'a> {
    let unmount = |called: bool| {
        let of_row = move |(package, row): &(PackageId, &'a ComponentRow)| {
            let known = ends_known(effects, (*package, *row), class.file);
            row.unmount.iter().filter(move |name| known(name) == called).collect::<Vec<_>>()
        };
        rows.iter().flat_map(of_row)
    };
    let all_ends = |called: bool| {
        let ends = unmount(called).filter_map(|name| inherited(effects, class, name));
        ends.chain(registered(effects, class, unmount(called))).collect::<Vec<FnRef>>()
    };
    let leaves = || rows.iter().flat_map(|(_, row)| &row.leaves);
    Owner {
        ends: all_ends(true).into_iter().chain(hooked(effects, homes, class)).collect(),
        leaves: leaves().filter_map(|name| inherited(effects, class, name)).collect(),
        uncalled: all_ends(false),
        page: lives.is_page_class(effects, class),
        ending: last(rows),
        ..Owner::starting(start)
    }
}

pub(crate) fn of_class<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    class: ClassRef,
) -> Vec<Owner<'a>> {
    let rows = component_rows(effects, class);
    let program = effects.program;
    let method = |name: &String| match name.as_str() {
        "constructor" => {
            program.own_methods(class).into_iter().find(|f| program.function(*f).kind == FnKind::Constructor)
        }
        name => program.own_method(class, name).or_else(|| function_in_field(effects, class, name)),
    };
    let mount = || rows.iter().flat_map(|(_, row)| &row.mount);
    let life = |start| life_of(effects, homes, lives, (class, &rows), start);
    let endless = life(FnRef { file: class.file, id: program.class(class).function }).ends.is_empty();
    let mut starts: Vec<FnRef> = mount().filter_map(method).chain(registered(effects, class, mount())).collect();
    starts.sort();
    starts.dedup();
    let methods = program.own_methods(class).into_iter().filter(|f| program.function(*f).kind == FnKind::Method);
    let methods = methods.chain(functions_in_fields(effects, class));
    let others: Vec<FnRef> = methods.filter(|f| endless && !rows.is_empty() && !starts.contains(f)).collect();
    let all = starts.iter().copied().map(|start| (start, false)).chain(others.into_iter().map(|other| (other, true)));
    let is_named = |start: FnRef, names: fn(&ComponentRow) -> &Vec<String>| {
        let name = program.function(start).name.as_ref();
        rows.iter().flat_map(|(_, row)| names(row)).any(|known| name == Some(known))
    };
    let enters = |start: FnRef| is_named(start, |row| &row.enters);
    let shown: Vec<FnRef> = starts.iter().copied().filter(|start| enters(*start)).collect();
    let owner = |(start, kept_only): (FnRef, bool)| Owner {
        kept_only,
        again: is_named(start, |row| &row.again) || enters(start),
        shown: shown.iter().copied().filter(|other| *other != start && !kept_only).collect(),
        // Where the view is left, and not where the component ends.
        ending: if enters(start) { Ending::Unknown } else { last(&rows) },
        ..life(start)
    };
    all.map(owner).collect()
}

/// What the class's own functions register for its end: `this.destroyRef.onDestroy(() => …)`.
pub(crate) fn hooked<'h>(effects: &Effects, homes: &'h Homes, class: ClassRef) -> impl Iterator<Item = FnRef> + 'h {
    let line = effects.program.ancestry(class).into_iter().flat_map(|part| effects.program.own_methods(part));
    let methods: Vec<FnRef> = line.collect();
    methods.into_iter().filter_map(|method| homes.get(&method)).flat_map(|home| home.ends.iter().copied())
}

/// `moved = () => …` of a class.
pub(crate) fn functions_in_fields<'e>(
    effects: &'e Effects<'e, '_>,
    class: ClassRef,
) -> impl Iterator<Item = FnRef> + 'e {
    let fields = effects.program.class(class).fields.iter().filter(|field| !field.is_static);
    fields.filter_map(move |field| match field.value {
        Some(Value::Closure(id)) => Some(FnRef { file: class.file, id }),
        _ => None,
    })
}

/// `componentDidMount = () => …`
pub(crate) fn function_in_field(effects: &Effects, class: ClassRef, name: &str) -> Option<FnRef> {
    functions_in_fields(effects, class).find(|f| {
        let fields = &effects.program.class(class).fields;
        fields.iter().any(|field| field.name == name && field.value == Some(Value::Closure(f.id)))
    })
}

/// A method or a function in a field of the class or of one that it extends.
pub(crate) fn inherited(effects: &Effects, class: ClassRef, name: &str) -> Option<FnRef> {
    let program = effects.program;
    let of = |part: ClassRef| program.own_method(part, name).or_else(|| function_in_field(effects, part, name));
    program.ancestry(class).into_iter().find_map(of)
}

/// Methods that a decorator registers under one of the names: `@Hook("destroyed") gone() {}`.
pub(crate) fn registered<'n>(
    effects: &Effects,
    class: ClassRef,
    names: impl Iterator<Item = &'n String>,
) -> Vec<FnRef> {
    let program = effects.program;
    let names: Vec<&str> = names.map(String::as_str).collect();
    let says = |f: &FnRef, call: &CallId| {
        let first = program.facts(f.file).call(*call).positional(0);
        first.and_then(|arg| arg.value.as_str()).is_some_and(|name| names.contains(&name))
    };
    let methods = program.ancestry(class).into_iter().flat_map(|part| program.own_methods(part));
    methods.filter(|f| program.function(*f).decorators.iter().any(|call| says(f, call))).collect()
}
