"""The names that a model gives, line by line: the grammar they are written in, and reading them back.

    b3 heading 2
    b4 input email "E-mail"
    b7 image "a red bicycle"
    group b3 b4 form

Lines that say nothing of a listed block are counted and left out; what is said of one block in two ways is neither.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from vl2agent.completion import Regex, Reply
from vl2agent.web2code.ir import FieldState, Role
from vl2agent.web2code.name.possible import FIELDS, MARKS

KINDS: tuple[str, ...] = get_args(FieldState.model_fields["kind"].annotation)
GROUPED: tuple[Role, ...] = (
    "group", "section", "article", "aside", "nav", "header", "footer", "form", "fieldset", "figure", "list", "tabs",
)  # fmt: skip
MOST_WORDS = 60
"""Characters in quotes."""
MOST_GROUPS, MOST_GROUPED = 4, 8
MOST_READ = 16_000
"""Characters of a reply that are looked at."""

_QUOTED: tuple[Role, ...] = ("image", *FIELDS, *MARKS)
_LINE = re.compile(
    r"\W{0,4}(?P<id>b[0-9]{1,6})[ \t:=-]{1,4}(?P<role>[a-z_]{1,16})(?P<level>[1-6])?(?:[ \t]+(?P<more>[a-z]+|[1-6]))?"
    r"(?:[ \t]+\"(?P<words>[^\"\n]*)\"?)?[ \t]*[.,;]?"
)
_GROUP = re.compile(r"\W{0,4}group(?P<ids>(?:[ \t,]+b[0-9]{1,6}){2,40})[ \t]+(?P<role>[a-z_]{1,16})[ \t]*")
_OTHER_NAMES: Mapping[str, Role] = {
    "h": "heading", "a": "link", "p": "paragraph", "img": "image", "picture": "image", "ul": "list", "ol": "ordered_list",
    "div": "group", "span": "text", "field": "input", "dropdown": "select", "hr": "rule", "pre": "code",
    "blockquote": "quote", "title": "heading",
}  # fmt: skip
"""Words that models without a grammar use."""
_ROLES: Mapping[str, Role] = {role: role for kinds in get_args(Role) for role in get_args(kinds)}


@dataclass(frozen=True, slots=True)
class Name:
    """What a line says of a block, not checked yet."""

    id: str
    role: Role
    level: int | None = None
    kind: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that a line puts into a group."""

    ids: tuple[str, ...]
    role: Role


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read of a reply, and what of it was no use, in words."""

    names: tuple[Name, ...]
    groups: tuple[Together, ...]
    notes: tuple[str, ...] = ()


def grammar(asked: Mapping[str, Sequence[Role]]) -> Regex:
    """Make the grammar of a reply about some blocks: a line for each or none, in their order, then groups."""
    lines = "".join(rf"({id_} {_choices(roles)}\n)?" for id_, roles in asked.items())
    ids = f"({'|'.join(asked)})"
    groups = rf"(group( {ids}){{2,{MOST_GROUPED}}} ({'|'.join(GROUPED)})\n){{0,{MOST_GROUPS}}}"
    return Regex(pattern=lines + groups)


def _choices(roles: Sequence[Role]) -> str:
    return f"({'|'.join(_choice(role) for role in roles)})"


def _choice(role: Role) -> str:
    quoted = rf'( "[^"\n<>\\]{{1,{MOST_WORDS}}}")?'
    if role == "heading":
        return "heading [1-6]"
    if role == "input":
        return rf"input ({'|'.join(KINDS)}){quoted}"
    return role + (quoted if role in _QUOTED else "")


def reserve(asked: Mapping[str, Sequence[Role]]) -> int:
    """Say how many tokens hold any sensible reply; a longer one is cut, and used as far as it goes."""
    quotes = sum(any(role in _QUOTED for role in roles) for roles in asked.values())
    return 64 + 12 * len(asked) + 16 * quotes


def read(reply: Reply | str, asked: Mapping[str, Sequence[Role]]) -> Answer:
    """Read a reply; of one that was cut, all but the last line."""
    text, cut = (reply, False) if isinstance(reply, str) else (reply.text, reply.stop_reason == "length")
    lines = text[:MOST_READ].splitlines()
    if lines and (len(text) > MOST_READ or (cut and not text.endswith("\n"))):
        lines.pop()
    said: dict[str, set[Name]] = {}
    groups, other, unknown = [], 0, 0
    for line in filter(str.strip, lines):
        if group := _GROUP.fullmatch(line):
            groups.append(Together(tuple(re.findall(r"b[0-9]+", group["ids"])), _role(group["role"]) or "group"))
        elif (match := _LINE.fullmatch(line)) and (name := _name(match)):
            if name.id in asked:
                said.setdefault(name.id, set()).add(name)
            else:
                unknown += 1
        else:
            other += 1
    names = tuple(name for each in said.values() if len(each) == 1 for name in each)
    twice = len(said) - len(names)
    told = ((other, "no names"), (unknown, "of blocks that are not there"), (twice, "that contradict each other"))
    return Answer(
        names, tuple(groups[:MOST_GROUPS]), tuple(f"{number} lines {what}" for number, what in told if number)
    )


def _name(match: re.Match[str]) -> Name | None:
    """Make a name of a line; None where it is none that is known."""
    role, more = _role(match["role"]), match["more"] or ""
    if role is None:
        return None
    level = match["level"] or (more if more.isdigit() else "")
    if role == "heading":
        return Name(match["id"], role, level=int(level)) if level else None
    return Name(match["id"], role, kind=more if more in KINDS else "", words=(match["words"] or "")[:MOST_WORDS])


def _role(word: str) -> Role | None:
    return _ROLES.get(word) or _OTHER_NAMES.get(word)
