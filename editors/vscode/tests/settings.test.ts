// What of the editor's settings the server gets.

import assert from "node:assert/strict";
import { test } from "node:test";

import { serverSettings } from "../src/settings";

const DEFAULTS = { run: "onType", check: "workspace", select: [], ignore: [], pedantic: false, config: null };

test("the server gets what it knows, and no more", () => {
  const section = {
    path: "/opt/connlint",
    run: "onSave",
    check: "openFiles",
    select: ["client-per-request"],
    ignore: ["missing-shutdown"],
    pedantic: true,
    config: "team/connlint.toml",
    trace: { server: "verbose" },
  };
  const { path: _path, trace: _trace, ...wanted } = section;
  assert.deepEqual(serverSettings(section), wanted);
});

test("what is missing or of the wrong type does no harm to the rest", () => {
  for (const nothing of [undefined, null, 3, "onSave", {}]) assert.deepEqual(serverSettings(nothing), DEFAULTS);
  const odd = { run: "never", select: "client-in-loop", ignore: ["a", 3, null, " ", " b "], pedantic: "yes", config: 3 };
  assert.deepEqual(serverSettings(odd), { ...DEFAULTS, ignore: ["a", "b"] });
});
