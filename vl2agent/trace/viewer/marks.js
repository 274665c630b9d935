// What is drawn over a frame: where the words were found, what was done there, what changed after it.

const NOTCH = 36; // pixels of the screen that an arrow for the wheel is long
const WAYS = { up: [0, -1], down: [0, 1], left: [-1, 0], right: [1, 0] };

const rectangle = (box, kind, out = 0) =>
  draw("rect", { class: kind, x: box[0] - out, y: box[1] - out, width: box[2] - box[0] + 2 * out, height: box[3] - box[1] + 2 * out, rx: 3 });

function line(from, to) {
  const ends = { x1: from[0], y1: from[1], x2: to[0], y2: to[1] };
  return [draw("line", { class: "casing", ...ends }), draw("line", { class: "path", ...ends })];
}

function dot([x, y], radius, count = 1) {
  const rings = Array.from({ length: count }, (_, ring) => radius * (1 + 0.5 * ring));
  return [
    ...rings.flatMap((r) => [draw("circle", { class: "casing", cx: x, cy: y, r }), draw("circle", { class: "ring", cx: x, cy: y, r })]),
    draw("circle", { class: "dot", cx: x, cy: y, r: radius / 4 }),
  ];
}

const xy = (point) => [point.x, point.y];

function actionMarks(action, radius) {
  switch (action?.kind) {
    case "click": return dot(xy(action.point), radius, action.count);
    case "move": return dot(xy(action.point), radius);
    case "drag": return [...line(xy(action.start), xy(action.end)), ...dot(xy(action.start), radius)];
    case "scroll": {
      const [x, y] = xy(action.point), [dx, dy] = WAYS[action.direction];
      return [...line([x, y], [x + dx * NOTCH * 2, y + dy * NOTCH * 2]), ...dot([x, y], radius)];
    }
    case "zoom": return [rectangle([action.box.left, action.box.top, action.box.right, action.box.bottom], "look")];
    default: return [];
  }
}

function beforeMarks(detail, region) {
  const radius = Math.max(14, (region[2] - region[0]) / 90);
  const boxes = detail.targets.flatMap((target) => [
    ...closerLooks(target, region).map((look) => rectangle(look.region, "look")),
    rectangle(target.box, "casing", 3), rectangle(target.box, "box", 3),
  ]);
  return [...boxes, ...actionMarks(detail.action, radius)];
}

const afterMarks = (detail) => (detail.verdict?.changed ?? []).map((box) => rectangle(box, "change"));

// Looks at a part of the screen, not at all of it.
const closerLooks = (target, region) => target.looks.filter((look) => sized(look.region) !== sized(region));

function overlay(region, marks) {
  const arrow = draw("marker", { id: "arrow", viewBox: "0 0 10 10", refX: 8, refY: 5, markerWidth: 4, markerHeight: 4, orient: "auto" },
    draw("path", { d: "M0 0L10 5L0 10z", class: "arrowhead" }));
  const [left, top, right, bottom] = region;
  return draw("svg", { viewBox: `${left} ${top} ${right - left} ${bottom - top}`, "aria-hidden": "true" }, draw("defs", {}, arrow), marks);
}

// Words beside a mark keep their size whatever the screen's is, so they are no part of the drawing.
function tags(detail, region) {
  const [left, top, right, bottom] = region;
  const words = (target) => `${target.text || target.role || target.words} ${target.confidence.toFixed(2)}`;
  return detail.targets.map((target) => {
    const low = target.box[1] - top < (bottom - top) * 0.06;
    const x = Math.min(((target.box[0] - left) / (right - left)) * 100, 75);
    const y = (((low ? target.box[3] : target.box[1]) - top) / (bottom - top)) * 100;
    return h("span", { class: low ? "tag below" : "tag", style: { left: `${x}%`, top: `${y}%` } }, words(target));
  });
}
