"""Times in rules: spans of the clock and days of the week, in local time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from vl2agent.policy.nearest import nearest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = r"([01]?\d|2[0-3]):([0-5]\d)|24:00"


def read_span(text: str) -> tuple[time, time]:
    """Read '09:00-17:00'; a span that ends before it starts goes over midnight.

    Raises:
        ValueError: it is no such span.
    """
    start, _, end = (part.strip() for part in text.partition("-"))
    if not (re.fullmatch(_TIME, start, re.ASCII) and re.fullmatch(_TIME, end, re.ASCII)) or start == end:
        raise ValueError(f"expected hours such as '09:00-17:00', got {text[:80]!r}")
    return _time(start), _time(end)


def read_day(text: str) -> frozenset[int]:
    """Read 'mon' or 'mon-fri' as days of the week, Monday being 0; 'sat-mon' goes round.

    Raises:
        ValueError: there is no such day.
    """
    first, dash, last = (part.strip().lower() for part in text.partition("-"))
    start, end = _day(first), _day(last if dash else first)
    return frozenset((start + offset) % 7 for offset in range((end - start) % 7 + 1))


def is_within(now: datetime, hours: Sequence[str] | None, days: Sequence[str] | None) -> bool:
    """Tell whether a moment is within the hours of the days; a span over midnight belongs to the day it starts on."""
    on = frozenset[int]().union(*(read_day(day) for day in days)) if days else frozenset(range(7))
    if hours is None:
        return now.weekday() in on
    yesterday = (now - timedelta(days=1)).weekday()
    return any(_is_in_span(now, read_span(span), now.weekday() in on, yesterday in on) for span in hours)


def _is_in_span(now: datetime, span: tuple[time, time], today: bool, yesterday: bool) -> bool:
    (start, end), at = span, now.time()
    if start < end:
        return today and start <= at < end
    return (today and at >= start) or (yesterday and at < end)


def _time(text: str) -> time:
    """Read a time; midnight as an end is the last moment of the day."""
    if text == "24:00":
        return time.max
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _day(text: str) -> int:
    found = [number for number, name in enumerate(DAYS) if len(text) >= 2 and _full(name).startswith(text)]
    if len(found) != 1:
        raise ValueError(f"expected a day such as 'mon' or 'mon-fri', got {text[:80]!r}{nearest(text, DAYS)}")
    return found[0]


def _full(name: str) -> str:
    return {"tue": "tuesday", "wed": "wednesday", "thu": "thursday", "sat": "saturday"}.get(name, f"{name}day")
