"""Rates count what a rule's other conditions fit, in whatever words it is written."""

from __future__ import annotations

from PIL import Image

from vl2agent.actions import Click, Key, TypeText
from vl2agent.geometry import ScreenPoint
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.steps import Frame

BLANK = Frame.from_image(Image.new("RGB", (40, 40)))
CLICK = Click(point=ScreenPoint(1, 1))


def test_a_rate_counts_what_else_fits_its_rule() -> None:
    """Two texts a minute do not hold up clicks, nor clicks texts."""
    now_s = [0.0]
    rule = Rule.model_validate({"name": "r", "verdict": "deny", "actions": ["type"], "rate": {"per_minute": 2}})
    policy = RulePolicy([rule], clock=lambda: now_s[0])
    said = []
    for action in (CLICK, TypeText(text="a"), CLICK, TypeText(text="b"), TypeText(text="c"), CLICK):
        now_s[0] += 1
        said.append(policy.decide(action, BLANK).verdict)
    assert said == ["allow", "allow", "allow", "allow", "deny", "allow"]
    now_s[0] = 62.5
    assert policy.decide(TypeText(text="d"), BLANK).verdict == "allow"


def test_the_same_chord_in_other_words_is_the_same() -> None:
    """Repeats are counted by what is done."""
    rule = Rule.model_validate({"name": "r", "verdict": "deny", "rate": {"repeats": 2}})
    policy = RulePolicy([rule])
    assert [policy.decide(Key(keys=keys), BLANK).verdict for keys in ("ctrl+s", "Control+S", "S+ctrl")] == [
        "allow", "allow", "deny",
    ]  # fmt: skip


def test_explaining_counts_nothing() -> None:
    """A question is no action."""
    rule = Rule.model_validate({"name": "r", "verdict": "deny", "rate": {"per_minute": 1}})
    policy = RulePolicy([rule])
    for _ in range(3):
        assert policy.explain(CLICK, BLANK).decision.verdict == "allow"
    assert policy.decide(CLICK, BLANK).verdict == "allow"
    explained = policy.explain(CLICK, BLANK)
    assert explained.rule == rule
    assert explained.passed[0][0].name == "the screen's own keys"
