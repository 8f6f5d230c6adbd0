//! The shape of the code: the order of the layers, what rules may not name, module docs.
//!
//! Reads the sources as text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A module may use those before it and itself.
const LAYERS: &[&str] = &[
    "facts",
    "source",
    "frontend",
    "cache",
    "catalog",
    "finding",
    "config",
    "suppress",
    "fix",
    "packages",
    "scope",
    "program",
    "body",
    "values",
    "graph",
    "summary",
    "contexts",
    "servers",
    "ownership",
    "capacity",
    "checks",
    "edits",
    "rules",
    "map",
    "session",
    "report",
    "lsp",
    "cli",
];

/// What the order alone would allow.
const FORBIDDEN: &[(&str, &str)] = &[
    ("source", "facts"),
    ("catalog", "frontend"),
    ("finding", "catalog"),
    ("rules", "frontend"),
    ("rules", "fix"),
    ("rules", "suppress"),
    ("report", "checks"),
    ("report", "program"),
    ("report", "values"),
    ("report", "frontend"),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(directory: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, extension, found);
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
}

/// Path relative to `src`, top module, text.
fn sources() -> Vec<(String, String, String)> {
    let src = root().join("src");
    let mut files = Vec::new();
    files_below(&src, "rs", &mut files);
    let describe = |path: PathBuf| {
        let relative = path.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
        let module = relative.split('/').next().unwrap().trim_end_matches(".rs").to_string();
        (relative, module, std::fs::read_to_string(path).unwrap())
    };
    files.into_iter().map(describe).collect()
}

/// The code without comments.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The top modules that a text names after `crate::`, alone or in braces.
fn used_modules(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, marker) in text.match_indices("crate::") {
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &text[at + marker.len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(group_heads(group)),
            None => {
                used.insert(first_name(rest));
            }
        }
    }
    used
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first names of a use group's parts, at its own depth.
fn group_heads(group: &str) -> Vec<String> {
    let mut heads = vec![first_name(group.trim_start())];
    let mut depth = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(first_name(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    heads.retain(|head| !head.is_empty());
    heads
}

fn rank(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| *layer == module)
}

#[test]
fn groups_of_imports_are_understood() {
    let text = "use crate::{facts::{A, B}, source::C}; fn f() { crate::fix::x() } $crate::no::x";
    let used: Vec<String> = used_modules(text).into_iter().collect();
    assert_eq!(used, ["facts", "fix", "source"]);
}

#[test]
fn layers_use_only_those_before_them() {
    let mut wrong = Vec::new();
    for (path, module, text) in sources() {
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let Some(own) = rank(&module) else {
            wrong.push(format!("{path}: the module `{module}` has no layer"));
            continue;
        };
        for used in used_modules(&code(&text)) {
            // Other names stand in string literals, as sources of lowering tests.
            let Some(rank) = rank(&used) else { continue };
            if rank > own || FORBIDDEN.contains(&(module.as_str(), used.as_str())) {
                wrong.push(format!("{path}: `{module}` must not know `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_frontends_name_parsers() {
    const PARSERS: &[&str] = &["tree_sitter", "syn::", "proc_macro2"];
    let mut wrong = Vec::new();
    for (path, module, text) in sources() {
        let code = code(&text);
        let named = PARSERS.iter().filter(|parser| code.contains(**parser));
        if module != "frontend" {
            wrong.extend(named.map(|parser| format!("{path}: names `{parser}`")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The packages of the catalogue and the frameworks, as string literals.
fn library_names() -> Vec<String> {
    let mut files = Vec::new();
    files_below(&root().join("rules/catalog"), "toml", &mut files);
    files_below(&root().join("rules/frameworks"), "toml", &mut files);
    let packages = files.iter().filter_map(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().find_map(|line| line.strip_prefix("package = ").map(|name| name.trim().to_string()))
    });
    packages.collect()
}

#[test]
fn rules_name_no_library() {
    let names = library_names();
    let mut wrong = Vec::new();
    for (path, module, text) in sources() {
        if module == "rules" {
            let code = code(&text);
            let named = names.iter().filter(|name| code.contains(name.as_str()));
            wrong.extend(named.map(|name| format!("{path}: names the library {name}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_has_a_module_doc() {
    let undocumented: Vec<String> =
        sources().into_iter().filter(|(_, _, text)| !text.starts_with("//!")).map(|(path, _, _)| path).collect();
    assert_eq!(undocumented, Vec::<String>::new());
}

#[test]
fn every_rule_file_is_small() {
    for (path, module, text) in sources() {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        assert!(module != "rules" || lines <= 500, "{path}: {lines} lines");
    }
}
