//! Hides credentials, references of projects and control characters in what is printed.
//!
//! Source frames show the text as written, which the facts' redaction has never touched. Works on
//! single lines; knows no language, only how URLs, quoted words and assignments look.

use std::ops::Range;
use std::path::Path;

use crate::facts::{conceal, redact};

/// Longer words before a `=` are no names of variables.
const NAME: usize = 60;

/// What a line of a file begins in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    Code,
    /// A text that began on a line before, or something that may be one.
    Text,
}

/// What is known of a line by those around it.
#[derive(Debug, Clone)]
pub(super) struct Around {
    pub begins: Begins,
    /// The beginning of the list whose parts the line goes on with, on one line.
    pub lead: String,
    /// How that list goes on.
    pub tail: String,
    /// A `key` here is one of credentials.
    pub credentials: bool,
}

impl From<Begins> for Around {
    fn from(begins: Begins) -> Self {
        Around { begins, lead: String::new(), tail: String::new(), credentials: false }
    }
}

/// A line as it is shown: [`redact::MARK`] in the place of each part that is hidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shown {
    pub text: String,
    /// Parts of the line, in order and apart from each other.
    hidden: Vec<Range<usize>>,
}

impl Shown {
    fn new(line: &str, mut hidden: Vec<Range<usize>>) -> Self {
        hidden.retain(|range| !range.is_empty());
        hidden.sort_by_key(|range| range.start);
        hidden.dedup_by(|next, range| {
            let meets = next.start <= range.end;
            range.end = if meets { range.end.max(next.end) } else { range.end };
            meets
        });
        let mut text = String::with_capacity(line.len());
        let mut at = 0;
        for range in &hidden {
            steady(&line[at..range.start], &mut text);
            text.push_str(redact::MARK);
            at = range.end;
        }
        steady(&line[at..], &mut text);
        Shown { text, hidden }
    }

    /// Something of the line is hidden.
    pub fn hides(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Where a place of the line stands in what is shown.
    pub fn at(&self, offset: usize) -> usize {
        let mut at = offset;
        for range in self.hidden.iter().take_while(|range| range.start < offset) {
            let inside = offset.min(range.end) - range.start;
            at = at - inside + if offset < range.end { inside.min(redact::MARK.len()) } else { redact::MARK.len() };
        }
        at
    }
}

/// Adds `?` for what would move the cursor, byte for byte.
fn steady(part: &str, shown: &mut String) {
    for c in part.chars() {
        if moves_cursor(c) { shown.extend(std::iter::repeat_n('?', c.len_utf8())) } else { shown.push(c) }
    }
}

/// A source line fit to be printed.
pub(super) fn line(line: &str) -> String {
    Shown::new(line, code(line, &Begins::Text.into())).text
}

/// A line of a file of this path as it may be shown.
pub(super) fn in_file(path: &str, text: &str, around: &Around) -> Shown {
    Shown::new(text, of_file(path, text, around))
}

/// A part of a file's code as it may be shown.
pub(super) fn in_code(text: &str, around: &Around) -> Shown {
    Shown::new(text, code(text, around))
}

/// What is hidden of a line, of which it may be known that it begins in code or in a text.
fn code(line: &str, around: &Around) -> Vec<Range<usize>> {
    let lead = around.lead.len();
    let own = |at: usize| at.clamp(lead, lead + line.len()) - lead;
    let hidden = secrets(&format!("{}{line}{}", around.lead, around.tail), around);
    hidden.into_iter().map(|range| own(range.start)..own(range.end)).collect()
}

fn of_file(path: &str, text: &str, around: &Around) -> Vec<Range<usize>> {
    let path = Path::new(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let environment = name.starts_with(".env") || name.ends_with(".env");
    let container = name.contains("Dockerfile") || name.starts_with("Procfile");
    let kinds = ["yml", "yaml", "toml", "ini", "cfg", "properties", "conf"];
    let kind = path.extension().and_then(|ext| ext.to_str()).is_some_and(|ext| kinds.contains(&ext));
    match (environment, container, kind) {
        (true, ..) => setting(text, true),
        (_, true, _) => command(text),
        (.., true) => setting(text, false),
        _ => code(text, around),
    }
}

/// `ENV NAME value` beside `NAME=value`, and flags with secret names.
fn command(text: &str) -> Vec<Range<usize>> {
    let mut words = text.split_whitespace();
    let declares =
        words.next().is_some_and(|word| word.eq_ignore_ascii_case("env") || word.eq_ignore_ascii_case("arg"));
    let name = words.next().filter(|name| declares && redact::private_key(name) && !name.contains('='));
    match name.and_then(|name| text.find(name).map(|at| at + name.len())) {
        Some(at) => whole(at + 1..text.len()),
        None => setting(text, false),
    }
}

fn whole(range: Range<usize>) -> Vec<Range<usize>> {
    vec![range]
}

/// A line of a settings file: the value of a secret-looking key is hidden, in an environment file
/// every value that is no number, switch or host; of URLs the secret parts only.
fn setting(text: &str, environment: bool) -> Vec<Range<usize>> {
    let separator: &[char] = if environment { &['='] } else { &['=', ':'] };
    let comment = text.trim_start().starts_with('#');
    let Some((key, value)) = text.split_once(separator).filter(|(key, _)| !environment || key.len() <= NAME) else {
        // Part of a value of several lines, as keys and certificates are.
        return if environment && !comment { whole(0..text.len()) } else { any(text) };
    };
    let trimmed = value.trim_matches(blank_or_quote);
    // `- name: DB_PASSWORD` stands on the line before.
    let pair = key.trim_matches(['-', ' ', '"']) == "value";
    let plain = !environment && !pair || is_plain(trimmed) || redact::host_key(key) || redact::is_host(trimmed);
    let open = !redact::private_key(key.trim()) && plain || is_placeholder(trimmed);
    if open || trimmed.contains("://") {
        return any(text);
    }
    let start = text.len() - value.trim_start_matches(blank_or_quote).len();
    whole(start..start + trimmed.len())
}

fn any(text: &str) -> Vec<Range<usize>> {
    code(text, &Begins::Text.into())
}

fn blank_or_quote(c: char) -> bool {
    c.is_whitespace() || c == '"' || c == '\''
}

/// Prose: one that quotes a secret of the source loses it.
pub(super) fn words(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A name or path in a line of text: `?` for what would move the cursor or begin another line.
pub fn name(text: &str) -> String {
    text.chars().map(|c| if moves_cursor(c) { '?' } else { c }).collect()
}

fn is_plain(value: &str) -> bool {
    value.len() < 16 && value.chars().all(|c| c.is_ascii_digit()) || matches!(value, "true" | "false")
}

fn moves_cursor(c: char) -> bool {
    c.is_control() && c != '\t'
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

fn secrets(line: &str, around: &Around) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    urls(line, &mut found);
    quoted(line, around.credentials, &mut found);
    let comment = line.contains('#') || line.contains("//");
    if around.begins == Begins::Text || comment {
        let end = line.find(['"', '\'', '`']).unwrap_or(line.len());
        assignments(&line[..end], 0, &mut found);
    }
    found
}

fn urls(line: &str, found: &mut Vec<Range<usize>>) {
    for (at, mark) in line.match_indices("://") {
        let start = at + mark.len();
        let rest = &line[start..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>|\\".contains(c)).unwrap_or(rest.len());
        let url = &rest[..end];
        let web = redact::is_web(&line[..at]);
        let host = user(url, start, web, found);
        hosts(&url[host..], start + host, found);
        parameters(url, start, found);
    }
}

/// User and password in what follows `://`; gives where the host begins.
fn user(url: &str, start: usize, web: bool, found: &mut Vec<Range<usize>>) -> usize {
    let Some(at) = redact::user_end(url, web) else { return 0 };
    let colon = url[..at].find(':').unwrap_or(at);
    for range in [0..colon, (colon + 1).min(at)..at] {
        if !is_placeholder(&url[range.clone()]) {
            found.push(range.start + start..range.end + start);
        }
    }
    at + 1
}

/// References of projects in the hosts of an address.
fn hosts(rest: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let end = rest.find(['/', '?', '#', ';', ')', '}']).unwrap_or(rest.len());
    let mut at = 0;
    for host in rest[..end].split(',') {
        let secrets = redact::host_secrets(host);
        found.extend(secrets.into_iter().map(|range| range.start + at + start..range.end + at + start));
        at += host.len() + 1;
    }
}

fn parameters(url: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let Some(query) = url.find('?') else { return };
    let mut at = query + 1;
    for pair in url[at..].split('&') {
        if let Some((key, value)) = pair.split_once('=')
            && redact::private_key(key)
            && !is_placeholder(value)
        {
            let from = start + at + key.len() + 1;
            found.push(from..from + value.len());
        }
        at += pair.len() + 1;
    }
}

/// `${password}`, `{password}`, `%s`, `<password>`, nothing at all.
fn is_placeholder(text: &str) -> bool {
    let inner = text.strip_prefix('$').unwrap_or(text).strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let name = |text: &str| text.chars().all(|c| c.is_alphanumeric() || "_.!?()[]".contains(c));
    text.is_empty() || inner.is_some_and(name) || text == "%s" || text.chars().all(|c| c == '*')
}

/// Quoted words that are keys or tokens by their look, or by the name they are given to.
fn quoted(line: &str, credentials: bool, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    let mut words: Vec<Range<usize>> = Vec::new();
    while let Some(open) = line[at..].find(['"', '\'', '`']).map(|open| at + open) {
        let quote = &line[open..open + 1];
        let start = open + 1;
        // A text that ends on a later line.
        let length = line[start..].find(quote).unwrap_or(line.len() - start);
        let word = &line[start..start + length];
        if is_secret(word, &line[..open], credentials) {
            found.push(start..start + length);
        } else if !word.contains("://") {
            assignments(word, start, found);
            found.extend(redact::sql(word).into_iter().map(|range| range.start + start..range.end + start));
        }
        words.push(start..start + length);
        at = (start + length + 1).min(line.len());
    }
    joined(line, &words, found);
    positions(line, &words, found);
    lists(line, &words, found);
}

/// User and password of an address that several words come to: `"postgres://" + "user" + ":" + …`.
fn joined(line: &str, words: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    for (first, word) in words.iter().enumerate().filter(|(_, word)| line[(*word).clone()].contains("://")) {
        let own = &words[first..];
        let whole: String = own.iter().map(|word| &line[word.clone()]).collect();
        let Some(hidden) = redact::user_within(&whole).filter(|hidden| hidden.end > word.len()) else { continue };
        let mut at = 0;
        for part in own {
            let (start, end) = (hidden.start.clamp(at, at + part.len()), hidden.end.clamp(at, at + part.len()));
            found.push(part.start + start - at..part.start + end - at);
            at += part.len();
        }
    }
}

/// `new Client("database", "user", "password", { … })`
fn positions(line: &str, words: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    let between = |left: &Range<usize>, right: &Range<usize>| line[left.end + 1..right.start - 1].trim() == ",";
    for pair in words.windows(2).filter(|pair| between(&pair[0], &pair[1])) {
        let options = line.get(pair[1].end + 1..).unwrap_or_default().trim_start();
        let made =
            line[..pair[0].start - 1].rsplit_once("new ").is_some_and(|(_, rest)| rest.matches(',').count() == 1);
        if made && options.strip_prefix(',').is_some_and(|rest| rest.trim_start().starts_with('{')) {
            found.extend(pair.iter().cloned());
        }
    }
}

/// Texts one after the other as a call is given them, `connect("host", "user", "password")`, and as pairs of a name
/// and a secret are, `set("password", "…")`, `[("password", "…")]`.
fn lists(line: &str, words: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    let follows = |pair: &[Range<usize>]| bare(&line[pair[0].end + 1..pair[1].start - 1]) == ",";
    let mut first = 0;
    while first < words.len() {
        let more = words[first..].windows(2).take_while(|pair| follows(pair)).count();
        let run = &words[first..=first + more];
        found.extend(private(line, run).iter().cloned());
        first += run.len();
    }
}

/// Those of a run of texts that are a user and a password.
fn private<'w>(line: &str, run: &'w [Range<usize>]) -> &'w [Range<usize>] {
    let before = unprefixed(&line[..run[0].start - 1]).trim_end();
    let (Some(outer), true) = (before.strip_suffix(['(', '[']), run.len() > 1) else { return &[] };
    let callee = last_name(outer);
    let (name, given) = (&line[run[0].clone()], &line[run[1].clone()]);
    let names = redact::names_secret(name) && !given.contains(char::is_whitespace) && !given.eq_ignore_ascii_case(name);
    let outer = outer.trim_end();
    let first = outer.ends_with('[') || before.ends_with('(') && outer.is_empty();
    let pairs = first || outer.strip_suffix(',').is_some_and(|more| more.trim_end().ends_with([')', ']']));
    match run.len() {
        2 if names && (pairs || redact::keeps_under(callee)) => &run[1..],
        // Paths are no users: `router.login("/login", "…")`.
        _ if line[run[0].clone()].starts_with('/') || callee.is_empty() => &[],
        texts => redact::logs_in(callee, texts).map_or(&[], |first| &run[first..]),
    }
}

/// What stands between two texts, without conversions of the first and marks of the second.
fn bare(between: &str) -> &str {
    let mut rest = between.trim();
    for ending in [".to_string()", ".to_owned()", ".into()"] {
        rest = rest.strip_prefix(ending).unwrap_or(rest);
    }
    let rest = rest.trim_end_matches(['b', 'r', 'f', 'u', '&']).trim_end();
    rest.strip_suffix("Some(").unwrap_or(rest).trim()
}

/// `password=x` words of connection strings and commands.
fn assignments(text: &str, offset: usize, found: &mut Vec<Range<usize>>) {
    let mut flag = false;
    for piece in redact::pieces(text) {
        let word = &text[piece.clone()];
        let value = word.split_once('=').map_or(word, |(_, value)| value);
        let end = offset + piece.end;
        let given = word.split_once('=').is_some_and(|(key, _)| redact::private_word(key));
        // `auth=(` of a list that follows.
        let given = given && !value.chars().all(|c| matches!(c, '(' | '[' | '{'));
        if (given || flag && !word.starts_with('-')) && !is_placeholder(value) && !value.contains("://") {
            found.push(end - value.len()..end);
        } else if redact::is_host(value) {
            hosts(value, end - value.len(), found);
        }
        flag = word.starts_with("--") && !word.contains('=') && redact::secret_key(word);
    }
}

fn is_secret(word: &str, before: &str, credentials: bool) -> bool {
    if word.is_empty() || word.contains("://") || is_placeholder(word) {
        return false;
    }
    let token = redact::text(word) == redact::MARK;
    let keeps = |name: &String| conceal::keeps(name, word) || credentials && name == "key";
    token || !word.contains("://") && givers(before).iter().any(keeps)
}

/// Names that only hand a value on.
const HANDING: &[&str] = &["default", "default_value", "value"];

/// Calls that give what they are given, in another type. What other calls are given is not what they give:
/// `secrets = boto3.client("secretsmanager")`.
const CONVERTING: &[&str] = &["", "String", "str", "bytes", "from", "to_string", "Some", "Ok", "b64decode"];

/// The names that a value is given to, from the inside out: the key, keyword or variable before it, also
/// through a call around it (`password = SecretStr("…")`) and beside an environment read.
fn givers(before: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = unprefixed(before).trim_end();
    if let Some(outer) = list(rest) {
        rest = outer;
    }
    for _ in 0..6 {
        if let Some(outer) = rest.strip_suffix('(') {
            let callee = last_name(outer);
            if outer[..outer.len() - callee.len()].ends_with('.') && redact::private_method(callee) {
                found.push("password".to_string());
            }
            if !callee.starts_with("Secret") && !CONVERTING.contains(&callee) {
                break;
            }
            rest = outer.trim_end_matches(|c: char| is_name(c) || c == '.').trim_end();
            continue;
        }
        let beside = ["||", "??", " or", ","].iter().find_map(|mark| rest.strip_suffix(mark));
        let Some(outer) = beside.or_else(|| rest.strip_suffix(['=', ':'])) else { break };
        let outer = outer.trim_end().trim_end_matches(['"', '\'', ')', ']', ':']).trim_end();
        let name = last_name(outer);
        // After a comma only a flag, `["--password", "…"]`, or the name of a setting, `getenv("DB_PASSWORD", "…")`.
        let word = outer.rsplit(['"', '\'']).next().unwrap_or_default();
        if beside == rest.strip_suffix(',') && word.starts_with("--") {
            found.push(word.trim_start_matches('-').to_string());
        }
        if beside.is_none()
            || name.len() > 2 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        {
            found.push(name.to_string());
        }
        // `password: str = "…"`
        if let Some((named, ty)) = outer.rsplit_once(':').filter(|_| beside.is_none())
            && !ty.contains([',', '{', '('])
        {
            found.push(last_name(named.trim_end().trim_end_matches(['"', '\'', '?', '!'])).to_string());
        }
        if !HANDING.contains(&name) {
            break;
        }
        rest = outer[..outer.len() - name.len()].trim_end();
    }
    found
}

/// What stands before the list of mere texts that goes on here: `auth=` of `auth=("user", `.
fn list(before: &str) -> Option<&str> {
    let mut rest = before;
    while let Some(outer) = rest.strip_suffix(',') {
        let word = outer.trim_end().strip_suffix(['"', '\''])?;
        rest = unprefixed(&word[..word.rfind(['"', '\''])?]).trim_end();
    }
    let outer = rest.strip_suffix(['(', '[']).map(str::trim_end);
    match outer {
        Some(outer) => Some(outer).filter(|outer| outer.ends_with(['=', ':'])),
        None => Some(rest).filter(|_| before.ends_with(',') && rest.ends_with('=')),
    }
}

/// Without the mark of a raw or formatted text: `r#"…"#`, `f"…"`.
fn unprefixed(before: &str) -> &str {
    let rest = before.trim_end_matches('#');
    let plain = rest.trim_end_matches(|c: char| "rbfuRBFU".contains(c));
    if rest.len() - plain.len() <= 2 && !plain.ends_with(is_name) { plain } else { before }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

fn last_name(text: &str) -> &str {
    text.rsplit(|c: char| !is_name(c)).next().unwrap_or_default()
}
