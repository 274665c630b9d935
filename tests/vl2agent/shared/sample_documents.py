"""A page as layout hands it to the writers: a header with links, three cards, a listing, a form."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from PIL import Image

from vl2agent.web2code.emit.element import Document, Element

SANS = "Arial, sans-serif"
MONO = '"Liberation Mono", monospace'


def font(size: int, color: str = "#333333", weight: str = "400", **more: str) -> dict[str, str]:
    """Say all that a text looks like, as layout does."""
    return {
        "font-family": SANS,
        "font-size": f"{size}px",
        "line-height": "24px",
        "font-weight": weight,
        "color": color,
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def words(tag: str, name: str, style: dict[str, str], *children: Element | str, **attributes: str) -> Element:
    """Make an element with a name and texts."""
    return Element(tag, attributes, style, children=children, name=name)


def card(title: str, block: str, accent: str = "#4e73df") -> Element:
    """Make a card with a picture, a title, a paragraph and a button."""
    frame = {
        "padding-top": "16px",
        "padding-bottom": "16px",
        "padding-left": "20px",
        "padding-right": "20px",
        "background-color": "#ffffff",
        "border-left": f"4px solid {accent}",
        "border-radius": "8px",
    }
    strong = Element("strong", style=font(16, weight="700"), children=("bold",))
    link = words("a", "", font(16, "#4e73df", text_decoration="underline"), "a link", href="#")
    button = font(14, "#ffffff", "700", background_color=accent, display="inline-block", padding="8px 16px")
    text = ("It is ", strong, " and ", link, ". " + "More words that make this long & <odd>. " * 3 + "End.")
    return Element(
        "article",
        style=frame,
        narrow={"padding-left": "8px"},
        name="card",
        block=block,
        children=(
            Element("img", {"src": "assets/a1.png", "alt": "A cat"}, {"width": "64px", "height": "48px"}),
            words("h2", "card-title", font(20, "#111111", "700"), title),
            words("p", "card-text", font(16), *text),
            Element("div", style=font(14), children=(words("a", "button", button, f"Go {title}", href="#"),)),
        ),
    )


def navigation() -> Element:
    """Make a row of links."""
    links = (words("a", "nav-link", font(14, "#ffffff"), label, href="#") for label in ("Home", "About", "Help"))
    items = tuple(Element("li", style=font(14, "#ffffff"), children=(link,)) for link in links)
    row = Element("ul", style={"display": "flex", "gap": "16px", "list-style": "none"}, children=items)
    return Element("nav", {"aria-label": "Main"}, {"display": "flex"}, children=(row,))


def sample(title: str = "Dashboard") -> Document:
    """Return the page."""
    head_style = {"display": "flex", "gap": "24px", "padding": "16px", "background-color": "#4e73df"}
    brand = words("p", "brand", font(20, "#ffffff", "700"), "Brand")
    grid = {"display": "grid", "grid-template-columns": "1fr 1fr 1fr", "column-gap": "24px", "row-gap": "24px"}
    cards = (card("One", "b2"), card("Two", "b3"), card("Three", "b4", "#1cc88a"))
    listing = {**font(14), "font-family": MONO, "white-space": "pre", "background-color": "#eeeeee"}
    field = {**font(16, "#888888"), "border": "1px solid #cccccc", "padding": "8px"}
    main = (
        words("h1", "title", font(32, "#111111", "700", margin_bottom="16px"), title),
        Element("section", style=grid, narrow={"grid-template-columns": "1fr"}, name="cards", children=cards),
        Element("pre", style=listing, children=("\ndef f(x):\n    return x\n",)),
        Element(
            "form",
            style=font(16),
            children=(
                words("label", "", font(16), "Email", **{"for": "email"}),
                Element("input", {"id": "email", "type": "email", "placeholder": "you@x"}, field, name="field"),
            ),
        ),
    )
    body = Element(
        "body",
        style={"background-color": "#f8f9fc"},
        children=(
            Element("header", style=head_style, children=(brand, navigation()), block="b1"),
            Element("main", style={"padding": "24px"}, children=main),
        ),
    )
    return Document(body, title, "en")


def around(*children: Element | str) -> Document:
    """Return a page with nothing but these."""
    return Document(Element("body", children=children), "Page", "en")


def inlined(element: Element) -> Element:
    """Return an element as no writer would leave it: every style where layout said it, as an attribute."""
    style = "; ".join(f"{name}: {value}" for name, value in element.style.items())
    attributes = {**element.attributes, **({"style": style} if style else {})}
    children = tuple(child if isinstance(child, str) else inlined(child) for child in element.children)
    return replace(element, attributes=attributes, children=children)


def png() -> bytes:
    """Return the picture that the cards show."""
    file = BytesIO()
    Image.new("RGB", (64, 48), "#cc8844").save(file, "PNG")
    return file.getvalue()
