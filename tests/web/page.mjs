// The page in a browser: put together as `memebuild report` does it, or served live by a server that
// is here for tests alone.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("../../web/", import.meta.url));
const PACKAGES =
  process.env.MEMEBUILD_PAGE_PACKAGES ??
  fileURLToPath(new URL("../../target/test-servers/page/", import.meta.url));
const CHROMIUM = process.env.MEMEBUILD_CHROMIUM ?? "/usr/bin/chromium";
const required = createRequire(join(PACKAGES, "package.json"));

export const AXE = required.resolve("axe-core/axe.min.js");

/// What the static page may do: nothing that is not in it or beside it.
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: file: 'self'; media-src file: 'self'; base-uri 'none'; form-action 'none'";

/// All modules as one, in the order of `modules.txt`, and the names that they take.
export function bundled() {
  const names = readFileSync(join(WEB, "modules.txt"), "utf8").split("\n").filter(Boolean);
  const known = new Map();
  const text = names
    .map((name) => {
      const lines = readFileSync(join(WEB, name), "utf8").split("\n");
      return lines
        .filter((line) => !/^import .* from "\.\/[a-z-]+\.js";$/.test(line))
        .map((line) => {
          const bare = line.replace(/^export /, "");
          const declared = /^(?:async )?(?:function\*?|const|let|class) ([\w$]+)/.exec(bare)?.[1];
          if (declared && known.has(declared))
            throw new Error(`${declared} is in ${known.get(declared)} and in ${name}`);
          if (declared) known.set(declared, name);
          return bare;
        })
        .join("\n");
    })
    .join("\n");
  return [text, [...known.keys()]];
}

/// The page as one file.
export function assembled(page) {
  const put = (text, mark, by) => {
    if (!text.includes(mark)) throw new Error(`index.html has no ${mark}`);
    return text.replace(mark, () => by);
  };
  const json = JSON.stringify(page).replaceAll("<", "\\u003c");
  let html = readFileSync(join(WEB, "index.html"), "utf8");
  html = put(
    html,
    '<meta charset="utf-8">',
    `<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
  );
  html = put(
    html,
    '<link rel="stylesheet" href="page.css">',
    `<style>\n${readFileSync(join(WEB, "page.css"), "utf8")}</style>`,
  );
  return put(
    html,
    '<script type="module" src="main.js"></script>',
    `<script type="application/json" id="report-page">${json}</script>\n<script type="module">\n${bundled()[0]}</script>`,
  );
}

/// A folder with a film of two seconds and some posters, made by ffmpeg; gone with `remove`.
function mediaFolder() {
  const folder = mkdtempSync(join(tmpdir(), "memebuild-page-"));
  const ffmpeg = (...args) => execFileSync("ffmpeg", ["-v", "error", "-y", ...args], { cwd: folder });
  ffmpeg(
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=270x480:r=25:d=2",
    "-f",
    "lavfi",
    "-i",
    "sine=440:d=2",
    "-c:v",
    "libx264",
    "-pix_fmt",
    "yuv420p",
    "-g",
    "10",
    "-c:a",
    "aac",
    "-shortest",
    "-movflags",
    "+faststart",
    "film.mp4",
  );
  ffmpeg("-f", "lavfi", "-i", "gradients=s=135x240:d=1:r=8:seed=3", "-frames:v", "8", "poster-%d.jpg");
  return {
    folder,
    poster: (index) => `poster-${1 + (index % 8)}.jpg`,
    film: () => "film.mp4",
    write: (name, text) => {
      writeFileSync(join(folder, name), text);
      return new URL(`file://${join(folder, name)}`).href;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/// A browser with a folder of its own, without the network's services.
export async function browser() {
  const { chromium } = required("playwright-core");
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--autoplay-policy=no-user-gesture-required",
    ],
  });
}

/// A browser and a folder of media for the tests of a file, from before the first to after the last;
/// `ready` is given both.
export function stage(ready) {
  const own = {};
  before(async () => {
    own.chromium = await browser();
    own.media = mediaFolder();
    await ready(own);
  });
  after(async () => {
    await own.chromium?.close();
    own.media?.remove();
  });
}

/// Waits until the page says so of its connection.
export function says(page, text) {
  return page.waitForFunction((want) => document.querySelector(".link-text")?.textContent.includes(want), text);
}

/// Waits until the page shows that view.
export function shows(page, view) {
  return page.waitForFunction((name) => document.querySelector("main").dataset.view === name, view);
}

/// Opens an address; what the page complains of is collected in `complaints`.
export async function opened(from, url, { width = 1280, height = 800, ...rest } = {}) {
  const context = await from.newContext({ viewport: { width, height }, ...rest });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(url);
  await page.waitForSelector("main > *");
  return { page, complaints, close: () => context.close() };
}

/// What axe-core, which must be in the page, finds serious in it.
export async function grave(page) {
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ["violations"] }),
  );
  return violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map((node) => node.html.slice(0, 160))
          .join(" | ")}`,
    );
}

/// What a live page may do: nothing that does not come from its server.
const LIVE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".mp4": "video/mp4",
  ".jpg": "image/jpeg",
};

/// A server as `memebuild serve --ui` is one to the page. `page` is its document and may be changed,
/// `told` are the lines of the running build, which whoever connects hears from the begin.
export async function liveServer({
  page,
  media,
  port = 0,
  search = () => ({ hits: [], total: 0 }),
  refuse = () => null,
}) {
  const state = { page, told: [], posted: [] };
  const listeners = new Set();
  const answer = (response, status, type, body) =>
    response
      .writeHead(status, {
        "Content-Type": type,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": LIVE_POLICY,
      })
      .end(body);
  const json = (response, status, value) =>
    answer(response, status, "application/json", JSON.stringify(value));

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    if (pathname === "/ui/page.json") return json(response, 200, state.page);
    if (pathname === "/v1/search") return json(response, 200, search(searchParams));
    if (pathname === "/ui/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-cache" });
      response.write(": hello\n\n");
      for (const line of state.told) response.write(`event: build\ndata: ${line}\n\n`);
      listeners.add(response);
      response.on("close", () => listeners.delete(response));
      return undefined;
    }
    if (request.method === "POST") {
      let body = "";
      for await (const part of request) body += part;
      if (request.headers["x-memebuild"] !== "1")
        return json(response, 403, { code: "unauthorised", message: "the header is missing" });
      const refused = refuse(pathname, JSON.parse(body));
      if (refused) return json(response, 400, refused);
      state.posted.push({ path: pathname, body: JSON.parse(body) });
      return json(response, 200, {});
    }
    return file(response, pathname, answer, media);
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  const send = (text) => listeners.forEach((response) => response.write(text));
  return {
    state,
    url: `http://127.0.0.1:${server.address().port}/`,
    port: server.address().port,
    tell(event) {
      const line = JSON.stringify(event);
      state.told.push(line);
      send(`event: build\ndata: ${line}\n\n`);
    },
    pageChanged: () => send("event: page\ndata: {}\n\n"),
    async kill() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function file(response, pathname, answer, media) {
  const name = normalize(decodeURIComponent(pathname)).replace(/^\/+/, "") || "index.html";
  for (const folder of [WEB, media?.folder].filter(Boolean)) {
    try {
      return answer(
        response,
        200,
        TYPES[extname(name)] ?? "application/octet-stream",
        readFileSync(join(folder, name)),
      );
    } catch {
      // It may be in the other folder.
    }
  }
  return answer(
    response,
    404,
    "application/json",
    JSON.stringify({ code: "not-found", message: "there is no such file" }),
  );
}
