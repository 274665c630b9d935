"""What a checkpoint's config.json says, and what it leaves out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vl2.config import VL2Config
from vl2.errors import CheckpointError, ConfigError, CorruptFile, MissingFile, UnsupportedModel


def raw(**language: Any) -> dict[str, Any]:
    """A config as the base checkpoint has it: most keys of the language model are missing."""
    own = {
        "hidden_size": 2560,
        "intermediate_size": 12288,
        "moe_intermediate_size": 1536,
        "n_routed_experts": 72,
        "n_shared_experts": 2,
        "num_experts_per_tok": 6,
        "first_k_dense_replace": 1,
        "vocab_size": 129280,
        "max_position_embeddings": 4096,
        "q_lora_rank": None,
        "topk_method": "noaux_tc",
        "scoring_func": "sigmoid",
        "norm_topk_prob": True,
        "routed_scaling_factor": 2.0,
        "n_group": 1,
        "topk_group": 1,
    }
    return {
        "model_type": "deepseek_vl_v2",
        "torch_dtype": "bfloat16",
        "vision_config": {"model_type": "vision", "layers": 27, "width": 1152, "mlp_ratio": 3.7362, "patch_size": 14},
        "projector_config": {"model_type": "mlp_projector", "n_embed": 2560},
        "language_config": {"model_type": "deepseek_v2", **own, **language},
    }


def test_missing_keys_take_the_defaults_of_the_original() -> None:
    """The base checkpoint lists no layer count, head count, rank or head width."""
    language = VL2Config.from_dict(raw()).language
    assert (language.num_hidden_layers, language.num_attention_heads, language.kv_lora_rank) == (30, 32, 512)
    assert (language.qk_nope_head_dim, language.qk_rope_head_dim, language.v_head_dim) == (128, 64, 128)


def test_an_explicit_null_stays_null_where_null_means_something() -> None:
    """`q_lora_rank: null` is not the default rank of 1536."""
    assert VL2Config.from_dict(raw()).language.q_lora_rank is None


def test_a_null_for_a_number_is_a_missing_key() -> None:
    """Null cannot be a head width, so the default is meant."""
    assert VL2Config.from_dict(raw(v_head_dim=None)).language.v_head_dim == 128


def test_a_null_for_the_key_heads_means_as_many_as_heads() -> None:
    """Heads share nothing then."""
    assert VL2Config.from_dict(raw(num_attention_heads=20, num_key_value_heads=None)).language.num_key_value_heads == 20


def test_plain_attention_needs_no_ranks() -> None:
    """The tiny checkpoint has null ranks and zero head widths."""
    language = VL2Config.from_dict(
        raw(use_mla=False, kv_lora_rank=None, qk_nope_head_dim=0, qk_rope_head_dim=0, v_head_dim=0,
            num_attention_heads=20, num_key_value_heads=20)
    ).language  # fmt: skip
    assert language.head_dim == 128
    assert language.cached_values_per_token == 2 * 20 * 128


def test_the_variant_is_told_by_its_sizes() -> None:
    """Checkpoints do not name their variant."""
    assert VL2Config.from_dict(raw()).variant == "base"


def test_writing_and_reading_gives_the_same() -> None:
    """to_dict leaves nothing to defaults."""
    config = VL2Config.from_dict(raw())
    assert VL2Config.from_dict(json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hidden_size", 0),
        ("hidden_size", "2560"),
        ("num_experts_per_tok", 73),
        ("n_group", 5),
        ("topk_method", "best"),
        ("attention_bias", True),
        ("rope_theta", 0.0),
        ("rms_norm_eps", -1e-6),
        ("q_lora_rank", 0),
        ("first_k_dense_replace", -1),
        ("n_shared_experts", -2),
        ("rope_scaling", {"type": "linear", "factor": 2}),
    ],
)
def test_values_that_cannot_work_are_named(key: str, value: object) -> None:
    """The error says which key, what came and what could stand there."""
    with pytest.raises(ConfigError) as caught:
        VL2Config.from_dict(raw(**{key: value}))
    assert caught.value.key == f"language_config.{key}"


@pytest.mark.parametrize(
    ("language", "key"),
    [
        ({"n_group": 2, "topk_group": None}, "topk_group"),
        ({"n_group": 2, "topk_group": 3}, "topk_group"),
        ({"n_group": 36, "topk_group": 2}, "topk_group"),
        ({"n_group": 72, "topk_group": 6}, "n_group"),
        ({"n_group": 5, "topk_group": 2}, "n_group"),
        ({"hidden_act": "gelu"}, "hidden_act"),
        ({"rope_scaling": {"type": "yarn", "mscale_all_dim": 1.0}}, "rope_scaling"),
    ],
)
def test_a_variant_that_would_only_fail_later_is_refused_at_once(language: dict[str, Any], key: str) -> None:
    """Routing, activation and positions are checked when the config is read, not in the first forward pass."""
    with pytest.raises(ConfigError) as caught:
        VL2Config.from_dict(raw(**language))
    assert caught.value.key == f"language_config.{key}"


@pytest.mark.parametrize("pair", [[400, 384], [200, 384]])
def test_a_canvas_must_be_made_of_whole_tiles(pair: list[int]) -> None:
    """Another canvas would be cut to fewer tiles, or to none, without a word."""
    with pytest.raises(ConfigError, match=f"multiples of the tower's image_size 384, got .{pair[0]}, 384"):
        VL2Config.from_dict(raw() | {"candidate_resolutions": [pair]})


def test_another_model_of_the_same_type_is_refused() -> None:
    """DeepSeek-OCR has the same model_type and another vision tower."""
    config = raw()
    config["vision_config"]["model_name"] = "deeplip_b_l"
    with pytest.raises(UnsupportedModel, match="SigLIP"):
        VL2Config.from_dict(config)


def test_widths_must_fit_together() -> None:
    """The projector ends where the language model begins."""
    config = raw()
    config["projector_config"]["n_embed"] = 1280
    with pytest.raises(ConfigError, match=r"projector_config\.n_embed"):
        VL2Config.from_dict(config)


def test_a_missing_section_is_named() -> None:
    """Without a language model there is nothing to build."""
    config = raw()
    del config["language_config"]
    with pytest.raises(ConfigError, match="language_config"):
        VL2Config.from_dict(config)


def test_a_folder_without_config_is_named(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(MissingFile, match=r"config\.json"):
        VL2Config.from_folder(tmp_path)


def test_a_config_that_is_not_json_is_named(tmp_path: Path) -> None:
    """A cut download is not a stack trace."""
    (tmp_path / "config.json").write_text('{"model_type": "deepseek')
    with pytest.raises(CorruptFile, match="JSON"):
        VL2Config.from_folder(tmp_path)


def test_a_config_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Such as a folder of its name."""
    (tmp_path / "config.json").mkdir()
    with pytest.raises(CheckpointError, match="expected to read it"):
        VL2Config.from_folder(tmp_path)
