//! Callee notation, parsed. See [`super::schema`].

use super::TypeId;

/// A module pattern in which `*` stands for any text.
#[derive(Debug, Clone)]
pub struct Wildcard {
    before: String,
    after: String,
}

impl Wildcard {
    pub fn parse(module: &str) -> Option<Self> {
        let (before, after) = module.split_once('*')?;
        Some(Self { before: before.into(), after: after.into() })
    }

    pub fn fits(&self, module: &str) -> bool {
        // Most modules begin with another letter.
        let begins = self.before.as_bytes().first().is_none_or(|first| module.as_bytes().first() == Some(first));
        begins && module.strip_prefix(self.before.as_str()).is_some_and(|rest| rest.ends_with(self.after.as_str()))
    }
}

/// What a row's call string names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CallPattern {
    /// Exported name of the file's modules, dotted for statics: `Pool`, `PgPool.connect`, `default`.
    Export(String),
    /// Method of values of a type.
    Method(TypeId, String),
    /// Method of any receiver.
    AnyMethod(String),
    Global(String),
    Macro(String),
}

/// The text of a call string without its `new `.
pub fn strip_new(text: &str) -> (&str, bool) {
    match text.strip_prefix("new ") {
        Some(rest) => (rest, true),
        None => (text, false),
    }
}

/// Parses a call string; `type_id` finds a type by its name as seen from the row's file.
/// `None` when it names a type that does not exist.
pub fn parse(text: &str, globals: bool, type_id: impl Fn(&str) -> Option<TypeId>) -> Option<CallPattern> {
    let (text, _) = strip_new(text);
    if let Some(method) = text.strip_prefix('.') {
        return Some(CallPattern::AnyMethod(method.to_string()));
    }
    if let Some(rest) = text.strip_prefix('#') {
        // The type's name may hold dots (`pg.Pool`), and so may the method (`cli.command`).
        let mut splits = rest.match_indices('.').map(|(at, _)| (&rest[..at], &rest[at + 1..]));
        return splits.find_map(|(ty, method)| Some(CallPattern::Method(type_id(ty)?, method.to_string())));
    }
    if let Some(name) = text.strip_prefix("global:") {
        return Some(CallPattern::Global(name.to_string()));
    }
    if let Some(name) = text.strip_prefix("macro:") {
        return Some(CallPattern::Macro(name.to_string()));
    }
    if globals {
        return Some(CallPattern::Global(text.to_string()));
    }
    Some(CallPattern::Export(text.to_string()))
}

/// Whether a written path ends as a pattern says: `*_client.*Client`.
pub fn path_fits(pattern: &str, path: &[String]) -> bool {
    let wanted: Vec<&str> = pattern.split('.').collect();
    let fits = |(want, name): (&&str, &String)| match want.strip_prefix('*') {
        Some(end) => name.len() > end.len() && name.ends_with(end),
        None => name == want,
    };
    path.len() >= wanted.len() && wanted.iter().zip(&path[path.len() - wanted.len()..]).all(fits)
}

/// Whether a name fits a receiver pattern: equal without regard to case, or `*part` for the end
/// of the name.
pub fn receiver_fits(patterns: &[String], name: &str) -> bool {
    let bare = name.trim_start_matches(['_', '$']);
    let name = if bare.is_empty() { name } else { bare }.to_ascii_lowercase();
    patterns.iter().any(|pattern| match pattern.strip_prefix('*') {
        Some("") => true,
        Some(part) => name.contains(&part.trim_end_matches('*').to_ascii_lowercase()),
        None => name == pattern.to_ascii_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::path_fits;

    #[test]
    fn paths_are_compared_from_their_end() {
        let path = |text: &str| text.split('.').map(String::from).collect::<Vec<_>>();
        assert!(path_fits("*_client.*Client", &path("proto.v1.greeter_client.GreeterClient")));
        assert!(!path_fits("*_client.*Client", &path("proto.v1.greeter.GreeterClient")));
        assert!(!path_fits("*_client.*Client", &path("greeter_client.Client")));
        assert!(!path_fits("*_client.*Client", &path("GreeterClient")));
    }
}
