// Elements, and words for numbers. Strings become text, never markup: the page's policy would not have it otherwise.

function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

function draw(tag, properties = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, said] of Object.entries(value)) element.style.setProperty(key, said);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const button = (label, onclick, properties = {}, ...children) =>
  h("button", { type: "button", "aria-label": label, title: label, onclick, ...properties }, ...(children.length ? children : [label]));

const badge = (tone, label) => h("span", { class: `badge ${tone}` }, label);

const fold = (label, ...children) => h("details", { class: "fold" }, h("summary", {}, label), ...children);

const facts = (rows) =>
  h("dl", {}, rows.filter(([, said]) => said !== "" && said !== null && said !== undefined)
    .map(([name, said]) => [h("dt", {}, name), h("dd", {}, said)]));

const section = (title, ...children) => h("section", { class: "part" }, h("h3", {}, title), ...children);

function meter(value) {
  const tone = value >= 0.8 ? "good" : value >= 0.5 ? "warn" : "bad";
  return h("span", { class: `meter ${tone}`, role: "img", "aria-label": `confidence ${value.toFixed(2)}` },
    h("span", { class: "meter-bar", style: { "--value": value } }), value.toFixed(2));
}

function tasks(checklist) {
  const items = checklist.map(({ text, done }) =>
    h("li", { class: done ? "good" : "soft" }, h("span", { "aria-label": done ? "done:" : "open:" }, done ? "✓" : "○"), ` ${text}`));
  return h("ul", { class: "tasks" }, items);
}

function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

const sized = (box) => `${box[2] - box[0]}×${box[3] - box[1]}`;
const placed = (box) => `[${box.join(", ")}]`;
const counted = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
