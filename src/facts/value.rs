//! Values and places: what expressions are lowered to.
//!
//! A value is a tree that never holds another expression's effects: calls are nodes of the body
//! (in evaluation order) and a value only refers to their results. `await`, `as`, `!`, `&`,
//! `*`, parentheses and optional chaining disappear. Values and nodes are many and most lists in them
//! short, which is why these are thin. Knows no library and no language.

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use super::{CallId, ClassId, FnId, ImportId, Span};

/// A variable's identity: the function that declares it and its index among that function's
/// locals. Never a name, so shadowing cannot confuse two variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VarRef {
    pub function: FnId,
    pub local: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    /// Anything the frontend does not model. Silence follows from it.
    Unknown,
    Literal(Literal),
    /// Read of a variable; `var.function` differs from the reader's for a capture.
    Var(VarRef),
    /// `this`, `self` (Python's first method parameter too), `cls`.
    This,
    Super,
    /// A name that no scope of the file declares: a builtin or global.
    Global(String),
    /// A module itself: `import * as x`, `require("x")`, `await import("x")`, a Python `import x`.
    Module(ImportId),
    Member(Box<Value>, String),
    /// `container[key]`.
    Index(Box<Value>, Box<Value>),
    /// The result of a call in the same file. Awaiting it gives the same value.
    Call(CallId),
    /// A function expression, arrow, lambda, closure, async block or nested function by reference.
    Closure(FnId),
    Class(ClassId),
    /// Object literal, dict with string keys, keyword bundle. `open` is set when a spread of
    /// something unknown may hold further keys.
    Record {
        entries: ThinVec<RecordEntry>,
        spreads: ThinVec<Value>,
        open: bool,
    },
    /// Array, tuple, list, set literal. A spread element is a value like any other.
    List(Vec<Value>),
    Template(Vec<Part>),
    /// `c ? a : b`, `a ?? b`, `a || b`, `a && b`, `a or b`, `if` and `match` expressions. The arms'
    /// effects stand in the body as a branch; these are only what the arms give.
    Choice(Vec<Value>, Chosen),
    Binary(BinaryOp, Box<Value>, Box<Value>),
    /// What a pattern takes out of a value that has no name: an element of an iteration, the
    /// payload of a variant (`Some(x)`), a rest. The source keeps its provenance.
    Element(Box<Value>),
}

/// Which of several values it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Chosen {
    /// Something else decides: the condition of a ternary, the arm that matches.
    Elsewhere,
    /// The first that is set: `a ?? b`, `a || b`, `a or b`, a default of a pattern.
    FirstSet,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// Redacted by [`super::redact::text`] before it is stored.
    Str(String),
    Num(f64),
    Bool(bool),
    /// `null`, `undefined`, `None`, `()`.
    Null,
    Regex,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordEntry {
    pub key: String,
    pub value: Value,
    /// Key and value.
    pub span: Span,
    pub value_span: Span,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Part {
    Text(String),
    Value(Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    /// The whole part of a division.
    FloorDiv,
    Power,
    /// The whole numbers from the left up to the right, which is left out.
    Range,
    /// Whether the left is in the right, a container.
    In,
    /// Whether both sides are equal, or the same.
    Same,
    Differs,
    Other,
}

/// One call, construction, decorator, macro, JSX element or struct literal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    pub kind: CallKind,
    /// The function in whose body the call stands.
    pub function: FnId,
    pub callee: Value,
    pub args: ThinVec<Arg>,
    /// Type arguments: `f::<T>()`, `f<T>()`, `Depends[T]`.
    pub generics: ThinVec<TypeRef>,
    /// The call's own value is awaited right here.
    pub awaited: bool,
    pub span: Span,
    pub callee_span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CallKind {
    Call,
    /// `new X()`.
    New,
    /// `@x(...)`, `#[x(...)]`, on a function, class, parameter or field. Its implicit argument,
    /// the decorated thing, is not listed.
    Decorator,
    /// A macro whose arguments did parse as expressions.
    Macro,
    /// `<X a={b}>`: props are named arguments, children are unnamed ones.
    Jsx,
    /// Rust `X { a: b }`.
    Struct,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arg {
    /// Keyword, prop or field name; `None` for a positional argument.
    pub name: Option<String>,
    pub value: Value,
    /// `...x`, `*x`, `**x`, `..x`.
    pub spread: bool,
    /// The whole argument, its keyword included; of what a record gives that is spread, the entry there.
    pub span: Span,
}

/// A written type: `Promise<Foo>`, `Optional[Foo]`, `Arc<Mutex<Foo>>`. References, lifetimes and
/// `mut` are dropped.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TypeRef {
    /// Dotted path as written (`web.Data` for `web::Data`). `|` for a union, `[]` for an array or
    /// slice, `()` for a tuple, `dyn` for `dyn A + B` and `impl A`, `fn` for a function type
    /// (arguments then result), `{}` for an inline object type, empty for anything else.
    pub name: String,
    pub args: ThinVec<TypeRef>,
}

impl TypeRef {
    /// Without the modules and namespaces before it.
    pub fn last_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or_default()
    }
}

impl Value {
    pub fn member(self, name: impl Into<String>) -> Value {
        Value::Member(Box::new(self), name.into())
    }

    pub fn element(self) -> Value {
        Value::Element(Box::new(self))
    }

    pub fn str(text: &str) -> Value {
        Value::Literal(Literal::Str(super::redact::text(text)))
    }

    pub fn num(number: f64) -> Value {
        Value::Literal(Literal::Num(number))
    }

    pub fn is_null(&self) -> bool {
        matches!(self, Value::Literal(Literal::Null))
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Literal(Literal::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// The test passes for the value, or for a part of what is written there: an entry, an item, an alternative.
    pub fn holds(&self, test: &dyn Fn(&Value) -> bool) -> bool {
        let parts = match self {
            Value::Record { entries, spreads, .. } => {
                return test(self)
                    || entries.iter().map(|entry| &entry.value).chain(spreads).any(|part| part.holds(test));
            }
            Value::List(parts) | Value::Choice(parts, _) => parts.as_slice(),
            _ => &[],
        };
        test(self) || parts.iter().any(|part| part.holds(test))
    }

    /// The variable, `this` or global at the bottom of a member chain.
    pub fn root(&self) -> &Value {
        match self {
            Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => base.root(),
            other => other,
        }
    }
}

impl Call {
    /// A property is read that runs a function, as what a `with` holds: there are no parentheses.
    pub fn reads_property(&self) -> bool {
        self.kind == CallKind::Call && self.span == self.callee_span
    }

    /// The positional argument at `index`, counting positional ones only.
    pub fn positional(&self, index: usize) -> Option<&Arg> {
        self.args.iter().filter(|arg| arg.name.is_none()).nth(index)
    }

    pub fn named(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|arg| arg.name.as_deref() == Some(name))
    }

    /// The last name of the callee: `get` of `app.get(...)`, `Pool` of `new pg.Pool()`. What is imported under another
    /// name goes by the one that its module gives it.
    pub fn callee_name<'a>(&'a self, file: &'a super::FileFacts) -> Option<&'a str> {
        match &self.callee {
            Value::Member(_, name) | Value::Global(name) => Some(name),
            Value::Var(var) => Some(file.local_name(*var)),
            _ => None,
        }
    }
}

impl TypeRef {
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), args: ThinVec::new() }
    }
}
