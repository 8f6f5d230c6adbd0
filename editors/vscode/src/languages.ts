// The languages whose files the server is told of; the manifest activates the extension on the same ones.

export const LANGUAGES = [
  "typescript",
  "typescriptreact",
  "javascript",
  "javascriptreact",
  "python",
  "rust",
  "vue",
  "svelte",
  "astro",
] as const;

/** Settings of connlint, in which the server tells faults. */
export const SETTINGS_FILES = "**/{connlint,.connlint}.toml";
