// What was recorded, and what is shown of it. A step's details are parsed when somebody looks at the step.

const index = JSON.parse(document.getElementById("index").textContent);
const WORD = { run: "step", script: "step", demonstration: "action" }[index.kind];

const run = {
  name: "run", title: "The whole run", tone: index.outcome.tone, said: index.outcome.label, flags: [],
  before: index.first, after: index.last, phases: [], seconds: index.seconds,
};
const items = [run, ...index.steps];
const lastItem = items.length - 1;

const shown = { item: -1, marks: true, large: false, cut: 50, found: items.map((_, number) => number) };

// The run opens with its end over its beginning, a step with what it was planned on.
const modes = { run: "compare", step: "before" };
const modeKind = () => (shown.item === 0 ? "run" : "step");
const setMode = (mode) => {
  modes[modeKind()] = mode;
  tell("mode");
};
const toggleMode = (mode, other) => setMode(modeNow() === mode ? other : mode);

const details = [];
function detailsOf(number) {
  return (details[number] ??= number ? JSON.parse(document.getElementById(`data-${items[number].name}`).textContent) : null);
}

const frameOf = (number) => (number === null || number === undefined ? null : index.frames[number] ?? null);

// Listeners are told of what changed: "item", "mode", "found", "cut".
const listeners = [];
const tell = (what) => listeners.forEach((listener) => listener(what));

function show(number, { keep = false } = {}) {
  const wanted = Math.min(Math.max(number, 0), lastItem);
  if (wanted === shown.item) return;
  shown.item = wanted;
  if (!keep) history.replaceState(null, "", `#${items[wanted].name}`);
  tell("item");
}

function move(by) {
  const at = shown.found.findIndex((number) => number >= shown.item);
  const exact = shown.found[at] === shown.item;
  const from = at < 0 ? shown.found.length : at;
  const next = shown.found[by > 0 && !exact ? from : from + by];
  if (next !== undefined) show(next);
}

function moveToTrouble(by) {
  const troubled = (item) => item.tone === "bad" || item.tone === "warn" || item.flags.includes("uncertain");
  for (let at = shown.item + by; at > 0 && at <= lastItem; at += by) {
    if (troubled(items[at])) return show(at);
  }
}

function set(changes) {
  Object.assign(shown, changes);
  tell("mode");
}

function fromAddress() {
  const name = decodeURIComponent(location.hash.slice(1));
  const number = items.findIndex((item) => item.name === name);
  if (number >= 0) show(number, { keep: true });
  return number >= 0;
}
