// The graph: a canvas to walk in, a search that jumps to a node, and beside it what the chosen node
// reads and who reads it, as lists that need no canvas.
import { announce, button, el, perFrame } from "./dom.js";
import { APART, drawGraph } from "./graph-draw.js";
import { NODE, at, cornerOf, layoutOf } from "./graph-layout.js";
import { graphPanel } from "./graph-panel.js";
import { countStatuses } from "./graph-titles.js";
import { STATUSES, STATUS_WORD, legend, paints } from "./marks.js";
import { nodeSearch } from "./node-search.js";
import { panZoom, sizeCanvas } from "./pan-zoom.js";
import { change, readRoute } from "./route.js";
import { statusOf, store } from "./store.js";
import { count, counted, shown } from "./text.js";

const SCALES = { least: 0.004, most: 2.5 };
/// Room around the graph where all of it is in view, pixels.
const EDGE = 18;

export function graphView(root) {
  const canvas = el("canvas", {
    class: "graph",
    tabindex: "0",
    role: "application",
    "aria-label": "Graph of the build",
    "aria-describedby": "graph-help",
  });
  const panel = graphPanel((node) => choose(node));
  const search = nodeSearch((node) => choose(node));
  const tally = el("p", { class: "tally" });
  const tools = el(
    "div",
    { class: "tools", role: "group", "aria-label": "Zoom" },
    button("+", () => zoomBy(1.5), { class: "icon", "aria-label": "Nearer" }),
    button("−", () => zoomBy(1 / 1.5), { class: "icon", "aria-label": "Further away" }),
    button("Fit", () => fit(), { class: "plain" }),
  );
  const key = el(
    "details",
    { class: "key" },
    el("summary", { text: "Legend" }),
    legend([...STATUSES, "running"]),
    el(
      "p",
      {},
      el("span", { class: "critical-line", "aria-hidden": "true" }),
      "critical path: what the build’s length hung on",
    ),
  );
  const help = el("p", {
    id: "graph-help",
    class: "hint",
    text: "Drag to move, wheel or pinch to zoom. With the graph focused: arrows walk from node to node, Shift and arrows move, + − 0 zoom, Escape lets go.",
  });
  root.append(
    el("h1", { class: "hidden", text: "Graph" }),
    el("div", { class: "graph-bar" }, search.field, tally, key),
    el(
      "div",
      { class: "graph-body" },
      el("div", { class: "graph-stage" }, canvas, tools, help),
      panel.element,
    ),
  );

  let layout = null;
  let camera = { x: 0, y: 0, k: 1 };
  let chosen = null;
  let hovered = null;
  let paint = paints();
  let shares = new Map();
  let moved = false;

  const statuses = (node) => statusOf(store.page.graph.nodes[node].name, store.page.graph.nodes[node].status);
  const state = () => {
    const focus = hovered ?? chosen;
    return {
      focus,
      critical: store.page.graph.critical,
      status: statuses,
      reads: focus === null ? [] : (store.page.graph.nodes[focus].reads ?? []),
      readers: focus === null ? [] : store.readers[focus],
      corner: (node) => cornerOf(layout.place.get(node)),
      counts(cluster) {
        if (!shares.has(cluster)) shares.set(cluster, countStatuses(cluster, statuses));
        return shares.get(cluster);
      },
    };
  };

  const draw = perFrame(() => {
    if (!canvas.isConnected) return;
    const { context, ...size } = sizeCanvas(canvas);
    drawGraph(context, size, layout, store.page.graph.nodes, camera, state(), paint);
  });

  function arrange() {
    layout = layoutOf(store.page.graph.nodes, {
      width: canvas.clientWidth - 2 * EDGE,
      height: canvas.clientHeight - 2 * EDGE,
    });
    shares = new Map();
  }

  function fit() {
    const { width, height } = layout.bounds;
    const k =
      Math.min(1.2, (canvas.clientWidth - 2 * EDGE) / width, (canvas.clientHeight - 2 * EDGE) / height) || 1;
    camera = { k, x: width / 2 - canvas.clientWidth / 2 / k, y: height / 2 - canvas.clientHeight / 2 / k };
    moved = false;
    draw();
  }

  function zoomAt(factor, x, y) {
    const k = Math.min(SCALES.most, Math.max(SCALES.least, camera.k * factor));
    camera = { k, x: camera.x + x / camera.k - x / k, y: camera.y + y / camera.k - y / k };
    moved = true;
    draw();
  }

  const zoomBy = (factor) => zoomAt(factor, canvas.clientWidth / 2, canvas.clientHeight / 2);

  function pan(dx, dy) {
    camera = { ...camera, x: camera.x - dx / camera.k, y: camera.y - dy / camera.k };
    moved = true;
    draw();
  }

  function under(x, y) {
    return at(layout, camera.x + x / camera.k, camera.y + y / camera.k);
  }

  /// Goes to a node by the address, so that going back comes back.
  function choose(node) {
    change({ node: node === null ? null : store.page.graph.nodes[node].name }, node === null);
  }

  function bring(node) {
    const corner = cornerOf(layout.place.get(node));
    const [x, y] = [(corner.x - camera.x) * camera.k, (corner.y - camera.y) * camera.k];
    const inside =
      x > 20 && y > 20 && x < canvas.clientWidth - NODE.width * camera.k && y < canvas.clientHeight - 40;
    if (inside && camera.k >= 0.5) return;
    const k = Math.max(camera.k, 0.9);
    camera = {
      k,
      x: corner.x + NODE.width / 2 - canvas.clientWidth / 2 / k,
      y: corner.y - canvas.clientHeight / 2 / k,
    };
    moved = true;
  }

  panZoom(canvas, {
    pan,
    zoom: zoomAt,
    tap(x, y) {
      canvas.focus({ preventScroll: true });
      const { cluster, node } = under(x, y);
      if (camera.k < APART && cluster) zoomAt(0.3 / camera.k, x, y);
      else choose(node ?? null);
    },
    hover(x, y) {
      const node = camera.k < APART ? undefined : under(x, y).node;
      canvas.classList.toggle("is-over", node !== undefined);
      if ((node ?? null) === hovered) return;
      hovered = node ?? null;
      canvas.title = node === undefined ? "" : shown(store.page.graph.nodes[node].name).slice(0, 300);
      draw();
    },
    leave() {
      hovered = null;
      draw();
    },
  });

  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 80;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const zooms = {
      "+": () => zoomBy(1.3),
      "=": () => zoomBy(1.3),
      "-": () => zoomBy(1 / 1.3),
      0: fit,
      Escape: () => choose(null),
    };
    if (event.key in zooms) zooms[event.key]();
    else if (event.key === "Enter" && chosen !== null) panel.focus();
    else if (event.key in moves && event.shiftKey) pan(...moves[event.key]);
    else if (event.key in moves) walk(event.key);
    else return;
    event.preventDefault();
  });

  /// Left to what it reads, right to who reads it, up and down among its like.
  function walk(where) {
    const nodes = store.page.graph.nodes;
    if (!nodes.length) return;
    let to = chosen ?? layout.clusters[0].nodes[0];
    if (chosen !== null) {
      const { cluster, index } = layout.place.get(chosen);
      to = {
        ArrowLeft: nodes[chosen].reads?.[0],
        ArrowRight: store.readers[chosen][0],
        ArrowUp: cluster.nodes[index - 1],
        ArrowDown: cluster.nodes[index + 1],
      }[where];
    }
    if (to === undefined) return announce("Nothing lies that way.");
    choose(to);
    announce(`${shown(nodes[to].name)}, ${STATUS_WORD[statuses(to)]}`);
  }

  function update(params) {
    const node = store.nodeAt.get(params.get("node") ?? "");
    chosen = node ?? null;
    if (chosen !== null) bring(chosen);
    panel.show(chosen);
    draw();
  }

  function tell() {
    const { nodes, critical } = store.page.graph;
    tally.textContent = `${counted(nodes.length, "node")}, ${count(layout.clusters.length)} clusters${critical.length ? `, critical path of ${counted(critical.length, "node")}` : ""}`;
  }

  const resized = new ResizeObserver(() => {
    if (moved) return draw();
    arrange();
    fit();
  });
  resized.observe(canvas);
  const themed = () => {
    paint = paints();
    draw();
  };
  addEventListener("themechange", themed);
  arrange();
  tell();

  return {
    update,
    refresh(what) {
      shares = new Map();
      if (what === "page") {
        arrange();
        tell();
        update(readRoute().params);
        if (!moved) fit();
      } else {
        panel.show(chosen);
        draw();
      }
    },
    close() {
      resized.disconnect();
      removeEventListener("themechange", themed);
    },
  };
}
