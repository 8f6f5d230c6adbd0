//! Builds a client of an object's settings in a function that is run once for each of them.
//!
//! For clients of HTTP, which cost nothing while they are idle, in objects whose settings have plain types; what is
//! written alike in a file becomes one. Python alone has a memoiser for it. Knows no library by name.

use super::hoist::top_line;
use super::kept::{Maker, is_constant, is_key_type, is_late, key, locals, may_serve_all, text};
use super::object_field::Field;
use crate::catalog::schema::Kind;
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::checks::sharing::lift::is_closed;
use crate::facts::trail::Trail;
use crate::facts::{FnId, Language, Value};
use crate::finding::{Edit, lines};
use crate::values::flow::mentions;
use crate::values::sites::{Site, info};

/// The edits; `None` where that is not sound or not plain.
pub fn keyed(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let text = text(project, site)?;
    let fields = fields(project, site, text)?;
    let all = verdicts(project).iter().map(|verdict| &verdict.site).filter(|other| other.call.file == site.call.file);
    let fits = |other: &&Site| key(text, other) == key(text, site) && self::fields(project, other, text).is_some();
    let mut alike: Vec<&Site> = all.filter(fits).collect();
    alike.sort_by_key(|site| site.span);
    alike.dedup_by_key(|site| site.call);
    let first = alike.first()?;
    let at = top_line(project, text, first.function)?;
    let made = Maker::of(project, first, text, at, &fields)?;
    Some(made.used_at(project, &alike))
}

/// What it reads of the object; `None` where it reads anything else that each call has its own of.
fn fields<'p>(project: &'p Project, site: &Site, text: &str) -> Option<Vec<Field<'p>>> {
    let program = &project.program;
    let (file, kind) = (site.call.file, info(program, site).row.kind);
    let fits = program.language(file) == Language::Python && kind == Kind::HttpClient && site.function.id != FnId::TOP;
    let written = text.get(site.span.range()).filter(|written| fits && lines::mentions(written, "self"))?;
    let class = program.class_around(site.function).filter(|class| class.file == file)?;
    // What the type of a field is called is known in its own file alone.
    let classes = program.ancestry(class).into_iter().filter(|part| part.file == file);
    let declared: Vec<_> = classes.flat_map(|part| &program.class(part).fields).collect();
    let reads = written.match_indices("self").map(|(at, word)| written.get(at + word.len()..)?.strip_prefix('.'));
    let mut found: Vec<Field> = Vec::new();
    for read in reads {
        let read = read?;
        let end = read.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(read.len());
        let (name, rest) = (read.get(..end)?, read.get(end..)?.trim_start());
        let declared = declared.iter().find(|field| field.name == name)?;
        let ty = declared.ty.as_ref().filter(|ty| is_key_type(ty) && !rest.starts_with(['(', '[', '.']))?;
        if found.iter().any(|field| field.name == name) {
            continue;
        }
        let field = Field { name: &declared.name, ty };
        // `self.url` and `self._url`: the function has one parameter of that name.
        if found.iter().any(|other| other.told() == field.told()) {
            return None;
        }
        found.push(field);
    }
    let mut late = |part: &Value| *part != Value::This && is_late(project, file, part, &Trail::default());
    let known = !mentions(program, file, &Value::Call(site.call.id), &mut late);
    let own = locals(project, site, written);
    let told = |field: &Field| own.iter().any(|(_, name)| *name == field.told());
    let steady = own.iter().all(|(var, name)| *name == "self" || is_constant(project, file, *var, &Trail::default()));
    let sound = known && steady && may_serve_all(project, site) && !is_closed(project, site);
    (sound && !found.is_empty() && !found.iter().any(told)).then_some(found)
}
