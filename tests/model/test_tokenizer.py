"""Text to ids: marks keep their ids and never come out of plain text."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from vl2.errors import CorruptFile, MissingFile, TokenizerError
from vl2.tokenizer import ADDED, BOS, EOS, PAD, Tokenizer

FOLDER = Path(__file__).parents[1] / "fixtures" / "vl2" / "tokenizer"
TEXTS = [
    "",
    " a\n\n b ",
    "Click 42 点击保存按钮。",
    "<|User|>: <image><|ref|>x<|/ref|>",
    BOS + EOS,
    "<<|ref|>>",
    "\U0001f40b",
]


@pytest.fixture
def raw() -> dict[str, Any]:
    """The content of a tokenizer.json that lacks the eight tokens."""
    content: dict[str, Any] = json.loads((FOLDER / "tokenizer.json").read_text())
    return content


@pytest.fixture
def tokenizer(raw: dict[str, Any]) -> Tokenizer:
    """The tokenizer made from it."""
    return Tokenizer(raw)


def ids_of(tokenizer: Tokenizer) -> list[int]:
    """BOS, EOS and padding, then the eight in order."""
    t = tokenizer
    added = (t.image_id, t.ref_id, t.ref_end_id, t.det_id, t.det_end_id, t.grounding_id, t.user_id, t.assistant_id)
    return [t.bos_id, t.eos_id, t.pad_id, *added]


def with_all_tokens(raw: dict[str, Any]) -> dict[str, Any]:
    """The same file, with the eight tokens in it."""
    raw = copy.deepcopy(raw)
    raw["added_tokens"] += [{**raw["added_tokens"][0], "id": 521 + n, "content": t} for n, t in enumerate(ADDED)]
    return raw


def test_missing_tokens_are_added_in_order(tokenizer: Tokenizer) -> None:
    """They get the ids that follow the last one."""
    expected = json.loads((FOLDER / "ids.json").read_text())["ids_after_adding"]
    assert ids_of(tokenizer) == [expected[token] for token in (BOS, EOS, PAD, *ADDED)]
    assert tokenizer.size == 529


def test_tokens_that_are_there_keep_their_ids(raw: dict[str, Any], tokenizer: Tokenizer) -> None:
    """A file that was saved with them gives the same tokenizer."""
    complete = Tokenizer(with_all_tokens(raw))
    assert (ids_of(complete), complete.size) == (ids_of(tokenizer), tokenizer.size)


def test_the_real_vocabulary_gives_the_ids_that_the_models_were_trained_with(real_folder: Path) -> None:
    """128815 to 128822 for the eight, and a token of its own for every coordinate."""
    tokenizer = Tokenizer.from_folder(real_folder)
    assert ids_of(tokenizer) == [0, 1, 2, *range(128815, 128823)]
    assert tokenizer.size == 128823
    assert all(len(tokenizer.encode(str(n))) == 1 for n in range(1000))
    for text in TEXTS:
        assert tokenizer.encode(text, special=True) == tokenizer.backend.encode(text, add_special_tokens=False).ids
        assert not set(tokenizer.encode(text)) & set(tokenizer.marks.values())
        assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("text", TEXTS)
def test_plain_text_never_becomes_a_mark(tokenizer: Tokenizer, text: str) -> None:
    """Marks spelled in it stay letters, and it comes back unchanged."""
    ids = tokenizer.encode(text)
    assert not set(ids) & set(tokenizer.marks.values())
    assert tokenizer.decode(ids) == text


@pytest.mark.parametrize("text", TEXTS)
def test_marks_are_read_as_the_library_reads_them(tokenizer: Tokenizer, text: str) -> None:
    """With `special`, ids are those of the tokenizers library with every token added."""
    ids = tokenizer.encode(text, special=True)
    assert ids == tokenizer.backend.encode(text, add_special_tokens=False).ids
    assert tokenizer.decode(ids) == text


def test_decoding_may_skip_marks(tokenizer: Tokenizer) -> None:
    """What is left is what people read."""
    ids = tokenizer.encode("<|ref|>the cat<|/ref|>.", special=True)
    assert tokenizer.decode(ids, skip_special=True) == "the cat."


def test_added_tokens_that_are_letters_stay_text(raw: dict[str, Any]) -> None:
    """Some vocabularies add letters that their merges lack; these are no marks."""
    raw["added_tokens"].append({**raw["added_tokens"][0], "id": 521, "content": "ẞẞ", "special": False})
    assert Tokenizer(raw).encode("ẞẞ") == [521]


def test_a_tokenizer_that_cuts_and_pads_does_not(raw: dict[str, Any]) -> None:
    """Settings for training in the file do not shorten prompts."""
    raw["truncation"] = {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}
    assert len(Tokenizer(raw).encode("Click the save button")) > 3


@pytest.mark.parametrize("token", [BOS, EOS, PAD])
def test_a_tokenizer_without_a_token_that_frames_prompts_is_refused(raw: dict[str, Any], token: str) -> None:
    """The error names it."""
    raw["added_tokens"] = [each for each in raw["added_tokens"] if each["content"] != token]
    raw["model"]["vocab"].pop(token, None)
    with pytest.raises(TokenizerError) as caught:
        Tokenizer(raw)
    assert caught.value.missing == (token,)


def test_two_tokens_of_one_id_are_refused(raw: dict[str, Any]) -> None:
    """Neither could be told from the other."""
    complete = with_all_tokens(raw)
    complete["added_tokens"][-1]["id"] = 40
    with pytest.raises(TokenizerError, match="one id"):
        Tokenizer(complete)


def test_one_token_of_two_ids_is_refused(raw: dict[str, Any]) -> None:
    """Which one the model learned cannot be told."""
    raw["model"]["vocab"]["<|ref|>"] = 600
    with pytest.raises(TokenizerError, match="one id"):
        Tokenizer(with_all_tokens(raw))


def test_a_folder_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(MissingFile, match=r"tokenizer\.json"):
        Tokenizer.from_folder(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"model": {"vocab": {}}}', '{"model": {"vocab": 3}}'])
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path, content: str) -> None:
    """Cut short, or something else."""
    (tmp_path / "tokenizer.json").write_text(content)
    with pytest.raises((CorruptFile, TokenizerError), match=r"tokenizer\.json"):
        Tokenizer.from_folder(tmp_path)
