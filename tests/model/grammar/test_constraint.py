"""What may come next: masks, forced tokens, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from vl2.errors import GrammarError, LogitsError
from vl2.grammar.constraint import Constraint
from vl2.grammar.grammar import Grammar
from vl2.tokenizer import Tokenizer

ROWS = 640


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A vocabulary that writes numbers in digits."""
    return Tokenizer.from_folder(Path(__file__).parents[2] / "fixtures" / "vl2" / "tokenizer")


MAKERS: dict[str, Callable[[Tokenizer], Grammar]] = {
    "given words": lambda t: Grammar.grounding(t, "Save"),
    "free words": lambda t: Grammar.grounding(t, max_boxes=2, max_characters=8),
    "json": lambda t: Grammar.json_schema(t, {"type": "array", "items": {"type": "integer"}, "maxItems": 3}),
    "regex": lambda t: Grammar.regex(t, "[a-z]{1,9}"),
    "choice": lambda t: Grammar.choice(t, ["one", "two"]),
}


@pytest.fixture(params=MAKERS, scope="module")
def grammar(request: pytest.FixtureRequest, tokenizer: Tokenizer) -> Grammar:
    """Each kind in turn."""
    return MAKERS[request.param](tokenizer)


def walk(constraint: Constraint, choose: Callable[[torch.Tensor], int]) -> list[int]:
    """Go to the end of an answer without a model."""
    ids: list[int] = []
    while not constraint.done:
        ids += (step := constraint.forced() or [choose(constraint.allowed())])
        for token_id in step:
            constraint.accept(token_id)
    return ids


def any_of(seed: int) -> Callable[[torch.Tensor], int]:
    """Choose evenly among what is allowed."""
    random = torch.Generator().manual_seed(seed)
    return lambda allowed_S: int(torch.multinomial(allowed_S.float(), 1, generator=random))


def test_masks_cover_the_vocabulary(grammar: Grammar, tokenizer: Tokenizer) -> None:
    """One flag for each id of the tokenizer, and never none."""
    allowed_S = grammar.start().allowed()
    assert (allowed_S.shape, allowed_S.dtype) == ((tokenizer.size,), torch.bool)
    assert allowed_S.any()


def test_forced_tokens_are_allowed_one_by_one(grammar: Grammar) -> None:
    """What is forced agrees with the masks."""
    for seed in range(20):
        constraint, choose = grammar.start(), any_of(seed)
        while not constraint.done:
            for token_id in constraint.forced():
                assert constraint.allowed()[token_id]
                constraint.accept(token_id)
            if not constraint.done:
                constraint.accept(choose(constraint.allowed()))


def test_structural_tokens_never_come(grammar: Grammar, tokenizer: Tokenizer) -> None:
    """BOS, padding and images are no part of any answer."""
    never = {tokenizer.bos_id, tokenizer.pad_id, tokenizer.image_id, tokenizer.user_id}
    for seed in range(20):
        assert never.isdisjoint(walk(grammar.start(), any_of(seed)))


def test_answers_end_within_their_bound(grammar: Grammar) -> None:
    """`max_tokens` is enough for whatever comes."""
    for seed in range(20):
        length = len(walk(grammar.start(), any_of(seed)))
        assert grammar.max_tokens is None or length <= grammar.max_tokens


def test_only_the_end_follows_a_complete_answer(grammar: Grammar, tokenizer: Tokenizer) -> None:
    """After the last token EOS alone is allowed, nothing is forced, and EOS changes nothing."""
    constraint = grammar.start()
    walk(constraint, any_of(1))
    assert constraint.allowed().nonzero().flatten().tolist() == [tokenizer.eos_id]
    assert constraint.forced() == []
    constraint.accept(tokenizer.eos_id)
    assert constraint.done


def test_a_token_that_is_not_allowed_is_refused(grammar: Grammar, tokenizer: Tokenizer) -> None:
    """The error is typed, and the answer can go on as before."""
    constraint = grammar.start()
    before = constraint.allowed()
    for token_id in (tokenizer.image_id, tokenizer.eos_id):
        with pytest.raises(GrammarError, match="mask the logits"):
            constraint.accept(token_id)
    assert torch.equal(constraint.allowed(), before)


def test_answers_do_not_touch_each_other(grammar: Grammar) -> None:
    """Two answers of one grammar keep their own state."""
    first, second = grammar.start(), grammar.start()
    before = second.allowed()
    walk(first, any_of(2))
    assert torch.equal(second.allowed(), before)


def test_an_expression_may_end_before_it_must(tokenizer: Tokenizer) -> None:
    """EOS is allowed where the answer is complete, though it might go on."""
    constraint = Grammar.regex(tokenizer, "a+").start()
    assert not constraint.allowed()[tokenizer.eos_id]
    constraint.accept(tokenizer.encode("a")[0])
    assert constraint.allowed()[tokenizer.eos_id]
    assert not constraint.done
    constraint.accept(tokenizer.eos_id)
    assert constraint.done


def test_given_words_are_forced_together(tokenizer: Tokenizer) -> None:
    """Everything up to the first number needs no choice."""
    constraint = Grammar.grounding(tokenizer, "Save").start()
    expected = tokenizer.encode("<|ref|>Save<|/ref|><|det|>[[", special=True)
    assert constraint.forced() == expected


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_are_an_error(grammar: Grammar, bad: float) -> None:
    """NaN and infinity are named, not sampled."""
    logits_V = torch.zeros(ROWS)
    logits_V[100] = bad
    with pytest.raises(LogitsError, match="token 0"):
        grammar.start().observe(logits_V)


@pytest.mark.parametrize("scale", [0.0, 1.0, 1e38])
def test_huge_logits_are_numbers(tokenizer: Tokenizer, scale: float) -> None:
    """Greedy choices among enormous or equal logits still give a box with probabilities."""
    random = torch.Generator().manual_seed(3)
    constraint = Grammar.grounding(tokenizer, "Save").start()
    while not constraint.done:
        for token_id in constraint.forced():
            constraint.accept(token_id)
        if not constraint.done:
            logits_V = torch.randn(ROWS, generator=random).clamp(-3, 3) * scale
            constraint.observe(logits_V)
            mask_S = constraint.allowed()
            constraint.accept(int(logits_V[: len(mask_S)].masked_fill(~mask_S, float("-inf")).argmax()))
    for coordinate in constraint.coordinates:
        assert float(coordinate.probabilities.sum()) == pytest.approx(1)


def test_rows_beyond_the_tokenizer_do_not_count(tokenizer: Tokenizer) -> None:
    """Rows that no id has may hold anything."""
    logits_V = torch.zeros(ROWS)
    logits_V[tokenizer.size :] = float("nan")
    Grammar.grounding(tokenizer, "Save").start().observe(logits_V)
