"""DeepSeek-VL2 for code that is written against transformers.

    import vl2.hf
    from transformers import AutoModelForImageTextToText, AutoProcessor

    model = AutoModelForImageTextToText.from_pretrained(folder, device_map="auto")
    processor = AutoProcessor.from_pretrained(folder)

Importing this registers the model with transformers' Auto classes, for original checkpoint folders and for those that
`save_pretrained` writes, which are the same. `import vl2` alone does not load transformers.
"""

from vl2.hf.configuration import DeepseekVLV2Config
from vl2.hf.modeling import DeepseekVLV2ForConditionalGeneration
from vl2.hf.processing import DeepseekVLV2Processor
from vl2.hf.registration import register

__all__ = ["DeepseekVLV2Config", "DeepseekVLV2ForConditionalGeneration", "DeepseekVLV2Processor", "register"]

register()
