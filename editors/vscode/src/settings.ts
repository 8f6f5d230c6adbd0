// From the editor's settings to those that the server knows.
//
// Plain values in, plain values out; knows nothing of the editor. What is of the wrong type is left out, since the
// server would refuse all settings for one of them.

export const SECTION = "connlint";

export interface ServerSettings {
  run: "onType" | "onSave";
  check: "workspace" | "openFiles";
  select: string[];
  ignore: string[];
  pedantic: boolean;
  config: string | null;
}

/** From all settings of the section, as the editor gives them. */
export function serverSettings(section: unknown): ServerSettings {
  const given = typeof section === "object" && section !== null ? (section as Record<string, unknown>) : {};
  return {
    run: given["run"] === "onSave" ? "onSave" : "onType",
    check: given["check"] === "openFiles" ? "openFiles" : "workspace",
    select: rules(given["select"]),
    ignore: rules(given["ignore"]),
    pedantic: given["pedantic"] === true,
    config: typeof given["config"] === "string" && given["config"].trim() !== "" ? given["config"].trim() : null,
  };
}

function rules(value: unknown): string[] {
  const names = Array.isArray(value) ? value.filter((name) => typeof name === "string") : [];
  return names.map((name) => name.trim()).filter((name) => name !== "");
}
