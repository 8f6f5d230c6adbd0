//! What a value is, and where functions flow: types, aliases, the targets of a call.
//!
//! [`Program`] answers questions about values by demand and remembers the answers. Knows no library by name, and not
//! who runs whom.

pub mod bases;
pub mod builder;
pub mod by_name;
pub mod callbacks;
pub mod callers;
pub mod calls;
pub mod cells;
pub mod conditions;
mod delegates;
pub mod elements;
pub mod eval;
pub mod extensions;
pub mod fields;
pub mod fills;
pub mod fits;
pub mod flow;
pub mod follow;
pub mod gates;
pub mod generics;
pub mod handover;
pub mod holders;
pub mod hosts;
pub mod imports;
pub mod keepers;
mod maps;
pub mod named;
pub mod outside;
pub mod passing;
pub mod pauses;
pub mod periods;
pub mod places;
pub mod plugins;
pub mod registries;
pub mod returns;
pub mod routes;
mod rows;
pub mod singletons;
pub mod sites;
pub mod stored;
pub mod tables;
pub mod targets;
pub mod timed;
pub mod traits;
pub mod typed_records;
pub mod types;
pub mod uses;
pub mod written;

pub mod memo;

use std::cell::OnceCell;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use self::eval::Ty;
use self::memo::Memo;
use crate::body::cfg::{Cfg, Flow};
use crate::facts::ClassKind;
use crate::program::{CallRef, ClassRef, FnRef, Parts, Symbols};

/// The symbols of a project, and what evaluation found of them. A clone shares the tables, and remembers for itself what
/// it evaluates: what one thread asks has no influence on the answers that another one gets.
#[derive(Clone)]
pub struct Program<'a> {
    symbols: Symbols<'a>,
    /// By base or implemented class: the classes below it, directly.
    pub(crate) subclasses: Arc<FxHashMap<ClassRef, Vec<ClassRef>>>,
    /// Rust `impl` blocks by the struct, enum or trait that they belong to.
    pub(crate) impls: Arc<FxHashMap<ClassRef, Vec<ClassRef>>>,
    /// The struct of an `impl` block.
    pub(crate) impl_of: Arc<FxHashMap<ClassRef, ClassRef>>,
    /// The traits of the project that a struct of Rust implements.
    pub(crate) traits_of: Arc<FxHashMap<ClassRef, Vec<ClassRef>>>,
    pub(crate) methods_by_name: Arc<FxHashMap<&'a str, Vec<FnRef>>>,
    /// Methods that the project adds to results, by name.
    pub(crate) of_results: Arc<FxHashMap<&'a str, Vec<FnRef>>>,
    pub(crate) memo: Memo<'a>,
    /// The classes whose objects are rows of a table, once somebody asked.
    pub(crate) records: OnceCell<FxHashSet<ClassRef>>,
    /// By class: the calls that make an object of it with named arguments, once somebody asked.
    pub(crate) literals: Arc<OnceLock<FxHashMap<ClassRef, Vec<CallRef>>>>,
    /// The records that are written for an interface, once somebody asked.
    pub(crate) typed_records: Arc<OnceLock<typed_records::TypedRecords<'a>>>,
    /// By name: the classes and functions that files export under it, once somebody asked.
    pub(crate) exported: OnceCell<FxHashMap<&'a str, Vec<(u32, Ty<'a>)>>>,
    /// What the program keeps under names on what its frameworks hand around.
    pub(crate) registries: Arc<registries::Registries<'a>>,
}

impl<'a> Deref for Program<'a> {
    type Target = Symbols<'a>;

    fn deref(&self) -> &Symbols<'a> {
        &self.symbols
    }
}

impl<'a> Program<'a> {
    pub fn new(parts: Parts<'a>) -> Self {
        let mut program = Program {
            symbols: Symbols::new(parts),
            subclasses: Arc::default(),
            impls: Arc::default(),
            impl_of: Arc::default(),
            traits_of: Arc::default(),
            methods_by_name: Arc::default(),
            of_results: Arc::default(),
            memo: Memo::default(),
            records: OnceCell::new(),
            literals: Arc::default(),
            typed_records: Arc::default(),
            exported: OnceCell::new(),
            registries: Arc::default(),
        };
        program.link_impls();
        program.link_subclasses();
        program.index_methods();
        program.find_registries();
        program.memo.clear();
        program
    }

    /// The control-flow graph of a function, made when somebody asks for it first.
    pub fn cfg(&self, f: FnRef) -> Arc<Cfg<'a>> {
        let mut graphs = self.memo.graphs.borrow_mut();
        graphs.entry(f).or_insert_with(|| Arc::new(Cfg::new(self.facts(f.file), f.id))).clone()
    }

    /// At most one of two calls is made each time that their function runs, or each iteration of a loop around both.
    pub fn exclude(&self, one: CallRef, other: CallRef) -> bool {
        let f = FnRef { file: one.file, id: self.call(one).function };
        let beside = one.file == other.file && self.call(other).function == f.id;
        beside && self.cfg(f).exclude(one.id, other.id, Flow::Turn)
    }

    /// Takes over what other programs of the same project have evaluated; its clones share it.
    pub fn remember(&mut self, others: impl IntoIterator<Item = Program<'a>>) {
        others.into_iter().for_each(|other| self.memo.extend(other.memo));
        self.memo.settle();
    }

    /// The class whose `this` a function sees: its own, or that of the function around it.
    pub fn class_around(&self, f: FnRef) -> Option<ClassRef> {
        let class = ClassRef { file: f.file, id: self.facts(f.file).class_around(f.id)? };
        Some(self.impl_of.get(&class).copied().unwrap_or(class))
    }

    /// The class and, for Rust, its `impl` blocks: where its methods stand.
    pub fn parts(&self, class: ClassRef) -> impl Iterator<Item = ClassRef> {
        std::iter::once(class).chain(self.impls.get(&class).into_iter().flatten().copied())
    }

    /// A method declared by the class itself.
    pub fn own_method(&self, class: ClassRef, name: &str) -> Option<FnRef> {
        self.parts(class).find_map(|part| {
            let id = *self.index[part.file as usize].methods.get(&(part.id, name))?;
            Some(FnRef { file: part.file, id })
        })
    }

    /// All methods declared by the class itself.
    pub fn own_methods(&self, class: ClassRef) -> Vec<FnRef> {
        let own = |part: ClassRef| self.class(part).methods.iter().map(move |id| FnRef { file: part.file, id: *id });
        self.parts(class).flat_map(own).collect()
    }

    /// The classes below, at any depth, without the class itself.
    pub fn descendants(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut found: Vec<ClassRef> = Vec::new();
        let mut queue = vec![class];
        while let Some(next) = queue.pop() {
            for sub in self.subclasses.get(&next).into_iter().flatten() {
                if !found.contains(sub) {
                    found.push(*sub);
                    queue.push(*sub);
                }
            }
        }
        found
    }

    fn link_impls(&mut self) {
        let impls: Vec<ClassRef> = self.classes().filter(|class| self.class(*class).kind == ClassKind::Impl).collect();
        for block in impls {
            if let Some(owner) = self.impl_owner(block) {
                Arc::make_mut(&mut self.impls).entry(owner).or_default().push(block);
                Arc::make_mut(&mut self.impl_of).insert(block, owner);
            }
        }
    }

    fn impl_owner(&self, block: ClassRef) -> Option<ClassRef> {
        let name = self.class(block).name.as_str();
        match self.type_by_name(block.file, name) {
            Ty::Class(class) if self.class(class).kind != ClassKind::Impl => Some(class),
            _ => None,
        }
    }

    fn link_subclasses(&mut self) {
        let classes: Vec<ClassRef> = self.classes().collect();
        for class in classes {
            for base in self.declared_bases(class) {
                let below = self.impl_of.get(&class).copied().unwrap_or(class);
                if below != base {
                    Arc::make_mut(&mut self.subclasses).entry(base).or_default().push(below);
                    if self.class(base).kind == ClassKind::Trait {
                        Arc::make_mut(&mut self.traits_of).entry(below).or_default().push(base);
                    }
                }
            }
        }
    }

    fn declared_bases(&self, class: ClassRef) -> Vec<ClassRef> {
        let data = self.class(class);
        let from = FnRef { file: class.file, id: data.function };
        let bases = data.bases.iter().map(|base| self.callable(self.eval(from, base)));
        let implemented = data.implements.iter().map(|ty| self.eval_type(from, ty));
        bases.chain(implemented).filter_map(|ty| ty.class()).collect()
    }

    /// Linked classes that this one extends.
    pub fn bases(&self, class: ClassRef) -> Vec<ClassRef> {
        let data = self.class(class);
        let from = FnRef { file: class.file, id: data.function };
        data.bases
            .iter()
            .filter_map(|base| self.callable(self.eval(from, base)).class())
            .filter(|base| *base != class)
            .collect()
    }

    fn index_methods(&mut self) {
        for f in self.functions().collect::<Vec<_>>() {
            let function = self.function(f);
            if let (Some(_), Some(name)) = (function.class, function.name.as_deref()) {
                Arc::make_mut(&mut self.methods_by_name).entry(name).or_default().push(f);
                if self.adds_to_results(f) {
                    Arc::make_mut(&mut self.of_results).entry(name).or_default().push(f);
                }
            }
        }
    }
}
