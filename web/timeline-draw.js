// Draws the lanes of the time line. Bars narrower than a pixel are joined, so that ten thousand are
// drawn as fast as those that can be told apart.
import { shown } from "./text.js";

export const LANE = { left: 68, top: 30, height: 26, gap: 6 };

/// The slot at a height; -1: the lane of the critical path; none between lanes.
export function laneAt(y) {
  const place = (y - LANE.top) / (LANE.height + LANE.gap);
  return place < 0 || (place % 1) * (LANE.height + LANE.gap) > LANE.height ? null : Math.floor(place) - 1;
}

function topOf(lane) {
  return LANE.top + (lane + 1) * (LANE.height + LANE.gap);
}

export function drawTimeline(context, size, { bars, lanes, critical, view, chosen, names }, paint) {
  const scale = (size.width - LANE.left) / (view.until - view.from);
  const x = (ms) => LANE.left + (ms - view.from) * scale;
  context.textBaseline = "middle";
  drawTicks(context, size, view, x, paint);
  context.font = `12px ${paint.font}`;
  for (let lane = -1; lane < lanes; lane += 1) {
    context.fillStyle = paint.soft;
    context.fillText(lane < 0 ? "critical" : `slot ${lane + 1}`, 6, topOf(lane) + LANE.height / 2);
  }
  context.save();
  context.beginPath();
  context.rect(LANE.left, 0, size.width - LANE.left, size.height);
  context.clip();
  const ends = new Map();
  const draw = (bar, index, lane) => {
    if (bar.untilMs < view.from || bar.fromMs > view.until) return;
    const from = x(bar.fromMs);
    const until = Math.max(x(bar.untilMs), from + 1);
    if (until <= (ends.get(lane) ?? -1) && bar.ok && index !== chosen) return;
    ends.set(lane, until);
    drawBar(
      context,
      bar,
      { from, until, top: topOf(lane), isChosen: index === chosen, isCritical: critical.has(bar.node) },
      names,
      paint,
    );
  };
  bars.forEach((bar, index) => {
    if (critical.has(bar.node)) draw(bar, index, -1);
    draw(bar, index, bar.slot);
  });
  context.restore();
}

function drawBar(context, bar, { from, until, top, isChosen, isCritical }, names, paint) {
  const width = until - from;
  const gap = width > 4 ? 1 : 0;
  context.fillStyle = bar.ok ? paint.ran : paint.failed;
  context.globalAlpha = isCritical ? 1 : 0.75;
  context.fillRect(from, top, width - gap, LANE.height);
  context.globalAlpha = 1;
  if (!bar.ok && width > 6) hatch(context, from, top, width - gap, paint);
  if (isCritical) {
    context.fillStyle = paint.critical;
    context.fillRect(from, top + LANE.height - 3, width - gap, 3);
  }
  if (isChosen) {
    context.strokeStyle = paint.accent;
    context.lineWidth = 2.5;
    context.strokeRect(from - 1, top - 1, Math.max(3, width + 1), LANE.height + 2);
  }
  if (width < 46) return;
  context.save();
  context.beginPath();
  context.rect(from, top, width - 4, LANE.height);
  context.clip();
  context.fillStyle = paint.ink;
  context.fillText(
    shown(names[bar.node].name).replaceAll("\n", " ").slice(0, 120),
    from + 6,
    top + LANE.height / 2,
  );
  context.restore();
}

/// What failed is hatched, for those to whom its colour says nothing.
function hatch(context, left, top, width, paint) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, LANE.height);
  context.clip();
  context.strokeStyle = paint.sheet;
  context.lineWidth = 1.5;
  context.beginPath();
  for (let x = left - LANE.height; x < left + width; x += 7) {
    context.moveTo(x, top + LANE.height);
    context.lineTo(x + LANE.height, top);
  }
  context.stroke();
  context.restore();
}

function drawTicks(context, size, view, x, paint) {
  const span = view.until - view.from;
  const rough = (span * 90) / Math.max(90, size.width);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  context.font = `11px ${paint.font}`;
  context.lineWidth = 1;
  for (let ms = Math.ceil(view.from / step) * step; ms <= view.until; ms += step) {
    const at = Math.round(x(ms)) + 0.5;
    context.strokeStyle = paint.line;
    context.beginPath();
    context.moveTo(at, LANE.top - 8);
    context.lineTo(at, size.height);
    context.stroke();
    context.fillStyle = paint.soft;
    context.fillText(
      step >= 1000 ? `${ms / 1000} s` : step >= 1 ? `${Math.round(ms)} ms` : "",
      at + 4,
      LANE.top - 16,
    );
  }
}
