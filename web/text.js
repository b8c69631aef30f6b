// Texts: those of strangers made harmless to look at, and numbers as people read them.

const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/// A stranger's text as it may be shown: control characters become their pictures, and marks that
/// turn the direction of what follows are named instead of obeyed. Line feeds stay: styles decide.
export function shown(text) {
  return String(text)
    .replace(CONTROL, controlPicture)
    .replace(BIDI, (mark) => `⟦${mark.codePointAt(0).toString(16).toUpperCase()}⟧`);
}

function controlPicture(control) {
  const code = control.codePointAt(0);
  if (code === 0x7f) return "\u2421";
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : "\u2426";
}

/// `240 ms`, `3.2 s`, `4 min 05 s`, `2 h 10 min`, as the terminal says it.
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${seconds}.${Math.floor((ms % 1000) / 100)} s`;
  if (ms < 3_600_000) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}

/// A place in a film: `0:02.4`.
export function clock(ms) {
  const tenths = Math.floor(ms / 100);
  const seconds = String(Math.floor(tenths / 10) % 60).padStart(2, "0");
  return `${Math.floor(tenths / 600)}:${seconds}.${tenths % 10}`;
}

/// `999 B`, `4.3 kB`, `1.2 GB`.
export function bytes(n) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit += 1;
  }
  return `${unit ? n.toFixed(1) : n} ${units[unit]}`;
}

const grouped = new Intl.NumberFormat("en-GB");

export function count(n) {
  return grouped.format(n);
}

/// `1 render`, `1,000 renders`.
export function counted(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}

export function percent(part, whole) {
  if (!whole) return "–";
  const share = (100 * part) / whole;
  // Never a round 100 that is not one.
  return `${share >= 99.5 && part < whole ? "99" : Math.round(share)} %`;
}

/// `1 Dec 2026, 00:08`, in the reader's own time.
export function moment(ms) {
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" }).format(new Date(ms));
}

/// `green-screen` → `Green screen`.
export function title(slug) {
  const words = shown(slug).replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/// For a search that minds neither case nor accents.
export function folded(text) {
  return String(text).normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
