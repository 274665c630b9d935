"""Goals in words become clauses, or are refused with the place and the nearest form."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl2agent.errors import GoalError
from vl2agent.planner.clauses import (
    Ask,
    Await,
    Check,
    Choose,
    Clause,
    Clear,
    Click,
    Close,
    Drag,
    Hover,
    Open,
    Pause,
    Press,
    Scroll,
    ScrollTo,
    Set,
    Switch,
    Type,
)
from vl2agent.planner.forms import FORMS
from vl2agent.planner.grammar import MAX_CLAUSES, MAX_GOAL, parse

ONE_CLAUSE = [
    ("open settings", Open("settings")),
    ("Please launch the file manager.", Open("file manager")),
    ("open Privacy and security", Open("Privacy and security")),
    ("close the window", Close()),
    ("quit Mousepad", Close("Mousepad")),
    ("click Save and Close", Click("Save and Close")),
    ("click the second Delete", Click("second Delete")),
    ("click Don't Save", Click("Don't Save")),
    ("double-click on Home", Click("Home", count=2)),
    ("right click notes.txt", Click("notes.txt", button="right")),
    ("ctrl+click notes.txt", Click("notes.txt", modifiers=("ctrl",))),
    ("press the OK button", Click("OK button")),
    ("press Save As", Click("Save As")),
    ("choose the Adwaita-dark style", Choose("Adwaita-dark style")),
    ("select 'Blue' in the Colour list", Choose("'Blue' in the Colour list")),
    ("check Enable editing", Check("Enable editing")),
    ("turn the bell off", Check("bell", on=False)),
    ("toggle Sound", Check("Sound", on=None)),
    ("type 'hello'", Type("hello")),
    ("enter “naïve café” in the name field", Type("naïve café", "name field")),
    ("type 'don't stop' into Name", Type("don't stop", "Name")),
    (r"write 'one\ntwo'", Type("one\ntwo")),
    ("type hello world into Name", Type("hello world", "Name")),
    ("fill in Name with 'Ada'", Type("Ada", "Name")),
    ("set the number of workspaces to 6", Set("number of workspaces", "6")),
    ("clear the Name field", Clear("Name field")),
    ("press Ctrl + Shift + T", Press("ctrl+shift+t")),
    ("press ctrl-s", Press("ctrl+s")),
    ("hit Return", Press("enter")),
    ("press Page Down twice", Press("pagedown", 2)),
    ("press tab 3 times", Press("tab", 3)),
    ("scroll up 10 in the list", Scroll("up", 10, "list")),
    ("scroll down to Fonts", ScrollTo("Fonts", "down")),
    ("scroll until 'About' appears", ScrollTo("'About'")),
    ("drag A to B", Drag("A", "B")),
    ("hover over Help", Hover("Help")),
    ("wait 2.5 seconds", Pause(2.5)),
    ("wait 500 ms", Pause(0.5)),
    ("wait for Settings", Await("Settings")),
    ("wait until 'Saved' appears", Await("'Saved'")),
    ("wait until Loading disappears for 10 seconds", Await("Loading", gone=True, timeout_s=10)),
    ("make sure 'Done' is visible", Await("'Done'")),
    ("go back to Mousepad", Switch("Mousepad")),
    ("ask 'which file?'", Ask("which file?")),
    ('Click on the "OK" button.', Click('"OK" button')),
    ("press the submit button", Click("submit button")),
    ("hit submit", Click("submit")),
    ("Press Submit when done.", Click("Submit")),
    ("find and click on the second link", Click("second link")),
    ("Close the dialog by clicking the 'x'.", Click("'x'")),
    ("focus into the 2nd input field", Click("2nd input field")),
    ("focus the Name field", Click("Name field")),
    ("focus on Mousepad", Switch("Mousepad")),
    ('Enter "Ada" into the text field', Type("Ada", "text field")),
    ("enter the password 'x1' into the text field", Type("x1", "text field")),
    ("enter the password 'x1'", Type("x1", "password")),
    ("type the command 'ls'", Type("ls")),
    ("type 'ada' in all upper case letters in the text input", Type("ADA", "text input")),
    ("type 'Ada' in lowercase", Type("ada")),
    ("use the search box to enter 'Ada'", Type("Ada", "search box")),
    ("enter 12/24/2026 as the date", Type("12/24/2026", "date")),
    ("select 3 with the spinner", Set("spinner", "3")),
    ("choose Save with options", Choose("Save with options")),
    ("scroll to the bottom of the page", Scroll("down", 100, "page")),
    ("expand Details", Click("Details")),
]


@pytest.mark.parametrize(("goal", "clause"), ONE_CLAUSE, ids=[goal for goal, _ in ONE_CLAUSE])
def test_a_clause_is_read_as_people_say_it(goal: str, clause: Clause) -> None:
    """Politeness, articles, case and full stops change nothing; names keep their own 'and'."""
    assert parse(goal) == (clause,)


SEVERAL = [
    (
        "open settings, then open Appearance and choose the Adwaita-dark style",
        ("open settings", "open Appearance", "choose Adwaita-dark style"),
    ),
    ("type 'a, then click b; and c' and press enter", ("type 'a, then click b; and c'", "press enter")),
    ("Open Mousepad. Type 'x'. Save it as 'n.txt'.", ("open Mousepad", "type 'x'", "press ctrl+shift+s", "type 'n.txt'", "press enter")),
    ("click 7, +, 8 and =", ("click 7", "click +", "click 8", "click =")),
    ("press tab, tab, enter", ("press tab", "press tab", "press enter")),
    ("check 'A', 'B' and uncheck 'C'", ("check 'A'", "check 'B'", "uncheck 'C'")),
    ("click File > Save As...", ("click File", "click Save As...")),
    ("In Mousepad, click Save", ("switch to Mousepad", "click Save")),
    ("select all, copy\npaste", ("press ctrl+a", "press ctrl+c", "press ctrl+v")),
    ("rename a.txt to 'b.txt'", ("click a.txt", "press f2", "press ctrl+a", "type 'b.txt'", "press enter")),
    ("go to localhost:8000/form", ("open browser", "press ctrl+l", "type 'localhost:8000/form'", "press enter")),
    ("choose Edit > Sort by>Name", ("unfold Edit to show Sort by", "unfold Sort by to show Name", "choose Name")),
    ("Select A, B and click Submit.", ("choose A", "choose B", "click Submit")),
    ("Select nothing and click Submit.", ("click Submit",)),
    ("Enter the user name 'ada' and the password 'x' into the text fields and press login", ("type 'ada' into user name", "type 'x' into password", "click login")),
    ("type 'x' into both text fields", ("type 'x' into first text field", "type 'x' into second text field")),
    ("press 'Search', then find and click Next", ("click 'Search'", "click Next")),
    ("go to /tmp", ("press ctrl+l", "type '/tmp'", "press enter")),
]  # fmt: skip


@pytest.mark.parametrize(("goal", "clauses"), SEVERAL, ids=[goal for goal, _ in SEVERAL])
def test_clauses_are_joined_in_many_ways(goal: str, clauses: tuple[str, ...]) -> None:
    """'then', 'and' before a verb, commas, full stops, lists, arrows; never inside quotes."""
    assert tuple(str(clause) for clause in parse(goal)) == clauses


@pytest.mark.parametrize(
    ("goal", "position"),
    [
        ("", 0),
        (" , then . ", 0),
        ("order a pizza", 0),
        ("open settings, order a pizza", 15),
        ("open settings then fly", 19),
        ("click", 0),
        ("type 'unclosed", 5),
        ("press ctrl+flurb", 6),
        ("press flurb", 6),
        ("select nothing", 0),
        ("switch between the tabs to find X", 0),
        ("open settings and press ctrl+", 24),
        ("wait 9999 seconds", 0),
        ("x" * (MAX_GOAL + 1), MAX_GOAL),
        ("open settings " * 800, 0),
        ("press tab, " * (MAX_CLAUSES + 1), 0),
    ],
)
def test_what_is_not_understood_is_refused_where_it_stands(goal: str, position: int) -> None:
    """Nothing is guessed; the position is that of the part that is wrong."""
    with pytest.raises(GoalError) as caught:
        parse(goal)
    assert caught.value.position in (position, MAX_GOAL)


def test_a_refusal_names_the_nearest_form() -> None:
    """'opne X' comes close to 'open X'."""
    with pytest.raises(GoalError, match="did you mean 'open X'"):
        parse("opne settings")


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_hints_name_is_one(form: str) -> None:
    """A hint that is followed is understood."""
    assert parse(form.replace("ADDRESS", "/tmp"))


WORDS = st.sampled_from(
    [
        "open",
        "close",
        "click",
        "type",
        "'a",
        "b'",
        '"c"',
        "then",
        "and",
        ",",
        ";",
        ".",
        "press",
        "ctrl+s",
        "enter",
        "select",
        "all",
        "the",
        "Save",
        "As",
        "wait",
        "for",
        "until",
        "X",
        "appears",
        "scroll",
        "down",
        "to",
        "5",
        "drag",
        "in",
        "into",
        "set",
        "it's",
        "’",
        "“",
        "”",
        "‘",
        "\\",
        "\n",
        "check",
        "turn",
        "on",
        "off",
        "rename",
        "'q'",
        "save",
        "as",
        "go",
        "7",
        "+",
        "=",
        "please",
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join)))
def test_any_text_is_read_or_refused_and_what_is_read_can_be_written(goal: str) -> None:
    """No text raises anything but GoalError; writing the clauses and reading them again changes nothing."""
    try:
        clauses = parse(goal)
    except GoalError:
        return
    for clause in clauses:
        assert parse(str(clause)) == (clause,)


@given(st.text(min_size=1, max_size=60))
def test_any_text_can_be_typed(text: str) -> None:
    """Whatever is to be typed survives its quotes, also next to other clauses."""
    typed = Type(text)
    assert parse(str(typed)) == (typed,)
    assert parse(f"open X, {typed} and press enter") == (Open("X"), typed, Press("enter"))


def test_every_example_of_the_documentation_is_understood() -> None:
    """docs/goals.md says nothing that would be refused."""
    page = (Path(__file__).parents[3] / "docs" / "goals.md").read_text(encoding="utf-8")
    cells = [row.split("|")[2] for row in page.splitlines() if row.startswith("| ") and "`" in row]
    examples = [example for cell in cells for example in re.findall(r"`([^`]+)`", cell)]
    assert len(examples) > 40
    for example in examples:
        assert parse(example)
