"""A second opinion on the vision tower: transformers' SigLIP, with weights copied across.

Features have standard deviation near 1; float32 noise after two blocks is below 1e-5. The exact GELU instead of the
tanh approximation, or an eps of 1e-5, would already be 1e-4 or more.
"""

from __future__ import annotations

import torch
from nano_models import config_like, random_model
from torch import Tensor
from transformers import SiglipVisionConfig, SiglipVisionModel

from vl2.vision import VisionTower

TOLERANCE = 2e-5

NAMES = {
    "patch_embed.proj": "embeddings.patch_embedding",
    "pos_embed": "embeddings.position_embedding.weight",
    "blocks": "encoder.layers",
    "norm1": "layer_norm1",
    "norm2": "layer_norm2",
    "attn.proj": "self_attn.out_proj",
}


def siglip_names(tower: VisionTower) -> dict[str, Tensor]:
    """Rename the tower's weights to transformers' names, and split the fused projections."""
    renamed: dict[str, Tensor] = {}
    for name, weight in tower.state_dict().items():
        for ours, theirs in NAMES.items():
            name = name.replace(ours, theirs)
        if name.startswith("norm."):
            name = name.replace("norm.", "post_layernorm.")
        if ".attn.qkv." in name:
            for part, chunk in zip("qkv", weight.chunk(3), strict=True):
                renamed[name.replace("attn.qkv", f"self_attn.{part}_proj")] = chunk
        else:
            renamed[name] = weight[0] if "position" in name else weight
    return renamed


@torch.inference_mode()
def test_features_equal_those_of_transformers() -> None:
    """Patches, positions, attention, MLP and norms compute what transformers' tower computes."""
    config = config_like("small")
    tower = random_model(config).vision
    vision = config.vision
    reference = SiglipVisionModel(
        SiglipVisionConfig(
            hidden_size=vision.width,
            intermediate_size=vision.mlp_width,
            num_hidden_layers=vision.layers,
            num_attention_heads=vision.heads,
            image_size=vision.image_size,
            patch_size=vision.patch_size,
            hidden_act="gelu_pytorch_tanh",
            layer_norm_eps=1e-6,
            vision_use_head=False,
        )
    )
    reference.load_state_dict(siglip_names(tower))
    tiles = torch.rand(2, 3, 384, 384, generator=torch.Generator().manual_seed(3)) * 2 - 1
    expected = reference(tiles).last_hidden_state
    assert expected.std() > 0.5
    assert (tower(tiles) - expected).abs().max() < TOLERANCE
