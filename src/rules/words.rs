//! Wording shared by rules: evidence chains, names of clients, enclosing scopes.
//!
//! Structured answers come in, sentences go out. Names no library.

use crate::catalog::schema::{Ecosystem, PackageFile, ResultTo};
use crate::catalog::{RowKind, TypeId};
use crate::checks::Project;
use crate::contexts::Step;
use crate::facts::{FileFacts, FnId, FnKind, LocalKind, Span, Value};
use crate::finding::{Place, Related};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::source::LineIndex;
use crate::values::Program;
use crate::values::sites::{Site, is_super};

/// How a message names what a call makes: the class as written, else the type's name, with its
/// package where the name alone says little.
pub fn client_name(program: &Program, call: CallRef, ty: TypeId) -> String {
    let info = program.catalog.ty(ty);
    let written = program.call(call).callee_name(program.facts(call.file)).unwrap_or_default();
    let says = written.starts_with(|c: char| c.is_ascii_uppercase()) && !asks_for(program, call);
    let name = if says { written } else { info.row.name.as_str() };
    if matches!(name, "Client" | "Pool" | "Connection" | "Session" | "Agent" | "Builder") {
        let known = client_id(program, call, ty);
        let package = known.rsplit_once('.').map_or("", |(package, _)| package);
        return as_written(program, ty, package, name);
    }
    name.to_string()
}

/// A package and a name of it as its language writes them: `pg.Pool`, `deadpool_postgres::Pool`.
fn as_written(program: &Program, ty: TypeId, package: &str, name: &str) -> String {
    let file = program.catalog.package(program.catalog.ty(ty).package);
    match package {
        "" => name.to_string(),
        _ if file.ecosystem == Some(Ecosystem::Crates) => format!("{}::{name}", package.replace('-', "_")),
        _ => format!("{package}.{name}"),
    }
}

/// [`client_id`] as the language writes it.
pub fn full_name(program: &Program, call: CallRef, ty: TypeId) -> String {
    let known = client_id(program, call, ty);
    let (package, name) = known.rsplit_once('.').unwrap_or(("", &known));
    as_written(program, ty, package, name)
}

/// `(30 + 10) × 4 processes × 3 instances`: what pools come to, equal ones in one: `10 × 60`.
pub fn product(parts: &[f64], processes: f64, instances: f64) -> String {
    let alike = parts.chunk_by(|left, right| left == right);
    let numbers: Vec<String> = alike
        .flat_map(|alike| match alike {
            [one, _, _, ..] => vec![format!("{one} × {}", alike.len())],
            few => few.iter().map(f64::to_string).collect(),
        })
        .collect();
    let times = |number: f64, name: &str| if number > 1.0 { format!(" × {number} {name}") } else { String::new() };
    let times = format!("{}{}", times(processes, "processes"), times(instances, "instances"));
    let sum = numbers.join(" + ");
    if numbers.len() > 1 && !times.is_empty() { format!("({sum}){times}") } else { format!("{sum}{times}") }
}

/// A framework gives what the call says to a parameter: `Depends(get_session)`.
fn asks_for(program: &Program, call: CallRef) -> bool {
    let mut rows = program.target(call).rows.into_iter().filter(|row| row.kind == RowKind::Handover);
    rows.any(|row| program.catalog.handover(row).result == ResultTo::Parameter)
}

/// The package and name of a client, as its users know them: where one file of the catalogue speaks for
/// several packages, the one that the code imports.
pub fn client_id(program: &Program, call: CallRef, ty: TypeId) -> String {
    let info = program.catalog.ty(ty);
    let file = program.catalog.package(info.package);
    let facts = program.facts(call.file);
    let import = match program.call(call).callee.root() {
        Value::Var(var) => match facts.local(*var).kind {
            LocalKind::Import(id) => Some(facts.import(id)),
            _ => None,
        },
        _ => None,
    };
    let whole = file.modules.iter().any(|module| is_about(file, module));
    let several = match whole {
        true => import.is_some_and(|import| file.modules.contains(&import.module) && !is_about(file, &import.module)),
        false => file.ecosystem == Some(Ecosystem::Npm) && !file.modules.is_empty(),
    };
    if !several || file.ecosystem == Some(Ecosystem::Crates) {
        return info.display.clone();
    }
    let written =
        program.call(call).callee_name(facts).filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
    let name = written.unwrap_or(&info.row.name);
    import.map_or_else(|| name.to_string(), |import| format!("{}.{name}", import.module))
}

/// The module is the package that the file is called by, or a part of it.
fn is_about(file: &PackageFile, module: &str) -> bool {
    let package = &file.package;
    let part = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with(['/', '.']));
    !package.contains('*') && (module == package || part(module, package) || part(package, module))
}

/// What is called, as it is written where that is a plain path of names; else its last name.
pub fn callee(program: &Program, call: CallRef) -> Option<String> {
    let facts = program.facts(call.file);
    let callee = &program.call(call).callee;
    plain_path(facts, callee).or_else(|| program.call(call).callee_name(facts).map(String::from))
}

fn plain_path(facts: &FileFacts, value: &Value) -> Option<String> {
    match value {
        Value::Var(var) => Some(facts.local(*var).name.clone()).filter(|name| !name.is_empty()),
        Value::Global(name) => Some(name.clone()),
        Value::Member(base, name) if **base == Value::This => Some(name.clone()),
        Value::Member(base, name) => Some(format!("{}.{name}", plain_path(facts, base)?)),
        _ => None,
    }
}

pub fn place(program: &Program, call: CallRef) -> Place {
    Place { file: program.units[call.file as usize].source, span: program.call(call).span }
}

/// What one more client costs: the catalogue's words, with the size that is really set in the place of
/// the library's default.
pub fn costs(project: &Project, site: &Site) -> String {
    let known = &project.program.catalog.ty(site.ty).row.why;
    let sized = project.pools().all.iter().find(|sized| sized.site.call == site.call);
    let Some((pool, place)) = sized.and_then(|sized| Some((&sized.pool, sized.pool.place()?))) else {
        return known.clone();
    };
    resized(known, pool.most(), &line(project, place))
}

/// `up to 100 connections (the default)` with the number that holds and where it is set; what is set to
/// something that is not known has no default.
fn resized(known: &str, most: Option<f64>, place: &str) -> String {
    let default = known.match_indices('(').find_map(|(open, _)| {
        let close = open + known[open..].find(')')?;
        known[open..close].contains("default").then_some((open, close))
    });
    let Some((open, close)) = default else { return known.to_string() };
    let (before, after) = (&known[..open], &known[close + 1..]);
    let end = before.rfind(|c: char| c.is_ascii_digit()).map(|at| at + 1);
    let start = end.map(|end| before[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len());
    match (most, start.zip(end)) {
        (Some(most), Some((start, end))) => {
            format!("{}{most}{}(set in {place}){after}", &before[..start], &before[end..])
        }
        (None, Some((start, end))) => {
            let (head, counted) = (before[..start].trim_end_matches("up to "), &before[end..]);
            format!("{head}as many{counted}as are set in {place}{after}")
        }
        (_, None) => measured(before, most, place) + after,
    }
}

/// `a pool of up to twice as many connections as there are CPUs`, `a pool of sessions`.
fn measured(before: &str, most: Option<f64>, place: &str) -> String {
    match (before.split_once("up to "), most) {
        (Some((head, _)), Some(most)) => format!("{head}up to {most} connections (set in {place})"),
        (Some((head, _)), None) => format!("{head}as many connections as are set in {place}"),
        (None, Some(most)) => format!("{before}({most}, set in {place})"),
        (None, None) => format!("{before}(how many is set in {place})"),
    }
}

/// `src/db.ts:5`, from the project's root.
pub fn line(project: &Project, place: Place) -> String {
    let Some(file) = project.inputs.files.get(place.file.index()) else { return String::new() };
    let lines = LineIndex::new(&file.text);
    format!("{}:{}", file.path, lines.line(place.span.start))
}

/// The name of a function in a sentence: `` `openDatabase` ``, or what it is handed to.
pub fn function_name(program: &Program, f: FnRef) -> String {
    let function = program.function(f);
    let class = function.class.map(|class| program.facts(f.file).class(class).name.as_str());
    match (&function.name, class) {
        (_, Some(class)) if function.kind == FnKind::Constructor => format!("`{class}`"),
        (Some(name), Some(class)) => format!("`{class}.{name}`"),
        (Some(name), None) => format!("`{name}`"),
        (None, _) if !function.anchor.is_empty() => format!("the function given to `{}`", function.anchor),
        (None, _) if f.id == FnId::TOP => "the module".to_string(),
        _ => "a function".to_string(),
    }
}

/// The enclosing symbols and anchors of a function, outermost first.
pub fn scope(program: &Program, f: FnRef) -> String {
    let facts = program.facts(f.file);
    let mut parts = Vec::new();
    let mut at = Some(f.id).filter(|id| *id != FnId::TOP);
    while let Some(id) = at {
        let function = facts.function(id);
        parts.push(function.name.clone().unwrap_or_else(|| function.anchor.clone()));
        if let Some(class) = function.class {
            parts.push(facts.class(class).name.clone());
        }
        at = function.parent.filter(|id| *id != FnId::TOP);
    }
    parts.reverse();
    parts.join("/")
}

/// "on every request"
pub fn how_often(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Request => "on every request",
        Trigger::Event => "on every event",
        Trigger::Message => "for every message",
        Trigger::Job => "for every job",
        Trigger::Tick => "on every tick",
        Trigger::Render => "on every render",
        Trigger::Mount => "on every mount",
        Trigger::Load | Trigger::Startup => "at start-up",
        Trigger::Shutdown => "at shutdown",
        Trigger::Unmount => "on every unmount",
        Trigger::PoolGrowth => "when the pool grows",
        Trigger::Script | Trigger::Build => "once",
        Trigger::Test => "in a test",
    }
}

/// The chain of places as evidence, the construction itself left out.
pub fn related(project: &Project, chain: &[Step]) -> Vec<Related> {
    let program = &project.program;
    let mut found: Vec<Related> = Vec::new();
    for (at, step) in chain.iter().enumerate() {
        let constructs =
            at > 0 && matches!(chain[at - 1].point, Point::Alloc(_)) && is_constructor(program, step.point);
        if constructs {
            continue;
        }
        let message = match (&step.point, step.root) {
            (point, true) => root_sentence(program, *point, &step.label, step.trigger),
            (Point::Fn(f), false) => format!("{} is called here", function_name(program, *f)),
            (Point::Alloc(class), false) => {
                let name = &program.class(*class).name;
                let made = at > 0 && matches!(chain[at - 1].point, Point::Alloc(_));
                match step.call {
                    Some(call) if is_super(program.call(call)) => format!("what it has of `{name}` is set up here"),
                    None if made => format!("it is a `{name}`, too"),
                    _ => format!("`{name}` is built here"),
                }
            }
            (Point::Site(_), false) => continue,
        };
        let Some(message) = Some(message).filter(|m| !m.is_empty()) else { continue };
        if step.place.span == Span::default() || found.last().is_some_and(|r: &Related| r.place == step.place) {
            continue;
        }
        found.push(Related { place: step.place, message });
    }
    found
}

/// The name of the function that runs first.
pub fn entry(program: &Program, chain: &[Step]) -> Option<Place> {
    let Point::Fn(f) = chain.first()?.point else { return None };
    let function = program.function(f);
    let place = Place { file: program.units[f.file as usize].source, span: function.name_span };
    (f.id != FnId::TOP && function.name.is_some()).then_some(place)
}

fn is_constructor(program: &Program, point: Point) -> bool {
    matches!(point, Point::Fn(f) if program.function(f).kind == FnKind::Constructor)
}

fn root_sentence(program: &Program, point: Point, label: &str, trigger: Trigger) -> String {
    let subject = match point {
        _ if !label.is_empty() => label.to_string(),
        Point::Fn(f) => function_name(program, f),
        Point::Alloc(class) => format!("`{}`", program.class(class).name),
        Point::Site(_) => return String::new(),
    };
    format!("{subject}: runs {}", how_often(trigger))
}

#[cfg(test)]
mod tests {
    use super::{product, resized};

    #[test]
    fn pools_are_written_as_a_product() {
        assert_eq!(product(&[30.0, 10.0], 4.0, 3.0), "(30 + 10) × 4 processes × 3 instances");
        assert_eq!(product(&[10.0; 60], 1.0, 1.0), "10 × 60");
        assert_eq!(product(&[10.0, 10.0, 5.0], 2.0, 1.0), "(10 + 10 + 5) × 2 processes");
        assert_eq!(product(&[5.0], 1.0, 1.0), "5");
    }

    #[test]
    fn the_size_that_is_set_stands_in_the_place_of_the_default() {
        let known = "opens a pool of up to 100 connections (the default) and monitors";
        assert_eq!(
            resized(known, Some(10.0), "a.ts:5"),
            "opens a pool of up to 10 connections (set in a.ts:5) and monitors"
        );
        assert_eq!(
            resized(
                "opens a pool of 10 connections at once (min_size and max_size are 10 by default)",
                Some(4.0),
                "a.py:1"
            ),
            "opens a pool of 4 connections at once (set in a.py:1)"
        );
        assert_eq!(
            resized("opens a pool of up to 10 connections (the default)", None, "a.ts:5"),
            "opens a pool of as many connections as are set in a.ts:5"
        );
        assert_eq!(
            resized("keeps up to 50 sockets alive (the default maxSockets) and resolves anew", None, "a.ts:5"),
            "keeps as many sockets alive as are set in a.ts:5 and resolves anew"
        );
        let by_machine = "is a pool of up to twice as many connections as the machine has CPUs (the default)";
        assert_eq!(resized(by_machine, Some(8.0), "a.rs:5"), "is a pool of up to 8 connections (set in a.rs:5)");
        assert_eq!(resized(by_machine, None, "a.rs:5"), "is a pool of as many connections as are set in a.rs:5");
        assert_eq!(resized("opens a socket", Some(10.0), "a.ts:5"), "opens a socket");
    }
}
