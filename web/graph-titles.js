// What a cluster of the graph says of itself: its type, how many it has, how they stand.
import { STATUSES, drawMark } from "./marks.js";
import { count, shown } from "./text.js";

/// From this scale on a cluster's name has room above its nodes.
const ROOMY = 0.42;
/// As shares are laid side by side, what wants a look first.
const ORDER = ["running", "failed", "waiting", "skipped", "ran", "cutoff", "hit", "fresh"];

/// Names of clusters, always as large on the screen; far away with how their nodes stand.
export function drawTitles(context, seen, { x, y, k }, near, state, paint) {
  context.textBaseline = "alphabetic";
  for (const cluster of seen) {
    const box = {
      left: (cluster.x - x) * k,
      top: (cluster.y - y) * k,
      width: cluster.width * k,
      height: cluster.height * k,
    };
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    if (near) drawTitle(context, cluster, box, Math.min(15, Math.max(11, 16 * k)), k < ROOMY, paint);
    else {
      const base = drawTitle(context, cluster, box, 14, false, paint);
      const inset = Math.min(10, box.width * 0.06);
      drawShares(
        context,
        cluster,
        { left: box.left + inset, top: base + 8, width: box.width - 2 * inset, bottom: box.top + box.height },
        state,
        paint,
      );
    }
    context.restore();
  }
}

/// The name and how many; smaller where there is little room, on a ground of its own where it lies
/// over nodes. Gives the height of its line.
function drawTitle(context, cluster, box, wish, over, paint) {
  const [name, number] = [shown(cluster.type), count(cluster.nodes.length)];
  const inset = Math.min(10, box.width * 0.06);
  const measure = (size) => {
    context.font = `600 ${size}px ${paint.font}`;
    return context.measureText(`${name}  ${number}`).width;
  };
  let size = wish;
  while (size > 9 && measure(size) > box.width - 2 * inset) size -= 1;
  const wide = measure(size);
  const both = wide <= box.width - inset;
  const base = box.top + size + Math.min(6, inset);
  if (over) {
    context.fillStyle = paint.sheet;
    context.fillRect(box.left + 1, box.top + 1, wide + 2 * inset, size + 10);
  }
  context.fillStyle = paint.ink;
  context.fillText(name, box.left + inset, base);
  if (!both) return base;
  const after = box.left + inset + context.measureText(`${name} `).width + 2;
  context.font = `${size}px ${paint.font}`;
  context.fillStyle = paint.soft;
  context.fillText(number, after, base);
  return base;
}

/// A bar of how the nodes of a cluster stand, and a line for each with its mark, where there is room.
function drawShares(context, cluster, { left, top, width, bottom }, state, paint) {
  const counts = state.counts(cluster);
  const shares = ORDER.filter((status) => counts.get(status));
  if (bottom - top < 8) return;
  let x = left;
  for (const status of shares) {
    const share = (width * counts.get(status)) / cluster.nodes.length;
    context.fillStyle = paint[status];
    context.fillRect(x, top, Math.max(1, share - 1), 5);
    x += share;
  }
  let line = top + 22;
  context.font = `12px ${paint.font}`;
  for (const status of shares) {
    if (line + 4 > bottom || width < 60) return;
    drawMark(context, status, left + 6, line - 4, 11, paint[status]);
    context.fillStyle = paint.soft;
    context.fillText(`${count(counts.get(status))} ${status}`, left + 18, line);
    line += 18;
  }
}

/// Shares of a cluster, counted anew only when something changed.
export function countStatuses(cluster, status) {
  const counts = new Map([...STATUSES, "running"].map((one) => [one, 0]));
  for (const node of cluster.nodes) counts.set(status(node), counts.get(status(node)) + 1);
  return counts;
}
