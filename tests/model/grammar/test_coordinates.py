"""Distributions of coordinates, checked against enumeration."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from vl2.grammar.coordinates import BoxDistribution, CoordinateDistribution, boxes_of
from vl2.grammar.grammar import Grammar
from vl2.tokenizer import Tokenizer

NANO = Path(__file__).parents[2] / "fixtures" / "vl2" / "tokenizer"


@pytest.fixture(scope="module")
def nano() -> Tokenizer:
    """A vocabulary that writes numbers in digits."""
    return Tokenizer.from_folder(NANO)


def locate(tokenizer: Tokenizer, logits: dict[int, torch.Tensor], target: list[int]) -> BoxDistribution:
    """Write a box with the same logits at every token of one number: `logits[edge]` is [S]."""
    constraint = Grammar.grounding(tokenizer, "x").start()
    text = "<|ref|>x<|/ref|><|det|>" + str([target]) + "<|/det|>"
    for token_id in tokenizer.encode(text, special=True):
        if not constraint.forced():
            constraint.observe(logits[len(constraint.coordinates)])
        constraint.accept(token_id)
    assert constraint.done
    return boxes_of(constraint.coordinates)[0]


def random_logits(tokenizer: Tokenizer) -> dict[int, torch.Tensor]:
    """Other logits for each edge."""
    random = torch.Generator().manual_seed(5)
    return {edge: torch.randn(tokenizer.size, generator=random) * 2 for edge in range(4)}


def by_enumeration(tokenizer: Tokenizer, logits_S: torch.Tensor, low: int, high: int, end: str) -> dict[int, float]:
    """Give each number its probability by the chain rule over its digits and the sign that ends it."""
    numbers = {n: [*tokenizer.encode(str(n)), tokenizer.encode(end)[0]] for n in range(low, high + 1)}
    weight = logits_S.double().exp().numpy()
    following: dict[tuple[int, ...], set[int]] = {}
    for ids in numbers.values():
        for at, token_id in enumerate(ids):
            following.setdefault(tuple(ids[:at]), set()).add(token_id)
    return {
        n: float(np.prod([weight[ids[at]] / sum(weight[list(following[tuple(ids[:at])])]) for at in range(len(ids))]))
        for n, ids in numbers.items()
    }


def test_single_tokens_give_a_softmax_over_what_is_allowed(real_folder: Path) -> None:
    """Where numbers are tokens every probability is exact, and so is the share of numbers in the vocabulary."""
    tokenizer = Tokenizer.from_folder(real_folder)
    logits = random_logits(tokenizer)
    box = locate(tokenizer, logits, [100, 200, 300, 400])
    number_ids = [tokenizer.encode(str(n))[0] for n in range(1000)]
    expected = logits[2][number_ids[101:]].double().softmax(0).numpy()
    np.testing.assert_allclose(box.x2.probabilities[101:], expected, atol=1e-12)
    assert not box.x2.probabilities[:101].any()
    assert box.x2.wanted == pytest.approx(float(logits[2].double().softmax(0)[number_ids].sum()))
    assert (box.x2.untold, box.x2.mean_error) == (0, 0)


@pytest.mark.parametrize("target", [[345, 27, 650, 900], [3, 0, 34, 5], [998, 998, 999, 999], [100, 7, 101, 80]])
def test_digits_follow_the_chain_rule(nano: Tokenizer, target: list[int]) -> None:
    """The written number and every share that the path shows equal the enumeration over all numbers."""
    logits = random_logits(nano)
    box = locate(nano, logits, target)
    limits = [(0, 998), (0, 998), (target[0] + 1, 999), (target[1] + 1, 999)]
    for edge, coordinate in enumerate(box.edges):
        expected = by_enumeration(nano, logits[edge], *limits[edge], "]]" if edge == 3 else ",")
        assert coordinate.confidence == pytest.approx(expected[target[edge]], rel=1e-9)
        assert float(coordinate.probabilities.sum()) == pytest.approx(1)
        for label in np.unique(coordinate.shares[coordinate.shares >= 0]):
            values = np.flatnonzero(coordinate.shares == label)
            mass = sum(expected[int(n)] for n in values)
            assert float(coordinate.probabilities[values].sum()) == pytest.approx(mass, rel=1e-9)


def test_the_mean_is_within_its_bound(nano: Tokenizer) -> None:
    """`mean_error` covers what the path does not tell."""
    logits = random_logits(nano)
    box = locate(nano, logits, [345, 27, 650, 900])
    exact = by_enumeration(nano, logits[0], 0, 998, ",")
    mean = sum(n * probability for n, probability in exact.items())
    assert abs(box.x1.mean - mean) <= box.x1.mean_error
    assert 0 < box.x1.untold < 1


def test_a_number_that_was_forced_is_certain(nano: Tokenizer) -> None:
    """After x1 = 998 only 999 is left, and the model is not asked."""
    box = locate(nano, random_logits(nano), [998, 5, 999, 600])
    assert (box.x2.confidence, box.x2.wanted, box.x2.mean) == (1, None, 999)


def test_wanted_is_low_where_the_model_wanted_words(nano: Tokenizer) -> None:
    """A model that would have written something else shows it."""
    logits = random_logits(nano)
    logits[0] = logits[0].clone()
    logits[0][nano.encode("a")[0]] = 30.0
    box = locate(nano, logits, [345, 27, 650, 900])
    assert box.x1.wanted is not None
    assert box.x1.wanted < 1e-6


def distribution(value: int, **mass: float) -> CoordinateDistribution:
    """A distribution given by hand: `n12=0.5`."""
    probabilities = np.zeros(1000)
    for name, share in mass.items():
        probabilities[int(name[1:])] = share
    return CoordinateDistribution(value, probabilities, np.arange(1000), 1.0)


def test_a_box_sums_up_its_edges() -> None:
    """Box, confidence of each edge, and the expected centre."""
    box = BoxDistribution(
        distribution(10, n10=0.5, n20=0.5),
        distribution(0, n0=1),
        distribution(30, n30=1),
        distribution(8, n8=0.8, n18=0.2),
    )
    assert box.box == (10, 0, 30, 8)
    assert box.confidences == (0.5, 1, 1, 0.8)
    assert box.confidence == pytest.approx(0.4)
    assert box.expected_point == pytest.approx((22.5, 5))
    assert box.x1.near(10) == 1
    assert box.x1.std == pytest.approx(5)


def test_a_box_that_was_cut_off_is_left_out() -> None:
    """Only whole boxes count."""
    assert len(boxes_of([distribution(1, n1=1)] * 7)) == 1
