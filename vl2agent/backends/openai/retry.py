"""Try again what may succeed a moment later: with growing pauses, within a budget, and never against the caller's will."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from vl2agent.errors import InputError, ServerBusy, ServerError, ServerUnreachable

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

PASSING = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses that the next try may not get."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
POLL_S = 0.05
"""How often a caller who may cancel is asked."""


class Cancelled(Exception):
    """The caller wants no answer any more; never leaves the backend."""


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and for how long.

    Args:
        most: tries after the first.
        budget_s: no try begins later than this after the first one.
    """

    most: int = 4
    budget_s: float = 60.0

    def __post_init__(self) -> None:
        if self.most < 0 or not self.budget_s >= 0:
            raise InputError(f"expected retries and a budget of at least 0, got {self.most} and {self.budget_s:g} s")

    def run(
        self,
        attempt: Callable[[], Result],
        cancelled: Callable[[], bool] | None = None,
        *,
        is_known: bool = True,
    ) -> Result:
        """Call `attempt` until it succeeds, or fails in a way that stays.

        Args:
            attempt: what to try.
            cancelled: is asked during pauses.
            is_known: the server was there before; if it was not, its absence is not waited out.

        Raises:
            ServerError: the failure that stays, or the last one.
            Cancelled: `cancelled` said yes during a pause.
        """
        began_s = time.monotonic()
        for tries in range(self.most + 1):
            try:
                return attempt()
            except ServerError as error:
                pause_s = _pause(error, tries)
                left_s = began_s + self.budget_s - time.monotonic()
                if not _passes(error, is_known) or tries == self.most or pause_s > left_s:
                    raise
                logger.info("try %d failed with status %d, the next in %.1f s", tries + 1, error.status, pause_s)
            _wait(pause_s, cancelled)
        raise AssertionError("unreachable: the last try returns or raises")


def _passes(error: ServerError, is_known: bool) -> bool:
    return error.status in PASSING or (is_known and isinstance(error, ServerUnreachable))


def _pause(error: ServerError, tries: int) -> float:
    """Wait as long as the server asks, else twice as long each time, and never all clients at once."""
    if isinstance(error, ServerBusy) and error.retry_after_s is not None:
        return error.retry_after_s
    longest_s: float = min(FIRST_PAUSE_S * 2**tries, LONGEST_PAUSE_S)
    return random.uniform(longest_s / 2, longest_s)


def _wait(pause_s: float, cancelled: Callable[[], bool] | None) -> None:
    until_s = time.monotonic() + pause_s
    while (left_s := until_s - time.monotonic()) > 0:
        if cancelled and cancelled():
            raise Cancelled
        time.sleep(min(left_s, POLL_S))
