"""What transformers must know to find the classes, and to read original tensor names."""

from __future__ import annotations

from transformers import AutoConfig, AutoModelForImageTextToText, AutoProcessor
from transformers.conversion_mapping import register_checkpoint_conversion_mapping
from transformers.core_model_loading import Concatenate, MergeModulelist, WeightConverter, WeightRenaming

from vl2.hf.configuration import DeepseekVLV2Config
from vl2.hf.modeling import DeepseekVLV2ForConditionalGeneration
from vl2.hf.processing import DeepseekVLV2Processor


def register() -> None:
    """Register the classes with transformers; doing it again changes nothing."""
    AutoConfig.register(DeepseekVLV2Config.model_type, DeepseekVLV2Config, exist_ok=True)
    AutoModelForImageTextToText.register(DeepseekVLV2Config, DeepseekVLV2ForConditionalGeneration, exist_ok=True)
    AutoProcessor.register(DeepseekVLV2Config, DeepseekVLV2Processor, exist_ok=True)  # type: ignore[no-untyped-call]
    register_checkpoint_conversion_mapping(
        DeepseekVLV2ForConditionalGeneration.__name__, _from_original_names(), overwrite=True
    )


def _from_original_names() -> list[WeightConverter | WeightRenaming]:
    """Stack the experts, and put the model one level down; saving does the reverse."""
    return [
        WeightRenaming(r"^(vision|projector|language|image_newline|view_seperator)", r"model.\1"),
        WeightConverter(
            source_patterns=["mlp.experts.*.gate_proj.weight", "mlp.experts.*.up_proj.weight"],
            target_patterns="mlp.experts.gate_up_proj",
            operations=[MergeModulelist(dim=0), Concatenate(dim=1)],
        ),
        WeightConverter(
            source_patterns="mlp.experts.*.down_proj.weight",
            target_patterns="mlp.experts.down_proj",
            operations=[MergeModulelist(dim=0)],
        ),
    ]
