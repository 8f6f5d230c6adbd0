// The server's life: find the program, start it, stop it, start it anew.
//
// One server serves all folders of the window. Steps follow each other, however fast they are asked for.

import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import * as vscode from "vscode";
import { type LanguageClientOptions, LanguageClient, type Middleware } from "vscode-languageclient/node";

import { findProgram, invocation, type Lookup, type Machine } from "./binary";
import { LANGUAGES, SETTINGS_FILES } from "./languages";
import { complaint, LABELS, type Remedy } from "./messages";
import { SECTION, serverSettings } from "./settings";
import { STATUS, Status } from "./status";

export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private last: Promise<void> = Promise.resolve();
  private readonly status = new Status();

  constructor(
    private readonly extension: vscode.Extension<unknown>,
    private readonly output: vscode.LogOutputChannel,
  ) {}

  /** Starts the server, anew if there is one, with the program that is to be found now. */
  restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.halt();
      const lookup = findProgram(this.search(), machine());
      if (!lookup.found) return this.complain(lookup);
      this.output.info(`running ${lookup.path} (${lookup.origin})`);
      await this.start(lookup.path);
    });
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.halt());
  }

  dispose(): void {
    this.status.dispose();
    void this.stop();
  }

  private enqueue(step: () => Promise<void>): Promise<void> {
    this.last = this.last.then(step).catch((error) => this.output.error(String(error)));
    return this.last;
  }

  private async halt(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    // One that never came up cannot be stopped, and need not be.
    await client?.dispose().catch((error) => this.output.warn(String(error)));
  }

  private async start(path: string): Promise<void> {
    const { command, args, shell } = invocation(path, process.platform);
    const client = new LanguageClient(SECTION, "connlint", { command, args, options: { shell } }, this.options());
    this.client = client;
    client.registerFeature(this.status.feature());
    client.onNotification(STATUS, (params) => this.status.show(params));
    this.status.show({ health: "ok", quiescent: false, message: "starting" });
    try {
      await client.start();
    } catch (error) {
      this.output.error(`${path} does not start: ${error}`);
      this.status.show({ health: "error", quiescent: true, message: "the server does not start" });
      void this.offer(`connlint: ${path} does not start as a server; the output says more.`, ["settings", "retry"]);
    }
  }

  private options(): LanguageClientOptions {
    return {
      documentSelector: [
        ...LANGUAGES.map((language) => ({ scheme: "file", language })),
        { scheme: "file", pattern: SETTINGS_FILES },
      ],
      synchronize: { configurationSection: SECTION },
      initializationOptions: serverSettings(vscode.workspace.getConfiguration(SECTION)),
      outputChannel: this.output,
      traceOutputChannel: this.output,
      middleware: settingsOfFolders,
    };
  }

  private search() {
    return {
      setting: vscode.workspace.getConfiguration(SECTION).get("path", ""),
      folders: (vscode.workspace.workspaceFolders ?? [])
        .filter((folder) => folder.uri.scheme === "file")
        .map((folder) => folder.uri.fsPath),
      trusted: vscode.workspace.isTrusted,
      extension: this.extension.extensionPath,
    };
  }

  private async complain(lookup: Extract<Lookup, { found: false }>): Promise<void> {
    const { message, remedies } = complaint(lookup);
    this.status.show({ health: "error", quiescent: true, message });
    this.output.error(message);
    void this.offer(message, remedies);
  }

  private async offer(message: string, remedies: Remedy[]): Promise<void> {
    const chosen = await vscode.window.showErrorMessage(message, ...remedies.map((remedy) => LABELS[remedy]));
    const remedy = remedies.find((remedy) => LABELS[remedy] === chosen);
    if (remedy !== undefined) await this.apply(remedy);
  }

  private async apply(remedy: Remedy): Promise<void> {
    switch (remedy) {
      case "install":
        return vscode.commands.executeCommand("extension.open", this.extension.id);
      case "settings":
        return vscode.commands.executeCommand("workbench.action.openSettings", `${SECTION}.path`);
      case "trust":
        return vscode.commands.executeCommand("workbench.trust.manage");
      case "retry":
        return this.restart();
    }
  }
}

/** The server asks for the section of each folder; it gets what it knows. */
const settingsOfFolders: Middleware = {
  workspace: {
    configuration: (params) =>
      params.items.map((item) => {
        const scope = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
        return serverSettings(vscode.workspace.getConfiguration(SECTION, scope ?? null));
      }),
  },
};

function machine(): Machine {
  return {
    platform: process.platform,
    home: homedir(),
    path: process.env["PATH"] ?? "",
    isProgram,
    real,
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
