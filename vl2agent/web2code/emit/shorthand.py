"""Write four sides as one property."""

from __future__ import annotations

from vl2agent.web2code.emit.classes import Declarations

_SIDES = ("top", "right", "bottom", "left")
_CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")


def shorten(style: Declarations, *, alone: bool = False) -> dict[str, str]:
    """Return the same declarations with shorthands for boxes, borders, corners and gaps.

    Args:
        alone: no other rule says anything of the sides that are not named, so they are 0.
    """
    short = dict(style)
    for name in ("margin", "padding"):
        _join(short, name, [f"{name}-{side}" for side in _SIDES], "0" if alone else None)
    _join(short, "inset", _SIDES, None)
    _join(short, "border-radius", [f"border-{corner}-radius" for corner in _CORNERS], None)
    _join(short, "gap", ("row-gap", "column-gap"), None)
    _join_borders(short)
    return short


def _join(style: dict[str, str], name: str, parts: list[str] | tuple[str, ...], missing: str | None) -> None:
    given = [style.get(part, missing) for part in parts]
    if name in style or any(part in style for part in parts) is False:
        return
    values = [value for value in given if value is not None]
    if len(values) < len(parts) or sum(part in style for part in parts) < 2:
        return
    for part in parts:
        style.pop(part, None)
    style[name] = _box(values)


def _box(values: list[str]) -> str:
    """Leave out what the other side says already."""
    if len(values) == 4 and values[1] == values[3]:
        values = values[:3]
    if len(values) == 3 and values[0] == values[2]:
        values = values[:2]
    if len(values) == 2 and values[0] == values[1]:
        values = values[:1]
    return " ".join(values)


def _join_borders(style: dict[str, str]) -> None:
    sides = [style.get(f"border-{side}") for side in _SIDES]
    if "border" in style or sides[0] is None or len(set(sides)) > 1:
        return
    for side in _SIDES:
        del style[f"border-{side}"]
    style["border"] = sides[0]
