//! Finds the rows that speak of a name.
//!
//! Built once; look-ups are by module and exported name, by type and method, by method alone, or
//! by global.

use rustc_hash::{FxHashMap, FxHashSet};

use super::pattern::{CallPattern, Wildcard, parse, strip_new};
use super::schema::{
    DecoratorRow, DepartureRow, Handover, LookupRow, Make, MemoRow, Method, NavigationRow, Opener, PackageFile, Role,
    TransparentRow,
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
    Navigation,
    Departure,
}

/// Rows by the name that they speak of.
type Rows = FxHashMap<String, Vec<Row>>;

#[derive(Default)]
pub(super) struct Index {
    /// By the language as a number.
    languages: [Languages; 3],
    /// By the package's number: rows for exported names.
    exports: Vec<Rows>,
    /// By the type's number.
    methods: Vec<Rows>,
    /// By the package's number: types by the symbols that denote them.
    types: Vec<TypeNames>,
    /// As written in rows of other files: `pg.Pool`.
    names: TypeNames,
    /// By the package's number: as written in rows of the type's own file, `Pool`.
    own: Vec<TypeNames>,
}

/// What is looked up by language alone.
#[derive(Default)]
struct Languages {
    modules: FxHashMap<String, Vec<PackageId>>,
    /// Module patterns with a `*`: what stands before and after it.
    wildcards: Vec<(Wildcard, PackageId)>,
    /// The first names of all of these.
    heads: FxHashSet<String>,
    /// What first names begin with that are themselves patterns.
    beginnings: Vec<String>,
    /// The last names of modules, exported names, types and bases.
    ends: FxHashSet<String>,
    /// Patterns among the names of bases.
    loose: Vec<String>,
    any_methods: Rows,
    globals: Rows,
    macros: Rows,
}

impl Languages {
    fn add_end(&mut self, path: &str) {
        let end = end(path);
        if !self.ends.contains(end) {
            self.ends.insert(end.to_string());
        }
    }
}

/// The last name of a path.
fn end(path: &str) -> &str {
    path.rsplit(['.', ':', '/']).next().unwrap_or_default()
}

/// The first name of a module path in Python or Rust.
fn head(module: &str) -> &str {
    module.split(['.', ':']).next().unwrap_or_default()
}

fn rows<'i>(rows: &'i Rows, name: &str) -> &'i [Row] {
    rows.get(name).map_or(&[], Vec::as_slice)
}

impl Index {
    pub fn build(files: &[PackageFile], types: &[TypeInfo]) -> Result<Index, DataError> {
        let mut index = Index::default();
        index.exports.resize_with(files.len(), Rows::default);
        index.methods.resize_with(types.len(), Rows::default);
        index.types.resize_with(files.len(), TypeNames::default);
        index.own.resize_with(files.len(), TypeNames::default);
        for (id, ty) in types.iter().enumerate() {
            let (id, package) = (TypeId(id as u32), ty.package.0 as usize);
            index.names.entry(ty.display.clone()).or_insert(id);
            index.own[package].insert(ty.row.name.clone(), id);
            index.types[package].extend(ty.row.symbols.iter().map(|symbol| (symbol.clone(), id)));
            let own = &mut index.languages[language(files[package].ecosystem) as usize];
            ty.row.symbols.iter().for_each(|symbol| own.add_end(symbol));
        }
        for (id, file) in files.iter().enumerate() {
            index.add_file(PackageId(id as u32), file)?;
        }
        for ty in types {
            let gives = ty.row.methods.iter().map(|method| method.gives.as_str());
            index.check_types(ty.package, &files[ty.package.0 as usize], gives)?;
        }
        Ok(index)
    }

    fn add_file(&mut self, id: PackageId, file: &PackageFile) -> Result<(), DataError> {
        let language = language(file.ecosystem);
        let own = &mut self.languages[language as usize];
        for module in &file.modules {
            match head(module).strip_suffix('*') {
                Some(beginning) => own.beginnings.push(beginning.to_string()),
                None => _ = own.heads.insert(head(module).to_string()),
            }
            match Wildcard::parse(module) {
                Some(wildcard) => own.wildcards.push((wildcard, id)),
                None => own.modules.entry(module.clone()).or_default().push(id),
            }
            own.add_end(module);
        }
        for name in file.bases.iter().flat_map(|row| &row.names) {
            match name.contains('*') {
                true => own.loose.push(name.clone()),
                false => own.add_end(name),
            }
        }
        for (kind, row, calls) in tables(file) {
            for call in calls {
                let row = Row { package: id, kind, row, is_new: strip_new(call).1 };
                self.add_row(file, language, call, row)?;
            }
        }
        let handed = file.handovers.iter().map(|row| row.gives.as_str());
        let decorated = file.decorators.iter().map(|row| row.gives.as_str());
        let made = file.makes.iter().map(|make| make.gives.as_str());
        self.check_types(id, file, made.chain(handed).chain(decorated))
    }

    fn add_row(&mut self, file: &PackageFile, language: Language, call: &str, row: Row) -> Result<(), DataError> {
        let globals = file.ecosystem == Some(super::Ecosystem::Browser);
        let find = |name: &str| self.type_id(row.package, name);
        let Some(pattern) = parse(call, globals, find) else {
            return Err(unknown_type(file, call));
        };
        let any = &mut self.languages[language as usize];
        if let CallPattern::Export(name) = &pattern {
            any.add_end(name);
        }
        let (rows, name) = match pattern {
            CallPattern::Method(ty, name) => (&mut self.methods[ty.0 as usize], name),
            CallPattern::Export(name) => (&mut self.exports[row.package.0 as usize], name),
            CallPattern::AnyMethod(name) => (&mut any.any_methods, name),
            CallPattern::Global(name) => (&mut any.globals, name),
            CallPattern::Macro(name) => (&mut any.macros, name),
        };
        rows.entry(name).or_default().push(row);
        Ok(())
    }

    fn type_id(&self, package: PackageId, name: &str) -> Option<TypeId> {
        self.own[package.0 as usize].get(name).or_else(|| self.names.get(name)).copied()
    }

    /// Every type that a row of a file gives exists.
    fn check_types<'g>(
        &self,
        id: PackageId,
        file: &PackageFile,
        gives: impl Iterator<Item = &'g str>,
    ) -> Result<(), DataError> {
        let is_type = |gives: &&str| !gives.is_empty() && !gives.starts_with("wraps:") && !gives.starts_with("calls:");
        for gives in gives.filter(is_type) {
            let name = gives.strip_prefix("callable:").unwrap_or(gives);
            if self.type_id(id, name).is_none() {
                return Err(unknown_type(file, gives));
            }
        }
        Ok(())
    }
}

/// Whether a path that ends in the name may fit the pattern.
fn may_fit(pattern: &str, name: &str) -> bool {
    pattern.strip_prefix('*').is_none_or(|rest| name.ends_with(end(rest)))
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
    all.extend(
        file.navigations.iter().enumerate().map(|(i, row)| (RowKind::Navigation, i as u32, row.calls.as_slice())),
    );
    all.extend(file.departures.iter().enumerate().map(|(i, row)| (RowKind::Departure, i as u32, row.calls.as_slice())));
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
    pub fn packages(&self, language: Language, module: &str) -> impl Iterator<Item = PackageId> {
        let Languages { modules, wildcards, .. } = &self.index.languages[language as usize];
        let fits = move |(wildcard, _): &&(Wildcard, PackageId)| wildcard.fits(module);
        let named = modules.get(module).map_or(&[][..], Vec::as_slice);
        named.iter().copied().chain(wildcards.iter().filter(fits).map(|(_, id)| *id))
    }

    /// Some package has a module of that very path.
    pub fn is_module(&self, language: Language, path: &str) -> bool {
        self.index.languages[language as usize].modules.contains_key(path)
    }

    /// Whether a module path outside the project may belong to a package.
    pub fn may_have(&self, language: Language, module: &str) -> bool {
        let Languages { heads, beginnings, .. } = &self.index.languages[language as usize];
        let head = head(module);
        heads.contains(head) || beginnings.iter().any(|beginning| head.starts_with(beginning.as_str()))
    }

    /// Whether something in a module outside the project may be what a row speaks of, by its name alone.
    pub fn may_hold(&self, language: Language, module: &str, name: &str) -> bool {
        let Languages { ends, loose, wildcards, .. } = &self.index.languages[language as usize];
        ends.contains(name)
            || loose.iter().any(|base| may_fit(base, name))
            || wildcards.iter().any(|(wildcard, _)| wildcard.fits(module))
    }

    /// Packages that importing a module brings in: the module itself, or any prefix of its path.
    pub fn packages_of_import(&self, language: Language, module: &str) -> Vec<PackageId> {
        let mut found: Vec<PackageId> = self.packages(language, module).collect();
        if language != Language::Script && self.may_have(language, module) {
            let separator = language.semantics().separator;
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
        rows(&self.index.exports[package.0 as usize], name)
    }

    /// Rows for `#Type.method`.
    pub fn method_rows(&self, ty: TypeId, method: &str) -> &[Row] {
        rows(&self.index.methods[ty.0 as usize], method)
    }

    /// Rows for a method of any receiver.
    pub fn any_method_rows(&self, language: Language, method: &str) -> &[Row] {
        rows(&self.index.languages[language as usize].any_methods, method)
    }

    pub fn global_rows(&self, language: Language, name: &str) -> &[Row] {
        rows(&self.index.languages[language as usize].globals, name)
    }

    pub fn macro_rows(&self, language: Language, name: &str) -> &[Row] {
        rows(&self.index.languages[language as usize].macros, name)
    }

    /// The type that an exported name denotes.
    pub fn exported_type(&self, package: PackageId, symbol: &str) -> Option<TypeId> {
        self.index.types[package.0 as usize].get(symbol).copied()
    }

    /// A type's own row for a method that matters.
    pub fn method(&self, ty: TypeId, name: &str) -> Option<&Method> {
        self.ty(ty).row.methods.iter().find(|method| method.names.iter().any(|n| n == name))
    }

    /// The type whose objects give one of this type when they are called, where it has the method.
    pub fn maker_of(&self, ty: TypeId, method: &str) -> Option<TypeId> {
        let made = self.ty(ty);
        let has = |method: &Method, name: &str| method.names.iter().any(|own| own == name);
        let makes = |known: &TypeInfo| {
            let methods = &known.row.methods;
            known.package == made.package
                && methods.iter().any(|own| has(own, "__call__") && own.gives == made.row.name)
                && methods.iter().any(|own| has(own, method))
        };
        self.types.iter().position(makes).map(|at| TypeId(at as u32))
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

    pub fn departure(&self, row: Row) -> &DepartureRow {
        &self.package(row.package).departures[row.row as usize]
    }

    pub fn navigation(&self, row: Row) -> &NavigationRow {
        &self.package(row.package).navigations[row.row as usize]
    }
}
