// What the critic found: as a list, as boxes over the picture, as marks along the film.
import { button, el, said, svg, table } from "./dom.js";
import { mark } from "./marks.js";
import { clock, shown } from "./text.js";

/// A list of buttons; choosing one calls back with its number.
export function findingList(findings, choose) {
  if (!findings.length) return el("p", { class: "quiet", text: "The critic found nothing." });
  return el(
    "ol",
    { class: "findings" },
    findings
      .map((finding, index) =>
        el(
          "li",
          { class: `finding is-${finding.severity}` },
          button("", () => choose(index), { class: "pick", "aria-pressed": "false", "data-finding": index }),
          detail(finding),
        ),
      )
      .map((item, index) => {
        const finding = findings[index];
        item.firstChild.append(
          mark(finding.severity),
          el(
            "span",
            { class: "finding-text" },
            el(
              "span",
              { class: "rule" },
              el("span", { class: "severity", text: finding.severity }),
              " ",
              said(finding.rule),
              finding.rangeMs
                ? el("span", {
                    class: "when",
                    text: `${clock(finding.rangeMs[0])}–${clock(finding.rangeMs[1])}`,
                  })
                : null,
            ),
            el("span", { class: "message" }, said(finding.message)),
          ),
        );
        return item;
      }),
  );
}

function detail(finding) {
  const facts = [
    ["Measured", finding.measured],
    ["Limit", finding.limit],
    ["What to do", finding.hint],
  ].filter(([, text]) => text);
  const patch = finding.patch ?? [];
  return el(
    "div",
    { class: "detail" },
    el(
      "dl",
      {},
      facts.flatMap(([name, text]) => [el("dt", { text: name }), el("dd", {}, said(text))]),
    ),
    patch.length
      ? table(
          "Suggested change",
          ["Where", "Becomes"],
          patch.map((one) => [said(one.path, "code"), said(JSON.stringify(one.value), "code")]),
        )
      : null,
  );
}

/// Boxes in pixels of the canvas, laid over the picture. `show` draws those of some findings, of
/// which one may be the chosen one.
export function boxOverlay(size, findings) {
  const layer = svg("svg", {
    class: "overlay",
    viewBox: `0 0 ${size[0]} ${size[1]}`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  // As thick on every screen, whatever the canvas measures.
  const unit = Math.max(...size) / 100;

  function show(numbers, chosen) {
    layer.replaceChildren(
      ...numbers
        .filter((number) => findings[number].box)
        .flatMap((number) => {
          const { box, severity, rule } = findings[number];
          const dim = chosen !== null && number !== chosen ? " is-dim" : "";
          const rect = { x: box.x, y: box.y, width: box.width, height: box.height };
          const label = svg("text", {
            x: Math.min(Math.max(box.x, 0) + unit * 0.6, size[0]),
            class: `box-label is-${severity}${dim}`,
            y: labelHeight(box, size, unit),
            "font-size": unit * 2.4,
          });
          label.textContent = shown(rule).slice(0, 60);
          return [
            svg("rect", { ...rect, class: "box-halo" }),
            svg("rect", { ...rect, class: `box is-${severity}${dim}` }),
            label,
          ];
        }),
    );
  }

  return { layer, show };
}

/// Above its box, or inside where there is no room above.
function labelHeight(box, size, unit) {
  const above = box.y - unit * 0.9;
  return above > unit * 2.4 ? Math.min(above, size[1]) : Math.max(box.y, 0) + unit * 2.8;
}

/// Where in the film the findings are: a strip below the picture.
export function findingStrip(findings, durationMs, choose) {
  const timed = findings
    .map((finding, index) => ({ finding, index }))
    .filter(({ finding }) => finding.rangeMs);
  if (!timed.length || !durationMs) return null;
  const strip = svg(
    "svg",
    { class: "strip", viewBox: "0 0 1000 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "strip-base", width: 1000, height: 10 }),
  );
  for (const { finding, index } of timed) {
    const at = (ms) => Math.min(1000, (1000 * ms) / durationMs);
    const from = at(finding.rangeMs[0]);
    const span = svg("rect", {
      x: from,
      width: Math.max(8, at(finding.rangeMs[1]) - from),
      height: 10,
      class: `span is-${finding.severity}`,
    });
    // For the mouse; by keyboard the list does the same.
    span.addEventListener("click", () => choose(index));
    strip.append(span);
  }
  const now = svg("rect", { class: "strip-now", width: 3, height: 10 });
  strip.append(now);
  return { strip, at: (ms) => now.setAttribute("x", Math.min(997, (1000 * ms) / durationMs)) };
}

/// The findings that speak of that moment of the film.
export function findingsAt(findings, ms) {
  return findings.flatMap(({ rangeMs }, index) =>
    rangeMs && rangeMs[0] <= ms && ms <= rangeMs[1] ? [index] : [],
  );
}
