// Where the reader is: `#/view?name=value`. All of a view's state that is worth a link is in it, so
// that the back button and a bookmark work.

let arrived = () => {};
let seen = null;

export function readRoute() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { view: path || "sheet", params: new URLSearchParams(query) };
}

/// The address of a view. Parameters that are empty are left out.
export function address(view, params = new URLSearchParams()) {
  const kept = new URLSearchParams([...params].filter(([, value]) => value !== ""));
  const query = kept.toString();
  return `#/${view}${query ? `?${query}` : ""}`;
}

/// Goes there; `replace` where going back should skip where we are.
export function go(view, params, replace = false) {
  history[replace ? "replaceState" : "pushState"](null, "", address(view, params));
  look();
}

/// The address of here with some parameters changed.
function hereWith(changes) {
  const { view, params } = readRoute();
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") params.delete(name);
    else params.set(name, value);
  }
  return { view, params };
}

/// The address at which a render is open over this view.
export function renderAddress(name) {
  const { view, params } = hereWith({ render: name });
  return address(view, params);
}

export function change(changes, replace = true) {
  const { view, params } = hereWith(changes);
  go(view, params, replace);
}

/// Calls back at once, and whenever the reader is somewhere else.
export function onArrival(listener) {
  arrived = listener;
  addEventListener("hashchange", look);
  addEventListener("popstate", look);
  look();
}

function look() {
  if (location.hash === seen) return;
  seen = location.hash;
  arrived(readRoute());
}
