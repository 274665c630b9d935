"""Where a test's files lie."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.errors import InputError
from vl2agent.testing.places import Places, safe_name

PLACES = Places.of(
    Path("/t/test_app.py"), "test_it[a]", recordings="recordings", snapshots="snapshots", failures="failures"
)


def test_all_lies_beside_the_test() -> None:
    """By the file's name, then the test's."""
    assert PLACES.recordings / PLACES.name == Path("/t/recordings/test_app/test_it-a")
    assert PLACES.failures == Path("/t/failures/test_app/test_it-a")
    assert PLACES.snapshot("home.png") == Path("/t/snapshots/home.png")


@pytest.mark.parametrize("name", ["", "..", "../a.png", "/a.png", "a/../../b.png", "a\\b.png", "home.jpg"])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    """Whatever the platform takes for a separator."""
    with pytest.raises(InputError):
        PLACES.snapshot(name)


@given(st.text(min_size=1))
def test_any_id_gives_a_name_that_any_file_system_takes(test: str) -> None:
    """No separators, no leading dot, not too long."""
    name = safe_name(test)
    assert name.isascii()
    assert 0 < len(name) <= 120
    assert not set(name) & set('/\\:*?"<>| ')
    assert not name.startswith(".")


@given(st.lists(st.text(min_size=1), unique=True, min_size=2, max_size=2))
def test_ids_that_differ_give_names_that_differ(tests: list[str]) -> None:
    """Also where what tells them apart has to be replaced."""
    ids = [f"test_it[{test}]" for test in tests]
    assert safe_name(ids[0]) != safe_name(ids[1])
