//! `connection-not-released` and `use-after-close`: what a function opens and does not give back.

use super::closing::forgotten;
use super::{lifetime, words};
use crate::catalog::schema::Kind;
use crate::checks::Project;
use crate::checks::lifetime::{Often, Verdict, verdicts};
use crate::edits::{
    adopted, before_wait, last_in_finally, one_finally, over_lent, take_out, try_finally, using, wider_try, with_block,
    wrapped,
};
use crate::facts::Span;
use crate::finding::{Also, Applicability, Confidence, Edit, Finding, Fix, Place, Related, Severity};
use crate::ownership::release::{
    ClosedByPeer, Late, LateUse, Leak, Meanwhile, Overlap, Path, Resource, SharedByRequests, Slow, What,
};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::sites::last_name;

pub fn not_released(project: &Project) -> Vec<Finding> {
    let (leaks, verdicts) = (&project.releases().leaks, verdicts(project));
    let told = leaks.iter().filter(|leak| !is_said(&project.program, verdicts, leak) && !is_opened(project, leak));
    told.map(|leak| word(project, leak)).chain(forgotten(project)).collect()
}

/// An effect or component opens it: what that has to release, it is told already.
fn is_opened(project: &Project, leak: &Leak) -> bool {
    project.effects().leaks.iter().any(|other| other.open.call == leak.call)
}

/// The construction itself is the mistake: once it is moved out, nothing is left to release here.
///
/// What could be opened and closed for each call is a mistake of its own where it is never closed.
fn is_said(program: &Program, verdicts: &[Verdict], leak: &Leak) -> bool {
    let thrown = matches!(leak.path, Path::Throw(_)) && !leak.deferred;
    let kind = leak.resource.kind(program);
    let lasting = matches!(kind, Some(Kind::Pool | Kind::OrmClient));
    let elsewhere = leak.through.is_some() && (lasting || leak.path != Path::Never);
    let pooled = is_pooled(program, leak.resource);
    judged(verdicts, leak).any(|verdict| match verdict.often {
        Often::InRender => true,
        Often::PerRequest(_) | Often::Endless | Often::PerCall => !pooled && (thrown || elsewhere),
        Often::InLoop | Often::PerWorker => false,
    })
}

/// A connection for one at a time: it is not shared but taken out of a pool instead, and has to be given back
/// there just the same.
fn is_pooled(program: &Program, resource: Resource) -> bool {
    let What::Catalog(ty) = resource.what else { return false };
    let row = &program.catalog.ty(ty).row;
    row.kind == Kind::Connection && row.dedicated.is_empty()
}

/// What is said of how often that is built which is not released.
fn judged<'v>(verdicts: &'v [Verdict], leak: &Leak) -> impl Iterator<Item = &'v Verdict> {
    let built = move |verdict: &&Verdict| match leak.through {
        Some(maker) => verdict.site.function == maker && leak.resource.what == What::Catalog(verdict.site.ty),
        None => verdict.site.call == leak.call,
    };
    verdicts.iter().filter(|verdict| !verdict.minor).filter(built)
}

pub fn use_after_close(project: &Project) -> Vec<Finding> {
    let releases = project.releases();
    let late = releases.late.iter().map(|late| word_late(project, late));
    late.chain(releases.closed_twice.iter().map(|closed| word_closed_by_peer(project, closed))).collect()
}

pub fn shared_by_requests(project: &Project) -> Vec<Finding> {
    project.releases().shared.iter().map(|shared| word_shared(project, shared)).collect()
}

pub fn held_across_io(project: &Project) -> Vec<Finding> {
    project
        .releases()
        .overlaps
        .iter()
        .filter(|overlap| overlap.reached)
        .filter_map(|overlap| match overlap.what {
            Meanwhile::Waits(slow) => Some(word_held(project, overlap, slow)),
            Meanwhile::Nested => None,
        })
        .collect()
}

pub fn nested_acquire(project: &Project) -> Vec<Finding> {
    let overlaps = project.releases().overlaps.iter();
    overlaps.filter(|overlap| overlap.what == Meanwhile::Nested).map(|overlap| word_nested(project, overlap)).collect()
}

fn word(project: &Project, leak: &Leak) -> Finding {
    let program = &project.program;
    let name = name(program, leak.call, leak.resource);
    let message = match leak.path {
        Path::Never => format!("`{name}` is never {}", released(leak.resource)),
        Path::Return(_) => format!("`{name}` is not {} before an early return", released(leak.resource)),
        Path::Throw(_) => format!("`{name}` is not {} when an error is thrown", released(leak.resource)),
        Path::Caught(_) => format!("`{name}` is not {} when an error is caught", released(leak.resource)),
        Path::End => format!("`{name}` is not {} on every path", released(leak.resource)),
        Path::Turn => format!("`{name}` is opened again before the last one is {}", released(leak.resource)),
        Path::Shared(_) => format!("`{name}` is taken once for all requests and never {}", released(leak.resource)),
        Path::Refilled => format!("`{name}` is replaced by the next call and never {}", released(leak.resource)),
        Path::Overtaken => {
            format!("`{name}` of one request is replaced by another one's before it is {}", released(leak.resource))
        }
        Path::Ambient => format!("`{name}` of the thread or task is never {}", released(leak.resource)),
        Path::Provided(_) => format!("`{name}` is returned as a dependency and never {}", released(leak.resource)),
    };
    let related = related(program, leak);
    Finding {
        rule: "connection-not-released",
        severity: Severity::Error,
        confidence: if leak.reached { Confidence::High } else { Confidence::Medium },
        message,
        place: words::place(program, leak.call),
        label: "opened here".into(),
        client: Some(client(program, leak.call, leak.resource)),
        after: related.len(),
        related,
        why: why(program, leak.resource),
        help: help(project, leak),
        fix: fix(project, leak),
        scope: words::scope(program, function(program, leak.call)),
        also: Also { defect: defect(project, leak), ..Also::default() },
        entry: None,
        pedantic: leak.minor,
    }
}

/// Sharing what each request builds and never ends mends both; what serves one caller at a time has to be given back all
/// the same.
fn defect(project: &Project, leak: &Leak) -> &'static str {
    let often = |verdict: &Verdict| matches!(verdict.often, Often::PerRequest(_) | Often::PerCall);
    let shared = judged(verdicts(project), leak).any(often) && !is_pooled(&project.program, leak.resource);
    if shared && leak.path == Path::Never { "client-per-request" } else { "" }
}

/// Sharing it, where that mends what `client-per-request` says of it too; else the block that closes by itself where
/// there is one, else the `finally`. What is told to be shared gets no block that would have to go again.
fn fix(project: &Project, leak: &Leak) -> Option<Fix> {
    if !leak.whole {
        return None;
    }
    let often = |verdict: &&Verdict| matches!(verdict.often, Often::PerRequest(_) | Often::PerCall);
    let name = name(&project.program, leak.call, leak.resource);
    let repeated = judged(verdicts(project), leak).find(often);
    let shared = |verdict| lifetime::fix(project, verdict, &name).0;
    let told = repeated.filter(|_| leak.path == Path::Never);
    if let Some(shared) = told.and_then(shared) {
        return Some(shared);
    }
    let block = || {
        let block = with_block::fix(project, leak).or_else(|| using::fix(project, leak));
        block.or_else(|| one_finally::fix(project, leak))
    };
    let end = || wider_try::fix(project, leak).or_else(|| last_in_finally::fix(project, leak));
    if begins_transaction(&project.program, leak) {
        return block().or_else(end);
    }
    let tried = || try_finally::fix(project, leak).or_else(end);
    let pooled = is_pooled(&project.program, leak.resource);
    let stays = told.is_some() && !pooled;
    let wrapped = || wrapped::fix(project, leak).filter(|_| !stays);
    lifetime::best(project, &[&block, &tried, &wrapped, &|| repeated.filter(|_| !pooled).and_then(shared)])
}

/// Its function begins a transaction on it, which a release on every way would leave open on some.
fn begins_transaction(program: &Program, leak: &Leak) -> bool {
    let What::Catalog(ty) = leak.resource.what else { return false };
    let Some(row) = &program.catalog.ty(ty).row.transaction else { return false };
    let facts = program.facts(leak.call.file);
    let mut calls = program.calls_within(function(program, leak.call));
    calls.any(|call| call.callee_name(facts).is_some_and(|name| row.begins.iter().any(|begin| begin == name)))
}

fn released(resource: Resource) -> &'static str {
    if resource.acquired { "given back" } else { "closed" }
}

/// What a message calls it.
pub(super) fn name(program: &Program, call: CallRef, resource: Resource) -> String {
    match resource.what {
        What::Catalog(ty) => words::client_name(program, call, ty),
        What::Object(class) => program.class(class).name.clone(),
    }
}

pub(super) fn client(program: &Program, call: CallRef, resource: Resource) -> String {
    match resource.what {
        What::Catalog(ty) => words::client_id(program, call, ty),
        What::Object(class) => program.class(class).name.clone(),
    }
}

pub(super) fn function(program: &Program, call: CallRef) -> FnRef {
    FnRef { file: call.file, id: program.call(call).function }
}

fn related(program: &Program, leak: &Leak) -> Vec<Related> {
    let at = |span: Span| Place { file: program.units[leak.call.file as usize].source, span };
    let mut found = Vec::new();
    if let Some(g) = leak.through {
        let place = Place { file: program.units[g.file as usize].source, span: program.function(g).name_span };
        found.push(Related { place, message: format!("{} opens it and returns it", words::function_name(program, g)) });
    }
    match leak.path {
        Path::Return(span) => found.push(Related { place: at(span), message: "this return leaves it open".into() }),
        Path::Throw(span) => found.push(Related { place: at(span), message: "an error here leaves it open".into() }),
        Path::Caught(span) => {
            found.push(Related { place: at(span), message: "an error here is caught, and leaves it open".into() });
        }
        Path::Provided(asked) => {
            let message = "this parameter is given it, and does not close it".into();
            found.push(Related { place: words::place(program, asked), message });
        }
        Path::Shared(used) => {
            let message = "a request works with it here".into();
            found.push(Related { place: words::place(program, used), message });
        }
        Path::Never | Path::End | Path::Turn | Path::Refilled | Path::Overtaken | Path::Ambient => {}
    }
    found
}

fn why(program: &Program, resource: Resource) -> String {
    let text = if resource.ends_when_read(program) {
        "an answer that nobody reads keeps its connection, so that the next request opens another one"
    } else if resource.acquired {
        "what is not given back is missing in its pool, until the next caller waits forever"
    } else if resource.is_collected(program) {
        "what is not closed keeps its file open, and perhaps locked, for as long as anything refers to it"
    } else {
        "what is not closed keeps its connection, until the server takes no more"
    };
    text.into()
}

fn help(project: &Project, leak: &Leak) -> String {
    let python = project.program.language(leak.call.file) == crate::facts::Language::Python;
    let built_often = |verdict: &Verdict| matches!(verdict.often, Often::PerRequest(_) | Often::PerCall);
    if leak.path == Path::Never && judged(verdicts(project), leak).any(built_often) {
        return "share one instead (see `client-per-request`); one that must be new each time has to be closed".into();
    }
    if matches!(leak.path, Path::Provided(_)) {
        return "open it in a `with` block and `yield` it: what follows the `yield` runs when the response is out"
            .into();
    }
    if matches!(leak.path, Path::Shared(_)) {
        return "take one for each request, and give it back when the request ends".into();
    }
    if leak.path == Path::Refilled {
        return "keep it in a variable of the call and release it there, or release what is in the place before it gets another one".into();
    }
    if leak.path == Path::Overtaken {
        return "keep it in a variable of the request, and hand it to what works with it".into();
    }
    if leak.path == Path::Ambient {
        return "end the session of the thread when its request or event is done, as in a teardown function".into();
    }
    if leak.resource.is_collected(&project.program) {
        return "close it in `finally`, or hold it by `with contextlib.closing(…)`".into();
    }
    let waits = project.program.function(function(&project.program, leak.call)).flags.is_async;
    match (python, waits && project.program.call(leak.call).awaited) {
        (true, true) => "open it in an `async with` block, or close it in `finally`".into(),
        (true, false) => "open it in a `with` block, or close it in `finally`".into(),
        (false, _) => "release it in `finally`".into(),
    }
}

fn word_late(project: &Project, late: &LateUse) -> Finding {
    let program = &project.program;
    let name = name(program, late.call, late.resource);
    let source = program.units[late.call.file as usize].source;
    let done = released(late.resource);
    let (message, label, help) = match late.how {
        Late::Behind => (
            format!("`{name}` is used after it was {done}"),
            "every path to here has closed it",
            "close it after its last use",
        ),
        Late::Running => (
            format!("`{name}` is {done} while this still runs on it"),
            "nothing waits for this before",
            "wait for it first: `await` the call",
        ),
        Late::Started => (
            format!("`{name}` is {done} while a task still works on it"),
            "nothing waits for the task that this starts",
            "let the task take a connection of its own, or wait for it",
        ),
    };
    Finding {
        rule: "use-after-close",
        severity: Severity::Error,
        confidence: Confidence::High,
        message,
        place: Place { file: source, span: late.used },
        label: label.into(),
        client: Some(client(program, late.call, late.resource)),
        related: vec![Related { place: words::place(program, late.call), message: "opened here".into() }],
        why: "the call fails, or works on a connection that someone else has by now".into(),
        help: help.into(),
        fix: (late.how == Late::Running).then(|| {
            let at = Span { start: late.used.start, end: late.used.start };
            Fix::new("Wait for it", Applicability::Unsafe, vec![Edit { file: source, span: at, text: "await ".into() }])
        }),
        scope: words::scope(program, function(program, late.call)),
        also: Also::default(),
        after: 0,
        entry: None,
        pedantic: false,
    }
}

/// Where the one that is held is taken, or asked for.
fn held_from(program: &Program, overlap: &Overlap) -> Place {
    match overlap.asked {
        Some((f, span)) => Place { file: program.units[f.file as usize].source, span },
        None => words::place(program, overlap.call),
    }
}

/// The function that holds it.
fn holder(program: &Program, overlap: &Overlap) -> FnRef {
    overlap.asked.map_or_else(|| function(program, overlap.call), |(f, _)| f)
}

fn word_closed_by_peer(project: &Project, closed: &ClosedByPeer) -> Finding {
    let program = &project.program;
    let name = &program.catalog.ty(closed.ty).row.name;
    let again = program.catalog.releases(closed.ty, last_name(&program.call(closed.call).callee));
    let place = |f: FnRef, span| Place { file: program.units[f.file as usize].source, span };
    let caught = Related {
        place: place(closed.caught.0, closed.caught.1),
        message: "what is caught here says that the other side has closed it".into(),
    };
    let way =
        closed.way.iter().map(|call| Related { place: words::place(program, *call), message: "handed on here".into() });
    let (is, label, why) = match again {
        true => (
            "closed",
            "closed again here",
            "closing what is closed raises an error, which hides why the connection ended",
        ),
        false => ("used", "used here", "nobody is there to take it: the call raises the same error once more"),
    };
    Finding {
        rule: "use-after-close",
        severity: Severity::Error,
        confidence: Confidence::High,
        message: format!("`{name}` is {is} after the other side has closed it"),
        place: words::place(program, closed.call),
        label: label.into(),
        client: Some(words::client_id(program, closed.call, closed.ty)),
        related: std::iter::once(caught).chain(way).collect(),
        why: why.into(),
        help: format!(
            "leave the handler of its end without that: it is to be {is} only where the other side has not closed it"
        ),
        fix: take_out::after_end(project, closed),
        scope: words::scope(program, function(program, closed.call)),
        also: Also::default(),
        after: 1 + closed.way.len(),
        entry: None,
        pedantic: false,
    }
}

fn word_shared(project: &Project, shared: &SharedByRequests) -> Finding {
    let program = &project.program;
    let name = name(program, shared.call, shared.resource);
    Finding {
        rule: "connection-shared-by-requests",
        severity: Severity::Warning,
        confidence: Confidence::High,
        message: format!("all requests share one `{name}`"),
        place: words::place(program, shared.call),
        label: "opened once, when the module is loaded".into(),
        client: Some(client(program, shared.call, shared.resource)),
        related: vec![Related {
            place: words::place(program, shared.used),
            message: "a request works with it here".into(),
        }],
        why: "requests that run side by side are in one transaction and wait for each other, and when it breaks all of them fail"
            .into(),
        help: "keep a pool in its place, and take a connection out of it for each request".into(),
        fix: None,
        scope: words::scope(program, function(program, shared.call)),
        also: Also::default(),
        after: 1,
        entry: None,
        pedantic: false,
    }
}

fn word_held(project: &Project, overlap: &Overlap, slow: Slow) -> Finding {
    let program = &project.program;
    let name = name(program, overlap.call, overlap.resource);
    let what = match slow {
        Slow::Sleep => "a sleep",
        Slow::Request | Slow::Answer => "a request to another service",
        Slow::Mail => "sending mail",
        Slow::Publish => "publishing a message",
        Slow::Handler => "the rest of the request",
        Slow::Message => "a wait for the next message",
        Slow::Task => "a wait for another task",
        Slow::Stream => "the sending of a stream",
        Slow::Serve | Slow::Lifespan(_) => "the serving of requests",
    };
    let waiting = match slow {
        Slow::Handler | Slow::Stream | Slow::Serve | Slow::Lifespan(_) => None,
        _ => words::callee(program, overlap.by),
    };
    let called = waiting.map_or(String::new(), |callee| format!(" (`{callee}`)"));
    let related = |call: CallRef, message: String| Related { place: words::place(program, call), message };
    let related = match (overlap.by != overlap.at).then(|| words::callee(program, overlap.at)).flatten() {
        Some(callee) => std::iter::once(related(overlap.at, format!("`{callee}` is called while it is held")))
            .chain(way(program, overlap))
            .chain([related(overlap.by, format!("{what} happens here"))])
            .collect(),
        None => {
            let place = match slow {
                Slow::Lifespan(span) => Place { span, ..words::place(program, overlap.at) },
                _ => words::place(program, overlap.at),
            };
            vec![Related { place, message: format!("{what} happens while it is held") }]
        }
    };
    Finding {
        rule: "connection-held-across-io",
        severity: Severity::Warning,
        confidence: if overlap.reached { Confidence::High } else { Confidence::Medium },
        message: format!("`{name}` is held over {what}{called}"),
        place: held_from(program, overlap),
        label: "held from here".into(),
        client: Some(client(program, overlap.call, overlap.resource)),
        after: related.len(),
        related,
        why: "as long as it waits, nobody else can use the connection".into(),
        help: before_or_after(program, overlap).into(),
        fix: before_wait::fix(project, overlap),
        scope: words::scope(program, holder(program, overlap)),
        also: Also::default(),
        entry: None,
        pedantic: false,
    }
}

/// What to do about a wait, by what holds the connection.
fn before_or_after(program: &Program, overlap: &Overlap) -> &'static str {
    match overlap.resource.kind(program) {
        _ if matches!(overlap.what, Meanwhile::Waits(Slow::Serve | Slow::Lifespan(_))) => {
            "give it back before the program begins to serve"
        }
        _ if overlap.lent => "wait before the transaction begins, or once it has ended",
        Some(Kind::Session) => "wait before the first statement, or end the transaction before the wait",
        _ => "wait first and take the connection afterwards, or give it back before the wait",
    }
}

/// The calls that lead from the one that is made while it is held to the one that waits or takes another.
fn way(program: &Program, overlap: &Overlap) -> Vec<Related> {
    let told = overlap.way.iter().filter_map(|call| {
        let message = format!("`{}` is called here", words::callee(program, *call)?);
        Some(Related { place: words::place(program, *call), message })
    });
    told.collect()
}

fn word_nested(project: &Project, overlap: &Overlap) -> Finding {
    let program = &project.program;
    let name = name(program, overlap.call, overlap.resource);
    let first =
        Related { place: held_from(program, overlap), message: "the first one is taken here, and still held".into() };
    let deep = (overlap.by != overlap.at)
        .then(|| Related { place: words::place(program, overlap.by), message: "the second one is taken here".into() });
    let label = match deep.as_ref().and_then(|_| words::callee(program, overlap.at)) {
        Some(callee) => format!("`{callee}` is called while it is held"),
        None => "the second one is taken here".into(),
    };
    let way = way(program, overlap);
    Finding {
        rule: "nested-acquire",
        severity: Severity::Warning,
        confidence: if overlap.reached { Confidence::High } else { Confidence::Medium },
        message: format!("a second connection of the same pool is taken while `{name}` is held"),
        place: words::place(program, overlap.at),
        label,
        client: Some(client(program, overlap.call, overlap.resource)),
        after: way.len() + usize::from(deep.is_some()),
        related: std::iter::once(first).chain(way).chain(deep).collect(),
        why: "when every caller holds one and waits for another, the pool is empty forever".into(),
        help: if overlap.lent {
            "use what the callback is given: over the client itself the work is no part of the transaction".into()
        } else {
            "do the work over the connection that is held, or give it back first".into()
        },
        fix: over_lent::fix(project, overlap)
            .or_else(|| adopted::fix(project, overlap))
            .or_else(|| before_wait::apart(project, overlap)),
        scope: words::scope(program, function(program, overlap.at)),
        also: Also::default(),
        entry: None,
        pedantic: false,
    }
}
