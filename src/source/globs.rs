//! The globs of the data: taken apart, but not compiled, because compiling one takes longer than all that
//! it is ever asked.
//!
//! `*`, `?` and `[…]` end at a `/`, `**` does not. Knows nothing of what the patterns are for.

/// Several patterns, of which one has to fit.
#[derive(Debug, Clone, Default)]
pub struct Globs(Vec<Pattern>);

/// A pattern without alternatives before its last part.
#[derive(Debug, Clone)]
struct Pattern {
    folders: Vec<Folder>,
    name: Box<str>,
    /// How much of the name's beginning and end stands for itself: most names differ there already.
    plain: (usize, usize),
}

#[derive(Debug, Clone)]
enum Folder {
    /// `**`: any number of them.
    Any,
    Named(Box<str>),
    Wild(Box<str>),
}

impl Globs {
    pub fn new<G: AsRef<str>>(patterns: impl IntoIterator<Item = G>) -> Self {
        let mut all = Vec::new();
        patterns.into_iter().for_each(|pattern| expand(pattern.as_ref(), &mut all));
        Self(all)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the patterns fits all of a path.
    pub fn fit(&self, path: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.0.iter().any(|pattern| pattern.names(name) && lead(&pattern.folders, folders))
    }
}

/// Alternatives before a slash become patterns of their own.
fn expand(pattern: &str, found: &mut Vec<Pattern>) {
    let folders = pattern.rfind('/').unwrap_or(0);
    let Some((open, close)) = pattern[..folders].find('{').and_then(|open| Some((open, closing(pattern, open)?)))
    else {
        return found.push(Pattern::new(pattern));
    };
    for alternative in pattern[open + 1..close].split(',') {
        expand(&format!("{}{alternative}{}", &pattern[..open], &pattern[close + 1..]), found);
    }
}

/// Where the alternatives that begin at a brace end; `None` where some of them have their own.
fn closing(pattern: &str, open: usize) -> Option<usize> {
    let close = open + pattern[open..].find('}')?;
    (!pattern[open + 1..close].contains('{')).then_some(close)
}

impl Pattern {
    fn new(pattern: &str) -> Self {
        let (folders, name) = match pattern.rsplit_once('/') {
            // What lies below a folder at any depth.
            Some((_, "**")) => (pattern, "*"),
            Some((folders, name)) => (folders, name),
            None if pattern == "**" => (pattern, "*"),
            None => ("", pattern),
        };
        let folders = folders.split('/').filter(|folder| !folder.is_empty()).map(Folder::new).collect();
        let head = name.find(SPECIAL).unwrap_or(name.len());
        let tail = name.rfind(SPECIAL).map_or(0, |at| name.len() - at - 1);
        Self { folders, name: name.into(), plain: (head, tail) }
    }

    fn names(&self, name: &str) -> bool {
        let (head, tail) = self.plain;
        name.starts_with(&self.name[..head])
            && name.ends_with(&self.name[self.name.len() - tail..])
            && fast_glob::glob_match(&*self.name, name)
    }
}

const SPECIAL: [char; 8] = ['*', '?', '[', ']', '{', '}', '\\', '!'];

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
            assert_eq!(Globs::new([pattern]).fit(path), expected, "{pattern} {path}");
            fitting += usize::from(expected);
        }
        assert!(fitting >= PATTERNS.len());
    }
}
