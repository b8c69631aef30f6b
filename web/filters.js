// The bar of filters above the contact sheet.
import { afterQuiet, button, el, select } from "./dom.js";
import { STATUSES, STATUS_WORD, VERDICT_WORD, mark } from "./marks.js";
import { change } from "./route.js";
import { filtersOf } from "./select-renders.js";
import { store } from "./store.js";
import { count, counted, shown } from "./text.js";

/// Facets that make sense here: those of the project, and the axes of the chosen batch.
export function facetsFor(params) {
  const page = store.page;
  const facets = ["verdict", "status"];
  if (page.batches.length) facets.push("batch");
  if (new Set(page.renders.map((render) => render.profile)).size > 1) facets.push("profile");
  if (page.renders.some((render) => render.review)) facets.push("review");
  const batch = page.batches.find((one) => one.name === params.get("batch"));
  return facets.concat((batch?.axes ?? []).map((axis) => `axis.${axis.name}`));
}

const SIZES = [
  ["s", "Small"],
  ["m", "Medium"],
  ["l", "Large"],
];

/// The bar, and how it is brought up to date.
export function filterBar() {
  const search = el("input", {
    type: "search",
    class: "search",
    placeholder: "Search names, captions, assets, findings",
    "aria-label": "Search renders",
    autocomplete: "off",
    spellcheck: "false",
  });
  const typed = afterQuiet(120, () => change({ q: search.value.trim() }));
  search.addEventListener("input", typed);
  const more = el("button", { type: "button", class: "fold", "aria-expanded": "false" });
  const fields = el("div", { class: "facets" });
  const tally = el("p", { class: "tally", role: "status" });
  const sizes = el("div", { class: "segmented", role: "group", "aria-label": "Size of posters" });
  const bar = el(
    "div",
    { class: "filters" },
    el("div", { class: "filters-first" }, search, more, tally, sizes),
    fields,
  );
  more.addEventListener("click", () => {
    const open = bar.classList.toggle("is-open");
    more.setAttribute("aria-expanded", open);
  });

  function update(params, left, counts) {
    if (document.activeElement !== search) search.value = params.get("q") ?? "";
    const active = filtersOf(params).size;
    more.textContent = active ? `Filters (${active})` : "Filters";
    keepFocus(fields, () => fields.replaceChildren(...controls(params, counts)));
    keepFocus(sizes, () =>
      sizes.replaceChildren(
        ...SIZES.map(([size, label]) =>
          button(size.toUpperCase(), () => change({ size: size === "m" ? null : size }), {
            "data-key": `size.${size}`,
            "aria-label": label,
            title: label,
            "aria-pressed": String((params.get("size") ?? "m") === size),
          }),
        ),
      ),
    );
    const all = store.page.renders.length;
    const text = left === all ? counted(all, "render") : `${count(left)} of ${counted(all, "render")}`;
    // Only when it says something else: it is read aloud.
    if (tally.firstChild?.textContent !== text) tally.replaceChildren(el("span", { text }));
    if (active || params.get("q")) {
      tally.append(
        tally.childElementCount > 1
          ? ""
          : button(
              "Clear filters",
              () => {
                search.value = "";
                change({
                  q: null,
                  ...Object.fromEntries([...filtersOf(params).keys()].map((name) => [name, null])),
                });
              },
              { class: "link", "data-key": "clear" },
            ),
      );
    } else if (tally.childElementCount > 1) {
      tally.lastElementChild.remove();
    }
  }

  return { bar, update };
}

function controls(params, counts) {
  const filters = filtersOf(params);
  const parts = [];
  for (const [facet, values] of counts) {
    if (facet === "verdict")
      parts.push(chips("Verdict", facet, ["accept", "reject", "none"], VERDICT_WORD, values, filters));
    else if (facet === "status")
      parts.push(chips("Status", facet, [...STATUSES, "running"], STATUS_WORD, values, filters));
    else if (facet === "review")
      parts.push(
        chips("Your review", facet, ["accept", "reject", "outdated", "open"], REVIEW_WORD, values, filters),
      );
    else parts.push(choose(facet, values, filters));
  }
  return parts;
}

const REVIEW_WORD = { accept: "approved", reject: "turned down", outdated: "of an older film", open: "open" };

/// Toggles with counts; a value that no render has is not offered unless it is chosen.
function chips(label, facet, all, words, values, filters) {
  const chosen = filters.get(facet) ?? new Set();
  const offered = all.filter((value) => values.get(value) || chosen.has(value));
  const toggle = (value) => {
    const next = new Set(chosen);
    if (!next.delete(value)) next.add(value);
    change({ [facet]: [...next].join("|") });
  };
  return el(
    "div",
    { class: "chips", role: "group", "aria-label": label },
    el("span", { class: "label", text: label }),
    offered
      .map((value) =>
        button(words[value], () => toggle(value), {
          class: "chip",
          "aria-pressed": String(chosen.has(value)),
          "data-key": `${facet}.${value}`,
        }),
      )
      .map((chip, index) => {
        if (facet !== "review") chip.prepend(mark(offered[index]));
        chip.append(el("span", { class: "count", text: count(values.get(offered[index]) ?? 0) }));
        return chip;
      }),
  );
}

function choose(facet, values, filters) {
  const chosen = [...(filters.get(facet) ?? [""])][0];
  const axis = facet.startsWith("axis.") ? facet.slice(5) : null;
  const label = axis ? shown(axis) : { batch: "Batch", profile: "Profile" }[facet];
  const known = axis ? axisValues(filters, axis) : [...values.keys()].filter(Boolean).sort();
  const options = known.map((value) => [value, `${shown(value)} (${count(values.get(value) ?? 0)})`]);
  // Another batch has other axes, so theirs go.
  const gone = facet === "batch" ? [...filters.keys()].filter((name) => name.startsWith("axis.")) : [];
  const field = select(label, [["", "all"], ...options], chosen, (value) =>
    change({ ...Object.fromEntries(gone.map((name) => [name, null])), [facet]: value }),
  );
  field.querySelector("select").dataset.key = facet;
  return field;
}

function axisValues(filters, name) {
  const batch = store.page.batches.find((one) => filters.get("batch")?.has(one.name));
  return batch.axes.find((axis) => axis.name === name).values;
}

/// Rebuilds a part of the page; who had the focus in it, by `data-key`, has it again.
export function keepFocus(part, rebuild) {
  const key = part.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  rebuild();
  if (key) part.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}
