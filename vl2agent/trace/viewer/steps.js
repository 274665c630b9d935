// The list of steps. Thumbnails are decoded when they come into sight.

const sight = new IntersectionObserver((seen) => {
  for (const { isIntersecting, target } of seen) {
    if (!isIntersecting) continue;
    sight.unobserve(target);
    target.src = thumbnailOf(Number(target.dataset.frame)) ?? "";
  }
}, { rootMargin: "300px" });

function thumbnail(frame) {
  if (thumbnailBlank(frame)) return h("span", { class: "thumb" });
  const image = h("img", { class: "thumb", alt: "", "data-frame": frame, decoding: "async" });
  sight.observe(image);
  return image;
}

const thumbnailBlank = (frame) => frameOf(frame)?.picture == null;

const rows = items.map((item, number) =>
  h("li", {}, h("a", { href: `#${item.name}`, class: `row ${item.tone}`, onclick: () => document.body.classList.remove("listing") },
    thumbnail(number ? item.before : item.after),
    h("span", { class: "row-title" }, number > 0 && h("b", {}, item.number), ` ${item.title}`),
    h("span", { class: "row-said" }, h("i", { class: "light", "aria-hidden": "true" }), h("span", {}, item.said)),
    h("span", { class: "row-facts" }, [...item.flags, item.sure != null && item.sure.toFixed(2), duration(item.seconds)].filter(Boolean).join(" · ")))));

const empty = h("p", { class: "nothing", role: "status", hidden: true }, "Nothing of this run says that.");
const list = h("nav", { class: "steps", "aria-label": "Steps", id: "steps" }, h("ol", {}, rows), empty);

function showRow() {
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  rows[shown.item].firstElementChild.setAttribute("aria-current", "step");
  const intoSight = () => rows[shown.item].scrollIntoView({ block: "nearest" });
  intoSight();
  requestAnimationFrame(intoSight); // rows that were never seen had a guessed height
}

function showFound() {
  const found = new Set(shown.found);
  rows.forEach((row, number) => (row.hidden = !found.has(number)));
  empty.hidden = found.size > 0;
}

listeners.push((what) => (what === "item" ? showRow() : what === "found" && showFound()));
