//! Links and pictures of the documents lead to files of the repository, and their fragments to headings.

use std::collections::BTreeSet;
use std::path::Path;

use super::{document, documents};

#[test]
fn links_of_the_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in documents() {
        for target in targets(&document(&path)).into_iter().filter(|target| !target.contains("://")) {
            count += 1;
            wrong.extend(gone(&path, &target).then(|| format!("{path}: {target}")));
        }
    }
    assert!(count > 100, "the documents have {count} links");
    assert!(wrong.is_empty(), "links that lead nowhere:\n{}", wrong.join("\n"));
}

fn gone(path: &str, target: &str) -> bool {
    let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = match file {
        "" => root.join(path),
        file => root.join(path).parent().unwrap().join(file),
    };
    if fragment.is_empty() || !place.exists() {
        return !place.exists();
    }
    !headings(&std::fs::read_to_string(&place).unwrap()).contains(fragment)
}

/// The lines outside of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    text.lines().filter(move |line| {
        let fence = line.starts_with("```");
        inside ^= fence;
        !inside && !fence
    })
}

fn targets(text: &str) -> Vec<String> {
    let parts = prose(text).flat_map(|line| line.split("](").skip(1));
    parts.filter_map(|part| part.split(')').next()).map(str::to_string).collect()
}

/// The fragments by which a document's headings are named.
fn headings(text: &str) -> BTreeSet<String> {
    let titles = prose(text).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let name = |title: &str| {
        let kept = title
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
            .collect::<String>();
        kept.replace(' ', "-")
    };
    titles.map(name).collect()
}

#[test]
fn headings_are_named_as_their_readers_name_them() {
    let text = "# What `connlint` understood\n\n```\n# no\n```\n\n## pre-commit, and CI\n[a](b.md#c) ![d](e.png)\n";
    assert_eq!(headings(text).into_iter().collect::<Vec<_>>(), ["pre-commit-and-ci", "what-connlint-understood"]);
    assert_eq!(targets(text), ["b.md#c", "e.png"]);
}
