//! Which expressions are the same place.

use super::super::place::{Places, Same};
use super::{bound, graph, script};

/// Whether the two expressions name the same place, after what `before` binds.
fn same(before: &str, one: &str, other: &str) -> Same {
    let facts = script(&format!("{before}\n1:one := {one}\n1:other := {other}\n1:one := null\n1:other := null"));
    let cfg = graph(&facts);
    let mut places = Places::new(&facts, &cfg);
    let (one, other) = (places.of(bound(&facts, "one")), places.of(bound(&facts, "other")));
    places.same(one.unwrap(), other.unwrap())
}

#[test]
fn paths_from_one_root_are_compared_by_their_steps() {
    assert_eq!(same("", "this.socket", "this.socket"), Same::Yes);
    assert_eq!(same("", "this.socket", "this.other"), Same::No);
    assert_eq!(same("", "1:p", "1:p"), Same::Yes);
    assert_eq!(same("", "1:p", "1:q"), Same::No);
    assert_eq!(same("", "1:p", "this.p"), Same::No);
}

#[test]
fn two_variables_may_hold_one_object() {
    assert_eq!(same("", "1:p.socket", "1:q.socket"), Same::Maybe);
    assert_eq!(same("", "1:p.socket", "1:q.other"), Same::No);
    assert_eq!(same("", "this.socket", "1:p.socket"), Same::Maybe);
}

#[test]
fn a_variable_that_is_bound_once_stands_for_its_place() {
    assert_eq!(same("1:s := this.socket", "1:s.id", "this.socket.id"), Same::Yes);
    assert_eq!(same("1:s := this.socket\n1:s := 1:p", "1:s.id", "this.socket.id"), Same::Maybe);
    assert_eq!(same("1:s := this.socket\nthis.socket := null", "1:s.id", "this.socket.id"), Same::Maybe);
    assert_eq!(same("1:s := this.socket", "1:s", "this.socket"), Same::No);
}

#[test]
fn elements_are_told_apart_by_written_keys() {
    assert_eq!(same("", "1:p[\"a\"]", "1:p[\"a\"]"), Same::Yes);
    assert_eq!(same("", "1:p[\"a\"]", "1:p[\"b\"]"), Same::No);
    assert_eq!(same("", "1:p[1:q]", "1:p[1:q]"), Same::Yes);
    assert_eq!(same("", "1:p[1:q]", "1:p[\"a\"]"), Same::Maybe);
    assert_eq!(same("", "1:p[*]", "1:p[*]"), Same::Maybe);
    assert_eq!(same("", "1:p[\"a\"]", "1:p.a"), Same::Maybe);
}

#[test]
fn a_variable_bound_to_a_part_of_itself_is_followed_once() {
    assert_eq!(same("1:s := 1:s.next", "1:s.id", "1:s.id"), Same::Yes);
}

#[test]
fn globals_may_be_fields_of_the_global_object() {
    assert_eq!(same("", "$socket", "$window.socket"), Same::Maybe);
    assert_eq!(same("", "$socket", "$window.other"), Same::No);
    assert_eq!(same("", "@top", "1:p.top"), Same::No);
}

#[test]
fn a_part_depends_on_the_whole_and_an_element_on_its_key() {
    let facts = script("1:one := 1:p[1:q].socket\n1:one := null");
    let cfg = graph(&facts);
    let mut places = Places::new(&facts, &cfg);
    let place = places.of(bound(&facts, "one")).unwrap();
    let locals = &facts.function(super::F).params;
    let mut variable = |at: usize| {
        let var = crate::facts::VarRef { function: super::F, local: locals[at].local };
        places.of(&crate::facts::Value::Var(var)).unwrap()
    };
    let (p, q) = (variable(0), variable(1));
    assert!(places.depends(place, p) && places.depends(place, q) && !places.depends(q, p));
}
