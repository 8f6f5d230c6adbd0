//! What tells an unchanged file without reading it.
//!
//! Times and size, as the file system has them. Only good for files that have been left alone for a
//! while: within the grain of its clock a file can change twice and keep its stamp.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// Equal stamps of one path mean equal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    size: u64,
    /// Since the epoch; zero where the system does not tell.
    modified: Duration,
    /// When bytes, name or owner last changed: cannot be set back by those who copy files.
    changed: (i64, i64),
}

/// Coarser than the clock of any file system in use.
const GRAIN: Duration = Duration::from_secs(2);

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        Self { size: metadata.len(), modified: modified.unwrap_or_default(), changed: changed(metadata) }
    }

    /// The stamp, if the file was last written long enough before `now` to rely on it.
    pub fn settled(self, now: SystemTime) -> Option<Self> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let latest = self.modified.max(Duration::from_secs(self.changed.0.try_into().unwrap_or_default()));
        (!latest.is_zero() && latest + GRAIN < now).then_some(self)
    }
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> (i64, i64) {
    (0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_file_is_not_known_by_its_stamp() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stamp = Stamp::of(&file.as_file().metadata().unwrap());
        assert_eq!(stamp.settled(SystemTime::now()), None);
        assert_eq!(stamp.settled(SystemTime::now() + Duration::from_secs(60)), Some(stamp));
    }
}
