//! What differs between the languages in how files name each other, how a body runs and what a call may leave out.
//!
//! The engine asks this record instead of the language.

use super::Language;

/// How the files of a language name what is in other ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// A file gives what it exports, and is named by its path or by a package's name.
    Exports,
    /// A file gives all that stands at its top, and is named by a dotted path.
    Dotted,
    /// Modules are declared by the file around them, and named by a path of items.
    Paths,
}

/// How a language runs and names what is written in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Semantics {
    pub naming: Naming,
    /// What stands between the parts of a module's name.
    pub separator: &'static str,
    /// The registry that its packages are from, as the data calls it.
    pub registry: &'static str,
    /// Any call and any `await` may fail, and the error goes up to the next handler by itself.
    pub throws: bool,
    /// The variables of a block end with the block, and what they own with them.
    pub drops: bool,
    /// Its servers take the signals by which a process is stopped, and finish the requests that they have begun.
    pub drains: bool,
    /// Whoever runs a coroutine may give it up at an `await`; what closes things runs then.
    pub cancels: bool,
    /// Calling an `async` function runs nothing of it before its result is awaited.
    pub lazy: bool,
    /// Seconds in the bare number that a wait is told.
    pub wait_unit: f64,
    /// Each `await` lets others run, whatever is awaited.
    pub awaits_yield: bool,
    /// Components and pages are written in it, and a development server may load its files again.
    pub renders: bool,
    /// Arguments may be left out, and options stand in a record that is one argument.
    pub lax_calls: bool,
    /// A callback is given an error first, then the result.
    pub error_first: bool,
    /// Functions are put on variables and records by assignment, and called as members of them.
    pub open_objects: bool,
    /// A loop that is left ends the iterator that it goes over.
    pub ends_iterators: bool,
    /// A call that is given a function may be given its arguments beside it.
    pub passes_along: bool,
    /// Defaults of parameters are evaluated where the function is defined.
    pub outer_defaults: bool,
    /// What is put on a class is an attribute of its objects.
    pub class_attributes: bool,
    /// Other modules may assign the variables of a module.
    pub open_modules: bool,
    /// Whoever has the methods of a protocol is one, without naming it.
    pub structural: bool,
    /// Test runners find functions by names that other functions may have too.
    pub tests_by_name: bool,
    /// A field and a method of one name are two things: what is called is the method.
    pub fields_apart: bool,
    /// Functions that are called on a value declare it as a parameter.
    pub receivers: bool,
    /// A method without a body is what the implementors make of it.
    pub traits: bool,
    /// Attributes and macros write methods and give fields their values.
    pub derives: bool,
    /// A lock gives a guard, through which its cell is read and written.
    pub guards: bool,
    /// What may be missing or failed is wrapped, and its methods run a function once at most.
    pub wraps: bool,
    /// A program starts in the function `main`.
    pub starts_in_main: bool,
    /// The method that runs when an object is dropped, or nobody refers to it any more.
    pub destructor: Option<&'static str>,
    /// The method that gives what an object is asked for and has not itself, or the object that has it.
    pub delegate: Option<&'static str>,
    /// Who goes through a map has pairs of a key and what is kept under it.
    pub pairs: bool,
    /// Characters of the widest line that its formatters write of themselves.
    pub line_width: usize,
    /// Files of settings that say otherwise, each with the setting.
    pub width_settings: &'static [(&'static str, &'static str)],
    /// The decorator of a method that classes below must write.
    pub abstract_mark: Option<&'static str>,
    /// Functions that wait for nothing may give others what is to come later: a promise, a callback.
    pub continues: bool,
}

const SCRIPT: Semantics = Semantics {
    naming: Naming::Exports,
    separator: ".",
    registry: "npm",
    throws: true,
    wait_unit: 0.001,
    awaits_yield: true,
    renders: true,
    lax_calls: true,
    error_first: true,
    open_objects: true,
    ends_iterators: true,
    line_width: 80,
    continues: true,
    ..PLAIN
};

const PYTHON: Semantics = Semantics {
    naming: Naming::Dotted,
    separator: ".",
    registry: "pypi",
    throws: true,
    drains: true,
    cancels: true,
    lazy: true,
    passes_along: true,
    outer_defaults: true,
    class_attributes: true,
    open_modules: true,
    structural: true,
    tests_by_name: true,
    destructor: Some("__del__"),
    delegate: Some("__getattr__"),
    line_width: 88,
    width_settings: &[("pyproject.toml", "tool.ruff.line-length"), ("pyproject.toml", "tool.black.line-length")],
    abstract_mark: Some("abstractmethod"),
    ..PLAIN
};

const RUST: Semantics = Semantics {
    naming: Naming::Paths,
    separator: "::",
    registry: "crates",
    drops: true,
    cancels: true,
    lazy: true,
    fields_apart: true,
    receivers: true,
    traits: true,
    derives: true,
    guards: true,
    wraps: true,
    starts_in_main: true,
    destructor: Some("drop"),
    delegate: Some("deref"),
    pairs: true,
    line_width: 100,
    ..PLAIN
};

/// What a language does not say of itself it does not do.
const PLAIN: Semantics = Semantics {
    naming: Naming::Exports,
    separator: ".",
    registry: "",
    throws: false,
    drops: false,
    drains: false,
    cancels: false,
    lazy: false,
    wait_unit: 1.0,
    awaits_yield: false,
    renders: false,
    lax_calls: false,
    error_first: false,
    open_objects: false,
    ends_iterators: false,
    passes_along: false,
    outer_defaults: false,
    class_attributes: false,
    open_modules: false,
    structural: false,
    tests_by_name: false,
    fields_apart: false,
    receivers: false,
    traits: false,
    derives: false,
    guards: false,
    wraps: false,
    starts_in_main: false,
    destructor: None,
    delegate: None,
    pairs: false,
    line_width: 80,
    width_settings: &[],
    abstract_mark: None,
    continues: false,
};

impl Language {
    pub fn semantics(self) -> &'static Semantics {
        match self {
            Language::Script => &SCRIPT,
            Language::Python => &PYTHON,
            Language::Rust => &RUST,
        }
    }
}
