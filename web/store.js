// The document that the page shows (contract `report-page`), what is looked up in it, and what a
// running build adds to it. Views read; only `live.js` and `review.js` write.

const listeners = new Set();

/// `page`: the document. `running`: what the build that runs now has told, by node.
export const store = {
  page: null,
  renderAt: new Map(),
  nodeAt: new Map(),
  readers: [],
  running: emptyRun(),
};

/// A build that has told nothing yet.
export function emptyRun() {
  return { active: false, wanted: 0, done: 0, failed: 0, nodes: new Map(), log: [] };
}

/// A node that began.
export function begun() {
  return { status: "running", actions: new Map(), files: [], notes: [] };
}

export function adopt(page) {
  store.page = page;
  store.renderAt = new Map(page.renders.map((render, index) => [render.name, index]));
  store.nodeAt = new Map(page.graph.nodes.map((node, index) => [node.name, index]));
  store.readers = page.graph.nodes.map(() => []);
  page.graph.nodes.forEach((node, index) => {
    for (const read of node.reads ?? []) store.readers[read].push(index);
  });
  changed("page");
}

/// The document that stands in the page itself; none where a server has it.
export function ownDocument() {
  const script = document.getElementById("report-page");
  return script ? JSON.parse(script.textContent) : null;
}

/// Hears of changes: `page` (another document), `run` (the build went on).
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function changed(what) {
  for (const listener of [...listeners]) listener(what);
}

/// The name of the render that a node makes or judges.
export function renderOf(node) {
  return node.replace(/^(render|critic):/, "");
}

/// How a node stands: the running build's word first.
export function statusOf(name, otherwise) {
  return store.running.nodes.get(name)?.status ?? otherwise;
}

/// A render with what the running build says of it. Its name holds its profile.
export function renderNow(render) {
  const made = store.running.nodes.get(`render:${render.name}`);
  const judged = store.running.nodes.get(`critic:${render.name}`);
  if (!made && !judged) return render;
  const now = { ...render };
  const ends = [made, judged].filter(Boolean);
  now.status = ends.some((node) => node.status === "running")
    ? "running"
    : (ends.map((node) => node.status).sort(graver)[0] ?? render.status);
  if (made?.status === "running") now.progress = progressOf(made);
  if (judged?.accepted !== undefined) {
    now.decision = judged.accepted ? "accept" : "reject";
    if (!judged.accepted) now.rejectedFor = judged.notes;
    // What was published is shown at once, before the document says so.
    now.poster = judged.files.find((path) => path.endsWith(".jpg")) ?? now.poster;
    now.preview = judged.files.find((path) => path.endsWith(".preview.webp")) ?? now.preview;
    now.waveform = judged.files.find((path) => path.endsWith(".waveform.png")) ?? now.waveform;
    now.film = judged.files.find((path) => /\.(mp4|webm|gif)$/.test(path)) ?? now.film;
    now.stamp = made?.outputs?.film?.slice(0, 8) ?? now.stamp;
  }
  return now;
}

const GRAVITY = ["failed", "skipped", "waiting", "ran", "cutoff", "hit", "fresh"];

function graver(one, other) {
  return GRAVITY.indexOf(one) - GRAVITY.indexOf(other);
}

/// Thousandths of the frames that are known of; none where nobody knows.
export function progressOf(node) {
  let done = 0;
  let all = 0;
  for (const action of node.actions.values()) {
    done += Math.min(action.frame, action.frames);
    all += action.frames;
  }
  return all ? Math.round((1000 * done) / all) : null;
}

/// Where a path of the document leads. Each part is escaped, so that no name can be an address of
/// another kind; a picture may stand in the document itself. What a server has under a path may be another
/// film by now: `stamp` tells them apart.
export function fileUrl(path, stamp = null) {
  if (/^data:image\/(png|jpeg|webp|gif|avif);base64,/.test(path)) return path;
  const address = store.page.root + path.split("/").map(encodeURIComponent).join("/");
  return store.page.live && stamp ? `${address}?v=${encodeURIComponent(stamp)}` : address;
}

/// Whether a file of that path moves: by its ending, since the page may not look inside.
export function filmKind(path) {
  if (/\.(gif|webp|apng|png|jpe?g|avif)$/i.test(path)) return "picture";
  return /\.(ogg|oga|opus|mp3|wav|flac|m4a|aac)$/i.test(path) ? "sound" : "film";
}
