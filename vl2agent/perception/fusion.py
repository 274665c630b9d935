"""What a model found and what was read, made one target.

A model knows what things are, and is a few pixels off; reading knows to the pixel where a text stands, and not which
of three alike is meant. Both say how sure they are, m and r, and err independently:

agree      one's box holds the other's point, a reading's box grown by NEAR = half its height at most. So the model
           chooses among texts that read alike. Where its box is so large that several such readings agree, that with
           the largest sum of r and the share of area that both boxes cover counts, r divided by the number of those
           that are at least half as sure. Point, text and role are the reading's, sure with 1 - (1 - m)(1 - r). So is
           the box, unless the model's holds MOSTLY = 0.7 of it and is at most WIDGET = 3 times as high: a button
           around its label, which then is the box, with what sticks out of the label.
disagree   the words are read, with READ = 0.5 or more, elsewhere only. At most one is right: the model with m(1 - r),
           the reading with r(1 - m), neither with (1 - m)(1 - r), each divided by their sum. The likelier one is the
           target, with that probability, which is below its own; the other stays among the looks.
silent     nothing is read that fits, or the words say "icon": the target is the model's, as sure as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.perception.query import parse_name
from vl2agent.steps import Look, Target

NEAR = 0.5
WIDGET = 3.0
MOSTLY = 0.7
RIVAL = 0.5
READ = 0.5


def fuse(target: Target, read: Sequence[Target], region: ScreenBox) -> Target:
    """Weigh a model's target against what reading a region finds for the same words, best first."""
    joined = snapped(target, read, region)
    if joined or not read or read[0].confidence < READ or _names_an_icon(target.words):
        return joined or target
    return _either(target, read[0], region)


def snapped(target: Target, read: Sequence[Target], region: ScreenBox) -> Target | None:
    """Put a model's target where reading says that its text is; None when nothing that was read is there."""
    alike = [reading for reading in read if _agree(target, reading)]
    if not alike:
        return None
    reading = max(alike, key=lambda each: each.confidence + target.box.iou(each.box))
    rivals = sum(each.confidence >= RIVAL * reading.confidence for each in alike)
    confidence = 1 - (1 - target.confidence) * (1 - reading.confidence / rivals)
    look = _look(reading, region, "where the model says")
    return reading.model_copy(
        update={
            "words": target.words,
            "box": _widget(target.box, reading.box),
            "confidence": confidence,
            "source": f"{target.source}+{reading.source}",
            "looks": (*target.looks, look),
        }
    )


def _either(target: Target, reading: Target, region: ScreenBox) -> Target:
    """Take the likelier of two that cannot both be right."""
    model, read = target.confidence, reading.confidence
    by_model, by_reading, neither = model * (1 - read), read * (1 - model), (1 - model) * (1 - read)
    total = (by_model + by_reading + neither) or 1.0  # 0 when both were certain
    looks = (*target.looks, _look(reading, region, "elsewhere than the model says"))
    if by_model > by_reading:
        return target.model_copy(update={"confidence": by_model / total, "looks": looks})
    return reading.model_copy(update={"confidence": by_reading / total, "looks": looks, "words": target.words})


def _look(reading: Target, region: ScreenBox, why: str) -> Look:
    return Look(region=region, box=reading.box, confidence=reading.confidence, why=f"read {reading.text!r}: {why}")


def _widget(box: ScreenBox, text: ScreenBox) -> ScreenBox:
    """Return the box around a text where a model's box is one, else the text's own."""
    shared = box.intersection(text)
    if shared is None or shared.area < MOSTLY * text.area or box.height > WIDGET * text.height:
        return text
    return box.union(text)


def _agree(target: Target, reading: Target) -> bool:
    return target.box.contains(reading.point) or _near(target.point, reading.box)


def _near(point: ScreenPoint, box: ScreenBox) -> bool:
    by = round(NEAR * box.height)
    return ScreenBox(box.left - by, box.top - by, box.right + by, box.bottom + by).contains(point)


def _names_an_icon(words: str) -> bool:
    return any(name.role == "icon" for name in parse_name(words))
