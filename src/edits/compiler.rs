//! What a project tells its compiler of TypeScript, by the `tsconfig.json` nearest to a file.
//!
//! Knows no library and no rule.

use super::nearest::nearest;
use crate::facts::Literal;
use crate::source::SourceFile;

/// A parameter without a type is an error.
pub(super) fn forbids_untyped(files: &[SourceFile], path: &str) -> bool {
    let options = options(files, path);
    let told = |name: &str| {
        let own = options.iter().find(|(key, _)| key == name).map(|(_, value)| value);
        own.map(|value| *value == Literal::Bool(true))
    };
    told("noImplicitAny").or_else(|| told("strict")).unwrap_or(false)
}

pub(super) fn options(files: &[SourceFile], path: &str) -> Vec<(String, Literal)> {
    let own = |(key, value): (String, Literal)| Some((key.strip_prefix("compilerOptions.")?.to_string(), value));
    nearest(files, path, "tsconfig.json").into_iter().filter_map(own).collect()
}
