"""Fold equal siblings into components with data: three cards become one Card and a list of three.

What differs between them becomes a property; what all have stays in the component. Lists in a component fold too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TypeAlias

from vl2agent.web2code.emit.element import Element


@dataclass(frozen=True)
class Prop:
    """Stands for a text or an attribute that each use of a component says for itself."""

    name: str


Value: TypeAlias = str | Prop
Row: TypeAlias = "Mapping[str, str | list[Row]]"
"""The properties of one use: texts, and rows for the lists in it."""


@dataclass(frozen=True)
class Words:
    """A text."""

    value: Value


@dataclass(frozen=True)
class Repeat:
    """A component for each row of a list, which is a property or stands in the file."""

    component: str
    rows: Prop | tuple[Row, ...]
    list_name: str


@dataclass(frozen=True)
class Part:
    """An element of a component."""

    tag: str
    attributes: Mapping[str, Value]
    children: tuple[Part | Words | Repeat, ...]


@dataclass(frozen=True)
class Component:
    """A file: what it shows, and the properties that it takes."""

    name: str
    roots: tuple[Part | Words | Repeat, ...]
    props: tuple[str, ...] = ()


@dataclass
class _Props:
    """The values that differ between the uses of one component."""

    uses: int
    lists: dict[str, list[list[Row]]] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=dict)

    def value(self, word: str, values: Sequence[str]) -> Value:
        """Return what all uses say, or a property of that name where they differ."""
        if len(set(values)) == 1:
            return values[0]
        for name, known in self.texts.items():
            if known == list(values):
                return Prop(name)
        name = _free(word, {*self.texts, *self.lists})
        self.texts[name] = list(values)
        return Prop(name)

    def rows_of(self, word: str, rows: list[list[Row]]) -> Prop | tuple[Row, ...]:
        """Return the list that all uses have, or a property for it."""
        if all(each == rows[0] for each in rows):
            return tuple(rows[0])
        name = _free(word, {*self.texts, *self.lists})
        self.lists[name] = rows
        return Prop(name)

    def rows(self) -> list[Row]:
        """Return what each use says."""
        named: dict[str, list[str] | list[list[Row]]] = {**self.texts, **self.lists}
        return [{name: values[use] for name, values in named.items()} for use in range(self.uses)]


def fold(body: Element) -> tuple[Component, list[Component]]:
    """Return the page as the component App, and those that it is made of, the innermost first."""
    found: list[Component] = []
    app = _part([body], _Props(1), found)
    return Component("App", app.children), found


def _part(uses: Sequence[Element], props: _Props, found: list[Component]) -> Part:
    """Make one part of elements of one shape, one for each use."""
    first = uses[0]
    attributes: dict[str, Value] = {}
    if any("class" in use.attributes for use in uses):
        attributes["class"] = props.value(
            _word_of_look(first, props), [use.attributes.get("class", "") for use in uses]
        )
    for name in first.attributes:
        if name != "class":
            attributes[name] = props.value(_word_of_attribute(name), [use.attributes[name] for use in uses])
    children: list[Part | Words | Repeat] = []
    for places in _runs(first):
        if len(places) > 1:
            children.append(_repeat([[_element(use.children[at]) for at in places] for use in uses], props, found))
            continue
        each = [use.children[places[0]] for use in uses]
        if isinstance(each[0], str):
            texts = [child for child in each if isinstance(child, str)]
            children.append(Words(props.value(_word_of_text(first), texts)))
        else:
            children.append(_part([_element(child) for child in each], props, found))
    return Part(first.tag, attributes, tuple(children))


def _repeat(lists: list[list[Element]], props: _Props, found: list[Component]) -> Repeat:
    """Make a component of siblings, and rows of what they say."""
    pool = [element for each in lists for element in each]
    inner = _Props(len(pool))
    root = _part(pool, inner, found)
    names = (*inner.texts, *inner.lists)
    word = _component_word(pool[0])
    known = next((each for each in found if (each.roots, each.props) == ((root,), names)), None)
    if known is None:
        known = Component(_free(word, {"App", *(each.name for each in found)}), (root,), names)
        found.append(known)
    rows = iter(inner.rows())
    by_use = [[next(rows) for _ in each] for each in lists]
    list_name = _plural(known.name[0].lower() + known.name[1:])
    return Repeat(known.name, props.rows_of(list_name, by_use), list_name)


def _runs(element: Element) -> Iterator[list[int]]:
    """Yield places of children: neighbours of one shape together where they make a component, else each alone."""
    shapes = [child if isinstance(child, str) else _shape(child) for child in element.children]
    alone = any(isinstance(child, str) and child.strip() for child in element.children)
    start = 0
    for shape, group in groupby(shapes):
        places = list(range(start, start + len(list(group))))
        start += len(places)
        if alone or isinstance(shape, str) or not _worth_it(_element(element.children[places[0]]), len(places)):
            yield from ([place] for place in places)
        else:
            yield places


def _worth_it(element: Element, count: int) -> bool:
    """Tell whether siblings are better one component: two of some size, or three of any but a bare one."""
    size = sum(1 for _ in element.walk())
    return (count > 1 and size > 2) or (count > 2 and size > 1)


def _shape(element: Element) -> tuple[object, ...]:
    """Return all of an element but its texts, its classes and the values of its attributes."""
    children = tuple("" if isinstance(child, str) else _shape(child) for child in element.children)
    return element.tag, element.name, tuple(name for name in element.attributes if name != "class"), children


def _element(child: Element | str) -> Element:
    assert isinstance(child, Element)
    return child


_TEXT_WORDS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "legend", "caption"), "title"),
    **dict.fromkeys(("a", "button", "label", "option"), "label"),
    **dict.fromkeys(("td", "th"), "cell"),
}
_ATTRIBUTE_WORDS = {"src": "picture", "for": "field", "id": "field", "type": "kind"}
_TAG_WORDS = {
    "li": "item", "tr": "row", "td": "cell", "th": "head-cell", "div": "box", "span": "part", "a": "link", "p": "text",
    "dt": "term", "dd": "detail", "img": "picture",
}  # fmt: skip
_TAKEN = frozenset({"key", "ref", "children", "class", "style", "is", "slot", "default", "new", "delete", "switch"})
"""Names that mean something to a framework or to JavaScript."""


def _word_of_text(element: Element) -> str:
    return _camel(_TEXT_WORDS.get(element.tag, "text"))


def _word_of_look(element: Element, props: _Props) -> str:
    """Name the classes: of the component itself 'look', of what is in it after that."""
    return "look" if not props.texts and not props.lists else _camel(f"{element.name or element.tag}-look")


def _word_of_attribute(name: str) -> str:
    return _camel(_ATTRIBUTE_WORDS.get(name, name.removeprefix("aria-")))


def _component_word(element: Element) -> str:
    word = _camel(re.sub(r"[^a-z0-9-]", "", element.name) or _TAG_WORDS.get(element.tag, element.tag))
    return word[0].upper() + word[1:] if word[:1].isalpha() else "Part"


def _camel(word: str) -> str:
    first, *rest = [part for part in word.split("-") if part] or ["part"]
    return first + "".join(part[0].upper() + part[1:] for part in rest)


def _plural(word: str) -> str:
    return f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}es" if word.endswith("s") else f"{word}s"


def _free(word: str, taken: set[str]) -> str:
    """Return a name that nothing has yet."""
    names = (word if number == 1 else f"{word}{number}" for number in range(1, len(taken) + 3))
    return next(name for name in names if name not in taken | _TAKEN)


def used(component: Component) -> list[Repeat]:
    """Return the components that stand in a component."""
    return [part for part in _all(component.roots) if isinstance(part, Repeat)]


def _all(parts: Sequence[Part | Words | Repeat]) -> Iterator[Part | Words | Repeat]:
    for part in parts:
        yield part
        if isinstance(part, Part):
            yield from _all(part.children)


def with_list_names(component: Component) -> tuple[Component, dict[str, tuple[Row, ...]]]:
    """Give every list that stands in a component's file a name of its own; return them by name."""
    lists: dict[str, tuple[Row, ...]] = {}

    def named(part: Part | Words | Repeat) -> Part | Words | Repeat:
        if isinstance(part, Part):
            return replace(part, children=tuple(map(named, part.children)))
        if isinstance(part, Repeat) and not isinstance(part.rows, Prop):
            name = _free(part.list_name, {*lists, *component.props})
            lists[name] = part.rows
            return replace(part, list_name=name)
        return part

    return replace(component, roots=tuple(map(named, component.roots))), lists
