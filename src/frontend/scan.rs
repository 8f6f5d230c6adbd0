//! A look at a file without parsing it: its identifiers, and what it imports.
//!
//! Most files have nothing to do with connections. What this finds decides which are worth parsing,
//! and keeps the module graph whole for those that are not. Comments and strings are not told from
//! code: too much is harmless, too little is not. Knows no library.

use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memmem, memrchr};
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

use super::asked::{Asked, Names};
use super::own_folder;
use crate::facts::build::Builder;
use crate::facts::{FileFacts, Import, ImportKind, Language, Span, Submodule};

/// What a file mentions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scan {
    /// Hashes of its identifiers, of called methods with their dot, and of what objects are made of, sorted.
    names: Vec<u32>,
    /// Module specifiers or paths as written.
    pub imports: Vec<String>,
    /// Those of them that only bring types in, sorted: `import type`.
    type_imports: Vec<String>,
    /// Rust `mod name;`.
    pub submodules: Vec<String>,
    /// Those of them that test builds alone have.
    pub test_modules: Vec<String>,
    /// Strings that end as the names of Rust files do: where an attribute or a macro may place modules.
    pub rust_paths: Vec<String>,
    /// What may be paths of folders whose files a Rust macro declares: strings that end a list of arguments.
    pub rust_folders: Vec<String>,
    /// The names in paths that Rust passes all names on from: `pub use a::b::*`.
    pub globbed: Vec<String>,
    /// Something in it may be a comment for connlint.
    pub remarks: bool,
    /// It may pass on all names of what it imports: `export *`, `import *`, `use x::*`; or it lists modules.
    pub passes_on: bool,
    /// Where it is noted for which names the file was asked.
    #[serde(skip)]
    asked: Option<Arc<Asked>>,
}

impl Scan {
    pub fn of(text: &str, language: Language) -> Scan {
        let remarks = holds(text, "connlint-");
        let globbed = if language == Language::Rust { rust_globs(text) } else { Vec::new() };
        let passes_on = passes_on(text, language) || !globbed.is_empty();
        let mut scan = Scan { names: names(text.as_bytes(), language), remarks, passes_on, globbed, ..Scan::default() };
        match language {
            Language::Script => (scan.imports, scan.type_imports) = script_imports(text),
            Language::Python => scan.imports = python_imports(text),
            Language::Rust => {
                scan.imports = rust_passed_crates(text).map(str::to_string).collect();
                scan.submodules = rust_modules(text);
                if !scan.submodules.is_empty() {
                    scan.test_modules = rust_test_modules(text);
                }
                scan.rust_paths = rust_paths(text).into_iter().map(str::to_string).collect();
                scan.rust_folders = rust_folders(text).map(str::to_string).collect();
            }
        }
        scan
    }

    /// The same scan, which notes for which names it is asked.
    pub fn noting(self, asked: &Arc<Asked>) -> Self {
        Self { asked: Some(Arc::clone(asked)), ..self }
    }

    /// Whether the file is the other one in all but names that were not asked for.
    pub fn answers_as(&self, other: &Scan, asked: &Names) -> bool {
        let rest = |scan: &Scan| Scan { names: Vec::new(), asked: None, ..scan.clone() };
        let lacks = |scan: &Scan, name: &u32| scan.names.binary_search(name).is_err();
        let gone = self.names.iter().filter(|name| lacks(other, name));
        let come = other.names.iter().filter(|name| lacks(self, name));
        let differing: Vec<u32> = gone.chain(come).copied().collect();
        !asked.hold_any(&differing) && rest(self) == rest(other)
    }

    /// Hashes of the identifiers, sorted.
    pub fn names(&self) -> &[u32] {
        &self.names
    }

    pub fn mentions(&self, name: u32) -> bool {
        self.asked.iter().for_each(|asked| asked.note(name));
        self.names.binary_search(&name).is_ok()
    }

    /// It may make an object of the class.
    pub fn makes(&self, class: &str) -> bool {
        let name = name_hash(class);
        self.mentions(made_hash(name)) || self.mentions(name_hash(&format!(".{class}"))) || !is_class_name(class)
    }

    /// Facts that hold the imports alone.
    pub fn skeleton(&self, language: Language) -> FileFacts {
        let mut facts = Builder::new(language, Span::default()).finish();
        let import = |module: &String| Import {
            module: module.clone(),
            name: "*".into(),
            kind: ImportKind::Effect,
            type_only: self.type_imports.binary_search(module).is_ok(),
            span: Span::default(),
            statement: Span::default(),
        };
        facts.imports = self.imports.iter().map(import).collect();
        let submodule =
            |name: &String| Submodule { name: name.clone(), path: None, test: self.test_modules.contains(name) };
        facts.submodules = self.submodules.iter().map(submodule).collect();
        facts.functions.shrink_to_fit();
        facts
    }
}

/// The hash under which a name is looked up.
pub fn name_hash(name: &str) -> u32 {
    hash(name.as_bytes())
}

/// The hash under which a name is looked up where it stands in a path of Rust.
pub fn path_hash(name: &str) -> u32 {
    in_path_hash(name_hash(name))
}

/// The hash of a method of scripts that is called on what the other name stands for: `session.findFirst()`.
pub fn method_hash(on: &str, method: &str) -> u32 {
    method_on(name_hash(on), name_hash(method))
}

/// The same by the hashes of both.
fn method_on(on: u32, method: u32) -> u32 {
    (on.rotate_left(15) ^ method ^ 0x27d4_eb2f).wrapping_mul(0x1656_67b1)
}

/// The hash of a class of which objects are made, by that of its name.
fn made_hash(name: u32) -> u32 {
    (name ^ 0x1b87_3593).wrapping_mul(0x85eb_ca6b)
}

/// Written as classes are. Of others nothing is known of where objects are made.
pub fn is_class_name(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(|first: char| first.is_ascii_uppercase())
}

/// The hash of a name in a path, by that of the name.
fn in_path_hash(name: u32) -> u32 {
    (name ^ 0x5bd1_e995).wrapping_mul(0x9e37_79b1)
}

fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    bytes.hash(&mut hasher);
    (hasher.finish() >> 32) as u32
}

fn is_word(byte: u8) -> bool {
    WORDS[byte as usize]
}

/// Which bytes are part of names.
const WORDS: [bool; 256] = {
    let mut words = [false; 256];
    let mut byte = 0;
    while byte < words.len() {
        let at = byte as u8;
        words[byte] = at.is_ascii_alphanumeric() || at == b'_' || at == b'$' || at >= 0x80;
        byte += 1;
    }
    words
};

/// Where a text stands in another.
fn places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    memmem::find_iter(text.as_bytes(), word.as_bytes())
}

fn holds(text: &str, word: &str) -> bool {
    memmem::find(text.as_bytes(), word.as_bytes()).is_some()
}

fn names(bytes: &[u8], language: Language) -> Vec<u32> {
    let mut found = Vec::with_capacity(bytes.len() / 16);
    let mut at = 0;
    while at < bytes.len() {
        if !is_word(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_word(bytes[at]) {
            at += 1;
        }
        let name = hash(&bytes[start..at]);
        if !bytes[start].is_ascii_digit() {
            found.push(name);
        }
        let next = bytes[at..].iter().find(|byte| **byte != b' ');
        let called = matches!(next, Some(b'(')) || bytes.get(at) == Some(&b'<');
        if called && start > 0 && bytes[start - 1] == b'.' {
            found.push(hash(&bytes[start - 1..at]));
            let on = receiver(&bytes[..start - 1]).filter(|_| language == Language::Script);
            found.extend(on.map(|on| method_on(hash(on), name)));
        }
        if called && makes_object(bytes, start, language) {
            found.push(made_hash(name));
        }
        if language == Language::Rust && in_path(bytes, start..at) {
            found.push(in_path_hash(name));
        }
    }
    found.sort_unstable();
    found.dedup();
    found.shrink_to_fit();
    found
}

/// The name before a dot: `session` of `prisma.session?.findFirst()`.
fn receiver(before: &[u8]) -> Option<&[u8]> {
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"?").or_else(|| before.strip_suffix(b"!")).unwrap_or(before);
    let start = before.iter().rposition(|byte| !is_word(*byte)).map_or(0, |at| at + 1);
    Some(&before[start..]).filter(|name| !name.is_empty())
}

/// The name that begins there and is called is one of a class: `new Shop(…)`, `Shop(…)` of Python.
fn makes_object(bytes: &[u8], start: usize, language: Language) -> bool {
    match language {
        Language::Script => bytes[..start].trim_ascii_end().ends_with(b"new"),
        Language::Python => bytes[start..].iter().find(|byte| **byte != b'_').is_some_and(u8::is_ascii_uppercase),
        Language::Rust => false,
    }
}

/// Part of a path of Rust, or of a list in one: `a::b`, `a::{b, c}`.
fn in_path(bytes: &[u8], name: Range<usize>) -> bool {
    let (before, after) = (&bytes[..name.start], &bytes[name.end..]);
    let listed = || {
        let before = before.trim_ascii_end().last();
        matches!(before, Some(b'{' | b',')) && matches!(after.first(), Some(b',' | b'}'))
    };
    before.ends_with(b"::") || after.starts_with(b"::") || listed()
}

fn passes_on(text: &str, language: Language) -> bool {
    match language {
        Language::Script => {
            ["export *", "...require(", "exports = require("].iter().any(|form| holds(text, form))
                || lists_modules(text)
        }
        Language::Python => holds(text, "import *"),
        Language::Rust => false,
    }
}

/// An index: it imports modules and exports them under names of its own, and does nothing else.
fn lists_modules(text: &str) -> bool {
    let lists = ["exports = {", "export {", "export default {"].iter().any(|form| holds(text, form));
    let imports = ["import ", "require("].iter().any(|form| holds(text, form));
    lists && imports && !["function", "=>", "class ", "new "].iter().any(|form| holds(text, form))
}

/// Strings after `from`, `import`, `require(`, `import(`; and those that types alone are taken from.
fn script_imports(text: &str) -> (Vec<String>, Vec<String>) {
    let (mut found, mut loaded) = (Vec::new(), Vec::new());
    for keyword in ["from", "import", "require", "resolve", "URL"] {
        for at in places(text, keyword) {
            let rest = text[at + keyword.len()..].trim_start_matches([' ', '(', '\n', '\r', '\t']);
            let Some(specifier) = specifier(rest) else { continue };
            if keyword != "from" || !takes_types(&text[..at]) && !only_types(text, at) {
                loaded.push(specifier.clone());
            }
            found.push(specifier);
        }
    }
    found.sort();
    found.dedup();
    let types = found.iter().filter(|module| !loaded.contains(module)).cloned().collect();
    (found, types)
}

/// The text that stands there, or the path from the folder of the file.
fn specifier(text: &str) -> Option<String> {
    let own = own_folder::path(text).filter(|(_, rest)| rest.trim_start().starts_with(')'));
    own.map(|(path, _)| path).or_else(|| quoted(text).map(str::to_string))
}

/// The statement that ends so is `import type …` or `import { type A }`.
fn takes_types(before: &str) -> bool {
    let Some(start) = before.rfind("import").max(before.rfind("export")) else { return false };
    let clause = before[start + "import".len()..].trim();
    let names = clause.strip_prefix("type").filter(|rest| rest.starts_with([' ', '\n', '\t', '{', '*']));
    if names.is_some_and(|names| !names.trim_start().starts_with(',')) {
        return !clause.contains([';', '"', '\'']);
    }
    let listed = clause.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let mut names = listed.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()).peekable();
    names.peek().is_some() && names.all(|name| name.starts_with("type "))
}

/// The statement that ends so is `import { A, B }`, and types alone are made of these names, which the compiler then
/// drops. Where decorators occur, written types may be values.
fn only_types(text: &str, end: usize) -> bool {
    let Some(start) = text[..end].rfind("import") else { return false };
    let clause = text[start + "import".len()..end].trim();
    let listed = clause.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
    let local =
        |part: &'_ str| part.rsplit(" as ").next().map(|name| name.trim().trim_start_matches("type ").to_string());
    let names: Vec<String> = listed.split(',').filter_map(local).filter(|name| !name.is_empty()).collect();
    let decorated = |(at, _): (usize, &str)| text[at + 1..].starts_with(|c: char| c.is_ascii_uppercase());
    !names.is_empty()
        && names.iter().all(|name| name.starts_with(|c: char| c.is_ascii_uppercase()))
        && names.iter().all(|name| stands_for_type(text, name, start..end))
        && !text.match_indices('@').any(decorated)
}

/// Every use of the name but the import stands where a type does.
fn stands_for_type(text: &str, name: &str, import: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let whole = |at: usize| {
        let after = bytes.get(at + name.len()).is_some_and(|byte| is_word(*byte));
        !after && (at == 0 || !is_word(bytes[at - 1]))
    };
    let uses = text.match_indices(name).map(|(at, _)| at).filter(|at| whole(*at) && !import.contains(at));
    let mut uses = uses.peekable();
    uses.peek().is_some() && uses.all(|at| is_type_place(text[..at].trim_end(), text[at + name.len()..].trim_start()))
}

/// What stands between the two is a type: `x: T`, `T[] | U`, `f<T>`, `as T`.
fn is_type_place(before: &str, after: &str) -> bool {
    if after.starts_with(['(', '.', '`']) {
        return false;
    }
    let words = ["as", "is", "implements", "keyof", "typeof", "satisfies"];
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let generic = before.strip_suffix('<').is_some_and(|name| name.ends_with(|c: char| c.is_alphanumeric()));
    let joined = before.ends_with(['|', '&']) && !before.ends_with("||") && !before.ends_with("&&");
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start().trim_start_matches("export ");
    let named = before.ends_with('=') && line.starts_with("type ");
    before.ends_with(':')
        || named
        || joined
        || generic
        || before.ends_with(',') && after.starts_with('>')
        || words.contains(&word)
}

fn quoted(text: &str) -> Option<&str> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let end = text[1..].find([quote, '\n'])?;
    let inner = &text[1..=end];
    (!inner.is_empty() && inner.len() < 200).then_some(inner)
}

/// `import a.b, c` gives both; `from a.b import c, d` gives `a.b`, `a.b.c`, `a.b.d`.
fn python_imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let line = line.trim_start();
        if let Some(rest) = line.strip_prefix("import ") {
            found.extend(rest.split(',').filter_map(first_word));
        } else if let Some((module, names)) = line.strip_prefix("from ").and_then(|rest| rest.split_once(" import ")) {
            let module = module.trim();
            found.push(module.to_string());
            let separator = if module.ends_with('.') { "" } else { "." };
            let mut add = |names: &str| {
                let names = names.split([',', '(', ')']).filter_map(first_word);
                found.extend(names.map(|name| format!("{module}{separator}{name}")));
            };
            add(names);
            if names.trim_start().starts_with('(') && !names.contains(')') {
                lines.by_ref().take(200).take_while(|line| !line.contains(')')).for_each(&mut add);
            }
        }
    }
    found
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text.trim().chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).collect();
    (!word.is_empty()).then_some(word)
}

fn rust_modules(text: &str) -> Vec<String> {
    lines_with(text, "mod ").flat_map(modules_in).map(str::to_string).collect()
}

/// The lines in which a word stands, each once.
fn lines_with<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = &'t str> {
    let mut done = 0;
    places(text, word).filter_map(move |at| {
        if at < done {
            return None;
        }
        let start = memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1);
        done = memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |length| at + length);
        Some(&text[start..done])
    })
}

/// The modules that a line declares without writing them out; in a macro's definition a name may be `$name`.
fn modules_in(line: &str) -> impl Iterator<Item = &str> {
    let is_comment = line.trim_start().starts_with("//");
    let declared = line.match_indices("mod ").filter(move |(at, _)| {
        !is_comment && !line[..*at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    });
    declared.filter_map(|(at, word)| {
        let rest = line[at + word.len()..].trim_start();
        let rest = rest.strip_prefix("r#").unwrap_or(rest);
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len());
        (end > 0 && rest[end..].trim_start().starts_with(';')).then(|| &rest[..end])
    })
}

/// Strings that end as the names of Rust files do.
pub fn rust_paths(text: &str) -> Vec<&str> {
    let ends = text.match_indices(".rs").map(|(at, end)| text.split_at(at + end.len()));
    let quoted = ends.filter_map(|(before, after)| {
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        before.rsplit_once(quote)
    });
    quoted.map(|(_, path)| path).collect()
}

/// `declare_all!(pub "src/routes")`
fn rust_folders(text: &str) -> impl Iterator<Item = &str> {
    let given = text.match_indices("\")").filter_map(|(at, _)| text[..at].rsplit_once('"'));
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '_' | '-');
    given
        .map(|(_, path)| path)
        .filter(move |path| path.contains('/') && !path.starts_with('/') && path.chars().all(plain))
}

/// The words of statements that pass all names of a module on: `pub use a::{b::*, c}`.
fn rust_globs(text: &str) -> Vec<String> {
    let starts = text.match_indices("::*").filter_map(|(at, _)| {
        let start = text[..at].rfind("use ").filter(|start| !text[*start..at].contains(';'))?;
        let line = text[..start].rsplit('\n').next().unwrap_or_default();
        line.trim_start().starts_with("pub").then_some(start)
    });
    let mut starts: Vec<usize> = starts.collect();
    starts.dedup();
    let words = starts.into_iter().flat_map(|start| {
        let statement = text[start..].split(';').next().unwrap_or_default();
        statement.split(|c: char| !c.is_alphanumeric() && c != '_').skip(1)
    });
    words.filter(|word| !word.is_empty()).map(str::to_string).collect()
}

/// The crates that are passed on whole, and under their own names: `pub use kit;`, `pub extern crate kit;`.
fn rust_passed_crates(text: &str) -> impl Iterator<Item = &str> {
    const FORMS: &[&str] = &["pub use ", "pub(crate) use ", "pub extern crate ", "pub(crate) extern crate "];
    let statements = text.lines().filter_map(|line| {
        let form = FORMS.iter().find_map(|form| line.trim_start().strip_prefix(form));
        form?.split_once(';').map(|(passed, _)| passed.trim().trim_start_matches("::"))
    });
    statements.filter(|name| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

/// Modules behind `#[cfg(test)]` or what includes it, on the same line or on one before.
fn rust_test_modules(text: &str) -> Vec<String> {
    const FORMS: &[&str] = &["#[cfg(test)]", "#[cfg(all(test", "#[cfg(any(test, feature = \"test"];
    let mut found = Vec::new();
    let mut behind = false;
    for line in text.lines().map(str::trim) {
        behind |= FORMS.iter().any(|form| line.starts_with(form));
        if behind {
            found.extend(modules_in(line).map(str::to_string));
        }
        behind &= line.ends_with(']') || line.starts_with("//") || line.is_empty();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Scan, method_hash, name_hash};
    use crate::facts::Language;

    #[test]
    fn crates_that_are_passed_on_whole_are_imports() {
        let text = "pub mod a;\npub use kit;\npub use ::tools;\npub extern crate old;\npub use kit::cache;\nuse own;";
        assert_eq!(Scan::of(text, Language::Rust).imports, ["kit", "tools", "old"]);
    }

    #[test]
    fn a_script_is_known_by_names_and_imports() {
        let scan = Scan::of("import {a} from './x';\nconst y = require(\"pg\");", Language::Script);
        assert_eq!(scan.imports, ["./x", "pg"]);
        assert_eq!(Scan::of("require(__dirname + '/a')", Language::Script).imports, ["./a"]);
        let spaced = Scan::of("pool.getConnection (done)", Language::Script);
        assert!(spaced.mentions(name_hash(".getConnection")));
        assert!(scan.mentions(name_hash("require")) && !scan.mentions(name_hash("missing")));
    }

    #[test]
    fn what_objects_are_made_of_is_told() {
        let scan = Scan::of("const a = new Shop(); const b: Page = list(Item); new ui.Row();", Language::Script);
        assert!(scan.makes("Shop") && scan.makes("Row") && !scan.makes("Page") && !scan.makes("Item"));
        assert!(scan.makes("lower"), "of what is not written as a class, nothing is known");
        let scan = Scan::of("shop = Shop()\nrow = models.Row ()\npage: Page = Item.all()", Language::Python);
        assert!(scan.makes("Shop") && scan.makes("Row") && !scan.makes("Page") && !scan.makes("Item"));
    }

    #[test]
    fn what_methods_are_called_on_is_told() {
        let text = "await prisma.session\n  .findFirst({}); auth?.api!.getSession(); ctx.session; rows.findMany();";
        let scan = Scan::of(text, Language::Script);
        let calls = |on: &str, name: &str| scan.mentions(method_hash(on, name));
        assert!(calls("session", "findFirst") && calls("api", "getSession") && calls("rows", "findMany"));
        assert!(!calls("session", "findMany") && !calls("prisma", "session") && !calls("findFirst", "session"));
    }

    #[test]
    fn what_only_types_are_taken_from_is_told() {
        let text = "import type A from 'a';\nimport { type B } from 'b';\nimport C, { type D } from 'c';\n\
                    import type { E } from 'e'; import { e } from 'e';\nexport type { F } from 'f'; import type from 't';";
        let scan = Scan::of(text, Language::Script);
        assert_eq!(scan.imports, ["a", "b", "c", "e", "f", "t"]);
        assert_eq!(scan.type_imports, ["a", "b", "f"]);
    }

    #[test]
    fn what_types_alone_are_made_of_is_told() {
        let text = "import { Item, Page as P } from 'a';\nimport { Model } from 'b';\nimport { Row } from 'c';\n\
                    export function show(item: Item, pages: Map<string, P>) { return new Model(item as Item); }\n\
                    export const rows = [Row];";
        assert_eq!(Scan::of(text, Language::Script).type_imports, ["a"]);
        let decorated = format!("{text}\n@Entity()\nclass A {{}}");
        assert!(Scan::of(&decorated, Language::Script).type_imports.is_empty());
    }

    #[test]
    fn python_imports_name_modules_and_members() {
        let scan = Scan::of("import os, app.db as d\nfrom .a import (b,\n  c,\n)\n", Language::Python);
        assert_eq!(scan.imports, ["os", "app.db", ".a", ".a.b", ".a.c"]);
    }

    #[test]
    fn rust_modules_are_found() {
        let scan = Scan::of("pub mod a;\nmod b;\nmod inline { }\npub(crate) mod c;", Language::Rust);
        assert_eq!(scan.submodules, ["a", "b", "c"]);
        let scan = Scan::of(
            "mod a; mod r#type; // that is it\n#[cfg(unix)] pub mod c ;\n// mod gone;\nlet demod b;",
            Language::Rust,
        );
        assert_eq!(scan.submodules, ["a", "type", "c"]);
        let scan = Scan::of("#[path = \"os/unix.rs\"]\nmod os;\nlet a = \"x.rst\";", Language::Rust);
        assert_eq!(scan.rust_paths, ["os/unix.rs"]);
        let scan =
            Scan::of("modules::dir!(pub \"a/b\");\ndir!(\"src/routes\");\nprintln!(\"and/or {x}\");", Language::Rust);
        assert_eq!(scan.rust_folders, ["a/b", "src/routes"]);
    }

    #[test]
    fn what_rust_passes_on_is_told() {
        let text = "use a::*;\nmod b;\npub use b::*;\npub(crate) use c::{d::*, e};\nmod t { use super::*; }";
        let scan = Scan::of(text, Language::Rust);
        assert_eq!(scan.globbed, ["b", "c", "d", "e"]);
        assert!(scan.passes_on && !Scan::of("use a::*;", Language::Rust).passes_on);
    }

    #[test]
    fn rust_modules_of_tests_are_told_apart() {
        let text = "#[cfg(test)]\nmod a;\nmod b;\n#[cfg(any(test, feature = \"testing\"))]\n/// For others.\n\
                    #[allow(dead_code)]\npub mod c;\n#[cfg(not(test))]\nmod d;\n#[cfg(unix)]\nmod e;";
        let scan = Scan::of(text, Language::Rust);
        assert_eq!(scan.submodules, ["a", "b", "c", "d", "e"]);
        assert_eq!(scan.test_modules, ["a", "c"]);
    }
}
