// The manifest and the code say the same.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LANGUAGES } from "../src/languages";
import { complaint, LABELS } from "../src/messages";
import { serverSettings } from "../src/settings";

// Tests run in the extension's folder.
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const properties: Record<string, { default: unknown; scope: string }> = manifest.contributes.configuration.properties;

test("the extension wakes for the languages that it serves", () => {
  const events: string[] = manifest.activationEvents;
  const languages = events.filter((event) => event.startsWith("onLanguage:")).map((event) => event.slice(11));
  assert.deepEqual(languages.sort(), [...LANGUAGES].sort());
});

test("every setting is contributed, with the server's default", () => {
  const defaults = serverSettings({});
  const own = ["path", "trace.server"];
  assert.deepEqual(
    Object.keys(properties).sort(),
    [...Object.keys(defaults), ...own].map((key) => `connlint.${key}`).sort(),
  );
  for (const [key, value] of Object.entries(defaults)) {
    assert.deepEqual(properties[`connlint.${key}`]?.default, value, key);
    assert.equal(properties[`connlint.${key}`]?.scope, "resource", key);
  }
});

test("a workspace that is not trusted cannot say which program is run", () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, ["connlint.path"]);
  assert.equal(manifest.capabilities.untrustedWorkspaces.supported, "limited");
});

test("every command of the manifest is registered, and no other", () => {
  const code = readFileSync("src/extension.ts", "utf8");
  const registered = [...code.matchAll(/registerCommand\("([^"]+)"/g)].map((match) => match[1]);
  const contributed = manifest.contributes.commands.map((command: { command: string }) => command.command);
  assert.deepEqual(registered.sort(), contributed.sort());
});

test("the extension's version is that of the program", () => {
  const cargo = readFileSync("../../Cargo.toml", "utf8");
  assert.equal(manifest.version, /^version = "(.+)"$/m.exec(cargo)?.[1]);
});

test("whoever has no program is told why, with something to press", () => {
  const reasons = ["missing", "untrusted", "setting-missing"] as const;
  for (const reason of reasons) {
    const { message, remedies } = complaint({ found: false, reason, path: "/x/connlint" });
    assert.equal(message.includes("/x/connlint"), reason !== "missing");
    assert.ok(remedies.length > 0 && remedies.every((remedy) => LABELS[remedy] !== ""));
  }
});

test("no address of a registry is in the lock file", () => {
  for (const lock of ["package-lock.json", "e2e/package-lock.json"]) {
    assert.ok(!readFileSync(lock, "utf8").includes('"resolved"'), lock);
  }
});
