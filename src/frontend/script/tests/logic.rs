//! Lowering of logic.

use super::check;

#[test]
fn or_runs_its_right_side_sometimes() {
    check(
        r##"const x = a || f(b && g());"##,
        r##"
        fn #0 _ TopLevel()
          branch not $a
            branch $b
              %0 = $g()
            .
            %1 = $f(($b | %0))
          .
          @x := ($a ?? %1)
        "##,
    );
}

#[test]
fn nullish_assignment_is_a_gate() {
    check(
        r##"globalThis.db ??= new Pool({ max: 5 }); cache.x ||= make();"##,
        r##"
        fn #0 _ TopLevel()
          branch null($globalThis.db)
            %0 = new $Pool({max: 5})
            $globalThis.db := %0
          .
          branch not $cache.x
            %1 = $make()
            $cache.x := %1
          .
        "##,
    );
}

#[test]
fn conditional_value() {
    check(
        r##"const c = process.env.X ? connect() : other;"##,
        r##"
        fn #0 _ TopLevel()
          branch $process.env.X
            %0 = $connect()
          .
          @c := (%0 | $other)
        "##,
    );
}

#[test]
fn conditions_say_what_they_test() {
    check(
        r##"if (!x && typeof y === 'undefined' || z instanceof Pool) { f() }
if (cache.has(k) && k in o && m !== null && n === 'dev') g(); else h();"##,
        r##"
        fn #0 _ TopLevel()
          branch ((not $x and null($y)) or $z is Pool)
            %0 = $f()
          .
          %1 = $cache.has($k)
          branch (has($cache, $k) and has($o, $k) and not null($m) and $n == "dev")
            %2 = $g()
          .
            %3 = $h()
          .
        "##,
    );
}

#[test]
fn calls_in_conditions_come_first() {
    check(
        r##"if (await ping() && !(await pong())) { f() }"##,
        r##"
        fn #0 _ TopLevel()
          %0 = await $ping()
          await %0
          branch %0
            %1 = await $pong()
            await %1
          .
          branch (%0 and not %1)
            %2 = $f()
          .
        "##,
    );
}

#[test]
fn main_guards() {
    check(
        r##"if (require.main === module) run();
if (import.meta.url === `file://${process.argv[1]}`) run();"##,
        r##"
        fn #0 _ TopLevel()
          branch main
            %0 = $run()
          .
          branch main
            %1 = $run()
          .
        "##,
    );
}

#[test]
fn lookup_then_fill() {
    check(
        r##"function get(k) { let c = map.get(k); if (!c) { c = new C(k); map.set(k, c) } return c }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 get
        fn #1 get Function(k)
          %0 = $map.get(1:k)
          1:c := %0
          branch not 1:c
            %1 = new $C(1:k)
            1:c := %1
            %2 = $map.set(1:k, 1:c)
          .
          return 1:c
        "##,
    );
}
