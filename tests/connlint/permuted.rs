//! What is found does not depend on the order of files, on that of functions in a file, on the number of threads, or on
//! which of the files that nothing names has which name.
//!
//! Over all literate cases and incidents, and the projects that `CONNLINT_TREES` names, with `:` between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use connlint::checks::{Analysis, analyse};
use connlint::finding::{Finding, Place};
use connlint::rules;
use connlint::scope::inputs::Inputs;
use connlint::session::{Identified, Options, Outcome, Session};
use connlint::source::{FileId, LineIndex, SourceFile, Text};

use crate::fixtures::{every_case, run_all};
use crate::reordered::reordered;

/// Analyses the files in another order: 0 is backwards, any other number a shuffle of its own.
fn shuffled<const SEED: u64>(inputs: &Inputs) -> Analysis {
    let order = permutation(inputs.files.len(), SEED);
    let files: Vec<SourceFile> = order.iter().map(|at| inputs.files[*at].clone()).collect();
    let mut analysis = analyse(&Inputs { files: &files, ..*inputs }, rules::run);
    let mut comments = vec![Vec::new(); files.len()];
    for (at, own) in order.iter().zip(std::mem::take(&mut analysis.comments)) {
        comments[*at] = own;
    }
    analysis.comments = comments;
    let back = |file: &mut FileId| *file = FileId(order[file.index()] as u32);
    analysis.findings.iter_mut().for_each(|finding| renumber(finding, &back));
    analysis
}

fn permutation(len: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).rev().collect();
    let odd = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    if seed > 0 {
        order.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(odd).rotate_left(29).wrapping_mul(0xd6e8_feb8_6659_fd93));
    }
    order
}

fn renumber(finding: &mut Finding, back: &dyn Fn(&mut FileId)) {
    let related = finding.related.iter_mut().chain(&mut finding.also.places).map(|related| &mut related.place);
    let places = related.chain([&mut finding.place]).chain(&mut finding.entry);
    places.for_each(|place| back(&mut place.file));
    let edits = finding.fix.iter_mut().flat_map(|fix| &mut fix.edits);
    edits.for_each(|edit| back(&mut edit.file));
}

/// Rules that tell of several alike places at the first of them.
const AT_THE_FIRST: &[&str] = &["duplicate-client", "missing-shutdown", "pool-over-budget", "redundant-lookup"];

/// All that a reader sees of each finding.
fn told(outcome: &Outcome) -> Vec<String> {
    let mut all: Vec<String> = outcome.findings.iter().map(|found| format!("{:?}", found.finding)).collect();
    all.sort();
    all
}

/// Each finding, without what may be said of one of several alike places: the chain, the numbers and the fix. Places are
/// told as they were before the texts were rearranged.
fn found(outcome: &Outcome, arranged: &Arrangement) -> Vec<String> {
    let place = |place: Place| {
        let file = &outcome.files[place.file.index()];
        let at = LineIndex::new(&file.text).position(&file.text, place.span.start);
        let (path, line) = arranged.before(&file.path, at.line);
        format!("{path}:{line}:{}", at.column)
    };
    let one = |Identified { finding, .. }: &Identified| match AT_THE_FIRST.contains(&finding.rule) {
        true => format!("{} {:?} {:?}", finding.rule, finding.severity, finding.client),
        false => format!("{} {:?} {}: {}", finding.rule, finding.severity, place(finding.place), finding.message),
    };
    let mut all: Vec<String> = outcome.findings.iter().map(one).collect();
    all.sort();
    all
}

fn options(directory: &Path) -> Options {
    Options { directory: directory.into(), pedantic: true, no_cache: true, ..Options::default() }
}

/// Threads of their own, as many as given.
fn pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(64 << 20).build().unwrap()
}

static ONE: LazyLock<rayon::ThreadPool> = LazyLock::new(|| pool(1));
static FOUR: LazyLock<rayon::ThreadPool> = LazyLock::new(|| pool(4));

/// A change that means nothing.
#[derive(Clone, Copy)]
struct Change {
    name: &'static str,
    /// Of the files' order.
    analysis: Option<fn(&Inputs) -> Analysis>,
    functions: bool,
    names: bool,
}

const NONE: Change = Change { name: "", analysis: None, functions: false, names: false };

const ALL: Change = Change { name: "all of it", analysis: Some(shuffled::<0>), functions: true, names: true };

/// What is tried one by one where all changes together make a difference.
const EACH: &[Change] = &[
    Change { name: "files backwards", analysis: Some(shuffled::<0>), ..NONE },
    Change { name: "functions backwards", functions: true, ..NONE },
    Change { name: "names exchanged", names: true, ..NONE },
    ALL,
];

/// What is wrong with a project: where a change that means nothing changes what is found.
fn judge(directory: &Path) -> Vec<String> {
    let usual = ONE.install(|| check(options(directory)));
    let beside = FOUR.install(|| check(options(directory)));
    let threads = differences("four threads", &told(&usual), &told(&beside));
    let shuffled = Change { name: "files shuffled", analysis: Some(shuffled::<7>), ..NONE };
    let mut wrong: Vec<String> = threads.into_iter().chain(after(directory, &usual, shuffled)).collect();
    if !after(directory, &usual, ALL).is_empty() {
        wrong.extend(EACH.iter().flat_map(|change| after(directory, &usual, *change)));
    }
    wrong
}

/// What a change makes come and go. Text that does not parse any more was rearranged wrongly, and says nothing.
fn after(directory: &Path, usual: &Outcome, change: Change) -> Vec<String> {
    let arranged = Arrangement::of(&usual.files, change);
    let options = Options { overlay: arranged.texts.iter().cloned().collect(), ..options(directory) };
    let session = || Session::open(options).unwrap();
    let outcome = ONE.install(|| match change.analysis {
        Some(analysis) => session().with_analysis(analysis).check(),
        None => session().check(),
    });
    match outcome.problems.len() > usual.problems.len() {
        true => Vec::new(),
        false => differences(change.name, &found(usual, &Arrangement::default()), &found(&outcome, &arranged)),
    }
}

/// Texts in other places, and where their lines stood.
#[derive(Default)]
struct Arrangement {
    texts: Vec<(PathBuf, Text)>,
    /// By path: the path before, and the numbers of the lines there where they changed places.
    origins: BTreeMap<String, (String, Vec<u32>)>,
}

impl Arrangement {
    /// The functions of each file stand in another order, files that nothing names have each other's names.
    fn of(files: &[SourceFile], change: Change) -> Self {
        let exchanged = if change.names { exchanged(files) } else { Vec::new() };
        let mut arranged = Self::default();
        for file in files {
            let pair = exchanged.iter().find(|(from, _)| from.path == file.path);
            let new = reordered(&file.path, &file.text).filter(|_| change.functions);
            if pair.is_none() && new.is_none() {
                continue;
            }
            let to = pair.map_or(file, |(_, to)| to);
            let text = new.as_ref().map_or_else(|| file.text.clone(), |new| new.text.as_str().into());
            arranged.texts.push((to.absolute.clone(), text));
            arranged.origins.insert(to.path.clone(), (file.path.clone(), new.map_or_else(Vec::new, |new| new.lines)));
        }
        arranged
    }

    fn before<'p>(&'p self, path: &'p str, line: u32) -> (&'p str, u32) {
        match self.origins.get(path) {
            Some((path, lines)) => (path, lines.get(line as usize - 1).copied().unwrap_or(line)),
            None => (path, line),
        }
    }
}

fn check(options: Options) -> Outcome {
    Session::open(options).unwrap().check()
}

fn differences(name: &str, expected: &[String], found: &[String]) -> Vec<String> {
    let left = |of: &[String], without: &[String], what: &str| {
        let mut left = of.to_vec();
        for one in without {
            left.iter().position(|other| other == one).map(|at| left.remove(at));
        }
        left.into_iter().map(|one| format!("{name}: {what}: {one}")).collect::<Vec<_>>()
    };
    [left(expected, found, "went"), left(found, expected, "came")].concat()
}

/// Files of one folder that nothing names and whose names mean nothing, and those whose names they get.
fn exchanged(files: &[SourceFile]) -> Vec<(&SourceFile, &SourceFile)> {
    let stem = |file: &SourceFile| Path::new(&file.path).file_stem().unwrap().to_string_lossy().into_owned();
    let free = |file: &&SourceFile| {
        let own = stem(file);
        let named = |other: &SourceFile| other.path != file.path && words(&other.text).any(|word| word == own);
        file.path.ends_with(".py") | file.path.ends_with(".ts")
            && own.chars().all(char::is_alphanumeric)
            && !KNOWN.contains(&own)
            && !files.iter().any(named)
    };
    let free: Vec<&SourceFile> = files.iter().filter(free).collect();
    let group = |file: &SourceFile| Path::new(&file.path).with_file_name(Path::new(&file.path).extension().unwrap());
    let partner = |file: &&SourceFile| {
        let own: Vec<&&SourceFile> = free.iter().filter(|other| group(other) == group(file)).collect();
        let at = own.iter().position(|other| other.path == file.path).unwrap();
        *own[own.len() - 1 - at]
    };
    free.iter().map(|file| (*file, partner(file))).filter(|(file, other)| file.path != other.path).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// The words of connlint's data and of the texts in its code: names of files that may mean something.
static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let below = |folder: &str| walkdir::WalkDir::new(root.join(folder)).into_iter().flatten();
    let texts = |path: &Path, text: &str| match path.extension().is_some_and(|end| end == "rs") {
        true => text.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).collect::<Vec<_>>().join(" "),
        false => text.to_string(),
    };
    let files = ["src", "rules"].into_iter().flat_map(below).filter(|entry| {
        let path = entry.path();
        path.extension().is_some_and(|end| end == "rs" || end == "toml")
    });
    let read = files.flat_map(|entry| {
        let text = std::fs::read_to_string(entry.path()).unwrap();
        words(&texts(entry.path(), &text)).filter(|word| word.len() > 1).map(str::to_string).collect::<Vec<_>>()
    });
    read.collect()
});

#[test]
fn cases_are_found_alike_in_any_order() {
    run_all(every_case(), |job| judge(job.lay_out().root()));
}

#[test]
fn projects_are_found_alike_in_any_order() {
    let incidents = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    let incidents = incidents.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let named = std::env::var("CONNLINT_TREES").unwrap_or_default();
    let named = named.split(':').filter(|path| !path.is_empty()).map(PathBuf::from);
    let all = incidents.flat_map(|folder| [folder.join("before"), folder.join("after")]).chain(named);
    let wrong: Vec<String> = all
        .flat_map(|folder| {
            let name = folder.display().to_string();
            judge(&folder).into_iter().map(move |line| format!("{name}: {line}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
