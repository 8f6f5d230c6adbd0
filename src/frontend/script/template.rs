//! A light scan of component templates for the components they mount, and under what condition.
//!
//! Reads tags, the directives that guard them, and block markers; expressions are skipped. Never
//! fails: what is not understood mounts nothing.

use std::ops::Range;

use crate::facts::{Comment, Guard, Mount, Span};

use super::ComponentKind;
use super::events::{Event, bound, handed, in_attributes};
use super::tree::comment_text;

/// How far up an end tag looks for its start, so that broken markup stays cheap.
const FARTHEST: usize = 64;

/// Bytes of a `{…}` that is skipped as one expression.
const LONGEST_EXPRESSION: usize = 4_000;

const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];

/// Tags of the framework that are no components of their own.
const BUILT_IN: [&str; 8] =
    ["KeepAlive", "Transition", "TransitionGroup", "Teleport", "Suspense", "Component", "RouterLink", "Fragment"];

/// What an element runs on an event.
pub(super) struct TagEvent<'t> {
    pub(super) tag: &'t str,
    pub(super) event: Event<'t>,
    /// Where the expression stands in the file.
    pub(super) range: Range<usize>,
}

/// What Vue takes for an element of the page and for no component, by the names in HTML and SVG.
const NATIVE: &str = "html body base head link meta style title address article aside footer header hgroup h1 h2 h3 h4 h5 h6 nav \
    section search div dd dl dt figcaption figure picture hr img li main ol p pre ul a b abbr bdi bdo br cite \
    code data dfn em i kbd mark q rp rt ruby s samp small span strong sub sup time u var wbr area audio map \
    track video embed object param source canvas script noscript del ins caption col colgroup table thead tbody \
    td th tr tfoot button datalist fieldset form input label legend meter optgroup option output progress select \
    textarea details dialog menu summary template blockquote iframe svg path g circle rect line text defs image \
    mask pattern polygon polyline ellipse filter stop symbol use view switch marker slot component";

pub(super) struct Found<'t> {
    pub(super) mounts: Vec<Mount>,
    pub(super) events: Vec<TagEvent<'t>>,
    pub(super) comments: Vec<Comment>,
}

struct Scan<'t> {
    text: &'t str,
    kind: ComponentKind,
    /// Open tags and blocks with the guard that they put on what is inside.
    open: Vec<(&'t str, Guard)>,
    found: Found<'t>,
}

pub(super) fn scan(text: &str, kind: ComponentKind) -> Found<'_> {
    let found = Found { mounts: Vec::new(), events: Vec::new(), comments: Vec::new() };
    let mut scan = Scan { text, kind, open: Vec::new(), found };
    let mut at = match kind {
        ComponentKind::Astro => frontmatter(text).map_or(0, |range| range.end + 3),
        _ => 0,
    };
    while let Some(next) = scan.step(at) {
        at = next;
    }
    scan.found
}

/// What stands between the two `---` lines at the head of the file.
pub(super) fn frontmatter(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start_matches('\u{feff}').trim_start().len();
    let body = start + text.get(start..)?.strip_prefix("---").map(|_| 3)?;
    let end = text[body..].find("\n---").map(|length| body + length + 1)?;
    Some(body..end)
}

/// The `>` that ends the tag which starts at `start`, quotes and braces respected.
pub(super) fn tag_end(text: &str, start: usize) -> Option<usize> {
    let mut quote = None;
    let mut braces = 0;
    for (index, byte) in text.bytes().enumerate().skip(start) {
        match (quote, byte) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'' | b'`') => quote = Some(byte),
            (None, b'{') => braces += 1,
            (None, b'}') => braces -= 1,
            (None, b'>') if braces <= 0 => return Some(index),
            _ => {}
        }
    }
    None
}

/// Behind the `}` that belongs to the `{` at `start`; the next byte where there is none nearby.
pub(super) fn brace_end(text: &str, start: usize) -> usize {
    let mut depth = 0;
    for (index, byte) in text.bytes().enumerate().skip(start).take(LONGEST_EXPRESSION) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return index + 1,
            b'}' => depth -= 1,
            _ => {}
        }
    }
    start + 1
}

impl<'t> Scan<'t> {
    /// Reads the next tag, comment or block at or after `at`; gives where to go on.
    fn step(&mut self, at: usize) -> Option<usize> {
        let marks: &[char] = if self.kind == ComponentKind::Angular { &['<', '{', '}', '@'] } else { &['<', '{'] };
        let start = at + self.text.get(at..)?.find(marks)?;
        let rest = &self.text[start..];
        match rest.as_bytes()[0] {
            b'}' => {
                self.close("}");
                return Some(start + 1);
            }
            b'@' => return Some(self.control(start)),
            _ => {}
        }
        if rest.starts_with("<!--") {
            return Some(self.comment(start));
        }
        match rest.as_bytes().get(1) {
            _ if rest.starts_with('{') => Some(self.brace(start)),
            Some(b'/') => Some(self.end_tag(start)),
            Some(byte) if byte.is_ascii_alphabetic() => self.start_tag(start),
            _ => Some(start + 1),
        }
    }

    fn comment(&mut self, start: usize) -> usize {
        let end = self.text[start..].find("-->").map_or(self.text.len(), |length| start + length + 3);
        let text = &self.text[start..end];
        if text.contains("connlint") {
            let (text, span) = (comment_text(text).to_string(), Span::new(start, end));
            self.found.comments.push(Comment { text, span });
        }
        end
    }

    /// Block markers of Svelte; other expressions are skipped where they cannot hold tags.
    fn brace(&mut self, start: usize) -> usize {
        let rest = &self.text[start..];
        match self.kind {
            ComponentKind::Vue | ComponentKind::Angular if rest.starts_with("{{") => {
                rest.find("}}").map_or(self.text.len(), |end| start + end + 2)
            }
            // One of several texts.
            ComponentKind::Angular => self.open_brace(start + 1, Guard::If),
            ComponentKind::Svelte => {
                self.block(&rest[1..]);
                brace_end(self.text, start)
            }
            _ => start + 1,
        }
    }

    /// `@if (…) {`: what is in the braces comes and goes.
    fn control(&mut self, start: usize) -> usize {
        let name = tag_name(&self.text[start + 1..]);
        let guard = match name {
            "for" => Guard::Each,
            "if" | "else" | "empty" | "switch" | "case" | "default" | "defer" | "placeholder" | "loading" | "error" => {
                Guard::If
            }
            _ => return start + 1,
        };
        let mut at = start + 1 + name.len();
        at += self.text[at..].strip_prefix(" if").map_or(0, |_| 3);
        let after = self.text[at..].trim_start();
        at = self.text.len() - after.len();
        if after.starts_with('(') {
            let Some(end) = parenthesis_end(after) else { return at };
            at += end;
        }
        let rest = self.text[at..].trim_start();
        if rest.starts_with('{') { self.open_brace(self.text.len() - rest.len() + 1, guard) } else { at.max(start + 1) }
    }

    fn open_brace(&mut self, behind: usize, guard: Guard) -> usize {
        let guard = self.within(guard);
        self.open.push(("}", guard));
        behind
    }

    fn block(&mut self, marker: &'t str) {
        for (name, guard) in [("if", Guard::If), ("each", Guard::Each), ("key", Guard::If), ("await", Guard::If)] {
            if marker.strip_prefix('#').is_some_and(|rest| rest.starts_with(name)) {
                let guard = self.within(guard);
                self.open.push((name, guard));
            } else if marker.strip_prefix('/').is_some_and(|rest| rest.starts_with(name)) {
                self.close(name);
            }
        }
    }

    fn end_tag(&mut self, start: usize) -> usize {
        let name = tag_name(&self.text[start + 2..]);
        self.close(name);
        start + 2 + name.len()
    }

    fn close(&mut self, name: &str) {
        let from = self.open.len().saturating_sub(FARTHEST);
        if let Some(index) = self.open[from..].iter().rposition(|(open, _)| *open == name) {
            self.open.truncate(from + index);
        }
    }

    fn start_tag(&mut self, start: usize) -> Option<usize> {
        let name = tag_name(&self.text[start + 1..]);
        let end = tag_end(self.text, start)?;
        if name == "script" || name == "style" {
            let close = format!("</{name}");
            return Some(self.text[end..].find(&close).map_or(self.text.len(), |length| end + length + close.len()));
        }
        let attributes = &self.text[start + 1 + name.len()..end];
        let from = start + 1 + name.len();
        self.found.events.extend(in_attributes(attributes).into_iter().map(|event| {
            let range = from + event.range.start..from + event.range.end;
            TagEvent { tag: name, event, range }
        }));
        let component = self.component(name);
        let own = if self.kind == ComponentKind::Angular {
            directive(name, attributes)
        } else {
            own_guard(&component, attributes)
        };
        let guard = self.within(own);
        if self.is_mount(name, &component) {
            let handed = handed(attributes).into_iter().map(String::from).collect();
            let bound = bound(attributes).into_iter().map(|(name, place)| (name.into(), place.into())).collect();
            self.found.mounts.push(Mount { component, guard, handed, bound, span: Span::new(start, end + 1) });
        }
        if !attributes.ends_with('/') && !VOID.contains(&name) {
            self.open.push((name, guard));
        }
        Some(end + 1)
    }

    fn component(&self, name: &str) -> String {
        let is_written_small = name.contains('-') || !NATIVE.split(' ').any(|native| native == name);
        if self.kind == ComponentKind::Vue && is_written_small { pascal(name) } else { name.to_string() }
    }

    fn is_mount(&self, name: &str, component: &str) -> bool {
        if self.kind == ComponentKind::Angular {
            return name.contains('-') && !name.starts_with("ng-");
        }
        component.starts_with(|c: char| c.is_ascii_uppercase()) && !BUILT_IN.contains(&component) && !name.contains(':')
    }

    fn within(&self, own: Guard) -> Guard {
        let outer = self.open.last().map_or(Guard::None, |(_, guard)| *guard);
        let order = [Guard::Each, Guard::KeepAlive, Guard::If, Guard::Route, Guard::IfShow, Guard::Show];
        order.into_iter().find(|guard| *guard == outer || *guard == own).unwrap_or(Guard::None)
    }
}

fn tag_name(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.:".contains(c));
    &text[..end.unwrap_or(text.len())]
}

fn pascal(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    });
    words.collect()
}

/// Structural directives of Angular, and content that is only shown when something asks for it.
fn directive(name: &str, attributes: &str) -> Guard {
    let mut words = attributes.split_whitespace();
    match words.find(|word| word.starts_with('*') || word.starts_with("[ngIf]")) {
        Some(word) if word.starts_with("*ngFor") => Guard::Each,
        Some(_) => Guard::If,
        None if name == "ng-template" => Guard::If,
        None => Guard::None,
    }
}

/// Behind the `)` that belongs to the `(` at the beginning.
fn parenthesis_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (index, byte) in text.bytes().enumerate().take(LONGEST_EXPRESSION) {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(index + 1),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn own_guard(component: &str, attributes: &str) -> Guard {
    let has = |names: &[&str]| {
        attributes.split_whitespace().any(|word| names.contains(&word.split('=').next().unwrap_or(word)))
    };
    let conditional = has(&["v-if", "v-else", "v-else-if"]);
    let shown = has(&["v-show"]);
    match component {
        _ if has(&["v-for"]) => Guard::Each,
        _ if conditional && shown => Guard::IfShow,
        _ if conditional => Guard::If,
        // Another key is another element.
        _ if has(&[":key", "v-bind:key"]) => Guard::If,
        _ if shown => Guard::Show,
        "RouterView" => Guard::Route,
        "KeepAlive" => Guard::KeepAlive,
        _ => Guard::None,
    }
}
