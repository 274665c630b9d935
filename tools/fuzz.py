"""Break input in seeded ways, and see that it is refused with a typed error or read as a correct value, without effect.

    tools/fuzz.py [N] [--seed S] [--kind NAME] [--only NUMBER]

Of each kind of input - actions, events, policies, replies, answers of servers - many broken ones are read as the package
reads them. Another exception than one of ours, a value that is not correct, a started program, a file outside of one
temporary folder, a connection to elsewhere or an action that reaches hands is a finding, shown with what reproduces it.
"""

from __future__ import annotations

import argparse
import faulthandler
import reprlib
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from fuzzing.actions import Actions
from fuzzing.guarding import Guard
from fuzzing.kinds import Kind
from fuzzing.policies import Policies
from fuzzing.recordings import Events, Manifests, Packed
from fuzzing.replies import Answers, Boxes, Plans
from fuzzing.runs import Runs
from fuzzing.wire import Wire
from vl2agent.errors import VL2AgentError

N, SEED = 100_000, 5
HANGS_S = 30
"""What takes longer is a finding, and ends the program with where it was."""
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that was read as none may be, and what came of it."""

    kind: str
    number: int
    why: str
    mutant: str


@dataclass(slots=True)
class Tally:
    """What came of one kind of input."""

    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Inputs that were read."""
        return self.outcomes.total()


def fuzz(kind: Kind, numbers: Sequence[int], seed: int, guard: Guard) -> Tally:
    """Read broken inputs of one kind; each depends on the seed, the kind and its number alone."""
    tally = Tally()
    for number in numbers:
        mutant = kind.mutant(Random(f"{seed} {kind.name} {number}"))
        began_s = time.perf_counter()
        outcome, why = _read(kind, mutant, guard)
        tally.seconds += time.perf_counter() - began_s
        tally.outcomes[outcome] += 1
        if why:
            tally.findings.append(Finding(kind.name, number, why, _shown(mutant)))
    return tally


def _read(kind: Kind, mutant: Any, guard: Guard) -> tuple[str, str]:
    """Read one input; tell what came of it, and why that is a finding."""
    guard.effects.clear()
    faulthandler.dump_traceback_later(HANGS_S, exit=True)
    try:
        with guard.watching():
            value = kind.read(mutant)
        outcome, why = "value", kind.wrong(mutant, value)
    except VL2AgentError as error:
        outcome, why = type(error).__name__, "" if str(error) else "an error that says nothing"
    except Exception:  # noqa: BLE001  that is what is looked for
        outcome, why = "finding", traceback.format_exc(limit=-6)
    finally:
        faulthandler.cancel_dump_traceback_later()
    if guard.effects:
        why += f"an effect: {guard.effects[:3]}"
    return ("finding", why) if why else (outcome, why)


def _shown(mutant: Any) -> str:
    try:
        return repr(mutant)
    except RecursionError:
        return reprlib.repr(mutant)


@contextmanager
def kinds(folder: Path) -> Iterator[tuple[Kind, ...]]:
    """Make all kinds, with the folder for their files."""
    wire = Wire()
    try:
        yield (
            Actions(),
            Plans(),
            Boxes(),
            Answers(),
            Runs(),
            wire,
            Policies(folder),
            Events(folder),
            Manifests(folder),
            Packed(folder),
        )
    finally:
        wire.close()


def run(count: int, seed: int, only: str = "", number: int | None = None) -> dict[str, Tally]:
    """Read so many broken inputs, shared among the kinds; or all of one kind; or one by its number."""
    with own_folder() as folder, kinds(folder) as all_kinds:
        guard = Guard(folder)
        chosen = [kind for kind in all_kinds if only in ("", kind.name)]
        if not chosen:
            raise SystemExit(f"no such kind: {only}; there are: {', '.join(kind.name for kind in all_kinds)}")
        whole = sum(kind.share for kind in chosen)
        each = {kind.name: [number] if number is not None else range(count * kind.share // whole) for kind in chosen}
        for kind in chosen:  # imports and caches come first: they are no effects of what is read
            fuzz(kind, range(-20, 0), seed, guard)
        return {kind.name: fuzz(kind, each[kind.name], seed, guard) for kind in chosen}


@contextmanager
def own_folder() -> Iterator[Path]:
    """Make the one folder that may be written to; temporary files go there, too."""
    with tempfile.TemporaryDirectory(prefix="vl2agent-fuzz-") as folder:
        before, tempfile.tempdir = tempfile.tempdir, folder
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before


def table(tallies: dict[str, Tally]) -> str:
    """Write what came of it, a line for each kind."""
    lines = [f"{'kind':<16}{'read':>8}{'values':>8}{'refused':>9}{'findings':>10}{'per s':>8}   refused with"]
    for name, tally in tallies.items():
        outcomes = dict(tally.outcomes)
        values, findings = outcomes.pop("value", 0), outcomes.pop("finding", 0)
        errors = ", ".join(f"{error} {count}" for error, count in sorted(outcomes.items(), key=lambda item: -item[1]))
        speed = tally.total / tally.seconds if tally.seconds else 0.0
        lines.append(
            f"{name:<16}{tally.total:>8}{values:>8}{sum(outcomes.values()):>9}{findings:>10}{speed:>8.0f}   {errors}"
        )
    total, seconds = sum(t.total for t in tallies.values()), sum(t.seconds for t in tallies.values())
    found = sum(len(t.findings) for t in tallies.values())
    return "\n".join((*lines, f"{total} broken inputs in {seconds:.0f} s: {found} findings"))


def main() -> int:
    """Run as the command line says; the exit code tells whether there were findings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=N)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--kind", default="")
    parser.add_argument("--only", type=int, help="the number of one input of a kind")
    said = parser.parse_args()
    tallies = run(said.count, said.seed, said.kind, said.only)
    findings = [finding for tally in tallies.values() for finding in tally.findings]
    for found in findings[:SHOWN]:
        print(f"--- {found.kind} {found.number}: --seed {said.seed} --kind {found.kind!r} --only {found.number}")
        print(f"{found.why}\n{found.mutant[:600]}\n")
    print(table(tallies))
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
