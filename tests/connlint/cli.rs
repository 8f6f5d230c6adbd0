//! The program as users run it: exit codes, streams, odd inputs.
//!
//! Runs the built binary.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::tree::Tree;

fn command(tree: &Tree, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_connlint"));
    command.args(args).current_dir(tree.root()).stdin(Stdio::null());
    command
}

fn run(tree: &Tree, args: &[&str]) -> Output {
    command(tree, args).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_empty_project_is_clean() {
    let tree = Tree::new(&[("package.json", "{}")]);
    let output = run(&tree, &["check", "--format", "concise"]);
    assert_eq!((code(&output), output.stdout.as_slice()), (0, &b""[..]));
    assert_eq!(stderr(&output), "");
}

#[test]
fn help_and_version_are_clean_and_wrong_arguments_are_not() {
    let tree = Tree::new(&[]);
    assert_eq!(code(&run(&tree, &["--help"])), 0);
    assert_eq!(code(&run(&tree, &["--version"])), 0);
    for args in [&["check", "--fromat", "json"][..], &["check", "--format", "yaml"], &["chek"], &[]] {
        let output = run(&tree, args);
        assert_eq!(code(&output), 2, "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn a_missing_path_is_named() {
    let tree = Tree::new(&[]);
    let output = run(&tree, &["check", "no/such.ts"]);
    assert_eq!(code(&output), 2);
    assert_eq!(stderr(&output), "error: no/such.ts: no such file or directory\n");
}

#[test]
fn a_broken_configuration_is_named_with_its_place() {
    let tree = Tree::new(&[("connlint.toml", "[lint]\nselect = [\n"), ("a.ts", "")]);
    let output = run(&tree, &["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).starts_with("error: connlint.toml:2:"), "{}", stderr(&output));
    tree.write("connlint.toml", b"pedntic = true\n");
    let output = run(&tree, &["check"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `pedantic`?"), "{}", stderr(&output));
}

#[test]
fn an_unknown_rule_is_an_error() {
    let tree = Tree::new(&[("a.ts", "")]);
    for args in [
        &["check", "--select", "no-such-rule"][..],
        &["check", "--ignore", "no-such-rule"],
        &["explain", "no-such-rule"],
    ] {
        let output = run(&tree, args);
        assert_eq!(code(&output), 2, "{args:?}");
        assert!(stderr(&output).starts_with("error: unknown rule `"), "{}", stderr(&output));
    }
}

#[test]
fn odd_files_do_not_stop_a_run() {
    let tree = Tree::new(&[
        ("package.json", "{ broken"),
        ("syntax.ts", "const = = ;;; {{{"),
        ("s.py", "def (:\n"),
        ("s.rs", "fn {"),
    ]);
    tree.write("utf8.py", &[0xc3, 0x28].repeat(300));
    tree.write("binary.js", b"\0\x01\x02\xff");
    tree.write("deep.ts", "[".repeat(10_000).as_bytes());
    tree.write("deep.py", format!("x = {}1{}\n", "(\n".repeat(10_000), ")\n".repeat(10_000)).as_bytes());
    tree.write("deep.rs", format!("fn f() {}{}", "{\n".repeat(10_000), "}\n".repeat(10_000)).as_bytes());
    std::fs::File::create(tree.path("huge.ts")).unwrap().set_len(50 * 1024 * 1024).unwrap();
    let output = run(&tree, &["check", "."]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let complaints = stderr(&output);
    for complaint in [
        "warning: package.json: line 1: it is no valid JSON",
        "warning: binary.js: is binary, not text",
        "warning: huge.ts: is larger than 5 MB and was not read",
        "warning: utf8.py: is not valid UTF-8; save it in that encoding, until then connlint leaves it out",
    ] {
        assert!(complaints.contains(complaint), "{complaints}");
    }
}

#[test]
fn manifests_in_another_encoding_do_not_stop_a_run() {
    let tree = Tree::new(&[("s.py", "x = 1\n")]);
    for manifest in ["package.json", "Cargo.toml", "pyproject.toml"] {
        // UTF-16, of which the last byte is lost.
        tree.write(manifest, b"\xff\xfe[\0p\0]");
    }
    let output = run(&tree, &["check", "."]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("warning: Cargo.toml: "), "{}", stderr(&output));
    tree.write("connlint.toml", b"# caf\xe9\n");
    let output = run(&tree, &["check", "."]);
    let complaint = "error: connlint.toml: is not written in UTF-8; save it in that encoding";
    assert_eq!((code(&output), stderr(&output).trim_end()), (2, complaint));
}

#[cfg(unix)]
#[test]
fn loops_of_links_end() {
    use std::os::unix::fs::symlink;
    let tree = Tree::new(&[("package.json", "{}"), ("a/b/c.ts", "")]);
    symlink("../..", tree.path("a/b/up")).unwrap();
    symlink("two", tree.path("one")).unwrap();
    symlink("one", tree.path("two")).unwrap();
    let output = run(&tree, &["check"]);
    assert_eq!((code(&output), stderr(&output)), (0, String::new()));
}

#[test]
fn only_one_report_goes_to_standard_output() {
    let tree = Tree::new(&[("package.json", "{}")]);
    assert_eq!(code(&run(&tree, &["check", "--format", "json", "--format", "sarif"])), 2);
    let output = run(&tree, &["check", "--format", "concise", "--format", "concise:out/report.txt"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("out/report.txt: cannot be written"), "{}", stderr(&output));
    assert_eq!(code(&run(&tree, &["check", "--format", "concise:report.txt"])), 0);
    assert_eq!(tree.read("report.txt"), "");
}

#[test]
fn standard_input_stands_for_a_file() {
    let tree = Tree::new(&[("package.json", "{}")]);
    let mut child = command(&tree, &["check", "--stdin-filename", "new.ts", "--statistics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"const a = 1\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("2  files"), "{}", stderr(&output));
}

/// Lines of sources that a terminal would wrap are cut around what is meant.
#[test]
fn frames_fit_a_narrow_terminal() {
    let line = "app.get(\"/a\", async (request, response) => { const greeting = \"hello there\"; const own = new Pool({ max: 5, application_name: greeting }); response.json(await own.query(\"select 1\")); });";
    let source =
        format!("import express from \"express\";\nimport {{ Pool }} from \"pg\";\nconst app = express();\n{line}\n");
    let tree = Tree::new(&[("package.json", r#"{"dependencies":{"express":"4","pg":"8"}}"#), ("app.ts", &source)]);
    let is_source = |line: &&str| line.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let at = |columns: &str| run_in(&tree, columns).lines().filter(is_source).map(str::to_string).collect();
    let narrow: Vec<String> = at("60");
    assert!(narrow.iter().all(|line| line.chars().count() <= 60), "{narrow:#?}");
    assert!(narrow.iter().any(|line| line.contains("new Pool")), "{narrow:#?}");
    let wide: Vec<String> = at("220");
    assert!(wide.iter().any(|line| line.chars().count() > 150), "{wide:#?}");
}

fn run_in(tree: &Tree, columns: &str) -> String {
    let output = command(tree, &["check", "--select", "client-per-request"]).env("COLUMNS", columns).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let tree = Tree::new(&[]);
    let mut child = command(&tree, &["completions", "bash"]).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_while_findings_are_written_is_no_failure() {
    let app = "import { Pool } from 'pg';\nexpress().get('/', async () => new Pool().query('x'));\n";
    let tree = Tree::new(&[("package.json", "{}")]);
    for number in 0..200 {
        tree.write(&format!("src/{number}.ts"), format!("import express from 'express';\n{app}").as_bytes());
    }
    let mut child = command(&tree, &["check"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, String::new()));
}

#[test]
fn completions_and_rules_are_printed() {
    let tree = Tree::new(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&tree, &["completions", shell]);
        assert_eq!(code(&output), 0);
        let script = String::from_utf8_lossy(&output.stdout);
        assert!(["rdjson", "mermaid", "client-in-loop"].iter().all(|word| script.contains(word)), "{shell}");
    }
    assert_eq!(code(&run(&tree, &["rules"])), 0);
}

#[test]
fn the_manual_page_has_every_command_with_its_options() {
    let output = run(&Tree::new(&[]), &["man"]);
    let page = String::from_utf8(output.stdout).unwrap().replace("\\-", "-");
    for part in [
        ".SS \"connlint check [OPTIONS] [PATHS]...\"",
        "--since",
        ".SS \"connlint baseline create [OPTIONS] [PATH]\"",
        "--force",
        ".SH \"EXIT STATUS\"",
        "FORCE_COLOR",
    ] {
        assert!(page.contains(part), "{part} is missing in\n{page}");
    }
    assert!(!page.contains("debug"), "{page}");
}

/// So many calls that the files are worked on in several shares, with a way that leads through all of them.
fn long_way(files: usize) -> Tree {
    let tree = Tree::new(&[
        ("package.json", r#"{"dependencies":{"express":"5","pg":"8"}}"#),
        ("src/s00.ts", "import { Pool } from \"pg\";\nexport const open00 = () => new Pool({ max: 5 });\n"),
    ]);
    let busy = "count(1);\n".repeat(1_000);
    for at in 1..files {
        let before = at - 1;
        let text = format!(
            "import {{ open{before:02} }} from \"./s{before:02}\";\nexport function open{at:02}() {{\n  return open{before:02}();\n}}\n\
             export function busy{at:02}(count: (n: number) => void) {{\n{busy}open{at:02}();\n}}\n"
        );
        tree.write(&format!("src/s{at:02}.ts"), text.as_bytes());
    }
    let last = files - 1;
    let app = format!(
        "import express from \"express\";\nimport {{ open{last:02} }} from \"./s{last:02}\";\nconst app = express();\n\
         app.get(\"/\", async (req, res) => res.json(await open{last:02}().query(\"select 1\")));\napp.listen(80);\n"
    );
    tree.write("src/app.ts", app.as_bytes());
    tree
}

#[test]
fn the_number_of_threads_does_not_change_what_is_found() {
    let tree = long_way(45);
    let report = |jobs| run(&tree, &["check", "--format", "json", "--no-cache", "--jobs", jobs]).stdout;
    let one = String::from_utf8(report("1")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&one).unwrap();
    let finding = found["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "client-per-request");
    let steps = finding.unwrap()["related"].as_array().unwrap().len();
    assert!(steps >= 45, "{steps} steps");
    for jobs in ["2", "3", "8"] {
        assert_eq!(String::from_utf8(report(jobs)).unwrap(), one, "{jobs} threads");
    }
}

#[test]
fn timing_goes_to_standard_error() {
    let tree = Tree::new(&[("package.json", "{}")]);
    let output = run(&tree, &["check", "--timing", "--jobs", "1", "--format", "concise"]);
    assert!(output.stdout.is_empty());
    assert!(stderr(&output).contains("total"), "{}", stderr(&output));
}
