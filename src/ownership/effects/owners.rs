//! The owners of a project: effects, set-up code, classes, objects of options; and for each what
//! runs at its start and at its end.
//!
//! The frameworks' rows say which calls, methods and keys those are. Knows no framework.

use crate::catalog::words::effects::DEMO_FOLDERS;
use std::collections::BTreeMap;

use super::Effects;
use super::lives::Lives;
use crate::catalog::schema::{Cleanup, ComponentRow, Ecosystem, EndRow, ResultTo, Run};
use crate::catalog::{PackageId, RowKind};
use crate::facts::{CallId, ClassKind, FnId, FnKind, Language, Value};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::eval::Ty;

/// Something with a life: one starting function, and all that runs at its end.
#[derive(Clone)]
pub struct Owner<'a> {
    /// The call that registers the start, where there is one.
    pub effect: Option<CallRef>,
    pub start: FnRef,
    /// What the start returns is called at the end.
    pub returns: bool,
    /// Functions that run at the end.
    pub ends: Vec<FnRef>,
    /// Functions that go by the name of an end which the framework's version does not know: nothing runs them.
    pub uncalled: Vec<FnRef>,
    /// Functions that are registered for the end when it is too late for that: nothing runs them.
    pub unregistered: Vec<FnRef>,
    /// Other starts of the same home whose returned disposers run at the end too.
    pub siblings: Vec<FnRef>,
    /// The values that make the effect run again; `None` when it runs always.
    pub deps: Option<&'a Value>,
    /// The component, hook or composable around it.
    pub home: FnRef,
    /// It lives as long as the page.
    pub page: bool,
    /// A method that something else calls: only what it keeps in a field counts.
    pub kept_only: bool,
    /// It runs on events.
    pub handler: bool,
    /// It runs again while its owner lives.
    pub again: bool,
    /// Only what outlasts it for sure counts.
    pub lasting_only: bool,
    /// Parts of it that nobody can see may run at the end too.
    pub open_ended: bool,
    /// The start itself runs at the end too, with nothing where the element was.
    pub attached: bool,
    pub ending: Ending<'a>,
}

/// Where new code goes that ends what the owner opens.
#[derive(Clone)]
pub enum Ending<'a> {
    /// Into a function that the start returns.
    Returned,
    Call(Hook<'a>),
    Member(Last<'a>),
    /// The object's own end.
    Own(FnRef),
    Unknown,
}

/// A function that is called with what is to run at the end.
#[derive(Clone)]
pub struct Hook<'a> {
    pub package: PackageId,
    pub cleanup: &'a Cleanup,
}

/// The methods or options that a framework calls at the end.
#[derive(Clone)]
pub struct Last<'a> {
    pub package: PackageId,
    ends: &'a [EndRow],
    /// Those of bases and mixins run too.
    pub merged: bool,
}

impl<'a> Last<'a> {
    /// The one that the framework's version has; `None` where that is not known but matters.
    pub fn name(&self, effects: &Effects<'_, 'a>, file: u32) -> Option<&'a str> {
        let major = major_of(effects, self.package, file);
        let fits = |row: &&EndRow| (row.from, row.below) == (0, 0) || major.is_some_and(|major| has(row, major));
        self.ends.iter().find(fits).map(|row| row.name.as_str())
    }
}

#[derive(Default, Clone)]
pub struct Home<'a> {
    pub effects: Vec<Registered<'a>>,
    pub ends: Vec<FnRef>,
    /// Functions that are registered for the end when it is too late for that.
    pub unregistered: Vec<FnRef>,
}

/// A function that an effect or mount hook is given.
#[derive(Clone)]
pub struct Registered<'a> {
    pub call: CallRef,
    pub start: FnRef,
    pub returns: bool,
    pub deps: Option<&'a Value>,
    ending: Ending<'a>,
}

pub type Homes<'a> = BTreeMap<FnRef, Home<'a>>;

pub fn owners<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>) -> Vec<Owner<'a>> {
    let lives = effects.lives();
    let mut found = Vec::new();
    for (home, data) in homes {
        found.extend(data.effects.iter().map(|registered| of_effect(effects, homes, lives, (*home, data), registered)));
    }
    found.extend(setups(effects, homes, lives));
    found.extend(classes(effects, homes, lives));
    found.extend(super::options::options(effects, homes, lives));
    found.extend(super::bodies::bodies(effects, homes, lives));
    found.extend(super::kept::kept(effects, homes, lives));
    found.extend(super::ended::ended(effects));
    found.extend(super::begun::handlers(effects, homes, lives));
    found.extend(super::attached::attached(effects, homes, lives));
    found.retain(|owner| !is_aside(effects, owner.start));
    found
}

pub(crate) fn is_aside(effects: &Effects, f: FnRef) -> bool {
    let path = &effects.program.units[f.file as usize].path;
    let mut folders = path.split('/').rev().skip(1);
    effects.program.class_of(f.file) != FileClass::Source || folders.any(|folder| DEMO_FOLDERS.contains(&folder))
}

/// The outermost function around a call: the component, hook or composable.
pub fn home_of(effects: &Effects, f: FnRef) -> FnRef {
    let facts = effects.program.facts(f.file);
    let mut id = f.id;
    while let Some(parent) = facts.function(id).parent.filter(|parent| *parent != FnId::TOP) {
        if facts.function(id).class.is_some() {
            break;
        }
        id = parent;
    }
    FnRef { file: f.file, id }
}

pub fn homes<'a>(effects: &Effects<'_, 'a>) -> Homes<'a> {
    let mut homes = Homes::new();
    for call in effects.program.calls() {
        let Some(target) = effects.project.graph.target(call) else { continue };
        for row in target.rows.iter().filter(|row| row.kind == RowKind::Handover) {
            let handover = effects.program.catalog.handover(*row);
            let functions = || effects.given_functions(call, &handover.args);
            let home = homes.entry(home_of(effects, effects.at(call)));
            match handover.run {
                Run::Unmount if handover.synchronous && super::late::comes_after_wait(effects, call) => {
                    home.or_default().unregistered.extend(functions());
                }
                Run::Unmount => home.or_default().ends.extend(functions()),
                Run::Mount => {
                    let deps =
                        handover.deps.and_then(|at| effects.program.call(call).positional(at)).map(|arg| &arg.value);
                    let returns = handover.result == ResultTo::Cleanup;
                    let hook = handover.cleanup.as_ref().map(|cleanup| Hook { package: row.package, cleanup });
                    let ending = match hook {
                        _ if returns => Ending::Returned,
                        Some(hook) => Ending::Call(hook),
                        None => Ending::Unknown,
                    };
                    let registered = |start| Registered { call, start, returns, deps, ending: ending.clone() };
                    let starts = functions().into_iter().map(registered);
                    home.or_default().effects.extend(starts);
                }
                _ => {}
            }
        }
    }
    homes
}

fn of_effect<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    (home, data): (FnRef, &Home<'a>),
    own: &Registered<'a>,
) -> Owner<'a> {
    let siblings = data.effects.iter().filter(|other| other.returns && other.call != own.call).map(|other| other.start);
    let of_object = of_method(effects, homes, lives, home).map_or(Vec::new(), |object| object.ends);
    Owner {
        effect: Some(own.call),
        returns: own.returns,
        ends: data.ends.iter().copied().chain(of_object).collect(),
        unregistered: data.unregistered.clone(),
        siblings: siblings.collect(),
        deps: own.deps,
        home,
        page: lives.is_page(effects, home),
        ending: own.ending.clone(),
        ..Owner::starting(own.start)
    }
}

/// Single-file components: their own code runs once for each mount.
fn setups<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let units = effects.program.units.iter().enumerate();
    let found = units.filter_map(|(file, unit)| Some((FnRef { file: file as u32, id: unit.facts.component? }, unit)));
    found.map(|(start, unit)| of_setup(effects, homes, lives, start, of_file(effects, &unit.path))).collect()
}

/// How the set-up code of a file of that kind registers its end.
fn of_file<'a>(effects: &Effects<'_, 'a>, path: &str) -> Ending<'a> {
    let fits = |cleanup: &&Cleanup| cleanup.files.iter().any(|end| path.ends_with(end.as_str()));
    let hook = effects.program.active.iter().find_map(|package| {
        let rows = &effects.program.catalog.package(*package).components;
        let cleanup = rows.iter().filter_map(|row| row.cleanup.as_ref()).find(fits)?;
        Some(Hook { package: *package, cleanup })
    });
    hook.map_or(Ending::Unknown, Ending::Call)
}

/// How the set-up code of a row's components registers its end.
pub(crate) fn of_row(package: PackageId, row: &ComponentRow) -> Ending<'_> {
    row.cleanup.as_ref().map_or(Ending::Unknown, |cleanup| Ending::Call(Hook { package, cleanup }))
}

pub(crate) fn of_setup<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    start: FnRef,
    ending: Ending<'a>,
) -> Owner<'a> {
    let (mut ends, mut unregistered) = (Vec::new(), Vec::new());
    let mut siblings = Vec::new();
    for f in super::opens::opened(effects, start).visited {
        if let Some(home) = homes.get(&home_of(effects, f)) {
            ends.extend(home.ends.iter().copied());
            unregistered.extend(home.unregistered.iter().copied());
            siblings.extend(home.effects.iter().filter(|other| other.returns).map(|other| other.start));
        }
    }
    let page = lives.is_page(effects, start);
    Owner { ends, unregistered, siblings, page, ending, ..Owner::starting(start) }
}

fn classes<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
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
fn life_of<'a>(
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
    Owner {
        ends: all_ends(true).into_iter().chain(hooked(effects, homes, class)).collect(),
        uncalled: all_ends(false),
        page: lives.is_page_file(effects, class.file),
        ending: last(rows),
        ..Owner::starting(start)
    }
}

fn of_class<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives, class: ClassRef) -> Vec<Owner<'a>> {
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
    let all = starts.into_iter().map(|start| (start, false)).chain(others.into_iter().map(|other| (other, true)));
    let runs_again = |start: &FnRef| {
        let mut names = rows.iter().flat_map(|(_, row)| &row.again);
        names.any(|name| program.function(*start).name.as_ref() == Some(name))
    };
    all.map(|(start, kept_only)| Owner { kept_only, again: runs_again(&start), ..life(start) }).collect()
}

/// What the class's own functions register for its end: `this.destroyRef.onDestroy(() => …)`.
fn hooked<'h>(effects: &Effects, homes: &'h Homes, class: ClassRef) -> impl Iterator<Item = FnRef> + 'h {
    let line = effects.program.ancestry(class).into_iter().flat_map(|part| effects.program.own_methods(part));
    let methods: Vec<FnRef> = line.collect();
    methods.into_iter().filter_map(|method| homes.get(&method)).flat_map(|home| home.ends.iter().copied())
}

/// `moved = () => …` of a class.
fn functions_in_fields<'e>(effects: &'e Effects<'e, '_>, class: ClassRef) -> impl Iterator<Item = FnRef> + 'e {
    let fields = effects.program.class(class).fields.iter().filter(|field| !field.is_static);
    fields.filter_map(move |field| match field.value {
        Some(Value::Closure(id)) => Some(FnRef { file: class.file, id }),
        _ => None,
    })
}

/// `componentDidMount = () => …`
fn function_in_field(effects: &Effects, class: ClassRef, name: &str) -> Option<FnRef> {
    functions_in_fields(effects, class).find(|f| {
        let fields = &effects.program.class(class).fields;
        fields.iter().any(|field| field.name == name && field.value == Some(Value::Closure(f.id)))
    })
}

/// A method or a function in a field of the class or of one that it extends.
fn inherited(effects: &Effects, class: ClassRef, name: &str) -> Option<FnRef> {
    let program = effects.program;
    let of = |part: ClassRef| program.own_method(part, name).or_else(|| function_in_field(effects, part, name));
    program.ancestry(class).into_iter().find_map(of)
}

/// Methods that a decorator registers under one of the names: `@Hook("destroyed") gone() {}`.
fn registered<'n>(effects: &Effects, class: ClassRef, names: impl Iterator<Item = &'n String>) -> Vec<FnRef> {
    let program = effects.program;
    let names: Vec<&str> = names.map(String::as_str).collect();
    let says = |f: &FnRef, call: &CallId| {
        let first = program.facts(f.file).call(*call).positional(0);
        first.and_then(|arg| arg.value.as_str()).is_some_and(|name| names.contains(&name))
    };
    let methods = program.ancestry(class).into_iter().flat_map(|part| program.own_methods(part));
    methods.filter(|f| program.function(*f).decorators.iter().any(|call| says(f, call))).collect()
}

/// Where the first row that says so has the end.
pub(crate) fn last<'a>(rows: &[(PackageId, &'a ComponentRow)]) -> Ending<'a> {
    let row = rows.iter().find(|(_, row)| !row.ends.is_empty());
    row.map_or(Ending::Unknown, |(package, row)| {
        Ending::Member(Last { package: *package, ends: &row.ends, merged: row.merged })
    })
}

/// Whether the version of the framework that a file is written for calls ends of a name.
pub(crate) fn ends_known<'a>(
    effects: &Effects<'_, 'a>,
    (package, row): (PackageId, &'a ComponentRow),
    file: u32,
) -> impl Fn(&str) -> bool + Copy + use<'a> {
    let program = effects.program;
    let path = &program.units[file as usize].path;
    let depends = |name: &String| program.manifests.version_of(path, std::slice::from_ref(name)).is_some();
    let both = row.ends.iter().flat_map(|end| &end.both).any(depends);
    let major = major_of(effects, package, file).filter(|major| *major > 0 && !both);
    move |name| {
        let bound = row.ends.iter().find(|end| end.name == name);
        bound.is_none_or(|end| major.is_none_or(|major| has(end, major)))
    }
}

fn major_of(effects: &Effects, package: PackageId, file: u32) -> Option<u32> {
    let program = effects.program;
    let names = &program.catalog.package(package).dependencies;
    program.manifests.version_of(&program.units[file as usize].path, names).map(|(major, _)| major)
}

fn has(end: &EndRow, major: u32) -> bool {
    major >= end.from && (end.below == 0 || major < end.below)
}

/// The rows that make a class a component, by a base or a decorator.
pub(crate) fn component_rows<'a>(effects: &Effects<'_, 'a>, class: ClassRef) -> Vec<(PackageId, &'a ComponentRow)> {
    let program = effects.program;
    let mut found = Vec::new();
    for part in program.ancestry(class) {
        let data = program.class(part);
        let scope = FnRef { file: part.file, id: data.function };
        for base in &data.bases {
            found.extend(rows_of(effects, &program.eval(scope, base), |row| &row.bases));
        }
        for call in &data.decorators {
            let callee = program.eval(scope, &program.facts(part.file).call(*call).callee);
            found.extend(rows_of(effects, &callee, |row| &row.decorators));
        }
    }
    found
}

fn rows_of<'a>(
    effects: &Effects<'_, 'a>,
    ty: &Ty<'a>,
    names: fn(&ComponentRow) -> &Vec<String>,
) -> Vec<(PackageId, &'a ComponentRow)> {
    let catalog = effects.program.catalog;
    let symbols = match ty {
        Ty::External(external) => effects.program.symbols(external),
        Ty::Global(name) => {
            let globals =
                effects.program.active.iter().filter(|id| catalog.package(**id).ecosystem == Some(Ecosystem::Browser));
            globals.map(|id| (*id, name.to_string())).collect()
        }
        _ => Vec::new(),
    };
    let rows = symbols.iter().flat_map(|(package, symbol)| {
        let fits = move |row: &&ComponentRow| {
            names(row).iter().any(|name| symbol == name || symbol.ends_with(&format!(".{name}")))
        };
        catalog.package(*package).components.iter().filter(fits).map(|row| (*package, row))
    });
    rows.collect()
}

impl<'a> Owner<'a> {
    /// A function by itself, with no end that is known.
    pub fn starting(start: FnRef) -> Self {
        Owner {
            effect: None,
            start,
            returns: false,
            ends: Vec::new(),
            uncalled: Vec::new(),
            unregistered: Vec::new(),
            siblings: Vec::new(),
            deps: None,
            home: start,
            page: false,
            kept_only: false,
            handler: false,
            again: false,
            lasting_only: false,
            open_ended: false,
            attached: false,
            ending: Ending::Unknown,
        }
    }

    /// A function that something else than an effect runs for its home, which has the ends and what its effects return.
    pub fn in_home(effects: &Effects, homes: &Homes<'a>, lives: &Lives, home: FnRef, start: FnRef) -> Self {
        let data = homes.get(&home).cloned().unwrap_or_default();
        let siblings = data.effects.iter().filter(|other| other.returns).map(|other| other.start);
        Owner {
            siblings: siblings.collect(),
            unregistered: data.unregistered,
            ends: data.ends,
            home,
            page: lives.is_page(effects, home),
            ..Owner::starting(start)
        }
    }

    /// What the start and its siblings return to be called at the end.
    pub fn disposers(&self, effects: &Effects<'_, 'a>) -> Vec<(FnRef, &'a Value)> {
        let own = Some(self.start).filter(|_| self.returns);
        let functions = own.into_iter().chain(self.siblings.iter().copied());
        functions.flat_map(|f| returned_by(effects, f)).collect()
    }
}

pub(crate) fn returned_by<'a>(effects: &Effects<'_, 'a>, f: FnRef) -> Vec<(FnRef, &'a Value)> {
    if effects.program.function(f).flags.is_async {
        return Vec::new();
    }
    effects.program.given_by(f).into_iter().map(|value| (f, value)).collect()
}
