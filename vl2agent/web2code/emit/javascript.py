"""Texts and data as JavaScript that people read, and that stays data whatever the texts say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from vl2agent.web2code.emit.components import Row
from vl2agent.web2code.emit.harmless import clean

_WIDTH = 110


def quoted(string: str) -> str:
    """Write a string; nothing in it can end the script that it stands in."""
    return json.dumps(clean(string), ensure_ascii=False).replace("</", "<\\/")


def constants(lists: Mapping[str, Sequence[Row]]) -> list[str]:
    """Write each list as a constant, with an empty line after it."""
    return [line for name, rows in lists.items() for line in (f"const {name} = {_rows(rows, '')};", "")]


def _rows(rows: Sequence[Row], indent: str) -> str:
    inner = f"{indent}  "
    return "\n".join(["[", *(f"{inner}{_row(row, inner)}," for row in rows), f"{indent}]"])


def _row(row: Row, indent: str) -> str:
    """Write a row on one line where it fits."""
    inner = f"{indent}  "
    entries = [
        f"{name}: {quoted(value) if isinstance(value, str) else _rows(value, inner)}" for name, value in row.items()
    ]
    line = f"{{ {', '.join(entries)} }}" if entries else "{}"
    if len(indent) + len(line) <= _WIDTH and "\n" not in line:
        return line
    return "\n".join(["{", *(f"{inner}{entry}," for entry in entries), f"{indent}}}"])
