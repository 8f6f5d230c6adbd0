//! Streams made by hand that open something for each subscriber and give nothing back that ends it.
//!
//! `new Stream((observer) => socket.on("news", observer.next))`: who unsubscribes leaves the listener behind. Told of
//! only where a component subscribes on each mount, and where what is opened outlives the component. Knows no library.

use rustc_hash::FxHashSet;

use super::endless::{Maker, goes_on};
use super::ends::events_in;
use super::judge::ends_of;
use super::lifespan::{inside, is_aside, returned_by};
use super::model::{Event, Fit, Fitting, Handle, Homes, Owner};
use super::opens::opened;
use super::repeats::{is_ended, is_same_again, leak};
use super::{Effects, Leak, Open, Whose};
use crate::catalog::RowKind;
use crate::catalog::schema::Kind;
use crate::catalog::words::effects::STREAM_SHARING;
use crate::facts::{FnId, Value};
use crate::program::{CallRef, FnRef};

/// A call that subscribes to a stream which nothing ends.
struct Subscription<'a> {
    call: CallRef,
    /// Calls that lead from there to the function that makes the stream.
    way: Vec<CallRef>,
    maker: Maker,
    opens: Vec<Open<'a>>,
}

pub(crate) fn subscribed<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, owners: &[Owner<'a>]) -> Vec<Leak<'a>> {
    let calls = effects.program.calls().filter(|call| effects.is_new(*call));
    let makers: Vec<Maker> = calls.filter_map(|call| Maker::of(effects, call)).collect();
    let left: Vec<(Maker, Vec<Open>)> = makers.into_iter().filter_map(|maker| left_open(effects, maker)).collect();
    if left.is_empty() {
        return Vec::new();
    }
    let all = effects.program.calls().flat_map(|call| subscriptions(effects, call, &left)).collect::<Vec<_>>();
    let lasting = owners.iter().filter(|owner| !owner.page && !owner.handler && !owner.attached && !owner.kept_only);
    lasting.flat_map(|owner| of_owner(effects, homes, owner, &all)).collect()
}

/// What the maker opens for each subscriber, where it hands over nothing that ends it.
fn left_open<'a>(effects: &Effects<'_, 'a>, maker: Maker) -> Option<(Maker, Vec<Open<'a>>)> {
    let function = effects.program.function(maker.start);
    let gives = !returned_by(effects, maker.start).iter().all(|(_, value)| value.is_null());
    if is_aside(effects, maker.start) || function.flags.is_async || gives || maker.is_handed_on(effects) {
        return None;
    }
    let opens = opened(effects, maker.start).opens.into_iter();
    let opens = opens.filter(|open| goes_on(effects, maker.start, open) && !open.optional);
    let opens: Vec<Open> = opens.filter(|open| !is_same_again(effects, open, true)).collect();
    (!opens.is_empty()).then_some((maker, opens))
}

/// The streams of these that a call subscribes to, each subscriber by itself.
fn subscriptions<'a>(
    effects: &Effects<'_, 'a>,
    call: CallRef,
    left: &[(Maker, Vec<Open<'a>>)],
) -> Vec<Subscription<'a>> {
    let rows = effects.project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
    let mut openers = rows.iter().filter(|row| row.kind == RowKind::Opener);
    if !openers.any(|row| effects.program.catalog.opener(*row).kind == Kind::Subscription) {
        return Vec::new();
    }
    let chain = effects.chain_calls(call);
    let mut made = left.iter().filter(|(maker, _)| chain.contains(&maker.call)).peekable();
    if made.peek().is_none() || effects.chain_names(call).iter().any(|name| STREAM_SHARING.contains(&name.as_str())) {
        return Vec::new();
    }
    let subscription = |(maker, opens): &(Maker, Vec<Open<'a>>)| Subscription {
        call,
        way: way(effects, &chain, maker.call),
        maker: *maker,
        opens: opens.clone(),
    };
    made.map(subscription).collect()
}

/// The calls of a chain over which it comes to one of them.
fn way(effects: &Effects, chain: &[CallRef], last: CallRef) -> Vec<CallRef> {
    let leads = |call: &CallRef, f: FnRef| effects.runs(*call).into_iter().any(|target| effects.within(target, f));
    let mut found = Vec::new();
    let mut at = effects.at(last);
    while let Some(call) = chain.iter().copied().find(|call| !found.contains(call) && leads(call, at)) {
        found.push(call);
        at = effects.at(call);
    }
    found.reverse();
    found
}

fn of_owner<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    owner: &Owner<'a>,
    all: &[Subscription<'a>],
) -> Vec<Leak<'a>> {
    let found = opened(effects, owner.start);
    let visited: FxHashSet<FnRef> = found.visited.iter().copied().collect();
    let own: Vec<&Subscription> = all.iter().filter(|one| visited.contains(&effects.at(one.call))).collect();
    if own.is_empty() {
        return Vec::new();
    }
    let ends = ends_of(effects, homes, owner, &found).events;
    let leaks = own.into_iter().flat_map(|one| {
        let opens = one.opens.iter().map(|open| Open { path: path(one, open), ..open.clone() });
        let left: Vec<Open> = opens.filter(|open| is_left(effects, owner, one, open, &ends)).collect();
        left.into_iter().map(|open| leak(owner.start, open, Whose::Subscriber))
    });
    leaks.collect()
}

fn path(one: &Subscription, open: &Open) -> Vec<CallRef> {
    one.way.iter().chain([&one.call]).chain(&open.path).copied().collect()
}

/// It outlives the component, and neither the stream's own functions end it nor the end of the component; nor does
/// anything beside the stream that can only mean this.
fn is_left<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    one: &Subscription<'a>,
    open: &Open<'a>,
    ends: &[Event<'a>],
) -> bool {
    let handle = Handle::of(effects, open);
    let fitting = Fitting { effects, open, handle: &handle };
    let mut events = events_in(effects, &inside(effects, &[one.maker.start]));
    events.extend(ends.iter().cloned());
    let file = one.maker.start.file;
    let of_file: Vec<FnRef> = effects.program.facts(file).function_ids().map(|id| FnRef { file, id }).collect();
    let elsewhere = || events_in(effects, &of_file).iter().any(|event| fitting.fit(event) == Fit::Releases);
    outlives(effects, owner, one, open) && !is_ended(effects, open, &events) && !elsewhere()
}

fn outlives<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, one: &Subscription<'a>, open: &Open<'a>) -> bool {
    let Some((file, receiver)) = effects.receiver_of(open).filter(|_| open.opener.kind == Kind::Listener) else {
        return true;
    };
    match effects.chain_root_ref(file, receiver) {
        Value::Var(var) if var.function == FnId::TOP => true,
        Value::Global(_) => true,
        _ => {
            let reached = Open { path: one.way.clone(), ..open.clone() };
            super::shared::outlives(effects, owner, &reached, file, receiver)
        }
    }
}
