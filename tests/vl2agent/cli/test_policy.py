"""The policy commands: check a file, explain a decision, print an example; and `vl2agent stop`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vl2agent.cli.main import app
from vl2agent.errors import InputError, PolicyError

EXAMPLE = Path(__file__).parents[3] / "examples" / "policy.toml"
SETTINGS = EXAMPLE.with_name("settings.png")


def output(*arguments: str, code: int = 0) -> str:
    """What a command prints."""
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160"})
    assert result.exit_code == code, result.output
    return result.output


def test_the_example_is_a_file_without_mistakes(tmp_path: Path) -> None:
    """What is printed can be used as it is."""
    file = tmp_path / "policy.toml"
    file.write_text(output("policy", "example"), encoding="utf-8")
    shown = output("policy", "check", str(file))
    assert "Warning" not in shown
    assert shown.index("the screen's own keys") < shown.index("the password manager") < shown.index("default")
    assert json.loads(output("policy", "check", str(file), "--json"))["warnings"] == []


def test_check_names_every_mistake(tmp_path: Path) -> None:
    """Exit code 2, and what was meant."""
    file = tmp_path / "policy.toml"
    file.write_text('defualt = "deny"\n[[rule]]\nname = "a"\nverdict = "deny"\nwindows = "x"\n')
    told = json.loads(output("policy", "check", str(file), "--json", code=2))["errors"]
    assert [error["type"] for error in told] == ["PolicyError", "PolicyError"]
    assert "did you mean default?" in told[0]["message"]
    assert "did you mean window?" in told[1]["message"]
    assert "did you mean window?" in output("policy", "check", str(file), code=2)


def test_check_warns_of_rules_that_never_fit(tmp_path: Path) -> None:
    """A warning is no mistake."""
    file = tmp_path / "policy.toml"
    file.write_text(
        '[[rule]]\nname = "all"\nverdict = "ask"\n[[rule]]\nname = "some"\nverdict = "deny"\nkeys = ["f5"]\n'
    )
    assert "'some' can never fit: 'all' before it always does" in " ".join(output("policy", "check", str(file)).split())


@pytest.mark.parametrize(
    ("arguments", "verdict", "rule"),
    [
        (["key Control+Alt+Delete"], "deny", "the screen's own keys"),
        (["type 'rm -rf /'"], "deny", "commands that destroy"),
        (["click 10,20"], "allow", "default"),
        (["click", "--at", "10,1", "--policy", str(EXAMPLE)], "deny", "the panel"),
        (
            ["click 10,300", "--text", "Buy now", "--window", "Shop", "--app", "x", "--policy", str(EXAMPLE)],
            "deny",
            "buttons that spend money",
        ),
        (["type x", "--url", "https://my.bank.example/", "--policy", str(EXAMPLE)], "ask", "sites that are not ours"),
        (
            ["type x", "--window", "t", "--app", "x", "--policy", str(EXAMPLE), "--when", "2030-01-02T23:00"],
            "ask",
            "nights",
        ),
        (["type x", "--app", "keepassxc", "--policy", str(EXAMPLE)], "deny", "the password manager"),
    ],
)
def test_explain_names_the_rule_that_decides(arguments: list[str], verdict: str, rule: str) -> None:
    """And of each rule before it, why it does not fit."""
    told = json.loads(output("policy", "explain", *arguments, "--json"))
    assert (told["verdict"], told["rule"]) == (verdict, rule)
    assert all(passed["why_not"] for passed in told["passed"])
    assert f"{verdict} by" in output("policy", "explain", *arguments)


def test_explain_reads_a_screenshot() -> None:
    """What is written under the pointer comes from the picture."""
    told = json.loads(
        output("policy", "explain", "click 775,550", "--screenshot", str(SETTINGS), "--policy", str(EXAMPLE), "--json")
    )
    assert any("Close" in passed["why_not"] for passed in told["passed"])


def test_explain_says_what_an_action_looks_like() -> None:
    """A wrong one is told with the forms there are, and the nearest."""
    result = CliRunner().invoke(app, ["policy", "explain", "clik 1,2"])
    assert isinstance(result.exception, InputError)
    assert "did you mean click" in str(result.exception)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """No policy would be worse than an error."""
    for command in (["check"], ["explain", "key a", "--policy"]):
        result = CliRunner().invoke(app, ["policy", *command, str(tmp_path / "none.toml")])
        assert isinstance(result.exception, PolicyError)


def test_stop_touches_the_file_that_runs_watch(tmp_path: Path) -> None:
    """And says which."""
    file = tmp_path / "runs" / "stop"
    assert json.loads(output("stop", "--kill-file", str(file), "--json")) == {"touched": str(file)}
    assert file.exists()
