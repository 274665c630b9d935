// Pictures: whole ones, and earlier ones with patches on them, made when they are to be seen, the last few kept.

const KEPT_PIXELS = 24e6;
const decoded = new Map(); // picture's number -> promise of a bitmap or a canvas, the oldest first
const urls = new Map();

function bytesOf(blob) {
  const text = document.getElementById(`blob-${blob}`).textContent;
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

const bitmapOf = (blob) => createImageBitmap(new Blob([bytesOf(blob)], { type: "image/webp" }));

async function composed({ size, whole, base, patches }) {
  if (whole !== null) return bitmapOf(whole);
  const canvas = new OffscreenCanvas(...size), context = canvas.getContext("2d", { alpha: false });
  const [ground, ...parts] = await Promise.all([pictureOf(base), ...patches.map(([, , blob]) => bitmapOf(blob))]);
  context.drawImage(ground, 0, 0);
  parts.forEach((part, number) => context.drawImage(part, patches[number][0], patches[number][1]));
  parts.forEach((part) => part.close());
  return canvas;
}

function pictureOf(number) {
  const found = decoded.get(number) ?? composed(index.pictures[number]);
  decoded.delete(number);
  decoded.set(number, found);
  const pixels = index.pictures[number].size[0] * index.pictures[number].size[1];
  for (const old of [...decoded.keys()].slice(0, -Math.max(8, Math.floor(KEPT_PIXELS / pixels)))) decoded.delete(old);
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

const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 60));
const prefetch = (...frames) => frames.map((frame) => frameOf(frame)?.picture).filter((picture) => picture != null).forEach(pictureOf);
