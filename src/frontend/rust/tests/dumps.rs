//! What small files are lowered to, as text.
//!
//! One test a construct; positions are compared in `places`.

use super::super::lower;
use crate::facts::Submodule;
use crate::facts::dump::dump;

fn check(text: &str, expected: &str) {
    let facts = lower(text);
    let mut actual = dump(&facts);
    for (name, _) in &facts.mentions {
        actual.push_str(&format!("mention {name}\n"));
    }
    for Submodule { name, path, test } in &facts.submodules {
        let test = if *test { " test" } else { "" };
        actual.push_str(&format!("submodule {name} {path:?}{test}\n"));
    }
    assert_eq!(actual.trim(), expected.trim(), "\n{actual}");
}

#[test]
fn imports_bind_one_name_a_leaf() {
    check(
        r#"use std::{sync::Arc, collections::HashMap as Map};
use sqlx::postgres::{self, PgPool as Pool};
use redis;
pub use crate::db::*;
extern crate tokio as rt;
fn f() { use serde_json::json; Map::new(); Pool::connect(); postgres::open(); redis::Client::open(); rt::spawn(); json(); }"#,
        r#"
import Named Arc from "std::sync"
import Named HashMap from "std::collections"
import Named postgres from "sqlx"
import Named PgPool from "sqlx::postgres"
import Namespace * from "redis"
import Glob * from "crate::db"
import Namespace * from "tokio"
import Named json from "serde_json"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = import Map.new()
  %1 = import Pool.connect()
  %2 = import postgres.open()
  %3 = import redis.Client.open()
  %4 = import rt.spawn()
  %5 = import json()
export * = from "crate::db"
"#,
    );
}

#[test]
fn fields_are_typed_by_the_bounds_of_impl_blocks() {
    check(
        r#"struct Job<'a, S, T: Clock> { store: &'a S, clock: T, all: Vec<S> }
impl<'a, S: Store + Send, T: Clock> Job<'a, S, T> {}
impl<S, T> Drop for Job<'_, S, T> where S: Store, T: Sized {}
struct Other<S> { store: S }
impl Other<Db> {}
mod inner { struct Job<S> { store: S } }"#,
        r#"
class Job Struct ()
  field store: dyn<Store, Send>
  field clock: dyn<Clock>
  field all: Vec<dyn<Store, Send>>
class Other Struct ()
  field store: S
class Job Struct ()
  field store: S
class Job Impl ()
class Job Impl ()
class Other Impl ()
fn #0 _ TopLevel()
"#,
    );
}

#[test]
fn types_hold_fields_and_variants() {
    check(
        r#"#[derive(Clone, sqlx::FromRow)]
struct App<'a, S: Store> { #[serde(rename = "d")] db: &'a Arc<Mutex<Db>>, store: S, all: [u8; 4] }
struct Wrapper(pub Client, std::path::PathBuf);
enum Cmd { Stop, Get(String), Both(u8, Box<dyn Fn(u8) -> Db + Send>), Put { key: String } }
type Shared = Arc<dyn Store + Send>;"#,
        r#"
class App Struct ()
  field db: Arc<Mutex<Db>>
  field store: dyn<Store>
  field all: []<u8>
class Wrapper Struct ()
  field 0: Client
  field 1: std.path.PathBuf
class Cmd Enum ()
  field static Stop
  field static Get: String
  field static Both: ()<u8, Box<dyn<Fn<u8, Db>, Send>>>
  field static Put: {}<String>
  field "Put.key": String
fn #0 _ TopLevel()
  %0 = decorator $derive($Clone, $sqlx.FromRow)
  %1 = decorator $serde(rename="d")
"#,
    );
}

#[test]
fn impl_blocks_are_classes_of_their_own() {
    check(
        r#"struct App { db: Db }
impl App {
    const MAX: u32 = 5;
    pub async fn new(url: &str) -> Result<Self, Error> { Ok(Self { db: Db::open(url).await? }) }
    fn twice(mut self) -> Self { Self::new(Self::MAX); self.db.close(); self }
}
impl crate::Store for App { fn get(&self) -> &Db { &self.db } }
impl Drop for other::Client { fn drop(&mut self) { Self::close(self) } }"#,
        r#"
class App Struct ()
  field db: Db
class App Impl ()
  field static MAX: u32
class App Impl ()
class Client Impl ()
fn #0 _ TopLevel()
  @App.MAX := 5
fn #1 App.new Method async static(url: str)
  %0 = await $Db.open(1:url)
  await %0
  branch opaque(%0)
    return
  .
  %1 = struct @App(db=%0)
  return %1
fn #2 App.twice Method(self)
  %2 = @App.new(@App.MAX)
  %3 = this.db.close()
  return this
fn #3 App.get Method(self)
  return this.db
fn #4 Client.drop Method(self)
  %4 = $other.Client.close(this)
"#,
    );
}

#[test]
fn traits_list_methods_with_and_without_body() {
    check(
        r#"pub trait Store: Send + Sync { const N: u8 = 1; fn get(&self) -> Db; fn open() -> Db { Self::connect() } }"#,
        r#"
class Store Trait ($Send, $Sync)
  field static N: u8
fn #0 _ TopLevel()
  @Store.N := 1
fn #1 Store.get Method(self)
fn #2 Store.open Method static()
  %0 = @Store.connect()
  return %0
"#,
    );
}

#[test]
fn generics_stand_for_their_bounds() {
    check(
        r#"fn f<S: Store, E>(s: &S, e: E, g: impl Fn(u8) -> Db) -> Option<Box<dyn Store>> where E: Executor<'static> + Send { s.get::<E>(Vec::<Db>::new()) }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function(s: dyn<Store>, e: dyn<Executor, Send>, g: dyn<Fn<u8, Db>>)
  %0 = $Vec.new()
  %1 = 1:s.get(%0)
  return %1
"#,
    );
}

#[test]
fn statics_bind_once() {
    check(
        r#"static POOL: OnceLock<Pool> = OnceLock::new();
static LAZY: LazyLock<Pool> = LazyLock::new(|| build());
lazy_static! { static ref CLIENT: Client = Client::new(); }
thread_local! { static LOCAL: RefCell<u8> = RefCell::new(1); }
fn f() { static INNER: AtomicU8 = AtomicU8::new(0); lazy_static! { static ref DEEP: Db = Db::new(); } DEEP.get(INNER, LOCAL) }"#,
        r#"
fn #0 _ TopLevel()
  static POOL
  static LAZY
  static CLIENT
  static LOCAL
  %0 = $OnceLock.new()
  @POOL := %0
  closure #1 _
  %2 = $LazyLock.new(fn#1)
  @LAZY := %2
  closure #2 CLIENT
  %4 = $lazy_static(fn#2)
  @CLIENT := %4
  closure #3 LOCAL
  %6 = $thread_local(fn#3)
  @LOCAL := %6
fn #1 _ Closure()
  %1 = $build()
  return %1
fn #2 CLIENT Closure()
  %3 = $Client.new()
  return %3
fn #3 LOCAL Closure()
  %5 = $RefCell.new(1)
  return %5
fn #4 f Function()
  static INNER
  static DEEP
  %7 = $AtomicU8.new(0)
  4:INNER := %7
  closure #5 DEEP
  %9 = $lazy_static(fn#5)
  4:DEEP := %9
  %10 = 4:DEEP.get(4:INNER, @LOCAL)
fn #5 DEEP Closure()
  %8 = $Db.new()
  return %8
"#,
    );
}

#[test]
fn captures_and_shadowing_are_told_apart() {
    check(
        r#"fn f() { let x = a(); let y = move || x.go(); let x = b(x); { let x = c(); use_it(x); } y(x); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $a()
  1:x := %0
  closure #2 y
  1:y := fn#2
  %2 = $b(1:x)
  1:x~2 := %2
  group
    %3 = $c()
    1:x~3 := %3
    %4 = $use_it(1:x~3)
  .
  %5 = 1:y(1:x~2)
fn #2 y Closure move()
  %1 = 1:x.go()
  return %1
"#,
    );
}

#[test]
fn calls_stand_in_evaluation_order() {
    check(
        r#"fn f() { foo(bar(C::new()), baz()).qux(quux())[0].field.1 = z(); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $z()
  %1 = $C.new()
  %2 = $bar(%1)
  %3 = $baz()
  %4 = $foo(%2, %3)
  %5 = $quux()
  %6 = %4.qux(%5)
  %6[0].field.1 := %0
"#,
    );
}

#[test]
fn await_marks_the_call_and_is_a_node() {
    check(
        r#"async fn f() { let r = client.get(url).send().await?.json::<User>().await; let h = go(); h.await; async { g().await }.await; tokio::spawn(async move { h }); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function async()
  %0 = $client.get($url)
  %1 = await %0.send()
  await %1
  branch opaque(%1)
    return
  .
  %2 = await %1.json()
  await %2
  1:r := %2
  %3 = $go()
  1:h := %3
  await 1:h
  closure #2 _ inline
  await fn#2
  closure #3 _
  %5 = $tokio.spawn(fn#3)
fn #2 _ Block async()
  %4 = await $g()
  await %4
  return %4
fn #3 _ Block async move()
  return 1:h
"#,
    );
}

#[test]
fn question_mark_leaves_early() {
    check(
        r#"fn f() -> Result<u8> { let a = open()?.read()?; Some(Ok(Err(a.x)?)) }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $open()
  branch opaque(%0)
    return
  .
  %1 = %0.read()
  branch opaque(%1)
    return
  .
  1:a := %1
  branch opaque(?)
    return
  .
  return ?
"#,
    );
}

#[test]
fn if_let_chains_bind_what_they_match() {
    check(
        r#"fn f(o: Option<C>) -> u8 { if let Some(x) = cache.get() && x.valid() && !o.is_none() { x } else if let Ok((a, b)) = pair() { a } else { return 9 } }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function(o: Option<C>)
  %0 = $cache.get()
  branch not null(%0)
    1:x := %0[*]
    %1 = 1:x.valid()
  .
  branch (not null(%0) and %1 and not null(1:o))
    1:x := %0[*]
  .
    %2 = $pair()
    branch %2 is Ok
      1:a := %2[*][0]
      1:b := %2[*][1]
    .
      return 9
    .
  .
  return (1:x | 1:a)
"#,
    );
}

#[test]
fn let_else_leaves_when_nothing_matches() {
    check(
        r#"fn f() { let Some(c) = get() else { return }; let Ok(Some(d)) = c.next() else { panic!("no {c:?}") }; let S { a, b: T(e), .. } = d; let _ = open(); let (p, mut q): (u8, u8); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $get()
  branch null(%0)
    return
  .
  1:c := %0[*]
  %1 = 1:c.next()
  branch not (%1 is Ok and not null(%1[*]))
    %2 = macro $panic("no {c:?}", c=1:c)
    throw
  .
  1:d := %1[*][*]
  1:a := 1:d.a
  1:e := 1:d.b[*]
  %3 = $open()
"#,
    );
}

#[test]
fn match_on_option_is_a_branch() {
    check(
        r#"fn f() { let c = match cell.get() { Some(c) => c, None => { let c = C::new(); cell.set(c); c } }; match c { None => {} _ => g(), } }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $cell.get()
  branch not null(%0)
    1:c := %0[*]
  .
    %1 = $C.new()
    1:c~2 := %1
    %2 = $cell.set(1:c~2)
  .
  1:c~3 := (1:c | 1:c~2)
  branch null(1:c~3)
  .
    %3 = $g()
  .
"#,
    );
}

#[test]
fn match_names_variants_and_payloads() {
    check(
        r#"fn f(m: Msg) { match m { Msg::Get(k) if k.ok() => get(k), Msg::Put { key, value: V(v) } => put(key, v), Msg::A | Msg::B => {} 1 => one(), "x" => {}, other => return drop(other) } }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function(m: Msg)
  match 1:m [Msg.Get, Msg.Put, ?, 1, "x", _]
    1:k := 1:m[*]
    %0 = 1:k.ok()
    branch %0
      %1 = $get(1:k)
    .
  .
    1:key := 1:m.key
    1:v := 1:m.value[*]
    %2 = $put(1:key, 1:v)
  .
  .
    %3 = $one()
  .
  .
    1:other := 1:m
    %4 = $drop(1:other)
    return %4
  .
"#,
    );
}

#[test]
fn guarded_return_does_not_hide_what_follows() {
    check(
        r#"fn f() -> C { match g() { x if x.old() => return x, _ => {} } C::new() }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $g()
  match %0 [?, _]
    1:x := %0
    %1 = 1:x.old()
    branch %1
      return 1:x
    .
  .
  %2 = $C.new()
  return %2
"#,
    );
}

#[test]
fn loops_say_what_they_run_over() {
    check(
        r#"async fn f() { for (i, u) in users.iter().enumerate() { if i > 3 { continue } else { break } } while n < 3 { n += 1; } while let Some(x) = stack.pop() { g(x) } 
 while let Some(m) = rx.recv().await { h(m) } while let Ok((s, _)) = listener.accept().await { t(s) } let v = 'a: loop { loop { break 'a k(); } dead() }; loop { tick().await } unreachable_code() }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function async()
  %0 = $users.iter()
  %1 = %0.enumerate()
  loop Each %1
    1:i := %1[*][0]
    1:u := %1[*][1]
    branch opaque(1:i, 3)
      continue
    .
      break
    .
  .
  loop While
    branch not opaque($n, 3)
      break
    .
    $n := ($n Add 1)
  .
  loop While
    %2 = $stack.pop()
    1:x := %2[*]
    %3 = $g(1:x)
  .
  loop Receive $rx
    1:m := $rx[*]
    %4 = await $rx.recv()
    await %4
    %5 = $h(1:m)
  .
  loop Receive $listener
    1:s := $listener[*][0]
    %6 = await $listener.accept()
    await %6
    %7 = $t(1:s)
  .
  loop Endless 'a
    loop Endless
      %8 = $k()
      break 'a
    .
  .
  1:v := %8
  loop Endless
    %9 = await $tick()
    await %9
  .
"#,
    );
}

#[test]
fn conditions_are_predicates() {
    check(
        r#"fn f() { if a == None || b != "x" { } if !map.contains_key(&k) && c.is_err() { } if x == y { } if (n) < 3 { } if matches!(s, State::Ready | State::Done) { } if !(p && q()) {} let both = a && g(); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  branch (null($a) or not $b == "x")
  %0 = $map.contains_key($k)
  branch (not has($map, $k) and $c is Err)
  branch $x == $y
  branch opaque($n, 3)
  branch ($s is State.Ready or $s is State.Done)
  branch $p
    %1 = $q()
  .
  branch not ($p and %1)
  branch $a
    %2 = $g()
  .
  1:both := ($a | %2)
"#,
    );
}

#[test]
fn closures_know_whom_they_are_handed_to() {
    check(
        r#"fn f() { Router::new().route("/users", get(|State(db): State<Db>| async move { db.list().await })); let make = |x: u8| -> Db { open(x) }; (|| once())(); run(Job { on_tick: || tick() }); Box::pin(async { 1 }); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $Router.new()
  closure #2 _
  %2 = $get(fn#2)
  %3 = %0.route("/users", %2)
  closure #4 make
  1:make := fn#4
  closure #5 _ inline
  %6 = fn#5()
  closure #6 on_tick
  %8 = struct $Job(on_tick=fn#6)
  %9 = $run(%8)
  closure #7 _
  %10 = $Box.pin(fn#7)
fn #2 _ Closure(_0: State<Db>)
  2:db := 2:_0[*]
  closure #3 _
  return fn#3
fn #3 _ Block async move()
  %1 = await 2:db.list()
  await %1
  return %1
fn #4 make Closure(x: u8)
  %4 = $open(4:x)
  return %4
fn #5 _ Closure()
  %5 = $once()
  return %5
fn #6 on_tick Closure()
  %7 = $tick()
  return %7
fn #7 _ Block async()
  return 1
"#,
    );
}

#[test]
fn macros_whose_arguments_parse_are_calls() {
    check(
        r#"async fn f() { info!(user = %u, ?id, "saw {u} {}", g()); let v = vec![a(), b()]; let (x, y) = tokio::join!(v1(), v2()); let s = format!("redis://{user}:{}@{h}/0", pw, h = host()); json!({ "a": mk(), "b": [1, z] }); let t = try_or!(k(), return); bail!("x"); dead(); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function async()
  %0 = $g()
  %1 = macro $info(user=$u, $id, "saw {u} {}", %0)
  %2 = $a()
  %3 = $b()
  %4 = macro $vec(%2, %3)
  1:v := [%2, %3]
  %5 = await $v1()
  %6 = await $v2()
  await %5
  await %6
  %7 = macro $tokio.join(%5, %6)
  1:x := %5
  1:y := %6
  %8 = $host()
  %9 = macro $format("redis://***@{h}/0", $pw, h=%8)
  1:s := `redis://`${$user}`:`${$pw}`@`${%8}`/0`
  %10 = $mk()
  %11 = macro $json(a=%10, b=[1, $z])
  %12 = $k()
  branch opaque()
    return
  .
  %13 = macro $try_or(%12, ?)
  1:t := %13
  %14 = macro $bail("x")
  throw
"#,
    );
}

#[test]
fn select_arms_are_a_match() {
    check(
        r#"async fn f() { let r = tokio::select! { biased; _ = shutdown.recv() => { return }, Some(m) = rx.next(), if open => handle(m).await, else => 3 }; }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function async()
  %0 = await $shutdown.recv()
  %1 = await $rx.next()
  await %0
  await %1
  %2 = macro $tokio.select(%0, %1)
  match ? [_, ?, ?]
    return
  .
    1:m := %1[*]
    %3 = await $handle(1:m)
    await %3
  .
  1:r := (%3 | 3)
"#,
    );
}

#[test]
fn other_macros_mention_their_names() {
    check(
        r#"macro_rules! go { ($x:expr) => { crate::run::start($x, other) }; }
fn f() { dispatch! { on Push -> hooks::push::handle; } stream! { let c = open(); yield c; } }
cfg_if! { pub fn inside() {} struct Inner; }
cfg_if! { if #[cfg(unix)] { fn here() {} } else if #[cfg(windows)] { fn there() {} } else { struct Nowhere; } }"#,
        r#"
class Inner Struct ()
class Nowhere Struct ()
fn #0 _ TopLevel()
fn #1 go Macro(x)
  %0 = $crate.run.start(1:x, $other)
  return %0
fn #2 f Function()
  %1 = macro $dispatch()
  closure #3 _
  %3 = macro $stream(fn#3)
fn #3 _ Block()
  %2 = $open()
  3:c := %2
  yield 3:c
fn #4 inside Function()
fn #5 here Function()
fn #6 there Function()
mention on
mention Push
mention hooks::push::handle
"#,
    );
}

#[test]
fn arms_of_a_macro_are_functions() {
    check(
        r#"macro_rules! give_up {
    ($said:expr) => {{ return Err(Error::new($said)); }};
    (try $call:expr) => { match $call { Ok(found) => found, Err(error) => return Err(error) } };
    ($($part:expr),+ ; $last:expr) => { log([$(show($part)),+]); panic!("{}", $last) };
    ($name:ident { $($field:ident),* }) => { impl $name { fn fields() { $($field();)* } } };
}"#,
        r#"
fn #0 _ TopLevel()
fn #1 give_up Macro leaves(said)
  group
    %0 = $Error.new(1:said)
    return ?
  .
fn #2 give_up Macro()
  2:call := ?
  match 2:call [Ok, Err]
    2:found := 2:call[*]
  .
    2:error := 2:call[*]
    return ?
  .
  return 2:found
fn #3 give_up Macro leaves()
  3:part := ?
  3:last := ?
  %1 = $show(3:part)
  %2 = $log([%1])
  %3 = macro $panic("{}", 3:last)
  throw
mention impl
mention name
mention fn
mention fields
mention field
"#,
    );
}

#[test]
fn attributes_are_decorators() {
    check(
        r#"#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main(#[from_query] q: Query<Q>) {}
#[get("/users/<id>")] #[cfg(all(unix, feature = "x"))] #[inline] /** doc */ fn user(id: u8) {}"#,
        r#"
fn #0 _ TopLevel()
  %0 = decorator $tokio.main(flavor="multi_thread", worker_threads=2)
  %1 = decorator $from_query()
  %2 = decorator $get("/users/<id>")
  %3 = decorator $cfg(all=[$unix, ?])
fn #1 main Function async(q: Query<Q>)
fn #2 user Function(id: u8)
"#,
    );
}

#[test]
fn modules_are_scopes_in_the_same_file() {
    check(
        r#"fn top() { inner::deep::f(); inner::g(); }
mod inner { use super::*; pub mod deep { pub fn f() { top() } mod file; } pub fn g() { deep::f(); self::h() } static S: C = C::new(); }
mod db; #[path = "elsewhere.rs"] mod other;"#,
        r#"
import Glob * from "self"
fn #0 _ TopLevel()
  static S
  group
    %5 = $C.new()
    @S := %5
  .
fn #1 top Function()
  %0 = @f()
  %1 = @g()
fn #2 f Function()
  %2 = @top()
fn #3 g Function()
  %3 = @f()
  %4 = $self.h()
submodule inner::deep::file None
submodule db None
submodule other Some("elsewhere.rs")
"#,
    );
}

#[test]
fn tests_are_flagged() {
    check(
        r#"#[test] fn a() { run(|| b()) }
#[cfg(test)] mod tests { #[tokio::test] async fn c() {} fn helper() {} struct T; impl T { fn m() {} } }
#[cfg(not(test))] fn d() {}"#,
        r#"
class T Struct ()
class T Impl ()
fn #0 _ TopLevel()
  %0 = decorator $test()
  group
    %3 = decorator $tokio.test()
  .
  %4 = decorator $cfg(not=[$test])
fn #1 a Function test()
  closure #2 _
  %2 = $run(fn#2)
fn #2 _ Closure test()
  %1 = $b()
  return %1
fn #3 c Function async test()
fn #4 helper Function test()
fn #5 T.m Method static test()
fn #6 d Function()
"#,
    );
}

#[test]
fn assignments_bind_places() {
    check(
        r#"fn f() { self.client = Some(C::new()); *guard = x; map[k] = v(); *cell.lock().unwrap() = y; total += n; (a, self.b) = pair; _ = z(); }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  %0 = $C.new()
  this.client := %0
  $guard := $x
  %1 = $v()
  $map[$k] := %1
  %2 = $cell.lock()
  %3 = %2.unwrap()
  %3 := $y
  $total := ($total Add $n)
  $a := $pair[0]
  this.b := $pair[1]
  %4 = $z()
"#,
    );
}

#[test]
fn values_keep_their_shape() {
    check(
        r#"fn f() { let v = (1, "s", 'c', -2.5, true, ()); let w = [a; 3]; let n = v.0; let r = &mut *(&x as *const u8); let s = <T as Store>::open(); let t = <Db>::new; let u = unsafe { raw() }; let p = Point { x: 1, y, ..base() }; let i = a + b * 2; }"#,
        r#"
fn #0 _ TopLevel()
fn #1 f Function()
  1:v := [1, "s", "c", -2.5, true, null]
  1:w := [$a]
  1:n := 1:v.0
  1:r := $x
  %0 = $T.open()
  1:s := %0
  1:t := $Db.new
  group
    %1 = $raw()
  .
  1:u := %1
  %2 = $base()
  %3 = struct $Point(x=1, y=$y, ...%2)
  1:p := %3
  1:i := ($a Add ($b Mul 2))
"#,
    );
}

#[test]
fn nested_items_are_functions_of_their_function() {
    check(
        r#"fn outer() -> u8 { let a = helper(); fn helper() -> u8 { CONST } const CONST: u8 = 3; struct Local; impl Local { fn go() { helper() } } a }"#,
        r#"
class Local Struct ()
class Local Impl ()
fn #0 _ TopLevel()
fn #1 outer Function()
  static CONST
  closure #2 helper
  1:CONST := 3
  %1 = 1:helper()
  1:a := %1
  return 1:a
fn #2 helper Function()
  return 1:CONST
fn #3 Local.go Method static()
  %0 = 1:helper()
"#,
    );
}

#[test]
fn syntax_errors_cost_only_what_they_stand_in() {
    check(
        r#"use a::b;
impl App { fn ok(&self) { good() } fn bad(&self) { before(); let = ; after(); tail() } fn more(&self) { fine() } }
fn broken(: u8) { }
struct Half { a: }
fn last() { still_here() }"#,
        r#"
import Named b from "a"
class App Impl ()
fn #0 _ TopLevel()
fn #1 App.ok Method(self)
  %0 = $good()
fn #2 App.bad Method(self)
  %1 = $before()
  %2 = $after()
  %3 = $tail()
fn #3 App.more Method(self)
  %4 = $fine()
fn #4 last Function()
  %5 = $still_here()
problem "expected one of: identifier, `::`, `<`, `_`, literal, `const`, `ref`, `mut`, `&`, parentheses, square brackets, `..`, `const`"
problem "expected one of: identifier, `::`, `<`, `_`, literal, `const`, `ref`, `mut`, `&`, parentheses, square brackets, `..`, `const`"
problem "unexpected end of input, expected one of: `for`, parentheses, `unsafe`, `fn`, `extern`, identifier, `::`, `<`, `dyn`, square brackets, `*`, `&`, `!`, `impl`, `_`, lifetime"
"#,
    );
}

#[test]
fn variables_do_not_shadow_modules_and_types() {
    check(
        r#"use lib::db;
struct App { x: u8 }
mod inner { pub fn f() {} }
fn inner() {}
fn f(futures: u8, App: u8) { let db = db::Pool::new(); db::run(&db); futures::join(futures); App { x: 1 }; inner::f(); inner(); info!("x"); let info = 1; info!("y"); }"#,
        r#"
import Named db from "lib"
class App Struct ()
  field x: u8
fn #0 _ TopLevel()
fn #1 f Function()
fn #2 inner Function()
fn #3 f Function(futures: u8, _1: u8)
  %0 = import db.Pool.new()
  3:db := %0
  %1 = import db.run(3:db)
  %2 = $futures.join(3:futures)
  %3 = struct @App(x=1)
  %4 = @f()
  %5 = @inner~2()
  %6 = macro $info("x")
  3:info := 1
  %7 = macro $info("y")
"#,
    );
}
