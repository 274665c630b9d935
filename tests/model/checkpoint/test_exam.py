"""The built-in exam and the speed probe, on a model that knows nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from nano_models import config_like, random_model
from PIL import Image

from vl2.checkpoint import speed
from vl2.checkpoint.exam import Question, draw_questions, examine
from vl2.checkpoint.save import save_model
from vl2.handle import VL2
from vl2.loading import load

TOKENIZER = Path(__file__).parents[2] / "fixtures" / "vl2" / "tokenizer"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> VL2:
    """Random weights."""
    folder = tmp_path_factory.mktemp("nano")
    save_model(random_model(config_like("tiny")), folder)
    for path in TOKENIZER.glob("tokenizer*.json"):
        shutil.copyfile(path, folder / path.name)
    return load(folder)


def test_every_box_lies_on_what_it_names() -> None:
    """The middle of a box that is to be located has another colour than the corner of the picture."""
    for question in draw_questions():
        if question.box:
            left, top, right, bottom = question.box
            inside = question.picture.getpixel((left + 12, (top + bottom) // 2))
            assert inside != question.picture.getpixel((0, 0))
            assert right <= question.picture.width
            assert bottom <= question.picture.height


@pytest.mark.parametrize(
    ("said", "right"), [("It is 3.", True), ("Three circles", True), ("13", False), ("", False), ("threefold", False)]
)
def test_an_answer_has_to_be_a_word_of_its_own(said: str, right: bool) -> None:
    """13 is not 3."""
    assert Question(Image.new("RGB", (8, 8)), "How many?", ("3", "three")).right(said) == right


def test_a_model_that_knows_nothing_gets_marks_for_every_question(model: VL2) -> None:
    """Spoken and located answers are judged, and random weights say what they say."""
    picture = Image.new("RGB", (200, 200), "white")
    questions = [Question(picture, "What?", ("zebra",)), Question(picture, "it", box=(0, 0, 200, 200))]
    assert [mark.right for mark in examine(model, questions)] == [False, True]


def test_speed_is_measured_without_remembering(model: VL2, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rate is a positive number."""
    monkeypatch.setattr(speed, "SCREEN", (384, 384))
    found = speed.measure_speed(model)
    assert min(found.tiles_per_s, found.prefill_tokens_per_s, found.decode_tokens_per_s, found.first_token_s) > 0
