//! A real editor: Neovim, without a screen, with the settings that the README tells of.
//!
//! Skipped, and said so, where there is no `nvim`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::tree::Tree;

const DB: &str = "from pymongo import MongoClient\n\n\ndef client():\n    return MongoClient(\"mongodb://db\")\n";
const APP: &str = "from fastapi import FastAPI\nfrom db import client\n\napp = FastAPI()\n\n\n@app.get(\"/items\")\n\
    def items():\n    return list(client().shop.items.find())\n";

/// The block of the README with the settings for Neovim.
fn settings() -> String {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = readme.split("```lua\n").nth(1).expect("the README has settings for Neovim");
    block.split("```").next().unwrap().to_string()
}

#[test]
fn neovim_shows_findings_and_follows_edits() {
    let there = Command::new("nvim").arg("--version").stdout(Stdio::null()).status();
    if !there.is_ok_and(|status| status.success()) {
        println!("skipped: nvim is not installed");
        return;
    }
    let tree = Tree::new(&[("requirements.txt", "fastapi\npymongo\n"), ("db.py", DB), ("app.py", APP)]);
    let program = Path::new(env!("CARGO_BIN_EXE_connlint"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap_or_default());
    tree.write("init.lua", settings().as_bytes());
    tree.write("test.lua", include_bytes!("../../data/lsp/neovim.lua"));
    let output = Command::new("nvim")
        .args(["--headless", "-u", "init.lua", "-n", "-i", "NONE", "db.py", "-c", "luafile test.lua"])
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
    let seen = tree.read("seen.txt");
    let expected = "5 client-per-request `MongoClient` is built on every request\nafter the edit: 0\nafter undoing: 1\n\
        actions: Suppress `client-per-request` here, with a reason\n";
    assert_eq!(seen, expected, "{told}");
}
