"""A small exam for weights: drawn pictures with known answers.

It tells whole weights from broken ones, and a right processor from a wrong one; it ranks no models. Every picture is
drawn here, so nothing is downloaded and the answers are certain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from vl2.handle import VL2

Box = tuple[int, int, int, int]

BUTTONS: dict[str, tuple[Box, str]] = {
    "Cancel": ((300, 430, 420, 480), "#888888"),
    "Save": ((450, 430, 570, 480), "#1a5fb4"),
    "Delete": ((600, 430, 720, 480), "#c01c28"),
}
"""The buttons of the drawn dialog: pixels, and colour."""

LONGEST_ANSWER = 48


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """One picture, and what is right."""

    picture: Image.Image
    words: str
    """The question, or what is to be located."""
    answers: tuple[str, ...] = ()
    """Any of these words in the answer is right."""
    box: Box | None = None
    """Where the thing is, in pixels: the question is to locate it."""

    def right(self, said: str) -> bool:
        """Judge a spoken answer: one of the answers stands in it as a word of its own."""
        return any(re.search(rf"\b{re.escape(answer)}\b", said, re.IGNORECASE) for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a question."""

    question: str
    expected: str
    said: str
    right: bool


def examine(model: VL2, questions: list[Question] | None = None) -> Iterator[Mark]:
    """Put every question to a model, greedily; a click on the middle of a located box has to hit the thing."""
    for question in draw_questions() if questions is None else questions:
        if question.box is None:
            said = model.ask(question.words, question.picture, max_new_tokens=LONGEST_ANSWER).strip()
            yield Mark(question.words, " or ".join(question.answers), said, question.right(said))
        else:
            found = model.locate(question.words, question.picture)
            x, y = found.boxes[0].center.pixel(*question.picture.size)
            left, top, right, bottom = question.box
            hit = left <= x < right and top <= y < bottom
            yield Mark(f"locate: {question.words}", f"in {question.box}", f"({x}, {y})", hit)


def draw_questions() -> list[Question]:
    """Draw the whole exam."""
    dialog, shapes, bars, page = _dialog(), _shapes(), _bars(), _page()
    blank = Image.new("RGB", (640, 480), "white")
    return [
        Question(page, "What is the invoice number?", ("4711",)),
        Question(page, "What is the total?", ("1,284", "1284")),
        Question(dialog, "What is written on the blue button?", ("save",)),
        Question(dialog, "Which file is asked about?", ("report", "report.txt")),
        Question(shapes, "How many red circles are there? Answer with a number.", ("3", "three")),
        Question(shapes, "What is the colour of the square?", ("green",)),
        Question(bars, "Which month has the highest bar?", ("mar", "march")),
        Question(blank, "Is there a cat in the image? Answer yes or no.", ("no",)),
        *(Question(dialog, f"the {name} button", box=box) for name, (box, _) in BUTTONS.items()),
        Question(shapes, "the green square", box=(430, 300, 530, 400)),
    ]


def _canvas(colour: str = "white") -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (800, 600), colour)
    return picture, ImageDraw.Draw(picture)


def _dialog() -> Image.Image:
    picture, draw = _canvas("#3a6ea5")
    draw.rectangle((80, 100, 740, 510), fill="#f6f5f4", outline="black")
    draw.rectangle((80, 100, 740, 140), fill="#2e3436")
    draw.text((100, 108), "Unsaved changes", "white", ImageFont.load_default(22))
    draw.text((120, 220), "Save the changes to report.txt", "black", ImageFont.load_default(30))
    draw.text((120, 270), "before closing?", "black", ImageFont.load_default(30))
    for name, (box, colour) in BUTTONS.items():
        draw.rounded_rectangle(box, 8, fill=colour)
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        draw.text(middle, name, "white", ImageFont.load_default(24), anchor="mm")
    return picture


def _shapes() -> Image.Image:
    picture, draw = _canvas()
    for x, y in ((120, 120), (380, 160), (200, 420)):
        draw.ellipse((x - 50, y - 50, x + 50, y + 50), fill="red")
    draw.rectangle((430, 300, 529, 399), fill="green")
    draw.polygon(((650, 100), (580, 220), (720, 220)), fill="blue")
    return picture


def _bars() -> Image.Image:
    picture, draw = _canvas()
    for n, (month, height) in enumerate({"Jan": 120, "Feb": 210, "Mar": 400, "Apr": 90, "May": 260}.items()):
        left = 100 + n * 130
        draw.rectangle((left, 500 - height, left + 80, 500), fill="#4a90d9")
        draw.text((left + 40, 530), month, "black", ImageFont.load_default(26), anchor="mm")
    draw.line((70, 500, 760, 500), fill="black", width=3)
    return picture


def _page() -> Image.Image:
    picture, draw = _canvas()
    lines = (("Invoice no. 4711", 40), ("12 chairs", 28), ("2 tables", 28), ("Total: 1,284 EUR", 32))
    for n, (line, size) in enumerate(lines):
        draw.text((80, 80 + n * 110), line, "black", ImageFont.load_default(size))
    return picture
