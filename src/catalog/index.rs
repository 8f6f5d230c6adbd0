//! Finds the rows that speak of a name.
//!
//! Built once; look-ups are by module and exported name, by type and method, by method alone, or
//! by global.

use rustc_hash::FxHashMap;

use super::pattern::{CallPattern, parse, strip_new};
use super::schema::{
    DecoratorRow, Handover, LookupRow, Make, MemoRow, Method, Opener, PackageFile, Role, TransparentRow,
};
use super::{Catalog, DataError, PackageId, TypeId, TypeInfo, TypeNames, language};
use crate::facts::Language;

/// One row of one table, with the call string of it that matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub package: PackageId,
    pub kind: RowKind,
    pub row: u32,
    /// The call string begins with `new `.
    pub is_new: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowKind {
    Make,
    Opener,
    Handover,
    Decorator,
    Memo,
    Transparent,
    Lookup,
}

#[derive(Default)]
pub(super) struct Index {
    modules: FxHashMap<(Language, String), Vec<PackageId>>,
    /// Module patterns ending in `*`, without it.
    wildcards: Vec<(Language, String, PackageId)>,
    rows: FxHashMap<(PackageId, CallPattern), Vec<Row>>,
    methods: FxHashMap<(TypeId, String), Vec<Row>>,
    any: FxHashMap<(Language, CallPattern), Vec<Row>>,
    types: FxHashMap<(PackageId, String), TypeId>,
    /// As written in rows of other files: `pg.Pool`.
    names: TypeNames,
    /// As written in rows of the type's own file: `Pool`.
    own: FxHashMap<(PackageId, String), TypeId>,
}

impl Index {
    pub fn build(files: &[PackageFile], types: &[TypeInfo]) -> Result<Index, DataError> {
        let mut index = Index::default();
        for (id, ty) in types.iter().enumerate() {
            let id = TypeId(id as u32);
            index.names.entry(ty.display.clone()).or_insert(id);
            index.own.insert((ty.package, ty.row.name.clone()), id);
            for symbol in &ty.row.symbols {
                index.types.insert((ty.package, symbol.clone()), id);
            }
        }
        for (id, file) in files.iter().enumerate() {
            index.add_file(PackageId(id as u32), file)?;
        }
        Ok(index)
    }

    fn add_file(&mut self, id: PackageId, file: &PackageFile) -> Result<(), DataError> {
        let language = language(file.ecosystem);
        for module in &file.modules {
            match module.strip_suffix('*') {
                Some(prefix) => self.wildcards.push((language, prefix.to_string(), id)),
                None => self.modules.entry((language, module.clone())).or_default().push(id),
            }
        }
        for (kind, row, calls) in tables(file) {
            for call in calls {
                let row = Row { package: id, kind, row, is_new: strip_new(call).1 };
                self.add_row(file, language, call, row)?;
            }
        }
        self.check_types(id, file)
    }

    fn add_row(&mut self, file: &PackageFile, language: Language, call: &str, row: Row) -> Result<(), DataError> {
        let globals = file.ecosystem == Some(super::Ecosystem::Browser);
        let find = |name: &str| self.type_id(row.package, name);
        let Some(pattern) = parse(call, globals, find) else {
            return Err(unknown_type(file, call));
        };
        match pattern {
            CallPattern::Method(ty, name) => self.methods.entry((ty, name)).or_default().push(row),
            CallPattern::Export(_) => self.rows.entry((row.package, pattern)).or_default().push(row),
            _ => self.any.entry((language, pattern)).or_default().push(row),
        }
        Ok(())
    }

    fn type_id(&self, package: PackageId, name: &str) -> Option<TypeId> {
        self.own.get(&(package, name.to_string())).or_else(|| self.names.get(name)).copied()
    }

    fn check_types(&self, id: PackageId, file: &PackageFile) -> Result<(), DataError> {
        let makes = file.makes.iter().map(|make| make.gives.as_str());
        let methods = file.types.iter().flat_map(|ty| ty.methods.iter().map(|method| method.gives.as_str()));
        for gives in makes.chain(methods).filter(|gives| !gives.is_empty() && !gives.starts_with("wraps:")) {
            let name = gives.strip_prefix("callable:").unwrap_or(gives);
            if self.type_id(id, name).is_none() {
                return Err(unknown_type(file, gives));
            }
        }
        Ok(())
    }
}

fn tables(file: &PackageFile) -> Vec<(RowKind, u32, &[String])> {
    let mut all: Vec<(RowKind, u32, &[String])> = Vec::new();
    all.extend(file.makes.iter().enumerate().map(|(i, row)| (RowKind::Make, i as u32, row.calls.as_slice())));
    all.extend(file.openers.iter().enumerate().map(|(i, row)| (RowKind::Opener, i as u32, row.calls.as_slice())));
    all.extend(file.handovers.iter().enumerate().map(|(i, row)| (RowKind::Handover, i as u32, row.calls.as_slice())));
    all.extend(file.decorators.iter().enumerate().map(|(i, row)| (RowKind::Decorator, i as u32, row.calls.as_slice())));
    all.extend(file.memos.iter().enumerate().map(|(i, row)| (RowKind::Memo, i as u32, row.calls.as_slice())));
    all.extend(
        file.transparents.iter().enumerate().map(|(i, row)| (RowKind::Transparent, i as u32, row.calls.as_slice())),
    );
    all.extend(file.lookups.iter().enumerate().map(|(i, row)| (RowKind::Lookup, i as u32, row.calls.as_slice())));
    all
}

fn unknown_type(file: &PackageFile, name: &str) -> DataError {
    DataError { path: file.package.clone(), message: format!("`{name}` names a type that no data file has") }
}

impl Catalog {
    /// A type by its name in a row of `package`: `Pool`, `pg.Pool`.
    pub fn type_named(&self, package: PackageId, name: &str) -> Option<TypeId> {
        self.index.type_id(package, name)
    }

    /// Packages that a module specifier belongs to.
    pub fn packages(&self, language: Language, module: &str) -> Vec<PackageId> {
        let mut found = self.index.modules.get(&(language, module.to_string())).cloned().unwrap_or_default();
        let fits = |(of, prefix, _): &&(Language, String, PackageId)| *of == language && module.starts_with(prefix);
        found.extend(self.index.wildcards.iter().filter(fits).map(|(_, _, id)| *id));
        found
    }

    /// Packages that importing a module brings in: the module itself, or any prefix of its path.
    pub fn packages_of_import(&self, language: Language, module: &str) -> Vec<PackageId> {
        let separator = if language == Language::Rust { "::" } else { "." };
        let mut found = self.packages(language, module);
        if language != Language::Script {
            let mut rest = module;
            while let Some((prefix, _)) = rest.rsplit_once(separator) {
                found.extend(self.packages(language, prefix));
                rest = prefix;
            }
        }
        found
    }

    /// Rows for an exported name (dotted) of a package.
    pub fn export_rows(&self, package: PackageId, name: &str) -> &[Row] {
        let key = (package, CallPattern::Export(name.to_string()));
        self.index.rows.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Rows for `#Type.method`.
    pub fn method_rows(&self, ty: TypeId, method: &str) -> &[Row] {
        self.index.methods.get(&(ty, method.to_string())).map_or(&[], Vec::as_slice)
    }

    /// Rows for a method of any receiver.
    pub fn any_method_rows(&self, language: Language, method: &str) -> &[Row] {
        self.any_rows(language, CallPattern::AnyMethod(method.to_string()))
    }

    pub fn global_rows(&self, language: Language, name: &str) -> &[Row] {
        self.any_rows(language, CallPattern::Global(name.to_string()))
    }

    pub fn macro_rows(&self, language: Language, name: &str) -> &[Row] {
        self.any_rows(language, CallPattern::Macro(name.to_string()))
    }

    fn any_rows(&self, language: Language, pattern: CallPattern) -> &[Row] {
        self.index.any.get(&(language, pattern)).map_or(&[], Vec::as_slice)
    }

    /// The type that an exported name denotes.
    pub fn exported_type(&self, package: PackageId, symbol: &str) -> Option<TypeId> {
        self.index.types.get(&(package, symbol.to_string())).copied()
    }

    /// A type's own row for a method that matters.
    pub fn method(&self, ty: TypeId, name: &str) -> Option<&Method> {
        self.ty(ty).row.methods.iter().find(|method| method.names.iter().any(|n| n == name))
    }

    /// Whether calling the method releases the value.
    pub fn releases(&self, ty: TypeId, name: &str) -> bool {
        self.ty(ty).row.release.iter().any(|release| release == name)
            || self.method(ty, name).is_some_and(|method| method.role == Role::Release)
    }

    pub fn make(&self, row: Row) -> &Make {
        &self.package(row.package).makes[row.row as usize]
    }

    pub fn opener(&self, row: Row) -> &Opener {
        &self.package(row.package).openers[row.row as usize]
    }

    pub fn handover(&self, row: Row) -> &Handover {
        &self.package(row.package).handovers[row.row as usize]
    }

    pub fn decorator(&self, row: Row) -> &DecoratorRow {
        &self.package(row.package).decorators[row.row as usize]
    }

    pub fn memo(&self, row: Row) -> &MemoRow {
        &self.package(row.package).memos[row.row as usize]
    }

    pub fn transparent(&self, row: Row) -> &TransparentRow {
        &self.package(row.package).transparents[row.row as usize]
    }

    pub fn lookup(&self, row: Row) -> &LookupRow {
        &self.package(row.package).lookups[row.row as usize]
    }

    /// Every module prefix and global that the data names, for the search before parsing.
    pub fn modules(&self) -> impl Iterator<Item = (Language, &str)> {
        let exact = self.index.modules.keys().map(|(language, module)| (*language, module.as_str()));
        exact.chain(self.index.wildcards.iter().map(|(language, prefix, _)| (*language, prefix.as_str())))
    }
}
