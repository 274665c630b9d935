"""Conversations and pictures to tensors, behind the interface of transformers' processors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from transformers import BatchFeature, PreTrainedTokenizerFast, ProcessorMixin
from transformers.image_utils import load_image
from transformers.utils.hub import cached_file

from vl2.chat import Mark, Message, Part, lay_out, marked
from vl2.config import VL2Config
from vl2.errors import PromptError
from vl2.images import ImageSource
from vl2.processor import Inputs, Processor
from vl2.tokenizer import ADDED, BOS, EOS, PAD, Tokenizer

Turn = Mapping[str, Any]

FILES = ("config.json", "tokenizer.json")
HUB_OPTIONS = ("cache_dir", "force_download", "proxies", "token", "revision", "local_files_only", "subfolder")


class DeepseekVLV2Processor(ProcessorMixin):
    """Lays out prompts as `vl2.Processor` does, and gives them in the form that the model of `vl2.hf` takes.

    Marks in the text (`<image>`, `<|ref|>`, ...) are read, as transformers' users expect. For text that other people
    wrote, `vl2.Processor` is the safer one: there only `Mark`s are marks.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerFast, core: Processor) -> None:
        super().__init__(tokenizer)  # type: ignore[no-untyped-call]
        self.core = core

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, pretrained_model_name_or_path: str | Path, **kwargs: Any
    ) -> DeepseekVLV2Processor:
        """Read config.json and tokenizer.json of a folder, or of a repository."""
        options = {name: kwargs[name] for name in HUB_OPTIONS if name in kwargs}
        config, tokenizer = (_folder_of(name, pretrained_model_name_or_path, options) for name in FILES)
        core = Processor(VL2Config.from_folder(config), Tokenizer.from_folder(tokenizer))
        return cls(_transformers_tokenizer(core), core)

    def save_pretrained(self, save_directory: str | Path, push_to_hub: bool = False, **kwargs: Any) -> list[str]:
        """Write what `from_pretrained` reads; a config.json that is there already stays."""
        if push_to_hub:
            raise PromptError("expected push_to_hub=False: save into a folder, and upload that")
        folder = Path(save_directory)
        written = list(self.tokenizer.save_pretrained(folder))
        contents = {"processor_config.json": {"processor_class": type(self).__name__}}
        if not (folder / "config.json").exists():
            contents["config.json"] = self.core.config.to_dict()
        for name, content in contents.items():
            (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        return written + [str(folder / name) for name in contents]

    @property
    def model_input_names(self) -> list[str]:
        """What the model takes."""
        return ["input_ids", "attention_mask", "pixel_values", "images_seq_mask", "images_spatial_crop"]

    def __call__(
        self,
        images: Any = None,
        text: str | Sequence[str] | None = None,
        *,
        return_tensors: str | None = None,
        padding: bool | str = True,
    ) -> BatchFeature:
        """Put images into prompts that are written out in full, each `<image>` standing for one.

        Args:
            images: one, several, or several for each text.
            text: one or several prompts, as `apply_chat_template(..., tokenize=False)` gives them.
            return_tensors: `pt` or `np`; None: lists.
            padding: prompts of a batch are padded on the left whatever is given.
        """
        texts = [text] if isinstance(text, str) else list(text or ())
        ids = [self.core.tokenizer.encode(prompt.removeprefix(BOS), special=True) for prompt in texts]
        marks = [row.count(self.core.tokenizer.image_id) for row in ids]
        pictures = _flat(images)
        if len(pictures) != sum(marks):
            raise PromptError(f"expected one image for each <image>, got {sum(marks)} and {len(pictures)} images")
        ends = np.cumsum([0, *marks])
        prompts = [
            self.core.place([self.core.tokenizer.bos_id, *row], pictures[ends[n] : ends[n + 1]])
            for n, row in enumerate(ids)
        ]
        return self._batch(prompts, return_tensors)

    def apply_chat_template(  # type: ignore[override]
        self,
        conversation: Sequence[Turn] | Sequence[Sequence[Turn]],
        chat_template: str | None = None,
        *,
        add_generation_prompt: bool = False,
        continue_final_message: bool = False,
        tokenize: bool = False,
        return_dict: bool = False,
        return_tensors: str | None = None,
        processor_kwargs: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Lay out one conversation or several, as lists of turns with role and content.

        Returns:
            A `BatchFeature`; its `input_ids` alone without `return_dict`; the prompts as text without `tokenize`. Only
            ids are exact after an answer in the conversation: there text merges with its neighbour when it is read.

        Raises:
            PromptError: a template of one's own or tools, which the model was not trained with; or as `vl2.Processor`.
        """
        if chat_template is not None or any(kwargs.get(name) for name in ("tools", "documents")):
            raise PromptError("expected no chat_template, tools or documents: DeepSeek-VL2 has one fixed format")
        many = bool(conversation) and not isinstance(conversation[0], Mapping)
        conversations: Any = conversation if many else [conversation]
        laid_out = [
            self._lay_out([_message(turn) for turn in turns], add_generation_prompt, continue_final_message)
            for turns in conversations
        ]
        if not tokenize:
            texts = [self.core.tokenizer.decode(ids) for ids, _ in laid_out]
            return texts if many else texts[0]
        batch = self._batch([self.core.place(*prompt) for prompt in laid_out], return_tensors)
        return batch if return_dict else batch["input_ids"]

    def batch_decode(self, sequences: Any, skip_special_tokens: bool = False, **kwargs: Any) -> list[str]:
        """Turn rows of ids into text."""
        return [self.decode(row, skip_special_tokens) for row in sequences]

    def decode(self, token_ids: Any, skip_special_tokens: bool = False, **kwargs: Any) -> str:
        """Turn ids into text."""
        return self.core.tokenizer.decode(np.asarray(token_ids).tolist(), skip_special_tokens)

    def post_process_image_text_to_text(
        self, generated_outputs: Any, skip_special_tokens: bool = True, **kwargs: Any
    ) -> list[str]:
        """Turn what the model generated into text, as pipelines ask for it."""
        return self.batch_decode(generated_outputs, skip_special_tokens)

    def _lay_out(
        self, messages: list[Message], prompt_for_answer: bool, unfinished: bool
    ) -> tuple[list[int], list[ImageSource]]:
        tokenizer = self.core.tokenizer
        images = [image for message in messages for image in message.images]
        if messages and messages[-1].role == "assistant" and messages[-1].parts:
            ids = lay_out([*messages[:-1]], tokenizer)
            for part in messages[-1].parts:
                ids += [tokenizer.marks[part]] if isinstance(part, Mark) else tokenizer.encode(part)
            return ids if unfinished else [*ids, tokenizer.eos_id], images
        ids = lay_out(messages, tokenizer)
        if prompt_for_answer:
            return ids, images
        return ids[: len(ids) - ids[::-1].index(tokenizer.assistant_id) - 1], images

    def _batch(self, prompts: list[Inputs], return_tensors: str | None) -> BatchFeature:
        width = max((len(prompt) for prompt in prompts), default=0)
        rows: dict[str, list[np.ndarray]] = {"input_ids": [], "attention_mask": [], "images_seq_mask": []}
        for prompt in prompts:
            pad = (width - len(prompt), 0)
            rows["input_ids"].append(np.pad(prompt.input_ids, pad, constant_values=self.core.tokenizer.pad_id))
            rows["attention_mask"].append(np.pad(np.ones(len(prompt), np.int64), pad))
            rows["images_seq_mask"].append(np.pad(prompt.image_mask, pad))
        data: dict[str, Any] = {name: np.stack(values) for name, values in rows.items()}
        if grids := [grid for prompt in prompts for grid in prompt.grids]:
            tiles = np.concatenate([prompt.tiles for prompt in prompts])
            data["pixel_values"] = (tiles.astype(np.float32) / 255 - 0.5) / 0.5
            data["images_spatial_crop"] = np.array([(grid.across, grid.down) for grid in grids])
        return BatchFeature(data if return_tensors else {k: v.tolist() for k, v in data.items()}, return_tensors)


def _folder_of(name: str, folder_or_repo: str | Path, options: dict[str, Any]) -> Path:
    path = cached_file(str(folder_or_repo), name, **options)
    assert path is not None  # it raises instead
    return Path(path).parent


def _transformers_tokenizer(core: Processor) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=core.tokenizer.backend,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        additional_special_tokens=list(ADDED),
        padding_side="left",
        clean_up_tokenization_spaces=False,
        model_max_length=core.config.language.max_position_embeddings,
    )


def _message(turn: Turn) -> Message:
    """Read one turn; pictures among the parts of its content stand where they are, each on a line of its own."""
    content, parts, images = turn["content"], list[Part](), list[ImageSource]()
    for item in [{"type": "text", "text": content}] if isinstance(content, str) else content:
        kind = item.get("type")
        if kind == "text":
            parts += marked(item["text"])
        elif kind == "image":
            source = next((item[key] for key in ("image", "url", "path", "base64") if item.get(key) is not None), None)
            if source is None:
                raise PromptError("expected an image, url, path or base64 beside {'type': 'image'}, got none")
            images.append(load_image(str(source) if isinstance(source, Path) else source))
            parts += [Mark.IMAGE, "\n"]
        else:
            raise PromptError(f"expected content of type text or image, got {kind!r}")
    return Message(turn["role"], parts, images)


def _flat(images: Any) -> list[ImageSource]:
    if images is None:
        return []
    if not isinstance(images, list | tuple):
        return [load_image(images) if isinstance(images, str) else images]
    return [one for item in images for one in _flat(item)]
