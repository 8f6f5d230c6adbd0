//! The globs of the data: matched as they stand, because compiling one takes longer than all that it is
//! ever asked.
//!
//! `*`, `?` and `[…]` end at a `/`, `**` does not. Knows nothing of what the patterns are for.

/// Several patterns, of which one has to fit.
#[derive(Debug, Clone, Default)]
pub struct Globs(Vec<Pattern>);

#[derive(Debug, Clone)]
struct Pattern {
    whole: Box<str>,
    /// How much of it stands for itself: most paths differ there already.
    head: usize,
    /// The same of its last part.
    name: std::ops::Range<usize>,
}

impl Globs {
    pub fn new<G: AsRef<str>>(patterns: impl IntoIterator<Item = G>) -> Self {
        Self(patterns.into_iter().map(|pattern| Pattern::new(pattern.as_ref())).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the patterns fits all of a path.
    pub fn fit(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.0.iter().any(|pattern| pattern.fits(path, name))
    }
}

impl Pattern {
    fn new(whole: &str) -> Self {
        let last = whole.rfind('/').map_or(0, |at| at + 1);
        // The slash may stand in braces, and what follows it is no part of its own then.
        let cut = whole[last..].find(['{', '}']).is_some_and(|at| whole.as_bytes()[last + at] == b'}');
        let name = if cut { last..last } else { last..last + plain(&whole[last..]) };
        Self { whole: whole.into(), head: plain(whole), name }
    }

    fn fits(&self, path: &str, name: &str) -> bool {
        path.starts_with(&self.whole[..self.head])
            && name.starts_with(&self.whole[self.name.clone()])
            && fast_glob::glob_match(&*self.whole, path)
    }
}

/// The length of what comes before the first special character.
fn plain(pattern: &str) -> usize {
    pattern.find(['*', '?', '[', '{', '\\', '!']).unwrap_or(pattern.len())
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
