//! The programs of Rust packages: each `main` is a process of its own.
//!
//! What several programs of one package build is never in one process together. Knows no library.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::contexts::linked::Linked;
use crate::facts::FnId;
use crate::graph::Point;
use crate::packages::kinds::FileClass;
use crate::program::CallRef;
use crate::values::Program;

/// A program by its package's folder; its name is there where the package has several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Runner {
    /// From the project's root.
    pub folder: String,
    pub program: Option<String>,
}

impl Runner {
    pub fn of(folder: String) -> Self {
        Runner { folder, program: None }
    }
}

/// All programs, with the points of the call graph that each comes to.
pub struct Programs(Vec<Main>);

struct Main {
    runner: Runner,
    point: Point,
    reached: FxHashSet<Point>,
}

impl Programs {
    pub fn new(project: &Linked) -> Self {
        let main = |point: Point| {
            let runner = runner(project, main_file(&project.program, point)?);
            Some(Main { runner, point, reached: reached(project, point) })
        };
        Programs(mains(project).into_iter().filter_map(main).collect())
    }

    /// The programs that come to a point, as far as that is in sight.
    pub fn above(&self, point: Point) -> BTreeSet<Runner> {
        self.0.iter().filter(|main| main.reached.contains(&point)).map(|main| main.runner.clone()).collect()
    }

    /// A run of the program comes to one of two points at most: they belong to different commands of it. Given
    /// with each point are those that lead to it.
    pub fn apart(&self, project: &Linked, runner: &Runner, one: &FxHashSet<Point>, other: &FxHashSet<Point>) -> bool {
        let own: Vec<Point> = self.0.iter().filter(|main| main.runner == *runner).map(|main| main.point).collect();
        let starts = if own.is_empty() { loaded(one, other) } else { own };
        !starts.is_empty() && starts.into_iter().all(|start| parts(project, start, one, other))
    }
}

/// The modules whose loading comes to points of both.
fn loaded(one: &FxHashSet<Point>, other: &FxHashSet<Point>) -> Vec<Point> {
    let is_module = |point: &&Point| matches!(point, Point::Fn(f) if f.id == FnId::TOP);
    let mut found: Vec<Point> = one.iter().filter(is_module).filter(|point| other.contains(point)).copied().collect();
    found.sort_unstable();
    found
}

fn parts(project: &Linked, from: Point, one: &FxHashSet<Point>, other: &FxHashSet<Point>) -> bool {
    let mut at = from;
    let mut passed = FxHashSet::default();
    while passed.insert(at) {
        let edges = project.graph.edges.get(&at).map_or(&[][..], Vec::as_slice);
        let to = |points: &FxHashSet<Point>| -> Vec<(Option<CallRef>, Point)> {
            let mut found: Vec<_> =
                edges.iter().filter(|edge| points.contains(&edge.to)).map(|edge| (edge.call, edge.to)).collect();
            found.dedup();
            found
        };
        let (left, right) = (to(one), to(other));
        if let ([(_, next)], true) = (left.as_slice(), left == right) {
            at = *next;
            continue;
        }
        let apart = |left: &(Option<CallRef>, Point), right: &(Option<CallRef>, Point)| {
            left.0.zip(right.0).is_some_and(|(left, right)| project.program.exclude(left, right))
        };
        return !left.is_empty() && !right.is_empty() && left.iter().all(|l| right.iter().all(|r| apart(l, r)));
    }
    false
}

/// The names of all programs of the package in a folder.
pub fn names(project: &Linked, folder: &str) -> BTreeSet<String> {
    let files = mains(project).into_iter().filter_map(|point| main_file(&project.program, point));
    let own = files.filter(|file| self::folder(&project.program, *file) == folder);
    own.map(|file| name(&project.program, file)).collect()
}

/// The `main` functions of product code.
fn mains(project: &Linked) -> BTreeSet<Point> {
    let roots = project.graph.roots.iter().map(|root| root.to);
    roots.filter(|point| main_file(&project.program, *point).is_some()).collect()
}

fn main_file(program: &Program, point: Point) -> Option<u32> {
    let Point::Fn(f) = point else { return None };
    let main = program.semantics(f.file).starts_in_main && program.class_of(f.file) == FileClass::Source;
    let function = program.function(f);
    (main && function.class.is_none() && function.name.as_deref() == Some("main")).then_some(f.file)
}

fn reached(project: &Linked, from: Point) -> FxHashSet<Point> {
    let mut queue = vec![from];
    let mut seen = FxHashSet::default();
    while let Some(at) = queue.pop() {
        if seen.insert(at) {
            queue.extend(project.graph.edges.get(&at).into_iter().flatten().map(|edge| edge.to));
        }
    }
    seen
}

fn runner(project: &Linked, file: u32) -> Runner {
    let folder = folder(&project.program, file);
    let several = names(project, &folder).len() > 1;
    Runner { program: several.then(|| name(&project.program, file)), folder }
}

fn folder(program: &Program, file: u32) -> String {
    let path = &program.units[file as usize].path;
    program.manifests.package_of(path).map_or(String::new(), |package| package.folder.clone())
}

/// `src/bin/worker.rs` and `src/bin/worker/main.rs` are `worker`; `src/main.rs` is called as the package.
fn name(program: &Program, file: u32) -> String {
    let path = &program.units[file as usize].path;
    let mut parts = path.trim_end_matches(".rs").rsplit('/');
    let last = parts.next().unwrap_or_default();
    let outer = parts.next().unwrap_or_default();
    match (last, outer) {
        ("main", "src" | "") => {
            let package = program.manifests.package_of(path).map(|package| package.name.clone());
            package.filter(|name| !name.is_empty()).unwrap_or_else(|| "main".to_string())
        }
        ("main", outer) => outer.to_string(),
        (last, _) => last.to_string(),
    }
}
