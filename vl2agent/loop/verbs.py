"""The verbs that reach no desktop: asking a person, reading closely, waiting."""

from __future__ import annotations

import threading
import time

from vl2agent.actions import AskUser, Wait, Zoom
from vl2agent.contracts import Perception
from vl2agent.errors import ActionRefused
from vl2agent.loop.clock import Clock
from vl2agent.loop.draft import Draft
from vl2agent.loop.hooks import Hooks
from vl2agent.loop.journal import Journal
from vl2agent.steps import Memory, Receipt


def ask(action: AskUser, draft: Draft, hooks: Hooks, memory: Memory, journal: Journal) -> Receipt:
    """Put the question to the person, and keep the answer as a fact.

    Raises:
        ActionRefused: nobody is there to answer.
    """
    began_s = time.monotonic()
    answer = hooks.on_ask(action.question) if hooks.on_ask else None
    journal.asked(draft, action.question, answer)
    if answer is None:
        raise ActionRefused(repr(action.question), "person", "nobody is there to answer")
    _keep(f"{action.question} {answer}", memory, journal)
    return Receipt(delivery="sent", route="person", duration_s=time.monotonic() - began_s)


def read(action: Zoom, draft: Draft, perception: Perception, memory: Memory, journal: Journal) -> Receipt:
    """Read a part of the screen closely, and keep the text as a fact."""
    began_s = time.monotonic()
    text = perception.text_in(action.box, draft.before)
    _keep(
        f"{draft.target.words if draft.target else action.box}: {text or 'nothing that can be read'}", memory, journal
    )
    return Receipt(delivery="sent", route="perception", duration_s=time.monotonic() - began_s)


def wait(action: Wait, left_s: float, cancelled: threading.Event, clock: Clock) -> Receipt:
    """Let time pass: at most `left_s` seconds, and no longer than until the run is cancelled."""
    began_s = time.monotonic()
    clock.wait(max(0.0, min(action.seconds, left_s)), cancelled)
    return Receipt(delivery="sent", route="clock", duration_s=time.monotonic() - began_s)


def _keep(fact: str, memory: Memory, journal: Journal) -> None:
    """Note a fact as the newest; what is said twice is known once."""
    if fact in memory.facts:
        memory.facts.remove(fact)
    memory.facts.append(fact)
    journal.noted(fact)
