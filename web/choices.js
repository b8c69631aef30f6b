// Choices that wait for a person: the brief, a candidate for each slot, texts to write.
import { button, el, said, saidLines } from "./dom.js";
import { slotPanel } from "./candidates.js";
import { send } from "./server.js";
import { changed, store } from "./store.js";
import { count, title } from "./text.js";

/// What was begun and not sent yet, by the choice's name: another document must not lose it.
const drafts = new Map();

export function choicesView(root) {
  const place = el("div", { class: "choices" });
  root.append(el("h1", { class: "hidden", text: "Choices" }), place);
  let drawn = null;
  const update = () => {
    const { choices, live } = store.page;
    const now = JSON.stringify([choices, live?.mayDecide]);
    if (now === drawn) return;
    drawn = now;
    place.replaceChildren(
      ...(choices.length
        ? choices.map(panel)
        : [el("p", { class: "nothing", text: "No choice waits for you." })]),
    );
  };
  return { update, refresh: (what) => what === "page" && update(), close() {} };
}

function panel(choice) {
  const { request } = choice;
  const draft = drafts.get(choice.name) ?? {
    picks: {},
    captions: request.captions.drafts.map((text) => text),
  };
  drafts.set(choice.name, draft);
  const answer = el("div", { class: "answer", role: "status" });
  const form = el(
    "form",
    { class: "choice", novalidate: true },
    el("h2", {}, said(choice.name)),
    el("div", { class: "brief" }, saidLines(request.brief)),
    lastTurn(request),
    Object.entries(request.slots).map(([name, slot]) =>
      slotPanel(choice, name, slot, draft.picks[name], (id) => {
        draft.picks[name] = id;
      }),
    ),
    texts(request, draft),
  );
  if (store.page.live?.mayDecide) {
    form.append(
      el("div", { class: "row" }, el("button", { type: "submit", class: "primary", text: "Decide" }), answer),
    );
  } else {
    form.append(
      el(
        "p",
        { class: "quiet" },
        "To decide here, open the page with ",
        el("code", { text: "memebuild serve --ui" }),
        "; in a terminal, ",
        el("code", { text: "memebuild choice submit" }),
        " does it.",
      ),
    );
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = whatIsWrong(request, draft);
    if (wrong) {
      answer.textContent = wrong;
      return;
    }
    answer.textContent = "Sending …";
    const decision = { picks: { ...draft.picks }, captions: [...draft.captions] };
    const refused = await send("ui/choices", { name: choice.name, decision });
    if (refused) {
      answer.replaceChildren(refused);
      return;
    }
    answer.textContent = "Decided.";
    drafts.delete(choice.name);
    store.page.choices = store.page.choices.filter((other) => other !== choice);
    changed("page");
  });
  return form;
}

/// What the decision lacks; the server checks it again.
function whatIsWrong(request, { picks, captions }) {
  const open = Object.keys(request.slots).filter((name) => !picks[name]);
  if (open.length) return `Nothing is picked for ${open.map(title).join(", ")}.`;
  for (const [index, text] of captions.entries()) {
    const length = [...text].length;
    if (!text.trim()) return `Caption ${index + 1} is empty.`;
    if (length > request.captions.longest)
      return `Caption ${index + 1} has ${count(length)} characters; ${count(request.captions.longest)} are the most.`;
  }
  return null;
}

function texts(request, draft) {
  if (!request.captions.drafts.length) return null;
  return el(
    "fieldset",
    { class: "slot" },
    el("legend", { text: "Captions" }),
    request.captions.drafts.map((text, index) => {
      const left = el("span", { class: "count" });
      const field = el("textarea", { rows: "2", dir: "auto" });
      field.value = draft.captions[index] ?? text;
      const tell = () => {
        draft.captions[index] = field.value;
        const length = [...field.value].length;
        left.textContent = `${count(length)} of ${count(request.captions.longest)}`;
        left.classList.toggle("is-over", length > request.captions.longest);
      };
      field.addEventListener("input", tell);
      tell();
      return el(
        "label",
        { class: "field wide" },
        el("span", { class: "label" }, `Caption ${index + 1}`, left),
        field,
        el("span", { class: "quiet" }, "Now: ", said(text)),
      );
    }),
  );
}

function lastTurn({ turn, last }) {
  if (turn < 2 || !last) return null;
  return el(
    "section",
    { class: "last-turn" },
    el("h3", { text: `Turn ${count(turn)}: what was wrong with the last` }),
    el(
      "ul",
      {},
      last.findings.map(({ rule, message, measured, limit, hint }) =>
        el(
          "li",
          {},
          said(rule, "code"),
          ": ",
          said(message),
          " (",
          said(measured),
          ", ",
          said(limit),
          "). ",
          said(hint),
        ),
      ),
    ),
  );
}
