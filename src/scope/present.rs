//! Which packages of the catalogue a project may use: what the others call their methods means nothing in it.

use rustc_hash::FxHashSet;

use super::known::Known;
use super::postings::Postings;
use super::specifiers::{plain, roots};
use crate::catalog::pattern::Wildcard;
use crate::catalog::schema::{Ecosystem, PackageFile};
use crate::catalog::{Catalog, language};
use crate::facts::Language;
use crate::frontend::scan::name_hash;
use crate::packages::manifests::renamed;
use crate::source::{FileKind, SourceFile};

/// The manifests that list packages of scripts; the other languages name a package wherever they use it.
const MANIFEST: &str = "package.json";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Present {
    /// By the place of a package's file in the catalogue.
    packages: Vec<bool>,
    /// The names under which manifests list packages that are called otherwise, with these.
    renamed: Vec<(Language, String, String)>,
}

impl Present {
    pub fn of(catalog: &Catalog, files: &[SourceFile], contents: &[impl AsRef<Known>], postings: &Postings) -> Self {
        let imports = contents.iter().flat_map(|known| &known.as_ref().scan.imports);
        let imported: FxHashSet<&str> = imports.map(|module| plain(module)).collect();
        let named = |module: &str| match Wildcard::parse(module) {
            Some(pattern) => imported.iter().any(|module| pattern.fits(module)),
            None => imported.contains(plain(module)),
        };
        let renamed = renamed_in(files);
        let aliases = |language: Language, name: &str| {
            let own = renamed.iter().filter(|(of, _, real)| *of == language && real == name);
            own.map(|(_, alias, _)| alias.clone()).collect::<Vec<String>>()
        };
        let is_manifest = |file: &&SourceFile| {
            file.kind == FileKind::Settings && file.path.rsplit('/').next().is_some_and(|name| name == MANIFEST)
        };
        let listed: FxHashSet<&str> = files.iter().filter(is_manifest).flat_map(|file| file.text.split('"')).collect();
        let mentioned = |file: &PackageFile, module: &str| {
            let root = module.split(['.', ':']).next().unwrap_or_default();
            let names = roots(file, root);
            let others: Vec<String> = names.iter().flat_map(|name| aliases(language(file.ecosystem), name)).collect();
            names.iter().chain(&others).any(|root| postings.files_of(name_hash(root)).next().is_some())
        };
        let is_present = |file: &PackageFile| match language(file.ecosystem) {
            _ if file.ecosystem == Some(Ecosystem::Browser) || file.modules.is_empty() => true,
            Language::Script => {
                file.modules.iter().any(|module| named(module))
                    || file
                        .dependencies
                        .iter()
                        .any(|name| listed.contains(name.as_str()) || !aliases(Language::Script, name).is_empty())
            }
            Language::Python | Language::Rust => file.modules.iter().any(|module| mentioned(file, module)),
        };
        let mut present: Vec<bool> = catalog.files.iter().map(is_present).collect();
        let named = |name: &str| catalog.files.iter().position(|file| file.package == name);
        let mut queue: Vec<usize> = (0..present.len()).filter(|at| present[*at]).collect();
        while let Some(at) = queue.pop() {
            for of in given(catalog, at).filter_map(named) {
                queue.extend((!std::mem::replace(&mut present[of], true)).then_some(of));
            }
        }
        Self { packages: present, renamed }
    }

    /// Whether the project may use the package of a file of the catalogue.
    pub fn has(&self, file: usize) -> bool {
        self.packages[file]
    }

    /// The names under which manifests list packages that are called otherwise: language, name in code, package.
    pub fn renamed(&self) -> &[(Language, String, String)] {
        &self.renamed
    }
}

fn renamed_in(files: &[SourceFile]) -> Vec<(Language, String, String)> {
    let languages = [Language::Script, Language::Python, Language::Rust];
    let of = |registry| languages.into_iter().find(|language| language.semantics().registry == registry);
    renamed(files).into_iter().filter_map(|(registry, alias, name)| Some((of(registry)?, alias, name))).collect()
}

/// The packages whose types another package gives: `pg` of `pg.Pool`.
fn given(catalog: &Catalog, at: usize) -> impl Iterator<Item = &str> {
    let file = &catalog.files[at];
    let made = file.makes.iter().map(|row| &row.gives);
    let handed = file.handovers.iter().map(|row| &row.gives);
    let asked = file.types.iter().flat_map(|row| &row.methods).map(|row| &row.gives);
    made.chain(handed).chain(asked).filter_map(|gives| gives.rsplit_once('.')?.0.rsplit(':').next())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::catalog::Own;
    use crate::scope::memory::Memory;
    use crate::source::kind_of;

    fn file(path: &str, text: &str) -> SourceFile {
        let kind = kind_of(path.as_ref()).unwrap();
        SourceFile { path: path.into(), absolute: path.into(), kind, text: text.into() }
    }

    fn is_present(catalog: &Catalog, memory: &Memory, files: &[SourceFile]) -> Present {
        let sources = files.iter().filter(|file| file.kind != FileKind::Settings);
        let contents: Vec<Arc<Known>> = sources.map(|file| memory.of(file)).collect();
        Present::of(catalog, files, &contents, &Postings::of(&contents, &memory.postings, &memory.asked))
    }

    #[test]
    fn packages_are_used_where_they_are_imported_listed_or_named() {
        let (catalog, memory) = (Catalog::load(&Own::default()).unwrap(), Memory::default());
        let files = [
            file("package.json", r#"{"dependencies": {"ioredis": "5.4.1"}}"#),
            file("src/db.ts", "import Pool from \"pg-pool\";"),
            file("src/cache.py", "import aiomysql"),
            file("src/main.rs", "use deadpool_redis::Pool;"),
        ];
        let present = is_present(&catalog, &memory, &files);
        let has = |ecosystem, package: &str| {
            let named = |file: &PackageFile| file.package == package && file.ecosystem == Some(ecosystem);
            present.has(catalog.files.iter().position(named).unwrap())
        };
        assert!(has(Ecosystem::Npm, "ioredis") && has(Ecosystem::Npm, "pg-pool"));
        assert!(has(Ecosystem::Npm, "pg"), "its pool is what pg-pool gives");
        assert!(has(Ecosystem::Pypi, "aiomysql") && has(Ecosystem::Crates, "deadpool-redis"));
        assert!(!has(Ecosystem::Npm, "mysql2") && !has(Ecosystem::Pypi, "asyncpg") && !has(Ecosystem::Crates, "ldap3"));
    }

    #[test]
    fn what_was_known_of_files_goes_with_the_names_that_said_it() {
        let (catalog, memory) = (Catalog::load(&Own::default()).unwrap(), Memory::default());
        let user = file("src/db.ts", "import { open } from \"./open\"; export const pool = open().connect();");
        let before = [user.clone()];
        let mut contents = vec![memory.of(&user)];
        let seeds = memory.seeds(&catalog, is_present(&catalog, &memory, &before), &mut contents);
        assert!(contents[0].lowered(&user, &memory, &seeds).unwrap().1.made.is_empty());
        let after =
            [user.clone(), file("src/open.ts", "import { Pool } from \"pg\"; export const open = () => new Pool();")];
        let present = is_present(&catalog, &memory, &after);
        let seeds = memory.seeds(&catalog, present, &mut contents);
        assert_eq!(contents[0].lowered(&user, &memory, &seeds).unwrap().1.made.len(), 1);
        assert!(Arc::ptr_eq(&contents[0], &memory.of(&user)));
    }
}
