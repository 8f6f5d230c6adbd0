// A VS Code in a browser: starts code-server and Chromium, and knows where in the page things are.
//
// Knows nothing of connlint.

import { spawn, execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { chromium } from "playwright-core";

const PATIENCE = 60_000;
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.colorTheme": "Default Light Modern",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
  "editor.minimap.enabled": false,
  "editor.hover.delay": 100,
  "extensions.autoCheckUpdates": false,
  "files.autoSave": "off",
  "typescript.validate.enable": false,
  "typescript.tsserver.enabled": false,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "security.workspace.trust.startupPrompt": "never",
};

/** Starts both with a fresh profile and opens a folder, or a file of a workspace with several; `environment` is what the
 * server's processes see. */
export async function openEditor({ program, vsix, work, folder, workspace, environment, args = [], settings = {} }) {
  const data = join(work, "data");
  mkdirSync(join(data, "User"), { recursive: true });
  writeFileSync(join(data, "User", "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }, null, 2));
  const own = ["--user-data-dir", data, "--extensions-dir", join(work, "extensions"), "--config", join(work, "config.yaml")];
  execFileSync(program, [...own, "--install-extension", vsix], { env: environment, stdio: "inherit" });
  const port = await freePort();
  const quiet = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
  const server = spawn(program, [...own, ...quiet, ...args, "--bind-addr", `127.0.0.1:${port}`], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await listening(server);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: process.getuid() === 0 ? ["--no-sandbox", ...QUIET] : QUIET,
  });
  const page = await browser.newPage({ viewport: { width: 1180, height: 640 } });
  page.setDefaultTimeout(PATIENCE);
  const shown = new URLSearchParams(workspace ? { workspace } : { folder });
  await page.goto(`http://127.0.0.1:${port}/?${shown}`);
  await page.locator(".monaco-workbench").waitFor();
  return new Editor(page, async () => {
    await browser.close();
    server.kill();
  });
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function listening(server) {
  return new Promise((resolve, reject) => {
    server.stdout.on("data", (chunk) => String(chunk).includes("HTTP server listening") && resolve());
    server.on("exit", (code) => reject(new Error(`code-server ended with ${code}`)));
  });
}

class Editor {
  constructor(page, close) {
    this.page = page;
    this.close = close;
  }

  get errors() {
    return this.page.locator(".editor-instance .squiggly-error");
  }

  get hover() {
    return this.page.locator(".monaco-hover:not(.hidden) .monaco-hover-content").last();
  }

  get notifications() {
    return this.page.locator(".notifications-toasts .notification-list-item");
  }

  async command(name) {
    await this.pick("F1", `>${name}`, name);
  }

  async open(path) {
    const name = path.split("/").at(-1);
    await this.pick("Control+P", path, name);
    await this.page.locator(".tab.active").filter({ hasText: name }).waitFor();
    await this.page.locator(".editor-instance .view-lines").waitFor();
  }

  /** Presses the key until a list opens (it does not while the window is busy), and takes the entry once it is in front. */
  async pick(key, query, entry) {
    const input = this.page.locator(".quick-input-widget input[type=text]").first();
    for (let turn = 0; turn < 20 && !(await input.isVisible()); turn++) {
      await this.page.keyboard.press(key);
      await input.waitFor({ timeout: 1000 }).catch(() => {});
    }
    await input.fill(query);
    await this.page.locator(".quick-input-list .monaco-list-row.focused").filter({ hasText: entry }).waitFor();
    await this.page.keyboard.press("Enter");
    await input.waitFor({ state: "hidden" });
  }

  /** The text that is shown, with blanks as blanks. */
  async text() {
    const lines = this.page.locator(".editor-instance .view-lines > .view-line");
    const placed = await lines.evaluateAll((all) => all.map((line) => [parseFloat(line.style.top), line.textContent]));
    return placed
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text.replaceAll("\u00a0", " "))
      .join("\n");
  }

  line(text) {
    return this.page.locator(".editor-instance .view-line").filter({ hasText: text.replaceAll(" ", "\u00a0") }).first();
  }

  word(line, word) {
    return this.line(line).locator("span > span").filter({ hasText: word }).last();
  }

  /** Draws the hover's lower right corner away, so that all of it is seen. */
  async enlargeHover(width, height) {
    const mouse = this.page.mouse;
    const box = await this.page.locator(".monaco-resizable-hover").last().boundingBox();
    await mouse.move(box.x + box.width - 1, box.y + box.height - 1);
    await mouse.down();
    await mouse.move(box.x + width, box.y + height, { steps: 5 });
    await mouse.up();
  }

  async shot(path) {
    await this.page.screenshot({ path });
  }
}
