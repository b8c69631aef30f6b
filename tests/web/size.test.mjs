// Large projects: the page stays quick. Bounds are wide, for machines that do other things as well;
// what was measured is printed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { assembled, opened, stage } from "./page.mjs";
import { reportPage } from "./fixture.mjs";

let chromium;
let media;

stage((own) => {
  ({ chromium, media } = own);
});

/// The longest time between two frames while `act` runs in the page for so many of them.
function longestGap(page, frames, act) {
  return page.evaluate(
    ([count, body]) =>
      new Promise((done) => {
        const step = new Function("i", body);
        let last = performance.now();
        let longest = 0;
        let i = 0;
        const frame = () => {
          const now = performance.now();
          longest = Math.max(longest, now - last);
          last = now;
          if (i >= count) {
            done(Math.round(longest));
            return;
          }
          step(i);
          i += 1;
          requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
      }),
    [frames, act],
  );
}

test("a thousand renders open, filter and stay small", async (t) => {
  const html = assembled(reportPage({ renders: 1000, ...media }));
  const { page, complaints, close } = await opened(chromium, media.write("thousand.html", html));
  assert.equal(await page.locator(".tally span").innerText(), "1,000 renders");
  const ms = await page.evaluate(() => {
    const begin = performance.now();
    document.querySelector('[data-key="verdict.reject"]').click();
    return performance.now() - begin;
  });
  t.diagnostic(`${(html.length / 1e6).toFixed(1)} MB with its graph; a filter took ${Math.round(ms)} ms`);
  assert.ok(html.length < 3_000_000, `${html.length} bytes`);
  assert.ok(ms < 500, `a filter took ${ms} ms`);
  assert.deepEqual(complaints, []);
  await close();
});

test("ten thousand renders scroll without a dropped second", async (t) => {
  const begin = Date.now();
  const { page, complaints, close } = await opened(
    chromium,
    media.write("sheet.html", assembled(reportPage({ renders: 10_000, ...media }))),
  );
  t.diagnostic(`opened in ${Date.now() - begin} ms`);
  const slow = await longestGap(page, 120, "scrollBy(0, 60)");
  const fast = await longestGap(page, 60, "scrollTo(0, (document.body.scrollHeight / 60) * i)");
  t.diagnostic(`longest time between two frames: ${slow} ms scrolling, ${fast} ms leaping`);
  assert.ok(slow < 1000 && fast < 1000, `${slow} ms, ${fast} ms`);
  assert.ok((await page.locator(".card").count()) < 120);
  await page.waitForFunction(() =>
    [...document.querySelectorAll(".card")].some((card) => {
      const { top } = card.getBoundingClientRect();
      return top >= 0 && top < innerHeight;
    }),
  );
  assert.deepEqual(complaints, []);
  await close();
});

test("a graph of ten thousand nodes pans and zooms without stalling", async (t) => {
  const doc = reportPage({ renders: 2500, ...media });
  assert.ok(doc.graph.nodes.length >= 10_000);
  const { page, complaints, close } = await opened(
    chromium,
    `${media.write("graph.html", assembled(doc))}#/graph`,
  );
  const key = (name, shift) =>
    `document.querySelector("canvas.graph").dispatchEvent(new KeyboardEvent("keydown", { key: "${name}", shiftKey: ${shift} }))`;
  await page.waitForTimeout(300);
  const gaps = { far: await longestGap(page, 40, key("ArrowRight", true)) };
  gaps.zoom = await longestGap(page, 12, key("+", false));
  gaps.middle = await longestGap(page, 40, key("ArrowLeft", true));
  await longestGap(page, 6, key("+", false));
  gaps.near = await longestGap(page, 40, key("ArrowDown", true));
  t.diagnostic(`longest time between two frames: ${JSON.stringify(gaps)} ms`);
  for (const [where, gap] of Object.entries(gaps)) assert.ok(gap < 200, `${where}: ${gap} ms`);
  assert.deepEqual(complaints, []);
  await close();
});
