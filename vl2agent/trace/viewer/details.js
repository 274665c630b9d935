// What is known of a step besides its pictures.

const ASKS = { locate: "where is", find: "find all", elements: "list what can be pointed at", text_in: "read what is written in", look_closer: "look closer" };
const panel = h("section", { class: "details", "aria-label": "Details", tabindex: -1 });

function showDetails() {
  const item = items[shown.item], detail = detailsOf(shown.item);
  panel.replaceChildren(...(detail ? stepParts(item, detail) : runParts()).flat(Infinity).filter(Boolean));
  panel.scrollTop = 0;
  showCrops(item, detail);
}

function stepParts(item, detail) {
  return [
    h("header", {}, h("h2", {}, h("a", { class: "number", href: `#${item.name}`, title: "Link to this step" }, item.number), h("span", {}, item.title)),
      h("p", { class: "facts" }, badge(item.tone, detail.outcome), ...item.flags.map((flag) => badge(flag === "uncertain" ? "bad" : "soft", flag)),
        h("span", { class: "soft" }, duration(item.seconds)))),
    shown.item === lastItem && index.outcome.tone === "bad" && h("p", { class: "alarm bad" }, index.outcome.message || index.outcome.label),
    detail.uncertain && h("p", { class: "alarm bad" }, "Its action was about to be performed; whether it was is not known. It must not be repeated blindly."),
    cropsPlace,
    verdictPart(item, detail), planPart(detail), detail.targets.map(targetPart), policyPart(detail), deliveryPart(detail),
    timePart(item), detail.calls.length > 0 && section(`model, ${counted(detail.calls.length, "call")}`, callCards(detail.calls)),
    readingsPart(detail.readings), windowsPart(item), rawPart(detail),
  ];
}

function verdictPart(item, { verdict }) {
  if (!verdict) return section("verdict", h("p", { class: "warn" }, item.said));
  const areas = verdict.changed.map((box) => `${sized(box)} at (${box[0]}, ${box[1]})`).join(", ");
  return section("verdict", facts([
    ["outcome", h("span", { class: item.tone }, verdict.outcome)], ["note", verdict.note], ["effects", verdict.effects.join(", ")],
    ["appeared", verdict.appeared && `“${verdict.appeared}”`], ["changed", areas],
  ]));
}

function planPart({ plan, does }) {
  if (!plan) return null;
  return section("plan", plan.note && h("p", {}, plan.note), does && facts([["action", does]]), plan.checklist.length > 0 && tasks(plan.checklist),
    plan.state && fold("what the planner remembers", h("pre", {}, plan.state)));
}

function targetPart(target) {
  const looks = target.looks.map((look) => h("li", {}, `${look.why}: ${sized(look.box)} at (${look.box[0]}, ${look.box[1]}) within ${sized(look.region)} `, meter(look.confidence)));
  return section(target.name, facts([
    ["words", `“${target.words}”`], ["found", [target.text && `“${target.text}”`, target.role].filter(Boolean).join(" ")],
    ["sure", meter(target.confidence)], ["point", `(${target.point.join(", ")})`], ["box", `${sized(target.box)} at (${target.box[0]}, ${target.box[1]})`], ["by", target.source],
  ]), looks.length > 0 && fold(counted(looks.length, "look"), h("ol", {}, looks)));
}

function policyPart({ decisions, asked }) {
  const tones = { allow: "good", ask: "warn", deny: "bad" };
  const said = decisions.map(({ verdict, rule, reason }) => h("p", {}, badge(tones[verdict], verdict), ` by “${rule}”`, reason && `: ${reason}`));
  const asks = asked.map(({ question, answer }) =>
    h("div", { class: "ask" }, h("p", {}, question), answer === null ? h("p", { class: "warn" }, "nobody was there") : h("blockquote", {}, answer || "(an empty answer)")));
  return said.length || asks.length ? section(asks.length ? "policy and asks" : "policy", said, asks) : null;
}

function deliveryPart({ receipt }) {
  if (!receipt) return null;
  const tone = { sent: "good", uncertain: "bad", dry: "soft" }[receipt.delivery];
  return section("delivery", h("p", {}, badge(tone, receipt.delivery), ` in ${duration(receipt.duration_s)}`), facts([["route", receipt.route], ["detail", receipt.detail]]));
}

function timePart(item) {
  return item.phases.length ? section("time", phaseBar(item.phases.map(([name, start, end]) => [name, end - start]))) : null;
}

function phaseBar(spans) {
  const words = spans.map(([name, s]) => `${name} ${duration(s)}`);
  return [
    h("div", { class: "ledger", role: "img", "aria-label": words.join(", ") },
      spans.map(([name, s], number) => h("span", { class: `phase ${name}`, title: words[number], style: { "flex-grow": 1000 * s + 1 } }))),
    h("ul", { class: "keys" }, spans.map(([name], number) => h("li", {}, h("span", { class: `phase ${name}` }), words[number]))),
  ];
}

// Filled when it is opened: there may be hundreds of them.
function readingsPart(readings) {
  if (!readings.length) return null;
  const folds = readings.map((reading) => {
    const part = fold([ASKS[reading.ask], reading.words && ` “${reading.words}”`, reading.box && ` ${placed(reading.box)}`, h("span", { class: "soft" }, ` ${answered(reading)}`)]);
    part.addEventListener("toggle", () => part.children.length < 2 && part.append(readingBody(reading)));
    return part;
  });
  return section("reading the screen", fold(counted(readings.length, "question"), folds));
}

function answered({ ask, again, error, found, text, more }) {
  if (again) return "as before";
  if (error) return error === "AmbiguousTarget" ? "several fit" : "nothing fits";
  if (ask === "text_in") return text ? `“${text}”` : "nothing";
  if (ask === "look_closer") return more ? "more to see" : "nothing more";
  return `${found.length} found`;
}

function readingBody({ found, reason }) {
  const rows = found.map(([text, role, confidence, box]) => h("tr", {}, h("td", {}, text || "—"), h("td", {}, role), h("td", {}, confidence.toFixed(2)), h("td", {}, placed(box))));
  return h("div", { class: "wide" }, reason && h("p", { class: "warn" }, reason), rows.length > 0 && h("table", {}, h("tbody", {}, rows)));
}

function windowsPart(item) {
  const windows = frameOf(item.before)?.windows ?? [];
  const rows = windows.map(([title, app, url, active]) => h("li", { class: active ? "" : "soft" }, title || "(no title)", app && ` · ${app}`, url && ` · ${url}`, active && " · in use"));
  return rows.length ? section("windows", fold(counted(rows.length, "window"), h("ol", {}, rows))) : null;
}

function rawPart(detail) {
  const part = fold("as data");
  part.addEventListener("toggle", () => part.children.length < 2 && part.append(h("pre", {}, JSON.stringify({ ...detail, readings: undefined }, null, 1))));
  return section("record", part);
}

listeners.push((what) => what === "item" && showDetails());
