// One slot of a choice: its candidates as cards that can be looked at and heard, and a search that
// narrows them.
import { afterQuiet, button, el, said } from "./dom.js";
import { load } from "./server.js";
import { fileUrl, filmKind, store } from "./store.js";
import { count, duration, title } from "./text.js";

/// `picked` hears of every pick; `pick` is what is picked already.
export function slotPanel(choice, name, slot, pick, picked) {
  const group = `pick-${choice.name}-${name}`;
  const cards = new Map(
    slot.candidates.map((candidate) => [
      candidate.id,
      card(choice, slot, candidate, group, candidate.id === pick, picked),
    ]),
  );
  const list = el("div", { class: "candidates" }, [...cards.values()]);
  const told = el("p", { class: "tally", role: "status", text: `${count(cards.size)} to choose from` });
  const search = el("input", {
    type: "search",
    class: "search",
    placeholder: "Search among them: tag:animal quality>=60",
    "aria-label": `Search for ${title(name)}`,
    autocomplete: "off",
    spellcheck: "false",
  });
  search.addEventListener("input", afterQuiet(250, narrow));

  async function narrow() {
    const text = search.value.trim();
    if (!text) return only(null);
    try {
      const query = new URLSearchParams({ kind: slot.kind, q: text, limit: "1000" });
      const page = await load(`v1/search?${query}`);
      if (search.value.trim() === text)
        only(new Map(page.hits.map((hit, rank) => [hit.id, rank])), page.total);
    } catch (refused) {
      told.replaceChildren(refused.shown ?? refused.message);
    }
  }

  /// Shows those that were found, the best first; what is picked stays.
  function only(found, total = 0) {
    let left = 0;
    for (const [id, element] of cards) {
      element.hidden = found !== null && !found.has(id) && !element.querySelector("input").checked;
      element.classList.toggle("is-elsewhere", found !== null && !found.has(id));
      if (!element.hidden) left += 1;
    }
    const rank = (id) => found?.get(id) ?? Number.MAX_SAFE_INTEGER;
    const order = found ? [...cards.keys()].sort((one, other) => rank(one) - rank(other)) : [...cards.keys()];
    list.append(...order.map((id) => cards.get(id)));
    const others = found ? total - [...cards.keys()].filter((id) => found.has(id)).length : 0;
    told.textContent =
      found === null
        ? `${count(cards.size)} to choose from`
        : `${count(left)} of ${count(cards.size)} shown${others > 0 ? `; ${count(others)} more match that this choice does not offer` : ""}`;
  }

  return el(
    "fieldset",
    { class: "slot" },
    el("legend", {}, said(title(name)), el("span", { class: "count", text: title(slot.kind) })),
    el("div", { class: "row" }, search, told),
    list,
  );
}

function card(choice, slot, candidate, group, checked, picked) {
  const input = el("input", {
    type: "radio",
    name: group,
    value: candidate.id,
    checked,
    on: { change: () => picked(candidate.id) },
  });
  const facts = [
    candidate.durationMs ? duration(candidate.durationMs) : "still",
    candidate.size ? `${candidate.size[0]} × ${candidate.size[1]}` : null,
    candidate.hasAudio ? "with sound" : null,
    `quality ${candidate.quality}`,
    candidate.mock ? "stand-in" : null,
  ].filter(Boolean);
  return el(
    "div",
    { class: "candidate" },
    preview(choice, slot, candidate),
    el(
      "label",
      { class: "candidate-label" },
      input,
      el(
        "span",
        { class: "candidate-text" },
        el("span", { class: "name" }, said(candidate.title ?? candidate.id)),
        candidate.title ? el("span", { class: "quiet" }, said(candidate.id, "code")) : null,
        candidate.creator ? el("span", { class: "quiet" }, "by ", said(candidate.creator)) : null,
        el("span", { class: "quiet", text: facts.join(" · ") }),
        candidate.tags?.length
          ? el(
              "span",
              { class: "candidate-tags" },
              candidate.tags.map((tag) => said(tag, "tag")),
            )
          : null,
      ),
    ),
  );
}

/// To look at and to listen to. Where its file was not placed, a server has it.
function preview(choice, slot, candidate) {
  const name = `${slot.kind}/${candidate.id}`;
  const path = choice.files[name];
  if (!path && !store.page.live) return el("span", { class: "preview is-sound", text: "no preview" });
  const src = path
    ? fileUrl(path)
    : `v1/assets/${encodeURIComponent(slot.kind)}/${encodeURIComponent(candidate.id)}/file`;
  const kind = path ? filmKind(path) : !candidate.size ? "sound" : candidate.durationMs ? "film" : "picture";
  const label = `Preview of ${candidate.id}`;
  if (kind === "picture")
    return el(
      "span",
      { class: "preview" },
      el("img", { src, alt: label, loading: "lazy", decoding: "async" }),
    );
  if (kind === "sound")
    return el(
      "span",
      { class: "preview is-sound" },
      el("audio", { src, controls: true, preload: "none", "aria-label": label }),
    );
  const film = el("video", { src, loop: true, playsinline: true, preload: "metadata", "aria-label": label });
  const toggle = button("Play", () => (film.paused ? film.play().catch(() => {}) : film.pause()));
  for (const event of ["play", "pause"])
    film.addEventListener(event, () => {
      toggle.textContent = film.paused ? "Play" : "Pause";
    });
  return el("span", { class: "preview" }, film, toggle);
}
