// The page before a server: a whole build, a server that dies and comes back, reviews, a choice.
import assert from "node:assert/strict";
import { test } from "node:test";
import { liveServer, opened, says, stage } from "./page.mjs";
import { reportPage } from "./fixture.mjs";

let chromium;
let media;

stage((own) => {
  ({ chromium, media } = own);
});

const document = (more = {}) =>
  reportPage({ renders: 30, ...media, live: { building: false, mayDecide: true }, ...more });
const started = {
  event: "build-started",
  schemaVersion: 1,
  build: "one",
  startedMs: 0,
  version: "0.6.0",
  targets: [],
  nodes: 5,
  slots: 2,
};
const ended = (node, more = {}) => ({
  event: "node-finished",
  atMs: 900,
  node,
  status: "ran",
  why: "never built",
  keys: [],
  outputs: {},
  files: [],
  wallMs: 900,
  savedMs: 0,
  ...more,
});

async function live(body, options = {}) {
  const server = await liveServer({ page: document(options.document), media, ...options });
  const { page, complaints, close } = await opened(chromium, server.url);
  try {
    await body(page, server, complaints);
  } finally {
    await close();
    await server.kill().catch(() => {});
  }
}


test("a build lights nodes up, shows progress, and says why a render was rejected", () =>
  live(async (page, server, complaints) => {
    const render = server.state.page.renders.find((one) => one.decision === "accept");
    await says(page, "Live");
    server.tell(started);
    server.tell({ event: "node-started", atMs: 5, node: `render:${render.name}` });
    server.tell({
      event: "action-started",
      atMs: 6,
      node: `render:${render.name}`,
      step: "render/segment 0",
      frames: 100,
    });
    server.tell({
      event: "action-progress",
      atMs: 300,
      node: `render:${render.name}`,
      step: "render/segment 0",
      frame: 40,
      speedMilli: 2000,
    });
    await says(page, "Building: 0 of 5");
    const bar = page.locator(`.card[data-key="${render.name}"] [role=progressbar]`);
    await bar.waitFor();
    assert.equal(await bar.getAttribute("aria-valuenow"), "40");
    assert.equal(await page.locator(".running li").count(), 1);
    server.tell(ended(`render:${render.name}`));
    server.tell({ event: "node-started", atMs: 901, node: `critic:${render.name}` });
    server.tell(
      ended(`critic:${render.name}`, {
        accepted: false,
        notes: ["caption-safe-area: it lies under the buttons"],
      }),
    );
    await page.getByText("caption-safe-area: it lies under the buttons").waitFor();
    await page.waitForFunction(
      (name) =>
        document.querySelector(`.card[data-key="${CSS.escape(name)}"]`).classList.contains("is-reject"),
      render.name,
    );
    // And in the graph, without the document having changed.
    await page.evaluate((name) => {
      location.hash = `#/graph?${new URLSearchParams({ node: name })}`;
    }, `render:${render.name}`);
    await page.waitForFunction(() => document.querySelector(".panel .tags")?.textContent.includes("ran"));
    // A rejection is not pushed away by what goes well after it.
    for (const one of server.state.page.renders.slice(0, 8))
      server.tell(ended(`critic:${one.name}`, { accepted: true }));
    await page.waitForFunction(() => document.querySelector(".log li.is-accept"));
    assert.equal(await page.locator(".log li.is-accept").count(), 1);
    assert.equal(await page.getByText("caption-safe-area: it lies under the buttons").count(), 1);
    server.tell({ event: "build-finished", atMs: 2000, exitCode: 3, cancelled: false, fresh: 3 });
    await says(page, "Live");
    assert.deepEqual(complaints, []);
  }));

test("what a build made is still shown when the next one begins before the document has it", () =>
  live(async (page, server, complaints) => {
    const render = server.state.page.renders.find((one) => one.decision === "accept");
    const rejected = (is) =>
      page.waitForFunction(
        ([name, is]) =>
          document.querySelector(`.card[data-key="${CSS.escape(name)}"]`).classList.contains("is-reject") === is,
        [render.name, is],
      );
    server.tell(started);
    server.tell(ended(`critic:${render.name}`, { accepted: false }));
    server.tell({ event: "build-finished", atMs: 1000, exitCode: 3, cancelled: false, fresh: 4 });
    await says(page, "Live");
    await rejected(true);
    server.tell({ ...started, build: "two" });
    await says(page, "Building: 0 of 5");
    await rejected(true);
    server.tell(ended(`critic:${render.name}`, { accepted: true }));
    await says(page, "Building: 1 of 5");
    await rejected(false);
    assert.deepEqual(complaints, []);
  }));

test("who comes late hears the running build from its begin", async () => {
  const server = await liveServer({ page: document({ live: { building: true, mayDecide: true } }), media });
  const render = server.state.page.renders[0];
  server.tell(started);
  server.tell({ event: "node-started", atMs: 5, node: `render:${render.name}` });
  const { page, close } = await opened(chromium, server.url);
  await says(page, "Building: 0 of 5");
  await page.locator(`.card[data-key="${render.name}"] .mark.is-running`).waitFor();
  await close();
  await server.kill();
});

test("a new render appears when the document changes, and the reader stays where they are", () =>
  live(async (page, server) => {
    await page.locator(".card").nth(3).focus();
    const name = await page.evaluate(() => document.activeElement.dataset.key);
    const fresh = { ...server.state.page.renders[0], name: "aaa-new@tiktok", profile: "tiktok" };
    server.state.page = { ...server.state.page, renders: [fresh, ...server.state.page.renders] };
    server.pageChanged();
    await page.locator('.card[data-key="aaa-new@tiktok"]').waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.dataset.key), name);
  }));

test("a server that is killed is told and found again, with what changed meanwhile", async () => {
  const first = await liveServer({ page: document(), media });
  const { page, close } = await opened(chromium, first.url);
  await says(page, "Live");
  first.tell(started);
  first.tell({ event: "node-started", atMs: 5, node: "render:gone" });
  await says(page, "Building");
  await first.kill();
  await says(page, "Connection lost");
  await page.getByRole("button", { name: "Try now" }).waitFor();
  const changed = document();
  changed.project = "risen";
  const second = await liveServer({ page: changed, media, port: first.port });
  await says(page, "Live");
  await page.waitForFunction(() => document.querySelector(".project").textContent === "risen");
  // The build that died with the first server is not said to run.
  assert.equal(await page.locator(".running li").count(), 0);
  second.tell({ ...started, build: "two" });
  await says(page, "Building: 0 of 5");
  await close();
  await second.kill();
});

test("a render is turned down with a note, and a refusal is told in place", () =>
  live(
    async (page, server) => {
      const render = server.state.page.renders.find((one) => one.decision === "accept" && !one.review);
      await page.evaluate((name) => {
        location.hash = `#/sheet?${new URLSearchParams({ render: name })}`;
      }, render.name);
      await page.getByLabel("Note").fill("too loud <b>");
      await page.getByRole("button", { name: "Turn down" }).click();
      await page.getByText("Saved.").waitFor();
      assert.deepEqual(server.state.posted, [
        { path: "/ui/reviews", body: { render: render.name, decision: "reject", note: "too loud <b>" } },
      ]);
      assert.equal(
        await page.getByRole("button", { name: "Turn down" }).getAttribute("aria-pressed"),
        "true",
      );
      // Pressed again, it is taken back.
      await page.getByRole("button", { name: "Turn down" }).click();
      await page.waitForFunction(
        () => document.querySelector(".decide.is-reject").getAttribute("aria-pressed") === "false",
      );
      assert.equal(server.state.posted[1].body.decision, null);
      await page.getByLabel("Note").fill("refuse me");
      await page.getByRole("button", { name: "Save the note" }).click();
      await page.getByText("the file cannot be written").waitFor();
      await page.getByText("Hint: free some space").waitFor();
    },
    {
      refuse: (path, body) =>
        body.note === "refuse me"
          ? { code: "no-space", message: "the file cannot be written", notes: [], hints: ["free some space"] }
          : null,
    },
  ));

test("a pending choice is answered by clicks, after a search", () =>
  live(
    async (page, server) => {
      await page.getByRole("link", { name: /^Choices/ }).click();
      await page.getByRole("button", { name: "Decide" }).click();
      await page.getByText(/^Nothing is picked for/).waitFor();
      const clip = page.locator("fieldset").filter({ hasText: "Green screen" }).first();
      await clip.getByRole("searchbox").fill("yawn");
      await clip.getByText("1 of 6 shown; 2 more match that this choice does not offer").waitFor();
      await clip.locator(".candidate:visible").getByRole("radio").check();
      await page.locator('input[value="sunrise"]').check();
      await page.locator('input[value="vogue"]').check();
      await page.getByLabel(/^Caption 1/).fill("x".repeat(41));
      await page.getByRole("button", { name: "Decide" }).click();
      await page.getByText("Caption 1 has 41 characters; 40 are the most.").waitFor();
      await page.getByLabel(/^Caption 1/).fill("SHIP IT");
      await page.getByRole("button", { name: "Decide" }).click();
      await page.getByText("No choice waits for you.").waitFor();
      assert.deepEqual(server.state.posted, [
        {
          path: "/ui/choices",
          body: {
            name: "launch-hero",
            decision: {
              picks: { "green-screen": "rabbit-yawn", background: "sunrise", music: "vogue" },
              captions: ["SHIP IT"],
            },
          },
        },
      ]);
    },
    {
      document: { choices: true },
      search: (query) =>
        query.get("kind") === "green-screen" && query.get("q") === "yawn"
          ? { hits: [{ id: "rabbit-yawn" }], total: 3 }
          : { hits: [], total: 0 },
    },
  ));

test("where nobody may decide there is nothing to press", () =>
  live(
    async (page, server) => {
      await page.evaluate((name) => {
        location.hash = `#/sheet?${new URLSearchParams({ render: name })}`;
      }, server.state.page.renders[0].name);
      await page.locator("dialog[open]").waitFor();
      assert.equal(await page.getByRole("button", { name: "Approve", exact: true }).count(), 0);
    },
    { document: { live: { building: false, mayDecide: false } } },
  ));
