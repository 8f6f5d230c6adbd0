//! Which components live as long as the page.
//!
//! A root is named by the frameworks' rows; what a template or an element places without a condition in such a
//! one lives as long. What cannot be found out is taken to come and go. Knows no framework.

use rustc_hash::{FxHashMap, FxHashSet};

use super::components::component_rows;
use super::handlers::is_hook_of;
use super::lifespan::home_of;
use super::placed::Placed;
use super::props::Component;
use super::roots::file_of;
use super::{Effects, roots};
use crate::catalog::schema::ComponentRow;
use crate::facts::trail::Trail;
use crate::facts::{FnId, Guard, Language, LocalKind, Mount, Value, VarRef};
use crate::frontend::placed_by_template;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::source::TEMPLATE;
use crate::values::conditions::record_key;

pub struct Lives {
    /// Files that hold what the page is started with.
    started: FxHashSet<u32>,
    /// Files that go by the name of a root component.
    named: FxHashSet<u32>,
    /// The file of each component that something places, by what and how.
    mounts: FxHashMap<u32, Vec<(Component, Guard)>>,
    /// Elements of components under a condition.
    conditional: FxHashSet<CallRef>,
}

impl Lives {
    pub fn new(effects: &Effects) -> Self {
        let placed = placed(effects);
        let conditional = placed.iter().filter(|placed| placed.guard != Guard::None).map(|placed| placed.element);
        Self {
            started: roots::started(effects),
            named: roots::named(effects),
            conditional: conditional.collect(),
            mounts: mounts(effects, placed),
        }
    }

    pub fn is_page(&self, effects: &Effects, home: FnRef) -> bool {
        self.is_page_at(effects, home, &Trail::default())
    }

    /// A hook lives as long as what calls it; `App` is what everybody calls the root.
    fn is_page_at(&self, effects: &Effects, home: FnRef, trail: &Trail) -> bool {
        if home.id == FnId::TOP {
            return true;
        }
        let Some(here) = trail.step(home) else { return false };
        if self.lasts(effects, home.file, &here) {
            return self.stays(effects, effects.component_of(home), &here);
        }
        let name = effects.program.function(home).name.as_deref().unwrap_or_default();
        if name == "App" && !self.is_routed(home.file) {
            return true;
        }
        let callers = effects.calls_of(home);
        let lasting = |call: &CallRef| self.is_page_at(effects, home_of(effects, effects.at(*call)), &here);
        let hook = || name.starts_with("use") || is_hook_of(effects, home);
        !callers.is_empty() && hook() && callers.iter().all(lasting)
    }

    pub fn is_page_file(&self, effects: &Effects, file: u32) -> bool {
        self.lasts(effects, file, &Trail::default())
    }

    pub fn is_page_class(&self, effects: &Effects, class: ClassRef) -> bool {
        self.is_page_component(effects, Component::Class(class), &Trail::default())
    }

    fn is_page_component(&self, effects: &Effects, component: Component, trail: &Trail) -> bool {
        match component {
            Component::Fn(f) => self.is_page_at(effects, f, trail),
            other => self.lasts(effects, other.file(), trail) && self.stays(effects, other, trail),
        }
    }

    /// Among the components of its file none places it under a condition, nor does one that comes and goes itself.
    fn stays(&self, effects: &Effects, component: Component, trail: &Trail) -> bool {
        let own = effects.elements_of(component).iter().filter(|element| element.file == component.file());
        let mut placing = own.filter_map(|element| {
            let above = effects.component_of(effects.at(*element));
            let renders = match above {
                Component::Fn(f) => effects.program.function(f).flags.renders,
                Component::Class(_) => true,
                Component::File(_) => false,
            };
            // What renders itself is there because something else renders it.
            (renders && above != component).then_some((element, above))
        });
        placing.all(|(element, above)| {
            !self.conditional.contains(element) && self.is_page_component(effects, above, trail)
        })
    }

    fn lasts(&self, effects: &Effects, file: u32, trail: &Trail) -> bool {
        if self.started.contains(&file) || self.named.contains(&file) && !self.is_routed(file) {
            return true;
        }
        let Some(mounts) = self.mounts.get(&file) else { return false };
        let Some(here) = trail.step(FnRef { file, id: FnId::TOP }) else { return false };
        let lasting = |(parent, guard): &(Component, Guard)| match guard {
            Guard::IfShow | Guard::KeepAlive => true,
            Guard::None | Guard::Show => self.is_page_component(effects, *parent, &here),
            Guard::If | Guard::Each | Guard::Route => false,
        };
        mounts.iter().all(lasting)
    }

    /// A part of the page that comes and goes with its address, whatever it is called.
    fn is_routed(&self, file: u32) -> bool {
        self.mounts.get(&file).is_some_and(|mounts| mounts.iter().any(|(_, guard)| *guard == Guard::Route))
    }
}

/// All elements of the project.
fn placed(effects: &Effects) -> Vec<Placed> {
    (0..effects.program.units.len() as u32).flat_map(|file| super::placed::placed(effects, file)).collect()
}

/// What the templates of the project place: the file of the component that is placed, and the one whose template it is.
pub(super) fn placed_by_templates<'a>(effects: &Effects<'_, 'a>) -> Vec<(u32, u32, &'a Mount)> {
    let (stems, tags) = (stems(effects), Tags::new(effects));
    let mut found = Vec::new();
    for (file, unit) in effects.program.units.iter().enumerate() {
        let (file, mounts) = (file as u32, &effects.program.facts(file as u32).mounts);
        if let Some(whole) = tags.whole_of(&unit.path) {
            found.extend(mounts.iter().filter_map(|mount| Some((tags.file_of(&mount.component)?, whole, mount))));
            continue;
        }
        for mount in mounts {
            let by_name = || match stems.get(&mount.component.to_ascii_lowercase()).map(Vec::as_slice) {
                Some([child]) => Some(*child),
                _ => None,
            };
            let child = imported(effects, file, &mount.component).or_else(by_name);
            found.extend(child.map(|child| (child, file, mount)));
        }
    }
    found
}

fn mounts(effects: &Effects, placed: Vec<Placed>) -> FxHashMap<u32, Vec<(Component, Guard)>> {
    let tags = Tags::new(effects);
    let mut found: FxHashMap<u32, Vec<(Component, Guard)>> = FxHashMap::default();
    for (child, parent, mount) in effects.placed_by_templates() {
        found.entry(*child).or_default().push((Component::File(*parent), mount.guard));
    }
    for Placed { element, file, guard } in placed {
        let above = effects.component_of(effects.at(element));
        file.into_iter().for_each(|child| found.entry(child).or_default().push((above, guard)));
    }
    for class in decorated(effects) {
        let placed = written_template(effects, class).into_iter().flat_map(placed_by_template);
        let placed = placed.filter_map(|mount| Some((tags.file_of(&mount.component)?, mount.guard)));
        placed.for_each(|(child, guard)| found.entry(child).or_default().push((Component::File(class.file), guard)));
    }
    for (part, whole) in super::options::mixes(effects).into_iter().chain(bases(effects)).chain(listed(effects)) {
        found.entry(part).or_default().push((Component::File(whole), Guard::None));
    }
    found
}

/// What tags of templates that stand in files of their own mean.
struct Tags<'e> {
    /// Components by the tags that they ask for.
    asked: FxHashMap<&'e str, u32>,
    /// Those that a template stands beside, by the path of the template.
    beside: FxHashMap<&'e str, u32>,
    /// Those, by the name that the template's file has.
    named: FxHashMap<&'e str, u32>,
}

impl<'e> Tags<'e> {
    fn new(effects: &'e Effects<'e, '_>) -> Self {
        let units = &effects.program.units;
        let mut tags = Tags { asked: FxHashMap::default(), beside: FxHashMap::default(), named: FxHashMap::default() };
        let files: FxHashMap<&str, u32> = units.iter().enumerate().map(|(at, unit)| (&*unit.path, at as u32)).collect();
        for path in units.iter().map(|unit| &*unit.path).filter(|path| path.ends_with(TEMPLATE)) {
            let class = format!("{}.ts", path.trim_end_matches(".html"));
            let Some(file) = files.get(class.as_str()) else { continue };
            let name = path.rsplit('/').next().unwrap_or(path).trim_end_matches(TEMPLATE).trim_end_matches('.');
            tags.beside.insert(path, *file);
            tags.named.insert(name, *file);
        }
        tags.asked.extend(decorated(effects).filter_map(|class| Some((tag_of(effects, class)?, class.file))));
        tags
    }

    /// The component that the template is a part of.
    fn whole_of(&self, path: &str) -> Option<u32> {
        self.beside.get(path).copied()
    }

    /// By its tag; by convention that is the name of the file behind a prefix.
    fn file_of(&self, tag: &str) -> Option<u32> {
        let named = || self.named.get(tag.split_once('-')?.1);
        self.asked.get(tag).or_else(named).copied()
    }
}

fn decorated(effects: &Effects) -> impl Iterator<Item = ClassRef> {
    effects.program.classes().filter(|class| !effects.program.class(*class).decorators.is_empty())
}

fn tag_of<'e>(effects: &'e Effects<'e, '_>, class: ClassRef) -> Option<&'e str> {
    text_under(effects, class, |row| &row.tag)
}

/// The template that the component's decorator has as a text.
fn written_template<'e>(effects: &'e Effects<'e, '_>, class: ClassRef) -> Option<&'e str> {
    text_under(effects, class, |row| &row.template)
}

fn text_under<'e>(
    effects: &'e Effects<'e, '_>,
    class: ClassRef,
    key: impl Fn(&'e ComponentRow) -> &'e String,
) -> Option<&'e str> {
    let rows = component_rows(effects, class);
    let facts = effects.program.facts(class.file);
    let options = effects.program.class(class).decorators.iter().filter_map(|call| facts.call(*call).positional(0));
    let mut texts =
        options.flat_map(|arg| rows.iter().filter_map(|(_, row)| record_key(&arg.value, key(row))?.as_str()));
    texts.next()
}

/// Files of base classes, each with the file of a class that extends it.
fn bases(effects: &Effects) -> Vec<(u32, u32)> {
    let program = effects.program;
    let classes = program.classes().filter(|class| program.language(class.file) == Language::Script);
    let extending = classes.filter(|class| !program.class(*class).bases.is_empty());
    let pairs =
        extending.flat_map(|class| program.ancestry(class).into_iter().map(move |base| (base.file, class.file)));
    pairs.filter(|(base, class)| base != class).collect()
}

/// Files of components that the decorator of another lists for its template, each with that one's file. What is written
/// beside the list says itself where each stands.
fn listed(effects: &Effects) -> Vec<(u32, u32)> {
    let program = effects.program;
    let mut found = Vec::new();
    for class in decorated(effects).filter(|class| written_template(effects, *class).is_none()) {
        let scope = FnRef { file: class.file, id: program.class(class).function };
        let values = listing(effects, class);
        let items = values.into_iter().flat_map(|value| match program.deref(scope, value) {
            Value::List(items) => items.as_slice(),
            _ => &[],
        });
        let files = items.filter_map(|item| file_of(&program.eval(scope, item)));
        found.extend(files.filter(|file| *file != class.file).map(|file| (file, class.file)));
    }
    found
}

/// What a component's decorator has under the keys that list others.
fn listing<'a>(effects: &Effects<'_, 'a>, class: ClassRef) -> Vec<&'a Value> {
    let rows = component_rows(effects, class);
    let keys: Vec<&String> = rows.iter().flat_map(|(_, row)| &row.places).collect();
    let facts = effects.program.facts(class.file);
    let options = effects.program.class(class).decorators.iter().filter_map(|call| facts.call(*call).positional(0));
    options.flat_map(|arg| keys.iter().filter_map(|key| record_key(&arg.value, key))).collect()
}

/// Components by the name of their file, for tags that no import explains.
fn stems(effects: &Effects) -> FxHashMap<String, Vec<u32>> {
    let mut stems: FxHashMap<String, Vec<u32>> = FxHashMap::default();
    for (file, unit) in effects.program.units.iter().enumerate() {
        if unit.facts.component.is_some() {
            stems.entry(stem(&unit.path)).or_default().push(file as u32);
        }
    }
    stems
}

/// The file behind a name: imported, or imported lazily by a call that it is bound to.
fn imported(effects: &Effects, file: u32, name: &str) -> Option<u32> {
    let facts = effects.program.facts(file);
    let locals = facts.function_ids().flat_map(|id| {
        let locals = facts.function(id).locals.iter().enumerate();
        locals.filter(|(_, local)| local.name == name).map(move |(at, _)| VarRef { function: id, local: at as u32 })
    });
    locals.into_iter().find_map(|var| match facts.local(var).kind {
        LocalKind::Import(id) => file_of(&effects.program.eval_import(file, id)),
        _ => effects
            .program
            .bound(file, var)
            .iter()
            .find_map(|bound| lazily(effects, file, bound.value, &Trail::default())),
    })
}

fn lazily(effects: &Effects, file: u32, value: &Value, trail: &Trail) -> Option<u32> {
    let here = trail.step(value)?;
    match value {
        Value::Module(import) => file_of(&effects.program.eval_import(file, *import)),
        Value::Call(id) => {
            let args = &effects.program.facts(file).call(*id).args;
            args.iter().find_map(|arg| lazily(effects, file, &arg.value, &here))
        }
        Value::Closure(id) => effects
            .program
            .given_by(FnRef { file, id: *id })
            .into_iter()
            .find_map(|value| lazily(effects, file, value, &here)),
        _ => None,
    }
}

fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name).replace(['-', '_'], "").to_ascii_lowercase()
}
