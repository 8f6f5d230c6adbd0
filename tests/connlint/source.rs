//! Discovery and reading: what is found, what is left out, what is a problem.
//!
//! On real directories; links and permissions only where the system has them.

use std::path::PathBuf;

use connlint::source::{Excludes, Known, Loaded, Overlay, Project, discover, load, locate};

use crate::tree::Tree;

fn project(tree: &Tree, paths: &[&str]) -> Project {
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    locate(tree.root(), &paths, &[]).unwrap()
}

fn load_all(tree: &Tree, paths: &[&str], exclude: &[&str]) -> Loaded {
    let project = project(tree, paths);
    let exclude: Vec<String> = exclude.iter().map(ToString::to_string).collect();
    let found = discover(&project, &Excludes::new(&project.root, &exclude).unwrap(), []);
    let mut loaded = load(&project.root, &found.files, &Overlay::default(), &Known::default());
    loaded.problems.extend(found.problems);
    loaded
}

fn names(tree: &Tree, paths: &[&str], exclude: &[&str]) -> Vec<String> {
    load_all(tree, paths, exclude).files.into_iter().map(|file| file.path).collect()
}

fn problems(tree: &Tree) -> Vec<(String, String)> {
    load_all(tree, &[], &[]).problems.into_iter().map(|problem| (problem.path, problem.message)).collect()
}

#[test]
fn sources_and_settings_are_found_in_order() {
    let tree = Tree::new(&[
        ("package.json", "{}"),
        ("src/b.ts", ""),
        ("src/a.py", ""),
        ("README.md", ""),
        ("main.rs", ""),
        ("yarn.lock", ""),
    ]);
    assert_eq!(names(&tree, &[], &[]), ["main.rs", "package.json", "src/a.py", "src/b.ts"]);
}

#[test]
fn git_ignores_count_outside_repositories_too() {
    let tree = Tree::new(&[
        ("package.json", "{}"),
        (".gitignore", "dist/\n*.gen.ts\n.env*\n"),
        ("dist/x.ts", ""),
        ("a.gen.ts", ""),
        ("a.ts", ""),
        (".env", "A=1"),
        (".env.local", "A=2"),
    ]);
    assert_eq!(names(&tree, &[], &[]), [".env", ".env.local", "a.ts", "package.json"]);
}

#[test]
fn hidden_and_foreign_directories_are_not_entered() {
    let tree = Tree::new(&[
        ("package.json", "{}"),
        ("node_modules/x/index.js", ""),
        (".next/server/a.js", ""),
        (".hidden.ts", ""),
        ("lib/site-packages/x.py", ""),
        ("myenv/pyvenv.cfg", ""),
        ("myenv/x.py", ""),
        ("crate/Cargo.toml", ""),
        ("crate/target/x.rs", ""),
        ("cache/CACHEDIR.TAG", ""),
        ("cache/x.ts", ""),
        ("vendor/x.py", ""),
        ("target/kept.ts", ""),
        ("a.min.js", ""),
    ]);
    assert_eq!(names(&tree, &[], &[]), ["crate/Cargo.toml", "package.json", "target/kept.ts"]);
}

#[test]
fn a_vendor_directory_amid_own_code_is_entered_unless_it_holds_packages() {
    let tree = Tree::new(&[
        ("package.json", "{}"),
        ("src/api/vendor/orders/route.ts", ""),
        ("src/other/vendor/kit/LICENSE", ""),
        ("src/other/vendor/kit/index.js", ""),
        ("src/public/vendor/widget.js", ""),
    ]);
    assert_eq!(names(&tree, &[], &[]), ["package.json", "src/api/vendor/orders/route.ts"]);
}

#[test]
fn exclusions_have_the_meaning_of_ignore_files() {
    let tree =
        Tree::new(&[("package.json", "{}"), ("old/a.ts", ""), ("x/old/b.ts", ""), ("x/c.ts", ""), ("old/.env", "")]);
    assert_eq!(names(&tree, &[], &["/old"]), ["package.json", "x/c.ts", "x/old/b.ts"]);
    assert_eq!(names(&tree, &[], &["old", "*.json"]), ["x/c.ts"]);
}

#[test]
fn minified_scripts_are_left_out_unless_named() {
    let long = "a();".repeat(2_000);
    let tree = Tree::new(&[("package.json", "{}"), ("a.js", &long), ("b.js", "a()")]);
    assert_eq!(names(&tree, &[], &[]), ["b.js", "package.json"]);
    assert_eq!(names(&tree, &["a.js"], &[]), ["a.js", "b.js", "package.json"]);
}

#[test]
fn given_paths_are_taken_though_ignored() {
    let tree = Tree::new(&[
        ("package.json", "{}"),
        (".gitignore", "gen/\nnode_modules\n"),
        ("gen/a.ts", ""),
        ("gen/b/c.ts", ""),
        ("node_modules/m/i.js", ""),
    ]);
    assert_eq!(names(&tree, &["gen"], &[]), ["gen/a.ts", "gen/b/c.ts", "package.json"]);
    assert_eq!(names(&tree, &["gen/a.ts"], &[]), ["gen/a.ts", "package.json"]);
    assert_eq!(names(&tree, &["node_modules/m"], &[]), ["node_modules/m/i.js", "package.json"].map(String::from));
}

#[test]
fn the_root_is_the_nearest_marked_directory() {
    let tree = Tree::new(&[("connlint.toml", ""), ("app/package.json", "{}"), ("app/src/a.ts", ""), ("b.ts", "")]);
    let inner = project(&tree, &["app/src/a.ts"]);
    assert_eq!(inner.root, tree.path("app"));
    assert_eq!(inner.anchor, tree.root());
    assert_eq!(project(&tree, &["app", "b.ts"]).root, tree.root());
}

#[test]
fn without_a_marker_only_what_is_given_is_read() {
    let tree = Tree::new(&[("a/x.ts", ""), ("b/y.ts", "")]);
    assert_eq!(names(&tree, &["a"], &[]), ["x.ts"]);
    assert_eq!(names(&tree, &["a/x.ts", "b"], &[]), ["a/x.ts", "b/y.ts"]);
}

#[test]
fn what_cannot_be_text_is_a_problem() {
    let tree = Tree::new(&[("package.json", "{}"), ("ok.ts", "a()")]);
    tree.write("binary.ts", b"\x7fELF\0\0\0");
    tree.write("bad.py", &[0xff; 400]);
    tree.write("wide.ts", &[0xff, 0xfe, b'a', 0, b';', 0]);
    std::fs::File::create(tree.path("big.rs")).unwrap().set_len(50 * 1024 * 1024).unwrap();
    let mut found = problems(&tree);
    found.sort();
    let expected = [
        ("bad.py", "is not valid UTF-8; save it in that encoding, until then connlint leaves it out"),
        ("big.rs", "is larger than 5 MB and was not read"),
        ("binary.ts", "is binary, not text"),
        ("wide.ts", "is in UTF-16, not UTF-8; save it in that encoding, until then connlint leaves it out"),
    ];
    assert_eq!(found, expected.map(|(path, message)| (path.to_string(), message.to_string())));
    assert_eq!(names(&tree, &[], &[]), ["ok.ts", "package.json"]);
}

#[test]
fn a_stray_byte_and_a_byte_order_mark_do_no_harm() {
    let tree = Tree::new(&[("package.json", "{}")]);
    let comment = format!("# {}é", "x".repeat(200)).into_bytes();
    tree.write("a.py", &[&comment[..], b"\xe9\n"].concat());
    tree.write("b.py", b"\xef\xbb\xbfimport a\n");
    let loaded = load_all(&tree, &[], &[]);
    assert!(loaded.problems.is_empty());
    assert!(loaded.files[0].text.contains('\u{fffd}'));
    assert_eq!(&*loaded.files[1].text, "import a\n");
}

#[test]
fn overlays_stand_for_files() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "old")]);
    let new_file = tree.path("new.ts");
    let project = locate(tree.root(), &["a.ts".into(), "new.ts".into()], std::slice::from_ref(&new_file)).unwrap();
    let found = discover(&project, &Excludes::new(&project.root, &[]).unwrap(), []);
    let overlay: Overlay = [(tree.path("a.ts"), "new".into()), (new_file, "n".into())].into_iter().collect();
    let loaded = load(&project.root, &found.files, &overlay, &Known::default());
    let texts: Vec<(&str, &str)> = loaded.files.iter().map(|file| (file.path.as_str(), &*file.text)).collect();
    assert_eq!(texts, [("a.ts", "new"), ("new.ts", "n"), ("package.json", "{}")]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_to_directories_are_not_followed() {
        let tree = Tree::new(&[("package.json", "{}"), ("a/x.ts", "")]);
        symlink(tree.root(), tree.path("a/loop")).unwrap();
        symlink("self", tree.path("self")).unwrap();
        symlink("nowhere.ts", tree.path("dangling.ts")).unwrap();
        symlink("a/x.ts", tree.path("again.ts")).unwrap();
        assert_eq!(names(&tree, &[], &[]), ["a/x.ts", "package.json"]);
        assert_eq!(problems(&tree), []);
    }

    #[test]
    fn links_to_files_outside_are_read() {
        let outside = Tree::new(&[("shared.ts", "a()")]);
        let tree = Tree::new(&[("package.json", "{}")]);
        symlink(outside.path("shared.ts"), tree.path("s.ts")).unwrap();
        assert_eq!(names(&tree, &[], &[]), ["package.json", "s.ts"]);
    }

    #[test]
    fn pipes_are_no_files() {
        let tree = Tree::new(&[("package.json", "{}")]);
        let made = std::process::Command::new("mkfifo").arg(tree.path("p.ts")).status();
        if made.is_ok_and(|status| status.success()) {
            assert_eq!(names(&tree, &[], &[]), ["package.json"]);
        }
    }

    #[test]
    fn unreadable_places_are_problems() {
        let tree = Tree::new(&[("package.json", "{}"), ("closed/a.ts", ""), ("b.ts", "")]);
        let lock =
            |path: &str, mode| std::fs::set_permissions(tree.path(path), PermissionsExt::from_mode(mode)).unwrap();
        lock("closed", 0o000);
        lock("b.ts", 0o000);
        let is_root = std::fs::read_dir(tree.path("closed")).is_ok();
        let found = problems(&tree);
        lock("closed", 0o755);
        if !is_root {
            let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
            assert_eq!(paths, ["b.ts", "closed"]);
            assert!(found.iter().all(|(_, message)| message.starts_with("cannot be read: ")));
        }
    }
}
