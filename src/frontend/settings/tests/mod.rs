//! Manifests and settings files as projects write them.

use super::{lower_manifest, lower_settings, settings_kind};
use crate::facts::Literal;
use crate::facts::settings::{Dependency, Manifest, Settings, SettingsKind};

mod manifests;
mod settings;

fn manifest(name: &str, text: &str) -> Manifest {
    lower_manifest(name, text).unwrap()
}

fn settings(name: &str, text: &str) -> Settings {
    lower_settings(name, text).unwrap()
}

/// `key = value` lines.
fn listed(settings: &Settings) -> Vec<String> {
    settings.entries.iter().map(|entry| format!("{} = {}", entry.key, shown(&entry.value))).collect()
}

fn shown(value: &Literal) -> String {
    match value {
        Literal::Str(text) => text.clone(),
        Literal::Num(number) => format!("#{number}"),
        Literal::Bool(value) => format!("#{value}"),
        other => format!("{other:?}"),
    }
}

/// `name version`, with marks for what else is known.
fn dependencies(list: &[Dependency]) -> Vec<String> {
    let mark = |there: bool, mark: &str| if there { format!(" {mark}") } else { String::new() };
    list.iter()
        .map(|it| {
            let alias = it.alias.as_ref().map(|alias| format!(" as {alias}")).unwrap_or_default();
            let path = it.path.as_ref().map(|path| format!(" at {path}")).unwrap_or_default();
            let version = it.version.as_deref().unwrap_or("-");
            format!("{} {version}{alias}{path}{}{}", it.name, mark(it.dev, "dev"), mark(it.workspace, "workspace"))
        })
        .collect()
}

#[test]
fn names_tell_the_kind() {
    let kinds = [
        (".env.local", SettingsKind::Env),
        ("apps/web/.env", SettingsKind::Env),
        ("prod.env", SettingsKind::Env),
        ("prisma/schema.prisma", SettingsKind::Prisma),
        ("docker-compose.prod.yml", SettingsKind::Compose),
        ("compose.yaml", SettingsKind::Compose),
        ("deploy/api.Dockerfile", SettingsKind::Dockerfile),
        ("Dockerfile.worker", SettingsKind::Dockerfile),
        ("Procfile", SettingsKind::Procfile),
        ("wrangler.jsonc", SettingsKind::Wrangler),
        ("fly.staging.toml", SettingsKind::Fly),
        ("serverless.yml", SettingsKind::Serverless),
        ("k8s/api.yaml", SettingsKind::Yaml),
        ("alembic.ini", SettingsKind::Ini),
    ];
    for (name, kind) in kinds {
        assert_eq!(settings_kind(name), Some(kind), "{name}");
    }
    assert_eq!(settings_kind("README.md"), None);
}

#[test]
fn bad_input_names_the_file_and_what_to_do() {
    let end = "; correct it, until then connlint leaves this file out";
    let text = "{\n  \"name\": \"a\",\n  \"x\" \"hunter2\"\n}";
    let problem = lower_manifest("web/package.json", text).unwrap_err();
    assert_eq!(problem, format!("web/package.json: line 3: it is no valid JSON{end}"));
    let problem = lower_manifest("Cargo.toml", "[package]\nname = hunter2\n").unwrap_err();
    assert_eq!(problem, format!("Cargo.toml: line 2: it is no valid TOML{end}"));
    let problem = lower_settings("a.yaml", "a: b\n  c: [hunter2\n").unwrap_err();
    assert!(
        problem.starts_with("a.yaml: line ") && problem.ends_with(end) && !problem.contains("hunter2"),
        "{problem}"
    );
    assert!(lower_manifest("package.json", "[]").unwrap_err().contains("no JSON object"));
    assert!(lower_manifest("package.json", "").unwrap_err().contains("empty"));
    assert!(lower_manifest("setup.py", "").unwrap_err().contains("not a manifest"));
    assert!(lower_settings("a.txt", "").unwrap_err().contains("not a settings file"));
}

#[test]
fn no_text_makes_it_panic() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(20_000), close.repeat(20_000));
    let bomb: String = (1..30).map(|i| format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}]\n", i - 1)).collect();
    let odd = [
        String::new(),
        "\u{feff}".into(),
        "\u{feff}a = \"ä\"\r\n[ü]\r\nb='".into(),
        "=\n==\n A B=c\nexport =\nx=\"\\".into(),
        "FROM x\nCMD [\\\n# c\n\\\n".into(),
        "ENV\nENV \nENV a\nENV \u{2003}a=\"".into(),
        "datasource db {\n=\n a=\n =b\n x = [\n y = env(\n /// ä / // z".into(),
        "[\n  x\n]=:\n y".into(),
        "ä: &a [*a, *b]\n? [x]\n: y\n--- \n&z\n".into(),
        format!("a0: &a0 [x]\n{bomb}"),
        deep("[", "]"),
        deep("{\"a\":", "}"),
        deep("- ", ""),
        deep("a.", "=1"),
        "services:\n  - x\nservices: 3\n".into(),
        "-e\n-e .\n--editable=\n@\n[x]\nä==1\nname @\n#egg=\n-e git+https://x#egg=".into(),
    ];
    let names = [
        "package.json",
        "pnpm-workspace.yaml",
        "pyproject.toml",
        "requirements.txt",
        "Pipfile",
        "setup.cfg",
        "Cargo.toml",
        "Cargo.lock",
        ".env",
        "schema.prisma",
        "docker-compose.yml",
        "Dockerfile",
        "Procfile",
        "vercel.json",
        "a.ini",
        "netlify.toml",
        "serverless.yml",
    ];
    for text in &odd {
        for name in names {
            let _ = lower_manifest(name, text);
            let Ok(settings) = lower_settings(name, text) else { continue };
            for entry in settings.entries {
                let inside = |at: u32| text.is_char_boundary(at as usize);
                assert!(inside(entry.span.start) && inside(entry.span.end), "{name} {:?}", text.get(..80));
                assert!(entry.span.start <= entry.span.end && inside(entry.key_span.start), "{name}");
            }
        }
    }
}
