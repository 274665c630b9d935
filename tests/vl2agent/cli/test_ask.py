"""Questions about pictures on the command line, to a small model with random weights."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.cli.main import app
from vl2agent.completion import Reply, Usage
from vl2agent.errors import BackendError, ImageError, InputError, NotOffered, UnknownModel


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Save something to ask about."""
    path = tmp_path_factory.mktemp("pictures") / "screen.png"
    Image.new("RGB", (200, 120), "orange").save(path)
    return str(path)


def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command without a terminal."""
    command = [sys.executable, "-m", "vl2agent", "ask", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL)


def test_an_answer_is_all_that_a_pipe_gets(picture: str, nano_checkpoint: Path) -> None:
    """Its cost is told on stderr."""
    done = ask(picture, "What is this?", "--model", str(nano_checkpoint), "--max-tokens", "6")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "6 tokens" in done.stderr
    assert "--max-tokens" in done.stderr


def test_streaming_prints_the_same(picture: str, nano_checkpoint: Path) -> None:
    """Word by word or at once."""
    arguments = ["ask", picture, "What is this?", "--model", str(nano_checkpoint), "--max-tokens", "6"]
    whole, streamed = (CliRunner().invoke(app, [*arguments, how]) for how in ("--no-stream", "--stream"))
    assert whole.stdout == streamed.stdout
    assert whole.exit_code == streamed.exit_code == 0


def test_json_tells_text_usage_and_timings(picture: str, nano_checkpoint: Path) -> None:
    """Two pictures; nothing but JSON on stdout."""
    arguments = ["ask", picture, picture, "Which?", "--model", str(nano_checkpoint), "--max-tokens", "4", "--json"]
    result = CliRunner().invoke(app, arguments)
    told = json.loads(result.stdout)
    assert told["model"] == str(nano_checkpoint)
    assert isinstance(told["text"], str)
    assert told["usage"]["image_tokens"] == 2 * 421
    assert told["usage"]["completion_tokens"] == 4
    assert told["timings"]["first_token_s"] > 0
    assert told["stop_reason"] == "length"


def test_weights_of_fewer_bits_answer_too(picture: str, nano_checkpoint: Path) -> None:
    """The options of the model reach it, and a wrong one is named."""
    arguments = ["ask", picture, "What?", "--model", str(nano_checkpoint), "--max-tokens", "3", "--json"]
    assert CliRunner().invoke(app, [*arguments, "--quantize", "int8", "--dtype", "float32"]).exit_code == 0
    refused = CliRunner().invoke(app, [*arguments, "--quantize", "int3"])
    assert isinstance(refused.exception, BackendError)
    assert "'int8' or 'int4'" in str(refused.exception)


def test_the_predecessor_has_no_weights_of_fewer_bits(picture: str, predecessor_checkpoint: Path) -> None:
    """Said before anything is loaded."""
    arguments = ["ask", picture, "What?", "--model", str(predecessor_checkpoint), "--quantize", "int8"]
    assert isinstance(CliRunner().invoke(app, arguments).exception, NotOffered)


def test_the_predecessor_answers_too(picture: str, predecessor_checkpoint: Path) -> None:
    """`--model` takes either family."""
    result = CliRunner().invoke(
        app, ["ask", picture, "What?", "--model", str(predecessor_checkpoint), "--max-tokens", "3", "--json"]
    )
    assert json.loads(result.stdout)["usage"]["completion_tokens"] == 3


@pytest.mark.parametrize("flags", [["--stream"], ["--json"]])
def test_one_interrupt_ends_the_answer(picture: str, nano_checkpoint: Path, flags: list[str]) -> None:
    """Exit code 130, no traceback; what was said stays."""
    program = (
        "import signal, threading, os, sys; from vl2agent.backends.local import LocalBackend as B; load = B.load;"
        "B.load = lambda self: (load(self), threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start());"
        f"sys.argv[1:] = {['ask', picture, 'Go on.', '--model', str(nano_checkpoint), '--max-tokens', '3000', *flags]!r};"
        "from vl2agent.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 130, done.stderr
    assert "Stopping" in done.stderr
    assert "Traceback" not in done.stderr
    if "--json" in flags:
        assert json.loads(done.stdout)["stop_reason"] == "cancelled"


def test_a_cost_that_is_not_known_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A server tells it at the end, which an interrupted answer does not have."""
    from vl2agent.cli.ask import _tell

    usage = Usage(prompt_tokens=0, image_tokens=0, completion_tokens=0)
    _tell(Reply(text="As", stop_reason="cancelled", usage=usage), ScriptedBackend(), shown=False, as_json=False)
    assert capsys.readouterr() == ("As\n", "")


def test_what_a_model_writes_does_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters are shown as such; line breaks and tabs stay."""
    from vl2agent.cli.ask import _write

    _write("a\x1b[2Jb\n\tc\x9b")
    assert capsys.readouterr().out == "a\N{REPLACEMENT CHARACTER}[2Jb\n\tc\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (["{picture}", "What?"], InputError, "vl2agent models pull deepseek-ai/deepseek-vl2-tiny"),
        (["What?", "--model", "{model}"], InputError, "expected a picture"),
        (["What?", "{picture}", "--model", "{model}"], InputError, "question last"),
        (["{picture}", " ", "--model", "{model}"], InputError, "expected a question"),
        (["no-such.png", "What?", "--model", "{model}"], ImageError, "no such file"),
        (["{picture}", "What?", "--model", "./no-such-folder"], BackendError, "no such folder"),
        (["{picture}", "What?", "--model", "{empty}"], BackendError, "config.json"),
        (["{picture}", "What?", "--model", "{other}"], UnknownModel, "deepseek_vl_v2"),
        (["{picture}", "word " * 5000, "--model", "{model}"], BackendError, "4096"),
    ],
)
def test_what_cannot_be_asked_is_a_typed_error(
    picture: str, nano_checkpoint: Path, tmp_path: Path, arguments: list[str], error: type[Exception], said: str
) -> None:
    """It says what was expected and what to try."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "config.json").write_text('{"model_type": "llava"}')
    (tmp_path / "empty").mkdir()
    places = {
        "{picture}": picture, "{model}": str(nano_checkpoint), "{empty}": str(tmp_path / "empty"),
        "{other}": str(tmp_path / "other"),
    }  # fmt: skip
    result = CliRunner().invoke(app, ["ask", *(places.get(each, each) for each in arguments)])
    assert isinstance(result.exception, error)
    assert said in str(result.exception)


def test_without_its_libraries_the_extra_is_named(picture: str, nano_checkpoint: Path) -> None:
    """The core alone, as `pip install vl2agent` gives it."""
    lacking = "import sys; sys.modules.update(torch=None, tokenizers=None, transformers=None)"
    arguments = ["ask", picture, "What?", "--model", str(nano_checkpoint)]
    program = f"{lacking}; sys.argv[1:] = {arguments!r}; from vl2agent.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 9, done.stderr
    assert "vl2agent[local]" in done.stderr.replace("\n", "")
    assert "Traceback" not in done.stderr
