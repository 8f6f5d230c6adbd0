//! What entry points are called: routes by method and path, all others by the label of their row.
//!
//! A path may stand beside the handler, in a call around it or before it, on the class, or be the path of the file
//! itself. Knows no framework by name.

use super::Program;
use crate::catalog::schema::{Handover, Run};
use crate::catalog::words::values::HTTP_VERBS;
use crate::facts::{Call, DEFAULT_EXPORT, FileFacts, Value};
use crate::program::{CallRef, FnRef};

/// A file of this name stands for its folder.
const INDEX: &str = "index";

/// By HTTP's verb where the method's name ends with one, else by the row's label.
fn route(method: &str, path: &str, label: &str) -> String {
    match (verb(method), label) {
        (Some(verb), _) => format!("{verb} {path}"),
        _ if method.to_lowercase().contains("websocket") => format!("websocket {path}"),
        (_, "") => format!("{method} {path}"),
        (_, label) => format!("{label} {path}"),
    }
}

/// `post` of `router.post`, `typed_post`, `onPost`, `onRequestPost`.
fn verb(method: &str) -> Option<String> {
    let last = method.rsplit('_').next().unwrap_or(method);
    let bare = ["onRequest", "on"].iter().find_map(|lead| last.strip_prefix(lead)).unwrap_or(last).to_uppercase();
    HTTP_VERBS.contains(&bare.as_str()).then_some(bare)
}

/// The label, and the name of what is meant where that says more.
pub(crate) fn labelled(label: &str, name: &str) -> String {
    let said = name == DEFAULT_EXPORT || label.split_whitespace().any(|word| word == name);
    if said && !label.is_empty() { label.to_string() } else { format!("{label} {name}").trim().to_string() }
}

/// How a message names a hand-over: `GET /users`, `job`.
pub(crate) fn label(program: &Program, call: CallRef, handover: &Handover) -> String {
    let (facts, data) = (program.facts(call.file), program.call(call));
    let method = data.callee_name(facts).unwrap_or_default();
    match text(data) {
        Some(path) if path.starts_with('/') => route(&told(data).unwrap_or(method.to_string()), path, &handover.label),
        Some(text) if !text.is_empty() && text.len() < 40 => format!("{} `{text}`", handover.label).trim().to_string(),
        None if handover.run == Run::Request => far(program, call).unwrap_or_else(|| handover.label.clone()),
        _ => handover.label.clone(),
    }
}

/// How a message names what a decorator has run, on a method of a class that may have a path of its own.
pub(crate) fn decorated(program: &Program, f: FnRef, data: &Call, label: &str) -> String {
    let method = data.callee_name(program.facts(f.file)).unwrap_or_default();
    let around = if verb(method).is_some() { class_path(program, f) } else { None };
    let method = told(data).unwrap_or(method.to_string());
    match (text(data), around) {
        (Some(path), Some(around)) => route(&method, &joined(around, path), label),
        (None, Some(around)) => route(&method, &joined(around, ""), label),
        (Some(path), None) if path.starts_with('/') => route(&method, path, label),
        _ if label.is_empty() => method,
        _ => label.to_string(),
    }
}

/// How a message names what a file exports, which may be served by the path of the file.
pub(crate) fn exported(label: &str, name: &str, served: Option<&Served>) -> String {
    let Some(Served { method, path }) = served else { return labelled(label, name) };
    match method.clone().or_else(|| verb(name)) {
        Some(verb) => format!("{verb} {path}"),
        None => format!("{} {path}", labelled(label, name)).trim().to_string(),
    }
}

/// The address that a file is served at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Served {
    /// `users.post.ts`
    method: Option<String>,
    path: String,
}

/// What the file's path, below one of the folders, says of its address. `named`: its own name is a part of that.
pub(crate) fn served(path: &str, folders: &[String], named: bool) -> Option<Served> {
    let below = |folder: &String| match path.strip_prefix(folder.as_str()) {
        Some(rest) => rest.strip_prefix('/'),
        None => path.split_once(&format!("/{folder}/")).map(|(_, rest)| rest),
    };
    let mut parts: Vec<&str> = folders.iter().find_map(below)?.split('/').collect();
    let mut names = parts.pop()?.split('.');
    let own = names.next().filter(|own| named && *own != INDEX);
    let method = names.find_map(verb);
    // Groups and slots are no part of the address: `(shop)`, `@modal`.
    let shown = parts.into_iter().chain(own).filter(|part| !part.starts_with(['(', '@']));
    let path = shown.fold(String::new(), |path, part| format!("{path}/{part}"));
    Some(Served { method, path: if path.is_empty() { "/".into() } else { path } })
}

fn text(data: &Call) -> Option<&str> {
    data.args.first().and_then(|arg| arg.value.as_str())
}

/// `methods=["POST"]`
fn told(data: &Call) -> Option<String> {
    let arg = data.args.iter().find(|arg| matches!(arg.name.as_deref(), Some("methods" | "method")))?;
    let verbs = match &arg.value {
        Value::List(all) => all.iter().filter_map(Value::as_str).map(str::to_uppercase).collect::<Vec<_>>().join("|"),
        one => one.as_str()?.to_uppercase(),
    };
    Some(verbs).filter(|verbs| !verbs.is_empty())
}

/// The path that the class around a method gives to all of them: `@Controller("users")`.
fn class_path<'a>(program: &Program<'a>, f: FnRef) -> Option<&'a str> {
    let class = program.class_around(f)?;
    let facts = program.facts(class.file);
    program.class(class).decorators.iter().find_map(|call| text(facts.call(*call)))
}

fn joined(around: &str, path: &str) -> String {
    let parts = around.split('/').chain(path.split('/')).filter(|part| !part.is_empty());
    let path = parts.fold(String::new(), |path, part| format!("{path}/{part}"));
    if path.is_empty() { "/".into() } else { path }
}

/// Method and path of a handler whose call has only one of them, or none: `route("/users", get(list))`,
/// `resource("/users").route(web::get().to(list))`, `router.route("/users").get(list)`.
fn far(program: &Program, call: CallRef) -> Option<String> {
    let facts = program.facts(call.file);
    let (mut method, mut path) = (None, None);
    for call in std::iter::successors(Some(call), |call| program.around(*call)) {
        let mut inner = Some(program.call(call));
        while let Some(link) = inner {
            method = method.or_else(|| verb(link.callee_name(facts)?));
            path = path.or_else(|| text(link).filter(|path| path.starts_with('/')));
            inner = before(facts, link);
        }
        if path.is_some() || method.is_none() {
            break;
        }
    }
    Some(format!("{} {}", method?, path?))
}

/// The call that a method is called on.
fn before<'f>(facts: &'f FileFacts, call: &Call) -> Option<&'f Call> {
    match &call.callee {
        Value::Member(base, _) => match &**base {
            Value::Call(id) => Some(facts.call(*id)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Served, joined, served, verb};

    #[test]
    fn files_are_served_at_their_paths() {
        let at = |path: &str, folder: &str, named| served(path, &[folder.to_string()], named).map(|it| it.path);
        assert_eq!(at("src/app/(shop)/api/[id]/route.ts", "app", false).as_deref(), Some("/api/[id]"));
        assert_eq!(at("app/page.tsx", "app", false).as_deref(), Some("/"));
        assert_eq!(at("pages/api/users/index.ts", "pages", true).as_deref(), Some("/api/users"));
        assert_eq!(at("lib/db.ts", "app", true), None);
        let posted = Served { method: Some("POST".into()), path: "/api/users".into() };
        assert_eq!(served("server/api/users.post.ts", &["server".into()], true), Some(posted));
    }

    #[test]
    fn methods_are_told_by_names() {
        for name in ["get", "typed_get", "onGet", "onRequestGet", "GET"] {
            assert_eq!(verb(name).as_deref(), Some("GET"), "{name}");
        }
        assert_eq!(verb("getUsers"), None);
        assert_eq!(joined("users", ":id"), "/users/:id");
        assert_eq!(joined("/users/", ""), "/users");
    }
}
