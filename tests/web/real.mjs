// The page before the real server, and as a report: `node real.mjs MEMEBUILD PROJECT`, where a choice waits for a person
// and a render waits for that. Everything is done by clicks; `tests/it/ui/browser.rs` makes the project.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { browser, opened, says } from "./page.mjs";

const [memebuild, project] = process.argv.slice(2);
const children = new Set();

function start(...args) {
  const child = spawn(memebuild, [...args], { cwd: project, stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, NO_COLOR: "1" } });
  children.add(child);
  return child;
}

/// The link that the server prints, and the server.
async function serve(address) {
  const server = start("serve", "--ui", "--listen", address);
  const [link] = await once(createInterface(server.stdout), "line");
  return { server, link, address: new URL(link).host };
}

async function build(code) {
  const child = start("build");
  child.stdout.resume();
  const [ended] = await once(child, "exit");
  assert.equal(ended, code, `the build ended with ${ended}`);
}

async function main() {
  const { server, link, address } = await serve("127.0.0.1:0");
  const chromium = await browser();
  const { page, complaints } = await opened(chromium, link);
  assert.ok(!page.url().includes("token"), "the token stays in no address");
  await says(page, "Live");

  // The build comes to a choice, and the page shows that it waits.
  await build(4);
  await page.getByRole("link", { name: /^Choices/ }).click();
  await page.locator('.candidate input[value="door"]').check();
  await page.getByLabel(/^Caption 1/).fill("come in");
  await page.getByRole("button", { name: "Decide" }).click();
  await page.getByText("No choice waits for you.").waitFor();

  // A whole build, with the page open: the film appears, and can be played.
  const building = build(0);
  await says(page, "Building");
  await building;
  await page.getByRole("link", { name: /^Renders/ }).click();
  const card = page.locator('.card[data-key="out@tiny"]');
  await page.waitForFunction(() => document.querySelector('.card[data-key="out@tiny"]')?.classList.contains("is-accept"));
  await card.click();
  await page.waitForFunction(() => document.querySelector("dialog video")?.readyState >= 2);
  await page.getByText("come in").first().waitFor();

  // The same as one file, from disk and with no server.
  const writing = start("report");
  writing.stdout.resume();
  assert.equal((await once(writing, "exit"))[0], 0);
  const report = await opened(chromium, pathToFileURL(join(project, "artefacts/report.html")).href);
  await report.page.locator('.card[data-key="out@tiny"].is-accept').click();
  await report.page.waitForFunction(() => document.querySelector("dialog video")?.readyState >= 2);
  assert.deepEqual(report.complaints, []);
  await report.close();

  // The server is killed and started again: the page says so, and finds it.
  server.kill("SIGKILL");
  await once(server, "exit");
  await says(page, "Connection lost");
  complaints.length = 0;
  const again = await serve(address);
  await says(page, "Live");

  // What is said is kept, and the next build counts it.
  await page.getByLabel("Note").fill("the door is shut");
  await page.getByRole("button", { name: "Turn down" }).click();
  await page.getByText("Saved.").waitFor();
  await build(3);
  await page.waitForFunction(() => document.querySelector('.card[data-key="out@tiny"]')?.classList.contains("is-reject"));
  await page.getByText("a person has rejected it").first().waitFor();
  assert.deepEqual(complaints.filter((text) => !text.includes("ERR_CONNECTION_REFUSED")), []);

  await chromium.close();
  again.server.kill("SIGINT");
  assert.equal((await once(again.server, "exit"))[0], 0);
}

try {
  await main();
} finally {
  for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
}
process.exit();
