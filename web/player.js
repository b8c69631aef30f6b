// The picture of one render: its film with what was found drawn over it, or a blank canvas.
import { button, calm, el, setVars } from "./dom.js";
import { blank, picture } from "./card.js";
import { boxOverlay, findingStrip, findingsAt } from "./findings.js";
import { fileUrl, filmKind } from "./store.js";

/// A stage; `chosen` hears which finding is shown.
export function player(render, chosen) {
  const findings = render.findings ?? [];
  const overlay = boxOverlay(render.size, findings);
  const strip = findingStrip(findings, render.durationMs, (index) => choose(index));
  const frame = el("div", { class: "frame" });
  const sound = render.waveform ? waveform(render) : null;
  const reel = el("div", { class: "reel" }, frame, sound?.place ?? null, strip?.strip ?? null);
  setVars(reel, { "--ratio": render.size[0] / render.size[1] });
  const note = el("p", { class: "stage-note", role: "status" });
  const stage = el("div", { class: "stage" }, el("div", { class: "fit" }, reel), note);
  let film = null;
  let current = null;
  // What was found speaks of the newest film and is drawn over no other.
  let newest = true;
  const { lastGood } = render;
  const switcher = lastGood && lastGood !== render.film ? versions() : null;
  if (switcher) stage.append(switcher);
  load(render.film);

  function load(path) {
    film?.pause?.();
    film = null;
    current = null;
    if (sound) sound.place.hidden = !newest;
    chosen(null);
    overlay.show([], null);
    if (!path) {
      frame.replaceChildren(
        render.poster ? picture(render, true) : blank({ ...render, findings: [] }),
        overlay.layer,
      );
      note.textContent = findings.length
        ? "No film was made: it could not have passed."
        : "There is no film.";
      overlay.show(
        findings.map((_, index) => index),
        null,
      );
      return;
    }
    note.textContent = newest ? "" : "The last film that was accepted.";
    if (filmKind(path) === "picture") {
      frame.replaceChildren(el("img", { class: "film", src: fileUrl(path, newest ? render.stamp : null), alt: "" }), overlay.layer);
      return;
    }
    film = el("video", {
      class: "film",
      src: fileUrl(path, newest ? render.stamp : null),
      poster: render.poster && newest ? fileUrl(render.poster, render.stamp) : null,
      controls: true,
      playsinline: true,
      loop: true,
      preload: "auto",
      "aria-label": "The film",
    });
    film.addEventListener("timeupdate", follow);
    film.addEventListener("play", () => choose(null, true));
    film.addEventListener("error", () => {
      note.textContent =
        "The film cannot be played: its file is gone, or this browser does not know its format.";
    });
    frame.replaceChildren(film, overlay.layer);
    if (!calm.matches) start(film);
  }

  function follow() {
    const ms = film.currentTime * 1000;
    strip?.at(ms);
    sound?.at(ms);
    if (current === null && newest) overlay.show(film.paused && !ms ? [] : findingsAt(findings, ms), null);
  }

  /// Shows a finding: goes to where it begins, stands still, draws its box.
  function choose(index, playing = false) {
    if (current === index && playing) return;
    if (index !== null && !newest) switcher.firstChild.click();
    current = index;
    chosen(index);
    if (index === null) return;
    const { rangeMs } = findings[index];
    if (film) {
      film.pause();
      if (rangeMs) seek(film, rangeMs[0] / 1000);
    }
    if (rangeMs) {
      strip?.at(rangeMs[0]);
      sound?.at(rangeMs[0]);
    }
    overlay.show([index], index);
  }

  function versions() {
    const group = el("div", { class: "segmented", role: "group", "aria-label": "Which film" });
    const of = (label, path, isNewest) => {
      const one = button(
        label,
        () => {
          newest = isNewest;
          load(path);
          for (const other of group.children) other.setAttribute("aria-pressed", String(other === one));
        },
        { "aria-pressed": String(isNewest) },
      );
      return one;
    };
    group.append(of("Newest", render.film, true), of("Last accepted", lastGood, false));
    return group;
  }

  return { stage, choose, stop: () => film?.pause() };
}

/// The sound as a picture, and where in it the film is.
function waveform(render) {
  const place = el(
    "div",
    { class: "waveform" },
    el("img", { src: fileUrl(render.waveform, render.stamp), alt: "The sound, louder where it is higher", draggable: "false" }),
  );
  return { place, at: (ms) => setVars(place, { "--at": Math.min(1, ms / (render.durationMs || 1)) }) };
}

/// Plays; without sound where the browser asks for a gesture first.
async function start(film) {
  try {
    await film.play();
  } catch (refusal) {
    if (refusal.name !== "NotAllowedError") return;
    film.muted = true;
    await film.play().catch(() => {});
  }
}

function seek(film, seconds) {
  const go = () => {
    film.currentTime = Math.min(seconds, film.duration || seconds);
  };
  if (film.readyState >= HTMLMediaElement.HAVE_METADATA) go();
  else film.addEventListener("loadedmetadata", go, { once: true });
}
