"""What is right for a parser and wrong for a person."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from vl2agent.policy.checking import warnings_about
from vl2agent.policy.file import mistakes, said
from vl2agent.policy.policy import RulePolicy

EXAMPLE = Path(__file__).parents[3] / "examples" / "policy.toml"


def warned(*rules: Mapping[str, Any], **top: Any) -> str:
    """What is said of a file with these rules, named one, two and so on."""
    names = ("one", "two", "three")
    entries = [{"name": name, **rule} for name, rule in zip(names, rules, strict=False)]
    return "\n".join(warnings_about(said("p.toml", {**top, "rule": entries})))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"verdict": "deny"}, {"verdict": "allow", "keys": ["f5"]}),
        ({"verdict": "deny", "keys": ["ctrl+*"]}, {"verdict": "ask", "keys": ["ctrl+w", "ctrl+q"]}),
        ({"verdict": "ask", "region": [0, 0, 100, 100]}, {"verdict": "deny", "region": [10, 10, 20, 20]}),
        ({"verdict": "ask", "window": "a"}, {"verdict": "deny", "window": "a", "typed": "x"}),
        ({"verdict": "allow", "actions": ["click", "type"]}, {"verdict": "deny", "typed": "x", "actions": ["type"]}),
        ({"verdict": "deny", "domains": ["a.example", "b.example"]}, {"verdict": "deny", "domains": ["b.example"]}),
    ],
)
def test_a_rule_that_an_earlier_one_always_beats_is_told(first: dict[str, Any], second: dict[str, Any]) -> None:
    """It can never fit."""
    assert "'two' can never fit: 'one' before it always does" in warned(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"verdict": "deny", "keys": ["ctrl+w"]}, {"verdict": "ask", "keys": ["ctrl+*"]}),
        ({"verdict": "allow", "window": "a"}, {"verdict": "deny", "window": "a"}),
        ({"verdict": "deny", "region": [0, 0, 100, 100]}, {"verdict": "ask", "region": [0, 0, "10%", 100]}),
        ({"verdict": "deny", "rate": {"per_second": 2}}, {"verdict": "ask", "keys": ["f5"]}),
        ({"verdict": "deny", "hours": "09:00-10:00"}, {"verdict": "ask"}),
        ({"verdict": "deny", "actions": ["type"]}, {"verdict": "ask", "keys": ["enter"]}),
    ],
)
def test_a_rule_that_still_has_cases_is_not(first: dict[str, Any], second: dict[str, Any]) -> None:
    """What is only sometimes beaten is left alone."""
    assert "never" not in warned(first, second)


@pytest.mark.parametrize(
    ("rules", "top", "told"),
    [
        ((), {}, "no rule is listed"),
        ((), {"default": "deny"}, "nothing is allowed"),
        (({"verdict": "allow", "keys": ["f5"]},), {}, "change nothing"),
        (({"verdict": "deny", "keys": ["f5"], "actions": ["click"]},), {}, "'one' can never fit: no action"),
        (({"verdict": "deny", "keys": ["ctrl+alt+delete"]},), {}, "the screen's own keys\" before it always does"),
        (({"verdict": "deny"},), {"builtin": False, "without": ["closing the desktop"]}, "without has no effect"),
    ],
)
def test_files_that_do_less_than_they_seem_to(rules: Any, top: dict[str, Any], told: str) -> None:
    """Each is told once, in words."""
    assert told in warned(*rules, **top)


def test_every_mistake_is_named_with_what_comes_nearest() -> None:
    """One look at the file mends it."""
    text = """
    defualt = "deny"
    without = ["closing the dekstop"]
    [[rule]]
    name = "a"
    verdict = "denied"
    windows = "x"
    actions = ["clik"]
    domains = ["https://example.org/"]
    [[rule]]
    name = "b"
    verdict = "deny"
    rate = { per_minut = 5 }
    """
    told = [str(error) for error in mistakes("p.toml", tomllib.loads(text))]
    hints = (
        "mean default?",
        "mean closing the desktop",
        "deny?",
        "mean window?",
        "mean click",
        "example.org",
        "mean per_minute",
    )
    assert not [hint for hint in hints if not any(hint in line for line in told)]


def test_the_example_is_a_policy_without_a_warning() -> None:
    """The one that is printed is the one that is shown."""
    assert EXAMPLE.read_bytes() == Path(file_of("example.toml")).read_bytes()
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert list(warnings_about(said(EXAMPLE, table))) == []
    policy = RulePolicy.load(EXAMPLE, text_at=lambda point, frame: "")
    again = RulePolicy.from_data(policy.as_data(), text_at=lambda point, frame: "")
    assert again.as_data() == policy.as_data()


def file_of(name: str) -> Path:
    """A file that lies beside the package's code."""
    import vl2agent.policy

    return Path(vl2agent.policy.__file__).parent / name
