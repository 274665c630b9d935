"""Nothing secret is ever written: no text, no pixel, no digest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from vl2agent.actions import MASK, Click, TypeText
from vl2agent.calls import Bill, Charge, ModelCall, Shot, question_key
from vl2agent.completion import Prompt, Reply, Usage
from vl2agent.errors import PolicyError
from vl2agent.geometry import ScreenBox, ScreenPoint, Size
from vl2agent.readings import Reading
from vl2agent.recording.painting import PAINT, Region
from vl2agent.recording.reader import Recording
from vl2agent.recording.redaction import Redaction, values_of
from vl2agent.recording.schema import (
    Asked,
    Called,
    Ended,
    FrameSeen,
    Grounded,
    Intended,
    Judged,
    Noted,
    Planned,
    Read,
    RunStarted,
)
from vl2agent.recording.writer import Recorder
from vl2agent.steps import ClickIntent, Element, Frame, Plan, Settled, Target, Verdict, Window

SECRET = "hunter2-Zebra"
FIELD = ScreenBox(20, 90, 220, 120)
PAINTED = (PAINT, PAINT, PAINT)


def form(text: str = "", title: str = "Form") -> Settled:
    """A window with a text in a field, and a label that stays."""
    image = Image.new("RGB", (400, 300), "#eeeeee")
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(18)
    pen.text((20, 20), "Password", "black", font)
    pen.rectangle((FIELD.left, FIELD.top, FIELD.right, FIELD.bottom), outline="black")
    pen.text((FIELD.left + 6, FIELD.top + 4), text, "black", font)
    window = Window(title=title, app="form", box=ScreenBox(10, 10, 390, 290), active=True)
    return Settled(replace(Frame.from_image(image), windows=(window,)), "settled", 0.1)


def page(text: str) -> Settled:
    """Another page, with a text somewhere on it."""
    image = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(image).text((40, 200), text, "black", ImageFont.load_default(18))
    return Settled(Frame.from_image(image), "settled", 0.1)


def types(recorder: Recorder, step: int, frame: int, typed: TypeText) -> None:
    """Write down what happens until an effect."""
    recorder.write(Planned(step=step, frame=frame, plan=Plan(intent=typed)))
    recorder.write(Grounded(step=step, action=typed))
    recorder.write(Intended(step=step, action=typed), sync=True)


def everything(path: Path) -> str:
    """Read every byte of a recording that could be text."""
    return "\n".join(file.read_bytes().decode("latin-1") for file in path.rglob("*") if file.is_file())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the recording goes."""
    return tmp_path / "run.v2a"


def test_what_is_typed_as_secret_is_in_no_event(path: Path) -> None:
    """Plan, ground, intent; then question, fact, verdict, note, end, whatever says it again."""
    with Recorder(path) as recorder:
        frame = recorder.see(form())
        types(recorder, 1, frame, TypeText(text=SECRET, secret=True))
        recorder.write(Asked(step=1, question=f"send {SECRET}?", answer=SECRET))
        recorder.write(Noted(text=f"the field holds {SECRET}"))
        recorder.write(Judged(step=1, frame=frame, verdict=Verdict(outcome="failed", note=SECRET), seconds=0))
        recorder.see(form(SECRET, title=f"{SECRET} - Form"))
        recorder.finish(Ended(ok=False, message=f"could not type {SECRET}"))
    assert SECRET not in everything(path)
    recording = Recording(path)
    assert [event.action for event in recording.of(Intended)] == [TypeText(text=MASK, secret=True)]
    seen = list(recording.of(FrameSeen))[-1]
    assert seen.windows[0].title == f"{MASK} - Form"


@pytest.mark.parametrize("text", ["7", "   ", "\n"])
def test_a_short_secret_is_masked_where_it_is_typed(path: Path, text: str) -> None:
    """Also one of a single character, or of none that can be seen."""
    with Recorder(path) as recorder:
        types(recorder, 1, recorder.see(form()), TypeText(text=text, secret=True))
    assert [event.action for event in Recording(path).of(Intended)] == [TypeText(text=MASK, secret=True)]


def test_a_named_secret_is_written_as_its_name(path: Path) -> None:
    """From the first event on, so that a replay can type it again."""
    with Recorder(path, redaction=Redaction({"SHOP": SECRET})) as recorder:
        recorder.write(RunStarted(goal=f"type {SECRET} into the field"))
        types(recorder, 1, recorder.see(form()), TypeText(text="{SHOP}"))
    recording = Recording(path)
    assert recording.run is not None
    assert recording.run.goal == "type {SHOP} into the field"
    assert [event.action for event in recording.of(Intended)] == [TypeText(text="{SHOP}")]


@pytest.mark.parametrize("typed", [TypeText(text=SECRET, secret=True), TypeText(text="{SHOP}")])
def test_where_a_secret_was_typed_is_painted_over_for_good(path: Path, typed: TypeText) -> None:
    """The part of the screen that changed; the rest stays to be seen."""
    with Recorder(path, redaction=Redaction({"SHOP": SECRET})) as recorder:
        types(recorder, 1, recorder.see(form()), typed)
        recorder.see(form(SECRET))
        recorder.see(form(SECRET + "!"))
    empty, filled, later = Recording(path).frames()
    for frame in (filled, later):
        assert frame.image.getpixel((30, 105)) == PAINTED
        assert frame.image.crop((20, 20, 120, 40)).tobytes() == empty.image.crop((20, 20, 120, 40)).tobytes()
    colours = later.image.crop((FIELD.left + 6, FIELD.top + 8, FIELD.left + 100, FIELD.bottom - 8)).getcolors()
    assert colours is not None
    assert [colour for _, colour in colours] == [PAINTED]


def test_a_screen_that_still_moves_is_watched_on(path: Path) -> None:
    """What appears after the first picture is part of what was typed."""
    with Recorder(path) as recorder:
        types(recorder, 1, recorder.see(form()), TypeText(text=SECRET, secret=True))
        recorder.see(replace(form(SECRET[:3]), verdict="moving"))
        recorder.see(form(SECRET))
    last = list(Recording(path).frames())[-1]
    assert last.image.getpixel((FIELD.left + 100, 105)) == PAINTED


def test_what_shows_later_than_it_was_typed_is_painted_over(path: Path) -> None:
    """A slow window: the first picture after it is the one before, give or take a caret."""
    with Recorder(path) as recorder:
        types(recorder, 1, recorder.see(form()), TypeText(text=SECRET, secret=True))
        recorder.see(form())
        recorder.see(form("|"))
        recorder.see(form(SECRET))
    last = list(Recording(path).frames())[-1]
    assert last.image.getpixel((FIELD.left + 100, 105)) == PAINTED


@pytest.mark.parametrize("typed", [TypeText(text=SECRET, secret=True), TypeText(text="{SHOP}")])
def test_a_process_that_goes_on_paints_over_what_was_being_typed(path: Path, typed: TypeText) -> None:
    """The writer was killed between the keys and the picture."""
    with Recorder(path, redaction=Redaction({"SHOP": SECRET})) as recorder:
        types(recorder, 1, recorder.see(form()), typed)
    with Recorder.resume(path, redaction=Redaction({"SHOP": SECRET}, texts_in=texts_in)) as recorder:
        recorder.see(form(SECRET))
    last = list(Recording(path).frames())[-1]
    assert last.image.getpixel((FIELD.left + 100, 105)) == PAINTED


def test_an_answer_is_found_though_its_picture_was_painted_over_since(path: Path) -> None:
    """A screen that comes back after a secret was typed has another digest; what was read on it is kept."""
    reading = Reading(
        ask="text_in",
        frame=form().frame.digest,
        region=form().frame.region,
        box=ScreenBox(20, 20, 120, 44),
        text="Password",
    )
    with Recorder(path) as recorder:
        frame = recorder.see(form())
        recorder.write(Read(step=1, reading=reading))
        types(recorder, 1, frame, TypeText(text=SECRET, secret=True))
        recorder.see(form(SECRET))
        recorder.see(form())
        for _ in range(2):
            recorder.write(Read(step=2, reading=reading))
    recording = Recording(path)
    assert [read.again for read in recording.of(Read)] == [False, False, True]
    assert [each.text for each in recording.readings[2]] == ["Password", "Password"]


def test_a_process_that_goes_on_paints_the_same_places_over(path: Path) -> None:
    """It does not know what was typed, but where."""
    with Recorder(path) as recorder:
        types(recorder, 1, recorder.see(form()), TypeText(text=SECRET, secret=True))
        recorder.see(form(SECRET))
    with Recorder.resume(path) as recorder:
        recorder.see(form(SECRET))
    before, after = list(Recording(path).frames())[1:]
    assert after.digest == before.digest


def test_another_recording_of_the_same_screen_masks_the_same(path: Path) -> None:
    """Values that were typed, places where they were."""
    with Recorder(path) as first:
        types(first, 1, first.see(form()), TypeText(text=SECRET, secret=True))
        first.see(form(SECRET))
    with Recorder(path.with_name("other.v2a"), redaction=first.redaction.beginning()) as second:
        second.write(RunStarted(goal=f"go on with {SECRET}"))
        second.see(form(SECRET))
    other = Recording(second.path)
    assert SECRET not in everything(second.path)
    assert next(other.frames()).digest == list(Recording(path).frames())[1].digest


def texts_in(frame: Frame) -> Iterator[tuple[str, ScreenBox]]:
    """Read as a network would, by knowing the pictures."""
    for read, settled, box in (
        (SECRET, page(SECRET), ScreenBox(38, 198, 200, 222)),
        ("Password", form(), ScreenBox(20, 20, 120, 44)),
    ):
        if frame.crop(box).digest == settled.frame.crop(box).digest:
            yield read, box


def test_another_page_is_read_for_it(path: Path) -> None:
    """Enter was pressed: the new page is shown, but for the places where the secret can be read."""
    with Recorder(path, redaction=Redaction(texts_in=texts_in)) as recorder:
        types(recorder, 1, recorder.see(form()), TypeText(text=SECRET, secret=True, submit=True))
        recorder.see(page(SECRET))
    recording = Recording(path)
    (box,) = list(recording.of(FrameSeen))[-1].masked
    assert box.intersection(ScreenBox(38, 198, 200, 222)) == ScreenBox(38, 198, 200, 222)
    frame = recording.frame(1)
    assert frame is not None
    assert frame.image.getpixel((100, 210)) == PAINTED
    assert frame.image.getpixel((300, 100)) == (255, 255, 255)


def test_a_large_field_is_no_other_page(path: Path) -> None:
    """Nobody pressed enter: what changed is what was typed, however much of the screen that is."""
    with Recorder(path, redaction=Redaction(texts_in=texts_in)) as recorder:
        types(recorder, 1, recorder.see(form()), TypeText(text=SECRET * 99, secret=True))
        recorder.see(page(SECRET[3:]))
    frame = Recording(path).frame(1)
    assert frame is not None
    assert frame.image.getpixel((100, 210)) == PAINTED


def test_a_part_of_a_long_value_is_found_on_the_screen(path: Path) -> None:
    """A narrow field shows no more of it."""
    with Recorder(path, redaction=Redaction({"KEY": f"AAAA{SECRET}BBBB"}, texts_in=texts_in)) as recorder:
        recorder.see(page(SECRET))
    frame = Recording(path).frame(0)
    assert frame is not None
    assert frame.image.getpixel((100, 210)) == PAINTED


def test_another_page_that_nobody_reads_is_not_shown(path: Path) -> None:
    """Without a reader all that changed could be the secret."""
    with Recorder(path) as recorder:
        types(recorder, 1, recorder.see(form()), TypeText(text=SECRET, secret=True, submit=True))
        recorder.see(page(SECRET))
    frame = Recording(path).frame(1)
    assert frame is not None
    assert frame.image.getpixel((100, 210)) == PAINTED


def test_patterns_are_found_on_the_screen(path: Path) -> None:
    """And in texts, before anything was typed."""
    with Recorder(path, redaction=Redaction(patterns=["hunter[0-9]-[A-Z]\\w+"], texts_in=texts_in)) as recorder:
        recorder.see(page(SECRET))
        recorder.write(Noted(text=f"read: {SECRET}"))
    recording = Recording(path)
    frame = recording.frame(0)
    assert frame is not None
    assert frame.image.getpixel((100, 210)) == PAINTED
    assert SECRET not in everything(path)


@pytest.mark.parametrize(
    ("region", "box"),
    [
        (Region(box=(0, 0, 100, 50)), (0, 0, 100, 50)),
        (Region(box=("50%", "50%", "100%", "100%")), (200, 150, 400, 300)),
        (Region(box=(10, 10, "50%", 20), window=re.compile("form", re.IGNORECASE)), (20, 20, 200, 30)),
        (Region(window=re.compile("^Form")), (10, 10, 390, 290)),
    ],
)
def test_named_places_are_painted_over_in_every_frame(
    path: Path, region: Region, box: tuple[int, int, int, int]
) -> None:
    """Pixels and parts, of the screen and of windows; the frame says where."""
    with Recorder(path, redaction=Redaction(regions=[region])) as recorder:
        recorder.see(form(SECRET))
        recorder.see(page("no window here"))
    recording = Recording(path)
    seen, other = recording.of(FrameSeen)
    assert [tuple(place.edges) for place in seen.masked] == [box]
    frame = recording.frame(0)
    assert frame is not None
    assert frame.image.crop(box).getcolors() == [((box[2] - box[0]) * (box[3] - box[1]), PAINTED)]
    assert (other.masked == ()) == (region.window is not None)


def test_a_place_that_is_off_the_screen_is_nowhere(path: Path) -> None:
    """And one that is turned inside out."""
    regions = [Region(box=(5000, 0, 5100, 10)), Region(box=(300, 0, "50%", 10))]
    with Recorder(path, redaction=Redaction(regions=regions)) as recorder:
        recorder.see(form())
    assert next(Recording(path).of(FrameSeen)).masked == ()


def test_what_is_read_under_paint_is_masked(path: Path) -> None:
    """Also where reading got it wrong, so that no value is found in it."""
    read = Element(box=ScreenBox(26, 95, 150, 115), text="hvnter2-Zebrn", role="text", confidence=0.6)
    label = Element(box=ScreenBox(20, 20, 120, 44), text="Password", role="text", confidence=0.9)
    target = Target(words="the field", box=read.box, point=read.point, confidence=0.9, text=read.text)
    with Recorder(path, redaction=Redaction(regions=[Region(box=FIELD.edges)])) as recorder:
        frame = form(SECRET).frame
        number = recorder.see(form(SECRET))
        asked = Reading(ask="elements", frame=frame.digest, region=frame.region)
        recorder.write(Read(step=1, reading=asked.model_copy(update={"elements": (read, label)})))
        part = {"ask": "text_in", "box": FIELD, "text": read.text}
        recorder.write(Read(step=1, reading=asked.model_copy(update=part)))
        recorder.write(Grounded(step=1, action=Click(point=target.point), target=target))
        plan = Plan(intent=ClickIntent(target="the field"), found=(target,))
        recorder.write(Planned(step=1, frame=number, plan=plan))
        verdict = Verdict(outcome="changed", changed=(FIELD,), appeared=read.text)
        recorder.write(Judged(step=1, frame=number, verdict=verdict, seconds=0))
    assert read.text not in everything(path)
    elements = Recording(path).readings[1][0].elements
    assert [element.text for element in elements] == [MASK, "Password"]


@pytest.mark.parametrize(
    ("box", "hidden"),
    [
        (ScreenBox(0, 95, 400, 115), True),  # a line that the field is a part of
        (ScreenBox(0, 0, 400, 300), True),  # all of the window, as one text
        (ScreenBox(100, 100, 130, 110), True),
        (ScreenBox(20, 70, 220, 91), False),  # the label above, which touches the edge
        (ScreenBox(300, 90, 390, 120), False),
    ],
)
def test_what_shares_more_than_an_edge_with_paint_is_masked(path: Path, box: ScreenBox, hidden: bool) -> None:
    """Texts around it can be read."""
    with Recorder(path, redaction=Redaction(regions=[Region(box=FIELD.edges)])) as recorder:
        frame = form().frame
        recorder.see(form())
        element = Element(box=box, text="text", role="text", confidence=1)
        asked = Reading(ask="elements", frame=frame.digest, region=frame.region, elements=(element,))
        recorder.write(Read(step=1, reading=asked))
    assert Recording(path).readings[1][0].elements[0].text == (MASK if hidden else "text")


def test_no_digest_tells_of_what_was_painted_over(path: Path) -> None:
    """Those of the frame, of readings and of what a model was sent are those of the painted pictures."""
    frame = form(SECRET).frame
    crop = ScreenBox(10, 80, 240, 130)
    sent, small = Shot.of(frame), Size(200, 150)
    call = ModelCall(
        purpose="plan",
        prompt=Prompt.ask(f"Type {SECRET}?"),
        regions=(frame.region, crop, frame.region),
        sizes=(sent.size, small, sent.size),
        digests=(sent.digest, Shot.of(frame.crop(crop), small).digest, "f" * 64),
        counts={"0123456789abcdef": 7},
        bill=Bill(charges=(Charge(name="all", tokens=433),), reserve=256, window=4096),
        reply=Reply(text=SECRET, usage=Usage(prompt_tokens=433, image_tokens=421, completion_tokens=2)),
        seconds=0.5,
    )
    redaction = Redaction({"SHOP": SECRET}, regions=[Region(box=FIELD.edges)])
    with Recorder(path, redaction=redaction) as recorder:
        recorder.see(form(SECRET))
        for region in (frame.region, crop):
            reading = Reading(ask="elements", frame=frame.crop(region).digest, region=region)
            recorder.write(Read(step=1, reading=reading))
        recorder.write(Called(step=1, call=call))
    recording = Recording(path)
    shown = recording.frame(0)
    assert shown is not None
    assert shown.digest != frame.digest
    assert [read.frame for read in recording.readings[1]] == [shown.digest, shown.crop(crop).digest]
    (told,) = recording.calls[1]
    known = (Shot.of(shown).digest, Shot.of(shown.crop(crop), small).digest)
    assert told.digests[:2] == known
    assert told.digests[2] not in (*known, *call.digests)
    assert told.counts == {question_key(told.prompt, told.sizes): 433}
    assert SECRET not in told.model_dump_json()


def test_without_secrets_nothing_is_changed(path: Path) -> None:
    """Events and frames are written as they are."""
    settled = form("hello")
    reading = Reading(ask="elements", frame=settled.frame.digest, region=settled.frame.region)
    with Recorder(path) as recorder:
        recorder.see(settled)
        recorder.write(Read(step=1, reading=reading))
    recording = Recording(path)
    assert recording.readings[1] == [reading]
    assert recording.digest(0) == settled.frame.digest


def test_a_picture_beside_the_recording_is_masked_too() -> None:
    """The one of a failure, and the candidates drawn on it."""
    redaction = Redaction({"SHOP": SECRET}, regions=[Region(box=FIELD.edges)])
    under = Target(words=SECRET, box=FIELD, point=FIELD.center, confidence=0.5, text="hvnter2")
    frame, (target,), caption = redaction.beside(form(SECRET).frame, [under], f"no {SECRET}")
    assert frame.image.getpixel((30, 105)) == PAINTED
    assert (target.text, target.words, caption) == (MASK, "{SHOP}", "no {SHOP}")


def test_a_file_says_what_is_masked(tmp_path: Path) -> None:
    """Beside the rules of a policy, or alone."""
    file = tmp_path / "policy.toml"
    file.write_text("""
        [redact]
        secrets = ["SHOP"]
        patterns = ["[0-9]{4} [0-9]{4}"]
        [[redact.region]]
        window = "keepass"
        [[redact.region]]
        box = [0, "90%", "100%", "100%"]
    """)
    redaction = Redaction.load(file, environ={"SHOP": SECRET}, secrets={"BANK": "zxcvbnm"})
    assert redaction.secrets == {"SHOP": SECRET, "BANK": "zxcvbnm"}
    assert redaction.event(Noted(text=f"{SECRET} zxcvbnm 1234 5678")).text == f"{{SHOP}} {{BANK}} {MASK}"
    assert redaction.painted(form(title="KeePassXC").frame)[1] == (
        ScreenBox(10, 10, 390, 290),
        ScreenBox(0, 270, 400, 300),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[redact", "cannot be read"),
        ("redact = 3", "redact: "),
        ("[redact]\nsecret = 3", "redact.secret: "),
        ("[redact]\nsecrets = 3", "redact"),
        ('[redact]\nsecrets = "SHOP"', "redact"),
        ("[redact]\nsecrets = ['UNSET']", "UNSET"),
        ("[redact]\npatterns = ['(']", "redact"),
        ("[redact]\npatterns = [3]", "redact"),
        ("[redact]\nregion = 3", "redact"),
        ("[[redact.region]]\nbox = [0, 0, 10]", "box"),
        ("[[redact.region]]\nbox = [0, 0, '10', 3]", "90%"),
        ("[[redact.region]]\nwindow = '('", "window"),
        ("[[redact.region]]\ncolour = 3", "colour"),
    ],
)
def test_a_file_that_cannot_be_obeyed_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Before anything is recorded that should have been masked."""
    file = tmp_path / "redact.toml"
    file.write_text(text)
    with pytest.raises(PolicyError, match=said):
        Redaction.load(file, environ={})


def test_a_secret_that_is_not_set_is_told() -> None:
    """By its name; an empty one is none."""
    for environ in ({}, {"SHOP": ""}):
        with pytest.raises(PolicyError, match="SHOP is not set"):
            values_of(["SHOP"], environ)


def test_points_and_clicks_are_not_touched(path: Path) -> None:
    """A number that is part of a secret is no secret in a place."""
    with Recorder(path, redaction=Redaction({"PIN": "1234"})) as recorder:
        recorder.write(Intended(step=1, action=Click(point=ScreenPoint(1234, 5))))
    assert [event.action for event in Recording(path).of(Intended)] == [Click(point=ScreenPoint(1234, 5))]
