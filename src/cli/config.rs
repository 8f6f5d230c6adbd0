//! `connlint config`: what settings are in force and where they are from; the schema of settings files.
//!
//! Formats what sessions and the settings say.

use serde_json::{Value, json};

use super::Ending;
use super::args::{ConfigCommand, Form, SettingsArgs};
use super::output::{Failure, Output};
use crate::config::{Place, Row, schema};
use crate::rules::RULES;
use crate::session::{Effective, Options, effective};

pub fn config(command: ConfigCommand, output: &mut Output) -> Result<Ending, Failure> {
    let text = match command {
        ConfigCommand::Show { path, settings, format } => show(path, settings, format)?,
        ConfigCommand::Schema => schema_text(),
    };
    output.text(&text)?;
    Ok(Ending::Clean)
}

fn show(path: Option<std::path::PathBuf>, settings: SettingsArgs, format: Form) -> Result<String, Failure> {
    let options = Options {
        directory: std::env::current_dir()?,
        paths: path.into_iter().collect(),
        settings: settings.choice(),
        ..Options::default()
    };
    let found = effective(&options)?;
    Ok(match format {
        Form::Text => text(&found),
        Form::Json => format!("{:#}\n", as_json(&found)),
    })
}

fn text(found: &Effective) -> String {
    let Effective { root, files, passed_over, rows } = found;
    let mut out = format!("root      {root}\n");
    match files.split_first() {
        None => out.push_str("settings  none; the defaults are in force\n"),
        Some((own, bases)) => {
            out.push_str(&format!("settings  {own}\n"));
            bases.iter().for_each(|base| out.push_str(&format!("extends   {base}\n")));
            passed_over.iter().for_each(|other| out.push_str(&format!("not read  {other}: {own} comes first\n")));
        }
    }
    out.push('\n');
    let left: Vec<String> = rows.iter().map(|row| format!("{} = {}", row.key, shown(&row.value))).collect();
    let width = left.iter().map(|text| text.chars().count()).filter(|width| *width <= 60).max().unwrap_or_default();
    for (row, left) in rows.iter().zip(left) {
        out.push_str(&format!("{left:width$}  # {}\n", origin(row)));
    }
    out
}

/// As TOML writes it; what TOML cannot say is not set.
fn shown(value: &Value) -> String {
    if value.is_null() { "(not set)".into() } else { value.to_string() }
}

fn origin(row: &Row) -> String {
    row.place.as_ref().map_or("default".into(), |Place { file, position }| format!("{file}:{}", position.line))
}

fn as_json(found: &Effective) -> Value {
    let place =
        |place: &Place| json!({ "path": *place.file, "line": place.position.line, "column": place.position.column });
    let row = |row: &Row| {
        let source = row.place.as_ref().map_or(json!("default"), place);
        json!({ "key": row.key, "value": row.value, "source": source })
    };
    json!({
        "version": 1,
        "root": found.root,
        "files": found.files,
        "passedOver": found.passed_over,
        "settings": found.rows.iter().map(row).collect::<Vec<_>>(),
    })
}

/// As it is committed: `schemas/connlint.schema.json`.
fn schema_text() -> String {
    let rules: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    format!("{:#}\n", schema(&rules))
}
