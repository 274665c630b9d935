"""Prompts in the forms that DeepSeek-VL2 was trained on. Each gives the messages to hand to the model.

Words that are handed in are text and nothing else: a mark spelled in them stays letters.
"""

from __future__ import annotations

from collections.abc import Sequence

from vl2.chat import Mark, Message, Part
from vl2.errors import PromptError
from vl2.images import ImageSource


def ask(question: str, *images: ImageSource) -> list[Message]:
    """Ask anything about one image, about none, or about several, which are numbered `image_1` and up."""
    if len(images) > 1:
        return compare(question, images)
    return _user(images, question)


def compare(question: str, images: Sequence[ImageSource]) -> list[Message]:
    """Ask about several images, which the question may call `image_1` and up. More than two are seen small."""
    labels = [part for n in range(1, len(images) + 1) for part in (f"This is image_{n}: ", Mark.IMAGE, "\n")]
    return [Message("user", (*labels, question), images)]


def describe(image: ImageSource) -> list[Message]:
    """Ask what is shown."""
    return _user([image], "Describe this image in detail.")


def read_text(image: ImageSource) -> list[Message]:
    """Ask for all text in a picture, line by line (OCR)."""
    return _user([image], "Read all the text in the image, line by line. Give the text only.")


def ask_document(question: str, *pages: ImageSource) -> list[Message]:
    """Ask about a scanned or rendered document for a short answer in its words."""
    return ask(f"{question}\nAnswer the question using a single word or phrase from the document.", *pages)


def ask_chart(question: str, chart: ImageSource) -> list[Message]:
    """Ask about a chart for a short answer."""
    return _user([chart], f"{question}\nAnswer the question using a single word, phrase or number.")


def read_table(table: ImageSource) -> list[Message]:
    """Ask for a table as Markdown."""
    return _user([table], "Convert the table in the image to Markdown.")


def refer(words: str, image: ImageSource) -> list[Message]:
    """Ask for the box of the one thing that the words name."""
    return _user([image], Mark.REF, _named(words), Mark.REF_END, ".")


def find_all(words: str, image: ImageSource) -> list[Message]:
    """Ask for the boxes of everything that the words fit."""
    return _user([image], "Find all the ", Mark.REF, _named(words), Mark.REF_END)


def ask_grounded(question: str, image: ImageSource) -> list[Message]:
    """Ask for an answer whose phrases carry boxes."""
    return _user([image], Mark.GROUNDING, question)


def find_same(marked: ImageSource, image: ImageSource, mark: str = "red rectangle") -> list[Message]:
    """Ask where the second image shows what is marked in the first, by a drawn `mark`."""
    question = (
        f"In the first image, an object within the {mark} is marked. "
        "Locate the object of the same category in the second image."
    )
    return [Message("user", (Mark.IMAGE, "\n", Mark.IMAGE, "\n", Mark.GROUNDING, question), (marked, image))]


def plot_to_python(plot: ImageSource) -> list[Message]:
    """Ask for Python code that draws a plot like the one shown."""
    return _user([plot], "Write Python code with matplotlib that draws this plot. Give the code only.")


def web_to_code(screenshot: ImageSource) -> list[Message]:
    """Ask for the HTML of a page like the one shown."""
    return _user([screenshot], "Write the HTML and CSS of this web page as one file. Give the code only.")


def _user(images: Sequence[ImageSource], *parts: Part) -> list[Message]:
    marks = [part for _ in images for part in (Mark.IMAGE, "\n")]
    return [Message("user", (*marks, *parts), images)]


def _named(words: str) -> str:
    if not words.strip():
        raise PromptError("expected words that name what to find, got none")
    return words.strip()
