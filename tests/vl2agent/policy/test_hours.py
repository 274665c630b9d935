"""Hours and days: local time, also over midnight."""

from __future__ import annotations

from datetime import datetime

import pytest

from vl2agent.policy.hours import is_within, read_day, read_span

MONDAY = "2026-11-23"


@pytest.mark.parametrize(
    ("hours", "days", "at", "within"),
    [
        (["09:00-17:00"], None, f"{MONDAY}T09:00", True),
        (["09:00-17:00"], None, f"{MONDAY}T17:00", False),
        (["9:00-12:00", "13:00-24:00"], None, f"{MONDAY}T23:59:59", True),
        (["9:00-12:00", "13:00-24:00"], None, f"{MONDAY}T12:30", False),
        (["22:00-06:00"], None, f"{MONDAY}T05:59", True),
        (["22:00-06:00"], ["sun"], f"{MONDAY}T05:59", True),
        (["22:00-06:00"], ["sun"], f"{MONDAY}T22:00", False),
        (["22:00-06:00"], ["mon"], f"{MONDAY}T05:59", False),
        (["22:00-06:00"], ["mon"], f"{MONDAY}T22:00", True),
        (None, ["mon-fri"], f"{MONDAY}T00:00", True),
        (None, ["sat-sun"], f"{MONDAY}T00:00", False),
        (None, ["sat-mon"], f"{MONDAY}T12:00", True),
    ],
)
def test_a_span_over_midnight_belongs_to_the_day_it_starts_on(
    hours: list[str] | None, days: list[str] | None, at: str, within: bool
) -> None:
    """Starts belong to a span, ends do not."""
    assert is_within(datetime.fromisoformat(at), hours, days) is within


@pytest.mark.parametrize("span", ["9-17", "25:00-26:00", "09:00", "09:00-09:00", "noon-midnight", "09:60-10:00", ""])
def test_what_is_no_span_is_refused(span: str) -> None:
    """The error shows the form."""
    with pytest.raises(ValueError, match="09:00-17:00"):
        read_span(span)


def test_days_have_short_and_long_names() -> None:
    """And a wrong one is told what comes nearest."""
    assert read_day("Tuesday") == read_day("tue") == {1}
    with pytest.raises(ValueError, match="did you mean mon"):
        read_day("mno")
