"""Words to boxes: what is written and drawn on a screen, and which part of it words mean.

Importing it without the extra `ocr` is a typed error that names the extra.
"""

from importlib.util import find_spec

from vl2agent.errors import MissingExtra

if find_spec("rapidfuzz") is None:
    raise MissingExtra("ocr", "reading the screen")
