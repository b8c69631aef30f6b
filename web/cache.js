// The cache: what it saved over the builds, what it holds, and for what.
import { el, said, setVars, svg, table } from "./dom.js";
import { STATUSES, STATUS_WORD, mark } from "./marks.js";
import { store } from "./store.js";
import { bytes, count, duration, moment, percent, shown } from "./text.js";

/// Builds in the chart; all are in the table.
const IN_CHART = 40;

export function cacheView(root) {
  const place = el("div", { class: "columns" });
  root.append(el("h1", { class: "hidden", text: "Cache and builds" }), place);
  const update = () => {
    const { cache, builds } = store.page;
    place.replaceChildren(figures(cache, builds), chart(builds), types(cache), buildTable(builds));
  };
  return { update, refresh: (what) => what === "page" && update(), close() {} };
}

function figures(cache, builds) {
  const newest = builds[0];
  const saved = builds.reduce((sum, build) => sum + build.savedMs, 0);
  const figure = (label, value, note = "") =>
    el(
      "div",
      { class: "figure" },
      el("dt", { text: label }),
      el(
        "dd",
        {},
        el("span", { class: "big", text: value }),
        note ? el("span", { class: "quiet", text: note }) : null,
      ),
    );
  const held = figure(
    "Holds",
    bytes(cache.bytes),
    `${count(cache.blobs)} files, ${count(cache.results)} results`,
  );
  if (cache.limit) {
    const share = Math.min(1, cache.bytes / cache.limit);
    const meter = el(
      "span",
      {
        class: "meter",
        role: "img",
        "aria-label": `${percent(cache.bytes, cache.limit)} of ${bytes(cache.limit)}`,
      },
      el("span", { class: "fill" }),
    );
    setVars(meter, { "--done": share });
    held
      .querySelector("dd")
      .append(meter, el("span", { class: "quiet", text: `of at most ${bytes(cache.limit)}` }));
  }
  return el(
    "dl",
    { class: "figures" },
    figure(
      "Saved by the newest build",
      newest ? duration(newest.savedMs) : "–",
      newest
        ? `${percent(newest.lookupsFound, newest.lookups)} of ${count(newest.lookups)} look-ups found`
        : "",
    ),
    figure("Saved by all builds here", duration(saved), `${count(builds.length)} builds`),
    held,
  );
}

/// A column for each build: look-ups that found something, and those that did not.
function chart(builds) {
  const shownBuilds = builds.slice(0, IN_CHART).reverse();
  if (!shownBuilds.length) return el("p", { class: "nothing", text: "Nothing has been built yet." });
  const [width, height, base] = [Math.max(240, shownBuilds.length * 22), 150, 128];
  const column = width / shownBuilds.length;
  const most = Math.max(1, ...shownBuilds.map((build) => build.lookups));
  const bars = shownBuilds.flatMap((build, index) => {
    const high = (n) => (n / most) * (base - 14);
    const found = high(build.lookupsFound);
    const missed = high(build.lookups - build.lookupsFound);
    const left = index * column + column * 0.15;
    const wide = column * 0.7;
    const words = svg("title");
    words.textContent = `${moment(build.startedMs)}: ${percent(build.lookupsFound, build.lookups)} of ${count(build.lookups)} found, saved ${duration(build.savedMs)}`;
    return [
      svg(
        "g",
        {},
        words,
        svg("rect", { x: left, y: 0, width: wide, height: base, class: "column-all" }),
        svg("rect", { x: left, y: base - found, width: wide, height: found, class: "column-hit" }),
        svg("rect", { x: left, y: base - found - missed, width: wide, height: missed, class: "column-miss" }),
      ),
    ];
  });
  return el(
    "section",
    { class: "block" },
    el("h2", { text: "Hits over time" }),
    el(
      "div",
      { class: "scroller", tabindex: "0", role: "region", "aria-label": "Chart of hits over time" },
      chartBox(
        svg(
          "svg",
          {
            class: "chart",
            viewBox: `0 0 ${width} ${height}`,
            role: "img",
            "aria-label": `Look-ups in the cache of the last ${shownBuilds.length} builds; the table below has the numbers.`,
            preserveAspectRatio: "none",
          },
          svg("line", { x1: 0, x2: width, y1: base, y2: base, class: "axis" }),
          bars,
        ),
        width,
      ),
    ),
    el(
      "p",
      { class: "axis-ends" },
      el("span", { text: moment(shownBuilds[0].startedMs) }),
      el("span", { text: moment(shownBuilds.at(-1).startedMs) }),
    ),
    el(
      "ul",
      { class: "legend" },
      el("li", {}, el("span", { class: "swatch is-hit" }), "found in the cache"),
      el("li", {}, el("span", { class: "swatch is-miss" }), "had to run"),
    ),
  );
}

function chartBox(chartOf, width) {
  const box = el("div", { class: "chart-box" }, chartOf);
  setVars(box, { "--least": `${Math.min(width, 900)}px` });
  return box;
}

function types(cache) {
  const rows = Object.entries(cache.types).sort(
    (one, other) => other[1].bytes - one[1].bytes || (one[0] < other[0] ? -1 : 1),
  );
  if (!rows.length) return el("div");
  const most = Math.max(1, ...rows.map(([, share]) => share.bytes));
  return el(
    "section",
    { class: "block" },
    el("h2", { text: "By type of node" }),
    table(
      "What the cache holds by type of node",
      ["Type", "Nodes", "Size", "Stands for"],
      rows.map(([type, share]) => {
        const bar = el(
          "span",
          { class: "size-bar" },
          said(type),
          el("span", { class: "fill", "aria-hidden": "true" }),
        );
        setVars(bar, { "--done": share.bytes / most });
        return [bar, count(share.nodes), bytes(share.bytes), duration(share.tookMs)];
      }),
      [1, 2, 3],
    ),
  );
}

function buildTable(builds) {
  if (!builds.length) return el("div");
  return el(
    "section",
    { class: "block is-wide" },
    el("h2", {}, "Builds", el("span", { class: "count", text: count(builds.length) })),
    table(
      "Builds, newest first",
      ["Build", "Took", "End", "Nodes", "Ran", "Found", "Rejected", "Saved"],
      builds.map((build) => [
        el(
          "span",
          { class: "build-name" },
          el("span", { text: moment(build.startedMs) }),
          said(build.build, "code quiet"),
        ),
        build.wallMs === undefined ? "–" : duration(build.wallMs),
        end(build),
        states(build),
        count(build.actionsRan),
        percent(build.lookupsFound, build.lookups),
        count(build.rejected),
        duration(build.savedMs),
      ]),
      [1, 4, 5, 6, 7],
    ),
  );
}

const ENDS = { 0: "well", 1: "failed", 3: "rejected some", 4: "waits for a choice" };

function end(build) {
  if (build.cancelled) return "cancelled";
  if (build.exitCode === undefined) return "no end";
  return ENDS[build.exitCode] ?? `exit code ${build.exitCode}`;
}

function states(build) {
  return el(
    "span",
    { class: "states" },
    STATUSES.filter((status) => build.counts[status]).map((status) =>
      el(
        "span",
        { title: STATUS_WORD[status] },
        mark(status),
        count(build.counts[status]),
        el("span", { class: "hidden", text: ` ${shown(STATUS_WORD[status])}` }),
      ),
    ),
  );
}
