//! Expected output of every format for a small project.
//!
//! The project is made of texts and spans found in them; no parser and no rule takes part.

use std::path::{Path, PathBuf};

use super::mask::Begins;
use super::{Counts, Detail, Format, Report, Reported, RulePage, Style, mask, render};
use crate::facts::Span;
use crate::finding::{Also, Applicability, Confidence, Edit, Finding, Fix, NewFile, Place, Related, Severity};
use crate::source::{FileId, FileKind, Position, Problem, SourceFile};

mod ci;
mod data;
mod human;

const ROUTE: &str = "import { openDatabase } from \"@/lib/mongodb-runtime\";
import { NextResponse } from \"next/server\";

export async function GET() {
  const db = await openDatabase();
  return NextResponse.json(await db.collection(\"users\").find().toArray());
}
";

const RUNTIME: &str = "import { MongoClient } from \"mongodb\";

export async function openDatabase() {
  const client = new MongoClient(process.env.MONGODB_URI!);
  await client.connect();
  return client.db();
}
";

const WORKER: &str =
    "import redis\n\n\ndef handle(event):\n    größe = redis.Redis(host=\"h\")\n    return größe.get(event)\n";

fn file(path: &str, text: &str) -> SourceFile {
    let absolute = PathBuf::from("/work space/app").join(path);
    SourceFile { path: path.into(), absolute, kind: FileKind::TypeScript, text: text.into() }
}

fn files() -> Vec<SourceFile> {
    vec![
        file("src/app/api/users/route.ts", ROUTE),
        file("src/lib/mongodb-runtime.ts", RUNTIME),
        file("jobs/worker.py", WORKER),
    ]
}

fn place(files: &[SourceFile], file: u32, needle: &str) -> Place {
    let start = files[file as usize].text.find(needle).unwrap();
    Place { file: FileId(file), span: Span::new(start, start + needle.len()) }
}

fn per_request(files: &[SourceFile]) -> Finding {
    Finding {
        rule: "client-per-request",
        severity: Severity::Error,
        confidence: Confidence::High,
        message: "`MongoClient` is built on every request".into(),
        place: place(files, 1, "new MongoClient(process.env.MONGODB_URI!)"),
        label: "a client is built here, and nothing keeps or closes it".into(),
        client: Some("mongodb.MongoClient".into()),
        related: vec![Related {
            place: place(files, 0, "openDatabase()"),
            message: "GET /api/users calls this on each request".into(),
        }],
        why: "each MongoClient opens a pool of up to 100 connections (the default); Atlas M0 allows 500 in all".into(),
        help: "use the client that src/lib/mongodb.ts already shares".into(),
        fix: Some(Fix {
            title: "Re-export the shared client".into(),
            applicability: Applicability::Unsafe,
            edits: vec![Edit {
                file: FileId(1),
                span: place(files, 1, "import { MongoClient } from \"mongodb\";").span,
                text: "export * from \"./mongodb\";".into(),
            }],
            creates: Vec::new(),
            others: Vec::new(),
        }),
        scope: "openDatabase".into(),
        also: Also::default(),
        entry: None,
        after: 0,
        pedantic: false,
    }
}

fn in_worker(files: &[SourceFile]) -> Finding {
    Finding {
        rule: "connection-not-released",
        severity: Severity::Warning,
        message: "`Redis` is not closed".into(),
        place: place(files, 2, "redis.Redis(host=\"h\")"),
        label: String::new(),
        client: None,
        related: Vec::new(),
        why: String::new(),
        help: "close it".into(),
        fix: None,
        ..per_request(files)
    }
}

const RULES: [RulePage; 2] = [
    RulePage {
        id: "client-per-request",
        summary: "A client is built on a request path",
        markdown: "# client-per-request\n\nEach client opens sockets of its own.\n\n## Why\n",
        severity: Severity::Error,
        uri: Some("https://example.org/client-per-request"),
    },
    RulePage {
        id: "connection-not-released",
        summary: "A connection is not given back",
        markdown: "",
        severity: Severity::Error,
        uri: None,
    },
];

fn shown(format: Format, files: &[SourceFile], findings: &[Finding], base: &str) -> String {
    let ids = ["1a2b3c4d", "5e6f7a8b", "9c0d1e2f"];
    let findings: Vec<Reported> = findings.iter().zip(ids).map(|(finding, id)| Reported { finding, id }).collect();
    let at = Some(Position { line: 3, column: 5 });
    let problems = [Problem { path: "src/broken.ts".into(), at, message: "syntax error".into() }];
    let report = Report {
        findings: &findings,
        problems: &problems,
        files,
        rules: &RULES,
        counts: Counts { files: 120, suppressed: 1, ..Counts::default() },
        base: Path::new(base),
    };
    let mut out = Vec::new();
    render(format, &report, Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn paths_are_relative_to_the_working_directory() {
    let files = files();
    let findings = [per_request(&files)];
    let from = |base| shown(Format::Concise, &files, &findings, base).split(':').next().unwrap().to_string();
    assert_eq!(from("/work space/app/src"), "lib/mongodb-runtime.ts");
    assert_eq!(from("/work space/app/jobs"), "../src/lib/mongodb-runtime.ts");
    assert_eq!(from("/work space/app"), "src/lib/mongodb-runtime.ts");
    assert_eq!(from(""), "src/lib/mongodb-runtime.ts");
}

#[test]
fn odd_places_do_not_break_any_format() {
    let files = [file("a.ts", "ä\r\n\u{1b}[31m\tx"), file("empty.ts", "")];
    let spans = [(0, 0, 1), (0, 1, 2), (0, 3, 900), (0, 900, 3), (1, 0, 0), (1, 5, 9), (7, 1, 2), (0, 9, 2)];
    for (index, start, end) in spans {
        let mut finding = in_worker(&self::files());
        finding.place = Place { file: FileId(index), span: Span { start, end } };
        let place = Place { file: FileId(0), span: Span { start: end, end: start } };
        finding.related = vec![Related { place, message: String::from("two\nlines") }; 30];
        for format in Format::ALL {
            let text = shown(format, &files, std::slice::from_ref(&finding), "");
            assert!(!text.contains('\u{1b}'), "{format:?}");
        }
    }
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert!("xml".parse::<Format>().unwrap_err().contains("human, concise"));
}

#[test]
fn masks_keep_structure() {
    let line = mask::line(r#"const url = "postgres://bob:hunter2@db.host:5432/app?pool=5&password=x1";"#);
    assert_eq!(line, r#"const url = "postgres://***:***@db.host:5432/app?pool=5&password=***";"#);
    assert_eq!(
        mask::line(r#"f("postgres://{user}:{password}@{host}")"#),
        r#"f("postgres://{user}:{password}@{host}")"#
    );
    assert_eq!(mask::line("url(`redis://:${pass}@h`)"), "url(`redis://:${pass}@h`)");
    assert_eq!(mask::line("mongodb://a:pä/w?d@h/x"), "mongodb://***:***@h/x");
    assert_eq!(mask::line("Pool(password='s3', key='users')"), "Pool(password='***', key='users')");
    assert_eq!(mask::line(r#"new Stripe("q7w8e9r0t1y2u3i4o5p6")"#), r#"new Stripe("***")"#);
    assert_eq!(mask::line("connect('host=h password=s3 dbname=d')"), "connect('host=h password=*** dbname=d')");
    assert_eq!(mask::line(r#"x = getenv("DB_PASSWORD", "hunter2")"#), r#"x = getenv("DB_PASSWORD", "***")"#);
    assert_eq!(mask::line(r#"password: str = SecretStr("hunter2")"#), r#"password: str = SecretStr("***")"#);
    assert_eq!(mask::line(r#"env.DB_PASSWORD ?? "hunter2""#), r#"env.DB_PASSWORD ?? "***""#);
    assert_eq!(mask::line(r#"f({ name: "users", key: "ab" })"#), r#"f({ name: "users", key: "ab" })"#);
    assert_eq!(
        mask::line("postgres://u:p@db.abcdefghij.supabase.co:5432/x"),
        "postgres://***:***@db.***.supabase.co:5432/x"
    );
    assert_eq!(in_file("Dockerfile", "ENV DB_PASSWORD hunter2"), "ENV DB_PASSWORD ***");
    assert_eq!(in_file("k8s.yaml", "  value: hunter2"), "  value: ***");
    assert_eq!(mask::line("fetch(\"http://localhost:3000/x\")"), "fetch(\"http://localhost:3000/x\")");
}

#[test]
fn masks_what_positions_pairs_and_neighbours_tell() {
    for (text, shown) in [
        (r#"connect("h", "bob", "hunter2")"#, r#"connect("h", "***", "***")"#),
        (
            r#"Client::connect("h", "bob".to_string(), "hunter2".into())"#,
            r#"Client::connect("h", "***".to_string(), "***".into())"#,
        ),
        (r#"imap.login("bob", "hunter2")"#, r#"imap.login("***", "***")"#),
        (r#"get(url).basic_auth("bob", Some("hunter2"))"#, r#"get(url).basic_auth("***", Some("***"))"#),
        (r#"Client(auth=("bob", "hunter2"))"#, r#"Client(auth=("***", "***"))"#),
        (r#"dict([("user", "u"), ("password", "hunter2")])"#, r#"dict([("user", "u"), ("password", "***")])"#),
        (r#"headers.set("X-Api-Key", "hunter2")"#, r#"headers.set("X-Api-Key", "***")"#),
        (r#"f({ key: "abc123def456" })"#, r#"f({ key: "***" })"#),
    ] {
        assert_eq!(mask::line(text), shown);
    }
    for text in [
        r#"socket.connect("tcp", "events")"#,
        r#"router.login("/login", "page")"#,
        r#"new Error("a", "b", "c")"#,
        r#"pick(["password", "email"])"#,
        r#"set("name", "Bob")"#,
        r#"t("password", "Enter your password")"#,
        r#"f({ key: "users:all", queryKey: "todos-2024" })"#,
        r#"pool.query("select 1", "a", "b")"#,
    ] {
        assert_eq!(mask::line(text), text);
    }
}

#[test]
fn masks_values_of_settings_files() {
    for (text, shown) in [
        ("DB_PASS=\"hunter 2\" ", "DB_PASS=\"***\" "),
        ("POOL_SIZE=50", "POOL_SIZE=50"),
        ("PIN_TOKEN=1234", "PIN_TOKEN=***"),
        ("URL=redis://u:p@h:1/0", "URL=redis://***:***@h:1/0"),
        ("SMTP_HOST=mail.acme.com", "SMTP_HOST=mail.acme.com"),
        ("CACHE=eu.cache.acme.com", "CACHE=eu.cache.acme.com"),
        ("DB_HOST=db.abcdefghij.supabase.co", "DB_HOST=db.***.supabase.co"),
        ("PLAIN=hunter2", "PLAIN=***"),
        ("MIIEvQIBADANBg", "***"),
        ("", ""),
    ] {
        assert_eq!(in_file(".env", text), shown);
    }
    assert_eq!(in_file(".env", &format!("{}=", "a1".repeat(32))), "***");
    for (text, shown) in [
        ("  PASSWORD: hunter2", "  PASSWORD: ***"),
        ("  image: postgres", "  image: postgres"),
        ("ENV API_KEY=hunter2", "ENV API_KEY=***"),
    ] {
        assert_eq!(in_file("a.yaml", text), shown);
    }
}

fn in_file(path: &str, text: &str) -> String {
    mask::in_file(path, text, &Begins::Text.into()).text
}

#[test]
fn hosts_are_shown_the_same_way_in_every_address() {
    for (host, shown) in [
        ("smtp.example.com", "smtp.example.com"),
        ("live.acme.com", "live.acme.com"),
        ("db.abcdefghij.supabase.co", "db.***.supabase.co"),
        ("ep-cool-sun-1234.eu-central-1.aws.neon.tech", "ep-***-***-***.eu-central-1.aws.neon.tech"),
    ] {
        for (before, after) in [("wss://", "/x"), ("https://", ""), ("postgres://", ":5432/x"), ("", "")] {
            assert_eq!(mask::line(&format!("f(\"{before}{host}{after}\")")), format!("f(\"{before}{shown}{after}\")"));
        }
    }
}

#[test]
fn places_of_a_line_are_found_again_where_it_is_shown() {
    let line = r#"pool("postgres://bob:hunter2@h/x", "q") // pool"#;
    let shown = mask::in_file("a.py", line, &Begins::Code.into());
    let at = |text: &str, from: &str| text.find(from).unwrap();
    for place in ["pool(", "@h", "\"q\"", "// pool"] {
        assert_eq!(shown.at(at(line, place)), at(&shown.text, place), "{}", shown.text);
    }
    assert_eq!(shown.at(line.len()), shown.text.len());
    assert_eq!(shown.at(at(line, "unter2")), at(&shown.text, "***@") + 1);
}
