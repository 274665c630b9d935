"""The configuration as transformers keeps it: the content of the original config.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import PreTrainedConfig

from vl2.config import MODEL_TYPE, VL2Config
from vl2.errors import ConfigError


class DeepseekVLV2Config(PreTrainedConfig):
    """The original config.json, and what transformers asks of every configuration.

    The sections stay as they are in the file; `vl2` is the checked configuration with missing keys filled in.

    Raises:
        ConfigError: a value cannot work, or it is the configuration of another model.
    """

    model_type = MODEL_TYPE

    vision_config: dict[str, Any] | None = None
    projector_config: dict[str, Any] | None = None
    language_config: dict[str, Any] | None = None
    candidate_resolutions: list[Any] | None = None
    tile_tag: str = "2D"
    global_view_pos: str = "head"
    use_cache: bool = True
    tie_word_embeddings: bool = False
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | None = None
    pad_token_id: int | None = None

    def __post_init__(self, **kwargs: Any) -> None:
        stored = kwargs.get("quantization_config")
        if isinstance(stored, Mapping) and stored.get("quant_method") == "vl2":
            raise ConfigError("quantization_config", dict(stored), "weights that are not quantised; use vl2.load")
        for section in ("vision_config", "projector_config", "language_config"):
            setattr(self, section, getattr(self, section) or {})
        if not self.language_config:  # transformers compares with a configuration made of defaults alone
            self.language_config = {"hidden_size": 2048}
        language = self.vl2.language
        self.bos_token_id = language.bos_token_id if self.bos_token_id is None else self.bos_token_id
        self.eos_token_id = language.eos_token_id if self.eos_token_id is None else self.eos_token_id
        self.pad_token_id = language.eos_token_id if self.pad_token_id is None else self.pad_token_id
        self.tie_word_embeddings = language.tie_word_embeddings
        super().__post_init__(**kwargs)  # type: ignore[no-untyped-call]

    @property
    def vl2(self) -> VL2Config:
        """The configuration that the model is built from."""
        dtype = str(self.dtype or "bfloat16").removeprefix("torch.")
        keys = ("vision_config", "projector_config", "language_config", "tile_tag", "global_view_pos")
        raw = {key: getattr(self, key) for key in keys}
        return VL2Config.from_dict(
            {**raw, "model_type": MODEL_TYPE, "dtype": dtype, "candidate_resolutions": self.candidate_resolutions}
        )

    @property
    def vocab_size(self) -> int:
        """Rows of the embedding table."""
        return self.vl2.language.vocab_size

    @property
    def hidden_size(self) -> int:
        """Width of the language model."""
        return self.vl2.language.hidden_size

    @property
    def num_hidden_layers(self) -> int:
        """Layers of the language model."""
        return self.vl2.language.num_hidden_layers

    @property
    def num_attention_heads(self) -> int:
        """Heads of the language model."""
        return self.vl2.language.num_attention_heads

    @property
    def max_position_embeddings(self) -> int:
        """Tokens that the language model was trained for."""
        return self.vl2.language.max_position_embeddings
