// Pictures: made of one whole picture and patches on it, decoded when they are to be seen, the last few kept.

const KEPT_PIXELS = 24e6;
const decoded = new Map(); // picture's number -> promise of a canvas, the oldest first
const urls = new Map();

function bytesOf(blob) {
  const text = document.getElementById(`blob-${blob}`).textContent;
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

const bitmapOf = (blob) => createImageBitmap(new Blob([bytesOf(blob)], { type: "image/webp" }));

async function composed({ size, whole, patches }) {
  const canvas = new OffscreenCanvas(...size);
  const context = canvas.getContext("2d", { alpha: false });
  const [ground, ...parts] = await Promise.all([whole, ...patches.map(([, , blob]) => blob)].map(bitmapOf));
  context.drawImage(ground, 0, 0);
  parts.forEach((part, number) => context.drawImage(part, patches[number][0], patches[number][1]));
  [ground, ...parts].forEach((bitmap) => bitmap.close());
  return canvas;
}

function pictureOf(number) {
  const found = decoded.get(number) ?? composed(index.pictures[number]);
  decoded.delete(number);
  decoded.set(number, found);
  const pixels = index.pictures[number].size[0] * index.pictures[number].size[1];
  for (const old of [...decoded.keys()].slice(0, -Math.max(4, Math.floor(KEPT_PIXELS / pixels)))) decoded.delete(old);
  return found;
}

function thumbnailUrl(picture) {
  const blob = index.pictures[picture].thumb;
  if (!urls.has(blob)) urls.set(blob, URL.createObjectURL(new Blob([bytesOf(blob)], { type: "image/webp" })));
  return urls.get(blob);
}

const thumbnailOf = (frame) => {
  const picture = frameOf(frame)?.picture;
  return picture === null || picture === undefined ? null : thumbnailUrl(picture);
};

// The next pictures are decoded while nobody waits.
function prefetch(...frames) {
  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 60));
  idle(() => frames.map((frame) => frameOf(frame)?.picture).filter((picture) => picture != null).forEach(pictureOf));
}
