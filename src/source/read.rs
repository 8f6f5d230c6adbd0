//! Reading files: in parallel, each once, as text.
//!
//! What cannot be text becomes a problem and nothing else; what is known by its stamp is not read at
//! all. Knows no parser and no rule.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::discover::Found;
use super::path::relative;
use super::skip::is_minified;
use super::stamp::Stamp;
use super::text::Text;
use super::{FileKind, Problem, SourceFile};

/// Texts that stand for files on disk: editor buffers, standard input.
pub type Overlay = FxHashMap<PathBuf, Text>;

/// What an earlier run has seen of files, by path relative to the root.
pub type Known = FxHashMap<String, Seen>;

/// By what a file is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// `None` when it proves nothing.
    pub stamp: Option<Stamp>,
    /// Of the text. Never of a settings file's: who has the hash could try secrets against it.
    pub hash: Option<u128>,
}

impl Seen {
    pub fn of(file: &SourceFile) -> Self {
        let is_settings = file.kind == FileKind::Settings;
        Self { stamp: file.text.stamp(), hash: (!is_settings).then(|| file.text.hash()) }
    }

    /// Two with the same tell of the same content.
    pub fn content(self) -> Result<u128, Option<Stamp>> {
        self.hash.ok_or(self.stamp)
    }

    /// Whether it says which content a file has.
    pub fn tells(self) -> bool {
        self.content() != Err(None)
    }
}

#[derive(Debug, Default)]
pub struct Loaded {
    /// In the order of the found files.
    pub files: Vec<SourceFile>,
    pub problems: Vec<Problem>,
}

/// Reads the files, or takes their texts from the overlay.
pub fn load(root: &Path, found: &[Found], overlay: &Overlay, known: &Known) -> Loaded {
    let now = SystemTime::now();
    let read = |file: &Found| {
        let path = relative(root, &file.absolute);
        let text = text_of(file, overlay, known.get(&path), now);
        (path, text)
    };
    let texts: Vec<(String, Result<Option<Text>, String>)> = found.par_iter().map(read).collect();
    let mut loaded = Loaded::default();
    for (file, (path, text)) in found.iter().zip(texts) {
        match text {
            Ok(Some(text)) => {
                loaded.files.push(SourceFile { path, absolute: file.absolute.clone(), kind: file.kind, text });
            }
            Ok(None) => {}
            Err(message) => loaded.problems.push(Problem::new(path, message)),
        }
    }
    loaded
}

/// `None` for a file that is left out without a word.
fn text_of(file: &Found, overlay: &Overlay, known: Option<&Seen>, now: SystemTime) -> Result<Option<Text>, String> {
    if let Some(text) = overlay.get(&file.absolute) {
        let minified = text.at_hand().is_some_and(|text| is_minified(file.kind, &text));
        return Ok((file.explicit || !minified).then(|| text.clone()));
    }
    let stamp = Stamp::of(&inspect(&file.absolute)?);
    if let Some(seen) = known.filter(|known| known.stamp == Some(stamp)) {
        return Ok(Some(Text::unread(seen.hash, stamp, file.absolute.clone(), file.kind)));
    }
    let text = decode(bytes(&file.absolute)?, file.kind)?;
    let minified = is_minified(file.kind, &text);
    if minified && !file.explicit {
        return Ok(None);
    }
    // A bundle that was named is read this time only: its stamp must not bring it in again.
    let stamp = stamp.settled(now).filter(|_| !minified);
    Ok(Some(Text::of_file(text, stamp, file.absolute.clone(), file.kind)))
}

/// The text of one file, as [`load`] takes it in.
pub(super) fn read_text(path: &Path, kind: FileKind) -> Result<String, String> {
    inspect(path)?;
    decode(bytes(path)?, kind)
}

/// Bytes; what is larger is data.
pub const LARGEST: u64 = 5 * 1024 * 1024;

fn describe(error: std::io::Error) -> String {
    format!("cannot be read: {error}")
}

/// What the system said, without the path and the operation that libraries put around it.
pub(super) fn cause(error: &std::io::Error) -> String {
    match error.get_ref().map(std::error::Error::source) {
        Some(Some(inner)) => inner.to_string(),
        Some(None) => std::io::Error::from(error.kind()).to_string(),
        None => error.to_string(),
    }
}

/// Refuses what cannot be a source file.
fn inspect(path: &Path) -> Result<Metadata, String> {
    let metadata = std::fs::metadata(path).map_err(describe)?;
    if !metadata.is_file() {
        return Err("is not a regular file".into());
    }
    if metadata.len() > LARGEST {
        return Err(format!("is larger than {} MB and was not read", LARGEST / 1024 / 1024));
    }
    Ok(metadata)
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(describe)
}

const SAVE: &str = "save it in that encoding, until then connlint leaves it out";

fn decode(bytes: Vec<u8>, kind: FileKind) -> Result<String, String> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        // `pip freeze > requirements.txt` in PowerShell writes it so, and pip reads it.
        let settings = (kind == FileKind::Settings).then(|| from_utf16(&bytes)).flatten();
        return settings.ok_or_else(|| format!("is in UTF-16, not UTF-8; {SAVE}"));
    }
    if is_binary(&bytes) {
        return Err("is binary, not text".into());
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if kind != FileKind::Settings && is_nearly_utf8(error.as_bytes()) => {
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        }
        Err(_) => return Err(format!("is not valid UTF-8; {SAVE}")),
    };
    Ok(match strip_bom(&text) {
        stripped if stripped.len() == text.len() => text,
        stripped => stripped.to_string(),
    })
}

/// The text behind a byte order mark, which says the order of the bytes. `None` where it is damaged.
fn from_utf16(bytes: &[u8]) -> Option<String> {
    let little = bytes.starts_with(&[0xff, 0xfe]);
    let (pairs, rest) = bytes[2..].as_chunks::<2>();
    let units = pairs.iter().map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|_| rest.is_empty())
}

/// The text without a byte order mark, which no offset counts.
pub fn strip_bom(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(8 * 1024)].contains(&0)
}

/// A stray byte, such as an accent in an old comment, does not hide a file.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    const MOST: usize = 16;
    let bad: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    bad <= MOST && bad * 50 <= bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_known_stamp_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let absolute = folder.path().join("a.py");
        std::fs::write(&absolute, "x = 1").unwrap();
        let stamp = Stamp::of(&std::fs::metadata(&absolute).unwrap());
        let found = [Found { absolute, kind: FileKind::Python, explicit: false }];
        let load = |known: &Known| load(folder.path(), &found, &Overlay::default(), known).files[0].text.hash();
        let known = |stamp| Known::from_iter([("a.py".to_string(), Seen { stamp: Some(stamp), hash: Some(7) })]);
        assert_eq!(load(&known(stamp)), 7);
        let other = Stamp::of(&std::fs::metadata(folder.path()).unwrap());
        assert_ne!(load(&known(other)), 7);
    }

    #[test]
    fn settings_may_be_in_utf_16_with_a_byte_order_mark() {
        let write = |mark: char, bytes: fn(u16) -> [u8; 2]| {
            format!("{mark}redis==5\r\n").encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
        };
        for text in [write('\u{feff}', u16::to_le_bytes), write('\u{feff}', u16::to_be_bytes)] {
            assert_eq!(decode(text.clone(), FileKind::Settings).as_deref(), Ok("redis==5\r\n"));
            assert!(decode(text.clone(), FileKind::Python).is_err());
            assert!(decode(text[..text.len() - 1].to_vec(), FileKind::Settings).is_err());
        }
    }
}
