"""The error tree: as its docstring draws it, each with its exit code."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import pytest

from vl2agent import errors
from vl2agent.errors import VL2AgentError

LINE = re.compile(r"^(?P<indent> *)(?P<name>[A-Z]\w+) +(?P<code>\d+)?")


def documented() -> Iterator[tuple[str, str | None, int]]:
    """Read the docstring's tree: each class, its parent, and the exit code that it states or inherits."""
    above: list[tuple[str, int]] = []
    tree = (errors.__doc__ or "").split("\n\n")[1]
    for found in filter(None, map(LINE.match, tree.splitlines())):
        depth = len(found["indent"]) // 2
        code = int(found["code"]) if found["code"] else above[depth - 1][1]
        yield found["name"], above[depth - 1][0] if depth else None, code
        above[depth:] = [(found["name"], code)]


def defined() -> dict[str, type[VL2AgentError]]:
    """Find the classes that the module really has."""
    members = inspect.getmembers(errors, inspect.isclass)
    return {name: member for name, member in members if issubclass(member, VL2AgentError)}


def test_the_docstring_draws_every_class_once() -> None:
    """No error is missing from the documentation, and none is made up."""
    names = [name for name, _, _ in documented()]
    assert sorted(names) == sorted(defined())


@pytest.mark.parametrize(("name", "parent", "code"), list(documented()))
def test_a_class_is_where_the_docstring_draws_it(name: str, parent: str | None, code: int) -> None:
    """Parent and exit code are as documented, so a caller can choose the height to catch at."""
    error = defined()[name]
    assert error.exit_code == code
    assert error.__doc__
    assert error.__bases__[0].__name__ == (parent or "Exception")


def test_each_branch_has_a_code_of_its_own() -> None:
    """A script can tell the branches apart; 0 is success and 2 is also the command line's own."""
    codes = [error.exit_code for error in VL2AgentError.__subclasses__()]
    assert len(set(codes)) == len(codes)
    assert 0 not in codes
    assert 1 not in codes


def test_bad_input_is_a_value_error_too() -> None:
    """Callers who know nothing of this package catch what they expect."""
    assert issubclass(errors.CoordinateError, ValueError)


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (errors.GoalError("open foo", 5, "a name", ["open 'foo'"]), r"expected a name at character 5, got 'foo'; did"),
        (errors.KeyNameError("ctlr+s", ["ctrl+s"]), r"got 'ctlr\+s'; did you mean ctrl\+s\?"),
        (errors.CoordinateError((5, -1), "1280x800"), r"within 1280x800, got \(5, -1\)"),
        (errors.ImageError("a.txt", "not an image"), r"a readable PNG.* got 'a.txt': not an image"),
        (errors.ImageError("a.foo", "unknown", "a name"), r"expected a name, got 'a.foo': unknown"),
        (errors.PolicyError("p.toml", "no such verdict", "quit"), r"'p.toml', rule 'quit': no such verdict"),
        (errors.TargetNotFound("Save"), r"expected 'Save' on the screen"),
        (errors.AmbiguousTarget("Save", []), r"second Save"),
        (errors.LimitReached("steps", 5, 6, "raise --max-steps"), r"steps reached: 6 of 5; raise --max-steps"),
        (errors.MissingPackages(["Xvfb"], "apt install xvfb"), r"Xvfb; try: apt install xvfb"),
        (errors.MissingExtra("ocr", "reading text"), r"pip install 'vl2agent\[ocr\]'"),
        (errors.SandboxGone("a", ["b"]), r"no sandbox named 'a' is running; running: b"),
        (errors.ParseError("cluck", 0, "an action"), r"expected an action at character 0: 'cluck'"),
    ],
)
def test_messages_say_what_came_and_what_to_try(error: VL2AgentError, says: str) -> None:
    """A message has what was expected, what came, and the way on."""
    assert re.search(says, str(error))
