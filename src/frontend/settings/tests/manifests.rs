//! What packages are called, need and start.

use super::*;

#[test]
fn package_json() {
    let text = r#"{
  "name": "@acme/api", // a comment
  "version": "1.2.0",
  "private": true,
  "main": "dist/index.js",
  "bin": { "acme": "./bin/acme.js" },
  "workspaces": { "packages": ["apps/*", "packages/*"] },
  "scripts": {
    "start": "DATABASE_URL=postgres://u:hunter2@h/d PGPASSWORD=hunter2 node dist/index.js",
    "dev": "next dev"
  },
  "dependencies": {
    "pg": "^8.11.0",
    "db": "npm:@acme/postgres@3.4.0",
    "@acme/core": "workspace:*",
    "@acme/ui": "file:../ui",
    "private-thing": "git+https://token123@github.com/acme/thing.git"
  },
  "peerDependencies": { "react": ">=18" },
  "devDependencies": { "vitest": "catalog:" },
}"#;
    let manifest = manifest("apps/api/package.json", text);
    assert_eq!(manifest.name.as_deref(), Some("@acme/api"));
    assert!(manifest.private);
    assert_eq!(manifest.main.as_deref(), Some("dist/index.js"));
    assert_eq!(manifest.bins, ["./bin/acme.js"]);
    assert_eq!(manifest.workspaces, ["apps/*", "packages/*"]);
    assert_eq!(manifest.scripts[0].1, "DATABASE_URL=postgres://***@h/d PGPASSWORD=*** node dist/index.js");
    let expected = [
        "pg ^8.11.0",
        "@acme/postgres 3.4.0 as db",
        "@acme/core workspace:* workspace",
        "@acme/ui file:../ui at ../ui",
        "private-thing git+https://***@github.com/acme/thing.git",
        "react >=18",
        "vitest catalog: dev workspace",
    ];
    assert_eq!(dependencies(&manifest.dependencies), expected);
    assert_eq!(manifest.path_dependencies().collect::<Vec<_>>(), [("@acme/ui", "../ui")]);
}

#[test]
fn simple_forms_of_package_json() {
    let manifest = manifest("package.json", r#"{"bin": "cli.js", "workspaces": ["a"], "dependencies": {"x": 3}}"#);
    assert_eq!((manifest.bins, manifest.workspaces), (vec!["cli.js".to_string()], vec!["a".to_string()]));
}

#[test]
fn pnpm_workspace() {
    let text = "packages:\n  - 'apps/*'\n  - \"packages/**\"\n  - '!**/test/**'\ncatalog:\n  pg: ^8.11.0\n";
    let manifest = manifest("pnpm-workspace.yaml", text);
    assert_eq!(manifest.workspaces, ["apps/*", "packages/**", "!**/test/**"]);
    assert_eq!(dependencies(&manifest.workspace_dependencies), ["pg ^8.11.0"]);
}

#[test]
fn pyproject_of_the_standard() {
    let text = r#"
[project]
name = "shop-api"
version = "0.3.0"
dependencies = [
  "SQLAlchemy[asyncio]>=2.0,<3",
  "asyncpg ; python_version >= '3.9'",
  "shop_core",
  "private @ git+https://bob:hunter2@git.example.org/p.git",
]
[project.optional-dependencies]
redis = ["redis~=5.0"]
test = ["pytest"]
[project.scripts]
shop = "shop.cli:main"
[dependency-groups]
dev = ["ruff==0.5", { include-group = "test" }]
[tool.uv.sources]
shop-core = { path = "../core", editable = true }
[tool.uv.workspace]
members = ["packages/*"]
[tool.poe.tasks]
serve = { cmd = "uvicorn shop.main:app" }
"#;
    let manifest = manifest("pyproject.toml", text);
    let expected = [
        "sqlalchemy >=2.0,<3",
        "asyncpg -",
        "shop-core - at ../core",
        "private git+https://***@git.example.org/p.git",
        "redis ~=5.0",
        "pytest - dev",
        "ruff ==0.5 dev",
    ];
    assert_eq!(dependencies(&manifest.dependencies), expected);
    let scripts = [("shop", "shop.cli:main"), ("serve", "uvicorn shop.main:app")];
    assert_eq!(manifest.scripts, scripts.map(|(name, target)| (name.to_string(), target.to_string())));
    assert_eq!(manifest.workspaces, ["packages/*"]);
}

#[test]
fn pyproject_of_poetry() {
    let text = r#"
[tool.poetry]
name = "bot"
version = "1.0"
[tool.poetry.dependencies]
python = "^3.11"
Django = "^5.0"
psycopg = { version = "^3.1", extras = ["pool"] }
core = { path = "../core", develop = true }
numpy = [{ version = "1.26", python = "<3.12" }, { version = "2" }]
[tool.poetry.group.dev.dependencies]
black = "*"
[tool.poetry.scripts]
bot = "bot.main:run"
"#;
    let manifest = manifest("pyproject.toml", text);
    assert_eq!(manifest.name.as_deref(), Some("bot"));
    let expected = ["django ^5.0", "psycopg ^3.1", "core - at ../core", "numpy 1.26", "black * dev"];
    assert_eq!(dependencies(&manifest.dependencies), expected);
}

#[test]
fn requirement_files() {
    let text = "# web\nFlask==3.0.0  # pinned\n-r base.txt\n--index-url https://u:p@pypi.example.org/simple\nredis[hiredis]>=5 \\\n    --hash=sha256:abc\n-e ./libs/shop_core\n-e git+https://github.com/a/b.git#egg=B_c\npsycopg2-binary ; sys_platform == 'linux'\nhttps://example.org/x.whl\n../local\n";
    let manifest = manifest("requirements/base.txt", text);
    let expected = [
        "flask ==3.0.0",
        "redis >=5",
        "shop-core - at ./libs/shop_core",
        "b-c git+https://github.com/a/b.git",
        "psycopg2-binary -",
        "local - at ../local",
    ];
    assert_eq!(dependencies(&manifest.dependencies), expected);
    assert!(self::manifest("requirements-dev.txt", "pytest").dependencies[0].dev);
}

#[test]
fn pipfile_and_setup_cfg() {
    let text = "[packages]\nrequests = \"*\"\n[dev-packages]\npytest = {version = \"==8\"}\n[scripts]\nserve = \"flask run\"\n";
    let pipfile = manifest("Pipfile", text);
    assert_eq!(dependencies(&pipfile.dependencies), ["requests *", "pytest ==8 dev"]);
    assert_eq!(pipfile.scripts, [("serve".to_string(), "flask run".to_string())]);
    let text = "[metadata]\nname = shop\nversion = attr: shop.__version__\n\n[options]\ninstall_requires =\n    celery[redis]>=5\n    # a comment\n    boto3\n\n[options.extras_require]\ntests = pytest\n\n[options.entry_points]\nconsole_scripts =\n    shop = shop.cli:main\n";
    let setup = manifest("setup.cfg", text);
    assert_eq!(dependencies(&setup.dependencies), ["celery >=5", "boto3 -", "pytest - dev"]);
    assert_eq!(setup.scripts, [("shop".to_string(), "shop.cli:main".to_string())]);
}

#[test]
fn cargo_toml() {
    let text = r#"
[package]
name = "shop-api"
version.workspace = true
publish = false
[lib]
path = "src/api.rs"
[[bin]]
name = "worker"
path = "src/worker.rs"
[[bin]]
name = "migrate"
[[bin]]
name = "shop-api"
[dependencies]
sqlx = { version = "0.8", features = ["postgres"] }
tokio = "1"
pg = { package = "tokio-postgres", version = "0.7" }
shop-core = { path = "../core" }
serde.workspace = true
[target.'cfg(unix)'.dependencies]
redis = "0.27"
[dev-dependencies]
tempfile = "3"
[workspace]
members = ["crates/*", "xtask"]
[workspace.dependencies]
serde = { version = "1" }
"#;
    let manifest = manifest("Cargo.toml", text);
    assert_eq!(manifest.version, None);
    assert_eq!(manifest.lib_name.as_deref(), Some("shop_api"));
    assert_eq!(manifest.main.as_deref(), Some("src/api.rs"));
    assert_eq!(manifest.bins, ["src/worker.rs", "src/bin/migrate.rs", "src/main.rs"]);
    assert!(manifest.private);
    let expected = [
        "sqlx 0.8",
        "tokio 1",
        "tokio-postgres 0.7 as pg",
        "shop-core - at ../core",
        "serde - workspace",
        "tempfile 3 dev",
        "redis 0.27",
    ];
    assert_eq!(dependencies(&manifest.dependencies), expected);
    assert_eq!(manifest.workspaces, ["crates/*", "xtask"]);
    assert_eq!(dependencies(&manifest.workspace_dependencies), ["serde 1"]);
    assert_eq!(manifest.path_dependencies().collect::<Vec<_>>(), [("shop-core", "../core")]);
}

#[test]
fn cargo_lock() {
    let text = "version = 4\n\n[[package]]\nname = \"sqlx\"\nversion = \"0.8.2\"\nsource = \"registry\"\n\n[[package]]\nname = \"syn\"\nversion = \"1.0.1\"\n\n[[package]]\nname = \"syn\"\nversion = \"2.0.1\"\n";
    let lock = manifest("Cargo.lock", text);
    assert_eq!(dependencies(&lock.dependencies), ["sqlx 0.8.2", "syn 1.0.1", "syn 2.0.1"]);
}
