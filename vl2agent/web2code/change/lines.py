"""Changes as a model writes them, line by line: the grammar, and reading them back.

set b3 position sticky
role b5 heading 2
move b4 before b2
remove b7
text b1 "Welcome"
end
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from vl2agent.completion import Regex, Reply
from vl2agent.web2code.change.properties import PROPERTIES, property_of, value_of
from vl2agent.web2code.ir import Role

MOST = 12
"""Changes of one reply."""
RESERVE = 400
"""Tokens that so many changes take."""
MOST_READ = 8_000
"""Characters of a reply that are looked at."""
MOST_NOTED = 100
ROLES: tuple[Role, ...] = (
    "heading", "paragraph", "text", "link", "button", "badge", "caption", "label", "code", "input", "textarea", "select",
    "header", "nav", "main", "section", "article", "aside", "footer", "form", "figure", "quote", "group",
)  # fmt: skip

_ROLES = {role: role for kinds in get_args(Role) for role in get_args(kinds)}
_SET = re.compile(r"set (b[0-9]{1,6}) ([a-z-]{3,24}):? (\S[^\n]{0,60})")
_ROLE = re.compile(r"role (b[0-9]{1,6}) ([a-z_]{3,16})(?: ([1-6]))?")
_MOVE = re.compile(r"move (b[0-9]{1,6}) (before|after) (b[0-9]{1,6})")
_REMOVE = re.compile(r"remove (b[0-9]{1,6})")
_TEXT = re.compile(r'text (b[0-9]{1,6}) "([^"\n]{1,200})"')


@dataclass(frozen=True, slots=True)
class Set:
    """A property gets a value."""

    id: str
    property: str
    value: str

    def __str__(self) -> str:
        return f"set {self.id} {self.property} {self.value}"


@dataclass(frozen=True, slots=True)
class Rename:
    """A block becomes something else."""

    id: str
    role: Role
    level: int | None = None

    def __str__(self) -> str:
        return f"role {self.id} {self.role}" + (f" {self.level}" if self.level else "")


@dataclass(frozen=True, slots=True)
class Move:
    """A block changes its place among its neighbours."""

    id: str
    where: Literal["before", "after"]
    other: str

    def __str__(self) -> str:
        return f"move {self.id} {self.where} {self.other}"


@dataclass(frozen=True, slots=True)
class Remove:
    """A block goes, with all that is in it."""

    id: str

    def __str__(self) -> str:
        return f"remove {self.id}"


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A text gets other words."""

    id: str
    words: str

    def __str__(self) -> str:
        return f'text {self.id} "{self.words}"'


Change: TypeAlias = Set | Rename | Move | Remove | Rewrite


@dataclass(frozen=True, slots=True)
class Answer:
    """The changes that were read, and the lines that are none, with the reason."""

    changes: tuple[Change, ...]
    refused: tuple[str, ...] = ()


def grammar(
    ids: Collection[str], properties: Sequence[str], quotes: Sequence[str] = (), *, looks: bool = False
) -> Regex:
    """Make the grammar of a reply.

    Args:
        ids: blocks that may be changed.
        properties: what may be set.
        quotes: words that a text may become.
        looks: nothing but properties may be changed.
    """
    known = f"({'|'.join(ids)})"
    pairs = "|".join(f"{name} {PROPERTIES[name]}" for name in properties)
    lines = [f"set {known} ({pairs})"]
    if not looks:
        lines += [rf"role {known} ({'|'.join(ROLES)}|heading [1-6])", rf"move {known} (before|after) {known}"]
        lines += [f"remove {known}"]
    if quotes:
        lines.append(rf'text {known} "({"|".join(map(re.escape, quotes))})"')
    return Regex(pattern=rf"(({'|'.join(lines)})\n){{0,{MOST}}}end")


def read(reply: Reply | str) -> Answer:
    """Read a reply up to its end; of one that was cut, all but the last line."""
    text, cut = (reply, False) if isinstance(reply, str) else (reply.text, reply.stop_reason == "length")
    lines = text[:MOST_READ].splitlines()
    if lines and (len(text) > MOST_READ or (cut and not text.endswith("\n"))):
        lines.pop()
    changes, refused = list[Change](), list[str]()
    for line in (line.strip() for line in lines):
        if line == "end":
            break
        if change := _change(line):
            changes.append(change)
        elif line and not line.startswith("```"):
            refused.append(f"{line[:MOST_NOTED]!r} is no change that is known")
    return Answer(tuple(changes[:MOST]), tuple(refused))


def _change(line: str) -> Change | None:
    if match := _SET.fullmatch(line):
        name = property_of(match[2])
        value = value_of(name, match[3]) if name else None
        return Set(match[1], name, value) if name and value else None
    if match := _ROLE.fullmatch(line):
        role = _ROLES.get(match[2])
        return Rename(match[1], role, int(match[3]) if match[3] else None) if role else None
    if match := _MOVE.fullmatch(line):
        return Move(match[1], "before" if match[2] == "before" else "after", match[3])
    if match := _REMOVE.fullmatch(line):
        return Remove(match[1])
    return Rewrite(match[1], match[2]) if (match := _TEXT.fullmatch(line)) else None
