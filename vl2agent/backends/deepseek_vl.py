"""The predecessor, DeepSeek-VL, through transformers' own classes: 1.3B (`deepseek_vl`) and 7B (`deepseek_vl_hybrid`).

It answers questions about pictures. It was trained on neither boxes nor marks, so it cannot locate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from vl2agent.completion import Decoding, Grammar, Part, Picture, Prompt, Ref, Reply, StopReason, Timings, Usage
from vl2agent.errors import BackendError, MissingExtra, NotOffered

if TYPE_CHECKING:
    from vl2agent.backends.listening import Listener

MODEL_TYPES = ("deepseek_vl", "deepseek_vl_hybrid")


class DeepseekVLBackend:
    """A DeepSeek-VL checkpoint in this process; what it needs is loaded when first used.

    Args:
        folder: config.json, safetensors, tokenizer and processor, as transformers saves them.
        model: what to call it; None: the folder.
        device: 'cpu', 'cuda' or the like; 'auto': a GPU if there is one.
        dtype: a name that torch knows; 'auto': the checkpoint's own.
    """

    def __init__(
        self, folder: str | Path, *, model: str | None = None, device: str = "auto", dtype: str = "auto"
    ) -> None:
        self._folder, self._device, self._dtype = Path(folder), device, dtype
        self.model = model or str(folder)

    @property
    def window(self) -> int:
        return int(self._config.get_text_config().max_position_embeddings)

    def load(self) -> None:
        _ = self._processor, self._weights

    def count(self, prompt: Prompt, images: Sequence[Image.Image]) -> int:
        """Count without the weights; transformers itself imports torch, though."""
        prompt.check_pictures(len(images))
        blank = Image.new("RGB", (1, 1))  # every picture costs the same
        return int(self._inputs(prompt, [blank] * len(images))["input_ids"].shape[1])

    def complete(
        self,
        prompt: Prompt,
        images: Sequence[Image.Image],
        grammar: Grammar | None = None,
        *,
        decoding: Decoding = Decoding(),
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Reply:
        """Answer the prompt.

        Raises:
            NotOffered: a grammar, or words to be located.
            BackendError: the checkpoint cannot be loaded, the prompt is too long, or memory ran out.
        """
        if grammar is not None:
            raise NotOffered(self.model, f"replies under a {grammar.kind} grammar", "use a DeepSeek-VL2 model")
        prompt.check_pictures(len(images))
        began_s = time.perf_counter()
        inputs = self._inputs(prompt, images)
        length = inputs["input_ids"].shape[1]
        if length >= self.window:
            raise BackendError(
                f"{self.model}: expected a prompt below its window of {self.window} tokens, got {length}"
            )
        from vl2agent.backends.listening import Listener

        listener = Listener(self._processor.tokenizer, decoding.stop, on_text, cancelled, began_s)
        last_id = self._generate(inputs, listener, decoding, min(decoding.max_tokens, self.window - length))
        return self._reply(inputs["input_ids"], last_id, listener)

    @cached_property
    def _config(self) -> Any:
        with self._failing("config.json"):
            from transformers import AutoConfig

            return AutoConfig.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)

    @cached_property
    def _processor(self) -> Any:
        with self._failing("processor"):
            from transformers import AutoProcessor

            options = {"local_files_only": True, "trust_remote_code": False}
            return AutoProcessor.from_pretrained(self._folder, **options)  # type: ignore[no-untyped-call]

    @cached_property
    def _weights(self) -> Any:
        with self._failing("weights"), _quietly():
            import torch
            from transformers import AutoModelForImageTextToText

            loaded: Any = AutoModelForImageTextToText.from_pretrained(
                self._folder,
                dtype=self._dtype,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                output_loading_info=True,
            )
            found, info = loaded
            wrong = {kind: sorted(map(str, names))[:3] for kind, names in info.items() if names}
            if wrong:
                raise BackendError(f"{self.model}: expected the tensors that config.json describes, found {wrong}")
            device = ("cuda" if torch.cuda.is_available() else "cpu") if self._device == "auto" else self._device
            return found.to(device).eval()

    def _inputs(self, prompt: Prompt, images: Sequence[Image.Image]) -> Any:
        """Lay the conversation out; special tokens that stand in its texts stay plain text."""
        pictures = iter(images)
        chat = [
            {"role": message.role, "content": [self._part(part, pictures) for part in message.parts]}
            for message in prompt.messages
        ]
        with self._failing("prompt"):
            return self._processor.apply_chat_template(
                chat,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
                add_generation_prompt=True,
                sanitize_control_tokens=True,
            )

    def _part(self, part: Part, pictures: Iterator[Image.Image]) -> dict[str, Any]:
        if isinstance(part, Ref):
            raise NotOffered(self.model, "boxes", "use a DeepSeek-VL2 model to locate something")
        if isinstance(part, Picture):
            return {"type": "image", "image": next(pictures).convert("RGB")}
        return {"type": "text", "text": part}

    def _generate(self, inputs: Any, listener: Listener, decoding: Decoding, room: int) -> int:
        weights = self._weights
        with self._failing("answer", (RuntimeError, ValueError)):
            import torch
            from transformers import GenerationConfig

            own = weights.generation_config
            sampled = {"temperature": decoding.temperature, "top_p": decoding.top_p} if decoding.temperature else {}
            config = GenerationConfig(  # type: ignore[no-untyped-call]
                max_new_tokens=room,
                do_sample=bool(decoding.temperature),
                eos_token_id=own.eos_token_id,
                pad_token_id=own.eos_token_id,
                **sampled,
            )
            with torch.random.fork_rng(), torch.inference_mode():
                torch.seed() if decoding.seed is None else torch.manual_seed(decoding.seed)
                on_device = inputs.to(weights.device, dtype=weights.dtype)
                ids = weights.generate(**on_device, generation_config=config, **listener.hooks)
        return int(ids[0, -1])

    def _reply(self, prompt_ids: Any, last_id: int, listener: Listener) -> Reply:
        ended: StopReason = "eos" if last_id in _as_list(self._weights.generation_config.eos_token_id) else "length"
        image_tokens = int((prompt_ids == self._config.image_token_id).sum())
        return Reply(
            text=listener.finish(),
            stop_reason=listener.stopped or ended,
            usage=Usage(
                prompt_tokens=prompt_ids.shape[1], image_tokens=image_tokens, completion_tokens=len(listener.logprobs)
            ),
            timings=Timings(
                prefill_s=listener.first_token_s,
                decode_s=listener.last_token_s - listener.first_token_s,
                first_token_s=listener.first_token_s,
            ),
            logprobs=tuple(listener.logprobs),
        )

    @contextmanager
    def _failing(self, what: str, kinds: tuple[type[Exception], ...] = (Exception,)) -> Iterator[None]:
        """Turn what the libraries raise into typed errors."""
        try:
            yield
        except ImportError as error:
            raise MissingExtra("local", f"a model in this process ({error})") from error
        except BackendError:
            raise
        except kinds as error:  # what transformers raises is not written down
            raise BackendError(f"{self.model}: its {what} does not work: {error}") from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Let transformers draw no progress bars: only the command line speaks to people."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _as_list(ids: int | list[int] | None) -> list[int]:
    """Transformers writes one id, several, or none."""
    return [ids] if isinstance(ids, int) else ids or []
