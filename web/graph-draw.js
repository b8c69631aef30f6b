// Draws the graph at any scale: far away clusters with counts, nearer single nodes as bars, near by
// their names and marks. Only what is in view is drawn.
import { NODE, cornerOf, partInView } from "./graph-layout.js";
import { drawTitles } from "./graph-titles.js";
import { drawMark } from "./marks.js";
import { shown } from "./text.js";

/// Below this scale nodes are one with their cluster; from this one on they have names.
export const APART = 0.16;
const NAMED = 0.52;
/// More edges than this are not drawn one by one.
const MOST_EDGES = 1500;

/// `camera`: x and y of the graph at the window's corner, and the scale `k`. `state`: `status(node)`,
/// `focus` (the node that is spoken of), `reads` and `readers` (its neighbours), `critical`.
export function drawGraph(context, size, layout, nodes, camera, state, paint) {
  const { x, y, k } = camera;
  const view = { left: x, top: y, right: x + size.width / k, bottom: y + size.height / k };
  const seen = layout.clusters.filter(
    (one) =>
      one.x < view.right &&
      one.x + one.width > view.left &&
      one.y < view.bottom &&
      one.y + one.height > view.top,
  );
  const near = k >= APART;
  context.save();
  context.scale(k, k);
  context.translate(-x, -y);
  drawLinks(context, layout, k, paint, state.focus !== null);
  // Far away it goes from cluster to cluster, behind what they say.
  if (!near) drawCritical(context, layout, state.critical, k, paint);
  for (const cluster of seen) drawFrame(context, cluster, k, paint);
  if (near) {
    if (state.focus === null && k >= NAMED) drawManyEdges(context, layout, nodes, seen, view, k, paint);
    for (const cluster of seen) drawNodes(context, cluster, nodes, view, k, state, paint);
  }
  if (near) drawCritical(context, layout, state.critical, k, paint);
  if (state.focus !== null) drawFocus(context, layout, nodes, state, k, paint);
  context.restore();
  drawTitles(context, seen, camera, near, state, paint);
}

/// Edges from cluster to cluster, the broader the more there are.
function drawLinks(context, layout, k, paint, faint) {
  context.strokeStyle = paint.line;
  context.globalAlpha = faint ? 0.5 : 1;
  for (const { from, to, edges } of layout.links) {
    context.lineWidth = (1 + 2.2 * Math.log10(edges + 1)) / k;
    context.beginPath();
    join(context, from, to, layout.upright);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/// A bent line from box to box, in the direction of the layers.
function join(context, from, to, upright) {
  if (upright) {
    const [x, y, toX, toY] = [from.x + from.width / 2, from.y + from.height, to.x + to.width / 2, to.y];
    const bend = Math.max(30, Math.abs(toY - y) * 0.45);
    context.moveTo(x, y);
    context.bezierCurveTo(x, y + bend, toX, toY - bend, toX, toY);
  } else {
    const [x, y, toX, toY] = [from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2];
    const bend = Math.max(40, Math.abs(toX - x) * 0.45);
    context.moveTo(x, y);
    context.bezierCurveTo(x + bend, y, toX - bend, toY, toX, toY);
  }
}

function drawFrame(context, cluster, k, paint) {
  context.fillStyle = paint.sheet;
  context.strokeStyle = paint.line;
  context.lineWidth = 1 / k;
  context.beginPath();
  context.roundRect(
    cluster.x,
    cluster.y,
    cluster.width,
    cluster.height,
    Math.min(10, 8 / k, cluster.height / 3),
  );
  context.fill();
  context.stroke();
}

function drawManyEdges(context, layout, nodes, seen, view, k, paint) {
  const edges = [];
  for (const cluster of seen) {
    for (const node of visibleNodes(cluster, view)) {
      for (const read of nodes[node].reads ?? []) edges.push([read, node]);
      if (edges.length > MOST_EDGES) return;
    }
  }
  context.strokeStyle = paint.faint;
  context.globalAlpha = 0.45;
  context.lineWidth = Math.max(0.8, 0.8 / k);
  context.beginPath();
  for (const [from, to] of edges) edge(context, layout, from, to);
  context.stroke();
  context.globalAlpha = 1;
}

function edge(context, layout, from, to) {
  const box = (node) => ({ ...NODE, ...cornerOf(layout.place.get(node)) });
  join(context, box(from), box(to), layout.upright);
}

function* visibleNodes(cluster, view) {
  const { columns, rows } = partInView(cluster, view);
  for (let column = columns[0]; column <= columns[1]; column += 1) {
    for (let row = rows[0]; row <= rows[1]; row += 1) {
      const node = cluster.nodes[column * cluster.rows + row];
      if (node !== undefined) yield node;
    }
  }
}

function drawNodes(context, cluster, nodes, view, k, state, paint) {
  const byStatus = new Map();
  for (const node of visibleNodes(cluster, view)) {
    const status = state.status(node);
    if (!byStatus.has(status)) byStatus.set(status, []);
    byStatus.get(status).push(node);
  }
  for (const [status, some] of byStatus) {
    if (k < NAMED) drawBars(context, some, status, state, paint);
    else drawNamed(context, some, status, nodes, state, k, paint);
  }
}

/// Plain bars: the shape of each tells its status where the colour does not.
function drawBars(context, some, status, state, paint) {
  context.fillStyle = paint[status];
  context.globalAlpha = state.focus === null ? 1 : 0.25;
  for (const node of some) {
    const { x, y } = state.corner(node);
    if (status === "fresh" || status === "skipped")
      context.fillRect(x, y + NODE.height / 2 - 3, NODE.width, 6);
    else if (status === "cutoff") {
      context.fillRect(x, y + 3, NODE.width * 0.44, NODE.height - 6);
      context.fillRect(x + NODE.width * 0.56, y + 3, NODE.width * 0.44, NODE.height - 6);
    } else if (status === "hit") context.fillRect(x, y + 5, NODE.width, NODE.height - 10);
    else context.fillRect(x, y, NODE.width, NODE.height);
  }
  context.globalAlpha = 1;
}

function drawNamed(context, some, status, nodes, state, k, paint) {
  context.font = `12px ${paint.font}`;
  context.textBaseline = "middle";
  context.globalAlpha = state.focus === null ? 1 : 0.35;
  for (const node of some) drawNode(context, node, status, nodes, state, k, paint);
  context.globalAlpha = 1;
}

const DASHES = { cutoff: [5, 3], waiting: [2, 2], skipped: [1, 3] };

function drawNode(context, node, status, nodes, state, k, paint) {
  const { x, y } = state.corner(node);
  context.fillStyle = paint.paper;
  context.strokeStyle = paint[status];
  context.lineWidth = Math.max(status === "failed" || status === "running" ? 2.2 : 1.2, 0.8 / k);
  context.setLineDash(DASHES[status] ?? []);
  context.beginPath();
  context.roundRect(x, y, NODE.width, NODE.height, 5);
  context.fill();
  context.stroke();
  context.setLineDash([]);
  drawMark(context, status, x + 12, y + NODE.height / 2, 12, paint[status]);
  context.fillStyle = paint.ink;
  context.fillText(label(context, nodes[node].name), x + 22, y + NODE.height / 2 + 1);
}

const labels = new Map();

/// The name without its type, as much of it as there is room for; its end tells the most.
function label(context, name) {
  if (!labels.has(name)) {
    const text = shown(name.slice(name.indexOf(":") + 1)).replaceAll("\n", " ");
    labels.set(name, fitted(context, text.length > 80 ? `…${text.slice(-80)}` : text, NODE.width - 28));
  }
  return labels.get(name);
}

function fitted(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let [least, most] = [0, text.length];
  const cut = (keep) =>
    `${text.slice(0, Math.ceil(keep / 2))}…${text.slice(text.length - Math.floor(keep / 2))}`;
  while (least < most) {
    const keep = Math.ceil((least + most) / 2);
    if (context.measureText(cut(keep)).width <= width) least = keep;
    else most = keep - 1;
  }
  return cut(least);
}

function drawCritical(context, layout, critical, k, paint) {
  if (critical.length < 2) return;
  context.strokeStyle = paint.critical;
  context.lineWidth = Math.max(2, 2.5 / k);
  context.beginPath();
  for (let index = 1; index < critical.length; index += 1)
    edge(context, layout, critical[index - 1], critical[index]);
  context.stroke();
}

/// The node that is spoken of, its neighbours, and the edges between them.
function drawFocus(context, layout, nodes, state, k, paint) {
  const { focus, reads, readers } = state;
  context.strokeStyle = paint.accent;
  context.lineWidth = Math.max(1.4, 1.6 / k);
  context.beginPath();
  for (const read of reads.slice(0, MOST_EDGES)) edge(context, layout, read, focus);
  for (const reader of readers.slice(0, MOST_EDGES)) edge(context, layout, focus, reader);
  context.stroke();
  context.font = `12px ${paint.font}`;
  context.textBaseline = "middle";
  for (const node of [...reads.slice(0, MOST_EDGES), ...readers.slice(0, MOST_EDGES), focus]) {
    if (k >= NAMED) drawNode(context, node, state.status(node), nodes, state, k, paint);
    else drawBars(context, [node], state.status(node), { ...state, focus: null }, paint);
  }
  const { x, y } = state.corner(focus);
  context.lineWidth = Math.max(2.5, 3 / k);
  context.strokeStyle = paint.accent;
  context.beginPath();
  context.roundRect(x - 3, y - 3, NODE.width + 6, NODE.height + 6, 7);
  context.stroke();
}
