//! Why a run could not take place at all.
//!
//! Everything less is a problem beside the findings. Knows no format.

use crate::catalog::DataError;
use crate::config::{ConfigError, nearest};
use crate::rules::RULES;
use crate::source::{GitError, RootError};

#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Root(#[from] RootError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{file}: {message}")]
    Baseline { file: String, message: String },
    #[error(transparent)]
    Data(#[from] DataError),
    #[error("unknown rule `{id}`{hint}")]
    UnknownRule { id: String, hint: String },
}

impl SessionError {
    pub fn unknown_rule(id: &str) -> Self {
        let written = id.to_ascii_lowercase().replace(['_', ' '], "-");
        let near = nearest(&written, RULES.iter().map(|rule| rule.id));
        let hint =
            near.map_or_else(|| "; `connlint rules` lists them".into(), |name| format!("; did you mean `{name}`?"));
        Self::UnknownRule { id: id.into(), hint }
    }
}
