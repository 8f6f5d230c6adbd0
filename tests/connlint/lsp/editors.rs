//! Real editors, Neovim and Emacs, without a screen, with the settings that the documentation tells of.
//!
//! Each is skipped, and said so, where it is not installed.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::tree::Tree;

const DB: &str = "from pymongo import MongoClient\n\n\ndef client():\n    return MongoClient(\"mongodb://db\")\n";
const APP: &str = "from fastapi import FastAPI\nfrom db import client\n\napp = FastAPI()\n\n\n@app.get(\"/items\")\n\
    def items():\n    return list(client().shop.items.find())\n";

/// The chapter's first block of the language.
fn settings(language: &str) -> String {
    let chapter = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/src/editors.md");
    let chapter = std::fs::read_to_string(chapter).unwrap();
    let block = chapter.split(&format!("```{language}\n")).nth(1).expect("the chapter has settings for the editor");
    block.split("```").next().unwrap().to_string()
}

fn project() -> Tree {
    Tree::new(&[("requirements.txt", "fastapi\npymongo\n"), ("db.py", DB), ("app.py", APP)])
}

/// What the editor's script has written down; `None` where there is no such editor.
fn seen(tree: &Tree, editor: &str, asked: &[&str], arguments: &[&str]) -> Option<(String, String)> {
    let there = Command::new(editor).args(asked).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        return None;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_connlint"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new(editor)
        .args(arguments)
        .current_dir(tree.root())
        .env("PATH", path)
        .env("HOME", tree.root())
        .env("XDG_CACHE_HOME", tree.path(".cache-of-the-test"))
        .env("XDG_STATE_HOME", tree.path(".state-of-the-test"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(tree.path("seen.txt").exists(), "{told}");
    Some((tree.read("seen.txt"), told))
}

#[test]
fn neovim_shows_findings_and_follows_edits() {
    let tree = project();
    tree.write("init.lua", settings("lua").as_bytes());
    tree.write("test.lua", include_bytes!("../../data/lsp/neovim.lua"));
    let arguments = ["--headless", "-u", "init.lua", "-n", "-i", "NONE", "db.py", "-c", "luafile test.lua"];
    let Some((seen, told)) = seen(&tree, "nvim", &["--version"], &arguments) else {
        println!("skipped: nvim is not installed");
        return;
    };
    let expected = "5 client-per-request `MongoClient` is built on every request\nafter the edit: 0\nafter undoing: 1\n\
        actions: Suppress `client-per-request` here, with a reason\n";
    assert_eq!(seen, expected, "{told}");
}

/// eglot is a part of Emacs since 29, and a package before.
#[test]
fn emacs_shows_findings_and_follows_edits() {
    let tree = project();
    tree.write("init.el", settings("elisp").as_bytes());
    tree.write("test.el", include_bytes!("../../data/lsp/emacs.el"));
    let asked = ["--batch", "--eval", "(progn (require 'package) (package-initialize) (require 'eglot))"];
    let Some((seen, told)) = seen(&tree, "emacs", &asked, &["--batch", "--load", "test.el"]) else {
        println!("skipped: emacs with eglot is not installed");
        return;
    };
    let expected = "5 connlint [client-per-request]: `MongoClient` is built on every request\n\
        hover: **pymongo.MongoClient** (client that connects on use), built **on every request**\n\
        action: Suppress `client-per-request` here, with a reason\nafter the edit: 0\nafter undoing: 1\n";
    assert_eq!(seen, expected, "{told}");
}
