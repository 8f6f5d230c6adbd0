// What a user of the extension does and sees, in a real VS Code with the real server.
//
// `run` sets the environment: CODE_SERVER, CONNLINT, VSIX, WORK, SHOTS.

import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { openEditor } from "./editor.mjs";

const { CODE_SERVER, CONNLINT, VSIX, WORK, SHOTS } = process.env;
const SAMPLE = fileURLToPath(new URL("sample", import.meta.url));
const BUILT = "new MongoClient";

/** A copy of the sample. */
function project(name) {
  const folder = join(WORK, name, "recipes");
  cpSync(SAMPLE, folder, { recursive: true });
  return folder;
}

/** Without a connlint on PATH, but for one that is put there. */
function environment(...directories) {
  const others = process.env.PATH.split(":").filter((directory) => !existsSync(join(directory, "connlint")));
  return { ...process.env, PATH: [...directories, ...others].join(":") };
}

function open(name, folder, more) {
  return openEditor({ program: CODE_SERVER, vsix: VSIX, work: join(WORK, name), folder, ...more });
}

async function eventually(what, holds) {
  const until = Date.now() + 60_000;
  while (!(await holds())) {
    assert.ok(Date.now() < until, `not so after a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("a trusted project with a connlint of its own", () => {
  let folder, editor, starts;
  const file = (path) => join(folder, path);

  before(async () => {
    folder = project("trusted");
    mkdirSync(file("node_modules/.bin"), { recursive: true });
    starts = join(WORK, "starts");
    const counted = file("node_modules/.bin/connlint");
    writeFileSync(counted, `#!/bin/sh\necho "$*" >> '${starts}'\nexec '${CONNLINT}' "$@"\n`);
    chmodSync(counted, 0o755);
    const environ = environment();
    editor = await open("trusted", folder, { environment: environ, args: ["--disable-workspace-trust"] });
  });
  after(() => editor?.close());

  test("the construction is underlined", async () => {
    await editor.open("src/lib/database.ts");
    await editor.errors.first().waitFor();
    assert.ok((await editor.text()).includes(BUILT));
  });

  test("pointing at it tells the finding and the chain that leads to it", async () => {
    await editor.word(BUILT, "MongoClient").hover();
    await editor.hover.filter({ hasText: "Reached by" }).waitFor();
    const told = (await editor.hover.innerText()).replaceAll("\u00a0", " ");
    assert.match(told, /`?MongoClient`? is built on every request/);
    assert.match(told, /client-per-request/);
    assert.match(told, /GET \/recipes\/\[id\].*\(src\/app\/recipes\/\[id\]\/route\.ts:3\)/);
    assert.match(told, /`?openDatabase`? is called here \(src\/app\/recipes\/\[id\]\/route\.ts:4\)/);
    assert.match(told, /Pool: up to 10 connections/);
    await editor.enlargeHover(620, 430);
    await editor.shot(join(SHOTS, "hover.png"));
  });

  test("the quick fix changes the text, and the line under it goes", async () => {
    await editor.page.keyboard.press("Escape");
    await editor.word(BUILT, "MongoClient").click();
    await editor.page.keyboard.press("Control+.");
    const menu = editor.page.locator(".action-widget:not(.action-list-submenu-panel)");
    const fix = menu.locator(".monaco-list-row.action.focused").filter({ hasText: "Hoist" });
    await fix.waitFor();
    assert.match(await menu.innerText(), /Suppress .client-per-request. here, with a reason/);
    await editor.shot(join(SHOTS, "fix.png"));
    await editor.page.keyboard.press("Enter");
    // Behind a guard: the dev server would build a module's client anew.
    const hoisted = /\n\nconst client = globalForClient\.client \?\? new MongoClient[^]*export async function openDatabase/;
    await eventually("the client is in the module", async () => hoisted.test(await editor.text()));
    await eventually("no line is left", async () => (await editor.errors.count()) === 0);
    await editor.shot(join(SHOTS, "fixed.png"));
  });

  test("undone, it is underlined again", async () => {
    await editor.page.keyboard.press("Control+z");
    await editor.errors.first().waitFor();
  });

  test("a change on the disk, of a file that is not open, is followed", async () => {
    const route = file("src/app/recipes/[id]/route.ts");
    const text = readFileSync(route, "utf8");
    writeFileSync(route, text.replaceAll(/.*openDatabase.*\n/g, "").replace("database.collection", "none"));
    await eventually("nothing calls it", async () => (await editor.errors.count()) === 0);
    writeFileSync(route, text);
    await editor.errors.first().waitFor();
  });

  test("the settings of the project count at once", async () => {
    mkdirSync(file(".vscode"));
    writeFileSync(file(".vscode/settings.json"), '{ "connlint.ignore": ["client-per-request"] }');
    await eventually("the rule is left out", async () => (await editor.errors.count()) === 0);
    writeFileSync(file(".vscode/settings.json"), "{}");
    await editor.errors.first().waitFor();
  });

  test("Fix All applies the safe fixes of the file", async () => {
    await editor.open("src/components/clock.tsx");
    await editor.errors.first().waitFor();
    await editor.command("connlint: Fix All");
    await eventually("the interval is released", async () => (await editor.text()).includes("clearInterval(timer)"));
    await eventually("no line is left", async () => (await editor.errors.count()) === 0);
  });

  test("Restart Server starts the server anew", async () => {
    await editor.open("src/lib/database.ts");
    assert.equal(readFileSync(starts, "utf8"), "lsp\n");
    await editor.command("connlint: Restart Server");
    await eventually("it started twice", () => readFileSync(starts, "utf8") === "lsp\nlsp\n");
    await editor.errors.first().waitFor();
  });

  test("Show Output opens what the server says", async () => {
    await editor.command("connlint: Show Output");
    await editor.page.locator(".part.panel .output-view-pane, .part.panel .output-view").first().waitFor({ timeout: 5000 });
  });
});

describe("a window with two folders", () => {
  let editor, club;

  before(async () => {
    const shop = project("shop");
    club = project("club");
    renameSync(join(club, "src/lib/database.ts"), join(club, "src/lib/store.ts"));
    const route = join(club, "src/app/recipes/[id]/route.ts");
    writeFileSync(route, readFileSync(route, "utf8").replace("lib/database", "lib/store"));
    mkdirSync(join(club, ".vscode"));
    const workspace = join(WORK, "both.code-workspace");
    writeFileSync(workspace, JSON.stringify({ folders: [{ path: shop }, { path: club }] }));
    // One of the folders brings the program for both.
    mkdirSync(join(club, "node_modules/.bin"), { recursive: true });
    symlinkSync(CONNLINT, join(club, "node_modules/.bin/connlint"));
    editor = await open("two", undefined, { workspace, environment: environment(), args: ["--disable-workspace-trust"] });
  });
  after(() => editor?.close());

  test("each has its findings, from one server", async () => {
    for (const path of ["src/lib/store.ts", "src/lib/database.ts"]) {
      await editor.open(path);
      await editor.errors.first().waitFor();
    }
  });

  test("the settings of a folder hold in it alone", async () => {
    await editor.open("src/lib/store.ts");
    writeFileSync(join(club, ".vscode/settings.json"), '{ "connlint.ignore": ["client-per-request"] }');
    await eventually("the rule is left out", async () => (await editor.errors.count()) === 0);
    await editor.open("src/lib/database.ts");
    await editor.errors.first().waitFor();
  });
});

describe("a project that is not trusted", () => {
  let folder, editor, ran;

  before(async () => {
    folder = project("untrusted");
    ran = join(WORK, "ran");
    const trap = join(folder, "node_modules/.bin/connlint");
    mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
    mkdirSync(join(folder, ".vscode"));
    writeFileSync(join(folder, ".vscode/settings.json"), JSON.stringify({ "connlint.path": trap }));
    writeFileSync(trap, `#!/bin/sh\ntouch '${ran}'\nexec '${CONNLINT}' "$@"\n`);
    chmodSync(trap, 0o755);
    editor = await open("untrusted", folder, { environment: environment() });
  });
  after(() => editor?.close());

  test("its program is not run, and a message with a button says so", async () => {
    await editor.open("src/lib/database.ts");
    const notice = editor.notifications.filter({ hasText: "before you trust the workspace" });
    await notice.waitFor();
    await editor.shot(join(SHOTS, "untrusted.png"));
    await notice.getByRole("button", { name: "Manage Workspace Trust" }).click();
    await editor.page.locator(".workspace-trust-editor").waitFor();
    assert.ok(!existsSync(ran), "a program of the workspace was run");
  });

  test("once it is trusted, the program runs", async () => {
    await editor.page.locator(".workspace-trust-editor").getByRole("button", { name: "Trust", exact: true }).click();
    await eventually("it has run", () => existsSync(ran));
    await editor.open("src/lib/database.ts");
    await editor.errors.first().waitFor();
  });
});

describe("a machine without connlint", () => {
  let editor;
  before(async () => {
    editor = await open("none", project("none"), { environment: environment(), args: ["--disable-workspace-trust"] });
  });
  after(() => editor?.close());

  test("a message says so, with a button that leads to the setting", async () => {
    await editor.open("src/lib/database.ts");
    const notice = editor.notifications.filter({ hasText: "no connlint program was found" });
    await notice.getByRole("button", { name: "How to Install" }).waitFor();
    await editor.shot(join(SHOTS, "missing.png"));
    await notice.getByRole("button", { name: "Open Settings" }).click();
    await editor.page.locator(".settings-editor").filter({ hasText: "connlint.path" }).waitFor();
  });
});
