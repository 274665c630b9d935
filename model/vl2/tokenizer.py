"""Text to token ids and back, for tokenizer.json folders with or without DeepSeek-VL2's own eight tokens.

Text is encoded as plain text: `<|User|>` in a file name, a page or a question becomes ordinary tokens, never the mark
that starts a turn. Marks are written by id (`chat.py`), or recognised in text where `special=True` asks for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as Backend

from vl2.errors import CheckpointError, CorruptFile, MissingFile, TokenizerError

BOS, EOS, PAD = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜▁pad▁｜>"
IMAGE, REF, REF_END, DET, DET_END = "<image>", "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>"
GROUNDING, USER, ASSISTANT = "<|grounding|>", "<|User|>", "<|Assistant|>"

ADDED = (IMAGE, REF, REF_END, DET, DET_END, GROUNDING, USER, ASSISTANT)
"""Tokens that a tokenizer.json may lack, in the order that gives them the ids the models were trained with."""


class Tokenizer:
    """The vocabulary of one checkpoint.

    Args:
        raw: the content of tokenizer.json.
        source: where it came from, for errors.

    Raises:
        TokenizerError: BOS, EOS or padding is missing, or two tokens share an id.
    """

    def __init__(self, raw: dict[str, Any], source: str = "tokenizer.json") -> None:
        self.source = source
        vocabulary: dict[str, int] = raw["model"]["vocab"]
        given = raw.get("added_tokens") or ()
        added = {str(token["content"]): int(token["id"]) for token in given}
        self._require({**vocabulary, **added})
        next_id = max(len(vocabulary), max(added.values(), default=-1) + 1)  # where the tokenizers library goes on
        for number, token in enumerate(t for t in ADDED if t not in added and t not in vocabulary):
            added[token] = next_id + number
        known = {**vocabulary, **added}
        self.size = max(known.values()) + 1
        """Ids of the vocabulary are 0..size - 1; an embedding table may have more rows."""
        self.marks = {token: known[token] for token in (*added, BOS, EOS, PAD, *ADDED) if _is_mark(token)}
        """Every token that text never becomes by itself, by its spelling."""
        self.bos_id, self.eos_id, self.pad_id = known[BOS], known[EOS], known[PAD]
        self.image_id, self.grounding_id = known[IMAGE], known[GROUNDING]
        self.ref_id, self.ref_end_id, self.det_id, self.det_end_id = (
            known[token] for token in (REF, REF_END, DET, DET_END)
        )
        self.user_id, self.assistant_id = known[USER], known[ASSISTANT]
        self._json = json.dumps(raw)  # a quarter of the memory that the parsed content takes
        self._spelling = {id_: token for token, id_ in self.marks.items()}
        spellings = sorted(self.marks, key=len, reverse=True)  # of two that start alike the longer one counts
        self._marks = re.compile("(" + "|".join(map(re.escape, spellings)) + ")")
        # Marks stay in, so that the ids of letters after them hold, but are not looked for in text.
        unsought = [{**token, "special": _is_mark(token["content"])} for token in given]
        self._plain = _backend(json.dumps({**raw, "added_tokens": unsought}))
        self._plain.encode_special_tokens = True
        self._refuse_clashes(vocabulary, added)

    @classmethod
    def from_folder(cls, folder: str | Path) -> Tokenizer:
        """Read `tokenizer.json` of a checkpoint folder.

        Raises:
            MissingFile: there is none.
            CorruptFile: it is not a tokenizer.
            TokenizerError: tokens that the chat format needs are missing or clash.
        """
        path = Path(folder) / "tokenizer.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise MissingFile(path, "expected the tokenizer.json of a DeepSeek-VL2 checkpoint, found no file") from None
        except OSError as error:
            raise CheckpointError(path, f"expected to read it: {error.strerror}") from None
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise CorruptFile(path, f"expected JSON: {error}; download it again") from None
        try:
            return cls(raw, str(path))
        except TokenizerError:
            raise
        except Exception as error:  # the tokenizers library raises plain Exception for a file that it cannot be
            raise CorruptFile(path, f"expected a tokenizer: {error!r}; download it again") from error

    @cached_property
    def backend(self) -> Backend:
        """The tokenizer of the tokenizers library, with every mark: for libraries that read its vocabulary."""
        backend = _backend(self._json)
        backend.add_special_tokens(list(ADDED))
        return backend

    def encode(self, text: str, special: bool = False) -> list[int]:
        """Turn text into ids, without BOS.

        Args:
            text: any text.
            special: read marks in it as the tokens they spell. Only for text that no other person or page wrote.
        """
        if not special:
            return list(self._plain.encode(text, add_special_tokens=False).ids)
        return [id_ for piece in self._marks.split(text) if piece for id_ in self._encode_piece(piece)]

    def decode(self, ids: Iterable[int], skip_special: bool = False) -> str:
        """Turn ids into text; marks are written out unless skipped."""
        return "".join(
            ("" if skip_special else "".join(self._spelling[id_] for id_ in run))
            if is_mark
            else self._plain.decode(list(run), skip_special_tokens=False)
            for is_mark, run in groupby(ids, key=self._spelling.__contains__)
        )

    def _encode_piece(self, piece: str) -> Sequence[int]:
        return [self.marks[piece]] if piece in self.marks else self.encode(piece)

    def _require(self, known: dict[str, int]) -> None:
        if missing := [token for token in (BOS, EOS, PAD) if token not in known]:
            raise TokenizerError(
                f"{self.source}: expected the tokens {', '.join(missing)}, found none of that name; "
                "is it the tokenizer of a DeepSeek-VL2 checkpoint?",
                missing,
            )

    def _refuse_clashes(self, vocabulary: dict[str, int], added: dict[str, int]) -> None:
        owner = {id_: token for token, id_ in vocabulary.items()}
        for token, id_ in added.items():
            if owner.setdefault(id_, token) != token or self._plain.token_to_id(token) not in (None, id_):
                raise TokenizerError(
                    f"{self.source}: expected one id for {token} alone, got {id_}, which is {owner[id_]!r}; "
                    "take the tokenizer.json that came with the weights"
                )


def _is_mark(token: str) -> bool:
    """Tell control tokens from added tokens that are ordinary text, such as a letter that the merges missed."""
    return len(token) > 2 and token.startswith("<") and token.endswith(">")


def _backend(content: str) -> Backend:
    backend = Backend.from_str(content)
    backend.no_truncation()
    backend.no_padding()
    return backend
