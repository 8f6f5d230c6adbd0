//! Written types.
//!
//! Knows the wrappers of the three languages' type systems, no library.

use super::calls::Target;
use super::eval::Ty;
use crate::catalog::TypeId;
use crate::catalog::words::values::{CELL_READS, CELLS, COLLECTIONS, MAPS, WRAPPERS};
use crate::facts::trail::{Step, Visited};
use crate::facts::{Call, ClassKind, FnId, Language, LocalKind, TypeRef, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

pub(crate) fn is_wrapper(name: &str) -> bool {
    WRAPPERS.contains(&name)
}

impl<'a> Program<'a> {
    /// The value that a written type describes, as seen from `from`.
    pub fn eval_type(&self, from: FnRef, ty: &TypeRef) -> Ty<'a> {
        self.guarded(|| self.written_type(from, ty))
    }

    fn written_type(&self, from: FnRef, ty: &TypeRef) -> Ty<'a> {
        let last = ty.name.rsplit('.').next().unwrap_or_default();
        if let (true, Some(inner)) = (is_wrapper(last) && !self.is_own_class(from, ty), wrapped(last, ty)) {
            return self.eval_type(from, inner);
        }
        if matches!(last, "Type" | "type") {
            return match ty.args.first().map(|inner| self.eval_type(from, inner)) {
                Some(Ty::Instance(class)) => Ty::Class(class),
                _ => Ty::Unknown,
            };
        }
        if ty.name == "typeof" {
            return ty.args.first().map_or(Ty::Unknown, |of| self.type_path(from, &of.name));
        }
        let keyed = MAPS.contains(&last) && self.language(from.file) != Language::Script;
        if keyed || COLLECTIONS.contains(&last) {
            let element = ty.args.get(usize::from(keyed)).map_or(Ty::Unknown, |inner| self.eval_type(from, inner));
            // What is written into a table of classes or functions says more than its type.
            let told = !keyed || matches!(element, Ty::Instance(_) | Ty::Concept(_));
            return if told { Ty::List(element.into()) } else { Ty::Unknown };
        }
        if ty.name == "()" && ty.args.len() > 1 {
            return Ty::Tuple(ty.args.iter().map(|part| self.eval_type(from, part)).collect());
        }
        if matches!(ty.name.as_str(), "|" | "()" | "dyn" | "&") {
            return ty.args.iter().map(|arg| self.eval_type(from, arg)).find(Ty::is_known).unwrap_or(Ty::Unknown);
        }
        self.payload(from, &ty.name).unwrap_or_else(|| instance(self, self.type_path(from, &ty.name)))
    }

    /// `type Db = Knex`: what a name stands for that adds nothing of its own.
    fn aliased(&self, class: ClassRef) -> Option<Ty<'a>> {
        let data = self.class(class);
        let plain = data.kind == ClassKind::Interface && data.fields.is_empty() && data.bases.is_empty();
        let [only] = data.implements.as_slice() else { return None };
        let scope = FnRef { file: class.file, id: data.function };
        Some(self.eval_type(scope, only)).filter(|ty| plain && ty.is_known())
    }

    /// The project has a class of that name: its methods are what can be called, not those of what it is about.
    fn is_own_class(&self, from: FnRef, ty: &TypeRef) -> bool {
        matches!(self.type_path(from, &ty.name), Ty::Class(class) if self.class(class).kind == ClassKind::Class)
    }

    /// `Arguments::parse()`: what a derived function, which is nowhere written, makes of the type that it is
    /// called on.
    pub(crate) fn derived(&self, from: FnRef, data: &'a Call, target: &Target) -> Option<Ty<'a>> {
        self.derived_class(from, data).filter(|_| target.functions.is_empty()).map(Ty::Instance)
    }

    /// The type that a function is called on which is nowhere written, but may be derived.
    pub(crate) fn derived_class(&self, from: FnRef, data: &'a Call) -> Option<ClassRef> {
        let Value::Member(base, _) = &data.callee else { return None };
        match self.eval(from, base) {
            Ty::Class(class) if self.semantics(from.file).derives => {
                Some(class).filter(|class| !self.class(*class).decorators.is_empty())
            }
            _ => None,
        }
    }

    /// `Command.Serve.0`, `Stored.path`: a part of what a struct or a variant of an enum holds; nothing for what is none of
    /// the project's.
    pub(crate) fn payload(&self, from: FnRef, path: &str) -> Option<Ty<'a>> {
        let (owner, part) = path.rsplit_once('.')?;
        let Ty::Class(class) = self.type_path(from, owner) else { return None };
        let data = self.class(class);
        let scope = FnRef { file: class.file, id: data.function };
        let last = owner.rsplit('.').next().unwrap_or_default();
        let field = |name: &str| data.fields.iter().find(|field| field.name == name).map(|field| field.ty.as_ref());
        let variant = || field(last).filter(|_| data.kind == ClassKind::Enum).flatten();
        let ty = match data.kind {
            ClassKind::Struct => field(part)?,
            ClassKind::Enum => match (variant(), part.parse::<usize>()) {
                (Some(payload), Ok(at)) if payload.name == "()" => payload.args.get(at),
                (Some(payload), Ok(_)) => Some(payload),
                _ => field(&format!("{last}.{part}"))?,
            },
            _ => return None,
        };
        Some(ty.map_or(Ty::Unknown, |ty| self.eval_type(scope, ty)))
    }

    pub fn type_path(&self, from: FnRef, path: &str) -> Ty<'a> {
        let mut names = path.split('.');
        let Some(head) = names.next().filter(|head| !head.is_empty()) else { return Ty::Unknown };
        if head == "Self" || head == "self" && path == "self" {
            return self.class_around(from).map_or(Ty::Unknown, Ty::Class);
        }
        let start = self.type_head(from, head);
        names.fold(start, |ty, name| self.member(from, ty, name))
    }

    /// A type's name in the scopes around `from`, then at the top level.
    fn type_head(&self, from: FnRef, head: &str) -> Ty<'a> {
        let facts = self.facts(from.file);
        let mut id = Some(from.id);
        while let Some(current) = id.filter(|id| *id != FnId::TOP) {
            let function = facts.function(current);
            let local = function.locals.iter().position(|l| l.name == head && type_like(l.kind));
            if let Some(local) = local {
                return self.eval_var(from.file, VarRef { function: current, local: local as u32 });
            }
            id = function.parent;
        }
        self.type_by_name(from.file, head)
    }

    pub fn type_by_name(&self, file: u32, name: &str) -> Ty<'a> {
        let from = FnRef { file, id: FnId::TOP };
        match self.index[file as usize].top.get(name) {
            Some(var) => match self.facts(file).local(*var).kind {
                // A type alias.
                LocalKind::Let { .. } if self.bound(file, *var).is_empty() => {
                    let ty = self.facts(file).local(*var).ty.as_ref();
                    ty.filter(|ty| ty.name != name).map_or(Ty::Unknown, |ty| self.eval_type(from, ty))
                }
                _ => self.eval_var(file, *var),
            },
            None => self.eval_global(from, name),
        }
    }

    /// The type that an alias of Rust stands for: `type Store = …`.
    pub(crate) fn aliased_type(&self, owner: FnRef, var: VarRef) -> Option<&'a TypeRef> {
        let local = self.facts(owner.file).local(var);
        let alias = local.kind == (LocalKind::Let { constant: true }) && self.bound(owner.file, var).is_empty();
        let written = local.ty.as_ref().filter(|ty| ty.name != local.name);
        written.filter(|_| alias && self.language(owner.file) == Language::Rust)
    }

    /// `POOL.get()` of a `static POOL: OnceLock<Pool>` gives the pool, and nothing out of it.
    pub(crate) fn looks_into_cell(&self, from: FnRef, call: &Call) -> bool {
        let Value::Member(base, method) = &call.callee else { return false };
        if !self.semantics(from.file).guards || !CELL_READS.contains(&method.as_str()) {
            return false;
        }
        let written = match &**base {
            Value::Var(var) => self.facts(from.file).local(*var).ty.as_ref(),
            Value::Member(object, field) if matches!(**object, Value::This) => self.written_field(from, field),
            _ => None,
        };
        written.is_some_and(|ty| CELLS.contains(&ty.name.rsplit('.').next().unwrap_or_default()))
    }

    fn written_field(&self, from: FnRef, name: &str) -> Option<&'a TypeRef> {
        let parts = self.ancestry(self.class_around(from)?);
        let mut fields = parts.into_iter().flat_map(|part| &self.class(part).fields);
        fields.find(|field| field.name == name)?.ty.as_ref()
    }

    /// An alias is the type itself, whose functions are called by its name; of a wrapper, what it is about.
    pub(crate) fn alias(&self, owner: FnRef, ty: &TypeRef) -> Ty<'a> {
        let last = ty.name.rsplit('.').next().unwrap_or_default();
        match self.type_path(owner, &ty.name) {
            named @ (Ty::Class(_) | Ty::External(_)) if !is_wrapper(last) => named,
            _ => self.eval_type(owner, ty),
        }
    }

    /// `Annotated[T, …]`, `Optional[T]` as a value: a name for the type inside.
    pub(crate) fn indexed_type(&self, from: FnRef, base: &Ty<'a>, key: &'a Value) -> Ty<'a> {
        if let Ty::Class(class) = base {
            return if self.is_enumeration(*class) { Ty::Instance(*class) } else { Ty::Unknown };
        }
        let Ty::External(name) = base else { return Ty::Unknown };
        if !name.path.last().is_some_and(|last| is_wrapper(last)) {
            return Ty::Unknown;
        }
        match key {
            Value::List(items) => items.first().map_or(Ty::Unknown, |first| self.eval(from, first)),
            only => self.eval(from, only),
        }
    }

    /// The calls beside the type that a written name stands for, in Python:
    /// `SettingsDep = Annotated[Settings, Depends(settings)]`.
    pub fn calls_beside(&self, from: FnRef, ty: &TypeRef) -> Vec<CallRef> {
        let Some((file, Value::Index(_, key))) = self.named_value(from, &ty.name) else { return Vec::new() };
        let Value::List(items) = &**key else { return Vec::new() };
        let calls = items.iter().filter_map(|item| match item {
            Value::Call(id) => Some(CallRef { file, id: *id }),
            _ => None,
        });
        calls.collect()
    }

    /// The one value of a name of some file's top level, through the imports that lead there.
    fn named_value(&self, from: FnRef, path: &str) -> Option<(u32, &'a Value)> {
        let (mut file, mut name) = match path.rsplit_once('.') {
            None => (from.file, path),
            Some((owner, name)) => match self.type_path(from, owner) {
                Ty::Module(file) => (file, name),
                _ => return None,
            },
        };
        let visited = Visited::default();
        loop {
            let var = *self.index[file as usize].top.get(name)?;
            if !visited.enter(Step::Var(file, var)) {
                return None;
            }
            let LocalKind::Import(id) = self.facts(file).local(var).kind else {
                let [bound] = self.bound(file, var) else { return None };
                return Some((file, bound.value));
            };
            let import = self.facts(file).import(id);
            (file, name) = (self.python_module(file, &import.module)?, &import.name);
        }
    }

    /// The catalogue type of a global: `WebSocket`.
    fn global_type(&self, name: &str) -> Option<TypeId> {
        let rows = self.catalog.global_rows(Language::Script, name);
        rows.iter().find_map(|row| self.catalog.exported_type(row.package, name))
    }
}

fn type_like(kind: LocalKind) -> bool {
    matches!(kind, LocalKind::Class(_) | LocalKind::Import(_))
}

/// The type inside a wrapper; a generator's or coroutine's result among its arguments.
fn wrapped<'t>(name: &str, ty: &'t TypeRef) -> Option<&'t TypeRef> {
    match name {
        "Coroutine" => ty.args.get(2).or(ty.args.first()),
        _ => ty.args.first(),
    }
}

fn instance<'a>(program: &Program<'a>, ty: Ty<'a>) -> Ty<'a> {
    match ty {
        Ty::Class(class) => program.aliased(class).unwrap_or(Ty::Instance(class)),
        Ty::External(inner) => program.external_type(&inner).map_or(Ty::Unknown, Ty::Concept),
        Ty::Global(name) => program.global_type(&name).map_or(Ty::Unknown, Ty::Concept),
        other => other,
    }
}
