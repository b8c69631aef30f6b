// What a render is made of, and what is known of its origin and its rights.
import { el, said } from "./dom.js";
import { fileUrl, store } from "./store.js";
import { title } from "./text.js";

export function parts(render) {
  if (!render.parts?.length) return null;
  return el(
    "section",
    {},
    el("h3", { text: "Made of" }),
    el(
      "ul",
      { class: "parts" },
      render.parts.map(({ slot, asset }) => {
        const card = store.page.assets[asset];
        return el(
          "li",
          {},
          el("span", { class: "label" }, said(title(slot))),
          card.file
            ? el(
                "a",
                { href: fileUrl(card.file), target: "_blank", rel: "noopener" },
                said(card.title ?? card.id),
              )
            : said(card.title ?? card.id),
          el("span", { class: "quality", title: "Quality, 0 to 100", text: `quality ${card.quality}` }),
        );
      }),
    ),
  );
}

export function credits(render) {
  const seen = new Set((render.parts ?? []).map((part) => part.asset));
  const cards = [...seen].map((index) => store.page.assets[index]);
  if (!cards.length) return null;
  return el(
    "section",
    {},
    el("h3", { text: "Licence and credits" }),
    el(
      "ul",
      { class: "credits" },
      cards.map((card) => {
        const known = card.credit?.provenance ?? {};
        const line = creditLine(card, known);
        return el(
          "li",
          {},
          line ? said(line) : [said(card.title ?? card.id), ": nothing is known of its rights."],
          terms(known),
        );
      }),
    ),
  );
}

/// The words that its licence asks for, else what is known; as the credits beside a film say it.
function creditLine(card, { attribution, title: name, creator, licence }) {
  if (attribution) return attribution;
  if (!creator && !licence) return null;
  return (name ?? card.id) + (creator ? ` by ${creator}` : "") + (licence ? `, ${licence}` : "");
}

function terms({ attribution, licence, sourceUrl, expires }) {
  const facts = [
    attribution && licence ? said(licence) : null,
    sourceUrl ? sourceLink(sourceUrl) : null,
    expires ? ["to be used until ", said(expires)] : null,
  ].filter(Boolean);
  return facts.length
    ? el(
        "span",
        { class: "terms" },
        facts.flatMap((fact, index) => [index ? " · " : "", fact].flat()),
      )
    : null;
}

/// Only addresses of the web may be followed; others are but told.
function sourceLink(url) {
  if (!/^https?:\/\//i.test(url)) return said(url);
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, said(url));
}
