//! Takes secrets out of string literals before they enter the facts.
//!
//! Facts are printed, cached and sent to editors, so a password may not even be stored. What the
//! analysis needs of a URL (scheme, host, port, path, parameters with plain values) stays.

/// What a removed part is replaced by.
pub const MARK: &str = "***";

/// The text with user names and passwords of URLs, secret-looking URL parameters and
/// token-like words replaced by [`MARK`].
pub fn text(text: &str) -> String {
    if text.contains("://") {
        return urls(text);
    }
    if is_token(text) { MARK.to_string() } else { text.to_string() }
}

/// The value of a setting: hidden when its key says that it is a secret, unless it is a URL.
pub fn setting(key: &str, value: &str) -> String {
    let secret = secret_key(key) && !value.is_empty() && !value.contains("://");
    if secret { MARK.to_string() } else { words(value) }
}

/// A command line or a connection string of `name=value` words.
pub fn words(text: &str) -> String {
    let text = self::text(text);
    let mut flag = false;
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive([' ', '\t', '\n', ';']) {
        let word = piece.trim_end_matches([' ', '\t', '\n', ';']);
        let given = std::mem::replace(&mut flag, word.starts_with("--") && !word.contains('=') && secret_key(word));
        let hide = given && !word.is_empty() && !word.starts_with('-');
        shown.push_str(&if hide { MARK.to_string() } else { assignment(word) });
        shown.push_str(&piece[word.len()..]);
    }
    shown
}

fn assignment(word: &str) -> String {
    match word.split_once('=') {
        Some((key, value)) if secret_key(key) && !value.is_empty() && !value.contains("://") => format!("{key}={MARK}"),
        _ if !word.contains("://") && is_token(word) => MARK.to_string(),
        _ => word.to_string(),
    }
}

/// A setting of this name holds a secret: `DB_PASSWORD`, `apiKey`, `authToken`.
pub fn secret_key(key: &str) -> bool {
    let key: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let words = ["password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "credential"];
    let ends = ["key", "pass", "auth"];
    words.iter().any(|word| key.contains(word)) || ends.iter().any(|end| key.ends_with(end))
}

/// Every URL of the text by itself: a list of hosts, a command with two addresses.
fn urls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut start = 0;
    for (at, _) in text.match_indices("://").skip(1) {
        let scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let cut = text[start..at].trim_end_matches(scheme).len() + start;
        shown.push_str(&url(&text[start..cut]));
        start = cut;
    }
    shown + &url(&text[start..])
}

fn url(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_string() };
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = match rest[..authority_end].rfind('@') {
        Some(_) => rest.split_at(authority_end),
        // An unescaped `/` or `?` in a password: everything up to the last `@` is user information.
        None => match rest.rfind('@') {
            Some(at) if rest[..at].contains(':') => {
                let end = rest[at..].find(['/', '?', '#']).map_or(rest.len(), |i| at + i);
                rest.split_at(end)
            }
            _ => rest.split_at(authority_end),
        },
    };
    let host = match authority.rfind('@') {
        Some(at) => format!("{MARK}@{}", &authority[at + 1..]),
        None => authority.to_string(),
    };
    format!("{scheme}://{host}{}", query(tail))
}

fn query(tail: &str) -> String {
    let Some((path, query)) = tail.split_once('?') else { return tail.to_string() };
    let pairs: Vec<String> = query.split('&').map(parameter).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn parameter(pair: &str) -> String {
    let Some((key, value)) = pair.split_once('=') else { return pair.to_string() };
    let plain = value.chars().all(|c| c.is_ascii_digit())
        || matches!(
            value,
            "true" | "false" | "require" | "disable" | "prefer" | "transaction" | "session" | "majority"
        );
    if plain { pair.to_string() } else { format!("{key}={MARK}") }
}

/// A long word of mixed letters and digits, as keys and tokens are.
fn is_token(text: &str) -> bool {
    let long = text.len() >= 20;
    let word = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.+/=:".contains(&b));
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let path = text.starts_with(['.', '/', '@']) || text.matches('/').count() > 1;
    let known = ["sk_", "pk_", "ghp_", "xox", "AKIA", "eyJ", "SG."].iter().any(|p| text.starts_with(p));
    word && !path && (known && long || long && digits >= 4 && text.bytes().any(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::{setting, text, words};

    #[test]
    fn settings_and_commands_lose_what_their_names_call_secret() {
        assert_eq!(setting("DB_PASSWORD", "hunter2"), "***");
        assert_eq!(setting("API_KEY", "https://u:p@h/x"), "https://***@h/x");
        assert_eq!(setting("POOL_SIZE", "5"), "5");
        assert_eq!(setting("REDIS_AUTH", "hunter2"), "***");
        assert_eq!(
            words("A_TOKEN=x PORT=1 node app --password hunter2 -p 3"),
            "A_TOKEN=*** PORT=1 node app --password *** -p 3"
        );
        assert_eq!(words("Server=h;Password=x y;Pooling=true"), "Server=h;Password=*** y;Pooling=true");
        assert_eq!(
            words("psql postgres://u:p@h/a && psql postgres://u:p@h/b"),
            "psql postgres://***@h/a && psql postgres://***@h/b"
        );
        assert_eq!(text("kafka://a:b@h1,kafka://c:d@h2"), "kafka://***@h1,kafka://***@h2");
    }

    #[test]
    fn url_keeps_structure_and_loses_secrets() {
        assert_eq!(
            text("postgresql://bob:hunter2@db.x.supabase.co:5432/app?connection_limit=5&password=x"),
            "postgresql://***@db.x.supabase.co:5432/app?connection_limit=5&password=***"
        );
        assert_eq!(text("mongodb://a:p/w?d@h/x"), "mongodb://***@h/x");
        assert_eq!(text("./lib/db"), "./lib/db");
        assert_eq!(text("sk_live_4eC39HqLyjWDarjtT1zdp7dc"), "***");
    }
}
