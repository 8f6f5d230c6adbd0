// Bundles the extension into dist/extension.js and its tests into dist/tests/, and puts the licences beside it.

import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const shared = { absWorkingDir: here, bundle: true, platform: "node", target: "node20", logLevel: "warning" };

rmSync(`${here}dist`, { recursive: true, force: true });
await build({
  ...shared,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  format: "cjs",
  external: ["vscode"],
  minify: true,
});
const tests = readdirSync(`${here}tests`).filter((name) => name.endsWith(".test.ts"));
await build({
  ...shared,
  entryPoints: tests.map((name) => `tests/${name}`),
  outdir: "dist/tests",
  format: "esm",
  outExtension: { ".js": ".mjs" },
});
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(`${here}../../${licence}`, `${here}dist/${licence}`);
