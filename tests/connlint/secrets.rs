//! Secrets that stand in sources and settings files reach no output.
//!
//! Plants marked words in all kinds of files and searches everything that every command prints or
//! writes for them.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::literate::parse;
use crate::lsp::client::{Client, uri};
use crate::tree::Tree;

/// Users, passwords, tokens, references of projects and hosts: all carry this mark, in one case or the other.
const MARKS: &[&str] = &["zqx", "ZQX"];

const TYPESCRIPT: &str = r#"
import { Pool } from "pg";
import { createClient } from "redis";
import mongoose from "mongoose";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";

const dbPassword = "zqxLocalPassword1";
const secretKey: string = "zqxTypedSecretKey12345";

export async function GET() {
  const pool = new Pool({ connectionString: "postgres://zqxuser:zqxpass@db.zqxprojectreference.supabase.co:5432/app", max: 500 });
  const other = new Pool({ host: "db.zqxprojectreference.supabase.co", user: "zqxuser2", password: "zqxpass2", max: 300 });
  const third = new Pool({ password: process.env.DB_PASSWORD || "zqxfallback", user: process.env.DB_USER ?? "zqxfallbackuser" });
  const cache = createClient({ url: `rediss://default:zqxredis@eu1-zqxhost-12345.upstash.io:6379`, password: dbPassword });
  await mongoose.connect("mongodb+srv://zqxatlas:zqxatlaspass@cluster0.zqxid.mongodb.net/app?authToken=zqxparam");
  const sql = postgres("postgresql://postgres.zqxprojectreference:zqx/sl@sh@aws-0-eu-central-1.pooler.supabase.com:6543/postgres", { max: 200 });
  const neon = drizzle("postgres://zqxneon:zqxneonpass@ep-zqxcool-zqxsun-123456-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require");
  pool.query("select 1"); other.query("select 1"); third.query("select 1");
  return Response.json([cache, sql, neon, secretKey]);
}
"#;

const PYTHON: &str = r#"
import os
import asyncpg
from fastapi import FastAPI
from pydantic import SecretStr
from pydantic_settings import BaseSettings
from pymongo import MongoClient
from redis import Redis
from sqlalchemy import create_engine

app = FastAPI()
DB_PASSWORD = "zqxmodulepassword"
API_TOKEN: str = "zqxannotatedtoken"

class Settings(BaseSettings):
    db_password: SecretStr = SecretStr("zqxsettingspassword")
    url: str = "postgresql://zqxsuser:zqxspass@db.zqxprojectreference.supabase.co/app"

@app.get("/a")
async def a():
    engine = create_engine("postgresql://zqxuser:zqxpass@zqxinstance.abc.eu-west-1.rds.amazonaws.com/app", pool_size=0)
    client = MongoClient(host="cluster0.zqxid.mongodb.net", username="zqxmongouser", password=os.getenv("DB_PASSWORD", "zqxgetenv"))
    cache = Redis(host="eu1-zqxhost.upstash.io", password="zqxredispassword")
    pool = await asyncpg.create_pool(dsn="host=db.zqxprojectreference.supabase.co user=zqxdsnuser password=zqxdsnpass", max_size=400)
    return [engine, client, cache, pool, DB_PASSWORD, API_TOKEN]
"#;

const RUST: &str = r#"
use axum::{routing::get, Router};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

const PASSWORD: &str = "zqxrustpassword";

async fn handler() -> String {
    let url = "postgres://zqxruser:zqxrpass@db.zqxprojectreference.supabase.co/app";
    let pool = PgPoolOptions::new().max_connections(500).connect(url).await.unwrap();
    let options = PgConnectOptions::new().host("db.zqxprojectreference.supabase.co").username("zqxbuilderuser").password("zqxbuilderpass");
    let other = PgPoolOptions::new().max_connections(400).connect_with(options).await.unwrap();
    format!("{pool:?}{other:?}{PASSWORD}")
}

pub fn app() -> Router { Router::new().route("/", get(handler)) }
"#;

fn files() -> Vec<(&'static str, &'static str)> {
    vec![
        (
            "package.json",
            r#"{"name":"web","dependencies":{"next":"15","pg":"8","redis":"5","mongoose":"8","postgres":"3","drizzle-orm":"1","@prisma/client":"6"},"scripts":{"start":"DB_PASSWORD=zqxscript next start","db":"psql postgres://zqxscriptuser:zqxscriptpass@db.zqxprojectreference.supabase.co/x"}}"#,
        ),
        (
            "requirements.txt",
            "fastapi\nsqlalchemy\npymongo\nredis\nasyncpg\npydantic-settings\ngit+https://zqxuser:zqxpip@example.com/a.git\n",
        ),
        (
            "Cargo.toml",
            "[package]\nname = \"api\"\nversion = \"0.1.0\"\n[dependencies]\naxum = \"0.8\"\nsqlx = \"0.8\"\n",
        ),
        (
            ".env",
            "DATABASE_URL=\"postgresql://postgres.zqxprojectreference:zqxenvpass@db.zqxprojectreference.supabase.co:5432/postgres\"\nDB_USER=zqxenvuser\nDB_PASSWORD=zqxenvpassword\nSECRET=zqxsecret\nPLAIN=zqxplain\nPOOL=500\n",
        ),
        (
            ".env.local",
            "MONGODB_URI=mongodb+srv://zqxmuser:zqxmpass@cluster0.zqxid.mongodb.net/app\nSUPABASE_URL=https://zqxprojectreference.supabase.co\nSUPABASE_PROJECT_REF=zqxprojectreference\nKEY=\"-----BEGIN\nzqxkeyline\n-----END\"\n",
        ),
        (
            "prisma/schema.prisma",
            "datasource db {\n  provider = \"postgresql\"\n  url = \"postgresql://zqxpuser:zqxppass@db.zqxprojectreference.supabase.co:5432/postgres\"\n}\ngenerator client {\n  provider = \"prisma-client-js\"\n}\n",
        ),
        (
            "docker-compose.yml",
            "services:\n  db:\n    environment:\n      POSTGRES_USER: zqxcomposeuser\n      POSTGRES_PASSWORD: zqxcomposepass\n  api:\n    environment:\n      - DATABASE_URL=postgres://zqxcuser:zqxcpass@db.zqxprojectreference.supabase.co/app\n      - API_KEY=zqxcomposekey\n    command: gunicorn app:app --workers 8 --password zqxcommandpass\n",
        ),
        (
            "k8s.yaml",
            "apiVersion: v1\nkind: Secret\nstringData:\n  password: zqxk8spass\n---\nspec:\n  containers:\n    - env:\n        - name: DB_PASSWORD\n          value: zqxk8svalue\n",
        ),
        (
            "Dockerfile",
            "FROM node\nENV DB_PASSWORD zqxdockerenv\nENV TOKEN=zqxdockertoken\nARG NPM_TOKEN=zqxdockerarg\nCMD [\"gunicorn\", \"--workers\", \"9\", \"--password\", \"zqxdockercmd\"]\n",
        ),
        ("Procfile", "web: DB_PASSWORD=zqxprocfile gunicorn main:app --workers 7 --token zqxprocflag\n"),
        (
            "start.sh",
            "#!/bin/sh\nexport DB_PASSWORD=zqxshell\npsql \"postgres://zqxshelluser:zqxshellpass@db.zqxprojectreference.supabase.co/x\"\nexec gunicorn --workers 6 --password zqxshellflag main:app\n",
        ),
        (
            "supervisord.conf",
            "[program:web]\nenvironment=DB_PASSWORD=\"zqxsupervisor\"\ncommand=gunicorn --workers 5 --token zqxsupervisorflag main:app\n",
        ),
        ("setup.cfg", "[db]\nuser = zqxiniuser\npassword = zqxinipass\n"),
        (
            "fly.toml",
            "[env]\nDB_PASSWORD = \"zqxflypass\"\nDATABASE_URL = \"postgres://zqxflyuser:zqxflypass@db.zqxprojectreference.supabase.co/x\"\n",
        ),
        ("app/api/users/route.ts", TYPESCRIPT),
        (
            "lib/prisma.ts",
            "import { PrismaClient } from \"@prisma/client\";\nexport const prisma = new PrismaClient({ datasourceUrl: \"postgresql://zqxduser:zqxdpass@db.zqxprojectreference.supabase.co/app\" });\n",
        ),
        ("main.py", PYTHON),
        ("src/lib.rs", RUST),
        (
            "broken.ts",
            "import { Pool } from \"pg\";\nconst password = \"zqxbrokenpass\n}}} const pool = new Pool({ password: 'zqxbroken2' )\n",
        ),
        (
            "broken.py",
            "from pymongo import MongoClient\ndef f(:\n  MongoClient('mongodb://zqxbu:zqxbp@h/x'\npassword = 'zqxbroken3\n",
        ),
        (
            "src/broken.rs",
            "use sqlx::PgPool;\nfn f( { let password = \"zqxbroken4; PgPool::connect(\"postgres://zqxu:zqxp@h/x\") \n",
        ),
        ("vercel.json", "{ \"env\": { \"DB_PASSWORD\": \"zqxverceljson\", broken zqxbroken5 "),
        ("netlify.toml", "[build.environment]\nDB_PASSWORD = \"zqxnetlify\nbroken = = zqxbroken6\n"),
        (
            "render.yaml",
            "services:\n  - envVars:\n    - key: DB_PASSWORD\n      value: zqxrender\n   broken: [zqxbroken7\n",
        ),
    ]
}

fn leaks(shown: &[u8], what: &str) {
    let text = String::from_utf8_lossy(shown);
    let leaked: Vec<&str> = text.lines().filter(|line| MARKS.iter().any(|mark| line.contains(mark))).collect();
    assert!(leaked.is_empty(), "{what} shows secrets:\n{}", leaked.join("\n"));
}

fn run(tree: &Tree, args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connlint"));
    let cache = tree.path("cache-home");
    command.args(args).current_dir(tree.root()).stdin(Stdio::null()).env("XDG_CACHE_HOME", &cache).env("HOME", &cache);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!told.contains("panicked"), "{args:?}: {told}");
    leaks(&output.stdout, &format!("{args:?} on standard output"));
    leaks(&output.stderr, &format!("{args:?} on standard error"));
}

#[test]
fn no_report_shows_a_secret() {
    let tree = Tree::new(&files());
    for format in ["human", "concise", "json", "sarif", "github"] {
        run(&tree, &["check", "--pedantic", "--format", format]);
        run(&tree, &["check", "--pedantic", "--unsafe-fixes", "--diff", "--format", &format!("{format}:report.out")]);
        leaks(tree.read("report.out").as_bytes(), format);
    }
    run(&tree, &["check", "--statistics", "--timing"]);
}

#[test]
fn no_map_and_no_explanation_shows_a_secret() {
    let tree = Tree::new(&files());
    for format in ["text", "json", "mermaid", "html"] {
        run(&tree, &["map", "--format", format]);
    }
    for text in ["P2024", "sorry, too many clients already", "EMFILE"] {
        run(&tree, &["explain", text]);
        run(&tree, &["explain", text, "--format", "json"]);
    }
    run(&tree, &["rules"]);
}

#[test]
fn no_debug_view_shows_a_secret() {
    let tree = Tree::new(&files());
    run(&tree, &["debug", "sites", "."]);
    for (path, _) in files() {
        run(&tree, &["debug", "facts", path]);
        run(&tree, &["debug", "cfg", path]);
    }
}

#[test]
fn no_error_of_the_configuration_quotes_a_value() {
    for text in [
        "[server.main]\nmax-connections = \"zqxconfigured\"\n",
        "[server.main]\nplan = \"zqx\n",
        "[server.main]\npassword = \"zqxconfigured\"\n",
        "pedantic = \"postgres://zqxuser:zqxpass@h/x\"\n",
        "exclude = \"zqxconfigured\"\n",
    ] {
        let tree = Tree::new(&[("connlint.toml", text), ("a.ts", "")]);
        run(&tree, &["check"]);
        run(&tree, &["map"]);
    }
}

#[test]
fn no_cache_holds_a_secret() {
    let tree = Tree::new(&files());
    run(&tree, &["check"]);
    for entry in walkdir::WalkDir::new(tree.root()).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
        let path = entry.path().strip_prefix(tree.root()).unwrap();
        if !files().iter().any(|(known, _)| Path::new(known) == path) {
            leaks(&std::fs::read(entry.path()).unwrap(), &path.to_string_lossy());
        }
    }
}

/// The files of `tests/data/secrets.md`.
fn deployments() -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/secrets.md");
    let document = parse(&std::fs::read_to_string(path).unwrap());
    let blocks = document.cases.into_iter().flat_map(|case| case.blocks);
    blocks.filter_map(|block| Some((block.path?, block.text))).collect()
}

fn deployed() -> Tree {
    let files = deployments();
    Tree::new(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>())
}

#[test]
fn no_output_shows_a_secret_of_a_deployment() {
    let tree = deployed();
    for format in ["human", "concise", "json", "sarif", "github", "gitlab", "junit", "rdjson"] {
        run(&tree, &["check", "--pedantic", "--no-cache", "--format", format]);
    }
    run(&tree, &["check", "--pedantic", "--no-cache", "--unsafe-fixes", "--diff"]);
    for format in ["text", "json", "mermaid", "html"] {
        run(&tree, &["map", "--no-cache", "--format", format]);
    }
    run(&tree, &["explain", "sorry, too many clients already"]);
    run(&tree, &["explain", "sorry, too many clients already", "--format", "json"]);
    run(&tree, &["doctor"]);
    run(&tree, &["doctor", "--format", "json"]);
    run(&tree, &["debug", "sites", "."]);
    for (path, _) in deployments() {
        run(&tree, &["debug", "facts", &path]);
        run(&tree, &["debug", "cfg", &path]);
    }
}

/// What editors are told: findings, what stands behind a client, what can be done, links.
#[test]
fn no_editor_is_told_a_secret() {
    let tree = deployed();
    let mut client = Client::spawn(tree.root());
    client.start(json!({}), json!({}));
    for (path, text) in deployments() {
        client.open(&path, &text);
        let document = json!({ "uri": uri(&tree.path(&path)) });
        let lines = text.lines().count();
        let end = json!({ "line": lines, "character": 0 });
        let whole = json!({ "start": { "line": 0, "character": 0 }, "end": end });
        let mut told = vec![
            client.request("textDocument/diagnostic", json!({ "textDocument": document })),
            client.request("textDocument/documentLink", json!({ "textDocument": document })),
        ];
        let actions = json!({ "textDocument": document, "range": whole, "context": { "diagnostics": [] } });
        told.push(client.request("textDocument/codeAction", actions));
        for (line, text) in text.lines().enumerate() {
            for character in text.char_indices().filter(|(_, c)| *c == '(').map(|(at, _)| at.saturating_sub(1)) {
                let place = json!({ "line": line, "character": character });
                let what = json!({ "textDocument": document, "position": place });
                told.push(client.request("textDocument/hover", what));
            }
        }
        told.iter().for_each(|answer| leaks(answer.to_string().as_bytes(), &path));
    }
    let told = format!("{:?}{:?}", client.pushed, client.received);
    leaks(told.as_bytes(), "what the server sent by itself");
}
