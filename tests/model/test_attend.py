"""Attention by blocks is attention."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from vl2.attend import attend


def tensors(queries: int, keys: int, width: int = 24, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """Random q, k, v of six heads."""
    generator = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(1, 6, n, width, generator=generator).bfloat16() for n in (queries, keys, keys))
    return q, k, v


@pytest.mark.parametrize(
    ("queries", "keys", "causal"), [(729, 729, False), (300, 300, True), (70, 300, True), (1, 300, True)]
)
def test_blocks_agree_with_float32(queries: int, keys: int, causal: bool) -> None:
    """All shapes that a model asks for: a tile, a whole prompt, its next chunk, one token."""
    q, k, v = tensors(queries, keys)
    mask = torch.ones(queries, keys, dtype=torch.bool).tril(keys - queries) if causal else None
    exact = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), mask, scale=0.2)
    found = attend(q, k, v, None, scale=0.2, causal=causal)
    assert found.dtype == torch.bfloat16
    assert (found.float() - exact).abs().max() < 0.02


def test_no_query_sees_what_comes_later() -> None:
    """Changing the last key changes the last query alone."""
    q, k, v = tensors(300, 300)
    before = attend(q, k, v, None, scale=0.2, causal=True)
    k[:, :, -1] = v[:, :, -1] = 5.0
    after = attend(q, k, v, None, scale=0.2, causal=True)
    assert torch.equal(before[:, :, :-1], after[:, :, :-1])
    assert not torch.equal(before[:, :, -1], after[:, :, -1])


def test_values_may_be_of_another_width_than_keys() -> None:
    """The answer has the width of the values."""
    q, k, v = tensors(40, 40)
    assert attend(q, k, v[..., :10], None, scale=0.2, causal=True).shape == (1, 6, 40, 10)
