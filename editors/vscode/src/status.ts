// How the server fares, in the status of the languages that it serves.

import * as vscode from "vscode";
import type { FeatureState, StaticFeature } from "vscode-languageclient/node";

import { LANGUAGES } from "./languages";

/** The notification that the server sends to clients that say they show it. */
export const STATUS = "experimental/serverStatus";

export interface Health {
  health: "ok" | "warning" | "error";
  /** Nothing is being analysed. */
  quiescent: boolean;
  message?: string;
}

export class Status implements vscode.Disposable {
  private readonly item = vscode.languages.createLanguageStatusItem(
    "connlint.status",
    LANGUAGES.map((language) => ({ scheme: "file", language })),
  );

  constructor() {
    this.item.name = "connlint";
    this.item.command = { command: "connlint.showOutput", title: "Show Output" };
  }

  show({ health, quiescent, message }: Health): void {
    this.item.text = "connlint";
    this.item.detail = message ?? "";
    this.item.busy = !quiescent;
    this.item.severity = {
      ok: vscode.LanguageStatusSeverity.Information,
      warning: vscode.LanguageStatusSeverity.Warning,
      error: vscode.LanguageStatusSeverity.Error,
    }[health];
  }

  /** Tells the server that its status is shown. */
  feature(): StaticFeature {
    return {
      fillClientCapabilities: (capabilities) => {
        capabilities.experimental = { ...capabilities.experimental, serverStatusNotification: true };
      },
      initialize: () => {},
      getState: (): FeatureState => ({ kind: "static" }),
      clear: () => {},
    };
  }

  dispose(): void {
    this.item.dispose();
  }
}
