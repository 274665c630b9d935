// The screen as it was before and after a step, one at a time, or one over the other with an edge to be moved.

const MODES = [["before", "Before"], ["after", "After"], ["compare", "Compare"]];

const layers = { before: h("div", { class: "layer before" }), after: h("div", { class: "layer after" }) };
const edge = h("div", {
  class: "edge", role: "slider", tabindex: 0, "aria-label": "Edge between before and after",
  "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 50, onkeydown: edgeKeys,
}, h("span", { class: "grip", "aria-hidden": "true" }));
const screenBox = h("div", { class: "screen" }, layers.before, layers.after, edge);
const view = h("div", { class: "view" }, screenBox);
const tray = h("div", { class: "tray" });
const caption = h("p", { class: "caption" });
const modeButtons = MODES.map(([mode, label]) =>
  h("button", { type: "button", "data-mode": mode, "aria-pressed": "false", onclick: () => setMode(mode) }, label));
const marksButton = h("button", { type: "button", "aria-pressed": "true", title: "Marks (m)", onclick: () => set({ marks: !shown.marks }) }, "Marks");
const sizeButton = h("button", { type: "button", "aria-pressed": "false", title: "Real size (z)", onclick: () => set({ large: !shown.large }) }, "100 %");

const stage = h("section", { class: "stage", "aria-label": "Screen", id: "screen" },
  h("div", { class: "bar" },
    h("div", { class: "choice", role: "group", "aria-label": "What is shown" }, modeButtons),
    h("div", { class: "choice", role: "group", "aria-label": "How it is shown" }, marksButton, sizeButton),
    h("div", { class: "choice" }, playButton),
    caption),
  view, tray);

const canvases = Object.fromEntries(["before", "after"].map((kind) => [kind, h("canvas", { role: "img", "aria-label": `The screen ${kind} the ${WORD}` })]));

function fillLayer(kind) {
  const item = items[shown.item], number = item[kind], frame = frameOf(number), element = layers[kind];
  element.dataset.of = item.name;
  if (!frame || frame.picture === null) {
    element.replaceChildren(h("p", { class: "gap" }, frame ? "This picture was still being encoded when writing ended." : "Nothing was seen here."));
    return Promise.resolve();
  }
  return pictureOf(frame.picture).then((picture) => {
    if (item !== items[shown.item]) return;
    paint(canvases[kind], picture);
    const detail = detailsOf(shown.item), before = detail && kind === "before";
    const marks = before ? beforeMarks(detail, frame.region) : detail ? afterMarks(detail) : [];
    element.replaceChildren(canvases[kind], overlay(frame.region, marks), ...(before ? tags(detail, frame.region) : []));
  });
}

function paint(canvas, picture) {
  if (canvas.width !== picture.width) canvas.width = picture.width;
  if (canvas.height !== picture.height) canvas.height = picture.height;
  canvas.getContext("2d", { alpha: false }).drawImage(picture, 0, 0);
}

// What is seen comes first; the other one is filled when nobody waits. `data-shown` names the item that is seen.
function showScreens() {
  const item = items[shown.item];
  const region = frameOf(item.before)?.region ?? frameOf(item.after)?.region ?? [0, 0, 16, 10];
  stage.style.setProperty("--aspect", (region[2] - region[0]) / (region[3] - region[1]));
  screenBox.style.setProperty("--width", `${(region[2] - region[0]) / devicePixelRatio}px`);
  showMode();
  whenIdle(() => {
    if (item !== items[shown.item]) return;
    ["before", "after"].filter((kind) => layers[kind].dataset.of !== item.name).forEach(fillLayer);
    [items[shown.item + 1], items[shown.item - 1]].forEach((near) => near && prefetch(near.before, near.after));
  });
}

function fillWhatIsSeen(mode) {
  const item = items[shown.item];
  const kinds = mode === "compare" ? ["before", "after"] : [mode];
  const late = kinds.filter((kind) => layers[kind].dataset.of !== item.name);
  if (late.length) Promise.all(late.map(fillLayer)).then(() => item === items[shown.item] && (stage.dataset.shown = item.name));
}

const single = ({ before, after }) => after === null || after === before;
const modeNow = () => (single(items[shown.item]) ? "before" : modes[modeKind()]);

function showMode() {
  const item = items[shown.item], mode = modeNow(), one = single(item);
  stage.dataset.mode = mode;
  stage.classList.toggle("no-marks", !shown.marks);
  stage.classList.toggle("large", shown.large);
  if (shown.large) lookAtTarget();
  modeButtons.forEach((each) => {
    each.setAttribute("aria-pressed", String(each.dataset.mode === mode));
    each.disabled = one && each.dataset.mode !== "before";
  });
  marksButton.setAttribute("aria-pressed", String(shown.marks));
  sizeButton.setAttribute("aria-pressed", String(shown.large));
  caption.textContent = mode === "compare" ? `${named(item.before)} | ${named(item.after)}` : named(mode === "after" ? item.after : item.before);
  if (one && item.after !== null) caption.textContent += ", the only one of this step";
  edgeTo(shown.cut);
  fillWhatIsSeen(mode);
}

function lookAtTarget() {
  const target = detailsOf(shown.item)?.targets[0], region = frameOf(items[shown.item].before)?.region;
  if (!target || !region) return;
  const scale = screenBox.clientWidth / (region[2] - region[0]);
  view.scrollTo((target.point[0] - region[0]) * scale - view.clientWidth / 2, (target.point[1] - region[1]) * scale - view.clientHeight / 2);
}

function named(number) {
  const frame = frameOf(number);
  if (!frame) return "no frame";
  return `frame ${number} · ${sized(frame.region)}` + (frame.settled === "settled" ? "" : ` · ${frame.settled}`);
}

// --- the edge ---

function edgeTo(percent) {
  shown.cut = Math.min(Math.max(percent, 0), 100);
  screenBox.style.setProperty("--cut", `${shown.cut}%`);
  edge.setAttribute("aria-valuenow", String(Math.round(shown.cut)));
  edge.setAttribute("aria-valuetext", `${Math.round(shown.cut)} % before`);
}

function edgeKeys(event) {
  const step = event.shiftKey ? 10 : 2;
  const to = { ArrowLeft: shown.cut - step, ArrowRight: shown.cut + step, Home: 0, End: 100 }[event.key];
  if (to === undefined) return;
  edgeTo(to);
  event.preventDefault();
  event.stopPropagation();
}

function dragEdge(event) {
  const { left, width } = screenBox.getBoundingClientRect();
  edgeTo(((event.clientX - left) / width) * 100);
}

screenBox.addEventListener("pointerdown", (event) => {
  if (stage.dataset.mode !== "compare" || event.button) return;
  screenBox.setPointerCapture(event.pointerId);
  screenBox.addEventListener("pointermove", dragEdge);
  dragEdge(event);
  edge.focus({ preventScroll: true });
  event.preventDefault();
});
for (const end of ["pointerup", "pointercancel"]) {
  screenBox.addEventListener(end, () => screenBox.removeEventListener("pointermove", dragEdge));
}
view.addEventListener("dblclick", () => set({ large: !shown.large }));
listeners.push((what) => (what === "item" ? showScreens() : what === "mode" && showMode()));
