//! Single-file components: scripts, instances, mounts.

use super::super::{ComponentKind, lower_component};
use super::dedented;
use crate::facts::dump::dump;
use crate::facts::{FileFacts, FnId, Guard};

fn check(facts: &FileFacts, expected: &str) {
    assert_eq!(dump(facts).trim_end(), dedented(expected), "\n{}", dump(facts));
}

fn mounts(facts: &FileFacts) -> Vec<(&str, Guard)> {
    facts.mounts.iter().map(|mount| (mount.component.as_str(), mount.guard)).collect()
}

#[test]
fn vue_setup_is_the_component_and_imports_are_the_file_s() {
    let facts = lower_component(
        "<script>\nexport default { name: 'x' }\n</script>\n<script setup lang=\"ts\">\nimport { ref } from 'vue'\n\
         const ws = ref(new WebSocket(url as string))\n</script>\n<template><p/></template>\n",
        ComponentKind::Vue,
    );
    check(
        &facts,
        r##"
        import Named ref from "vue"
        fn #0 _ TopLevel()
          closure #1 setup
        fn #1 setup Function renders()
          %0 = new $WebSocket($url)
          %1 = import ref(%0)
          1:ws := %1
        export default = {name: "x"}
        "##,
    );
    assert_eq!(facts.component, Some(FnId(1)));
}

#[test]
fn offsets_are_those_of_the_file() {
    let text = "<template>é</template>\n<script setup>\nconnect()\n</script>";
    let facts = lower_component(text, ComponentKind::Vue);
    assert_eq!(&text[facts.calls[0].span.range()], "connect()");
}

#[test]
fn svelte_module_script_is_top_level() {
    let facts = lower_component(
        "<script module>export const pool = new Pool()</script>\n<script>\nexport let name;\nlet s;\n\
         $: twice = f(name);\nonMount(() => { s = io() })\n</script>",
        ComponentKind::Svelte,
    );
    check(
        &facts,
        r##"
        fn #0 _ TopLevel()
          %0 = new $Pool()
          @pool := %0
          closure #1 setup
        fn #1 setup Function renders()
          %1 = $f(1:name)
          1:twice := %1
          closure #2 _
          %3 = $onMount(fn#2)
        fn #2 _ Closure()
          %2 = $io()
          1:s := %2
        export pool = @pool
        export default = fn#1
        "##,
    );
}

#[test]
fn astro_frontmatter_is_the_component() {
    let facts = lower_component(
        "---\nimport L from './L.astro'\nexport const prerender = true\nconst d = await load()\n---\n<L>{d}</L>\n\
         <script>connect()</script>\n<script type=\"application/ld+json\">{}</script>",
        ComponentKind::Astro,
    );
    check(
        &facts,
        r##"
        import Named default from "./L.astro"
        fn #0 _ TopLevel()
          @prerender := true
          %0 = $connect()
          closure #1 setup
        fn #1 setup Function async renders()
          %1 = await $load()
          await %1
          1:d := %1
        export prerender = @prerender
        export default = fn#1
        "##,
    );
    assert_eq!(mounts(&facts), [("L", Guard::None)]);
}

#[test]
fn mounts_know_their_guards() {
    let facts = lower_component(
        "<template>\n<div v-if=\"a > b\"><MyComp @click=\"go()\"/><other-comp v-show=\"b\"/></div>\n\
         <li v-for=\"x in xs\"><Item/><br><img src=\"a\"></li>\n\
         <keep-alive><router-view v-slot=\"{ C }\"><component :is=\"C\"/></router-view></keep-alive>\n\
         <Both v-if=\"once\" v-show=\"open\"/> {{ a < b }} <Plain></Plain><Shown v-show=\"x\"/><RouterView/>\n\
         <Anew :key=\"id\"/><Same key=\"a\"/>\n\
         <!-- <Hidden/> connlint-disable x -->\n</template>",
        ComponentKind::Vue,
    );
    let expected = [
        ("MyComp", Guard::If),
        ("OtherComp", Guard::If),
        ("Item", Guard::Each),
        ("RouterView", Guard::KeepAlive),
        ("Both", Guard::IfShow),
        ("Plain", Guard::None),
        ("Shown", Guard::Show),
        ("RouterView", Guard::Route),
        ("Anew", Guard::If),
        ("Same", Guard::None),
    ];
    assert_eq!(mounts(&facts), expected);
    assert_eq!(facts.comments[0].text, "<Hidden/> connlint-disable x");
}

#[test]
fn svelte_blocks_guard_what_they_hold() {
    let facts = lower_component(
        "{#if a < b}\n<X on:click={() => a > b}/>\n{:else}<Y/>{/if}{#each xs as x (x.id)}<Z/>{/each}<W/>",
        ComponentKind::Svelte,
    );
    let expected = [("X", Guard::If), ("Y", Guard::If), ("Z", Guard::Each), ("W", Guard::None)];
    assert_eq!(mounts(&facts), expected);
}

#[test]
fn handlers_of_templates_are_elements_of_the_instance() {
    let facts = lower_component(
        "<script setup>\nconst beat = ref(0)\nstop(beat.value)\n</script>\n\
         <template><p id=\"a\" @click.once=\"beat = start(1)\" @blur=\"leave\" @focus=\"() => stop(beat)\"/></template>",
        ComponentKind::Vue,
    );
    check(
        &facts,
        r##"
        fn #0 _ TopLevel()
          closure #1 setup
        fn #1 setup Function renders()
          %0 = $ref(0)
          1:beat := %0
          %1 = $stop(1:beat.value)
          closure #2 _
          %3 = jsx $p(onClick=fn#2)
          closure #3 _
          %5 = jsx $p(onFocus=fn#3)
        fn #2 _ Closure()
          %2 = $start(1)
          1:beat.value := %2
        fn #3 _ Closure()
          %4 = $stop(1:beat.value)
          return %4
        export default = fn#1
        "##,
    );
    assert_eq!((facts.handlers, facts.ids), (vec!["leave".to_string()], vec!["a".to_string()]));
}
