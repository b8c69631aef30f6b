// The neighbourhood of one node in words: how it stands, what it reads, who reads it.
import { button, el, said } from "./dom.js";
import { mark, statusTag } from "./marks.js";
import { renderAddress } from "./route.js";
import { renderOf, statusOf, store } from "./store.js";
import { count, duration } from "./text.js";

/// Names that are listed at first.
const FIRST_NODES = 60;

export function graphPanel(choose) {
  const element = el("aside", { class: "panel", "aria-label": "The chosen node", tabindex: "-1" });
  let last;

  function show(node) {
    const { nodes, critical } = store.page.graph;
    const key = JSON.stringify([
      node,
      nodes.length,
      node === null ? null : statusOf(nodes[node].name, nodes[node].status),
    ]);
    if (key === last) return;
    last = key;
    element.replaceChildren(...(node === null ? nothing(nodes, critical) : about(nodes, critical, node)));
  }

  function nothing(nodes, critical) {
    return [
      el("p", { class: "quiet", text: "Choose a node to see what it reads and who reads it." }),
      ...section("Critical path", nodes, critical, true),
    ];
  }

  function about(nodes, critical, node) {
    const { name, status, tookMs, reads = [], mock } = nodes[node];
    const render = renderOf(name);
    return [
      el("h2", {}, said(name)),
      el(
        "p",
        { class: "tags" },
        statusTag(statusOf(name, status)),
        mock ? el("span", { class: "tag", text: "stand-in" }) : null,
        critical.includes(node)
          ? el("span", { class: "tag is-critical", text: "on the critical path" })
          : null,
      ),
      el("p", {
        class: "quiet",
        text: tookMs ? `Took ${duration(tookMs)} when it last ran.` : "It took no time that was measured.",
      }),
      render !== name && store.renderAt.has(render)
        ? el("p", {}, el("a", { href: renderAddress(render), text: "Open the render" }))
        : null,
      ...section("Reads", nodes, reads),
      ...section("Read by", nodes, store.readers[node]),
    ].filter(Boolean);
  }

  function section(title, nodes, some, times = false) {
    if (times && !some.length) return [];
    const list = el("ul", { class: "nodes" });
    const more = (from, until) =>
      list.append(
        ...some.slice(from, until).map((index) => {
          const item = button("", () => choose(index), { class: "match" });
          item.append(mark(statusOf(nodes[index].name, nodes[index].status)), said(nodes[index].name));
          if (times) item.append(el("span", { class: "num", text: duration(nodes[index].tookMs) }));
          return el("li", {}, item);
        }),
      );
    more(0, FIRST_NODES);
    const rest = some.length - FIRST_NODES;
    const all =
      rest > 0
        ? button(
            `Show ${count(rest)} more`,
            () => {
              more(FIRST_NODES, some.length);
              all.remove();
            },
            { class: "link" },
          )
        : null;
    return [
      el("h3", {}, title, el("span", { class: "count", text: count(some.length) })),
      some.length ? list : el("p", { class: "quiet", text: "nothing" }),
      all,
    ].filter(Boolean);
  }

  return { element, show, focus: () => element.querySelector("button, a")?.focus() };
}
