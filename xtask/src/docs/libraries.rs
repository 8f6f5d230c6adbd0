//! Pages of client libraries, from `rules/catalog`.

use std::path::Path;

use super::calls::all_written;
use super::markdown::{codes, plain, table};
use super::{Page, Section};
use crate::data::schema::{Ecosystem, Kind, Make, Opener, PackageFile, Role, Scope, Setting, SettingRole, TypeRow};
use crate::data::{Named, read};

/// Folder, name, what is said of it.
const REGISTRIES: &[(&str, &str, Ecosystem)] = &[
    ("npm", "npm", Ecosystem::Npm),
    ("pypi", "PyPI", Ecosystem::Pypi),
    ("crates", "crates.io", Ecosystem::Crates),
    ("browser", "Browsers", Ecosystem::Browser),
];

pub fn section(root: &Path) -> Result<Section, String> {
    let (mut pages, mut rows) = (Vec::new(), Vec::new());
    for (folder, name, ecosystem) in REGISTRIES {
        let files: Vec<Named<PackageFile>> = read(&root.join("rules/catalog").join(folder))?;
        rows.push(vec![format!("[{name}](libraries/{folder}.md)"), files.len().to_string()]);
        pages.push(registry(folder, name, &files));
        pages.extend(files.iter().map(|file| page(folder, *ecosystem, file)));
    }
    Ok(Section { name: "libraries", index: table(&["from", "libraries"], &rows), pages })
}

/// The list of a registry's libraries.
fn registry(folder: &str, name: &str, files: &[Named<PackageFile>]) -> Page {
    let row = |file: &Named<PackageFile>| {
        let link = format!("[{}]({folder}/{}.md)", plain(&file.file.package), file.stem);
        vec![link, plain(&services(&file.file)), pools(&file.file)]
    };
    let rows: Vec<Vec<String>> = files.iter().map(row).collect();
    let text = format!("# {name}\n\n{}", table(&["library", "server", "connections of a pool by default"], &rows));
    Page { path: format!("libraries/{folder}.md"), title: name.into(), text, depth: 1 }
}

fn services(file: &PackageFile) -> String {
    let mut names: Vec<&str> = file.types.iter().filter(|row| is_client(row)).map(|row| row.service.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| !name.is_empty());
    names.join(", ")
}

fn pools(file: &PackageFile) -> String {
    let sizes = file.types.iter().flat_map(|row| &row.settings).filter(|setting| setting.role == SettingRole::PoolSize);
    let mut sizes: Vec<String> = sizes.map(default).filter(|text| !text.is_empty()).collect();
    sizes.sort();
    sizes.dedup();
    sizes.join("; ")
}

/// What owns connections by its kind, or because the row says so.
fn is_client(row: &TypeRow) -> bool {
    let by_kind = [
        Kind::Pool,
        Kind::Connection,
        Kind::LazyClient,
        Kind::OrmClient,
        Kind::HttpClient,
        Kind::Realtime,
        Kind::Broker,
    ];
    row.owns.unwrap_or(by_kind.contains(&row.kind))
}

fn page(folder: &str, ecosystem: Ecosystem, file: &Named<PackageFile>) -> Page {
    let package = &file.file;
    let mut text = format!("# {}\n\n{}\n\n", plain(&package.package), about(folder, package));
    for row in package.types.iter().filter(|row| is_client(row)) {
        text.push_str(&client(row, package, ecosystem));
    }
    text.push_str(&openers(&package.openers, ecosystem));
    let others: Vec<&str> = package.types.iter().filter(|row| !is_client(row)).map(|row| row.name.as_str()).collect();
    if !others.is_empty() {
        text.push_str(&format!("## Also known\n\nTypes that own no connection of their own: {}.\n", codes(others)));
    }
    Page { path: format!("libraries/{folder}/{}.md", file.stem), title: package.package.clone(), text, depth: 2 }
}

fn about(folder: &str, package: &PackageFile) -> String {
    let mut parts = Vec::new();
    if folder != "browser" {
        let modules = if package.modules.is_empty() { vec![package.package.clone()] } else { package.modules.clone() };
        parts.push(format!("Imported as {}.", codes(modules)));
    }
    if !package.verified.is_empty() {
        parts.push(format!("Checked against {}.", plain(&package.verified)));
    }
    if !package.docs.is_empty() {
        parts.push(format!("[Documentation]({}).", package.docs));
    }
    parts.join(" ")
}

fn client(row: &TypeRow, package: &PackageFile, ecosystem: Ecosystem) -> String {
    let why = if row.why.is_empty() { String::new() } else { format!("; each one {}", plain(&row.why)) };
    let facts = [
        ("Is", format!("{}{why}", kind(row.kind))),
        ("Server", plain(&row.service)),
        ("Build it", scope(row).into()),
        ("Built by", codes(all_written(makes(row, package), Some(ecosystem)))),
        ("Released by", released(row)),
        ("Takes a connection out", methods(row, Role::Acquire)),
        ("Uses a connection while it runs", methods(row, Role::Borrow)),
    ];
    let said = facts.iter().filter(|(_, text)| !text.is_empty());
    let facts: String = said.map(|(name, text)| format!("- {name}: {text}\n")).collect();
    let settings: Vec<Vec<String>> = row.settings.iter().map(setting).collect();
    let settings = table(&["setting", "sets", "default", "no bound"], &settings);
    format!("## {}\n\n{facts}\n{settings}\n", plain(&row.name))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Pool => "a pool of connections",
        Kind::Connection => "a connection",
        Kind::LazyClient => "a client that connects on first use",
        Kind::OrmClient => "an ORM's client",
        Kind::HttpClient => "an HTTP client that keeps connections",
        Kind::Realtime => "a realtime connection",
        Kind::Broker => "a message broker's client",
        _ => "a client",
    }
}

fn scope(row: &TypeRow) -> &'static str {
    match row.scope.unwrap_or(Scope::Process) {
        Scope::Process => "once for each process",
        Scope::Thread => "once for each thread",
        Scope::Component => "once for each component",
        Scope::Request => "once for each request at most",
        Scope::Any => "as often as you like",
    }
}

fn makes<'a>(row: &'a TypeRow, package: &'a PackageFile) -> impl Iterator<Item = &'a String> {
    let fits = |make: &&Make| make.gives == row.name;
    package.makes.iter().filter(fits).flat_map(|make| &make.calls)
}

fn released(row: &TypeRow) -> String {
    let mut ways: Vec<String> =
        row.release.iter().chain(&row.release_functions).map(|name| format!("`{name}`")).collect();
    let others = [
        (row.context_manager, "the end of a `with` or `using` block"),
        (row.drop, "going out of scope"),
        (row.self_closing, "itself, when the process ends or nobody uses it"),
    ];
    ways.extend(others.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text.to_string()));
    ways.join(", ")
}

fn methods(row: &TypeRow, role: Role) -> String {
    codes(row.methods.iter().filter(|method| method.role == role).flat_map(|method| &method.names))
}

fn setting(setting: &Setting) -> Vec<String> {
    let names = [&setting.name].into_iter().chain(&setting.aliases);
    let unlimited: Vec<String> = setting.unlimited.iter().map(|value| format!("`{value}`")).collect();
    vec![codes(names), sets(setting.role).into(), default(setting), unlimited.join(", ")]
}

fn sets(role: SettingRole) -> &'static str {
    match role {
        SettingRole::PoolSize => "most connections",
        SettingRole::Overflow => "connections beyond the pool",
        SettingRole::MinSize => "fewest connections",
        SettingRole::AcquireTimeout => "how long to wait for one",
        SettingRole::IdleTimeout => "how long an idle one is kept",
        SettingRole::Recycle => "how old one may get",
        SettingRole::PrePing => "whether one is tested before use",
        SettingRole::PreparedStatements => "prepared statements",
        SettingRole::PoolClass => "which pool",
        SettingRole::Other => "other",
    }
}

fn default(setting: &Setting) -> String {
    let number = setting.default.map(|value| value.to_string());
    let text = number.unwrap_or_else(|| plain(&setting.default_text));
    let special = setting.default_for.iter().map(|(family, value)| format!("{value} with {family}"));
    let before = setting.default_before.iter().map(|(version, value)| format!("{value} before {version}"));
    let all: Vec<String> = [text].into_iter().chain(special).chain(before).filter(|text| !text.is_empty()).collect();
    all.join(", ")
}

fn openers(openers: &[Opener], ecosystem: Ecosystem) -> String {
    let row = |opener: &Opener| {
        let released: Vec<&String> =
            opener.releases.iter().flat_map(|way| way.methods.iter().chain(&way.functions)).collect();
        let called = opener.releases.iter().any(|way| way.call).then_some("calling what it returns");
        let ways: Vec<String> =
            [codes(all_written(released, Some(ecosystem)))].into_iter().chain(called.map(str::to_string)).collect();
        let ways: Vec<String> = ways.into_iter().filter(|text| !text.is_empty()).collect();
        vec![codes(all_written(&opener.calls, Some(ecosystem))), plain(&opener.label), ways.join(", ")]
    };
    let rows: Vec<Vec<String>> = openers.iter().map(row).collect();
    match rows.is_empty() {
        true => String::new(),
        false => format!("## What effects open with it\n\n{}\n", table(&["call", "opens", "ended by"], &rows)),
    }
}
