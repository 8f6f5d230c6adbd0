//! Embeds the data files of `rules/` and the rule pages, so that the binary needs no folder beside it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(std::env::var("OUT_DIR").unwrap_or_default()).join("embedded.rs");
    println!("cargo:rerun-if-changed=rules");
    let mut code = String::new();
    for (name, folder) in
        [("CATALOG", "catalog"), ("FRAMEWORKS", "frameworks"), ("LIMITS", "limits"), ("ERRORS", "errors")]
    {
        let mut files = Vec::new();
        collect(&root.join("rules").join(folder), &mut files);
        files.sort();
        let _ = writeln!(code, "pub static {name}: &[(&str, &str)] = &[");
        for file in files {
            println!("cargo:rerun-if-changed={}", file.display());
            let shown = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            let _ = writeln!(code, "    ({shown:?}, include_str!({:?})),", file.to_string_lossy());
        }
        let _ = writeln!(code, "];");
    }
    if let Err(error) = std::fs::write(&out, code) {
        println!("cargo:warning=cannot write {}: {error}", out.display());
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
