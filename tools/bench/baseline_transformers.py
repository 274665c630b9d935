"""The same work by transformers' own modules at their defaults, for comparison: JSON with seconds on standard output.

SigLIP so400m; and GLM-4 MoE, the family of DeepSeek's MoE in transformers that takes plain multi-head attention (its
`deepseek_v2` has none), at the sizes of VL2-tiny. Tiles in one batch, the prompt in one pass, logits for its last
token alone, as `generate` asks for them.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict

import torch
from transformers import Glm4MoeConfig, Glm4MoeForCausalLM, SiglipVisionConfig, SiglipVisionModel

from random_model import config_of

PROMPT = 1848


def vision_model() -> SiglipVisionModel:
    """Build the tower."""
    vision = config_of("tiny").vision
    config = SiglipVisionConfig(
        hidden_size=vision.width, intermediate_size=vision.mlp_width, num_hidden_layers=vision.layers,
        num_attention_heads=vision.heads, image_size=vision.image_size, patch_size=vision.patch_size,
        vision_use_head=False,
    )  # fmt: skip
    return SiglipVisionModel(config)


def language_model() -> Glm4MoeForCausalLM:
    """Build the decoder."""
    language = asdict(config_of("tiny").language)
    same = (
        "vocab_size", "hidden_size", "intermediate_size", "moe_intermediate_size", "num_hidden_layers",
        "num_attention_heads", "num_key_value_heads", "n_shared_experts", "n_routed_experts", "num_experts_per_tok",
        "first_k_dense_replace",
    )  # fmt: skip
    return Glm4MoeForCausalLM(Glm4MoeConfig(**{name: language[name] for name in same}, num_mtp_layers=0))


@torch.inference_mode()
def fill(model: torch.nn.Module) -> None:
    """Give every parameter random numbers, quickly."""
    block = torch.randn(2**20, generator=torch.Generator().manual_seed(0)) * 0.02
    for parameter in model.parameters():
        flat = parameter.view(-1)
        for first in range(0, len(flat), len(block)):
            part = flat[first : first + len(block)]
            part.copy_(block[: len(part)])


@torch.inference_mode()
def measure(repeats: int, device: str, dtype: torch.dtype) -> dict[str, list[float]]:
    """Time encode and prefill of one 1080p screen."""
    torch.set_default_dtype(dtype)
    with torch.device(device):
        vision, language = vision_model(), language_model()
    for model in (vision, language):
        model.train(False)
        fill(model)
    tiles = torch.randn(9, 3, 384, 384, device=device, dtype=dtype)
    ids = torch.randint(0, 1000, (1, PROMPT), device=device)
    times: dict[str, list[float]] = {"encode_s": [], "prefill_s": []}
    for _ in range(repeats + 1):  # one run to warm up
        for name, work in (
            ("encode_s", lambda: vision(pixel_values=tiles).last_hidden_state.sum().item()),
            ("prefill_s", lambda: language(input_ids=ids, use_cache=True, logits_to_keep=1).logits.sum().item()),
        ):
            began = time.perf_counter()
            work()  # type: ignore[no-untyped-call]
            times[name].append(time.perf_counter() - began)
    return {name: found[1:] for name, found in times.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    print(json.dumps(measure(options.repeats, options.device, getattr(torch, options.dtype))))
