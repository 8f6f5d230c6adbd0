//! From manifests and settings files to plain values.
//!
//! What a file is follows from its name. Bad input gives a problem that names the file and what to
//! do; error texts never quote the input, which may hold secrets. Knows no library: a key is a key.

mod comment;
mod container;
mod dotenv;
mod ini;
mod json;
mod manifest;
mod prisma;
mod toml;
mod tree;
mod yaml;

#[cfg(test)]
mod tests;

use crate::facts::settings::{Manifest, Settings, SettingsKind};
pub use tree::{Data, Member, Node, Syntax};

pub use comment::{comment_mark, comments};

/// Bytes; what is larger is data and has no entries.
const LARGEST: usize = 1 << 20;

/// The facts of a manifest; `file_name` is a path with `/` or a bare name.
pub fn lower_manifest(file_name: &str, text: &str) -> Result<Manifest, String> {
    let Some(kind) = manifest::Kind::of(file_name) else {
        return Err(format!("{file_name} is not a manifest that connlint reads: take it out of the list of manifests"));
    };
    let text = &without_mark(text);
    manifest::lower(kind, file_name, text).map_err(|error| error.problem(file_name))
}

/// Whether [`lower_manifest`] reads files of that name.
pub fn is_manifest(file_name: &str) -> bool {
    manifest::Kind::of(file_name).is_some()
}

/// The entries of a settings file; `file_name` is a path with `/` or a bare name.
pub fn lower_settings(file_name: &str, text: &str) -> Result<Settings, String> {
    let Some(kind) = settings_kind(file_name) else {
        return Err(format!(
            "{file_name} is not a settings file that connlint reads: take it out of the list of settings"
        ));
    };
    let text = &without_mark(text);
    let entries = match kind {
        SettingsKind::Env => dotenv::lower(text),
        SettingsKind::Prisma => prisma::lower(text),
        SettingsKind::Dockerfile => container::dockerfile(text),
        SettingsKind::Procfile => container::procfile(text),
        SettingsKind::Shell if is_shell(file_name, text) => container::shell(text),
        SettingsKind::Shell => Vec::new(),
        SettingsKind::Compose => container::compose(&yaml::parse(text).map_err(|error| error.problem(file_name))?),
        _ if text.len() > LARGEST => Vec::new(),
        _ => match parse(file_name, text) {
            Ok(root) => tree::flatten(&root),
            // A template of a document says nothing before it is filled in.
            Err(_) if text.contains("{{") => Vec::new(),
            Err(error) => return Err(error.problem(file_name)),
        },
    };
    Ok(Settings { kind, entries })
}

/// A file whose name has no ending is a script by its first line; that line may name another language.
fn is_shell(file_name: &str, text: &str) -> bool {
    match text.strip_prefix("#!") {
        Some(rest) => rest.lines().next().is_some_and(|line| line.contains("sh")),
        None => base_name(file_name).contains('.'),
    }
}

/// Whether all that is read of a file of that name can be.
pub fn parses(file_name: &str, text: &str) -> bool {
    let as_manifest = !is_manifest(file_name) || lower_manifest(file_name, text).is_ok();
    as_manifest && (settings_kind(file_name).is_none() || lower_settings(file_name, text).is_ok())
}

/// What kind of settings file a name stands for.
pub fn settings_kind(file_name: &str) -> Option<SettingsKind> {
    let name = base_name(file_name);
    let stem = |starts: &str| name.starts_with(starts) && name.ends_with(['l', 'L']);
    Some(match name {
        "vercel.json" => SettingsKind::Vercel,
        "netlify.toml" => SettingsKind::Netlify,
        "wrangler.toml" | "wrangler.json" | "wrangler.jsonc" => SettingsKind::Wrangler,
        "serverless.yml" | "serverless.yaml" | "serverless.json" => SettingsKind::Serverless,
        "fly.toml" => SettingsKind::Fly,
        _ if name.starts_with(".env") || name.ends_with(".env") => SettingsKind::Env,
        _ if name.starts_with("Procfile") => SettingsKind::Procfile,
        _ if name.ends_with(".sh") => SettingsKind::Shell,
        _ if file_name.contains("supervisor") && name.ends_with(".conf") => SettingsKind::Ini,
        _ if name.starts_with("Dockerfile") || name == "Containerfile" => SettingsKind::Dockerfile,
        _ if name.to_ascii_lowercase().ends_with(".dockerfile") => SettingsKind::Dockerfile,
        _ if !name.contains('.') => SettingsKind::Shell,
        _ if stem("docker-compose") || stem("compose.") || stem("compose-") => SettingsKind::Compose,
        _ if name.starts_with("fly.") && name.ends_with(".toml") => SettingsKind::Fly,
        _ => by_extension(name)?,
    })
}

fn by_extension(name: &str) -> Option<SettingsKind> {
    let (stem, extension) = name.rsplit_once('.')?;
    // Lock files are written by tools and hold no settings.
    if stem.ends_with("-lock") || stem.ends_with(".lock") {
        return None;
    }
    Some(match extension {
        "prisma" => SettingsKind::Prisma,
        "json" | "jsonc" | "json5" => SettingsKind::Json,
        "toml" => SettingsKind::Toml,
        "yaml" | "yml" => SettingsKind::Yaml,
        "ini" | "cfg" | "service" => SettingsKind::Ini,
        _ => return None,
    })
}

/// A whole document of JSON, TOML, YAML or INI, by the ending of its name; TOML where there is none of these.
pub fn document(file_name: &str, text: &str) -> Result<Node, Syntax> {
    parse(file_name, &without_mark(text))
}

fn parse(file_name: &str, text: &str) -> Result<Node, Syntax> {
    match base_name(file_name).rsplit_once('.').map_or("", |(_, extension)| extension) {
        "json" | "jsonc" | "json5" => json::parse(text),
        "yaml" | "yml" => yaml::parse(text),
        "ini" | "cfg" | "conf" | "service" => Ok(ini::parse(text)),
        _ => toml::parse(text),
    }
}

fn base_name(file_name: &str) -> &str {
    file_name.rsplit(['/', '\\']).next().unwrap_or(file_name)
}

/// A byte order mark becomes blanks of equal length, so that offsets hold.
fn without_mark(text: &str) -> std::borrow::Cow<'_, str> {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => format!("  \n{rest}").into(),
        None => text.into(),
    }
}
