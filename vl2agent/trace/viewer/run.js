// What is known of the run as a whole.

function runParts() {
  const { outcome, certainty, checklist, notes, policy } = index;
  const troubled = items.flatMap((item, number) => (number && (item.tone === "bad" || item.tone === "warn") ? [item] : []));
  return [
    h("header", {}, h("h2", {}, h("span", {}, index.goal)), h("p", { class: "facts" }, badge(outcome.tone, outcome.label), h("span", { class: "soft" }, `${counted(lastItem, WORD)}, ${duration(index.seconds)}`))),
    outcome.message && h("p", { class: `alarm ${outcome.tone}` }, outcome.message),
    certainty.length > 0 && section("what is not certain", h("ul", { class: "unsure" }, certainty.map((line) => h("li", {}, line)))),
    index.scale < 1 && h("p", { class: "soft" }, `Pictures are kept at ${Math.round(index.scale * 100)} % of their size, so that this file stays small.`),
    checklist.length > 0 && section("parts of the goal", tasks(checklist)),
    troubled.length > 0 && section("steps to look at", h("ul", { class: "links" }, troubled.map((item) => h("li", {}, h("a", { href: `#${item.name}` }, `${item.number} ${item.title}`), h("span", { class: item.tone }, ` ${item.said}`))))),
    section("time", phaseBar(phaseSums())),
    section("made with", facts(index.facts)),
    notes.length > 0 && section("notes", h("ul", {}, notes.map((note) => h("li", {}, note)))),
    Object.keys(policy).length > 0 && section("policy", fold("rules", h("pre", {}, JSON.stringify(policy, (_, said) => said ?? undefined, 1)))),
  ];
}

function phaseSums() {
  const sums = new Map();
  for (const [name, start, end] of items.flatMap((item) => item.phases)) sums.set(name, (sums.get(name) ?? 0) + end - start);
  return [...sums];
}
