"""Rules: which fit, which wins, and what a wrong file is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from vl2agent.actions import Action, Click, Drag, Key, Move, Scroll, TypeText, Wait
from vl2agent.errors import PolicyError
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.policy.packaged import BUILTIN, RISKY
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.steps import Frame, Window

EDITOR = Window(title="notes.txt - Mousepad", app="mousepad", box=ScreenBox(100, 100, 500, 400))
TERMINAL = Window(title="Terminal", app="xfce4-terminal", box=ScreenBox(300, 200, 900, 700), active=True)
BLANK = Frame.from_image(Image.new("RGB", (1000, 800)))
FRAME = Frame(BLANK.pixels, BLANK.region, 0.0, windows=(TERMINAL, EDITOR))


def click(x: int, y: int) -> Click:
    """A click on a point."""
    return Click(point=ScreenPoint(x, y))


def policy(tmp_path: Path, toml: str, text: str = "") -> RulePolicy:
    """Load a policy file; the screen says `text` everywhere."""
    file = tmp_path / "policy.toml"
    file.write_text(toml, encoding="utf-8")
    return RulePolicy.load(file, text_at=lambda point, frame: text)


def verdict(rules: RulePolicy, action: Action) -> str:
    """What is said to an action."""
    return rules.decide(action, FRAME).verdict


@pytest.mark.parametrize(
    "keys", ["ctrl+alt+delete", "Control_L+Alt+Del", "ALT+CTRL+BackSpace", "ctrl+alt+f1", "ctrl+alt+F12", "alt+sysrq"]
)
def test_the_screens_own_keys_are_out_of_reach(keys: str) -> None:
    """However they are written, and with no file at all."""
    assert RulePolicy().decide(Key(keys=keys), FRAME).rule == "the screen's own keys"
    assert verdict(RulePolicy(), Key(keys=keys)) == "deny"


@pytest.mark.parametrize(
    "action", [Key(keys="ctrl+alt+t"), Key(keys="f1"), Key(keys="alt+f4"), click(1, 1), TypeText(text="ctrl+alt+f1")]
)
def test_the_rest_is_allowed_by_default(action: Action) -> None:
    """The built-in rules are no more than they say."""
    assert RulePolicy().decide(action, FRAME).rule == "default"
    assert verdict(RulePolicy(), action) == "allow"


def test_the_built_in_rules_come_before_a_files(tmp_path: Path) -> None:
    """A broad allow does not open them; `builtin = false` does."""
    broad = '[[rule]]\nname = "all"\nverdict = "allow"\n'
    assert verdict(policy(tmp_path, broad), Key(keys="ctrl+alt+delete")) == "deny"
    assert verdict(policy(tmp_path, "builtin = false\n" + broad), Key(keys="ctrl+alt+delete")) == "allow"


def test_the_first_rule_that_fits_wins(tmp_path: Path) -> None:
    """Order is priority, and the decision names its rule and its reason."""
    rules = policy(
        tmp_path,
        """
        default = "deny"
        [[rule]]
        name = "menus"
        verdict = "allow"
        region = [0, 0, 1000, 30]
        [[rule]]
        name = "clicks"
        verdict = "ask"
        reason = "somebody should look"
        actions = ["click"]
        """,
    )
    assert verdict(rules, click(500, 10)) == "allow"
    decision = rules.decide(click(500, 30), FRAME)
    assert (decision.verdict, decision.rule, decision.reason) == ("ask", "clicks", "somebody should look")
    assert verdict(rules, TypeText(text="x")) == "deny"


@pytest.mark.parametrize(
    ("region", "inside", "outside"),
    [
        ("[10, 20, 30, 40]", (10, 20), (30, 20)),
        ("[10, 20, 30, 40]", (29, 39), (29, 40)),
        ('[0, "90%", "100%", "100%"]', (0, 720), (0, 719)),
        ('["50%", "0%", "100%", "12.5%"]', (500, 99), (499, 99)),
    ],
)
def test_regions_have_edges(tmp_path: Path, region: str, inside: tuple[int, int], outside: tuple[int, int]) -> None:
    """Left and top belong to a region, right and bottom do not; parts are of the screen."""
    rules = policy(tmp_path, f'[[rule]]\nname = "r"\nverdict = "deny"\nregion = {region}\n')
    assert verdict(rules, click(*inside)) == "deny"
    assert verdict(rules, click(*outside)) == "allow"


def test_a_region_looks_at_every_point(tmp_path: Path) -> None:
    """A drag that only ends there, a scroll and a move touch it too; a key does not."""
    rules = policy(tmp_path, '[[rule]]\nname = "r"\nverdict = "deny"\nregion = [0, 0, 10, 10]\n')
    here, there = ScreenPoint(5, 5), ScreenPoint(50, 50)
    for action in (Drag(start=there, end=here), Drag(start=here, end=there), Scroll(point=here), Move(point=here)):
        assert verdict(rules, action) == "deny"
    assert verdict(rules, Key(keys="a")) == "allow"


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("ctrl+w", "Control+W", "ctrl+shift+w"),
        ("shift+ctrl+w", "ctrl+shift+w", "ctrl+w"),
        ("ctrl+*", "ctrl+q", "alt+q"),
        ("alt+f[1-4]", "alt+f4", "alt+f5"),
        ("cmd+space", "super+space", "space"),
    ],
)
def test_chords_are_compared_by_meaning(tmp_path: Path, pattern: str, fits: str, does_not: str) -> None:
    """Order, case and other tools' names make no difference; an asterisk stands for any key."""
    rules = policy(tmp_path, f'[[rule]]\nname = "r"\nverdict = "deny"\nkeys = ["{pattern}"]\n')
    assert verdict(rules, Key(keys=fits)) == "deny"
    assert verdict(rules, Key(keys=does_not)) == "allow"


def test_text_under_the_pointer(tmp_path: Path) -> None:
    """The pattern is searched in what is read there, upper and lower case alike."""
    toml = '[[rule]]\nname = "r"\nverdict = "ask"\ntext = "delete|remove"\n'
    assert verdict(policy(tmp_path, toml, "Delete forever"), click(5, 5)) == "ask"
    assert verdict(policy(tmp_path, toml, "Keep"), click(5, 5)) == "allow"


def test_typed_text(tmp_path: Path) -> None:
    """What is typed is searched, with enter as a newline."""
    rules = policy(tmp_path, "[[rule]]\nname = 'r'\nverdict = 'deny'\ntyped = 'sudo.*\\n'\n")
    assert verdict(rules, TypeText(text="sudo halt", submit=True)) == "deny"
    assert verdict(rules, TypeText(text="sudo halt")) == "allow"


def test_windows_under_the_pointer(tmp_path: Path) -> None:
    """The topmost window at the point counts, by title or application."""
    rules = policy(tmp_path, '[[rule]]\nname = "r"\nverdict = "deny"\nwindow = "mousepad"\n')
    assert verdict(rules, click(150, 150)) == "deny"
    assert verdict(rules, click(350, 250)) == "allow"
    assert verdict(rules, click(950, 750)) == "allow"


def test_the_active_window_gets_the_keys(tmp_path: Path) -> None:
    """Typed text and chords go to the active window."""
    rules = policy(tmp_path, '[[rule]]\nname = "r"\nverdict = "deny"\nwindow = "^terminal$"\n')
    assert verdict(rules, TypeText(text="ls")) == "deny"
    assert verdict(rules, TypeText(text="ls")) == "deny"


def test_all_that_a_rule_names_must_fit(tmp_path: Path) -> None:
    """Conditions are joined by 'and'."""
    rules = policy(
        tmp_path, '[[rule]]\nname = "r"\nverdict = "deny"\nwindow = "terminal"\nactions = ["type"]\ntyped = "rm"\n'
    )
    assert verdict(rules, TypeText(text="rm x")) == "deny"
    assert verdict(rules, TypeText(text="ls")) == "allow"
    assert verdict(rules, click(350, 250)) == "allow"


def test_rates_count_what_was_let_through() -> None:
    """Two a second: the third waits for its second to pass; what was denied does not count."""
    now_s = [0.0]
    rule = Rule.model_validate({"name": "slow", "verdict": "deny", "rate": {"per_second": 2}})
    rules = RulePolicy([rule], clock=lambda: now_s[0])
    said = []
    for now_s[0] in (0.0, 0.4, 0.8, 0.9, 1.1, 1.2, 1.5):
        said.append(verdict(rules, click(1, 1)))
    assert said == ["allow", "allow", "deny", "deny", "allow", "deny", "allow"]


def test_rates_count_repeats() -> None:
    """The same action a third time in a row is too much; another one in between starts again."""
    rule = Rule.model_validate({"name": "again", "verdict": "ask", "rate": {"repeats": 2}})
    rules = RulePolicy([rule])
    assert [verdict(rules, click(1, 1)) for _ in range(3)] == ["allow", "allow", "ask"]
    assert verdict(rules, click(2, 2)) == "allow"
    assert verdict(rules, click(1, 1)) == "allow"


@pytest.mark.parametrize(
    ("action", "rule"),
    [
        (Key(keys="alt+f4"), "closing a window"),
        (Key(keys="shift+Del"), "deleting"),
        (Key(keys="Return"), "sending with enter"),
        (TypeText(text="hello", submit=True), "sending typed text"),
        (TypeText(text="ls"), "typing into a terminal"),
        (click(5, 5), "a button that commits"),
    ],
)
def test_risky_actions_are_asked_about(action: Action, rule: str) -> None:
    """What `--approve risky` asks about, on a screen that says 'Delete' everywhere."""
    decision = RulePolicy(RISKY, text_at=lambda point, frame: "Delete").decide(action, FRAME)
    assert (decision.verdict, decision.rule) == ("ask", rule)


def test_what_is_not_risky_passes() -> None:
    """Looking around, pressing buttons that commit to nothing, and waiting need nobody."""
    rules = RulePolicy(RISKY, text_at=lambda point, frame: "Appearance")
    for action in (click(5, 5), Scroll(point=ScreenPoint(5, 5)), Wait(), Move(point=ScreenPoint(1, 1))):
        assert verdict(rules, action) == "allow"


def test_asking_each_time_loosens_nothing(tmp_path: Path) -> None:
    """What a file allows is asked about, what it denies stays denied, its default included."""
    file = tmp_path / "policy.toml"
    file.write_text('default = "deny"\n[[rule]]\nname = "keys"\nverdict = "allow"\nactions = ["key"]\n')
    rules = RulePolicy.load(file, more=RISKY, ask_each=True, text_at=lambda point, frame: "Delete")
    assert verdict(rules, Key(keys="f5")) == "ask"
    assert verdict(rules, click(5, 5)) == "deny"
    assert verdict(rules, Key(keys="ctrl+alt+f1")) == "deny"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[[rule]\n", "line 1"),
        ('default = "maybe"\n', "allow, ask or deny"),
        ('colour = "red"\n', "colour"),
        ('[rule]\nname = "n"\nverdict = "deny"\n', "two brackets"),
        ("rule = 5\n", "two brackets"),
        ("rule = [5]\n", "rule 'number 1'"),
        ('[[rule]]\nname = "n"\nverdict = "perhaps"\n', "rule 'n': verdict"),
        ('[[rule]]\nverdict = "deny"\n', "rule 'number 1': name"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\ntext = "("\n', "rule 'n'"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\nkeys = ["ctrl+dlete"]\n', "delete"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\nregion = [0, 0, "half", 1]\n', "'90%'"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\nregion = [10, 10, 5, 20]\n', "left < right"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\nregion = [0, "90%", 9, "9%"]\n', "top < bottom"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\nactions = ["clik"]\n', "clik"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\nrate = {}\n', "per_second"),
        ('[[rule]]\nname = "n"\nverdict = "deny"\nwindows = "x"\n', "windows"),
    ],
)
def test_a_wrong_file_is_told_where(tmp_path: Path, toml: str, said: str) -> None:
    """A policy that cannot be obeyed is refused, with the rule and what was expected."""
    with pytest.raises(PolicyError) as caught:
        policy(tmp_path, toml)
    assert said in str(caught.value)
    assert str(tmp_path / "policy.toml") in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """No rules because the name was mistyped would be no policy at all."""
    with pytest.raises(PolicyError, match="No such file"):
        RulePolicy.load(tmp_path / "none.toml")


def test_a_text_rule_needs_a_reader() -> None:
    """A rule that could never fit is refused when it is made."""
    rule = Rule.model_validate({"name": "n", "verdict": "deny", "text": "x"})
    with pytest.raises(PolicyError, match="text_at"):
        RulePolicy([rule])


def test_the_built_in_rules_need_no_reader() -> None:
    """They work where nothing reads the screen."""
    assert all(rule.text is None for rule in BUILTIN)


def test_a_policy_is_the_same_after_it_was_written_down(tmp_path: Path) -> None:
    """As data it goes through JSON, packaged rules included, and decides as before."""
    toml = '[[rule]]\nname = "r"\nverdict = "deny"\nwindow = "mousepad"\nregion = [0, 0, "50%", 300]\n'
    written = json.loads(json.dumps(policy(tmp_path, toml).as_data()))
    again = RulePolicy.from_data(written, text_at=lambda point, frame: "")
    assert again.as_data() == written
    assert [verdict(again, action) for action in (click(150, 150), click(5, 5))] == ["deny", "allow"]
    assert verdict(again, Key(keys="ctrl+alt+delete")) == "deny"
