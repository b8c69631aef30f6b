// Documents that the page shows (contract `report-page`), of any size and always the same.

/// Texts as strangers write them, to stand wherever a text may.
export const HOSTILE = [
  '<img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script>',
  "</script><script>globalThis.hacked=1</script><!--",
  "a\u202Egnp.exe\u2066 b \u0000\u001b[31mred\u0007\u009b",
  "javascript:globalThis.hacked=1",
  "x".repeat(10_000),
  "שלום עולם \u200F مرحبا",
  '"onmouseover="globalThis.hacked=1" style="position:fixed;inset:0',
  "Z̷̡̛͍͚̱a̴l̶g̵o͜ " + "\u0301".repeat(200),
];

const STATUSES = ["fresh", "hit", "cutoff", "ran"];
const GREENS = [
  "duck-walk",
  "dog-vibe",
  "rabbit-yawn",
  "owl-stare",
  "squirrel-panic",
  "chimp-wave",
  "cat-knead",
  "gorilla-proud",
  "goat-yell",
  "crab-rave",
];
const PLACES = [
  "mountains",
  "sunrise",
  "brook",
  "living-room",
  "traffic",
  "milky-way",
  "clock",
  "dunes",
  "harbour",
  "library",
];
const BEATS = ["hexagons", "brandenburg", "ending", "vogue"];
const LINES = [
  "DEPLOYING ON A FRIDAY",
  "IT IS ONLY A ONE-LINE CHANGE",
  "WHEN THE SECOND BUILD DOES NOTHING",
  "MONDAY, 6 IN THE MORNING",
  "you: just a tiny refactor",
  "IT WORKED ON MY MACHINE",
  "4,000 lines later",
];
const PROFILES = { tiktok: [1080, 1920], square: [1080, 1080], landscape: [1920, 1080] };

/// Numbers that look thrown and are always the same.
export function dice(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/// `renders`: how many. `poster`, `film`: paths by number, or none. `hostile`: strangers' texts in
/// every place. `live`: as a server says it. `root`: where paths begin. `choices`: whether some wait.
export function reportPage({
  renders = 24,
  poster = () => undefined,
  film = () => undefined,
  hostile = false,
  live,
  root = "",
  choices = false,
  builds = 12,
} = {}) {
  const roll = dice(7);
  const said = (text) => (hostile ? HOSTILE[roll(HOSTILE.length)] : text);
  const assets = assetCards(said);
  const captionCount = Math.max(2, Math.ceil(renders / (GREENS.length * PLACES.length)));
  const words = [...Array(captionCount)].map((_, index) => `${index % 2 ? "late" : "early"}-${index + 1}`);
  const batches = [
    {
      name: hostile ? HOSTILE[0] : "launch",
      axes: [
        { name: "green-screen", values: GREENS },
        { name: "background", values: PLACES },
        { name: "captions", values: words },
      ],
    },
  ];
  const cards = [...Array(renders)].map((_, index) =>
    card(index, { roll, said, assets, words, batch: batches[0].name, poster, film, hostile }),
  );
  const graph = graphOf(cards, roll, said);
  const page = {
    project: said("launch"),
    version: "0.6.0",
    root,
    renders: cards.sort((one, other) => (one.name < other.name ? -1 : 1)),
    assets,
    batches,
    graph,
    timeline: bars(graph, roll),
    builds: buildCards(builds, roll, renders),
    cache: cacheCard(renders),
    comparison: comparison(cards, said, poster),
    choices: choices ? [choice(said, poster, film)] : [],
  };
  if (live) page.live = live;
  return page;
}

function assetCards(said) {
  const of = (kind, ids, licence) =>
    ids.map((id, index) => ({
      kind,
      id,
      title: said(id.replaceAll("-", " ")),
      quality: 60 + ((index * 7) % 40),
      durationMs: kind === "background" ? 0 : 6000 + index * 100,
      credit:
        index % 4 === 3
          ? { kind, id }
          : {
              kind,
              id,
              provenance: {
                title: said(id),
                creator: said(["Aitzol Berasategi", "Peter Nerlich", "Bolly"][index % 3]),
                licence,
                sourceUrl: index % 4 === 2 ? "s3://memes/clip" : `https://example.org/${id}`,
              },
            },
    }));
  return [
    ...of("green-screen", GREENS, "CC-BY-4.0"),
    ...of("background", PLACES, "CC-BY-SA-4.0"),
    ...of("music", BEATS, "CC0-1.0"),
  ];
}

function card(index, { roll, said, words, batch, poster, film, hostile }) {
  const green = index % GREENS.length;
  const place = Math.floor(index / GREENS.length) % PLACES.length;
  const word = words[Math.floor(index / (GREENS.length * PLACES.length)) % words.length];
  const profile = index % 9 === 8 ? "square" : index % 13 === 12 ? "landscape" : "tiktok";
  const kind = roll(20);
  const status = kind === 0 ? "failed" : kind === 1 ? "waiting" : kind === 2 ? "skipped" : STATUSES[roll(4)];
  const ended = STATUSES.includes(status);
  const decision = ended ? (roll(6) === 0 ? "reject" : "accept") : undefined;
  const size = PROFILES[profile];
  const made = ended && !(decision === "reject" && index % 5 === 0);
  const name = `${hostile ? `launch/${index}-${HOSTILE[index % HOSTILE.length].slice(0, 200)}` : `${batch}/${GREENS[green]}+${PLACES[place]}+${word}`}@${profile}`;
  return clean({
    name,
    profile,
    batch: 0,
    axes: { "green-screen": GREENS[green], background: PLACES[place], captions: word },
    status,
    why: said(
      {
        ran: 'captions[0].text changed: "LATER" → "NOW" (captions.csv:8)',
        fresh: "all that it reads is as it was",
        hit: "an earlier build made the same",
        cutoff: "composite:launch ran, and its bytes are the same",
        failed: "ffmpeg ended with code 1: the clip has no frames",
        skipped: "asset:green-screen/goat-yell failed",
        waiting: "it waits for choice:launch",
      }[status],
    ),
    decision,
    findings:
      decision === "reject"
        ? findings(roll, size, said)
        : roll(9) === 0 && ended
          ? [warning(said)]
          : undefined,
    film: made ? film(index) : undefined,
    lastGood: decision === "reject" ? film(index + 1) : undefined,
    poster: made ? poster(index) : undefined,
    size,
    durationMs: 6000,
    tookMs: 900 + roll(9000),
    parts: [
      { slot: "green-screen", asset: green },
      { slot: "background", asset: GREENS.length + place },
      { slot: "music", asset: GREENS.length + PLACES.length + roll(BEATS.length) },
    ],
    captions: [
      { text: said(LINES[index % LINES.length]), rangeMs: [0, 3000] },
      { text: said(LINES[(index + 3) % LINES.length]), rangeMs: [3000, 6000] },
    ],
    mock: index % 31 === 30 || undefined,
    review:
      index % 11 === 4 && decision
        ? { decision, note: said("good one"), current: index % 2 === 0 }
        : undefined,
  });
}

function clean(record) {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

/// One with a box, in the middle third of the film; one that speaks of the whole of it.
function findings(roll, [width, height], said) {
  return [
    {
      rule: "caption-safe-area",
      severity: "error",
      message: said("The caption lies where the app's own buttons are."),
      measured: said("1012 px"),
      limit: said("at most 900 px"),
      rangeMs: [1000, 1600],
      box: {
        x: Math.round(width * 0.25),
        y: Math.round(height * 0.5),
        width: Math.round(width * 0.5),
        height: Math.round(height * 0.125),
      },
      hint: said("Move it up by 120 px."),
      patch: [{ op: "replace", path: "/captions/0/box/y", value: 840 }],
    },
    ...(roll(2)
      ? [
          {
            rule: "loudness",
            severity: "error",
            message: said("The film is louder than the platform plays it."),
            measured: "-11.2 LUFS",
            limit: "at most -13 LUFS",
            hint: said("Lower the music by 2 dB."),
          },
        ]
      : []),
  ];
}

function warning(said) {
  return {
    rule: "sharpness",
    severity: "warning",
    message: said("The background is softer than the clip."),
    measured: "41",
    limit: "at least 45",
    hint: said("Choose a sharper picture."),
  };
}

/// Assets, captions, composites, renders and critics: five nodes a render, at most, and a few more.
function graphOf(cards, roll, said) {
  const nodes = [];
  const at = new Map();
  const node = (name, reads = [], status = STATUSES[roll(4)]) => {
    if (!at.has(name)) {
      at.set(name, nodes.length);
      nodes.push({ name, status, tookMs: 20 + roll(900), ...(reads.length ? { reads } : {}) });
    }
    return at.get(name);
  };
  for (const { name, axes, status, profile } of cards) {
    const clip = node(`asset:green-screen/${axes["green-screen"]}`);
    const place = node(`asset:background/${axes.background}`);
    const beat = node("asset:music/hexagons");
    const still = node(`conform:${axes.background}@${profile}`, [place]);
    const text = node(`caption:${name}`);
    const whole = node(`composite:${name}`, [clip, still, beat, text]);
    const film = node(`render:${name}`, [whole], status);
    node(`critic:${name}`, [film], status);
  }
  node(`command:${said("upload")}`, [0]);
  const last = nodes.length - 2;
  const critical = [];
  for (let index = last; index !== undefined; index = nodes[index].reads?.[0]) critical.unshift(index);
  for (const index of critical) nodes[index].status = "ran";
  return { nodes, critical };
}

/// Four slots, one bar after the other in each.
function bars(graph, roll) {
  const ends = [0, 0, 0, 0];
  return graph.nodes
    .flatMap((node, index) => {
      if (node.status !== "ran" && node.status !== "failed") return [];
      const slot = ends.indexOf(Math.min(...ends));
      const fromMs = ends[slot] + roll(30);
      ends[slot] = fromMs + node.tookMs;
      return [
        {
          node: index,
          step: node.name.startsWith("render") ? "render/segment 0" : "probe",
          slot,
          fromMs,
          untilMs: ends[slot],
          ok: node.status === "ran",
        },
      ];
    })
    .sort((one, other) => one.fromMs - other.fromMs);
}

function buildCards(count, roll, renders) {
  return [...Array(count)].map((_, index) => {
    const lookups = renders * 3 + roll(40);
    const ran = index === count - 1 ? lookups : roll(Math.ceil(lookups / 3));
    return clean({
      build: `2026-11-${String(28 - index).padStart(2, "0")}T10-1${index % 10}-00.000Z`,
      startedMs: 1_795_860_000_000 - index * 86_400_000,
      wallMs: index === 2 ? undefined : 2000 + ran * 40,
      exitCode: index === 2 ? undefined : index % 4 === 1 ? 3 : 0,
      cancelled: index === 2,
      nodes: renders * 4,
      counts: {
        fresh: renders,
        hit: renders - ran > 0 ? renders - ran : 0,
        ran,
        cutoff: 3,
        ...(index % 4 === 1 ? { failed: 1, skipped: 2 } : {}),
      },
      rejected: index % 4,
      actionsRan: ran,
      lookups,
      lookupsFound: lookups - ran,
      savedMs: (lookups - ran) * 850,
    });
  });
}

function cacheCard(renders) {
  return {
    bytes: renders * 2_400_000,
    blobs: renders * 9,
    results: renders * 7,
    limit: renders * 4_000_000,
    types: {
      render: { nodes: renders, bytes: renders * 1_700_000, tookMs: renders * 4200 },
      conform: { nodes: 30, bytes: renders * 400_000, tookMs: 42_000 },
      asset: { nodes: 24, bytes: renders * 200_000, tookMs: 18_000 },
      caption: { nodes: renders, bytes: renders * 90_000, tookMs: renders * 80 },
      critic: { nodes: renders, bytes: renders * 10_000, tookMs: renders * 300 },
    },
  };
}

function comparison(cards, said, poster) {
  const what = ["worse", "better", "different", "added", "removed"];
  return {
    before: "2026-11-27T10-11-00.000Z",
    after: "2026-11-28T10-10-00.000Z",
    changes: cards.slice(0, 400).map((render, index) => {
      const how = what[index % what.length];
      return clean({
        node: `render:${render.name}`,
        what: how,
        why: said("captions[0].text changed"),
        cause:
          index % 3 === 2
            ? { kind: "never-built" }
            : {
                kind: "parameter",
                name: said("captions[0].text"),
                old: said('"LATER"'),
                new: said('"NOW"'),
                place: "captions.csv:8",
              },
        posterBefore: how === "added" ? undefined : poster(index),
        posterAfter: how === "removed" ? undefined : poster(index + 1),
      });
    }),
  };
}

/// One that wants a clip, music and a text.
function choice(said, poster, film) {
  const candidate = (id, index, rest) => ({
    id,
    title: said(id.replaceAll("-", " ")),
    creator: said("Ann"),
    tags: [said("animal"), said("loop")],
    durationMs: 6000,
    hasAudio: false,
    quality: 50 + index * 4,
    ...rest,
  });
  return {
    name: "launch-hero",
    request: {
      brief: said(
        "A proud animal for the launch: nothing sad, nothing that looks ill. The music may be loud.",
      ),
      turn: 2,
      last: {
        decision: { picks: { "green-screen": "duck-walk", music: "vogue" }, captions: ["quack"] },
        findings: [
          {
            rule: "loudness",
            message: said("Too loud."),
            measured: "-9 LUFS",
            limit: "at most -13 LUFS",
            hint: said("Another beat."),
          },
        ],
      },
      slots: {
        "green-screen": {
          kind: "green-screen",
          candidates: GREENS.slice(0, 6).map((id, index) => candidate(id, index, { size: [720, 1280] })),
        },
        background: {
          kind: "background",
          candidates: PLACES.slice(0, 4).map((id, index) =>
            candidate(id, index, { durationMs: 0, size: [1920, 1080] }),
          ),
        },
        music: {
          kind: "music",
          candidates: BEATS.map((id, index) => candidate(id, index, { hasAudio: true })),
        },
      },
      captions: { drafts: [said("placeholder")].map((text) => text.slice(0, 60)), longest: 40 },
    },
    files: clean({
      "green-screen/duck-walk": film(0),
      "background/mountains": poster(1),
      "background/sunrise": poster(2),
    }),
  };
}
