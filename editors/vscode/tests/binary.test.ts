// Which program is found, by what lies where.

import assert from "node:assert/strict";
import { test } from "node:test";

import { findProgram, invocation, type Machine, type Search } from "../src/binary";

const PROJECT = "/projects/shop";

function machine(programs: string[], more: Partial<Machine> & { links?: Record<string, string> } = {}): Machine {
  const { links = {}, ...rest } = more;
  return {
    platform: "linux",
    home: "/home/ada",
    path: "/usr/local/bin:/usr/bin",
    isProgram: (path) => programs.includes(path),
    real: (path) => links[path] ?? path,
    ...rest,
  };
}

function search(more: Partial<Search> = {}): Search {
  return { setting: "", folders: [PROJECT], trusted: true, extension: "/ext", ...more };
}

const INSTALLED = "/usr/bin/connlint";
const BUNDLED = "/ext/bin/connlint";
const NODE = `${PROJECT}/node_modules/.bin/connlint`;
const VENV = `${PROJECT}/.venv/bin/connlint`;

function found(path: string, origin: string) {
  return { found: true, path, origin };
}

test("the project's own comes before PATH, and PATH before the bundled one", () => {
  const order: [string, string][] = [
    [NODE, "project"],
    [VENV, "project"],
    [`${PROJECT}/venv/bin/connlint`, "project"],
    ["/usr/local/bin/connlint", "PATH"],
    [INSTALLED, "PATH"],
    [BUNDLED, "bundled"],
  ];
  const all = order.map(([path]) => path);
  for (const [at, [path, origin]] of order.entries()) {
    assert.deepEqual(findProgram(search(), machine(all.slice(at))), found(path, origin));
  }
  assert.deepEqual(findProgram(search(), machine([])), { found: false, reason: "missing" });
});

test("every folder of the window is looked at, in its order", () => {
  const other = "/projects/bots/.venv/bin/connlint";
  const folders = [PROJECT, "/projects/bots"];
  assert.deepEqual(findProgram(search({ folders }), machine([other, INSTALLED])), found(other, "project"));
  assert.deepEqual(findProgram(search({ folders }), machine([other, VENV])), found(VENV, "project"));
});

test("the setting comes before all, and understands home and folder", () => {
  const settings = {
    "/opt/connlint": "/opt/connlint",
    "~/bin/connlint": "/home/ada/bin/connlint",
    "${workspaceFolder}/tools/connlint": `${PROJECT}/tools/connlint`,
    "tools/connlint": `${PROJECT}/tools/connlint`,
    " /opt/connlint ": "/opt/connlint",
  };
  for (const [setting, path] of Object.entries(settings)) {
    assert.deepEqual(findProgram(search({ setting }), machine([path, NODE, INSTALLED])), found(path, "setting"));
  }
  const alone = search({ setting: "~/connlint", folders: [] });
  assert.deepEqual(findProgram(alone, machine(["/home/ada/connlint"])), found("/home/ada/connlint", "setting"));
});

test("a setting that leads nowhere is told, though there are others", () => {
  const lookup = findProgram(search({ setting: "/opt/gone" }), machine([NODE, INSTALLED, BUNDLED]));
  assert.deepEqual(lookup, { found: false, reason: "setting-missing", path: "/opt/gone" });
});

test("in a workspace that is not trusted, nothing of it is run", () => {
  const trusted = false;
  assert.deepEqual(findProgram(search({ trusted }), machine([NODE, INSTALLED])), found(INSTALLED, "PATH"));
  assert.deepEqual(findProgram(search({ trusted }), machine([NODE, BUNDLED])), found(BUNDLED, "bundled"));
  const refused = { found: false, reason: "untrusted", path: NODE };
  assert.deepEqual(findProgram(search({ trusted }), machine([NODE])), refused);
  assert.deepEqual(findProgram(search({ trusted, setting: NODE }), machine([NODE, INSTALLED])), refused);
});

test("neither by PATH nor by a link is a program of an untrusted workspace run", () => {
  const trusted = false;
  const path = `${PROJECT}/bin:/usr/bin`;
  const own = `${PROJECT}/bin/connlint`;
  assert.deepEqual(findProgram(search({ trusted }), machine([own, INSTALLED], { path })), found(INSTALLED, "PATH"));
  assert.deepEqual(findProgram(search(), machine([own, INSTALLED], { path })), found(own, "PATH"));
  const linked = machine([INSTALLED], { links: { [INSTALLED]: own } });
  assert.equal(findProgram(search({ trusted }), linked).found, false);
  // The folder itself may be opened by a link.
  const folders = ["/home/ada/shop"];
  const opened = machine([INSTALLED], { links: { [INSTALLED]: own, "/home/ada/shop": PROJECT } });
  assert.equal(findProgram(search({ trusted, folders }), opened).found, false);
});

test("a neighbour whose name begins alike is not within", () => {
  const path = "/projects/shop-tools";
  const tool = "/projects/shop-tools/connlint";
  assert.deepEqual(findProgram(search({ trusted: false }), machine([tool], { path })), found(tool, "PATH"));
});

test("relative entries of PATH are passed over", () => {
  const lookup = findProgram(search(), machine(["connlint", "bin/connlint", "./connlint"], { path: ".:bin::" }));
  assert.equal(lookup.found, false);
});

test("on Windows programs have endings, and scripts need the shell", () => {
  const windows = (programs: string[]) => machine(programs, { platform: "win32", path: "C:\\Tools;D:\\bin", home: "C:\\U" });
  const folders = ["C:\\My Shop"];
  const script = "C:\\My Shop\\node_modules\\.bin\\connlint.cmd";
  const exe = "C:\\My Shop\\.venv\\Scripts\\connlint.exe";
  assert.deepEqual(findProgram(search({ folders }), windows([script, exe])), found(script, "project"));
  assert.deepEqual(findProgram(search({ folders }), windows([exe])), found(exe, "project"));
  assert.deepEqual(findProgram(search({ folders }), windows(["D:\\bin\\connlint.exe"])), found("D:\\bin\\connlint.exe", "PATH"));
  const inside = machine(["C:\\my shop\\connlint.exe"], { platform: "win32", path: "C:\\my shop" });
  assert.equal(findProgram(search({ folders, trusted: false }), inside).found, false);
  assert.deepEqual(invocation(script, "win32"), { command: `"${script}"`, args: ["lsp"], shell: true });
  assert.deepEqual(invocation(exe, "win32"), { command: exe, args: ["lsp"], shell: false });
  assert.deepEqual(invocation("/x/connlint.cmd", "linux"), { command: "/x/connlint.cmd", args: ["lsp"], shell: false });
});
