// A search of nodes by name: a field, and the first matches as a list below it.
import { afterQuiet, button, el, said } from "./dom.js";
import { mark } from "./marks.js";
import { statusOf, store } from "./store.js";
import { folded } from "./text.js";

const MOST_MATCHES = 20;

/// `choose` hears the number of the node that was taken.
export function nodeSearch(choose) {
  const list = el("ul", { class: "matches", id: "node-matches", hidden: true });
  const input = el("input", {
    type: "search",
    class: "search",
    placeholder: "Find a node",
    "aria-label": "Find a node",
    "aria-controls": "node-matches",
    autocomplete: "off",
    spellcheck: "false",
  });
  const find = () => {
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    const found = [];
    store.page.graph.nodes.forEach((node, index) => {
      if (
        found.length < MOST_MATCHES &&
        words.length &&
        words.every((word) => folded(node.name).includes(word))
      )
        found.push(index);
    });
    list.replaceChildren(
      ...found.map((index) => {
        const node = store.page.graph.nodes[index];
        const item = button("", () => take(index), { class: "match" });
        item.append(mark(statusOf(node.name, node.status)), said(node.name));
        return el("li", {}, item);
      }),
    );
    if (words.length && !found.length)
      list.append(el("li", { class: "quiet", text: "No node has such a name." }));
    list.hidden = !words.length;
  };
  const take = (index) => {
    list.hidden = true;
    choose(index);
  };
  input.addEventListener("input", afterQuiet(80, find));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      find();
      list.querySelector("button")?.click();
    }
  });
  const field = el("div", { class: "node-search" }, input, list);
  field.addEventListener("keydown", (event) => {
    const items = [input, ...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") list.hidden = true;
    if (!step) return;
    event.preventDefault();
    items[items.indexOf(document.activeElement) + step]?.focus();
  });
  field.addEventListener("focusout", (event) => {
    if (!field.contains(event.relatedTarget)) list.hidden = true;
  });
  return { field };
}
