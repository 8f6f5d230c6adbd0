//! Names of functions that look a user or a session up, and of calls that change one.
//!
//! Words of everyday code in three languages. Names no library.

use crate::catalog::words::lookups::{
    AFTER, BETWEEN, CHANGES, COMPARED, HOLDERS, PERSONS, ROWS, STORES, TRANSACTIONS, TURNS, VERBS,
};

pub use crate::catalog::schema::Subject;

/// What a function looks up, going by its name and, for a method, the name of its class.
pub fn subject(name: &str, class: Option<&str>) -> Option<Subject> {
    let start = name.trim_start_matches(|c: char| !c.is_alphanumeric());
    let begins = |verb: &&str| start.get(..verb.len()).is_some_and(|head| head.eq_ignore_ascii_case(verb));
    if !VERBS.iter().any(begins) {
        return None;
    }
    let words = words(name);
    let verb = words.first().filter(|verb| VERBS.contains(&verb.as_str()))?;
    let at = words.iter().position(|word| subject_word(word).is_some());
    if let Some(at) = at.filter(|at| words[1..(*at).max(1)].iter().all(|word| BETWEEN.contains(&word.as_str()))) {
        let last = words.iter().rposition(|word| subject_word(word).is_some()).unwrap_or(at);
        let plain = words.get(last + 1).is_none_or(|next| AFTER.contains(&next.as_str()));
        return plain.then(|| subject_word(&words[last])).flatten();
    }
    let single = verb == "find" && words.len() == 1 || words.iter().any(|word| word == "by" || word == "one");
    class.filter(|_| single && at.is_none()).and_then(holder)
}

/// The subject of a class that keeps users or sessions: `User`, `SessionRepository`, `UsersService`.
fn holder(class: &str) -> Option<Subject> {
    match words(class).as_slice() {
        [subject] => subject_word(subject),
        [subject, rest @ ..] if rest.iter().all(|word| HOLDERS.contains(&word.as_str())) => {
            subject_word(subject.trim_end_matches('s'))
        }
        _ => None,
    }
}

fn subject_word(word: &str) -> Option<Subject> {
    match word {
        "session" => Some(Subject::Session),
        "user" | "viewer" => Some(Subject::User),
        _ => None,
    }
}

/// The subject of a table or of the class of its rows, with its name in the singular: `users`, `UserEntity`, `profiles`.
pub fn table_subject(name: &str) -> Option<(Subject, String)> {
    let words = words(name);
    let (first, rest) = words.split_first()?;
    let rows = |word: &String| ROWS.contains(&word.as_str());
    let single = first.trim_end_matches('s');
    let subject = if PERSONS.contains(&single) { Some(Subject::User) } else { subject_word(single) };
    subject.filter(|_| rest.iter().all(rows)).map(|subject| (subject, single.to_string()))
}

/// Going by its name, the call may change what a look-up gives, or waits until something else has.
pub fn changes(name: &str) -> bool {
    let words = words(name);
    let compares = |pair: &[String]| pair[0] == "verify" && COMPARED.contains(&pair[1].as_str());
    words.iter().any(|word| CHANGES.contains(&word.as_str())) && !words.windows(2).any(compares)
}

pub fn turns(name: &str) -> bool {
    const OBJECTS: &[&str] =
        &["in", "out", "up", "user", "session", "token", "tokens", "for", "until", "async", "with"];
    match words(name).as_slice() {
        // A message or a token is signed, a user signs in.
        [sign] if sign == "sign" => false,
        [turn, rest @ ..] => TURNS.contains(&turn.as_str()) && rest.iter().all(|word| OBJECTS.contains(&word.as_str())),
        [] => false,
    }
}

/// The name speaks of the subject, and not of its identity alone.
pub fn concerns(name: &str, subject: Subject) -> bool {
    let words = words(name);
    if words.len() > 1 && words.last().is_some_and(|word| is_id(word)) {
        return false;
    }
    words.iter().any(|word| {
        let user =
            matches!(word.as_str(), "user" | "users" | "account" | "profile" | "member" | "viewer" | "auth" | "me");
        match subject {
            Subject::Session => {
                user || matches!(word.as_str(), "session" | "sessions" | "cookie" | "cookies" | "token")
            }
            Subject::User => user,
        }
    })
}

/// A name of what keeps settings, or measures.
pub fn is_setup(name: &str) -> bool {
    const WORDS: &[&str] = &["config", "configuration", "settings", "preferences", "metrics", "telemetry", "logger"];
    let words = words(name);
    let setup = words.iter().any(|word| WORDS.contains(&word.as_str()));
    setup && !words.iter().any(|word| subject_word(word).is_some() || HOLDERS.contains(&word.as_str()))
}

/// A name by which data is reached.
pub fn is_store(name: &str) -> bool {
    words(name).iter().any(|word| STORES.contains(&word.as_str()))
}

/// A name of a transaction, or of the option that names the one to read in.
pub fn is_transaction(name: &str) -> bool {
    words(name).iter().any(|word| TRANSACTIONS.contains(&word.as_str()))
}

/// A name of an identifying field of a user: `user_uuid`, `userId`, `owner_id`.
pub fn names_user_id(name: &str) -> bool {
    let words = words(name);
    let [.., subject, id] = words.as_slice() else { return false };
    subject == "user" && matches!(id.as_str(), "id" | "uuid" | "uid")
}

/// A name of what tells a user from all others, whatever it is a part of.
pub fn tells_user(name: &str) -> bool {
    matches!(name.to_ascii_lowercase().as_str(), "username" | "user_name" | "nickname" | "email" | "login" | "phone")
        || names_user_id(name)
}

/// A name of what a request asks with.
pub fn is_asked_with(name: &str) -> bool {
    matches!(name, "param" | "params" | "query" | "body" | "args" | "input" | "dto")
}

/// A name of the identifying field itself.
pub fn is_id(name: &str) -> bool {
    matches!(name, "id" | "_id" | "uuid" | "uid" | "pk")
}

/// The lower-case words of a name in snake or camel case.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut lower = false;
    for c in name.chars() {
        let starts = c.is_uppercase() && lower;
        lower = c.is_lowercase() || c.is_numeric();
        if !c.is_alphanumeric() {
            words.push(String::new());
            continue;
        }
        if starts || words.is_empty() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            match c.is_ascii() {
                true => word.push(c.to_ascii_lowercase()),
                false => word.extend(c.to_lowercase()),
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_look_ups() {
        assert_eq!(subject("getSession", None), Some(Subject::Session));
        assert_eq!(subject("get_current_user", None), Some(Subject::User));
        assert_eq!(subject("findUserById", None), Some(Subject::User));
        assert_eq!(subject("find_by_uuid", Some("User")), Some(Subject::User));
        assert_eq!(subject("findOne", Some("UsersService")), Some(Subject::User));
        for (name, class) in
            [("getUsers", None), ("getUserPosts", None), ("getUserId", None), ("find_by_id", Some("Post"))]
        {
            assert_eq!(subject(name, class), None, "{name}");
        }
        assert!(turns("signIn") && turns("refresh") && !turns("sign"));
        assert!(is_setup("AppConfig") && !is_setup("UserSettings") && !is_setup("SettingsService"));
    }
}
