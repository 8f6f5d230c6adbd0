//! Writes the book's sources: the chapters of `docs/`, the pages that are made, and the files that they link to.
//!
//! Knows paths; the pages' contents come from elsewhere.

use std::path::{Component, Path, PathBuf};

use super::markdown::relink;
use super::{Page, Section};
use crate::failed;

/// Documents of the repository that are pages of the book too, with their titles there.
const DOCUMENTS: &[(&str, &str, &str)] = &[
    ("CONTRIBUTING.md", "contributing.md", "Contributing"),
    ("ARCHITECTURE.md", "architecture.md", "Architecture"),
    ("CHANGELOG.md", "changelog.md", "Changes"),
];

/// Lays everything out below `book`, anew.
pub fn write(root: &Path, book: &Path, sections: &[Section]) -> Result<(), String> {
    if book.exists() {
        std::fs::remove_dir_all(book).map_err(failed(book))?;
    }
    copy_tree(&root.join("docs"), book)?;
    let layout = Layout { root, source: book.join("src") };
    for section in sections {
        layout.fill(&format!("{}.md", section.name), "index", &section.index)?;
        section.pages.iter().try_for_each(|page| layout.page(page))?;
    }
    layout.contents(sections)?;
    layout.documents()?;
    layout.relink_all(&layout.source)
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), String> {
    std::fs::create_dir_all(to).map_err(failed(to))?;
    for entry in std::fs::read_dir(from).map_err(failed(from))?.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_tree(&path, &target)?;
        } else {
            std::fs::copy(&path, &target).map_err(failed(&path))?;
        }
    }
    Ok(())
}

struct Layout<'a> {
    root: &'a Path,
    source: PathBuf,
}

impl Layout<'_> {
    fn write(&self, path: &str, text: &str) -> Result<(), String> {
        let file = self.source.join(path);
        let folder = file.parent().unwrap_or(&self.source);
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        std::fs::write(&file, text).map_err(failed(&file))
    }

    fn page(&self, page: &Page) -> Result<(), String> {
        self.write(&page.path, &page.text)
    }

    /// Puts text in the place of a mark.
    fn fill(&self, path: &str, mark: &str, text: &str) -> Result<(), String> {
        let file = self.source.join(path);
        let old = std::fs::read_to_string(&file).map_err(failed(&file))?;
        let mark = format!("<!-- {mark}: generated -->\n");
        if !old.contains(&mark) {
            return Err(format!("docs/src/{path} has no line {mark}"));
        }
        self.write(path, &old.replace(&mark, text))
    }

    /// The table of contents names all pages.
    fn contents(&self, sections: &[Section]) -> Result<(), String> {
        for section in sections {
            let entry = |page: &Page| format!("{}- [{}]({})\n", "  ".repeat(page.depth), page.title, page.path);
            let entries: String = section.pages.iter().map(entry).collect();
            self.fill("SUMMARY.md", section.name, &entries)?;
        }
        let entry = |(_, path, title): &(&str, &str, &str)| format!("- [{title}]({path})\n");
        let entries: String = DOCUMENTS.iter().map(entry).collect();
        self.fill("SUMMARY.md", "documents", &entries)
    }

    fn documents(&self) -> Result<(), String> {
        for (document, path, _) in DOCUMENTS {
            let file = self.root.join(document);
            self.write(path, &std::fs::read_to_string(&file).map_err(failed(&file))?)?;
        }
        Ok(())
    }

    /// Links lead from where a page was written; in the book it may stand elsewhere.
    fn relink_all(&self, folder: &Path) -> Result<(), String> {
        for entry in std::fs::read_dir(folder).map_err(failed(folder))?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.relink_all(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "md") {
                self.relink_file(&path)?;
            }
        }
        Ok(())
    }

    fn relink_file(&self, file: &Path) -> Result<(), String> {
        let path = file.strip_prefix(&self.source).map_err(|error| error.to_string())?;
        let text = std::fs::read_to_string(file).map_err(failed(file))?;
        let mut wrong = Vec::new();
        let changed = relink(&text, |target| match self.target(path, target) {
            Ok(found) => found,
            Err(message) => {
                wrong.push(message);
                None
            }
        });
        match wrong.first() {
            Some(message) => Err(format!("{}: {message}", path.display())),
            None => std::fs::write(file, changed).map_err(failed(file)),
        }
    }

    /// What a link of a page leads to in the book; `None` for what has no place there.
    fn target(&self, page: &Path, target: &str) -> Result<Option<String>, String> {
        if target.starts_with('#') || target.contains("://") {
            return Ok(Some(target.into()));
        }
        let (path, fragment) =
            target.split_once('#').map_or((target, String::new()), |(path, id)| (path, format!("#{id}")));
        let written = written(page);
        let named = normal(&written.parent().unwrap_or(Path::new("")).join(path));
        let place = match self.place(&named)? {
            Some(place) => place,
            None => return Ok(None),
        };
        let up = page.components().count() - 1;
        Ok(Some(format!("{}{place}{fragment}", "../".repeat(up))))
    }

    /// Where a file of the repository stands in the book.
    fn place(&self, path: &Path) -> Result<Option<String>, String> {
        let name = path.to_string_lossy().replace('\\', "/");
        if let Some(inside) = name.strip_prefix("docs/src/") {
            return Ok(Some(inside.into()));
        }
        if let Some((_, place, _)) = DOCUMENTS.iter().find(|(document, ..)| *document == name) {
            return Ok(Some((*place).into()));
        }
        let file = self.root.join(path);
        if !file.exists() {
            return Err(format!("links to {name}, which does not exist"));
        }
        if name.ends_with(".md") {
            return Ok(name.starts_with("rules/").then_some(name));
        }
        if file.is_dir() {
            return Ok(None);
        }
        let copy = format!("files/{}", name.trim_start_matches('.').replace('/', "-"));
        self.copy(&file, &copy)?;
        Ok(Some(copy))
    }

    fn copy(&self, file: &Path, place: &str) -> Result<(), String> {
        let text = std::fs::read(file).map_err(failed(file))?;
        let place = self.source.join(place);
        let folder = place.parent().unwrap_or(&self.source);
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        std::fs::write(&place, text).map_err(failed(&place))
    }
}

/// Where a page of the book was written, from the repository's root.
fn written(page: &Path) -> PathBuf {
    let name = page.to_string_lossy();
    if let Some((document, ..)) = DOCUMENTS.iter().find(|(_, path, _)| *path == name) {
        return PathBuf::from(document);
    }
    if page.starts_with("rules") { page.to_path_buf() } else { Path::new("docs/src").join(page) }
}

/// Without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(result.pop()),
            Component::CurDir => {}
            part => result.push(part),
        }
    }
    result
}

#[test]
fn pages_know_where_they_were_written() {
    assert_eq!(written(Path::new("check.md")), Path::new("docs/src/check.md"));
    assert_eq!(written(Path::new("rules/a.md")), Path::new("rules/a.md"));
    assert_eq!(written(Path::new("changelog.md")), Path::new("CHANGELOG.md"));
    assert_eq!(normal(Path::new("docs/src/../../rules/./a.md")), Path::new("rules/a.md"));
}
