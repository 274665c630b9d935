"""The guard: what the goal names is allowed, whoever wants it; everything else is asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from PIL import Image

from vl2agent.actions import Action, Click, Drag, Key, Move, Scroll, TypeText
from vl2agent.errors import PolicyError, TargetNotFound
from vl2agent.geometry import ScreenBox, ScreenPoint
from vl2agent.planner.guarding import GoalPolicy, guarded_rules, policy_of
from vl2agent.planner.quoting import unquote
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.steps import Element, Frame, Target, Window

WHOLE = ScreenBox(0, 0, 400, 300)
PAGE = Window(title="Shop", app="chromium", box=WHOLE, active=True, url="https://shop.example/a")
SHELL = Window(title="Terminal - ada", app="xfce4-terminal", box=WHOLE, active=True)
FRAME = Frame.from_image(Image.new("RGB", (400, 300), "white"))


@dataclass
class Reader:
    """Reads what it is told stands there."""

    written: Sequence[tuple[str, ScreenBox, str]]

    def find(self, words: str, frame: Frame) -> Sequence[Target]:
        """Give what says just this; "X field" is a field of this name."""
        plain = unquote(words)
        return [
            Target(words=words, box=box, point=box.center, confidence=0.95, text=text, role=role)
            for text, box, role in self.written
            if text.casefold() == plain.casefold() or f"'{text}' {role}" == words
        ]

    def locate(self, words: str, frame: Frame) -> Target:
        """Give the first."""
        for target in self.find(words, frame):
            return target
        raise TargetNotFound(words)

    def elements(self, frame: Frame) -> Sequence[Element]:
        """Give all."""
        return [Element(box=box, text=text, role=role, confidence=0.99) for text, box, role in self.written]

    def text_in(self, box: ScreenBox, frame: Frame) -> str:
        """Give what stands there."""
        return "\n".join(text for text, place, _ in self.written if box.contains(place.center))


def box(row: int, column: int = 0) -> ScreenBox:
    """One of some places."""
    return ScreenBox(20 + 120 * column, 20 + 40 * row, 120 + 120 * column, 40 + 40 * row)


CORNER = ScreenPoint(380, 290)
SHOP = Reader(
    [
        ("Send", box(0), "button"),
        ("Delete", box(1), "button"),
        ("Name", box(2), "field"),
        ("Volume", box(3), "slider"),
        ("Twin", box(4), "button"),
        ("Twin", box(4, 1), "button"),
    ]
)


def verdict(policy: GoalPolicy, *actions: Action, window: Window = PAGE) -> str:
    """What is said of the last of some actions, one after the other."""
    frame = replace(FRAME, windows=(window,))
    return [policy.decide(action, frame).verdict for action in actions][-1]


def click(row: int, column: int = 0, **how: object) -> Click:
    """A click on one of the places."""
    return Click.model_validate({"point": box(row, column).center, **how})


@pytest.mark.parametrize(
    ("goal", "action", "expected"),
    [
        ("click Send", click(0), "allow"),
        ("click Send", click(1), "ask"),
        ("click Send", click(0, button="right"), "ask"),
        ("click Send", click(0, count=2), "ask"),
        ("click Send", Move(point=box(0).center), "allow"),
        ("click Send", Drag(start=box(0).center, end=box(0).center), "ask"),
        ("drag Send to Delete", Drag(start=box(0).center, end=box(1).center), "allow"),
        ("drag Send to Delete", Drag(start=box(1).center, end=box(0).center), "ask"),
        ("click Twin", click(4), "ask"),
        ("click Send", Scroll(point=CORNER), "ask"),
        ("click Missing", Scroll(point=CORNER), "allow"),
        ("click Missing", Scroll(point=box(3).center), "ask"),
        ("scroll down", Scroll(point=CORNER), "allow"),
        ("scroll down", Scroll(point=CORNER, direction="up"), "ask"),
        ("scroll up in Send", Scroll(point=CORNER, direction="up"), "ask"),
        ("scroll to Missing", Scroll(point=CORNER, direction="up"), "allow"),
        ("press ctrl+s", Key(keys="Control_L + S"), "allow"),
        ("press ctrl+s", Key(keys="ctrl+shift+s"), "ask"),
        ("click Send", Key(keys="enter"), "ask"),
        ("press ctrl+alt+delete", Key(keys="ctrl+alt+delete"), "deny"),
        ("type 'hello'", TypeText(text="hello"), "allow"),
        ("type 'hello'", TypeText(text="hello "), "ask"),
        ("type 'hello'", TypeText(text="hell\u043e"), "ask"),
        ("type 'hello'", TypeText(text="hel\u200blo"), "ask"),
        ("type 'hello'", TypeText(text="hello", submit=True), "ask"),
        ("type 'hello', press enter", TypeText(text="hello", submit=True), "allow"),
        ("type 'Ada' into Name", TypeText(text="Ada"), "ask"),
    ],
)
def test_the_goal_decides(goal: str, action: Action, expected: str) -> None:
    """Exactly what it names, exactly so."""
    assert verdict(GoalPolicy(goal, SHOP), action) == expected


def test_text_goes_into_its_field_alone() -> None:
    """After the click on it, and not after anything else."""
    goal = "type 'Ada' into Name"
    assert verdict(GoalPolicy(goal, SHOP), click(2, count=3), TypeText(text="Ada")) == "allow"
    assert verdict(GoalPolicy(goal, SHOP), click(2, count=3), click(1), TypeText(text="Ada")) == "ask"


def test_text_stays_in_the_application_whose_field_was_clicked() -> None:
    """A window that took the keys meanwhile gets none of it."""
    policy = GoalPolicy("type 'Ada' into Name", SHOP)
    assert verdict(policy, click(2, count=3)) == "allow"
    thief = Window(title="Name", app="thief", box=WHOLE, active=True)
    assert verdict(policy, TypeText(text="Ada"), window=thief) == "ask"


def test_a_button_is_no_box_to_tick() -> None:
    """Where nothing can be ticked, what stands near the words is not what they mean."""
    near = Reader([("Newsletter", box(0), "text"), ("Buy", box(1), "button"), ("Newsletter", box(1), "switch")])
    assert verdict(GoalPolicy("check Newsletter", near), click(1)) == "ask"


def test_the_same_field_can_be_filled_twice() -> None:
    """What a click was for is not decided before the text comes."""
    policy = GoalPolicy("type 'a' into Name, type 'b' into Name", SHOP)
    for text in ("a", "b"):
        assert verdict(policy, click(2, count=3), TypeText(text=text)) == "allow"


def test_leave_is_used_up() -> None:
    """Once, and once more as a first try may be lost."""
    policy = GoalPolicy("click Send", SHOP)
    assert [verdict(policy, click(0)) for _ in range(3)] == ["allow", "allow", "ask"]


def test_a_shell_is_typed_into_only_when_it_is_named() -> None:
    """What has the focus may be another program than the person thinks."""
    hello = TypeText(text="hello")
    assert verdict(GoalPolicy("type 'hello'", SHOP), hello, window=SHELL) == "ask"
    assert verdict(GoalPolicy("open the terminal, type 'hello'", SHOP), hello, window=SHELL) == "allow"


@pytest.mark.parametrize("app", ["XTerm", "Xfce4-terminal", "konsole", "WindowsTerminal", "iTerm2", "pinentry-gtk-2"])
def test_shells_are_known_by_their_application(app: str) -> None:
    """Whatever their titles say."""
    window = SHELL.model_copy(update={"title": "notes", "app": app})
    assert verdict(GoalPolicy("type 'hello'", SHOP), TypeText(text="hello"), window=window) == "ask"


@pytest.mark.parametrize("title", ["Terminal 5 - parking", "Two-factor authentication", "Password"])
def test_pages_may_be_called_anything(title: str) -> None:
    """A page that speaks of terminals is none."""
    window = PAGE.model_copy(update={"title": title})
    assert verdict(GoalPolicy("type 'hello'", SHOP), TypeText(text="hello"), window=window) == "allow"


def test_another_site_is_out_of_bounds() -> None:
    """Where the run began, and what the goal names; what only looks like it is another one."""
    policy = GoalPolicy("click Send, then click Delete", SHOP)
    away = PAGE.model_copy(update={"url": "https://shop.example.evil.test/a"})
    assert verdict(policy, click(0)) == "allow"
    assert verdict(policy, click(1), window=away) == "ask"
    assert verdict(GoalPolicy("open https://evil.test/, click Send", SHOP), click(0)) == "allow"


@pytest.mark.parametrize(
    ("goal", "url", "expected"),
    [
        ("open https://other.test, click Send", "https://other.test/", "allow"),
        ("open other.test, click Send", "https://www.other.test/", "allow"),
        ("open b\u00fccher.test, click Send", "https://xn--bcher-kva.test/", "allow"),
        ("open ex\u00e4mple.test, click Send", "https://mple.test/", "ask"),
        ("open https://shop.test@evil.test/, click Send", "https://shop.test/", "ask"),
        ("type 'ada@evil.test' into Name, click Send", "https://evil.test/", "ask"),
        ("open \u043ether.test, click Send", "https://other.test/", "ask"),
        ("click Send", "data:text/html,Send", "ask"),
    ],
)
def test_hosts_are_named_as_browsers_read_them(goal: str, url: str, expected: str) -> None:
    """Neither a part of a name nor an e-mail address is one."""
    policy = GoalPolicy(goal, SHOP)
    verdict(policy, Move(point=CORNER))
    assert verdict(policy, click(0), window=PAGE.model_copy(update={"url": url})) == expected


def test_rules_come_first_and_may_allow_more() -> None:
    """What the person wrote into a file is the person's word as well."""
    rules = RulePolicy([Rule(name="fine", verdict="allow", text="Delete")], default="ask", text_at=lambda *_: "Delete")  # type: ignore[arg-type]
    assert verdict(GoalPolicy("click Send", SHOP, rules), click(1)) == "allow"


def test_where_the_rules_deny_what_they_do_not_name_so_does_the_guard() -> None:
    """Nobody is asked then."""
    assert verdict(GoalPolicy("click Send", SHOP, RulePolicy(default="deny")), click(1)) == "deny"


def test_each_action_can_be_approved_on_top() -> None:
    """What the goal names is then asked about as well."""
    assert verdict(GoalPolicy("click Send", SHOP, RulePolicy(default="ask", ask_each=True)), click(0)) == "ask"


def test_a_rule_cannot_pass_for_the_absence_of_one() -> None:
    """Its refusal would be taken for a question to the goal."""
    with pytest.raises(PolicyError, match="default"):
        GoalPolicy("click Send", SHOP, RulePolicy([Rule(name="default", verdict="deny")]))


def test_it_is_made_again_from_its_data() -> None:
    """As a recording keeps it; what has no goal is plain rules."""
    data = GoalPolicy("click Send", SHOP).as_data()
    again = policy_of(data, SHOP)
    assert isinstance(again, GoalPolicy)
    assert [verdict(again, click(row)) for row in (0, 1)] == ["allow", "ask"]
    assert isinstance(policy_of(RulePolicy().as_data(), None), RulePolicy)


def test_the_packaged_rules_can_be_read() -> None:
    """They ask where nothing fits, so that they are no looser without the guard."""
    assert RulePolicy.load(guarded_rules()).default == "ask"
