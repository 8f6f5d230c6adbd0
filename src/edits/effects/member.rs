//! A release in the method or option that runs at the end: `componentWillUnmount`, `beforeUnmount`.
//!
//! Goes to the end of the one that is there, else into a new one after the one that opens. Knows no
//! framework: the rows name the method.

use super::naming::{Fields, Reach, Writer, is_typed};
use super::register::imported;
use super::{Closing, Mend};
use crate::facts::Span;
use crate::facts::walk::returns;
use crate::finding::lines;
use crate::ownership::effects::components::component_rows;
use crate::ownership::effects::model::{Last, Owner};
use crate::ownership::effects::{Effects, Open};
use crate::program::FnRef;
use crate::values::eval::Ty;

pub(crate) fn added<'e, 'a>(
    effects: &'e Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    last: &Last<'a>,
    mut writer: Writer<'e>,
) -> Option<Mend> {
    let file = open.call.file;
    let name = last.name(effects, file)?;
    if let Some(class) = effects.program.class_around(owner.start) {
        writer.set_class(effects, class);
    }
    let typed = is_typed(effects, file, writer.text);
    let declared = || Fields::Declared(first_member(effects, owner, writer.text));
    let reach = Reach::Field(if typed { declared() } else { Fields::Free });
    let release = match writer.is_on_local(open) {
        true => writer.release_in_field(effects, open, &reach)?,
        false => writer.release(effects, open, &reach)?,
    };
    let end = match owner.ends.iter().find(|f| is_own(effects, owner, **f, name)) {
        Some(there) => at_end_of(effects, *there, writer.text, release)?,
        None => {
            writer.edits.extend(interface(effects, owner, last, writer.text, name));
            let inherited = !last.merged && is_inherited(effects, owner, name)?;
            writer.untyped |= inherited;
            new_method(effects, owner, writer.text, (name, inherited), release)?
        }
    };
    for ty in std::mem::take(&mut writer.types) {
        let (module, name) = ty.split_once(':')?;
        let facts = effects.program.facts(file);
        let known = facts.functions.iter().flat_map(|function| &function.locals).any(|local| local.name == name);
        if !known {
            writer.edits.push(imported(facts, writer.text, module, name)?);
        }
    }
    Some(Mend::new(file, writer, Some(end)))
}

/// The method of the owner's own class or record.
fn is_own(effects: &Effects, owner: &Owner, f: FnRef, name: &str) -> bool {
    let class = |f: FnRef| effects.program.class_around(f);
    let named = effects.program.function(f).name.as_deref() == Some(name);
    named && f.file == owner.start.file && class(f) == class(owner.start)
}

/// A base of the class has the method too, and must run; `None` where a base is not known.
fn is_inherited(effects: &Effects, owner: &Owner, name: &str) -> Option<bool> {
    let program = effects.program;
    let Some(class) = program.class_around(owner.start) else { return Some(false) };
    if program.find_method(class, name).is_some() {
        return Some(true);
    }
    let rows = component_rows(effects, class);
    let framework = |base: &str| rows.iter().any(|(_, row)| row.bases.iter().any(|known| last(known) == last(base)));
    let known = program.ancestry(class).into_iter().all(|part| {
        let (data, file) = (program.class(part), part.file);
        let scope = FnRef { file, id: data.function };
        let is_known = |base| {
            matches!(program.eval(scope, base), Ty::Class(_))
                || program.value_name(file, base).is_some_and(|written| framework(&written))
        };
        data.bases.iter().all(is_known)
    });
    known.then_some(false)
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Where a new field is declared: before the first member of the class. In an object of options, none can be.
fn first_member(effects: &Effects, owner: &Owner, text: &str) -> Option<u32> {
    let class = effects.program.class_around(owner.start)?;
    let span = effects.program.class(class).span;
    let mut braces = text.get(span.range())?.match_indices('{').map(|(at, _)| span.start as usize + at + 1);
    let body = braces.find(|at| text.get(*at..).is_some_and(lines::starts_with_end))?;
    let rest = text.get(body..)?;
    Some((body + rest.len() - rest.trim_start().len()) as u32)
}

/// Before the last brace of a function that has no other way out.
pub(super) fn at_end_of(effects: &Effects, there: FnRef, text: &str, release: String) -> Option<Closing> {
    let function = effects.program.function(there);
    let step = crate::finding::Style::of(text).step;
    if returns(&function.body) {
        return None;
    }
    let (at, outer) = lines::closing_line(text, function.span)?;
    let indent = format!("{outer}{step}");
    Some(Closing { at, head: String::new(), lines: vec![release], indent, tail: String::new(), single: None })
}

/// A method of its own, written as the one that opens.
fn new_method(
    effects: &Effects,
    owner: &Owner,
    text: &str,
    (name, inherited): (&str, bool),
    release: String,
) -> Option<Closing> {
    let function = effects.program.function(owner.start);
    let mount = function.name.as_deref().unwrap_or("constructor");
    let line = lines::around(text, Span { start: function.span.start, end: function.span.start })?;
    let head = text.get(line.start as usize..function.span.end as usize)?;
    let indent = lines::indent(head);
    let modifiers = head.trim_start().split_once(&format!("{mount}("))?.0.replace("async ", "");
    if !modifiers.split_whitespace().all(|word| matches!(word, "public" | "override")) {
        return None;
    }
    let signature = head.split_once('{').map_or("", |(signature, _)| signature);
    let ty = if signature.contains("): ") { ": void" } else { "" };
    let in_class = effects.program.class_around(owner.start).is_some();
    let after = text.get(function.span.end as usize..)?;
    let (comma, trail) = match (in_class, after.starts_with(',')) {
        (true, _) => ("", ""),
        (false, true) => (",", ","),
        (false, false) => (",", ""),
    };
    let at = function.span.end + u32::from(!in_class && after.starts_with(','));
    let lead = if !in_class && !after.starts_with(',') { comma } else { "" };
    let step = crate::finding::Style::of(text).step;
    let deep = format!("{indent}{step}");
    let inherited = inherited || head.contains(&format!("super.{mount}("));
    let end = crate::finding::Style::of(text).end();
    let above = if inherited { format!("{deep}super.{name}(){end}\n") } else { String::new() };
    let blank = if in_class { "\n" } else { "" };
    Some(Closing {
        at,
        head: format!("{lead}\n{blank}{indent}{modifiers}{name}(){ty} {{\n{above}"),
        lines: vec![release],
        indent: deep,
        tail: format!("{indent}}}{trail}"),
        single: None,
    })
}

/// The interface of the method, where the class lists that of another one of the framework.
fn interface<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    last: &Last<'a>,
    text: &str,
    name: &str,
) -> Vec<(Span, String)> {
    let found = || {
        let class = effects.program.class(effects.program.class_around(owner.start)?);
        let rows = &effects.program.catalog.package(last.package).bases;
        let wanted = rows.iter().find(|row| row.methods.iter().any(|method| method == name))?.names.first()?;
        let header = text.get(class.span.range())?.split_once('{')?.0;
        let list = header.split_once("implements ")?.1;
        let listed = |name: &str| lines::mentions(list, name);
        let others = rows.iter().flat_map(|row| &row.names).any(|name| listed(name));
        if !others || listed(wanted) {
            return None;
        }
        let at = class.span.start + header.trim_end().len() as u32;
        let facts = effects.program.facts(owner.start.file);
        let module = effects.program.catalog.package(last.package).modules.first()?;
        let listing = (Span { start: at, end: at }, format!(", {wanted}"));
        if facts.imports.iter().any(|import| import.name == *wanted) {
            return Some(vec![listing]);
        }
        Some(vec![listing, imported(facts, text, module, wanted)?])
    };
    found().unwrap_or_default()
}
