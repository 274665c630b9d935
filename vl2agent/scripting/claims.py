"""What can be expected of a screen, as a question to one picture: does it hold, and what is seen instead?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vl2agent.calls import Model
from vl2agent.errors import AmbiguousTarget, InputError, TargetNotFound
from vl2agent.loop.confirm import yes_or_no
from vl2agent.scripting.lettering import contains, says, shape, words_of
from vl2agent.scripting.query import Query
from vl2agent.scripting.resolving import Glance
from vl2agent.steps import Target

MOST_SEEN = 300
"""Characters of a screen's text that a failure tells."""
_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]+)[\"”“»]|(?<!\w)['‘]([^'‘’]+)['’](?!\w)")
_JOINING = """
a an the this that these those is are was be been being it its of in on at to for from by with and or as there some any
"""
_DESCRIBING = """
shown showing shows show seen visible displayed displays reads reading says saying said containing contains titled
entitled named called labelled labeled marked
screen page window dialog dialogue box popup pop up message notification toast banner alert warning error text title
heading header label button link menu item tab field list icon bar toolbar panel word words
"""
GRAMMAR = frozenset(_JOINING.split())
"""Words that show that a text is a description, and not what is written."""
NOT_WRITTEN = GRAMMAR | frozenset(_DESCRIBING.split())
"""Words of a description that need not be written anywhere."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a picture says to a claim.

    Args:
        holds: whether it does; None where what it is about cannot be seen.
        seen: what is there, in words.
        targets: where.
        is_about_all: the claim is about everything that is there.
    """

    holds: bool | None
    seen: str
    targets: tuple[Target, ...] = ()
    is_about_all: bool = False

    @property
    def lacks(self) -> bool:
        """Whether it rests on something not being seen, which a closer or a later look may show."""
        return self.is_about_all or not self.holds


def visible(query: Query, glance: Glance) -> Shown:
    """Claim that something fits."""
    try:
        target = glance.one(query)
    except AmbiguousTarget as error:
        return Shown(True, f"{len(error.candidates)} things that fit", error.candidates)
    except TargetNotFound as error:
        return Shown(False, _nearest(error), error.candidates)
    return Shown(True, f"{target.text!r} at {target.box}", (target,))


def written(query: Query, glance: Glance, expected: str | re.Pattern[str], *, whole: bool) -> Shown:
    """Claim that what is written on something is, or contains, the expected text."""
    try:
        target = glance.one(query)
    except AmbiguousTarget as error:
        return Shown(None, f"{len(error.candidates)} things that fit equally well", error.candidates)
    except TargetNotFound as error:
        return Shown(None, _nearest(error), error.candidates)
    text = glance.text(target)
    return Shown((says if whole else contains)(text, expected), repr(text), (target,))


def counted(query: Query, glance: Glance, expected: int) -> Shown:
    """Claim that so many things fit."""
    targets = glance.all(query).targets
    return Shown(len(targets) == expected, f"{len(targets)}", targets, is_about_all=True)


def told(description: str, glance: Glance, model: Model | None) -> Shown:
    """Claim that the screen shows what a person describes: a model is asked, else the words are looked for."""
    if model is not None:
        holds, _ = yes_or_no(f"Does the picture show {description}?", glance.frame, model)
        answers = {
            True: "that the model says yes to",
            False: "that the model says no to",
            None: "of which the model is unsure",
        }
        return Shown(holds, f"a picture {answers[holds]}")
    text = glance.perception.text_in(glance.frame.region, glance.frame)
    missing = [phrase for phrase in phrases(description) if not _is_written(phrase, text)]
    start = " / ".join(text.splitlines())[:MOST_SEEN]
    return Shown(not missing, f"no {' and no '.join(map(repr, missing))} in {start!r}" if missing else start)


def phrases(description: str) -> list[str]:
    """Return what must be written on a screen that a person describes so: what is in quotes, else the telling words.

    Raises:
        InputError: there is nothing that could be looked for.
    """
    found = [one or other for one, other in _QUOTED.findall(description)]
    words = words_of(description)
    found = found or [word for word in words if word.lower() not in NOT_WRITTEN]
    if (not found and any(word.lower() in GRAMMAR for word in words)) or not words:
        raise InputError(
            f"expected words that the screen would show, got {description!r}; put them in quotes, or use a model"
        )
    return found or words


def _is_written(phrase: str, text: str) -> bool:
    """Tell whether a phrase is there; a single word as a word of its own, in upper or lower case."""
    if len(words_of(phrase)) != 1:
        return shape(phrase).casefold() in shape(text).casefold()
    return any(shape(phrase).casefold() == shape(word).casefold() for word in words_of(text))


def _nearest(error: TargetNotFound) -> str:
    near: Sequence[str] = [f"{target.text!r} ({target.confidence:.2f})" for target in error.candidates[:5]]
    nothing = f"nothing that fits ({error.reason})" if error.reason else "nothing that fits"
    return f"{nothing}; nearest: {', '.join(near)}" if near else nothing
