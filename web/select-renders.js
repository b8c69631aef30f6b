// Which renders the filters leave, and how many each other value would leave.
import { renderNow, store } from "./store.js";
import { folded } from "./text.js";
import { verdictOf } from "./marks.js";

const haystacks = new WeakMap();

/// What a search looks through.
function haystack(render) {
  if (!haystacks.has(render)) {
    const assets = (render.parts ?? []).map((part) => store.page.assets[part.asset]);
    haystacks.set(
      render,
      folded(
        [
          render.name,
          render.profile,
          render.why,
          ...Object.values(render.axes ?? {}),
          ...(render.captions ?? []).map((caption) => caption.text),
          ...(render.findings ?? []).flatMap((finding) => [finding.rule, finding.message]),
          ...assets.flatMap((asset) => [
            asset.id,
            asset.title ?? "",
            asset.credit?.provenance?.creator ?? "",
          ]),
          render.review?.note ?? "",
        ].join("\n"),
      ),
    );
  }
  return haystacks.get(render);
}

/// The filters that an address holds: name → the values of which one must be there.
export function filtersOf(params) {
  const filters = new Map();
  for (const [name, value] of params) {
    if (!value) continue;
    // These are words of ours; others may hold anything, and are chosen one at a time.
    if (["verdict", "status", "review"].includes(name)) filters.set(name, new Set(value.split("|")));
    else if (name === "batch" || name === "profile" || name.startsWith("axis."))
      filters.set(name, new Set([value]));
  }
  return filters;
}

/// A render's value of a filter.
function valueOf(render, filter) {
  if (filter === "batch") return store.page.batches[render.batch]?.name ?? "";
  if (filter === "verdict") return verdictOf(render);
  if (filter === "review") return reviewOf(render);
  if (filter.startsWith("axis.")) return render.axes?.[filter.slice(5)] ?? "";
  return render[filter];
}

function reviewOf(render) {
  if (!render.review?.decision) return "open";
  return render.review.current ? render.review.decision : "outdated";
}

/// The renders that are left, in their order, as they stand now; and for each facet how many each
/// of its values has among what all the other filters leave.
export function selectRenders(params, facets) {
  const filters = filtersOf(params);
  const words = folded(params.get("q") ?? "")
    .split(/\s+/)
    .filter(Boolean);
  const counts = new Map(facets.map((facet) => [facet, new Map()]));
  const count = (facet, render) => {
    const of = counts.get(facet);
    const value = valueOf(render, facet);
    of.set(value, (of.get(value) ?? 0) + 1);
  };
  const left = [];
  for (const known of store.page.renders) {
    if (words.length && !words.every((word) => haystack(known).includes(word))) continue;
    const render = renderNow(known);
    const failed = [];
    for (const [filter, values] of filters) {
      if (!values.has(valueOf(render, filter))) failed.push(filter);
      if (failed.length > 1) break;
    }
    if (failed.length === 0) {
      left.push(render);
      for (const facet of facets) count(facet, render);
    } else if (failed.length === 1 && counts.has(failed[0])) {
      count(failed[0], render);
    }
  }
  return { renders: left, counts };
}
