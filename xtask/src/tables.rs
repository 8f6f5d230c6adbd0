//! `cargo xtask generate`: the tables of README.md and the rules' pages, from the data.

use std::path::Path;
use std::process::Command;

/// Has the test that compares the tables write them.
pub fn generate(root: &Path) -> Result<(), String> {
    let status = Command::new("cargo")
        .args(["test", "--test", "connlint", "generated_tables_are_current"])
        .env("CONNLINT_GENERATE", "1")
        .current_dir(root)
        .status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("the tables could not be written".into()),
        Err(error) => Err(format!("cargo: {error}")),
    }
}
