"""The embedded planner: goals in the command grammar, carried out clause by clause, without a model.

It guesses nothing: a goal that the grammar does not read is refused before anything starts, words that fit nothing or
several things end the run with the candidates.
"""

from __future__ import annotations

from functools import lru_cache

from vl2agent.actions import Done
from vl2agent.contracts import Perception
from vl2agent.planner import clauses as c
from vl2agent.planner.entering import clear, press, set_, type_
from vl2agent.planner.grammar import parse
from vl2agent.planner.opening import open_
from vl2agent.planner.pointing import check, click, drag, hover, unfold
from vl2agent.planner.progress import Act, Answer, Progress
from vl2agent.planner.sight import Sight
from vl2agent.planner.watching import ask, await_, pause, scroll, scroll_to
from vl2agent.planner.windows import close, switch, window_key
from vl2agent.steps import Clause, Frame, Memory, Plan, Step


class CommandPlanner:
    """Turns "open settings, then choose 'Adwaita'" into one intent after the other.

    Planning is a function of the goal, the memory and the frame: what the planner knows besides travels in the plan.

    Args:
        perception: what finds words on a frame; best the one that the loop uses, so that a frame is read once.
    """

    def __init__(self, perception: Perception) -> None:
        self._perception = perception

    def check(self, goal: str) -> None:
        """Refuse a goal that the grammar does not read.

        Raises:
            GoalError: it is empty, too long, or a part of it is no known form.
        """
        _parsed(goal)

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Tick off the clauses that are done, and choose what to do for the next one.

        Raises:
            GoalError: as `check`.
            TargetNotFound: a clause's words fit nothing, also after scrolling.
            AmbiguousTarget: they fit several things equally well.
        """
        wanted, last, notes = _parsed(goal), _last_done(memory), list[str]()
        sight = Sight(frame, self._perception, last)
        progress = Progress.model_validate_json(last.plan.state) if last and last.plan.state else _begin(0, sight)
        if last is not None and last.verdict.outcome == "dry":
            progress = _begin(progress.clause + 1, sight)
        while progress.clause < len(wanted):
            answer = _answer(wanted, progress, sight)
            if isinstance(answer, Act):
                return _plan(wanted, progress, answer, notes)
            notes.append(answer.note)
            progress = _begin(progress.clause + 1, sight)
        return _plan(wanted, progress, Act(Done(message=_summary(wanted)), "done"), notes)


def _last_done(memory: Memory) -> Step | None:
    """Return the last step that was not given up as what it was aimed at had gone: that one is planned again."""
    return next((step for step in reversed(memory.steps) if step.verdict.outcome != "not found"), None)


@lru_cache(maxsize=8)
def _parsed(goal: str) -> tuple[c.Clause, ...]:
    return parse(goal)


def _begin(clause: int, sight: Sight) -> Progress:
    return Progress(clause=clause, windows=tuple(window_key(window) for window in sight.windows))


def _answer(wanted: tuple[c.Clause, ...], progress: Progress, sight: Sight) -> Answer:
    """Ask the skill of the clause at work."""
    match wanted[progress.clause]:
        case c.Open() as clause:
            return open_(clause, progress, sight)
        case c.Close() as clause:
            return close(clause, progress, sight, more=progress.clause + 1 < len(wanted))
        case c.Switch() as clause:
            return switch(clause, progress, sight)
        case c.Click() | c.Choose() as clause:
            return click(clause, progress, sight)
        case c.Unfold() as clause:
            return unfold(clause, progress, sight)
        case c.Check() as clause:
            return check(clause, progress, sight)
        case c.Type() as clause:
            return type_(clause, progress, sight)
        case c.Set() as clause:
            return set_(clause, progress, sight)
        case c.Clear() as clause:
            return clear(clause, progress, sight)
        case c.Press() as clause:
            return press(clause, progress, sight)
        case c.Scroll() as clause:
            return scroll(clause, progress, sight)
        case c.ScrollTo() as clause:
            return scroll_to(clause, progress, sight)
        case c.Drag() as clause:
            return drag(clause, progress, sight)
        case c.Hover() as clause:
            return hover(clause, progress, sight)
        case c.Pause() as clause:
            return pause(clause, progress, sight)
        case c.Await() as clause:
            return await_(clause, progress, sight)
        case c.Ask() as clause:
            return ask(clause, progress, sight)


def _plan(wanted: tuple[c.Clause, ...], progress: Progress, act: Act, notes: list[str]) -> Plan:
    state = progress.model_copy(update={"stage": act.stage, "tries": act.tries, "tried": act.tried})
    checklist = tuple(Clause(text=str(clause), done=n < progress.clause) for n, clause in enumerate(wanted))
    note = "; ".join(note for note in (*notes, act.note) if note)
    return Plan(intent=act.intent, found=act.found, checklist=checklist, note=note, state=state.model_dump_json())


def _summary(wanted: tuple[c.Clause, ...]) -> str:
    return f"{len(wanted)} clause{'s' if len(wanted) > 1 else ''} done"
