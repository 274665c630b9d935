"""How a box is painted, as CSS declarations."""

from __future__ import annotations

from collections.abc import Mapping

from vl2agent.web2code.emit.lengths import px
from vl2agent.web2code.ir import Edge, Gradient, Shadow, Style


def paint(style: Style) -> dict[str, str]:
    """Write background, borders, corners and shadows; a picture is drawn over the whole box."""
    return {**_background(style), **_borders(style), **_corners(style), **_shadow(style), **style.extra}


def _background(style: Style) -> dict[str, str]:
    declarations: dict[str, str] = {}
    layers = []
    if style.picture:
        layers.append(f'url("{asset_path(style.picture)}")')
        declarations |= {"background-size": "100% 100%"}
    if isinstance(style.background, Gradient):
        layers.append(_gradient(style.background))
    elif style.background:
        declarations |= {"background-color": style.background}
    return declarations | ({"background-image": ", ".join(layers)} if layers else {})


def asset_path(asset: str) -> str:
    """Where the picture of an asset is kept, beside the page."""
    return f"assets/{asset}.png"


def _gradient(gradient: Gradient) -> str:
    stops = ", ".join(f"{stop.color} {stop.at * 100:g}%" for stop in gradient.stops)
    return f"linear-gradient({gradient.angle:g}deg, {stops})"


def _borders(style: Style) -> dict[str, str]:
    edges: Mapping[str, Edge | None] = {
        "top": style.top, "right": style.right, "bottom": style.bottom, "left": style.left
    }  # fmt: skip
    if style.top and all(edge == style.top for edge in edges.values()):
        return {"border": _edge(style.top)}
    return {f"border-{side}": _edge(edge) for side, edge in edges.items() if edge}


def _edge(edge: Edge) -> str:
    return f"{px(edge.width)} {edge.style} {edge.color}"


def _corners(style: Style) -> dict[str, str]:
    if not any(style.radius):
        return {}
    if len(set(style.radius)) == 1:
        return {"border-radius": px(style.radius[0])}
    return {"border-radius": " ".join(px(radius) for radius in style.radius)}


def _shadow(style: Style) -> dict[str, str]:
    return {"box-shadow": ", ".join(_one_shadow(shadow) for shadow in style.shadows)} if style.shadows else {}


def _one_shadow(shadow: Shadow) -> str:
    lengths = [shadow.x, shadow.y, shadow.blur, *([shadow.spread] if shadow.spread else [])]
    return " ".join([*(px(length) for length in lengths), shadow.color])
