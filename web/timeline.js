// The newest build over time: a lane for each slot, and above them the critical path.
import { announce, button, el, perFrame, said, table } from "./dom.js";
import { legend, paints } from "./marks.js";
import { panZoom, sizeCanvas } from "./pan-zoom.js";
import { address } from "./route.js";
import { store } from "./store.js";
import { count, counted, duration, shown } from "./text.js";
import { drawTimeline, laneAt, LANE } from "./timeline-draw.js";

/// Rows of the table at first; a table of ten thousand helps nobody.
const FIRST_BARS = 200;

export function timelineView(root) {
  const heading = el("h1", { class: "hidden", text: "Timeline" });
  const { timeline: bars, graph } = store.page;
  if (!bars.length) {
    root.append(
      heading,
      el("p", { class: "nothing", text: "Nothing ran in the newest build: all was up to date." }),
    );
    return { update() {}, refresh: (what) => what === "page" && again(root), close() {} };
  }
  const critical = new Set(graph.critical);
  const lanes = Math.max(...bars.map((bar) => bar.slot)) + 1;
  const end = Math.max(...bars.map((bar) => bar.untilMs), 1);
  const order = bars
    .map((_, index) => index)
    .sort((one, other) => bars[one].fromMs - bars[other].fromMs || one - other);
  let view = { from: 0, until: end };
  let chosen = null;
  let paint = paints();

  const canvas = el("canvas", {
    class: "timeline",
    tabindex: "0",
    role: "application",
    "aria-label": "Timeline of the build by slot",
    "aria-describedby": "timeline-help",
  });
  canvas.style.setProperty("--lanes", lanes + 1);
  const told = el(
    "div",
    { class: "told", role: "status" },
    el("p", { class: "quiet", text: "Choose a bar to see what ran." }),
  );
  const tools = el(
    "div",
    { class: "tools", role: "group", "aria-label": "Zoom" },
    button("+", () => zoom(1.5, canvas.clientWidth / 2), { class: "icon", "aria-label": "Nearer" }),
    button("−", () => zoom(1 / 1.5, canvas.clientWidth / 2), { class: "icon", "aria-label": "Further away" }),
    button("Fit", fit, { class: "plain" }),
  );
  root.append(
    heading,
    el(
      "div",
      { class: "graph-bar" },
      el("p", { class: "tally", text: summary() }),
      el(
        "details",
        { class: "key" },
        el("summary", { text: "Legend" }),
        legend(["ran", "failed"]),
        el("p", {}, el("span", { class: "critical-line", "aria-hidden": "true" }), "on the critical path"),
      ),
      tools,
    ),
    el(
      "div",
      { class: "timeline-stage" },
      el("div", { class: "timeline-scroll" }, canvas),
      el("p", {
        id: "timeline-help",
        class: "hint",
        text: "Drag to move, wheel or pinch to zoom. With the timeline focused: ↑ ↓ go from bar to bar, ← → move, + − 0 zoom.",
      }),
    ),
    told,
    criticalList(),
    barTable(),
  );

  function summary() {
    const busy = bars.reduce((sum, bar) => sum + bar.untilMs - bar.fromMs, 0);
    return `${counted(bars.length, "action")} on ${counted(lanes, "slot")} in ${duration(end)}, slots busy for ${Math.round((100 * busy) / (end * lanes))} % of it`;
  }

  const draw = perFrame(() => {
    if (!canvas.isConnected) return;
    const { context, ...size } = sizeCanvas(canvas);
    drawTimeline(context, size, { bars, lanes, critical, view, chosen, names: graph.nodes }, paint);
  });

  const scale = () => (view.until - view.from) / Math.max(1, canvas.clientWidth - LANE.left);

  function look(from, span) {
    const most = Math.min(Math.max(span, end / 5000, 2), end);
    const start = Math.min(Math.max(0, from), end - most);
    view = { from: start, until: start + most };
    draw();
  }

  function fit() {
    look(0, end);
  }

  function zoom(factor, x) {
    const moment = view.from + (x - LANE.left) * scale();
    const span = (view.until - view.from) / factor;
    look(moment - ((moment - view.from) / (view.until - view.from)) * span, span);
  }

  function choose(index) {
    chosen = index;
    draw();
    if (index === null) return;
    const bar = bars[index];
    if (bar.untilMs < view.from || bar.fromMs > view.until)
      look(bar.fromMs - (view.until - view.from) / 3, view.until - view.from);
    told.replaceChildren(
      el("p", { class: "strong" }, nodeLink(bar.node)),
      el(
        "p",
        {},
        said(bar.step),
        ` · slot ${bar.slot + 1} · from ${duration(bar.fromMs)} to ${duration(bar.untilMs)}, `,
        el("strong", { text: duration(bar.untilMs - bar.fromMs) }),
        bar.ok ? "" : " · failed",
        critical.has(bar.node) ? " · on the critical path" : "",
      ),
    );
  }

  panZoom(canvas, {
    pan: (dx) => look(view.from - dx * scale(), view.until - view.from),
    zoom: (factor, x) => zoom(factor, x),
    tap(x, y) {
      canvas.focus({ preventScroll: true });
      choose(barAt(x, y));
    },
    hover(x, y) {
      const index = barAt(x, y);
      canvas.classList.toggle("is-over", index !== null);
      canvas.title =
        index === null
          ? ""
          : `${shown(graph.nodes[bars[index].node].name).slice(0, 200)} · ${shown(bars[index].step).slice(0, 100)}`;
    },
    leave() {},
  });

  function barAt(x, y) {
    const lane = laneAt(y);
    const moment = view.from + (x - LANE.left) * scale();
    const slack = 2 * scale();
    const found = bars.findIndex(
      (bar) =>
        (lane === -1 ? critical.has(bar.node) : bar.slot === lane) &&
        bar.fromMs - slack <= moment &&
        moment <= bar.untilMs + slack,
    );
    return found < 0 || lane === null ? null : found;
  }

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const span = view.until - view.from;
    const at = chosen === null ? -1 : order.indexOf(chosen);
    const step = (to) => {
      if (order[to] === undefined) return;
      choose(order[to]);
      announce(told.textContent);
    };
    const acts = {
      ArrowLeft: () => look(view.from - span / 8, span),
      ArrowRight: () => look(view.from + span / 8, span),
      ArrowDown: () => step(at + 1),
      ArrowUp: () => step(Math.max(0, at - 1)),
      Home: () => step(0),
      End: () => step(order.length - 1),
      "+": () => zoom(1.4, canvas.clientWidth / 2),
      "=": () => zoom(1.4, canvas.clientWidth / 2),
      "-": () => zoom(1 / 1.4, canvas.clientWidth / 2),
      0: fit,
    };
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
  });

  function criticalList() {
    if (!graph.critical.length) return el("div");
    return el(
      "section",
      { class: "block is-narrow" },
      el("h2", {}, "Critical path", el("span", { class: "count", text: count(graph.critical.length) })),
      table(
        "Critical path",
        ["Node", "Took"],
        graph.critical.map((node) => [nodeLink(node), duration(graph.nodes[node].tookMs)]),
        [1],
      ),
    );
  }

  function barTable() {
    const rows = (some) =>
      some.map((index) => {
        const bar = bars[index];
        return [
          nodeLink(bar.node),
          said(bar.step),
          bar.slot + 1,
          duration(bar.fromMs),
          duration(bar.untilMs - bar.fromMs),
          bar.ok ? "ran" : "failed",
        ];
      });
    const heads = ["Node", "Step", "Slot", "Began", "Took", "End"];
    const details = el("details", { class: "block" }, el("summary", { text: "All of it as a table" }));
    details.addEventListener("toggle", () => {
      if (!details.open || details.childElementCount > 1) return;
      details.append(table("Actions by their begin", heads, rows(order.slice(0, FIRST_BARS)), [2, 3, 4]));
      if (order.length <= FIRST_BARS) return;
      const more = button(
        `Show ${count(order.length - FIRST_BARS)} more`,
        () => {
          details.lastChild.remove();
          details.lastChild.remove();
          details.append(table("Actions by their begin", heads, rows(order), [2, 3, 4]));
        },
        { class: "link" },
      );
      details.append(more);
    });
    return details;
  }

  function nodeLink(node) {
    const { name } = graph.nodes[node];
    return el("a", { href: address("graph", new URLSearchParams({ node: name })) }, said(name));
  }

  const resized = new ResizeObserver(draw);
  resized.observe(canvas);
  const themed = () => {
    paint = paints();
    draw();
  };
  addEventListener("themechange", themed);
  return {
    update: draw,
    refresh: (what) => what === "page" && again(root),
    close() {
      resized.disconnect();
      removeEventListener("themechange", themed);
    },
  };
}

/// Another document may have other bars: the view is made anew by who made it.
function again(root) {
  root.dispatchEvent(new Event("remount"));
}
