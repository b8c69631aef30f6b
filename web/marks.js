// Marks of how a thing stands: a shape and a colour each, so that neither is needed alone. The
// colours come from Okabe and Ito's palette (see page.css), the shapes are drawn in a box of 16.
import { el, svg } from "./dom.js";

export const STATUSES = ["fresh", "hit", "cutoff", "ran", "failed", "skipped", "waiting"];

/// What each means, for legends.
const STATUS_TEXT = {
  fresh: "fresh: proven up to date",
  hit: "hit: restored from the cache",
  cutoff: "cut off: upstream ran, nothing that it reads changed",
  ran: "ran: made anew",
  failed: "failed",
  skipped: "skipped: something upstream failed",
  waiting: "waiting for a choice",
  running: "running now",
};

export const STATUS_WORD = {
  ...Object.fromEntries(STATUSES.map((s) => [s, s])),
  cutoff: "cut off",
  running: "running",
};

/// Outlines, filled unless they are named in `HOLLOW`.
const SHAPES = {
  fresh: "M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10Z",
  hit: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11Z",
  cutoff: "M2 4h4v8h-4Z M10 4h4v8h-4Z",
  ran: "M4 2.5L13.5 8L4 13.5Z",
  failed: "M3 5L5 3L8 6L11 3L13 5L10 8L13 11L11 13L8 10L5 13L3 11L6 8Z",
  skipped: "M3 3h10v10h-10Z",
  waiting: "M8 1.5L14.5 8L8 14.5L1.5 8Z",
  running: "M8 3a5 5 0 1 0 5 5",
  accept: "M2.5 8.5L4.5 6.5L7 9L12 3.5L14 5.5L7 13Z",
  reject: "M3 5L5 3L8 6L11 3L13 5L10 8L13 11L11 13L8 10L5 13L3 11L6 8Z",
  none: "M3 7h10v2h-10Z",
  error: "M8 1.5L15 14H1Z",
  warning: "M8 2.5L14 8L8 13.5L2 8Z",
  info: "M8 3a5 5 0 1 0 0 10a5 5 0 1 0 0-10Z",
};

const HOLLOW = new Set(["fresh", "skipped", "running"]);

/// The mark alone; what it means must stand beside it or in a hidden text.
export function mark(name, className = "") {
  const path = svg("path", { d: SHAPES[name] });
  const hollow = HOLLOW.has(name) ? " hollow" : "";
  return svg(
    "svg",
    {
      class: `mark is-${name}${hollow} ${className}`,
      viewBox: "0 0 16 16",
      "aria-hidden": "true",
      focusable: "false",
    },
    path,
  );
}

/// A mark and its word.
export function statusTag(status) {
  return el("span", { class: "tag" }, mark(status), STATUS_WORD[status]);
}

export const VERDICT_WORD = { accept: "accepted", reject: "rejected", none: "not judged" };

export function verdictOf(render) {
  return render.decision ?? "none";
}

export function verdictTag(render) {
  const verdict = verdictOf(render);
  return el("span", { class: `tag verdict is-${verdict}` }, mark(verdict), VERDICT_WORD[verdict]);
}

/// The colours of marks and of the page as the theme has them now, for canvases.
export function paints() {
  const probe = el("span", { class: "hidden" });
  document.body.append(probe);
  const names = [
    ...STATUSES,
    "running",
    "ink",
    "soft",
    "faint",
    "line",
    "sheet",
    "paper",
    "accent",
    "critical",
  ];
  const found = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  found.font = getComputedStyle(document.body).fontFamily;
  return found;
}

const paths = new Map();

/// A mark on a canvas, its middle at x, y.
export function drawMark(context, name, x, y, size, colour) {
  if (!paths.has(name)) paths.set(name, new Path2D(SHAPES[name]));
  context.save();
  context.translate(x - size / 2, y - size / 2);
  context.scale(size / 16, size / 16);
  if (HOLLOW.has(name)) {
    context.strokeStyle = colour;
    context.lineWidth = 2;
    context.stroke(paths.get(name));
  } else {
    context.fillStyle = colour;
    context.fill(paths.get(name));
  }
  context.restore();
}

export function legend(names) {
  return el(
    "ul",
    { class: "legend", "aria-label": "What the marks mean" },
    names.map((name) => el("li", {}, mark(name), STATUS_TEXT[name])),
  );
}
