//! Entry points that somebody comes to now and then: signing in, linking an account, trying settings out.
//!
//! What such a one costs is paid once by a person, and by nobody again and again. Words of everyday code;
//! knows no library by name.

use super::graph::{Point, Root};
use super::lookups::words::words;
use super::program::Program;

const WORDS: &[&str] = &[
    "login",
    "logon",
    "signin",
    "signup",
    "logout",
    "signout",
    "oauth",
    "oauth2",
    "oidc",
    "openid",
    "saml",
    "sso",
    "registration",
    "onboarding",
    "install",
    "uninstall",
    "test",
    "testing",
];
const PAIRS: &[[&str; 2]] =
    &[["log", "in"], ["sign", "in"], ["sign", "up"], ["log", "out"], ["sign", "out"], ["auth", "callback"]];

/// The name, the class or the route of what is run says so.
pub(super) fn is_seldom(program: &Program, root: &Root) -> bool {
    let Point::Fn(f) = root.to else { return false };
    let class = program.class_around(f).map(|class| program.class(class).name.as_str());
    let name = program.function(f).name.as_deref();
    [Some(root.label.as_str()), name, class].into_iter().flatten().any(tells)
}

fn tells(text: &str) -> bool {
    let found = words(text);
    let pair = |pair: &[&str; 2]| found.windows(2).any(|two| two[0] == pair[0] && two[1] == pair[1]);
    found.iter().any(|word| WORDS.contains(&word.as_str())) || PAIRS.iter().any(pair)
}
