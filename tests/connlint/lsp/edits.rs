//! After any script of edits, opens, closes, saves, renames and deletions, a living session finds what a
//! fresh one finds.
//!
//! Scripts are random and can be repeated: the seed is in the failure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use connlint::session::{Options, Outcome, Session};
use connlint::source::Overlay;

use crate::tree::Tree;

/// A file with the texts that it may have; the last one does not parse.
type File = (&'static str, &'static [&'static str]);

const TYPESCRIPT: &[File] = &[
    (
        "package.json",
        &["{\"dependencies\":{\"express\":\"5\",\"pg\":\"8\"}}", "{\"dependencies\":{\"pg\":\"8\"}}", "{"],
    ),
    (
        "src/db.ts",
        &[
            "import { Pool } from 'pg';\nexport function open() {\n  return new Pool({ max: 5 });\n}\n",
            "import { Pool } from 'pg';\nconst pool = new Pool({ max: 5 });\nexport function open() {\n  return pool;\n}\n",
            "import { Pool } from 'pg';\n// é\nexport class Db { pool = new Pool(); }\nexport const open = () => new Db();\n",
            "import { Pool } from 'pg';\nexport function open( {{ new Pool(",
        ],
    ),
    (
        "src/helper.ts",
        &[
            "import { open } from './db';\nexport const load = () => open();\n",
            "import { open } from './database';\nexport const load = () => open();\n",
            "import { open } from '@data/db';\nexport const load = () => open();\n",
            "import { open } from 'kept/db';\nexport const load = () => open();\n",
            "export const load = () => 1;\n",
            "export const load = (",
        ],
    ),
    (
        "src/app.ts",
        &[
            "import express from 'express';\nimport { load } from './helper';\nconst app = express();\napp.get('/a', (q, r) => { load(); });\n",
            "import express from 'express';\nimport { load } from './helper';\nconst app = express();\nconst kept = load();\napp.get('/a', (q, r) => { kept; });\n",
            "import express from 'express';\nimport { open } from './db';\nconst app = express();\n// connlint-ignore client-per-request: for the test\napp.get('/b', async (q, r) => { await open(); });\n",
            "import express from 'express';\napp.get('/a', (q, r => {",
        ],
    ),
    (
        "tsconfig.json",
        &[
            "{\"compilerOptions\":{\"paths\":{\"@data/*\":[\"./src/*\"]}}}",
            "{\"compilerOptions\":{\"paths\":{\"@data/*\":[\"./other/*\"]}}}",
            "{\"extends\":\"./base.json\"}",
            "{\"compilerOptions\":",
        ],
    ),
    (
        "vite.config.ts",
        &[
            "export default { resolve: { alias: { kept: './src' } } };\n",
            "export default { resolve: { alias: { kept: './other' } } };\n",
            "export default { resolve: {",
        ],
    ),
];

const PYTHON: &[File] = &[
    ("requirements.txt", &["fastapi\nsqlalchemy\n", "sqlalchemy\n", "\n", ""]),
    (
        "app/db.py",
        &[
            "from sqlalchemy import create_engine\n\n\ndef engine():\n    return create_engine('postgresql://db/x')\n",
            "from sqlalchemy import create_engine\n\nshared = create_engine('postgresql://db/x')\n\n\ndef engine():\n    return shared\n",
            "def engine():\n    return None\n",
            "from sqlalchemy import create_engine\n\ndef engine(:\n    return create_engine(\n",
        ],
    ),
    (
        "app/main.py",
        &[
            "from fastapi import FastAPI\nfrom app.db import engine\n\napp = FastAPI()\n\n\n@app.get('/x')\ndef x():\n    return engine().connect().execute('select 1')\n",
            "from fastapi import FastAPI\nfrom .db import engine\n\napp = FastAPI()\n\n\ndef x():\n    return engine()\n",
            "from app.database import engine\n\n\ndef job():\n    for _ in range(9):\n        engine()\n",
            "def (\n",
        ],
    ),
    ("app/__init__.py", &["", "from app.db import engine\n", "x = (\n"]),
    (
        "docker-compose.yml",
        &[
            "services:\n  web:\n    command: uvicorn app.main:app --workers 30\n",
            "# connlint-ignore pool-over-budget: it is large\nservices:\n  web:\n    command: uvicorn app.main:app\n",
            "services: [",
        ],
    ),
];

const RUST: &[File] = &[
    (
        "Cargo.toml",
        &[
            "[package]\nname = \"shop\"\n[dependencies]\naxum = \"0.8\"\nmongodb = \"3\"\n",
            "[package]\nname = \"shop\"\n",
            "[",
        ],
    ),
    (
        "src/db.rs",
        &[
            "use mongodb::Client;\n\npub async fn open() -> Client {\n    Client::with_uri_str(\"mongodb://db\").await.unwrap()\n}\n",
            "pub async fn open() -> u32 {\n    1\n}\n",
            "use mongodb::Client;\n\npub async fn open() -> Client {\n    Client::with_uri_str(",
        ],
    ),
    (
        "src/lib.rs",
        &[
            "mod db;\nuse axum::{routing::get, Router};\n\npub fn router() -> Router {\n    Router::new().route(\"/n\", get(names))\n}\n\nasync fn names() -> String {\n    let client = db::open().await;\n    client.list_database_names().await.unwrap().join(\",\")\n}\n",
            "mod database;\nuse axum::{routing::get, Router};\n\npub fn router() -> Router {\n    Router::new().route(\"/n\", get(names))\n}\n\nasync fn names() -> String {\n    database::open().await;\n    String::new()\n}\n",
            "mod db;\n",
            "mod db;\nfn (\n",
        ],
    ),
];

/// Functions that settings name, and a server that they name too.
const FUNCTIONS: &[File] = &[
    ("package.json", &["{\"dependencies\":{\"pg\":\"8\"}}", "{}", "{"]),
    (
        "src/handler.ts",
        &[
            "import { Pool } from 'pg';\nexport const get = async () => {\n  const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n  await pool.query('select 1');\n  await pool.end();\n};\n",
            "import { Pool } from 'pg';\nconst pool = new Pool({ connectionString: process.env.DATABASE_URL });\nexport const get = () => pool.query('select 1');\n",
            "export const get = async () => {",
        ],
    ),
    (
        "serverless.yml",
        &[
            "functions:\n  get:\n    handler: src/handler.get\n    events:\n      - http: GET /\n",
            "functions:\n  get:\n    handler: src/handler.get\n    events:\n      - schedule: rate(1 hour)\n",
            "functions:\n  get:\n    handler: src/other.get\n",
            "functions: [",
        ],
    ),
    (
        ".env",
        &[
            "DATABASE_URL=postgres://app@ep-a-1.neon.tech/x\n",
            "DATABASE_URL=postgres://app@ep-a-1-pooler.neon.tech/x\n",
            "OTHER=1\n",
        ],
    ),
];

/// xorshift: the same numbers everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

/// The project as the editor sees it, beside the session that is told of it.
struct Desk {
    tree: Tree,
    session: Session,
    /// Path and text, with whether that parses.
    buffers: BTreeMap<String, (&'static str, bool)>,
    settings: &'static str,
    log: Vec<String>,
}

/// Where files may be renamed to.
const OTHER_NAMES: &[(&str, &str)] =
    &[("src/db.ts", "src/database.ts"), ("app/db.py", "app/database.py"), ("src/db.rs", "src/database.rs")];

impl Desk {
    fn new(files: &[File]) -> Self {
        let tree = Tree::new(&[("connlint.toml", "")]);
        files.iter().for_each(|(path, texts)| tree.write(path, texts[0].as_bytes()));
        let session = Session::open(options(&tree, Overlay::default())).unwrap();
        Self { tree, session, buffers: BTreeMap::new(), settings: "", log: Vec::new() }
    }

    fn step(&mut self, files: &[File], dice: &mut Dice) {
        let (path, texts) = files[dice.roll(files.len())];
        let other = OTHER_NAMES.iter().find(|(old, _)| *old == path).map_or(path, |(_, new)| *new);
        let path = if dice.roll(4) == 0 { other } else { path };
        let variant = dice.roll(texts.len());
        let (text, parses) = (texts[variant], variant + 1 < texts.len());
        match dice.roll(9) {
            0..=3 => self.edit(path, text, parses),
            4 => self.close(path),
            5 => self.save(path),
            6 if parses => self.write(path, text),
            7 => self.remove_or_rename(path, other, dice.roll(2) == 0),
            8 => self.set(dice.roll(3)),
            _ => {}
        }
    }

    fn edit(&mut self, path: &str, text: &'static str, parses: bool) {
        self.log.push(format!("edit {path}: {text:?}"));
        self.buffers.insert(path.into(), (text, parses));
        self.session.set_buffer(&self.tree.path(path), Some(text));
    }

    fn close(&mut self, path: &str) {
        if self.buffers.remove(path).is_some() {
            self.log.push(format!("close {path}"));
            self.session.set_buffer(&self.tree.path(path), None);
        }
    }

    fn save(&mut self, path: &str) {
        let Some((text, true)) = self.buffers.get(path).copied() else { return };
        self.write(path, text);
    }

    fn write(&mut self, path: &str, text: &str) {
        self.log.push(format!("write {path}: {text:?}"));
        self.tree.write(path, text.as_bytes());
        self.session.disk_changed(&self.tree.path(path));
    }

    fn remove_or_rename(&mut self, path: &str, other: &str, remove: bool) {
        let from = self.tree.path(path);
        if !from.exists() || path.ends_with("toml") && !remove {
            return;
        }
        self.log.push(format!("{} {path} {other}", if remove { "remove" } else { "rename" }));
        if remove || path == other {
            std::fs::remove_file(&from).unwrap();
        } else {
            std::fs::rename(&from, self.tree.path(other)).unwrap();
            self.session.disk_changed(&self.tree.path(other));
        }
        self.session.disk_changed(&from);
    }

    /// The settings and the ignored files.
    fn set(&mut self, which: usize) {
        let settings =
            ["", "lint.ignore = ['client-per-request']\n", "exclude = ['helper.ts', 'app/main.py']\n"][which];
        self.settings = settings;
        self.write("connlint.toml", settings);
        self.write(".gitignore", if which == 1 { "database.*\n" } else { "" });
    }

    fn compare(&mut self, seed: u64) -> usize {
        self.session.refresh().unwrap();
        if self.buffers.values().any(|(_, parses)| !parses) {
            return 0;
        }
        let overlay = self.buffers.iter().map(|(path, (text, _))| (self.tree.path(path), (*text).into()));
        let fresh = Session::open(options(&self.tree, overlay.collect())).unwrap().check();
        let outcome = self.session.check();
        self.session.hold_on_to(&outcome);
        let (lived, fresh) = (told(&outcome), told(&fresh));
        assert_eq!(lived, fresh, "seed {seed}, after\n{}", self.log.join("\n"));
        lived.0.len()
    }
}

fn options(tree: &Tree, overlay: Overlay) -> Options {
    Options { directory: tree.root().to_path_buf(), overlay, no_cache: true, ..Options::default() }
}

/// All that is said: findings with their fixes and chains, problems, files.
fn told(outcome: &Outcome) -> (Vec<String>, Vec<String>, Vec<PathBuf>) {
    let findings = outcome.findings.iter().map(|found| format!("{} {:?}", found.id, found.finding));
    let problems = outcome.problems.iter().map(|problem| format!("{}: {}", problem.path, problem.message));
    let files = outcome.files.iter().map(|file| file.absolute.clone());
    (findings.collect(), problems.collect(), files.collect())
}

/// How many findings there were in all, so that an empty comparison is noticed.
fn play(files: &[File], seed: u64) -> usize {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut desk = Desk::new(files);
    let mut found = desk.session.check().findings.len();
    for _ in 0..12 {
        for _ in 0..=dice.roll(3) {
            desk.step(files, &mut dice);
        }
        found += desk.compare(seed);
    }
    found
}

/// `CONNLINT_SEEDS=N` plays as many scripts of each language.
#[test]
fn a_living_session_finds_what_a_fresh_one_finds() {
    let seeds = std::env::var("CONNLINT_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(3);
    let scripts = [("typescript", TYPESCRIPT), ("python", PYTHON), ("rust", RUST), ("functions", FUNCTIONS)];
    for (name, files) in scripts {
        let found: usize = (1..=seeds).map(|seed| play(files, seed)).sum();
        assert!(found > 5, "{name}: only {found} findings in all scripts");
    }
}

/// Until something changes that was asked about, what was said last is said again.
#[test]
fn an_edit_that_nobody_asks_about_is_not_judged_anew() {
    let tree = Tree::new(&[
        ("package.json", "{\"dependencies\": {\"express\": \"5\", \"pg\": \"8\"}}"),
        ("src/db.ts", "import { Pool } from 'pg';\nexport const open = () => new Pool();\n"),
        (
            "src/app.ts",
            "import express from 'express';\nimport { open } from './db';\nexpress().get('/', () => open());\n",
        ),
        ("src/other.ts", "export const other = 1;\n"),
    ]);
    // Long enough for the stamp of the manifest to be trusted.
    std::thread::sleep(std::time::Duration::from_millis(3_100));
    let lasting = Options { no_cache: false, ..options(&tree, Overlay::default()) };
    let mut session = Session::open(lasting).unwrap();
    let first = session.check();
    assert!(!first.findings.is_empty());
    session.hold_on_to(&first);
    let other = tree.path("src/other.ts");
    let mut edit = |text: &str, recalled: bool| {
        session.set_buffer(&other, Some(text));
        session.refresh().unwrap();
        let outcome = session.check();
        session.hold_on_to(&outcome);
        assert_eq!(outcome.recalled, recalled, "{text}");
        let overlay = [(other.clone(), text.into())].into_iter().collect();
        assert_eq!(told(&outcome), told(&Session::open(options(&tree, overlay)).unwrap().check()));
    };
    (1..40).for_each(|length| edit(&format!("export const {} = 1;\n", "other".repeat(length)), true));
    edit("import { open } from './db';\nopen();\n", false);
    edit("import { open } from './db';\n\n// Once.\nopen();\n", true);
    edit("export const other = 1;\n", false);
    edit("// As it was.\nexport const other = 1;\n", true);
}

#[test]
fn a_file_that_does_not_parse_keeps_its_last_good_facts() {
    for files in [TYPESCRIPT, PYTHON, RUST] {
        let mut desk = Desk::new(files);
        let before = told(&desk.session.check()).0;
        assert!(!before.is_empty());
        let (path, texts) = files[1];
        desk.edit(path, texts[0], true);
        desk.session.refresh().unwrap();
        desk.edit(path, texts[texts.len() - 1], false);
        desk.session.refresh().unwrap();
        assert!(desk.session.is_held(&desk.tree.path(path)), "{path}");
        assert_eq!(told(&desk.session.check()).0, before, "{path}");
        desk.edit(path, texts[1], true);
        desk.session.refresh().unwrap();
        assert!(!desk.session.is_held(&desk.tree.path(path)), "{path}");
        assert_ne!(told(&desk.session.check()).0, before, "{path}");
    }
}

#[test]
fn settings_that_do_not_parse_keep_what_they_said() {
    for (files, path) in [(TYPESCRIPT, "package.json"), (TYPESCRIPT, "tsconfig.json"), (RUST, "Cargo.toml")] {
        let mut desk = Desk::new(files);
        desk.edit("src/helper.ts", "import { open } from '@data/db';\nexport const load = () => open();\n", true);
        let texts = files.iter().find(|(name, _)| *name == path).unwrap().1;
        desk.session.refresh().unwrap();
        let before = told(&desk.session.check());
        assert!(!before.0.is_empty());
        desk.edit(path, texts[0], true);
        desk.session.refresh().unwrap();
        desk.edit(path, texts[texts.len() - 1], false);
        desk.session.refresh().unwrap();
        assert_eq!(told(&desk.session.check()), before, "{path}");
    }
}

#[test]
fn path_aliases_of_a_bundler_follow_its_configuration() {
    let mut desk = Desk::new(TYPESCRIPT);
    desk.edit("src/helper.ts", "import { open } from 'kept/db';\nexport const load = () => open();\n", true);
    let mut told_after = |text: &'static str| {
        desk.edit("vite.config.ts", text, true);
        desk.session.refresh().unwrap();
        told(&desk.session.check()).0
    };
    let linked = told_after("export default { resolve: { alias: { kept: './src' } } };\n");
    let lost = told_after("export default { resolve: { alias: { kept: './other' } } };\n");
    assert_ne!(linked, lost);
    assert_eq!(told_after("export default { resolve: { alias: { kept: './src' } } };\n"), linked);
}
