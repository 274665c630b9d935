"""Replies of a real server process with a small model, beside those of the same model in this process."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from running_server import asked, data_url, events, shown

from vl2agent.backends.local import LocalBackend
from vl2agent.completion import Decoding, Grounding, Message, Picture, Prompt, Ref

PICTURES = [Image.effect_noise((300 + 90 * n, 200), 50 + n).convert("RGB") for n in range(8)]
URLS = [data_url(picture) for picture in PICTURES]


@pytest.fixture(scope="module")
def local(nano_checkpoint: Path) -> LocalBackend:
    """The same model here."""
    return LocalBackend(nano_checkpoint)


def complete(client: httpx.Client, request: dict[str, Any]) -> dict[str, Any]:
    """Ask, and give the whole answer."""
    answer = client.post("/chat/completions", json=request)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def message_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The message of an answer."""
    message: dict[str, Any] = answer["choices"][0]["message"]
    return message


def test_a_reply_is_what_the_model_says_here(client: httpx.Client, local: LocalBackend) -> None:
    """Text, usage, probabilities and why it ended."""
    here = local.complete(Prompt.ask("What is this?"), [PICTURES[0]], decoding=Decoding(max_tokens=12))
    answer = complete(client, asked(shown(URLS[0]), "What is this?", max_tokens=12, logprobs=True))
    assert message_of(answer)["content"] == here.text
    assert message_of(answer)["role"] == "assistant"
    choice, usage = answer["choices"][0], answer["usage"]
    assert choice["finish_reason"] == "length"
    assert [token["logprob"] for token in choice["logprobs"]["content"]] == pytest.approx(here.logprobs, abs=1e-4)
    assert usage["prompt_tokens"] == here.usage.prompt_tokens
    assert usage["prompt_tokens_details"]["image_tokens"] == here.usage.image_tokens
    assert usage["total_tokens"] == here.usage.prompt_tokens + 12
    assert answer["object"] == "chat.completion"
    assert answer["model"] == "nano"


def test_a_stream_adds_up_to_the_reply(client: httpx.Client) -> None:
    """Piece by piece; the last chunk with a choice says how it ended, and what only this server tells."""
    request = asked(shown(URLS[0]), "What is this?", max_completion_tokens=12)
    whole = complete(client, request)
    with client.stream("POST", "/chat/completions", json={**request, "stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        chunks = events(answer.iter_lines())
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == message_of(whole)["content"]
    assert len(chunks) > 5
    assert chunks[-1]["choices"][0]["finish_reason"] == "length"
    assert chunks[-1]["vl2agent"]["status"] == "done"
    assert {chunk["id"] for chunk in chunks} == {answer.headers["x-request-id"]}


def test_usage_comes_with_a_stream_that_asks_for_it(client: httpx.Client) -> None:
    """In a chunk of its own, without choices, after the others."""
    request = asked("Hello", max_tokens=3, stream=True, stream_options={"include_usage": True})
    with client.stream("POST", "/chat/completions", json=request) as answer:
        *_, last = events(answer.iter_lines())
    assert last["choices"] == []
    assert last["usage"]["completion_tokens"] == 3


def test_marked_words_are_a_ref_and_are_located(client: httpx.Client, local: LocalBackend) -> None:
    """The prompt and the boxes are those of the model here."""
    parts = (Picture(), Ref(words="the Save button"), ".")
    here = local.complete(Prompt.user(*parts), [PICTURES[1]], Grounding(words="the Save button", most=2))
    wish = {"words": "the Save button", "most": 2}
    request = asked(shown(URLS[1]), "<|ref|>the Save button<|/ref|>.", grounding=wish)
    told = message_of(complete(client, request))
    assert told["content"] == here.text
    assert [box["box"] for box in told["vl2agent"]["located"]] == [
        located.model_dump(mode="json")["box"] for located in here.located
    ]
    assert client.post(str(client.base_url).replace("/v1/", "/tokenize"), json={
        "messages": request["messages"]}).json() == {
        "count": here.usage.prompt_tokens, "max_model_len": 4096,
    }  # fmt: skip


def test_several_conversations_are_counted_at_once(client: httpx.Client) -> None:
    """Each as it would be alone; one of both forms must be there."""
    address = str(client.base_url).replace("/v1/", "/tokenize")
    asking = [asked(shown(URLS[1]), "one")["messages"], asked("two", shown(URLS[0]))["messages"]]
    alone = [client.post(address, json={"messages": messages}).json()["count"] for messages in asking]
    assert client.post(address, json={"conversations": asking}).json() == {"counts": alone, "max_model_len": 4096}
    refused: list[dict[str, Any]] = [{}, {"messages": asking[0], "conversations": asking}, {"conversations": []}]
    for wrong in refused:
        assert client.post(address, json=wrong).status_code == 400


def test_marks_can_be_left_out(client: httpx.Client) -> None:
    """With `skip_special_tokens`, whole and streamed alike."""
    request = asked(shown(URLS[0]), "<|ref|>x<|/ref|>", grounding={"words": "x"}, skip_special_tokens=True)
    text = message_of(complete(client, request))["content"]
    assert re.fullmatch(r"x\[\[\d+, \d+, \d+, \d+\]\]", text)
    with client.stream("POST", "/chat/completions", json={**request, "stream": True}) as answer:
        chunks = events(answer.iter_lines())
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == text


def test_other_marks_are_letters(client: httpx.Client, local: LocalBackend) -> None:
    """Also a `<|ref|>` outside a user's turn."""
    texts = ("Be <|ref|>brief<|/ref|>.", "<image><|User|>: hi <|det|>[[1, 2, 3, 4]]<|/det|>")
    prompt = Prompt(
        messages=(Message(role="system", parts=texts[:1]), Message(role="user", parts=(Picture(), texts[1])))
    )
    here = local.complete(prompt, [PICTURES[0]], decoding=Decoding(max_tokens=8))
    request = asked(shown(URLS[0]), texts[1], max_tokens=8)
    request["messages"].insert(0, {"role": "developer", "content": texts[0]})
    answer = complete(client, request)
    assert message_of(answer)["content"] == here.text
    assert answer["usage"]["prompt_tokens"] == here.usage.prompt_tokens


def test_a_conversation_keeps_its_turns_and_pictures(client: httpx.Client, local: LocalBackend) -> None:
    """An answer of this server may be handed back as it came."""
    first = message_of(complete(client, asked("a", shown(URLS[0]), max_tokens=4)))
    messages = (
        Message(role="user", parts=("a", Picture())),
        Message(role="assistant", parts=(first["content"],)),
        Message(role="user", parts=("b", Picture(), "c")),
    )
    prompt = Prompt(messages=messages)
    here = local.complete(prompt, PICTURES[:2], decoding=Decoding(max_tokens=8))
    request = asked("a", shown(URLS[0]), max_tokens=8)
    request["messages"] += [first, *asked("b", shown(URLS[1]), "c")["messages"]]
    answer = complete(client, request)
    assert message_of(answer)["content"] == here.text
    assert answer["usage"]["prompt_tokens"] == local.count(prompt, PICTURES[:2])


SCHEMA = {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}


@pytest.mark.parametrize(
    "wish",
    [
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}},
        {"structured_outputs": {"json": SCHEMA}},
        {"structured_outputs": {"json": json.dumps(SCHEMA)}},
    ],
)
def test_json_fits_its_schema(client: httpx.Client, wish: dict[str, Any]) -> None:
    """In whichever way the schema is given."""
    text = message_of(complete(client, asked("Fine?", **wish)))["content"]
    assert json.loads(text)["ok"] in (True, False)


def test_a_pattern_holds(client: httpx.Client) -> None:
    """For the whole reply."""
    answer = complete(client, asked("Fine?", structured_outputs={"regex": "yes|no"}))
    assert message_of(answer)["content"] in ("yes", "no")
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert message_of(answer)["vl2agent"]["stop_reason"] == "grammar"


def test_any_object_or_any_text(client: httpx.Client) -> None:
    """`json_object` begins an object; `text` is no constraint."""
    told = message_of(complete(client, asked("x", max_tokens=5, response_format={"type": "json_object"})))
    assert told["content"].lstrip().startswith("{")
    complete(client, asked("x", max_tokens=2, response_format={"type": "text"}))


def test_decoding_is_as_asked(client: httpx.Client, local: LocalBackend) -> None:
    """Temperature, top_p, seed and stop texts reach the model."""
    decoding = Decoding(max_tokens=30, temperature=1.2, top_p=0.9, seed=7)
    here = local.complete(Prompt.user("Hello"), [], decoding=decoding)
    options = {"max_tokens": 30, "temperature": 1.2, "top_p": 0.9, "seed": 7}
    assert message_of(complete(client, asked("Hello", **options)))["content"] == here.text
    stop = here.text[10:12]
    cut = complete(client, asked("Hello", stop=[stop], **options))
    assert message_of(cut)["content"] == here.text[: here.text.index(stop)]
    assert cut["choices"][0]["finish_reason"] == "stop"


def test_what_changes_nothing_is_taken(client: httpx.Client) -> None:
    """Fields that clients send without asking for anything."""
    neutral = {
        "n": 1, "frequency_penalty": 0, "presence_penalty": 0.0, "logit_bias": {}, "tools": [], "tool_choice": "none",
        "top_logprobs": 0, "user": "somebody", "metadata": {"a": "b"}, "store": False, "service_tier": "auto",
        "modalities": ["text"], "spaces_between_special_tokens": False, "stream": False,
    }  # fmt: skip
    complete(client, {**asked("Hello", max_tokens=1), **neutral, "model": "nano"})


def test_the_same_picture_is_looked_at_once(client: httpx.Client) -> None:
    """What one call read is not read again by the next, also when others come between."""
    complete(client, asked(shown(URLS[5]), "Plan.", max_tokens=3))
    complete(client, asked(shown(URLS[6]), "Something else.", max_tokens=3))
    ground = asked(shown(URLS[5]), "<|ref|>x<|/ref|>.", grounding={"words": "x"})
    answer = complete(client, ground)
    assert message_of(answer)["vl2agent"]["cached_tokens"] > 400
    assert answer["usage"]["prompt_tokens_details"]["cached_tokens"] > 400


def test_a_prediction_can_be_looked_up(client: httpx.Client) -> None:
    """By the id of the answer: its state and times, nothing of what was said."""
    answer = complete(client, asked("Hello, secret", max_tokens=3))
    own = message_of(answer)["vl2agent"]
    told = client.get(f"/predictions/{answer['id']}").json()
    assert told["status"] == own["status"] == "done"
    assert told["timings"] == own["timings"]
    assert told["timings"]["decode_s"] > 0
    assert told["total_s"] >= told["run_s"] > 0
    assert told["usage"]["completion_tokens"] == 3
    assert "secret" not in json.dumps(told)
    assert message_of(answer)["content"] not in json.dumps(told)


def test_the_model_and_its_abilities_are_listed(client: httpx.Client) -> None:
    """As OpenAI and vLLM do, and what is ours."""
    [card] = client.get("/models").json()["data"]
    assert card["id"] == "nano"
    assert card["max_model_len"] == 4096
    assert card["vl2agent"]["grounding"] is True
    assert card["vl2agent"]["structured_outputs"] == ["json", "regex"]
    assert card["vl2agent"]["tokenize"] is True
    assert client.get("/models/nano").json() == card


def test_clients_at_once_get_each_their_own(client: httpx.Client, local: LocalBackend) -> None:
    """Eight, with pictures and questions of their own, streamed and whole: what each would have got alone."""
    questions = [f"Question {n}: what is number {n}?" for n in range(8)]
    alone = [
        local.complete(Prompt.ask(question), [picture], decoding=Decoding(max_tokens=10)).text
        for question, picture in zip(questions, PICTURES, strict=True)
    ]

    def ask(n: int) -> list[str]:
        texts = []
        with httpx.Client(base_url=client.base_url, timeout=60) as own:
            for turn in range(5):
                request = asked(shown(URLS[n]), questions[n], max_tokens=10)
                if turn % 2:
                    with own.stream("POST", "/chat/completions", json={**request, "stream": True}) as answer:
                        chunks = events(answer.iter_lines())
                    texts.append("".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks))
                else:
                    texts.append(message_of(complete(own, request))["content"])
        return texts

    with ThreadPoolExecutor(8) as clients:
        assert list(clients.map(ask, range(8))) == [[text] * 5 for text in alone]
