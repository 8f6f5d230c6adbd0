// What is said when there is no program to run, and what can be done about it. Knows nothing of the editor.

import type { Lookup } from "./binary";

export type Remedy = "install" | "settings" | "trust" | "retry";

export const LABELS: Record<Remedy, string> = {
  install: "How to Install",
  settings: "Open Settings",
  trust: "Manage Workspace Trust",
  retry: "Try Again",
};

export interface Complaint {
  message: string;
  remedies: Remedy[];
}

export function complaint(lookup: Extract<Lookup, { found: false }>): Complaint {
  switch (lookup.reason) {
    case "setting-missing":
      return {
        message: `connlint: the setting connlint.path names ${lookup.path}, and no program is there.`,
        remedies: ["settings", "retry"],
      };
    case "untrusted":
      return {
        message: `connlint: the only connlint program lies in this workspace (${lookup.path}). It is not run before you trust the workspace.`,
        remedies: ["trust", "settings"],
      };
    case "missing":
      return {
        message:
          "connlint: no connlint program was found: not in the project's node_modules/.bin, .venv or venv, not on PATH. Install it, or set connlint.path.",
        remedies: ["install", "settings", "retry"],
      };
  }
}
