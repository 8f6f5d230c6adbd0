//! The language-neutral model of one source file.
//!
//! A frontend lowers a file once; everything after it reads these plain values and never the
//! text again. Nothing here knows a parser, a library or a rule: a callee is a [`Value`] as
//! written, and what it means is decided by the linker and the catalogue. All positions are
//! byte offsets into the file's text.

pub mod build;
pub mod conceal;
pub mod dump;
mod file;
mod node;
#[cfg(test)]
pub mod parse;
pub mod redact;
mod semantics;
pub mod settings;
pub mod temporaries;
pub mod trail;
mod value;
pub mod walk;

pub use file::{
    Class, ClassKind, Comment, DEFAULT_EXPORT, Directive, Export, Exported, Field, FileFacts, FnFlags, FnKind,
    Function, Guard, Import, ImportKind, Local, LocalKind, Mount, Param, ParamKind, Submodule, SyntaxProblem,
};
pub use node::{
    Arm, Block, Handler, LoopKind, Node, Pattern, Pred, exits, exits_normally, hands_on, leaving_tests, returned,
};
pub use semantics::{Naming, Semantics};
pub use value::{Arg, BinaryOp, Call, CallKind, Chosen, Literal, Part, RecordEntry, TypeRef, Value, VarRef};

use serde::{Deserialize, Serialize};

/// `useRoom`: so frameworks that render have their hooks called.
pub fn is_hook(name: &str) -> bool {
    name.strip_prefix("use").is_some_and(|rest| rest.starts_with(char::is_uppercase))
}

/// A half-open range of byte offsets in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The source language of a file, after embedded scripts have been taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// TypeScript and JavaScript in all their extensions.
    Script,
    Python,
    Rust,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    /// Index into [`FileFacts::functions`]; 0 is the file's top level.
    FnId
    /// Index into [`FileFacts::classes`].
    ClassId
    /// Index into [`FileFacts::calls`].
    CallId
    /// Index into [`FileFacts::imports`].
    ImportId
}

impl FnId {
    /// The function that stands for a file's top level.
    pub const TOP: FnId = FnId(0);
}
