"""Commands inside a sandbox."""

from __future__ import annotations

import time

import pytest

from vl2agent.errors import InputError, SandboxError
from vl2agent.sandbox.desktop import Sandbox
from vl2agent.sandbox.jobs import shell_words

pytestmark = pytest.mark.display


def test_output_errors_and_exit_code_come_back(sandbox: Sandbox) -> None:
    """A command's two outputs are kept apart."""
    done = sandbox.run(["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 7)


def test_arguments_and_input_arrive_unchanged(sandbox: Sandbox) -> None:
    """Quotes, dollars, line breaks and any Unicode are data, not shell."""
    words = ["naïve café € 日本語 🙂", "it's", '"$HOME"', "two\nlines", "-n", ""]
    assert sandbox.run(["printf", "%s|", *words]).stdout == "".join(f"{word}|" for word in words)
    assert sandbox.run("cat", stdin="naïve €\n").stdout == "naïve €\n"


def test_much_output_is_whole(sandbox: Sandbox) -> None:
    """More than a pipe holds comes through."""
    assert len(sandbox.run(["sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x"]).stdout) == 3_000_000


def test_a_command_that_runs_too_long_is_killed(sandbox: Sandbox) -> None:
    """So are its children; the error names the limit."""
    with pytest.raises(SandboxError, match=r"0\.5 s"):
        sandbox.run(["sh", "-c", "sleep 12345 & sleep 12345"], timeout_s=0.5)
    deadline = time.monotonic() + 3
    while sandbox.run("pgrep -f 12345").stdout and time.monotonic() < deadline:
        time.sleep(0.1)
    assert sandbox.run("pgrep -f 12345").stdout == ""


def test_a_child_left_behind_does_not_hold_up_the_answer(sandbox: Sandbox) -> None:
    """A command is over when it ends, whoever still has its output open."""
    assert sandbox.run(["sh", "-c", "sleep 30 & echo done"], timeout_s=5).stdout == "done\n"
    sandbox.run("pkill sleep")


def test_a_program_that_is_not_there_is_refused(sandbox: Sandbox) -> None:
    """Launching something unknown is an error, not silence."""
    with pytest.raises(SandboxError, match="no-such-program"):
        sandbox.launch("no-such-program --now")


@pytest.mark.parametrize("command", ["", "   ", [], [""], "'unpaired", ["a\0b"]])
def test_commands_that_are_none_are_refused(command: str | list[str]) -> None:
    """Nothing to run, or nothing that a program could be handed."""
    with pytest.raises(InputError):
        shell_words(command)
