"""A recording as the door: its rules, with time as it was; its person's answers; its hooks' vetoes."""

from __future__ import annotations

from vl2agent.actions import Action
from vl2agent.contracts import Perception, Policy
from vl2agent.defaults import reading_with
from vl2agent.loop.door import UNCERTAIN
from vl2agent.loop.hooks import Approver, Hooks
from vl2agent.planner.guarding import policy_of
from vl2agent.recording.schema import Asked, Decided, Judged, Noted, Planned
from vl2agent.recording.words import action_words
from vl2agent.replay.course import Course
from vl2agent.replay.moments import Moments
from vl2agent.steps import Decision, Frame, Memory

HOOK = "hook"
"""What the door calls a hook's veto, which is no rule of the policy; nor is its own caution, UNCERTAIN."""


class RecordedDoor:
    """What stood between the planner and the hands in a recorded run.

    Args:
        course: the recording, and how far it is played.
        perception: reads what is under the pointer, where a rule wants to know.

    Raises:
        PolicyError: the recorded rules are none.
    """

    def __init__(self, course: Course, perception: Perception) -> None:
        self._course = course
        self._decided = list(course.of(Decided))
        self._next, self._moments = 0, Moments(course)
        self._rules = self._recorded_rules(perception)
        approvals, answers = _asked(course)
        self._approvals, self._answers = iter(approvals), iter(answers)
        self.approve: Approver | None = self._approve if any(e.answer for _, e in approvals) else None
        on_ask = self._answer if any(e.answer is not None for _, e in answers) else None
        self.answer = on_ask
        self._facts = _facts(course)
        self._masked = {
            event.step: event.verdict for _, event in course.of(Judged) if event.step in course.masked_steps
        }
        self.hooks = Hooks(before_plan=self._add_facts, before_action=self._veto, on_ask=on_ask)

    def decide(self, action: Action, frame: Frame) -> Decision:
        """Let the recorded rules decide, at the time that it was; where they were not kept, decide as recorded.

        Raises:
            NotRecorded: nothing more was decided.
        """
        while self._next < len(self._decided) and self._decided[self._next][1].decision.rule == HOOK:
            self._next += 1
        if self._next == len(self._decided):
            if self._rules is not None and self._course.end is None:
                self._rules.decide(action, frame)  # it may have been cut off with only what was read for it written
            raise self._course.missing("decision", f"the question whether to {action_words(action)}")
        at, event = self._decided[self._next]
        self._next += 1
        self._moments.reach(event)
        if self._rules is not None:
            decision = self._rules.decide(action, frame)
        elif event.decision.rule == UNCERTAIN:  # the policy's own word was yes
            decision = Decision(verdict="allow", rule="recorded")
        else:
            decision = event.decision
        self._course.reach(at)
        return decision

    def _recorded_rules(self, perception: Perception) -> Policy | None:
        run, moments = self._course.run, self._moments
        if run is None or not run.policy:
            return None
        return policy_of(run.policy, reading_with(perception), clock=moments.seconds, now=moments.local)

    def _veto(self, action: Action, frame: Frame) -> str | None:
        decided = self._decided[self._next : self._next + 1]
        if not decided or decided[0][1].decision.rule != HOOK:
            return None
        self._next += 1
        return decided[0][1].decision.reason

    def _approve(self, action: Action, decision: Decision) -> bool:
        return self._said(next(self._approvals, None), f"{action_words(action)} ({decision.rule})") == "yes"

    def _answer(self, question: str) -> str:
        return self._said(next(self._answers, None), question)  # type: ignore[return-value]  # None: nobody answered

    def _said(self, asked: tuple[int, Asked] | None, question: str) -> str | None:
        if asked is None:
            raise self._course.missing("question", repr(question))
        at, event = asked
        if event.question != question:
            raise self._course.differs("question", repr(event.question), repr(question))
        self._course.reach(at)
        return event.answer

    def _add_facts(self, memory: Memory, frame: Frame) -> None:
        """Tell the planner what a hook told it then, and what came of a step of which the pictures do not tell all."""
        last = memory.last
        if last is not None and last.number in self._masked:
            memory.steps[-1] = last.model_copy(update={"verdict": self._masked[last.number]})
        memory.facts += self._facts.pop(len(memory.steps) + 1, [])


def _asked(course: Course) -> tuple[list[tuple[int, Asked]], list[tuple[int, Asked]]]:
    """Part the questions of the door from those of the planner: the door decides first."""
    decided, approvals, answers = 0, list[tuple[int, Asked]](), list[tuple[int, Asked]]()
    for at, event in enumerate(course.events):
        if isinstance(event, Decided):
            decided = event.step
        elif isinstance(event, Asked):
            (approvals if event.step == decided else answers).append((at, event))
    return approvals, answers


def _facts(course: Course) -> dict[int, list[str]]:
    """Find the facts that came between two steps, by the step that they came before."""
    found: dict[int, list[str]] = {}
    step, between = 1, True
    for event in course.events:
        if isinstance(event, Judged):
            step, between = event.step + 1, True
        elif isinstance(event, Planned):
            between = False
        elif isinstance(event, Noted) and between:
            found.setdefault(step, []).append(event.text)
    return found
