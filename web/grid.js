// A batch as a table of two of its axes. What the other axes are is chosen above; a cell that is
// left with more than one render shows the gravest and how many there are.
import { el, said, select, setVars } from "./dom.js";
import { picture, progress, usualRatio } from "./card.js";
import { keepFocus } from "./filters.js";
import { STATUS_WORD, VERDICT_WORD, mark, verdictOf } from "./marks.js";
import { address, change, readRoute, renderAddress } from "./route.js";
import { renderNow, store } from "./store.js";
import { count, counted, shown } from "./text.js";

const PROFILE = "profile";
/// Cells of a row that is not near the window are not in the page.
const NEAR = "600px";

export function gridView(root) {
  const controls = el("div", { class: "filters grid-controls" });
  const place = el("div", { class: "grid-place" });
  root.append(el("h1", { class: "hidden", text: "Grid" }), controls, place);
  let filled = null;

  function update(params) {
    filled?.close();
    const { batches } = store.page;
    if (!batches.length) {
      place.replaceChildren(
        el("p", { class: "nothing", text: "This project has no batch, so there are no axes to lay out." }),
      );
      return;
    }
    const choice = chosen(params);
    keepFocus(controls, () => controls.replaceChildren(...choosers(choice)));
    const cells = sorted(choice);
    const table = gridTable(choice, cells);
    place.replaceChildren(table);
    filled = fillWhenNear(table, choice, cells);
  }

  return {
    update,
    refresh(what) {
      if (what === "run") filled?.renew(sorted(chosen(readRoute().params)));
      else keepFocus(place, () => update(readRoute().params));
    },
    close: () => filled?.close(),
  };
}

/// The batch, its axes with the profile as one more, and which two are laid out.
function chosen(params) {
  const { batches, renders } = store.page;
  const index = Math.max(
    0,
    batches.findIndex((batch) => batch.name === params.get("batch")),
  );
  const own = renders.filter((render) => render.batch === index);
  const profiles = [...new Set(own.map((render) => render.profile))].sort();
  const axes = [...batches[index].axes, { name: PROFILE, values: profiles }];
  const byName = (name) => axes.find((axis) => axis.name === name);
  const many = [...axes].sort((one, other) => (other.values.length > 1) - (one.values.length > 1));
  const rows = byName(params.get("rows")) ?? many[0];
  let columns = byName(params.get("columns")) ?? many.find((axis) => axis !== rows);
  if (columns === rows) columns = axes.find((axis) => axis !== rows);
  const rest = axes.filter((axis) => axis !== rows && axis !== columns);
  const kept = new Map(rest.map((axis) => [axis.name, params.get(`only.${axis.name}`) ?? ""]));
  return { batch: batches[index], axes, rows, columns, rest, kept, own };
}

function valueOn(render, axis) {
  return axis === PROFILE ? render.profile : (render.axes?.[axis] ?? "");
}

function choosers({ batch, axes, rows, columns, rest, kept }) {
  const names = axes.map((axis) => [axis.name, `${shown(axis.name)} (${count(axis.values.length)})`]);
  const keyed = (field, key) => {
    field.querySelector("select").dataset.key = key;
    return field;
  };
  const fields = [
    keyed(
      select(
        "Batch",
        store.page.batches.map(({ name }) => [name, shown(name)]),
        batch.name,
        (value) =>
          change({
            ...Object.fromEntries([...readRoute().params.keys()].map((name) => [name, null])),
            batch: value,
          }),
      ),
      "batch",
    ),
    keyed(
      select("Rows", names, rows.name, (value) =>
        change({ rows: value, columns: value === columns.name ? rows.name : columns.name }),
      ),
      "rows",
    ),
    keyed(
      select("Columns", names, columns.name, (value) =>
        change({ columns: value, rows: value === rows.name ? columns.name : rows.name }),
      ),
      "columns",
    ),
    ...rest.map((axis) =>
      keyed(
        select(
          shown(axis.name),
          [["", "all"], ...axis.values.map((value) => [value, shown(value)])],
          kept.get(axis.name),
          (value) => change({ [`only.${axis.name}`]: value }),
        ),
        `only.${axis.name}`,
      ),
    ),
  ];
  return [el("div", { class: "facets" }, fields)];
}

/// Renders by row and column.
function sorted({ own, rows, columns, rest, kept }) {
  const cells = new Map();
  for (const known of own) {
    if (rest.some(({ name }) => kept.get(name) && kept.get(name) !== valueOn(known, name))) continue;
    const key = JSON.stringify([valueOn(known, rows.name), valueOn(known, columns.name)]);
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(renderNow(known));
  }
  return cells;
}

function gridTable({ batch, rows, columns, own }, cells) {
  const head = el(
    "tr",
    {},
    el(
      "td",
      { class: "corner" },
      el("span", {}, said(rows.name), " ↓"),
      el("span", {}, said(columns.name), " →"),
    ),
    columns.values.map((value) => el("th", { scope: "col" }, said(value, "clamp"))),
  );
  const body = rows.values.map((value, index) => {
    const row = el("tr", {}, el("th", { scope: "row" }, said(value, "clamp")));
    row.dataset.row = index;
    row.append(...columns.values.map(() => el("td", {}, el("span", { class: "grid-shot" }))));
    return row;
  });
  const table = el(
    "table",
    { class: "grid" },
    el("caption", { class: "hidden" }, said(batch.name), `: ${counted(cells.size, "cell")}`),
    el("thead", {}, head),
    el("tbody", {}, body),
  );
  setVars(table, { "--ratio": usualRatio(own) });
  return el(
    "div",
    { class: "grid-scroller", tabindex: "0", role: "region", "aria-label": "Grid of the batch" },
    table,
  );
}

/// Fills rows as they come near the window, and anew where they look otherwise.
function fillWhenNear(scroller, { rows, columns, batch }, cells) {
  const looks = new Map();
  const fill = (row) => {
    const value = rows.values[Number(row.dataset.row)];
    columns.values.forEach((column, index) => {
      const key = JSON.stringify([value, column]);
      const renders = cells.get(key);
      const now = JSON.stringify(renders ?? null);
      if (looks.get(key) === now) return;
      looks.set(key, now);
      keepFocus(row.cells[index + 1], () =>
        row.cells[index + 1].replaceChildren(cellOf(renders, { batch, rows, columns, value, column })),
      );
    });
    row.dataset.filled = "";
  };
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        watcher.unobserve(entry.target);
        fill(entry.target);
      }
    },
    { root: scroller, rootMargin: NEAR },
  );
  for (const row of scroller.querySelectorAll("tbody tr")) watcher.observe(row);
  return {
    renew(now) {
      cells = now;
      for (const row of scroller.querySelectorAll("tr[data-filled]")) fill(row);
    },
    close: () => watcher.disconnect(),
  };
}

const GRAVEST = ["reject", "none", "accept"];

function cellOf(renders, { batch, rows, columns, value, column }) {
  if (!renders)
    return el("span", { class: "grid-shot is-empty" }, el("span", { class: "hidden", text: "none" }));
  const [first] = [...renders].sort(
    (one, other) => GRAVEST.indexOf(verdictOf(one)) - GRAVEST.indexOf(verdictOf(other)),
  );
  const verdict = verdictOf(first);
  const many = renders.length > 1;
  const filter = (axis, of) => (axis === PROFILE ? ["profile", of] : [`axis.${axis}`, of]);
  const href = many
    ? address(
        "sheet",
        new URLSearchParams([["batch", batch.name], filter(rows.name, value), filter(columns.name, column)]),
      )
    : renderAddress(first.name);
  const words = `${shown(value)}, ${shown(column)}: ${many ? `${counted(renders.length, "render")}, the gravest ` : ""}${VERDICT_WORD[verdict]}, ${STATUS_WORD[first.status]}`;
  return el(
    "a",
    { class: `grid-shot is-${verdict}`, href, "aria-label": words, title: words, "data-key": first.name },
    picture(first),
    el(
      "span",
      { class: `flag is-${verdict}`, "aria-hidden": "true" },
      mark(verdict === "none" ? first.status : verdict),
    ),
    many ? el("span", { class: "length", text: `${renders.length}` }) : null,
    first.status === "running" ? progress(first) : null,
  );
}
