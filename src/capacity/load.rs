//! How many processes run a package: workers of a command times copies of what starts it.
//!
//! Commands, variables, configuration modules and calls by the rows of `rules/limits`, copies by the
//! workloads of settings files. What cannot be tied to the package does not count. Knows no tool by name.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::beside::{Companion, companions, widened};
use super::commands::{Starts, words};
use super::told::{Told, multipliers, told};
use crate::catalog::language;
use crate::catalog::servers::Multiplier;
use crate::contexts::linked::Linked;
use crate::contexts::programs::{Runner, names};
use crate::facts::trail::Trail;
use crate::facts::{Exported, Language, Span, Value};
use crate::finding::Place;
use crate::packages::paths::parent;
use crate::packages::settings::expand::expand;
use crate::packages::settings::files::Files;
use crate::packages::settings::workloads::{Count, Said, Workload, fits_name};
use crate::program::ClassRef;
use crate::servers::hosts::Texts;
use crate::servers::number::Numbers;
use crate::source::FileId;
use crate::values::Program;
use crate::values::calls::top;
use crate::values::eval::External;
use crate::values::follow::{At, behind, named, written};

/// Processes of one instance and instances, each with where the number is said; 1 when nothing says more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    pub workers: f64,
    pub command: Option<Place>,
    pub instances: f64,
    pub replicas: Option<Place>,
    /// Threads of one process that serve at once; `None` where requests have no threads of their own.
    pub threads: Option<f64>,
}

impl Load {
    pub fn processes(&self) -> f64 {
        self.workers * self.instances
    }

    /// Of a single process.
    pub fn alone() -> Load {
        Load::of(None, None)
    }

    fn of(workers: Option<Count>, instances: Option<Count>) -> Load {
        Load {
            workers: workers.map_or(1.0, |count| count.value),
            command: workers.map(|count| count.place),
            instances: instances.map_or(1.0, |count| count.value),
            replicas: instances.map(|count| count.place),
            threads: Some(1.0),
        }
    }
}

/// A package, or one of its programs, with its language.
#[derive(Debug, Clone, Copy)]
pub struct Package<'p> {
    pub runner: &'p Runner,
    pub language: Language,
}

/// The loads of a project's packages, each found once.
pub struct Loads<'a> {
    told: Vec<Told<'a>>,
    known: RefCell<FxHashMap<(Runner, Language), Arc<Known>>>,
}

/// What the busiest program of a package comes to, and what runs at the same time.
struct Known {
    alone: Load,
    companions: Vec<Companion>,
}

impl<'a> Loads<'a> {
    pub fn new(project: &Linked<'a>, files: &Files) -> Self {
        Loads { told: told(project, files), known: RefCell::default() }
    }

    /// How many processes have a client of a file; without one, how many run the package.
    pub fn of(&self, project: &Linked<'a>, files: &Files, package: Package, client: Option<u32>) -> Load {
        let key = (package.runner.clone(), package.language);
        let mut known = self.known.borrow_mut();
        let known = known.entry(key).or_insert_with(|| Arc::new(load(project, files, package, &self.told))).clone();
        configured(project, widened(known.alone, &known.companions, client))
    }
}

fn load<'a>(project: &Linked<'a>, files: &Files, package: Package, told: &[Told<'a>]) -> Known {
    let others = match &package.runner.program {
        Some(own) => names(project, &package.runner.folder).into_iter().filter(|name| name != own).collect(),
        None => Vec::new(),
    };
    let reader = Reader { project, files, package, others, told };
    let own: Vec<(Option<Started>, &Workload)> = files.workloads.iter().map(|one| (reader.workers(one), one)).collect();
    let plain = own.iter().filter(|(_, one)| one.instances.is_none());
    let plain = together(plain.filter_map(|(started, one)| Some((*one, (*started)?))));
    let base = plain.into_iter().chain(reader.modules()).chain(reader.calls("processes")).max_by(by_value);
    let copies = own.iter().filter(|(started, one)| one.instances.is_some() && reader.runs(one, started.is_some()));
    let loads = copies.map(|(started, one)| {
        let inherited = base.filter(|_| one.commands.is_empty());
        Load::of(started.map(|started| started.count).or(inherited), one.instances)
    });
    let alone = Load::of(base, None);
    let constructs = reader.calls("instances").into_iter().map(|count| Load::of(base, Some(count)));
    let most =
        loads.chain(constructs).fold(alone, |best, one| if one.processes() > best.processes() { one } else { best });
    Known { alone: Load { threads: reader.threads(), ..most }, companions: companions(&reader) }
}

/// The processes that a command starts, and the program that starts them.
#[derive(Clone, Copy)]
struct Started<'c> {
    count: Count,
    tool: &'c str,
}

/// What the services of one file come to that start the same program, where they run side by side.
fn together<'c>(all: impl Iterator<Item = (&'c Workload, Started<'c>)>) -> Vec<Count> {
    let mut sums: Vec<((FileId, &str), Count)> = Vec::new();
    for (one, Started { count, tool }) in all {
        match sums.iter_mut().find(|(known, _)| one.beside && *known == (one.file, tool)) {
            Some((_, sum)) => sum.value += count.value,
            None => sums.push(((one.file, tool), count)),
        }
    }
    sums.into_iter().map(|(_, sum)| sum).collect()
}

fn by_value(left: &Count, right: &Count) -> std::cmp::Ordering {
    left.value.total_cmp(&right.value)
}

/// What `connlint.toml` says wins.
fn configured(project: &Linked, found: Load) -> Load {
    let own = &project.inputs.config.platform;
    let mut load = found;
    if let Some(workers) = own.workers {
        (load.workers, load.command) = (f64::from(workers.get()), None);
    }
    if let Some(instances) = own.instances {
        (load.instances, load.replicas) = (f64::from(instances.get()), None);
    }
    load
}

pub(crate) struct Reader<'r, 'a> {
    pub project: &'r Linked<'a>,
    pub files: &'r Files,
    pub package: Package<'r>,
    /// The package's other programs.
    others: Vec<String>,
    told: &'r [Told<'a>],
}

impl<'a> Reader<'_, 'a> {
    /// The rows that multiply processes of the package's language.
    pub fn rows(&self) -> impl Iterator<Item = &'a Multiplier> {
        self.meaning("processes")
    }

    fn meaning(&self, what: &'static str) -> impl Iterator<Item = &'a Multiplier> {
        multipliers(self.project)
            .filter(move |row| row.means == what)
            .filter(|row| row.ecosystem.is_none_or(|ecosystem| language(Some(ecosystem)) == self.package.language))
    }

    pub fn is_near(&self, folder: &str) -> bool {
        let own = self.package.runner.folder.as_str();
        folder == own || is_inside(own, folder) || is_inside(folder, own)
    }

    /// The processes that one copy of a workload starts of the package.
    fn workers(&self, one: &Workload) -> Option<Started<'a>> {
        if !self.is_of(one) {
            return None;
        }
        let counts = one.lines().flat_map(|line| {
            let words: Vec<&str> = line.iter().flat_map(|said| words(&said.text)).collect();
            let rows = self.rows().filter(move |row| self.starts(row, &words));
            rows.filter_map(|row| Some(Started { count: self.of_command(row, line, one)?, tool: &row.tool }))
        });
        let found = counts.max_by(|left, right| by_value(&left.count, &right.count));
        found.or(one.processes.filter(|_| self.is_mine(one)).map(|count| Started { count, tool: "" }))
    }

    /// All processes of a workload that may start the package, over its instances.
    pub fn processes(&self, one: &Workload) -> Option<f64> {
        let words: Vec<&str> = one.said().flat_map(|said| words(&said.text)).collect();
        let tools = || self.rows().filter(|row| words.iter().any(|word| is_tool(row, word)));
        if !self.is_of(one) || tools().next().is_some() && !tools().any(|row| self.starts(row, &words)) {
            return None;
        }
        let by_module = || {
            let all = self.modules();
            let path = |count: &Count| self.project.inputs.files[count.place.file.index()].path.as_str();
            let named = |count: &&Count| words.iter().any(|word| path(count).ends_with(word.trim_start_matches("./")));
            let only = all.iter().all(|count| count.place.file == all[0].place.file);
            let own = all.iter().filter(|count| only || named(count)).copied();
            own.filter(|_| tools().any(|row| !row.modules.is_empty())).max_by(by_value)
        };
        let workers = self.workers(one).map(|started| started.count).or_else(by_module);
        Some(workers.map_or(1.0, |count| count.value) * one.instances.map_or(1.0, |count| count.value))
    }

    /// The workload may start the package.
    fn is_of(&self, one: &Workload) -> bool {
        !self.is_anothers(one)
            && (self.is_told(one)
                || self.is_near(&one.folder) && (one.placed || !one.commands.is_empty() && self.is_alone()))
    }

    /// It bears the name of another program of the package, or starts that.
    fn is_anothers(&self, one: &Workload) -> bool {
        let words = one.said().flat_map(|said| words(&said.text)).map(|word| word.rsplit('/').next().unwrap_or(word));
        let said: Vec<&str> = words.chain(one.names.iter().map(String::as_str)).collect();
        let own = self.package.runner.program.as_deref().is_some_and(|own| said.contains(&own));
        !own && self.others.iter().any(|name| said.contains(&name.as_str()))
    }

    /// The most threads that commands of the package, or modules of settings beside it, give a process; `None` where
    /// one starts a server whose requests have none.
    fn threads(&self) -> Option<f64> {
        let own: Vec<&Workload> = self.files.workloads.iter().filter(|one| self.is_of(one)).collect();
        let lines: Vec<(&Workload, &[Said])> =
            own.iter().flat_map(|one| one.lines().map(move |line| (*one, line))).collect();
        if self.meaning("tasks").any(|row| self.is_served_by(row, &lines)) {
            return None;
        }
        let told = lines.iter().flat_map(|(one, line)| {
            let rows = self.meaning("threads").filter(move |row| self.starts(row, &spoken(row, line, one)));
            rows.filter_map(move |row| self.of_command(row, line, one))
        });
        let written = self.meaning("threads").flat_map(|row| self.in_modules(row));
        let said = own.iter().filter_map(|one| one.threads.filter(|_| self.is_mine(one)));
        Some(told.chain(written).chain(said).map(|count| count.value).fold(1.0, f64::max))
    }

    /// A command starts the row's program with its further word, or leaves that to a module which has it.
    fn is_served_by(&self, row: &'a Multiplier, lines: &[(&Workload, &[Said])]) -> bool {
        let commands: Vec<Vec<&str>> = lines.iter().map(|(one, line)| spoken(row, line, one)).collect();
        let decides = |words: &Vec<&str>| {
            words.iter().any(|word| is_tool(row, word)) && words.iter().any(|word| is_flag(&row.with_flags, word))
        };
        commands.iter().any(|words| self.starts(row, words)) || !commands.iter().any(decides) && self.has_with(row)
    }

    /// A module of settings has the row's further word, or a class of the project below it.
    fn has_with(&self, row: &'a Multiplier) -> bool {
        let program = &self.project.program;
        let is_it = |at: At<'a>| {
            let texts = Texts { project: self.project, files: self.files };
            let class = program.eval(at.f, at.value).class();
            class.is_some_and(|class| self.is_below(class, &row.with))
                || texts.only(at).is_some_and(|text| self.stands_for(&text.text, &row.with))
        };
        let files = self.settings_of(row);
        let held = files
            .iter()
            .flat_map(|file| row.with_keys.iter().flat_map(move |key| named(program, *file, key, &Trail::default())));
        held.into_iter().any(is_it)
    }

    /// The command starts the row's program.
    fn starts(&self, row: &Multiplier, words: &[&str]) -> bool {
        let tool = words.iter().any(|word| is_tool(row, word));
        let command = words.join(" ");
        !row.tool.is_empty()
            && tool
            && !row.unless.iter().any(|without| command.contains(without.as_str()))
            && (row.with.is_empty() || words.iter().any(|word| self.stands_for(word, &row.with)))
    }

    /// The word itself, or a class of the project below it: `-k shop.workers.Worker`, `--worker-class=gevent`.
    fn stands_for(&self, word: &str, with: &str) -> bool {
        let program = &self.project.program;
        let word = word.split_once('=').filter(|(flag, _)| flag.starts_with("--")).map_or(word, |(_, value)| value);
        let class = || {
            let (path, name) = word.rsplit_once(['.', ':'])?;
            let folder = &self.package.runner.folder;
            let file = Starts { program, files: self.files, home: folder, language: self.package.language }
                .dotted(folder, path)?;
            program.module_member(file, name).class()
        };
        word == with || class().is_some_and(|class| self.is_below(class, with))
    }

    /// A class of the project below one of a library.
    fn is_below(&self, class: ClassRef, with: &str) -> bool {
        let above = self.project.program.outside_bases(class).into_iter().filter_map(|(external, _)| external);
        let path = |external: &External| {
            let path = std::iter::once(external.module.as_str()).chain(external.path.iter().map(String::as_str));
            path.collect::<Vec<_>>().join(".")
        };
        above.into_iter().any(|external| path(&external) == with)
    }

    fn of_command(&self, row: &Multiplier, line: &[Said], one: &Workload) -> Option<Count> {
        let flags = line.iter().filter_map(|said| self.flag(row, said, one));
        let variables = row.variables.iter().filter_map(|name| self.variable(name, one));
        let arguments = row.arguments.iter().filter_map(|name| self.flag(row, one.variable(name)?, one));
        flags.max_by(by_value).or_else(|| arguments.max_by(by_value)).or_else(|| variables.max_by(by_value))
    }

    /// `--workers 4`, `--workers=4`, `-w4`, `--workers ${WORKERS:-4}`.
    fn flag(&self, row: &Multiplier, said: &Said, one: &Workload) -> Option<Count> {
        let words: Vec<&str> = words(&said.text).collect();
        let value = words.iter().enumerate().find_map(|(at, word)| {
            let rest = row.flags.iter().find_map(|flag| word.strip_prefix(flag.as_str()))?;
            let own = rest.trim_start_matches('=');
            let next = words.get(at + 1).copied();
            self.number(if own.is_empty() { next? } else { own }, one)
        })?;
        Some(Count { value, place: said.place })
    }

    /// A number, or a variable of the shell with its default; `$$` keeps one for the shell.
    fn number(&self, word: &str, one: &Workload) -> Option<f64> {
        let word = word.replace("$$", "$");
        expand(&word, &|name| self.variable(name, one).map(|count| count.value.to_string())).parse().ok()
    }

    /// Where a workload, an image of the same folder or an environment file sets the variable.
    fn variable(&self, name: &str, one: &Workload) -> Option<Count> {
        let from = format!("{}/x", self.package.runner.folder);
        let near = |other: &&Workload| other.folder == one.folder && (other.file == one.file || !other.is_private);
        let mut beside: Vec<&Workload> = self.files.workloads.iter().filter(near).collect();
        beside.sort_by_key(|other| other.file != one.file);
        let mut said = std::iter::once(one).chain(beside).filter_map(|own| self.files.started_with(own, name, &from));
        let entry = said.next().or_else(|| self.files.environment(name, &from).filter(|entry| !entry.sample))?;
        let value = entry.text.trim().parse().ok().filter(|value| *value >= 1.0)?;
        Some(Count { value, place: entry.place })
    }

    /// The copies of a workload are copies of the package.
    fn runs(&self, one: &Workload, starts: bool) -> bool {
        !self.is_anothers(one)
            && (self.is_told(one) || self.is_near(&one.folder) && (starts || self.is_mine(one) || self.is_only(one)))
    }

    /// It bears the package's name, and no folder says otherwise.
    fn is_told(&self, one: &Workload) -> bool {
        self.is_named(one) && (!one.placed || self.is_near(&one.folder))
    }

    fn is_mine(&self, one: &Workload) -> bool {
        self.is_named(one)
            || one.placed && (one.folder == self.package.runner.folder || self.is_near(&one.folder) && self.is_single())
    }

    /// The workload or its image bears the package's name.
    fn is_named(&self, one: &Workload) -> bool {
        let tail = self.package.runner.folder.rsplit('/').next().unwrap_or_default();
        let package =
            self.project.program.manifests.packages.iter().filter(|other| other.folder == self.package.runner.folder);
        let names: Vec<&str> =
            package.map(|other| other.name.rsplit('/').next().unwrap_or_default()).chain([tail]).collect();
        names.iter().any(|name| !name.is_empty() && one.names.iter().any(|own| own == name))
    }

    /// No other package of the project has the language.
    fn is_alone(&self) -> bool {
        let ecosystem = self.package.language.semantics().registry;
        let packages = self.project.program.manifests.packages.iter().filter(|package| package.ecosystem == ecosystem);
        packages.map(|package| package.folder.as_str()).collect::<std::collections::BTreeSet<&str>>().len() <= 1
    }

    /// The project is one package.
    fn is_single(&self) -> bool {
        let folders = self.project.program.manifests.packages.iter().map(|package| package.folder.as_str());
        folders.collect::<std::collections::BTreeSet<&str>>().len() <= 1
    }

    /// The one program that runs in copies, of the project's one package.
    fn is_only(&self, one: &Workload) -> bool {
        let server = |other: &Workload| other.names.iter().any(|name| self.is_server(name));
        let mut scaled = self.files.workloads.iter().filter(|other| other.instances.is_some() && !server(other));
        self.is_single() && !server(one) && scaled.all(|other| other.names == one.names)
    }

    /// The image of a server that limits speak of.
    fn is_server(&self, name: &str) -> bool {
        let limits = self.project.program.catalog.limits.iter().flat_map(|file| &file.limits);
        limits.into_iter().any(|limit| !limit.family.is_empty() && name.starts_with(limit.family.as_str()))
    }

    /// Numbers of configuration modules beside the package.
    fn modules(&self) -> Vec<Count> {
        self.rows().flat_map(|row| self.in_modules(row)).collect()
    }

    fn in_modules(&self, row: &'a Multiplier) -> Vec<Count> {
        let files = self.settings_of(row);
        files.iter().flat_map(|file| row.keys.iter().flat_map(|key| self.in_module(*file, key))).collect()
    }

    /// The row's modules of settings beside the package.
    fn settings_of(&self, row: &Multiplier) -> Vec<u32> {
        let units = self.project.program.units.iter().enumerate().filter(|(_, unit)| unit.parsed);
        let fits = |path: &str| row.modules.iter().any(|glob| fits_name(glob, path)) && self.is_near(parent(path));
        units.filter(|(_, unit)| fits(&unit.path)).map(|(file, _)| file as u32).collect()
    }

    fn in_module(&self, file: u32, key: &str) -> Vec<Count> {
        let program = &self.project.program;
        let mut values: Vec<(At, Option<Span>)> =
            named(program, file, key, &Trail::default()).into_iter().map(|at| (at, None)).collect();
        for export in &program.facts(file).exports {
            if let Exported::Value(value) = &export.what {
                below(program, At { f: top(file), value }, key, &Trail::default(), &mut values);
            }
        }
        values.into_iter().filter_map(|(at, span)| self.count(at, span, file)).collect()
    }

    /// At least one.
    pub fn number_at(&self, at: At<'a>) -> Option<f64> {
        let number = Numbers::new(self.project, self.files).of(at)?;
        (number.value >= 1.0).then_some(number.value)
    }

    /// The number at a value; `span` is where it is said, as far as the way to it tells.
    fn count(&self, at: At<'a>, span: Option<Span>, file: u32) -> Option<Count> {
        let numbers = Numbers::new(self.project, self.files);
        let number = numbers.of(at).filter(|number| number.value >= 1.0)?;
        let source = self.project.program.units[file as usize].source;
        let facts = self.project.program.facts(file);
        let start = span.or_else(|| written(&self.project.program, at)).unwrap_or(facts.function(at.f.id).span);
        Some(Count { value: number.value, place: number.place.unwrap_or(Place { file: source, span: start }) })
    }

    /// Calls that say how many processes, in files of the package, or how many instances, wherever they
    /// name the package's folder.
    fn calls(&self, means: &str) -> Vec<Count> {
        let own = self.told.iter().filter(|told| told.row.means == means && self.concerns(told));
        own.map(|told| told.count).collect()
    }

    fn concerns(&self, told: &Told) -> bool {
        let program = &self.project.program;
        if told.row.means == "instances" {
            return self.is_about(told);
        }
        let path = &program.units[told.call.file as usize].path;
        self.is_near(parent(path)) && program.language(told.call.file) == self.package.language
    }

    /// The call names the package's folder or a file in it; a project of one package needs no naming.
    fn is_about(&self, told: &Told) -> bool {
        let own = self.package.runner.folder.as_str();
        match told.folders.is_empty() {
            true => self.is_single(),
            false => {
                told.folders.iter().any(|folder| folder == own || is_inside(folder, own) || is_inside(own, folder))
            }
        }
    }
}

pub(crate) fn is_inside(inner: &str, outer: &str) -> bool {
    outer.is_empty() || inner.starts_with(&format!("{outer}/"))
}

fn is_tool(row: &Multiplier, word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    std::iter::once(&row.tool).chain(&row.also).any(|tool| !tool.is_empty() && (word == tool || name == tool))
}

/// `-k`, `--worker-class`, `--worker-class=gevent`, `-kgevent`
fn is_flag(flags: &[String], word: &str) -> bool {
    flags.iter().any(|flag| word.split('=').next() == Some(flag) || !flag.starts_with("--") && word.starts_with(flag))
}

/// The words of a command, and of the variables of its workload that hold further ones.
fn spoken<'w>(row: &Multiplier, line: &'w [Said], one: &'w Workload) -> Vec<&'w str> {
    let further = row.arguments.iter().filter_map(|name| one.variable(name));
    line.iter().chain(further).flat_map(|said| words(&said.text)).collect()
}

/// Values under a key, in records and lists at any depth.
fn below<'a>(program: &Program<'a>, at: At<'a>, key: &str, trail: &Trail, found: &mut Vec<(At<'a>, Option<Span>)>) {
    let Some(here) = trail.step(at.value) else { return };
    match at.value {
        Value::Record { entries, .. } => {
            for entry in entries {
                let inner = At { f: at.f, value: &entry.value };
                match entry.key == key {
                    true => found.push((inner, Some(entry.span))),
                    false => below(program, inner, key, &here, found),
                }
            }
        }
        Value::List(values) => {
            values.iter().for_each(|value| below(program, At { f: at.f, value }, key, &here, found));
        }
        _ => behind(program, at).into_iter().take(2).for_each(|inner| below(program, inner, key, &here, found)),
    }
}
