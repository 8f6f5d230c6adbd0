//! Files that are committed and made by the program: the JSON schema of the settings.
//!
//! Asks the program for them; knows no content.

use std::path::Path;
use std::process::Command;

use crate::failed;

/// Path from the root, and the arguments whose output it holds.
const FILES: &[(&str, &[&str])] = &[("schemas/connlint.schema.json", &["config", "schema"])];

/// Writes them all anew.
pub fn write(root: &Path) -> Result<(), String> {
    for (path, arguments) in FILES {
        let file = root.join(path);
        let folder = file.parent().unwrap_or(root);
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        std::fs::write(&file, ask(root, arguments)?).map_err(failed(&file))?;
        println!("wrote {path}");
    }
    Ok(())
}

fn ask(root: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "connlint", "--"]).args(arguments).current_dir(root);
    let output = command.output().map_err(|error| format!("cargo: {error}"))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
