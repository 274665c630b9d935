"""Kill runs with SIGKILL at random moments, go on with them, and compare what they say with what the X server saw.

    python tools/kill_test.py [KILLS] [--seed S] [--jobs N] [--cuts N]      all of it: ./do kill-test

Real runs of `vl2agent run` in real sandboxes: text, keys, menus, buttons, a drag, settings. Half of the kills come at
any time of the run, half in the middle of an effect or just around it. After each one the recording is opened and
compared with the X server's own record of what was pressed; keys and buttons must be up; `vl2agent run --resume` goes
on, and is killed again. At the end the goal must be reached, and nothing may have been pressed twice. Then the
recordings are replayed without a display, and cut off at random bytes: each must open, and none may lie.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from killing.chain import Aim, Chain, Kill, Measured, environment, measured
from killing.cuts import cut
from killing.goals import GOALS, Goal
from vl2agent.errors import VL2AgentError
from vl2agent.replay.verify import verify
from vl2agent.sandbox.desktop import Sandbox

MOST_KILLS = 5
"""Of one run."""


@dataclass
class Campaign:
    """All kills, and what came of them.

    Args:
        wanted: kills.
        seed: of every choice.
        folder: for the recordings.
        goals: what is to be reached, in turn.
        forgetful: displays do not tell how far an action came.
    """

    wanted: int
    seed: int
    folder: Path
    goals: Sequence[Goal] = GOALS
    forgetful: bool = False
    chains: list[Chain] = field(default_factory=list)
    measured: dict[str, Measured] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _begun: int = 0

    @property
    def kills(self) -> list[Kill]:
        """All of them."""
        return [kill for chain in self.chains for kill in chain.kills]

    @property
    def problems(self) -> list[str]:
        """What was wrong, anywhere."""
        killed = [
            f"{kill.goal}, killed at {kill.aim} ({kill.found}): {kill.problem}" for kill in self.kills if kill.problem
        ]
        return killed + [
            f"{chain.goal.name} ({chain.path.name}): {chain.problem}" for chain in self.chains if chain.problem
        ]

    def work(self, console: Console) -> None:
        """Kill runs on a desktop of its own until there were enough; several threads may do so at once."""
        with Sandbox(name=f"kill-{threading.get_native_id()}") as desktop:
            while (number := self._next()) is not None:
                chain = self._chain(number, desktop)
                console.print(
                    f"{len(self.kills):4} kills, {chain.goal.name}: "
                    f"{', '.join(kill.found for kill in chain.kills) or 'none'}  {chain.problem or 'reached'}",
                    markup=False,
                )

    def _next(self) -> int | None:
        with self._lock:
            if len(self.kills) >= self.wanted:
                return None
            self._begun += 1
            return self._begun

    def _chain(self, number: int, desktop: Sandbox) -> Chain:
        chance = random.Random(f"{self.seed}-{number}")
        goal = self.goals[(number - 1) % len(self.goals)]
        if goal.name not in self.measured:
            found, problem = measured(goal, desktop, self.folder / f"{number}-measured.v2a")
            assert not problem, f"{goal.name} is not reached without a kill: {problem}"
            self.measured[goal.name] = found
        chain = Chain(goal, desktop, self.folder / f"{number}.v2a", chance, self.forgetful)
        chain.work(_moments(self.measured[goal.name], min(MOST_KILLS, self.wanted), chance))
        with self._lock:
            self.chains.append(chain)
        return chain


def _moments(run: Measured, kills: int, chance: random.Random) -> list[tuple[Aim, float]]:
    """Choose moments: seconds since the kill before, uniform over the run; or how many effects to let pass."""
    number = chance.randint(1, kills)
    at = sorted(chance.uniform(0, run.seconds) for _ in range(number))
    gaps = [later - sooner for sooner, later in zip([0.0, *at], at, strict=False)]
    aimed: list[tuple[Aim, float]] = [("the effect", chance.randrange(1 + run.intents // number)) for _ in at]
    return [chance.choice([("any time", gap), aim]) for gap, aim in zip(gaps, aimed, strict=True)]


def campaign(
    kills: int,
    seed: int,
    folder: Path,
    *,
    goals: Sequence[Goal] = GOALS,
    forgetful: bool = False,
    jobs: int = 1,
    console: Console | None = None,
) -> Campaign:
    """Do it all, in `jobs` threads with a desktop each."""
    environment()
    work = Campaign(kills, seed, folder, goals, forgetful)
    shown = console or Console(quiet=True)
    threads = [threading.Thread(target=work.work, args=(shown,)) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return work


def cuts(work: Campaign, number: int) -> tuple[int, list[str]]:
    """Cut the campaign's recordings at `number` bytes in all; return how many there were, and what is wrong."""
    paths = [chain.path for chain in work.chains if chain.path.exists()]
    chance, done, problems = random.Random(work.seed), 0, list[str]()
    for at, path in enumerate(paths):
        share = number * (at + 1) // len(paths) - number * at // len(paths)
        problems += cut(path, work.folder / "cuts", share, chance)
        done += share
    return done, problems


def replays(work: Campaign) -> tuple[int, list[str]]:
    """Verify the campaign's recordings without a display; return how many there were, and what is wrong."""
    paths = [chain.path for chain in work.chains if chain.path.exists()]
    problems = []
    for path in paths:
        try:
            verify(path)
        except VL2AgentError as error:
            problems.append(f"{path.name} is not replayed: {error}")
    return len(paths), problems


def table(work: Campaign, cut_off: tuple[int, list[str]], replayed: tuple[int, list[str]], seconds: float) -> Table:
    """Lay the figures out."""
    found = Table(title=f"{len(work.kills)} kills, seed {work.seed}, {seconds / 60:.1f} minutes")
    for name in ("", "kills", "wrong"):
        found.add_column(name, justify="left" if not name else "right")
    for aim in ("any time", "the effect"):
        group = [kill for kill in work.kills if kill.aim == aim]
        found.add_row(f"killed at {aim}", str(len(group)), str(sum(bool(kill.problem) for kill in group)))
    found.add_section()
    for state, count in Counter(kill.found for kill in work.kills).most_common():
        wrong = sum(bool(kill.problem) for kill in work.kills if kill.found == state)
        found.add_row(f"the recording then: {state}", str(count), str(wrong))
    found.add_section()
    wrong, left = sum(bool(chain.problem) for chain in work.chains), sum(chain.left for chain in work.chains)
    reached = len(work.chains) - wrong - left
    found.add_row("goals reached, nothing done twice", f"{reached} of {len(work.chains)}", str(wrong))
    if left:
        found.add_row("left to a person: a part was typed, and cannot be read", str(left), "")
    found.add_row("nobody could tell, the truth was told", str(sum(chain.asked for chain in work.chains)), "")
    slowest = [kill.released_s * 1000 for kill in work.kills] or [0.0]
    found.add_row("keys and buttons up after, ms", f"{statistics.median(slowest):.0f}, at most {max(slowest):.0f}", "")
    found.add_row("recordings replayed, the same actions out", str(replayed[0]), str(len(replayed[1])))
    found.add_row("recordings cut at a random byte", str(cut_off[0]), str(len(cut_off[1])))
    return found


def main() -> None:
    """Print how it went; leave with 1 when anything was wrong."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("kills", nargs="?", type=int, default=200)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--jobs", type=int, default=2, help="desktops at once")
    options.add_argument("--cuts", type=int, default=1000)
    options.add_argument("--forgetful", action="store_true", help="displays do not tell how far an action came")
    options.add_argument("--keep", type=Path, help="folder that the recordings stay in")
    chosen = options.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="vl2agent-kill-") as temporary:
        began_s = time.monotonic()
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=not chosen.keep)
        work = campaign(
            chosen.kills, chosen.seed, folder, forgetful=chosen.forgetful, jobs=chosen.jobs, console=console
        )
        seconds = time.monotonic() - began_s
        cut_off, replayed = cuts(work, chosen.cuts), replays(work)
        console.print(table(work, cut_off, replayed, seconds))
    problems = [*work.problems, *cut_off[1], *replayed[1]]
    for problem in problems:
        console.print(problem, style="red", markup=False)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
