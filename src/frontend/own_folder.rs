//! Module paths that a script tells from its own folder: `__dirname + "/routes"`, `path.join(__dirname, "routes")`.
//!
//! Reads text; knows no parser and no other file.

const FOLDER: &str = "__dirname";

/// The relative path at the beginning of the text, and what stands behind it.
pub fn path(text: &str) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix("`${__dirname}") {
        let (below, rest) = rest.split_once('`')?;
        return (!below.contains("${")).then(|| (relative([below].into_iter()), rest));
    }
    if let Some(rest) = text.strip_prefix(FOLDER) {
        let (below, rest) = quoted(rest.trim_start().strip_prefix('+')?.trim_start())?;
        return Some((relative([below].into_iter()), rest));
    }
    joined(text)
}

/// `path.join(__dirname, "a", "b")`
fn joined(text: &str) -> Option<(String, &str)> {
    let text = text.strip_prefix("path.").unwrap_or(text);
    let rest = text.strip_prefix("join(").or_else(|| text.strip_prefix("resolve("))?;
    let mut rest = rest.trim_start().strip_prefix(FOLDER)?.trim_start();
    let mut parts = Vec::new();
    while let Some(next) = rest.strip_prefix(',') {
        let (part, behind) = quoted(next.trim_start())?;
        parts.push(part);
        rest = behind.trim_start();
    }
    let rest = rest.strip_prefix(')')?;
    (!parts.is_empty()).then(|| (relative(parts.into_iter()), rest))
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (inner, rest) = text[1..].split_once(quote)?;
    (!inner.is_empty() && !inner.contains('\n')).then_some((inner, rest))
}

fn relative<'t>(parts: impl Iterator<Item = &'t str>) -> String {
    let parts: Vec<&str> = parts.flat_map(|part| part.split('/')).filter(|part| !matches!(*part, "" | ".")).collect();
    let up = parts.first().is_some_and(|part| *part == "..");
    if up { parts.join("/") } else { format!("./{}", parts.join("/")) }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn paths_below_and_beside_the_own_folder() {
        let told = |text| path(text).map(|(path, rest)| (path, rest.to_string()));
        let is = |path: &str, rest: &str| Some((path.to_string(), rest.to_string()));
        assert_eq!(told("__dirname + '/api/sub')"), is("./api/sub", ")"));
        assert_eq!(told("`${__dirname}/api`;"), is("./api", ";"));
        assert_eq!(told("path.join(__dirname, '..', \"lib/db.js\")"), is("../lib/db.js", ""));
        assert_eq!(told("resolve(__dirname,'./a')"), is("./a", ""));
        assert_eq!(told("path.join(__dirname, name)"), None);
        assert_eq!(told("__dirname + name"), None);
    }
}
