"""A model behind our own server, a process of its own on loopback: what comes over the wire is what it says here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image, ImageDraw
from running_server import Obedient, Process, threaded

from vl2agent import prompts
from vl2agent.backends.http import HttpBackend
from vl2agent.backends.local import LocalBackend
from vl2agent.calls import Model, Shot
from vl2agent.completion import Decoding, Grammar, Grounding, JsonSchema, Message, Picture, Prompt, Ref, Regex
from vl2agent.errors import ServerError
from vl2agent.steps import Frame

KEY = "for-these-tests"
FEW = Decoding(max_tokens=8)
SCHEMA = JsonSchema(json_schema={"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]})


def drawn(width: int, height: int) -> Image.Image:
    """Draw a picture that is not the same everywhere."""
    picture = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(picture).ellipse((width // 5, height // 5, width // 2, height // 2), fill="navy")
    return picture


WIDE, SMALL = drawn(800, 450), drawn(300, 200)
ASKED = Prompt.ask("What is this?")


@pytest.fixture(scope="module")
def remote(process: Process) -> Iterator[HttpBackend]:
    """Ask the server, which also counts."""
    backend = HttpBackend(process.url)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def local(nano_checkpoint: Path) -> LocalBackend:
    """Load the same model here."""
    return LocalBackend(nano_checkpoint)


PROMPTS = [
    (Prompt.user("How are you?"), []),
    (ASKED, [WIDE]),
    (Prompt.ask("Which is larger?", 2), [WIDE, SMALL]),
    (Prompt.locate("the Save button"), [SMALL]),
    (Prompt.user(Picture(), "Is ", Ref(words="Größe 屏幕"), " left of ", Ref(words="x"), "?\n"), [SMALL]),
    (Prompt.user(Picture(), "<|ref|>a<|/ref|> <image> <｜end▁of▁sentence｜>"), [SMALL]),
    (Prompt.user("<|User|>: hi\n\n<|Assistant|>: <|ref|>a", Picture(), "<", "|ref|", ">b<|/ref|>\udc80"), [SMALL]),
    (
        Prompt.user(Picture(), "<|ref|>", Ref(words=" <|/ref|>"), "<|/ref|>", Ref(words="<"), "|det|> <image>\n"),
        [SMALL],
    ),
    (
        Prompt(
            messages=(
                Message(role="system", parts=("Be short.",)),
                Message(role="user", parts=(Picture(), "Where?")),
                Message(role="assistant", parts=("<|ref|>here<|/ref|>",)),
                Message(role="user", parts=("And now?", Picture())),
            )
        ),
        [SMALL, WIDE],
    ),
]


@pytest.mark.parametrize(("prompt", "images"), PROMPTS)
def test_counts_are_exact(
    remote: HttpBackend, process: Process, nano_checkpoint: Path, prompt: Prompt, images: list[Image.Image]
) -> None:
    """Counted by the server, counted here by its tokenizer, and used: the same number."""
    counting = HttpBackend(process.url, tokenizer=nano_checkpoint)
    used = remote.complete(prompt, images, decoding=Decoding(max_tokens=1)).usage
    assert remote.count(prompt, images) == counting.count(prompt, images) == used.prompt_tokens
    counting.close()


def test_beginnings_are_counted_as_prompts_of_their_own(process: Process, nano_checkpoint: Path) -> None:
    """Those that the server told together with the whole; marks that two parts spell together are letters."""
    parts = (" ", Picture(), "Is <|", "ref|>", Ref(words="x"), "\n", "<|/ref|", "> there", Picture(), "?", " ")
    images = {8: SMALL, 1: WIDE}
    backends = [HttpBackend(process.url, tokenizer=folder) for folder in (None, nano_checkpoint)]
    counts: list[list[int]] = []
    for backend in backends:
        ends = range(len(parts), 1, -1)
        shown = {end: [image for at, image in sorted(images.items()) if at < end] for end in ends}
        counts.append([backend.count(Prompt.user(*parts[:end]), shown[end]) for end in ends])
        backend.close()
    assert counts[0] == counts[1]


def test_a_bill_is_what_is_used(remote: HttpBackend) -> None:
    """Section by section, as the ledger reckons, under a grammar."""
    model = Model(remote)
    shot = Shot.of(Frame.from_image(SMALL))
    sections = prompts.ask("Is it open?")
    bill = model.bill(sections, [shot], 16)
    reply = model.call("ask", sections, [shot], SCHEMA, decoding=Decoding(max_tokens=16))
    assert bill.prompt_tokens == reply.usage.prompt_tokens


@pytest.mark.parametrize(
    ("prompt", "images", "grammar"),
    [
        (ASKED, [WIDE], None),
        (Prompt.ask("Which is larger?", 2), [WIDE, SMALL], None),
        (Prompt.locate("the Save button"), [SMALL], Grounding(words="the Save button")),
        (Prompt.locate("Save", every=True), [SMALL], Grounding(words="Save", most=3)),
        (ASKED, [SMALL], SCHEMA),
        (ASKED, [SMALL], Regex(pattern="[a-z]{3,9}( [a-z]{3,9})?")),
    ],
)
def test_replies_are_those_of_the_model_here(
    remote: HttpBackend, local: LocalBackend, prompt: Prompt, images: list[Image.Image], grammar: Grammar | None
) -> None:
    """Token for token, with why it ended, every probability and every box."""
    there = remote.complete(prompt, images, grammar, decoding=FEW)
    here = local.complete(prompt, images, grammar, decoding=FEW)
    assert (there.text, there.stop_reason) == (here.text, here.stop_reason)
    assert there.logprobs == pytest.approx(here.logprobs, abs=1e-4)
    assert there.usage.model_copy(update={"cached_tokens": 0}) == here.usage.model_copy(update={"cached_tokens": 0})
    for found, expected in zip(there.located, here.located, strict=True):
        assert (found.words, found.box) == (expected.words, expected.box)
        assert found.confidence == pytest.approx(expected.confidence, abs=1e-4)
        for edge, known in zip(found.edges, expected.edges, strict=True):
            assert edge.model_dump() == pytest.approx(known.model_dump(), abs=1e-3)


def test_text_comes_in_pieces_that_add_up(remote: HttpBackend) -> None:
    """As the server writes it."""
    heard: list[str] = []
    reply = remote.complete(ASKED, [WIDE], decoding=Decoding(max_tokens=24), on_text=heard.append)
    assert "".join(heard) == reply.text
    assert len(heard) > 1
    assert reply.timings.decode_s > 0


def test_a_sampled_reply_repeats_by_its_seed(remote: HttpBackend, local: LocalBackend) -> None:
    """There and here."""
    decoding = Decoding(max_tokens=12, temperature=1.0, top_p=0.9, seed=5)
    assert (
        remote.complete(ASKED, [SMALL], decoding=decoding).text
        == local.complete(ASKED, [SMALL], decoding=decoding).text
    )


def test_a_second_look_costs_less(remote: HttpBackend) -> None:
    """The server remembers the beginning, and says so."""
    remote.complete(ASKED, [SMALL], decoding=FEW)
    assert remote.complete(ASKED, [SMALL], decoding=FEW).usage.cached_tokens > 400


def test_cancelling_frees_the_server(remote: HttpBackend, process: Process) -> None:
    """What was written stays; the next question is answered while the first would still be running."""
    heard: list[str] = []
    reply = remote.complete(
        ASKED, [SMALL], decoding=Decoding(max_tokens=3000), on_text=heard.append, cancelled=lambda: len(heard) >= 3
    )
    assert (reply.text, reply.stop_reason) == ("".join(heard), "cancelled")
    until_s = time.monotonic() + 10
    while (health := httpx.get(process.url.removesuffix("/v1") + "/health").json())[
        "running"
    ] and time.monotonic() < until_s:
        time.sleep(0.05)
    assert health["running"] == 0


@pytest.mark.parametrize(
    ("prompt", "grammar", "said"),
    [
        (Prompt.ask("word " * 5000), None, "4096"),
        (ASKED, Regex(pattern="("), "grammar|pattern|regex"),
        (Prompt(messages=(Message(role="assistant", parts=("x",)), *ASKED.messages)), None, "turns"),
    ],
)
def test_what_the_model_refuses_is_a_server_error(
    remote: HttpBackend, prompt: Prompt, grammar: Grammar | None, said: str
) -> None:
    """With the model's own words."""
    with pytest.raises(ServerError, match=said) as caught:
        remote.complete(prompt, [SMALL], grammar)
    assert caught.value.status == 400


@pytest.mark.parametrize("shown", ["another", None])
def test_the_wrong_key_is_refused(shown: str | None) -> None:
    """The right one is not told."""
    with threaded(Obedient(), key=KEY) as server:
        right, wrong = (HttpBackend(server.url, api_key=key) for key in (KEY, shown))
        right.load()
        with pytest.raises(ServerError, match="API key") as caught:
            wrong.load()
        for backend in (right, wrong):
            backend.close()
    assert caught.value.status == 401
    assert KEY not in str(caught.value)
