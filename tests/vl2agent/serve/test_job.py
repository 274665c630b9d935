"""What is remembered of requests, and for how long."""

from __future__ import annotations

import pytest

from vl2agent.errors import InputError
from vl2agent.serve.job import Predictions
from vl2agent.serve.limits import Limits


def test_only_the_last_ones_are_remembered() -> None:
    """However many there were."""
    predictions = Predictions(3)
    for number in range(1000):
        predictions.begin(f"id-{number}")
    assert [number for number in range(1000) if f"id-{number}" in predictions] == [997, 998, 999]
    assert predictions.find("id-0") is None


def test_the_first_end_stands_and_stops_the_clock() -> None:
    """Whatever comes later."""
    prediction = Predictions().begin("one")
    prediction.start()
    prediction.end("cancelled", "timeout")
    seconds = prediction.seconds
    prediction.end("done")
    told = prediction.as_json
    assert (told["status"], told["error"], told["total_s"]) == ("cancelled", "timeout", seconds["total_s"])


def test_what_never_ran_took_no_time_of_the_model() -> None:
    """All of it was waiting."""
    prediction = Predictions().begin("one")
    prediction.end("failed", "invalid_value")
    assert prediction.seconds["run_s"] == 0
    assert prediction.seconds["queued_s"] == prediction.seconds["total_s"]


@pytest.mark.parametrize("wrong", [{"max_queue": -1}, {"max_body_bytes": 0}, {"timeout_s": 0}, {"max_tokens": 0}])
def test_limits_leave_room_for_something(wrong: dict[str, int]) -> None:
    """A server that can answer nothing is refused."""
    with pytest.raises(InputError, match=next(iter(wrong))):
        Limits(**wrong)
