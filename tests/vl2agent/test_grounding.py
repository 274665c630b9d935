"""From a model's boxes to targets on the screen."""

from __future__ import annotations

import pytest
from PIL import Image

from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.completion import Coordinate, Grounding, Located, Prompt, Reply, Usage
from vl2agent.errors import InputError, TargetNotFound
from vl2agent.geometry import GridBox, ScreenBox, ScreenPoint
from vl2agent.grounding import ModelFinder
from vl2agent.steps import Frame

FRAME = Frame.from_image(Image.new("RGB", (1998, 999)), origin=ScreenPoint(100, 0))


def reply(*boxes: tuple[GridBox, float]) -> Reply:
    """A model's answer with these boxes."""
    located = tuple(Located(words="Save", box=box, confidence=confidence) for box, confidence in boxes)
    return Reply(text="", usage=Usage(prompt_tokens=0, image_tokens=0, completion_tokens=0), located=located)


def test_a_box_lies_on_the_screen_at_its_own_resolution() -> None:
    """An edge v is v/999 of the width, right of where the frame begins."""
    backend = ScriptedBackend(reply((GridBox(10, 20, 30, 999), 0.75)))
    target = ModelFinder(backend).locate("Save", FRAME)
    assert target.box == ScreenBox(120, 20, 160, 999)
    assert target.box.contains(target.point)
    assert abs(target.point.x - 140) <= 1
    assert target.confidence == 0.75
    assert backend.calls == [(Prompt.locate("Save"), Grounding(words="Save"))]


def test_the_point_is_the_expected_middle_inside_the_box() -> None:
    """Where the model's probabilities lean is where a click goes, but never beside the box."""
    edges = tuple(
        Coordinate(value=v, confidence=0.5, expected=e) for v, e in ((10, 400), (20, 20), (30, 500), (40, 40))
    )
    located = Located(words="Save", box=GridBox(10, 20, 30, 40), confidence=0.5, edges=edges)
    usage = Usage(prompt_tokens=0, image_tokens=0, completion_tokens=0)
    target = ModelFinder(ScriptedBackend(Reply(text="", usage=usage, located=(located,)))).locate("Save", FRAME)
    assert target.point.x == target.box.right - 1
    assert abs(target.point.y - 30) <= 1


def test_nothing_to_look_for_is_an_error() -> None:
    """Blanks name nothing."""
    with pytest.raises(InputError, match="words"):
        ModelFinder(ScriptedBackend()).locate(" ", FRAME)


def test_no_box_is_no_target() -> None:
    """One is asked for, so none is an error; of all that fit there may be none."""
    with pytest.raises(TargetNotFound, match="no box"):
        ModelFinder(ScriptedBackend(reply())).locate("Save", FRAME)
    assert ModelFinder(ScriptedBackend(reply())).find("Save", FRAME) == []


def test_the_surest_comes_first() -> None:
    """Whatever order the model gave."""
    backend = ScriptedBackend(reply((GridBox(0, 0, 9, 9), 0.2), (GridBox(5, 5, 9, 9), 0.9)))
    assert [target.confidence for target in ModelFinder(backend).find("Save", FRAME)] == [0.9, 0.2]
