"""Do a recorded run again on a fresh screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from recorded_runs import LABELS, Form, FormReader, commanded

from vl2agent.actions import Action
from vl2agent.errors import ActionRefused, InputError, RecordingError
from vl2agent.executor.dry_run import DryRunExecutor
from vl2agent.executor.secrets import KnowsSecrets
from vl2agent.geometry import ScreenBox, Size
from vl2agent.policy.policy import RulePolicy
from vl2agent.policy.rules import Rule
from vl2agent.recording.painting import PAINT
from vl2agent.recording.reader import Recording
from vl2agent.recording.redaction import Redaction
from vl2agent.recording.schema import FrameSeen
from vl2agent.recording.writer import Recorder
from vl2agent.replay.rerun import rerun
from vl2agent.scripting.sync_screen import Screen
from vl2agent.steps import Settled


class Renamed(Form):
    """A form whose city moved to where the note was."""

    def box(self, label: str) -> ScreenBox:
        """Swap two fields."""
        return super().box({"City": "Note", "Note": "City"}.get(label, label))


class Deaf(Form):
    """A form that takes no text."""

    texts: dict[str, str]

    def perform(self, action: Action) -> object:  # type: ignore[override]
        """Take the focus alone."""
        receipt = super().perform(action)
        self.texts = dict.fromkeys(LABELS, "")
        return receipt


class Slow(Form):
    """A form that takes text late: only while it is waited for."""

    def settled(self, timeout_s: float = 3.0) -> Settled:
        """Show what was typed the second time that it is looked at."""
        shown, self.texts = self.texts, dict.fromkeys(LABELS, "") if self.fresh else self.texts
        self.fresh, seen = False, super().settled(timeout_s)
        self.texts = shown
        return seen

    fresh = False

    def perform(self, action: Action) -> object:  # type: ignore[override]
        """Take it, and do not show it yet."""
        self.fresh = action.kind == "type"
        return super().perform(action)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """A run that fills in two fields."""
    return commanded(tmp_path / "run.v2a")


def test_the_same_screen_takes_the_same_actions(recording: Recording) -> None:
    """All is done, and each screen looks as it did."""
    form = Form()
    found = rerun(recording, form)
    assert found.ok
    assert [outcome.state for outcome in found.outcomes] == ["same"] * 5
    assert (form.texts["Name"], form.texts["City"]) == ("Ann", "Oslo")


def test_a_screen_that_really_changed_ends_it(recording: Recording, tmp_path: Path) -> None:
    """What comes after the first difference is not done; a picture shows both sides."""
    found = rerun(recording, Deaf(), patience_s=0.0, pictures=tmp_path / "apart")
    assert not found.ok
    assert found.left == 2
    first = found.first_difference
    assert first is not None
    assert (first.step, first.state) == (2, "differs")
    assert first.picture == tmp_path / "apart" / "step-0002.png"
    assert first.picture.is_file()


def test_what_was_waited_for_may_be_there_sooner(tmp_path: Path) -> None:
    """The screen may look at once as it did after the wait, and no other way."""
    recording = commanded(tmp_path / "slow.v2a", "click Name, type 'Ann', wait 0.1 seconds", form=Slow())
    assert [step.action.kind for step in recording.steps if step.action] == ["click", "type", "wait", "done"]
    assert rerun(recording, Form(), patience_s=0.0).ok
    assert not rerun(recording, Deaf(), patience_s=0.0).ok


def test_what_is_masked_may_differ(recording: Recording) -> None:
    """A mask takes its part of the screen out of the comparison."""
    column = ScreenBox(190, 0, 480, 320)
    assert rerun(recording, Deaf(), patience_s=0.0, masks=[column]).ok


def test_a_target_that_moved_is_not_clicked_blindly(recording: Recording) -> None:
    """Without healing the first screen that differs ends it, before anything is done."""
    form = Renamed()
    found = rerun(recording, form, patience_s=0.0)
    assert (found.ok, [outcome.state for outcome in found.outcomes]) == (False, ["differs"])
    assert form.focus == ""


def test_healing_clicks_it_where_it_is_and_says_so(recording: Recording) -> None:
    """What the words name is found elsewhere, and told of."""
    form = Renamed()
    found = rerun(recording, form, patience_s=0.0, heal=True, perception=FormReader(form))
    assert found.ok
    assert (form.texts["City"], form.texts["Note"]) == ("Oslo", "")
    healed = [outcome for outcome in found.outcomes if outcome.state == "healed"]
    assert [outcome.step for outcome in healed] == [3]
    assert healed[0].note == f"'City' was at {Form().box('City').center}, is at {form.box('City').center}"


def test_the_door_is_asked(recording: Recording) -> None:
    """Other rules hold here, too."""
    rules = RulePolicy([Rule(name="no typing", verdict="deny", actions=("type",))])
    form = Form()
    with pytest.raises(ActionRefused, match="no typing"):
        rerun(recording, form, policy=rules)
    assert form.texts["Name"] == ""


def test_a_dry_run_is_not_done_for_real(tmp_path: Path) -> None:
    """Nothing was sent then."""
    with pytest.raises(RecordingError, match="it is a dry run"):
        rerun(commanded(tmp_path / "dry.v2a", executor=DryRunExecutor()), Form())


def test_another_size_is_refused(recording: Recording) -> None:
    """Places mean nothing there."""
    form = Form()
    form.size = Size(640, 480)
    with pytest.raises(InputError, match="expected a screen of 480x320"):
        rerun(recording, form)


def test_a_secret_is_asked_for_and_put_in(tmp_path: Path) -> None:
    """What was masked is not in the recording; who does it again brings it along."""
    form = Form()
    with Screen(form, perception=FormReader(form), recorder=Recorder(tmp_path / "run.v2a")) as screen:
        screen.locate("Name").type("hunter2hunter2", secret=True)
    again = Form()
    with pytest.raises(InputError, match="a secret is typed that is not in the recording"):
        rerun(tmp_path / "run.v2a", again)
    assert rerun(tmp_path / "run.v2a", Form(), secrets={"•••": "hunter2hunter2"}).left == 0


def test_a_name_is_not_typed_for_its_secret(tmp_path: Path) -> None:
    """What stood in the goal is no password."""
    form, secrets = Form(), {"SHOP": "hunter2hunter2"}
    hands, recorder = KnowsSecrets(form, secrets), Recorder(tmp_path / "run.v2a", redaction=Redaction(secrets))
    commanded(tmp_path / "run.v2a", "type '{SHOP}' into Name", form=form, executor=hands, recorder=recorder)
    with pytest.raises(InputError, match="--secret NAME"):
        rerun(tmp_path / "run.v2a", Form())
    again = Form()
    assert rerun(tmp_path / "run.v2a", again, secrets={"{SHOP}": secrets["SHOP"]}).ok
    assert again.texts["Name"] == secrets["SHOP"]


def test_no_picture_of_a_difference_shows_a_secret(tmp_path: Path) -> None:
    """Where it was painted over then, it is so now."""
    form, secret = Form(), "hunter2hunter2"
    with Screen(form, perception=FormReader(form), recorder=Recorder(tmp_path / "run.v2a")) as screen:
        screen.locate("Name").type(secret, secret=True)
    recording, again = Recording(tmp_path / "run.v2a"), Form()
    again.texts["City"], reader = "another", FormReader(again)
    options = {"secrets": {"•••": secret}, "pictures": tmp_path / "apart", "patience_s": 0.0}
    picture = rerun(recording, again, perception=reader, heal=True, **options).outcomes[-1].picture  # type: ignore[arg-type]
    assert picture is not None
    last = [event for event in recording.of(FrameSeen) if event.masked][-1].masked[0]
    with Image.open(picture) as image:
        left = image.width - form.size.width_px + last.left
        inside = image.crop((left + 4, last.top + 4, left + last.width - 4, last.bottom - 4)).convert("RGB")
    assert inside.getcolors() == [(inside.width * inside.height, (PAINT, PAINT, PAINT))]
