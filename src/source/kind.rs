//! What a file is, by its name alone.
//!
//! Never looks into a file; knows no parser and no rule.

use std::path::Path;

use super::FileKind;

/// The kind of a file, or `None` when connlint has no use for it.
pub fn kind_of(path: &Path) -> Option<FileKind> {
    let name = path.file_name()?.to_str()?;
    if is_settings(path, name) {
        return Some(FileKind::Settings);
    }
    by_extension(path.extension()?.to_str()?)
}

/// Sources, by the endings of their names.
const EXTENSIONS: &[(&str, FileKind)] = &[
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
    ("py", FileKind::Python),
    ("pyi", FileKind::Python),
    ("rs", FileKind::Rust),
];

fn by_extension(extension: &str) -> Option<FileKind> {
    EXTENSIONS.iter().find(|(known, _)| *known == extension).map(|(_, kind)| *kind)
}

/// Glob patterns for the names of all files that a project's findings depend on.
pub fn watched() -> Vec<String> {
    let extensions: Vec<&str> = EXTENSIONS.iter().map(|(extension, _)| *extension).collect();
    let hidden = ["connlint.toml", ".connlint.toml", ".gitignore", ".ignore", "setup.py"];
    let names: Vec<&str> = SETTINGS.iter().copied().chain(hidden).collect();
    let patterns = SETTINGS_PATTERNS.iter().map(|(start, end)| format!("**/{start}*{end}"));
    let mut globs = vec![format!("**/*.{{{}}}", extensions.join(",")), format!("**/{{{}}}", names.join(","))];
    globs.extend(patterns);
    globs.push("**/requirements/*.txt".into());
    globs
}

/// Names that are settings as they stand.
const SETTINGS: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "Pipfile",
    "Procfile",
    "app.yaml",
    "app.yml",
    "deno.json",
    "deno.jsonc",
    "fly.toml",
    "netlify.toml",
    "package.json",
    "pnpm-workspace.yaml",
    "pyproject.toml",
    "railway.json",
    "railway.toml",
    "railway.yaml",
    "railway.yml",
    "render.yaml",
    "render.yml",
    "serverless.yaml",
    "serverless.yml",
    "setup.cfg",
    "template.yaml",
    "template.yml",
    "vercel.json",
    "wrangler.json",
    "wrangler.jsonc",
    "wrangler.toml",
];

/// Beginnings and endings of names that are settings; an empty part fits all.
const SETTINGS_PATTERNS: &[(&str, &str)] = &[
    (".env", ""),
    ("Dockerfile", ""),
    ("", ".Dockerfile"),
    ("", ".dockerfile"),
    ("", ".prisma"),
    ("", ".procfile"),
    ("compose", ".yaml"),
    ("compose", ".yml"),
    ("docker-compose", ".yaml"),
    ("docker-compose", ".yml"),
    ("jsconfig", ".json"),
    ("requirements", ".txt"),
    ("tsconfig", ".json"),
];

fn is_settings(path: &Path, name: &str) -> bool {
    SETTINGS.binary_search(&name).is_ok()
        || SETTINGS_PATTERNS.iter().any(|(start, end)| name.starts_with(start) && name.ends_with(end))
        || is_split_requirements(path, name)
}

/// `requirements/base.txt`
fn is_split_requirements(path: &Path, name: &str) -> bool {
    name.ends_with(".txt") && path.parent().is_some_and(|parent| parent.ends_with("requirements"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(path: &str) -> Option<FileKind> {
        kind_of(Path::new(path))
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(SETTINGS.is_sorted());
    }

    #[test]
    fn sources_are_known_by_extension() {
        assert_eq!(kind("a/b.ts"), Some(FileKind::TypeScript));
        assert_eq!(kind("a/b.mjs"), Some(FileKind::Tsx));
        assert_eq!(kind("next.config.js"), Some(FileKind::Tsx));
        assert_eq!(kind("setup.py"), Some(FileKind::Python));
        assert_eq!(kind("src/main.rs"), Some(FileKind::Rust));
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
        ];
        for name in names {
            assert_eq!(kind(name), Some(FileKind::Settings), "{name}");
        }
        for name in ["package-lock.json", "poetry.lock", "notes.txt", "pnpm-lock.yaml"] {
            assert_eq!(kind(name), None, "{name}");
        }
    }
}
