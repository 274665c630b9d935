"""What a request may not say, asked of a real server process: OpenAI's errors, and the server goes on."""

from __future__ import annotations

import base64
import io
import zlib
from typing import Any

import httpx
import pytest
from PIL import Image
from running_server import Process, asked, data_url, shown

PICTURE = data_url(Image.new("RGB", (64, 48), "orange"))
USER = {"role": "user", "content": "x"}


def refusal(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Read an error in OpenAI's form."""
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == ("invalid_request_error" if status < 500 else "server_error")
    assert answer.headers["x-request-id"]
    return error


def png(width: int, height: int) -> str:
    """A PNG of a few bytes that claims this size, all black."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x01\x00\x00\x00\x00"
    rows = zlib.compress(bytes(height * (1 + width // 8)) if width * height < 10**8 else b"")
    chunks = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    body = b"".join(
        len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big") for name, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


@pytest.mark.parametrize(
    ("request_", "code", "said"),
    [
        ({}, "invalid_value", "messages"),
        ({"messages": []}, "invalid_value", "messages"),
        ({"messages": "hello"}, "invalid_value", "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "invalid_value", "role"),
        ({"messages": [{"role": "user"}]}, "invalid_value", "content"),
        ({"messages": [{"role": "user", "content": ""}]}, "invalid_value", "question"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "invalid_value", "user message at the end"),
        ({"messages": [USER, USER]}, "invalid_value", "turns"),
        ({"messages": [USER, {"role": "system", "content": "x"}, USER]}, "invalid_value", "system"),
        ({"messages": [{"role": "system", "content": [shown(PICTURE)]}, USER]}, "invalid_value", "content"),
        (asked({"type": "input_audio", "input_audio": {}}), "invalid_value", "input_audio"),
        (asked("x", best_of=3), "unknown_parameter", "best_of"),
        (asked("x", guided_json={}), "unknown_parameter", "guided_json"),
        (asked("x", structured_outputs={"choice": ["a"]}), "unknown_parameter", "choice"),
        (asked("x", n=2), "invalid_value", "n:"),
        (asked("x", tools=[{"type": "function"}]), "invalid_value", "tools"),
        (asked("x", temperature=-1), "invalid_value", "temperature"),
        (asked("x", temperature=True), "invalid_value", "temperature"),
        (asked("x", top_p=0), "invalid_value", "top_p"),
        (asked("x", max_tokens=0), "invalid_value", "max_tokens"),
        (asked("x", max_tokens=5000), "invalid_value", "4096"),
        (asked("x", max_tokens=5, max_completion_tokens=6), "invalid_value", "both"),
        (asked("x", stop=[""]), "invalid_value", "stop"),
        (asked("x", stop=["a"] * 17), "invalid_value", "stop"),
        (asked("x", seed=2**70), "invalid_value", "seed"),
        (asked("x", grounding={"words": ""}), "invalid_value", "words"),
        (asked("x", grounding={"words": "x", "most": 101}), "invalid_value", "100"),
        (asked("x", grounding={"words": "<|ref|>"}), "invalid_request", "marks"),
        (asked("x", grounding={"words": "x"}, structured_outputs={"regex": "y"}), "invalid_value", "several"),
        (asked("x", structured_outputs={"regex": "("}), "invalid_request", "regex"),
        (asked("x", structured_outputs={"json": "{"}), "invalid_value", "schema"),
        (asked("x", structured_outputs={"json": {"type": "nonsense"}}), "invalid_request", "nonsense"),
        (asked("x", structured_outputs={"json": {"type": "array", "minItems": "x"}}), "invalid_request", "schema"),
        (asked("word " * 3000), "context_length_exceeded", "4096"),
        (asked("x" * 600_000), "context_length_exceeded", "600,000"),
        (asked("x", grounding={"words": "x" * 600_000}), "context_length_exceeded", "600,000"),
        (asked(*[shown(PICTURE)] * 9), "invalid_value", "at most 8 pictures"),
        (asked(shown("http://169.254.169.254/latest")), "invalid_image_url", "not fetched"),
        (asked(shown("file:///etc/passwd")), "invalid_image_url", "not fetched"),
        (asked(shown("data:text/html;base64,PGI+")), "invalid_image_url", "not fetched"),
        (asked(shown("data:image/png;base64,!!!!")), "invalid_image", "base64"),
        (asked(shown("data:image/png;base64,aGVsbG8=")), "invalid_image", "PNG"),
        (asked(shown(PICTURE[: len(PICTURE) // 8 * 4])), "invalid_image", "cannot be read"),
    ],
)
def test_what_cannot_work_is_named(client: httpx.Client, request_: dict[str, Any], code: str, said: str) -> None:
    """Status 400, a code for programs, words for people; streamed or not."""
    for stream in (False, True):
        error = refusal(client.post("/chat/completions", json={**request_, "stream": stream}), 400)
        assert error["code"] == code, error
        assert said in error["message"], error
        assert "base64,iVBOR" not in error["message"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"\xff\xfe", b'{"messages": ' + b"[" * 5000, b"null"])
def test_a_body_that_is_no_request_is_refused(client: httpx.Client, body: bytes) -> None:
    """Whatever the bytes are."""
    headers = {"content-type": "application/json"}
    refusal(client.post("/chat/completions", content=body, headers=headers), 400)
    refusal(client.post(f"{str(client.base_url)[:-4]}/tokenize", content=body, headers=headers), 400)


@pytest.mark.parametrize("size", [(2000, 1001), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
def test_a_picture_beyond_the_limit_is_never_decoded(client: httpx.Client, size: tuple[int, int]) -> None:
    """Its header tells its size: a bomb is refused by it."""
    error = refusal(client.post("/chat/completions", json=asked(shown(png(*size)), "x")), 413)
    assert "2,000,000" in error["message"]


def test_a_picture_within_the_limit_is_taken(client: httpx.Client) -> None:
    """Up to the last pixel."""
    assert client.post("/chat/completions", json=asked(shown(png(2000, 1000)), "x", max_tokens=1)).status_code == 200


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "BMP"])
def test_pictures_come_in_usual_forms(client: httpx.Client, kind: str) -> None:
    """Those that screens and phones write."""
    url = data_url(Image.new("RGB", (64, 48), "orange"), kind)
    assert client.post("/chat/completions", json=asked(shown(url), "x", max_tokens=1)).status_code == 200


def test_a_photograph_is_turned_upright(client: httpx.Client) -> None:
    """As viewers do: counted and seen by the shape that it then has."""
    buffer, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (1000, 300)).save(buffer, "JPEG", exif=exif)
    url = "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
    upright = data_url(Image.new("RGB", (300, 1000)))
    counts = [
        client.post(f"{str(client.base_url)[:-4]}/tokenize", json=asked(shown(each), "x")).json()["count"]
        for each in (url, upright, data_url(Image.new("RGB", (1000, 300))))
    ]
    assert counts[0] == counts[1] != counts[2]


def test_a_request_beyond_the_limit_is_refused(client: httpx.Client) -> None:
    """Announced or not; the client reads the answer although it is still sending."""
    body = b'{"messages": "' + b"x" * (5 * 2**20) + b'"}'
    headers = {"content-type": "application/json"}
    refusal(client.post("/chat/completions", content=body, headers=headers), 413)
    refusal(client.post("/chat/completions", content=iter([body]), headers=headers), 413)


def test_only_json_is_taken(client: httpx.Client) -> None:
    """Forms and plain text may come from any page in a browser without its asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = client.post("/chat/completions", content=b'{"messages": []}', headers={"content-type": kind})
        assert refusal(answer, 415)["code"] == "unsupported_media_type"


def test_other_models_routes_and_methods_are_not_found(client: httpx.Client) -> None:
    """404 and 405 in OpenAI's form, too; no cross-origin access is granted."""
    error = refusal(client.post("/chat/completions", json=asked("x", model="gpt-4o")), 404)
    assert error["code"] == "model_not_found"
    refusal(client.get("/models/other"), 404)
    refusal(client.get("/predictions/none"), 404)
    refusal(client.get("/embeddings"), 404)
    refusal(client.get("/chat/completions"), 405)
    preflight = {"origin": "https://evil.example", "access-control-request-method": "POST"}
    answer = client.options("/chat/completions", headers=preflight)
    refusal(answer, 405)
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_the_log_holds_ids_and_numbers_only(client: httpx.Client, process: Process) -> None:
    """No question, no reply, no picture, no path that somebody made up."""
    answer = client.post("/chat/completions", json=asked(shown(PICTURE), "the secret word", max_tokens=4))
    client.get("/the-secret-path%0Ainjected")
    client.post("/chat/completions", json=asked("the secret word", structured_outputs={"regex": "(secret"}))
    [line] = [line for line in process.log.splitlines() if answer.json()["id"] in line]
    assert "POST /v1/chat/completions 200" in line
    assert "completion_tokens=4" in line
    assert "secret" not in process.log
    assert "injected" not in process.log
    assert "Traceback" not in process.log
