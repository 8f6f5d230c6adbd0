//! The linked project: what everything after the contexts asks.
//!
//! Holds answers that several layers share, each made by the first one that asks.

use std::cell::OnceCell;
use std::sync::{Arc, OnceLock};

use super::{Context, Contexts, Step};
use crate::catalog::schema::Platform;
use crate::graph::Graph;
use crate::graph::callers::Callers;
use crate::graph::importers::Importers;
use crate::graph::incoming::Incoming;
use crate::graph::processes::Processes;
use crate::graph::reach::Reach;
use crate::packages::parts::Parts;
use crate::program::crew::Crew;
use crate::scope::inputs::Inputs;
use crate::values::Program;
use crate::values::sites::Site;

/// The program with its call graph and how often each part of it runs.
pub struct Linked<'a> {
    pub program: Program<'a>,
    pub graph: Arc<Graph>,
    pub contexts: Arc<Contexts>,
    pub inputs: Inputs<'a>,
    pub crew: Crew,
    processes: OnceCell<Processes>,
    tables: Arc<Tables<'a>>,
}

/// What depends on the linked project alone, made by the thread that asks first.
#[derive(Default)]
struct Tables<'a> {
    reach: OnceLock<Reach>,
    callers: OnceLock<Callers>,
    incoming: OnceLock<Incoming>,
    parts: OnceLock<Parts>,
    importers: OnceLock<Importers<'a>>,
}

impl<'a> Linked<'a> {
    pub fn new(
        program: Program<'a>,
        graph: Arc<Graph>,
        contexts: Arc<Contexts>,
        inputs: Inputs<'a>,
        crew: Crew,
    ) -> Self {
        Linked { program, graph, contexts, inputs, crew, processes: OnceCell::new(), tables: Arc::default() }
    }

    /// The same for another thread, which evaluates for itself.
    pub fn beside(&self) -> Self {
        let (graph, contexts) = (Arc::clone(&self.graph), Arc::clone(&self.contexts));
        let tables = Arc::clone(&self.tables);
        Linked { tables, ..Linked::new(self.program.clone(), graph, contexts, self.inputs, self.crew) }
    }

    /// Which files load which.
    pub fn reach(&self) -> &Reach {
        self.tables.reach.get_or_init(|| Reach::new(&self.program))
    }

    /// Some process loads both files.
    pub fn run_together(&self, one: u32, other: u32) -> bool {
        let processes = self.processes.get_or_init(|| Processes::new(&self.program, self.reach()));
        processes.share(self.reach(), one, other)
    }

    /// Who calls which function.
    pub fn callers(&self) -> &Callers {
        self.tables.callers.get_or_init(|| Callers::new(&self.program, &self.graph))
    }

    /// Whether the chain begins in another program than the site's: no crate depends on both of their crates.
    pub fn is_elsewhere(&self, chain: &[Step], site: &Site) -> bool {
        let Some(root) = chain.first().and_then(|step| self.program.unit_of(step.place.file)) else { return false };
        let path = |file: u32| self.program.units[file as usize].path.as_str();
        let manifests = self.program.manifests;
        let parts = || self.tables.parts.get_or_init(|| Parts::of(manifests));
        root != site.call.file && parts().are_apart(manifests, path(root), path(site.call.file))
    }

    /// The package of the file, or the program that runs it so, is deployed where requests must not share connections.
    pub fn on_workers(&self, file: u32, context: &Context) -> bool {
        let mut root = context;
        while let Some((point, at)) = root.parent {
            root = &self.contexts.of(point)[at];
        }
        let run = self.inputs.files.get(root.place.file.index()).map(|file| file.path.as_str());
        let own = self.program.units[file as usize].path.as_str();
        run.into_iter().chain([own]).any(|path| self.program.platform(path) == Some(Platform::Workers))
    }

    /// Who imports which file.
    pub fn importers(&self) -> &Importers<'a> {
        self.tables.importers.get_or_init(|| Importers::new(&self.program))
    }

    /// What leads to each point of the call graph.
    pub fn incoming(&self) -> &Incoming {
        self.tables.incoming.get_or_init(|| Incoming::new(&self.graph))
    }
}
