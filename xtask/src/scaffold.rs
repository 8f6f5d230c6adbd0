//! New rules and packages from templates.
//!
//! Never overwrites a file; knows the folders' layout and nothing of what rules do.

use std::path::Path;

use crate::failed;

/// A rule's page and its first fixture.
pub fn rule(root: &Path, id: &str) -> Result<(), String> {
    if !is_kebab(id) {
        return Err(format!("`{id}`: a rule's id is lower case words joined by `-`"));
    }
    create(&root.join(format!("rules/{id}.md")), &page(id))?;
    create(&root.join(format!("fixtures/{id}/basic.md")), &fixture(id))?;
    create(&root.join(format!("src/rules/{}.rs", id.replace('-', "_"))), &module(id))?;
    println!("now register it in src/rules/mod.rs, and list it in CHANGELOG.md");
    Ok(())
}

/// A package's file in the catalogue.
pub fn package(root: &Path, ecosystem: &str, name: &str) -> Result<(), String> {
    if !["npm", "pypi", "crates", "browser"].contains(&ecosystem) {
        return Err(format!("`{ecosystem}`: the ecosystems are npm, pypi, crates and browser"));
    }
    let stem: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let stem = stem.trim_matches('-');
    if stem.is_empty() {
        return Err(format!("`{name}` is no package's name"));
    }
    create(&root.join(format!("rules/catalog/{ecosystem}/{stem}.toml")), &catalogue_file(name))
}

fn create(path: &Path, text: &str) -> Result<(), String> {
    if path.exists() {
        return Err(format!("{} exists already", path.display()));
    }
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    std::fs::write(path, text).map_err(failed(path))?;
    println!("wrote {}", path.display());
    Ok(())
}

fn is_kebab(id: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    id.split('-').all(is_word)
}

fn page(id: &str) -> String {
    format!(
        "---\nid: {id}\n---\n\n# {id}\n\n## What\n\n## Why\n\n## How to fix\n\n## When to ignore it\n\n## Examples\n"
    )
}

fn fixture(id: &str) -> String {
    format!("# {id}: basic\n\n## Bad\n\n## Good\n\n## Near miss\n\n## Across files\n")
}

fn module(id: &str) -> String {
    format!(
        "//! `{id}`: one line that says what is misused.\n//!\n\
         //! Find, word, fix: three functions over the linked project. Names no library and no parser.\n"
    )
}

/// Every value that must be looked up is empty, so that a forgotten one is seen.
fn catalogue_file(name: &str) -> String {
    format!(
        "package = {name:?}\nverified = \"\"\ndocs = \"\"\n\n\
         [[type]]\nname = \"Client\"\nkind = \"pool\"\nservice = \"\"\nwhy = \"\"\nrelease = [\"close\"]\n\n\
         [[make]]\ncalls = [\"Client\"]\nform = \"new\"\ngives = \"Client\"\n"
    )
}
