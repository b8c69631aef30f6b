// Above every view while a server listens: whether it does, what runs now and how far it is, and
// what ended, rejections with their reasons.
import { button, el, said } from "./dom.js";
import { progress } from "./card.js";
import { link } from "./live.js";
import { mark } from "./marks.js";
import { renderAddress } from "./route.js";
import { progressOf, renderOf, store } from "./store.js";
import { count } from "./text.js";

/// Nodes and lines that are shown at once.
const MOST_RUNNING = 6;
const LINES_SHOWN = 4;

/// The line of the connection, for the page's head.
export function linkLine() {
  const text = el("span", { class: "link-text", role: "status", "aria-live": "polite" });
  const left = el("span", { class: "quiet", "aria-hidden": "true" });
  const retry = button("Try now", () => link.retry(), { class: "link", hidden: true });
  const element = el(
    "p",
    { class: "link-line" },
    el("span", { class: "lamp", "aria-hidden": "true" }),
    text,
    left,
    retry,
  );
  const words = () => {
    if (link.state === "lost") return "Connection lost";
    if (link.state === "connecting") return "Connecting …";
    const { active, done, wanted } = store.running;
    return active ? `Building: ${count(Math.min(done, wanted))} of ${count(wanted)}` : "Live";
  };
  const update = () => {
    element.dataset.state = link.state === "open" && store.running.active ? "building" : link.state;
    if (text.textContent !== words()) text.textContent = words();
    retry.hidden = link.state !== "lost";
    left.textContent =
      link.state === "lost"
        ? `trying again in ${Math.max(0, Math.ceil((link.until - Date.now()) / 1000))} s`
        : "";
    element.title = link.refused?.message ?? "";
  };
  setInterval(() => link.state === "lost" && update(), 250);
  return { element, update };
}

/// What runs and what ended.
export function liveStrip() {
  const running = el("ul", { class: "running" });
  const log = el("ul", { class: "log", "aria-label": "What happened" });
  const hide = button(
    "×",
    () => {
      store.running.log = [];
      update();
    },
    { class: "icon", "aria-label": "Hide what happened" },
  );
  const element = el(
    "section",
    { class: "live-strip", "aria-label": "The running build", hidden: true },
    running,
    el("div", { class: "happened" }, log, hide),
  );
  const drawn = new Map();

  function update() {
    const { active, nodes, log: lines } = store.running;
    element.hidden = !active && !lines.length;
    hide.hidden = active;
    const now = [...nodes].filter(([, node]) => node.status === "running");
    const some = new Map(now.slice(0, MOST_RUNNING));
    for (const [name, item] of drawn) {
      if (some.has(name)) continue;
      item.remove();
      drawn.delete(name);
    }
    for (const [name, node] of some) {
      if (!drawn.has(name)) {
        drawn.set(name, el("li", {}, said(name)));
        running.append(drawn.get(name));
      }
      const item = drawn.get(name);
      item.querySelector(".progress")?.remove();
      item.append(progress({ progress: progressOf(node) }));
    }
    running.dataset.more = now.length > MOST_RUNNING ? `and ${count(now.length - MOST_RUNNING)} more` : "";
    running.hidden = !now.length;
    log.replaceChildren(...lines.slice(0, LINES_SHOWN).map(line));
  }

  return { element, update };
}

const WORDS = { reject: "rejected", accept: "accepted", failed: "failed", warning: "warning" };

function line({ kind, node, text }) {
  const render = renderOf(node);
  const name = store.renderAt.has(render)
    ? el("a", { href: renderAddress(render) }, said(render))
    : said(node);
  const shape = kind === "end" ? "info" : kind;
  return el(
    "li",
    { class: `is-${kind}` },
    mark(shape),
    kind === "end" ? null : el("span", { class: "what", text: WORDS[kind] }),
    node ? name : null,
    text ? el("span", { class: "reason" }, said(text)) : null,
  );
}
