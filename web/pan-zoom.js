// Wheel, drag and pinch on a canvas, told as moves and zooms in its own pixels.

/// Further than this is a drag and not a click, pixels.
const STILL = 5;

/// Calls `pan(dx, dy)`, `zoom(factor, x, y)`, `tap(x, y)`, `hover(x, y)` and `leave()`.
export function panZoom(canvas, { pan, zoom, tap, hover, leave }) {
  const pointers = new Map();
  let moved = 0;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    if (!pointers.size) moved = 0;
    pointers.set(event.pointerId, place(event));
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      hover(now.x, now.y);
      return;
    }
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    pointers.set(event.pointerId, now);
    if (other) {
      const distance = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
      pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      zoom(distance(now) / distance(before), (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else if (moved > STILL) {
      canvas.classList.add("is-dragged");
      pan(now.x - before.x, now.y - before.y);
    }
  });

  const up = (event) => {
    const had = pointers.delete(event.pointerId);
    canvas.classList.remove("is-dragged");
    if (had && event.type === "pointerup" && moved <= STILL && !pointers.size) {
      const { x, y } = place(event);
      tap(x, y);
    }
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => leave());

  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { x, y } = place(event);
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
      if (event.shiftKey) pan(-(event.deltaX || event.deltaY) * lines, 0);
      // A pinch on a touchpad comes as small steps with the control key.
      else zoom(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), x, y);
    },
    { passive: false },
  );
}

/// Makes a canvas as sharp as the screen and as large as its box. The context that is drawn on
/// measures in the page's pixels.
export function sizeCanvas(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = Math.min(2, devicePixelRatio || 1);
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}
