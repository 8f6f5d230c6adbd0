//! Modules that only maintenance runs, beyond what their own paths tell: those that a package's scripts for
//! migrations name, those in the folder that a migration tool's settings name. Not those of a program that serves.
//!
//! What product code imports is product code, whoever else runs it. Knows no tool by name: the words are data.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::Catalog;
use crate::catalog::places::PlacesFile;
use crate::facts::{Import, Literal};
use crate::frontend::settings::{lower_manifest, lower_settings};
use crate::packages::kinds::{FileClass, classify};
use crate::packages::manifests::Manifests;
use crate::packages::paths::{join, parent};
use crate::packages::settings::files::fits;
use crate::packages::settings::workloads::fits_name;
use crate::packages::unit::Unit;
use crate::source::{FileKind, SourceFile};

/// Takes the sources of packages that listen for product code, whatever the package is called: many a `cli` has
/// the command that starts the server.
pub fn unmark(units: &mut [Unit], manifests: &Manifests, catalog: &Catalog) {
    for unit in units.iter_mut().filter(|unit| unit.class == FileClass::Script) {
        let package = manifests.package_of(&unit.path).filter(|package| package.listens(catalog));
        let inner = package.and_then(|package| unit.path.strip_prefix(&package.folder));
        if inner.is_some_and(|inner| classify(inner.trim_start_matches('/')) == FileClass::Source) {
            unit.class = FileClass::Source;
        }
    }
}

/// Takes what is run by hand or by a deployment for scripts.
pub fn mark(units: &mut [Unit], files: &[SourceFile], catalog: &Catalog) {
    let settings = files.iter().filter(|file| file.kind == FileKind::Settings);
    let (mut modules, mut folders) = (BTreeSet::new(), Vec::new());
    for file in settings {
        for place in &catalog.places {
            modules.extend(scripts(place, file));
            folders.extend(homes(place, file));
            modules.extend(commands(place, file));
        }
    }
    if modules.is_empty() && folders.is_empty() {
        return;
    }
    let product = |unit: &Unit| unit.class == FileClass::Source;
    let importing = units.iter().filter(|unit| product(unit));
    let imported: FxHashSet<&str> =
        importing.flat_map(|unit| unit.facts.imports.iter().map(|import| tail(&import.module))).collect();
    let used: Vec<FxHashSet<usize>> = folders.iter().map(|folder| used_outside(units, folder)).collect();
    let is_script = |at: usize| {
        let unit = &units[at];
        let named = modules.contains(&unit.path) && !imported.contains(stem(&unit.path));
        let mut homes = folders.iter().zip(&used);
        let inside = homes.any(|(folder, used)| is_within(&unit.path, folder) && !used.contains(&at));
        product(unit) && (named || inside)
    };
    let scripts: Vec<usize> = (0..units.len()).filter(|at| is_script(*at)).collect();
    scripts.into_iter().for_each(|at| units[at].class = FileClass::Script);
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// The files of a folder that product code outside of it imports, and those that these import.
fn used_outside(units: &[Unit], folder: &str) -> FxHashSet<usize> {
    let (inside, outside): (Vec<usize>, Vec<usize>) =
        (0..units.len()).partition(|at| is_within(&units[*at].path, folder));
    let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for at in inside {
        by_name.entry(names_of(&units[at].path).next().unwrap_or_default()).or_default().push(at);
    }
    let mut found = FxHashSet::default();
    let mut queue: Vec<usize> = outside.into_iter().filter(|at| units[*at].class == FileClass::Source).collect();
    while let Some(from) = queue.pop() {
        for import in &units[from].facts.imports {
            let names = [&import.module, &import.name].map(|name| parts(name).next().unwrap_or_default());
            let named = names.iter().filter_map(|name| by_name.get(name)).flatten().copied();
            let new: Vec<usize> = named.filter(|at| means(import, &units[*at].path) && found.insert(*at)).collect();
            queue.extend(new);
        }
    }
    found
}

/// The names of a module and of the folders around it, from the last.
fn names_of(path: &str) -> impl Iterator<Item = &str> {
    let path = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    path.trim_end_matches("/__init__").rsplit('/')
}

/// The parts of a module's name, from the last.
fn parts(module: &str) -> impl Iterator<Item = &str> {
    let module = module.trim_end_matches(".js").trim_end_matches(".ts");
    module.rsplit(['.', '/']).filter(|part| !part.is_empty())
}

/// The import may mean the module: the last parts of its name are the last ones of the path.
fn means(import: &Import, path: &str) -> bool {
    let ends = |module: &str| {
        let mut parts = parts(module).peekable();
        parts.peek().is_some() && parts.zip(names_of(path)).all(|(part, own)| part == own)
    };
    ends(&import.module) || ends(&format!("{}.{}", import.module, import.name))
}

/// The files that a manifest's scripts for maintenance name.
fn scripts(place: &PlacesFile, file: &SourceFile) -> Vec<String> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if place.one_off_scripts.is_empty() || name != "package.json" {
        return Vec::new();
    }
    let Ok(manifest) = lower_manifest(&file.path, &file.text) else { return Vec::new() };
    let about = |text: &str| place.one_off_scripts.iter().any(|word| text.contains(word.as_str()));
    let does = |name: &str| place.one_off_verbs.iter().any(|verb| name.split([':', '-', '_']).next() == Some(verb));
    // `migrate && node server.js` migrates first.
    let own = manifest.scripts.iter().flat_map(|(name, command)| {
        let whole = about(name) || does(name);
        command.split(['&', ';', '|']).filter(move |part| whole || about(part))
    });
    let words = own.flat_map(|command| command.split([' ', '"', '\'', '=']));
    words.filter(|word| word.contains('.')).filter_map(|word| join(parent(&file.path), word)).collect()
}

/// The files that commands name which run once and end.
fn commands(place: &PlacesFile, file: &SourceFile) -> Vec<String> {
    let rows = place.one_off_commands.iter().filter_map(|row| row.split_once(':'));
    let keys: Vec<&str> = rows.filter(|(glob, _)| fits_name(glob, &file.path)).map(|(_, key)| key).collect();
    let Some(settings) = (!keys.is_empty()).then(|| lower_settings(&file.path, &file.text).ok()).flatten() else {
        return Vec::new();
    };
    let own = settings.entries.iter().filter(|entry| keys.iter().any(|key| fits(key, &entry.key)));
    own.filter_map(|entry| entry.text()).flat_map(|command| modules_of(parent(&file.path), command)).collect()
}

/// `python release.py`, `python -m app.release`, `node dist/release.js`: the paths that a command may mean.
fn modules_of(folder: &str, command: &str) -> Vec<String> {
    let words: Vec<&str> = command.split([' ', '"', '\'', '=', ';', '&', '|']).collect();
    let named = words.iter().enumerate().filter_map(|(at, word)| {
        let by_module = at > 0 && words[at - 1] == MODULE_FLAG;
        match by_module {
            true => join(folder, &format!("{}.py", word.replace('.', "/"))),
            false => word.contains('.').then(|| join(folder, word))?,
        }
    });
    named.collect()
}

/// What stands before the name of a module.
const MODULE_FLAG: &str = "-m";

/// The folders that a settings file of a migration tool names.
fn homes(place: &PlacesFile, file: &SourceFile) -> Vec<String> {
    let rows = place.one_off_folders.iter().filter_map(|row| row.split_once(':'));
    let own = rows.filter(|(name, _)| file.path.rsplit('/').next() == Some(name));
    let keys: Vec<&str> = own.map(|(_, key)| key).collect();
    let Some(settings) = (!keys.is_empty()).then(|| lower_settings(&file.path, &file.text).ok()).flatten() else {
        return Vec::new();
    };
    let texts = keys.iter().filter_map(|key| match &settings.entry(key)?.value {
        // Ini files name their own folder by a placeholder.
        Literal::Str(text) => Some(text.trim_start_matches("%(here)s/").to_string()),
        _ => None,
    });
    texts.filter_map(|text| join(parent(&file.path), &text)).filter(|folder| !folder.is_empty()).collect()
}

fn tail(module: &str) -> &str {
    let last = module.rsplit('/').next().unwrap_or_default();
    last.strip_suffix(".js").or_else(|| last.strip_suffix(".ts")).unwrap_or(last).rsplit('.').next().unwrap_or_default()
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(stem, _)| stem)
}
