//! However many helpers lie between, and whether they call each other in a circle: what ends a connection ends it, what
//! only uses it does not, and what opens it is reached.

use connlint::session::{Options, run};

use crate::tree::Tree;

/// A language's way of writing a chain of helpers.
struct Form {
    files: fn(helpers: &str, first: &str) -> Vec<(&'static str, String)>,
    /// A helper that hands on what it is given, to one other or, as a number says, to two.
    hands_on: fn(name: &str, next: &[String]) -> String,
    ends: &'static str,
    uses: &'static str,
}

const PYTHON: Form = Form {
    files: |helpers, first| {
        let view = format!(
            "import psycopg2\nfrom flask import Flask\nfrom helpers import {first}\n\napp = Flask(__name__)\n\n\n\
             @app.route('/')\ndef view():\n    c = psycopg2.connect('dbname=a')\n    {first}(c, 3)\n    return 'ok'\n"
        );
        vec![("requirements.txt", "psycopg2\nflask\n".into()), ("app.py", view), ("helpers.py", helpers.into())]
    },
    hands_on: |name, next| {
        let calls: Vec<String> = next.iter().map(|next| format!("    if n:\n        {next}(c, n - 1)\n")).collect();
        format!("def {name}(c, n):\n{}\n\n", calls.concat())
    },
    ends: "def last(c, n):\n    c.close()\n",
    uses: "def last(c, n):\n    c.cursor()\n",
};

const SCRIPT: Form = Form {
    files: |helpers, first| {
        let view = format!(
            "import express from 'express'\nimport {{ Pool }} from 'pg'\nimport {{ {first} }} from './helpers'\n\nconst pool = new Pool()\n\
             const app = express()\napp.get('/', async (req, res) => {{\n  const c = await pool.connect()\n  await {first}(c, 3)\n  res.end()\n}})\n"
        );
        let manifest = r#"{"dependencies": {"express": "5", "pg": "8"}}"#;
        vec![("package.json", manifest.into()), ("app.ts", view), ("helpers.ts", helpers.into())]
    },
    hands_on: |name, next| {
        let calls: Vec<String> = next.iter().map(|next| format!("  if (n) await {next}(c, n - 1)\n")).collect();
        format!("export async function {name}(c, n) {{\n{}}}\n\n", calls.concat())
    },
    ends: "export async function last(c, n) {\n  c.release()\n}\n",
    uses: "export async function last(c, n) {\n  await c.query('select 1')\n}\n",
};

const RUST: Form = Form {
    files: |helpers, first| {
        let main = format!(
            "mod helpers;\nuse axum::{{Router, routing::get}};\n\nasync fn view() -> String {{\n    helpers::{first}(1, 3).await\n}}\n\n\
             #[tokio::main]\nasync fn main() {{\n    let app = Router::new().route(\"/\", get(view));\n    \
             let listener = tokio::net::TcpListener::bind(\"0.0.0.0:80\").await.unwrap();\n    axum::serve(listener, app).await.unwrap();\n}}\n"
        );
        let manifest = "[package]\nname = \"a\"\n[dependencies]\naxum = \"0.8\"\nreqwest = \"0.12\"\ntokio = \"1\"\n";
        vec![("Cargo.toml", manifest.into()), ("src/main.rs", main), ("src/helpers.rs", helpers.into())]
    },
    hands_on: |name, next| {
        let calls: Vec<String> =
            next.iter().map(|next| format!("    if n > 0 {{ {next}(c, n - 1).await; }}\n")).collect();
        format!("pub async fn {name}(c: u32, n: u32) -> String {{\n{}    String::new()\n}}\n\n", calls.concat())
    },
    ends: "pub async fn last(c: u32, n: u32) -> String {\n    let client = reqwest::Client::new();\n    client.get(\"http://a\").send().await.unwrap().text().await.unwrap()\n}\n",
    uses: "pub async fn last(c: u32, n: u32) -> String {\n    String::new()\n}\n",
};

/// How often the rule is found, with so many helpers in a row.
fn count(form: &Form, depth: usize, circle: bool, end: &str, rule: &str) -> usize {
    let name = |at: usize| if at < depth { format!("h{at}") } else { "last".to_string() };
    let helper = |at: usize| {
        let back = circle.then(|| name(at.saturating_sub(1)));
        (form.hands_on)(&name(at), &back.into_iter().chain([name(at + 1)]).collect::<Vec<_>>())
    };
    let helpers: String = (0..depth).map(helper).chain([end.to_string()]).collect();
    let files = (form.files)(&helpers, &name(0));
    let tree = Tree::new(&files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
    let options = Options { directory: tree.root().into(), no_cache: true, ..Options::default() };
    run(options).unwrap().findings.iter().filter(|found| found.finding.rule == rule).count()
}

/// Where the findings of the rule are not as many as expected: where the last helper ends it, and where it does not.
fn wrong(form: &Form, rule: &str, expected: [usize; 2]) -> Vec<String> {
    let depths = (1..=40).flat_map(|depth| [(depth, false), (depth, true)]);
    let judge = |(depth, circle)| {
        let found = [form.ends, form.uses].map(|end| count(form, depth, circle, end, rule));
        (found != expected).then(|| format!("{depth} helpers, in a circle: {circle}: {found:?}"))
    };
    depths.filter_map(judge).collect()
}

#[test]
fn a_connection_is_ended_however_many_helpers_lie_between() {
    assert_eq!(wrong(&PYTHON, "connection-not-released", [0, 1]), [""; 0]);
    assert_eq!(wrong(&SCRIPT, "connection-not-released", [0, 1]), [""; 0]);
}

#[test]
fn a_request_reaches_what_builds_a_client_however_many_helpers_lie_between() {
    assert_eq!(wrong(&RUST, "client-per-request", [1, 0]), [""; 0]);
}

/// However many functions a guard asks, and each of them others, a kept client is one and what keeps nothing is none.
#[test]
fn a_guard_asks_functions_that_ask_others_twice() {
    let found = |last: &str| {
        let getters: String = (0..60).map(|at| format!("const h{at} = () => h{0}() || h{0}();\n", at + 1)).collect();
        let client =
            "exports.client = () => {\n  if (!h0()) kept = new MongoClient('mongodb://a');\n  return kept;\n};\n";
        let db = format!(
            "const {{ MongoClient }} = require('mongodb');\nlet kept = null;\n{getters}const h60 = () => {last};\n{client}"
        );
        let app = "const express = require('express');\nconst { client } = require('./db');\nconst app = express();\n\
                   app.get('/', async (req, res) => res.json(await client().db().stats()));\napp.listen(80);\n";
        let manifest = r#"{"dependencies": {"express": "5", "mongodb": "6"}}"#;
        let tree = Tree::new(&[("package.json", manifest), ("app.js", app), ("db.js", &db)]);
        let options = Options { directory: tree.root().into(), no_cache: true, ..Options::default() };
        let findings = run(options).unwrap().findings;
        findings.iter().filter(|found| found.finding.rule == "client-per-request").count()
    };
    assert_eq!((found("kept"), found("Math.random()")), (0, 1));
}
