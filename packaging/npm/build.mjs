// Lays out the npm packages: one for each platform that has a program, and the launcher that depends on all.
//
//   node packaging/npm/build.mjs OUT PLATFORM=PROGRAM...
//
// PLATFORM is Node's name for one, as `linux-x64`. Version and description are those of Cargo.toml.

import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
const field = (name) => new RegExp(`^${name} = "(.*)"$`, "m").exec(manifest)?.[1];
const shared = {
  version: field("version"),
  description: field("description"),
  license: field("license"),
  repository: field("repository"),
};

/** Each is published; installing takes the one whose `os` and `cpu` fit. */
const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64", "win32-arm64", "win32-x64"];

/** npm packs no file of such a name unasked. */
const LICENCES = ["LICENSE-MIT", "LICENSE-APACHE"];

function write(folder, manifest, files) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify({ ...manifest, ...shared }, null, 2)}\n`);
  LICENCES.forEach((licence) => copyFileSync(join(root, licence), join(folder, licence)));
  for (const [from, to] of files) {
    copyFileSync(from, join(folder, to));
    chmodSync(join(folder, to), 0o755);
  }
}

function platform(out, key, program) {
  if (!PLATFORMS.includes(key)) {
    throw new Error(`unknown platform ${key}; known are ${PLATFORMS.join(", ")}`);
  }
  const [os, cpu] = key.split("-");
  const file = os === "win32" ? "connlint.exe" : "connlint";
  const manifest = { name: `@connlint/${key}`, os: [os], cpu: [cpu], files: [file, ...LICENCES], preferUnplugged: true };
  write(join(out, key), manifest, [[program, file]]);
}

function launcher(out) {
  const manifest = {
    name: "connlint",
    bin: { connlint: "launcher.cjs" },
    files: ["launcher.cjs", ...LICENCES],
    engines: { node: ">=18" },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((key) => [`@connlint/${key}`, shared.version])),
  };
  write(join(out, "connlint"), manifest, [[join(root, "packaging/npm/launcher.cjs"), "launcher.cjs"]]);
  copyFileSync(join(root, "README.md"), join(out, "connlint", "README.md"));
}

const [out, ...programs] = process.argv.slice(2);
if (!out) {
  throw new Error("usage: node build.mjs OUT PLATFORM=PROGRAM...");
}
for (const pair of programs) {
  const at = pair.indexOf("=");
  platform(out, pair.slice(0, at), pair.slice(at + 1));
}
launcher(out);
