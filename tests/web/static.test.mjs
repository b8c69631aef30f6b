// The page as a file that is opened from disk: nothing behind it, nothing on the network.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assembled, bundled, opened, shows, stage } from "./page.mjs";
import { reportPage } from "./fixture.mjs";

let chromium;
let media;
let url;
let doc;

stage((own) => {
  ({ chromium, media } = own);
  doc = reportPage({ renders: 120, ...media });
  url = media.write("report.html", assembled(doc));
});

/// Runs a test on the page at an address of it, and lets nothing be complained of.
async function on(hash, body, options = {}, at = url) {
  const { page, complaints, close } = await opened(chromium, at + hash, options);
  await body(page);
  assert.deepEqual(complaints, []);
  await close();
}

const shown = (page) => page.locator(".tally span").innerText();
const rejected = () => doc.renders.find((render) => render.decision === "reject" && render.film);
const at = (view, params) => `#/${view}?${new URLSearchParams(params)}`;

test("no module takes a name that the browser has", () =>
  on("", async (page) => {
    const own = await page.evaluate(() => Object.getOwnPropertyNames(globalThis));
    const [, names] = bundled();
    assert.deepEqual(
      names.filter((name) => own.includes(name)),
      [],
    );
  }));

test("it opens, with a card for each render near the window and all of them counted", () =>
  on("", async (page) => {
    assert.equal(await shown(page), "120 renders");
    assert.equal(await page.title(), "launch – memebuild");
    const cards = await page.locator(".card").count();
    assert.ok(cards > 6 && cards < 80, `${cards} cards`);
    assert.equal(await page.locator(".cell").first().getAttribute("aria-setsize"), "120");
    const poster = page.locator(".card img").first();
    await poster.evaluate((image) => image.decode());
    assert.equal(await poster.evaluate((image) => image.naturalWidth), 135);
  }));

test("filters narrow, are counted, and are in the address", () =>
  on("", async (page) => {
    const want = doc.renders.filter((render) => render.decision === "reject").length;
    const chip = page.getByRole("button", { name: /^rejected/ });
    assert.match(await chip.innerText(), new RegExp(`${want}$`));
    await chip.click();
    assert.equal(await shown(page), `${want} of 120 renders`);
    assert.match(page.url(), /verdict=reject/);
    await page.getByLabel("Batch", { exact: true }).selectOption("launch");
    await page.getByLabel("background", { exact: true }).selectOption("brook");
    const both = doc.renders.filter(
      (render) => render.decision === "reject" && render.axes.background === "brook",
    ).length;
    assert.equal(await shown(page), `${both} of 120 renders`);
    await page.reload();
    await page.waitForSelector(".tally span");
    assert.equal(await shown(page), `${both} of 120 renders`, "the address holds them");
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByLabel("Search renders").fill("OWL-stare brook");
    const named = doc.renders.filter((render) => /owl-stare\+brook/.test(render.name)).length;
    await page.waitForFunction(
      (n) => document.querySelector(".tally").textContent.startsWith(`${n} of`),
      named,
    );
    await page.getByLabel("Search renders").fill("no such thing at all");
    await page.getByText("No render matches these filters.").waitFor();
  }));

test("the keyboard reaches cards, walks among them, opens one and comes back to it", () =>
  on("", async (page) => {
    await page.locator(".card").first().focus();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowLeft"])
      await page.keyboard.press(key);
    const name = await page.evaluate(() => document.activeElement.dataset.key);
    const columns = await page.evaluate(
      () =>
        new Set([...document.querySelectorAll(".cell")].map((cell) => cell.style.getPropertyValue("--x")))
          .size,
    );
    assert.equal(name, doc.renders[3 * columns].name);
    assert.ok(
      await page.evaluate(() => {
        const box = document.activeElement.getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight;
      }),
      "what has the focus is in view",
    );
    await page.keyboard.press("Enter");
    await page.locator("dialog[open]").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.waitForFunction(
      (next) => location.hash.includes(encodeURIComponent(next).replaceAll("%20", "+")),
      doc.renders[3 * columns + 1].name,
    );
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Escape");
    await page.locator("dialog[open]").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement.dataset.key), name);
    await page.keyboard.press("End");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.key), doc.renders.at(-1).name);
  }));

test("a click plays the film, and back closes it", () =>
  on("", async (page) => {
    const render = rejected();
    await page.getByLabel("Search renders").fill(render.name);
    await page.locator(`.card[data-key="${render.name}"]`).click();
    const moved = () => document.querySelector("dialog video")?.currentTime > 0.1;
    await page.waitForFunction(moved);
    assert.ok(await page.evaluate(() => !document.querySelector("dialog video").paused));
    await page.goBack();
    await page.locator("dialog[open]").waitFor({ state: "detached" });
  }));

test("a finding goes to its moment, stands still and draws its box where it says", () =>
  on(at("sheet", { render: rejected().name }), async (page) => {
    const render = rejected();
    const finding = render.findings[0];
    await page.waitForFunction(() => document.querySelector("dialog video").readyState >= 2);
    await page.locator(".pick").first().click();
    await page.waitForFunction(
      (s) => Math.abs(document.querySelector("dialog video").currentTime - s) < 0.05,
      finding.rangeMs[0] / 1000,
    );
    const seen = await page.evaluate(() => {
      const box = (selector) => {
        const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
        return { x, y, width, height };
      };
      return {
        paused: document.querySelector("dialog video").paused,
        film: box("dialog video"),
        rect: box(".overlay rect.box"),
        label: document.querySelector(".overlay text").textContent,
      };
    });
    assert.ok(seen.paused);
    assert.equal(seen.label, "caption-safe-area");
    const [scaleX, scaleY] = [seen.film.width / render.size[0], seen.film.height / render.size[1]];
    assert.ok(Math.abs(scaleX / scaleY - 1) < 0.01, "the frame has the canvas's shape");
    const near = (found, wanted, what) =>
      assert.ok(Math.abs(found - wanted) < 3, `${what}: ${found} and not ${wanted}`);
    near(seen.rect.x - seen.film.x, finding.box.x * scaleX, "x");
    near(seen.rect.y - seen.film.y, finding.box.y * scaleY, "y");
    near(seen.rect.width, finding.box.width * scaleX, "width");
    near(seen.rect.height, finding.box.height * scaleY, "height");
  }));

test("without a film the boxes stand on a blank canvas of its shape", () => {
  const render = doc.renders.find((one) => one.decision === "reject" && !one.film);
  return on(at("sheet", { render: render.name }), async (page) => {
    assert.equal(await page.locator("dialog video").count(), 0);
    const frame = await page.locator(".frame").boundingBox();
    assert.ok(Math.abs(frame.width / frame.height - render.size[0] / render.size[1]) < 0.01);
    assert.equal(
      await page.locator(".overlay rect.box").count(),
      render.findings.filter((one) => one.box).length,
    );
    // The last film that was accepted is a click away, and nothing is drawn over it.
    await page.getByRole("button", { name: "Last accepted" }).click();
    await page.locator("dialog video").waitFor();
    assert.equal(await page.locator(".overlay rect.box").count(), 0);
  });
});

test("what it is made of, its captions and whose it is are told", () =>
  on(at("sheet", { render: rejected().name }), async (page) => {
    const side = await page.locator(".side").innerText();
    for (const text of [
      "Made of",
      "Licence and credits",
      "CC-BY-4.0",
      "Captions",
      rejected().captions[0].text,
    ])
      assert.ok(side.includes(text), text);
    for (const href of await page
      .locator(".credits a")
      .evaluateAll((links) => links.map((link) => link.href)))
      assert.match(href, /^https:/);
  }));

test("the grid lays a batch out by two axes and filters by a third", () =>
  on("#/grid", async (page) => {
    await page.locator("a.grid-shot").first().waitFor();
    assert.equal(await page.locator("table.grid tbody tr").count(), 10);
    await page.getByLabel("captions", { exact: true }).selectOption("late-2");
    await page.getByLabel("profile", { exact: true }).selectOption("tiktok");
    // Only rows near the window are filled.
    const rows = await page.waitForFunction(() => {
      const filled = [...document.querySelectorAll("tr[data-filled] th")].map((head) => head.textContent);
      return filled.length > 2 && filled;
    });
    const near = await rows.jsonValue();
    const want = doc.renders
      .filter(
        (one) =>
          one.axes.captions === "late-2" &&
          one.profile === "tiktok" &&
          near.includes(one.axes["green-screen"]),
      )
      .map((one) => one.name);
    assert.deepEqual(
      (
        await page.locator("a.grid-shot").evaluateAll((links) => links.map((link) => link.dataset.key))
      ).sort(),
      want.sort(),
    );
    await page.getByLabel("Rows", { exact: true }).selectOption("captions");
    await page.waitForFunction(() => document.querySelectorAll("table.grid tbody tr").length === 2);
    await page.locator("a.grid-shot").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(
      () => document.querySelector("dialog[open]") || location.hash.startsWith("#/sheet"),
    );
  }));

test("the graph is walked by keyboard and by search, and back comes back", () =>
  on("#/graph", async (page) => {
    const name = `render:${doc.renders[7].name}`;
    await page.getByLabel("Find a node").fill(name);
    await page.keyboard.press("Enter");
    const heading = page.locator(".panel h2");
    await page.waitForFunction((text) => document.querySelector(".panel h2")?.textContent === text, name);
    await page.locator("canvas.graph").focus();
    await page.keyboard.press("ArrowLeft");
    assert.equal(await heading.innerText(), name.replace("render:", "composite:"));
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await heading.innerText(), name.replace("render:", "critic:"));
    await page.goBack();
    assert.equal(await heading.innerText(), name);
    await page.locator(".panel .nodes button").first().click();
    assert.equal(await heading.innerText(), name.replace("render:", "composite:"));
    await page.locator("canvas.graph").focus();
    await page.keyboard.press("Escape");
    await page.getByText("Choose a node to see").waitFor();
    // A wheel brings it nearer and a click chooses what is there.
    const before = await page.locator("canvas.graph").screenshot();
    await page.mouse.move(400, 400);
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(100);
    assert.notDeepEqual(await page.locator("canvas.graph").screenshot(), before);
  }));

test("the time line tells its bars by keyboard and as a table", () =>
  on("#/timeline", async (page) => {
    await page.locator("canvas.timeline").focus();
    await page.keyboard.press("ArrowDown");
    const first = doc.graph.nodes[doc.timeline[0].node].name;
    assert.ok((await page.locator(".told").innerText()).includes(first));
    await page.keyboard.press("ArrowDown");
    assert.ok((await page.locator(".told").innerText()).includes(doc.graph.nodes[doc.timeline[1].node].name));
    await page.getByText("All of it as a table").click();
    await page.locator("details.block tbody tr").first().waitFor();
    assert.equal(await page.locator("details.block tbody tr").count(), Math.min(200, doc.timeline.length));
  }));

test("the cache's chart has its numbers in a table", () =>
  on("#/cache", async (page) => {
    assert.equal(await page.locator(".chart g").count(), doc.builds.length);
    assert.equal(await page.locator(".is-wide tbody tr").count(), doc.builds.length);
  }));

test("two builds stand side by side, and the line between is moved by keyboard", () =>
  on("#/compare", async (page) => {
    await page.getByRole("button", { name: /^worse/ }).click();
    const worse = doc.comparison.changes.filter((one) => one.what === "worse").length;
    assert.equal(await page.locator(".change").count(), worse);
    await page.getByLabel("How much of before is shown").focus();
    await page.keyboard.press("End");
    assert.equal(await page.locator(".wipe").evaluate((wipe) => wipe.style.getPropertyValue("--at")), "100%");
  }));

test("the theme is the system's until it is chosen", () =>
  on(
    "",
    async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
      assert.equal(await ground(), "rgb(19, 20, 21)");
      await page.getByRole("button", { name: /^Theme/ }).click();
      assert.equal(await ground(), "rgb(243, 243, 242)");
    },
    { colorScheme: "dark" },
  ));

test("nothing scrolls sideways on a phone, in any view", () =>
  on(
    "",
    async (page) => {
      for (const view of ["sheet", "grid", "graph", "timeline", "cache", "compare"]) {
        await page.evaluate((to) => {
          location.hash = to;
        }, `#/${view}`);
        await shows(page, view);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), view);
      }
    },
    { width: 390, height: 844 },
  ));

test("a project with nothing in it has a page as well", async () => {
  const empty = {
    project: "new",
    version: "0.6.0",
    root: "",
    renders: [],
    assets: [],
    batches: [],
    graph: { nodes: [], critical: [] },
    timeline: [],
    builds: [],
    cache: { bytes: 0, blobs: 0, results: 0, types: {} },
    choices: [],
  };
  const address = media.write("empty.html", assembled(empty));
  await on(
    "",
    async (page) => {
      for (const view of ["sheet", "grid", "graph", "timeline", "cache", "compare", "choices"]) {
        await page.evaluate((to) => {
          location.hash = to;
        }, `#/${view}`);
        await shows(page, view);
      }
    },
    {},
    address,
  );
});
