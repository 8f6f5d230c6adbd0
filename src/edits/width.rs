//! How wide a line may be: as the formatters of its language have it, unless the project says otherwise.
//!
//! Knows no library and no rule.

use super::nearest::nearest;
use crate::checks::Project;
use crate::facts::Literal;
use crate::source::SourceFile;

/// Characters of the widest line that a file should have.
pub(super) fn of(project: &Project, file: u32) -> usize {
    let semantics = project.program.semantics(file);
    let (files, path) = (project.inputs.files, &project.program.units[file as usize].path);
    let told = semantics.width_settings.iter().find_map(|(name, setting)| told(files, path, (name, setting)));
    told.unwrap_or(semantics.line_width)
}

fn told(files: &[SourceFile], path: &str, (name, setting): (&str, &str)) -> Option<usize> {
    nearest(files, path, name).into_iter().find_map(|(key, value)| match value {
        Literal::Num(width) if key == setting => Some(width as usize),
        _ => None,
    })
}
