//! Whether a file may declare with `using`: its project compiles it, or writes it already.
//!
//! Reads the compiler's options and the texts beside the file. Knows no library and no rule.

use super::compiler;
use crate::checks::Project;
use crate::facts::Literal;
use crate::source::SourceFile;

const DECLARES: &str = "await using ";

/// The compiler's library that declares `Symbol.dispose`.
const LIBRARY: &str = "esnext.disposable";

pub fn is_usual(project: &Project, file: u32) -> bool {
    let program = &project.program;
    let folder = |path: &str| program.manifests.package_of(path).map(|package| package.folder.as_str());
    let path = program.units[file as usize].path.as_str();
    let mut beside = project.inputs.files.iter().filter(|other| folder(&other.path) == folder(path));
    is_compiled(project.inputs.files, path) || beside.any(|other| is_written(&other.text))
}

/// Not by the facts: most files that do so have nothing to do with clients, and are not parsed.
fn is_written(text: &str) -> bool {
    text.contains(DECLARES) && text.lines().any(|line| line.trim_start().starts_with(DECLARES))
}

/// The configuration nearest to the file asks for the library by its name.
fn is_compiled(files: &[SourceFile], path: &str) -> bool {
    let listed = |(key, value): &(String, Literal)| {
        let named = matches!(value, Literal::Str(name) if name.eq_ignore_ascii_case(LIBRARY));
        key.starts_with("lib") && named
    };
    compiler::options(files, path).iter().any(listed)
}
