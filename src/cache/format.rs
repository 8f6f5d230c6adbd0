//! The file of scans and facts: a head that names the build, a table of contents, and the entries end to end.
//!
//! The table and each entry carry a checksum. Bytes in, values out; does no reading or writing.

use std::borrow::Cow;
use std::ops::Range;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::{Key, Part};

/// Names the form of facts, scans and of this file: a hash over the program's source.
pub(super) const BUILD: &str = env!("CONNLINT_BUILD");
const MAGIC: &[u8] = b"connlint facts\n";

#[derive(Serialize, Deserialize)]
struct BlobRow {
    key: Key,
    part: Part,
    length: u32,
    checksum: u64,
}

/// Where an entry lies in the file, with its checksum.
type Blobs = FxHashMap<(Key, Part), (Range<usize>, u64)>;

#[derive(Debug, Default)]
pub struct Packed {
    bytes: Vec<u8>,
    blobs: Blobs,
}

impl Packed {
    /// `None` for bytes that this build has not written, or not all of them.
    pub fn decode(bytes: Vec<u8>) -> Option<Self> {
        let rest = bytes.strip_prefix(MAGIC)?.strip_prefix(BUILD.as_bytes())?;
        let (checksum, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (contents, blobs) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
        if u128::from_le_bytes(*checksum) != xxh3_128(contents) {
            return None;
        }
        let rows = locate(postcard::from_bytes(contents).ok()?, bytes.len() - blobs.len(), bytes.len())?;
        Some(Self { blobs: rows, bytes })
    }

    pub fn blob(&self, key: Key, part: Part) -> Option<&[u8]> {
        let (range, checksum) = self.blobs.get(&(key, part))?;
        self.bytes.get(range.clone()).filter(|blob| xxh3_64(blob) == *checksum)
    }

    pub fn len(&self) -> usize {
        self.blobs.len()
    }
}

/// Where the entries lie; `None` unless they fill the file to its end.
fn locate(rows: Vec<BlobRow>, start: usize, end: usize) -> Option<Blobs> {
    let mut at = start;
    let mut blobs = Blobs::default();
    for row in rows {
        let next = at.checked_add(row.length as usize)?;
        blobs.insert((row.key, row.part), (at..next, row.checksum));
        at = next;
    }
    (at == end).then_some(blobs)
}

/// The contents of a file that is about to be written.
#[derive(Debug, Default)]
pub struct Draft<'a> {
    pub blobs: Vec<(Key, Part, Cow<'a, [u8]>)>,
}

impl Draft<'_> {
    pub fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        let row = |(key, part, blob): &(Key, Part, Cow<[u8]>)| BlobRow {
            key: *key,
            part: *part,
            length: blob.len() as u32,
            checksum: xxh3_64(blob),
        };
        // In the order in which they follow.
        let rows: Vec<BlobRow> = self.blobs.iter().map(row).collect();
        let contents = postcard::to_stdvec(&rows)?;
        let mut bytes = [MAGIC, BUILD.as_bytes()].concat();
        bytes.extend(xxh3_128(&contents).to_le_bytes());
        bytes.extend((contents.len() as u64).to_le_bytes());
        bytes.extend(contents);
        self.blobs.iter().for_each(|(_, _, blob)| bytes.extend_from_slice(blob));
        Ok(bytes)
    }
}
