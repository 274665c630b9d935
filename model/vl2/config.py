"""The configuration of DeepSeek-VL2, read from a checkpoint's config.json.

Checkpoints leave out many keys. A missing key takes the default of the class that the checkpoint was written with
(listed here), which is not the default of transformers' class of the same name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from vl2.errors import CheckpointError, ConfigError, CorruptFile, MissingFile, UnsupportedModel

MODEL_TYPE = "deepseek_vl_v2"

CANDIDATE_RESOLUTIONS: tuple[tuple[int, int], ...] = (
    (384, 384), (384, 768), (768, 384), (384, 1152), (1152, 384), (384, 1536), (1536, 384), (768, 768),
    (384, 1920), (1920, 384), (384, 2304), (2304, 384), (768, 1152), (1152, 768), (384, 2688), (2688, 384),
    (384, 3072), (3072, 384), (768, 1536), (1536, 768), (384, 3456), (3456, 384), (1152, 1152),
)  # fmt: skip
"""Canvases as (width, height): every grid of at most nine tiles. The order decides exact ties."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisionConfig:
    """The SigLIP tower, which sees one tile at a time."""

    model_name: str = "siglip_so400m_patch14_384"
    image_size: int = 384
    patch_size: int = 14
    width: int = 1152
    layers: int = 27
    heads: int = 16
    mlp_ratio: float = 3.7362

    def __post_init__(self) -> None:
        if not self.model_name.startswith("siglip"):
            raise UnsupportedModel("vision_config.model_name", self.model_name, "a SigLIP tower, as DeepSeek-VL2 has")
        _positive("vision_config", self, "image_size", "patch_size", "width", "layers", "heads")
        if self.width % self.heads:
            raise ConfigError("vision_config.heads", self.heads, f"a divisor of the width {self.width}")

    @property
    def mlp_width(self) -> int:
        """Hidden width of a block's MLP."""
        return int(self.width * self.mlp_ratio)

    @property
    def grid(self) -> int:
        """Patches along one side of a tile; pixels past `grid * patch_size` are never seen."""
        return self.image_size // self.patch_size


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectorConfig:
    """From patch features to vectors of the language model, 2x2 patches to one."""

    projector_type: str = "downsample_mlp_gelu"
    input_dim: int = 1152
    n_embed: int = 2048
    depth: int = 2
    mlp_ratio: int = 1
    downsample_ratio: int = 2
    token_pooling: bool = False

    def __post_init__(self) -> None:
        if self.projector_type != "downsample_mlp_gelu":
            raise UnsupportedModel("projector_config.projector_type", self.projector_type, "'downsample_mlp_gelu'")
        if self.token_pooling:
            raise UnsupportedModel("projector_config.token_pooling", True, "false, as every DeepSeek-VL2 has it")
        _positive("projector_config", self, "input_dim", "n_embed", "depth", "mlp_ratio", "downsample_ratio")


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageConfig:
    """The DeepSeekMoE decoder. Defaults are those that the original checkpoints count on."""

    vocab_size: int = 102400
    hidden_size: int = 4096
    intermediate_size: int = 11008
    moe_intermediate_size: int = 1407
    num_hidden_layers: int = 30
    num_attention_heads: int = 32
    num_key_value_heads: int = 32
    n_shared_experts: int | None = None
    n_routed_experts: int | None = None
    num_experts_per_tok: int | None = None
    moe_layer_freq: int = 1
    first_k_dense_replace: int = 0
    topk_method: str = "greedy"
    """`greedy`, `group_limited_greedy` or `noaux_tc` (a correction bias takes part in the choice alone)."""
    scoring_func: str = "softmax"
    norm_topk_prob: bool = False
    routed_scaling_factor: float = 1.0
    n_group: int | None = None
    topk_group: int | None = None
    use_mla: bool = True
    """False: plain multi-head attention; the four ranks and dims below then mean nothing."""
    kv_lora_rank: int | None = 512
    q_lora_rank: int | None = 1536
    qk_rope_head_dim: int = 64
    qk_nope_head_dim: int = 128
    v_head_dim: int = 128
    max_position_embeddings: int = 2048
    rms_norm_eps: float = 1e-6
    rope_theta: float = 10000.0
    rope_scaling: Mapping[str, Any] | None = None
    tie_word_embeddings: bool = False
    attention_bias: bool = False
    hidden_act: str = "silu"
    bos_token_id: int = 100000
    eos_token_id: int = 100001

    def __post_init__(self) -> None:
        where = "language_config"
        _positive(
            where, self, "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
            "num_key_value_heads", "max_position_embeddings", "moe_layer_freq",
        )  # fmt: skip
        for key in ("rope_theta", "rms_norm_eps"):
            if getattr(self, key) <= 0:
                raise ConfigError(f"{where}.{key}", getattr(self, key), "a positive number")
        for key in ("first_k_dense_replace", "n_shared_experts"):
            if (getattr(self, key) or 0) < 0:
                raise ConfigError(f"{where}.{key}", getattr(self, key), "0 or more")
        if self.q_lora_rank is not None:
            _positive(where, self, "q_lora_rank")
        if self.use_mla:
            _positive(where, self, "kv_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim")
            if self.qk_rope_head_dim % 2:
                raise ConfigError(f"{where}.qk_rope_head_dim", self.qk_rope_head_dim, "an even number")
        elif self.hidden_size % self.num_attention_heads:
            raise ConfigError(f"{where}.num_attention_heads", self.num_attention_heads, "a divisor of hidden_size")
        elif self.num_attention_heads % self.num_key_value_heads:
            raise ConfigError(f"{where}.num_key_value_heads", self.num_key_value_heads, "a divisor of the heads")
        self._check_experts(where)
        if self.attention_bias:
            raise UnsupportedModel(f"{where}.attention_bias", True, "false: no DeepSeek-VL2 has attention biases")
        if self.hidden_act != "silu":
            raise UnsupportedModel(f"{where}.hidden_act", self.hidden_act, "'silu'")
        if self.rope_scaling and (kind := self.rope_scaling.get("type", self.rope_scaling.get("rope_type"))) not in (
            "yarn",
            "default",
        ):
            raise UnsupportedModel(f"{where}.rope_scaling", kind, "null or type 'yarn'")
        if self.rope_scaling and kind == "yarn" and not self.rope_scaling.get("factor"):
            raise ConfigError(f"{where}.rope_scaling", dict(self.rope_scaling), "a factor beside the type")

    def _check_experts(self, where: str) -> None:
        if self.n_routed_experts is None:
            return
        _positive(where, self, "n_routed_experts", "num_experts_per_tok", "moe_intermediate_size")
        assert self.num_experts_per_tok is not None
        if self.num_experts_per_tok > self.n_routed_experts:
            raise ConfigError(f"{where}.num_experts_per_tok", self.num_experts_per_tok, f"<= {self.n_routed_experts}")
        if self.topk_method not in ("greedy", "group_limited_greedy", "noaux_tc"):
            raise UnsupportedModel(
                f"{where}.topk_method", self.topk_method, "'greedy', 'group_limited_greedy' or 'noaux_tc'"
            )
        if self.scoring_func not in ("softmax", "sigmoid"):
            raise UnsupportedModel(f"{where}.scoring_func", self.scoring_func, "'softmax' or 'sigmoid'")
        if (self.n_group or 1) > 1 and self.topk_method != "greedy":
            self._check_groups(where, self.n_group or 1, self.n_routed_experts, self.num_experts_per_tok)

    def _check_groups(self, where: str, n_group: int, n_experts: int, top_k: int) -> None:
        size, least = (
            n_experts // n_group,
            2 if self.topk_method == "noaux_tc" else 1,
        )  # it ranks groups by their best two
        if n_experts % n_group or size < least:
            raise ConfigError(
                f"{where}.n_group", n_group, f"a divisor of {n_experts} experts, {least} or more to a group"
            )
        kept = self.topk_group or 0
        if not 0 < kept <= n_group or kept * size < top_k:
            raise ConfigError(f"{where}.topk_group", kept, f"1..{n_group} groups that hold {top_k} experts or more")

    @property
    def head_dim(self) -> int:
        """Dimensions of one head where attention is plain multi-head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def rope_dim(self) -> int:
        """Dimensions that carry the position."""
        return self.qk_rope_head_dim if self.use_mla else self.head_dim

    @property
    def cached_values_per_token(self) -> int:
        """Numbers that one token keeps in one layer's cache."""
        if self.use_mla:
            assert self.kv_lora_rank is not None
            return self.kv_lora_rank + self.qk_rope_head_dim
        return 2 * self.num_key_value_heads * self.head_dim

    def has_experts(self, layer: int) -> bool:
        """Say whether a layer (from 0) routes to experts or is dense."""
        routed = self.n_routed_experts is not None and layer >= self.first_k_dense_replace
        return routed and layer % self.moe_layer_freq == 0


@dataclass(frozen=True, kw_only=True, slots=True)
class VL2Config:
    """A whole model."""

    vision: VisionConfig = field(default_factory=VisionConfig)
    projector: ProjectorConfig = field(default_factory=ProjectorConfig)
    language: LanguageConfig = field(default_factory=LanguageConfig)
    candidate_resolutions: tuple[tuple[int, int], ...] = CANDIDATE_RESOLUTIONS
    tile_tag: str = "2D"
    global_view_pos: str = "head"
    dtype: str = "bfloat16"
    """The dtype that the weights are stored in, by torch's name."""
    quantization: str | None = None
    """`int8` or `int4` where the weights are stored so."""

    def __post_init__(self) -> None:
        if self.tile_tag != "2D":
            raise UnsupportedModel("tile_tag", self.tile_tag, "'2D', the layout that every DeepSeek-VL2 has")
        if self.global_view_pos != "head":
            raise UnsupportedModel("global_view_pos", self.global_view_pos, "'head'")
        if self.projector.input_dim != self.vision.width:
            raise ConfigError("projector_config.input_dim", self.projector.input_dim, f"{self.vision.width}")
        if self.projector.n_embed != self.language.hidden_size:
            raise ConfigError("projector_config.n_embed", self.projector.n_embed, f"{self.language.hidden_size}")
        side = self.vision.image_size
        if uneven := [pair for pair in self.candidate_resolutions if pair[0] % side or pair[1] % side]:
            raise ConfigError("candidate_resolutions", uneven[0], f"multiples of the tower's image_size {side}")

    @property
    def tokens_per_side(self) -> int:
        """Tokens along one side of a tile after the projector: 14 for the originals."""
        return -(-self.vision.grid // self.projector.downsample_ratio)

    @property
    def variant(self) -> str:
        """`tiny`, `small` or `base` where the sizes are those of a published model, else `custom`."""
        sizes = (self.language.hidden_size, self.language.num_hidden_layers, self.language.use_mla)
        known = {(1280, 12, False): "tiny", (2048, 27, True): "small", (2560, 30, True): "base"}
        return known.get(sizes, "custom")

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> VL2Config:
        """Read what a config.json says, with missing keys filled in.

        Raises:
            UnsupportedModel: it describes another model, such as DeepSeek-OCR, which shares the model type.
            ConfigError: a value cannot work.
        """
        if (found := raw.get("model_type")) != MODEL_TYPE:
            raise UnsupportedModel("model_type", found, f"{MODEL_TYPE!r}")
        own: dict[str, Any] = {"dtype": str(raw.get("torch_dtype") or raw.get("dtype") or "bfloat16")}
        for key in ("tile_tag", "global_view_pos"):
            if key in raw:
                own[key] = raw[key]
        if raw.get("quantization_config"):
            own["quantization"] = _quantization(raw["quantization_config"])
        if raw.get("candidate_resolutions"):
            own["candidate_resolutions"] = _resolutions(raw["candidate_resolutions"])
        return cls(
            vision=_read(VisionConfig, raw, "vision_config"),
            projector=_read(ProjectorConfig, raw, "projector_config"),
            language=_read(LanguageConfig, raw, "language_config"),
            **own,
        )

    @classmethod
    def from_folder(cls, folder: str | Path) -> VL2Config:
        """Read `config.json` of a checkpoint folder.

        Raises:
            MissingFile: there is none.
            CorruptFile: it is not JSON.
            ConfigError: as from_dict.
        """
        path = Path(folder) / "config.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise MissingFile(path, "expected the config.json of a DeepSeek-VL2 checkpoint, found no file") from None
        except OSError as error:
            raise CheckpointError(path, f"expected to read it: {error.strerror}") from None
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise CorruptFile(path, f"expected JSON: {error}; download it again") from None
        if not isinstance(raw, dict):
            raise CorruptFile(path, f"expected a JSON object, found {type(raw).__name__}")
        return cls.from_dict(raw)

    def to_dict(self) -> dict[str, Any]:
        """Write in the shape of the original config.json, every key explicit."""
        language = asdict(self.language)
        language["architectures"] = ["DeepseekV2ForCausalLM"]
        quantized = {"quantization_config": {"quant_method": "vl2", "kind": self.quantization}}
        return {
            "model_type": MODEL_TYPE,
            "torch_dtype": self.dtype,
            **(quantized if self.quantization else {}),
            "candidate_resolutions": [list(pair) for pair in self.candidate_resolutions],
            "tile_tag": self.tile_tag,
            "global_view_pos": self.global_view_pos,
            "vision_config": {"model_type": "vision", **asdict(self.vision)},
            "projector_config": {"model_type": "mlp_projector", **asdict(self.projector)},
            "language_config": {"model_type": "deepseek_v2", **language},
        }


Section = TypeVar("Section", VisionConfig, ProjectorConfig, LanguageConfig)


def _read(section: type[Section], raw: Mapping[str, Any], name: str) -> Section:
    given = raw.get(name)
    if not isinstance(given, Mapping):
        raise ConfigError(name, given, "an object with the keys of this part")
    known = {f.name: f for f in fields(section)}
    values = {key: value for key, value in given.items() if key in known}
    if "num_key_value_heads" in values and values["num_key_value_heads"] is None:
        values["num_key_value_heads"] = values.get("num_attention_heads")  # a null: heads share nothing
    # Any other null where the type has no null means the same as a missing key.
    for key in [k for k, v in values.items() if v is None and "None" not in str(known[k].type)]:
        if known[key].default is not MISSING:
            del values[key]
    for key, value in values.items():
        _check_type(f"{name}.{key}", value, str(known[key].type))
    return section(**values)


def _check_type(key: str, value: object, annotation: str) -> None:
    expected: dict[str, tuple[type, ...]] = {
        "int": (int,), "float": (int, float), "str": (str,), "bool": (bool,),
        "int | None": (int, type(None)), "Mapping[str, Any] | None": (Mapping, type(None)),
    }  # fmt: skip
    types = expected[annotation]
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise ConfigError(key, value, annotation)


def _resolutions(raw: object) -> tuple[tuple[int, int], ...]:
    try:
        pairs = tuple((int(width), int(height)) for width, height in raw)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        raise ConfigError("candidate_resolutions", raw, "a list of [width, height]") from None
    if not pairs or any(side <= 0 for pair in pairs for side in pair):
        raise ConfigError("candidate_resolutions", raw, "positive sides")
    return pairs


def _quantization(raw: object) -> str:
    kind = raw.get("kind") if isinstance(raw, Mapping) and raw.get("quant_method") == "vl2" else None
    if kind not in ("int8", "int4"):
        expected = "{'quant_method': 'vl2', 'kind': 'int8' or 'int4'}, or none; take the unquantised checkpoint"
        raise UnsupportedModel("quantization_config", raw, expected)
    return str(kind)


def _positive(where: str, config: object, *names: str) -> None:
    for name in names:
        value = getattr(config, name)
        if not isinstance(value, int) or value <= 0:
            raise ConfigError(f"{where}.{name}", value, "a positive integer")
