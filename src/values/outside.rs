//! Names outside the project against the catalogue: what each package that they may belong to calls them.
//!
//! Knows no library by name.

use super::eval::{External, Ty, dotted};
use crate::catalog::schema::BaseRow;
use crate::catalog::{PackageId, Row, TypeId};
use crate::facts::{DEFAULT_EXPORT, Naming};
use crate::values::Program;

impl Program<'_> {
    /// Rows of the catalogue for a name outside the project.
    pub fn external_rows(&self, external: &External) -> Vec<Row> {
        let mut rows = Vec::new();
        self.seek(external, |package, symbol| {
            rows.extend_from_slice(self.catalog.export_rows(package, symbol));
            None::<()>
        });
        rows
    }

    /// The catalogue type that a name outside the project denotes.
    pub fn external_type(&self, external: &External) -> Option<TypeId> {
        self.seek(external, |package, symbol| self.catalog.exported_type(package, symbol))
    }

    /// The name of something in a module outside the project, or of a module in it, where the catalogue speaks of it.
    pub(crate) fn known_inside<'a>(&self, module: &External, name: &str) -> Option<Ty<'a>> {
        if !self.catalog.may_hold(module.language, &module.module, name) {
            return None;
        }
        let mut inner = module.clone();
        inner.path.push(name.to_string());
        let known = |package, symbol: &str| {
            !self.catalog.export_rows(package, symbol).is_empty()
                || self.catalog.exported_type(package, symbol).is_some()
                || self.bases_called(package, symbol).next().is_some()
        };
        let found = self.seek(&inner, |package, symbol| known(package, symbol).then_some(()));
        let found = found.is_some() || self.bases_by_name(name).next().is_some() || self.is_module(&inner);
        found.then(|| Ty::External(inner.into()))
    }

    fn is_module(&self, external: &External) -> bool {
        let path = dotted(external).replace('.', external.language.semantics().separator);
        self.catalog.is_module(external.language, &path)
    }

    /// The rows that speak of a base.
    pub(crate) fn base_rows(&self, external: Option<&External>, written: &str) -> Vec<BaseRow> {
        let mut rows = Vec::new();
        if let Some(external) = external {
            self.seek(external, |package, symbol| {
                rows.extend(self.bases_called(package, symbol).cloned());
                None::<()>
            });
        }
        rows.extend(self.bases_by_name(written).cloned());
        rows
    }

    fn bases_called(&self, package: PackageId, symbol: &str) -> impl Iterator<Item = &BaseRow> {
        let rows = self.catalog.package(package).bases.iter();
        rows.filter(move |row| row.names.iter().any(|name| fits(name, symbol)))
    }

    fn bases_by_name(&self, written: &str) -> impl Iterator<Item = &BaseRow> {
        let rows = self.active.iter().flat_map(|package| self.catalog.package(*package).bases.iter());
        rows.filter(move |row| row.by_name && row.names.iter().any(|name| fits(name, written)))
    }

    /// Packages that a path may belong to, each with the name within it; the longest module first.
    pub fn symbols(&self, external: &External) -> Vec<(PackageId, String)> {
        let mut found = Vec::new();
        self.seek(external, |package, symbol| {
            found.push((package, symbol.to_string()));
            None::<()>
        });
        found
    }

    /// The first answer for the packages that a path may belong to, each with the name within it; the longest
    /// module first.
    pub(crate) fn seek<R>(&self, external: &External, answer: impl FnMut(PackageId, &str) -> Option<R>) -> Option<R> {
        match external.language.semantics().naming {
            Naming::Exports => self.seek_export(external, answer),
            _ => self.seek_path(external, answer),
        }
    }

    fn seek_export<R>(&self, external: &External, mut answer: impl FnMut(PackageId, &str) -> Option<R>) -> Option<R> {
        let module = external.module.strip_prefix("node:").unwrap_or(&external.module);
        let path = external.path.join(".");
        let name = if path.is_empty() { DEFAULT_EXPORT } else { &path };
        // Of CommonJS the default export is the module, with all that it has.
        let below = (!name.starts_with(DEFAULT_EXPORT)).then(|| format!("default.{name}"));
        let names = [Some(name), name.strip_prefix("default."), below.as_deref()];
        let packages = self.catalog.packages(external.language, module);
        let mut called = packages.flat_map(|package| names.into_iter().flatten().map(move |name| (package, name)));
        called.find_map(|(package, name)| answer(package, name))
    }

    fn seek_path<R>(&self, external: &External, mut answer: impl FnMut(PackageId, &str) -> Option<R>) -> Option<R> {
        let whole = dotted(external);
        if !self.catalog.may_have(external.language, &whole) {
            return None;
        }
        let separator = external.language.semantics().separator;
        let modules = whole.replace('.', separator);
        let (mut module, mut rest) = (modules.as_str(), "");
        loop {
            let outer = module.rsplit_once(separator).map(|(outer, _)| outer);
            for package in self.catalog.packages(external.language, module) {
                let deeper = if outer.is_none() { reexported(rest) } else { [None; 2] };
                let symbol = if rest.is_empty() { DEFAULT_EXPORT } else { rest };
                let mut names = [Some(symbol)].into_iter().chain(deeper).flatten();
                if let Some(found) = names.find_map(|name| answer(package, name)) {
                    return Some(found);
                }
            }
            let last = module.len() - outer?.len() - separator.len();
            rest = &whole[whole.len() - rest.len() - usize::from(!rest.is_empty()) - last..];
            module = outer?;
        }
    }
}

/// What a path may be called where it is exported less deep: the last names decide.
fn reexported(path: &str) -> [Option<&str>; 2] {
    let Some((around, last)) = path.rsplit_once('.') else { return [None; 2] };
    let owner = around.rsplit('.').next().unwrap_or_default();
    let both = &path[path.len() - last.len() - 1 - owner.len()..];
    [(!names_type(owner)).then_some(last), Some(both)]
}

/// Written as types are: what stands behind it is a member of the type, and no function of a module.
fn names_type(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
}

/// `*` at either end of the pattern stands for anything.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) if !end.is_empty() => name.ends_with(end),
        (_, Some(start)) if !start.is_empty() => name.starts_with(start),
        _ => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::reexported;

    #[test]
    fn functions_are_named_by_themselves_and_by_what_they_stand_in() {
        assert_eq!(reexported("get"), [None, None]);
        assert_eq!(reexported("pool.get"), [Some("get"), Some("pool.get")]);
        assert_eq!(reexported("a.Pool.get"), [None, Some("Pool.get")]);
    }
}
