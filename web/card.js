// One render as a card: its poster, which moves while it is pointed at, its name, how it stands.
import { calm, el, said, setVars, svg } from "./dom.js";
import { VERDICT_WORD, STATUS_WORD, mark, verdictOf } from "./marks.js";
import { renderAddress } from "./route.js";
import { fileUrl, store } from "./store.js";
import { clock, counted } from "./text.js";

/// A link that opens the render.
export function renderCard(render) {
  const verdict = verdictOf(render);
  const findings = render.findings?.length ?? 0;
  const words = [
    VERDICT_WORD[verdict],
    findings ? counted(findings, "finding") : null,
    STATUS_WORD[render.status],
    render.mock ? "a stand-in" : null,
  ]
    .filter(Boolean)
    .join(", ");
  const preview = moving(render);
  return el(
    "a",
    { class: `card is-${verdict}`, href: renderAddress(render.name), "data-key": render.name, on: preview.on },
    el(
      "span",
      { class: "shot" },
      picture(render),
      preview.place,
      render.poster ? null : absent(render),
      verdictFlag(verdict, findings),
      el("span", { class: "length", text: clock(render.durationMs) }),
      render.status === "running" ? progress(render) : null,
    ),
    el(
      "span",
      { class: "meta" },
      el("span", { class: "name" }, said(shortName(render))),
      el(
        "span",
        { class: "line" },
        mark(render.status),
        el("span", { class: "hidden", text: words }),
        el("span", { class: "where" }, ...whereabouts(render)),
        render.review?.decision ? reviewFlag(render.review) : null,
      ),
    ),
  );
}

/// What moves over the poster while the card is pointed at or reached by keyboard, and only then is it
/// loaded; nothing for those who asked for less motion.
function moving(render) {
  if (!render.preview) return { place: null, on: {} };
  const place = el("span", { class: "moving", "aria-hidden": "true" });
  const show = () => {
    if (!calm.matches) place.replaceChildren(el("img", { src: fileUrl(render.preview, render.stamp), alt: "" }));
  };
  const hide = () => place.replaceChildren();
  const on = {
    pointerenter: ({ pointerType }) => pointerType === "mouse" && show(),
    pointerleave: hide,
    focus: ({ target }) => target.matches(":focus-visible") && show(),
    blur: hide,
  };
  return { place, on };
}

/// Without its profile and its batch, which stand beside it.
export function shortName(render) {
  const batch = store.page.batches[render.batch]?.name;
  const bare = render.name.endsWith(`@${render.profile}`)
    ? render.name.slice(0, -render.profile.length - 1)
    : render.name;
  return batch && bare.startsWith(`${batch}/`) ? bare.slice(batch.length + 1) : bare;
}

/// Why there is no picture.
function absent({ status, decision }) {
  if (decision) return null;
  return el("span", { class: "absent", "aria-hidden": "true" }, mark(status), STATUS_WORD[status]);
}

function whereabouts(render) {
  const batch = store.page.batches[render.batch]?.name;
  return [said(render.profile), batch ? [" · ", said(batch)] : [], render.mock ? " · stand-in" : []].flat();
}

/// Its poster; else what is known of its picture: where the findings are.
export function picture(render, eager = false) {
  if (render.poster) {
    return el("img", {
      src: fileUrl(render.poster, render.stamp),
      alt: "",
      loading: eager ? null : "lazy",
      decoding: "async",
      width: render.size[0],
      height: render.size[1],
      draggable: "false",
    });
  }
  return blank(render);
}

/// A canvas of the right shape with the boxes of what was found.
export function blank(render) {
  const [width, height] = render.size;
  const rects = (render.findings ?? [])
    .filter((finding) => finding.box)
    .map(({ box, severity }) =>
      svg("rect", { x: box.x, y: box.y, width: box.width, height: box.height, class: `box is-${severity}` }),
    );
  return svg(
    "svg",
    { class: "blank", viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" },
    svg("rect", { width, height, class: "canvas" }),
    rects,
  );
}

function verdictFlag(verdict, findings) {
  if (verdict === "none") return null;
  const number = findings ? el("span", { text: String(findings) }) : null;
  return el("span", { class: `flag is-${verdict}`, "aria-hidden": "true" }, mark(verdict), number);
}

function reviewFlag(review) {
  const words = `${review.decision === "accept" ? "approved" : "turned down"} by you${review.current ? "" : ", of an older film"}`;
  return el(
    "span",
    { class: `reviewed is-${review.decision}${review.current ? "" : " is-old"}`, title: words },
    mark(review.decision),
    el("span", { class: "hidden", text: words }),
  );
}

/// How far a render is; without an end where nobody knows how many frames it will have.
export function progress(render) {
  const known = render.progress !== null && render.progress !== undefined;
  const bar = el(
    "span",
    {
      class: `progress${known ? "" : " is-unknown"}`,
      role: "progressbar",
      "aria-label": "rendering",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
      "aria-valuenow": known ? Math.round(render.progress / 10) : null,
    },
    el("span", { class: "fill" }),
  );
  setVars(bar, { "--done": known ? render.progress / 1000 : 1 });
  return bar;
}

/// The shape that most have: theirs fill their frame, the others stand in it.
export function usualRatio(renders) {
  const votes = new Map();
  for (const {
    size: [width, height],
  } of renders) {
    const ratio = Math.min(16 / 9, Math.max(9 / 16, width / height));
    votes.set(ratio, (votes.get(ratio) ?? 0) + 1);
  }
  return [...votes].sort((one, other) => other[1] - one[1])[0]?.[0] ?? 9 / 16;
}
