//! Projects that are made up for measuring: the same bytes on every machine.
//!
//! Most files have nothing to do with connections, some use a shared client, a few build their own.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::failed;

/// A language to write a project in.
pub struct Flavour {
    pub name: &'static str,
    manifest: (&'static str, &'static str),
    extension: &'static str,
    module: fn(usize) -> String,
}

impl Flavour {
    /// A file with a finding of its own.
    pub fn edited(&self) -> String {
        let index = 5 * PER_FOLDER;
        format!("src/m{}/f{index}.{}", index / PER_FOLDER, self.extension)
    }
}

pub const FLAVOURS: &[Flavour] = &[
    Flavour {
        name: "typescript",
        manifest: ("package.json", r#"{"name":"bench","dependencies":{"express":"5","pg":"8","react":"19"}}"#),
        extension: "ts",
        module: typescript,
    },
    Flavour {
        name: "python",
        manifest: ("requirements.txt", "fastapi\nsqlalchemy\nredis\n"),
        extension: "py",
        module: python,
    },
];

const PER_FOLDER: usize = 40;

/// Writes a project of `count` source files, anew.
pub fn generate(flavour: &Flavour, parent: &Path, count: usize) -> Result<PathBuf, String> {
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
    Ok(root)
}

fn write(path: &Path, text: &str) -> Result<(), String> {
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
    if index.is_multiple_of(10) {
        out.push_str("import { Pool } from \"pg\";\nimport { Router } from \"express\";\n");
        let _ = writeln!(out, "export const pool{index} = new Pool({{ max: 5 }});\nexport const router = Router();");
        let _ = writeln!(out, "router.get(\"/r{index}\", async (req, res) => {{");
        if index.is_multiple_of(100) {
            out.push_str("  const own = new Pool({ max: 2 });\n  await own.query(\"select 1\");\n");
        }
        let _ = writeln!(out, "  const rows = await pool{index}.query(\"select 1\");\n  res.json(rows);\n}});");
    }
    for part in 0..12 {
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
    if index.is_multiple_of(10) {
        out.push_str("from fastapi import APIRouter\nfrom sqlalchemy import create_engine, text\n\n");
        let _ = writeln!(out, "engine = create_engine(\"postgresql://db/x\", pool_size=5)\nrouter = APIRouter()\n\n");
        let _ = writeln!(out, "@router.get(\"/r{index}\")\ndef read{index}():");
        if index.is_multiple_of(100) {
            out.push_str("    own = create_engine(\"postgresql://db/x\")\n    own.connect()\n");
        }
        out.push_str(
            "    with engine.connect() as connection:\n        return connection.execute(text(\"select 1\"))\n\n\n",
        );
    }
    for part in 0..12 {
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
