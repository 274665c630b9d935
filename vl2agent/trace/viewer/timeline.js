// The run along its time: a strip of what the screen showed, and which phase each moment belonged to.

const SLOT = 104; // pixels of the strip for a thumbnail

const spans = index.steps.map(({ phases }) => [phases[0][1], phases.at(-1)[2]]);
const began = Math.min(0, ...spans.map(([start]) => start));
const ended = Math.max(0.001, ...spans.map(([, end]) => end));
const part = (seconds) => ((seconds - began) / (ended - began)) * 100;

const film = h("div", { class: "film", "aria-hidden": "true" });
const bars = draw("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
  index.steps.flatMap((step, number) => [
    ...step.phases.map(([name, start, end]) => draw("rect", { class: `phase ${name}`, x: part(start), width: Math.max(part(end) - part(start), 0.02), y: 0, height: 7 })),
    draw("rect", { class: `lamp ${step.tone}`, x: part(spans[number][0]), width: Math.max(part(spans[number][1]) - part(spans[number][0]) - 0.05, 0.05), y: 8, height: 2 }),
  ]));
const cursor = h("div", { class: "cursor", "aria-hidden": "true" });
const ticks = h("div", { class: "ticks", "aria-hidden": "true" });
const peek = h("div", { class: "peek", hidden: true, "aria-hidden": "true" });
const track = h("div", { class: "track" }, film, bars, cursor, ticks);
const timeline = h("section", { class: "timeline", "aria-label": "Time line" }, track, peek);

// The step that was going on at a moment, else the one before.
function stepAt(clientX) {
  const { left, width } = track.getBoundingClientRect();
  const seconds = began + ((clientX - left) / width) * (ended - began);
  const next = spans.findIndex(([start]) => start > seconds);
  return Math.max(1, next < 0 ? lastItem : next);
}

function layFilm() {
  const slots = Math.max(1, Math.floor(track.clientWidth / SLOT)), { left, width } = track.getBoundingClientRect();
  if (!index.steps.length || !width) return;
  film.replaceChildren(...Array.from({ length: slots }, (_, slot) => thumbnail(items[stepAt(left + ((slot + 0.5) / slots) * width)].before)));
  const stops = Math.max(1, Math.floor(width / 160));
  ticks.replaceChildren(...Array.from({ length: stops + 1 }, (_, stop) => h("span", {}, duration(began + (stop / stops) * (ended - began)))));
}

function showCursor() {
  const span = spans[shown.item - 1];
  cursor.hidden = !span;
  if (!span) return;
  cursor.style.setProperty("left", `${part(span[0])}%`);
  cursor.style.setProperty("width", `${part(span[1]) - part(span[0])}%`);
}

function peekAt(event) {
  const item = items[stepAt(event.clientX)], { left, width } = timeline.getBoundingClientRect();
  peek.hidden = false;
  peek.replaceChildren(thumbnail(item.before), h("p", {}, h("b", {}, item.number), ` ${item.title}`), h("p", { class: item.tone }, item.said));
  peek.style.setProperty("left", `${Math.min(Math.max(event.clientX - left - 110, 4), Math.max(width - 224, 4))}px`);
  if (event.buttons) show(stepAt(event.clientX));
}

track.addEventListener("pointermove", peekAt);
track.addEventListener("pointerleave", () => (peek.hidden = true));
track.addEventListener("pointerdown", (event) => index.steps.length && show(stepAt(event.clientX)));
new ResizeObserver(layFilm).observe(track);
listeners.push((what) => what === "item" && showCursor());
