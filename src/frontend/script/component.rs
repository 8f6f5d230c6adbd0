//! Single-file components: takes the scripts out and tells the instance's code from the module's.
//!
//! Everything outside of the scripts is blanked, so offsets stay those of the file. Knows the
//! file formats; templates are read in [`super::template`].

use std::ops::Range;

use crate::facts::{Export, Exported, FileFacts, FnId, FnKind, Node as Op, Span, Value};

use super::handlers::Written;
use super::kind::{Field, Kind};
use super::tree::Node;
use super::{Dialect, Lower, element, events, handlers, page, statement, template, tree};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComponentKind {
    Vue,
    Svelte,
    Astro,
    /// A template alone: the class stands in a file beside it.
    Angular,
}

struct Script {
    range: Range<usize>,
    /// Runs once for each instance of the component.
    instance: bool,
    typed: bool,
}

/// Lowers the scripts of a component and collects what its template mounts.
pub fn lower_component(text: &str, kind: ComponentKind) -> FileFacts {
    if text.len() > u32::MAX as usize / 2 {
        return super::too_large();
    }
    let mut scripts = scripts(text, kind);
    let mut source = blanked(text, &scripts);
    if kind == ComponentKind::Svelte {
        let handlers = page::handlers(text);
        page::write(text, &handlers, &mut source);
        let elements = element::write(text, &mut source);
        let script = |range| Script { range, instance: true, typed: false };
        scripts.extend(handlers.iter().map(page::Handler::all).chain(elements).map(script));
    }
    let source = String::from_utf8(source).unwrap_or_default();
    let typed = kind == ComponentKind::Astro || scripts.iter().any(|script| script.typed);
    let dialect = if typed { Dialect::Ts } else { Dialect::Tsx };
    let tree = tree::parse(&source, dialect);
    let mut lower = Lower::new(Span::new(0, text.len()));
    let found = template::scan(text, kind);
    let lowers = matches!(kind, ComponentKind::Vue | ComponentKind::Svelte);
    let lowers = lowers && scripts.iter().any(|script| script.instance);
    let written = lowers.then(|| handlers::written(text, &found, kind));
    if let Some(root) = tree.root() {
        lower.component(root, &scripts, (kind, dialect), written.as_ref());
    }
    let mut facts = lower.finish(&tree);
    facts.handlers.extend(handlers::names(&found, lowers));
    facts.ids = events::ids(text).map(String::from).collect();
    facts.mounts = found.mounts;
    facts.comments.extend(found.comments);
    facts
}

impl Lower {
    fn component(
        &mut self,
        root: Node,
        scripts: &[Script],
        (kind, dialect): (ComponentKind, Dialect),
        written: Option<&Written>,
    ) {
        let items = statement::flattened(root);
        let instance = |item: &Node| {
            let within = |script: &&Script| Span::new(script.range.start, script.range.end).contains(item.span());
            scripts.iter().find(within).is_some_and(|script| script.instance) && !is_module_level(*item, kind)
        };
        let (inside, outside): (Vec<Node>, Vec<Node>) = items.into_iter().partition(instance);
        self.hoist_vars(&outside);
        self.block_items(&outside);
        let Some(script) = scripts.iter().find(|script| script.instance) else { return };
        let span = Span::new(script.range.start, script.range.end);
        let id = self.instance(&inside, span, (kind, dialect), written);
        self.b.facts.component = Some(id);
        if !self.b.facts.exports.iter().any(|export| export.name == "default") {
            let what = Exported::Value(Value::Closure(id));
            self.b.facts.exports.push(Export { name: "default".into(), what, span });
        }
    }

    /// The synthetic function whose call is the making of one instance.
    fn instance(
        &mut self,
        items: &[Node],
        span: Span,
        (kind, dialect): (ComponentKind, Dialect),
        written: Option<&Written>,
    ) -> FnId {
        let id = self.b.open_function(FnKind::Function, Some("setup".into()), span);
        let flags = &mut self.b.function().flags;
        flags.renders = true;
        flags.is_async = kind == ComponentKind::Astro;
        let items: Vec<Node> = items.iter().filter_map(|item| as_local(*item)).collect();
        self.hoist_vars(&items);
        self.block_items(&items);
        if let Some(written) = written {
            self.handlers(written, dialect);
        }
        self.b.close_function();
        self.b.push(Op::Closure { function: id, inline: false });
        id
    }
}

/// A property's `export let` declares a variable of the instance.
fn as_local(item: Node) -> Option<Node> {
    if item.is(Kind::ExportStatement) { item.field(Field::Declaration) } else { Some(item) }
}

fn is_module_level(item: Node, kind: ComponentKind) -> bool {
    match item.kind() {
        Kind::ImportStatement | Kind::InterfaceDeclaration | Kind::TypeAlias | Kind::Ambient => true,
        Kind::ExportStatement => kind == ComponentKind::Astro || item.field(Field::Source).is_some(),
        _ => false,
    }
}

/// All but the scripts as spaces; line breaks stay.
fn blanked(text: &str, scripts: &[Script]) -> Vec<u8> {
    let mut out: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { b'\n' } else { b' ' }).collect();
    for script in scripts {
        if let (Some(to), Some(from)) = (out.get_mut(script.range.clone()), text.as_bytes().get(script.range.clone())) {
            to.copy_from_slice(from);
        }
    }
    out
}

fn scripts(text: &str, kind: ComponentKind) -> Vec<Script> {
    let mut found = Vec::new();
    if kind == ComponentKind::Angular {
        return found;
    }
    let mut at = 0;
    if let Some(range) = (kind == ComponentKind::Astro).then(|| template::frontmatter(text)).flatten() {
        at = range.end;
        found.push(Script { range, instance: true, typed: true });
    }
    while let Some(start) = next_script(text, at) {
        let Some(tag_end) = template::tag_end(text, start) else { break };
        let attributes = &text[start + "<script".len()..tag_end];
        at = tag_end + 1;
        if attributes.ends_with('/') {
            continue;
        }
        let end = text[at..].find("</script").map_or(text.len(), |length| at + length);
        if is_code(attributes) {
            let (instance, typed) = (is_instance(attributes, kind), attributes.contains("ts"));
            found.push(Script { range: at..end, instance, typed });
        }
        at = end;
    }
    found
}

/// The next `<script` that is a tag and not in a comment.
fn next_script(text: &str, mut at: usize) -> Option<usize> {
    loop {
        let start = at + text.get(at..)?.find('<')?;
        let rest = &text[start..];
        if rest.starts_with("<!--") {
            at = start + rest.find("-->")?;
            continue;
        }
        let after = rest.strip_prefix("<script").and_then(|rest| rest.chars().next());
        if after.is_some_and(|c| c.is_whitespace() || c == '>' || c == '/') {
            return Some(start);
        }
        at = start + 1;
    }
}

fn is_code(attributes: &str) -> bool {
    !["json", "text/template", "text/x", "text/html", "text/plain"].iter().any(|other| attributes.contains(other))
}

fn is_instance(attributes: &str, kind: ComponentKind) -> bool {
    let mut words = attributes.split_whitespace();
    match kind {
        ComponentKind::Vue => words.any(|word| word == "setup" || word.starts_with("setup=")),
        ComponentKind::Svelte => !words.any(|word| word == "module" || word.starts_with("context=")),
        ComponentKind::Astro | ComponentKind::Angular => false,
    }
}
