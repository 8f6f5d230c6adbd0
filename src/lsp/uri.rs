//! From URIs to paths and back.
//!
//! Lexical; asks no file system. URIs that name no local file have no path.

use std::path::{Path, PathBuf};

use gen_lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::source::clean;

/// All but what RFC 3986 calls unreserved, and the slash.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The absolute path of a `file:` URI.
pub fn to_path(uri: &Uri) -> Option<PathBuf> {
    let (scheme, rest) = uri.as_ref().split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let path = match rest.strip_prefix("//") {
        Some(rest) => local(rest)?,
        None => rest,
    };
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let path = Path::new(without_drive_slash(&decoded));
    (path.is_absolute() && !decoded.contains('\0')).then(|| clean(path, Path::new("")))
}

/// The path after an authority that means this machine.
fn local(rest: &str) -> Option<&str> {
    let (authority, _) = rest.split_once('/')?;
    let here = authority.is_empty() || authority.eq_ignore_ascii_case("localhost");
    here.then(|| &rest[authority.len()..])
}

/// `/c:/x` is `c:/x` where drives have letters.
fn without_drive_slash(path: &str) -> &str {
    let drive = path.as_bytes();
    let has_drive = drive.len() > 2 && drive[0] == b'/' && drive[1].is_ascii_alphabetic() && drive[2] == b':';
    if cfg!(windows) && has_drive { &path[1..] } else { path }
}

pub fn of_path(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', if cfg!(windows) { "/" } else { "\\" });
    let slash = if text.starts_with('/') { "" } else { "/" };
    Uri(format!("file://{slash}{}", utf8_percent_encode(&text, ENCODED)))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn path(uri: &str) -> Option<String> {
        to_path(&Uri(uri.into())).map(|path| path.to_string_lossy().into_owned())
    }

    #[test]
    fn local_files_have_paths() {
        assert_eq!(path("file:///a/b.ts").as_deref(), Some("/a/b.ts"));
        assert_eq!(path("FILE://localhost/a/%5Bid%5D/x%20y.ts").as_deref(), Some("/a/[id]/x y.ts"));
        assert_eq!(path("file:/a/./c/../b.ts").as_deref(), Some("/a/b.ts"));
        assert_eq!(path("file:///c%3A/Users/x.ts").as_deref(), Some("/c:/Users/x.ts"));
    }

    #[test]
    fn other_uris_have_none() {
        for uri in ["untitled:Untitled-1", "file://server/share/x.ts", "file:///a%00b", "file:///%ff", "", "file:", "x"]
        {
            assert_eq!(path(uri), None, "{uri}");
        }
    }

    #[test]
    fn paths_lead_back() {
        for name in ["/a/[id]/(group)/é ü#?%.ts", "/c:/x.ts", "/a\\b.ts"] {
            assert_eq!(to_path(&of_path(Path::new(name))).as_deref(), Some(Path::new(name)));
        }
    }
}
