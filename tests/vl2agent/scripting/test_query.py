"""What a locator looks for, before anything is looked at."""

from __future__ import annotations

from typing import Any

import pytest

from vl2agent.errors import InputError
from vl2agent.scripting.query import Having, Nth, Query, Related


def test_a_query_says_what_it_looks_for() -> None:
    """Its words are those that a person would use, in the order of the steps."""
    query = Query("Delete").then(Related("below", Query("Photos"))).then(Having("all", "button")).then(Nth(1))
    assert str(query) == "Delete below Photos with the text 'all' and the role button, number 2"


def test_narrowing_leaves_the_wider_query_as_it_was() -> None:
    """Queries are values: one can be narrowed down in several ways."""
    wide = Query("Delete")
    assert wide.then(Nth(0)) != wide.then(Nth(-1))
    assert wide == Query("Delete")


@pytest.mark.parametrize("words", ["", " ", "\n", None, 3])
def test_a_query_needs_words(words: Any) -> None:
    """What looks for nothing is refused at once."""
    with pytest.raises(InputError, match="expected words"):
        Query(words)
