// Which connlint program to run: the one that is set, the project's own, the one on PATH, the bundled one.
//
// Knows the file system through `Machine` only, and nothing of the editor. In a workspace that is not trusted,
// no program from within it is run, however it is reached.

import * as nodePath from "node:path";

/** What there is to look at. */
export interface Machine {
  platform: NodeJS.Platform;
  home: string;
  /** The variable PATH. */
  path: string;
  /** Whether a file is there that may be run. */
  isProgram(path: string): boolean;
  /** With symbolic links followed; the path itself when that fails. */
  real(path: string): string;
}

export interface Search {
  /** The setting `connlint.path`; empty when there is none. */
  setting: string;
  /** Absolute paths of the workspace's folders. */
  folders: readonly string[];
  trusted: boolean;
  /** The folder of the extension. */
  extension: string;
}

export type Origin = "setting" | "project" | "PATH" | "bundled";

export type Lookup =
  | { found: true; path: string; origin: Origin }
  /** `untrusted`: there is one in the workspace, which may not be run yet. */
  | { found: false; reason: "missing" | "untrusted" | "setting-missing"; path?: string };

export function findProgram(search: Search, machine: Machine): Lookup {
  if (search.setting.trim() !== "") return fromSetting(search, machine);
  const inProject = search.folders.flatMap((folder) => projectPlaces(folder, machine));
  const project = inProject.find((path) => machine.isProgram(path));
  if (project !== undefined && search.trusted) return { found: true, path: project, origin: "project" };
  const onPath = onPathPlaces(machine).find((path) => machine.isProgram(path) && allowed(path, search, machine));
  if (onPath !== undefined) return { found: true, path: onPath, origin: "PATH" };
  const bundled = programs(["bin"], search.extension, machine).find((path) => machine.isProgram(path));
  if (bundled !== undefined) return { found: true, path: bundled, origin: "bundled" };
  return project === undefined ? { found: false, reason: "missing" } : { found: false, reason: "untrusted", path: project };
}

/** A setting that leads nowhere is told, not passed over. */
function fromSetting(search: Search, machine: Machine): Lookup {
  const path = expand(search.setting.trim(), search, machine);
  if (!machine.isProgram(path)) return { found: false, reason: "setting-missing", path };
  if (!allowed(path, search, machine)) return { found: false, reason: "untrusted", path };
  return { found: true, path, origin: "setting" };
}

/** Relative paths are those of the first folder; of the home, where no folder is open. */
function expand(setting: string, search: Search, machine: Machine): string {
  const first = search.folders[0] ?? machine.home;
  const path = setting.replace(/^~(?=[/\\]|$)/, () => machine.home).replaceAll("${workspaceFolder}", () => first);
  return paths(machine).resolve(first, path);
}

function projectPlaces(folder: string, machine: Machine): string[] {
  const venv = machine.platform === "win32" ? "Scripts" : "bin";
  const directories = [["node_modules", ".bin"], [".venv", venv], ["venv", venv]];
  return directories.flatMap((directory) => programs(directory, folder, machine));
}

/** Relative entries of PATH would depend on where the editor was started. */
function onPathPlaces(machine: Machine): string[] {
  const { delimiter, isAbsolute } = paths(machine);
  const directories = machine.path.split(delimiter).filter((directory) => isAbsolute(directory));
  return directories.flatMap((directory) => programs([], directory, machine));
}

function programs(below: string[], directory: string, machine: Machine): string[] {
  const names = machine.platform === "win32" ? ["connlint.exe", "connlint.cmd"] : ["connlint"];
  return names.map((name) => paths(machine).join(directory, ...below, name));
}

function allowed(path: string, search: Search, machine: Machine): boolean {
  if (search.trusted) return true;
  const places = [path, machine.real(path)];
  const folders = search.folders.flatMap((folder) => [folder, machine.real(folder)]);
  return !places.some((place) => folders.some((folder) => within(place, folder, machine)));
}

function within(path: string, folder: string, machine: Machine): boolean {
  const { relative, isAbsolute, sep } = paths(machine);
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function paths(machine: Machine): nodePath.PlatformPath {
  return machine.platform === "win32" ? nodePath.win32 : nodePath.posix;
}

/** How a program is started. Scripts of Windows need its shell, which splits at blanks. */
export function invocation(path: string, platform: NodeJS.Platform): { command: string; args: string[]; shell: boolean } {
  const shell = platform === "win32" && path.toLowerCase().endsWith(".cmd");
  return { command: shell ? `"${path}"` : path, args: ["lsp"], shell };
}
