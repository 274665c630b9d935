"""What the parts of a known form mean: names, texts and numbers become clauses."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeAlias, cast, get_args

from vl2agent.actions import MAX_SCROLL, MAX_TEXT, Button, Direction, Modifier
from vl2agent.errors import GoalError, KeyNameError
from vl2agent.executor.keys import KEY_NAMES, parse_chord
from vl2agent.planner.clauses import (
    TIMEOUT_S,
    Await,
    Choose,
    Clause,
    Click,
    Open,
    Pause,
    Press,
    Scroll,
    ScrollTo,
    Switch,
    Type,
    Unfold,
)
from vl2agent.planner.quoting import MASK, is_quoted, mask, quote, unquote

TAIL = re.compile(
    r"[\s,;]*(?:\b(?:please|for me|when (?:you are )?(?:done|finished))\b[\s,;]*)?(?:(?<!\.)[.!]\s*)?$", re.IGNORECASE
)
"""What may follow a clause and means nothing."""

MAX_WAIT_S = 600.0
Parts: TypeAlias = dict[str, str]
Builder: TypeAlias = Callable[[Parts], Sequence[Clause]]

ADDRESS = r"(?:(?:https?|file|about)://?\S+|about:\S+|localhost\S*|127\.0\.0\.1\S*|[~/]\S*|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net)\S*)"
_UNITS = {"ms": 0.001, "milliseconds": 0.001, "millisecond": 0.001, "m": 60, "min": 60, "minute": 60, "minutes": 60}
_TIMES = {"once": 1, "twice": 2, "thrice": 3, "two times": 2, "three times": 3}
BUTTON_WORDS = re.compile(
    "accept|agree|apply|cancel|checkout|close|confirm|continue|decline|done|finish|go|log(?:in|out)|next|no|ok(?:ay)?|post"
    "|previous|proceed|register|reply|reset|save|search|send|share|sign(?:in|up|out)|start|stop|submit|update|yes",
    re.IGNORECASE,
)
"""What is often written on a button, so that "press submit" speaks of no key."""
GENERIC = re.compile(
    "(?:following )?(?:text|words?|name|value|numbers?|string|letters?|digits?|characters?|phrase|sentence|line|paragraph"
    "|commands?|code|formula|expression|path)|following",
    re.IGNORECASE,
)
"""What a text is called that says nothing of where it belongs."""
_BUTTONS: tuple[Button, ...] = get_args(Button)
_MODIFIERS: tuple[Modifier, ...] = get_args(Modifier)


def name_of(words: str) -> str:
    """Strip what says nothing from the words for a thing."""
    words = " ".join(words.split()) if MASK not in mask(words) else words.strip()
    while (
        not is_quoted(words) and (shorter := re.sub(r"^(?:the|my)\s+(?=\S)", "", words, flags=re.IGNORECASE)) != words
    ):
        words = shorter
    if not unquote(words).strip():
        raise GoalError(words, 0, "a name")
    tail = TAIL.search(mask(words))
    return quote(words) if tail and tail.start() < len(words) else words


def window_of(words: str) -> str:
    """The name of a window; empty for the active one."""
    words = re.sub(r"^(?:the|this|that|active|current)\s+", "", words.strip(), flags=re.IGNORECASE)
    words = re.sub(r"^(?:active|current)\s+", "", words, flags=re.IGNORECASE)
    words = re.sub(r"(?:^|\s+)(?:window|app(?:lication)?|program|dialog)$", "", words, flags=re.IGNORECASE)
    return "" if words.lower() in ("", "it", "this", "that", "the", "everything") else name_of(words)


def open_thing(parts: Parts) -> list[Clause]:
    """Open a thing by its name; an address by what shows it: a browser, or for a path the file manager."""
    if not re.fullmatch(ADDRESS, unquote(parts["x"]), re.IGNORECASE):
        return [Open(window_of(parts["x"]) or name_of(parts["x"]))]
    shows = "file manager" if unquote(parts["x"])[0] in "/~" else "browser"
    return [Open(shows), *enter_address(parts)]


def go_to(parts: Parts) -> list[Clause]:
    """Go to an address: the web's in a browser, a path in the window that is there."""
    return enter_address(parts) if unquote(parts["x"])[0] in "/~" else open_thing(parts)


def enter_address(parts: Parts) -> list[Clause]:
    """Type an address where browsers and file managers take one."""
    return [Press(parse_key("ctrl+l")), Type(text_of(parts["x"])), Press("enter")]


def press_keys(parts: Parts) -> list[Clause]:
    """Press chords; words that are no keys may name a button on the screen."""
    said, times = parts["keys"], parts.get("times", "once").lower()
    count, keys = _TIMES.get(times) or int(re.sub(r"\D", "", times)), unquote(said)
    one_chord = _joined(keys)
    try:
        chords = [parse_key(key) for key in ([one_chord] if one_chord else keys.split())]
    except KeyNameError:
        if not _may_be_thing(said):
            raise
        return [Click(name_of(said))] * min(count, 20)
    return [Press(chord, min(count, 100)) for chord in chords]


def _joined(keys: str) -> str:
    """Write 'Ctrl + S', 'ctrl-s' and 'page down' as one chord; empty when it is none of these."""
    tight = re.sub(r"\s*\+\s*", "+", keys.strip().lower())
    if re.fullmatch(r"(?:ctrl|control|shift|alt|super|win|cmd)(?:-\w+)+", tight):
        tight = tight.replace("-", "+")
    tight = re.sub(r"\bpage (up|down)\b", r"page\1", tight)
    tight = re.sub(r"\b(up|down|left|right)(?: arrow)\b|\barrow (up|down|left|right)\b", r"\1\2", tight)
    tight = re.sub(r"\bspace bar\b", "space", tight)
    return tight if tight != keys.strip().lower() or len(tight.split()) == 1 else ""


def _may_be_thing(keys: str) -> bool:
    """Tell whether what is pressed is a button on the screen rather than a misspelt key."""
    if is_quoted(keys) or re.search(r"\s", keys):
        return "+" not in keys or is_quoted(keys)
    if BUTTON_WORDS.fullmatch(keys):
        return True
    near = difflib.get_close_matches(keys.lower(), KEY_NAMES, n=1, cutoff=0.75)
    return keys[:1].isupper() and "+" not in keys and not near


def parse_key(keys: str) -> str:
    """Return a chord in canonical names.

    Raises:
        KeyNameError: there is no such key.
    """
    return str(parse_chord(keys))


def click_thing(parts: Parts) -> list[Clause]:
    """Click, with the button, count and modifiers that the verb has; "A > B" clicks both."""
    how = parts.get("how", "").lower().replace("control", "ctrl")
    button: Button = next((name for name in _BUTTONS if name in how), "left")
    modifiers = tuple(name for name in _MODIFIERS if name in how)
    target = name_of(parts["x"])
    steps = [name_of(step) for step in _path(target)]
    count = 2 if "double" in how else 3 if "triple" in how else 1
    return [*(Click(step) for step in steps[:-1]), Click(steps[-1], button, count, modifiers)]


def _path(words: str) -> list[str]:
    """Take "File > Save As" apart."""
    hidden, steps, start = mask(words), [], 0
    for arrow in re.finditer(r"\s+(?:>|->|→|»|›)\s+|(?<=\w)[>→»›](?=\w)", hidden):
        steps.append(words[start : arrow.start()])
        start = arrow.end()
    return [*steps, words[start:]]


def choose_thing(parts: Parts) -> list[Clause]:
    """Choose; the steps before the last one of "A > B" are unfolded."""
    steps = [name_of(step) for step in _path(name_of(parts["x"]))]
    return [*(Unfold(menu, entry) for menu, entry in pairwise(steps)), Choose(steps[-1])]


def text_of(words: str) -> str:
    """Return what is to be typed."""
    text = unquote(words)
    if len(text) > MAX_TEXT:
        raise GoalError(words, MAX_TEXT, f"at most {MAX_TEXT} characters to type")
    return text


def type_text(parts: Parts) -> list[Clause]:
    """Type, into a thing if one is named, and press enter if that is said; "the password 'x'" names one, too."""
    noun = parts.get("noun", "")
    place = parts.get("x") or ("" if GENERIC.fullmatch(noun) else noun)
    typed: list[Clause] = [Type(_in_case(text_of(parts["text"]), parts), name_of(place) if place else "")]
    return [*typed, Press("enter")] if parts.get("submit") else typed


def _in_case(text: str, parts: Parts) -> str:
    change = {"upper": str.upper, "lower": str.lower}.get(parts.get("case", "").lower(), str)
    return change(text)


def type_pairs(parts: Parts) -> list[Clause]:
    """Type several texts, each into what it is called: "the user name 'ada' and the password 'x'"."""
    said, start = parts["pairs"], 0
    clauses: list[Clause] = []
    for quoted in re.finditer(rf"{MASK}+", mask(said)):
        noun = re.sub(r"^\s*(?:and\s+)?the\s+", "", said[start : quoted.start()], flags=re.IGNORECASE)
        clauses.append(Type(text_of(quoted_text := said[quoted.start() : quoted.end()]), name_of(noun.strip())))
        start = quoted.start() + len(quoted_text)
    return clauses


def type_into_both(parts: Parts) -> list[Clause]:
    """Type the same into the first and the second of a kind."""
    return [Type(text_of(parts["text"]), f"{which} {name_of(parts['x'])}") for which in ("first", "second")]


def scroll_by(parts: Parts) -> list[Clause]:
    """Scroll some notches."""
    direction = cast(Direction, parts.get("way", "down").lower())
    said = parts.get("n", "")
    amount = int(said) if said.isdigit() else {"a little": 2, "a bit": 2, "a lot": 20}.get(said.lower(), 5)
    if not 1 <= amount <= MAX_SCROLL:
        raise GoalError(said, 0, f"1 to {MAX_SCROLL} notches")
    target = name_of(parts["x"]) if parts.get("x") else ""
    return [Scroll(direction, amount, "" if target.lower() in ("it", "window", "page", "document") else target)]


def scroll_to(parts: Parts) -> list[Clause]:
    """Scroll to a thing, or to an end."""
    target, way = name_of(parts["x"]), parts.get("way", "").lower()
    ends = {"bottom": "down", "end": "down", "top": "up", "start": "up", "beginning": "up"}
    if target.lower() in ends:
        return [Scroll(cast(Direction, ends[target.lower()]), MAX_SCROLL)]
    end = re.fullmatch(rf"({'|'.join(ends)})\s+of\s+(.+)", target, re.IGNORECASE)
    if end:
        return [Scroll(cast(Direction, ends[end[1].lower()]), MAX_SCROLL, name_of(end[2]))]
    return [ScrollTo(target, cast(Direction, way) if way else None)]


def pause_for(parts: Parts) -> list[Clause]:
    """Wait some time."""
    said, unit = parts.get("n", "1"), parts.get("unit", "s").lower()
    seconds = (float(said) if re.fullmatch(r"[\d.]+", said) else 1.0) * _UNITS.get(unit, 1)
    if not 0 <= seconds <= MAX_WAIT_S:
        raise GoalError(said, 0, f"at most {MAX_WAIT_S:g} seconds to wait")
    return [Pause(seconds)]


def await_thing(parts: Parts) -> list[Clause]:
    """Wait until something is there, or gone."""
    limit_s = float(parts.get("limit", TIMEOUT_S))
    if limit_s > MAX_WAIT_S:
        raise GoalError(parts["limit"], 0, f"at most {MAX_WAIT_S:g} seconds to wait")
    return [Await(name_of(parts["x"]), gone="gone" in parts, timeout_s=limit_s)]


def rename_thing(parts: Parts) -> list[Clause]:
    """Select it, press f2, and replace the whole name."""
    return [
        Click(name_of(parts["x"])),
        Press("f2"),
        Press(parse_key("ctrl+a")),
        Type(text_of(parts["text"])),
        Press("enter"),
    ]


def _in_window(parts: Parts, keys: str) -> list[Clause]:
    window = window_of(parts.get("x", ""))
    return [*([Switch(window)] if window else []), Press(parse_key(keys))]


def keys_in(*keys: str) -> Builder:
    """A shorthand that is nothing but chords, in the window that is named or in the active one."""
    return lambda parts: [*_in_window(parts, keys[0]), *(Press(parse_key(key)) for key in keys[1:])]


def go_to_quoted(parts: Parts) -> list[Clause]:
    """Go to a quoted address, or switch to what is called so."""
    if re.fullmatch(ADDRESS, unquote(parts["x"]), re.IGNORECASE):
        return go_to(parts)
    return [Switch(name_of(parts["x"]))]
