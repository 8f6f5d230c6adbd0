//! Fields of project classes and the classes that these extend, each worked out once.
//!
//! Knows no library.

use super::eval::Ty;
use crate::facts::{FnKind, LocalKind, TypeRef, Value};
use crate::program::{ClassRef, FnRef};
use crate::values::Program;
use crate::values::memo::{Name, Question};

impl<'a> Program<'a> {
    /// The class and its project bases, nearest first.
    pub fn ancestry(&self, class: ClassRef) -> Vec<ClassRef> {
        let found = self.memo.classes(Question::Ancestry(class), || {
            let mut found = vec![class];
            let mut at = 0;
            while at < found.len() {
                for base in self.bases(found[at]) {
                    if !found.contains(&base) {
                        found.push(base);
                    }
                }
                at += 1;
            }
            found
        });
        found.to_vec()
    }

    /// The type of a field: as written, from its initialiser, or from an assignment in a method.
    pub fn field(&self, class: ClassRef, name: &str) -> Ty<'a> {
        self.memo.one(Question::Field(class, Name::of(name)), || {
            let parts = self.ancestry(class).into_iter();
            parts.map(|part| self.own_field(part, name)).find(Ty::is_known).unwrap_or(Ty::Unknown)
        })
    }

    fn own_field(&self, class: ClassRef, name: &str) -> Ty<'a> {
        let data = self.class(class);
        let scope = FnRef { file: class.file, id: data.function };
        let declared = data.fields.iter().find(|field| field.name == name);
        let assigned: Vec<_> =
            self.field_values(class, name).into_iter().chain(self.put_by_name(class, name)).collect();
        let value = self.any_object(assigned.into_iter());
        if matches!(value, Ty::Concept(_) | Ty::Instance(_) | Ty::Fn(_) | Ty::Factory(_) | Ty::OneOf(_)) {
            return value;
        }
        let written = declared.and_then(|field| field.ty.as_ref()).map_or(Ty::Unknown, |ty| self.eval_type(scope, ty));
        if written.is_known() {
            return written;
        }
        let initial = declared.and_then(|field| field.value.as_ref()).map_or(Ty::Unknown, |v| self.eval(scope, v));
        let told = if initial.is_known() { initial } else { value };
        if told.is_known() { told } else { self.any_object(self.made_with(class, name).into_iter()) }
    }

    /// Values that the class's file assigns to the class by its name: `Database.pool = …`. Objects have the
    /// attributes of their class in Python.
    fn put_by_name(&self, class: ClassRef, name: &str) -> Vec<(FnRef, &'a Value)> {
        if !self.semantics(class.file).class_attributes {
            return Vec::new();
        }
        let put = self.index[class.file as usize].members.get(name).into_iter().flatten();
        let named = |base: &Value| match base {
            Value::Var(var) => self.facts(class.file).local(*var).kind == LocalKind::Class(class.id),
            _ => false,
        };
        let own = put.filter(|(base, _)| named(base));
        own.map(|(_, bound)| (FnRef { file: class.file, id: bound.function }, bound.value)).collect()
    }

    /// Values assigned to `this.name` by the class's functions (closures in them included).
    pub fn field_values(&self, class: ClassRef, name: &str) -> Vec<(FnRef, &'a Value)> {
        let mut values = Vec::new();
        for part in self.parts(class) {
            let bounds = self.index[part.file as usize].fields.get(name).into_iter().flatten();
            let from = bounds.map(|bound| (FnRef { file: part.file, id: bound.function }, bound.value));
            values.extend(from.filter(|(f, _)| self.class_around(*f) == Some(class)));
        }
        values
    }

    /// The constructor is handed what the field holds, or a counted reference shares it: it may outlive the object.
    pub fn is_lent(&self, class: ClassRef, name: &str) -> bool {
        let shared = |ty: &TypeRef| matches!(ty.name.rsplit('.').next(), Some("Arc" | "Rc"));
        let ancestry = self.ancestry(class);
        let mut fields = ancestry.iter().flat_map(|part| &self.class(*part).fields);
        if fields.any(|field| field.name == name && field.ty.as_ref().is_some_and(shared)) {
            return true;
        }
        let values: Vec<_> = ancestry.into_iter().flat_map(|part| self.field_values(part, name)).collect();
        let constructs = |f: FnRef| self.function(f).kind == FnKind::Constructor;
        !values.is_empty() && values.into_iter().all(|(f, value)| constructs(f) && self.is_handed_in(f, value))
    }

    pub(crate) fn is_handed_in(&self, f: FnRef, value: &Value) -> bool {
        match value {
            Value::Var(var) => self.facts(f.file).local(*var).kind == LocalKind::Param,
            Value::Member(base, _) => self.is_handed_in(f, base),
            _ => false,
        }
    }
}
