//! The data's notation of calls, as a reader of the language would write them.

use crate::data::schema::Ecosystem;

/// A call of the notation that `src/catalog/schema.rs` describes.
pub fn written(call: &str, ecosystem: Option<Ecosystem>) -> String {
    let call = call.trim_start_matches('#').trim_start_matches("global:");
    match (call.strip_prefix("macro:"), call.strip_prefix('.')) {
        (Some(name), _) => format!("{name}!"),
        (_, Some(method)) => format!("….{method}"),
        _ if ecosystem == Some(Ecosystem::Crates) => call.replacen('.', "::", usize::MAX),
        _ => call.into(),
    }
}

/// Several, without repeats.
pub fn all_written<'a>(calls: impl IntoIterator<Item = &'a String>, ecosystem: Option<Ecosystem>) -> Vec<String> {
    let mut result: Vec<String> = Vec::new();
    for call in calls {
        let call = written(call, ecosystem);
        if !result.contains(&call) {
            result.push(call);
        }
    }
    result
}

#[test]
fn calls_read_as_in_their_language() {
    assert_eq!(written("#App.get", Some(Ecosystem::Npm)), "App.get");
    assert_eq!(written(".on", None), "….on");
    assert_eq!(written("PgPool.connect", Some(Ecosystem::Crates)), "PgPool::connect");
    assert_eq!(written("macro:join", Some(Ecosystem::Crates)), "join!");
}
