//! One file's declarations: functions, classes, imports, exports.
//!
//! Knows no parser, no library, and nothing of other files.

use serde::{Deserialize, Serialize};

use super::{Block, Call, CallId, ClassId, FnId, ImportId, Language, Span, TypeRef, Value, VarRef};

/// All that later stages ever learn of a source file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    pub language: Language,
    /// `functions[0]` is the file's top level.
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub calls: Vec<Call>,
    pub imports: Vec<Import>,
    pub exports: Vec<Export>,
    pub directives: Vec<Directive>,
    /// Only comments that mention `connlint`.
    pub comments: Vec<Comment>,
    /// Identifiers inside macros that could not be parsed as expressions.
    pub mentions: Vec<(String, Span)>,
    pub mounts: Vec<Mount>,
    /// Functions that templates of the file run on events, by their names.
    pub handlers: Vec<String>,
    /// Ids of elements in templates of the file.
    pub ids: Vec<String>,
    /// Rust `mod name;` declarations.
    pub submodules: Vec<Submodule>,
    /// The file is a single-file component (`.vue`, `.svelte`, `.astro`): function 0's code that
    /// belongs to an instance stands in this function instead.
    pub component: Option<FnId>,
    /// Calls with parts that are written elsewhere: see [`super::temporaries`]. Sorted.
    pub folded: Vec<CallId>,
    pub problems: Vec<SyntaxProblem>,
}

/// `mod name;`, whose content is another file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submodule {
    /// With the inline modules around it: `inner::file`.
    pub name: String,
    /// The value of `#[path]`.
    pub path: Option<String>,
    /// Test builds alone have it.
    pub test: bool,
}

/// A part of the file that could not be parsed; what could be is in the facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SyntaxProblem {
    pub span: Span,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// Declared name; for an expression, the variable, property or argument key that takes it.
    pub name: Option<String>,
    pub kind: FnKind,
    pub flags: FnFlags,
    /// The lexically enclosing function; `None` for the top level only.
    pub parent: Option<FnId>,
    /// The class whose member this is.
    pub class: Option<ClassId>,
    pub params: Vec<Param>,
    pub returns: Option<TypeRef>,
    /// Calls of kind `Decorator`, outermost first.
    pub decorators: Vec<CallId>,
    pub locals: Vec<Local>,
    pub body: Block,
    pub span: Span,
    pub name_span: Span,
    /// What tells an anonymous function from its siblings, without positions: the callee that it
    /// is handed to with its literal first argument (`router.get("/users")`), an object key, a
    /// match arm's pattern. Empty for named functions.
    pub anchor: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FnKind {
    TopLevel,
    Function,
    Method,
    Constructor,
    Getter,
    /// Arrow, function expression, lambda, Rust closure.
    Closure,
    /// Rust `async {}`, comprehension bodies and other blocks that are values: runs at most once
    /// for each creation.
    Block,
    /// One arm of a macro that the file defines: what a call of it runs.
    Macro,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct FnFlags {
    pub is_async: bool,
    pub generator: bool,
    pub is_static: bool,
    /// `#[test]`, `#[cfg(test)]`.
    pub test: bool,
    /// Some return value is JSX.
    pub renders: bool,
    /// Rust `pub`; otherwise see [`FileFacts::exports`].
    pub public: bool,
    /// An arm of a macro that never comes to its end: it leaves the function around the call.
    pub leaves: bool,
    /// Rust `move`: it takes what it captures.
    pub moves: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// The variable; for a destructured parameter a synthetic one, whose parts are bound at the
    /// start of the body.
    pub local: u32,
    pub name: String,
    pub kind: ParamKind,
    pub ty: Option<TypeRef>,
    /// Rust: the type is no reference, so that the caller gives its argument away. Elsewhere all arguments
    /// are shared.
    pub by_value: bool,
    /// The default's value. In Python its calls stand in the enclosing function's body (they run
    /// at `def`); in scripts in the function's own, under a branch on the missing parameter.
    pub default: Option<Value>,
    /// Parameter decorators, `Depends(...)` inside `Annotated`.
    pub decorators: Vec<CallId>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParamKind {
    Normal,
    /// `self`, `this`, `cls`: not counted by positional arguments.
    Receiver,
    KeywordOnly,
    Rest,
    KeywordRest,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Local {
    pub name: String,
    pub kind: LocalKind,
    pub ty: Option<TypeRef>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LocalKind {
    Param,
    /// `let`, `var`, `const`, Python assignment, Rust `let`. `constant`: bound exactly once.
    Let {
        constant: bool,
    },
    /// Rust `static`/`const` (also inside functions): lives as long as the process.
    Static,
    Function(FnId),
    Class(ClassId),
    /// A name brought in by an import; the import says which.
    Import(ImportId),
    /// `catch (e)`, `except E as e`.
    Caught,
    /// A namespace or inline Rust module, whose items are looked up by dotted path.
    Namespace,
}

/// One imported name, or a whole module.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// As written: `./db`, `pg`, `sqlalchemy.ext.asyncio`, `..models` (leading dots kept),
    /// Rust paths with `::` (`crate::db`, `super::x`, `sqlx::postgres`).
    pub module: String,
    /// Exported name taken from the module; `default`, `*` for all (namespace or glob).
    pub name: String,
    pub kind: ImportKind,
    pub type_only: bool,
    pub span: Span,
    /// The whole statement.
    pub statement: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImportKind {
    /// `import {a} from "m"`, `from m import a`, `use m::a`.
    Named,
    /// `import * as m`, `import m`, `require("m")`: the module itself is the value.
    Namespace,
    /// `from m import *`, `use m::*`: all names enter the scope.
    Glob,
    /// `await import("m")`, lazily inside a function.
    Dynamic,
    /// `import "m"`: for its effects.
    Effect,
    /// A string that names a file or module to be run elsewhere: `new Worker(new URL("./w", …))`.
    Reference,
}

/// The name of what a module of a script gives where nothing of it is named.
pub const DEFAULT_EXPORT: &str = "default";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Export {
    /// Name seen from outside; `default`, `*` for `export * from`.
    pub name: String,
    pub what: Exported,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Exported {
    /// A value of this file.
    Value(Value),
    /// `export {a as b} from "m"`, `export * from "m"`, `pub use`.
    From(ImportId),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Class {
    pub name: String,
    pub kind: ClassKind,
    pub bases: Vec<Value>,
    /// What makes the class's objects: Python's `metaclass=`.
    pub metaclass: Option<Value>,
    /// Interfaces, implemented traits.
    pub implements: Vec<TypeRef>,
    pub decorators: Vec<CallId>,
    pub fields: Vec<Field>,
    pub methods: Vec<FnId>,
    /// The function in whose scope the class is declared.
    pub function: FnId,
    pub span: Span,
    pub name_span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ClassKind {
    Class,
    Interface,
    /// Rust struct or union.
    Struct,
    /// Rust or TypeScript enum; its variants are static fields.
    Enum,
    Trait,
    /// A Rust `impl` block; `name` is the type's last path segment. Its methods belong to the
    /// struct of that name, wherever that stands.
    Impl,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    pub name: String,
    pub ty: Option<TypeRef>,
    /// The initialiser's value. Instance initialisers also stand as binds at the start of the
    /// constructor (made for the purpose where none is written); static and Python class-level
    /// ones as binds in the enclosing function with target `Member(Var(class), name)`.
    pub value: Option<Value>,
    pub is_static: bool,
    pub decorators: Vec<CallId>,
    pub span: Span,
}

/// `"use client"`, `"use server"`, `export const runtime = "edge"`, a `#!` line, `@vitest-environment`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Directive {
    pub text: String,
    /// The function that the directive heads; the top level for a file's.
    pub function: FnId,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comment {
    /// Without the comment's own markers.
    pub text: String,
    pub span: Span,
}

/// A component placed in another's template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mount {
    /// Tag as written, in PascalCase; in templates of Angular a selector.
    pub component: String,
    pub guard: Guard,
    /// The names, and nothing else, that it is handed as its properties.
    pub handed: Vec<String>,
    /// Its properties that are bound both ways, each with the expression of the place above.
    pub bound: Vec<(String, String)>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Guard {
    None,
    If,
    Show,
    /// `v-if` once true, then hidden by `v-show`.
    IfShow,
    Each,
    Route,
    KeepAlive,
}

impl FileFacts {
    pub fn new(language: Language) -> Self {
        Self {
            language,
            functions: Vec::new(),
            classes: Vec::new(),
            calls: Vec::new(),
            imports: Vec::new(),
            exports: Vec::new(),
            directives: Vec::new(),
            comments: Vec::new(),
            mentions: Vec::new(),
            mounts: Vec::new(),
            handlers: Vec::new(),
            ids: Vec::new(),
            submodules: Vec::new(),
            component: None,
            folded: Vec::new(),
            problems: Vec::new(),
        }
    }

    pub fn function(&self, id: FnId) -> &Function {
        &self.functions[id.index()]
    }

    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.index()]
    }

    pub fn call(&self, id: CallId) -> &Call {
        &self.calls[id.index()]
    }

    pub fn import(&self, id: ImportId) -> &Import {
        &self.imports[id.index()]
    }

    pub fn local(&self, var: VarRef) -> &Local {
        &self.functions[var.function.index()].locals[var.local as usize]
    }

    /// The name that a variable was declared with; of an import, the one that its module gives it.
    pub fn local_name(&self, var: VarRef) -> &str {
        let local = self.local(var);
        let LocalKind::Import(id) = local.kind else { return &local.name };
        let import = self.import(id);
        let named = import.kind == ImportKind::Named && !matches!(import.name.as_str(), "default" | "*");
        if named { &import.name } else { &local.name }
    }

    /// `id` is `outer` or stands in it.
    pub fn is_within(&self, outer: FnId, id: FnId) -> bool {
        std::iter::successors(Some(id), |at| self.function(*at).parent).any(|at| at == outer)
    }

    /// The class whose `this` a function sees: its own, or that of a function around it.
    pub fn class_around(&self, id: FnId) -> Option<ClassId> {
        self.enclosing(id).find_map(|at| self.function(at).class)
    }

    /// The function and those around it, outwards.
    pub fn enclosing(&self, id: FnId) -> impl Iterator<Item = FnId> {
        std::iter::successors(Some(id), |at| self.function(*at).parent)
    }

    pub fn class_ids(&self) -> impl Iterator<Item = ClassId> + use<> {
        (0..self.classes.len() as u32).map(ClassId)
    }

    pub fn function_ids(&self) -> impl Iterator<Item = FnId> + use<> {
        (0..self.functions.len() as u32).map(FnId)
    }
}

impl Function {
    pub fn param_named(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| param.name == name)
    }
}
