// Where the nodes of the graph stand. A layer is how far a node is from what reads nothing; in a
// layer nodes of one type stand together, in a block of rows and columns: a cluster. So the place
// of a node, and the node at a place, are found by counting.

export const NODE = { width: 168, height: 22, gapX: 14, gapY: 8 };
const STEP = { x: NODE.width + NODE.gapX, y: NODE.height + NODE.gapY };
/// Room around a cluster's nodes, and above them for its name.
const PAD = { side: 14, top: 40, bottom: 14 };
/// Between layers, and between the clusters of one.
const BETWEEN = { layers: 130, clusters: 40 };
/// What a cluster and the room around it measure on the screen at least, where all of the graph is
/// in view: pixels, so that each has its name.
const LEAST = { width: 92, height: 46, layers: 26, clusters: 12 };

/// `nodes` as in the document, dependencies first. Layers go from left to right, or where the window
/// is higher than wide from top to bottom: `upright`.
export function layoutOf(nodes, window) {
  const upright = window.height > window.width;
  const depth = depths(nodes);
  const types = nodes.map(({ name }) => name.split(":", 1)[0]);
  const clusters = clustersOf(nodes, depth, types);
  const layers = [];
  for (const cluster of clusters) (layers[cluster.layer] ??= []).push(cluster);
  orderNodes(nodes, clusters);
  // The more room the small ones take, the smaller is all of it, and the more room they need.
  let scale = 1;
  for (let round = 0; round < 5; round += 1) {
    shape(layers, upright, scale);
    const { width, height } = boundsOf(clusters);
    scale = Math.min(1, window.width / width, window.height / height);
  }
  const place = new Map();
  for (const cluster of clusters) cluster.nodes.forEach((node, index) => place.set(node, { cluster, index }));
  return { clusters, upright, bounds: boundsOf(clusters), place, links: linksOf(nodes, place) };
}

function depths(nodes) {
  const depth = new Int32Array(nodes.length);
  nodes.forEach((node, index) => {
    for (const read of node.reads ?? []) depth[index] = Math.max(depth[index], depth[read] + 1);
  });
  // What reads nothing stands beside its nearest reader rather than all at the left.
  const nearest = new Int32Array(nodes.length).fill(-1);
  nodes.forEach((node, index) => {
    for (const read of node.reads ?? []) {
      if (nearest[read] < 0 || depth[index] < nearest[read]) nearest[read] = depth[index];
    }
  });
  nodes.forEach((node, index) => {
    if (!node.reads?.length && nearest[index] > 0) depth[index] = nearest[index] - 1;
  });
  return depth;
}

function clustersOf(nodes, depth, types) {
  const found = new Map();
  nodes.forEach((_, index) => {
    const key = `${depth[index]} ${types[index]}`;
    if (!found.has(key)) found.set(key, { type: types[index], layer: depth[index], nodes: [] });
    found.get(key).nodes.push(index);
  });
  return [...found.values()].sort(
    (one, other) => one.layer - other.layer || (one.type < other.type ? -1 : 1),
  );
}

/// Nodes near the middle of what they read, so that edges cross less; ties keep their order.
function orderNodes(nodes, clusters) {
  const rank = new Float64Array(nodes.length);
  for (const cluster of clusters) {
    const wish = new Map(
      cluster.nodes.map((node, index) => {
        const reads = nodes[node].reads ?? [];
        const sum = reads.reduce((total, read) => total + rank[read], 0);
        return [node, reads.length ? sum / reads.length : index / cluster.nodes.length];
      }),
    );
    cluster.nodes.sort((one, other) => wish.get(one) - wish.get(other) || one - other);
    cluster.nodes.forEach((node, index) => {
      rank[node] = (index + 0.5) / cluster.nodes.length;
    });
  }
}

function shape(layers, upright, scale) {
  const [along, across] = upright ? ["y", "x"] : ["x", "y"];
  const [depth, breadth] = upright ? ["height", "width"] : ["width", "height"];
  for (const cluster of layers.flat()) {
    const count = cluster.nodes.length;
    // About as wide as high on the screen, and one column while that is not too long.
    cluster.columns = count <= 24 ? 1 : Math.max(1, Math.round(Math.sqrt((count * STEP.y) / STEP.x)));
    cluster.rows = Math.ceil(count / cluster.columns);
    cluster.width = Math.max(LEAST.width / scale, cluster.columns * STEP.x - NODE.gapX + 2 * PAD.side);
    cluster.height = Math.max(LEAST.height / scale, cluster.rows * STEP.y - NODE.gapY + PAD.top + PAD.bottom);
  }
  const gap = Math.max(BETWEEN.clusters, LEAST.clusters / scale);
  const broad = (layer) => layer.reduce((sum, cluster) => sum + cluster[breadth] + gap, -gap);
  const middle = Math.max(...layers.map(broad)) / 2;
  let edge = 0;
  for (const layer of layers) {
    let next = middle - broad(layer) / 2;
    const deep = Math.max(...layer.map((cluster) => cluster[depth]));
    for (const cluster of layer) {
      cluster[along] = edge + (deep - cluster[depth]) / 2;
      cluster[across] = next;
      next += cluster[breadth] + gap;
    }
    edge += deep + Math.max(BETWEEN.layers, LEAST.layers / scale);
  }
}

function boundsOf(clusters) {
  return {
    width: Math.max(0, ...clusters.map((cluster) => cluster.x + cluster.width)),
    height: Math.max(0, ...clusters.map((cluster) => cluster.y + cluster.height)),
  };
}

/// How many edges lead from cluster to cluster.
function linksOf(nodes, place) {
  const links = new Map();
  nodes.forEach((node, index) => {
    const to = place.get(index).cluster;
    for (const read of node.reads ?? []) {
      const from = place.get(read).cluster;
      if (!links.has(from)) links.set(from, new Map());
      const of = links.get(from);
      of.set(to, (of.get(to) ?? 0) + 1);
    }
  });
  return [...links].flatMap(([from, of]) => [...of].map(([to, edges]) => ({ from, to, edges })));
}

/// The top left corner of the node that is the `index`th of its cluster.
export function cornerOf({ cluster, index }) {
  return {
    x: cluster.x + PAD.side + Math.floor(index / cluster.rows) * STEP.x,
    y: cluster.y + PAD.top + (index % cluster.rows) * STEP.y,
  };
}

/// The cluster and the node at a place, where there are any.
export function at(layout, x, y) {
  const cluster = layout.clusters.find(
    (one) => x >= one.x && x <= one.x + one.width && y >= one.y && y <= one.y + one.height,
  );
  if (!cluster) return {};
  const [dx, dy] = [x - cluster.x - PAD.side, y - cluster.y - PAD.top];
  const [column, row] = [Math.floor(dx / STEP.x), Math.floor(dy / STEP.y)];
  const inside =
    dx >= 0 &&
    dy >= 0 &&
    row < cluster.rows &&
    column < cluster.columns &&
    dx - column * STEP.x <= NODE.width &&
    dy - row * STEP.y <= NODE.height;
  return { cluster, node: inside ? cluster.nodes[column * cluster.rows + row] : undefined };
}

/// The columns and rows of a cluster that lie in a window.
export function partInView(cluster, view) {
  const column = (x) => Math.floor((x - cluster.x - PAD.side) / STEP.x);
  const row = (y) => Math.floor((y - cluster.y - PAD.top) / STEP.y);
  return {
    columns: [Math.max(0, column(view.left)), Math.min(cluster.columns - 1, column(view.right))],
    rows: [Math.max(0, row(view.top)), Math.min(cluster.rows - 1, row(view.bottom))],
  };
}
