//! What requests wait for while a session that everybody uses has a transaction open: `db.session`.
//!
//! Nobody opens it and nobody is handed it: its first statement takes a connection, which the end of its transaction,
//! or else that of the request, gives back. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::{Resource, Start, What, World};
use super::overlap::Wait;
use super::transactions::{Session, is_open_at, is_open_behind, leads_to};
use super::{Leak, Meanwhile, Overlap, Path, Survey, is_memoised, names, overlap};
use crate::catalog::TypeId;
use crate::catalog::plans::is_counted;
use crate::catalog::schema::AmbientRow;
use crate::contexts::Context;
use crate::contexts::linked::Linked;
use crate::facts::{CallId, FnId, Language, Value};
use crate::graph::Point;
use crate::packages::settings::files::Files;
use crate::program::fixpoint::Fixpoint;
use crate::program::{CallRef, FnRef};
use crate::servers::addresses::addresses;
use crate::servers::family::family_of;
use crate::values::eval::Ty;
use crate::values::sites::Site;

impl<'a> Survey<'_, '_, '_, 'a> {
    /// What functions wait for between two statements of an ambient session.
    pub(crate) fn ambient(&mut self) {
        for ambient in ambients(self.project, self.world) {
            self.never_ended(&ambient);
            let program = self.world.program;
            let functions = program.functions().filter(|f| f.id != FnId::TOP);
            let python = functions.filter(|f| program.language(f.file) == Language::Python);
            let found: Vec<(FnRef, Overlap)> =
                python.filter_map(|f| Some((f, self.waits_within(&ambient, f)?))).collect();
            let told: FxHashSet<FnRef> = found.iter().filter(|(_, found)| found.reached).map(|(f, _)| *f).collect();
            let functions = |at: CallRef| self.world.graph.target(at).map_or(&[][..], |target| &target.functions);
            // Of one that a function made for itself, its walk has told.
            let waits: FxHashSet<CallRef> = self.found.overlaps.iter().map(|found| found.at).collect();
            let anew =
                |found: &Overlap| !waits.contains(&found.at) && !functions(found.at).iter().any(|g| told.contains(g));
            self.found.overlaps.extend(found.into_iter().map(|(_, found)| found).filter(anew));
        }
    }

    /// Entry points that leave the session in a transaction, where nothing in the program ends it for them.
    fn never_ended(&mut self, ambient: &Ambient<'_, '_, 'a>) {
        let program = self.world.program;
        if ambient.row.by_hand.is_empty() || program.calls().any(|call| ambient.is_ended_by(call)) {
            return;
        }
        let left: Vec<Leak> = program.functions().filter_map(|f| self.left_by_entry(ambient, f)).collect();
        self.found.leaks.extend(left);
    }

    fn left_by_entry(&self, ambient: &Ambient<'_, '_, 'a>, f: FnRef) -> Option<Leak> {
        let program = self.world.program;
        let enters = |context: &Context| context.parent.is_none() && context.trigger.repeats();
        let entered = self.project.contexts.of(Point::Fn(f)).iter().any(enters);
        let first = program.ids_within(f).into_iter().find(|id| entered && ambient.asks(f, *id))?;
        let call = CallRef { file: f.file, id: first };
        let reached = self.judged(f, call, true).filter(|reached| *reached)?;
        let what = What::Catalog(ambient.session);
        let resource = Resource { what, start: Start::Now, acquired: true, private: false };
        let open = is_open_behind(program, ambient, f, false);
        open.then(|| Leak { whole: false, ..Leak::of_whole(call, resource, Path::Ambient, reached) })
    }

    fn waits_within(&self, ambient: &Ambient<'_, '_, 'a>, f: FnRef) -> Option<Overlap> {
        let own = self.world.program.ids_within(f);
        let first = own.iter().position(|id| ambient.asks(f, *id))?;
        let reached = self.judged(f, CallRef { file: f.file, id: own[first] }, true).filter(|_| !self.runs_once(f))?;
        let waits = |at: &usize| {
            let wait = overlap::wait(self.world, CallRef { file: f.file, id: own[*at] }, &overlap::Search::default());
            let wait = wait.filter(|_| is_open_at(self.world.program, ambient, f, &|id| id == own[*at]))?;
            ambient.is_used_behind(f, own[*at]).then_some((*at, wait))
        };
        let (at, Wait { slow, by }) = (first + 1..own.len()).find_map(|at| waits(&at))?;
        let from = own[..at].iter().rev().find(|id| ambient.asks(f, **id))?;
        let [call, at] = [*from, own[at]].map(|id| CallRef { file: f.file, id });
        let what = What::Catalog(ambient.session);
        let resource = Resource { what, start: Start::Now, acquired: true, private: false };
        Some(Overlap {
            call,
            resource,
            at,
            by,
            way: Vec::new(),
            what: Meanwhile::Waits(slow),
            reached,
            lent: false,
            asked: None,
        })
    }
}

/// One ambient session of the project.
struct Ambient<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    /// The type whose values have it, and its own.
    holder: TypeId,
    session: TypeId,
    row: &'a AmbientRow,
    /// By function: whether a transaction may be open behind it, when none is before it and when one is.
    known: Fixpoint<FnRef, [bool; 2]>,
}

/// Those of the project that speak to a server, or may.
fn ambients<'s, 'w, 'a>(project: &Linked<'a>, world: &'s World<'w, 'a>) -> Vec<Ambient<'s, 'w, 'a>> {
    let catalog = world.program.catalog;
    let row = |site: &Site| catalog.ty(site.ty).row.ambient.as_ref();
    let mut sites: Vec<&Site> = project.graph.sites.iter().filter(|site| row(site).is_some()).collect();
    if sites.is_empty() {
        return Vec::new();
    }
    let files = project.inputs.memory.settings(project.inputs.files, catalog, world.program.manifests);
    sites.retain(|site| is_served(project, &files, site));
    sites.sort_by_key(|site| site.ty);
    sites.dedup_by_key(|site| site.ty);
    let ambient = sites.into_iter().filter_map(|site| {
        let (row, package) = (row(site)?, catalog.ty(site.ty).package);
        let session = catalog.type_named(package, &row.gives)?;
        Some(Ambient { world, holder: site.ty, session, row, known: Fixpoint::default() })
    });
    ambient.collect()
}

fn is_served(project: &Linked, files: &Files, site: &Site) -> bool {
    let family = family_of(project, files, site, &addresses(project, files, site));
    family.is_none_or(|family| is_counted(&project.program.catalog.limits, &family))
}

impl<'a> Session<'a> for Ambient<'_, '_, 'a> {
    fn is(&self, f: FnRef, value: &'a Value) -> bool {
        match self.world.program.eval(f, value) {
            Ty::Concept(ty) => ty == self.holder && self.row.member.is_empty(),
            Ty::Method(ty, member) => ty == self.holder && *member == *self.row.member,
            _ => false,
        }
    }

    fn behind(&self, call: CallRef) -> Option<bool> {
        self.statement(call).or_else(|| self.behind_function(call))
    }

    fn is_captured(&self) -> bool {
        false
    }
}

impl<'a> Ambient<'_, '_, 'a> {
    fn asks(&self, f: FnRef, id: CallId) -> bool {
        self.behind(CallRef { file: f.file, id }) == Some(true)
    }

    /// It needs the session's connection, or ends its transaction.
    fn works(&self, f: FnRef, id: CallId) -> bool {
        let call = CallRef { file: f.file, id };
        let name = || self.world.program.call(call).callee_name(self.world.program.facts(f.file));
        match self.statement(call) {
            Some(asks) => asks || !name().is_some_and(names::releases),
            None => self.behind_function(call).is_some(),
        }
    }

    /// Behind the wait, a call further down works with the session.
    fn is_used_behind(&self, f: FnRef, wait: CallId) -> bool {
        let facts = self.world.program.facts(f.file);
        let further = |id: CallId| facts.call(id).span.start >= facts.call(wait).span.end;
        leads_to(self.world.program, f, wait, &|id| further(id) && self.works(f, id))
    }

    /// What a call of the session itself does, or one of a class of records.
    fn statement(&self, call: CallRef) -> Option<bool> {
        let data = self.world.program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let Value::Member(base, name) = &data.callee else { return None };
        let listed = |names: &[String]| names.iter().any(|own| own == name);
        if (listed(&self.row.asks) || listed(&self.row.ends)) && self.is(f, base) {
            return Some(listed(&self.row.asks));
        }
        let short = || listed(&self.row.shortcuts) && self.is_holder(f, base);
        (short() || self.is_over_records(f, base)).then_some(true)
    }

    /// It ends the session of whoever runs it, or may.
    fn is_ended_by(&self, call: CallRef) -> bool {
        let data = self.world.program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let Value::Member(base, name) = &data.callee else { return false };
        let by_hand = self.row.by_hand.iter().any(|own| own == name);
        let ty = (by_hand || name == "close").then(|| self.world.program.eval(f, base));
        match ty {
            Some(Ty::Concept(ty)) => ty == self.holder,
            Some(other) => by_hand && data.args.is_empty() && !other.is_known(),
            None => false,
        }
    }

    fn is_holder(&self, f: FnRef, value: &'a Value) -> bool {
        matches!(self.world.program.eval(f, value), Ty::Concept(ty) if ty == self.holder)
    }

    /// `Order.query`, at whatever link of the chain.
    fn is_over_records(&self, f: FnRef, value: &'a Value) -> bool {
        let Value::Member(base, member) = value else { return false };
        let package = self.world.program.catalog.ty(self.holder).package;
        let mut rows = self.world.program.catalog.package(package).bases.iter();
        let named = rows.any(|row| row.asks.contains(member));
        named && matches!(self.world.program.eval(f, base), Ty::Class(class) if self.world.program.is_record(class))
    }

    /// What the one function of the project behind the call leaves.
    fn behind_function(&self, call: CallRef) -> Option<bool> {
        let target = self.world.graph.target(call).filter(|target| !target.by_name)?;
        let [g] = target.functions[..] else { return None };
        match self.ends(g) {
            [true, true] => Some(true),
            [false, false] => Some(false),
            _ => None,
        }
    }

    /// A function that calls itself is taken to change nothing there, and one that is cached to change nothing.
    fn ends(&self, g: FnRef) -> [bool; 2] {
        const UNCHANGED: [bool; 2] = [false, true];
        self.known.get(&g, &UNCHANGED, &UNCHANGED, || match is_memoised(self.world, g) {
            true => UNCHANGED,
            false => [false, true].map(|open| is_open_behind(self.world.program, self, g, open)),
        })
    }
}
