//! Checks a built site: each local link and picture leads to a file, and each fragment to a place in it.
//!
//! Reads HTML as mdBook writes it; follows no address of the web.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::failed;

#[derive(Debug, Default)]
pub struct Report {
    pub pages: usize,
    pub links: usize,
}

struct Pages {
    /// By path, the places that links can name.
    places: BTreeMap<PathBuf, BTreeSet<String>>,
    texts: BTreeMap<PathBuf, String>,
}

/// Fails with all links that lead nowhere.
pub fn check(site: &Path) -> Result<Report, String> {
    let mut pages = Pages { places: BTreeMap::new(), texts: BTreeMap::new() };
    pages.read(site)?;
    let mut report = Report { pages: pages.texts.len(), links: 0 };
    let mut wrong = BTreeSet::new();
    for (page, text) in pages.texts.iter().filter(|(page, _)| !page.ends_with("404.html")) {
        for target in attributes(text, &["href", "src"]).filter(|target| is_local(target)) {
            report.links += 1;
            if !pages.has(page, target) {
                wrong.insert(format!("{}: {target}", page.strip_prefix(site).unwrap_or(page).display()));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(report),
        false => Err(format!("links that lead nowhere:\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"))),
    }
}

impl Pages {
    fn read(&mut self, folder: &Path) -> Result<(), String> {
        for entry in std::fs::read_dir(folder).map_err(failed(folder))?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.read(&path)?;
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
                self.places.insert(path.clone(), attributes(&text, &["id"]).map(str::to_string).collect());
                self.texts.insert(path, text);
            }
        }
        Ok(())
    }

    fn has(&self, page: &Path, target: &str) -> bool {
        let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
        let path = path.split('?').next().unwrap_or(path);
        let file = if path.is_empty() { page.to_path_buf() } else { resolve(page, path) };
        match self.places.get(&file) {
            Some(places) => fragment.is_empty() || places.contains(fragment),
            None => file.is_file(),
        }
    }
}

fn resolve(page: &Path, path: &str) -> PathBuf {
    let mut file = page.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in path.split('/') {
        match part {
            ".." => drop(file.pop()),
            "." | "" => {}
            part => file.push(part),
        }
    }
    file
}

fn is_local(target: &str) -> bool {
    !target.contains("://") && !["mailto:", "data:", "javascript:"].iter().any(|scheme| target.starts_with(scheme))
}

/// The values of attributes of these names.
fn attributes<'t>(text: &'t str, names: &[&str]) -> impl Iterator<Item = &'t str> {
    let marks: Vec<String> = names.iter().map(|name| format!("{name}=\"")).collect();
    let tags = text.split('<').skip(1).filter_map(|part| part.split_once('>').map(|(tag, _)| tag));
    tags.flat_map(move |tag| {
        let values = marks.iter().filter_map(|mark| {
            let at = tag.find(&format!(" {mark}"))? + mark.len() + 1;
            tag.get(at..)?.split('"').next()
        });
        values.collect::<Vec<_>>()
    })
}

#[test]
fn attributes_are_found_in_tags_only() {
    let text = "<a class=\"x\" href=\"a.html#b\">href=\"no\"</a><h2 id=\"c\">";
    assert_eq!(attributes(text, &["href", "id"]).collect::<Vec<_>>(), ["a.html#b", "c"]);
    assert!(is_local("../a.html") && !is_local("https://a.b"));
    assert_eq!(resolve(Path::new("book/rules/a.html"), "../b.html"), Path::new("book/b.html"));
}
