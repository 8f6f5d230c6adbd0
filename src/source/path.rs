//! Paths as text: absolute without `.` and `..`, and relative with `/`.
//!
//! Purely lexical; asks no file system, so that results do not depend on links.

use std::path::{Component, Path, PathBuf};

/// The absolute form of a path, with `.` and `..` resolved by name.
pub fn clean(directory: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in directory.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The way from one directory to a path, with `/`; both must be clean. `.` when they are the same.
pub fn relative(from: &Path, to: &Path) -> String {
    if let Some(inside) = inside(from, to) {
        return inside.to_string();
    }
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..".to_string());
    let down = to.components().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".into() } else { parts.join("/") }
}

/// The rest of a path below a directory, where both are written alike: nearly always.
fn inside<'p>(from: &Path, to: &'p Path) -> Option<&'p str> {
    if std::path::MAIN_SEPARATOR != '/' {
        return None;
    }
    to.to_str()?.strip_prefix(from.to_str()?)?.strip_prefix('/').filter(|rest| !rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_resolved_by_name() {
        assert_eq!(clean(Path::new("/a/b"), Path::new("./c/../d")), Path::new("/a/b/d"));
        assert_eq!(clean(Path::new("/a/b"), Path::new("/x/./y")), Path::new("/x/y"));
        assert_eq!(clean(Path::new("/a"), Path::new("../../..")), Path::new("/"));
    }

    #[test]
    fn relative_paths_climb_where_they_must() {
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/b/c/d.ts")), "c/d.ts");
        assert_eq!(relative(Path::new("/a/b"), Path::new("/a/x.ts")), "../x.ts");
        assert_eq!(relative(Path::new("/a"), Path::new("/a")), ".");
    }
}
