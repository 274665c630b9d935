"""The known forms of a clause, one row each: how people say it, and the clauses it means.

Patterns see a text in which what is quoted is hidden, so no word in a name is ever taken for a command.
Shorthands for what every desktop agrees on ("save", "go to ADDRESS", "rename A to B") become several plain clauses.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast, get_args

from vl2agent.actions import MAX_SCROLL, MAX_TEXT, Button, Direction, Modifier
from vl2agent.errors import GoalError, KeyNameError
from vl2agent.executor.keys import KEY_NAMES, parse_chord
from vl2agent.planner.clauses import (
    TIMEOUT_S,
    Ask,
    Await,
    Check,
    Choose,
    Clause,
    Clear,
    Click,
    Close,
    Drag,
    Hover,
    Open,
    Pause,
    Press,
    Scroll,
    ScrollTo,
    Set,
    Switch,
    Type,
)
from vl2agent.planner.quoting import MASK, is_quoted, mask, quote, unquote

FORMS = (
    "open X",
    "close X",
    "click X",
    "double-click X",
    "right-click X",
    "choose X",
    "select X",
    "check X",
    "uncheck X",
    "toggle X",
    "type 'TEXT'",
    "type 'TEXT' into X",
    "set X to 'VALUE'",
    "clear X",
    "press ctrl+s",
    "scroll down 5",
    "scroll to X",
    "drag A to B",
    "hover over X",
    "wait 2 seconds",
    "wait until X appears",
    "switch to X",
    "go to ADDRESS",
    "save as 'NAME'",
    "rename A to 'NAME'",
    "create a folder named 'NAME'",
    "maximize X",
    "ask 'QUESTION'",
)
"""One example of each, for hints and for the documentation."""

TAIL = re.compile(r"[\s,;]*(?:\b(?:please|for me)\b[\s,;]*)?(?:(?<!\.)[.!]\s*)?$", re.IGNORECASE)
"""What may follow a clause and means nothing."""

MAX_WAIT_S = 600.0
Parts: TypeAlias = dict[str, str]
Builder: TypeAlias = Callable[[Parts], Sequence[Clause]]

_Q = rf"{MASK}+"
_ADDRESS = r"(?:(?:https?|file|about)://?\S+|about:\S+|localhost\S*|127\.0\.0\.1\S*|[~/]\S*|[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|html?)\S*)"
_CLICK = r"(?P<how>(?:(?:ctrl|control|shift|alt|super|left|right|middle|double|triple|single)[-+ ]*)*)click"
_APPEARS = r"(?:to\s+)?(?:appears?|is\s+(?:visible|shown|there|displayed|open|on\s+(?:the\s+)?screen)|(?:is|are)\s+visible|be\s+visible|shows?(?:\s+up)?|opens?|exists?)"
_GONE = r"(?:to\s+)?(?:disappears?|vanish(?:es)?|is\s+(?:gone|closed|hidden)|goes\s+away|closes?|be\s+gone)"
_WITHIN = r"(?:,?\s+(?:for(?:\s+up\s+to)?|within)\s+(?P<limit>\d+(?:\.\d+)?)\s*(?:seconds?|secs?|s))?"
_UNITS = {"ms": 0.001, "milliseconds": 0.001, "millisecond": 0.001, "m": 60, "min": 60, "minute": 60, "minutes": 60}
_TIMES = {"once": 1, "twice": 2, "thrice": 3, "two times": 2, "three times": 3}
_BUTTONS: tuple[Button, ...] = get_args(Button)
_MODIFIERS: tuple[Modifier, ...] = get_args(Modifier)


def read_form(text: str) -> list[Clause]:
    """Read one clause; a shorthand gives several. Empty when it fits no form.

    Raises:
        GoalError: it fits a form but for one part: a key that does not exist, a name that is missing.
    """
    hidden = mask(text)
    for pattern, build in _ROWS:
        if match := pattern.fullmatch(hidden):
            spans = {name: match.span(name) for name in match.groupdict() if match[name] is not None}
            parts = {name: text[start:end].strip() for name, (start, end) in spans.items()}
            try:
                return list(build(parts))
            except KeyNameError as error:
                raise GoalError(text, spans["keys"][0], "the name of a key or chord", error.nearest) from error
    return []


def _name(words: str) -> str:
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


def _window(words: str) -> str:
    """The name of a window; empty for the active one."""
    words = re.sub(r"^(?:the|this|that|active|current)\s+", "", words.strip(), flags=re.IGNORECASE)
    words = re.sub(r"^(?:active|current)\s+", "", words, flags=re.IGNORECASE)
    words = re.sub(r"(?:^|\s+)(?:window|app(?:lication)?|program|dialog)$", "", words, flags=re.IGNORECASE)
    return "" if words.lower() in ("", "it", "this", "that", "the", "everything") else _name(words)


def _open(parts: Parts) -> list[Clause]:
    address = unquote(parts["x"])
    if re.fullmatch(r"(?:https?://|localhost|127\.0\.0\.1)\S*", address):
        return [Open("browser"), *_go({"x": parts["x"]})]
    return [Open(_window(parts["x"]) or _name(parts["x"]))]


def _go(parts: Parts) -> list[Clause]:
    return [Press(parse_key("ctrl+l")), Type(_text(parts["x"])), Press("enter")]


def _press(parts: Parts) -> list[Clause]:
    said, times = parts["keys"], parts.get("times", "once").lower()
    count, keys = _TIMES.get(times) or int(re.sub(r"\D", "", times)), unquote(said)
    one_chord = _joined(keys)
    try:
        chords = [parse_key(key) for key in ([one_chord] if one_chord else keys.split())]
    except KeyNameError:
        if not _may_be_thing(said):
            raise
        return [Click(_name(said))] * min(count, 20)
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
    near = difflib.get_close_matches(keys.lower(), KEY_NAMES, n=1, cutoff=0.75)
    return keys[:1].isupper() and "+" not in keys and not near


def parse_key(keys: str) -> str:
    """Return a chord in canonical names.

    Raises:
        KeyNameError: there is no such key.
    """
    return str(parse_chord(keys))


def _click(parts: Parts) -> list[Clause]:
    how = parts.get("how", "").lower().replace("control", "ctrl")
    button: Button = next((name for name in _BUTTONS if name in how), "left")
    modifiers = tuple(name for name in _MODIFIERS if name in how)
    target = _name(parts["x"])
    steps = [_name(step) for step in _path(target)]
    count = 2 if "double" in how else 3 if "triple" in how else 1
    return [*(Click(step) for step in steps[:-1]), Click(steps[-1], button, count, modifiers)]


def _path(words: str) -> list[str]:
    """Take "File > Save As" apart."""
    hidden, steps, start = mask(words), [], 0
    for arrow in re.finditer(r"\s+(?:>|->|→|»|›)\s+", hidden):
        steps.append(words[start : arrow.start()])
        start = arrow.end()
    return [*steps, words[start:]]


def _choose(parts: Parts) -> list[Clause]:
    *menus, last = _path(_name(parts["x"]))
    return [*(Click(_name(menu)) for menu in menus), Choose(_name(last))]


def _text(words: str) -> str:
    text = unquote(words)
    if len(text) > MAX_TEXT:
        raise GoalError(words, MAX_TEXT, f"at most {MAX_TEXT} characters to type")
    return text


def _type(parts: Parts) -> list[Clause]:
    target = _name(parts["x"]) if parts.get("x") else ""
    typed: list[Clause] = [Type(_text(parts["text"]), target)]
    return [*typed, Press("enter")] if parts.get("submit") else typed


def _scroll(parts: Parts) -> list[Clause]:
    direction = cast(Direction, parts.get("way", "down").lower())
    said = parts.get("n", "")
    amount = int(said) if said.isdigit() else {"a little": 2, "a bit": 2, "a lot": 20}.get(said.lower(), 5)
    if not 1 <= amount <= MAX_SCROLL:
        raise GoalError(said, 0, f"1 to {MAX_SCROLL} notches")
    target = _name(parts["x"]) if parts.get("x") else ""
    return [Scroll(direction, amount, "" if target.lower() in ("it", "window", "page", "document") else target)]


def _scroll_to(parts: Parts) -> list[Clause]:
    target, way = _name(parts["x"]), parts.get("way", "").lower()
    ends = {"bottom": "down", "end": "down", "top": "up", "start": "up", "beginning": "up"}
    if target.lower() in ends:
        return [Scroll(cast(Direction, ends[target.lower()]), MAX_SCROLL)]
    return [ScrollTo(target, cast(Direction, way) if way else None)]


def _pause(parts: Parts) -> list[Clause]:
    said, unit = parts.get("n", "1"), parts.get("unit", "s").lower()
    seconds = (float(said) if re.fullmatch(r"[\d.]+", said) else 1.0) * _UNITS.get(unit, 1)
    if not 0 <= seconds <= MAX_WAIT_S:
        raise GoalError(said, 0, f"at most {MAX_WAIT_S:g} seconds to wait")
    return [Pause(seconds)]


def _await(parts: Parts) -> list[Clause]:
    limit_s = float(parts.get("limit", TIMEOUT_S))
    if limit_s > MAX_WAIT_S:
        raise GoalError(parts["limit"], 0, f"at most {MAX_WAIT_S:g} seconds to wait")
    return [Await(_name(parts["x"]), gone="gone" in parts, timeout_s=limit_s)]


def _rename(parts: Parts) -> list[Clause]:
    return [
        Click(_name(parts["x"])),
        Press("f2"),
        Press(parse_key("ctrl+a")),
        Type(_text(parts["text"])),
        Press("enter"),
    ]


def _in_window(parts: Parts, keys: str) -> list[Clause]:
    window = _window(parts.get("x", ""))
    return [*([Switch(window)] if window else []), Press(parse_key(keys))]


def _keys(*keys: str) -> Builder:
    """A shorthand that is nothing but chords, in the window that is named or in the active one."""
    return lambda parts: [*_in_window(parts, keys[0]), *(Press(parse_key(key)) for key in keys[1:])]


def _row(pattern: str, build: Builder) -> tuple[re.Pattern[str], Builder]:
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL), build


_IN_X = r"(?:(?: the window)?(?: (?:in|of) (?P<x>.+))?)?"
_INTO = r"(?:into|in to|inside|onto|in|on|as|at)"

_FORMS: tuple[tuple[str, Builder], ...] = (
    (
        rf"(?:go to|navigate to|visit|browse to|open) (?:the )?(?:(?:address|url|page|website|folder|path) )?(?P<x>(?:{_ADDRESS}))",
        lambda p: _open(p) if re.match(r"http|localhost|127", p["x"]) else _go(p),
    ),
    (r"(?:navigate to|visit|browse to|go to (?:the )?(?:address|url|page|website|folder|path)) (?P<x>.+)", _go),
    (
        rf"(?:go to|open) (?P<x>{_Q})",
        lambda p: (
            _open(p)
            if not re.fullmatch(_ADDRESS, unquote(p["x"]))
            else (_open(p) if re.match(r"http|localhost|127", unquote(p["x"])) else _go(p))
        ),
    ),
    (r"(?:open(?: up)?|launch|start(?: up)?|run|bring up) (?P<x>.+)", _open),
    (
        r"(?:switch(?: back| over)? to|go (?:back )?to|return to|activate|focus(?: on)?|raise|bring (?=.+ to (?:the )?front)) (?P<x>.+?)(?: to (?:the )?front)?",
        lambda p: [Switch(_window(p["x"]) or _name(p["x"]))],
    ),
    (r"maximi[sz]e(?: (?P<x>.+))?", _keys("alt+f10")),
    (r"minimi[sz]e(?: (?P<x>.+))?", _keys("alt+f9")),
    (
        rf"save(?: it| this| the (?:file|document)| the text)? (?:as|to|under)(?: the (?:file )?name| a (?:new )?file(?: named| called)?)? (?P<text>{_Q}|\S+)",
        lambda p: [Press(parse_key("ctrl+shift+s")), Type(_text(p["text"])), Press("enter")],
    ),
    (r"save(?: it| this| changes| the (?:file|document|changes))?", _keys("ctrl+s")),
    (
        rf"(?:create|make|add)(?: a)?(?: new)? (?:folder|directory)(?: named| called| with the name)? (?P<text>{_Q}|\S+)",
        lambda p: [Press(parse_key("ctrl+shift+n")), Type(_text(p["text"])), Press("enter")],
    ),
    (rf"rename (?P<x>.+?) (?:to|as|into) (?P<text>{_Q}|\S+)", _rename),
    (r"(?:select|choose|mark) (?:all|everything)(?: (?:of )?(?:the |its )?text)?" + _IN_X, _keys("ctrl+a")),
    (r"copy(?: (?:it|that|this|the (?:selection|text|selected text|result)))?" + _IN_X, _keys("ctrl+c")),
    (r"cut(?: (?:it|that|this|the (?:selection|text|selected text)))?" + _IN_X, _keys("ctrl+x")),
    (r"paste(?: (?:it|that|this|the (?:text|clipboard)))?(?: (?:in|into) (?P<x>.+))?", _keys("ctrl+v")),
    (r"undo(?: (?:it|that|this|the last change))?" + _IN_X, _keys("ctrl+z")),
    (r"(?:close|quit|exit|dismiss)(?: (?P<x>.+))?", lambda p: [Close(_window(p.get("x", "")))]),
    (r"(?:press|hit|push|tap)(?: on)? (?P<x>.+ button)", _click),
    (
        r"(?:press|hit|push|strike|use)(?: the)?(?: keys?| shortcut| key combination)? (?P<keys>.+?)(?: keys?)?(?: (?P<times>once|twice|thrice|two times|three times|\d{1,3} times|\d{1,3}x))?",
        _press,
    ),
    (_CLICK + r"(?: on| at)? (?P<x>.+)", _click),
    (r"(?P<how>tap)(?: on)? (?P<x>.+)", _click),
    (
        r"(?:check|tick|enable|turn on|switch on|mark) (?!that\b|if\b|whether\b|for\b)(?P<x>.+)",
        lambda p: [Check(_name(p["x"]), True)],
    ),
    (
        r"(?:uncheck|untick|disable|turn off|switch off|deselect|unselect|unmark) (?P<x>.+)",
        lambda p: [Check(_name(p["x"]), False)],
    ),
    (r"turn (?P<x>.+) on", lambda p: [Check(_name(p["x"]), True)]),
    (r"turn (?P<x>.+) off", lambda p: [Check(_name(p["x"]), False)]),
    (r"toggle (?P<x>.+)", lambda p: [Check(_name(p["x"]), None)]),
    (
        r"(?:set|change|adjust|switch) (?:the value of )?(?P<x>.+) to (?P<text>.+)",
        lambda p: [Set(_name(p["x"]), _text(p["text"]))],
    ),
    (r"(?:choose|select|pick) (?P<x>.+)", _choose),
    (
        rf"(?:type|enter|write|input|insert|fill in|put)(?: the (?:text|word|words|name|value|number))? (?P<text>{_Q}) {_INTO} (?P<x>.+?)(?P<submit>,? (?:followed by|and (?:press|hit)) (?:enter|return))?",
        _type,
    ),
    (rf"(?:fill in|fill|complete) (?P<x>.+?) (?:with|as) (?P<text>{_Q}|.+)", _type),
    (
        r"(?:type|enter|write|input|insert|put) (?P<text>.+) (?:into|in to) (?P<x>.+?)(?P<submit>,? followed by (?:enter|return))?",
        _type,
    ),
    (
        rf"(?:type|enter|write|input|insert)(?: in)?(?: the (?:text|word|words|name|value|number))? (?P<text>{_Q}|.+?)(?P<submit>,? followed by (?:enter|return))?",
        _type,
    ),
    (r"(?:clear|empty|erase)(?: (?:it|(?P<x>.+)))?", lambda p: [Clear(_name(p["x"]) if p.get("x") else "")]),
    (
        r"scroll(?: (?P<way>up|down|left|right))? (?:to|until)(?: you (?:see|find|reach))? (?P<x>.+?)(?: (?:appears?|is visible|shows(?: up)?|comes into view))?",
        _scroll_to,
    ),
    (
        r"scroll(?: (?P<way>up|down|left|right))?(?: (?:by )?(?P<n>\d{1,4}|a little|a bit|a lot)(?: (?:times|notch(?:es)?|lines?|clicks?|steps?))?)?(?: (?:in|on|over|inside|within) (?P<x>.+))?",
        _scroll,
    ),
    (
        r"drag(?: and drop)? (?P<x>.+?) (?:to|onto|into|over|on) (?P<y>.+)",
        lambda p: [Drag(_name(p["x"]), _name(p["y"]))],
    ),
    (
        r"(?:hover|rest|point)(?: (?:the (?:mouse|pointer|cursor) )?(?:over|on|at))? (?P<x>.+)",
        lambda p: [Hover(_name(p["x"]))],
    ),
    (r"move (?:the )?(?:mouse|pointer|cursor) (?:to|over|onto|on) (?P<x>.+)", lambda p: [Hover(_name(p["x"]))]),
    (
        r"(?:wait|pause|sleep)(?: for)?(?: (?:(?P<n>\d{1,6}(?:\.\d+)?|an?|one) ?(?P<unit>ms|milliseconds?|seconds?|secs?|s|minutes?|min|m|moment|bit|while)?))?",
        _pause,
    ),
    (rf"wait (?:for|until|till) (?P<x>.+?) (?P<gone>{_GONE}){_WITHIN}", _await),
    (rf"wait (?:for|until|till) (?P<x>.+?)(?: {_APPEARS})?{_WITHIN}", _await),
    (
        rf"(?:verify|ensure|make sure|confirm|expect|check)(?: that| to see)? (?P<x>.+?) (?P<gone>{_GONE}){_WITHIN}",
        _await,
    ),
    (
        rf"(?:verify|ensure|make sure|confirm|expect|check)(?: that| to see| for)? (?P<x>.+?)(?: {_APPEARS})?{_WITHIN}",
        _await,
    ),
    (r"ask(?: me| the user| them| for)?[:,]? (?P<text>.+)", lambda p: [Ask(_text(p["text"]))]),
)
_ROWS = tuple(_row(pattern, build) for pattern, build in _FORMS)

VERB = re.compile(
    r"(?:open|launch|start|run|bring|go|navigate|visit|browse|switch|return|activate|focus|raise|maximi[sz]e|minimi[sz]e"
    r"|save|create|make|rename|copy|cut|paste|undo|close|quit|exit|dismiss|press|hit|push|use|tap|check|tick|enable|turn"
    r"|uncheck|untick|disable|deselect|unselect|toggle|set|change|adjust|choose|select|pick|type|enter|write|input|insert"
    r"|fill|complete|put|clear|empty|erase|scroll|drag|hover|point|move|wait|pause|sleep|verify|ensure|confirm|expect|ask"
    r"|(?:(?:ctrl|control|shift|alt|super|left|right|middle|double|triple|single)[-+ ]*)*click)(?![\w-])",
    re.IGNORECASE,
)
"""The words that begin a clause: "and" before one of them joins two clauses."""
