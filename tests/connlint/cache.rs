//! The cache between runs: it saves work and never changes what is said.
//!
//! What the cache's file does with damaged bytes is tested beside its code.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use connlint::report::quotes_secret;
use connlint::session::{Options, Outcome, run};

use crate::tree::Tree;

const FOLDER: &str = ".connlint-cache";
const FACTS: &str = ".connlint-cache/facts";
const INDEX: &str = ".connlint-cache/index";

const DB: &str = "import { Pool } from 'pg';\nexport function open() {\n  return new Pool();\n}\n";
const ROUTE: &str = "import { Router } from 'express';\nimport { open } from './db';\nconst router = Router();\n\
                     router.get('/', async (req, res) => {\n  const db = open();\n  res.json(await db.query('select 1'));\n});\n";
const MODULE: &str =
    "import { Pool } from 'pg';\nexport const shared = new Pool();\nexport const open = () => shared;\n";
const OTHER: &str = "export const unrelated = 1;\n";

fn project() -> Tree {
    Tree::new(&[
        ("package.json", r#"{"dependencies":{"express":"5","pg":"8"}}"#),
        (".env", "DATABASE_URL=postgres://app:hunter2@db/x\nSTRIPE=hunter3\n"),
        ("src/db.ts", DB),
        ("src/route.ts", ROUTE),
        ("src/other.ts", OTHER),
    ])
}

fn options(root: &Path) -> Options {
    Options { directory: root.to_path_buf(), quotes: Some(quotes_secret), ..Options::default() }
}

fn check(root: &Path, no_cache: bool) -> Outcome {
    run(Options { no_cache, ..options(root) }).unwrap()
}

/// Long enough for the stamps of files to be trusted.
fn settle() {
    std::thread::sleep(Duration::from_millis(3_100));
}

fn warm(tree: &Tree) -> Outcome {
    check(tree.root(), false)
}

/// What a user sees of an outcome.
fn said(outcome: &Outcome) -> String {
    format!("{:?}\n{:?}\n{:?}\n{:?}", outcome.findings, outcome.problems, outcome.summary, outcome.paths)
}

#[track_caller]
fn agrees(tree: &Tree) -> Outcome {
    let outcome = warm(tree);
    assert_eq!(said(&outcome), said(&check(tree.root(), true)));
    outcome
}

#[test]
fn a_second_run_parses_nothing_and_says_the_same() {
    let tree = project();
    let first = warm(&tree);
    assert!(first.parsed >= 2 && !first.findings.is_empty());
    let second = warm(&tree);
    assert_eq!((second.parsed, second.relevant), (0, first.relevant));
    assert_eq!(said(&first), said(&second));
}

#[test]
fn only_what_changed_is_parsed_again() {
    let tree = project();
    warm(&tree);
    tree.write("src/db.ts", MODULE.as_bytes());
    let outcome = agrees(&tree);
    assert_eq!((outcome.parsed, outcome.findings.len()), (1, 0));
}

#[test]
fn the_folder_is_ignored_by_git_and_backups_and_holds_no_settings() {
    let tree = project();
    warm(&tree);
    assert_eq!(tree.read(".connlint-cache/.gitignore"), "*\n");
    assert!(tree.read(".connlint-cache/CACHEDIR.TAG").starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
    let bytes = [FACTS, INDEX].map(|file| std::fs::read(tree.path(file)).unwrap()).concat();
    let holds = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    assert!(holds("express") && !holds("hunter") && !holds("STRIPE"));
}

#[test]
fn what_the_last_run_did_not_see_is_dropped() {
    let tree = project();
    let big: String = (0..500).map(|i| format!("import {{ Pool as P{i} }} from 'pg';\n")).collect();
    tree.write("src/big.ts", big.as_bytes());
    warm(&tree);
    let before = std::fs::metadata(tree.path(FACTS)).unwrap().len();
    std::fs::remove_file(tree.path("src/big.ts")).unwrap();
    agrees(&tree);
    let after = std::fs::metadata(tree.path(FACTS)).unwrap().len();
    assert!(after + 10_000 < before, "{after} of {before} bytes");
}

#[test]
fn without_a_cache_none_is_written() {
    let tree = project();
    check(tree.root(), true);
    assert!(!tree.path(FOLDER).exists());
}

#[test]
fn a_damaged_or_foreign_file_is_a_miss_and_is_replaced() {
    let tree = project();
    warm(&tree);
    settle();
    for file in [FACTS, INDEX] {
        warm(&tree);
        let whole = std::fs::read(tree.path(file)).unwrap();
        let mut foreign = whole.clone();
        foreign[20] ^= 1;
        let mut altered = whole.clone();
        let middle = whole.len() / 2;
        altered[middle] ^= 0xff;
        for bytes in [Vec::new(), b"nonsense".to_vec(), whole[..middle].to_vec(), foreign, altered] {
            tree.write(file, &bytes);
            agrees(&tree);
            assert_eq!(warm(&tree).parsed, 0);
        }
    }
}

#[test]
fn a_moved_project_keeps_its_cache() {
    let tree = project();
    let parent = Tree::new(&[]);
    warm(&tree);
    std::fs::rename(tree.root(), parent.path("moved")).unwrap();
    assert_eq!(check(&parent.path("moved"), false).parsed, 0);
    std::fs::rename(parent.path("moved"), tree.root()).unwrap();
}

#[test]
fn a_project_that_cannot_be_written_to_is_checked_without() {
    let tree = project();
    tree.write(FOLDER, b"a file where the folder should be");
    assert!(agrees(&tree).parsed > 0);
    let tree = project();
    tree.write(".connlint-cache/facts/in-the-way", b"");
    assert!(agrees(&tree).parsed > 0);
}

#[test]
fn a_shared_folder_keeps_projects_apart() {
    let (one, two, shared) = (project(), project(), Tree::new(&[]));
    two.write("src/db.ts", MODULE.as_bytes());
    let check = |tree: &Tree| run(Options { cache_dir: Some(shared.path("cache")), ..options(tree.root()) }).unwrap();
    let first = [&one, &two].map(|tree| said(&check(tree)));
    let second = [&one, &two].map(check);
    assert_eq!(second.iter().map(|outcome| outcome.parsed).sum::<usize>(), 0);
    assert_eq!(first, second.map(|outcome| said(&outcome)));
    assert!(!one.path(FOLDER).exists());
}

#[test]
fn an_edit_that_keeps_size_and_time_is_seen() {
    let tree = project();
    let file = tree.path("src/other.ts");
    let edit = |text: &str| {
        std::fs::write(&file, format!("{text:<300}\n")).unwrap();
        let handle = std::fs::File::options().append(true).open(&file).unwrap();
        handle.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).unwrap();
    };
    edit(OTHER);
    settle();
    let before = warm(&tree).findings.len();
    edit(&ROUTE.replace("import { open } from './db'", "import { Pool } from 'pg'").replace("open()", "new Pool()"));
    assert_ne!(agrees(&tree).findings.len(), before);
}

#[test]
fn standard_input_leaves_the_cache_alone() {
    let tree = project();
    warm(&tree);
    let before = std::fs::read(tree.path(FACTS)).unwrap();
    let mut options = options(tree.root());
    options.overlay.insert(tree.path("src/db.ts"), MODULE.into());
    let outcome = run(options).unwrap();
    assert_eq!((outcome.findings.len(), outcome.parsed), (0, 1));
    assert_eq!(std::fs::read(tree.path(FACTS)).unwrap(), before);
}

#[test]
fn runs_at_the_same_time_do_not_disturb_each_other() {
    let tree = project();
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_connlint"));
        command.args(["check", "--format", "json"]).current_dir(tree.root());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for _ in 0..2 {
        let started: Vec<_> = (0..4).map(|_| start()).collect();
        let ended: Vec<_> = started.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        assert!(ended.iter().all(|output| output.status.code() == Some(1) && output.stdout == ended[0].stdout));
    }
    assert_eq!(warm(&tree).parsed, 0);
    let left = std::fs::read_dir(tree.path(FOLDER)).unwrap().count();
    assert_eq!(left, 4, "a temporary file was left behind");
}

/// A tree that has been left alone for so long that a second run has nothing to do.
fn settled() -> Tree {
    let tree = project();
    settle();
    let first = warm(&tree);
    assert!(!first.recalled && !first.findings.is_empty());
    tree
}

#[track_caller]
fn is_recalled(outcome: &Outcome, recalled: bool) {
    assert_eq!(outcome.recalled, recalled);
}

#[test]
fn an_unchanged_project_is_recalled_and_nothing_else_is() {
    let tree = settled();
    is_recalled(&agrees(&tree), true);
    let (first, root) = (warm(&tree), tree.root());
    let other = |change: fn(&mut Options)| {
        let mut changed = options(root);
        change(&mut changed);
        let fresh = run(Options { no_cache: true, ..changed.clone() }).unwrap();
        let outcome = run(changed).unwrap();
        is_recalled(&outcome, false);
        assert_eq!(said(&outcome), said(&fresh));
    };
    other(|options| options.pedantic = true);
    other(|options| options.ignore = vec!["client-per-request".into()]);
    other(|options| options.paths = vec!["src/other.ts".into()]);
    other(|options| options.directory.push("src"));
    is_recalled(&warm(&tree), true);
    assert_eq!(said(&warm(&tree)), said(&first));
}

#[test]
fn whatever_a_report_depends_on_makes_it_anew() {
    let tree = settled();
    let text = |path: &str, text: &str| {
        tree.write(path, text.as_bytes());
        is_recalled(&agrees(&tree), false);
        settle();
        agrees(&tree);
        is_recalled(&agrees(&tree), true);
    };
    text("connlint.toml", "[lint]\nignore = [\"client-per-request\"]\n");
    text("package.json", r#"{"dependencies":{"express":"5","pg":"8","ioredis":"5"}}"#);
    text(".env", "DATABASE_URL=postgres://app:hunter4@db/x\n");
    std::fs::remove_file(tree.path("src/other.ts")).unwrap();
    is_recalled(&agrees(&tree), false);
    is_recalled(&agrees(&tree), true);
    tree.write(".gitignore", b"db.ts\n");
    is_recalled(&agrees(&tree), false);
}

#[test]
fn a_source_that_was_written_again_is_known_by_its_text() {
    let tree = settled();
    tree.write("src/db.ts", DB.as_bytes());
    is_recalled(&agrees(&tree), true);
    tree.write("src/db.ts", MODULE.as_bytes());
    is_recalled(&agrees(&tree), false);
}

/// In files that no finding points into, what nobody has asked for may change.
#[test]
fn what_no_analysis_has_looked_at_may_change() {
    let tree = project();
    let job = "import { open } from './db';\n\nexport const start = () => {\n  return open;\n};\n";
    tree.write("src/job.ts", job.as_bytes());
    settle();
    warm(&tree);
    let edit = |text: String, path: &str, recalled: bool| {
        tree.write(path, text.as_bytes());
        is_recalled(&agrees(&tree), recalled);
        is_recalled(&agrees(&tree), true);
    };
    edit(format!("{OTHER}export const unheardOf = 2;\n"), "src/other.ts", true);
    edit(format!("// Nothing.\n{OTHER}const alsoUnheardOf = unrelated;\n"), "src/other.ts", true);
    edit(job.replace("return", "// All the same.\n  return"), "src/job.ts", true);
    edit(job.replace("return open;", "return open();"), "src/job.ts", false);
    edit(format!("{OTHER}import {{ open }} from './db';\n"), "src/other.ts", false);
    edit(format!("{OTHER}export const open = 3;\n"), "src/other.ts", false);
    // A finding points into it, and moves.
    tree.write("src/db.ts", format!("// More.\n\n{DB}").as_bytes());
    is_recalled(&agrees(&tree), false);
}

/// A comment speaks of lines: where these move, what it covers is asked anew.
#[test]
fn a_file_with_a_comment_for_connlint_is_judged_again() {
    let tree = project();
    let covered = DB.replace("  return", "  // connlint-ignore client-per-request: a try\n  return");
    tree.write("src/db.ts", covered.as_bytes());
    settle();
    assert!(warm(&tree).findings.is_empty());
    is_recalled(&agrees(&tree), true);
    tree.write("src/db.ts", covered.replace("  return", "\n  return").as_bytes());
    is_recalled(&agrees(&tree), false);
}

#[test]
fn a_run_whose_findings_quote_a_secret_is_not_kept() {
    let tree = settled();
    let route = ROUTE.replace("open()", "new Pool({ connectionString: 'postgres://app:zqxpass@db.example.com/x' })");
    tree.write("src/route.ts", route.replace("import { open } from './db'", "import { Pool } from 'pg'").as_bytes());
    settle();
    let outcome = agrees(&tree);
    let moved = outcome.findings.iter().filter_map(|found| found.finding.fix.as_ref());
    assert!(moved.flat_map(|fix| &fix.edits).any(|edit| edit.text.contains("zqxpass")), "nothing to leak");
    is_recalled(&agrees(&tree), false);
    let bytes = std::fs::read(tree.path(INDEX)).unwrap();
    assert!(!bytes.windows(7).any(|window| window == b"zqxpass"));
}

/// Whatever is edited, added, renamed and deleted: a run with a cache says what one without says.
#[test]
fn after_any_edits_the_cache_changes_nothing() {
    let tree = settled();
    let texts = [DB, ROUTE, MODULE, OTHER, "import { open } from './db';\nfor (const x of xs) { open(); }\n", "}{ ("];
    let names = ["src/db.ts", "src/route.ts", "src/other.ts", "src/new.ts", "src/deep/more.tsx"];
    let mut state: u64 = 20_241_121;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..12 {
        for _ in 0..=next(3) {
            let path = names[next(names.len())];
            match next(6) {
                0 => drop(std::fs::remove_file(tree.path(path))),
                1 => drop(std::fs::rename(tree.path(path), tree.path(names[next(4)]))),
                2 if tree.path(path).exists() => {
                    tree.write(path, format!("// More.\n{}", tree.read(path)).as_bytes());
                }
                _ => tree.write(path, texts[next(texts.len())].as_bytes()),
            }
        }
        agrees(&tree);
        // What was kept of that run says the same.
        is_recalled(&agrees(&tree), true);
    }
}
