"""The planner on a vision-language model: the next intent from the picture, the goal and what was done.

One call for each plan, under a grammar of typed intents; its prompt is made by the ledger. There is one way of repair, a
second call that says what was wrong with the first reply: it cannot be read, it wants again what has just failed, it
says done with parts of the goal open, or what it names is not there. A second reply that cannot be read is a ParseError;
one that wants again what has just failed ends the run as failed, with the reason; any other is taken as it is, and the loop looks for what it names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from vl2agent.actions import Done, Fail
from vl2agent.calls import Model, Purpose
from vl2agent.completion import Decoding
from vl2agent.contracts import Perception
from vl2agent.errors import ParseError, TargetNotFound
from vl2agent.planner.folding import Folding
from vl2agent.planner.ledger import Fitted, Ledger
from vl2agent.planner.memory import clip
from vl2agent.planner.reply import RESERVE, grammar, places, read
from vl2agent.planner.subgoals import split
from vl2agent.recording.words import intent_words
from vl2agent.steps import Clause, Frame, Intent, Memory, Plan, Step, Target

POINTED = ("click", "drag")
"""Verbs that are dead when nothing changes; keys, text and the wheel may work unseen, and the loop counts their tries."""
MAX_REPLY = 160
"""Characters of a reply that are shown to the model again."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reply says: the part of the goal, the intent, where its words were found, and what is wrong with it."""

    clause: int
    intent: Intent
    found: tuple[Target, ...] = ()
    wrong: str = ""
    again: bool = False


class VL2Planner:
    """Asks a model for one intent after the other.

    Planning is a function of the goal, the memory and the frame; the part of the goal at work travels in `Plan.state`.

    Args:
        model: what is asked.
        perception: looks for what the first reply names, while it can still be repaired; None leaves all looking to the
            loop.
    """

    def __init__(self, model: Model, perception: Perception | None = None) -> None:
        self._model, self._perception = model, perception
        self._ledger = Ledger(model, RESERVE)

    def check(self, goal: str) -> None:
        """Refuse a goal that is empty or too long; any other may be understood.

        Raises:
            GoalError: it is.
        """
        _parts(goal)

    def plan(self, goal: str, memory: Memory, frame: Frame) -> Plan:
        """Ask for the next intent, and once more where the first reply does not do.

        Raises:
            GoalError: as `check`.
            ParseError: neither reply can be read.
            WindowTooSmall: not even the smallest picture fits beside the goal.
            BackendError: the model did not answer.
            Interrupted: the call was cancelled.
        """
        parts = _parts(goal)
        current = _current(memory, len(parts))
        if current > len(parts):
            return _plan(parts, Wanted(len(parts), Done(message="every part was tried without sending anything")), "")
        known = Folding(goal, parts, current, memory)
        try:
            wanted, note = self._ask("plan", known, frame)
            wanted = wanted if wanted.wrong else self._located(wanted, frame)
            wrong = wanted.wrong
        except ParseError as error:
            wrong, note = f"{clip(error.reply, MAX_REPLY)!r} (expected {error.expected})", ""
        if wrong:
            wanted, note = self._ask("repair", replace(known, wrong=wrong), frame)
            note = "; ".join(part for part in (f"asked again: {clip(wrong, MAX_REPLY)}", note) if part)
        if wanted.again:
            wanted = replace(wanted, intent=Fail(reason=wanted.wrong), found=())
        return _plan(parts, wanted, note)

    def _ask(self, purpose: Purpose, known: Folding, frame: Frame) -> tuple[Wanted, str]:
        """Make one call; return what the reply says, and what the ledger folded."""
        fitted, total = self._ledger.fit(known, frame), len(known.parts)
        clause, intent = read(self._reply(purpose, fitted, known.current, total), known.current, total)
        if wrong := _failed_just_now(intent, known.memory.last, looking=self._perception is not None):
            return Wanted(clause, intent, wrong=wrong, again=True), fitted.note
        if isinstance(intent, Done) and clause < total:
            return Wanted(clause, intent, wrong=_parts_open(clause, total)), fitted.note
        return Wanted(clause, intent), fitted.note

    def _reply(self, purpose: Purpose, fitted: Fitted, current: int, total: int) -> str:
        form, decoding = grammar(current, total), Decoding(max_tokens=RESERVE)
        try:
            return self._model.call(purpose, fitted.sections, [fitted.shot], form, decoding=decoding).text
        except ParseError as error:  # of a backend that has no grammars: the parser understands more than one form
            return error.reply

    def _located(self, wanted: Wanted, frame: Frame) -> Wanted:
        """Look for what the reply names, if somebody is there to look."""
        if self._perception is None:
            return wanted
        try:
            found = [self._perception.locate(words, frame) for words in places(wanted.intent)]
        except TargetNotFound as error:
            return replace(wanted, wrong=str(error))
        return replace(wanted, found=tuple(found))


@lru_cache(maxsize=8)
def _parts(goal: str) -> tuple[str, ...]:
    return split(goal)


def _current(memory: Memory, total: int) -> int:
    """Return the number of the part at work; a part that was tried without sending anything is over."""
    last = memory.last
    if last is None:
        return 1
    current = int(last.plan.state) if last.plan.state.isdecimal() else 1
    return min(current, total) + (last.verdict.outcome == "dry")


def _failed_just_now(intent: Intent, last: Step | None, *, looking: bool) -> str:
    """Say what is wrong with wanting this after the last step; empty when nothing.

    Who looks for what is named sees whether it is there by now.
    """
    if last is None:
        return ""
    outcome, before = last.verdict.outcome, last.plan.intent
    if outcome == "not found" and not looking and set(places(intent)) & set(places(before)):
        return f"{intent_words(intent)}: what it names was just not found; name something that can be seen"
    said = {"refused": "was just refused", "failed": "just failed"}
    if intent.kind in POINTED:
        said["unchanged"] = "was just done and changed nothing"
    return f"{intent_words(intent)} {said[outcome]}; try something else" if intent == before and outcome in said else ""


def _parts_open(clause: int, total: int) -> str:
    return f"done in part {clause}, but the goal has {total}: go on with part {clause + 1}, or say done in part {total}"


def _plan(parts: tuple[str, ...], wanted: Wanted, note: str) -> Plan:
    finished = isinstance(wanted.intent, Done) and wanted.clause == len(parts)
    checklist = tuple(Clause(text=part, done=finished or n < wanted.clause) for n, part in enumerate(parts, start=1))
    left = sum(not clause.done for clause in checklist)
    if isinstance(wanted.intent, Done) and left:
        note = "; ".join(part for part in (note, f"the model says done with {left} parts open") if part)
    return Plan(intent=wanted.intent, found=wanted.found, checklist=checklist, note=note, state=str(wanted.clause))
