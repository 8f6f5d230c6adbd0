//! Which endpoints a host name belongs to.
//!
//! Compares names with the patterns of `rules/limits`; what answers there is in the data.

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Catalog;
use super::schema::{Endpoint, LimitsFile};

/// The patterns of all endpoints as one.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    patterns: GlobSet,
    /// Where the endpoint of each pattern stands: file and row.
    rows: Vec<(usize, usize)>,
}

impl Hosts {
    fn of(files: &[LimitsFile]) -> Self {
        let mut set = GlobSetBuilder::new();
        let mut rows = Vec::new();
        for (at, file) in files.iter().enumerate() {
            for (row, endpoint) in file.endpoints.iter().enumerate() {
                let Ok(glob) = Glob::new(&endpoint.host) else { continue };
                set.add(glob);
                rows.push((at, row));
            }
        }
        set.build().map(|patterns| Self { patterns, rows }).unwrap_or_default()
    }
}

impl Catalog {
    /// The endpoints whose pattern fits a host, in the order of the data.
    pub fn endpoints_at(&self, host: &str) -> impl Iterator<Item = &Endpoint> {
        let hosts = self.hosts.get_or_init(|| Hosts::of(&self.limits));
        let rows = hosts.patterns.matches(host).into_iter().map(|at| hosts.rows[at]);
        rows.map(|(file, row)| &self.limits[file].endpoints[row])
    }
}
