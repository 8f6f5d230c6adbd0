//! Classes of which there is one object, by what keeps it: the constructor, `__new__`, a metaclass, a decorator;
//! and the application that a framework hands out.
//!
//! Knows no library by name.

use super::eval::{External, Ty};
use super::gates::Conditions;
use super::keepers::is_keeper;
use super::places::Owner;
use crate::catalog::schema::PackageFile;
use crate::facts::{Node, Value};
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// However often one is asked for, there is one object of the class.
    pub fn is_singleton(&self, class: ClassRef) -> bool {
        let kept = |part| self.metaclass_keeps(part);
        self.constructor_keeps(class) || self.is_kept_by_decorator(class) || self.ancestry(class).into_iter().any(kept)
    }

    /// What stands in the class's place keeps the one that it made. One of outside is believed by its name.
    fn is_kept_by_decorator(&self, class: ClassRef) -> bool {
        let data = self.class(class);
        let from = FnRef { file: class.file, id: data.function };
        data.decorators.iter().any(|id| match self.callee(from, self.facts(class.file).call(*id)) {
            Ty::External(external) => is_named_so(&external),
            decorator => is_keeper(self, &decorator),
        })
    }

    /// Its constructor returns the kept one, else keeps this.
    fn constructor_keeps(&self, class: ClassRef) -> bool {
        let Some((_, constructor)) = self.constructor(class) else { return false };
        let returns = |node: &Node| match node {
            Node::Branch { then, .. } => {
                then.iter().any(|n| matches!(n, Node::Return { value: Some(Value::Member(..)), .. }))
            }
            _ => false,
        };
        let keeps = |node: &Node| matches!(node, Node::Bind { target: Value::Member(base, _), value: Value::This, .. } if !matches!(**base, Value::This));
        let body = &self.function(constructor).body;
        body.iter().any(returns) && body.iter().any(|node| keeps(node) || node.blocks().flatten().any(keeps))
    }

    /// There is one object of the class, or all of them have what one has.
    pub fn is_one_object(&self, class: ClassRef) -> bool {
        let shares = |(_, value): &(FnRef, &Value)| matches!(value, Value::Member(..));
        self.gives_one_object(class) || self.field_values(class, "__dict__").iter().any(shares)
    }

    /// Python's `__new__` gives the object that it kept, and keeps the one that it makes.
    fn gives_one_object(&self, class: ClassRef) -> bool {
        let new = self.find_method(class, "__new__");
        new.and_then(|new| self.given_cell(new)).is_some_and(|owner| owner == Owner::Process)
    }

    /// What makes the objects of a Python class keeps them: `__call__` of `class Singleton(type)`. One of outside
    /// is believed by its name.
    fn metaclass_keeps(&self, class: ClassRef) -> bool {
        let data = self.class(class);
        let Some(metaclass) = &data.metaclass else { return false };
        match self.eval(FnRef { file: class.file, id: data.function }, metaclass) {
            Ty::Class(meta) => {
                let call = self.find_method(meta, "__call__");
                call.and_then(|call| self.given_cell(call)).is_some_and(|owner| owner != Owner::Unknown)
            }
            Ty::External(external) => is_named_so(&external),
            _ => false,
        }
    }

    /// Whose the place is that a function fills and gives out.
    fn given_cell(&self, f: FnRef) -> Option<Owner> {
        let (cell, owner) = self.returned_cell(f)?;
        self.filled(f, &cell, &Conditions::default()).map(|_| owner)
    }

    /// A framework's name for the application, whatever request asks: what is put into it stays.
    pub(crate) fn is_application(&self, name: &External) -> bool {
        self.exporters(name).any(|(package, exported)| package.application.contains(exported))
    }

    /// The packages whose data are about the module of a name, each with what the module exports.
    pub fn exporters<'n>(&self, name: &'n External) -> impl Iterator<Item = (&'a PackageFile, &'n String)> {
        let catalog = self.catalog;
        let packages = catalog.packages(name.language, &name.module);
        packages.filter_map(move |package| Some((catalog.package(package), name.path.first()?)))
    }
}

fn is_named_so(external: &External) -> bool {
    external.path.last().is_some_and(|name| name.to_ascii_lowercase().contains("singleton"))
}
