//! Graphs of small bodies, as text, and what is asked of them.

use super::super::cfg::{Cfg, Flow};
use super::{F, facts, graph, leads, node, python, rust, script};
use crate::facts::{Block, CallId, FileFacts, Language, Node, Pred, Span};

fn check(facts: &FileFacts, expected: &str) {
    let found = graph(facts).text(facts);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let told: Vec<&str> = found.lines().skip(1).map(str::trim).collect();
    assert_eq!(told, expected, "\n{found}");
}

#[test]
fn events_stand_in_order_and_calls_may_throw() {
    check(
        &script("%0 = $open()\nawait %0\n1:c := %0\nreturn 1:c"),
        "
        n0 entry -> n1
        n1 %0 = $open() -> n2, throw n6
        n2 await %0 -> n3, throw n6
        n3 1:c := %0 -> n4
        n4 return 1:c -> n5
        n5 returned
        n6 thrown
        ",
    );
}

#[test]
fn rust_gives_up_at_awaits_and_ends_blocks() {
    check(
        &rust("%0 = $open()\nawait %0\n1:c := %0"),
        "
        n0 entry -> n1
        n1 %0 = $open() -> n2
        n2 await %0 -> n3, suspend n6
        n3 1:c := %0 -> n4
        n4 drop -> n5
        n5 returned
        n6 drop -> n7
        n7 abandoned
        ",
    );
}

#[test]
fn finally_stands_on_every_way_out() {
    check(
        &script(
            "loop Each 1:p
               try []
                 %0 = $work()
                 branch 1:q
                   break
                 .
                   return null
                 .
               .
                 %1 = $close()
               .
             .
             %2 = $after()",
        ),
        "
        n0 entry -> n1
        n1 loop Each 1:p -> more n2, done n8
        n2 %0 = $work() -> n3, throw n7
        n3 test 1:q -> yes n4, no n5
        n4 %1 = $close() -> n8, throw n10
        n5 return null -> n6
        n6 %1 = $close() -> n9, throw n10
        n7 %1 = $close() -> n10, throw n10
        n8 %2 = $after() -> n9, throw n10
        n9 returned
        n10 thrown
        n12 dead join -> back n1
        n13 dead %1 = $close() -> n12, throw n10
        ",
    );
}

#[test]
fn handlers_take_what_they_name() {
    check(
        &python(
            "try [ValueError]
               %0 = $work()
             .
               %1 = $mend()
             .
             %2 = $after()",
        ),
        "
        n0 entry -> n1
        n1 %0 = $work() -> n4, throw n2
        n2 catch -> error ValueError n3, throw n6
        n3 %1 = $mend() -> n4, throw n6
        n4 %2 = $after() -> n5, throw n6
        n5 returned
        n6 thrown
        ",
    );
}

#[test]
fn scopes_are_left_on_every_way() {
    check(
        &python(
            "scope %0 as 1:c
               yield 1:c
               return null
             .",
        ),
        "
        n0 entry -> n1
        n1 enter %0 as 1:c -> n2
        n2 yield 1:c -> n3, throw n6, suspend n8
        n3 return null -> n4
        n4 leave %0 -> n5
        n5 returned
        n6 leave %0 -> n7
        n7 thrown
        n8 leave %0 -> n9
        n9 abandoned
        n10 dead leave %0 -> n5
        ",
    );
}

#[test]
fn closures_that_run_on_the_spot_are_part() {
    let facts = script(
        "  closure #2 _ inline
           %1 = $after()
         fn #2 _ Closure()
           branch 2:x
             return null
           .
           %0 = $inner()",
    );
    check(
        &facts,
        "
        n0 entry -> n1
        n1 test 2:x -> yes n2, no n3
        n2 return null -> n4
        n3 %0 = $inner() -> n4, throw n6
        n4 %1 = $after() -> n5, throw n6
        n5 returned
        n6 thrown
        ",
    );
}

#[test]
fn labels_lead_out_of_the_loops_that_have_them() {
    let facts = script(
        "loop Endless 'outer
           loop Each 1:p
             %0 = $work()
             break 'outer
           .
           %1 = $never()
         .
         %2 = $after()",
    );
    let cfg = graph(&facts);
    assert!(leads(&cfg, 0, 2, Flow::Normal) && !leads(&cfg, 0, 1, Flow::Normal) && leads(&cfg, 1, 0, Flow::Normal));
}

#[test]
fn code_behind_a_return_is_dead() {
    let facts = script("%0 = $a()\nreturn null\n%1 = $b()");
    let cfg = graph(&facts);
    assert!(cfg.is_reached(node(&cfg, 0)) && !cfg.is_reached(node(&cfg, 1)));
    assert!(cfg.text(&facts).contains("dead %1 = $b()"));
}

#[test]
fn arms_exclude_each_other_but_over_the_turns_of_a_loop() {
    let body = "loop Each 1:p
                  branch 1:q
                    %0 = $one()
                  .
                    %1 = $other()
                  .
                .
                %2 = $after()";
    let facts = script(body);
    let cfg = graph(&facts);
    let exclude = |one, other, flow| cfg.exclude(CallId(one), CallId(other), flow);
    assert!(exclude(0, 1, Flow::Turn));
    assert!(!exclude(0, 1, Flow::Normal));
    assert!(!exclude(0, 2, Flow::Turn) && !exclude(1, 2, Flow::Turn));
}

#[test]
fn a_handler_excludes_the_rest_of_the_body_but_for_errors() {
    let facts = script("try [_]\n  %0 = $one()\n  %1 = $two()\n.\n  %2 = $other()\n.");
    let cfg = graph(&facts);
    assert!(cfg.exclude(CallId(0), CallId(2), Flow::Normal));
    assert!(!cfg.exclude(CallId(0), CallId(2), Flow::All));
    assert!(cfg.goes_well(CallId(1)) && !cfg.goes_well(CallId(2)));
}

#[test]
fn an_arm_that_leaves_excludes_what_follows() {
    let facts = script("branch 1:p\n  %0 = $one()\n  return null\n.\n%1 = $two()");
    assert!(graph(&facts).exclude(CallId(0), CallId(1), Flow::All));
}

#[test]
fn dominators_and_post_dominators() {
    let facts = script("%0 = $a()\nbranch 1:p\n  %1 = $b()\n.\n%2 = $c()");
    let cfg = graph(&facts);
    let at = |call| node(&cfg, call);
    assert!(cfg.dominates(at(0), at(2)) && cfg.dominates(at(0), at(1)) && !cfg.dominates(at(1), at(2)));
    assert!(cfg.post_dominates(at(2), at(0), Flow::Normal) && !cfg.post_dominates(at(1), at(0), Flow::Normal));
    assert!(!cfg.post_dominates(at(2), at(0), Flow::All));
}

#[test]
fn natural_loops_hold_their_turns() {
    let facts = script(
        "%0 = $before()
         loop Each 1:p
           %1 = $outer()
           loop While
             branch 1:q
               break
             .
             %2 = $inner()
           .
         .
         %3 = $after()",
    );
    let cfg = graph(&facts);
    let depth = |call| cfg.loops_around(node(&cfg, call)).count();
    assert_eq!([depth(0), depth(1), depth(2), depth(3)], [0, 1, 2, 0]);
}

#[test]
fn an_endless_loop_has_no_way_on() {
    let facts = script("loop Endless\n  %0 = $work()\n.\n%1 = $never()");
    let cfg = graph(&facts);
    assert!(!cfg.is_reached(node(&cfg, 1)));
    assert!(!cfg.post_dominates(node(&cfg, 1), node(&cfg, 0), Flow::Normal));
}

/// Built without the parser, whose own stack is the limit there.
fn nested(depth: usize, around: impl Fn(Block) -> Node) -> FileFacts {
    let mut facts = facts(Language::Script, "%0 = $work()");
    let function = &mut facts.functions[F.index()];
    let mut block = std::mem::take(&mut function.body);
    for _ in 0..depth {
        block = [around(block)].into_iter().collect();
    }
    function.body = block;
    facts
}

#[test]
fn depth_costs_no_stack_and_no_copies_of_copies() {
    let branches = nested(2_000, |block| Node::branch(Pred::Opaque(Vec::new()), block, Block::new(), Span::default()));
    assert_eq!(graph(&branches).of_call(CallId(0)).len(), 1);
    let closing = nested(30, |block| Node::Try {
        body: Block::new(),
        handlers: Vec::new(),
        finally: block,
        span: Span::default(),
    });
    assert!(graph(&closing).nodes.len() < 1_000);
    let tried = nested(30, |block| Node::Try {
        body: block.clone(),
        handlers: Vec::new(),
        finally: [Node::Call(CallId(0))].into_iter().collect(),
        span: Span::default(),
    });
    assert!(graph(&tried).nodes.len() < 1_000);
}

#[test]
fn the_graph_of_every_function_of_a_file_can_be_made() {
    let facts = script("  closure #2 g\nfn #2 g Function()\n  throw");
    let texts: Vec<String> = facts.function_ids().map(|id| Cfg::new(&facts, id).text(&facts)).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts[2].ends_with("n1 throw -> throw n2\n  n2 thrown\n"), "{}", texts[2]);
}

#[test]
fn the_most_calls_on_one_way_are_counted() {
    let most = |body: &str| graph(&script(body)).most(|_| true);
    assert_eq!(most("branch 1:p\n  %0 = $a()\n.\n  %1 = $b()\n.\n%2 = $c()"), 2);
    assert_eq!(most("branch 1:p\n  %0 = $a()\n  return null\n.\n%1 = $b()"), 1);
    assert_eq!(most("loop Each 1:p\n  %0 = $a()\n.\n%1 = $b()"), 2);
    assert_eq!(most("loop While\n  branch 1:p\n    break\n  .\n  %0 = $a()\n.\n%1 = $b()"), 2);
    assert_eq!(most("try [_]\n  %0 = $a()\n.\n  %1 = $b()\n."), 2);
    assert_eq!(most("loop Each 1:p\n  loop Each 1:q\n    %0 = $a()\n    continue\n  .\n  %1 = $b()\n.\n%2 = $c()"), 3);
}
