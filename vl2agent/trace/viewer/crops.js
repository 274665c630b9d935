// The target and every closer look for it, at the screen's own pixels or larger: below the screen where that leaves
// room, else among the details.

const ROOMY = 150; // pixels of height
const cropsPlace = h("div");
let cropsNow = null;

function showCrops(item, detail) {
  cropsNow?.remove();
  cropsNow = detail && crops(item, detail);
  placeCrops();
}

const placeCrops = () => cropsNow && (tray.clientHeight >= ROOMY ? tray : cropsPlace).append(cropsNow);
new ResizeObserver(placeCrops).observe(tray);

const AROUND = 48; // pixels of the screen left and right of a target

function crops(item, detail) {
  const frame = frameOf(item.before);
  if (!frame || frame.picture === null) return null;
  const cards = detail.targets.flatMap((target) => [
    ...closerLooks(target, frame.region).map((look, number) => card(frame, look.region, look.box, `look ${number + 1}: ${look.why}`, look.confidence)),
    card(frame, around(target.box, frame.region), target.box, `${target.name} “${target.words}”`, target.confidence),
  ]);
  return cards.length ? h("div", { class: "crops" }, cards) : null;
}

function around([left, top, right, bottom], region) {
  return [Math.max(left - AROUND, region[0]), Math.max(top - AROUND / 2, region[1]),
    Math.min(right + AROUND, region[2]), Math.min(bottom + AROUND / 2, region[3])];
}

function card(frame, part, box, words, confidence) {
  const [left, top, right, bottom] = part, width = right - left, height = bottom - top;
  const canvas = h("canvas", { width, height, "aria-hidden": "true" });
  pictureOf(frame.picture).then((picture) => {
    const scale = picture.width / (frame.region[2] - frame.region[0]);
    const from = [(left - frame.region[0]) * scale, (top - frame.region[1]) * scale, width * scale, height * scale];
    canvas.getContext("2d").drawImage(picture, ...from, 0, 0, width, height);
  });
  const larger = Math.min(3, Math.max(1, 340 / width));
  return h("figure", {},
    h("div", { class: "crop", style: { "--aspect": width / height, "--width": `${width * larger}px` } }, canvas,
      overlay(part, [rectangle(box, "casing", 1), rectangle(box, "box", 1)])),
    h("figcaption", {}, words, " ", meter(confidence)));
}
