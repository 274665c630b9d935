"""Find a name among lines of text, forgiving what reading from pixels gets wrong.

Blanks and punctuation get lost and 0/O, 1/l/I are told apart badly, so names are compared compactly; a part of a line
fits when it stands on word edges; long names may be cut off by an ellipsis or run on in the next line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from vl2agent.geometry import ImageBox
from vl2agent.perception.text import Line

ALIKE = str.maketrans("0oO1lI|!5sS8B２", "ooolllllsssbb2")
LOOKS_LIKE = str.maketrans("二一十大口个^∧∨√人乂×〇○", "=-+*□↑^^vv^xxoo")
"""Lone signs that the network reads as Chinese or mathematical ones."""
LATIN_END = 0x250
LONE_SIGNS = {"十": "+", "二": "=", "三": "=", "一": "-", "ー": "-", "—": "-", "–": "-", "米": "*", "丨": "|"}
"""Signs that stand alone, as on a calculator's keys, are read as the characters that look like them."""
SLASHES, UNSURE = "1lI", 0.85
"""What a lone slash is read as, and the reader's confidence below which it may be one."""
UNDERLINED = {"fe", "pe", "ti", "il", "li", "oq", "cg", "uo", "vy"}
"""A letter and what it is read as when the line of its keyboard shortcut is drawn under it."""
MIN_FUZZY = 5
MIN_TRUNCATED = 4
MIN_UNDERLINED = 4
MIN_SIMILARITY = 0.72
ELLIPSES = ("...", "…", "..")


@dataclass(frozen=True, slots=True)
class Match:
    """A place whose text fits a name.

    Args:
        box: around the fitting text.
        text: what is written there.
        similarity: 0..1; 1 is the same letters in the same case.
        whole: the text is all of its line, not a part of it.
        line: the line it is on, the first one if on several.
        confidence: how sure the reading was, 0..1.
    """

    box: ImageBox
    text: str
    similarity: float
    whole: bool
    line: Line
    confidence: float


def find_name(name: str, lines: Sequence[Line]) -> list[Match]:
    """Return every place that fits a name, best first."""
    found = [match for line in lines for match in _on_line(name, line)]
    found += _on_several_lines(name, lines)
    return sorted(found, key=lambda match: (-match.similarity, not match.whole))


def compact(text: str, signs: bool = False) -> str:
    """Return the letters and digits alone, in lower case; with the other signs where those carry the meaning."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(c for c in folded if c.isalnum())
    return "".join(folded.split()) if signs or not letters else letters


def similarity(name: str, text: str) -> float:
    """Compare a name with a whole text, 0..1."""
    text = LONE_SIGNS.get(text, text)
    if name == text:
        return 1.0
    if _signs(name) == _signs(text):
        return 0.99
    signs = _needs_signs(name)
    a, b = compact(name, signs), compact(text, signs)
    if not a or not b:
        return 0.0
    if a == b:
        return 0.97 - 0.02 * (len(_signs(name)) != len(_signs(text)))
    if a.translate(ALIKE) == b.translate(ALIKE) or a == b.translate(LOOKS_LIKE):
        return 0.94
    if _differ_by_underline(a, b):
        return 0.9
    return 0.93 * OSA.normalized_similarity(a.translate(ALIKE), b.translate(ALIKE)) if len(a) >= MIN_FUZZY else 0.0


def _differ_by_underline(wanted: str, read: str) -> bool:
    """Tell whether one letter was misread for the line below it, as in 'Eocus'."""
    if len(wanted) != len(read) or len(wanted) < MIN_UNDERLINED:
        return False
    differing = [a + b for a, b in zip(wanted, read, strict=True) if a != b]
    return len(differing) == 1 and differing[0] in UNDERLINED


def _signs(text: str) -> str:
    return "".join(text.split())


def _needs_signs(name: str) -> bool:
    """Tell whether a name is so short that its signs matter, as in '+/-', 'M+' or 'C++'."""
    return sum(c.isalnum() for c in name) < 3


def _on_line(name: str, line: Line) -> Iterator[Match]:
    whole = max(similarity(name, line.text), _truncated(name, line.text))
    if name == "/" and line.text in SLASHES and line.confidence < UNSURE:
        whole = 0.9
    if whole >= MIN_SIMILARITY or 0.55 <= _truncated(name, line.text) == whole:
        yield Match(line.box, line.text, whole, True, line, line.confidence)
    if whole < 0.97:
        for first, last, score in _parts(name, line.text):
            span = line.span(first, last)
            yield Match(span.box, span.text, score, False, line, line.confidence)


def _truncated(name: str, text: str) -> float:
    """Score a text that shows only the beginning of the name: cut off, or the name says more than is drawn."""
    shown = text
    for sign in ELLIPSES:
        shown = shown.removesuffix(sign)
    a, b = compact(name), compact(shown)
    if not b or len(b) >= len(a) or not a.startswith(b):
        return 0.0
    if shown != text and len(b) >= MIN_TRUNCATED:
        return 0.93
    rest = name[len(shown) :] if name.lower().startswith(shown.lower()) else ""
    if rest[:1] in ":,(" and rest:
        return 0.75
    if rest[:1] == " " and " " in shown:
        return 0.55 + 0.3 * len(b) / len(a)
    return 0.9 * len(b) / len(a) if len(b) >= MIN_TRUNCATED else 0.0


def _parts(name: str, text: str) -> Iterator[tuple[int, int, float]]:
    """Find the name as a part of a longer text: character range and score."""
    signs = _needs_signs(name)
    kept = [i for i, c in enumerate(text) if c.isalnum() or (signs and not c.isspace())]
    squeezed = "".join(unicodedata.normalize("NFKC", text[i]).casefold()[:1] for i in kept)
    wanted = compact(name, signs)
    if not wanted or len(wanted) >= len(squeezed):
        return
    start, exact = squeezed.find(wanted), False
    while start >= 0:
        first, last = kept[start], kept[start + len(wanted) - 1] + 1
        on_edges = _is_edge(text, first) and _is_edge(text, last)
        if on_edges or len(wanted) >= MIN_FUZZY:
            exact = True
            yield first, last, _part_score(name, text, first, last, on_edges)
        start = squeezed.find(wanted, start + 1)
    if not exact and len(wanted) >= MIN_FUZZY:
        yield from _fuzzy_part(wanted, squeezed, kept)


def _part_score(name: str, text: str, first: int, last: int, on_edges: bool) -> float:
    """Score a part with the right letters: on word edges, in the right case, with the name's own signs around it."""
    score = 0.92 if on_edges else 0.82
    if text[first:last] == name:
        return score
    lead = len(name) - len(name.lstrip("/#@.$-+<({["))
    trail = len(name) - len(name.rstrip("/)}]>%.:;+"))
    with_signs = _signs(text[max(first - lead, 0) : last + trail])
    if (lead or trail) and with_signs == _signs(name):
        return score + 0.03
    return score - (
        0.08 if compact(name) == compact(text[first:last]) and text[first:last].lower() != name.lower() else 0.06
    )


def _fuzzy_part(wanted: str, squeezed: str, kept: Sequence[int]) -> Iterator[tuple[int, int, float]]:
    found = fuzz.partial_ratio_alignment(wanted, squeezed, score_cutoff=80)
    if found is not None and found.dest_end > found.dest_start:
        yield kept[found.dest_start], kept[found.dest_end - 1] + 1, 0.88 * found.score / 100


def _is_edge(text: str, index: int) -> bool:
    """Tell whether a word begins or ends before this character."""
    if index in (0, len(text)):
        return True
    before, after = text[index - 1], text[index]
    if (ord(before) < LATIN_END) != (ord(after) < LATIN_END):
        return True  # a drawing that was read as some other script's sign
    if not (before.isalnum() and after.isalnum()):
        return True
    return after.isupper() and (before.islower() or before.isdigit())  # an icon before a label is read as a digit


def _on_several_lines(name: str, lines: Sequence[Line]) -> Iterator[Match]:
    """Join lines that continue each other, to the right or below, as long as they spell the name."""
    wanted = compact(name)
    if " " not in name.strip():
        return
    for line in lines:
        start = compact(line.text)
        if len(start) < 2 or not wanted.startswith(start) or start == wanted:
            continue
        joined, box, text = [line], line.box, line.text
        while (spelled := compact(text)) != wanted and wanted.startswith(spelled):
            following = next(
                (
                    n
                    for n in lines
                    if n not in joined and _continues(joined[-1], n) and wanted.startswith(spelled + compact(n.text))
                ),
                None,
            )
            if following is None:
                break
            joined.append(following)
            box, text = box.union(following.box), f"{text} {following.text}"
        if compact(text) == wanted:
            yield Match(box, text, 0.96, True, line, min(part.confidence for part in joined))


def _continues(line: Line, other: Line) -> bool:
    """Tell whether `other` is the next line of the same text, or stands close on the right."""
    height = max(line.box.height, other.box.height)
    if abs(_middle(line.box) - _middle(other.box)) < height / 2:
        return 0 <= other.box.left - line.box.right < 8 * height
    below = other.box.top - line.box.bottom
    overlap = min(line.box.right, other.box.right) - max(line.box.left, other.box.left)
    return -height / 2 < below < 1.2 * height and overlap > 0


def runs_on(line: Line, lines: Sequence[Line]) -> bool:
    """Tell whether a label of two lines begins here, so that it says more; rows of a list are more than two."""
    below = [other for other in lines if _stacked(line, other)]
    around = [other for other in lines if _stacked(other, line) or any(_stacked(next_, other) for next_ in below)]
    return len(below) == 1 and not around


def _stacked(upper: Line, lower: Line) -> bool:
    """Tell whether two lines stand close on each other, with their left edges or their middles aligned."""
    a, b, height = upper.box, lower.box, upper.box.height
    shift = min(abs(a.left - b.left), abs(a.left + a.right - b.left - b.right) / 2)
    return -height / 2 < b.top - a.bottom < 0.7 * height and shift < height / 2 and lower.box != upper.box


def _middle(box: ImageBox) -> float:
    return (box.top + box.bottom) / 2
