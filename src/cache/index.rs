//! The cache's index: by what files are known without reading them, and what whole runs came to.
//!
//! Small, so that a run over an unchanged project reads nothing else. Bytes in, values out; knows neither what a
//! report holds nor on what it depends besides the files.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::format::BUILD;
use crate::source::{Known, Seen};

const MAGIC: &[u8] = b"connlint index\n";

/// The platform of a run: what paths mean differs by it.
const PLATFORM: [&str; 2] = [std::env::consts::OS, std::env::consts::ARCH];

/// Reports kept for the same files: they differ in the paths and flags that were given.
const MOST_REPORTS: usize = 8;

/// What a run of this build has left. The files are in the order of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub files: Vec<FileRow>,
    reports: Vec<Report>,
}

/// What was seen of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// Relative to the project's root.
    pub path: String,
    pub seen: Seen,
}

/// What a run over the index's files came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// A hash of all that it depends on besides the files.
    pub key: u128,
    #[serde(with = "bytes")]
    pub bytes: Vec<u8>,
    /// On what of the files it rests.
    #[serde(with = "bytes")]
    pub basis: Vec<u8>,
    /// The files that it was made from with other contents than those of the index: their numbers, and the hashes then.
    pub earlier: Vec<(u32, u128)>,
}

/// Files with other contents than those that a report was made from: their numbers, and the hashes then.
type Changes = Vec<(u32, u128)>;

/// With more changed files a report is given up.
const MOST_CHANGED: usize = 64;

impl Report {
    /// What has changed since; `None` for too much, other files, or such as have no hash. `rows` are those of the index.
    pub fn changes<'f>(
        &self,
        rows: &[FileRow],
        now: impl ExactSizeIterator<Item = (&'f str, Seen)>,
    ) -> Option<Changes> {
        if rows.len() != now.len() {
            return None;
        }
        let mut changes = Changes::new();
        let mut earlier = self.earlier.iter().peekable();
        for (at, (row, (path, seen))) in rows.iter().zip(now).enumerate() {
            let made_from =
                earlier.next_if(|(file, _)| *file as usize == at).map_or(row.seen.content(), |(_, hash)| Ok(*hash));
            if row.path != path || !seen.tells() || changes.len() > MOST_CHANGED {
                return None;
            }
            match (made_from, seen.content()) {
                (then, now) if then == now => {}
                (Ok(then), Ok(_)) => changes.push((at as u32, then)),
                _ => return None,
            }
        }
        Some(changes)
    }
}

impl Index {
    /// Takes in what a file holds; nothing when it is not one of this build's on this platform, or damaged.
    pub fn decode(bytes: &[u8]) -> Self {
        Self::unpack(bytes).unwrap_or_default()
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(BUILD.as_bytes())?;
        let (checksum, rest) = rest.split_first_chunk()?;
        if u128::from_le_bytes(*checksum) != xxh3_128(rest) {
            return None;
        }
        let (platform, index) = postcard::from_bytes::<([&str; 2], Self)>(rest).ok()?;
        (platform == PLATFORM).then_some(index)
    }

    pub fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let packed = postcard::to_stdvec(&(PLATFORM, self))?;
        Ok([MAGIC, BUILD.as_bytes(), &xxh3_128(&packed).to_le_bytes(), &packed].concat())
    }

    /// The files that can be known by their stamps.
    pub fn known(&self) -> Known {
        self.files.iter().filter(|row| row.seen.stamp.is_some()).map(|row| (row.path.clone(), row.seen)).collect()
    }

    /// No run over these files is remembered.
    pub fn has_no_reports(&self) -> bool {
        self.reports.is_empty()
    }

    /// What a run over the same files came to.
    pub fn report(&self, key: u128) -> Option<&Report> {
        self.reports.iter().find(|report| report.key == key)
    }

    /// The index after a run: earlier reports stay, with what has changed since, where they are of the same files.
    pub fn after(&self, files: Vec<FileRow>, report: Option<Report>) -> Self {
        let kept = self.reports.iter().filter(|old| report.as_ref().is_none_or(|new| new.key != old.key));
        let moved = kept.filter_map(|old| {
            let earlier = old.changes(&self.files, files.iter().map(|row| (row.path.as_str(), row.seen)))?;
            Some(Report { earlier, ..old.clone() })
        });
        Self { reports: report.iter().cloned().chain(moved).take(MOST_REPORTS).collect(), files }
    }
}

/// Bytes in one piece.
mod bytes {
    use serde::de::{Error, Visitor};
    use serde::{Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;

            fn expecting(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
                to.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
        }
        from.deserialize_bytes(Bytes)
    }
}
