//! The projects that trees stand for.
//!
//! A tree is a project's folder, a literate file, or a folder of such and of cases and incidents. A case has an
//! `expect.json`, an incident the folders `before` and `after`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failed;
use crate::literate::{Block, Case, parse};

/// A folder to run connlint in.
#[derive(Debug)]
pub struct Project {
    pub name: String,
    pub root: PathBuf,
}

/// How far below a tree cases may lie.
const DEPTH: usize = 3;

/// All projects, in order. Literate cases are laid out below `scratch`.
pub fn projects(trees: &[PathBuf], scratch: &Path) -> Result<Vec<Project>, String> {
    let mut layout = Layout { scratch: scratch.into(), projects: Vec::new() };
    for tree in trees {
        let before = layout.projects.len();
        let tree = tree.canonicalize().map_err(failed(tree))?;
        layout.collect(&tree, DEPTH)?;
        if layout.projects.len() == before {
            layout.add(&tree);
        }
    }
    Ok(layout.projects)
}

struct Layout {
    scratch: PathBuf,
    projects: Vec<Project>,
}

impl Layout {
    fn add(&mut self, folder: &Path) {
        self.projects.push(Project { name: folder.display().to_string(), root: folder.into() });
    }

    /// Adds what the path holds, unless it is a project itself.
    fn collect(&mut self, path: &Path, depth: usize) -> Result<(), String> {
        if path.extension().is_some_and(|extension| extension == "md") {
            return self.lay_out(path);
        }
        let has = |name: &str| path.join(name).exists();
        if has("expect.json") || depth < DEPTH && has(".git") {
            self.add(path);
        } else if has("before") && has("after") {
            ["after", "before"].iter().for_each(|part| self.add(&path.join(part)));
        } else if depth > 0 && path.is_dir() && !MANIFESTS.iter().any(|name| has(name)) {
            entries(path)?.iter().try_for_each(|entry| self.collect(entry, depth - 1))?;
        }
        Ok(())
    }

    fn lay_out(&mut self, page: &Path) -> Result<(), String> {
        let text = fs::read_to_string(page).map_err(failed(page))?;
        let apart = page.components().any(|part| part.as_os_str() == "parity");
        for case in parse(&text).cases {
            for (section, blocks) in parts(&case, apart) {
                self.write(format!("{}: {}{section}", page.display(), case.title), &blocks)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, name: String, blocks: &[&Block]) -> Result<(), String> {
        let root = self.scratch.join(self.projects.len().to_string());
        // Marks the root, so that nothing above the folder plays a part.
        write(&root.join("connlint.toml"), "")?;
        for block in blocks {
            let Some(path) = &block.path else { continue };
            write(&root.join(path), &block.text)?;
        }
        self.projects.push(Project { name, root });
        Ok(())
    }
}

/// A folder with one of these is a project.
const MANIFESTS: &[&str] = &[".git", "package.json", "pyproject.toml", "requirements.txt", "setup.py", "Cargo.toml"];

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let read = fs::read_dir(folder).map_err(failed(folder))?;
    let mut paths: Vec<PathBuf> = read.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// The files of a case, by section where the sections are projects of their own; nothing where it has none.
fn parts(case: &Case, apart: bool) -> Vec<(String, Vec<&Block>)> {
    let files: Vec<&Block> = case.blocks.iter().filter(|block| block.path.is_some() && !block.is_after()).collect();
    let mut sections: Vec<&str> = files.iter().filter(|_| apart).map(|block| block.section.as_str()).collect();
    sections.sort_unstable();
    sections.dedup();
    match sections.as_slice() {
        [] if files.is_empty() => Vec::new(),
        [] => vec![(String::new(), files)],
        _ => {
            let of = |section: &str| files.iter().filter(|block| block.section == section).copied().collect();
            sections.iter().map(|section| (format!(", {section}"), of(section))).collect()
        }
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(failed(folder))?;
    fs::write(path, text).map_err(failed(path))
}
