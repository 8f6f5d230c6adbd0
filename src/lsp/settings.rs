//! What users set in their editor: the section `connlint` of its settings.
//!
//! Unknown keys are left alone, as editors keep their own there. Plain values.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClientSettings {
    /// When files are judged anew.
    pub run: RunOn,
    /// Which folders are judged.
    pub check: Checked,
    /// Only these rules; as the project's settings say when empty.
    pub select: Vec<String>,
    pub ignore: Vec<String>,
    pub pedantic: bool,
    /// The project's settings file, relative to the folder; the nearest one when not said.
    pub config: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunOn {
    /// As texts stand in the editor.
    #[default]
    OnType,
    /// As they stand on disk.
    OnSave,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Checked {
    #[default]
    Workspace,
    /// Those that a file is open of.
    OpenFiles,
}

impl ClientSettings {
    pub const SECTION: &str = "connlint";

    /// From initialisation options or a change of settings; they may stand below the section's name.
    pub fn read(value: &Value) -> Result<Self, String> {
        let value = value.get(Self::SECTION).unwrap_or(value);
        if value.is_null() {
            return Ok(Self::default());
        }
        Self::deserialize(value).map_err(|error| format!("the editor's settings are not understood: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_stand_alone_or_in_their_section() {
        let wanted = ClientSettings { run: RunOn::OnSave, pedantic: true, ..ClientSettings::default() };
        let json = json!({ "run": "onSave", "pedantic": true, "path": "/bin/connlint" });
        assert_eq!(ClientSettings::read(&json), Ok(wanted.clone()));
        assert_eq!(ClientSettings::read(&json!({ "connlint": json })), Ok(wanted));
        assert_eq!(ClientSettings::read(&Value::Null), Ok(ClientSettings::default()));
        assert!(ClientSettings::read(&json!({ "select": 3 })).unwrap_err().contains("settings"));
    }
}
