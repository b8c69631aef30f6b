// Two builds side by side: what is not what it was, why, and how it looked before and after.
import { button, el, said, select, setVars } from "./dom.js";
import { keepFocus } from "./filters.js";
import { address, change, readRoute, renderAddress } from "./route.js";
import { fileUrl, renderOf, store } from "./store.js";
import { count, folded, moment, shown } from "./text.js";

const CHANGED = {
  worse: "worse",
  better: "better",
  different: "different",
  added: "added",
  removed: "removed",
};
const SIGNS = { worse: "↓", better: "↑", different: "Δ", added: "+", removed: "−" };
/// Changes that are listed at first.
const FIRST_CHANGES = 300;

export function compareView(root) {
  const heading = el("h1", { class: "hidden", text: "Two builds compared" });
  const controls = el("div", { class: "filters compare-controls" });
  const wipe = el("div", { class: "wipe-place" });
  const list = el("ol", { class: "changes" });
  root.append(heading, controls, el("div", { class: "compare-body" }, list, wipe));

  function update(params) {
    const { comparison } = store.page;
    if (!comparison) {
      controls.replaceChildren(
        el("p", { class: "nothing", text: "There is but one build, and nothing to compare it with." }),
      );
      list.replaceChildren();
      wipe.replaceChildren();
      return;
    }
    const what = params.get("what") ?? "";
    const types = [...new Set(comparison.changes.map((one) => typeOf(one.node)))].sort();
    const kept = comparison.changes.filter(
      (one) =>
        (!what || one.what === what) &&
        (!params.get("type") || typeOf(one.node) === params.get("type")) &&
        folded(one.node).includes(folded(params.get("q") ?? "")),
    );
    keepFocus(controls, () => controls.replaceChildren(...head(comparison, kept, types, params)));
    const withPosters = kept.filter((one) => one.posterBefore || one.posterAfter);
    const chosen = withPosters.find((one) => one.node === params.get("change")) ?? withPosters[0];
    wipe.replaceChildren(...(chosen ? [wiper(chosen)] : []));
    keepFocus(list, () => {
      list.replaceChildren(...kept.slice(0, FIRST_CHANGES).map((one) => item(one, one === chosen)));
      if (kept.length > FIRST_CHANGES)
        list.append(
          el(
            "li",
            {},
            button(
              `Show ${count(kept.length - FIRST_CHANGES)} more`,
              (event) => {
                event.target.parentNode.replaceWith(
                  ...kept.slice(FIRST_CHANGES).map((one) => item(one, one === chosen)),
                );
              },
              { class: "link" },
            ),
          ),
        );
    });
  }

  return { update, refresh: (what) => what === "page" && update(readRoute().params), close() {} };
}

function typeOf(node) {
  return node.split(":", 1)[0];
}

function head(comparison, kept, types, params) {
  const by = new Map();
  for (const { what } of comparison.changes) by.set(what, (by.get(what) ?? 0) + 1);
  const chips = Object.keys(CHANGED)
    .filter((what) => by.has(what))
    .map((what) => {
      const on = params.get("what") === what;
      const chip = button(sign(what), () => change({ what: on ? null : what }), {
        class: "chip",
        "aria-pressed": String(on),
        "data-key": what,
      });
      chip.append(CHANGED[what], el("span", { class: "count", text: count(by.get(what)) }));
      return chip;
    });
  const type = select(
    "Type",
    [["", "all"], ...types.map((one) => [one, shown(one)])],
    params.get("type") ?? "",
    (value) => change({ type: value }),
  );
  type.querySelector("select").dataset.key = "type";
  return [
    el(
      "p",
      { class: "builds" },
      buildName(comparison.before),
      el("span", { "aria-hidden": "true", text: " → " }),
      el("span", { class: "hidden", text: " compared with " }),
      buildName(comparison.after),
    ),
    el(
      "div",
      { class: "facets" },
      el("div", { class: "chips", role: "group", "aria-label": "What changed" }, chips),
      type,
    ),
    el("p", {
      class: "tally",
      role: "status",
      text: `${count(kept.length)} of ${count(comparison.changes.length)} changes`,
    }),
  ];
}

function buildName(name) {
  const build = store.page.builds.find((one) => one.build === name);
  return el(
    "span",
    { class: "build-name" },
    build ? el("span", { text: moment(build.startedMs) }) : null,
    said(name, "code quiet"),
  );
}

function sign(what) {
  return el("span", { class: `sign is-${what}`, "aria-hidden": "true", text: SIGNS[what] });
}

function item(one, chosen) {
  const shots = [one.posterBefore, one.posterAfter].filter(Boolean);
  const show = shots.length
    ? button("", () => change({ change: one.node }), {
        class: "shots",
        "aria-label": `Show ${shown(one.node)} before and after`,
        "aria-pressed": String(chosen),
        "data-key": one.node,
      })
    : null;
  show?.append(
    ...shots.map((path) =>
      el("img", { src: fileUrl(path), alt: "", loading: "lazy", decoding: "async", width: 36, height: 64 }),
    ),
  );
  return el(
    "li",
    { class: `change${chosen ? " is-chosen" : ""}` },
    show ?? el("span", { class: "shots is-none" }),
    el(
      "div",
      {},
      el(
        "p",
        { class: "change-name" },
        sign(one.what),
        el("span", { class: "what", text: CHANGED[one.what] }),
        where(one),
      ),
      el("p", { class: "why" }, said(one.why)),
      cause(one.cause),
    ),
  );
}

function where(one) {
  const render = renderOf(one.node);
  if (render !== one.node && store.renderAt.has(render))
    return el("a", { href: renderAddress(render) }, said(one.node));
  if (store.nodeAt.has(one.node))
    return el("a", { href: address("graph", new URLSearchParams({ node: one.node })) }, said(one.node));
  return said(one.node);
}

/// What was there and what is: only of causes that have both.
function cause(of) {
  if (!of || (of.old === undefined && of.new === undefined)) return null;
  const side = (value) =>
    value === undefined ? el("span", { class: "quiet", text: "nothing" }) : said(value, "code");
  const subject = of.name ?? of.path ?? of.step;
  return el(
    "p",
    { class: "cause" },
    said(subject ?? of.kind),
    ": ",
    side(of.old),
    " → ",
    side(of.new),
    of.place ? [" · ", said(of.place)] : null,
  );
}

/// Before and after over each other, with a slider between them.
function wiper(one) {
  const img = (path, words) =>
    path
      ? el("img", { src: fileUrl(path), alt: words, decoding: "async" })
      : el("span", { class: "gone", text: words.startsWith("Before") ? "There was none" : "There is none" });
  const frame = el(
    "div",
    { class: "wipe" },
    el("div", { class: "wipe-side is-before" }, img(one.posterBefore, "Before")),
    el("div", { class: "wipe-side is-after" }, img(one.posterAfter, "After")),
    el("span", { class: "wipe-line", "aria-hidden": "true" }),
  );
  const slider = el("input", {
    type: "range",
    min: "0",
    max: "100",
    value: "50",
    class: "wipe-slider",
    "aria-label": "How much of before is shown",
  });
  const move = () => {
    setVars(frame, { "--at": `${slider.value}%` });
    slider.setAttribute("aria-valuetext", `${slider.value} % before`);
  };
  slider.addEventListener("input", move);
  move();
  const render = store.page.renders[store.renderAt.get(renderOf(one.node))];
  if (render) setVars(frame, { "--ratio": render.size[0] / render.size[1] });
  frame.append(slider);
  return el(
    "figure",
    { class: "wiper" },
    el("figcaption", {}, said(one.node)),
    frame,
    el("p", { class: "wipe-words" }, el("span", { text: "before" }), el("span", { text: "after" })),
  );
}
