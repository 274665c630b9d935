"""Quantised weights: what they drift on recorded models, what they weigh, and that their kernels agree.

Drift is measured against the float32 model, over every row of recorded prompts. Random weights are the hard case: the
best two tokens and the chosen and unchosen experts are nearly tied, so a small error picks another one.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from nano_models import config_like, random_model
from torch import Tensor, nn

from vl2 import quantized
from vl2.checkpoint.weights import read_model
from vl2.config import LanguageConfig, ProjectorConfig, VL2Config
from vl2.errors import ConfigError
from vl2.model import VL2Model
from vl2.moe import Experts
from vl2.quantize import quantize_model, quantize_module, quantized_bytes
from vl2.quantized import (
    Int4Stack,
    Int8Linear,
    Int8Stack,
    QuantizedExperts,
    int4_linear,
    int8_linear,
    quantize_int4,
    quantize_int8,
    unpack_int4,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "vl2"
KINDS = ("int8", "int4")
LIMITS = {
    ("int8", "nano-mha"): (0.998, 0.010, 0.92),
    ("int8", "nano-mla"): (0.998, 0.010, 0.90),
    ("int8", "nano-mla-base-routing"): (0.985, 0.060, 0.86),
    ("int4", "nano-mha"): (0.993, 0.040, 0.82),
    ("int4", "nano-mla"): (0.993, 0.040, 0.80),
    ("int4", "nano-mla-base-routing"): (0.960, 0.200, 0.68),
}
"""Mean cosine of logits at least, mean KL divergence at most, greedy agreement at least."""
SMALL = LanguageConfig(
    hidden_size=2048, num_hidden_layers=27, num_attention_heads=16, num_key_value_heads=16, q_lora_rank=None,
    intermediate_size=10944, moe_intermediate_size=1408, n_routed_experts=64, n_shared_experts=2,
    num_experts_per_tok=6, first_k_dense_replace=1, topk_method="greedy", vocab_size=102400,
    max_position_embeddings=4096,
)  # fmt: skip


def prompt_ids() -> Tensor:
    """The recorded prompt without pictures, and the answer's like of random ids."""
    ids = json.loads((FIXTURES / "preprocess.json").read_text())["text"]["input_ids"]
    more = torch.randint(3, 500, (400,), generator=torch.Generator().manual_seed(0))
    return torch.cat([torch.tensor(ids), more])[None]


def drift(name: str, kind: str, spoil: float = 1.0) -> tuple[float, float, float]:
    """Cosine, divergence and agreement of a recorded model and its quantised form, its scales spoilt by a factor."""
    full, small = (read_model(FIXTURES / name, dtype=torch.float32) for _ in range(2))
    quantize_model(small, kind)
    for tensor_name, tensor in small.named_buffers():
        if "_scale" in tensor_name and ".layers.2." in tensor_name:
            tensor *= spoil
    with torch.inference_mode():
        embeds = full.embed(prompt_ids())
        want, got = (model(embeds, last_only=False)[0] for model in (full, small))
    log_want, log_got = want.log_softmax(-1), got.log_softmax(-1)
    divergence = (log_want.exp() * (log_want - log_got)).sum(-1).mean()
    agreement = (want.argmax(-1) == got.argmax(-1)).float().mean()
    return float(torch.cosine_similarity(want, got, dim=-1).mean()), float(divergence), float(agreement)


@pytest.mark.parametrize("name", ["nano-mha", "nano-mla", "nano-mla-base-routing"])
@pytest.mark.parametrize("kind", KINDS)
def test_drift_on_recorded_models_is_as_stated(name: str, kind: str) -> None:
    """The limits of docs/decisions/quantization.md hold."""
    cosine, divergence, agreement = drift(name, kind)
    least_cosine, most_divergence, least_agreement = LIMITS[kind, name]
    assert (cosine >= least_cosine, divergence <= most_divergence, agreement >= least_agreement) == (True,) * 3


@pytest.mark.parametrize("kind", KINDS)
def test_the_limits_would_notice_wrong_scales(kind: str) -> None:
    """Scales of one layer that are off by 5 % break them."""
    cosine, divergence, _ = drift("nano-mla", kind, spoil=1.05)
    least_cosine, most_divergence, _ = LIMITS[kind, "nano-mla"]
    assert (cosine < least_cosine, divergence > most_divergence) == (True, True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_int8_errs_by_at_most_half_a_step(dtype: torch.dtype) -> None:
    """Whatever the dtype of the scales; rows of zeros stay zero."""
    weight = torch.randn(64, 96).to(dtype)
    weight[3] = 0
    q, scale = quantize_int8(weight)
    step = scale.float()[:, None]
    assert ((q * step - weight.float()).abs() <= step * 0.51 + 1e-2 * (dtype == torch.bfloat16)).all()
    assert not q[3].any()


@pytest.mark.parametrize("shape", [(128, 96), (64, 32), (80, 80), (48, 24)])
def test_int4_errs_by_at_most_half_a_step(shape: tuple[int, int]) -> None:
    """Also where rows and columns do not fill blocks and groups."""
    weight = torch.randn(shape) + 0.5
    packed, scale_zero = quantize_int4(weight)
    back = unpack_int4(packed, scale_zero).T[: shape[0], : shape[1]]
    step = scale_zero[..., 0].T.repeat_interleave(quantized.GROUP, dim=1)[: shape[0], : shape[1]]
    assert ((back - weight).abs() <= step * 0.51).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("n_rows", [1, 2, 16, 17, 60])
@pytest.mark.parametrize("kind", KINDS)
def test_few_rows_and_many_rows_give_the_same(kind: str, n_rows: int, dtype: torch.dtype) -> None:
    """Every kernel computes the product with the unpacked weights."""
    weight, x = torch.randn(80, 96).to(dtype), torch.randn(n_rows, 96).to(dtype)
    if kind == "int8":
        q, scale = quantize_int8(weight)
        got, expected = int8_linear(x, q, scale), x.float() @ (q * scale.float()[:, None]).T
    else:
        packed, scale_zero = quantize_int4(weight)
        got = int4_linear(x, packed, scale_zero, 80)
        expected = x.float() @ unpack_int4(packed, scale_zero.float())[:, :80]
    limit = 1e-5 if dtype == torch.float32 else 0.01
    assert (got.float() - expected).norm() <= limit * expected.norm()


def test_a_single_row_is_rounded_and_no_more() -> None:
    """The rounding of a decode step costs 1 % of a product, as that of the weights does."""
    linear = Int8Linear(80, 96, torch.float32)
    linear.weight, linear.weight_scale = quantize_int8(torch.randn(80, 96))
    x = torch.randn(1, 1, 96)
    expected = x @ (linear.weight * linear.weight_scale[:, None]).T
    assert (linear(x) - expected).norm() <= 0.02 * expected.norm()


@pytest.mark.parametrize("stack_type", [Int8Stack, Int4Stack])
def test_experts_give_the_same_one_by_one_and_each_row_its_own(stack_type: type[Int8Stack | Int4Stack]) -> None:
    """A token alone, tokens together, and the way of GPUs agree."""
    shapes = ((8, 64, 80), (8, 80, 32))
    stacks = [stack_type(shape, torch.float32) for shape in shapes]
    for stack, shape in zip(stacks, shapes, strict=True):
        for expert in range(8):
            stack.fill(expert, torch.randn(shape[1:]) * 0.1)
    experts = QuantizedExperts(*stacks)
    x, weight, index = torch.randn(5, 80), torch.rand(5, 3), torch.rand(5, 8).topk(3).indices
    together = experts(x, weight, index)
    alone = torch.cat([experts(x[t : t + 1], weight[t : t + 1], index[t : t + 1]) for t in range(5)])
    each = experts.run_each(index.flatten(), x.repeat_interleave(3, dim=0)).unflatten(0, (5, 3))
    assert (alone - together).norm() <= 0.03 * together.norm()
    assert torch.allclose((each * weight[..., None]).sum(1), together, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_cpu_without_the_kernels_gives_the_same(kind: str, model: VL2Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpacking is what is left where torch packs int4 in another order, and multiplies no integers."""
    quantize_model(model, kind)
    embeds = model.embed(torch.arange(40)[None])
    with torch.inference_mode():
        fast = model(embeds)
        monkeypatch.setattr(quantized, "_has_vnni", lambda: False)
        monkeypatch.setattr(quantized, "_kernel_packs_likewise", lambda: False)
        plain = model(embeds)
    assert torch.cosine_similarity(fast.flatten(), plain.flatten(), dim=0) > 0.995


@pytest.mark.parametrize("kind", KINDS)
def test_a_decode_step_continues_the_prompt(kind: str, model: VL2Model) -> None:
    """Token by token through the cache as all at once, but for the rounding of single rows."""
    quantize_model(model, kind)
    embeds = model.embed(torch.arange(30)[None])
    cache = model.new_cache(30)
    with torch.inference_mode():
        model(embeds[:, :20], cache)
        steps = torch.cat([model(embeds[:, t : t + 1], cache)[0] for t in range(20, 30)])
        whole = model(embeds, last_only=False)[0, 20:]
    assert torch.cosine_similarity(steps, whole, dim=-1).mean() > 0.97


def test_only_the_language_model_is_quantised(model: VL2Model) -> None:
    """Routing, norms, embeddings, vision and projector keep every bit."""
    before = {name: parameter.clone() for name, parameter in model.named_parameters()}
    quantize_model(model, "int8")
    after = dict(model.named_parameters())
    assert all(torch.equal(before[name], after[name]) for name in after)
    kept = {name for name in after if name.startswith("language.")}
    assert all("norm" in name or "mlp.gate." in name or "embed" in name or "kv_b_proj" in name for name in kept)
    assert not any(isinstance(module, Experts) for module in model.modules())


def test_a_module_alone_is_quantised_in_its_place(model: VL2Model) -> None:
    """As it is done while a checkpoint is read."""
    quantize_module(model, "language.lm_head", "int4")
    assert isinstance(model.get_submodule("language.lm_head"), Int8Linear)
    quantize_module(model, "projector", "int4")
    assert any(isinstance(module, nn.Linear) for module in model.projector.modules())


def test_an_unknown_kind_is_refused(model: VL2Model) -> None:
    """The error names the kinds there are."""
    with pytest.raises(ConfigError, match="'int8' or 'int4'"):
        quantize_model(model, "int2")


def test_small_fits_a_gpu_of_24_gb() -> None:
    """In int4 with vision and a full window's cache, half of it is left; even int8 fits."""
    config = VL2Config(language=SMALL, projector=ProjectorConfig(n_embed=SMALL.hidden_size))
    cache = SMALL.cached_values_per_token * SMALL.num_hidden_layers * SMALL.max_position_embeddings * 2
    assert quantized_bytes(config, "int4", torch.bfloat16) + cache < 12 * 10**9
    assert quantized_bytes(config, "int8", torch.bfloat16) + cache < 18 * 10**9


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_foretold_are_the_bytes_taken(kind: str) -> None:
    """Counted from the config alone."""
    config = config_like("small")
    model = quantize_model(random_model(config), kind)
    assert quantized_bytes(config, kind, torch.float32) == sum(t.nbytes for t in model.state_dict().values())
