"""Broken input of every kind is refused with a typed error, or read as a correct value, without effect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

import fuzz
from fuzzing.actions import Actions
from fuzzing.guarding import Guard
from fuzzing.kinds import Kind
from fuzzing.replies import Answers, Boxes, Plans
from fuzzing.runs import Runs
from vl2agent.errors import ParseError

COUNT = 2_000
TOOL = Path(__file__).parents[2] / "tools" / "fuzz.py"


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Guard:
    """One for all: audit hooks cannot be taken off."""
    return Guard(tmp_path_factory.mktemp("guarded"))


class Careless:
    """Reads what it is given as no package should."""

    name, share = "careless", 1

    def __init__(self, deed: object) -> None:
        self._deed = deed

    def mutant(self, rng: Random) -> str:
        """Give whatever."""
        return "x"

    def read(self, mutant: str) -> object:
        """Do it."""
        assert callable(self._deed)
        return self._deed()

    def wrong(self, mutant: str, value: object) -> str:
        """Find a number wrong."""
        return "a number" if isinstance(value, int) else ""


def test_a_seeded_sample_of_all_kinds_has_no_findings() -> None:
    """The whole of it is `./do fuzz`; in a process of its own, which has nothing else to do."""
    ran = subprocess.run([sys.executable, TOOL, str(COUNT), "--seed", "1"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.rstrip().endswith(": 0 findings")


@pytest.mark.parametrize("kind", [Actions(), Plans(), Boxes(), Answers(), Runs()], ids=lambda kind: kind.name)
def test_what_is_broken_depends_on_the_seed_alone(kind: Kind) -> None:
    """A finding can be made again."""
    assert repr(kind.mutant(Random(7))) == repr(kind.mutant(Random(7)))


def test_another_exception_is_a_finding(guard: Guard) -> None:
    """And a typed one is none."""

    def untyped() -> None:
        raise KeyError("x")

    def typed() -> None:
        raise ParseError("x", 0, "y")

    assert fuzz.fuzz(Careless(untyped), [0], 1, guard).outcomes == {"finding": 1}
    assert fuzz.fuzz(Careless(typed), [0], 1, guard).outcomes == {"ParseError": 1}


def test_a_value_that_is_not_correct_is_a_finding(guard: Guard) -> None:
    """What the kind itself says of it."""
    assert fuzz.fuzz(Careless(lambda: 3), [0], 1, guard).findings[0].why == "a number"


def test_effects_are_findings(guard: Guard, tmp_path: Path) -> None:
    """A file elsewhere, a program, a text that is evaluated."""
    deeds = (
        lambda: (tmp_path / "elsewhere").write_text("x") and None,
        lambda: subprocess.run(["true"], check=False) and None,
        lambda: eval("None"),
    )
    for deed in deeds:
        assert "an effect" in fuzz.fuzz(Careless(deed), [0], 1, guard).findings[0].why
