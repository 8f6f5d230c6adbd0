//! The JSON schema of settings: committed as the program makes it, and agreeing with what is read.
//!
//! Settings are taken from the documents and fixtures, so that both know all that is shown.

use std::path::Path;

use connlint::config::{Config, schema};
use connlint::rules::RULES;

use crate::docs::documents;
use crate::literate::{blocks, parse};

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn rules() -> Vec<&'static str> {
    RULES.iter().map(|rule| rule.id).collect()
}

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema(&rules())).unwrap()
}

fn as_json(toml: &str) -> serde_json::Value {
    serde_json::to_value(toml::from_str::<toml::Table>(toml).unwrap()).unwrap()
}

#[test]
fn the_committed_schema_is_current() {
    let made = format!("{:#}\n", schema(&rules()));
    assert!(read("schemas/connlint.schema.json") == made, "run `cargo xtask generate`");
}

#[test]
fn settings_of_documents_and_fixtures_fit_the_schema() {
    let documents = documents().into_iter().flat_map(|path| blocks(&read(&path)));
    let mut all: Vec<String> = documents.filter(|block| block.language == "toml").map(|block| block.text).collect();
    assert!(all.len() >= 5);
    let folders = ["fixtures", "rules"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let files = folders.iter().flat_map(|folder| walkdir::WalkDir::new(folder).into_iter().flatten());
    for file in files.filter(|file| file.path().extension().is_some_and(|extension| extension == "md")) {
        let cases = parse(&std::fs::read_to_string(file.path()).unwrap()).cases.into_iter();
        let blocks = cases.flat_map(|case| case.blocks);
        all.extend(blocks.filter(|block| block.path.as_deref() == Some("connlint.toml")).map(|block| block.text));
    }
    assert!(all.len() > 10);
    let validator = validator();
    for text in all {
        Config::parse(&text, "connlint.toml", &rules()).unwrap();
        let faults: Vec<String> = validator.iter_errors(&as_json(&text)).map(|error| error.to_string()).collect();
        assert!(faults.is_empty(), "{text}\n{}", faults.join("\n"));
    }
}

#[test]
fn the_schema_refuses_what_is_refused() {
    let validator = validator();
    for text in [
        "pedntic = true",
        "pedantic = \"yes\"",
        "[lint]\nignore = [\"client-in-lop\"]",
        "[lint]\nseverity = { client-in-lop = \"note\" }",
        "[lint]\nseverity = { client-in-loop = \"warn\" }",
        "[server.main]\nmax-conections = 1",
        "[platform]\nkind = \"severless\"",
        "[home]\npostgres = 1",
        "[[catalog]]\npackge = \"a\"",
        "[[frameworks.handover]]\nrun = \"requests\"",
        "[[limits.limit]]\nvalue = \"many\"",
        "[[overrides]]\npath = [\"a\"]",
    ] {
        assert!(Config::parse(text, "connlint.toml", &rules()).is_err(), "{text}");
        assert!(!validator.is_valid(&as_json(text)), "{text}");
    }
}
