//! What runs now and then: signing in, linking an account, trying settings out, sending the mail of the day.
//!
//! What such a one costs is paid once by a person, or once a day, and by nobody again and again. Words of everyday code;
//! knows no library by name.

use crate::catalog::lookup_words::words;
use crate::catalog::words::graph::{PERIODS, SELDOM, SENDING, TRYING};
use crate::graph::{Point, Root};
use crate::program::FnRef;
use crate::values::Program;

const PAIRS: &[[&str; 2]] =
    &[["log", "in"], ["sign", "in"], ["sign", "up"], ["log", "out"], ["sign", "out"], ["auth", "callback"]];

/// How an entry point is come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seldom {
    No,
    /// By a person now and then, or by the clock once in a long while.
    Visit,
    /// To try settings out.
    Trial,
}

/// What the name, the class or the route of what is run says.
pub(crate) fn occasion(program: &Program, root: &Root) -> Seldom {
    let Point::Fn(f) = root.to else { return Seldom::No };
    let class = program.class_around(f).map(|class| program.class(class).name.as_str());
    let name = program.function(f).name.as_deref();
    let label = (!root.by_file).then_some(root.label.as_str());
    [label, name, class].into_iter().flatten().map(told).max().unwrap_or(Seldom::No)
}

/// By its name, the function itself tries something out, whoever calls it.
pub(crate) fn is_trial(program: &Program, f: FnRef) -> bool {
    name_around(program, f).is_some_and(|name| told(name) == Seldom::Trial)
}

/// By its name, the function itself has its turn once in a long while, whoever calls it.
pub(crate) fn is_periodic(program: &Program, f: FnRef) -> bool {
    name_around(program, f).is_some_and(|name| sends_for_period(&words(name)))
}

/// The name of the function, or of the one around it.
fn name_around<'a>(program: &Program<'a>, f: FnRef) -> Option<&'a str> {
    let facts = program.facts(f.file);
    let mut around = std::iter::successors(Some(f.id), |id| facts.function(*id).parent);
    around.find_map(|id| facts.function(id).name.as_deref())
}

/// The parts of a route that a request fills in tell nothing.
fn told(text: &str) -> Seldom {
    let fixed: Vec<&str> = text.split('/').filter(|part| !part.starts_with(['<', '{', ':', '['])).collect();
    let text = fixed.join("/");
    let found = words(&text);
    let any = |list: &[&str]| found.iter().any(|word| list.contains(&word.as_str()));
    let pair = |pair: &[&str; 2]| found.windows(2).any(|two| two[0] == pair[0] && two[1] == pair[1]);
    match () {
        () if tries(&text, &found) => Seldom::Trial,
        () if any(SELDOM) || PAIRS.iter().any(pair) || sends_for_period(&found) => Seldom::Visit,
        () => Seldom::No,
    }
}

/// `send_daily_email`: one is sent for each of the periods.
fn sends_for_period(found: &[String]) -> bool {
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    found.windows(2).any(|two| is(SENDING, &two[0]) && is(PERIODS, &two[1]))
}

/// `testConnection`, `test_smtp`, `POST /sources/{name}/test`.
fn tries(text: &str, found: &[String]) -> bool {
    let test = |word: &str| matches!(word, "test" | "testing");
    let what = found.iter().skip_while(|word| !test(word)).skip(1);
    text.rsplit('/').next().is_some_and(test) || what.take(3).any(|word| TRYING.contains(&word.as_str()))
}
