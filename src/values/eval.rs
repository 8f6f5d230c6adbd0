//! What a value is: the project function, class, module or catalogue type behind it.
//!
//! Demand-driven and memoised; a value that depends on itself is unknown. One evaluator serves all
//! three languages: what differs is how a module path is looked up. Knows no library by name.

use std::hash::Hash;
use std::sync::Arc;

use crate::catalog::{RowKind, TypeId};
use crate::facts::{
    Call, ClassKind, Exported, FnId, FnKind, Language, Literal, LocalKind, Naming, Node, ParamKind, Value, VarRef,
};
use crate::facts::{DEFAULT_EXPORT, returned};
use crate::program::index::Bound;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::memo::{Name, Question, Record};

/// What a value is known to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Ty<'a> {
    Unknown,
    /// A value of a catalogue type.
    Concept(TypeId),
    /// Calling it gives a value of the type.
    Factory(TypeId),
    /// An object of a project class, or anything that implements the trait.
    Instance(ClassRef),
    /// The class itself.
    Class(ClassRef),
    Fn(FnRef),
    /// A method of a catalogue type, not yet called.
    Method(TypeId, Arc<str>),
    /// A file of the project as a namespace.
    Module(u32),
    /// A module as a namespace; which one is decided at run time.
    Loaded,
    /// Something of a module outside the project.
    External(Arc<External>),
    Global(Arc<str>),
    /// A record literal, with the function in which its entries make sense.
    Record(FnRef, &'a Value),
    List(Arc<Ty<'a>>),
    /// Parts that are told apart by their places.
    Tuple(Arc<[Ty<'a>]>),
    /// Any of several functions, classes or objects; which one is decided at run time.
    OneOf(Arc<[Ty<'a>]>),
}

/// A dotted path into a module that is not part of the project.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct External {
    pub language: Language,
    pub module: String,
    pub path: Vec<String>,
}

impl Ty<'_> {
    pub fn is_known(&self) -> bool {
        !matches!(self, Ty::Unknown)
    }

    /// The project class, as itself or as an object of it.
    pub fn class(&self) -> Option<ClassRef> {
        match self {
            Ty::Class(class) | Ty::Instance(class) => Some(*class),
            _ => None,
        }
    }

    pub fn concept(&self) -> Option<TypeId> {
        match self {
            Ty::Concept(ty) => Some(*ty),
            _ => None,
        }
    }
}

/// CommonJS: what a module gives, by which its own functions may call each other.
fn is_own_exports(global: &str, name: &str) -> bool {
    global == "module" && name == "exports"
}

impl<'a> Program<'a> {
    /// What `value` is when it stands in the body of `from`.
    pub fn eval(&self, from: FnRef, value: &'a Value) -> Ty<'a> {
        self.guarded(|| self.eval_inner(from, value))
    }

    /// Runs one step of an evaluation, unless too many are under way.
    pub(crate) fn guarded(&self, step: impl FnOnce() -> Ty<'a>) -> Ty<'a> {
        self.memo.guarded(step)
    }

    fn eval_inner(&self, from: FnRef, value: &'a Value) -> Ty<'a> {
        match value {
            Value::Var(var) => self.eval_var(from.file, *var),
            Value::This => self.this_in(from),
            Value::Super => self.eval_super(from),
            Value::Global(name) => self.eval_global(from, name),
            Value::Module(import) => self.eval_import(from.file, *import),
            Value::Member(base, name) => self.member_or_put(from, base, name),
            Value::Index(base, key) => self.eval_index(from, base, key),
            Value::Call(id) => self.call_result(CallRef { file: from.file, id: *id }),
            Value::Closure(id) => Ty::Fn(FnRef { file: from.file, id: *id }),
            Value::Class(id) => Ty::Class(ClassRef { file: from.file, id: *id }),
            Value::Record { .. } => Ty::Record(from, value),
            Value::List(items) => self.eval_list(from, items),
            Value::Choice(values, _) => self.first_known(values.iter().map(|v| (from, v))),
            Value::Element(base) => self.element(self.eval(from, base)),
            Value::Unknown | Value::Literal(_) | Value::Template(_) | Value::Binary(..) => Ty::Unknown,
        }
    }

    fn eval_list(&self, from: FnRef, items: &'a [Value]) -> Ty<'a> {
        Ty::List(Arc::new(self.one_of(items.iter().map(|v| (from, v)))))
    }

    /// An element of a collection, or the payload of an option: what is no collection is itself.
    pub(crate) fn element(&self, ty: Ty<'a>) -> Ty<'a> {
        match ty {
            Ty::List(element) => (*element).clone(),
            other => other,
        }
    }

    /// The second part of what a map gives to who goes through it.
    fn kept_under_key(&self, from: FnRef, pair: &'a Value, key: &Value) -> Option<Ty<'a>> {
        let Value::Element(map) = pair else { return None };
        let second = self.semantics(from.file).pairs && *key == Value::num(1.0);
        let Ty::List(element) = self.eval(from, map) else { return None };
        (second && matches!(*element, Ty::Instance(_) | Ty::Concept(_))).then(|| (*element).clone())
    }

    fn eval_index(&self, from: FnRef, base: &'a Value, key: &'a Value) -> Ty<'a> {
        if let (Value::List(items), Value::Literal(Literal::Num(n))) = (base, key) {
            return items.get(*n as usize).map_or(Ty::Unknown, |item| self.eval(from, item));
        }
        if let Some(kept) = self.registered_element(from, base, key) {
            return kept;
        }
        if let Some(part) = self.numbered_element(from, base, key).or_else(|| self.part_of_rows(from, base, key)) {
            return part;
        }
        if let Some(kept) = self.kept_under_key(from, base, key) {
            return kept;
        }
        let base = self.eval(from, base);
        match (key, &base) {
            (Value::Literal(Literal::Num(n)), Ty::Tuple(parts)) => {
                parts.get(*n as usize).cloned().unwrap_or(Ty::Unknown)
            }
            (Value::Literal(Literal::Str(name)), _) => self.member(from, base, name),
            (_, Ty::List(_)) => self.element(base),
            (_, Ty::Record(owner, record)) => self.any_entry(*owner, record),
            // The parts of a tuple that a call gave are not told apart.
            (Value::Literal(Literal::Num(n)), Ty::Concept(_)) if *n == 0.0 => base,
            (key, _) => self.indexed_type(from, &base, key),
        }
    }

    /// The first value that is known, in order.
    pub fn first_known(&self, values: impl Iterator<Item = (FnRef, &'a Value)>) -> Ty<'a> {
        let mut best = Ty::Unknown;
        for (from, value) in values {
            let ty = self.eval(from, value);
            match ty {
                _ if is_exact(&ty) => return ty,
                other if !best.is_known() => best = other,
                _ => {}
            }
        }
        best
    }

    pub fn eval_var(&self, file: u32, var: VarRef) -> Ty<'a> {
        self.memo.one(Question::Var(file, var), || self.eval_local(file, var))
    }

    fn eval_local(&self, file: u32, var: VarRef) -> Ty<'a> {
        let local = self.facts(file).local(var);
        let owner = FnRef { file, id: var.function };
        match local.kind {
            LocalKind::Function(id) => {
                let again = self.bound_again(file, var).or_else(|| self.defined_again(file, var));
                again.unwrap_or(Ty::Fn(FnRef { file, id }))
            }
            LocalKind::Class(id) => {
                let again = self.bound_again(file, var).or_else(|| self.defined_again(file, var));
                again.unwrap_or(Ty::Class(ClassRef { file, id }))
            }
            LocalKind::Import(id) => self.eval_import(file, id),
            LocalKind::Namespace => Ty::Module(file),
            LocalKind::Caught => Ty::Unknown,
            LocalKind::Param => self.eval_param(owner, var),
            LocalKind::Let { .. } | LocalKind::Static => match self.aliased_type(owner, var) {
                Some(ty) => self.guarded(|| self.alias(owner, ty)),
                None => self.eval_binds(owner, var),
            },
        }
    }

    /// What the name of a class or function is given instead, where that makes something of the catalogue: the last
    /// binding counts for all that runs later.
    fn bound_again(&self, file: u32, var: VarRef) -> Option<Ty<'a>> {
        let last =
            self.bound(file, var).last().filter(|bound| !matches!(bound.value, Value::Class(_) | Value::Closure(_)))?;
        let ty = self.eval(FnRef { file, id: last.function }, last.value);
        matches!(ty, Ty::Factory(_) | Ty::Concept(_) | Ty::Method(..)).then_some(ty)
    }

    /// The function or class that a later definition puts in the place of one of the same name, whatever happens: nobody
    /// has used the first one by then.
    fn defined_again(&self, file: u32, var: VarRef) -> Option<Ty<'a>> {
        let defines = |value: &Value| matches!(value, Value::Closure(_) | Value::Class(_));
        let replaces = self.semantics(file).naming != Naming::Paths;
        let own = self.bound(file, var).last().filter(|_| replaces);
        let last = own.filter(|bound| defines(bound.value) && bound.function == var.function)?;
        let facts = self.facts(file);
        let body = &facts.function(var.function).body;
        let span = body.iter().find_map(|node| match node {
            Node::Bind { value, span, .. } if std::ptr::eq(value, last.value) => Some(*span),
            _ => None,
        })?;
        let is_it = |value: &Value| value.holds(&|part| *part.root() == Value::Var(var));
        let between = |call: &&Call| call.function == var.function && call.span.end <= span.start;
        let mut calls = facts.calls.iter().filter(between);
        let used = calls.any(|call| is_it(&call.callee) || call.args.iter().any(|arg| is_it(&arg.value)));
        (!used).then(|| self.eval(FnRef { file, id: last.function }, last.value))
    }

    fn eval_param(&self, owner: FnRef, var: VarRef) -> Ty<'a> {
        let function = self.function(owner);
        let Some(at) = function.params.iter().position(|param| param.local == var.local) else {
            return self.eval_binds(owner, var);
        };
        let param = &function.params[at];
        let written = param.ty.as_ref().map_or(Ty::Unknown, |ty| self.eval_type(owner, ty));
        if written.is_known() {
            return written;
        }
        let scope = self.default_scope(owner);
        let default = param.default.as_ref().map_or(Ty::Unknown, |value| self.eval(scope, value));
        if default.is_known() {
            return default;
        }
        if let Some(given) = self.given_by_decorator(owner, at) {
            return given;
        }
        let handed = self.handed_by_callers(owner, at);
        if handed.is_known() { handed } else { self.given_to_callback(owner, at) }
    }

    /// What a framework gives first to the functions that it has decorated: `@bot.command() async def show(ctx)`.
    fn given_by_decorator(&self, owner: FnRef, at: usize) -> Option<Ty<'a>> {
        let function = self.function(owner);
        let first = function.params.iter().position(|param| param.kind == ParamKind::Normal);
        if function.decorators.is_empty() || first != Some(at) {
            return None;
        }
        let calls = function.decorators.iter().map(|id| CallRef { file: owner.file, id: *id });
        let rows = calls.flat_map(|call| self.target(call).rows).filter(|row| row.kind == RowKind::Decorator);
        rows.into_iter().find_map(|row| {
            let gives = self.catalog.decorator(row).gives.as_str();
            self.catalog.type_named(row.package, gives).map(Ty::Concept)
        })
    }

    /// Where a parameter's default is evaluated.
    fn default_scope(&self, owner: FnRef) -> FnRef {
        let outer = self.function(owner).parent.filter(|_| self.semantics(owner.file).outer_defaults);
        FnRef { file: owner.file, id: outer.unwrap_or(owner.id) }
    }

    fn eval_binds(&self, owner: FnRef, var: VarRef) -> Ty<'a> {
        let local = self.facts(owner.file).local(var);
        if let Some(payload) = local.ty.as_ref().and_then(|ty| self.payload(owner, &ty.name)) {
            return payload;
        }
        let bound = self.bound(owner.file, var);
        let own = bound.iter().map(|b| (FnRef { file: owner.file, id: b.function }, b.value));
        let outside = self.put_into_empty(owner.file, var);
        let from_values = self.any_object(own.chain(outside.iter().copied()));
        if let Some(wrapped) = self.wrapped_anew(owner.file, var, &from_values) {
            return wrapped;
        }
        if is_exact(&from_values) {
            return from_values;
        }
        let written = local.ty.as_ref().map_or(Ty::Unknown, |ty| self.eval_type(owner, ty));
        self.fuller(written, from_values)
    }

    /// `Session = scoped_session(Session)`: a maker that is put into another one under its own name.
    fn wrapped_anew(&self, file: u32, var: VarRef, made: &Ty<'a>) -> Option<Ty<'a>> {
        let bound = self.bound(file, var);
        if !matches!(made, Ty::Factory(_)) || bound.len() < 2 {
            return None;
        }
        let around = |bound: &&Bound<'a>| {
            let Value::Call(id) = bound.value else { return false };
            self.facts(file).call(*id).args.iter().any(|arg| arg.value == Value::Var(var))
        };
        let values = bound.iter().filter(around).map(|b| self.eval(FnRef { file, id: b.function }, b.value));
        values.into_iter().find(|ty| matches!(ty, Ty::Concept(_)))
    }

    pub fn bound(&self, file: u32, var: VarRef) -> &[Bound<'a>] {
        self.index[file as usize].vars.get(&var).map_or(&[], Vec::as_slice)
    }

    /// A name exported by, or declared at the top of, a file.
    pub fn module_member(&self, file: u32, name: &str) -> Ty<'a> {
        self.guarded(|| match self.semantics(file).naming {
            Naming::Exports => self.script_export(file, name),
            Naming::Dotted => self.top_name(file, name),
            Naming::Paths => self.rust_item(file, name),
        })
    }

    fn script_export(&self, file: u32, name: &str) -> Ty<'a> {
        let facts = self.facts(file);
        if let Some(export) = self.index[file as usize].exports.get(name) {
            return match &export.what {
                Exported::Value(value) => self.eval(FnRef { file, id: FnId::TOP }, value),
                Exported::From(import) => self.eval_import(file, *import),
            };
        }
        let stars = facts.exports.iter().filter(|export| export.name == "*");
        let found = stars.filter_map(|export| match &export.what {
            Exported::From(import) => Some(self.eval_import(file, *import)),
            Exported::Value(_) => None,
        });
        let found = found.map(|module| self.star_member(module, name)).find(Ty::is_known);
        found.or_else(|| self.default_member(file, name)).unwrap_or(Ty::Unknown)
    }

    fn star_member(&self, module: Ty<'a>, name: &str) -> Ty<'a> {
        match module {
            Ty::Module(other) => self.module_member(other, name),
            Ty::External(inner) => self.known_inside(&inner, name).unwrap_or(Ty::Unknown),
            _ => Ty::Unknown,
        }
    }

    /// What calling or building a value means: a CommonJS module is what it exports whole; where a Rust module
    /// and a function of it have one name, the function is called.
    pub fn callable(&self, ty: Ty<'a>) -> Ty<'a> {
        match ty {
            Ty::Module(file) if self.semantics(file).naming == Naming::Exports => {
                self.module_member(file, DEFAULT_EXPORT)
            }
            Ty::Module(file) if self.semantics(file).naming == Naming::Paths => {
                let stem = self.units[file as usize].path.trim_end_matches(".rs").trim_end_matches("/mod");
                let name = stem.rsplit('/').next().unwrap_or_default();
                self.index[file as usize].top.get(name).map_or(Ty::Unknown, |var| self.eval_var(file, *var))
            }
            other => other,
        }
    }

    /// CommonJS: `require("./x").name` where `module.exports` is an object made elsewhere.
    fn default_member(&self, file: u32, name: &str) -> Option<Ty<'a>> {
        if name == DEFAULT_EXPORT {
            return None;
        }
        let export = self.index[file as usize].exports.get(DEFAULT_EXPORT)?;
        let Exported::Value(value) = &export.what else { return None };
        let from = FnRef { file, id: FnId::TOP };
        let whole = self.eval(from, value);
        let has_members =
            matches!(whole, Ty::Record(..) | Ty::Instance(_) | Ty::Class(_) | Ty::Concept(_) | Ty::Module(_));
        has_members.then(|| self.member(from, whole, name))
    }

    fn top_name(&self, file: u32, name: &str) -> Ty<'a> {
        match self.index[file as usize].top.get(name) {
            Some(var) => self.eval_var(file, *var),
            None => self.glob_name(file, name).or_else(|| self.submodule(file, name)).unwrap_or(Ty::Unknown),
        }
    }

    fn rust_item(&self, file: u32, name: &str) -> Ty<'a> {
        if let Some(var) = self.index[file as usize].top.get(name) {
            return self.eval_var(file, *var);
        }
        if let Some(child) = self.modules.rust_child(file, name) {
            return Ty::Module(child);
        }
        if let Some(module) = self.passed_module(file, name) {
            return Ty::Module(module);
        }
        self.glob_name(file, name).unwrap_or(Ty::Unknown)
    }

    /// What `base.name` is.
    pub fn member(&self, from: FnRef, base: Ty<'a>, name: &str) -> Ty<'a> {
        self.guarded(|| self.member_of(from, base, name))
    }

    fn member_of(&self, from: FnRef, base: Ty<'a>, name: &str) -> Ty<'a> {
        match base {
            Ty::Module(file) => self.module_member(file, name),
            Ty::Loaded => self.plugins(from, name),
            Ty::External(inner) => self.external_member(from, &inner, name),
            Ty::Class(class) => self.static_member(class, name),
            Ty::Instance(class) => self.instance_member(class, name),
            Ty::Concept(ty) => Ty::Method(ty, name.into()),
            Ty::Global(global) if is_own_exports(&global, name) => Ty::Module(from.file),
            Ty::Global(global) => {
                let path = format!("{global}.{name}");
                self.known_by_file(from.file, &path).unwrap_or_else(|| Ty::Global(path.into()))
            }
            Ty::Record(owner, value) => self.record_member(owner, value, name),
            Ty::Method(ty, outer) => Ty::Method(ty, format!("{outer}.{name}").into()),
            Ty::OneOf(all) => self.any_member(from, &all, name),
            Ty::Tuple(parts) => name.parse().ok().and_then(|at: usize| parts.get(at).cloned()).unwrap_or(Ty::Unknown),
            Ty::Factory(ty) => {
                self.catalog.maker_of(ty, name).map_or(Ty::Unknown, |maker| Ty::Method(maker, name.into()))
            }
            Ty::Unknown | Ty::List(_) | Ty::Fn(_) => Ty::Unknown,
        }
    }

    fn external_member(&self, from: FnRef, inner: &External, name: &str) -> Ty<'a> {
        if inner.language.semantics().naming == Naming::Dotted {
            let module = format!("{}.{}", dotted(inner), name);
            if let Some(file) = self.python_module(from.file, &module) {
                return Ty::Module(file);
            }
        }
        let mut path = inner.path.clone();
        path.push(name.to_string());
        external(inner.language, &inner.module, path)
    }

    /// A member of a record, which may spread itself: `x = {**x, …}`.
    fn record_member(&self, owner: FnRef, value: &'a Value, name: &str) -> Ty<'a> {
        let Value::Record { entries, spreads, .. } = value else { return Ty::Unknown };
        if let Some(entry) = entries.iter().rev().find(|entry| entry.key == name) {
            return self.eval(owner, &entry.value);
        }
        self.memo.one(Question::Entry(Record::of(owner, value), Name::of(name)), || {
            let mut found = spreads.iter().map(|spread| self.member(owner, self.eval(owner, spread), name));
            let spread = found.find(Ty::is_known);
            spread.unwrap_or_else(|| self.first_known(self.put_under(owner, value, name).into_iter()))
        })
    }

    fn static_member(&self, class: ClassRef, name: &str) -> Ty<'a> {
        if let Some(method) = self.find_method(class, name) {
            return Ty::Fn(method);
        }
        let data = self.class(class);
        if data.kind == ClassKind::Enum && data.fields.iter().any(|field| field.name == name) {
            return Ty::Class(class);
        }
        let field = self.field(class, name);
        if field.is_known() {
            return field;
        }
        self.inherited_static(class, name)
    }

    /// A static of an outside base: `class Db extends PrismaClient`, `Db.connect()`.
    fn inherited_static(&self, class: ClassRef, name: &str) -> Ty<'a> {
        let outside = self.ancestry(class).into_iter().find_map(|part| {
            let data = self.class(part);
            let scope = FnRef { file: part.file, id: data.function };
            let base =
                data.bases.iter().map(|base| self.eval(scope, base)).find(|base| matches!(base, Ty::External(_)))?;
            Some((scope, base))
        });
        outside.map_or(Ty::Unknown, |(scope, base)| self.member(scope, base, name))
    }

    fn instance_member(&self, class: ClassRef, name: &str) -> Ty<'a> {
        if let Some(method) = self.find_method(class, name).filter(|_| !self.is_field_apart(class, name)) {
            let getter = self.function(method).kind == FnKind::Getter;
            return if getter { self.return_of(method) } else { Ty::Fn(method) };
        }
        let field = self.field(class, name);
        if field.is_known() {
            return field;
        }
        self.concept_of(class).map_or_else(|| self.delegated(class, name), |ty| Ty::Method(ty, name.into()))
    }

    /// In Rust a field and a method may share a name: what is not called is the field.
    fn is_field_apart(&self, class: ClassRef, name: &str) -> bool {
        let declares = |part: ClassRef| self.class(part).fields.iter().any(|field| field.name == name);
        self.semantics(class.file).fields_apart && self.ancestry(class).into_iter().any(declares)
    }

    /// The method that a call on an object of the class runs: its own or the nearest base's.
    pub fn find_method(&self, class: ClassRef, name: &str) -> Option<FnRef> {
        let own = self.ancestry(class).into_iter().find_map(|part| self.own_method(part, name));
        own.or_else(|| self.default_method(class, name))
    }

    /// The catalogue type that a project class extends, or an interface.
    pub fn concept_of(&self, class: ClassRef) -> Option<TypeId> {
        self.ancestry(class).into_iter().find_map(|part| {
            let data = self.class(part);
            let scope = FnRef { file: part.file, id: data.function };
            let extends = data.implements.iter().filter(|_| data.kind == ClassKind::Interface);
            let extended = extends.filter_map(|ty| self.eval_type(scope, ty).concept()).next();
            extended.or_else(|| {
                data.bases.iter().find_map(|base| match self.callable(self.eval(scope, base)) {
                    Ty::External(inner) => self.external_type(&inner),
                    // A mixin over a base: `wrap(PrismaClient)`.
                    Ty::Concept(ty) => Some(ty),
                    _ => None,
                })
            })
        })
    }

    /// What calling a function gives, when nothing is written: the first known returned value.
    pub fn return_of(&self, f: FnRef) -> Ty<'a> {
        self.memo.one(Question::Return(f), || self.returned_by(f))
    }

    fn returned_by(&self, f: FnRef) -> Ty<'a> {
        let function = self.function(f);
        let mut values = Vec::new();
        returned(&function.body, &mut values);
        let ty = self.one_of(values.into_iter().map(|value| (f, value)));
        if is_exact(&ty) && !matches!(ty, Ty::Class(_)) {
            return ty;
        }
        let written = function.returns.as_ref().map_or(Ty::Unknown, |written| self.eval_type(f, written));
        self.fuller(written, ty)
    }
}

/// It says what can be done with the value.
pub(crate) fn is_exact(ty: &Ty) -> bool {
    matches!(ty, Ty::Concept(_) | Ty::Instance(_) | Ty::Fn(_) | Ty::Class(_) | Ty::Factory(_) | Ty::OneOf(_))
}

pub fn external<'a>(language: Language, module: &str, path: Vec<String>) -> Ty<'a> {
    Ty::External(Arc::new(External { language, module: module.to_string(), path }))
}

/// The whole dotted path: module and names.
pub fn dotted(external: &External) -> String {
    let mut text = external.module.replace("::", ".");
    for name in &external.path {
        text.push('.');
        text.push_str(name);
    }
    text
}
