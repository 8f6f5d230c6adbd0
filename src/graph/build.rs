//! Builds the graph: files are shared out, and what is found in the shares is put together in the order of the files.
//!
//! How files are shared out depends on them alone, so that the result does not depend on the number of threads.
//! Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::decorated::{Decorated, decorated};
use super::entries;
use super::entries::Entered;
use super::forwarded::Params;
use super::tabled::Tables;
use super::{Builder, Detours, Edge, Graph, Point, getters, memo, own_loops};
use crate::facts::VarRef;
use crate::graph::shares::Share;
use crate::program::crew::Crew;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::sites::{Site, site_of};
use crate::values::targets;
use crate::values::targets::Targets;

/// What all builders read.
pub(crate) struct Common<'a> {
    pub targets: Targets,
    pub site_of_call: FxHashMap<CallRef, u32>,
    /// Calls whose coroutine is run in an event loop of its own.
    pub own_loop: FxHashSet<CallRef>,
    /// Blocks that a memoiser is given: they run when it says.
    pub kept_blocks: FxHashSet<FnRef>,
    /// Names of properties that a function stands behind.
    pub getters: FxHashSet<&'a str>,
    pub params: Params,
    pub tables: Tables<'a>,
    pub decorated: Decorated,
}

/// What the calls of some files mean.
struct Resolved<'a> {
    share: Share<'a>,
    targets: Vec<Vec<Target>>,
    sites: Vec<Site>,
    kept_blocks: Vec<FnRef>,
    decorated: Vec<((u32, VarRef), FnRef)>,
}

/// What the functions of some files run, and what runs them from outside.
struct Walked<'a> {
    share: Share<'a>,
    graph: Graph,
    entered: Entered,
}

impl Graph {
    /// The program remembers what was evaluated on the way.
    pub fn build(program: &mut Program, crew: Crew) -> Graph {
        let resolved = crew.each(Share::of(program), resolve);
        let mut shares = Vec::new();
        let (mut files, mut sites, mut kept_blocks) = (Vec::new(), Vec::new(), FxHashSet::default());
        let mut decorated = Decorated::default();
        for part in resolved {
            shares.push(part.share);
            files.extend(part.targets);
            sites.extend(part.sites);
            kept_blocks.extend(part.kept_blocks);
            part.decorated.into_iter().for_each(|(param, f)| decorated.entry(param).or_default().push(f));
        }
        let targets = Targets::new(files);
        let site_of_call = sites.iter().enumerate().map(|(at, site)| (site.call, at as u32)).collect();
        let own_loop = own_loops::own_loops(program, &targets);
        let getters = getters::names(program);
        let (params, tables) = (Params::of(program), Tables::of(program));
        let common = Common { targets, site_of_call, own_loop, kept_blocks, getters, params, tables, decorated };
        let walked = crew.each(shares, |share| walk(share, &common));
        let mut graph = Graph { sites, ..Graph::default() };
        let (mut entered, mut programs) = (Vec::new(), Vec::new());
        for part in walked {
            graph.append(part.graph);
            entered.push(part.entered);
            programs.push(part.share.program);
        }
        program.remember(programs);
        let mut builder = Builder { program, common: &common, graph, detours: Detours::default() };
        program.classes().for_each(|class| builder.allocate(class));
        graph = builder.graph;
        graph.own_loops = common.own_loop.into_iter().collect();
        graph.targets = common.targets;
        entries::add(program, &mut graph, entered);
        graph.edges.values_mut().for_each(Vec::shrink_to_fit);
        graph
    }

    fn append(&mut self, other: Graph) {
        for (from, edges) in other.edges {
            self.edges.entry(from).or_default().extend(edges);
        }
        self.roots.extend(other.roots);
        self.kept.extend(other.kept);
    }

    pub(crate) fn add(&mut self, from: Point, edge: Edge) {
        self.edges.entry(from).or_default().push(edge);
    }
}

fn resolve(share: Share) -> Resolved {
    let program = &share.program;
    let targets: Vec<Vec<Target>> = share.files.clone().map(|file| targets::of_file(program, file)).collect();
    let (mut sites, mut kept_blocks) = (Vec::new(), Vec::new());
    for (call, target) in targets::numbered(share.files.start, &targets) {
        sites.extend(site_of(program, call, target));
        kept_blocks.extend(memo::kept_blocks(program, call, target));
    }
    let decorated = share.functions().flat_map(|f| decorated(program, f)).collect();
    Resolved { targets, sites, kept_blocks, decorated, share }
}

fn walk<'a>(share: Share<'a>, common: &Common<'a>) -> Walked<'a> {
    let mut builder = Builder { program: &share.program, common, graph: Graph::default(), detours: Detours::default() };
    share.functions().for_each(|f| builder.walk(f));
    let graph = builder.graph;
    let entered = entries::of_share(&share, &common.targets);
    Walked { graph, entered, share }
}
