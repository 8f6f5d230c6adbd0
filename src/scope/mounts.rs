//! Which files may have effects: code that runs while something is shown, and code that ends it.
//!
//! The names that start effects are what the catalogue says. Knows no framework, and not what effects open.

use rustc_hash::FxHashMap;

use super::postings::Postings;
use super::specifiers::{last, plain};
use crate::catalog::pattern::Wildcard;
use crate::catalog::schema::{Ecosystem, PackageFile, Run};
use crate::catalog::{Catalog, language};
use crate::facts::Language;
use crate::frontend::scan::{Scan, name_hash};

/// By framework.
#[derive(Default)]
pub struct Mounts(Vec<Framework>);

/// The names of one package that start or end effects, as hashes.
struct Framework {
    /// Specifiers; those with a `*` are patterns. `None`: every page has it.
    modules: Option<Vec<String>>,
    /// Names that mean it in all files of a project that uses it.
    telling: Vec<u32>,
    /// Everyday words, which mean it in files that import it.
    words: Vec<u32>,
    /// Files may use it that import nothing of it.
    ambient: bool,
    /// The body of its components runs for each mount, whether it names a hook or not.
    bodies: bool,
}

impl Mounts {
    pub fn of(catalog: &Catalog) -> Self {
        let scripts = catalog.files.iter().filter(|file| language(file.ecosystem) == Language::Script);
        let frameworks = scripts.map(Framework::of).filter(|of| !of.telling.is_empty() || !of.words.is_empty());
        Self(frameworks.collect())
    }

    /// For each file whether it mentions what starts an effect.
    ///
    /// `components`: the project has files that are components, so that it may use a framework that no file imports.
    pub fn mark(&self, scans: &[&Scan], components: bool, postings: &Postings) -> Vec<bool> {
        let mut marked = vec![false; scans.len()];
        for (framework, importers) in self.0.iter().zip(self.importers(scans)) {
            let everywhere = framework.modules.is_none() || framework.ambient || components;
            if importers.is_empty() && !everywhere {
                continue;
            }
            let telling = framework.telling.iter().flat_map(|name| postings.files_of(*name));
            let says = |at: &usize| framework.bodies || framework.words.iter().any(|word| scans[*at].mentions(*word));
            telling.chain(importers.iter().copied().filter(says)).for_each(|at| marked[at] = true);
        }
        marked
    }

    /// For each framework the files that import it.
    fn importers(&self, scans: &[&Scan]) -> Vec<Vec<usize>> {
        let mut exact: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        let mut patterns: Vec<(Wildcard, usize)> = Vec::new();
        for (framework, own) in self.0.iter().enumerate() {
            for module in own.modules.iter().flatten() {
                match Wildcard::parse(module) {
                    Some(pattern) => patterns.push((pattern, framework)),
                    None => exact.entry(module).or_default().push(framework),
                }
            }
        }
        let mut importers = vec![Vec::new(); self.0.len()];
        for (at, scan) in scans.iter().enumerate() {
            for module in scan.imports.iter().map(|module| plain(module)) {
                let below = patterns.iter().filter(|(pattern, _)| pattern.fits(module));
                let named = exact.get(module).into_iter().flatten().copied();
                named.chain(below.map(|(_, framework)| *framework)).for_each(|of| importers[of].push(at));
            }
        }
        importers
    }
}

impl Framework {
    fn of(file: &PackageFile) -> Self {
        let platform = file.ecosystem == Some(Ecosystem::Browser);
        let modules = (!platform).then(|| file.modules.clone());
        let bodies = file.components.iter().any(|row| row.body);
        let mut framework = Self { modules, telling: Vec::new(), words: Vec::new(), ambient: file.ambient, bodies };
        let effects = file.handovers.iter().filter(|row| matches!(row.run, Run::Mount | Run::Unmount));
        // Whoever keeps state renders, with or without an effect, and has handlers of events.
        let kept = file.components.iter().flat_map(|row| &row.first);
        effects.flat_map(|row| &row.calls).chain(kept).for_each(|call| framework.add_call(call));
        let methods = file.components.iter().flat_map(|row| row.mount.iter().chain(&row.unmount));
        // A component with nothing but a constructor is known by its decorator.
        let built = file.components.iter().filter(|row| row.mount.iter().any(|name| name == "constructor"));
        let methods = methods.filter(|name| *name != "constructor");
        // Whoever extends a component's class elsewhere has methods of the same names.
        let names = methods.chain(built.flat_map(|row| &row.decorators));
        framework.telling.extend(names.map(|name| name_hash(name)));
        framework
    }

    fn add_call(&mut self, call: &str) {
        if let Some(global) = call.strip_prefix("global:") {
            self.telling.extend(global.split('.').next().map(name_hash));
            return;
        }
        let Some(name) = last(call) else { return };
        let names = if tells(name) { &mut self.telling } else { &mut self.words };
        names.push(name_hash(name));
    }
}

/// Not one word of small letters: `watch` and `default` are in the files of everybody.
fn tells(name: &str) -> bool {
    name.contains(|c: char| !c.is_ascii_lowercase())
}
