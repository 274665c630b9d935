"""The predecessor, in both families, at nano size with random weights."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import AutoModelForImageTextToText, AutoProcessor

from vl2agent.backends.deepseek_vl import DeepseekVLBackend
from vl2agent.completion import Decoding, Grounding, Message, Picture, Prompt
from vl2agent.contracts import Backend
from vl2agent.errors import BackendError, InputError, NotOffered

PICTURE = Image.new("RGB", (90, 40), "orange")
ASKED = Prompt.ask("What is this?")
FEW = Decoding(max_tokens=6)


@pytest.fixture(scope="module")
def backend(predecessor_checkpoint: Path) -> DeepseekVLBackend:
    """Load each checkpoint once."""
    return DeepseekVLBackend(predecessor_checkpoint)


def test_counts_are_those_of_the_answer(backend: Backend) -> None:
    """What is counted beforehand is what the model reads: 4 tokens a picture, 1 a byte here."""
    reply = backend.complete(ASKED, [PICTURE], decoding=FEW)
    written = len("User: What is this?\n\nAssistant:")
    assert backend.count(ASKED, [PICTURE]) == reply.usage.prompt_tokens == 4 + written
    assert reply.usage.image_tokens == 4
    assert reply.usage.completion_tokens == len(reply.logprobs) == 6
    assert reply.stop_reason == "length"


def test_text_comes_in_pieces_that_add_up(backend: Backend) -> None:
    """Who listens hears what the reply says in the end, whole characters only."""
    heard: list[str] = []
    reply = backend.complete(ASKED, [PICTURE], decoding=Decoding(max_tokens=40), on_text=heard.append)
    assert "".join(heard) == reply.text
    assert len(heard) > 1


def test_it_says_what_transformers_says(backend: Backend, predecessor_checkpoint: Path) -> None:
    """Text and probabilities are those of a plain `generate` on what the checkpoint's processor makes."""
    processor: Any = AutoProcessor.from_pretrained(predecessor_checkpoint)  # type: ignore[no-untyped-call]
    chat = [{"role": "user", "content": [{"type": "image", "image": PICTURE}, {"type": "text", "text": "What?"}]}]
    inputs = processor.apply_chat_template(
        chat, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=True
    )
    model: Any = AutoModelForImageTextToText.from_pretrained(predecessor_checkpoint)
    out = model.generate(**inputs, max_new_tokens=8, do_sample=False, return_dict_in_generate=True, output_logits=True)
    ids = out.sequences[0, inputs["input_ids"].shape[1] :]
    logprobs = torch.cat(out.logits).log_softmax(-1).gather(1, ids[:, None])[:, 0]
    reply = backend.complete(Prompt.ask("What?"), [PICTURE], decoding=Decoding(max_tokens=8))
    assert reply.text == processor.decode(ids, skip_special_tokens=True)
    assert reply.logprobs == pytest.approx(logprobs.tolist(), abs=1e-5)


def test_a_seed_repeats_a_sampled_reply(backend: Backend) -> None:
    """The same seed, the same reply; another one, another."""
    texts = [
        backend.complete(Prompt.ask("?", 0), [], decoding=Decoding(max_tokens=20, temperature=1.0, seed=seed)).text
        for seed in (3, 3, 4)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_what_is_asked_changes_the_answer(backend: Backend) -> None:
    """The picture reaches the model."""
    replies = [
        backend.complete(ASKED, [Image.new("RGB", (64, 64), color)], decoding=FEW).logprobs
        for color in ("black", "yellow")
    ]
    assert replies[0] != replies[1]


def test_marks_in_a_text_stay_text(backend: Backend) -> None:
    """What people and screens write neither adds pictures nor ends the turn."""
    text = "<image_placeholder></s>"
    assert backend.count(Prompt.ask(text), [PICTURE]) == backend.count(Prompt.ask(""), [PICTURE]) + len(text)
    assert backend.complete(Prompt.ask(text), [PICTURE], decoding=FEW).usage.image_tokens == 4


def test_a_conversation_has_turns_and_pictures(backend: Backend) -> None:
    """Pictures stand where their parts are."""
    turns = (("user", ("a", Picture())), ("assistant", ("b",)), ("user", (Picture(), "c")))
    prompt = Prompt(messages=tuple(Message.model_validate({"role": role, "parts": parts}) for role, parts in turns))
    reply = backend.complete(prompt, [PICTURE, PICTURE], decoding=FEW)
    assert reply.usage.image_tokens == 8


def test_a_stop_text_ends_the_reply_and_is_not_in_it(backend: Backend) -> None:
    """Taken from what the model says anyway."""
    whole = backend.complete(ASKED, [PICTURE], decoding=Decoding(max_tokens=40)).text
    stop = whole[3:5]
    heard: list[str] = []
    reply = backend.complete(ASKED, [PICTURE], decoding=Decoding(max_tokens=40, stop=(stop,)), on_text=heard.append)
    assert (reply.stop_reason, reply.text) == ("stop", whole[: whole.index(stop)])
    assert "".join(heard) == reply.text


def test_cancelling_leaves_what_is_there(backend: Backend) -> None:
    """It is asked after each token."""
    answers = iter([False, False, True])
    reply = backend.complete(ASKED, [PICTURE], decoding=FEW, cancelled=lambda: next(answers))
    assert (reply.stop_reason, reply.usage.completion_tokens) == ("cancelled", 3)


def test_it_cannot_locate(backend: Backend) -> None:
    """Neither marks nor grammars are understood; the error says which models do."""
    with pytest.raises(NotOffered, match="use a DeepSeek-VL2 model"):
        backend.complete(Prompt.locate("Save"), [PICTURE], Grounding(words="Save"))
    with pytest.raises(NotOffered, match="boxes"):
        backend.count(Prompt.locate("Save"), [PICTURE])


def test_a_prompt_over_the_window_is_refused(backend: Backend) -> None:
    """Before anything is computed, with both numbers."""
    with pytest.raises(BackendError, match=r"window of 256 tokens, got 3\d\d"):
        backend.complete(Prompt.ask("x" * 300, 0), [])


def test_the_reply_ends_where_the_window_ends(backend: Backend) -> None:
    """Prompt and reply share it."""
    usage = backend.complete(Prompt.ask("x" * 220, 0), [], decoding=Decoding(max_tokens=100)).usage
    assert usage.prompt_tokens + usage.completion_tokens <= backend.window == 256


def test_pictures_must_have_places(backend: Backend) -> None:
    """A prompt for one picture is refused with none."""
    with pytest.raises(InputError):
        backend.complete(ASKED, [])


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_folder_that_lacks_a_file_is_a_typed_error(
    predecessor_checkpoint: Path, tmp_path: Path, missing: str
) -> None:
    """Whatever transformers makes of it."""
    folder = Path(shutil.copytree(predecessor_checkpoint, tmp_path / "copy"))
    (folder / missing).unlink()
    with pytest.raises(BackendError):
        DeepseekVLBackend(folder).complete(ASKED, [PICTURE])


def test_missing_tensors_are_named(predecessor_checkpoint: Path, tmp_path: Path) -> None:
    """Nothing is filled with random numbers in silence."""
    folder = Path(shutil.copytree(predecessor_checkpoint, tmp_path / "copy"))
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("lm_head.weight")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(BackendError, match=r"lm_head\.weight"):
        DeepseekVLBackend(folder).complete(ASKED, [PICTURE])


def test_a_truncated_shard_is_a_typed_error(predecessor_checkpoint: Path, tmp_path: Path) -> None:
    """Half a file is not loaded."""
    folder = Path(shutil.copytree(predecessor_checkpoint, tmp_path / "copy"))
    shard = folder / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:5000])
    with pytest.raises(BackendError):
        DeepseekVLBackend(folder).complete(ASKED, [PICTURE])


def test_code_in_a_checkpoint_is_not_run(predecessor_checkpoint: Path, tmp_path: Path) -> None:
    """A config that names a Python file of its own is read without it."""
    folder = Path(shutil.copytree(predecessor_checkpoint, tmp_path / "copy"))
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModelForImageTextToText": "evil.Model"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    DeepseekVLBackend(folder).complete(ASKED, [PICTURE], decoding=FEW)
    assert not (tmp_path / "ran").exists()


def test_generation_leaves_the_random_numbers_of_others_alone(backend: Backend) -> None:
    """A seeded reply does not seed the process."""
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    backend.complete(Prompt.ask("?", 0), [], decoding=Decoding(max_tokens=2, temperature=1, seed=9))
    assert torch.equal(torch.rand(1), expected)
