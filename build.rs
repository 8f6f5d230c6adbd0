//! Embeds the data files of `rules/`, so that the binary needs no folder beside it, and names the
//! build, so that it takes no other build's cache for its own.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    println!("cargo:rerun-if-changed=rules");
    let mut code = String::new();
    let mut names = String::from("&[");
    let folders = [
        ("CATALOG", "catalog"),
        ("FRAMEWORKS", "frameworks"),
        ("LIMITS", "limits"),
        ("ERRORS", "errors"),
        ("SETTINGS", "settings"),
    ];
    for (name, folder) in folders {
        let mut files = Vec::new();
        collect(&root.join("rules").join(folder), "toml", &mut files);
        files.sort();
        let _ = writeln!(code, "pub static {name}: &[(&str, &str)] = &[");
        for file in files {
            println!("cargo:rerun-if-changed={}", file.display());
            if folder == "settings" {
                names.push_str(&settings_names(&file));
            }
            let shown = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            let _ = writeln!(code, "    ({shown:?}, include_str!({:?})),", file.to_string_lossy());
        }
        let _ = writeln!(code, "];");
    }
    println!("cargo:rustc-env=CONNLINT_BUILD={:016x}", build(&root));
    write(&out, &code);
    names.push_str("]\n");
    write(&out.with_file_name("settings_names.rs"), &names);
}

fn write(path: &Path, code: &str) {
    if let Err(error) = std::fs::write(path, code) {
        println!("cargo:warning=cannot write {}: {error}", path.display());
    }
}

/// The globs of `files = ["a", "b"]`, the first table of a file of `rules/settings`.
fn settings_names(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("files = [")).unwrap_or_default();
    format!("{}, ", line.trim_end().trim_end_matches(']'))
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
