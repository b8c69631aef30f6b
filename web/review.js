// What a person says of a render: approved, turned down, a note. Only where a server listens.
import { button, el, said } from "./dom.js";
import { send } from "./server.js";
import { adopt, store } from "./store.js";

/// The controls; what was said before without a server, nothing where nothing was.
export function reviewPanel(render) {
  if (!store.page.live?.mayDecide) return told(render.review);
  const note = el("textarea", {
    rows: "2",
    maxlength: "2000",
    placeholder: "A note, for whoever mends it",
    dir: "auto",
  });
  note.value = render.review?.note ?? "";
  const answer = el("p", { class: "answer", role: "status" });
  const say = async (decision) => {
    answer.textContent = "Saving …";
    const refused = await send("ui/reviews", { render: render.name, decision, note: note.value });
    if (refused) {
      answer.replaceChildren(refused);
      return;
    }
    const review = decision || note.value ? { decision, note: note.value, current: true } : undefined;
    answer.textContent = "Saved.";
    press(review);
    remember(render.name, review);
  };
  const decisions = [
    ["accept", "Approve"],
    ["reject", "Turn down"],
  ].map(([decision, label]) =>
    button(label, () => say(decisionNow === decision ? null : decision), {
      class: `decide is-${decision}`,
      "aria-pressed": "false",
    }),
  );
  let decisionNow = null;
  const press = (review) => {
    decisionNow = review?.current ? (review.decision ?? null) : null;
    decisions[0].setAttribute("aria-pressed", String(decisionNow === "accept"));
    decisions[1].setAttribute("aria-pressed", String(decisionNow === "reject"));
  };
  press(render.review);
  return el(
    "section",
    { class: "review" },
    el("h3", { text: "Your review" }),
    render.review && !render.review.current
      ? el("p", { class: "quiet", text: "You judged an older film of it." })
      : null,
    el("label", { class: "field wide" }, el("span", { class: "label", text: "Note" }), note),
    el(
      "div",
      { class: "row" },
      decisions,
      button("Save the note", () => say(decisionNow), { class: "plain" }),
    ),
    answer,
  );
}

function told(review) {
  if (!review) return null;
  const decision = { accept: "Approved", reject: "Turned down" }[review.decision] ?? "Noted";
  return el(
    "section",
    { class: "review" },
    el("h3", { text: "Review" }),
    el("p", { text: `${decision}${review.current ? "" : ", of an older film"}.` }),
    review.note ? el("p", {}, said(review.note)) : null,
  );
}

/// Until the server's next document comes, ours says so too.
function remember(name, review) {
  const { renders } = store.page;
  const index = store.renderAt.get(name);
  if (index === undefined) return;
  renders[index] = { ...renders[index], review };
  adopt(store.page);
}
