// The original and the render on one another, what each block scored, and the page itself at other widths.

const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const stage = byId("stage");

function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const tone = (score) => (score >= 0.9 ? "good" : score >= 0.75 ? "fair" : "bad");
const shown = (score) => (score === null || score === undefined ? "–" : score.toFixed(3));

// Modes

const modes = [...document.querySelectorAll(".modes [data-mode]")];
for (const button of modes) button.addEventListener("click", () => show(button.dataset.mode));

function show(mode) {
  for (const button of modes) button.setAttribute("aria-pressed", button.dataset.mode === mode);
  byId("live").hidden = mode !== "live";
  byId("pictures").hidden = mode === "live";
  byId("slide").hidden = mode !== "slider";
  stage.dataset.mode = mode;
}

const split = (percent) => stage.style.setProperty("--split", `${percent}%`);
byId("slide").addEventListener("input", (event) => split(event.target.value));
stage.addEventListener("pointermove", (event) => {
  if (event.pointerType === "mouse" && event.buttons !== 1) return;
  const box = stage.getBoundingClientRect();
  byId("slide").value = ((event.clientX - box.left) / box.width) * 100;
  split(byId("slide").value);
});

byId("width").addEventListener("change", (event) => {
  document.querySelector(".live iframe").style.width = event.target.value === "full" ? "100%" : `${event.target.value}px`;
});

byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

byId("outline").addEventListener("click", (event) => {
  const on = stage.classList.toggle("outlined");
  event.target.setAttribute("aria-pressed", on);
});

// Blocks

const rows = byId("blocks");
const marks = new Map();

for (const block of data.blocks) {
  const [left, top, right, bottom] = block.box;
  const mark = h("div", { class: "block" });
  mark.style.left = `${(left / data.width) * 100}%`;
  mark.style.top = `${(top / data.height) * 100}%`;
  mark.style.width = `${((right - left) / data.width) * 100}%`;
  mark.style.height = `${((bottom - top) / data.height) * 100}%`;
  stage.append(mark);
  const row = h("button", { type: "button", title: `${block.id} ${block.role}: place ${shown(block.place)}, look ${shown(block.look)}` });
  const said = h("span", {}, `${block.role} ${block.text || block.id}`);
  row.append(h("b", { class: tone(block.total) }, shown(block.total)), said, h("i", { class: "soft" }, block.id));
  row.addEventListener("mouseenter", () => pick(block.id));
  row.addEventListener("focus", () => pick(block.id));
  row.addEventListener("click", () => {
    if (stage.dataset.mode === "live") show("slider");
    mark.scrollIntoView({ block: "center" });
  });
  rows.append(row);
  marks.set(block.id, { mark, row, block });
}

function pick(id) {
  for (const { mark, row } of marks.values()) {
    mark.classList.remove("on");
    row.classList.remove("on");
  }
  const found = marks.get(id);
  found?.mark.classList.add("on");
  found?.row.classList.add("on");
}

stage.addEventListener("mousemove", (event) => {
  const box = stage.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * data.width, y = ((event.clientY - box.top) / box.height) * data.height;
  let best = null;
  for (const { block } of marks.values()) {
    const [left, top, right, bottom] = block.box, area = (right - left) * (bottom - top);
    if (left <= x && x < right && top <= y && y < bottom && (!best || area < best.area)) best = { id: block.id, area };
  }
  if (!best) return;
  pick(best.id);
  const row = marks.get(best.id).row;
  row.parentElement.scrollTop = row.offsetTop - row.parentElement.offsetTop - 80;
});

// Rounds

for (const round of data.rounds) {
  const row = h("tr");
  const kept = round.attempts.filter((attempt) => attempt.kept).length;
  const cells = [round.number, round.by, `${kept} of ${round.attempts.length}`, shown(round.before), shown(round.after), `${round.seconds.toFixed(1)} s`];
  row.append(...cells.map((cell, number) => h("td", { class: number > 1 ? "number" : "" }, cell)));
  byId("rounds").append(row);
}
byId("no-rounds").hidden = data.rounds.length > 0;

show("slider");
