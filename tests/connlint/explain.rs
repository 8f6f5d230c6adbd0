//! `connlint explain` as users run it: rules, findings, pasted logs, unknown texts.
//!
//! Runs the built binary on small projects.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use connlint::catalog::errors::errors;
use connlint::rules::RULES;
use serde_json::Value;

use crate::tree::Tree;

/// Rules that the data may name before they are there.
const PLANNED: &[&str] = &["pooler-mismatch", "unreliable-unload"];

fn explain(tree: &Tree, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connlint"));
    command.arg("explain").args(args).current_dir(tree.root());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn project() -> Tree {
    Tree::new(&[
        ("package.json", r#"{"name":"shop","dependencies":{"express":"4","pg":"8"}}"#),
        (
            "server.ts",
            "import express from \"express\";\nimport { Pool } from \"pg\";\nconst app = express();\napp.get(\"/users\", async (req, res) => {\n  const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n  res.json(await pool.query(\"select 1\"));\n});\n",
        ),
    ])
}

#[test]
fn a_pasted_log_is_explained_with_what_is_found_here() {
    let log = "2026-03-01T10:00:00.123Z \u{1b}[31merror\u{1b}[39m: connect\n    at Pool.connect (index.js:45)\nFATAL:  sorry, too many\nclients already\n";
    let output = explain(&project(), &["-"], log);
    let text = stdout(&output);
    assert!(output.status.success());
    assert!(text.contains("(postgres.too-many-clients)") && text.contains("client-per-request"), "{text}");
    assert!(text.contains("server.ts:5:16: error[client-per-request]"), "{text}");
}

/// What was accepted once is the cause of the error all the same.
#[test]
fn accepted_findings_are_told_too() {
    let tree = project();
    let mut create = Command::new(env!("CARGO_BIN_EXE_connlint"));
    assert!(create.args(["baseline", "create"]).current_dir(tree.root()).status().unwrap().success());
    let text = stdout(&explain(&tree, &["FATAL: sorry, too many clients already"], ""));
    assert!(text.contains("server.ts:5:16: error[client-per-request]"), "{text}");
    assert!(text.contains("that the baseline does not accept"), "{text}");
}

/// An error of one kind of server is not laid at the door of clients of another.
#[test]
fn findings_about_other_servers_are_left_out() {
    let tree = Tree::new(&[
        ("package.json", r#"{"name":"shop","dependencies":{"express":"4","pg":"8","mongodb":"6"}}"#),
        (
            "server.ts",
            "import express from \"express\";\nimport { Pool } from \"pg\";\nimport { MongoClient } from \"mongodb\";\nconst app = express();\napp.get(\"/a\", async (req, res) => res.json(await new Pool().query(\"select 1\")));\napp.get(\"/b\", async (req, res) => res.json(await new MongoClient(process.env.MONGO_URL!).db().stats()));\n",
        ),
    ]);
    let listed = |text: &str| {
        let text = stdout(&explain(&tree, &[text], ""));
        (text.contains("server.ts:5:"), text.contains("server.ts:6:"))
    };
    assert_eq!(listed("FATAL: sorry, too many clients already"), (true, false));
    assert_eq!(listed("AutoReconnect: db:27017: connection pool paused"), (false, true));
    assert_eq!(listed("EMFILE: too many open files"), (true, true));
}

#[test]
fn outside_a_project_the_error_alone_is_explained() {
    let tree = Tree::new(&[]);
    let text = stdout(&explain(&tree, &["P2024"], ""));
    assert!(text.contains("prisma.pool-timeout") && text.contains("--path"), "{text}");
    let value: Value = serde_json::from_str(&stdout(&explain(&tree, &["P2024", "--format", "json"], ""))).unwrap();
    assert_eq!((&value["version"], &value["kind"]), (&1.into(), &"error".into()));
    assert_eq!((&value["errors"][0]["id"], &value["findings"]), (&"prisma.pool-timeout".into(), &Value::Null));
}

#[test]
fn a_finding_is_explained_by_its_id() {
    let tree = project();
    let check = Command::new(env!("CARGO_BIN_EXE_connlint"))
        .args(["check", "--format", "json"])
        .current_dir(tree.root())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&check.stdout).unwrap();
    let id = report["findings"][0]["id"].as_str().unwrap();
    let text = stdout(&explain(&tree, &[id], ""));
    assert!(
        text.contains("`pg.Pool` is built on every request")
            && text.contains("\n# client-per-request\n")
            && !text.contains("id: client"),
        "{text}"
    );
    let value: Value = serde_json::from_str(&stdout(&explain(&tree, &[id, "--format", "json"], ""))).unwrap();
    assert_eq!(value["finding"], report["findings"][0]);
    let gone = explain(&tree, &["0123456789abcdef"], "");
    assert_eq!(gone.status.code(), Some(2));
}

#[test]
fn an_unknown_text_ends_with_what_is_near() {
    let output = explain(&project(), &["to many clients allready"], "");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(told.contains("too many clients already"), "{told}");
    assert!(output.stdout.is_empty());
}

#[test]
fn errors_name_rules_that_there_are() {
    for error in errors().unwrap() {
        for rule in &error.rules {
            let known = RULES.iter().any(|known| known.id == rule) || PLANNED.contains(&rule.as_str());
            assert!(known, "{} names the rule {rule}", error.id);
        }
    }
}
