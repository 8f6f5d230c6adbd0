//! What containers and process managers start: Dockerfiles, Compose files, Procfiles, scripts.
//!
//! Commands become one text whether written as list or not. Never fails: a line that is nothing of
//! interest is left out.

use super::tree::{Data, Member, Node, flatten, text_entry};
use crate::facts::Span;
use crate::facts::settings::Entry;

/// One entry a process type.
pub(super) fn procfile(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        entries.extend(process(line.trim_end(), start));
        start += line.len();
    }
    entries
}

fn process(line: &str, start: usize) -> Option<Entry> {
    let (name, command) = line.split_once(':').filter(|_| !line.starts_with('#'))?;
    let command = command.trim_start();
    let span = Span::new(start + line.len() - command.len(), start + line.len());
    Some(text_entry(name.trim(), command, span, Span::new(start, start + name.len())))
}

/// The commands of a script under `run`, lines that go on joined, and what its variables are set to under `set`;
/// what is neither does no harm.
pub(super) fn shell(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut lines = text.split_inclusive('\n');
    let mut end = 0;
    while let Some(line) = lines.next() {
        let start = end;
        end += line.len();
        let mut joined = joint(line).unwrap_or(line).to_string();
        while joined.len() < end - start
            && text[..end].trim_end().ends_with('\\')
            && let Some(next) = lines.next()
        {
            end += next.len();
            joined.push_str(joint(next).unwrap_or(next));
        }
        let command = joined.trim();
        if command.starts_with('#') {
            continue;
        }
        let (span, key_span) = (Span::new(start, start + text[start..end].trim_end().len()), Span::new(start, start));
        let set = assignments(command);
        entries.extend(set.iter().map(|(name, value)| text_entry(format!("set.{name}"), value, span, key_span)));
        if command.contains(' ') {
            entries.push(text_entry(format!("run.{}", entries.len()), command, span, key_span));
        }
    }
    entries
}

/// `NAME="${NAME:-4}"`, `export NAME=4`, `NAME=4 command`, `: "${NAME:=4}"`.
fn assignments(line: &str) -> Vec<(String, String)> {
    let words = words(line);
    let words = words.iter().skip_while(|word| matches!(word.as_str(), "export" | "readonly" | "local" | ":"));
    words.map_while(|word| assigned(word)).collect()
}

fn assigned(word: &str) -> Option<(String, String)> {
    let inner = word.strip_prefix("${").and_then(|inner| inner.strip_suffix('}'));
    let (name, value) = inner.map_or_else(|| word.split_once('='), |inner| inner.split_once(":="))?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then(|| (name.to_string(), inner.map_or(value.to_string(), |_| word.to_string())))
}

/// `CMD`, `ENTRYPOINT`, `ENV` and what is copied from the project, of the stages that are run, in order.
pub(super) fn dockerfile(text: &str) -> Vec<Entry> {
    let mut stages = vec![Stage::default()];
    let mut lines = text.split_inclusive('\n');
    let mut end = 0;
    while let Some(line) = lines.next() {
        let start = end;
        end += line.len();
        let mut joined = joint(line).unwrap_or(line).to_string();
        let mut open = joint(line).is_some();
        while open && let Some(next) = lines.next() {
            end += next.len();
            let comment = next.trim_start().starts_with('#');
            joined.push_str(if comment { "" } else { joint(next).unwrap_or(next) });
            open = comment || joint(next).is_some();
        }
        let span = Span::new(start, start + text[start..end].trim_end().len());
        match Stage::begun(joined.trim()) {
            Some(stage) => stages.push(stage),
            None => {
                stages.last_mut().into_iter().for_each(|stage| instruction(joined.trim(), span, &mut stage.entries))
            }
        }
    }
    run(stages)
}

/// A part of a Dockerfile, from one `FROM` to the next.
#[derive(Default)]
struct Stage {
    base: String,
    name: String,
    entries: Vec<Entry>,
}

impl Stage {
    /// `FROM base AS name`.
    fn begun(line: &str) -> Option<Stage> {
        let mut words = line.split_whitespace().filter(|word| !word.starts_with("--"));
        words.next().filter(|word| word.eq_ignore_ascii_case("FROM"))?;
        let base = words.next()?.to_ascii_lowercase();
        let name = words.nth(1).unwrap_or_default().to_ascii_lowercase();
        Some(Stage { base, name, entries: Vec::new() })
    }

    fn is_started(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.key.as_str(), "CMD" | "ENTRYPOINT"))
    }
}

/// What holds for a container: the last stage, those with a command of their own, and what these build on.
/// What only compiles is not run.
fn run(stages: Vec<Stage>) -> Vec<Entry> {
    let last = stages.len() - 1;
    let mut wanted: Vec<bool> = stages.iter().enumerate().map(|(at, stage)| at == last || stage.is_started()).collect();
    for at in (0..stages.len()).rev().filter(|at| *at > 0) {
        let base = stages[..at].iter().rposition(|other| !other.name.is_empty() && other.name == stages[at].base);
        if let Some(base) = base.filter(|_| wanted[at]) {
            wanted[base] = true;
        }
    }
    stages.into_iter().zip(wanted).filter(|(_, wanted)| *wanted).flat_map(|(stage, _)| stage.entries).collect()
}

/// The line before the `\` that joins it to the next one.
fn joint(line: &str) -> Option<&str> {
    line.trim_end().strip_suffix('\\').filter(|_| !line.trim_start().starts_with('#'))
}

/// The span is the whole instruction's: continued lines leave no better one.
fn instruction(line: &str, span: Span, entries: &mut Vec<Entry>) {
    let Some((name, rest)) = line.split_once(char::is_whitespace) else { return };
    let name = name.to_ascii_uppercase();
    let key_span = Span { start: span.start, end: span.start + name.len() as u32 };
    match name.as_str() {
        "CMD" | "ENTRYPOINT" => entries.push(text_entry(name, &command(rest.trim()), span, key_span)),
        "COPY" | "ADD" if !rest.contains("--from") => {
            let words = command(rest.trim());
            let words: Vec<&str> = words.split_whitespace().filter(|word| !word.starts_with("--")).collect();
            entries.push(text_entry("COPY", &words.join(" "), span, key_span));
        }
        "ENV" => {
            let pairs = variables(rest.trim());
            entries.extend(pairs.iter().map(|(key, value)| text_entry(format!("ENV.{key}"), value, span, key_span)));
        }
        _ => {}
    }
}

/// `["a", "b"]` is `a b`; anything else is a shell's command.
fn command(text: &str) -> String {
    let list: Option<Vec<String>> = serde_json::from_str(text).ok();
    list.map_or_else(|| text.to_string(), |words| words.join(" "))
}

/// `A=1 B="two words"`, or the old form `A the rest`.
fn variables(text: &str) -> Vec<(String, String)> {
    let first = text.split_whitespace().next().unwrap_or("");
    if !first.contains('=') {
        let rest = text[first.len()..].trim();
        return vec![(first.to_string(), rest.to_string())];
    }
    let pair = |word: String| word.split_once('=').map(|(key, value)| (key.to_string(), value.to_string()));
    words(text).into_iter().filter_map(pair).collect()
}

/// Words of a shell line, their quotes taken off.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for c in text.chars() {
        let Some(word) = words.last_mut() else { break };
        match c {
            c if escaped => word.push(c),
            '\\' => {}
            c if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if c.is_whitespace() && quote.is_none() => words.push(String::new()),
            c => word.push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A Compose file with `environment` as a mapping and commands as texts, however written.
pub(super) fn compose(root: &Node) -> Vec<Entry> {
    let mut root = root.clone();
    for service in services(&mut root) {
        let Data::Map(members) = &mut service.value.data else { continue };
        for member in members {
            match member.key.as_str() {
                "environment" => member.value.data = environment(&member.value),
                "command" | "entrypoint" if !member.value.items().is_empty() => {
                    member.value.data = Data::Str(member.value.texts().join(" "));
                }
                _ => {}
            }
        }
    }
    flatten(&root)
}

fn services(root: &mut Node) -> &mut [Member] {
    let Data::Map(members) = &mut root.data else { return &mut [] };
    match members.iter_mut().find(|member| member.key == "services").map(|member| &mut member.value.data) {
        Some(Data::Map(services)) => services,
        _ => &mut [],
    }
}

/// `- NAME=value` items as members; a mapping stays.
fn environment(node: &Node) -> Data {
    let Data::List(items) = &node.data else { return node.data.clone() };
    let member = |item: &Node| {
        let text = item.str()?;
        let (key, data) = match text.split_once('=') {
            Some((key, value)) => (key, Data::Str(value.to_string())),
            None => (text, Data::Null),
        };
        Some(Member { key: key.to_string(), key_span: item.span, value: Node { span: item.span, data } })
    };
    Data::Map(items.iter().filter_map(member).collect())
}
