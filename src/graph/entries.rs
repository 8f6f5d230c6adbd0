//! Entry points: what the frameworks' rows say runs from outside, and how often.
//!
//! Decorators and attributes, base classes and traits, file paths, parameter types, components.
//! Hand-overs to calls are found while the graph is built. Knows no framework by name.

use std::ops::Range;

use rustc_hash::FxHashSet;

use super::{Edge, Graph, Point, Root};
use crate::catalog::schema::{Owner, Run, TimeUnit};
use crate::catalog::{PackageId, Row, RowKind};
use crate::facts::{
    CallId, CallKind, ClassKind, DEFAULT_EXPORT, Exported, FnId, FnKind, Function, Literal, Span, TypeRef, Value,
    is_hook,
};
use crate::finding::Place;
use crate::graph::shares::Share;
use crate::graph::trigger::Trigger;
use crate::packages::settings::named::Named;
use crate::program::templates::named_by_templates;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::source::globs::Globs;
use crate::values::Program;
use crate::values::calls::top;
use crate::values::conditions::record_key;
use crate::values::eval::{External, Ty};
use crate::values::handover::functions_of;
use crate::values::keepers::is_keeper;
use crate::values::named;
use crate::values::outside::fits;
use crate::values::periods::{period, short};
use crate::values::routes::{Served, decorated, exported, labelled, served};
use crate::values::targets::Targets;

/// What some files enter into the graph.
#[derive(Default)]
pub struct Entered {
    /// Of functions and classes that say it themselves.
    own: Vec<Root>,
    /// Of classes, by their decorators and bases.
    of_classes: Vec<Root>,
    /// Of files by their path, with the number of the row.
    by_path: Vec<(usize, Root)>,
    /// Decorated functions that keep their result.
    keepers: Vec<FnRef>,
    /// Functions whose result is kept for the process.
    kept: FxHashSet<FnRef>,
    kept_by_object: Vec<(FnRef, ClassRef)>,
    /// What the settings of a platform name and say what runs it.
    settled: FxHashSet<Point>,
    /// What something runs of an object of its own accord, as of a thread.
    by_itself: Vec<(ClassRef, FnRef)>,
}

/// What the files of a share enter.
pub fn of_share(share: &Share, targets: &Targets) -> Entered {
    let mut entries = Entries { program: &share.program, targets, roots: Vec::new(), found: Entered::default() };
    for f in share.functions() {
        entries.decorated(f);
        entries.by_parameter(f);
        entries.by_nature(f);
    }
    entries.found.own = std::mem::take(&mut entries.roots);
    for class in share.classes() {
        entries.class(class);
    }
    entries.found.of_classes = std::mem::take(&mut entries.roots);
    entries.by_path(share.files.clone());
    entries.found
}

/// Adds what all shares entered, in the order of the files, and what is named from outside.
pub fn add(program: &Program, graph: &mut Graph, entered: Vec<Entered>) {
    let mut all = Entered::default();
    for part in entered {
        all.own.extend(part.own);
        all.of_classes.extend(part.of_classes);
        all.by_path.extend(part.by_path);
        graph.kept.extend(&part.kept);
        all.kept.extend(part.kept);
        all.kept_by_object.extend(part.kept_by_object);
        all.by_itself.extend(part.by_itself);
        graph.kept.extend(part.keepers);
    }
    all.by_path.sort_by_key(|(row, _)| *row);
    let by_path = all.by_path.drain(..).map(|(_, root)| root);
    graph.roots.extend(all.own.drain(..).chain(all.of_classes.drain(..)).chain(by_path));
    let mut entries = Entries { program, targets: &graph.targets, roots: Vec::new(), found: all };
    entries.by_written_name();
    entries.by_template();
    let Entries { roots, found, .. } = entries;
    graph.roots.retain(|root| !found.settled.contains(&root.to));
    graph.roots.extend(roots);
    run_by_itself(program, graph, &found.by_itself);
    rewire_kept(program, graph, &found);
}

/// The event of the program's start or end.
fn is_once(trigger: Trigger) -> bool {
    matches!(trigger, Trigger::Startup | Trigger::Shutdown)
}

struct Entries<'p, 'a> {
    program: &'p Program<'a>,
    targets: &'p Targets,
    roots: Vec<Root>,
    found: Entered,
}

impl Entries<'_, '_> {
    fn root(&mut self, to: Point, trigger: Trigger, file: u32, span: Span, label: String) {
        let place = Place { file: self.program.units[file as usize].source, span };
        self.roots.push(Root::new(to, trigger, place, label));
    }

    fn decorated(&mut self, f: FnRef) {
        let function = self.program.function(f);
        for call in &function.decorators {
            self.decorator(f, function, CallRef { file: f.file, id: *call });
        }
    }

    fn decorator(&mut self, f: FnRef, function: &Function, call: CallRef) {
        let data = self.program.call(call);
        let from = FnRef { file: call.file, id: data.function };
        if is_keeper(self.program, &self.program.eval(from, &data.callee)) {
            self.keep(f, Owner::Process);
            self.found.keepers.push(f);
        }
        let Some(target) = self.targets.get(call) else { return };
        let names = |row: &Row| {
            let functions = &self.program.catalog.decorator(*row).functions;
            function.name.as_ref().is_some_and(|name| functions.contains(name))
        };
        let is_named = target.rows.iter().any(|row| row.kind == RowKind::Decorator && names(row));
        for row in &target.rows {
            match row.kind {
                RowKind::Decorator => {
                    let decorator = self.program.catalog.decorator(*row);
                    // What names the function knows more than what takes any.
                    let named = if is_named { names(row) } else { decorator.functions.is_empty() };
                    if let Some(trigger) = decorator.run.and_then(Trigger::of).filter(|_| named) {
                        let label = decorated(self.program, f, data, &decorator.label);
                        let once = self.once(f, call).filter(|_| trigger == Trigger::Event);
                        self.root(Point::Fn(f), once.unwrap_or(trigger), f.file, data.span, label);
                        if let Some(root) = self.roots.last_mut() {
                            root.own_loop = decorator.own_loop && function.flags.is_async;
                            root.every = every(self.program, call, trigger, decorator.unit);
                        }
                    }
                }
                RowKind::Memo => self.keep(f, self.program.catalog.memo(*row).owner),
                _ => {}
            }
        }
    }

    /// The start or the end, where the type of a parameter or an argument of the decorator says so.
    fn once(&self, f: FnRef, decorator: CallRef) -> Option<Trigger> {
        let data = self.program.call(decorator);
        let from = FnRef { file: decorator.file, id: data.function };
        let mut given = data.args.iter().filter_map(|arg| match self.program.eval(from, &arg.value) {
            Ty::External(external) => self.parameter_run(&external).and_then(Trigger::of),
            _ => None,
        });
        self.told_by_parameter(f).or_else(|| given.next()).filter(|told| is_once(*told))
    }

    fn keep(&mut self, f: FnRef, owner: Owner) {
        match (owner, self.program.class_around(f)) {
            (Owner::Process, _) => {
                self.found.kept.insert(f);
            }
            (Owner::Object, Some(class)) => self.found.kept_by_object.push((f, class)),
            _ => {}
        }
    }

    fn by_parameter(&mut self, f: FnRef) {
        let Some(trigger) = self.told_by_parameter(f) else { return };
        let function = self.program.function(f);
        let label = function.name.clone().unwrap_or_default();
        let place = Place { file: self.program.units[f.file as usize].source, span: function.name_span };
        self.roots.push(Root { by_type: true, ..Root::new(Point::Fn(f), trigger, place, label) });
    }

    /// What the written type of a parameter says of when the function runs.
    fn told_by_parameter(&self, f: FnRef) -> Option<Trigger> {
        let written = self.program.function(f).params.iter().filter_map(|param| param.ty.as_ref());
        let mut outside = written.flat_map(|ty| self.outside_types(f, ty));
        outside.find_map(|external| self.parameter_run(&external)).and_then(Trigger::of)
    }

    /// What a function among them is given says nothing of who runs this one.
    fn outside_types(&self, f: FnRef, ty: &TypeRef) -> Vec<External> {
        if ty.name == "fn" {
            return Vec::new();
        }
        let mut found: Vec<External> = ty.args.iter().flat_map(|arg| self.outside_types(f, arg)).collect();
        if let Ty::External(inner) = self.program.type_path(f, &ty.name) {
            found.push((*inner).clone());
        }
        found
    }

    fn parameter_run(&self, external: &External) -> Option<Run> {
        self.program.seek(external, |package, symbol| {
            let rows = &self.program.catalog.package(package).parameters;
            rows.iter().find(|row| row.types.iter().any(|ty| ty == symbol)).map(|row| row.run)
        })
    }

    /// Components, Rust's `main`, tests: known by their form.
    fn by_nature(&mut self, f: FnRef) {
        let function = self.program.function(f);
        let name = function.name.as_deref().unwrap_or_default();
        if self.program.is_written_as_test(f) {
            return self.root(Point::Fn(f), Trigger::Test, f.file, function.name_span, name.to_string());
        }
        let facts = self.program.facts(f.file);
        if facts.component == Some(f.id) {
            return self.root(Point::Fn(f), Trigger::Mount, f.file, Span::default(), "component".into());
        }
        let semantics = facts.language.semantics();
        let renders = semantics.renders;
        match () {
            () if renders && function.flags.renders && name.starts_with(|c: char| c.is_ascii_uppercase()) => {
                self.rendered(f, format!("<{name}>"));
            }
            () if renders && function.flags.renders && self.is_wrapped(f) => {
                self.rendered(f, "component".into());
            }
            () if renders && self.is_hook_of_library(f) => self.rendered(f, name.to_string()),
            () if semantics.starts_in_main && name == "main" && function.class.is_none() => {
                self.root(Point::Fn(f), Trigger::Startup, f.file, function.name_span, "main".into());
            }
            () => {}
        }
    }

    /// Runs whenever a component renders, or once for each where the framework has it so.
    fn rendered(&mut self, f: FnRef, label: String) {
        let trigger = if self.program.renders_once(f.file) { Trigger::Mount } else { Trigger::Render };
        self.root(Point::Fn(f), trigger, f.file, self.program.function(f).name_span, label);
    }

    /// The module hands it to a function of the project, or to what such a one gives, which makes a component of it:
    /// `withUser((props) => …)`, `withRole("editor")((props) => …)`.
    fn is_wrapped(&self, f: FnRef) -> bool {
        let Some(call) = self.program.handed_to(f) else { return false };
        let data = self.program.call(call);
        let wrapper = || matches!(self.program.eval(top(call.file), &data.callee), Ty::Fn(_));
        data.function == FnId::TOP && data.kind == CallKind::Call && wrapper()
    }

    /// The package hands it out to whoever renders, and calls it nowhere itself: `export function useLine() { … }`.
    fn is_hook_of_library(&self, f: FnRef) -> bool {
        let (facts, function) = (self.program.facts(f.file), self.program.function(f));
        let named = function.name.as_deref().is_some_and(is_hook);
        if !named || function.parent != Some(FnId::TOP) || !self.targets.callers(f).is_empty() {
            return false;
        }
        let package = self.program.package_of(f.file);
        let library = package.is_some_and(|package| !package.entries.is_empty());
        let exported = facts.exports.iter().any(|export| match &export.what {
            Exported::Value(value) => self.program.eval(top(f.file), value) == Ty::Fn(f),
            _ => false,
        });
        library && exported && self.calls_hooks(f)
    }

    /// It calls hooks: of a framework, or, where components render again and again, what is named as one.
    fn calls_hooks(&self, f: FnRef) -> bool {
        let used = self.program.active.iter().filter(|id| self.program.depends_on(f.file, **id));
        let mut rows = used.flat_map(|id| &self.program.catalog.package(*id).components).peekable();
        let renders_again = rows.peek().is_some() && rows.all(|row| !row.first.is_empty());
        let hook = |row: &Row| match row.kind {
            RowKind::Handover => self.program.catalog.handover(*row).run == Run::Mount,
            RowKind::Memo => self.program.catalog.memo(*row).owner == Owner::Component,
            _ => false,
        };
        self.program.ids_within(f).into_iter().any(|id| {
            let call = CallRef { file: f.file, id };
            let named = || self.program.call(call).callee_name(self.program.facts(f.file)).is_some_and(is_hook);
            let known = self.targets.get(call).is_some_and(|target| target.rows.iter().any(hook));
            known || renders_again && named()
        })
    }

    fn class(&mut self, class: ClassRef) {
        let data = self.program.class(class);
        for call in &data.decorators {
            self.class_decorator(class, *call);
        }
        if data.kind != ClassKind::Interface {
            self.by_base(class);
        }
        self.listed_in_fields(class);
    }

    /// `class WorkerSettings: functions = [send]`
    fn listed_in_fields(&mut self, class: ClassRef) {
        let program = self.program;
        let data = program.class(class);
        let scope = FnRef { file: class.file, id: data.function };
        let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).named);
        for row in rows.filter(|row| row.classes.iter().any(|name| fits(name, &data.name))) {
            let Some(trigger) = Trigger::of(row.run) else { continue };
            for field in data.fields.iter().filter(|field| row.fields.contains(&field.name)) {
                let mut functions = Vec::new();
                let listed = field.value.iter();
                listed.for_each(|value| functions_of(program, scope, value, false, &mut functions));
                for f in functions {
                    let name = program.function(f).name.as_deref().unwrap_or_default();
                    self.root(Point::Fn(f), trigger, class.file, field.span, labelled(&row.label, name));
                }
            }
        }
    }

    fn class_decorator(&mut self, class: ClassRef, call: CallId) {
        let call = CallRef { file: class.file, id: call };
        let Some(target) = self.targets.get(call) else { return };
        let span = self.program.call(call).span;
        let rows = target.rows.iter().filter(|row| row.kind == RowKind::Decorator);
        for row in rows {
            let decorator = self.program.catalog.decorator(*row);
            if let Some(trigger) = decorator.allocated.and_then(trigger_or_load) {
                let owner = self.program.impl_of.get(&class).copied().unwrap_or(class);
                self.root(Point::Alloc(owner), trigger, class.file, span, decorator.label.clone());
            }
            if let Some(trigger) = decorator.run.and_then(Trigger::of) {
                self.methods(class, &decorator.methods, trigger, &decorator.label);
            }
        }
    }

    fn methods(&mut self, class: ClassRef, names: &[String], trigger: Trigger, label: &str) {
        let methods = self.program.class(class).methods.clone();
        let all = names.is_empty() || names.iter().any(|name| name == "*");
        for id in methods {
            let f = FnRef { file: class.file, id };
            let function = self.program.function(f);
            let name = function.name.as_deref().unwrap_or_default();
            let public = !name.starts_with('_') && function.kind == FnKind::Method;
            let wanted = names.iter().any(|wanted| fits(wanted, name));
            if wanted || all && public {
                self.root(Point::Fn(f), trigger, f.file, function.name_span, labelled(label, name));
            }
        }
    }

    fn by_base(&mut self, class: ClassRef) {
        let owner = self.program.impl_of.get(&class).copied().unwrap_or(class);
        for row in self.program.rows_above(class) {
            if let Some(trigger) = Trigger::of(row.run) {
                self.methods(class, &row.methods, trigger, &row.label);
            }
            if matches!(row.run, Run::Once | Run::Deferred) {
                let methods = row.methods.iter().filter_map(|name| self.program.find_method(owner, name));
                self.found.by_itself.extend(methods.map(|f| (owner, f)));
            }
            if let Some(trigger) = row.allocated.and_then(trigger_or_load) {
                let span = self.program.class(class).name_span;
                self.root(Point::Alloc(owner), trigger, class.file, span, row.label.clone());
            }
        }
    }

    fn by_path(&mut self, files: Range<u32>) {
        let packages = self.program.active.iter().copied();
        let rows = packages.flat_map(|id| (0..self.program.catalog.package(id).files.len()).map(move |row| (id, row)));
        for (number, (package, row)) in rows.collect::<Vec<_>>().into_iter().enumerate() {
            self.file_row(package, row, files.clone());
            self.found.by_path.extend(self.roots.drain(..).map(|root| (number, root)));
        }
    }

    /// Functions that settings files and records name.
    fn by_written_name(&mut self) {
        let in_records = named::in_records(self.program);
        for one in self.program.named.iter().chain(&in_records) {
            let target = named::target(self.program, one);
            let (Some(trigger), Some(target)) = (Trigger::of(one.run), target) else { continue };
            if !one.methods.is_empty() {
                self.named_class(&target, one, trigger);
                continue;
            }
            let before = self.roots.len();
            self.file_exports(target.file, &[target.export], trigger, &one.label, (&[], None));
            for root in self.roots.iter_mut().skip(before).filter(|_| !one.presumed) {
                root.trigger = trigger;
                self.found.settled.insert(root.to);
            }
        }
    }

    /// A class of which a framework makes one object, or a function that it calls once and whose result it runs.
    fn named_class(&mut self, target: &named::Target, one: &Named, trigger: Trigger) {
        match self.program.module_member(target.file, &target.export) {
            Ty::Class(class) => {
                self.methods(class, &one.methods, trigger, &one.label);
                let span = self.program.class(class).name_span;
                self.root(Point::Alloc(class), Trigger::Startup, class.file, span, one.label.clone());
            }
            Ty::Fn(f) => {
                let mut given = Vec::new();
                let values = self.program.given_by(f);
                values.into_iter().for_each(|value| functions_of(self.program, f, value, false, &mut given));
                let all = given.into_iter().map(|g| (g, trigger)).chain([(f, Trigger::Startup)]);
                for (g, trigger) in all {
                    let span = self.program.function(g).name_span;
                    self.root(Point::Fn(g), trigger, g.file, span, one.label.clone());
                }
            }
            _ => {}
        }
    }

    /// Functions that elements of templates run.
    fn by_template(&mut self) {
        for f in named_by_templates(self.program) {
            let span = self.program.function(f).name_span;
            self.root(Point::Fn(f), Trigger::Event, f.file, span, "event handler".into());
        }
    }

    fn file_row(&mut self, package: PackageId, row: usize, files: Range<u32>) {
        let data = &self.program.catalog.package(package).files[row];
        let language = crate::catalog::language(self.program.catalog.package(package).ecosystem);
        let Some(trigger) = trigger_or_load(data.run) else { return };
        let globs = Globs::new(&data.globs);
        let named = data.globs.iter().any(|glob| glob.rsplit('/').next().is_some_and(|name| name.starts_with('*')));
        let mut along = globs.along();
        for file in files {
            let unit = &self.program.units[file as usize];
            let directive = match data.directive.strip_prefix('!') {
                Some(without) => !unit.has_directive(without),
                None => data.directive.is_empty() || unit.has_directive(&data.directive),
            };
            let mut fits = || globs.is_empty() || along.fit(self.program.within_package(file));
            if unit.facts.language == language && directive && fits() && self.calls(file, package, &data.when_calls) {
                let trigger = if self.exports_true(file, &data.once) { Trigger::Startup } else { trigger };
                let address = served(self.program.within_package(file), &data.served, named);
                self.file_exports(file, &data.exports, trigger, &data.label, (&data.takes, address));
            }
        }
    }

    /// The program of the file calls one of the package's names.
    fn calls(&self, file: u32, package: PackageId, names: &[String]) -> bool {
        let facts = self.program.facts(file);
        let own = |id: FnId| id == FnId::TOP || facts.function(id).name.as_deref() == Some("main");
        let mut calls = facts.calls.iter().filter(|call| own(call.function));
        names.is_empty()
            || calls.any(|call| match self.program.eval(FnRef { file, id: call.function }, &call.callee) {
                Ty::External(inner) => {
                    self.program.symbols(&inner).iter().any(|(p, name)| *p == package && names.contains(name))
                }
                _ => false,
            })
    }

    /// What the file exports has `true` under the key: `export default { once: true, run() {} }`.
    fn exports_true(&self, file: u32, key: &str) -> bool {
        let is_true = |value: &Value| matches!(value, Value::Literal(Literal::Bool(true)));
        let mut exports = self.program.facts(file).exports.iter();
        !key.is_empty()
            && exports.any(|export| {
                let Exported::Value(value) = &export.what else { return false };
                let value = self.program.deref(top(file), value);
                export.name == key && is_true(value) || record_key(value, key).is_some_and(is_true)
            })
    }

    /// `takes`: how its first parameters are called, and the address that the file is served at.
    fn file_exports(
        &mut self,
        file: u32,
        names: &[String],
        trigger: Trigger,
        label: &str,
        (takes, address): (&[String], Option<Served>),
    ) {
        if names.iter().any(|name| name == "module") {
            self.root(Point::Fn(top(file)), trigger, file, Span::default(), label.to_string());
        }
        let facts = self.program.facts(file);
        let wanted = |name: &str| names.iter().any(|n| n == name || n == "*" && name != DEFAULT_EXPORT);
        for export in facts.exports.iter().filter(|export| wanted(&export.name)) {
            let mut functions = Vec::new();
            match &export.what {
                Exported::Value(value) => functions_of(self.program, top(file), value, true, &mut functions),
                Exported::From(import) => {
                    if let Ty::Fn(f) = self.program.eval_import(file, *import) {
                        functions.push(f);
                    }
                }
            }
            for f in functions.into_iter().filter(|f| begins_with(self.program, *f, takes)) {
                let span = if f.file == file { self.program.function(f).name_span } else { export.span };
                // What it is given says more than where it stands.
                let trigger = self.told_by_parameter(f).unwrap_or(trigger);
                self.root(Point::Fn(f), trigger, file, span, exported(label, &export.name, address.as_ref()));
                if let (Some(_), Some(root)) = (&address, self.roots.last_mut()) {
                    root.by_file = true;
                }
            }
        }
    }
}

/// The few seconds after which the clock runs what the call says, if it does.
pub(crate) fn every(program: &Program, call: CallRef, trigger: Trigger, unit: Option<TimeUnit>) -> Option<u32> {
    let timed = trigger == Trigger::Tick;
    timed.then(|| period(program, call, unit.map(TimeUnit::seconds)))?.and_then(short)
}

/// For each object, as soon as that is started.
fn run_by_itself(program: &Program, graph: &mut Graph, methods: &[(ClassRef, FnRef)]) {
    for (class, f) in methods {
        let edge = Edge::new(Point::Fn(*f), named_at(program, *f), Run::Deferred);
        graph.edges.entry(Point::Alloc(*class)).or_default().push(edge);
    }
}

fn named_at(program: &Program, f: FnRef) -> Place {
    Place { file: program.units[f.file as usize].source, span: program.function(f).name_span }
}

/// What is kept runs once, whoever calls it.
fn rewire_kept(program: &Program, graph: &mut Graph, entered: &Entered) {
    let Entered { kept, kept_by_object, .. } = entered;
    if kept.is_empty() && kept_by_object.is_empty() {
        return;
    }
    let by_object: FxHashSet<FnRef> = kept_by_object.iter().map(|(f, _)| *f).collect();
    let keeps = |point: &Point| matches!(point, Point::Fn(f) if kept.contains(f) || by_object.contains(f));
    graph.edges.values_mut().for_each(|edges| edges.retain(|edge| !keeps(&edge.to)));
    graph.roots.retain(|root| !keeps(&root.to));
    let once = kept.iter().map(|f| (*f, Point::Fn(top(f.file))));
    let objects = kept_by_object.iter().map(|(f, class)| (*f, Point::Alloc(*class)));
    let mut all: Vec<(FnRef, Point)> = once.chain(objects).collect();
    all.sort();
    for (f, from) in all {
        let edge = Edge::new(Point::Fn(f), named_at(program, f), Run::Once);
        graph.edges.entry(from).or_default().push(edge);
    }
}

/// The function's first parameters are called so.
fn begins_with(program: &Program, f: FnRef, names: &[String]) -> bool {
    let params = &program.function(f).params;
    params.len() >= names.len() && names.iter().zip(params).all(|(name, param)| name == "_" || *name == param.name)
}

fn trigger_or_load(run: Run) -> Option<Trigger> {
    match run {
        Run::Once | Run::Inline | Run::Deferred => Some(Trigger::Load),
        other => Trigger::of(other),
    }
}
