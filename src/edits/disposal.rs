//! Whether a file may declare with `using`: its project compiles it, or writes it already.
//!
//! Reads `tsconfig.json` and the texts beside the file. Knows no library and no rule.

use crate::checks::Project;
use crate::facts::Literal;
use crate::frontend::settings::lower_settings;
use crate::packages::modules::parent;
use crate::source::SourceFile;

const DECLARES: &str = "await using ";

/// The compiler's library that declares `Symbol.dispose`.
const LIBRARY: &str = "esnext.disposable";

pub fn is_usual(project: &Project, file: u32) -> bool {
    let program = &project.program;
    let folder = |path: &str| program.manifests.package_of(path).map(|package| package.folder.as_str());
    let path = program.units[file as usize].path.as_str();
    let mut beside = project.inputs.files.iter().filter(|other| folder(&other.path) == folder(path));
    is_compiled(project, path) || beside.any(|other| is_written(&other.text))
}

/// Not by the facts: most files that do so have nothing to do with clients, and are not parsed.
fn is_written(text: &str) -> bool {
    text.contains(DECLARES) && text.lines().any(|line| line.trim_start().starts_with(DECLARES))
}

/// The configuration nearest to the file asks for the library by its name.
fn is_compiled(project: &Project, path: &str) -> bool {
    let mut folder = parent(path);
    loop {
        let config = if folder.is_empty() { "tsconfig.json".to_string() } else { format!("{folder}/tsconfig.json") };
        if let Some(file) = project.inputs.files.iter().find(|file| file.path == config) {
            return names_library(file);
        }
        if folder.is_empty() {
            return false;
        }
        folder = parent(folder);
    }
}

fn names_library(file: &SourceFile) -> bool {
    let Ok(settings) = lower_settings(&file.path, &file.text) else { return false };
    let listed = settings.entries.iter().filter(|entry| entry.key.starts_with("compilerOptions.lib"));
    listed
        .map(|entry| &entry.value)
        .any(|value| matches!(value, Literal::Str(name) if name.eq_ignore_ascii_case(LIBRARY)))
}
