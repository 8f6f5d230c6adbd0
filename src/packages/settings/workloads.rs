//! Programs that settings files start: their commands, variables, copies.
//!
//! Reads entries by the rows of `rules/settings`. Knows no tool by name.

use super::files::{One, fits};
use super::scripts;
use crate::catalog::Catalog;
use crate::catalog::places::{PlanRow, WorkloadRow};
use crate::catalog::words::packages::{OWN_MACHINES, TRIAL_NAMES};
use crate::facts::Literal;
use crate::facts::settings::Entry;
use crate::finding::Place;
use crate::packages::kinds::{FileClass, classify};
use crate::packages::paths::{join, parent};
use crate::source::{FileId, globs};

/// A number of copies and where it is said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Count {
    pub value: f64,
    pub place: Place,
}

/// A text of a settings file.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub text: String,
    pub place: Place,
}

/// A program as a settings file runs it.
#[derive(Debug, Clone)]
pub struct Workload {
    /// Where it is described.
    pub file: FileId,
    /// Of the program, from the project's root.
    pub folder: String,
    /// The file says the folder, or that it builds what lies beside it.
    pub placed: bool,
    /// Its own name and the last part of its image.
    pub names: Vec<String>,
    /// Of its image: `1.20.1`.
    pub tag: Option<String>,
    pub commands: Vec<Said>,
    /// Of the scripts that its commands start: each line may be the program.
    pub scripts: Vec<Said>,
    /// `COPY path… destination`
    pub copies: Vec<Said>,
    /// Later ones win.
    pub environment: Vec<(String, Said)>,
    /// Names in code and the addresses behind them.
    pub bindings: Vec<(String, Said)>,
    /// It only holds settings of what it runs.
    pub is_settings: bool,
    /// The server that its clients reach through it.
    pub before: Option<String>,
    /// How many connections it lets in.
    pub connections: Option<Count>,
    /// Globs of secrets with their keys, and what these hold.
    secrets: Vec<(String, String)>,
    pub processes: Option<Count>,
    /// Of one process.
    pub threads: Option<Count>,
    pub instances: Option<Count>,
    /// It runs until it is stopped.
    pub lasting: bool,
    /// At the same time as the others of its file.
    pub beside: bool,
    /// Its variables are for its own file.
    pub is_private: bool,
    /// It runs on a developer's machine.
    pub is_local: bool,
}

impl Workload {
    /// What it may start: its own command, or one line of a script.
    pub fn lines(&self) -> impl Iterator<Item = &[Said]> {
        std::iter::once(&*self.commands).chain(self.scripts.iter().map(std::slice::from_ref))
    }

    /// All that it says of what it starts.
    pub fn said(&self) -> impl Iterator<Item = &Said> {
        self.lines().flatten()
    }

    /// The value of a variable that it is started with.
    pub fn variable(&self, name: &str) -> Option<&Said> {
        self.environment.iter().rev().find(|(key, _)| key == name).map(|(_, said)| said)
    }
}

/// Whether some row reads files of that name.
pub fn covers(catalog: &Catalog, path: &str) -> bool {
    let plans = catalog.places.iter().flat_map(|file| &file.plans).flat_map(|row| &row.files);
    rows(catalog).any(|row| reads(row, path)) || plans.into_iter().any(|glob| fits_name(glob, path))
}

fn rows(catalog: &Catalog) -> impl Iterator<Item = &WorkloadRow> {
    catalog.places.iter().flat_map(|file| &file.workloads)
}

fn reads(row: &WorkloadRow, path: &str) -> bool {
    row.files.iter().any(|glob| fits_name(glob, path))
}

/// The glob fits the last part of a path, or as many as it has itself.
pub fn fits_name(glob: &str, path: &str) -> bool {
    let parts = path.rsplitn(glob.matches('/').count() + 2, '/').collect::<Vec<_>>();
    let outer = parts.get(glob.matches('/').count() + 1).map_or(0, |outer| outer.len() + 1);
    globs::fits(glob, &path[outer..])
}

pub(crate) fn workloads(catalog: &Catalog, files: &[One]) -> Vec<Workload> {
    let mut found = Vec::new();
    let mut scalers = Vec::new();
    for one in files.iter().filter(|one| !is_example(&one.path) && !is_trial(&one.path)) {
        for row in rows(catalog).filter(|row| reads(row, &one.path)) {
            let has = |part: &Part| row.has.is_empty() || row.has.iter().any(|key| part.has(key));
            let lasting = |part: &Part| part.holds(&row.when) && has(part) && !part.ends(catalog);
            let parts = parts(&row.each, one).into_iter().filter(lasting);
            let own = parts.map(|part| part.workload(row, files));
            if row.scales { scalers.extend(own) } else { found.extend(own) }
        }
    }
    resolve_secrets(&mut found);
    scripts::follow(&mut found, files);
    for scaler in scalers {
        let scaled = found.iter_mut().filter(|one| one.names.first() == scaler.names.first());
        scaled.for_each(|one| one.instances = scaler.instances);
    }
    found
}

/// What stands for the value of a variable that a secret has.
const SECRET: &str = "$(secret ";

/// Puts what operators write into secrets in the place of references to these.
fn resolve_secrets(workloads: &mut [Workload]) {
    let written: Vec<(String, String)> = workloads.iter().flat_map(|one| one.secrets.iter().cloned()).collect();
    for (_, said) in workloads.iter_mut().flat_map(|one| &mut one.environment) {
        let Some(asked) = said.text.strip_prefix(SECRET).and_then(|rest| rest.strip_suffix(')')) else { continue };
        if let Some((_, text)) = written.iter().find(|(glob, _)| globs::fits(glob, asked)) {
            said.text = text.clone();
        }
    }
}

/// A server of some plan that a settings file orders.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// As limits name it.
    pub service: String,
    /// What the service calls the plan.
    pub plan: Said,
}

pub(crate) fn orders(catalog: &Catalog, files: &[One]) -> Vec<Order> {
    let rows = || catalog.places.iter().flat_map(|file| &file.plans);
    let fits = |row: &&PlanRow, one: &One| row.files.iter().any(|glob| fits_name(glob, &one.path));
    let mut found = Vec::new();
    for one in files.iter().filter(|one| !is_example(&one.path) && !is_trial(&one.path)) {
        for row in rows().filter(|row| fits(row, one)) {
            let parts = parts(&row.each, one).into_iter().filter(|part| part.holds(&row.when));
            let plans = parts.flat_map(|part| part.texts(&row.plan));
            found.extend(plans.map(|plan| Order { service: row.service.clone(), plan }));
        }
    }
    found
}

fn is_example(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    ["example", "sample"].iter().any(|word| name.contains(word))
}

/// It runs tests or measures load: `docker-compose.loadtest.yml`.
pub(super) fn is_trial(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
    classify(path) == FileClass::Test || words.any(|word| TRIAL_NAMES.contains(&word))
}

/// It sets up somebody's own machine: `.gitpod.Dockerfile`, `docker-compose.dev.yml`.
pub(super) fn is_own_machine(path: &str) -> bool {
    let mut words = path.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|word| OWN_MACHINES.contains(&word))
}

/// The part of a file that is about one program.
pub(crate) struct Part<'f> {
    one: &'f One,
    /// With a dot at its end, or empty.
    prefix: String,
}

/// The parts that patterns of keys tell; without patterns each document is one.
pub(crate) fn parts<'f>(each: &[String], one: &'f One) -> Vec<Part<'f>> {
    let mut prefixes = documents(one);
    if !each.is_empty() {
        prefixes =
            prefixes.iter().flat_map(|document| each.iter().flat_map(|each| expand(one, document, each))).collect();
    }
    prefixes.dedup();
    prefixes.into_iter().map(|prefix| Part { one, prefix }).collect()
}

/// Several documents of one file are a list.
fn documents(one: &One) -> Vec<String> {
    let heads = one.settings.entries.iter().map(|entry| entry.key.split('.').next().unwrap_or_default());
    let mut heads: Vec<&str> = heads.collect();
    heads.dedup();
    if heads.iter().all(|head| head.parse::<usize>().is_ok()) {
        return heads.into_iter().map(|head| format!("{head}.")).collect();
    }
    vec![String::new()]
}

/// The beginnings of keys that fit a pattern, each once.
fn expand(one: &One, document: &str, pattern: &str) -> Vec<String> {
    if pattern.is_empty() {
        return vec![document.to_string()];
    }
    let length = pattern.split('.').count();
    let mut found: Vec<String> = Vec::new();
    for rest in one.settings.entries.iter().filter_map(|entry| entry.key.strip_prefix(document)) {
        let head: Vec<&str> = rest.split('.').take(length).collect();
        let head = head.join(".");
        if fits(pattern, &head) && !found.iter().any(|known| *known == format!("{document}{head}.")) {
            found.push(format!("{document}{head}."));
        }
    }
    found
}

impl<'f> Part<'f> {
    /// The part's entries by their keys within it; the part itself has the empty key.
    fn entries(&self) -> impl Iterator<Item = (&'f str, &'f Entry)> {
        let own = self.prefix.strip_suffix('.').unwrap_or(&self.prefix).to_string();
        let prefix = self.prefix.clone();
        self.one.settings.entries.iter().filter_map(move |entry| {
            let key = if entry.key == own { Some("") } else { entry.key.strip_prefix(&*prefix) };
            key.map(|key| (key, entry))
        })
    }

    pub(crate) fn holds(&self, conditions: &[String]) -> bool {
        conditions.iter().all(|condition| {
            let Some((key, values)) = condition.split_once('=') else { return false };
            let mut own = self.entries().filter(|(own, _)| fits(key, own)).filter_map(|(_, entry)| shown(&entry.value));
            own.any(|value| values.split('|').any(|wanted| wanted == value))
        })
    }

    /// It is a command that runs once and ends.
    fn ends(&self, catalog: &Catalog) -> bool {
        let own = self.prefix.trim_end_matches('.');
        let mut rows =
            catalog.places.iter().flat_map(|file| &file.one_off_commands).filter_map(|row| row.split_once(':'));
        rows.any(|(glob, key)| fits_name(glob, &self.one.path) && fits(key, own))
    }

    fn workload(&self, row: &WorkloadRow, files: &[One]) -> Workload {
        let folder = self.texts(&row.folder).into_iter().next();
        let image = self.texts(&row.image).into_iter().next();
        let beside = parent(&self.one.path);
        let place = folder.as_ref().and_then(|said| join(beside, &said.text));
        let name = self.texts(&row.name).into_iter().next().map(|said| said.text);
        let own = || self.prefix.trim_end_matches('.').rsplit('.').next().unwrap_or_default().to_string();
        let name = name.unwrap_or_else(own);
        let fill = |text: &str| text.replace("{name}", &name);
        let secrets = row.secrets.iter().filter_map(|secret| secret.split_once(" = "));
        let secrets = secrets.map(|(glob, text)| (fill(glob), fill(text))).collect();
        let mut names = vec![format!("{name}{}", row.suffix)];
        names.extend(image.as_ref().map(|said| image_name(&said.text)));
        names.extend((!row.runs.is_empty()).then(|| row.runs.clone()));
        Workload {
            file: self.one.id,
            placed: place.is_some() || row.image.is_empty(),
            folder: place.unwrap_or_else(|| beside.to_string()),
            names,
            tag: image.as_ref().and_then(|said| image_tag(&said.text)),
            commands: self.texts(&row.command),
            scripts: Vec::new(),
            copies: self.texts(&row.copies),
            environment: self.environment(row, files),
            bindings: self.bindings(row),
            is_settings: row.settings,
            before: self.texts(&row.before).into_iter().next().map(|said| said.text + &row.before_suffix),
            connections: self.count(&row.connections),
            secrets,
            processes: self.count(&row.processes),
            threads: self.count(&row.threads),
            instances: self.sum(&row.regions).or_else(|| self.count(&row.instances)),
            lasting: row.lasting,
            beside: row.beside,
            is_private: row.private,
            is_local: is_own_machine(&self.one.path),
        }
    }

    /// The key has a value, or keys below it.
    pub(crate) fn has(&self, pattern: &str) -> bool {
        let length = pattern.split('.').count();
        self.entries().any(|(key, _)| {
            let head: Vec<&str> = key.split('.').take(length).collect();
            fits(pattern, &head.join("."))
        })
    }

    /// Texts under the keys; a list of words is one text.
    pub(crate) fn texts(&self, keys: &[String]) -> Vec<Said> {
        keys.iter().flat_map(|key| self.said(key)).collect()
    }

    fn said(&self, key: &str) -> Vec<Said> {
        let listed = format!("{key}.*");
        // `build.context` is no word of `build`.
        let is_word =
            |own: &str| fits(&listed, own) && own.rsplit('.').next().is_some_and(|at| at.parse::<usize>().is_ok());
        let mut found: Vec<Said> = Vec::new();
        for (own, entry) in self.entries().filter(|(own, _)| fits(key, own) || is_word(own)) {
            match found.last_mut().filter(|_| is_word(own)) {
                Some(said) => {
                    said.text.push(' ');
                    said.text.push_str(&shown(&entry.value).unwrap_or_default());
                    said.place.span.end = entry.span.end;
                }
                None => {
                    let said = entry.text().map(|text| Said { text: text.to_string(), place: self.place(entry) });
                    found.extend(said);
                }
            }
        }
        found
    }

    fn place(&self, entry: &Entry) -> Place {
        Place { file: self.one.id, span: entry.span }
    }

    fn environment(&self, row: &WorkloadRow, files: &[One]) -> Vec<(String, Said)> {
        let said = |entry: &Entry| Some(Said { text: shown(&entry.value)?, place: self.place(entry) });
        let mut found: Vec<(String, Said)> =
            self.environment_files(row, files).into_iter().flat_map(environment_of).collect();
        let plain = self.entries().filter(|(key, _)| row.environment.iter().any(|pattern| fits(pattern, key)));
        found.extend(plain.filter_map(|(key, entry)| Some((key.rsplit('.').next()?.to_string(), said(entry)?))));
        let named = self.entries().filter_map(|(key, entry)| {
            let head = key.strip_suffix(".name").or_else(|| key.strip_suffix(".key"))?;
            row.pairs.iter().any(|pattern| fits(pattern, head)).then_some((head, entry.text()?))
        });
        for (head, name) in named {
            let wanted = format!("{head}.value");
            let value = self.entries().find(|(key, _)| *key == wanted);
            let value = value.and_then(|(_, entry)| said(entry)).or_else(|| self.reference(row, head));
            found.extend(value.map(|value| (name.to_string(), value)));
        }
        found
    }

    /// A variable that takes its value from a secret.
    fn reference(&self, row: &WorkloadRow, head: &str) -> Option<Said> {
        let at = |key: String| self.entries().find(|(own, _)| *own == key).map(|(_, entry)| entry);
        row.references.iter().find_map(|inner| {
            let name = at(format!("{head}.{inner}.name"))?.text()?;
            let key = at(format!("{head}.{inner}.key"))?;
            Some(Said { text: format!("{SECRET}{name}/{})", key.text()?), place: self.place(key) })
        })
    }

    /// The environment files that the part names, in its order.
    fn environment_files<'o>(&self, row: &WorkloadRow, files: &'o [One]) -> Vec<&'o One> {
        let beside = parent(&self.one.path);
        let named = self.entries().filter(|(key, _)| row.environment_files.iter().any(|pattern| fits(pattern, key)));
        let paths: Vec<String> = named.filter_map(|(_, entry)| join(beside, entry.text()?)).collect();
        paths.iter().filter_map(|path| files.iter().find(|one| one.path == *path)).collect()
    }

    fn bindings(&self, row: &WorkloadRow) -> Vec<(String, Said)> {
        let rows = row.bindings.iter().filter_map(|binding| binding.split_once(" = "));
        let found = rows.flat_map(|(pattern, address)| {
            let own = self.entries().filter(move |(key, _)| fits(pattern, key));
            own.filter_map(move |(_, entry)| {
                Some((entry.text()?.to_string(), Said { text: address.to_string(), place: self.place(entry) }))
            })
        });
        found.collect()
    }

    /// The largest number under the keys.
    fn count(&self, keys: &[String]) -> Option<Count> {
        self.counts(keys).max_by(|left, right| left.value.total_cmp(&right.value))
    }

    /// All numbers under the keys together, at the place of the first.
    fn sum(&self, keys: &[String]) -> Option<Count> {
        self.counts(keys).reduce(|sum, count| Count { value: sum.value + count.value, ..sum })
    }

    fn counts(&self, keys: &[String]) -> impl Iterator<Item = Count> {
        let own = self.entries().filter(|(key, _)| keys.iter().any(|pattern| fits(pattern, key)));
        own.filter_map(|(_, entry)| {
            let value: f64 = shown(&entry.value)?.trim().parse().ok()?;
            (value >= 1.0).then(|| Count { value, place: self.place(entry) })
        })
    }
}

/// `registry.example.org/team/api:1.2` is `api`.
fn image_name(image: &str) -> String {
    let last = image.rsplit('/').next().unwrap_or_default();
    last.split([':', '@']).next().unwrap_or_default().to_string()
}

/// `registry.example.org:5000/team/api:1.2` has the tag `1.2`.
fn image_tag(image: &str) -> Option<String> {
    let last = image.rsplit('/').next()?;
    last.split('@').next()?.split_once(':').map(|(_, tag)| tag.trim_start_matches('v').to_string())
}

fn environment_of(file: &One) -> impl Iterator<Item = (String, Said)> {
    let said = |entry: &Entry| Said {
        text: shown(&entry.value).unwrap_or_default(),
        place: Place { file: file.id, span: entry.span },
    };
    file.settings.entries.iter().map(move |entry| (entry.key.clone(), said(entry)))
}

fn shown(value: &Literal) -> Option<String> {
    match value {
        Literal::Str(text) => Some(text.clone()),
        Literal::Num(number) => Some(number.to_string()),
        Literal::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
