//! The workspace that a package is a member of, where the manifests around it say so.
//!
//! Reads manifests between the package and the repository's root. Knows no ecosystem: a manifest names its members.

use std::path::{Path, PathBuf};

use crate::frontend::settings::lower_manifest;
use crate::source::globs::fits;
use crate::source::{MANIFESTS, Overlay, is_common, relative};

/// The outermost workspace, in the same repository, that the package is a member of, if only by a workspace between
/// the two. A manifest that cannot be read declares nothing.
pub(super) fn around(package: &Path, overlay: &Overlay) -> Option<PathBuf> {
    let repository = package.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(usize::MAX);
    let mut outermost = package;
    let folders = package.ancestors().take(repository.saturating_add(1)).skip(1);
    for folder in folders.take_while(|folder| folder.join(".git").exists() || !is_common(folder)) {
        if declares(folder, &relative(folder, outermost), overlay) {
            outermost = folder;
        }
    }
    (outermost != package).then(|| outermost.to_path_buf())
}

fn declares(folder: &Path, member: &str, overlay: &Overlay) -> bool {
    MANIFESTS.iter().any(|name| {
        let text = text_of(&folder.join(name), overlay);
        let manifest = text.and_then(|text| lower_manifest(name, &text).ok());
        manifest.is_some_and(|manifest| is_member(&manifest.workspaces, member))
    })
}

fn text_of(file: &Path, overlay: &Overlay) -> Option<String> {
    let open = overlay.get(file).map(|text| text.to_string());
    // Reading a pipe would wait for who knows whom.
    open.or_else(|| file.is_file().then(|| std::fs::read_to_string(file).ok())?)
}

/// The last pattern that fits decides; one that begins with `!` takes out.
fn is_member(patterns: &[String], member: &str) -> bool {
    let names = |pattern: &str| fits(pattern.trim_start_matches("./").trim_end_matches('/'), member);
    let last = patterns.iter().rev().find(|pattern| names(pattern.trim_start_matches('!')));
    last.is_some_and(|pattern| !pattern.starts_with('!'))
}

#[cfg(test)]
mod tests {
    use super::is_member;

    #[test]
    fn members() {
        let patterns = ["./apps/*/", "packages/**", "!packages/old/**", "tool"].map(String::from);
        let is = |member: &str| is_member(&patterns, member);
        assert!(is("apps/web") && is("packages/a") && is("packages/a/b") && is("tool"));
        assert!(!is("apps") && !is("apps/web/e2e") && !is("packages/old/x") && !is("tools"));
    }
}
