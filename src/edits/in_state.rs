//! Keeps what a component builds on each rendering in its state, in the place of a new one each time.
//!
//! For a statement of the component itself that nothing leaves before, so that the hook runs on each rendering. The
//! frameworks' rows name the hook. Knows no framework.

use super::imports;
use super::kept::{is_steady, text};
use crate::checks::Project;
use crate::facts::walk::nodes;
use crate::facts::{DEFAULT_EXPORT, FnId, Import, ImportKind, Language, LocalKind, Node, Span, Value, VarRef};
use crate::finding::{Edit, Style, lines};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::values::sites::{Site, info};

/// The edits; `None` where that is not sound or not plain.
pub fn kept_in_state(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let text = text(project, site)?;
    let body = &project.program.function(site.function).body;
    let leaves = |node: &Node| matches!(node, Node::Return { span, .. } if span.end <= site.span.start);
    if !is_component(project, site) || !is_steady(project, site, text) || nodes(body).any(leaves) {
        return None;
    }
    let hook = Hook::of(project, site.call.file, text)?;
    let state = format!("{}(() => {})", hook.written, text.get(site.span.range())?);
    let edits = body.iter().find_map(|node| match node {
        Node::Bind { target: Value::Var(var), value: Value::Call(id), .. } if *id == site.call.id => {
            bound_anew(project, site, text, *var, &state)
        }
        Node::Return { span, .. } if span.contains(site.span) => declared_before(project, site, text, *span, &state),
        _ => None,
    })?;
    Some(edits.into_iter().chain(hook.import).collect())
}

/// `const client = new Client()` becomes `const [client] = useState(() => new Client())`.
fn bound_anew(project: &Project, site: &Site, text: &str, var: VarRef, state: &str) -> Option<Vec<Edit>> {
    let program = &project.program;
    let name = &program.facts(site.call.file).local(var).name;
    let line = lines::around(text, Span { start: site.span.start, end: site.span.start })?;
    let head = text.get(line.start as usize..site.span.start as usize)?.trim_start();
    let plain = head == format!("const {name} = ") && program.bound(site.call.file, var).len() == 1;
    let start = site.span.start - format!("{name} = ").len() as u32;
    let source = program.units[site.call.file as usize].source;
    let span = Span { start, end: site.span.end };
    plain.then(|| vec![Edit { file: source, span, text: format!("[{name}] = {state}") }])
}

/// What stands in what the component returns gets a name above it.
fn declared_before(project: &Project, site: &Site, text: &str, statement: Span, state: &str) -> Option<Vec<Edit>> {
    let source = project.program.units[site.call.file as usize].source;
    let line = lines::around(text, Span { start: statement.start, end: statement.start })?;
    let written = text.get(line.range())?;
    let facts = project.program.facts(site.call.file);
    let class = project.program.call(site.call).callee_name(facts).filter(|name| name.starts_with(char::is_uppercase));
    let name = format!("own{}", class.unwrap_or(&info(&project.program, site).row.name));
    let free = name.chars().all(char::is_alphanumeric) && !lines::mentions(text, &name);
    let plain = free && written.trim_start().starts_with("return") && !state.contains('\n');
    let at = lines::above_comments(text, line.start);
    let declared = format!("{}const [{name}] = {state}{}\n", lines::indent(written), Style::of(text).end());
    let before = Edit { file: source, span: Span { start: at, end: at }, text: declared };
    plain.then(|| vec![before, Edit { file: source, span: site.span, text: name }])
}

/// The function is rendered itself: in what it calls, a hook need not be right.
fn is_component(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let name = program.function(site.function).name.as_deref().unwrap_or_default();
    let mut contexts = project.contexts.of(Point::Fn(site.function)).iter();
    let rendered = contexts.any(|context| context.trigger == Trigger::Render && context.parent.is_none());
    let awaited = program.call(site.call).awaited;
    program.language(site.call.file) == Language::Script
        && rendered
        && name.starts_with(char::is_uppercase)
        && !awaited
        && site.function.id != FnId::TOP
}

/// The hook as the file writes it, and its import.
struct Hook {
    written: String,
    import: Option<Edit>,
}

impl Hook {
    fn of(project: &Project, file: u32, text: &str) -> Option<Self> {
        let program = &project.program;
        let facts = program.facts(file);
        let tops = &facts.function(FnId::TOP).locals;
        program.active.iter().map(|id| program.catalog.package(*id)).find_map(|package| {
            let row = package.memos.iter().find(|row| row.first)?;
            let hook = row.calls.first()?;
            let own = tops.iter().filter_map(|local| match local.kind {
                LocalKind::Import(id) => Some((local.name.as_str(), facts.import(id))),
                _ => None,
            });
            let own: Vec<_> = own.filter(|(_, import)| package.modules.contains(&import.module)).collect();
            let imported = |wanted: &dyn Fn(&Import) -> bool| {
                own.iter().find(|(_, import)| wanted(import) && !import.type_only).map(|(name, _)| *name)
            };
            if let Some(name) = imported(&|import| import.kind == ImportKind::Named && import.name == *hook) {
                return Some(Self { written: name.into(), import: None });
            }
            if lines::mentions(text, hook) {
                return None;
            }
            if let Some(name) =
                imported(&|import| import.kind == ImportKind::Namespace || import.name == DEFAULT_EXPORT)
            {
                return Some(Self { written: format!("{name}.{hook}"), import: None });
            }
            let module = package.modules.first()?;
            let style = Style::of(text);
            let line = format!("import {{ {hook} }} from {}{}", style.quoted(module), style.end());
            let import = imports::added(project, file, text, &line)?;
            Some(Self { written: hook.clone(), import: Some(import) })
        })
    }
}
