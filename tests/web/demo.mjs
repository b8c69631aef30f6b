// The report of the demo, from disk: `node demo.mjs REPORT`. What there is to see is real media that
// was really rendered and judged; `tests/it/ui/demo.rs` builds it.
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { AXE, browser, grave, opened, shows } from "./page.mjs";

const chromium = await browser();
const url = pathToFileURL(process.argv[2]).href;
const { page, complaints } = await opened(chromium, url);
const cards = page.locator(".card");

// Every render has its card, with a poster that is there.
assert.equal(await page.locator(".tally span").innerText(), "7 renders");
for (const poster of await page.locator(".card img").all()) {
  await poster.scrollIntoViewIfNeeded();
  await poster.evaluate((image) => image.decode());
  assert.ok(await poster.evaluate((image) => image.naturalWidth > 50));
}

// Filters: by what the critic said, and by text.
await page.getByRole("button", { name: /^rejected/ }).click();
assert.equal(await cards.count(), 1);
await page.getByRole("button", { name: "Clear filters" }).click();
await page.getByLabel("Search renders").fill("monday");
await page.waitForFunction(() => document.querySelectorAll(".card").length === 1);

// Its poster moves while it is pointed at, and stands still for those who asked for that.
assert.equal(await page.locator(".moving img").count(), 0);
await cards.hover();
const moving = page.locator(".moving img");
await moving.evaluate((image) => image.decode());
assert.deepEqual(await moving.evaluate((image) => [image.naturalWidth, image.naturalHeight]), [240, 426]);
if (process.argv[3]) await page.screenshot({ path: `${process.argv[3]}-moving.png` });
await page.emulateMedia({ reducedMotion: "reduce" });
await page.mouse.move(0, 0);
await cards.hover();
assert.equal(await moving.count(), 0);
await page.emulateMedia({ reducedMotion: "no-preference" });

// A film plays, and its sound is seen.
await cards.click();
await page.waitForFunction(() => document.querySelector("dialog video")?.currentTime > 0.1);
const wave = page.locator(".waveform img");
assert.equal(await wave.evaluate((image) => image.naturalWidth), 720);
await page.waitForFunction(() => Number(document.querySelector(".waveform").style.getPropertyValue("--at")) > 0);
if (process.argv[3]) await page.screenshot({ path: `${process.argv[3]}-wave.png` });
const told = await page.locator(".side").innerText();
for (const text of ["rabbit-yawn", "brook", "MONDAY, 6 IN THE MORNING 🥱"]) assert.ok(told.includes(text), `${text}: ${told}`);
await page.keyboard.press("Escape");

// A finding stands still at its moment, with its box over the frame.
await page.goto(`${url}#/sheet?render=dark%40preview`);
await page.waitForFunction(() => document.querySelector("dialog video")?.readyState >= 2);
await page.locator(".pick").first().click();
await page.locator(".overlay rect.box").first().waitFor();
assert.ok(await page.evaluate(() => document.querySelector("dialog video").paused));
const [film, box] = [await page.locator("dialog video").boundingBox(), await page.locator(".overlay rect.box").first().boundingBox()];
assert.ok(box.width > 20 && box.x >= film.x - 3 && box.x + box.width <= film.x + film.width + 3, JSON.stringify({ film, box }));
await page.keyboard.press("Escape");

// The graph is walked from a render to what it is made of.
await page.goto(`${url}#/graph?node=${encodeURIComponent("render:monday@preview")}`);
await shows(page, "graph");
const heading = page.locator(".panel h2");
await page.waitForFunction(() => document.querySelector(".panel h2")?.textContent === "render:monday@preview");
await page.locator("canvas.graph").focus();
await page.keyboard.press("ArrowLeft");
assert.notEqual(await heading.innerText(), "render:monday@preview");

// Nothing serious for axe-core in any view, by day and by night.
for (const colorScheme of ["light", "dark"]) {
  // Its policy lets in no script that is not its own, as axe-core is.
  const other = await opened(chromium, url, { colorScheme, reducedMotion: "reduce", bypassCSP: true });
  await other.page.addScriptTag({ path: AXE });
  for (const view of ["graph", "timeline", "cache", "sheet"]) {
    await other.page.evaluate((to) => (location.hash = to), `#/${view}`);
    await shows(other.page, view);
    assert.deepEqual(await grave(other.page), [], view);
  }
  if (process.argv[3]) await other.page.screenshot({ path: `${process.argv[3]}-${colorScheme}.png` });
  await other.close();
}
assert.deepEqual(complaints, []);
await chromium.close();
