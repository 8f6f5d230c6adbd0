//! Takes secrets out of string literals before they enter the facts.
//!
//! Facts are printed, cached and sent to editors, so a password may not even be stored. What the
//! analysis needs of a URL (scheme, host, port, path, parameters with plain values) stays.

use std::ops::Range;

/// What a removed part is replaced by.
pub const MARK: &str = "***";

/// The text with user names and passwords of URLs, secret-looking URL parameters and
/// token-like words replaced by [`MARK`].
pub fn text(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let assigns = ASSIGNING.iter().any(|mark| lower.contains(mark));
    if text.contains("://") {
        return if assigns { each_word(&urls(text)) } else { urls(text) };
    }
    if is_host(text) {
        return host(text);
    }
    let quoted = sql(text);
    if assigns || !quoted.is_empty() {
        return each_word(&without(text, &quoted));
    }
    if is_token(text) { MARK.to_string() } else { text.to_string() }
}

/// What begins the secrets of connection strings and commands, in lower case.
const ASSIGNING: &[&str] = &[
    "password=",
    "password =",
    "passwd=",
    "pwd=",
    "uid=",
    "user id=",
    "accountkey=",
    "accesskey=",
    "--password",
    "--token",
    "--api-key",
    "--secret",
];

/// The text with each range replaced by [`MARK`].
fn without(text: &str, hidden: &[Range<usize>]) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for range in hidden {
        shown.push_str(&text[at..range.start]);
        shown.push_str(MARK);
        at = range.end;
    }
    shown + &text[at..]
}

/// Quoted passwords of SQL statements: `PASSWORD 'x'`, `SET PASSWORD = 'x'`, `IDENTIFIED BY 'x'`.
pub fn sql(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let after = |mark: &'static str| lower.match_indices(mark).map(move |(at, _)| at + mark.len());
    let mut found: Vec<Range<usize>> = after("password")
        .chain(after("identified by"))
        .filter_map(|at| {
            let rest = text[at..].trim_start_matches([' ', '=', '(']).strip_prefix('\'')?;
            let start = text.len() - rest.len();
            let length = rest.find('\'').filter(|length| *length > 0)?;
            Some(start..start + length)
        })
        .collect();
    found.sort_unstable_by_key(|range| range.start);
    found.dedup();
    found
}

/// The value of a setting: hidden when its key says that it is private, unless it is a URL or names a function.
pub fn setting(key: &str, value: &str) -> String {
    let secret = private_key(key) && !value.is_empty() && !value.contains("://") && !names_function(value);
    if secret { MARK.to_string() } else { words(value) }
}

/// `tokens.cli:main`: the entry point of a program that may be called `tokens`.
fn names_function(value: &str) -> bool {
    let path = |text: &str| text.split('.').all(|name| !name.is_empty() && name.chars().all(is_letter));
    value.split_once(':').is_some_and(|(module, name)| module.contains('.') && path(module) && path(name))
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// A command line or a connection string of `name=value` words.
pub fn words(text: &str) -> String {
    each_word(&self::text(text))
}

fn each_word(text: &str) -> String {
    let mut flag = false;
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    for range in pieces(text) {
        let word = &text[range.clone()];
        let given = std::mem::replace(&mut flag, word.starts_with("--") && !word.contains('=') && secret_key(word));
        let hide = given && !word.is_empty() && !word.starts_with('-');
        shown.push_str(&text[at..range.start]);
        shown.push_str(&if hide { MARK.to_string() } else { assignment(word) });
        at = range.end;
    }
    shown + &text[at..]
}

/// The words of a command or connection string. A value in quotes or braces is part of its word; where
/// semicolons part pairs, blanks are parts of values.
pub fn pieces(text: &str) -> Vec<Range<usize>> {
    let pairs = text.contains(';') && text.split(';').all(|part| part.trim().is_empty() || part.contains('='));
    let mut found = Vec::new();
    let (mut start, mut before, mut closing) = (0, ' ', None);
    for (at, c) in text.char_indices() {
        if closing.is_some() {
            closing = closing.filter(|close| *close != c);
        } else if c == ';' || !pairs && matches!(c, ' ' | '\t' | '\n') {
            found.push(start..at);
            start = at + 1;
        } else if before == '=' {
            closing =
                [('\'', '\''), ('"', '"'), ('{', '}')].iter().find(|(open, _)| *open == c).map(|(_, close)| *close);
        }
        before = c;
    }
    found.push(start..text.len());
    found
}

/// A pair of a connection string says whose something is: `UID=…`, `User Id=…`.
pub fn private_word(key: &str) -> bool {
    let name = squeezed(key);
    !key.contains("://") && (private_key(key) || matches!(name.as_str(), "uid" | "userid"))
}

fn assignment(word: &str) -> String {
    match word.split_once('=') {
        Some((key, value)) if private_word(key) && !value.is_empty() && !value.contains("://") => {
            format!("{key}={MARK}")
        }
        Some((key, value)) if is_host(value) => format!("{key}={}", host(value)),
        _ if !word.contains("://") && is_token(word) => MARK.to_string(),
        _ => word.to_string(),
    }
}

/// A setting of this name holds a secret: `DB_PASSWORD`, `apiKey`, `authToken`.
pub fn secret_key(key: &str) -> bool {
    let key = squeezed(key);
    let words = ["password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "accesskey", "credential"];
    let ends = ["key", "pass", "auth", "pw", "creds"];
    words.iter().any(|word| key.contains(word)) || ends.iter().any(|end| key.ends_with(end))
}

/// A setting of this name says whose something is: a secret, a user's name, a project's reference.
pub fn private_key(key: &str) -> bool {
    let key = squeezed(key);
    let ends = ["user", "username", "login", "projectref", "projectid", "accountid"];
    secret_key(&key) || ends.iter().any(|end| key.ends_with(end))
}

/// Domains below which a hoster gives each project a name of its own, from the hosts of `rules/limits`.
const HOSTED: &[&str] = include!(concat!(env!("OUT_DIR"), "/hosted_domains.rs"));

/// Parts of hosted names that say what kind of server it is, or where; the others are a project's reference.
const HOST_WORDS: &[&str] = &[
    "af",
    "ap",
    "api",
    "aws",
    "azure",
    "ca",
    "cache",
    "cdn",
    "central",
    "cluster",
    "db",
    "direct",
    "dpg",
    "east",
    "ep",
    "eu",
    "gcp",
    "gov",
    "il",
    "me",
    "mongo",
    "mysql",
    "north",
    "northeast",
    "northwest",
    "pg",
    "pooler",
    "postgres",
    "proxy",
    "rds",
    "redis",
    "replica",
    "sa",
    "shard",
    "south",
    "southeast",
    "southwest",
    "sql",
    "us",
    "west",
    "www",
];

/// A host's name with references of projects replaced by [`MARK`].
pub fn host(text: &str) -> String {
    without(text, &host_secrets(text))
}

/// The parts of a host's name that are a project's reference: below a hoster's domain all that does not say what
/// kind of server it is, elsewhere only what a machine made up. Names of two labels, addresses and names inside a
/// network have none.
pub fn host_secrets(text: &str) -> Vec<Range<usize>> {
    let name = text.split(':').next().unwrap_or_default();
    let labels: Vec<&str> = name.split('.').collect();
    let inside = matches!(labels.last(), Some(&"local" | &"internal" | &"localdomain" | &"lan" | &"svc" | &"test"));
    let address = labels.iter().all(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    if labels.len() < 3 || inside || address {
        return Vec::new();
    }
    let hosted = HOSTED.iter().find(|domain| name.strip_suffix(**domain).is_some_and(|rest| rest.ends_with('.')));
    let own = hosted.map_or(2, |domain| domain.split('.').count());
    let mut found = Vec::new();
    let mut at = 0;
    for label in &labels[..labels.len().saturating_sub(own)] {
        let mut start = at;
        for word in label.split('-') {
            let reference = if hosted.is_some() { !says_kind(word) } else { is_made_up(word) };
            if reference && is_word(word) {
                found.push(start..start + word.len());
            }
            start += word.len() + 1;
        }
        at += label.len() + 1;
    }
    found
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `db`, `eu`, `cluster0`, `1`.
fn says_kind(word: &str) -> bool {
    let kind = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = word.len() - kind.len() <= 2;
    numbered && (kind.is_empty() || HOST_WORDS.contains(&kind.to_ascii_lowercase().as_str()))
}

/// Longer than words are, or with digits as no name has them: `ab1cd`, but `k8s`.
fn is_made_up(word: &str) -> bool {
    let kind = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let mixed = word.len() >= 5 && kind.bytes().any(|byte| byte.is_ascii_digit());
    word.len() >= 16 || mixed || word.len() - kind.len() >= 4
}

/// A setting of this name is a server's name or address, whoever's it is.
pub fn host_key(key: &str) -> bool {
    let key = squeezed(key);
    ["host", "hostname", "server", "servers", "domain", "endpoint"].iter().any(|end| key.ends_with(end))
}

/// A host's name that stands alone; the endings are ones that no module path has.
pub fn is_host(text: &str) -> bool {
    let name = text.split(':').next().unwrap_or_default();
    let plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte));
    let end = name.rsplit('.').next().unwrap_or_default();
    let common = matches!(end, "com" | "net" | "org" | "co" | "tech" | "cloud");
    let short = matches!(end, "io" | "dev" | "app" | "ai") && name.contains(|c: char| c == '-' || c.is_ascii_digit());
    plain && name.matches('.').count() >= 2 && (common || short)
}

/// A method of exactly this name takes something private: `.password("…")`, `.user("…")`.
pub fn private_method(name: &str) -> bool {
    let name = squeezed(name);
    let names =
        ["password", "passwd", "pass", "username", "user", "secret", "token", "apikey", "authtoken", "accesskey"];
    names.contains(&name.as_str())
}

/// Letters and digits alone, in lower case: `setHeader` and `set_header` are one name.
fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Of a call with so many texts one after the other, the first that is a user or a password: `login("u", "p")`,
/// `connect("host", "u", "p")`.
pub fn logs_in(callee: &str, texts: usize) -> Option<usize> {
    let name = squeezed(callee);
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    let proves = name == "basic" || ends(&["login", "signin", "auth", "authenticate", "credentials", "authprovider"]);
    let opens = ends(&["connect", "connection", "client", "pool", "database", "ftp"]);
    match texts {
        2.. if proves => Some(0),
        3.. if opens => Some(1),
        _ => None,
    }
}

/// A method that keeps its second argument under the name that its first one is.
pub fn keeps_under(callee: &str) -> bool {
    let name = squeezed(callee);
    matches!(
        name.as_str(),
        "set"
            | "insert"
            | "header"
            | "setheader"
            | "append"
            | "setdefault"
            | "setitem"
            | "putenv"
            | "setenv"
            | "setvar"
    )
}

/// What is called so has a `key` that is a secret: of an application's credentials, of a certificate.
pub fn goes_with_key(name: &str) -> bool {
    let name = squeezed(name);
    matches!(name.as_str(), "secret" | "appid" | "appsecret" | "cert" | "certificate" | "passphrase" | "clientsecret")
}

/// The name stands before a secret, and says no more: `password`, not `Forgot your password?`.
pub fn names_secret(text: &str) -> bool {
    text.len() <= 40 && !text.contains(char::is_whitespace) && secret_key(text)
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
    let at = user_end(rest, is_web(scheme));
    let from = at.map_or(0, |at| at + 1);
    let end = rest[from..].find(['/', '?', '#']).map_or(rest.len(), |end| from + end);
    let shown = |hosts: &str| hosts.split(',').map(host).collect::<Vec<_>>().join(",");
    let user = at.map_or(String::new(), |_| format!("{MARK}@"));
    format!("{scheme}://{user}{}{}", shown(&rest[from..end]), query(&rest[end..]))
}

/// Where user and password end in what follows a scheme: at the last `@`, for passwords hold unescaped marks.
pub fn user_end(rest: &str, web: bool) -> Option<usize> {
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let own = rest[..authority].rfind('@');
    let until = match own {
        Some(at) if web => return Some(at),
        Some(at) => rest[at..].find(['?', ' ', '\n']).map_or(rest.len(), |end| at + end),
        None => rest.len(),
    };
    rest[..until].rfind('@').filter(|at| rest[..*at].contains(':')).or(own)
}

/// In a text that is put together, the part that is a user and a password; holes count as any mark.
pub fn user_within(whole: &str) -> Option<Range<usize>> {
    let start = whole.find("://")? + 3;
    let rest = &whole[start..];
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    rest[..authority].rfind('@').map(|at| start..start + at)
}

/// In addresses of the web an `@` may stand in the path.
pub fn is_web(scheme: &str) -> bool {
    scheme.ends_with("http") || scheme.ends_with("https")
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
    let path = path || is_versioned(text);
    let known = ["sk_", "pk_", "ghp_", "xox", "AKIA", "eyJ", "SG."].iter().any(|p| text.starts_with(p));
    word && !path && (known && long || long && digits >= 4 && text.bytes().any(|b| b.is_ascii_alphabetic()))
}

/// `edoburu/pgbouncer:1.20.1`: a name with the version of an image or a package.
fn is_versioned(text: &str) -> bool {
    let version = |tag: &str| tag.starts_with(|c: char| c.is_ascii_digit()) && tag.contains('.');
    let named = |name: &str| name.bytes().filter(u8::is_ascii_digit).count() < 4;
    text.rsplit_once(':').is_some_and(|(name, tag)| named(name) && version(tag.trim_start_matches('v')))
}

#[cfg(test)]
mod tests {
    use super::{setting, text, words};

    #[test]
    fn names_with_versions_are_no_tokens() {
        assert_eq!(words("edoburu/pgbouncer:1.20.1"), "edoburu/pgbouncer:1.20.1");
        assert_eq!(words("bitnami/postgresql:16.4.0-debian-12-r9"), "bitnami/postgresql:16.4.0-debian-12-r9");
        assert_eq!(words("a1b2c3d4e5f6a1b2c3d4:9f8e.7d6c"), "***");
    }

    #[test]
    fn settings_and_commands_lose_what_their_names_call_secret() {
        assert_eq!(setting("DB_PASSWORD", "hunter2"), "***");
        assert_eq!(setting("API_KEY", "https://u:p@h/x"), "https://***@h/x");
        assert_eq!(setting("POOL_SIZE", "5"), "5");
        assert_eq!(setting("tokens", "tokens.cli:main"), "tokens.cli:main");
        assert_eq!(setting("token", "Xy.7b:main"), "***");
        assert_eq!(setting("REDIS_AUTH", "hunter2"), "***");
        assert_eq!(setting("POSTGRES_USER", "postgres.abcdefghij"), "***");
        assert_eq!(setting("DB_HOST", "db.abcdefghij.supabase.co"), "db.***.supabase.co");
        assert_eq!(setting("SMTP_HOST", "smtp.example.com"), "smtp.example.com");
        assert_eq!(words("host=db.abcdefghij.supabase.co user=bob"), "host=db.***.supabase.co user=***");
        assert_eq!(
            words("A_TOKEN=x PORT=1 node app --password hunter2 -p 3"),
            "A_TOKEN=*** PORT=1 node app --password *** -p 3"
        );
        assert_eq!(
            words("Server=h;User Id=x;Password=x y;Pooling=true"),
            "Server=h;User Id=***;Password=***;Pooling=true"
        );
        assert_eq!(words("DRIVER={a b};UID=x;PWD={x;y z};Encrypt=yes"), "DRIVER={a b};UID=***;PWD=***;Encrypt=yes");
        assert_eq!(text("host=h password='x y' dbname=a"), "host=h password=*** dbname=a");
        assert_eq!(text("ALTER ROLE app WITH PASSWORD 'x y'"), "ALTER ROLE app WITH PASSWORD '***'");
        assert_eq!(text("Endpoint=sb://n.x/;SharedAccessKey=ab="), "Endpoint=sb://n.x/;SharedAccessKey=***");
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
            "postgresql://***@db.***.supabase.co:5432/app?connection_limit=5&password=***"
        );
        assert_eq!(text("mongodb://a:p/w?d@h/x"), "mongodb://***@h/x");
        assert_eq!(text("postgres://a:p@s/w@h/x?connection_limit=5"), "postgres://***@h/x?connection_limit=5");
        assert_eq!(text("https://a:p@h/@scope/x"), "https://***@h/@scope/x");
        assert_eq!(
            text("mongodb+srv://u:p@cluster0.ab1cd.mongodb.net/x"),
            "mongodb+srv://***@cluster0.***.mongodb.net/x"
        );
        assert_eq!(
            text("postgres://u:p@ep-cool-sun-123456-pooler.eu-central-1.aws.neon.tech/x"),
            "postgres://***@ep-***-***-***-pooler.eu-central-1.aws.neon.tech/x"
        );
        assert_eq!(text("https://abcdefghijklmnopqrst.supabase.co/auth"), "https://***.supabase.co/auth");
        for host in ["smtp.example.com", "live.acme.com", "k8s.acme.com:5432", "eu-prod.db.acme.com"] {
            for scheme in ["", "https://", "wss://", "postgres://", "amqp://"] {
                let address = format!("{scheme}{host}");
                assert_eq!(text(&address), address);
            }
        }
        assert_eq!(text("redis://cache.internal.local:6379"), "redis://cache.internal.local:6379");
        assert_eq!(text("app.tasks.run"), "app.tasks.run");
        assert_eq!(text("./lib/db"), "./lib/db");
        assert_eq!(text("sk_live_4eC39HqLyjWDarjtT1zdp7dc"), "***");
    }
}
