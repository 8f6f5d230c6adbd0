//! The modules of the project that a command runs.
//!
//! By the paths and the names of modules among its words, and by the scripts of a manifest that it names.
//! What leads to no file of the project says nothing. Knows no tool by name.

use crate::facts::{Language, Naming};
use crate::packages::settings::files::Files;
use crate::packages::settings::workloads::Workload;
use crate::values::Program;
use crate::values::named::module;

/// The words of a command, of its JSON form too.
pub(crate) fn words(command: &str) -> impl Iterator<Item = &str> {
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | ',' | '[' | ']' | '\'' | ';');
    command.split(ends).filter(|word| !word.is_empty())
}

/// Where the names in a workload's commands begin: its own folder, the package's, the sources below each.
pub(crate) struct Starts<'s, 'a> {
    pub program: &'s Program<'a>,
    pub files: &'s Files,
    pub home: &'s str,
    pub language: Language,
}

/// What stands before the name of a module.
const MODULE_FLAGS: &[&str] = &["-A", "-m", "--app"];

impl Starts<'_, '_> {
    pub fn modules(&self, one: &Workload) -> Vec<u32> {
        let mut found: Vec<u32> = one.said().flat_map(|said| self.of_command(&said.text, &one.folder, &[])).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn of_command(&self, command: &str, folder: &str, above: &[&str]) -> Vec<u32> {
        let words: Vec<&str> = words(command).collect();
        let before = |at: usize| at.checked_sub(1).map_or("", |at| words[at]);
        let own = words.iter().enumerate().filter_map(|(at, word)| match self.language.semantics().naming {
            Naming::Exports => self.at(folder, word),
            Naming::Dotted => self.python(folder, before(at), word),
            Naming::Paths => None,
        });
        let own: Vec<u32> = own.collect();
        if !own.is_empty() || self.language.semantics().naming != Naming::Exports || above.contains(&command) {
            return own;
        }
        let scripts = words.iter().find_map(|word| self.files.script(folder, word));
        scripts.map_or_else(Vec::new, |script| self.of_command(script, folder, &[above, &[command]].concat()))
    }

    /// A path of the project, from the folder or the package's.
    pub fn at(&self, folder: &str, word: &str) -> Option<u32> {
        let path = word.contains(['.', '/']) && !word.starts_with(['-', '/', '@']);
        path.then(|| [folder, self.home].into_iter().find_map(|folder| module(self.program, folder, word)))?
    }

    /// `main:app`, `-A tasks`, `proj.wsgi`, `worker.py`.
    fn python(&self, folder: &str, before: &str, word: &str) -> Option<u32> {
        if word.ends_with(".py") {
            return self.at(folder, word);
        }
        let given = word.split_once('=').filter(|(flag, _)| MODULE_FLAGS.contains(flag)).map(|(_, name)| name);
        let name = given.unwrap_or(word).split(':').next().unwrap_or_default();
        let is_name = name.split('.').all(|part| part.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        let told = given.is_some() || MODULE_FLAGS.contains(&before) || word.contains([':', '.']);
        (is_name && told && !word.contains('/')).then(|| self.dotted(folder, name))?
    }

    /// A module by its name; the last part may be what it holds.
    pub fn dotted(&self, folder: &str, name: &str) -> Option<u32> {
        let path = name.replace('.', "/");
        let outer = path.rsplit_once('/').map(|(outer, _)| outer);
        let tails = [Some(path.as_str()), outer].into_iter().flatten();
        tails.flat_map(|tail| [folder, self.home].map(|folder| (folder, tail))).find_map(|(folder, tail)| {
            let roots = [folder.to_string(), format!("{folder}/src").trim_start_matches('/').to_string()];
            roots.iter().find_map(|root| module(self.program, root, tail))
        })
    }
}
