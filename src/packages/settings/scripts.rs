//! Shell scripts of the project that commands start: `CMD ["/usr/local/bin/web-run"]`.
//!
//! By the path that a command names, from the folder of the program or of the project; by what an image copies it
//! from, where a name alone is looked for in the folders of programs; else by its name, where one script alone has it.
//! Knows no tool by name.

use std::collections::BTreeSet;

use super::files::One;
use super::workloads::{Said, Workload, is_own_machine, is_trial};
use crate::facts::settings::{Entry, SettingsKind};
use crate::finding::Place;
use crate::packages::paths::join;

/// Adds the lines of the scripts that workloads start, and of those that these start, with the variables that they set.
pub(super) fn follow(workloads: &mut [Workload], files: &[One]) {
    let scripts: Vec<&One> = files.iter().filter(|one| one.settings.kind == SettingsKind::Shell).collect();
    if scripts.is_empty() {
        return;
    }
    let copies: Vec<(String, String)> = workloads.iter().flat_map(copied).collect();
    for one in workloads {
        let mut own = copied(one);
        own.extend(copies.iter().cloned());
        let searched = searched(one);
        let finder = Finder { scripts: &scripts, copies: &own, folder: &one.folder, searched: &searched };
        for script in finder.started(&one.commands).into_iter().filter(|script| script.id != one.file) {
            let lines = || script.settings.entries.iter();
            let said = |entry: &Entry| {
                Some(Said { text: entry.text()?.to_string(), place: Place { file: script.id, span: entry.span } })
            };
            one.scripts.extend(lines().filter(|entry| entry.key.starts_with("run.")).filter_map(said));
            let set = lines().filter_map(|entry| Some((entry.key.strip_prefix("set.")?.to_string(), said(entry)?)));
            one.environment.splice(0..0, set.collect::<Vec<_>>());
        }
    }
}

/// The folders of programs that every image has, and those that the workload adds: `PATH="/srv/tasks:$PATH"`.
fn searched(one: &Workload) -> Vec<String> {
    let usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
    let own = one.variable(SEARCHED).into_iter().flat_map(|said| said.text.split(':'));
    own.filter(|folder| folder.starts_with('/')).chain(usual).map(|it| it.trim_end_matches('/').to_string()).collect()
}

/// The variable that lists the folders of programs.
const SEARCHED: &str = "PATH";

/// Where each file or folder that an image copies comes from, by where it goes. Of a folder that is what it holds, and
/// the name does not tell which of the two it is.
fn copied(one: &Workload) -> Vec<(String, String)> {
    let pairs = one.copies.iter().flat_map(|said| {
        let mut words: Vec<&str> = said.text.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let to = words.pop().unwrap_or_default();
        let plain = |from: &str| from.trim_start_matches("./").to_string();
        let below = |from: &str| format!("{}/{}", to.trim_end_matches('/'), name(from));
        words.into_iter().flat_map(move |from| [(to.to_string(), plain(from)), (below(from), plain(from))])
    });
    pairs.collect()
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

struct Finder<'f> {
    scripts: &'f [&'f One],
    copies: &'f [(String, String)],
    folder: &'f str,
    /// The folders in which a program is looked for that is named without one.
    searched: &'f [String],
}

impl<'f> Finder<'f> {
    /// The scripts that commands start, and those that these start.
    fn started(&self, commands: &[Said]) -> Vec<&'f One> {
        let mut seen = BTreeSet::new();
        let mut found: Vec<&One> = Vec::new();
        let mut queue: Vec<&str> = commands.iter().map(|said| said.text.as_str()).collect();
        while let Some(command) = queue.pop() {
            for script in words(command).filter_map(|word| self.script(word)) {
                if seen.insert(script.id) {
                    found.push(script);
                    queue.extend(
                        script
                            .settings
                            .entries
                            .iter()
                            .filter(|own| own.key.starts_with("run."))
                            .filter_map(Entry::text),
                    );
                }
            }
        }
        found
    }

    fn script(&self, word: &str) -> Option<&'f One> {
        let at = |path: &str| self.scripts.iter().find(|one| one.path == path).copied();
        let plain = word.trim_start_matches("./");
        let mut here = [self.folder, ""].into_iter().filter_map(|folder| join(folder, &format!("./{plain}")));
        let built = || {
            let mut from = self.copies.iter().filter_map(|(to, from)| self.source(word, to, from));
            from.find_map(|from| {
                [self.folder, ""]
                    .into_iter()
                    .filter_map(|folder| join(folder, &format!("./{from}")))
                    .find_map(|path| at(&path))
            })
        };
        let inside = || {
            let own = self.scripts.iter().filter(|one| word.ends_with(&format!("/{}", one.path)));
            own.max_by_key(|one| one.path.len()).copied()
        };
        here.find_map(|path| at(&path)).or_else(built).or_else(inside).or_else(|| self.alone(word))
    }

    /// What the word means of a file or folder that an image copies from one path to another.
    fn source(&self, word: &str, to: &str, from: &str) -> Option<String> {
        let inner = |path: &str| {
            let rest = path.strip_prefix(to.trim_end_matches('/'))?;
            (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", from.trim_end_matches('/')))
        };
        match word.contains('/') {
            true => inner(word),
            false => self.searched.iter().find_map(|folder| inner(&format!("{folder}/{word}"))),
        }
    }

    /// The only script of that name, those for tests and for a developer's machine aside.
    fn alone(&self, word: &str) -> Option<&'f One> {
        let product = |path: &str| !is_own_machine(path) && !is_trial(path);
        let mut named = self.scripts.iter().filter(|one| name(&one.path) == name(word) && product(&one.path));
        let only = named.next()?;
        let is_path = word.contains('/') || word.ends_with(".sh");
        (is_path && named.next().is_none()).then_some(only)
    }
}

fn words(command: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']' | '\'' | ';' | '&' | '|' | '(' | ')');
    command.split(ends).filter(|word| !word.is_empty())
}
