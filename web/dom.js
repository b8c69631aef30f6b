// Elements are made here and nowhere else: by name, attribute and text, so that no text is ever
// read as markup. A page's policy forbids inline styles, so those go through the CSSOM.
import { shown } from "./text.js";

/// Whether the reader asked for less motion.
export const calm = matchMedia("(prefers-reduced-motion: reduce)");

/// An element. `class`, `text` and `on` (listeners by event) are told apart, `vars` are custom
/// properties, all else are attributes: `true` sets an empty one; `false`, `null` and `undefined`
/// none.
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "on") listen(node, value);
    else if (name === "vars") setVars(node, value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

function listen(node, listeners) {
  for (const [event, listener] of Object.entries(listeners)) node.addEventListener(event, listener);
}

export function setVars(node, vars) {
  for (const [name, value] of Object.entries(vars)) node.style.setProperty(name, String(value));
}

/// A stranger's text, set apart from what stands around it.
export function said(text, className = "") {
  return el("bdi", { class: `said ${className}`, text: shown(text) });
}

/// The same where lines may break as they were written.
export function saidLines(text) {
  return el("p", { class: "said lines", dir: "auto", text: shown(text) });
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat());
  return node;
}

export function button(label, action, props = {}) {
  return el("button", { type: "button", ...props, on: { click: action } }, label);
}

/// A labelled `<select>`; `options` are pairs of value and text.
export function select(label, options, value, change) {
  const node = el(
    "select",
    { "aria-label": label, on: { change: () => change(node.value) } },
    options.map(([of, text]) => el("option", { value: of, text, selected: of === value })),
  );
  return el("label", { class: "field" }, el("span", { class: "label", text: label }), node);
}

/// A table with a caption, in a box that scrolls by itself where the screen is narrow. Cells are
/// texts or elements; those of columns in `numeric` stand right.
export function table(caption, heads, rows, numeric = []) {
  const cell = (content, index) => {
    const tag = index === 0 ? "th" : "td";
    const props = { scope: tag === "th" ? "row" : null, class: numeric.includes(index) ? "num" : null };
    return el(tag, props, content instanceof Node ? content : String(content));
  };
  const head = el(
    "tr",
    {},
    heads.map((text, index) =>
      el("th", { scope: "col", text, class: numeric.includes(index) ? "num" : null }),
    ),
  );
  const body = rows.map((row) => el("tr", {}, row.map(cell)));
  return el(
    "div",
    { class: "scroller", tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", { class: "hidden", text: caption }),
      el("thead", {}, head),
      el("tbody", {}, body),
    ),
  );
}

/// Runs at most once a frame, however often it is asked for.
export function perFrame(work) {
  let asked = 0;
  return () => {
    if (!asked) {
      asked = requestAnimationFrame(() => {
        asked = 0;
        work();
      });
    }
  };
}

/// Runs when nobody asked for so many milliseconds.
export function afterQuiet(ms, work) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}

/// Says something to those who hear the page.
export function announce(text) {
  document.getElementById("announcer").textContent = text;
}
