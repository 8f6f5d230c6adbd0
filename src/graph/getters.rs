//! Edges to the functions behind properties: whoever reads `self.client` runs the getter.
//!
//! Knows no library by name.

use rustc_hash::FxHashSet;

use super::{Builder, Point, Spot};
use crate::catalog::schema::Run;
use crate::facts::{FnKind, Node, Part, Span, Value};
use crate::program::FnRef;
use crate::values::Program;
use crate::values::eval::Ty;

/// The names of all getters of the project's classes.
pub(crate) fn names<'a>(program: &Program<'a>) -> FxHashSet<&'a str> {
    let getters = program.functions().map(|f| program.function(f)).filter(|function| function.kind == FnKind::Getter);
    getters.filter_map(|function| function.name.as_deref()).collect()
}

impl<'a> Builder<'_, 'a> {
    /// Runs the getters that a node of a body reads.
    pub(crate) fn reads(&mut self, f: FnRef, node: &'a Node, spot: &Spot<'a>) {
        if self.common.getters.is_empty() {
            return;
        }
        match node {
            Node::Call(id) => {
                let data = self.program.facts(f.file).call(*id);
                self.read(f, &data.callee, data.span, spot);
                data.args.iter().for_each(|arg| self.read(f, &arg.value, data.span, spot));
            }
            Node::Return { value: Some(value), span } => self.read(f, value, *span, spot),
            Node::Scope { resource, span, .. } => self.read(f, resource, *span, spot),
            Node::Bind { value, span, .. } => self.read(f, value, *span, spot),
            _ => {}
        }
    }

    fn read(&mut self, f: FnRef, value: &'a Value, span: Span, spot: &Spot<'a>) {
        match value {
            Value::Member(base, name) => {
                self.read(f, base, span, spot);
                if self.common.getters.contains(name.as_str())
                    && let Some(getter) = self.program.getter(f, base, name)
                {
                    self.edge(f, Point::Fn(getter), span, Run::Inline, false, spot);
                }
            }
            Value::Index(base, _) | Value::Element(base) => self.read(f, base, span, spot),
            Value::Choice(all, _) | Value::List(all) => all.iter().for_each(|inner| self.read(f, inner, span, spot)),
            Value::Record { entries, .. } => {
                entries.iter().for_each(|entry| self.read(f, &entry.value, span, spot));
            }
            Value::Binary(_, left, right) => {
                self.read(f, left, span, spot);
                self.read(f, right, span, spot);
            }
            Value::Template(parts) => parts.iter().for_each(|part| {
                if let Part::Value(inner) = part {
                    self.read(f, inner, span, spot);
                }
            }),
            _ => {}
        }
    }
}

impl<'a> Program<'a> {
    /// What reading a member of an object runs.
    pub fn getter(&self, f: FnRef, base: &'a Value, name: &str) -> Option<FnRef> {
        let class = match (base, self.eval(f, base)) {
            (_, Ty::Instance(class)) => class,
            (Value::This, _) => self.class_around(f)?,
            _ => return None,
        };
        let getter = self.find_method(class, name)?;
        (getter != f && self.function(getter).kind == FnKind::Getter).then_some(getter)
    }
}
