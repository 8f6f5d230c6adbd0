//! What opens something that must not be opened twice: constructions, functions of the project that make one, objects
//! that a further call opens anew, and what a library that the catalogue lacks says that it opens.
//!
//! Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::TypeId;
use crate::catalog::lookup_words::words;
use crate::catalog::schema::{Kind, ReopenedRow};
use crate::catalog::words::checks::{OPENED, OPENINGS};
use crate::checks::Project;
use crate::facts::{FnId, Span, Value};
use crate::graph::Point;
use crate::packages::manifests::version;
use crate::program::index::Bound;
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::eval::Ty;
use crate::values::flow::Flow;
use crate::values::sites::last_name;

/// A call that opens something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Opened {
    pub call: CallRef,
    pub ty: Option<TypeId>,
    /// What it is called on is there already, and is opened again.
    pub again: bool,
}

pub struct Openings<'p, 'a> {
    project: &'p Project<'a>,
    sites: FxHashMap<CallRef, TypeId>,
    /// Functions in which something is opened, and those that lead to one.
    leading: FxHashSet<FnRef>,
}

impl<'p, 'a> Openings<'p, 'a> {
    pub fn new(project: &'p Project<'a>) -> Self {
        let program = &project.program;
        // Where what is overwritten is dropped, another one costs something only if it is open from the start.
        let dropped = |ty: TypeId, call: CallRef| {
            program.semantics(call.file).drops && program.catalog.ty(ty).row.kind == Kind::HttpClient
        };
        let owning = |ty: TypeId, call: CallRef| {
            program.catalog.ty(ty).owns && program.owns(ty, call.file) && !dropped(ty, call)
        };
        let built = project.graph.sites.iter().filter(|site| site.how == How::Built && owning(site.ty, site.call));
        let sites = built.map(|site| (site.call, site.ty)).collect();
        let mut openings = Openings { project, sites, leading: FxHashSet::default() };
        let opens = |call: &CallRef| {
            openings.sites.contains_key(call)
                || openings.started(*call).is_some()
                || openings.opens_by_itself(*call).is_some()
        };
        let calls: Vec<CallRef> = program.calls().filter(opens).collect();
        openings.leading = above(project, calls.into_iter().map(|call| around(project, call)));
        openings
    }

    /// Some run of the function may open something.
    pub fn may_open(&self, f: FnRef) -> bool {
        self.leading.contains(&f)
    }

    pub fn of(&self, call: CallRef) -> Option<Opened> {
        let known = |ty: TypeId| Opened { call, ty: Some(ty), again: false };
        let built = self.sites.get(&call).copied().or_else(|| self.started(call)).or_else(|| self.made_by(call));
        built.map(known).or_else(|| self.opens_by_itself(call)).or_else(|| self.begun(call))
    }

    /// A process that is started, and goes on until it is ended: it is taken out of no pool, but of nothing, or of what
    /// starts such.
    fn started(&self, call: CallRef) -> Option<TypeId> {
        let target = self.project.graph.target(call)?;
        let given = target.gives.filter(|given| given.how == How::Acquired)?;
        let is_handle = |ty: TypeId| self.project.program.catalog.ty(ty).row.kind == Kind::Handle;
        let started = is_handle(given.ty) && target.receiver.is_none_or(is_handle);
        (started && self.project.program.call(call).awaited).then_some(given.ty)
    }

    fn opens_by_itself(&self, call: CallRef) -> Option<Opened> {
        self.opened_again(call).or_else(|| self.sounds_opened(call))
    }

    /// A function of the project makes a new one each time, or a new object that keeps one.
    fn made_by(&self, call: CallRef) -> Option<TypeId> {
        let target = self.project.graph.target(call).filter(|target| !target.by_name)?;
        let [f] = *target.functions else { return None };
        match self.project.program.call_result(call) {
            Ty::Concept(ty) if self.project.program.catalog.ty(ty).owns => self.made_below(f, &|_| true).map(|_| ty),
            Ty::Instance(_) | Ty::OneOf(_) if !self.gives_itself(f) => self.made_below(f, &|call| {
                let flow = Flow::of(&self.project.program, call);
                flow.stored_in_field() || flow.is_returned() || flow.is_wrapped() || flow.gives_part()
            }),
            _ => None,
        }
    }

    /// What the method gives is the object that it is called on, which is there already: `return this`.
    fn gives_itself(&self, f: FnRef) -> bool {
        self.project.program.given_by(f).into_iter().any(|value| *value == Value::This)
    }

    /// What a construction gives that stands in the function or in what it calls, and that no cell keeps.
    fn made_below(&self, f: FnRef, counts: &dyn Fn(CallRef) -> bool) -> Option<TypeId> {
        let mut seen = FxHashSet::default();
        let mut open = vec![f];
        while let Some(f) = open.pop() {
            for edge in self.project.graph.edges.get(&Point::Fn(f)).into_iter().flatten().filter(|edge| !edge.weak) {
                match edge.to {
                    Point::Site(site) => {
                        let call = self.project.graph.sites[site as usize].call;
                        if let Some(ty) = self.sites.get(&call).filter(|_| counts(call)) {
                            return Some(*ty);
                        }
                    }
                    Point::Fn(g) if seen.insert(g) => open.push(g),
                    _ => {}
                }
            }
        }
        None
    }

    /// An object that the function has just made opens what it keeps: `store = new Store(); await store.connect()`.
    fn begun(&self, call: CallRef) -> Option<Opened> {
        let program = &self.project.program;
        let data = program.call(call);
        let Value::Member(object, _) = &data.callee else { return None };
        let Value::Var(var) = **object else { return None };
        let makes = |value: &Value| match value {
            Value::Call(id) => {
                self.project.graph.target(CallRef { file: call.file, id: *id }).is_some_and(|made| made.class.is_some())
            }
            _ => false,
        };
        let own = |bound: &Bound| bound.function == data.function && makes(bound.value);
        if !data.awaited || !program.bound(call.file, var).iter().any(own) {
            return None;
        }
        self.opened_by_method(call)
    }

    /// The object that the function has put into a place is begun from there, and opens what it keeps: `await
    /// store.connect()`, behind `store = await create()`.
    pub fn begun_in(&self, f: FnRef, place: &Value, filled: Span) -> Option<Opened> {
        let program = &self.project.program;
        let ids = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
        let on_it = |call: &CallRef| {
            let data = program.call(*call);
            let of_place = matches!(&data.callee, Value::Member(object, _) if **object == *place);
            of_place && data.awaited && data.function == f.id && data.span.start >= filled.end
        };
        ids.filter(on_it).find_map(|call| self.opened_by_method(call))
    }

    fn opened_by_method(&self, call: CallRef) -> Option<Opened> {
        let target = self.project.graph.target(call).filter(|target| !target.by_name)?;
        let ty = target.functions.iter().find_map(|method| self.kept_by(*method))?;
        Some(Opened { call, ty: Some(ty), again: false })
    }

    /// What a method opens for its object, which keeps it.
    fn kept_by(&self, method: FnRef) -> Option<TypeId> {
        let program = &self.project.program;
        let class = program.class_around(method)?;
        let mut sites = self.sites.iter().filter(|(call, _)| {
            let f = around(self.project, **call);
            program.class_around(f) == Some(class) && Flow::of(program, **call).stored_in_field()
        });
        sites.find(|(call, _)| self.runs(method, around(self.project, **call))).map(|(_, ty)| *ty)
    }

    /// The function is the other one, or leads to it.
    fn runs(&self, from: FnRef, wanted: FnRef) -> bool {
        from == wanted || above(self.project, std::iter::once(wanted)).contains(&from)
    }

    /// The object behind the value is the one that opened it, and keeps it.
    pub fn is_keeper(&self, opened: Opened, file: u32, value: &Value) -> bool {
        let object = match &self.project.program.call(opened.call).callee {
            Value::Member(object, _) => object,
            _ => return false,
        };
        opened.call.file == file && **object == *value && self.begun(opened.call) == Some(opened)
    }

    /// The row of what is there already, where the version of its package opens anew on each call.
    pub fn reopened(&self, ty: TypeId, file: u32) -> Option<&'a ReopenedRow> {
        let program = &self.project.program;
        let info = program.catalog.ty(ty);
        let row = info.row.reopened.as_ref()?;
        let names = &program.catalog.package(info.package).dependencies;
        let used = || program.manifests.version_of(&program.units[file as usize].path, names);
        (row.until.is_empty() || used().is_some_and(|used| used < version(&row.until))).then_some(row)
    }

    fn opened_again(&self, call: CallRef) -> Option<Opened> {
        let data = self.project.program.call(call);
        let ty = self.project.graph.target(call)?.receiver?;
        let name = last_name(&data.callee);
        let row = self.reopened(ty, call.file)?;
        row.methods.iter().any(|method| method == name).then_some(Opened { call, ty: Some(ty), again: true })
    }

    /// `db = await open(…)`, where the catalogue does not know the package.
    fn sounds_opened(&self, call: CallRef) -> Option<Opened> {
        let program = &self.project.program;
        let data = program.call(call);
        let from = FnRef { file: call.file, id: data.function };
        if !data.awaited || !OPENINGS.contains(&data.callee_name(program.facts(call.file))?) {
            return None;
        }
        let Ty::External(external) = program.eval(from, &data.callee) else { return None };
        let package = program.package_of(call.file)?;
        let listed = package.dependencies.iter().any(|name| {
            external.module == *name
                || external.module.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['/', '.']))
        });
        let known = !program.symbols(&external).is_empty();
        (listed && !known).then_some(Opened { call, ty: None, again: false })
    }

    /// The cell is called as what keeps a connection is.
    pub fn sounds_kept(&self, file: u32, target: &'a Value) -> bool {
        let name = self.project.program.value_name(file, target).unwrap_or_default();
        words(&name).iter().any(|word| OPENED.contains(&word.as_str()))
    }
}

fn around(project: &Project, call: CallRef) -> FnRef {
    FnRef { file: call.file, id: project.program.call(call).function }
}

/// The functions, those that call them, and those around closures, but for what runs while a module is loaded.
pub fn above(project: &Project, functions: impl Iterator<Item = FnRef>) -> FxHashSet<FnRef> {
    let mut open: Vec<FnRef> = functions.filter(|f| f.id != FnId::TOP).collect();
    let mut found: FxHashSet<FnRef> = open.iter().copied().collect();
    while let Some(f) = open.pop() {
        let callers = project.graph.targets.callers(f).iter().map(|call| around(project, *call));
        let parent = project.program.function(f).parent.map(|id| FnRef { file: f.file, id });
        open.extend(callers.chain(parent).filter(|g| g.id != FnId::TOP && found.insert(*g)));
    }
    found
}
