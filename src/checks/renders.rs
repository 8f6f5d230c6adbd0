//! Which frameworks a file's components belong to, where several look the same.
//!
//! The frameworks' rows say in which of them the body of a component runs once for each mount. Knows no framework.

use crate::catalog::PackageId;
use crate::catalog::schema::PackageFile;
use crate::values::Program;

impl Program<'_> {
    /// The file's package depends on the framework.
    pub fn depends_on(&self, file: u32, framework: PackageId) -> bool {
        let Some(own) = self.package_of(file) else { return false };
        self.catalog.package(framework).dependencies.iter().any(|name| own.dependencies.contains(name))
    }

    /// The functions of the file's components run once for each of their lives. Where the package depends on
    /// frameworks of both kinds, the file's imports decide.
    pub fn renders_once(&self, file: u32) -> bool {
        let once = |package: &PackageFile| package.components.iter().any(|row| row.body);
        let imported = |id: &PackageId| self.imports_from(file, self.catalog.package(*id));
        let (own, others): (Vec<PackageId>, Vec<PackageId>) =
            self.active.iter().copied().partition(|id| once(self.catalog.package(*id)));
        let own: Vec<PackageId> = own.into_iter().filter(|id| self.depends_on(file, *id)).collect();
        let has_components = |id: &&PackageId| !self.catalog.package(**id).components.is_empty();
        !own.is_empty() && (own.iter().any(imported) || !others.iter().filter(has_components).any(imported))
    }

    /// Its head says that it is for pages, where a framework's rows know files without that as the server's.
    pub fn is_of_page(&self, file: u32) -> bool {
        let rows = self.active.iter().flat_map(|id| &self.catalog.package(*id).files);
        let mut marks = rows.filter_map(|row| row.directive.strip_prefix('!'));
        marks.any(|mark| self.units[file as usize].has_directive(mark))
    }

    /// Some import of the file is from one of the package's modules.
    pub fn imports_from(&self, file: u32, package: &PackageFile) -> bool {
        let imports = &self.facts(file).imports;
        imports.iter().any(|import| package.modules.contains(&import.module))
    }
}
