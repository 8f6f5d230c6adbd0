//! What a file is, by its name alone.
//!
//! Never looks into a file; knows no parser and no rule.

use std::path::Path;
use std::sync::LazyLock;

use super::FileKind;
use super::globs::Globs;

/// The kind of a file, or `None` when connlint has no use for it.
pub fn kind_of(path: &Path) -> Option<FileKind> {
    let name = path.file_name()?.to_string_lossy();
    if is_settings(path, &name) {
        return Some(FileKind::Settings);
    }
    path.extension()?;
    by_ending(&name)
}

/// What the name of a template ends with that stands in a file of its own, beside its component's.
pub const TEMPLATE: &str = "component.html";

/// Sources, by the endings of their names.
const ENDINGS: &[(&str, FileKind)] = &[
    ("ts", FileKind::TypeScript),
    ("mts", FileKind::TypeScript),
    ("cts", FileKind::TypeScript),
    ("tsx", FileKind::Tsx),
    ("js", FileKind::Tsx),
    ("jsx", FileKind::Tsx),
    ("mjs", FileKind::Tsx),
    ("cjs", FileKind::Tsx),
    ("vue", FileKind::Vue),
    ("svelte", FileKind::Svelte),
    ("astro", FileKind::Astro),
    (TEMPLATE, FileKind::Template),
    ("py", FileKind::Python),
    ("pyi", FileKind::Python),
    ("rs", FileKind::Rust),
];

fn by_ending(name: &str) -> Option<FileKind> {
    let ends = |known: &str| name.strip_suffix(known).is_some_and(|stem| stem.ends_with('.'));
    ENDINGS.iter().find(|(known, _)| ends(known)).map(|(_, kind)| *kind)
}

/// Glob patterns for the names of all files that a project's findings depend on.
pub fn watched() -> Vec<String> {
    let endings: Vec<&str> = ENDINGS.iter().map(|(ending, _)| *ending).collect();
    let hidden = ["connlint.toml", ".connlint.toml", "connlint-baseline.jsonl", ".gitignore", ".ignore", "setup.py"];
    let names: Vec<&str> = SETTINGS.iter().chain(SCRIPTS).copied().chain(hidden).collect();
    vec![format!("**/*.{{{}}}", endings.join(",")), format!("**/{{{}}}", names.join(","))]
}

/// Globs over names, or over names with their folder's: `rules/settings` has them.
static SETTINGS: &[&str] = include!(concat!(env!("OUT_DIR"), "/settings_names.rs"));

/// The same for shell scripts whose names have no ending.
static SCRIPTS: &[&str] = include!(concat!(env!("OUT_DIR"), "/script_names.rs"));

/// The globs of names, and those of names with a folder.
static GLOBS: LazyLock<[Globs; 2]> = LazyLock::new(|| globs(SETTINGS));
static SCRIPT_GLOBS: LazyLock<[Globs; 2]> = LazyLock::new(|| globs(SCRIPTS));

fn globs(all: &'static [&'static str]) -> [Globs; 2] {
    [false, true].map(|with_folder| Globs::new(all.iter().filter(|glob| glob.contains('/') == with_folder)))
}

fn is_settings(path: &Path, name: &str) -> bool {
    let plain = !name.contains('.') && fits(&SCRIPT_GLOBS, path, name);
    plain || fits(&GLOBS, path, name)
}

fn fits([names, folders]: &[Globs; 2], path: &Path, name: &str) -> bool {
    if names.fit(name) {
        return true;
    }
    let folder = path.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
    folder.is_some_and(|folder| folders.fit(&format!("{folder}/{name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str) -> Option<FileKind> {
        kind_of(Path::new(path))
    }

    #[test]
    fn every_glob_of_the_data_is_one() {
        assert!(SETTINGS.len() > 30);
        let wrong: Vec<&&str> = SETTINGS.iter().filter(|glob| fast_glob::validate(glob).is_err()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn sources_are_known_by_ending() {
        assert_eq!(kind("a/b.ts"), Some(FileKind::TypeScript));
        assert_eq!(kind("a/b.mjs"), Some(FileKind::Tsx));
        assert_eq!(kind("next.config.js"), Some(FileKind::Tsx));
        assert_eq!(kind("setup.py"), Some(FileKind::Python));
        assert_eq!(kind("src/main.rs"), Some(FileKind::Rust));
        assert_eq!(kind("src/app/app.component.html"), Some(FileKind::Template));
        assert_eq!(kind("src/index.html"), None);
        assert_eq!(kind("README.md"), None);
        assert_eq!(kind("Makefile"), None);
    }

    #[test]
    fn settings_are_known_by_name() {
        let names = [
            ".env",
            ".env.local",
            "tsconfig.base.json",
            "requirements-dev.txt",
            "requirements/prod.txt",
            "prisma/schema.prisma",
            "docker-compose.prod.yml",
            "Dockerfile.worker",
            "Cargo.lock",
            "k8s/api.yaml",
            "ecosystem.config.json",
            "chart/values-prod.yaml",
        ];
        for name in names {
            assert_eq!(kind(name), Some(FileKind::Settings), "{name}");
        }
        for name in ["package-lock.json", "poetry.lock", "notes.txt", "pnpm-lock.yaml", "locales/api.yaml"] {
            assert_eq!(kind(name), None, "{name}");
        }
    }
}
