// Keys, the list of them, and day or night.

const KEYS = [
  ["j  ↓  →", "next step", () => move(1), "j", "ArrowDown", "ArrowRight"],
  ["k  ↑  ←", "step before", () => move(-1), "k", "ArrowUp", "ArrowLeft"],
  ["Home", "the whole run", () => show(0), "Home"],
  ["End", "last step", () => show(lastItem), "End"],
  ["n", "next step that did not go well", () => moveToTrouble(1), "n"],
  ["N", "the one before that did not go well", () => moveToTrouble(-1), "N"],
  ["b", "before or after", () => toggleMode("before", "after"), "b"],
  ["c", "compare before and after", () => toggleMode("compare", "before"), "c"],
  ["[  ]", "move the edge of the comparison", null],
  ["p", "play, or pause", togglePlaying, "p"],
  ["m", "marks on the screen", () => set({ marks: !shown.marks }), "m"],
  ["z", "real size, or fitted", () => set({ large: !shown.large }), "z"],
  ["/", "search", () => { field.focus(); field.select(); }, "/"],
  ["t", "day, night, or as the system has it", nextTheme, "t"],
  ["?", "this list", () => (help.open ? help.close() : help.showModal()), "?"],
  ["Esc", "close, or end the search", null],
];
const acts = new Map(KEYS.flatMap(([, , act, ...keys]) => keys.map((key) => [key, act])));
acts.set("[", () => edgeTo(shown.cut - 5)).set("]", () => edgeTo(shown.cut + 5));

const help = h("dialog", { class: "help", "aria-labelledby": "help-title", onclick: (event) => event.target === help && help.close() },
  h("form", { method: "dialog" },
    h("h2", { id: "help-title" }, "Keys"),
    h("dl", {}, KEYS.map(([keys, does]) => [h("dt", {}, keys.split("  ").map((key) => h("kbd", {}, key))), h("dd", {}, does)])),
    h("button", { value: "close" }, "Close")));

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.("input, textarea")) return;
  if (help.open && event.key !== "?") return;
  const act = acts.get(event.key);
  if (!act) return;
  event.preventDefault();
  act();
});

const THEMES = { system: "As the system", light: "Day", dark: "Night" };
const SIGNS = { system: "◐", light: "☀", dark: "☾" };
const themeButton = h("button", { type: "button", class: "icon", onclick: nextTheme });

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  themeButton.textContent = SIGNS[theme];
  themeButton.title = `${THEMES[theme]} (t)`;
  themeButton.setAttribute("aria-label", `Colours: ${THEMES[theme]}`);
  try { localStorage.setItem("vl2agent-theme", theme); } catch { /* a browser that keeps nothing for files */ }
}

function nextTheme() {
  const themes = Object.keys(THEMES);
  setTheme(themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length]);
}

function keptTheme() {
  try { return localStorage.getItem("vl2agent-theme"); } catch { return null; }
}
setTheme(keptTheme() in THEMES ? keptTheme() : "system");
