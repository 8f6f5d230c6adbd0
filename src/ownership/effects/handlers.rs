//! The functions of components that run on events: given to elements, to what takes handlers, or named by templates.
//!
//! Knows no library and no framework.

use rustc_hash::FxHashSet;

use super::Effects;
use super::components::component_rows;
use super::lifespan::{home_of, is_aside};
use crate::catalog::RowKind;
use crate::catalog::schema::{ResultTo, Run};
use crate::facts::trail::Trail;
use crate::facts::{Arg, CallKind, FnId, FnKind, Language, Value, is_hook};
use crate::program::templates::{handed_by_templates, named_by_templates};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::eval::Ty;
use crate::values::handover::functions_of;

impl<'a> Effects<'_, 'a> {
    /// Functions that are given away as handlers of events, or that templates run on them.
    pub(super) fn all_handlers(&self) -> FxHashSet<FnRef> {
        let given = self.program.calls().flat_map(|call| self.given_to_library(call));
        given.chain(self.called_by_unseen_templates()).chain(self.tables.of_elements.iter().copied()).collect()
    }

    /// Functions that elements are given, or that templates name.
    pub(super) fn handlers_of_elements(&self) -> FxHashSet<FnRef> {
        let given = self.program.calls().flat_map(|call| self.given_to_element(call));
        let named = named_by_templates(self.program).into_iter().chain(self.taken_by_templates());
        let handed = handed_by_templates(self.program).into_iter().filter(|f| self.is_procedure(*f));
        given.chain(named).chain(handed).filter(|f| !self.tables.attached.contains(f)).collect()
    }

    /// Functions that a component has from elsewhere, out of a hook for instance, and that its template names.
    fn taken_by_templates(&self) -> Vec<FnRef> {
        let program = self.program;
        let mut found = Vec::new();
        for (file, unit) in program.units.iter().enumerate().filter(|(_, unit)| !unit.facts.handlers.is_empty()) {
            let (file, facts) = (file as u32, &unit.facts);
            for (var, bounds) in &program.index[file as usize].vars {
                let of_component = var.function == FnId::TOP || Some(var.function) == facts.component;
                let [only] = &bounds[..] else { continue };
                let named = || facts.handlers.contains(&facts.local(*var).name);
                if of_component && named() && !matches!(only.value, Value::Closure(_)) {
                    functions_of(program, FnRef { file, id: only.function }, only.value, false, &mut found);
                }
            }
        }
        found
    }

    /// Only an event of the page runs it.
    pub(crate) fn is_of_element(&self, f: FnRef) -> bool {
        let facts = self.program.facts(f.file);
        let mut around = std::iter::successors(Some(f.id), |id| facts.function(*id).parent);
        around.any(|id| self.tables.of_elements.contains(&FnRef { file: f.file, id }))
    }

    /// Methods of components whose templates are not there, that nothing else calls and no framework runs by their name.
    fn called_by_unseen_templates(&self) -> Vec<FnRef> {
        let program = self.program;
        let unseen = |class: &ClassRef| {
            program.language(class.file) == Language::Script && program.facts(class.file).handlers.is_empty()
        };
        let methods = program.classes().filter(unseen).flat_map(|class| {
            let rows = component_rows(self, class);
            let placed = rows.iter().any(|(_, row)| !row.decorators.is_empty());
            let hook = |name: &str| {
                let mut names = rows.iter().flat_map(|(_, row)| row.mount.iter().chain(&row.unmount));
                names.any(|hook| hook == name)
            };
            let called = |f: &FnRef| {
                let function = program.function(*f);
                function.kind == FnKind::Method
                    && !hook(function.name.as_deref().unwrap_or_default())
                    && self.calls_of(*f).is_empty()
            };
            program.own_methods(class).into_iter().filter(|f| placed && called(f)).collect::<Vec<_>>()
        });
        methods.collect()
    }

    fn given_to_element(&self, call: CallRef) -> Vec<FnRef> {
        let data = self.program.call(call);
        if data.kind != CallKind::Jsx {
            return Vec::new();
        }
        let (events, others): (Vec<_>, Vec<_>) =
            data.args.iter().partition(|arg| arg.name.as_deref().is_some_and(is_event_prop));
        let functions = |arg: &&'a Arg| self.functions_behind(self.at(call), &arg.value, &Trail::default());
        let named = others.iter().filter(|arg| arg.name.is_some());
        let component = || matches!(self.program.eval(self.at(call), &data.callee), Ty::Fn(_) | Ty::Class(_));
        let others = named.flat_map(functions).filter(|f| self.is_procedure(*f) && component());
        events.iter().flat_map(functions).chain(others).collect()
    }

    /// The functions that a value stands for; of a property, those that the elements of the component hand it.
    fn functions_behind(&self, from: FnRef, value: &'a Value, trail: &Trail) -> Vec<FnRef> {
        let mut found = Vec::new();
        functions_of(self.program, from, value, false, &mut found);
        let Some(here) = trail.step(value).filter(|_| found.is_empty()) else { return found };
        let Some((component, name)) = self.property(from, value) else { return found };
        let handed = self.handed_by_elements(component, name).into_iter();
        handed.flat_map(|(from, value)| self.functions_behind(from, value, &here)).collect()
    }

    /// Functions that a library takes as handlers of events: their results go nowhere.
    fn given_to_library(&self, call: CallRef) -> Vec<FnRef> {
        let rows = self.project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
        let row = rows.iter().find(|row| row.kind == RowKind::Handover).map(|row| self.program.catalog.handover(*row));
        let row = row.filter(|row| row.run == Run::Event && row.result == ResultTo::Nobody);
        row.map_or(Vec::new(), |row| self.given_functions(call, &row.args))
    }

    /// It gives nothing, and so is called for what it does; nor does what it calls: `() => follow(name)`.
    fn is_procedure(&self, f: FnRef) -> bool {
        self.does_only(f, &Trail::default())
    }

    fn does_only(&self, f: FnRef, trail: &Trail) -> bool {
        let Some(here) = trail.step(f) else { return false };
        let function = self.program.function(f);
        let does = |value: &Value| match value {
            Value::Call(id) => {
                let target = self.project.graph.target(CallRef { file: f.file, id: *id });
                let run = target.filter(|target| !target.by_name).map_or(&[][..], |target| &target.functions);
                !run.is_empty() && run.iter().all(|g| self.does_only(*g, &here))
            }
            _ => false,
        };
        !function.flags.renders && function.class.is_none() && self.program.given_by(f).into_iter().all(does)
    }

    /// It runs on events, and its result goes nowhere.
    pub fn is_handler(&self, f: FnRef) -> bool {
        self.tables.handlers.contains(&f)
    }
}

/// `onClick`, `onPress`, `editorDidMount`.
fn is_event_prop(name: &str) -> bool {
    let on = name.strip_prefix("on").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
    on || name.ends_with("DidMount")
}

/// It stands in a function or class that belongs to a component, or in a hook of one.
pub(crate) fn is_components(effects: &Effects, f: FnRef) -> bool {
    let program = effects.program;
    let home = home_of(effects, f);
    let class = || program.class_around(f).is_some_and(|class| !component_rows(effects, class).is_empty());
    let component =
        || program.function(home).flags.renders || is_set_up(effects, home) || class() || is_hook_of(effects, home);
    program.language(f.file) == Language::Script && home.id != FnId::TOP && !is_aside(effects, f) && component()
}

/// It runs once for each life of its component: it is all of the file's, or gives the function that renders it.
fn is_set_up<'a>(effects: &Effects<'_, 'a>, home: FnRef) -> bool {
    let program = effects.program;
    if program.facts(home.file).component == Some(home.id) {
        return true;
    }
    let renders = |value: &'a Value| match program.deref(home, value) {
        Value::Closure(id) => program.function(FnRef { id: *id, ..home }).flags.renders,
        _ => false,
    };
    let name = program.function(home).name.as_deref();
    let packages = program.active.iter().map(|id| program.catalog.package(*id));
    let mut rows = packages.flat_map(|package| &package.components).filter(|row| !row.options.is_empty());
    let call = effects.handed_to(home);
    let maker = call.and_then(|call| program.call(call).callee_name(program.facts(home.file)));
    let named = |names: &[String], own: Option<&str>| own.is_some_and(|own| names.iter().any(|name| name == own));
    rows.any(|row| named(&row.mount, name) || named(&row.options, maker))
        && program.given_by(home).into_iter().any(renders)
}

/// A hook by its name, or a function that nothing but components call, each once for each of its lives.
pub(crate) fn is_hook_of(effects: &Effects, home: FnRef) -> bool {
    effects.program.function(home).name.as_deref().is_some_and(is_hook)
        || is_called_once(effects, home, &Trail::default())
}

fn is_called_once(effects: &Effects, home: FnRef, trail: &Trail) -> bool {
    let Some(here) = trail.step(home) else { return false };
    let once = |call: &CallRef| {
        let at = effects.at(*call);
        let component = || effects.program.function(at).flags.renders && effects.program.renders_once(at.file);
        home_of(effects, at) == at && (is_set_up(effects, at) || component() || is_called_once(effects, at, &here))
    };
    let calls = effects.calls_of(home);
    let component = home.id == FnId::TOP || effects.program.function(home).flags.renders;
    !component && !calls.is_empty() && calls.iter().all(once)
}
