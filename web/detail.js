// The dialog of one render: its picture, what was found, what it is made of, and whose that is.
import { button, el, said, saidLines, setVars } from "./dom.js";
import { shortName } from "./card.js";
import { credits, parts } from "./credits.js";
import { findingList } from "./findings.js";
import { statusTag, verdictTag } from "./marks.js";
import { player } from "./player.js";
import { reviewPanel } from "./review.js";
import { address, change } from "./route.js";
import { neighboursOf } from "./sheet.js";
import { renderNow, store } from "./store.js";
import { clock, count, duration, shown } from "./text.js";

const dialog = el("dialog", { class: "detail-dialog", "aria-labelledby": "detail-name" });
let shownRender = null;
let openedFrom = null;

/// Shows the render of that name, or closes the dialog.
export function showDetail(name) {
  const index = store.renderAt.get(name);
  if (!name || index === undefined) {
    shut();
    return;
  }
  if (shownRender?.name === name) return;
  if (!dialog.isConnected) prepare();
  const first = shownRender === null;
  shownRender?.player.stop();
  shownRender = { name };
  fill(renderNow(store.page.renders[index]));
  if (first) {
    openedFrom = document.activeElement;
    dialog.showModal();
  }
  dialog.querySelector(".close").focus({ preventScroll: true });
}

function prepare() {
  document.body.append(dialog);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) leave();
  });
  dialog.addEventListener("keydown", (event) => {
    const busy = event.target.closest("video, textarea, input, select, .scroller");
    if (busy || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowLeft") step("before");
    else if (event.key === "ArrowRight") step("after");
  });
}

function leave() {
  change({ render: null }, false);
}

function shut() {
  if (!shownRender) return;
  shownRender.player.stop();
  const { name } = shownRender;
  shownRender = null;
  dialog.close();
  // The card may have been made anew meanwhile.
  const card = document.querySelector(`main [data-key="${CSS.escape(name)}"]`);
  (card ?? openedFrom)?.focus?.({ preventScroll: true });
}

function step(where) {
  const to = neighboursOf(shownRender.name)[where];
  if (to) change({ render: to });
}

/// Another document came: the open render is drawn anew only where it is another one.
export function refreshDetail() {
  if (!shownRender) return;
  const render = store.page.renders[store.renderAt.get(shownRender.name)];
  if (!render) return leave();
  const same = (what) => JSON.stringify(what(render)) === JSON.stringify(what(shownRender.render));
  if (!same(({ review, ...rest }) => rest)) fill(renderNow(render));
}

function fill(render) {
  shownRender.player?.stop();
  const findings = render.findings ?? [];
  const list = findingList(findings, (index) => shownRender.player.choose(index));
  shownRender.render = render;
  shownRender.player = player(render, (chosen) => {
    for (const pick of list.querySelectorAll(".pick")) {
      pick.setAttribute("aria-pressed", String(Number(pick.dataset.finding) === chosen));
    }
  });
  const { at, of, before, after } = neighboursOf(render.name);
  const head = el(
    "header",
    { class: "detail-head" },
    el("h2", { id: "detail-name" }, said(shortName(render))),
    el(
      "div",
      { class: "detail-nav" },
      at >= 0 ? el("span", { class: "position", text: `${count(at + 1)} of ${count(of)}` }) : null,
      button("‹", () => step("before"), {
        class: "icon",
        "aria-label": "Previous render",
        disabled: !before,
      }),
      button("›", () => step("after"), { class: "icon", "aria-label": "Next render", disabled: !after }),
      button("×", leave, { class: "icon close", "aria-label": "Close" }),
    ),
  );
  const side = el(
    "div",
    { class: "side", tabindex: "0", role: "region", "aria-label": "About this render" },
    el(
      "p",
      { class: "tags" },
      verdictTag(render),
      statusTag(render.status),
      el("span", { class: "tag" }, said(render.profile)),
      render.mock ? el("span", { class: "tag", text: "stand-in" }) : null,
    ),
    el("p", { class: "why" }, said(render.why)),
    render.rejectedFor?.length
      ? el(
          "ul",
          { class: "notes" },
          render.rejectedFor.map((note) => el("li", {}, said(note))),
        )
      : null,
    reviewPanel(render),
    el(
      "section",
      {},
      el("h3", {}, "Findings", el("span", { class: "count", text: count(findings.length) })),
      list,
    ),
    captions(render),
    parts(render),
    credits(render),
    facts(render),
  );
  dialog.replaceChildren(head, el("div", { class: "detail-body" }, shownRender.player.stage, side));
  dialog.classList.toggle("is-wide", render.size[0] > render.size[1]);
  setVars(dialog, { "--ratio": render.size[0] / render.size[1] });
}

function captions(render) {
  if (!render.captions?.length) return null;
  return el(
    "section",
    {},
    el("h3", { text: "Captions" }),
    el(
      "ol",
      { class: "captions" },
      render.captions.map(({ text, rangeMs }) =>
        el(
          "li",
          {},
          el("span", { class: "when", text: `${clock(rangeMs[0])}–${clock(rangeMs[1])}` }),
          saidLines(text),
        ),
      ),
    ),
  );
}

function facts(render) {
  const node = store.nodeAt.get(`render:${render.name}`);
  const rows = [
    ["Name", said(render.name, "code")],
    ...Object.entries(render.axes ?? {}).map(([axis, value]) => [shown(axis), said(value)]),
    ["Canvas", `${render.size[0]} × ${render.size[1]}`],
    ["Length", duration(render.durationMs)],
    ["Took", duration(render.tookMs)],
    node === undefined
      ? null
      : [
          "Graph",
          el("a", {
            href: address("graph", new URLSearchParams({ node: `render:${render.name}` })),
            text: "Show in the graph",
          }),
        ],
  ].filter(Boolean);
  return el(
    "section",
    {},
    el("h3", { text: "Facts" }),
    el(
      "dl",
      { class: "facts" },
      rows.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", {}, value)]),
    ),
  );
}
