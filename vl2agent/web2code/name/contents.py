"""What is written: code, quotes, table headers; and of the page its title, language and direction."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

from vl2agent.web2code.ir import Block, Page, Role
from vl2agent.web2code.name.surroundings import CODE, Surroundings, painted, renamed

FREQUENT = {
    "en": "the and of to in is you that it for with your this are on be as have from or by not",
    "de": "der die das und ist nicht ein eine mit für auf den von zu im dem sich auch sie werden",
    "fr": "le la les des et est une un du pour que dans vous pas sur avec qui sont au ce",
    "es": "el la los las de y que en un una es por con para del se no su al lo",
    "it": "il di che la e un per non una sono con del le da si come più al della gli",
    "pt": "o a de que e do da em um para com não uma os no se na por mais as",
    "nl": "de het een en van is dat op te in voor met niet zijn aan er om ook als",
}
"""Words that most sentences of a language have."""
SCRIPTS = {
    "ar": r"[\u0600-\u06ff]",
    "he": r"[\u0590-\u05ff]",
    "ja": r"[\u3040-\u30ff]",
    "ko": r"[\uac00-\ud7af]",
    "zh": r"[\u4e00-\u9fff]",
    "ru": r"[\u0400-\u04ff]",
    "el": r"[\u0370-\u03ff]",
}
MIN_MONO = 0.8
"""The share of characters in code that are of one width; a sentence may begin with a name in such a font."""
LEAST_VARIOUS = 3
"""Frequent words that must be there: filler text has "et" and "est" again and again, and is no French."""
LEAST_PART = 0.2
"""Of all letters, at least so many in a script that speaks for a language."""


def name_contents(page: Page) -> Page:
    """Name code, quotes, and the header cells of tables."""
    seen, roles = Surroundings(page), dict[str, Role]()
    for block in page.root.walk():
        if block.role == "table":
            roles |= _header_cells(block, seen)
        elif _code(block, seen):
            roles[block.id] = "code"
        elif block.role == "group" and _quote(block, seen):
            roles[block.id] = "quote"
    return renamed(page, roles)


def _code(block: Block, seen: Surroundings) -> bool:
    """Code is in a font of one width; on a page that is all in one, structure alone tells what is code."""
    text = seen.text(block)
    if text is None or block.role not in ("text", "paragraph"):
        return False
    mono = sum(len(run.text) for run in text.runs if (run.font or text.font).family in CODE)
    return mono >= MIN_MONO * len(text.string) and (text.preformatted or not seen.is_all_mono)


def _quote(block: Block, seen: Surroundings) -> bool:
    """A quote has a bar at its left and nothing else, around sentences."""
    style = block.style
    bar = style.left is not None and style.left.width >= 2 and not (style.top or style.right or style.bottom)
    return bar and not style.shadows and any(len(text.string) > 40 for text in seen.texts(block))


def _header_cells(table: Block, seen: Surroundings) -> dict[str, Role]:
    """The cells of the first row are headers where they look otherwise than those below."""
    rows = [row for row in table.walk() if row.role == "row"]
    if len(rows) < 2 or any(cell.role == "header_cell" for cell in table.walk()):
        return {}
    if _looks(rows[0], seen) == _looks(rows[1], seen):
        return {}
    return {cell.id: "header_cell" for cell in rows[0].children if cell.role == "cell"}


def _looks(row: Block, seen: Surroundings) -> tuple[bool, str, bool]:
    """Say how a row is written: in bold, on which color, in capitals."""
    texts = seen.texts(row)
    bold = sum(text.font.weight >= 600 for text in texts) > len(texts) / 2
    return bold, painted(row), bool(texts) and all(text.string.isupper() for text in texts)


def name_page(page: Page) -> Page:
    """Tell the page's title, by its first heading; its language by frequent words; its direction by its script."""
    seen = Surroundings(page)
    headings = [(block.level or 6, seen.string(block)) for block in page.root.walk() if block.role == "heading"]
    title = page.title or (min(headings, key=lambda each: each[0])[1] if headings else "")
    words = " ".join(text.string for text in page.texts)
    language = page.language or language_of(words)
    direction: Literal["ltr", "rtl"] = "rtl" if language in ("ar", "he") else page.direction
    return page.model_copy(update={"title": title, "language": language, "direction": direction})


def language_of(words: str) -> str:
    """Guess the language; empty where too little speaks for any."""
    letters = len(re.findall(r"[^\W\d_]", words))
    for language, script in SCRIPTS.items():
        if letters and len(re.findall(script, words)) >= LEAST_PART * letters:
            return language
    counted = Counter(re.findall(r"[^\W\d_]+", words.lower()))
    scores = {language: sum(counted[word] for word in set(common.split())) for language, common in FREQUENT.items()}
    best = max(scores, key=lambda language: scores[language])
    various = sum(word in counted for word in set(FREQUENT[best].split()))
    return best if various >= LEAST_VARIOUS else ""
