"""Imported first by whatever reads pixels: without the extra `ocr` that is a typed error which names it."""

from importlib.util import find_spec

from vl2agent.errors import MissingExtra

if find_spec("rapidfuzz") is None:
    raise MissingExtra("ocr", "reading the screen")
