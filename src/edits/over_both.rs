//! The fix of `nested-acquire` where a function is given both the pool and the connection that is held: it works over
//! the connection, and is not given the pool any more.
//!
//! Only where all that the function does with the pool may be done with the connection too. Knows no library by name.

use super::hold::Hold;
use super::over_held::{Over, bare, broken, function, lending, pool};
use crate::facts::trail::Trail;
use crate::facts::{Arg, CallId, Param, ParamKind, Span, Value, VarRef};
use crate::finding::{Edit, lines};
use crate::program::{CallRef, FnRef};

pub(super) fn over_both(hold: &Hold) -> Option<(String, Vec<Edit>)> {
    let program = &hold.project.program;
    let at = hold.overlap.at;
    let f = function(hold.project, at).filter(|_| hold.is_rust())?;
    let args = &program.call(at).args;
    let taken = args.iter().position(|arg| bare(hold.text(arg.span)) == pool(hold).unwrap_or_default())?;
    let held = args.iter().position(|arg| hold.text(arg.span) == format!("&mut {}", hold.name))?;
    let text = source(hold, f.file)?;
    let params = params(hold, f);
    let (pool, held) = (params.get(taken)?, params.get(held)?);
    let written = text.get(program.function(f).span.range())?;
    let own = Value::Var(VarRef { function: f.id, local: pool.local });
    let facts = program.facts(f.file);
    let within = facts.calls.iter().enumerate().filter(|(_, call)| call.function == f.id);
    let uses: Vec<(CallRef, usize)> = within
        .filter_map(|(id, call)| {
            let at = call.args.iter().position(|arg| arg.value == own)?;
            Some((CallRef { file: f.file, id: CallId(id as u32) }, at))
        })
        .collect();
    // The import of its type alone would be left over.
    let ty = text.get(pool.span.range())?.rsplit([' ', '&', ':']).next()?;
    if lines::count(written, &pool.name) != 1 + uses.len() || lines::count(text, ty) == 2 {
        return None;
    }
    // Two of them at once cannot have the one connection.
    let at_once = |(inner, _): &(CallRef, usize)| {
        let rest = text.get(program.call(*inner).span.end as usize..).unwrap_or_default();
        !rest.trim_start().starts_with(".await")
    };
    if uses.len() > 1 && uses.iter().any(at_once) {
        return None;
    }
    let (method, lent) = lent(hold, f, held).or_else(|| lent_elsewhere(hold))?;
    let home = program.units[f.file as usize].source;
    let mut edits: Vec<Edit> = Vec::new();
    for (inner, arg) in uses {
        let over = Over::of(hold.project, inner, arg, method, &Trail::default())?;
        let place = program.call(inner).args.get(arg)?.span;
        let new = (place, format!("{lent}{}", held.name));
        let own = broken(hold.project, f.file, &new).into_iter().chain([new]);
        let own = own.map(|(span, text)| Edit { file: home, span, text });
        let all = over.edits.into_iter().chain(own);
        let fresh: Vec<Edit> = all.filter(|edit| !edits.iter().any(|known| is_same(known, edit))).collect();
        edits.extend(fresh);
    }
    if edits.is_empty() {
        return None;
    }
    edits.push(without(hold, f.file, pool.span)?);
    for call in hold.project.callers().of(f).iter() {
        let args: &[Arg] = &program.call(*call).args;
        let given = args.get(taken).filter(|arg| args.len() == params.len() && !arg.spread)?;
        edits.push(without(hold, call.file, given.span)?);
    }
    Some((format!("Go on with the one that is held, without `{}`", pool.name), edits))
}

/// Several calls may want the same of a function that they share.
fn is_same(one: &Edit, other: &Edit) -> bool {
    one.file == other.file && one.span == other.span && one.text == other.text
}

fn params<'p>(hold: &Hold<'p, '_>, f: FnRef) -> Vec<&'p Param> {
    let all = hold.project.program.function(f).params.iter();
    all.filter(|param| param.kind != ParamKind::Receiver).collect()
}

fn source<'p>(hold: &Hold<'p, '_>, file: u32) -> Option<&'p str> {
    let source = hold.project.program.units[file as usize].source;
    hold.project.inputs.files.get(source.index()).map(|file| &*file.text)
}

/// As others lend theirs to a library: the function has a reference to it.
fn lent_elsewhere<'p>(hold: &Hold<'p, '_>) -> Option<(&'p str, String)> {
    let (method, prefix) = lending(hold)?;
    prefix.starts_with("&mut *").then(|| (method, format!("{prefix}*")))
}

/// A call of a library that the function lends the connection to: its name, and what stands before the connection's.
fn lent<'p>(hold: &Hold<'p, '_>, f: FnRef, held: &Param) -> Option<(&'p str, String)> {
    let (program, text) = (&hold.project.program, source(hold, f.file)?);
    let own = Value::Var(VarRef { function: f.id, local: held.local });
    let facts = program.facts(f.file);
    facts.calls.iter().enumerate().filter(|(_, call)| facts.is_within(f.id, call.function)).find_map(|(id, call)| {
        let arg = call.args.iter().find(|arg| arg.value == own)?;
        let written = text.get(arg.span.range())?;
        let prefix = written.strip_suffix(held.name.as_str()).filter(|prefix| prefix.starts_with("&mut *"))?;
        let library = function(hold.project, CallRef { file: f.file, id: CallId(id as u32) }).is_none();
        library.then_some((call.callee_name(facts)?, prefix.to_string()))
    })
}

/// One of a list less, with the line that holds nothing else.
fn without(hold: &Hold, file: u32, span: Span) -> Option<Edit> {
    let text = source(hold, file)?;
    let line = lines::around(text, span)?;
    let alone = text.get(line.range())?.trim().trim_end_matches(',') == text.get(span.range())?;
    let rest = text.get(span.end as usize..)?;
    let before = text.get(..span.start as usize)?;
    let span = match () {
        () if alone => line,
        () if rest.starts_with(", ") => Span { start: span.start, end: span.end + 2 },
        () if before.ends_with(", ") => Span { start: span.start - 2, end: span.end },
        () => return None,
    };
    Some(Edit { file: hold.project.program.units[file as usize].source, span, text: String::new() })
}
