//! How much connlint knows, as the README's table has it: counted in the data.

use std::path::{Path, PathBuf};

use connlint::catalog::Catalog;

/// The data files below a folder of `rules/`.
fn files(folder: &str) -> usize {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules").join(folder);
    let count =
        walkdir::WalkDir::new(&folder).into_iter().flatten().filter(|entry| entry.file_type().is_file()).count();
    assert!(count > 0, "{} has no files", folder.display());
    count
}

/// A table of what is known, with links to the lists.
pub fn knowledge(catalog: &Catalog) -> String {
    let [npm, pypi, crates, browser] =
        ["npm", "pypi", "crates", "browser"].map(|name| files(&format!("catalog/{name}")));
    let limits = || catalog.limits.iter().flat_map(|file| &file.limits);
    let mut services: Vec<&str> = limits().map(|limit| limit.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let kinds: usize = catalog.places.iter().map(|file| file.files.len()).sum();
    let errors: usize = connlint::catalog::errors::errors().unwrap().iter().map(|error| error.patterns.len()).sum();
    [
        "| | known | for example | list |".to_string(),
        "| --- | --- | --- | --- |".into(),
        "| languages | 4 | TypeScript, JavaScript (also in Vue, Svelte and Astro files), Python, Rust | |".into(),
        format!(
            "| client libraries | {} | {npm} of npm (Prisma, pg, ioredis), {pypi} of PyPI (SQLAlchemy, httpx), {crates} of crates.io \
             (sqlx, reqwest), {browser} groups of browser APIs | [Libraries](docs/src/libraries.md) |",
            npm + pypi + crates + browser
        ),
        format!(
            "| frameworks | {} | Next.js, React, Vue, Express, NestJS, FastAPI, Django, Celery, axum, Tauri, AWS Lambda | \
             [Frameworks](docs/src/frameworks.md) |",
            files("frameworks")
        ),
        format!(
            "| servers and services | {} | {} limits of plans: Supabase, Neon, Atlas, RDS, Heroku | [Servers and plans](docs/src/servers.md) |",
            services.len(),
            limits().count()
        ),
        format!("| settings and deployment files | {kinds} | `.env`, compose files, Kubernetes, Procfile, `serverless.yml` | [Pools and servers](docs/src/pools.md) |"),
        format!("| texts of run-time errors | {errors} | `P2024`, `too many clients already` | [Run-time errors](docs/src/errors.md) |"),
    ]
    .join("\n")
}
