//! Every construction of a client, with why it is thought to run, or why nothing is said of it.
//!
//! The same sites and contexts that the rules judge. Knows no library by name.

use serde::Serialize;

use super::{Reader, Spot};
use crate::catalog::schema::Kind;
use crate::checks::lifetime::{matters, verdicts};
use crate::facts::Span;
use crate::finding::Place;
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::FnRef;
use crate::values::calls::How;
use crate::values::sites::Site;

#[derive(Debug, Clone, Serialize)]
pub struct Built {
    pub client: String,
    #[serde(flatten)]
    pub spot: Spot,
    pub function: String,
    pub reached: Reached,
    /// For what nothing reaches: the outermost function in sight that leads here.
    pub outermost: Option<String>,
    /// Why it runs, each trigger once, with the entry point.
    pub reasons: Vec<Reason>,
}

/// What keeps a construction from being judged, if anything does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reached {
    /// It is judged by its reasons.
    Judged,
    /// Nothing in sight leads there, and it is presumed to be built on every call.
    Presumed,
    /// The file is a test, an example or the like.
    Test,
    /// The file is a script: judged for loops only.
    Script,
    /// It holds no connection of its own.
    OwnsNothing,
    /// The library gives the same one each time.
    Memoised,
    /// It opens and closes within the call, and nothing around it could keep a client.
    OneCall,
    /// No known entry point leads to the function, and nobody in sight calls it.
    Uncalled,
    /// The function is called, but by nothing that an entry point leads to.
    Unreached,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Reason {
    pub trigger: Trigger,
    /// Once for each element of something.
    pub many: bool,
    /// Some step of the way was guessed by a name.
    pub weak: bool,
    pub label: String,
    pub entry: Option<Spot>,
}

impl Reader<'_, '_> {
    pub(crate) fn built(&self) -> Vec<Built> {
        let sites = self.project.graph.sites.iter().enumerate();
        let shown = sites.filter(|(_, site)| self.is_client(site));
        let mut built: Vec<Built> = shown.map(|(id, site)| self.one(id as u32, site)).collect();
        built.sort_by(|left, right| left.spot.cmp(&right.spot).then(left.client.cmp(&right.client)));
        built
    }

    fn is_client(&self, site: &Site) -> bool {
        let info = self.project.program.catalog.ty(site.ty);
        let wrapper = info.row.kind == Kind::Wrapper && !info.row.service.is_empty();
        site.how != How::Acquired && (info.owns || wrapper)
    }

    fn one(&self, id: u32, site: &Site) -> Built {
        let reasons = self.reasons(id);
        let reached = self.reached(site, &reasons);
        Built {
            client: self.project.program.catalog.ty(site.ty).display.clone(),
            spot: self.site_spot(site),
            function: self.function_name(site.function),
            outermost: (reached == Reached::Unreached).then(|| self.outermost(site.function)).flatten(),
            reached,
            reasons,
        }
    }

    pub(crate) fn site_spot(&self, site: &Site) -> Spot {
        let file = self.project.program.units[site.call.file as usize].source;
        self.spot(Place { file, span: site.span })
    }

    fn reached(&self, site: &Site, reasons: &[Reason]) -> Reached {
        let program = &self.project.program;
        match program.class_of(site.call.file) {
            FileClass::Test | FileClass::Unbuilt => return Reached::Test,
            FileClass::Script if !reasons.iter().any(|reason| reason.trigger.repeats()) => return Reached::Script,
            FileClass::Script | FileClass::Source => {}
        }
        if program.is_written_as_test(site.function) {
            return Reached::Test;
        }
        if !program.owns(site.ty, site.call.file) {
            return Reached::OwnsNothing;
        }
        if site.how == How::Memoised {
            return Reached::Memoised;
        }
        if site.how == How::OneShot && !matters(self.project, site) {
            return Reached::OneCall;
        }
        if !reasons.is_empty() {
            return Reached::Judged;
        }
        if verdicts(self.project).iter().any(|verdict| verdict.site.call == site.call) {
            return Reached::Presumed;
        }
        if self.is_called(site.function) { Reached::Unreached } else { Reached::Uncalled }
    }

    /// The caller at the end of the shortest way up, with its place.
    fn outermost(&self, f: FnRef) -> Option<String> {
        let mut seen = vec![Point::Fn(f)];
        let mut at = 0;
        while let Some(point) = seen.get(at).copied() {
            let above = self.callers(point);
            if above.is_empty() && at > 0 {
                return Some(self.placed(point));
            }
            above.into_iter().for_each(|next| {
                if !seen.contains(&next) {
                    seen.push(next);
                }
            });
            at += 1;
        }
        None
    }

    fn callers(&self, point: Point) -> Vec<Point> {
        let edges = self.project.graph.edges.iter();
        let leads = edges.filter(|(_, edges)| edges.iter().any(|edge| edge.to == point));
        let mut from: Vec<Point> = leads.map(|(from, _)| *from).collect();
        from.sort();
        from
    }

    fn placed(&self, point: Point) -> String {
        let (file, span) = match point {
            Point::Fn(f) => (f.file, self.project.program.function(f).name_span),
            Point::Alloc(class) => (class.file, self.project.program.class(class).name_span),
            Point::Site(id) => (self.project.graph.sites[id as usize].call.file, Span::default()),
        };
        let spot = self.spot(Place { file: self.project.program.units[file as usize].source, span });
        format!("{} at {}:{}", self.point_name(point), spot.path, spot.line)
    }

    fn is_called(&self, f: FnRef) -> bool {
        self.project.graph.edges.values().flatten().any(|edge| edge.to == Point::Fn(f))
    }

    fn reasons(&self, id: u32) -> Vec<Reason> {
        let point = Point::Site(id);
        let contexts = self.project.contexts.of(point).iter().enumerate();
        let reason = |(at, context): (usize, &crate::contexts::Context)| {
            let chain = self.project.contexts.chain(point, at);
            let root = chain.first().filter(|step| step.root);
            let label = root.map(|step| step.label.clone()).filter(|label| !label.is_empty());
            let name = || chain.first().map_or_else(String::new, |step| self.point_name(step.point));
            Reason {
                trigger: context.trigger,
                many: context.many,
                weak: context.weak,
                label: label.unwrap_or_else(name),
                entry: root.map(|step| self.spot(step.place)),
            }
        };
        let mut reasons: Vec<Reason> = contexts.map(reason).collect();
        reasons.sort();
        reasons.dedup_by_key(|reason| (reason.trigger, reason.many));
        reasons
    }

    pub(crate) fn function_name(&self, f: FnRef) -> String {
        let program = &self.project.program;
        let function = program.function(f);
        let class = function.class.map(|class| format!("{}.", program.facts(f.file).class(class).name));
        match (&function.name, function.parent) {
            (Some(name), _) => format!("{}{name}", class.unwrap_or_default()),
            (None, None) => "the module's top level".into(),
            (None, Some(parent)) => format!("a function in {}", self.function_name(FnRef { file: f.file, id: parent })),
        }
    }
}
