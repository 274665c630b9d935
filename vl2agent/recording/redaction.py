"""What is masked before anything of it is written: secret values and patterns in texts, places in pictures.

    [redact]                                # in the policy's file, or in one of its own
    secrets  = ["SHOP_PASSWORD"]            # environment variables whose values are written as {SHOP_PASSWORD}
    patterns = ["[0-9]{4}( [0-9]{4}){3}"]   # what else is masked wherever it is written; regular expressions

    [[redact.region]]                       # parts of the picture that are painted over
    window = "KeePass"                      # of each window whose title or application fits; else of the screen
    box = [0, "10%", "100%", "100%"]        # left, top, right, bottom: pixels, or parts as "0%".."100%"; else all

Text that is typed as a secret is masked from the moment it is planned. What changes on the screen while it is typed,
and every place where it can be read later, is painted over.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets as randomness
import tomllib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

from blake3 import blake3
from pydantic import BaseModel, ValidationError

from vl2agent.actions import MASK, Frozen, TypeText
from vl2agent.calls import ModelCall, Shot, question_key
from vl2agent.errors import CoordinateError, PolicyError
from vl2agent.geometry import ScreenBox, Size
from vl2agent.readings import Reading
from vl2agent.recording.masking import Mask, masked
from vl2agent.recording.painting import Region, lies_under, painted, widened
from vl2agent.recording.schema import Event, Grounded, Intended, Planned
from vl2agent.steps import Element, Frame, Settled, Target, Verdict
from vl2agent.tiles import dirty_regions, is_caret

E = TypeVar("E", bound=Event)
TextsIn: TypeAlias = Callable[[Frame], Iterable[tuple[str, ScreenBox]]]
"""Reads what is written on a frame, and where; perception has it, and recordings get it handed in."""

AROUND_PX = 3
"""Painted over around what changed, or can be read; the next line of a text begins behind it."""
APART_PX = 16
"""What changed this far from each other is painted over by itself: what lies between stays to be seen."""
MOSTLY = 0.25
"""The share of a frame above which what changed while a secret was typed is another page, not a field."""
REMEMBERED = 4
"""Frames whose originals are known, to say what the digests of their parts are once they are painted."""


class _Table(Frozen):
    """What a file says."""

    secrets: tuple[str, ...] = ()
    patterns: tuple[re.Pattern[str], ...] = ()
    region: tuple[Region, ...] = ()


class Redaction:
    """Masks events and frames, in the order they are written; one for each recording.

    Args:
        secrets: values by name, such as {"SHOP_PASSWORD": "hunter2"}; each is written as its name in braces.
        patterns: what else is masked in texts; where the screen shows it, too, if there is `texts_in`.
        regions: parts of frames that are painted over.
        texts_in: reads a frame; it is asked as soon as there is a secret or a pattern to be found.
    """

    def __init__(
        self,
        secrets: Mapping[str, str] | None = None,
        *,
        patterns: Sequence[str | re.Pattern[str]] = (),
        regions: Sequence[Region] = (),
        texts_in: TextsIn | None = None,
    ) -> None:
        self.texts_in = texts_in
        self.secrets = dict(secrets or {})
        self._values = {value: f"{{{name}}}" for name, value in self.secrets.items()}
        self._patterns, self._regions = tuple(re.compile(pattern) for pattern in patterns), tuple(regions)
        self._mask = Mask(self._values, self._patterns)
        self._typed = self._typing = self._entered = False
        self._fields: list[ScreenBox] = []
        """Where secrets were typed: painted over from then on."""
        self._places: tuple[ScreenBox, ...] = ()
        """What is painted over on the last frame."""
        self._seen: deque[tuple[Frame, Frame]] = deque(maxlen=REMEMBERED)
        """The last frames, as they were and as they are written."""
        self._has_painted = False
        self._key = randomness.token_bytes(32)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        secrets: Mapping[str, str] | None = None,
        texts_in: TextsIn | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Self:
        """Read the `[redact]` table of a TOML file.

        Args:
            path: the file.
            secrets: more of them, as above.
            texts_in: as above.
            environ: where the file's secrets are looked up.

        Raises:
            PolicyError: it is not there, not TOML, names an unset variable, or says something that is not known.
        """
        try:
            said = _Table.model_validate(tomllib.loads(Path(path).read_text("utf-8")).get("redact", {}))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, ("redact", *first["loc"])))
            raise PolicyError(path, f"{place}: {first['msg']}, got {str(first['input'])[:80]!r}") from error
        except (OSError, ValueError, RecursionError) as error:
            raise PolicyError(path, f"cannot be read: {error}") from error
        values = {**values_of(said.secrets, environ), **(secrets or {})}
        return cls(values, patterns=said.patterns, regions=said.region, texts_in=texts_in)

    @property
    def has_rules(self) -> bool:
        """Whether more is masked than secrets: what a process that goes on must be told again."""
        return bool(self._patterns or self._regions)

    def beginning(self) -> Redaction:
        """Give the same for another recording, on the same screen: what is secret here is so there."""
        other = Redaction(self.secrets, patterns=self._patterns, regions=self._regions, texts_in=self.texts_in)
        other._values = dict(self._values)
        other._mask = Mask(other._values, other._patterns)
        other.go_on(self._fields)
        return other

    def go_on(self, places: Iterable[ScreenBox], last: Frame | None = None, events: Iterable[Event] = ()) -> None:
        """Keep painting over what was, on the last frame that another process wrote.

        Args:
            places: what was painted over there.
            last: that frame; None where its picture is missing.
            events: what came after the screen last stood still: a secret may be on its way.
        """
        self._fields += places
        self._has_painted = self._has_painted or bool(self._fields)
        if last is not None:
            self._seen.append((last, last))
        for event in events:
            self._learn(event)

    # --- events ------------------------------------------------------------------------------------------------

    def event(self, event: E) -> E:
        """Return the event as it may be written."""
        self._learn(event)
        if not (self._mask or self._typed or self._has_painted):
            return event
        return masked(event, self._mask.text, self._part)

    def _learn(self, event: Event) -> None:
        """Notice a secret that is about to be typed."""
        action = event.plan.intent if isinstance(event, Planned) else getattr(event, "action", None)
        if not isinstance(event, Planned | Grounded | Intended) or not isinstance(action, TypeText):
            return
        if action.secret and action.text not in (*self._values, MASK, ""):
            self._values[action.text] = MASK
            self._mask = Mask(self._values, self._patterns)
        if action.secret or len(self._said(action.text)) > 1:
            self._typed = True
            self._typing = self._typing or isinstance(event, Intended)
            self._entered = action.submit or any("\n" in value for value in self._said(action.text))

    def _said(self, text: str) -> list[str]:
        """Give what is typed: the text, and the values that stand in it by name."""
        return [text, *(value for name, value in self.secrets.items() if f"{{{name}}}" in text)]

    def _part(self, part: BaseModel) -> BaseModel:
        """Mask what is told apart by what it is, not by what it says."""
        match part:
            case TypeText(secret=True) if part.text and part.text not in self._values.values():
                return part.model_copy(update={"text": MASK})
            case Element() | Target() if part.text and lies_under(part.box, self._places):
                return part.model_copy(update={"text": MASK})
            case Verdict() if part.appeared and any(lies_under(box, self._places) for box in part.changed):
                return part.model_copy(update={"appeared": MASK})
            case Reading():
                return self._reading(part)
            case ModelCall():
                return self._call(part)
        return part

    def _reading(self, reading: Reading) -> Reading:
        changes: dict[str, Any] = {"frame": self._digest(reading.frame, reading.region)}
        if reading.text and any(place.intersection(reading.box or reading.region) for place in self._places):
            changes["text"] = MASK
        return reading.model_copy(update=changes)

    def _call(self, call: ModelCall) -> ModelCall:
        """Tell of the pictures and of the prompt as they are written; digests would tell of what was masked."""
        sent = zip(call.digests, call.regions, call.sizes, strict=False)
        changes: dict[str, Any] = {"digests": tuple(self._sent(*each) for each in sent)}
        if call.counts:
            changes["counts"] = {question_key(call.prompt, call.sizes): call.bill.prompt_tokens}
        return call.model_copy(update=changes)

    def beside(self, frame: Frame, targets: Sequence[Target], text: str) -> tuple[Frame, list[Target], str]:
        """Return what may be drawn into a picture that lies beside the recording."""
        shown, places = self.painted(frame)
        targets = [masked(target, self._mask.text) for target in targets]
        hidden = {"text": MASK}
        return (
            shown,
            [each.model_copy(update=hidden) if lies_under(each.box, places) else each for each in targets],
            self._mask.text(text),
        )

    # --- frames ------------------------------------------------------------------------------------------------

    def frame(self, settled: Settled) -> tuple[Frame, tuple[ScreenBox, ...]]:
        """Return the frame as it may be written, and what of it is painted over."""
        frame = settled.frame
        if self._typing:
            self._fields += self._changed(frame)
            self._typing = settled.verdict == "moving" or not self._shows_more(frame)
            self._entered = self._entered or settled.verdict != "moving"  # by now it may have been, in another step
        shown, self._places = self.painted(frame)
        self._has_painted = self._has_painted or bool(self._places)
        self._seen.append((frame, shown))
        return shown, self._places

    def painted(self, frame: Frame) -> tuple[Frame, tuple[ScreenBox, ...]]:
        """Paint a frame over without noting that it was seen: for pictures beside the recording."""
        regions = [box for region in self._regions for box in region.on(frame)]
        return painted(frame, [*regions, *self._fields, *self._readable(frame)])

    def _changed(self, frame: Frame) -> Iterable[ScreenBox]:
        """Find where a secret was typed: what differs from the frame before, unless enter made that another page."""
        changed = dirty_regions(self._seen[-1][0], frame, APART_PX) if self._seen else (frame.region,)
        if self.texts_in and self._entered and sum(box.area for box in changed) > MOSTLY * frame.region.area:
            return []  # another page: what can be read on it is looked for
        return [widened(box, AROUND_PX) for box in changed]

    def _shows_more(self, frame: Frame) -> bool:
        """Tell whether more has changed than a caret; else what was typed may still be on its way."""
        changed = dirty_regions(self._seen[-1][0], frame) if self._seen else (frame.region,)
        return not all(is_caret(box, frame.scale) for box in changed)

    def _readable(self, frame: Frame) -> Iterable[ScreenBox]:
        """Find where something secret can be read."""
        if self.texts_in is None or not self._mask:
            return []
        texts = self.texts_in(frame)
        return [
            widened(box, AROUND_PX) for text, box in texts if self._mask.text(text) != text or self._mask.is_part(text)
        ]

    # --- digests -----------------------------------------------------------------------------------------------

    def _digest(self, digest: str, region: ScreenBox) -> str:
        """Name the part of a frame that stands for another, as it is written."""
        return self._replaced(
            digest, lambda frame: frame.digest if frame.region == region else frame.crop(region).digest
        )

    def _sent(self, digest: str, region: ScreenBox, size: Size) -> str:
        return self._replaced(digest, lambda frame: Shot.of(frame.crop(region), size).digest)

    def _replaced(self, digest: str, made: Callable[[Frame], str]) -> str:
        """Find a picture among the parts of frames; what is not found is given a name that tells nothing of it."""
        if not self._has_painted:
            return digest
        for frame, shown in reversed(self._seen):
            with contextlib.suppress(CoordinateError):  # of another screen
                if made(frame) == digest:
                    return made(shown)
        return blake3(digest.encode(), key=self._key).hexdigest()


def values_of(names: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Look secrets up in the environment.

    Raises:
        PolicyError: one is not set, or empty.
    """
    if missing := [name for name in names if not environ.get(name)]:
        raise PolicyError("<secrets>", f"the environment variable {missing[0]} is not set; put the secret into it")
    return {name: environ[name] for name in names}
