// Listens to the server: what a build tells while it runs, and that there is another document. A
// connection that breaks is told, and tried again until it holds.
import { afterQuiet, announce } from "./dom.js";
import { load } from "./server.js";
import { adopt, begun, changed, emptyRun, store } from "./store.js";
import { counted } from "./text.js";

/// Waits between tries, milliseconds; the last is kept.
const WAITS = [500, 1000, 2000, 4000, 8000];
/// Events come faster than eyes: views are told this seldom, milliseconds.
const PAUSE = 120;
/// Lines of what happened that are kept.
const LINES_KEPT = 50;

/// `state`: `connecting`, `open` or `lost`; `until`: when the next try is due.
export const link = { state: "connecting", tries: 0, until: 0, refused: null, retry: () => {} };

let source = null;
let timer = 0;
let tick = 0;
let drawn = -PAUSE;

/// Connects, and fetches the document: in this order, so that no change between the two is missed.
/// Ends when the first document is there, or cannot be had.
export async function goLive() {
  connect();
  await renew();
}

async function renew() {
  const earlier = [...store.running.nodes].filter(([, node]) => node.earlier);
  const page = await load("ui/page.json");
  const { nodes } = store.running;
  // What the last build told is in the document now, and so is what one before that told which runs.
  if (!store.running.active && !page.live?.building) store.running.nodes = new Map();
  else for (const [name, node] of earlier) if (nodes.get(name) === node && node.earlier) nodes.delete(name);
  adopt(page);
}

const renewSoon = afterQuiet(200, () => renew().catch(lost));

function connect() {
  clearTimeout(timer);
  source?.close();
  source = new EventSource("ui/events");
  source.addEventListener("open", () => {
    const again = link.tries > 0;
    Object.assign(link, { state: "open", tries: 0, refused: null });
    // A build that still runs is told anew from its begin; one that died with its server is not.
    if (again) store.running = { ...emptyRun(), log: store.running.log };
    changed("link");
    if (!again) return;
    announce("Connected again.");
    renewSoon();
  });
  source.addEventListener("build", (event) => take(event.data));
  source.addEventListener("page", renewSoon);
  source.addEventListener("error", () => lost());
}

function lost(refused = null) {
  source?.close();
  clearTimeout(timer);
  const wait = WAITS[Math.min(link.tries, WAITS.length - 1)];
  if (!link.tries) announce("The connection to the server is lost.");
  Object.assign(link, { state: "lost", tries: link.tries + 1, until: Date.now() + wait, refused });
  changed("link");
  timer = setTimeout(connect, wait);
}

link.retry = connect;

function take(line) {
  let event;
  try {
    event = JSON.parse(line);
  } catch {
    // A line that was cut off where the server went down; the build is told anew on connecting.
    return;
  }
  fold(event);
  if (!tick) {
    // The first after a while is shown at once: somebody waits for it.
    const wait = Math.max(0, drawn + PAUSE - performance.now());
    tick = setTimeout(() => {
      tick = 0;
      drawn = performance.now();
      changed("run");
    }, wait);
  }
}

/// One line of the event log (contract `event`) into what is known of the running build.
function fold(event) {
  const run = store.running;
  const node = () => {
    if (!run.nodes.has(event.node))
      run.nodes.set(event.node, begun());
    return run.nodes.get(event.node);
  };
  switch (event.event) {
    case "build-started":
      store.running = { ...emptyRun(), active: true, wanted: event.nodes, nodes: made(run.nodes) };
      break;
    case "graph-grew":
      run.wanted = event.nodes;
      break;
    case "node-started":
      run.nodes.set(event.node, begun());
      break;
    case "action-started":
      node().actions.set(event.step, { frame: 0, frames: event.frames ?? 0 });
      break;
    case "action-progress": {
      const action = node().actions.get(event.step);
      if (action) action.frame = event.frame;
      break;
    }
    case "action-finished": {
      const action = node().actions.get(event.step);
      if (action) action.frame = action.frames;
      break;
    }
    case "warning":
      say("warning", event.node, event.message);
      break;
    case "node-finished":
      finish(run, node(), event);
      break;
    case "build-finished":
      run.active = false;
      run.done += event.fresh ?? 0;
      say("end", "", ending(event, run));
      announce(ending(event, run));
      break;
    default:
  }
}

/// What a build made before the next began: it is shown until the document has it.
function made(nodes) {
  const ended = [...nodes].filter(([, node]) => node.status !== "running");
  return new Map(ended.map(([name, node]) => [name, { ...node, earlier: true }]));
}

function finish(run, node, event) {
  if (node.status === "running" || node.earlier) run.done += 1;
  Object.assign(node, {
    earlier: false,
    status: event.status,
    why: event.why,
    accepted: event.accepted,
    notes: event.notes ?? [],
    outputs: event.outputs ?? {},
    files: event.files ?? [],
  });
  if (event.status === "failed") {
    run.failed += 1;
    say("failed", event.node, node.notes[0] ?? event.why);
  } else if (event.accepted === false) {
    say("reject", event.node, node.notes.join(" ") || event.why);
  } else if (event.accepted === true) {
    say("accept", event.node, "");
  }
}

function say(kind, node, text) {
  // What went well pushes out nothing that did not: of it the newest is enough.
  const kept = store.running.log.filter((line) => line.kind !== "accept" && line.kind !== "end");
  store.running.log = [{ kind, node, text }, ...kept].slice(0, LINES_KEPT);
}

function ending({ exitCode, cancelled }, run) {
  if (cancelled) return "The build was cancelled.";
  const failed = run.failed ? `, ${counted(run.failed, "node")} failed` : "";
  return exitCode === 0 ? "The build is done." : `The build is done${failed}, with exit code ${exitCode}.`;
}
