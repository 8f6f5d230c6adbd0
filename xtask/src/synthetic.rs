//! Projects that are made up for measuring: the same bytes on every machine.
//!
//! Of the shape of real ones: sizes differ by ten times, a few files build clients, some use those, many are components
//! or have nothing to do with connections, and each imports others.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::failed;
use crate::tree::{Tree, listed};

/// A language to write a project in.
pub struct Flavour {
    pub name: &'static str,
    manifest: (&'static str, &'static str),
    extension: &'static str,
    module: fn(usize) -> String,
    /// Names of files and folders to the text of the file that declares them, where the language has one.
    declares: Option<fn(&[String]) -> String>,
}

pub const FLAVOURS: &[Flavour] = &[
    Flavour {
        name: "typescript",
        manifest: ("package.json", r#"{"name":"bench","dependencies":{"express":"5","pg":"8","react":"19"}}"#),
        extension: "tsx",
        module: typescript,
        declares: None,
    },
    Flavour {
        name: "python",
        manifest: ("requirements.txt", "fastapi\nsqlalchemy\nredis\n"),
        extension: "py",
        module: python,
        declares: None,
    },
    Flavour {
        name: "rust",
        manifest: (
            "Cargo.toml",
            "[package]\nname = \"bench\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nsqlx = \"0.8\"\n",
        ),
        extension: "rs",
        module: rust,
        declares: Some(modules),
    },
];

const PER_FOLDER: usize = 40;

/// What a file has to do with connections, by its number among a hundred.
enum Role {
    Builds,
    Uses,
    Shows,
    Plain,
}

fn role(index: usize) -> Role {
    match index * 37 % 100 {
        0..2 => Role::Builds,
        2..12 => Role::Uses,
        12..36 => Role::Shows,
        _ => Role::Plain,
    }
}

/// The first file of a folder builds its client.
fn client(index: usize) -> usize {
    index / PER_FOLDER * PER_FOLDER
}

/// Functions that have nothing to do with it: four to forty-four.
fn helpers(index: usize) -> std::ops::Range<usize> {
    0..4 + index * 7_919 % 41
}

/// Writes a project of `count` source files, anew.
pub fn generate(flavour: &Flavour, parent: &Path, count: usize) -> Result<Tree, String> {
    let root = parent.join(flavour.name);
    if root.exists() {
        std::fs::remove_dir_all(&root).map_err(failed(&root))?;
    }
    write(&root.join(flavour.manifest.0), flavour.manifest.1)?;
    // A root of its own, and no ignore rules from above.
    write(&root.join("connlint.toml"), "")?;
    for index in 0..count {
        let folder = root.join(format!("src/m{}", index / PER_FOLDER));
        write(&folder.join(format!("f{index}.{}", flavour.extension)), &(flavour.module)(index))?;
    }
    if let Some(declares) = flavour.declares {
        declare(&root.join("src"), count, declares)?;
    }
    listed(root)
}

fn declare(src: &Path, count: usize, declares: fn(&[String]) -> String) -> Result<(), String> {
    let folders: Vec<String> = (0..count.div_ceil(PER_FOLDER)).map(|folder| format!("m{folder}")).collect();
    write(&src.join("main.rs"), &(declares(&folders) + "fn main() {}\n"))?;
    for (at, folder) in folders.iter().enumerate() {
        let files = at * PER_FOLDER..count.min((at + 1) * PER_FOLDER);
        let files: Vec<String> = files.map(|index| format!("f{index}")).collect();
        write(&src.join(folder).join("mod.rs"), &declares(&files))?;
    }
    Ok(())
}

fn modules(names: &[String]) -> String {
    names.iter().map(|name| format!("pub mod {name};\n")).collect()
}

fn write(path: &PathBuf, text: &str) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).map_err(failed(folder))?;
    std::fs::write(path, text).map_err(failed(path))
}

/// The file of the same folder that a file imports: the one before it.
fn imported(index: usize) -> Option<usize> {
    (!index.is_multiple_of(PER_FOLDER)).then(|| index - 1)
}

fn typescript(index: usize) -> String {
    let mut out = String::new();
    if let Some(other) = imported(index) {
        let _ = writeln!(out, "import {{ compute{other} }} from \"./f{other}\";");
    }
    let at = client(index);
    match role(index) {
        _ if index == at => {
            let _ = writeln!(out, "import {{ Pool }} from \"pg\";\nexport const pool{at} = new Pool({{ max: 5 }});");
        }
        Role::Builds => {
            out.push_str("import { Pool } from \"pg\";\nimport { Router } from \"express\";\n");
            let _ = writeln!(
                out,
                "const router = Router();\nrouter.get(\"/r{index}\", async (req, res) => {{\n  \
                 const own = new Pool({{ max: 2 }});\n  res.json(await own.query(\"select 1\"));\n}});"
            );
        }
        Role::Uses => {
            let _ = writeln!(
                out,
                "import {{ pool{at} }} from \"./f{at}\";\nexport async function load{index}(id: string) {{\n  \
                 return pool{at}.query(\"select 1\", [id]);\n}}"
            );
        }
        Role::Shows => {
            let _ = writeln!(
                out,
                "import {{ useEffect, useState }} from \"react\";\nexport function View{index}() {{\n  \
                 const [size, setSize] = useState(0);\n  useEffect(() => {{\n    const told = () => setSize(innerWidth);\n    \
                 addEventListener(\"resize\", told);\n    return () => removeEventListener(\"resize\", told);\n  }}, []);\n  \
                 return <p className=\"size\">{{size}}</p>;\n}}"
            );
        }
        Role::Plain => {}
    }
    for part in helpers(index) {
        let _ = writeln!(
            out,
            "export function helper{index}_{part}(values: number[]): number {{\n  let total = {part};\n  \
             for (const value of values) {{\n    if (value > total) {{\n      total += value * {part};\n    }}\n  }}\n  \
             return total;\n}}\n"
        );
    }
    let call = imported(index).map_or("input.length".to_string(), |other| format!("compute{other}(input)"));
    let _ = writeln!(out, "export function compute{index}(input: number[]): number {{\n  return {call};\n}}");
    out
}

fn python(index: usize) -> String {
    let mut out = String::new();
    if let Some(other) = imported(index) {
        let _ = writeln!(out, "from .f{other} import compute{other}");
    }
    let at = client(index);
    match role(index) {
        _ if index == at => {
            let _ = writeln!(
                out,
                "from sqlalchemy import create_engine\n\nengine{at} = create_engine(\"postgresql://db/x\", pool_size=5)\n\n"
            );
        }
        Role::Builds => {
            out.push_str("from fastapi import APIRouter\nfrom sqlalchemy import create_engine, text\n\n");
            let _ = writeln!(
                out,
                "router = APIRouter()\n\n\n@router.get(\"/r{index}\")\ndef read{index}():\n    \
                 own = create_engine(\"postgresql://db/x\")\n    with own.connect() as connection:\n        \
                 return connection.execute(text(\"select 1\"))\n\n"
            );
        }
        Role::Uses => {
            let _ = writeln!(
                out,
                "from sqlalchemy import text\n\nfrom .f{at} import engine{at}\n\n\ndef load{index}(key):\n    \
                 with engine{at}.connect() as connection:\n        return connection.execute(text(\"select 1\"))\n\n"
            );
        }
        Role::Shows | Role::Plain => {}
    }
    for part in helpers(index) {
        let _ = writeln!(
            out,
            "def helper{index}_{part}(values):\n    total = {part}\n    for value in values:\n        \
             if value > total:\n            total += value * {part}\n    return total\n\n"
        );
    }
    let call = imported(index).map_or("len(values)".to_string(), |other| format!("compute{other}(values)"));
    let _ = writeln!(out, "def compute{index}(values):\n    return {call}");
    out
}

fn rust(index: usize) -> String {
    let mut out = String::new();
    if let Some(other) = imported(index) {
        let _ = writeln!(out, "use super::f{other}::compute{other};");
    }
    let at = client(index);
    match role(index) {
        _ if index == at => {
            let _ = writeln!(
                out,
                "use sqlx::PgPool;\n\npub async fn pool{at}() -> PgPool {{\n    \
                 PgPool::connect(\"postgres://db/x\").await.unwrap()\n}}\n"
            );
        }
        Role::Builds | Role::Uses => {
            let _ = writeln!(
                out,
                "use sqlx::PgPool;\n\npub async fn load{index}(pool: &PgPool, key: i64) -> i64 {{\n    \
                 let row = sqlx::query(\"select 1\").bind(key).fetch_one(pool).await;\n    row.map_or(0, |_| 1)\n}}\n"
            );
        }
        Role::Shows | Role::Plain => {}
    }
    for part in helpers(index) {
        let _ = writeln!(
            out,
            "pub fn helper{index}_{part}(values: &[i64]) -> i64 {{\n    let mut total = {part};\n    \
             for value in values {{\n        if *value > total {{\n            total += value * {part};\n        }}\n    }}\n    \
             total\n}}\n"
        );
    }
    let call = imported(index).map_or("input.len() as i64".to_string(), |other| format!("compute{other}(input)"));
    let _ = writeln!(out, "pub fn compute{index}(input: &[i64]) -> i64 {{\n    {call}\n}}");
    out
}
