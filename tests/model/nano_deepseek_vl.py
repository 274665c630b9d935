"""Small checkpoints of the predecessor, DeepSeek-VL, with random weights, in both families."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    DeepseekVLConfig,
    DeepseekVLForConditionalGeneration,
    DeepseekVLHybridConfig,
    DeepseekVLHybridForConditionalGeneration,
    DeepseekVLHybridProcessor,
    DeepseekVLProcessor,
    PreTrainedTokenizerFast,
)
from transformers.models.deepseek_vl.image_processing_pil_deepseek_vl import DeepseekVLImageProcessorPil
from transformers.models.deepseek_vl_hybrid.image_processing_pil_deepseek_vl_hybrid import (
    DeepseekVLHybridImageProcessorPil,
)

IMAGE = "<image_placeholder>"
SPECIAL = ("<s>", "</s>", "<pad>", IMAGE)
TEMPLATE = (
    "{% for message in messages %}{{ message['role'].capitalize() + ': ' }}"
    "{% for part in message['content'] %}"
    "{{ '<image_placeholder>' if part['type'] == 'image' else part['text'] }}"
    "{% endfor %}{{ '\n\n' }}{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
IMAGE_TOKENS = 4
TEXT = {
    "model_type": "llama",
    "vocab_size": 260,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 4,
    "max_position_embeddings": 256,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 2,
}
SIGLIP = {
    "model_type": "siglip_vision_model",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "image_size": 32,
    "patch_size": 16,
}
SAM = {
    "model_type": "sam_vision_model",
    "hidden_size": 32,
    "output_channels": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 128,
    "patch_size": 16,
    "window_size": 2,
    "global_attn_indexes": [1],
    "mlp_dim": 64,
}


def save_checkpoint(model_type: str, folder: Path) -> None:
    """Write config, weights, tokenizer and processor of `deepseek_vl` or `deepseek_vl_hybrid`."""
    torch.manual_seed(5)
    model, processor = _single() if model_type == "deepseek_vl" else _hybrid()
    model.save_pretrained(folder)
    processor.save_pretrained(folder)


def _single() -> tuple[Any, Any]:
    config = DeepseekVLConfig(
        text_config=TEXT, vision_config=SIGLIP, image_token_id=SPECIAL.index(IMAGE), tie_word_embeddings=False
    )
    pictures = DeepseekVLImageProcessorPil(size={"height": 32, "width": 32})
    processor = DeepseekVLProcessor(pictures, _tokenizer(), TEMPLATE, num_image_tokens=IMAGE_TOKENS)  # type: ignore[no-untyped-call]
    return DeepseekVLForConditionalGeneration(config), processor


def _hybrid() -> tuple[Any, Any]:
    config = DeepseekVLHybridConfig(
        text_config=TEXT,
        vision_config=SIGLIP,
        high_res_vision_config=SAM,
        image_token_id=SPECIAL.index(IMAGE),
        tie_word_embeddings=False,
    )
    pictures = DeepseekVLHybridImageProcessorPil(
        size={"height": 32, "width": 32}, high_res_size={"height": 128, "width": 128}
    )
    processor = DeepseekVLHybridProcessor(pictures, _tokenizer(), TEMPLATE, num_image_tokens=IMAGE_TOKENS)  # type: ignore[no-untyped-call]
    return DeepseekVLHybridForConditionalGeneration(config), processor


def _tokenizer() -> PreTrainedTokenizerFast:
    """Make one token of each byte, after the special ones."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate((*SPECIAL, *alphabet))}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    begin, end, pad, image = SPECIAL
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=begin,
        eos_token=end,
        pad_token=pad,
        extra_special_tokens={"image_token": image},
    )
