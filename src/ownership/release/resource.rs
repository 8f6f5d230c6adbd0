//! What must be given back: catalogue values that a call takes out or builds, objects of project
//! classes that own one, and what project functions return fresh.
//!
//! Says how a resource begins and what releases it. Knows no library by name and no rule.

use super::model::{Classes, Resource, Slow, Start, What};
use super::{names, parts};
use crate::catalog::schema::{Kind, Role, TypeRow};
use crate::catalog::words::release::BROKERS;
use crate::catalog::{PackageId, TypeId};
use crate::facts::{Call, CallKind, Language, Value};
use crate::graph::Graph;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::servers::family::ANY_SQL;
use crate::values::Program;
use crate::values::calls::{How, Target};
use crate::values::eval::Ty;
use crate::values::sites::is_super;

impl Resource {
    /// The resource that a call of the catalogue or a class gives.
    pub fn of(program: &Program, classes: &Classes, call: CallRef, target: &Target) -> Option<Resource> {
        let data = program.call(call);
        if matches!(data.kind, CallKind::Decorator | CallKind::Jsx | CallKind::Macro) || is_super(data) {
            return None;
        }
        match target.gives {
            Some(given) if by_callback(program, call, given.ty) || is_scoped(program, data, target) => None,
            // What a function is wrapped in opens when that function runs, and ends with it.
            Some(_) if program.is_called(call) => None,
            Some(_) if parts::ends_with_its_whole(program, data, call.file, target) => None,
            Some(given) => Resource::given(program, call, given.ty, given.how),
            None => {
                let class = target.class.filter(|class| !classes.is_handed(program, *class, call))?;
                // Whoever asks for the one object there is has no part in its end.
                let single = || program.is_singleton(class) || program.is_one_object(class);
                let ends = || classes.closes_at_its_end(program, class);
                Resource::object(classes, class, data).filter(|_| !single() && !ends())
            }
        }
    }

    /// What the catalogue knows it as.
    pub fn catalog_type(&self) -> Option<TypeId> {
        match self.what {
            What::Catalog(ty) => Some(ty),
            What::Object(_) => None,
        }
    }

    /// Whether a method belongs to the opening.
    pub fn prepares(&self, program: &Program, method: &str) -> bool {
        match self.what {
            What::Catalog(ty) => program.catalog.ty(ty).row.prepares.iter().any(|name| name == method),
            What::Object(_) => false,
        }
    }

    /// The method has the role, as the type's row says.
    pub fn has_role(&self, program: &Program, method: &str, role: Role) -> bool {
        match self.what {
            What::Catalog(ty) => program.catalog.method(ty, method).is_some_and(|row| row.role == role),
            What::Object(_) => false,
        }
    }

    /// It gives one thing after the other, and is over with the last.
    pub fn is_series(&self, program: &Program) -> bool {
        matches!(self.what, What::Catalog(ty) if gives_one_by_one(&program.catalog.ty(ty).row))
    }

    /// What a library's method gives to the `with` that calls it, and to nothing else; and the session of whoever asks
    /// for it, which the end of the `with` closes.
    pub fn of_scope(program: &Program, call: CallRef, target: &Target) -> Option<Resource> {
        let data = program.call(call);
        let from = FnRef { file: call.file, id: data.function };
        let given = target.gives?;
        match (given.how, program.eval(from, &data.callee)) {
            (How::Acquired, _) if is_scoped(program, data, target) => {
                Resource::given(program, call, given.ty, given.how)
            }
            (How::Same, Ty::Concept(ty)) if is_registry(&program.catalog.ty(ty).row) => {
                Resource::given(program, call, ty, How::Built)
            }
            _ => None,
        }
    }

    /// What a call gives to the function that it is given.
    pub fn of_callback(program: &Program, call: CallRef, ty: TypeId, target: &Target) -> Option<Resource> {
        let built = target.gives.is_some_and(|given| given.how == How::Built);
        let resource = Resource::given(program, call, ty, if built { How::Built } else { How::Acquired })?;
        Some(Resource { start: Start::Now, ..resource })
    }

    fn given(program: &Program, call: CallRef, ty: TypeId, how: How) -> Option<Resource> {
        let language = program.language(call.file);
        let row = &program.catalog.ty(ty).row;
        let releasable =
            !row.release.is_empty() || !row.release_functions.is_empty() || row.context_manager || row.drop;
        let wanted = match how {
            How::Acquired => row.kind != Kind::Subscription || language == Language::Python,
            How::Built if is_registry(row) => true,
            How::Built => (must_close(row.kind, language) || row.kind == Kind::Realtime) && row.owns != Some(false),
            _ => false,
        };
        let ends_itself = row.self_closing && !row.collected && !is_registry(row) && language != Language::Rust;
        if !wanted || !releasable || ends_itself {
            return None;
        }
        Some(Resource {
            what: What::Catalog(ty),
            start: start(program, call, row, how),
            acquired: how == How::Acquired || is_registry(row),
            private: row.kind == Kind::Handle && row.service.is_empty() && !is_of_pool(program, call),
        })
    }

    fn object(classes: &Classes, class: ClassRef, data: &Call) -> Option<Resource> {
        let constructs = matches!(data.kind, CallKind::New | CallKind::Call);
        let adopts = classes.adopts(class);
        (constructs && (adopts || classes.owns(class))).then_some(Resource {
            what: What::Object(class),
            start: if adopts { Start::Now } else { Start::FirstTry },
            acquired: adopts || classes.takes(class),
            private: false,
        })
    }

    /// What a function gives of this, where its call is waited for or not.
    pub fn given_by_call(self, awaited: bool) -> Resource {
        let start = if awaited && self.start == Start::OnceAwaited { Start::Now } else { self.start };
        Resource { start, ..self }
    }

    pub fn kind(&self, program: &Program) -> Option<Kind> {
        match self.what {
            What::Catalog(_) if self.is_registry(program) => Some(Kind::Session),
            What::Catalog(ty) => Some(program.catalog.ty(ty).row.kind),
            What::Object(_) => None,
        }
    }

    /// What a function makes for itself to give everybody a session gives it one, which is gone with it.
    pub fn is_registry(&self, program: &Program) -> bool {
        matches!(self.what, What::Catalog(ty) if is_registry(&program.catalog.ty(ty).row))
    }

    /// The last reference to it closes it.
    pub fn is_collected(&self, program: &Program) -> bool {
        matches!(self.what, What::Catalog(ty) if program.catalog.ty(ty).row.collected)
    }

    /// Who opens it has to end it; else only what is done with it behind its end is looked at.
    pub fn must_end(&self, program: &Program, language: Language) -> bool {
        let closes = || self.kind(program).is_none_or(|kind| must_close(kind, language));
        !self.is_registry(program) && (self.acquired || closes())
    }

    /// Using it after its release opens it again.
    pub fn is_reusable(&self, program: &Program) -> bool {
        matches!(self.what, What::Catalog(ty) if program.catalog.ty(ty).row.reusable)
    }

    /// Whoever is given it as an argument only borrows it.
    pub fn lendable(&self, program: &Program, language: Language) -> bool {
        let lent = |kind| matches!(kind, Kind::Connection | Kind::Session | Kind::Handle);
        self.acquired || language == Language::Python && self.kind(program).is_some_and(lent)
    }

    /// It is one of the connections to a server, and no answer from the web.
    pub fn is_of_server(&self, program: &Program) -> bool {
        matches!(self.what, What::Catalog(ty) if !matches!(program.catalog.ty(ty).row.service.as_str(), "" | "http"))
    }

    /// The package that it comes from.
    pub fn package(&self, program: &Program) -> Option<PackageId> {
        match self.what {
            What::Catalog(ty) => Some(program.catalog.ty(ty).package),
            What::Object(_) => None,
        }
    }

    /// Holding it meanwhile keeps others waiting. A session has a connection only once it has asked for something.
    pub fn minds(&self, program: &Program, slow: Slow, has_asked: bool) -> bool {
        let kind = self.kind(program);
        let connection = self.acquired || kind == Some(Kind::Connection);
        if kind == Some(Kind::Subscription) || self.private || self.is_collected(program) {
            return false;
        }
        match slow {
            // What it is for is no wait for something else.
            Slow::Publish if self.is_of_broker(program) => false,
            Slow::Sleep => connection && (has_asked || !self.keeps_transaction(program)),
            _ => {
                let holds = matches!(kind, None | Some(Kind::Connection | Kind::Handle));
                self.acquired && (holds || has_asked && self.keeps_transaction(program))
            }
        }
    }

    fn is_of_broker(&self, program: &Program) -> bool {
        matches!(self.what, What::Catalog(ty) if BROKERS.contains(&program.catalog.ty(ty).row.service.as_str()))
    }

    /// What it asks for stands in a transaction, until that is ended.
    pub(crate) fn keeps_transaction(&self, program: &Program) -> bool {
        let of_sql = |ty| program.catalog.ty(ty).row.service == ANY_SQL;
        self.kind(program) == Some(Kind::Session) && matches!(self.what, What::Catalog(ty) if of_sql(ty))
    }
}

fn gives_one_by_one(row: &TypeRow) -> bool {
    row.methods.iter().any(|method| method.role == Role::Next)
}

/// It is the session of whoever uses it.
fn is_registry(row: &TypeRow) -> bool {
    row.ambient.as_ref().is_some_and(|ambient| ambient.member.is_empty())
}

/// A pool gives it out.
fn is_of_pool(program: &Program, call: CallRef) -> bool {
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let Value::Member(base, _) = &data.callee else { return false };
    matches!(program.eval(from, base), Ty::Concept(ty) if program.catalog.ty(ty).row.kind == Kind::Pool)
}

/// Whether something of the kind, built locally, must be closed by who built it.
pub fn must_close(kind: Kind, language: Language) -> bool {
    if language == Language::Rust {
        return kind == Kind::Connection;
    }
    match kind {
        Kind::Connection
        | Kind::Session
        | Kind::LazyClient
        | Kind::OrmClient
        | Kind::Pool
        | Kind::Broker
        | Kind::Handle => true,
        Kind::HttpClient | Kind::Realtime => language == Language::Python,
        _ => false,
    }
}

/// `getConnection((err, connection) => …)`: the callback takes it, not the caller. A registry asks it whose the
/// session is.
fn by_callback(program: &Program, call: CallRef, ty: TypeId) -> bool {
    if is_registry(&program.catalog.ty(ty).row) {
        return false;
    }
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    data.args.iter().any(|arg| matches!(program.eval(from, &arg.value), Ty::Fn(_)))
}

/// A `with` over what a pool's method gives ends no more than its transaction.
pub fn is_kept_by_with(program: &Program, graph: &Graph, call: CallRef, ty: TypeId) -> bool {
    let target = graph.target(call).filter(|_| program.catalog.ty(ty).row.kept_by_with);
    target.is_some_and(|target| target.receiver.is_some() && !is_scoped(program, program.call(call), target))
}

/// The method gives something to a `with` or a callback only.
pub(super) fn is_scoped(program: &Program, data: &Call, target: &Target) -> bool {
    let name = crate::values::sites::last_name(&data.callee);
    let method = target.receiver.and_then(|ty| program.catalog.method(ty, name));
    method.is_some_and(|method| method.scoped && method.when.is_empty())
}

fn start(program: &Program, call: CallRef, row: &TypeRow, how: How) -> Start {
    if row.kind == Kind::Session || is_registry(row) || row.eager {
        return Start::FirstTry;
    }
    let (data, language) = (program.call(call), program.language(call.file));
    let constructed =
        data.kind == CallKind::New || data.callee_name(program.facts(call.file)).is_some_and(names::is_type_name);
    if gives_one_by_one(row) {
        return Start::FirstUse;
    }
    if language == Language::Rust {
        return Start::Now;
    }
    // In scripts, what is not waited for has not been opened yet.
    let later = language == Language::Script && !data.awaited || constructed && how != How::Acquired && !data.awaited;
    match later {
        true if row.kind == Kind::Connection && !constructed => Start::OnceAwaited,
        true => Start::FirstUse,
        false => Start::Now,
    }
}
