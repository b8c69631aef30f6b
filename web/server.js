// Talking to the server that the page came from. It knows the reader by the page's own address.
import { el, said } from "./dom.js";

/// Sends what a person decided. None, or why it was refused, to be shown in place.
export async function send(path, body) {
  try {
    const headers = { "Content-Type": "application/json", "X-Memebuild": "1" };
    const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
    return response.ok ? null : await problem(response);
  } catch {
    return refusal({ message: "The server does not answer. Nothing was saved; try again when it is back." });
  }
}

/// Fetches a document; failures are thrown as elements that say why, in `shown`.
export async function load(path) {
  let response;
  try {
    response = await fetch(path, { headers: { "X-Memebuild": "1" }, cache: "no-cache" });
  } catch {
    throw new Refused(refusal({ message: "The server does not answer." }));
  }
  if (!response.ok) throw new Refused(await problem(response), response.status);
  return response.json();
}

class Refused extends Error {
  constructor(shown, status = 0) {
    super(shown.textContent);
    this.shown = shown;
    this.status = status;
  }
}

async function problem(response) {
  try {
    return refusal(await response.json());
  } catch {
    return refusal({ message: `The server answered with ${response.status}, and does not say why.` });
  }
}

function refusal({ message, notes = [], hints = [] }) {
  return el(
    "div",
    { class: "refusal" },
    el("p", { class: "strong" }, said(message)),
    notes.map((note) => el("p", {}, said(note))),
    hints.map((hint) => el("p", {}, "Hint: ", said(hint))),
  );
}
