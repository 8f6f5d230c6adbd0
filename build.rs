//! Packs the data files of `rules/` into the program, so that it needs no folder beside it and parses
//! none of them when it starts; and names the build, so that it takes no other build's cache for its own.
//!
//! A data file that does not have the form of its folder ends the build, with its name.

// What is packed here has to be what the program unpacks.
#[allow(dead_code)]
#[path = "src/catalog/endings.rs"]
mod endings;
#[allow(dead_code)]
#[path = "src/catalog/frameworks.rs"]
mod frameworks;
#[allow(dead_code)]
#[path = "src/catalog/openers.rs"]
mod openers;
#[allow(dead_code)]
#[path = "src/catalog/places.rs"]
mod places;
#[allow(dead_code)]
#[path = "src/catalog/schema.rs"]
mod schema;
#[allow(dead_code)]
#[path = "src/catalog/servers.rs"]
mod servers;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use serde::de::DeserializeOwned;

use places::PlacesFile;
use schema::{Ecosystem, PackageFile};
use servers::{ErrorsFile, LimitsFile};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            message.lines().for_each(|line| println!("cargo::error={line}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).map(PathBuf::from).map_err(|error| format!("{name}: {error}"));
    let (root, out) = (variable("CARGO_MANIFEST_DIR")?, variable("OUT_DIR")?);
    let rules = root.join("rules");
    println!("cargo:rerun-if-changed={}", rules.display());
    let mut packages: Vec<PackageFile> = read(&rules.join("catalog"), of_folder)?;
    packages.extend(read(&rules.join("frameworks"), |_, file| file)?);
    let settings: Vec<PlacesFile> = read(&rules.join("settings"), |_, file| file)?;
    let names: Vec<&str> = settings.iter().flat_map(|file| &file.files).map(String::as_str).collect();
    write(&out.join("settings_names.rs"), format!("&{names:?}\n").as_bytes())?;
    let scripts: Vec<&str> = settings.iter().flat_map(|file| &file.scripts).map(String::as_str).collect();
    write(&out.join("script_names.rs"), format!("&{scripts:?}\n").as_bytes())?;
    pack(&out.join("packages"), &packages)?;
    pack(&out.join("settings"), &settings)?;
    let limits: Vec<LimitsFile> = read(&rules.join("limits"), |_, file| file)?;
    write(&out.join("hosted_domains.rs"), format!("&{:?}\n", hosted_domains(&limits)).as_bytes())?;
    pack(&out.join("limits"), &limits)?;
    pack(&out.join("errors"), &read::<ErrorsFile>(&rules.join("errors"), |_, file| file)?)?;
    write(&out.join("words.rs"), words(&rules.join("words"))?.as_bytes())?;
    println!("cargo:rustc-env=CONNLINT_BUILD={:016x}", build(&root));
    Ok(())
}

/// The data files below a folder, in the order of their paths.
fn read<T: DeserializeOwned>(folder: &Path, finish: fn(&Path, T) -> T) -> Result<Vec<T>, String> {
    let mut paths = Vec::new();
    collect(folder, "toml", &mut paths);
    paths.sort();
    let one = |path: &PathBuf| {
        println!("cargo:rerun-if-changed={}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let file = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(finish(path, file))
    };
    paths.iter().map(one).collect()
}

/// One concept of `rules/words`: names that say what something unknown probably is or does.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Concept {
    about: String,
    words: Vec<String>,
}

/// Rust source: a module a file of words, a constant a concept.
fn words(folder: &Path) -> Result<String, String> {
    let mut paths = Vec::new();
    collect(folder, "toml", &mut paths);
    paths.sort();
    let mut out = String::new();
    for path in paths {
        println!("cargo:rerun-if-changed={}", path.display());
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let concepts: BTreeMap<String, Concept> =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let module = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        out.push_str(&format!("pub(crate) mod {module} {{\n"));
        for (name, Concept { about, words }) in concepts {
            out.push_str(&format!("    #[doc = {about:?}]\n"));
            out.push_str(&format!("    pub(crate) const {}: &[&str] = &{words:?};\n", name.to_uppercase()));
        }
        out.push_str("}\n");
    }
    Ok(out)
}

/// What the hosts of servers end in, where their beginning differs from project to project; the longest first.
fn hosted_domains(limits: &[LimitsFile]) -> Vec<&str> {
    let hosts = limits.iter().flat_map(|file| &file.endpoints).map(|endpoint| endpoint.host.as_str());
    let fixed = hosts.filter_map(|host| Some(host.rsplit_once('*')?.1.split_once('.')?.1));
    let mut domains: Vec<&str> = fixed.filter(|domain| domain.contains('.')).collect();
    domains.sort_by_key(|domain| (std::cmp::Reverse(domain.len()), *domain));
    domains.dedup();
    domains
}

/// The folder of a file of the catalogue says its ecosystem.
fn of_folder(path: &Path, file: PackageFile) -> PackageFile {
    let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let ecosystem = match folder {
        "npm" => Some(Ecosystem::Npm),
        "pypi" => Some(Ecosystem::Pypi),
        "crates" => Some(Ecosystem::Crates),
        "browser" => Some(Ecosystem::Browser),
        _ => file.ecosystem,
    };
    PackageFile { ecosystem, ..file }
}

fn pack<T: Serialize>(out: &Path, data: &[T]) -> Result<(), String> {
    let bytes = postcard::to_stdvec(data).map_err(|error| format!("{}: {error}", out.display()))?;
    write(out, &bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// A hash over everything that facts can depend on.
fn build(root: &Path) -> u64 {
    let mut files = vec![root.join("Cargo.lock")];
    collect(&root.join("src"), "rs", &mut files);
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        println!("cargo:rerun-if-changed={}", file.display());
        std::fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}

fn collect(folder: &Path, wanted: &str, files: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, wanted, files);
        } else if path.extension().is_some_and(|extension| extension == wanted) {
            files.push(path);
        }
    }
}
