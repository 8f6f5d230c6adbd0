// Runs the steps of action.yml as a runner of GitHub does, and shows what they leave behind.
//
//   node run-action.mjs FOLDER WORK [NAME=INPUT...]
//
// FOLDER is the workspace, WORK takes the runner's files. Scripts run in bash with the files of a runner; expressions
// are evaluated by GitHub's own library. A step with `uses` is not run: its inputs are told. The outcome is one JSON
// document on standard output, in which the log has its place too.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import { parse } from "yaml";

const [folder, work, ...given] = process.argv.slice(2);
const action = parse(readFileSync(fileURLToPath(new URL("../../action.yml", import.meta.url)), "utf8"));
const inputs = Object.fromEntries(Object.entries(action.inputs).map(([name, { default: value }]) => [name, value ?? ""]));
for (const pair of given) {
  const at = pair.indexOf("=");
  inputs[pair.slice(0, at)] = pair.slice(at + 1);
}
const steps = {};
let failed = false;

mkdirSync(join(work, "temp"), { recursive: true });
const files = Object.fromEntries(
  ["GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"].map((name) => [name, join(work, name.toLowerCase())]),
);
Object.values(files).forEach((file) => writeFileSync(file, ""));

function dictionary(value) {
  if (typeof value === "string") {
    return new data.StringData(value);
  }
  const entries = Object.entries(value).map(([key, inner]) => ({ key, value: dictionary(inner) }));
  return new data.Dictionary(...entries);
}

const status = [
  ["success", () => !failed],
  ["failure", () => failed],
  ["always", () => true],
  ["cancelled", () => false],
].map(([name, holds]) => ({ name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(holds()) }));

function evaluate(expression) {
  const contexts = { inputs, steps };
  const parsed = new Parser(new Lexer(expression).lex().tokens, Object.keys(contexts), status).parse();
  const functions = new Map(status.map((known) => [known.name, known]));
  return new Evaluator(parsed, dictionary(contexts), functions).evaluate();
}

/** A text with its `${{ … }}` filled in. */
const filled = (text) => String(text).replace(/\$\{\{(.*?)\}\}/gs, (_, inner) => evaluate(inner).coerceString());

/** Without a status function, a step runs while none has failed. */
function runs(condition) {
  const bare = (condition ?? "success()").replace(/^\$\{\{(.*)\}\}$/s, "$1");
  const asked = /\b(success|failure|always|cancelled)\s*\(/.test(bare) ? bare : `success() && (${bare})`;
  const value = evaluate(asked);
  return value.kind === data.Kind.Boolean ? value.value : value.coerceString() !== "";
}

function script(step) {
  const file = join(work, "script.sh");
  writeFileSync(file, step.run);
  const environment = Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value)]));
  const path = [...readFileSync(files.GITHUB_PATH, "utf8").split("\n").filter(Boolean).reverse(), process.env.PATH];
  const env = {
    ...process.env,
    ...files,
    GITHUB_ACTIONS: "true",
    GITHUB_WORKSPACE: folder,
    RUNNER_TEMP: join(work, "temp"),
    PATH: path.join(":"),
    ...environment,
  };
  const ran = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", file], { cwd: folder, env, encoding: "utf8" });
  const outputs = readFileSync(files.GITHUB_OUTPUT, "utf8").split("\n").filter(Boolean);
  return {
    code: ran.status,
    log: ran.stdout + ran.stderr,
    outputs: Object.fromEntries(outputs.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)])),
  };
}

const told = [];
for (const step of action.runs.steps) {
  const name = step.name ?? step.uses;
  if (!runs(step.if)) {
    told.push({ name, skipped: true });
    continue;
  }
  if (step.uses) {
    const asked = Object.fromEntries(Object.entries(step.with ?? {}).map(([key, value]) => [key, filled(value)]));
    told.push({ name, uses: step.uses, with: asked });
    continue;
  }
  const ran = script(step);
  failed ||= ran.code !== 0;
  if (step.id) {
    steps[step.id] = { outputs: ran.outputs };
  }
  told.push({ name, ...ran });
}
const summary = readFileSync(files.GITHUB_STEP_SUMMARY, "utf8");
console.log(JSON.stringify({ failed, steps: told, summary }, null, 2));
