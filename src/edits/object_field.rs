//! A setting that an object keeps in a field, as functions are told it that make something of it.
//!
//! Python's words for a type and a parameter.

use crate::facts::TypeRef;

/// A field of the object, which the function is told.
pub struct Field<'p> {
    pub name: &'p str,
    pub ty: &'p TypeRef,
}

impl<'p> Field<'p> {
    /// As the method reads it.
    pub fn given(&self) -> String {
        format!("self.{}", self.name)
    }

    /// As the function calls it.
    pub fn told(&self) -> &'p str {
        self.name.trim_start_matches('_')
    }

    /// As the function declares it, with its type.
    pub fn param(&self) -> String {
        let args: Vec<&str> = self.ty.args.iter().map(|arg| arg.name.as_str()).collect();
        let ty = match self.ty.name.as_str() {
            "|" => args.join(" | "),
            name if args.is_empty() => name.to_string(),
            name => format!("{name}[{}]", args.join(", ")),
        };
        format!("{}: {ty}", self.told())
    }
}
