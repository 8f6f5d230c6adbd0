//! `connlint map` as users run it: what its rows say, in all formats.
//!
//! Runs the built binary on small projects.

use std::process::Command;

use serde_json::Value;

use crate::tree::Tree;

fn project() -> Tree {
    Tree::new(&[
        ("package.json", r#"{"private":true,"workspaces":["apps/*","packages/*"]}"#),
        ("packages/db/package.json", r#"{"name":"@shop/db","main":"src/index.ts","dependencies":{"pg":"8"}}"#),
        (
            "packages/db/src/index.ts",
            "import { Pool } from \"pg\";\nexport const pool = new Pool({\n  connectionString: process.env.DATABASE_URL,\n  max: Number(process.env.DB_POOL ?? \"20\"),\n});\n",
        ),
        ("apps/web/package.json", r#"{"name":"@shop/web","dependencies":{"express":"4","pg":"8","@shop/db":"*"}}"#),
        (
            "apps/web/src/server.ts",
            "import express from \"express\";\nimport { Pool } from \"pg\";\nimport { pool } from \"@shop/db\";\nconst app = express();\napp.get(\"/users\", async (req, res) => {\n  const own = new Pool({ connectionString: process.env.DATABASE_URL });\n  res.json([await own.query(\"select 1\"), await pool.query(\"select 1\")]);\n});\napp.listen(3000);\n",
        ),
        (".env", "DB_POOL=30\nDATABASE_URL=postgres://u:p@localhost:5432/shop\n"),
    ])
}

fn map(tree: &Tree, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connlint"));
    let output = command.arg("map").args(args).current_dir(tree.root()).env("COLUMNS", "80").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn rows_tell_place_reach_pool_and_server() {
    let map: Value = serde_json::from_str(&map(&project(), &["--format", "json"])).unwrap();
    assert_eq!(map["version"], 1);
    let clients = map["clients"].as_array().unwrap();
    let find = |path: &str| clients.iter().find(|client| client["path"] == path).unwrap();

    let shared = find("packages/db/src/index.ts");
    assert_eq!((&shared["name"], &shared["line"]), (&"pg.Pool".into(), &2.into()));
    assert_eq!(shared["how_often"], "once per process");
    let number = &shared["pool"]["numbers"][0];
    assert_eq!(
        (&number["setting"], &number["value"], &number["origin"]),
        (&"max".into(), &30.0.into(), &"settings".into())
    );
    assert_eq!((&number["at"]["path"], &number["at"]["line"]), (&".env".into(), &1.into()));
    let web = map["deployables"].as_array().unwrap().iter().find(|it| it["name"] == "@shop/web").unwrap();
    assert_eq!(shared["runs_in"], serde_json::json!([web["id"]]));

    let own = find("apps/web/src/server.ts");
    assert_eq!((&own["how_often"], &own["rule"]), (&"on every request".into(), &"client-per-request".into()));
    assert_eq!(own["pool"]["numbers"][0]["origin"], "default");
    assert_eq!(own["entries"][0]["line"], 5);
    assert_eq!(own["reached"][0]["chain"][0]["line"], 5);
}

#[test]
fn a_server_sums_up_what_its_clients_open() {
    let map: Value = serde_json::from_str(&map(&project(), &["--format", "json"])).unwrap();
    let servers = map["servers"].as_array().unwrap();
    assert_eq!(servers.len(), 1);
    let server = &servers[0];
    assert_eq!(server["name"], "postgres at localhost:5432");
    assert_eq!((&server["total"], &server["at_least"], &server["over"]), (&30.0.into(), &true.into(), &false.into()));
    assert_eq!(server["unbounded"].as_array().unwrap().len(), 1);
}

/// A default holds where all options are in sight, through spreads too, and nowhere else.
#[test]
fn a_default_needs_all_options_in_sight() {
    let source = "import { Pool } from \"pg\";\nconst plain = { host: \"h\" };\nconst late: any = { host: \"h\" };\nlate.max = read();\nexport const a = new Pool({ ...plain });\nexport const b = new Pool({ ...plain, ...(process.env.SSL ? { ssl: true } : {}) });\nexport const c = new Pool({ ...late });\nexport const d = new Pool({ ...options() });\n";
    let other = "import { Sequelize } from \"sequelize\";\nexport const e = new Sequelize(url(), { dialect: \"postgres\", pool: read() });\nexport const f = new Sequelize(url(), { dialect: \"postgres\", pool: {} });\n";
    let manifest = r#"{"name":"api","dependencies":{"pg":"8","sequelize":"6"}}"#;
    let tree = Tree::new(&[("package.json", manifest), ("db.ts", source), ("orm.ts", other)]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let origin = |client: &Value| client["pool"]["numbers"][0]["origin"].as_str().unwrap().to_string();
    let origins: Vec<String> = map["clients"].as_array().unwrap().iter().map(origin).collect();
    assert_eq!(origins, ["default", "default", "unknown", "unknown", "unknown", "default"]);
}

/// A replica for reading is another server, though neither address is in sight.
#[test]
fn settings_of_other_names_are_other_servers() {
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"keep\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nsqlx = { version = \"0.8\", features = [\"postgres\"] }\ntokio = \"1\"\n",
        ),
        (
            "src/main.rs",
            "use sqlx::postgres::PgPoolOptions;\nstruct Settings { db_uri: String, read_db_uri: Option<String> }\n#[tokio::main]\nasync fn main() { open(&load()).await; }\nasync fn open(settings: &Settings) {\n    let main = PgPoolOptions::new().max_connections(40).connect(settings.db_uri.as_str()).await.unwrap();\n    if let Some(read_db_uri) = &settings.read_db_uri {\n        let read = PgPoolOptions::new().max_connections(40).connect(read_db_uri.as_str()).await.unwrap();\n        serve(main, read).await;\n    }\n}\nfn load() -> Settings { read() }\n",
        ),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let names: Vec<&str> = map["servers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["postgres from DB_URI", "postgres from READ_DB_URI"]);
}

/// `databaseUrl` of settings is what the environment calls `DATABASE_URL`; the machine itself is no server's name
/// where a setting says which it is; queues of one store have it as their server.
#[test]
fn servers_are_called_by_the_settings_that_hold_them() {
    let tree = Tree::new(&[
        ("package.json", r#"{"name":"api","dependencies":{"pg":"8","ioredis":"5","bullmq":"5"}}"#),
        (
            "db.ts",
            "import { Pool } from \"pg\";\nimport Redis from \"ioredis\";\nimport { Queue } from \"bullmq\";\nimport { config } from \"./config\";\nconst REDIS = { host: process.env.REDIS_HOST, port: 6379 };\nexport const a = new Pool({ connectionString: config().databaseUrl });\nexport const b = new Pool({ connectionString: process.env.DATABASE_URL ?? \"postgres://localhost:5432/app\" });\nexport const c = new Redis(REDIS);\nexport const d = new Queue(\"mails\", { connection: REDIS });\n",
        ),
        ("config.ts", "export function config() {\n  return read();\n}\n"),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let mut names: Vec<&str> =
        map["servers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["postgres from DATABASE_URL", "redis from REDIS_HOST"]);
    assert!(map["clients"].as_array().unwrap().iter().all(|client| !client["server"].is_null()), "{map}");
}

/// Extensions read the address themselves, by its name in the application's settings.
#[test]
fn addresses_that_a_library_reads_itself_are_found() {
    let tree = Tree::new(&[
        ("requirements.txt", "flask\nflask-sqlalchemy\nflask-redis\npsycopg2\n"),
        (
            "compose.yaml",
            "services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgresql://u:p@db:5432/app\n",
        ),
        (
            "shop/config.py",
            "import os\n\n\nclass Config:\n    SQLALCHEMY_DATABASE_URI = os.environ[\"DATABASE_URL\"]\n\n\nclass TestingConfig(Config):\n    SQLALCHEMY_DATABASE_URI = \"postgresql://tests:5432/app\"\n",
        ),
        (
            "shop/app.py",
            "import os\nfrom flask import Flask\nfrom flask_redis import FlaskRedis\nfrom flask_sqlalchemy import SQLAlchemy\n\nfrom shop.config import Config\n\napp = Flask(__name__)\napp.config.from_object(Config)\napp.config[\"REDIS_URL\"] = os.environ[\"CACHE_URL\"]\ndb = SQLAlchemy(app)\nstore = FlaskRedis(app)\n",
        ),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let mut names: Vec<&str> =
        map["servers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["postgres at db:5432", "redis from CACHE_URL"]);
}

/// What is given to a route runs on requests, not where the router is put together.
#[test]
fn a_handler_of_a_router_does_not_run_at_start_up() {
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\naxum = \"0.8\"\nreqwest = \"0.12\"\ntokio = \"1\"\n",
        ),
        (
            "src/main.rs",
            "use axum::{Router, routing::post};\nasync fn send() -> String { reqwest::Client::new().get(\"http://x\").send().await.unwrap().text().await.unwrap() }\nfn routes() -> Router { Router::new().route(\"/send\", post(send)) }\n#[tokio::main]\nasync fn main() {\n    let listener = tokio::net::TcpListener::bind(\"0.0.0.0:80\").await.unwrap();\n    axum::serve(listener, Router::new().nest(\"/api\", routes())).await.unwrap();\n}\n",
        ),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let reached = map["clients"][0]["reached"].as_array().unwrap();
    let often: Vec<&str> = reached.iter().map(|one| one["how_often"].as_str().unwrap()).collect();
    assert_eq!(often, ["on every request"]);
}

/// A part without a bound leaves the whole without one.
#[test]
fn a_pool_without_a_bound_has_no_sum() {
    let tree = Tree::new(&[
        ("requirements.txt", "sqlalchemy\npymongo\n"),
        (
            "app.py",
            "from pymongo import MongoClient\nfrom sqlalchemy import create_engine\n\nopen = create_engine(\"postgresql://open/x\", pool_size=5, max_overflow=-1)\nendless = create_engine(\"postgresql://endless/x\", pool_size=0)\nnothing = MongoClient(\"mongodb://nothing:27017\", maxPoolSize=None)\nknown = create_engine(\"postgresql://known/x\", pool_size=5, max_overflow=1)\n",
        ),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let servers = map["servers"].as_array().unwrap();
    let share = |name: &str| {
        let server = servers.iter().find(|one| one["name"].as_str().unwrap().contains(name)).unwrap();
        server["shares"][0]["most"].as_f64()
    };
    assert_eq!(["known", "open", "endless", "nothing"].map(share), [Some(6.0), None, None, None]);
}

/// A handler inside a resource inside a scope: the route says when it runs, however deep it stands.
#[test]
fn a_handler_of_a_nested_resource_does_not_run_at_start_up() {
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nactix-web = \"4\"\nreqwest = \"0.12\"\n",
        ),
        (
            "src/main.rs",
            "use actix_web::{App, HttpResponse, HttpServer, Scope, web};\nasync fn send() -> HttpResponse { reqwest::Client::new().get(\"http://x\").send().await.unwrap(); HttpResponse::Ok().finish() }\nfn routes() -> Scope { web::scope(\"/api\").service(web::resource(\"/send\").route(web::post().to(send))) }\n#[actix_web::main]\nasync fn main() -> std::io::Result<()> {\n    HttpServer::new(|| App::new().service(routes())).bind(\"0.0.0.0:80\")?.run().await\n}\n",
        ),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let client = |one: &&Value| one["name"].as_str() == Some("reqwest.Client");
    let client = map["clients"].as_array().unwrap().iter().find(client).unwrap();
    let reached = client["reached"].as_array().unwrap();
    let often: Vec<&str> = reached.iter().map(|one| one["how_often"].as_str().unwrap()).collect();
    assert_eq!(often, ["on every request"]);
}

/// Of an address that nothing tells, the process is known: a library's client belongs to who runs it.
#[test]
fn a_librarys_server_is_that_of_its_program() {
    let tree = Tree::new(&[
        ("package.json", "{ \"name\": \"root\", \"private\": true, \"workspaces\": [\"apps/*\", \"libs/*\"] }"),
        (
            "apps/web/package.json",
            "{ \"name\": \"web\", \"dependencies\": { \"@x/store\": \"*\", \"ioredis\": \"5\" } }",
        ),
        (
            "libs/store/package.json",
            "{ \"name\": \"@x/store\", \"main\": \"index.ts\", \"dependencies\": { \"ioredis\": \"5\" } }",
        ),
        (
            "libs/store/index.ts",
            "import Redis from \"ioredis\";\nexport const store = (options: object) => new Redis(options);\n",
        ),
        (
            "apps/web/main.ts",
            "import Redis from \"ioredis\";\nimport { store } from \"@x/store\";\nimport { read } from \"somewhere\";\nexport const kept = store(read());\nexport const own = new Redis(read());\n",
        ),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let names: Vec<&str> = map["servers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["redis of web"]);
}

/// A call that is given no name reads the setting that it always reads; a dialect without a limit has a row too.
#[test]
fn declared_servers_are_found_without_a_name() {
    let tree = Tree::new(&[
        ("requirements.txt", "django\ndjango-environ\npsycopg\n"),
        (
            "shop/settings.py",
            "import environ\n\nenv = environ.Env()\nDATABASES = {\n    \"default\": env.db(),\n    \"old\": {\"ENGINE\": \"django.db.backends.oracle\", \"NAME\": \"xe\", \"HOST\": \"\"},\n}\n",
        ),
        (".env", "DATABASE_URL=postgres://u:p@db:5432/shop\n"),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let names: Vec<&str> = map["servers"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["postgres at db:5432", "oracle"]);
}

#[test]
fn what_a_condition_builds_instead_adds_nothing() {
    let tree = Tree::new(&[
        ("package.json", r#"{"name":"api","dependencies":{"pg":"8"}}"#),
        (
            "src/db.ts",
            "import { Pool } from \"pg\";\nconst url = { host: \"db.internal\", port: 5432 };\nfunction open(max: number) {\n  return process.env.DEV ? new Pool({ ...url, max: 3 }) : new Pool({ ...url, max });\n}\nexport const main = open(20);\nexport const small = open(5);\n",
        ),
    ]);
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let server = &map["servers"][0];
    assert_eq!((&server["name"], &server["total"]), (&"postgres at db.internal:5432".into(), &20.0.into()));
    let instead: Vec<&Value> = server["shares"].as_array().unwrap().iter().map(|share| &share["instead"]).collect();
    assert_eq!(instead, [&Value::from(true), &Value::from(false)]);
    let number = &map["clients"][1]["pool"]["numbers"][0];
    assert_eq!((&number["least"], &number["value"]), (&5.0.into(), &20.0.into()));
}

#[test]
fn processes_and_instances_multiply() {
    let tree = project();
    tree.write("connlint.toml", b"[platform]\nworkers = 2\ninstances = 2\n");
    let map: Value = serde_json::from_str(&map(&tree, &["--format", "json"])).unwrap();
    let server = &map["servers"][0];
    assert_eq!(server["sum"], "30 × 2 processes × 2 instances = at least 120");
    assert_eq!(server["over"], true);
}

#[test]
fn the_text_keeps_to_the_width() {
    let text = map(&project(), &[]);
    assert!(text.contains("max = 30 (.env:1)"), "{text}");
    assert!(text.contains("[client-per-request]"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours without a terminal");
    let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn the_page_stands_alone_and_the_diagram_is_whole() {
    let tree = project();
    map(&tree, &["--format", "html", "-o", "map.html"]);
    let page = tree.read("map.html");
    for outside in ["src=", "href=\"http", "@import", "url("] {
        assert!(!page.contains(outside), "the page asks for {outside}");
    }
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("default-src 'none'"));
    assert_eq!(page.matches("<details").count(), 2);
    assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    let diagram = map(&tree, &["--format", "mermaid"]);
    assert!(diagram.starts_with("flowchart LR\n"));
    assert_eq!(diagram.matches("subgraph").count(), diagram.matches("\n  end").count());
}

#[test]
fn a_project_without_clients_has_an_empty_map() {
    let tree = Tree::new(&[("package.json", "{\"name\":\"empty\"}")]);
    assert!(map(&tree, &[]).contains("0 clients, 0 servers"));
}
