"""Give every distinct look a class: from styles on elements to rules in a style sheet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from vl2agent.web2code.emit.contexts import contexts
from vl2agent.web2code.emit.element import Element

Declarations = Mapping[str, str]

_BY_TAG = frozenset({
    "body", "header", "nav", "main", "footer", "aside", "h1", "h2", "h3", "h4", "h5", "h6", "p", "a", "ul",
    "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "kbd", "table", "thead", "tbody", "tr", "th",
    "td", "caption", "form", "label", "legend", "input", "select", "textarea", "button", "hr", "img",
    "figure", "figcaption", "strong", "em",
})  # fmt: skip
"""Tags that mean something: what all of them share is a rule for the tag."""
_ONE_EACH = frozenset(["body", "header", "nav", "main", "footer", "aside", "h1", "form", "table"])
"""Tags with a rule of their own also where the page has only one."""
_WORDS = {"div": "box", "span": "text", "a": "link", "p": "text", "img": "picture", "ul": "list", "ol": "list"}
"""Classes for elements without a name."""
_GENERAL = frozenset({
    "box", "group", "text", "paragraph", "plain", "link", "icon", "image", "picture", "heading", "list", "item", "row",
    "cell", "rule", "badge", "button", "input",
})  # fmt: skip
"""Names that tell more with the place in front of them."""
_MANY = 2
"""Of more elements than that a class says what they share; of two each has one of its own, and one only."""
_WORD = re.compile(r"[a-z]+(-?[a-z0-9]+)*")


@dataclass(frozen=True)
class Rule:
    """Declarations for a selector; `narrow` holds those for narrow windows."""

    selector: str
    style: Declarations
    narrow: Declarations = field(default_factory=dict)


@dataclass
class _Look:
    """An element on its way: where it stands, what no rule says yet, and its classes."""

    element: Element
    context: str
    style: dict[str, str]
    narrow: dict[str, str]
    classes: list[str]

    @property
    def key(self) -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
        return frozenset(self.style.items()), frozenset(self.narrow.items())

    def leave(self, style: Declarations, narrow: Declarations) -> None:
        """Drop what a rule says from now on; what it says otherwise stays, and wins."""
        for mine, said in ((self.style, style), (self.narrow, narrow)):
            for name in said:
                if mine.get(name) == said[name]:
                    del mine[name]


def classify(body: Element) -> tuple[Element, list[Rule]]:
    """Return the page with class attributes in place of styles, and the rules for them."""
    places = zip(body.walk(), contexts(body), strict=True)
    looks = [_Look(each, context, dict(each.style), dict(each.narrow), []) for each, context in places]
    rules = [*_rules_of_tags(looks), *_rules_of_names(looks)]
    return _rewrite(body, iter(looks)), rules


def _rewrite(element: Element, looks: Iterable[_Look]) -> Element:
    look = next(iter(looks))
    children = tuple(child if isinstance(child, str) else _rewrite(child, looks) for child in element.children)
    attributes = dict(element.attributes)
    if look.classes:
        attributes = {"class": " ".join(look.classes), **attributes}
    return replace(element, attributes=attributes, style={}, narrow={}, children=children)


def _rules_of_tags(looks: Sequence[_Look]) -> list[Rule]:
    """Make rules of what every element of a tag declares."""
    rules = []
    for tag in dict.fromkeys(look.element.tag for look in looks):
        group = [look for look in looks if look.element.tag == tag]
        if tag not in _BY_TAG or (len(group) == 1 and tag not in _ONE_EACH):
            continue
        alike = len({look.key for look in group}) == 1
        narrow = dict(group[0].narrow) if alike else {}
        if rule := _rule(tag, shared([look.style for look in group]), narrow):
            rules.append(rule)
            for look in group:
                look.leave(rule.style, rule.narrow)
    return rules


def _rules_of_names(looks: Sequence[_Look]) -> list[Rule]:
    """Make a class of every name, and of every look where elements of one name differ."""
    alike: dict[object, list[_Look]] = {}
    for look in looks:
        if look.style or look.narrow:
            alike.setdefault((_word(look.element), look.key), []).append(look)
    groups: dict[str, list[_Look]] = {}
    for same in alike.values():
        groups.setdefault(_name(same), []).extend(same)
    taken = set(groups)
    return _merged([rule for name, group in groups.items() for rule in _variants(name, group, taken)], looks)


def _merged(rules: Sequence[Rule], looks: Sequence[_Look]) -> list[Rule]:
    """Write rules that say the same once, but for those that an element has together with another: order counts."""
    together = {f".{name}" for look in looks if len(look.classes) > 1 for name in look.classes}
    merged: dict[object, Rule] = {}
    for rule in rules:
        key = (frozenset(rule.style.items()), frozenset(rule.narrow.items()))
        if rule.selector in together or key not in merged:
            merged[rule.selector if rule.selector in together else key] = rule
        else:
            merged[key] = replace(merged[key], selector=f"{merged[key].selector},\n{rule.selector}")
    return list(merged.values())


def _name(alike: Sequence[_Look]) -> str:
    """Name elements that look alike by what they are; where that says little, by where they stand too."""
    word = _word(alike[0].element)
    places = {look.context for look in alike}
    context = places.pop() if len(places) == 1 and word in _GENERAL else ""
    if word == "group":
        word = "box"
    return f"{context}-{word}" if context and context != word else word


def _variants(name: str, group: Sequence[_Look], taken: set[str]) -> list[Rule]:
    """Make rules for elements of one name: what kin share is a class, what one of them adds is another."""
    names = (word for number in count(1) if (word := name if number == 1 else f"{name}-{number}") not in taken - {name})
    rules = []
    for kin in _kin(group):
        style, narrow = shared([look.style for look in kin]), shared([look.narrow for look in kin])
        if len(kin) > _MANY and len({look.key for look in kin}) > 1 and len(style) > 1:
            rules.append(_give(kin, Rule(f".{next(names)}", style, narrow)))
        rest: dict[object, list[_Look]] = {}
        for look in kin:
            if look.style or look.narrow:
                rest.setdefault(look.key, []).append(look)
        for same in rest.values():
            rules.append(_give(same, Rule(f".{next(names)}", dict(same[0].style), dict(same[0].narrow))))
    return rules


def _give(looks: Sequence[_Look], rule: Rule) -> Rule:
    """Give elements the class of a rule."""
    for look in looks:
        look.leave(rule.style, rule.narrow)
        look.classes.append(rule.selector[1:])
    return rule


def _kin(group: Sequence[_Look]) -> list[list[_Look]]:
    """Part elements of one name into those that share half of what they say, and two declarations at least."""
    families: list[list[_Look]] = []
    for look in group:
        for family in families:
            first = family[0]
            common = len(first.style.items() & look.style.items())
            if first.key == look.key or (common > 1 and 2 * common >= min(len(first.style), len(look.style))):
                family.append(look)
                break
        else:
            families.append([look])
    return families


def shared(styles: Sequence[Declarations]) -> dict[str, str]:
    """Return what all declare, with the value that at least half of them have.

    A property that another of the same family overrides somewhere is left alone: `border` next to `border-left` means
    something else in another order.
    """
    common: dict[str, str] = {}
    everywhere = set.intersection(*(set(style) for style in styles)) if styles else set()
    somewhere = {name for style in styles for name in style}
    for name in sorted(everywhere):
        if not _sides_agree(name, styles):
            continue
        value, times = Counter(style[name] for style in styles).most_common(1)[0]
        if 2 * times >= len(styles) and not any(_related(name, other) for other in somewhere):
            common[name] = value
    return common


def _sides_agree(name: str, styles: Sequence[Declarations]) -> bool:
    """Tell whether all say the same of all four sides: a shorthand for some of them would reset the others."""
    family = name.partition("-")[0]
    if family not in ("margin", "padding"):
        return True
    return len({frozenset(pair for pair in style.items() if pair[0].startswith(family)) for style in styles}) == 1


_PARTS = {
    "row-gap": "gap",
    "column-gap": "gap",
    "top": "inset",
    "right": "inset",
    "bottom": "inset",
    "left": "inset",
    "line-height": "font",
    "align-items": "place-items",
    "justify-items": "place-items",
}


def _related(name: str, other: str) -> bool:
    """Tell whether two properties set the same thing, one of them as a part of the other."""
    if name == other:
        return False
    if name.startswith("border") and other.startswith("border"):
        return ("radius" in name) == ("radius" in other) and "collapse" not in name + other
    return (
        name.startswith(f"{other}-")
        or other.startswith(f"{name}-")
        or _PARTS.get(name) == other
        or _PARTS.get(other) == name
    )


def _rule(selector: str, style: Declarations, narrow: Declarations) -> Rule | None:
    return Rule(selector, style, narrow) if style or narrow else None


def _word(element: Element) -> str:
    """Return a name that can be a class: the element's own, else one for its tag."""
    if _WORD.fullmatch(element.name):
        return element.name
    return _WORDS.get(element.tag, element.tag)
