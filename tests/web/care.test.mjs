// For everyone and against everyone: what axe-core says of each view, and texts that are meant to
// break the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AXE, assembled, grave, opened, shows, stage } from "./page.mjs";
import { HOSTILE, reportPage } from "./fixture.mjs";

let chromium;
let media;
const urls = {};
const docs = {};

stage((own) => {
  ({ chromium, media } = own);
  docs.plain = reportPage({
    renders: 60,
    ...media,
    choices: true,
    live: { building: false, mayDecide: true },
  });
  docs.hostile = reportPage({ renders: 60, ...media, choices: true, hostile: true });
  for (const [name, doc] of Object.entries(docs)) urls[name] = media.write(`${name}.html`, assembled(doc));
});

const VIEWS = ["sheet", "grid", "graph", "timeline", "cache", "compare", "choices"];

async function visit(page, view, params = {}) {
  await page.evaluate(
    (to) => {
      location.hash = to;
    },
    `#/${view}?${new URLSearchParams(params)}`,
  );
  await shows(page, view);
  await page.waitForTimeout(150);
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 390]) {
    test(`axe-core finds nothing serious, ${colorScheme}, ${width} pixels wide`, async () => {
      const { page, close } = await opened(chromium, urls.plain, {
        colorScheme,
        width,
        reducedMotion: "reduce",
      });
      await page.addScriptTag({ path: AXE });
      for (const view of VIEWS) {
        await visit(page, view);
        for (const details of await page.locator("main details").all())
          await details.evaluate((one) => {
            one.open = true;
          });
        assert.deepEqual(await grave(page), [], view);
      }
      const rejected = docs.plain.renders.find((render) => render.decision === "reject" && render.film);
      await visit(page, "sheet", { render: rejected.name, batch: "launch" });
      await page.locator(".pick").first().click();
      assert.deepEqual(await grave(page), [], "the dialog");
      await visit(page, "graph", { node: `render:${rejected.name}` });
      assert.deepEqual(await grave(page), [], "a node of the graph");
      await close();
    });
  }
}

test("hostile texts are shown and do nothing", async () => {
  const { page, complaints, close } = await opened(chromium, urls.hostile, { width: 390, height: 844 });
  const known = await page.evaluate(() => document.querySelectorAll("script").length);
  const check = async (where) => {
    const found = await page.evaluate(() => ({
      hacked: globalThis.hacked,
      scripts: document.querySelectorAll("script").length,
      strange: document.querySelectorAll("[onerror],[onmouseover],img[src=x],[style*=fixed]").length,
      wide: document.documentElement.scrollWidth > innerWidth,
      links: [...document.querySelectorAll("a")].filter((link) => /^javascript:/i.test(link.href)).length,
      controls: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(
        document.body.innerText,
      ),
    }));
    assert.deepEqual(
      found,
      { hacked: undefined, scripts: known, strange: 0, wide: false, links: 0, controls: false },
      where,
    );
  };
  for (const view of VIEWS) {
    await visit(page, view);
    await check(view);
  }
  for (const render of docs.hostile.renders.slice(0, 20)) {
    await visit(page, "sheet", { render: render.name });
    await page.locator("dialog[open]").waitFor();
    for (const pick of await page.locator(".pick").all()) await pick.click();
    await check(render.name.slice(0, 40));
  }
  await visit(page, "graph", {
    node: docs.hostile.graph.nodes.find(
      ({ name }) => name.startsWith("composite:") && name.includes("onerror"),
    ).name,
  });
  assert.ok(
    (await page.locator(".panel").innerText()).includes("<img src=x onerror="),
    "it is there to be read",
  );
  await check("a node of the graph");
  assert.ok(HOSTILE.some((text) => text.length === 10_000));
  assert.deepEqual(complaints, []);
  await close();
});

test("with reduced motion nothing plays or moves by itself", async () => {
  const { page, close } = await opened(chromium, urls.plain, { reducedMotion: "reduce" });
  await visit(page, "sheet", { render: docs.plain.renders.find((render) => render.film).name });
  await page.locator("dialog video").waitFor();
  await page.waitForTimeout(300);
  assert.ok(
    await page.evaluate(
      () => document.querySelector("dialog video").paused && document.getAnimations().length === 0,
    ),
  );
  await close();
});
