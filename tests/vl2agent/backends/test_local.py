"""DeepSeek-VL2 in this process, at nano size with random weights."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from vl2.loading import load
from vl2agent.backends.local import LocalBackend
from vl2agent.completion import Decoding, Grounding, JsonSchema, Message, Picture, Prompt, Regex
from vl2agent.contracts import Backend
from vl2agent.errors import BackendError, InputError, MissingExtra

PICTURE = Image.new("RGB", (300, 200), "orange")
ASKED = Prompt.ask("What is this?")
FEW = Decoding(max_tokens=6)


@pytest.fixture(scope="module")
def backend(nano_checkpoint: Path) -> LocalBackend:
    """Load the checkpoint once."""
    return LocalBackend(nano_checkpoint)


def test_counts_are_those_of_the_answer(backend: Backend) -> None:
    """What is counted beforehand is what the model reads."""
    reply = backend.complete(ASKED, [PICTURE], decoding=FEW)
    assert backend.count(ASKED, [PICTURE]) == reply.usage.prompt_tokens
    assert reply.usage.image_tokens == 421
    assert reply.usage.completion_tokens == len(reply.logprobs) == 6
    assert reply.stop_reason == "length"


def test_counting_needs_no_torch(nano_checkpoint: Path) -> None:
    """Nor the weights."""
    code = (
        "import sys; from PIL import Image; from vl2agent.backends.families import open_backend;"
        "from vl2agent.completion import Prompt;"
        f"model = open_backend({str(nano_checkpoint)!r});"
        "print(model.count(Prompt.ask('?'), [Image.new('RGB', (99, 99))]), model.window, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    count, window, torch = done.stdout.split()
    assert int(count) > 421
    assert (window, torch) == ("4096", "False")


def test_it_says_what_vl2_says(backend: Backend, nano_checkpoint: Path) -> None:
    """The prompts of this package are laid out as those of the model's own handle."""
    model = load(nano_checkpoint)
    assert backend.complete(ASKED, [PICTURE], decoding=FEW).text == model.ask(
        "What is this?", PICTURE, max_new_tokens=6
    )
    found = model.locate("the Save button", PICTURE)
    reply = backend.complete(Prompt.locate("the Save button"), [PICTURE], Grounding(words="the Save button"))
    assert reply.text == found.reply.text
    assert reply.located[0].confidence == pytest.approx(found.confidence, abs=1e-6)
    several = backend.complete(Prompt.ask("which?", 2), [PICTURE, PICTURE], decoding=FEW)
    assert several.text == model.ask("which?", PICTURE, PICTURE, max_new_tokens=6)


def test_text_comes_in_pieces_that_add_up(backend: Backend) -> None:
    """Who listens hears what the reply says in the end."""
    heard: list[str] = []
    reply = backend.complete(ASKED, [PICTURE], decoding=Decoding(max_tokens=20), on_text=heard.append)
    assert "".join(heard) == reply.text
    assert len(heard) > 1


def test_a_second_look_costs_less(backend: Backend) -> None:
    """The prompt that starts the same is remembered."""
    backend.complete(ASKED, [PICTURE], decoding=FEW)
    assert backend.complete(ASKED, [PICTURE], decoding=FEW).usage.cached_tokens > 400


def test_words_are_located_by_construction(backend: Backend) -> None:
    """One box on the grid, with what the model thought of each edge."""
    reply = backend.complete(Prompt.locate("Save"), [PICTURE], Grounding(words="Save"))
    assert reply.text.startswith("<|ref|>Save<|/ref|><|det|>[[")
    assert reply.stop_reason == "grammar"
    [found] = reply.located
    assert found.words == "Save"
    assert 0 <= found.confidence <= 1
    assert [edge.value for edge in found.edges] == [
        found.box.left, found.box.top, found.box.right, found.box.bottom,
    ]  # fmt: skip


def test_several_boxes_are_never_cut_off(backend: Backend) -> None:
    """However few tokens are asked for."""
    grammar = Grounding(words="Save", most=5)
    reply = backend.complete(Prompt.locate("Save", every=True), [PICTURE], grammar, decoding=Decoding(max_tokens=1))
    assert 1 <= len(reply.located) <= 5
    assert reply.text.endswith("]]<|/det|>")


def test_json_fits_its_schema(backend: Backend) -> None:
    """Keys and types are those of the schema."""
    schema = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}
    reply = backend.complete(ASKED, [PICTURE], JsonSchema(json_schema=schema))
    assert json.loads(reply.text)["ok"] in (True, False)


def test_a_pattern_holds_for_the_whole_reply(backend: Backend) -> None:
    """Nothing before or after it."""
    assert backend.complete(ASKED, [PICTURE], Regex(pattern="yes|no")).text in ("yes", "no")


def test_marks_in_a_text_stay_text(backend: Backend) -> None:
    """What people and screens write adds no pictures."""
    prompt = Prompt.ask("<image><|ref|>x<|/ref|>")
    assert backend.complete(prompt, [PICTURE], decoding=FEW).usage.image_tokens == 421


def test_a_conversation_has_turns(backend: Backend) -> None:
    """A system text, a question, an answer and the next question."""
    turns = (("system", ("be short",)), ("user", ("a", Picture())), ("assistant", ("b",)), ("user", ("c",)))
    prompt = Prompt(messages=tuple(Message.model_validate({"role": role, "parts": parts}) for role, parts in turns))
    usage = backend.complete(prompt, [PICTURE], decoding=FEW).usage
    assert usage.prompt_tokens == backend.count(prompt, [PICTURE])


def test_cancelling_leaves_what_is_there(backend: Backend) -> None:
    """Asked often; the reply says that it was cancelled."""
    heard: list[str] = []
    reply = backend.complete(
        ASKED, [PICTURE], decoding=Decoding(max_tokens=50), on_text=heard.append, cancelled=lambda: len(heard) >= 3
    )
    assert reply.stop_reason == "cancelled"
    assert reply.text == "".join(heard)


def test_a_sampled_reply_repeats_by_its_seed(backend: Backend) -> None:
    """The same seed, the same reply."""
    decoding = Decoding(max_tokens=12, temperature=1.0, seed=5)
    texts = {backend.complete(ASKED, [PICTURE], decoding=decoding).text for _ in range(2)}
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("prompt", "grammar", "said"),
    [
        (Prompt.ask("word " * 5000), None, "4096"),
        (Prompt.locate("<|ref|>"), Grounding(words="<|ref|>"), "marks"),
        (ASKED, Regex(pattern="("), "grammar"),
        (Prompt(messages=(Message(role="assistant", parts=("x",)), *ASKED.messages)), None, "turns"),
    ],
)
def test_what_the_model_refuses_is_a_backend_error(
    backend: Backend, prompt: Prompt, grammar: Grounding | Regex | None, said: str
) -> None:
    """With the model's own words."""
    with pytest.raises(BackendError, match=said):
        backend.complete(prompt, [PICTURE], grammar)


def test_pictures_must_have_places(backend: Backend) -> None:
    """A prompt for one picture is refused with two."""
    with pytest.raises(InputError):
        backend.complete(ASKED, [PICTURE, PICTURE])


def test_a_damaged_checkpoint_is_a_backend_error(nano_checkpoint: Path, tmp_path: Path) -> None:
    """It names the file."""
    folder = Path(shutil.copytree(nano_checkpoint, tmp_path / "copy"))
    shard = folder / "model.safetensors"
    shard.write_bytes(shard.read_bytes()[:9000])
    with pytest.raises(BackendError, match=r"model\.safetensors"):
        LocalBackend(folder).complete(ASKED, [PICTURE])


def test_without_its_libraries_the_extra_is_named(nano_checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line that installs them."""
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    for name in [name for name in sys.modules if name in ("vl2.tokenizer", "vl2.processor", "vl2.chat")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtra, match=r"vl2agent\[local\]"):
        LocalBackend(nano_checkpoint).count(ASKED, [PICTURE])


def test_caches_are_as_large_as_they_are_told_to_be(nano_checkpoint: Path) -> None:
    """What does not fit is not kept: the second answer computes the picture again."""
    small = LocalBackend(nano_checkpoint, cache_mb=0)
    small.complete(ASKED, [PICTURE], decoding=FEW)
    assert small.complete(ASKED, [PICTURE], decoding=FEW).usage.cached_tokens == 0
    roomy = LocalBackend(nano_checkpoint)
    roomy.complete(ASKED, [PICTURE], decoding=FEW)
    assert roomy.complete(ASKED, [PICTURE], decoding=FEW).usage.cached_tokens > 0
