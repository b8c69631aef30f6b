// The page: its head, which view is shown, and what is drawn anew when something changes.
import { el, said } from "./dom.js";
import { cacheView } from "./cache.js";
import { choicesView } from "./choices.js";
import { compareView } from "./compare.js";
import { refreshDetail, showDetail } from "./detail.js";
import { keepFocus } from "./filters.js";
import { graphView } from "./graph.js";
import { gridView } from "./grid.js";
import { goLive } from "./live.js";
import { linkLine, liveStrip } from "./live-strip.js";
import { address, onArrival, readRoute } from "./route.js";
import { sheetView } from "./sheet.js";
import { adopt, onChange, ownDocument, store } from "./store.js";
import { count, shown } from "./text.js";
import { themeButton } from "./theme.js";
import { timelineView } from "./timeline.js";

const VIEWS = {
  sheet: ["Renders", sheetView, (page) => page.renders.length],
  grid: ["Grid", gridView],
  choices: ["Choices", choicesView, (page) => page.choices.length],
  graph: ["Graph", graphView],
  timeline: ["Timeline", timelineView],
  compare: ["Compare", compareView, (page) => page.comparison?.changes.length],
  cache: ["Cache", cacheView],
};

const main = document.querySelector("main");
const nav = document.querySelector(".views");
let shownView = null;
let view = null;
let shownParams = null;

async function begin() {
  document.querySelector(".top-tools").append(themeButton());
  const own = ownDocument();
  try {
    if (own) adopt(own);
    else await goLive();
  } catch (refused) {
    main.replaceChildren(
      el(
        "div",
        { class: "nothing" },
        refused.shown ?? el("p", { text: refused.message }),
        refused.status === 401 || refused.status === 403
          ? el("p", { text: "The address that memebuild printed holds the key to this page: open that one." })
          : null,
      ),
    );
    return;
  }
  if (!own) showLive();
  heading();
  onChange((what) => {
    if (what === "page") heading();
    if (what === "page" || what === "run") {
      view?.refresh(what);
      if (what === "page") refreshDetail();
    }
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    // Its address would be taken for a view's.
    event.preventDefault();
    main.focus();
  });
  main.addEventListener("remount", () => mount(readRoute()));
  onArrival(arrive);
}

function showLive() {
  const line = linkLine();
  const strip = liveStrip();
  document.querySelector(".top-tools").prepend(line.element);
  main.before(strip.element);
  onChange(() => {
    line.update();
    strip.update();
  });
  line.update();
}

function heading() {
  const { project, version } = store.page;
  document.title = `${shown(project)} – memebuild`;
  document.querySelector(".project").replaceChildren(said(project));
  document.querySelector(".version").textContent = `memebuild ${shown(version)}`;
  const now = readRoute().view;
  const names = Object.keys(VIEWS).filter((name) => offered(name));
  keepFocus(nav, () =>
    nav.replaceChildren(
      ...names.map((name) => {
        const [label, , number] = VIEWS[name];
        const amount = number?.(store.page);
        return el(
          "a",
          { href: address(name), "aria-current": name === now ? "page" : null, "data-key": name },
          label,
          amount ? el("span", { class: "count", text: count(amount) }) : null,
        );
      }),
    ),
  );
  nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/// Views that have something to show.
function offered(name) {
  const { batches, choices, comparison } = store.page;
  return (
    { grid: batches.length > 0, choices: choices.length > 0, compare: Boolean(comparison) }[name] ?? true
  );
}

function arrive(route) {
  const name = VIEWS[route.view] ? route.view : "sheet";
  const own = new URLSearchParams(route.params);
  own.delete("render");
  if (name !== shownView) mount(route);
  // A dialog over a view is no reason to draw the view anew.
  else if (own.toString() !== shownParams) view.update(route.params);
  shownParams = own.toString();
  showDetail(route.params.get("render"));
}

function mount({ view: wanted, params }) {
  const name = VIEWS[wanted] ? wanted : "sheet";
  view?.close();
  const first = shownView === null;
  shownView = name;
  main.replaceChildren();
  main.dataset.view = name;
  view = VIEWS[name][1](main);
  view.update(params);
  heading();
  if (!first) scrollTo(0, 0);
}

begin();
