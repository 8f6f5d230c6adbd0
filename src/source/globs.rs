//! The globs of the data: taken apart, but not compiled, because compiling one takes longer than all that
//! it is ever asked.
//!
//! `*`, `?` and `[…]` end at a `/`, `**` does not. Knows nothing of what the patterns are for.

use rustc_hash::FxHashMap;

/// Several patterns, of which one has to fit.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    /// By the first byte of a path's last part: what begins with it.
    first: FxHashMap<u8, Vec<Pattern>>,
    /// What may begin with anything.
    any: Vec<Pattern>,
}

/// A pattern without alternatives before its last part.
#[derive(Debug, Clone)]
struct Pattern {
    folders: Vec<Folder>,
    /// The alternatives of its last part.
    names: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq)]
enum Folder {
    /// `**`: any number of them.
    Any,
    Named(Box<str>),
    Wild(Box<str>),
}

#[derive(Debug, Clone)]
struct Name {
    whole: Box<str>,
    /// Its first and last byte, where they stand for themselves: most names fail by them.
    ends: [Option<u8>; 2],
    /// How much of its beginning and end stands for itself.
    head: usize,
    tail: usize,
    between: Between,
}

/// What may stand between a name's head and tail.
#[derive(Debug, Clone, Copy)]
enum Between {
    Nothing,
    Anything,
    What,
}

impl Globs {
    pub fn new<G: AsRef<str>>(patterns: impl IntoIterator<Item = G>) -> Self {
        let mut globs = Self::default();
        for pattern in patterns {
            expand(pattern.as_ref(), true).iter().for_each(|pattern| globs.add(pattern));
        }
        globs
    }

    /// The names of a pattern, by what they begin with.
    fn add(&mut self, pattern: &str) {
        let (folders, name) = folders_and_name(pattern);
        let folders: Vec<Folder> = folders.split('/').filter(|folder| !folder.is_empty()).map(Folder::new).collect();
        for name in expand(name, false).iter().map(|name| Name::new(name)) {
            let beside = match name.ends[0] {
                Some(first) => self.first.entry(first).or_default(),
                None => &mut self.any,
            };
            match beside.last_mut().filter(|last| last.folders == folders) {
                Some(last) => last.names.push(name),
                None => beside.push(Pattern { folders: folders.clone(), names: vec![name] }),
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.any.is_empty() && self.first.is_empty()
    }

    /// Whether one of the patterns fits all of a path.
    pub fn fit(&self, path: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.begins(folders, name) || self.any.iter().any(|pattern| pattern.fits(folders, name))
    }

    /// Whether a pattern fits that begins as the name does.
    fn begins(&self, folders: &str, name: &str) -> bool {
        let beside = name.as_bytes().first().and_then(|first| self.first.get(first));
        beside.is_some_and(|beside| beside.iter().any(|pattern| pattern.fits(folders, name)))
    }

    /// For many paths in their order.
    pub fn along<'g>(&'g self) -> Along<'g> {
        Along { globs: self, folders: None, near: Vec::new() }
    }
}

/// Compares the folders of neighbouring paths once.
pub struct Along<'g> {
    globs: &'g Globs,
    folders: Option<String>,
    /// Of the patterns that may begin with anything, those that fit the folders.
    near: Vec<&'g Pattern>,
}

impl Along<'_> {
    /// Whether one of the patterns fits all of a path.
    pub fn fit(&mut self, path: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        if self.globs.begins(folders, name) {
            return true;
        }
        if self.folders.as_deref() != Some(folders) {
            self.near = self.globs.any.iter().filter(|pattern| lead(&pattern.folders, folders)).collect();
            self.folders = Some(folders.to_string());
        }
        self.near.iter().any(|pattern| pattern.names(name))
    }
}

/// The pattern once for each of its alternatives; those of its last part may be left as they are.
fn expand(pattern: &str, leave_name: bool) -> Vec<String> {
    let end = if leave_name { pattern.rfind('/').unwrap_or(0) } else { pattern.len() };
    let braces = pattern[..end].find('{').and_then(|open| Some((open, closing(pattern, open)?)));
    let Some((open, close)) = braces else { return vec![pattern.to_string()] };
    let alternatives = pattern[open + 1..close].split(',');
    let whole = alternatives.map(|one| format!("{}{one}{}", &pattern[..open], &pattern[close + 1..]));
    whole.flat_map(|pattern| expand(&pattern, leave_name)).collect()
}

/// Where the alternatives that begin at a brace end; `None` where some of them have their own.
fn closing(pattern: &str, open: usize) -> Option<usize> {
    let close = open + pattern[open..].find('}')?;
    (!pattern[open + 1..close].contains('{')).then_some(close)
}

/// The pattern's folders, and what the last part of a path has to be.
fn folders_and_name(pattern: &str) -> (&str, &str) {
    match pattern.rsplit_once('/') {
        // What lies below a folder at any depth.
        Some((_, "**")) => (pattern, "*"),
        Some((folders, name)) => (folders, name),
        None if pattern == "**" => (pattern, "*"),
        None => ("", pattern),
    }
}

impl Pattern {
    fn fits(&self, folders: &str, name: &str) -> bool {
        self.names(name) && lead(&self.folders, folders)
    }

    fn names(&self, name: &str) -> bool {
        self.names.iter().any(|own| own.fits(name))
    }
}

const SPECIAL: [char; 8] = ['*', '?', '[', ']', '{', '}', '\\', '!'];

impl Name {
    fn new(name: &str) -> Self {
        let head = name.find(SPECIAL).unwrap_or(name.len());
        let tail = name.rfind(SPECIAL).map_or(0, |at| name.len() - at - 1);
        let between = match &name[head..name.len() - tail] {
            "" => Between::Nothing,
            "*" => Between::Anything,
            _ => Between::What,
        };
        let bytes = name.as_bytes();
        let ends = [bytes.first().filter(|_| head > 0).copied(), bytes.last().filter(|_| tail > 0).copied()];
        Self { whole: name.into(), ends, head, tail, between }
    }

    fn fits(&self, name: &str) -> bool {
        let Self { whole, ends: [first, last], head, tail, between } = self;
        let bytes = name.as_bytes();
        let differs = |own: &Option<u8>, other: Option<&u8>| own.is_some_and(|own| other != Some(&own));
        if differs(first, bytes.first()) || differs(last, bytes.last()) {
            return false;
        }
        name.starts_with(&whole[..*head])
            && name.ends_with(&whole[whole.len() - tail..])
            && match between {
                Between::Nothing => name.len() == whole.len(),
                Between::Anything => name.len() >= head + tail,
                Between::What => fast_glob::glob_match(&**whole, name),
            }
    }
}

impl Folder {
    fn new(pattern: &str) -> Self {
        match pattern {
            "**" => Self::Any,
            wild if wild.contains(SPECIAL) => Self::Wild(wild.into()),
            name => Self::Named(name.into()),
        }
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Named(own) => **own == *name,
            Self::Wild(pattern) => fast_glob::glob_match(&**pattern, name),
        }
    }
}

/// Whether the patterns fit all folders of a path.
fn lead(patterns: &[Folder], folders: &str) -> bool {
    let Some((first, rest)) = patterns.split_first() else { return folders.is_empty() };
    if matches!(first, Folder::Any) && lead(rest, folders) {
        return true;
    }
    let (name, inner) = folders.split_once('/').unwrap_or((folders, ""));
    let remaining = if matches!(first, Folder::Any) { patterns } else { rest };
    !folders.is_empty() && first.fits(name) && lead(remaining, inner)
}

/// Whether a pattern fits all of a name or path.
pub fn fits(pattern: &str, path: &str) -> bool {
    fast_glob::glob_match(pattern, path)
}

#[cfg(test)]
mod tests {
    use super::{Globs, fits};

    const PATTERNS: &[&str] = &[
        "**/*.py",
        "Dockerfile*",
        ".env*",
        "requirements/*.txt",
        "{pages,src/pages}/api/**/*.{ts,tsx}",
        "{app,src/app}/**/route.{ts,js}",
        "src/hooks.server/**",
        "**/{App,app}.{jsx,tsx}",
        "{src/,}{index,main}.{jsx,tsx}",
        "src/**/+{page,layout}.server.{ts,js}",
        "{a,b/c}",
        "*.pooler.example.com",
        "[!a]?.ts",
        "**/{functions,lambda}/**/*.{ts,js}",
        "**/migrations/**/*.rs",
        "docker-compose*.y*ml",
        "fly.*.toml",
        "*/__init__.py",
        "a*/**/b?/**",
    ];

    const PATHS: &[&str] = &[
        "a.py",
        "a/b.py",
        "Dockerfile",
        "Dockerfile.dev",
        "x/Dockerfile",
        ".env",
        ".env.local",
        "requirements/prod.txt",
        "requirements/a/prod.txt",
        "pages/api/a.ts",
        "src/pages/api/a/b.tsx",
        "src/pages/a.ts",
        "app/route.ts",
        "src/app/a/b/route.js",
        "src/app/route.py",
        "src/hooks.server/a.ts",
        "src/hooks.server",
        "App.tsx",
        "src/a/app.jsx",
        "index.tsx",
        "src/main.jsx",
        "src/a/main.jsx",
        "src/+page.server.ts",
        "src/routes/+layout.server.js",
        "a",
        "b/c",
        "c",
        "eu.pooler.example.com",
        "pooler.example.com",
        "functions/a.ts",
        "x/lambda/y/z/a.js",
        "x/lambdas/a.js",
        "x/migrations/a.rs",
        "migrations/x/y/a.rs",
        "x/__init__.py",
        "x/y/__init__.py",
        "ab/b1/c",
        "ab/x/b1/c/d",
        "ab/b1",
        "docker-compose.dev.yaml",
        "fly.toml",
        "fly.dev.toml",
        "bc.ts",
        "ac.ts",
    ];

    /// What another library makes of the same patterns.
    fn compiled(pattern: &str, path: &str) -> bool {
        let mut builder = globset::GlobBuilder::new(pattern);
        builder.literal_separator(true).empty_alternates(true).build().unwrap().compile_matcher().is_match(path)
    }

    #[test]
    fn patterns_mean_what_they_mean_elsewhere() {
        let mut fitting = 0;
        for (pattern, path) in PATTERNS.iter().flat_map(|pattern| PATHS.iter().map(move |path| (pattern, path))) {
            let expected = compiled(pattern, path);
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
            let globs = Globs::new([pattern]);
            assert_eq!((globs.fit(path), globs.along().fit(path)), (expected, expected), "{pattern} {path}");
            fitting += usize::from(expected);
        }
        assert!(fitting >= PATTERNS.len());
        let globs = Globs::new(PATTERNS);
        let mut along = globs.along();
        PATHS.iter().for_each(|path| assert_eq!(along.fit(path), globs.fit(path), "{path}"));
    }
}
