"""Finding things by a model: asking, looking closer, repairing, and reading."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydantic import BaseModel, Field

from vl2.grammar.grammar import Grammar as GroundingGrammar
from vl2.processor import Processor
from vl2agent.backends.local import LocalBackend
from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model, ModelCall
from vl2agent.completion import Coordinate, Grounding, JsonSchema, Located, Reply, Usage
from vl2agent.errors import AmbiguousTarget, InputError, ParseError, TargetNotFound
from vl2agent.geometry import GridBox, ScreenBox, ScreenPoint
from vl2agent.parser import parse_boxes
from vl2agent.perception.embedded import OcrPerception
from vl2agent.perception.vl2 import MOST, VL2Perception, rephrased
from vl2agent.steps import Frame

ROOT = Path(__file__).parents[3]
DEV = Path(os.environ.get("VL2AGENT_GROUNDING", ROOT.parent / "shared" / "gui-grounding" / "dev"))
FRAME = Frame.from_image(Image.new("RGB", (1998, 999)), origin=ScreenPoint(100, 0))
SURE = "<|ref|>Save<|/ref|><|det|>[[100, 200, 300, 400]]<|/det|>"
WHOLE = "<|ref|>Save<|/ref|><|det|>[[0, 0, 999, 999]]<|/det|>"
EMPTY = "<|ref|>Save<|/ref|><|det|>[[500, 500, 501, 501]]<|/det|>"


Alone: TypeAlias = Callable[..., tuple[VL2Perception, list[ModelCall]]]


def reply(*boxes: tuple[GridBox, float]) -> Reply:
    """A model's answer with these boxes."""
    located = tuple(Located(words="Save", box=box, confidence=confidence) for box, confidence in boxes)
    return Reply(text="", usage=Usage(prompt_tokens=0, image_tokens=0, completion_tokens=0), located=located)


@pytest.fixture
def alone() -> Iterator[Alone]:
    """A model that gives these replies, without reading; and the calls that it gets."""
    with ExitStack() as listening:

        def make(*replies: Reply | str) -> tuple[VL2Perception, list[ModelCall]]:
            model, calls = Model(ScriptedBackend(*replies)), list[ModelCall]()
            listening.enter_context(model.told(calls.append))
            return VL2Perception(model), calls

        yield make


def test_a_box_lies_on_the_screen_at_its_own_resolution(alone: Alone) -> None:
    """An edge v is v/999 of the width, right of where the frame begins."""
    perception, calls = alone(reply((GridBox(100, 200, 300, 999), 0.75)))
    target = perception.locate(" Save ", FRAME)
    assert target.box == ScreenBox(300, 200, 700, 999)
    assert (target.words, target.text, target.source, target.confidence) == ("Save", "Save", "model", 0.75)
    assert target.box.contains(target.point)
    assert [look.box for look in target.looks] == [target.box]
    assert [(call.purpose, call.grammar) for call in calls] == [("ground", Grounding(words="Save"))]


def test_the_point_is_the_expected_middle_inside_the_box(alone: Alone) -> None:
    """Where the model's probabilities lean is where a click goes, but never beside the box."""
    edges = tuple(
        Coordinate(value=v, confidence=0.5, expected=e) for v, e in ((100, 400), (200, 200), (300, 500), (400, 400))
    )
    located = Located(words="Save", box=GridBox(100, 200, 300, 400), confidence=0.75, edges=edges)
    usage = Usage(prompt_tokens=0, image_tokens=0, completion_tokens=0)
    target = alone(Reply(text="", usage=usage, located=(located,)))[0].locate("Save", FRAME)
    assert target.point.x == target.box.right - 1
    assert abs(target.point.y - 300) <= 1


def test_a_box_in_the_text_is_read_where_the_backend_does_not(alone: Alone) -> None:
    """A server may give text alone; how sure it is, is then not known."""
    target = alone(SURE)[0].locate("Save", FRAME)
    assert target.box == ScreenBox(300, 200, 700, 400)
    assert target.confidence == 0.5


def test_a_small_box_is_looked_at_again(alone: Alone) -> None:
    """On a crop at the screen's own resolution or larger; both looks are told."""
    perception, calls = alone(reply((GridBox(500, 500, 505, 510), 0.8)), reply((GridBox(450, 450, 550, 550), 0.9)))
    target = perception.locate("Save", FRAME)
    assert [call.purpose for call in calls] == ["ground", "zoom"]
    first, second = target.looks
    assert second.region == calls[1].regions[0]
    assert second.region.width < 300
    assert second.why.startswith("small")
    assert second.region.intersection(first.box) == first.box
    assert target.box == second.box
    assert target.confidence == 0.9


def test_a_wild_second_look_is_told_and_not_believed(alone: Alone) -> None:
    """The first answer stays, half as sure."""
    perception, _ = alone(reply((GridBox(500, 500, 505, 510), 0.8)), reply((GridBox(0, 0, 30, 30), 0.9)))
    target = perception.locate("Save", FRAME)
    first, second = target.looks
    assert target.box == first.box
    assert target.confidence == pytest.approx(0.4)
    assert "not believed" in second.why


def test_doubt_counts_also_where_nothing_is_told(alone: Alone) -> None:
    """One half is what an untold answer has; half of that is left."""
    near, far = (f"<|det|>[[{x}, 500, {x + 8}, 510]]<|/det|>" for x in (500, 10))
    assert alone(near, far)[0].locate("Save", FRAME).confidence == 0.25


@pytest.mark.parametrize("useless", ["no idea", WHOLE, EMPTY, "<|det|>[[1, 2"])
def test_a_useless_answer_is_asked_for_once_more_in_other_words(alone: Alone, useless: str) -> None:
    """Then the answer counts, and what came first stays among the looks."""
    perception, calls = alone(useless, SURE)
    assert perception.locate("the Save button", FRAME).box == ScreenBox(300, 200, 700, 400)
    assert [(call.purpose, call.grammar) for call in calls] == [
        ("ground", Grounding(words="the Save button")),
        ("repair", Grounding(words="Save")),
    ]


class Strict(ScriptedBackend):
    """Refuses a reply without boxes, as the client of a server without that grammar does."""

    def complete(self, *args: Any, **options: Any) -> Reply:
        """Refuse it as soon as it is there."""
        reply = super().complete(*args, **options)
        parse_boxes(reply.text)
        return reply


def test_an_answer_that_the_backend_refuses_is_a_useless_one() -> None:
    """It is asked for again, not the end of the run; one that comes to nothing is no target."""
    seeing = VL2Perception(Model(Strict("I see no such button.", SURE)))
    assert seeing.locate("Save", FRAME).box == ScreenBox(300, 200, 700, 400)
    with pytest.raises(TargetNotFound):
        VL2Perception(Model(Strict("no", "<|det|>[[3, 3, 3, 3]]<|/det|>"))).locate("Save", FRAME)
    assert VL2Perception(Model(Strict("no"))).find("Save", FRAME) == []


@pytest.mark.parametrize(("useless", "said"), [("no idea", "no box"), (WHOLE, "all of"), (EMPTY, "empty")])
def test_two_useless_answers_are_no_target(alone: Alone, useless: str, said: str) -> None:
    """The error says what came, with the boxes as candidates."""
    with pytest.raises(TargetNotFound, match=said) as raised:
        alone(useless, useless)[0].locate("Save", FRAME)
    assert len(raised.value.candidates) == (0 if useless == "no idea" else 2)


@pytest.mark.parametrize(
    ("words", "other"), [("the Save button", "Save"), ("Save", 'the text "Save"'), ('the "Save as" link', "Save as")]
)
def test_other_words_say_the_same(words: str, other: str) -> None:
    """The bare name, or that it is written there."""
    assert rephrased(words) == other


@pytest.mark.parametrize("text", [" ", "caf\udce9"])
def test_nothing_to_look_for_is_an_error(alone: Alone, text: str) -> None:
    """Blanks name nothing, and ask nothing; nor do bytes of another encoding."""
    perception, calls = alone()
    for act in (perception.locate, perception.find, perception.ask):
        with pytest.raises(InputError):
            act(text, FRAME)
    assert calls == []


def test_the_surest_comes_first(alone: Alone) -> None:
    """Whatever order the model gave; a place is told once, and useless boxes are not."""
    boxes = [(GridBox(0, 0, 9, 9), 0.2), (GridBox(50, 50, 90, 90), 0.9), (GridBox(50, 50, 90, 91), 0.3)]
    perception, calls = alone(reply(*boxes, (GridBox(0, 0, 999, 999), 1.0)))
    assert [target.confidence for target in perception.find("Save", FRAME)] == [0.9, 0.2]
    assert [(call.purpose, call.grammar) for call in calls] == [("find", Grounding(words="Save", most=MOST))]
    assert alone("none")[0].find("Save", FRAME) == []


def test_without_reading_the_model_reads(alone: Alone) -> None:
    """The part alone is shown; what is not read has no elements."""
    perception, calls = alone(" Hello \n")
    part = ScreenBox(200, 100, 400, 200)
    assert perception.text_in(part, FRAME) == "Hello"
    assert [(call.purpose, call.regions) for call in calls] == [("read", (part,))]
    assert list(perception.elements(FRAME)) == []


class Tab(BaseModel):
    """What a question asks for."""

    title: str
    state: Literal["open", "closed"]
    count: int = Field(ge=1)


def test_an_answer_fits_its_schema(alone: Alone) -> None:
    """Whatever stands around it; without a schema it is as it came."""
    perception, calls = alone('Sure:\n```json\n{"title": "A", "state": "open", "count": 2}\n```', "It is open.")
    assert Tab.model_validate_json(perception.ask("Which tab?", FRAME, Tab).text).count == 2
    assert perception.ask("Which tab?", FRAME).text == "It is open."
    assert calls[0].purpose == "ask"
    assert isinstance(calls[0].grammar, JsonSchema)
    assert calls[1].grammar is None


@pytest.mark.parametrize(
    "text", ["no", '{"title": "A", "state": "ajar", "count": 2}', '{"title": "A", "state": "open", "count": 0}']
)
def test_an_answer_that_does_not_fit_is_a_parse_error(alone: Alone, text: str) -> None:
    """It says what was expected."""
    with pytest.raises(ParseError):
        alone(text)[0].ask("Which tab?", FRAME, Tab)


def test_an_answer_that_is_cut_off_says_so(alone: Alone) -> None:
    """A shorter one would fit."""
    usage = Usage(prompt_tokens=0, image_tokens=0, completion_tokens=0)
    with pytest.raises(ParseError, match="cut off"):
        alone(Reply(text='{"title": "A', stop_reason="length", usage=usage))[0].ask("Which tab?", FRAME, Tab)


def test_reading_makes_a_coarse_box_exact(screen: Callable[[str], Frame], perception: OcrPerception) -> None:
    """The model says which, reading says where."""
    frame = screen("sb-admin-2-login")
    box = frame.view.point_to_grid(perception.locate("Login with Google", frame).point)
    coarse = GridBox(box.x - 60, box.y - 30, box.x + 60, box.y + 20)
    seeing = VL2Perception(Model(ScriptedBackend(reply((coarse, 0.7)))), perception)
    target = seeing.locate("Login with Google", frame)
    assert target.source == "model+ocr"
    assert target.text == "Login with Google"
    assert target.confidence > 0.9
    assert "Login with Google" in seeing.text_in(target.box, frame)
    assert seeing.elements(frame)


def three_buttons() -> Image.Image:
    """Draw Delete three times, one below the other."""
    picture = Image.new("RGB", (800, 600), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(20)
    for y in (100, 300, 500):
        pen.rectangle((130, y - 20, 250, y + 20), outline="gray", fill="#eeeeee")
        pen.text((190, y), "Delete", fill="black", font=font, anchor="mm")
    return picture


def test_the_model_chooses_where_reading_cannot(perception: OcrPerception) -> None:
    """Three alike are ambiguous to read; the model's box resolves it."""
    frame = Frame.from_image(three_buttons())
    with pytest.raises(AmbiguousTarget):
        perception.locate("Delete", frame)
    middle = GridBox(150, 430, 320, 570)
    target = VL2Perception(Model(ScriptedBackend(reply((middle, 0.8)))), perception).locate("Delete", frame)
    assert target.source == "model+ocr"
    assert abs(target.point.y - 300) < 20


def test_reading_alone_decides_when_the_model_has_no_box(
    screen: Callable[[str], Frame], perception: OcrPerception
) -> None:
    """What the model said stays among the looks; what neither finds is an error with candidates."""
    frame = screen("sb-admin-2-login")
    target = VL2Perception(Model(ScriptedBackend(WHOLE, "no")), perception).locate("Login with Google", frame)
    assert target.source == "ocr"
    assert [look.region for look in target.looks] == [frame.region]
    with pytest.raises(TargetNotFound):
        VL2Perception(Model(ScriptedBackend("no", "no")), perception).locate("Zebra", frame)


def test_random_weights_locate_by_construction(nano_checkpoint: Path) -> None:
    """Every call fits its bill; the target lies on the frame, after all the looks there may be."""
    model, calls = Model(LocalBackend(nano_checkpoint)), list[ModelCall]()
    noise = np.random.default_rng(3).integers(0, 255, (500, 700, 3), np.uint8)
    frame = Frame.from_image(Image.fromarray(noise), origin=ScreenPoint(-700, 20))
    with model.told(calls.append):
        target = VL2Perception(model).locate("the Save button", frame)
        answer = VL2Perception(model).ask("Which tab?", frame, Tab)
    assert target.box.intersection(frame.region) == target.box
    assert Tab.model_validate_json(answer.text)
    assert {"ground", "ask"} <= {call.purpose for call in calls}
    for call in calls:
        assert call.reply is not None
        assert call.reply.usage.prompt_tokens == call.bill.prompt_tokens
        assert call.reply.usage.completion_tokens <= call.bill.reserve


@pytest.mark.parametrize("words", ["Save", "the Löschen button", "保存按钮", "x" * 80])
def test_the_longest_answer_is_reserved(alone: Alone, nano_checkpoint: Path, words: str) -> None:
    """What the grammar allows at most fits what is kept free for it."""
    tokenizer = Processor.from_folder(nano_checkpoint).tokenizer
    perception, calls = alone(SURE, SURE)
    perception.locate(words, FRAME)
    perception.find(words, FRAME)
    for call, most in zip(calls, (1, MOST), strict=True):
        assert (GroundingGrammar.grounding(tokenizer, words, max_boxes=most).max_tokens or 0) <= call.bill.reserve


BLUR_PX = 6.0
"""How far an edge may be off on the canvas: about half a patch, standard deviation."""


@pytest.mark.skipif(not (DEV / "annotations.jsonl").exists(), reason=f"no annotations at {DEV} (VL2AGENT_GROUNDING)")
def test_zoom_finds_small_things_on_every_screen(knowing: Any, frame_of: Callable[[int, int], Frame]) -> None:
    """A model as exact as its canvas and its grid hits nearly all at each size once it may look closer."""
    rows = [json.loads(line) for line in (DEV / "annotations.jsonl").read_text().splitlines()]
    hits: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for row in rows:
        box, frame = ScreenBox(*row["box"]), frame_of(row["width"], row["height"])
        model = Model(knowing({row["id"]: box}, BLUR_PX))
        once = VL2Perception(model, sight=lambda size: 9.0).locate(row["id"], frame)  # nothing is small or reduced
        closer = VL2Perception(model).locate(row["id"], frame)
        hit = box.contains(once.point), box.contains(closer.point)
        for group in ("all", f"{frame.size} @{row['scale']}", *(["small"] if min(box.width, box.height) < 24 else [])):
            hits[group].append(hit)
    share = {
        group: (sum(a for a, _ in got) / len(got), sum(b for _, b in got) / len(got)) for group, got in hits.items()
    }
    print(share)
    assert all(after >= max(before, 0.97) for before, after in share.values()), share
