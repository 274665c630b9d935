"""Packed weights compute what plain ones do."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from nano_models import config_like, random_model

from vl2.checkpoint.save import save_model
from vl2.checkpoint.weights import read_model
from vl2.model import VL2Model
from vl2.packing import PackedExperts, PackedLinear, can_pack, pack_model

pytestmark = pytest.mark.skipif(
    not can_pack(torch.device("cpu"), torch.bfloat16), reason="this torch has no oneDNN to pack for"
)


@pytest.fixture(autouse=True)
def _no_gradients() -> object:
    with torch.inference_mode():
        yield


def pair(variant: str) -> tuple[VL2Model, VL2Model]:
    """The same bfloat16 model, plain and packed."""
    plain, packed = (random_model(config_like(variant)).to(torch.bfloat16) for _ in range(2))
    pack_model(packed)
    return plain, packed


def test_a_packed_weight_unpacks_to_the_same_bits() -> None:
    """Nothing is rounded."""
    plain, packed = pair("tiny")
    name = "language.model.layers.0.self_attn.q_proj"
    layer = packed.get_submodule(name)
    assert isinstance(layer, PackedLinear)
    assert torch.equal(layer.weight.to_dense(), plain.get_parameter(f"{name}.weight"))


def test_everything_heavy_is_packed(variant: str) -> None:
    """No linear map is left plain but the one that is used as a matrix."""
    _, packed = pair(variant)
    left = {name.rpartition(".")[2] for name, module in packed.named_modules() if isinstance(module, torch.nn.Linear)}
    assert left <= {"kv_b_proj"}
    assert isinstance(packed.get_submodule("language.model.layers.1.mlp.experts"), PackedExperts)


def test_packed_features_are_those_of_plain_weights(variant: str) -> None:
    """A tile's features agree to the rounding of bfloat16."""
    plain, packed = pair(variant)
    tiles = (torch.rand(2, 3, 384, 384, generator=torch.Generator().manual_seed(1)) * 2 - 1).to(torch.bfloat16)
    expected, found = plain.encode(tiles).float(), packed.encode(tiles).float()
    assert torch.nn.functional.cosine_similarity(expected, found, dim=-1).min() > 0.999


def test_packed_logits_are_as_near_to_float32_as_plain_ones(variant: str) -> None:
    """Fusing rounds less often, so packing may not be the worse of the two by more than noise."""
    plain, packed = pair(variant)
    exact = random_model(config_like(variant))
    for parameter, rounded in zip(exact.parameters(), plain.parameters(), strict=True):
        parameter.copy_(rounded)
    ids = torch.randint(0, 640, (1, 60), generator=torch.Generator().manual_seed(2))
    truth = exact(exact.embed(ids), last_only=False)
    errors = [(m(m.embed(ids), last_only=False) - truth).square().mean().sqrt() for m in (plain, packed)]
    assert errors[1] < 1.25 * errors[0]


def test_a_packed_model_is_saved_as_it_was(variant: str, tmp_path: Path) -> None:
    """Original names and every bit."""
    plain, packed = pair(variant)
    save_model(packed, tmp_path)
    again = read_model(tmp_path, dtype=torch.bfloat16)
    for name, parameter in plain.named_parameters():
        assert torch.equal(again.get_parameter(name), parameter), name


def test_a_packed_model_decodes_step_by_step(variant: str) -> None:
    """Prefill and single steps agree with the whole prompt, as they do with plain weights."""
    _, packed = pair(variant)
    embeds = packed.embed(torch.randint(0, 640, (1, 40), generator=torch.Generator().manual_seed(3)))
    cache = packed.new_cache(40)
    packed(embeds[:, :39], cache)
    step, whole = packed(embeds[:, 39:], cache), packed(embeds)
    assert torch.nn.functional.cosine_similarity(step[0, 0], whole[0, 0], dim=0) > 0.995
