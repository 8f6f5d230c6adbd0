//! `cargo xtask docs`: the documentation site, from `docs/`, the rules' pages and the data of `rules/`.
//!
//! Everything is laid out in `target/docs`, where mdBook builds it; nothing that can be made is committed.

mod calls;
mod errors;
mod frameworks;
mod layout;
mod libraries;
mod links;
mod markdown;
mod rules;
mod servers;

use std::path::Path;
use std::process::Command;

/// A page that is made: where it stands in the book, how the table of contents names it, and its text.
pub struct Page {
    pub path: String,
    pub title: String,
    pub text: String,
    /// Depth below its section in the table of contents: 1 or 2.
    pub depth: usize,
}

/// The pages of one section, and what its first page lists.
pub struct Section {
    /// Its first page is `<name>.md` of `docs/src`.
    pub name: &'static str,
    pub index: String,
    pub pages: Vec<Page>,
}

/// Lays the book out, builds it and checks its links.
pub fn build(root: &Path) -> Result<(), String> {
    let book = root.join("target/docs");
    layout::write(root, &book, &sections(root)?)?;
    render(&book)?;
    let report = links::check(&book.join("book"))?;
    println!("{} pages, {} links and pictures; target/docs/book/index.html", report.pages, report.links);
    Ok(())
}

fn sections(root: &Path) -> Result<Vec<Section>, String> {
    Ok(vec![
        rules::section(root)?,
        libraries::section(root)?,
        frameworks::section(root)?,
        servers::section(root)?,
        errors::section(root)?,
    ])
}

fn render(book: &Path) -> Result<(), String> {
    let missing = |_| "mdbook is missing: `cargo install mdbook` installs it".to_string();
    let status = Command::new("mdbook").arg("build").arg(book).status().map_err(missing)?;
    if status.success() { Ok(()) } else { Err("mdbook could not build the book".into()) }
}
