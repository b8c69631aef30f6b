// The contact sheet. Only the rows near the window are in the page, so that ten thousand renders
// scroll like ten; all cards are equally high, so that nothing moves when they come.
import { el, perFrame, setVars } from "./dom.js";
import { renderCard, usualRatio } from "./card.js";
import { facetsFor, filterBar, keepFocus } from "./filters.js";
import { readRoute } from "./route.js";
import { selectRenders } from "./select-renders.js";
import { store } from "./store.js";

const WIDTHS = { s: 112, m: 168, l: 260 };
const GAP = 12;
/// Height of what stands below a poster.
const META = 56;
/// Rows above and below the window that are there already.
const SPARE = 2;

export function sheetView(root) {
  const filters = filterBar();
  const list = el("ul", { class: "sheet", "aria-label": "Renders" });
  const nothing = el("p", { class: "nothing" });
  root.append(el("h1", { class: "hidden", text: "Contact sheet" }), filters.bar, list, nothing);
  let found = { renders: [], counts: new Map() };
  let layout = null;
  // By the render's name: a card stays what it is while its render does.
  const cells = new Map();

  function update(params) {
    found = selectRenders(params, facetsFor(params));
    filters.update(params, found.renders.length, found.counts);
    nothing.textContent =
      store.page.renders.length === 0 ? "Nothing has been rendered yet." : "No render matches these filters.";
    nothing.hidden = found.renders.length > 0;
    arrange();
  }

  function arrange() {
    const width = list.clientWidth;
    if (!width) return;
    const least = WIDTHS[readRoute().params.get("size")] ?? WIDTHS.m;
    const columns = Math.max(width < 480 && least > 200 ? 1 : 2, Math.floor((width + GAP) / (least + GAP)));
    const cell = (width - GAP * (columns - 1)) / columns;
    const shot = Math.round(cell / usualRatio(found.renders));
    layout = {
      columns,
      cell,
      shot,
      row: shot + META + GAP,
      rows: Math.ceil(found.renders.length / columns),
      width,
    };
    setVars(list, {
      "--cell": `${cell}px`,
      "--shot": `${shot}px`,
      "--high": `${Math.max(0, layout.rows * layout.row - GAP)}px`,
    });
    for (const held of cells.values()) held.index = null;
    paint();
  }

  /// Puts the rows in that are near the window, and takes the others out.
  function paint() {
    if (!layout || !list.isConnected) return;
    const top = -list.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / layout.row) - SPARE);
    const last = Math.min(layout.rows, Math.ceil((top + innerHeight) / layout.row) + SPARE);
    const [from, until] = [first * layout.columns, Math.min(last * layout.columns, found.renders.length)];
    const wanted = [];
    for (let index = from; index < until; index += 1) wanted.push(index);
    // Who has the focus stays, or it would be lost.
    const focused = document.activeElement?.closest?.(".cell");
    const kept =
      focused && list.contains(focused)
        ? found.renders.findIndex(({ name }) => name === focused.firstElementChild.dataset.key)
        : -1;
    if (kept >= 0 && kept < from) wanted.unshift(kept);
    else if (kept >= until) wanted.push(kept);
    const names = new Set(wanted.map((index) => found.renders[index].name));
    for (const [name, { item }] of cells) {
      if (names.has(name)) continue;
      item.remove();
      cells.delete(name);
    }
    // In their order, so that the tab key meets them so.
    let next = list.firstElementChild;
    for (const index of wanted) {
      const { item } = hold(index);
      if (item === next) next = next.nextElementSibling;
      else list.insertBefore(item, next);
    }
  }

  /// The card of a render, made or brought up to date.
  function hold(index) {
    const render = found.renders[index];
    let held = cells.get(render.name);
    if (!held) {
      held = { item: el("li", { class: "cell" }), render: null, index: null };
      cells.set(render.name, held);
    }
    if (held.render !== render) {
      const looks = JSON.stringify([render, readRoute().params.toString()]);
      if (held.looks !== looks) draw(held, render);
      Object.assign(held, { render, looks });
    }
    if (held.index !== index) {
      held.index = index;
      held.item.setAttribute("aria-setsize", found.renders.length);
      held.item.setAttribute("aria-posinset", index + 1);
      held.item.dataset.index = index;
      const row = Math.floor(index / layout.columns);
      setVars(held.item, {
        "--x": `${(index % layout.columns) * (layout.cell + GAP)}px`,
        "--y": `${row * layout.row}px`,
      });
    }
    return held;
  }

  /// A picture that is there already is taken over, so that it does not blink.
  function draw(held, render) {
    const before = held.item.firstElementChild;
    const card = renderCard(render);
    if (before && held.render?.poster === render.poster) {
      const [old, fresh] = [before.querySelector("img"), card.querySelector("img")];
      if (old && fresh) fresh.replaceWith(old);
    }
    keepFocus(held.item, () => held.item.replaceChildren(card));
  }

  function focusOn(index) {
    if (index < 0 || index >= found.renders.length) return;
    const box = list.getBoundingClientRect();
    const y = Math.floor(index / layout.columns) * layout.row + box.top;
    const header = document.querySelector(".top").offsetHeight;
    if (y < header) scrollBy(0, y - header - GAP);
    else if (y + layout.row > innerHeight) scrollBy(0, y + layout.row - innerHeight);
    paint();
    cells.get(found.renders[index].name)?.item.firstElementChild.focus({ preventScroll: true });
  }

  list.addEventListener("keydown", (event) => {
    const item = event.target.closest(".cell");
    if (!item || !layout || event.altKey || event.ctrlKey || event.metaKey) return;
    const index = Number(item.dataset.index);
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -layout.columns, ArrowDown: layout.columns };
    const to =
      event.key === "Home"
        ? 0
        : event.key === "End"
          ? found.renders.length - 1
          : event.key in steps
            ? index + steps[event.key]
            : null;
    if (to === null) return;
    event.preventDefault();
    focusOn(to);
  });

  const onScroll = perFrame(paint);
  const onResize = new ResizeObserver(
    perFrame(() => {
      if (list.clientWidth !== layout?.width) arrange();
    }),
  );
  addEventListener("scroll", onScroll, { passive: true });
  onResize.observe(list);

  return {
    update,
    refresh: () => update(readRoute().params),
    close() {
      removeEventListener("scroll", onScroll);
      onResize.disconnect();
    },
  };
}

/// The neighbours of a render in the order of the sheet, as its filters are now.
export function neighboursOf(name) {
  const { renders } = selectRenders(readRoute().params, []);
  const at = renders.findIndex((render) => render.name === name);
  return { at, of: renders.length, before: renders[at - 1]?.name, after: renders[at + 1]?.name };
}
