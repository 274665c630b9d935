// Lays the page out and shows the step that its address names; without one, what matters most.

const said = h("p", { class: "aside", role: "status", "aria-live": "polite" });
listeners.push((what) => {
  if (what !== "item") return;
  const item = items[shown.item];
  said.textContent = item === run ? "The whole run" : `Step ${item.number} of ${lastItem}: ${item.title}. ${item.said}`;
  counter.textContent = item === run ? "run" : `${shown.item} / ${lastItem}`;
});

const KIND = { run: "", script: "a script", demonstration: "a demonstration by a person" }[index.kind];
const beganAt = Object.fromEntries(index.facts).began;
const counter = h("button", { type: "button", class: "counter", "aria-controls": "steps", onclick: () => document.body.classList.toggle("listing") });

const header = h("header", { class: "top" },
  h("div", { class: "title" }, h("h1", {}, index.goal),
    h("p", { class: "facts" }, badge(index.outcome.tone, index.outcome.label), [KIND, counted(lastItem, WORD), duration(index.seconds), beganAt].filter(Boolean).map((fact) => h("span", {}, fact)),
      index.certainty.length > 0 && h("a", { class: "warn", href: "#run" }, `${counted(index.certainty.length, "thing")} not certain`))),
  h("div", { class: "tools" }, h("label", { class: "search" }, field, hits), themeButton,
    h("button", { type: "button", class: "icon", title: "Keys (?)", "aria-label": "Keys", onclick: () => help.showModal() }, "?")));

const pager = h("div", { class: "pager", role: "group", "aria-label": "Go from step to step" },
  button("Step before", () => move(-1), {}, "‹"), counter, button("Next step", () => move(1), {}, "›"));

document.getElementById("app").append(
  h("a", { class: "skip", href: "#details", onclick: (event) => { event.preventDefault(); panel.focus(); } }, "To the details"),
  header, timeline, h("main", {}, list, stage, panel), pager, help, said);

addEventListener("hashchange", fromAddress);
if (!fromAddress()) show(index.outcome.tone === "bad" ? lastItem : 0, { keep: true });
document.documentElement.dataset.ready = "yes";
