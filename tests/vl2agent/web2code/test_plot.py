"""A picture of a chart becomes a program; what a model wrote is checked, and runs nowhere but in a sandbox."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from vl2agent.backends.scripted import ScriptedBackend
from vl2agent.calls import Model
from vl2agent.cli.code_plot import write_plot
from vl2agent.completion import Reply, Usage
from vl2agent.errors import InputError, ProgramFailed, ProgramRefused, WindowTooSmall
from vl2agent.sandbox.isolation import isolation_problem
from vl2agent.web2code.plot import compare_plots, plot_code, run_plot
from vl2agent.web2code.program import program_in

BARS = """\
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
ax.bar(["a", "b", "c"], [1, 3, 2], color="#336699")
ax.set_title("Sales")
print("drawn")
plt.show()
"""
IMAGE = Image.new("RGB", (600, 400), "white")
isolated = pytest.mark.skipif(bool(isolation_problem()), reason=f"cannot isolate: {isolation_problem()}")


def model(*replies: Reply | str, window: int = 4096) -> Model:
    """Make a model that gives these replies."""
    return Model(ScriptedBackend(*replies, window=window))


@pytest.mark.parametrize("reply", [BARS, f"```python\n{BARS}```", f"Here it is:\n```\n{BARS}```\nEnjoy!"])
def test_the_program_is_taken_out_of_its_fences(reply: str) -> None:
    """And out of what is said around them."""
    assert plot_code(IMAGE, model(reply)) == BARS


def test_a_program_that_cannot_be_taken_is_asked_for_again() -> None:
    """Once, with what was wrong with it."""
    backend = ScriptedBackend("I cannot.", BARS)
    assert plot_code(IMAGE, Model(backend)) == BARS
    assert "could not be taken: line 1" in str(backend.calls[1][0].messages[0].parts[-1])


def test_a_cut_program_is_none() -> None:
    """Half a program may run, and draw half a chart."""
    usage = Usage(prompt_tokens=1, image_tokens=1, completion_tokens=1)
    cut = Reply(text=BARS, stop_reason="length", usage=usage)
    with pytest.raises(ProgramRefused, match="longer than the model may write"):
        plot_code(IMAGE, model(cut, cut))


REFUSED = {
    "another module": ("import matplotlib, os\nos.system('id')", "it imports os"),
    "from another module": ("import matplotlib\nfrom subprocess import run", "it imports subprocess"),
    "a module by its name": ("import matplotlib\n__import__('os')", "line 2: it uses __import__"),
    "a way around": ("import matplotlib\n().__class__.__bases__", "line 2: it uses __"),
    "code in a text": ("import matplotlib\neval('1')", "line 2: it uses eval"),
    "a file": ("import matplotlib\nopen('/etc/passwd')", "line 2: it uses open"),
    "a relative import": ("import matplotlib\nfrom . import x", r"it imports \."),
    "no chart": ("x = 1", "it does not import matplotlib"),
    "no Python": ("import matplotlib\nplt.plot(", "line 2"),
    "another language": ("<script>alert(1)</script>", "line 1"),
    "too long": ("import matplotlib\n" + "x = 1\n" * 5000, "more than 20000"),
    "too deep": ("import matplotlib\nx = " + "(" * 5000 + ")" * 5000, ""),
    "a NUL character": ("import matplotlib\n\0", ""),
    "nothing": ("", "it does not import matplotlib"),
}


@pytest.mark.parametrize(("code", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_program_that_does_more_than_draw_is_refused(code: str, reason: str) -> None:
    """With what is wrong with it."""
    with pytest.raises(ProgramRefused, match=f"got one that cannot be taken: .*{reason}"):
        program_in(code)


def test_a_program_needs_room_beside_the_picture() -> None:
    """Told before anything is sent."""
    with pytest.raises(WindowTooSmall):
        plot_code(IMAGE, model(BARS, window=700))


@isolated
def test_a_program_draws_in_the_sandbox() -> None:
    """Its last figure comes back, whatever it prints and shows."""
    drawn = run_plot(BARS)
    assert drawn.size == (600, 400)
    assert (0x33, 0x66, 0x99) in {color for _, color in drawn.getcolors(1 << 20) or []}
    assert compare_plots(drawn, drawn) == 1.0


FAILING = {
    "an error": ("1 / 0", "ZeroDivisionError"),
    "no figure": ("x = 1", "it made no figure"),
    "files": ("matplotlib.image.imread('/etc/passwd')", "FileNotFoundError"),
    "home": ("matplotlib.image.imread('~/.bashrc')", "FileNotFoundError"),
    "memory": ("import numpy as np; np.ones((100_000, 100_000))", "Unable to allocate"),
}


@isolated
@pytest.mark.parametrize(("line", "reason"), FAILING.values(), ids=FAILING)
def test_a_program_reaches_nothing(line: str, reason: str) -> None:
    """No file of this machine, and no more memory than it is given."""
    with pytest.raises(ProgramFailed, match=reason):
        run_plot(f"import matplotlib\nimport matplotlib.image\n{line}\n")


@isolated
def test_a_program_has_no_network() -> None:
    """Not even that of this machine: nobody knocks at a port that is open here."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/data.csv"
        with pytest.raises(ProgramFailed, match="not found"):
            run_plot(f"import matplotlib\nimport numpy as np\nnp.loadtxt({address!r})\n")
        with pytest.raises(BlockingIOError):
            server.accept()


@isolated
def test_a_program_that_does_not_end_is_ended() -> None:
    """After its time."""
    with pytest.raises(ProgramFailed, match="it took more than 1 s"):
        run_plot("import matplotlib\nwhile True: pass\n", timeout_s=1)


def test_other_charts_are_less_alike() -> None:
    """A picture is most like itself, and like a shifted one more than like another one."""
    first, second = IMAGE.copy(), IMAGE.copy()
    ImageDraw.Draw(first).rectangle((100, 100, 200, 380), fill="navy")
    ImageDraw.Draw(second).rectangle((110, 100, 210, 380), fill="navy")
    other = Image.new("RGB", (600, 400), "black")
    assert 1 > compare_plots(first, second) > compare_plots(first, other)


@isolated
def test_the_command_writes_program_and_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And says how alike they are."""
    write_plot(IMAGE, ScriptedBackend(BARS), tmp_path / "out", execute=True, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (tmp_path / "out/chart.py").read_text() == BARS
    assert Path(told["picture"]).exists()
    assert 0 < told["visual"] < 1


def test_the_command_overwrites_nothing(tmp_path: Path) -> None:
    """What is there may be somebody's work."""
    (tmp_path / "chart.py").write_text("mine")
    with pytest.raises(InputError, match="expected no file"):
        write_plot(IMAGE, ScriptedBackend(BARS), tmp_path / "chart.py", execute=False, as_json=True)
