//! Lowering of control.

use super::check;

#[test]
fn dead_code_is_dropped_but_functions_are_hoisted() {
    check(
        r##"function f() { return g(); h(); function g() {} }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 f
        fn #1 f Function()
          closure #2 g
          %0 = 1:g()
          return %0
        fn #2 g Function()
        "##,
    );
}

#[test]
fn loops() {
    check(
        r##"for (const [k, v] of m) use(k);
for (let i = 0; i < n; i++) step(i);
for (;;) { tick() }
while (true) { if (done()) break }
while (more) next();
do { a() } while (b());
for (const k in o) key(k);"##,
        r##"
        fn #0 _ TopLevel()
          loop Each $m
            @k := $m[*][0]
            @v := $m[*][1]
            %0 = $use(@k)
          .
          @i := 0
          loop Each
            %1 = $step(@i)
            @i := (@i Add 1)
          .
          loop Endless
            %2 = $tick()
          .
          loop Endless
            %3 = $done()
            branch %3
              break
            .
          .
          loop While
            branch not $more
              break
            .
            %4 = $next()
          .
          loop While
            %5 = $a()
            %6 = $b()
            branch not %6
              break
            .
          .
          loop Each $o
            @k~2 := $o[*]
            %7 = $key(@k~2)
          .
        "##,
    );
}

#[test]
fn messages_are_received() {
    check(
        r##"async function f() { for await (const { data } of sub) { if (!data) continue; use(data) } }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 f
        fn #1 f Function async()
          loop Receive $sub
            1:data := $sub[*].data
            branch not 1:data
              continue
            .
            %0 = $use(1:data)
          .
        "##,
    );
}

#[test]
fn switch_breaks_leave_the_switch() {
    check(
        r##"for (const x of xs) { switch (x) { case 1: case 2: f(); break; case A.B: if (y) break; g(); continue; default: h() } i() }"##,
        r##"
        fn #0 _ TopLevel()
          loop Each $xs
            @x := $xs[*]
            match @x [?, A.B, _]
              %0 = $f()
            .
              branch $y
              .
                %1 = $g()
                continue
              .
            .
              %2 = $h()
            .
            %3 = $i()
          .
        "##,
    );
}

#[test]
fn switch_without_default_may_fall_out() {
    check(
        r##"function f(x) { switch (x) { case 'a': return 1 } g() }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 f
        fn #1 f Function(x)
          match 1:x ["a", _]
            return 1
          .
          %0 = $g()
        "##,
    );
}

#[test]
fn try_and_finally() {
    check(
        r##"async function f() { const c = await pool.connect(); try { await c.query('x') } catch ({ code }) { throw code } finally { c.release() } }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 f
        fn #1 f Function async()
          %0 = await $pool.connect()
          await %0
          1:c := %0
          try [_]
            %1 = await 1:c.query("x")
            await %1
          .
            1:code := 1:error.code
            throw
          .
            %2 = 1:c.release()
          .
        "##,
    );
}

#[test]
fn using_holds_the_rest_of_the_block() {
    check(
        r##"async function f() { await using c = await open(); using d = two(c); go(d) }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 f
        fn #1 f Function async()
          %0 = await $open()
          await %0
          scope %0 as 1:c
            %1 = $two(1:c)
            scope %1 as 1:d
              %2 = $go(1:d)
            .
          .
        "##,
    );
}

#[test]
fn a_function_that_nobody_takes_is_not_made() {
    check(
        r##"save(x), (error) => { done(error); }; const last = (a(), () => { b(); });"##,
        r##"
        fn #0 _ TopLevel()
          %0 = $save($x)
          %2 = $a()
          closure #2 _
          @last := fn#2
        fn #1 _ Closure(error)
          %1 = $done(1:error)
        fn #2 _ Closure()
          %3 = $b()
        "##,
    );
}
