//! Reading files: in parallel, each once, as text.
//!
//! What cannot be text becomes a problem and nothing else. Knows no parser and no rule.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::discover::Found;
use super::path::relative;
use super::skip::is_minified;
use super::{FileKind, Problem, SourceFile};

/// Texts that stand for files on disk: editor buffers, standard input.
pub type Overlay = FxHashMap<PathBuf, Arc<str>>;

#[derive(Debug, Default)]
pub struct Loaded {
    /// In the order of the found files.
    pub files: Vec<SourceFile>,
    pub problems: Vec<Problem>,
}

/// Reads the files, or takes their texts from the overlay.
pub fn load(root: &Path, found: &[Found], overlay: &Overlay) -> Loaded {
    let texts: Vec<Result<Option<Arc<str>>, String>> = found.par_iter().map(|file| text_of(file, overlay)).collect();
    let mut loaded = Loaded::default();
    for (file, text) in found.iter().zip(texts) {
        let path = relative(root, &file.absolute);
        match text {
            Ok(Some(text)) => {
                loaded.files.push(SourceFile { path, absolute: file.absolute.clone(), kind: file.kind, text });
            }
            Ok(None) => {}
            Err(message) => loaded.problems.push(Problem { path, message }),
        }
    }
    loaded
}

/// `None` for a file that is left out without a word.
fn text_of(file: &Found, overlay: &Overlay) -> Result<Option<Arc<str>>, String> {
    let text = match overlay.get(&file.absolute) {
        Some(text) => Arc::clone(text),
        None => decode(read(&file.absolute)?, file.kind)?.into(),
    };
    Ok(Some(text).filter(|text| file.explicit || !is_minified(file.kind, text)))
}

/// Bytes; what is larger is data.
pub const LARGEST: u64 = 5 * 1024 * 1024;

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let describe = |error: std::io::Error| format!("cannot be read: {error}");
    let metadata = std::fs::metadata(path).map_err(describe)?;
    if !metadata.is_file() {
        return Err("is not a regular file".into());
    }
    if metadata.len() > LARGEST {
        return Err(format!("is larger than {} MB and was not read", LARGEST / 1024 / 1024));
    }
    std::fs::read(path).map_err(describe)
}

fn decode(bytes: Vec<u8>, kind: FileKind) -> Result<String, String> {
    if is_binary(&bytes) {
        return Err("is binary, not text".into());
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if kind != FileKind::Settings && is_nearly_utf8(error.as_bytes()) => {
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
        Err(_) => return Err("is not valid UTF-8".into()),
    };
    Ok(match strip_bom(&text) {
        stripped if stripped.len() == text.len() => text,
        stripped => stripped.to_string(),
    })
}

/// The text without a byte order mark, which no offset counts.
pub fn strip_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(8 * 1024).any(|byte| *byte == 0)
}

/// A stray byte, such as an accent in an old comment, does not hide a file.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    const MOST: usize = 16;
    let bad: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    bad <= MOST && bad * 50 <= bytes.len()
}
