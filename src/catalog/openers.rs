//! The form of rows about effects: calls that open something lasting, and what releases it.
//!
//! Knows no library.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{Kind, When};

/// Something an effect opens, with what releases it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Opener {
    /// Callee notation; `new WebSocket` for constructors.
    pub calls: Vec<String>,
    /// For `.method` calls: the receiver's last name or type must be one of these, in any case (`window`,
    /// `document`, `socket`); `*` matches a part (`*emitter`, `*bus`). Empty: any receiver. Rows for an
    /// exported name or a known type come before these, and of these the first that fits decides.
    pub receivers: Vec<String>,
    /// One of these names must occur in the chain that makes the receiver (`a.channel("x").on(…)`), for an operator in
    /// what it is given to; `timer:2` is a call with two arguments or more.
    pub chain: Vec<String>,
    /// Names anywhere in the chain, its arguments included, that make the release needless
    /// (`pipe(first())`).
    pub unless_chain: Vec<String>,
    /// Operators in the chain that end the stream when the stream which they are given gives something. They make the
    /// release needless, unless that is a field of the class that nothing makes give anything.
    pub until: Vec<String>,
    /// Methods that end that stream without its giving anything: `complete` of a subject.
    pub unheard: Vec<String>,
    /// Operators in the chain that end the stream when a function says so. They make the release needless, unless the
    /// function asks for a field of the class that is always set.
    pub r#while: Vec<String>,
    pub kind: Kind,
    /// How a message names it: `event listener`, `interval`.
    pub label: String,
    pub gives: Gives,
    /// Position of the event name, handler and options among the arguments.
    pub event: Option<usize>,
    pub handler: Option<usize>,
    pub options: Option<usize>,
    #[serde(rename = "release")]
    pub releases: Vec<Release>,
    /// What to write in its place so that it ends by itself, where no call can release it.
    pub instead: String,
    /// The call needs no release when any holds (`{ signal }`).
    pub unless: Vec<When>,
    /// The option that ends it from elsewhere, for which it needs no release.
    pub signal: Option<Signal>,
    /// The release may be left out when any holds, which is told with `--pedantic` only; one that fails is told all
    /// the same.
    pub optional: Vec<When>,
    pub when: Vec<When>,
    /// Ends by itself (a one-shot timer): reported only with `--pedantic`.
    pub pedantic: bool,
    /// Nothing is known of the receiver: counts only in effects, and where the effect itself shows that the receiver
    /// outlasts it.
    pub presumed: bool,
    /// How code tests that the handle has got as far as it can; before that it needs its release no less.
    pub ready: Option<Ready>,
    /// Events of the handle that say that it is gone or fails.
    pub gone: Vec<String>,
    /// Constructors and methods, by name, that are given the handle and leave its end to who opened it.
    pub lent: Vec<String>,
    /// Members of the handle that are mere numbers or texts: who has one of them has nothing of it.
    pub plain: Vec<String>,
    /// There is one at a time: each call takes the place of the last one.
    pub replaces: bool,
    /// The receiver goes away with the component when it was made there (a ref's element).
    pub weak_on_own: bool,
    /// Functions that make one stream of several, which goes on as long as any of them.
    pub joins: Vec<String>,
    /// What a declaration of the handle is typed with, `module:name`.
    pub handle_type: String,
    /// How a declaration of the handler comes by its type.
    pub handler_type: HandlerType,
    /// By the receiver as written, or `*`: the type that says which event has which type.
    pub event_maps: BTreeMap<String, String>,
    /// The events that each of these types has, beside those of `*`. Others are of type `Event`.
    pub event_names: BTreeMap<String, Vec<String>>,
}

/// A field of a handle that is compared with a state: `socket.readyState === WebSocket.OPEN`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Ready {
    pub field: String,
    /// The constant that stands for the state; empty where the field is true or false.
    pub name: String,
    /// Its value, for those who write that.
    pub number: f64,
}

/// An option that is a part of an object by which what is opened ends: `{ signal: controller.signal }`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Signal {
    pub key: String,
    /// What makes the object. One that is made where nothing ever calls its `ends` ends nothing.
    pub maker: String,
    pub ends: Vec<String>,
}

/// What a handler's type can be taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandlerType {
    /// Nothing, or `event-maps`: the opener has overloads, or nothing is known of it.
    #[default]
    Unknown,
    /// The opener has one signature.
    Signature,
    /// The opener is generic in the name of its event.
    Event,
}

/// What an opener's call gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Gives {
    #[default]
    Nothing,
    /// An id or object that a release takes or has as its receiver.
    Handle,
    /// A function; calling it releases.
    Disposer,
    /// A promise of a handle.
    PromiseHandle,
    PromiseDisposer,
    /// The receiver itself (chaining `.on().on()`).
    Receiver,
}

impl Opener {
    /// What it opens leaks within the page, and nothing on a server waits for its end.
    pub fn is_local(&self) -> bool {
        match self.kind {
            Kind::Listener => !self.weak_on_own,
            kind => matches!(kind, Kind::Timer | Kind::Observer),
        }
    }
}

impl Gives {
    /// What is opened comes when a promise has.
    pub fn is_promise(self) -> bool {
        matches!(self, Gives::PromiseHandle | Gives::PromiseDisposer)
    }
}

/// One accepted form of release.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Release {
    /// Methods; on what is said by `on`.
    pub methods: Vec<String>,
    /// Functions (exported names or globals) that take the handle as first argument.
    pub functions: Vec<String>,
    /// The handle itself is called.
    pub call: bool,
    pub on: ReleaseOn,
    /// What must be the same as at opening, argument by argument: `event`, `handler`, `capture`, `handle`; an empty
    /// name for one that is not compared. A method called with fewer arguments (`off("x")`, `off()`) releases
    /// all, where `partial` is set.
    pub same: Vec<String>,
    pub partial: bool,
    /// Where the object is made with one of these names, it ends that for everybody who uses it.
    pub breaks: Vec<String>,
    /// It ends one of what this method of the handle has begun; the others go on.
    pub each: String,
    /// The first version of the package whose openers can be ended so.
    pub since: String,
    /// The first version of the package that has it no more.
    pub until: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReleaseOn {
    /// The object that the opener was called on.
    #[default]
    Receiver,
    /// The result of the opener.
    Handle,
    /// Any object (the handle, the receiver, the module).
    Any,
}
