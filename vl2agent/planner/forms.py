"""The known forms of a clause, one row each: how people say it, and what it means (meanings.py).

Patterns see a text in which what is quoted is hidden, so no word in a name is ever taken for a command.
Shorthands for what every desktop agrees on ("save", "go to ADDRESS", "rename A to B") become several plain clauses.
"""

from __future__ import annotations

import re

from vl2agent.errors import GoalError, KeyNameError
from vl2agent.planner.clauses import Ask, Check, Clause, Clear, Close, Drag, Hover, Press, Set, Switch, Type, Unfold
from vl2agent.planner.meanings import (
    ADDRESS,
    Builder,
    await_thing,
    choose_thing,
    click_thing,
    enter_address,
    go_to,
    go_to_quoted,
    keys_in,
    name_of,
    open_thing,
    parse_key,
    pause_for,
    press_keys,
    rename_thing,
    scroll_by,
    scroll_to,
    text_of,
    type_into_both,
    type_pairs,
    type_text,
    window_of,
)
from vl2agent.planner.quoting import MASK, mask

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

_Q = rf"{MASK}+"
_CLICK = r"(?P<how>(?:(?:ctrl|control|shift|alt|super|left|right|middle|double|triple|single)[-+ ]*)*)click"
_APPEARS = r"(?:to\s+)?(?:appears?|is\s+(?:visible|shown|there|displayed|open|on\s+(?:the\s+)?screen)|(?:is|are)\s+visible|be\s+visible|shows?(?:\s+up)?|opens?|exists?)"
_GONE = r"(?:to\s+)?(?:disappears?|vanish(?:es)?|is\s+(?:gone|closed|hidden)|goes\s+away|closes?|be\s+gone)"
_WITHIN = r"(?:,?\s+(?:for(?:\s+up\s+to)?|within)\s+(?P<limit>\d+(?:\.\d+)?)\s*(?:seconds?|secs?|s))?"


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


def _row(pattern: str, build: Builder) -> tuple[re.Pattern[str], Builder]:
    return re.compile(pattern.replace(" ", r"\s+"), re.IGNORECASE | re.DOTALL), build


_IN_X = r"(?:(?: the window)?(?: (?:in|of) (?P<x>.+))?)?"
_INTO = r"(?:into|in to|inside|onto|in|on|as|at)"
_ENTER = r"(?:type|enter|write|input|insert|fill in|put)"
_KINDS = "field|box|textbox|input|entry|area|textarea|bar"
_DIALS = "slider|spinner|spin ?box|stepper|picker|wheel|drop-?down|list|combo ?box|menu"
_WHAT = r"(?: (?:the|my|a|an) (?P<noun>[\w-]+(?: [\w-]+)?))?"
"""What a text in quotes is called: "enter the user name 'ada'"."""
_CASE = r"(?: in (?:all )?(?P<case>upper|lower)[- ]?case(?: letters| characters)?)?"

_FORMS: tuple[tuple[str, Builder], ...] = (
    (
        r"(?:navigate to|visit|browse to|go to (?:the )?(?:address|url|page|website|folder|path)) (?P<x>.+)",
        enter_address,
    ),
    (rf"go to (?P<x>{ADDRESS})", go_to),
    (rf"go to (?P<x>{_Q})", go_to_quoted),
    (r"(?:open(?: up)?|launch|start(?: up)?|run|bring up) (?P<x>.+)", open_thing),
    (rf"focus (?:(?:in|into|inside|on) )?(?P<x>.+ (?:{_KINDS})|(?:{_KINDS}))", click_thing),
    (r"focus (?:into|inside) (?P<x>.+)", click_thing),
    (
        r"(?:switch(?: back| over)? to|go (?:back )?to|return to|activate|focus(?: on)?|raise|bring (?=.+ to (?:the )?front)) (?P<x>.+?)(?: to (?:the )?front)?",
        lambda p: [Switch(window_of(p["x"]) or name_of(p["x"]))],
    ),
    (r"maximi[sz]e(?: (?P<x>.+))?", keys_in("alt+f10")),
    (r"minimi[sz]e(?: (?P<x>.+))?", keys_in("alt+f9")),
    (
        rf"save(?: it| this| the (?:file|document)| the text)? (?:as|to|under)(?: the (?:file )?name| a (?:new )?file(?: named| called)?)? (?P<text>{_Q}|\S+)",
        lambda p: [Press(parse_key("ctrl+shift+s")), Type(text_of(p["text"])), Press("enter")],
    ),
    (r"save(?: it| this| changes| the (?:file|document|changes))?", keys_in("ctrl+s")),
    (
        rf"(?:create|make|add)(?: a)?(?: new)? (?:folder|directory)(?: named| called| with the name)? (?P<text>{_Q}|\S+)",
        lambda p: [Press(parse_key("ctrl+shift+n")), Type(text_of(p["text"])), Press("enter")],
    ),
    (rf"rename (?P<x>.+?) (?:to|as|into) (?P<text>{_Q}|\S+)", rename_thing),
    (r"(?:select|choose|mark) (?:all|everything)(?: (?:of )?(?:the |its )?text)?" + _IN_X, keys_in("ctrl+a")),
    (r"copy(?: (?:it|that|this|the (?:selection|text|selected text|result)))?" + _IN_X, keys_in("ctrl+c")),
    (r"cut(?: (?:it|that|this|the (?:selection|text|selected text)))?" + _IN_X, keys_in("ctrl+x")),
    (r"paste(?: (?:it|that|this|the (?:text|clipboard)))?(?: (?:in|into) (?P<x>.+))?", keys_in("ctrl+v")),
    (r"undo(?: (?:it|that|this|the last change))?" + _IN_X, keys_in("ctrl+z")),
    (rf"(?!{_ENTER}\b)\S.* by (?:clicking|pressing|tapping)(?: on)? (?P<x>.+)", click_thing),
    (r"(?:close|quit|exit|dismiss)(?: (?P<x>.+))?", lambda p: [Close(window_of(p.get("x", "")))]),
    (rf"use (?P<x>.+?) to (?:enter|type|write|input|search for){_WHAT} (?P<text>{_Q})", type_text),
    (r"(?:press|hit|push|tap)(?: on)? (?P<x>.+ button)", click_thing),
    (
        r"(?:press|hit|push|strike|use)(?: the)?(?: keys?| shortcut| key combination)? (?P<keys>.+?)(?: keys?)?(?: (?P<times>once|twice|thrice|two times|three times|\d{1,3} times|\d{1,3}x))?",
        press_keys,
    ),
    (_CLICK + r"(?: on| at)? (?P<x>.+)", click_thing),
    (r"(?P<how>tap)(?: on)? (?P<x>.+)", click_thing),
    (r"unfold (?P<x>.+) to show (?P<y>.+)", lambda p: [Unfold(name_of(p["x"]), name_of(p["y"]))]),
    (r"(?:expand|collapse|unfold) (?P<x>.+)", click_thing),
    (
        r"(?:check|tick|enable|turn on|switch on|mark) (?!that\b|if\b|whether\b|for\b)(?P<x>.+)",
        lambda p: [Check(name_of(p["x"]), True)],
    ),
    (
        r"(?:uncheck|untick|disable|turn off|switch off|deselect|unselect|unmark) (?P<x>.+)",
        lambda p: [Check(name_of(p["x"]), False)],
    ),
    (r"turn (?P<x>.+) on", lambda p: [Check(name_of(p["x"]), True)]),
    (r"turn (?P<x>.+) off", lambda p: [Check(name_of(p["x"]), False)]),
    (r"toggle (?P<x>.+)", lambda p: [Check(name_of(p["x"]), None)]),
    (
        r"(?:set|change|adjust|switch) (?!between\b|through\b)(?:the value of )?(?P<x>.+) to (?P<text>.+)",
        lambda p: [Set(name_of(p["x"]), text_of(p["text"]))],
    ),
    (
        rf"(?:choose|select|pick) (?P<text>{_Q}|\S+) (?:with|using) (?P<x>.+ (?:{_DIALS})|(?:{_DIALS}))",
        lambda p: [Set(name_of(p["x"]), text_of(p["text"]))],
    ),
    (r"(?:choose|select|pick) (?P<x>.+)", choose_thing),
    (
        rf"{_ENTER} (?P<pairs>the [\w -]+? {_Q}(?: and the [\w -]+? {_Q})+)(?: {_INTO} .+? (?:fields|boxes|inputs|form))?",
        type_pairs,
    ),
    (rf"{_ENTER}{_WHAT} (?P<text>{_Q}) {_INTO} both(?: of the)? (?P<x>.+?)(?:es|s)?", type_into_both),
    (rf"{_ENTER}{_WHAT} (?P<text>{_Q}){_CASE}", type_text),
    (
        rf"{_ENTER}{_WHAT} (?P<text>{_Q}){_CASE} {_INTO} (?P<x>.+?)(?P<submit>,? (?:followed by|and (?:press|hit)) (?:enter|return))?",
        type_text,
    ),
    (rf"(?:fill in|fill|complete) (?P<x>.+?) (?:with|as) (?P<text>{_Q}|.+)", type_text),
    (
        rf"(?:enter|input|insert|put) (?P<text>[^\s{MASK}]+(?: [^\s{MASK}]+)?) as the (?P<x>.+?)",
        type_text,
    ),
    (
        r"(?:type|enter|write|input|insert|put) (?P<text>.+) (?:into|in to) (?P<x>.+?)(?P<submit>,? followed by (?:enter|return))?",
        type_text,
    ),
    (
        rf"(?:type|enter|write|input|insert)(?: in)?{_WHAT} (?P<text>{_Q}){_CASE}(?P<submit>,? followed by (?:enter|return))?",
        type_text,
    ),
    (
        r"(?:type|enter|write|input|insert)(?: in)?(?: the (?:text|word|words|name|value|number))? (?P<text>.+?)(?P<submit>,? followed by (?:enter|return))?",
        type_text,
    ),
    (r"(?:clear|empty|erase)(?: (?:it|(?P<x>.+)))?", lambda p: [Clear(name_of(p["x"]) if p.get("x") else "")]),
    (
        r"scroll(?: (?P<way>up|down|left|right))? (?:to|until)(?: you (?:see|find|reach))? (?P<x>.+?)(?: (?:appears?|is visible|shows(?: up)?|comes into view))?",
        scroll_to,
    ),
    (
        r"scroll(?: (?P<way>up|down|left|right))?(?: (?:by )?(?P<n>\d{1,4}|a little|a bit|a lot)(?: (?:times|notch(?:es)?|lines?|clicks?|steps?))?)?(?: (?:in|on|over|inside|within) (?P<x>.+))?",
        scroll_by,
    ),
    (
        r"drag(?: and drop)? (?P<x>.+?) (?:to|onto|into|over|on) (?P<y>.+)",
        lambda p: [Drag(name_of(p["x"]), name_of(p["y"]))],
    ),
    (
        r"(?:hover|rest|point)(?: (?:the (?:mouse|pointer|cursor) )?(?:over|on|at))? (?P<x>.+)",
        lambda p: [Hover(name_of(p["x"]))],
    ),
    (r"move (?:the )?(?:mouse|pointer|cursor) (?:to|over|onto|on) (?P<x>.+)", lambda p: [Hover(name_of(p["x"]))]),
    (
        r"(?:wait|pause|sleep)(?: for)?(?: (?:(?P<n>\d{1,6}(?:\.\d+)?|an?|one) ?(?P<unit>ms|milliseconds?|seconds?|secs?|s|minutes?|min|m|moment|bit|while)?))?",
        pause_for,
    ),
    (rf"wait (?:for|until|till) (?P<x>.+?) (?P<gone>{_GONE}){_WITHIN}", await_thing),
    (rf"wait (?:for|until|till) (?P<x>.+?)(?: {_APPEARS})?{_WITHIN}", await_thing),
    (
        rf"(?:verify|ensure|make sure|confirm|expect|check)(?: that| to see)? (?P<x>.+?) (?P<gone>{_GONE}){_WITHIN}",
        await_thing,
    ),
    (
        rf"(?:verify|ensure|make sure|confirm|expect|check)(?: that| to see| for)? (?P<x>.+?)(?: {_APPEARS})?{_WITHIN}",
        await_thing,
    ),
    (r"ask(?: me| the user| them| for)?[:,]? (?P<text>.+)", lambda p: [Ask(text_of(p["text"]))]),
)
_ROWS = tuple(_row(pattern, build) for pattern, build in _FORMS)

VERB = re.compile(
    r"(?:open|launch|start|run|bring|go|navigate|visit|browse|switch|return|activate|focus|raise|maximi[sz]e|minimi[sz]e"
    r"|save|create|make|rename|copy|cut|paste|undo|close|quit|exit|dismiss|press|hit|push|use|tap|check|tick|enable|turn"
    r"|uncheck|untick|disable|deselect|unselect|toggle|set|change|adjust|expand|collapse|unfold|choose|select|pick|type|enter|write|input|insert"
    r"|fill|complete|put|clear|empty|erase|scroll|drag|hover|point|move|wait|pause|sleep|verify|ensure|confirm|expect|ask"
    r"|(?:(?:ctrl|control|shift|alt|super|left|right|middle|double|triple|single)[-+ ]*)*click)(?![\w-])",
    re.IGNORECASE,
)
"""The words that begin a clause: "and" before one of them joins two clauses."""
