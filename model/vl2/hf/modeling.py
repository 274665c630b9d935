"""The model as a `PreTrainedModel`: `generate()`, `device_map`, adapters and pipelines work on it.

Shapes: B batch, T tokens that come now, S tokens held and coming, H model width, N tiles of all images, P image tokens.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import Cache, DynamicCache, GenerationMixin, PreTrainedModel, initialization
from transformers.modeling_outputs import CausalLMOutputWithPast

from vl2.cache import KVCache
from vl2.errors import PromptError
from vl2.hf.cache import TransformersCache
from vl2.hf.configuration import DeepseekVLV2Config
from vl2.model import VL2Model
from vl2.moe import Experts, Gate
from vl2.tiling import TileGrid, image_tokens
from vl2.vision import VisionTower

UNSUPPORTED = ("position_ids", "output_attentions", "output_hidden_states")
IMAGE_INPUTS = ("pixel_values", "images_seq_mask", "images_spatial_crop")


class _Model(VL2Model):
    """The model in one call, so that the hooks which fetch offloaded weights see each use of them."""

    def forward(  # type: ignore[override]
        self,
        input_ids_BT: Tensor | None,
        embeds_BTH: Tensor | None,
        tiles_N3SS: Tensor | None,
        image_mask_BT: Tensor | None,
        grids: list[TileGrid],
        cache: KVCache | None,
        starts_B: Tensor | None,
        last_only: bool,
    ) -> Tensor:
        """Compute float32 logits [B, 1 or T, V]."""
        if input_ids_BT is not None:
            image_embeds_PH = None
            if tiles_N3SS is not None:
                features = self.encode(tiles_N3SS.to(self.dtype))
                image_embeds_PH = self.assemble(features.to(self.device), grids)
            embeds_BTH = self.embed(input_ids_BT, image_mask_BT, image_embeds_PH)
        assert embeds_BTH is not None
        return self.language(embeds_BTH, cache, starts_B=starts_B, last_only=last_only)


class DeepseekVLV2ForConditionalGeneration(PreTrainedModel, GenerationMixin):
    """DeepSeek-VL2 behind the interface of transformers."""

    config: DeepseekVLV2Config
    config_class = DeepseekVLV2Config
    base_model_prefix = "model"
    _supports_sdpa = True
    # The base class declares lists, and copies them for each instance.
    input_modalities = ["image", "text"]  # noqa: RUF012
    _no_split_modules = ["Block"]  # noqa: RUF012
    _skip_keys_device_placement = ["past_key_values", "cache"]  # noqa: RUF012
    _keep_in_fp32_modules_strict = ["e_score_correction_bias"]  # noqa: RUF012
    _keys_to_ignore_on_load_unexpected = [r"vision\.attn_pool\."]  # noqa: RUF012
    _tied_weights_keys = {"model.language.lm_head.weight": "model.language.model.embed_tokens.weight"}  # noqa: RUF012

    def __init__(self, config: DeepseekVLV2Config) -> None:
        super().__init__(config)
        self.model = _Model(config.vl2)
        self.post_init()  # type: ignore[no-untyped-call]
        self._name_end_tokens()

    def adjust_generation_fn(self, *args: Any, **kwargs: Any) -> None:
        """Read the generation config of a checkpoint; original ones have none, which must not mean to never stop."""
        super().adjust_generation_fn(*args, **kwargs)  # type: ignore[misc]
        self._name_end_tokens()

    def _name_end_tokens(self) -> None:
        for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
            if getattr(self.generation_config, name) is None:
                setattr(self.generation_config, name, getattr(self.config, name))

    def get_input_embeddings(self) -> nn.Module:
        """Return the embedding table."""
        return self.model.language.model.embed_tokens

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replace the embedding table."""
        self.model.language.model.embed_tokens = value

    def get_output_embeddings(self) -> nn.Module:
        """Return the head."""
        return self.model.language.lm_head

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        """Replace the head."""
        self.model.language.lm_head = new_embeddings

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        pixel_values: Tensor | None = None,
        images_seq_mask: Tensor | None = None,
        images_spatial_crop: Tensor | None = None,
        return_dict: bool | None = None,
        **loss_options: Any,
    ) -> CausalLMOutputWithPast | tuple[Any, ...]:
        """Compute logits, and the loss where labels are given.

        Args:
            input_ids, inputs_embeds: [B, T] or [B, T, H]; one of both.
            attention_mask: [B, S], zero for padding at the left or the right.
            past_key_values: what came before.
            labels: [B, T], -100 where a token is not learned.
            use_cache: keep keys and values; None: where nothing is trained.
            logits_to_keep: how many rows at the end; 0: all.
            pixel_values: [N, 3, S, S], normalised tiles of all images of the batch, row after row.
            images_seq_mask: [B, T], where the image tokens are.
            images_spatial_crop: [images, 2], local tiles across and down.

        Raises:
            PromptError: inputs that do not fit together.
        """
        if (input_ids is None) == (inputs_embeds is None):
            raise PromptError("expected one of input_ids and inputs_embeds")
        if pixel_values is not None and (input_ids is None or images_seq_mask is None or images_spatial_crop is None):
            raise PromptError(f"expected input_ids with {', '.join(IMAGE_INPUTS)}, got images without some of them")
        options = {name: loss_options.pop(name, None) for name in UNSUPPORTED}
        if unknown := [name for name, value in options.items() if value is not None and value is not False]:
            raise PromptError(
                f"expected no {', '.join(unknown)}: this model computes positions itself and keeps no layers"
            )
        if use_cache is None:
            use_cache = self.config.use_cache and labels is None and not self.training
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache()
        grids = [] if images_spatial_crop is None else [TileGrid(*map(int, crop)) for crop in images_spatial_crop]
        logits = self.model(
            input_ids,
            inputs_embeds,
            pixel_values,
            _fitted(images_seq_mask, input_ids),
            grids,
            None if past_key_values is None else TransformersCache(past_key_values),
            _starts(attention_mask),
            logits_to_keep == 1,
        )[:, -logits_to_keep:]
        loss = None
        if labels is not None:
            loss = self.loss_function(logits=logits, labels=labels, vocab_size=self.config.vocab_size, **loss_options)
        out = CausalLMOutputWithPast(loss=loss, logits=logits, past_key_values=past_key_values)
        return out if return_dict is not False else out.to_tuple()

    def prepare_inputs_for_generation(  # type: ignore[override]
        self,
        input_ids: Any,
        inputs_embeds: Tensor | None = None,
        is_first_iteration: bool | None = False,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Hand images over with the prompt alone, not with every token that follows."""
        inputs: dict[str, Any] = super().prepare_inputs_for_generation(  # type: ignore[misc]
            input_ids, inputs_embeds=inputs_embeds, is_first_iteration=is_first_iteration, **kwargs
        )
        if kwargs.get("use_cache", True) and not is_first_iteration:
            for name in IMAGE_INPUTS:
                inputs.pop(name, None)
        return inputs

    def _expand_inputs_for_generation(self, *args: Any, **kwargs: Any) -> Any:
        """Repeat each row for beams and samples, and with it the tiles of the row, which have no batch dimension."""
        mask, crops, tiles = (kwargs.get(name) for name in ("images_seq_mask", "images_spatial_crop", "pixel_values"))
        input_ids, expanded = super()._expand_inputs_for_generation(*args, **kwargs)  # type: ignore[misc]
        if mask is not None and crops is not None and tiles is not None:
            times = expanded["images_seq_mask"].shape[0] // mask.shape[0]
            expanded |= self._repeat_images(crops, tiles, mask.sum(dim=1).tolist(), times)
        return input_ids, expanded

    def _repeat_images(self, crops: Tensor, tiles: Tensor, tokens_B: list[int], times: int) -> dict[str, Tensor]:
        grids = [TileGrid(*map(int, crop)) for crop in crops]
        all_crops, all_tiles, image, tile = [], [], 0, 0
        for tokens in tokens_B:
            first_image, first_tile = image, tile
            while tokens > 0:
                tokens -= image_tokens(grids[image], self.model.config.tokens_per_side)
                tile += grids[image].tiles
                image += 1
            all_crops += [crops[first_image:image]] * times
            all_tiles += [tiles[first_tile:tile]] * times
        return {"images_spatial_crop": torch.cat(all_crops), "pixel_values": torch.cat(all_tiles)}

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)  # type: ignore[no-untyped-call]
        if isinstance(module, Gate | Experts | VisionTower | VL2Model):  # parameters that are no layer's
            for parameter in module.parameters(recurse=False):
                initialization.normal_(parameter, mean=0.0, std=0.02)


def _starts(attention_mask: Tensor | None) -> Tensor | None:
    """Count the padding at the left of each row; padding at the right is seen by no real token anyway."""
    if attention_mask is None:
        return None
    if attention_mask.ndim != 2:
        raise PromptError(
            f"expected an attention_mask [B, S], got {list(attention_mask.shape)}; static caches make those"
        )
    real = attention_mask.bool()
    starts_B = (real.cumsum(dim=1) == 0).sum(dim=1)
    if ((real[:, 1:] & ~real[:, :-1]).sum(dim=1) > (starts_B > 0)).any():
        raise PromptError("expected padding at the left or the right of a row, got some between its tokens")
    return starts_B if bool(starts_B.any()) else None


def _fitted(image_mask: Tensor | None, input_ids: Tensor | None) -> Tensor | None:
    """Let the mask end where the ids end: they grow as tokens are generated, or begin later than the prompt."""
    if image_mask is None or input_ids is None:
        return None
    tokens = input_ids.shape[1]
    return F.pad(image_mask, (0, max(tokens - image_mask.shape[1], 0)))[:, -tokens:].bool()
