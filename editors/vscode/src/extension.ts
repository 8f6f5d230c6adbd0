// The extension's rim: commands, and what makes the server start anew.

import * as vscode from "vscode";

import { Server } from "./server";
import { SECTION } from "./settings";

const FIX_ALL = { kind: "source.fixAll.connlint", apply: "first" };

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("connlint", { log: true });
  const current = new Server(context.extension, output);
  server = current;
  context.subscriptions.push(
    output,
    current,
    vscode.commands.registerCommand("connlint.restart", () => current.restart()),
    vscode.commands.registerCommand("connlint.showOutput", () => output.show()),
    vscode.commands.registerCommand("connlint.fixAll", () =>
      vscode.commands.executeCommand("editor.action.sourceAction", FIX_ALL),
    ),
    vscode.workspace.onDidGrantWorkspaceTrust(() => current.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.path`)) void current.restart();
    }),
  );
  await current.restart();
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
