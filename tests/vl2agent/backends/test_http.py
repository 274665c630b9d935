"""A model behind a server that behaves, but does no more than vLLM and SGLang do."""

from __future__ import annotations

import base64
import gc
import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from faulty_server import Answer, FaultyServer, Visit, ending, piece, refused, said, serving
from PIL import Image

from vl2agent.backends.families import open_backend
from vl2agent.backends.http import HttpBackend
from vl2agent.backends.local import LocalBackend
from vl2agent.calls import Model, Section, Shot
from vl2agent.completion import Decoding, Grammar, Grounding, JsonSchema, Message, Picture, Prompt, Ref, Regex
from vl2agent.errors import BadAnswer, InputError, NotOffered, ParseError
from vl2agent.steps import Frame

PICTURE = Image.new("RGB", (300, 200), "orange")
ASKED = Prompt.ask("What is this?")
SCHEMA = JsonSchema(json_schema={"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]})
BOX = "<|ref|>Save<|/ref|><|det|>[[10, 20, 300, 400]]<|/det|>"

Serve = Callable[..., tuple[FaultyServer, HttpBackend]]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start servers that give the answers they are told to, each with a backend that asks it."""
    with ExitStack() as stack:

        def start(
            *answers: Answer, card: dict[str, Any] | None = None, **options: Any
        ) -> tuple[FaultyServer, HttpBackend]:
            server = stack.enter_context(serving(FaultyServer(*answers, card=card)))
            backend = HttpBackend(server.url, **options)
            stack.callback(backend.close)
            return server, backend

        yield start


def after(seconds: float) -> Callable[[], bool]:
    """Cancel then."""
    until_s = time.monotonic() + seconds
    return lambda: time.monotonic() > until_s


def test_a_reply_comes_in_pieces_that_add_up(serve: Serve) -> None:
    """With what it cost, and each token's probability."""
    _, backend = serve(said("An ", "orange ", "field."))
    heard: list[str] = []
    reply = backend.complete(ASKED, [PICTURE], on_text=heard.append)
    assert heard == ["An ", "orange ", "field."]
    assert (reply.text, reply.stop_reason) == ("An orange field.", "eos")
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.image_tokens) == (500, 3, 421)
    assert reply.logprobs == (-0.1, -0.1, -0.1)
    assert reply.timings.first_token_s > 0


def test_the_request_is_one_that_every_server_takes(serve: Serve) -> None:
    """The picture first, as a PNG with the pixels that were given; then all text in one part."""
    server, backend = serve(said("x"))
    decoding = Decoding(max_tokens=7, temperature=0.5, top_p=0.9, seed=3, stop=("\n",))
    backend.complete(Prompt.user(Picture(), "Where is ", Ref(words="Save"), "?"), [PICTURE], decoding=decoding)
    [body] = server.bodies
    [message] = body["messages"]
    [shown, text] = message["content"]
    assert text == {"type": "text", "text": "Where is <|ref|>Save<|/ref|>?"}
    kind, _, data = shown["image_url"]["url"].partition(",")
    assert kind == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).tobytes() == PICTURE.tobytes()
    assert {name: body[name] for name in ("model", "max_tokens", "temperature", "top_p", "seed", "stop")} == {
        "model": "vl2", "max_tokens": 7, "temperature": 0.5, "top_p": 0.9, "seed": 3, "stop": ["\n"],
    }  # fmt: skip
    assert body["skip_special_tokens"] is False


def test_pictures_between_texts_are_marked_where_the_server_moves_them(serve: Serve) -> None:
    """vLLM and SGLang put pictures in front, save where `<image>` shows their places."""
    server, backend = serve(said("x"))
    backend.complete(Prompt.ask("Which?", 2), [PICTURE, PICTURE])
    *pictures, text = server.bodies[0]["messages"][0]["content"]
    assert [part["type"] for part in pictures] == ["image_url", "image_url"]
    assert text["text"] == "This is image_1: <image>\nThis is image_2: <image>\nWhich?"


def test_text_never_becomes_a_mark(serve: Serve) -> None:
    """Whoever wrote it, and however it was put together."""
    server, backend = serve(said("x"))
    prompt = Prompt.user(
        Picture(), "<|ref|>a<|/r", "ef|> <image> <｜end▁of▁sentence｜> a < b <| c", Ref(words="<|det|>")
    )
    backend.complete(prompt, [PICTURE])
    text = server.bodies[0]["messages"][0]["content"][1]["text"]
    broken = text.replace("\N{ZERO WIDTH SPACE}", "*")
    assert broken == "<*|ref|>a<*|/ref|> <*image> <*｜end▁of▁sentence｜> a < b <| c<|ref|><*|det|><|/ref|>"


def test_broken_unicode_is_sent_as_what_it_is(serve: Serve) -> None:
    """Half of a surrogate pair, as file names have it."""
    server, backend = serve(said("x"))
    backend.complete(Prompt.user("a\udc80b"), [])
    assert server.bodies[0]["messages"][0]["content"] == "a?b"


def test_a_conversation_keeps_its_turns(serve: Serve) -> None:
    """Turns without pictures are plain strings."""
    server, backend = serve(said("x"))
    turns = (("system", ("be short",)), ("user", ("a",)), ("assistant", ("b",)), ("user", ("c ",)))
    messages = tuple(Message.model_validate({"role": role, "parts": parts}) for role, parts in turns)
    backend.complete(Prompt(messages=messages), [])
    assert [(turn["role"], turn["content"]) for turn in server.bodies[0]["messages"]] == [
        ("system", "be short"), ("user", "a"), ("assistant", "b"), ("user", "c"),
    ]  # fmt: skip


def test_a_picture_is_encoded_once(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plan and ground show the same frame; another one with other pixels is another picture."""
    _, backend = serve(said("x"))
    encoded: list[Image.Image] = []

    def encode(picture: Image.Image) -> str:
        encoded.append(picture)
        return "data:,"

    monkeypatch.setattr("vl2agent.backends.openai.png._encoded", encode)
    for picture in (PICTURE, PICTURE.copy(), Image.new("RGB", (300, 200), "blue"), PICTURE):
        backend.complete(ASKED, [picture])
    assert len(encoded) == 2


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        (ending("length"), "length"),
        (ending("stop"), "eos"),
        (ending("stop", stop_reason="\n"), "stop"),
        (ending("stop", matched_stop="\n"), "stop"),
        (ending("stop", stop_reason=100001), "eos"),
        ([{"choices": [{"delta": {}, "finish_reason": ""}]}, *ending("length")], "length"),
    ],
)
def test_why_a_reply_ended(serve: Serve, ends: list[Any], reason: str) -> None:
    """In vLLM's words and in SGLang's."""

    def answer(visit: Visit) -> None:
        visit.open()
        visit.send(piece("x"), *ends)

    assert serve(answer)[1].complete(ASKED, [PICTURE]).stop_reason == reason


def test_a_server_that_does_not_stream_is_understood(serve: Serve) -> None:
    """One JSON answer instead of many chunks."""
    message = {"role": "assistant", "content": "Orange."}
    usage = {"prompt_tokens": 9, "completion_tokens": 2}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": usage}
    _, backend = serve(lambda visit: visit.reply(200, whole))
    assert backend.complete(ASKED, [PICTURE]).text == "Orange."


def test_events_may_be_cut_anywhere(serve: Serve) -> None:
    """Between the bytes of a letter, with comments, carriage returns and lines of a megabyte."""

    def answer(visit: Visit) -> None:
        visit.open("text/event-stream; charset=utf-8")
        events = [json.dumps(piece(text), ensure_ascii=False) for text in ("屏幕上", "é" * 500_000)]
        stream = ": hello\r\n\r\n" + "".join(f"event: message\r\ndata: {event}\r\n\r\n" for event in events)
        data = stream.encode()
        visit.raw(data[:60])
        for at in range(60, 200):
            visit.raw(data[at : at + 1])
        visit.raw(data[200:])
        visit.send(*ending())

    assert serve(answer)[1].complete(ASKED, [PICTURE]).text == "屏幕上" + "é" * 500_000


@pytest.mark.parametrize("text", ['{"ok": true}', 'Sure:\n```json\n{"ok": true}\n```', ' {"ok":true} '])
def test_json_is_handed_over_whole(serve: Serve, text: str) -> None:
    """Without what a server that knows no grammar puts around it."""
    server, backend = serve(said(*text))
    heard: list[str] = []
    reply = backend.complete(ASKED, [PICTURE], SCHEMA, on_text=heard.append)
    assert json.loads(reply.text) == {"ok": True}
    assert heard == [reply.text]
    assert server.bodies[0]["response_format"]["json_schema"]["schema"] == SCHEMA.json_schema


def test_a_pattern_is_asked_for_in_every_way(serve: Serve) -> None:
    """Of vLLM now and before, and of SGLang."""
    server, backend = serve(said("yes\n"))
    assert backend.complete(ASKED, [PICTURE], Regex(pattern="yes|no")).text == "yes"
    [body] = server.bodies
    assert body["structured_outputs"] == {"regex": "yes|no"}
    assert body["guided_regex"] == body["regex"] == "yes|no"


def test_boxes_are_read_from_the_models_own_form(serve: Serve) -> None:
    """The grammar's words, as many boxes as were asked for, the digits' probabilities."""
    written = [("<|ref|>", -0.1), ("save", -0.1), ("<|/ref|>", 0.0), ("<|det|>", 0.0), ("[[", 0.0), ("1", -0.1)]
    written += [("0", -2.0), (", ", 0.0), ("2", -0.1), ("0", -3.0), (", ", 0.0), ("300", -0.2), (", ", 0.0)]
    written += [("4", 0.0), ("0", -0.3), ("0", -4.0), ("], [5, 6, 7, 8]]", 0.0), ("<|/det|>", 0.0)]

    def answer(visit: Visit) -> None:
        visit.open()
        visit.send(*(piece(text, logprob) for text, logprob in written), *ending())

    server, backend = serve(answer)
    reply = backend.complete(Prompt.locate("Save"), [PICTURE], Grounding(words="Save"))
    assert reply.text == BOX
    [found] = reply.located
    assert found.words == "Save"
    assert [edge.value for edge in found.edges] == [10, 20, 300, 400]
    assert found.edges[0].confidence == pytest.approx(0.1225, abs=1e-3)
    assert found.confidence == pytest.approx(0.4966, abs=1e-3)
    assert "grounding" not in server.bodies[0]


def test_probabilities_beyond_one_are_one(serve: Serve) -> None:
    """Some servers round up."""

    def answer(visit: Visit) -> None:
        visit.open()
        visit.send(piece(BOX, 1e6), *ending())

    [found] = serve(answer)[1].complete(Prompt.locate("Save"), [PICTURE], Grounding(words="Save")).located
    assert found.confidence == 1


def test_boxes_without_probabilities_have_no_confidence(serve: Serve) -> None:
    """A server that tells none."""

    def answer(visit: Visit) -> None:
        visit.open()
        visit.send(piece(BOX), *ending())

    [found] = serve(answer)[1].complete(Prompt.locate("Save"), [PICTURE], Grounding(words="Save")).located
    assert (found.confidence, found.edges) == (0.0, ())


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        (SCHEMA, "我看到一个橙色的矩形。"),
        (SCHEMA, '{"ok": "yes"}'),
        (SCHEMA, "{}"),
        (SCHEMA, '{"ok": tr'),
        (SCHEMA, ""),
        (Regex(pattern="yes|no"), "yes, I think"),
        (Grounding(words="Save"), "Das ist ein oranges Rechteck."),
        (Grounding(words="Save"), "<|ref|>Save<|/ref|><|det|>[[10, 20, 5, 6]]<|/det|>"),
        (Grounding(words="Save"), "<|ref|>Save<|/ref|><|det|>[[10, 20, 3"),
    ],
)
def test_a_reply_that_does_not_fit_is_an_error(serve: Serve, grammar: Grammar, text: str) -> None:
    """And nothing of it is handed over before."""
    _, backend = serve(said(text))
    heard: list[str] = []
    with pytest.raises(ParseError):
        backend.complete(ASKED, [PICTURE], grammar, on_text=heard.append)
    assert not heard


def test_a_refused_field_is_left_out_from_then_on(serve: Serve) -> None:
    """A strict server names what it does not know."""
    server, backend = serve(
        refused(400, "Unknown parameter: 'skip_special_tokens'"),
        refused(422, "body.spaces_between_special_tokens: Extra inputs are not permitted"),
        said("x"),
    )
    backend.complete(ASKED, [PICTURE])
    backend.complete(ASKED, [PICTURE])
    left_out = [sorted({"skip_special_tokens", "spaces_between_special_tokens"} - set(body)) for body in server.bodies]
    assert [len(names) for names in left_out] == [0, 1, 2, 2]


def test_the_window_is_the_smaller_of_both(serve: Serve) -> None:
    """What the server tells, and what the caller wants."""
    assert serve(said("x"))[1].window == 4096
    assert serve(said("x"), window=2048)[1].window == 2048
    assert serve(said("x"), window=9999)[1].window == 4096
    assert serve(said("x"), card={"id": "x"}, window=9999)[1].window == 9999
    with pytest.raises(NotOffered, match="window=4096"):
        serve(said("x"), card={"id": "x"})[1].load()


def test_the_server_counts_a_prompt_once(serve: Serve) -> None:
    """It is shown a blank picture of the same size."""
    server, backend = serve(said("x"))

    def tokenize(visit: Visit) -> None:
        [message] = visit.body["messages"]
        parts = [message["content"]] if isinstance(message["content"], str) else message["content"]
        visit.reply(
            200, {"count": sum(421 if part["type"] == "image_url" else 5 for part in parts if type(part) is dict)}
        )

    server.tokenize = tokenize
    assert [backend.count(ASKED, [PICTURE]) for _ in range(3)] == [426, 426, 426]
    urls = [visit.body["messages"][0]["content"][0]["image_url"]["url"] for visit in server.asked[-1:]]
    assert Image.open(io.BytesIO(base64.b64decode(urls[0].partition(",")[2]))).size == PICTURE.size
    assert len([visit for visit in server.asked if visit.path == "/tokenize"]) == 3  # one, and two that try it out


def test_our_own_server_counts_a_bill_at_once(serve: Serve) -> None:
    """The beginnings of a prompt come with the prompt; one that goes on after them costs one request more."""
    card = {"id": "vl2", "max_model_len": 4096, "vl2agent": {"tokenize": True}}
    server, backend = serve(said("x"), card=card)

    def cost(part: dict[str, Any]) -> int:
        return 421 if part["type"] == "image_url" else len(part["text"])

    def tokenize(visit: Visit) -> None:
        contents = [turns[-1]["content"] for turns in visit.body["conversations"]]
        visit.reply(200, {"counts": [sum(map(cost, content)) for content in contents]})

    server.tokenize = tokenize
    model, shot = Model(backend), Shot.of(Frame.from_image(PICTURE))
    sections = [Section("picture", (Picture(),)), Section("a", ("a ",)), Section("b", ("bc",))]
    assert [charge.tokens for charge in model.bill(sections, [shot], 9).charges] == [421, 1, 3]
    more = Section("c", ("def", Ref(words="g")))
    assert [charge.tokens for charge in model.bill([*sections, more], [shot], 9).charges] == [421, 1, 3, 19]
    counted = [len(visit.body["conversations"]) for visit in server.asked if visit.path == "/tokenize"]
    assert counted == [3, 2]


@pytest.mark.parametrize("told", [{}, {"counts": [1]}, {"counts": [1, 2, 3]}, {"count": 5}, {"counts": "ab"}])
def test_other_counts_than_were_asked_for_are_an_error(serve: Serve, told: dict[str, Any]) -> None:
    """None is taken for another's."""
    server, backend = serve(said("x"), card={"id": "vl2", "max_model_len": 4096, "vl2agent": {}})
    server.tokenize = lambda visit: visit.reply(200, told)
    with pytest.raises(BadAnswer, match="count"):
        backend.count(ASKED, [PICTURE])


@pytest.mark.parametrize("counts", [False, True])
def test_what_cannot_be_counted_exactly_is_not_counted(serve: Serve, counts: bool) -> None:
    """A server without /tokenize, or one that counts the mark of a picture in place of its tokens."""
    server, backend = serve(said("x"))
    if counts:
        server.tokenize = lambda visit: visit.reply(200, {"count": 12, "max_model_len": 4096, "tokens": [0] * 12})
    with pytest.raises(NotOffered, match="tokenizer"):
        backend.count(ASKED, [PICTURE])


def test_a_tokenizer_counts_here(serve: Serve, nano_checkpoint: Path) -> None:
    """As the model in this process does, plus what the server's own template adds to every prompt."""
    local = LocalBackend(nano_checkpoint)
    for status in (404, 422):
        server, backend = serve(said("x"), tokenizer=nano_checkpoint)
        server.tokenize = refused(status, "prompt: field required")
        assert backend.count(ASKED, [PICTURE]) == local.count(ASKED, [PICTURE])
    server, backend = serve(said("x"), tokenizer=nano_checkpoint)
    server.tokenize = lambda visit: visit.reply(200, {"count": local.count(Prompt.user("How many?"), []) + 1})
    assert backend.count(ASKED, [PICTURE]) == local.count(ASKED, [PICTURE]) + 1


def test_cancelling_leaves_what_is_there(serve: Serve) -> None:
    """Between tokens; the server sees the connection close."""
    left = threading.Event()

    def answer(visit: Visit) -> None:
        visit.open()
        visit.send(*(piece(text) for text in "abc"))
        if visit.is_left():
            left.set()

    _, backend = serve(answer)
    heard: list[str] = []
    reply = backend.complete(ASKED, [PICTURE], on_text=heard.append, cancelled=lambda: len(heard) == 2)
    assert (reply.text, reply.stop_reason) == ("ab", "cancelled")
    assert left.wait(5)


def test_a_silent_server_is_left_at_once(serve: Serve) -> None:
    """Whether it is silent before its answer or within."""
    left = threading.Semaphore(0)

    def silent(visit: Visit) -> None:
        if visit.is_left():
            left.release()

    def falls_silent(visit: Visit) -> None:
        visit.open()
        visit.send(piece("a"))
        silent(visit)

    _, backend = serve(silent, falls_silent)
    for text in ("", "a"):
        reply = backend.complete(ASKED, [PICTURE], cancelled=after(0.3))
        assert (reply.text, reply.stop_reason) == (text, "cancelled")
        assert left.acquire(timeout=5)


def test_threads_share_a_backend(serve: Serve) -> None:
    """Each gets the answer to its own question."""

    def echo(visit: Visit) -> None:
        visit.open()
        visit.send(piece(visit.body["messages"][0]["content"]), *ending())

    _, backend = serve(echo)
    answers: dict[str, str] = {}

    def ask(text: str) -> None:
        answers[text] = backend.complete(Prompt.user(text), []).text

    threads = [threading.Thread(target=ask, args=(f"question {n}",)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 16
    assert all(asked == answered for asked, answered in answers.items())


def test_a_backend_that_is_dropped_leaves_nothing(serve: Serve) -> None:
    """No thread, no connection."""
    server, _ = serve(said("x"))
    backend = HttpBackend(server.url)
    backend.load()
    assert "vl2agent-http" in {thread.name for thread in threading.enumerate()}
    del backend
    gc.collect()
    assert "vl2agent-http" not in {thread.name for thread in threading.enumerate()}


def test_an_address_is_opened_as_any_model(serve: Serve) -> None:
    """Options for a model in this process are refused, and so are a server's for a folder."""
    server, _ = serve(said("x"))
    backend = open_backend(server.url.removesuffix("/v1") + "/", api_key="k")
    assert isinstance(backend, HttpBackend)
    assert backend.complete(ASKED, [PICTURE]).text == "x"
    backend.close()
    with pytest.raises(NotOffered, match="quantize"):
        open_backend(server.url, quantize="int8")
    with pytest.raises(NotOffered, match="api_key"):
        open_backend("folder", api_key="k")


def test_the_key_may_come_from_the_environment(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this package's own variable, unless that is empty; another vendor's key goes to no server."""
    monkeypatch.setenv("OPENAI_API_KEY", "theirs")
    server, _ = serve(said("x"))
    for key, variable in ((None, "ours\n"), ("given", "ours"), (None, " ")):
        monkeypatch.setenv("VL2AGENT_API_KEY", variable)
        backend = open_backend(server.url, api_key=key)
        backend.load()
        assert isinstance(backend, HttpBackend)
        backend.close()
    assert [visit.headers["authorization"] for visit in server.asked] == ["Bearer ours", "Bearer given", None]


def test_pictures_must_have_places(serve: Serve) -> None:
    """Nothing is sent."""
    server, backend = serve(said("x"))
    with pytest.raises(InputError):
        backend.complete(ASKED, [])
    assert not server.asked
