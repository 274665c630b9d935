// Search over everything that is told of the run: words that all must be there, in any place of a step.

const field = h("input", {
  type: "search", placeholder: "Search everything", "aria-label": "Search everything", "aria-describedby": "hits", spellcheck: "false", oninput: search,
});
const hits = h("span", { id: "hits", class: "soft", role: "status" });
let texts = null;
let words = [];

function textsOfAll() {
  const collect = (value) => (typeof value === "string" ? value : value && typeof value === "object" ? Object.values(value).map(collect).join("\n") : typeof value === "number" ? String(value) : "");
  const { steps, frames, pictures, ...whole } = index;
  return items.map((item, number) => collect(number ? [item.title, item.said, item.flags, detailsOf(number), frameOf(item.before)?.windows ?? []] : whole).toLowerCase());
}

function search() {
  texts ??= textsOfAll();
  words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  shown.found = items.flatMap((_, number) => (words.every((word) => texts[number].includes(word)) ? [number] : []));
  hits.textContent = words.length ? `${shown.found.length} of ${items.length}` : "";
  tell("found");
  if (words.length && shown.found.length && !shown.found.includes(shown.item)) show(shown.found.find((number) => number > shown.item) ?? shown.found[0]);
  else openWhatFits();
}

// Opens what the words are in, and marks them where the browser can.
function openWhatFits() {
  for (const part of words.length ? panel.querySelectorAll("details") : []) {
    if (words.some((word) => part.textContent.toLowerCase().includes(word))) part.open = true;
  }
  if (!CSS.highlights) return;
  const ranges = words.length ? [...ranged(panel), ...ranged(list)] : [];
  CSS.highlights.set("found", new Highlight(...ranges));
}

function* ranged(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.toLowerCase();
    for (const word of words) {
      for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
        yield new StaticRange({ startContainer: walker.currentNode, startOffset: at, endContainer: walker.currentNode, endOffset: at + word.length });
      }
    }
  }
}

field.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { field.value = ""; search(); field.blur(); }
  if (event.key === "Enter") move(event.shiftKey ? -1 : 1);
});
listeners.push((what) => what === "item" && words.length && openWhatFits());
