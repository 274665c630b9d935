"""What a browser tells of a page beside its picture: texts and their places, elements, pictures, depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

Rect: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom in CSS pixels of the page."""


@dataclass(frozen=True, slots=True)
class DomText:
    """A text node, or what a field shows.

    `flow` numbers the element that lays it out; `joined` says that no blank parts it from the text node before.
    """

    text: str
    rects: tuple[Rect, ...]
    flow: int
    joined: bool
    field: bool
    elements: tuple[int, ...]
    """Indices of the elements around it."""
    block: str = ""
    """Of instrumented code: the block that it shows."""


@dataclass(frozen=True, slots=True)
class DomElement:
    """An element whose tag says what it is."""

    tag: str
    box: Rect


@dataclass(frozen=True, slots=True)
class Dom:
    """A page as it was laid out."""

    width: int
    height: int
    texts: tuple[DomText, ...]
    elements: tuple[DomElement, ...]
    pictures: tuple[Rect, ...]
    """Boxes of images, canvases and background pictures."""
    visible: int
    """Elements larger than one pixel."""
    placed: int
    """How many of those are absolutely positioned or fixed."""
    depth: int
    """Of the deepest element below the body."""
    blocks: dict[str, Rect] = field(default_factory=dict)
    """Of instrumented code: the box of each block's first element."""

    @classmethod
    def parse(cls, found: dict[str, Any]) -> Dom:
        """Take what `PROBE` returned."""
        texts = tuple(
            DomText(
                text=each["text"],
                rects=tuple(tuple(rect) for rect in each["rects"]),
                flow=each["flow"],
                joined=each["joined"],
                field=each["field"],
                elements=tuple(each["elements"]),
                block=each["block"],
            )
            for each in found["texts"]
        )
        elements = tuple(DomElement(each["tag"], tuple(each["box"])) for each in found["elements"])
        pictures = tuple(tuple(rect) for rect in found["pictures"])
        numbers = {name: int(found[name]) for name in ("width", "height", "visible", "placed", "depth")}
        blocks = {id_: tuple(box) for id_, box in found["blocks"]}
        return cls(texts=texts, elements=elements, pictures=pictures, blocks=blocks, **numbers)


PROBE = r"""() => {
  const ROLES = new Set("H1 H2 H3 H4 H5 H6 A BUTTON INPUT SELECT TEXTAREA TABLE LI NAV IMG".split(" "));
  const UNSEEN = new Set("SCRIPT STYLE TEMPLATE TITLE".split(" "));
  const CLOSED = new Set("TEXTAREA OBJECT AUDIO VIDEO CANVAS IFRAME".split(" "));
  const BUTTONS = {submit: "Submit", reset: "Reset", button: ""};
  const WORDLESS = new Set("hidden checkbox radio range color file image date time month week datetime-local".split(" "));
  const root = document.documentElement, body = document.body || root;
  const place = r => [r.left + scrollX, r.top + scrollY, r.right + scrollX, r.bottom + scrollY];
  const shown = e => e.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const tidy = text => text.replace(/[ \t\r\n\f]+/g, " ").trim();
  const texts = [], elements = [], pictures = [], flows = new Map();
  const blockOf = e => (e.closest("[data-b]") || e).getAttribute("data-b") || "";
  let visible = 0, placed = 0, depth = 0;

  const flowOf = e => {
    while (e !== root && getComputedStyle(e).display.startsWith("inline")) e = e.parentElement || root;
    if (!flows.has(e)) flows.set(e, flows.size);
    return flows.get(e);
  };
  const wordsOf = e => {
    if (e.tagName === "TEXTAREA") return e.value || e.placeholder;
    if (e.tagName === "SELECT") return e.size > 1 || e.multiple ? "" : (e.selectedOptions[0] || {}).label || "";
    if (e.type in BUTTONS) return e.value || BUTTONS[e.type];
    if (WORDLESS.has(e.type)) return "";
    return e.value ? (e.type === "password" ? "•".repeat(e.value.length) : e.value) : e.placeholder;
  };
  const isPicture = (e, style) =>
    ["IMG", "CANVAS", "VIDEO", "OBJECT", "EMBED", "image"].includes(e.tagName) || e.type === "image" ||
    [style, getComputedStyle(e, "::before"), getComputedStyle(e, "::after")].some(s =>
      s.content !== "none" && (s.backgroundImage + s.borderImageSource + s.content).includes("url("));

  const addText = (text, rects, e, field, around, joined) => {
    rects = rects.filter(r => r.width > 0 && r.height > 0).map(place);
    if (text && rects.length) texts.push({text, rects, flow: flowOf(e), joined, field, elements: around, block: blockOf(e)});
  };
  const isCut = (r, clip) => r.width > 0 && r.height > 0 && ( // by a parent that hides what is beyond its edges
    Math.min(r.right, clip[2]) - Math.max(r.left, clip[0]) < 1 || Math.min(r.bottom, clip[3]) - Math.max(r.top, clip[1]) < 1);
  const within = (e, style, r, clip) => {
    if (e === body || e === root) return clip;
    const x = style.overflowX !== "visible", y = style.overflowY !== "visible";
    return [x ? Math.max(clip[0], r.left) : clip[0], y ? Math.max(clip[1], r.top) : clip[1],
            x ? Math.min(clip[2], r.right) : clip[2], y ? Math.min(clip[3], r.bottom) : clip[3]];
  };
  const EVERYWHERE = [-1e9, -1e9, 1e9, 1e9];
  let blank = true;
  const visit = (e, level, around, clip) => {
    if (UNSEEN.has(e.tagName)) return;
    const style = getComputedStyle(e);
    if (style.display === "none") return;
    const svg = e.namespaceURI.endsWith("svg") && e.tagName !== "svg";
    const r = e.getBoundingClientRect(), seen = shown(e);
    if (!svg) depth = Math.max(depth, level);
    if (seen && r.width > 1 && r.height > 1 && e !== body) {
      if (!svg) visible++;
      if (!svg && (style.position === "absolute" || style.position === "fixed")) placed++;
    }
    if (seen && r.width > 1 && r.height > 1 && isPicture(e, style)) pictures.push(place(r));
    if (["absolute", "fixed"].includes(style.position)) clip = EVERYWHERE;
    if (ROLES.has(e.tagName) && seen && e.type !== "hidden" && !isCut(r, clip)) {
      around = [...around, elements.length];
      const tag = e.type in BUTTONS ? "button" : e.tagName.toLowerCase();
      elements.push({tag: ["select", "textarea"].includes(tag) ? "input" : tag, box: place(r)});
    }
    if (["INPUT", "SELECT", "TEXTAREA"].includes(e.tagName)) {
      if (seen) addText(tidy(wordsOf(e)), [r], e, true, around, false);
      blank = true;
      if (e.tagName !== "SELECT" || !(e.size > 1 || e.multiple)) return;
    }
    if (CLOSED.has(e.tagName)) return;
    const inner = within(e, style, r, clip);
    for (const child of e.childNodes) {
      if (child.nodeType === 1) visit(child, level + 1, around, inner);
      if (child.nodeType !== 3 || !child.data) continue;
      const joined = !blank && !/^[ \t\r\n\f]/.test(child.data);
      blank = /[ \t\r\n\f]$/.test(child.data);
      if (!seen || !tidy(child.data)) continue;
      const range = document.createRange();
      range.selectNodeContents(child);
      addText(tidy(child.data), [...range.getClientRects()], e, false, around, joined);
    }
    if (e.tagName === "BR") blank = true;
  };
  visit(body, 0, [], EVERYWHERE);
  const height = Math.max(root.scrollHeight, body.scrollHeight);
  const blocks = [...document.querySelectorAll("[data-b]")].reverse().map(e => [blockOf(e), place(e.getBoundingClientRect())]);
  return {width: root.scrollWidth, height, texts, elements, pictures, visible, placed, depth, blocks};
}"""

HIDE_TEXT = """() => {
  const sheet = new CSSStyleSheet();
  const clear = "-webkit-text-fill-color: transparent !important; -webkit-text-stroke-color: transparent !important; " +
    "text-decoration-color: transparent !important; text-shadow: none !important; transition: none !important;";
  sheet.replaceSync(
    `*, ::placeholder, ::file-selector-button { ${clear} }` +
    "::before, ::after, ::marker { -webkit-text-fill-color: currentcolor !important; }" +
    "svg text, svg tspan { fill: transparent !important; stroke: transparent !important; }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}"""
"""Makes all text transparent. What ::before and ::after draw stays: icon fonts are pictures, no text node has them."""
