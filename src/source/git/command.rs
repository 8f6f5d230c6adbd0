//! The `git` program: which commands are run, in what surroundings, and what is said when one fails.
//!
//! Knows no format of git's output but blobs. User settings that change output are switched off.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use crate::source::strip_bom;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("git was not found: `--since` and `--staged` need the `git` program")]
    Missing,
    #[error("{0}: is not inside a git working tree, which `--since` and `--staged` need")]
    NoRepository(String),
    #[error("unknown commit `{name}`{hint}")]
    UnknownCommit { name: String, hint: &'static str },
    #[error("git {command} failed: {message}")]
    Failed { command: String, message: String },
}

/// A repository's git, run below its working tree.
pub(super) struct Git {
    directory: PathBuf,
}

impl Git {
    /// Makes sure that there is a git and that the directory belongs to a working tree.
    pub fn at(directory: &Path) -> Result<Self, GitError> {
        let git = Self { directory: directory.to_path_buf() };
        let inside = git.output(&["rev-parse", "--is-inside-work-tree"], &[])?;
        match inside.status.success() && inside.stdout.starts_with(b"true") {
            true => Ok(git),
            false if is_distrusted(&inside) => Err(failure(&["rev-parse"], &inside)),
            false => Err(GitError::NoRepository(directory.display().to_string())),
        }
    }

    /// Where the working tree's history and the named commit part; the commit itself when their
    /// histories are not known to meet, as in a shallow clone.
    pub fn base_of(&self, name: &str) -> Result<String, GitError> {
        let commit = self.commit(name)?;
        let base = self.output(&["merge-base", &commit, "HEAD"], &[])?;
        let found = String::from_utf8_lossy(&base.stdout).trim().to_string();
        Ok(if base.status.success() && !found.is_empty() { found } else { commit })
    }

    fn commit(&self, name: &str) -> Result<String, GitError> {
        let unknown = |hint| GitError::UnknownCommit { name: name.to_string(), hint };
        if name.is_empty() || name.starts_with('-') {
            return Err(unknown(""));
        }
        let found = self.output(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")], &[])?;
        if found.status.success() {
            return Ok(String::from_utf8_lossy(&found.stdout).trim().to_string());
        }
        let shallow = self.output(&["rev-parse", "--is-shallow-repository"], &[])?;
        Err(match shallow.stdout.starts_with(b"true") {
            true => unknown(": this is a shallow clone; fetch the commit first"),
            false => unknown(": `--since` takes a branch, a tag or a commit of this repository"),
        })
    }

    /// A patch without context; paths are relative to the directory.
    pub fn diff(&self, what: &[&str]) -> Result<Vec<u8>, GitError> {
        let mut arguments = vec!["diff", "--no-ext-diff", "--no-textconv", "--no-color", "-U0", "-M", "--relative"];
        arguments.extend(["--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--inter-hunk-context=0"]);
        arguments.extend(what);
        arguments.push("--");
        self.run(&arguments)
    }

    pub fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, GitError> {
        let output = self.output(arguments, &[])?;
        if output.status.success() { Ok(output.stdout) } else { Err(failure(arguments, &output)) }
    }

    /// The texts of blobs, in order; `None` for what is no text.
    pub fn texts<'a>(&self, blobs: impl Iterator<Item = &'a str>) -> Result<Vec<Option<Arc<str>>>, GitError> {
        let input: String = blobs.map(|blob| format!("{blob}\n")).collect();
        if input.is_empty() {
            return Ok(Vec::new());
        }
        let arguments = ["cat-file", "--batch"];
        let output = self.output(&arguments, input.as_bytes())?;
        if output.status.success() { Ok(texts(&output.stdout)) } else { Err(failure(&arguments, &output)) }
    }

    fn output(&self, arguments: &[&str], input: &[u8]) -> Result<Output, GitError> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => GitError::Missing,
            _ => GitError::Failed { command: arguments.join(" "), message: error.to_string() },
        };
        let mut command = self.command(arguments);
        if input.is_empty() {
            return command.stdin(Stdio::null()).output().map_err(failed);
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let stdin = child.stdin.take();
        // Git answers while it reads: the pipes of both must move.
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            child.wait_with_output().map_err(failed)
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.args(["-c", "core.quotePath=false", "-c", "core.fsmonitor=false"]).args(arguments);
        command.current_dir(&self.directory).env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
        command.env_remove("GIT_DIFF_OPTS");
        hooks_surroundings(&mut command);
        command
    }
}

/// Git runs hooks with `GIT_DIR`, which may be relative, and which makes the current directory the working tree: wrong
/// in a hook that has changed to a folder of it. Where git finds the same repository by itself it is left to do so;
/// elsewhere both are pinned to what they mean where connlint was started.
fn hooks_surroundings(command: &mut Command) {
    let (Some(repository), Ok(here)) = (std::env::var_os("GIT_DIR"), std::env::current_dir()) else { return };
    let repository = here.join(repository);
    let tree = std::env::var_os("GIT_WORK_TREE").map(|tree| here.join(tree));
    if tree.is_none() && repository.canonicalize().is_ok_and(|named| repository_of(&here) == Some(named)) {
        command.env_remove("GIT_DIR");
        return;
    }
    command.env("GIT_DIR", repository).env("GIT_WORK_TREE", tree.unwrap_or(here));
}

/// The repository that git finds from a directory.
fn repository_of(directory: &Path) -> Option<PathBuf> {
    let mut command = Command::new("git");
    command.args(["rev-parse", "--absolute-git-dir"]).current_dir(directory).env_remove("GIT_DIR").stdin(Stdio::null());
    let found = command.output().ok().filter(|output| output.status.success())?;
    PathBuf::from(String::from_utf8_lossy(&found.stdout).trim_end()).canonicalize().ok()
}

/// A repository of another user: git says itself what to do.
fn is_distrusted(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stderr).contains("dubious ownership")
}

fn failure(arguments: &[&str], output: &Output) -> GitError {
    let message = String::from_utf8_lossy(&output.stderr).trim().to_string();
    GitError::Failed { command: arguments.first().copied().unwrap_or_default().to_string(), message }
}

/// `<id> blob <size>\n<bytes>\n`, one after the other.
fn texts(mut output: &[u8]) -> Vec<Option<Arc<str>>> {
    let mut found = Vec::new();
    while let Some(end) = output.iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8_lossy(&output[..end]).into_owned();
        output = &output[end + 1..];
        let size = head.rsplit(' ').next().and_then(|size| size.parse::<usize>().ok());
        let Some(bytes) = size.and_then(|size| output.get(..size)) else {
            found.push(None);
            continue;
        };
        found.push(std::str::from_utf8(bytes).ok().map(|text| strip_bom(text).into()));
        output = output.get(bytes.len() + 1..).unwrap_or_default();
    }
    found
}
