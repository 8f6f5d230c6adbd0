//! What the end itself sets off: it closes a connection whose handler, told that this is gone, starts an interval to get
//! it back, and nothing that runs afterwards ends that.
//!
//! Strict: a condition, a flag or a handler that is taken away makes it silent. Knows no library: which event says that
//! a connection is gone, and whether that comes at once or later, the rows say.

use super::called_off::{Looked, is_called_off};
use super::gone::handles_end;
use super::model::{Case, Event, Fit, Fitting, Handle, Told};
use super::opens::opened;
use super::revived::takes_away;
use super::unseen::may_release;
use super::{Fault, Open};
use crate::catalog::schema::Kind;
use crate::program::FnRef;

impl<'a> Case<'_, 'a> {
    /// The intervals that closing the owner's connections starts, each with the call that closes.
    pub(crate) fn set_off(&self) -> Vec<(Open<'a>, Told)> {
        let connections = self.opens.iter().filter(|open| open.opener.kind == Kind::Realtime && open.object.is_none());
        connections.flat_map(|connection| self.set_off_by(connection)).collect()
    }

    fn set_off_by(&self, connection: &Open<'a>) -> Vec<(Open<'a>, Told)> {
        let effects = self.effects;
        let [gone, ..] = connection.opener.gone.as_slice() else { return Vec::new() };
        let handle = Handle::of(effects, connection);
        let fitting = Fitting { effects, open: connection, handle: &handle };
        let mut closing = self.ends.events.iter().filter(|event| fitting.fit(event) == Fit::Releases);
        let Some(close) = closing.next().filter(|_| !takes_away(effects, connection, &handle, &self.ends)) else {
            return Vec::new();
        };
        let facts = effects.program.facts(connection.from.file);
        let inside = facts.function_ids().map(|id| FnRef { file: connection.from.file, id });
        let handlers = inside.filter(|f| *f != connection.from && effects.within(connection.from, *f));
        let told = handlers.filter(|f| handles_end(effects, connection, &handle, *f, gone));
        let started = told.flat_map(|f| opened(effects, f).opens).filter(|open| self.goes_on(open, &handle));
        let left = started.filter(|open| !self.is_ended_after(open, close));
        left.map(|open| (open, (Fault::SetOff, close.call))).collect()
    }

    /// An interval that the handler starts whatever has happened.
    fn goes_on(&self, open: &Open<'a>, connection: &Handle<'_, 'a>) -> bool {
        open.opener.kind == Kind::Timer
            && !open.opener.pedantic
            && open.preds.is_empty()
            && !open.late
            && !is_called_off(self.effects, open, connection, &self.ends, (false, Looked::Anywhere))
    }

    /// Something ends it that runs when the connection has been closed.
    fn is_ended_after(&self, open: &Open<'a>, close: &Event<'a>) -> bool {
        let handle = Handle::of(self.effects, open);
        let fitting = Fitting { effects: self.effects, open, handle: &handle };
        let ends = |event: &&Event<'a>| {
            fitting.fit(event) != Fit::Unrelated || may_release(self.effects, open, &handle, event)
        };
        let within = |event: &Event<'a>| {
            let mut way = event.way.iter().copied().chain(event.call);
            way.find(|call| self.effects.at(*call) == close.from)
        };
        let after = |event: &Event<'a>| within(event).is_none_or(|call| Some(call) > close.call);
        handle.escapes || self.ends.events.iter().filter(ends).any(after)
    }
}
