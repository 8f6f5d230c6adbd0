#!/usr/bin/env node
// Runs the program that the package for this platform brings. Nothing is fetched or built at install time.
"use strict";

const { spawnSync } = require("node:child_process");

/** Linux packages hold a static binary, so that the C library does not matter. */
const name = `@connlint/${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "connlint.exe" : "connlint";

function locate() {
  try {
    return require.resolve(`${name}/${file}`);
  } catch {
    console.error(`error: connlint has no program for this platform: the optional dependency ${name} is not installed`);
    process.exit(2);
  }
}

const result = spawnSync(locate(), process.argv.slice(2), { stdio: "inherit" });
if (result.error) {
  console.error(`error: ${result.error.message}`);
  process.exit(2);
}
if (result.signal) {
  process.kill(process.pid, result.signal);
}
process.exit(result.status ?? 2);
