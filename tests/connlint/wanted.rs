//! Which cases are asked for: `CONNLINT_CASES=words` chooses those whose name contains the words.

use crate::literate::parse;

/// The words of `CONNLINT_CASES`, with which a name of a case must agree; empty for all. Fails where no case
/// of any test agrees: a slip of the pen must not look like success.
pub fn wanted() -> String {
    let words = std::env::var("CONNLINT_CASES").unwrap_or_default();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["fixtures", "rules", "tests/sessions", "tests/data/lsp"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(walkdir::WalkDir::new).flatten();
    let mut pages = files.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "md"));
    let agrees = |entry: walkdir::DirEntry| {
        let path = entry.path().strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        let cases = parse(&std::fs::read_to_string(entry.path()).unwrap()).cases;
        cases.iter().any(|case| format!("{path}: {}", case.title).contains(&words))
    };
    assert!(words.is_empty() || pages.any(agrees), "no case has a name with CONNLINT_CASES={words:?}");
    words
}
