//! Bases and traits outside the project, and what the data says of the classes below them.
//!
//! Knows no library by name.

use super::eval::{External, Ty};
use super::outside::fits;
use crate::catalog::PackageId;
use crate::catalog::schema::BaseRow;
use crate::catalog::words::values::ENUMERATIONS;
use crate::facts::Value;
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// The nearest known base of the class around a function.
    pub(crate) fn eval_super(&self, from: FnRef) -> Ty<'a> {
        let Some(class) = self.class_around(from) else { return Ty::Unknown };
        let data = self.class(class);
        let scope = FnRef { file: class.file, id: data.function };
        let bases: Vec<Ty<'a>> = data.bases.iter().map(|base| self.eval(scope, base)).collect();
        bases.into_iter().find(Ty::is_known).unwrap_or(Ty::Unknown)
    }

    /// Objects of the class are rows of a table.
    pub fn is_record(&self, class: ClassRef) -> bool {
        self.records
            .get_or_init(|| self.classes().filter(|class| self.has_record_base(*class)).collect())
            .contains(&class)
    }

    fn has_record_base(&self, class: ClassRef) -> bool {
        let derived = self.derived_names(class);
        let mut rows = derived.iter().flat_map(|external| self.base_rows(Some(external), ""));
        rows.any(|row| row.record) || self.rows_above(class).iter().any(|row| row.record)
    }

    /// What a struct of Rust has written out for it: `#[derive(sqlx::FromRow)]`.
    fn derived_names(&self, class: ClassRef) -> Vec<External> {
        let data = self.class(class);
        let facts = self.facts(class.file);
        let scope = FnRef { file: class.file, id: data.function };
        let calls = data.decorators.iter().map(|id| facts.call(*id));
        let args = calls.filter(|call| call.callee_name(facts) == Some("derive")).flat_map(|call| &call.args);
        let names = args.filter_map(|arg| match self.eval(scope, &arg.value) {
            Ty::External(inner) => Some((*inner).clone()),
            _ => None,
        });
        names.collect()
    }

    /// The rows that speak of what is above a class: of bases outside the project, and of those that a tool has
    /// written into it.
    pub fn rows_above(&self, class: ClassRef) -> Vec<BaseRow> {
        let outside = self.outside_bases(class);
        let rows = outside.iter().flat_map(|(external, written)| self.base_rows(external.as_ref(), written));
        let bases = self.ancestry(class).into_iter().skip(1);
        let written = bases.flat_map(|base| self.written_rows(&self.class(base).name));
        let mut found: Vec<BaseRow> = rows.chain(written).collect();
        for (package, name) in self.class_decorators(class) {
            let rows = self.catalog.package(package).bases.iter().filter(|row| row.decorators.contains(&name));
            let new: Vec<BaseRow> =
                rows.filter(|row| !found.iter().any(|own| own.names == row.names)).cloned().collect();
            found.extend(new);
        }
        found
    }

    /// Whether the row speaks of the class: of a base of it, or by a decorator.
    pub fn is_below(&self, class: ClassRef, package: PackageId, row: &BaseRow) -> bool {
        let bases = self.outside_bases(class);
        let symbols = bases.iter().filter_map(|(external, _)| external.as_ref()).flat_map(|base| self.symbols(base));
        let named = symbols.into_iter().any(|(own, symbol)| own == package && row.names.contains(&symbol));
        let decorated =
            || self.class_decorators(class).any(|(own, name)| own == package && row.decorators.contains(&name));
        named || decorated()
    }

    /// The decorators of a class that come from outside the project, by the packages that they may belong to.
    fn class_decorators(&self, class: ClassRef) -> impl Iterator<Item = (PackageId, String)> {
        let data = self.class(class);
        let from = FnRef { file: class.file, id: data.function };
        data.decorators.iter().flat_map(move |id| match self.callee(from, self.facts(class.file).call(*id)) {
            Ty::External(external) => self.symbols(&external),
            _ => Vec::new(),
        })
    }

    fn written_rows(&self, name: &str) -> Vec<BaseRow> {
        let rows = self.active.iter().flat_map(|package| self.catalog.package(*package).bases.iter());
        rows.filter(|row| row.generated && row.names.iter().any(|own| fits(own, name))).cloned().collect()
    }

    /// Its members are objects of the class, and are found by their names: `Kind[name]`.
    pub(crate) fn is_enumeration(&self, class: ClassRef) -> bool {
        self.outside_bases(class).iter().any(|(_, written)| ENUMERATIONS.contains(&last_part(written)))
    }

    /// Nothing that is not in sight adds methods to objects of the class.
    pub fn is_whole_in_sight(&self, class: ClassRef) -> bool {
        const EMPTY: &[&str] = &["object", "ABC", "Generic", "Protocol"];
        self.ancestry(class).into_iter().all(|part| {
            let data = self.class(part);
            let scope = FnRef { file: part.file, id: data.function };
            let adds_nothing = |base: &'a Value| {
                let base = if let Value::Index(generic, _) = base { generic } else { base };
                let written = self.value_name(part.file, base).unwrap_or_default();
                matches!(self.eval(scope, base), Ty::Class(_)) || EMPTY.contains(&last_part(&written))
            };
            data.bases.iter().all(adds_nothing)
        })
    }

    /// Bases and traits outside the project, through project bases: resolved, and as written.
    /// The bases outside the project, of the class and of what it extends, each with its written name.
    pub fn outside_bases(&self, class: ClassRef) -> Vec<(Option<External>, String)> {
        let mut found = Vec::new();
        for part in self.ancestry(class) {
            let data = self.class(part);
            let scope = FnRef { file: part.file, id: data.function };
            for base in &data.bases {
                let written = self.value_name(part.file, base).unwrap_or_default();
                match self.eval(scope, base) {
                    Ty::External(inner) => found.push((Some((*inner).clone()), written)),
                    Ty::Class(_) => {}
                    _ => found.push((None, written)),
                }
            }
            for implemented in &data.implements {
                let written = implemented.last_name().to_string();
                let external = match self.type_path(scope, &implemented.name) {
                    Ty::External(inner) => Some((*inner).clone()),
                    _ => None,
                };
                found.push((external, written));
            }
        }
        found
    }
}

/// `abc.ABC`: the name itself.
fn last_part(written: &str) -> &str {
    written.rsplit('.').next().unwrap_or_default()
}
