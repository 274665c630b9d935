"""Calls to a model: counted, refused when they do not fit, told of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PIL import Image

from vl2agent.backends.scripted import PICTURE_TOKENS, ScriptedBackend
from vl2agent.calls import Model, ModelCall, Section, Shot
from vl2agent.completion import Decoding, Grammar, Picture, Prompt, Ref, Reply, Usage
from vl2agent.errors import BackendError, InputError, Interrupted, UnexpectedCall, WindowTooSmall
from vl2agent.geometry import GridBox, ScreenBox, ScreenPoint, Size
from vl2agent.steps import Frame

FRAME = Frame.from_image(Image.new("RGB", (400, 300), "white"), origin=ScreenPoint(100, 50))
PICTURE = Section("picture", (Picture(),))
QUESTION = Section("question", ("Which tab is selected?",))


def test_charges_add_up_to_what_the_backend_counts() -> None:
    """Each part costs what the prompt grew by when it was added."""
    model = Model(ScriptedBackend())
    bill = model.bill([PICTURE, QUESTION, Section("words", (Ref(words="the tab"),))], [Shot.of(FRAME)], 100)
    assert [(charge.name, charge.tokens) for charge in bill.charges] == [
        ("picture", PICTURE_TOKENS),
        ("question", 4),
        ("words", 2),
    ]
    assert bill.prompt_tokens == model.count(
        [PICTURE, QUESTION, Section("", (Ref(words="the tab"),))], [Shot.of(FRAME)]
    )
    assert bill.free == 4096 - bill.prompt_tokens - 100


def test_what_does_not_fit_is_not_sent() -> None:
    """The reply's reserve counts; the error tells both numbers."""
    backend = ScriptedBackend("never", window=500)
    with pytest.raises(WindowTooSmall) as raised:
        Model(backend).call("ask", [PICTURE, QUESTION], [Shot.of(FRAME)], decoding=Decoding(max_tokens=100))
    assert (raised.value.window, raised.value.needed) == (500, PICTURE_TOKENS + 4 + 100)
    assert backend.calls == []


def test_three_pictures_are_refused() -> None:
    """More than two turn the model's tiling off."""
    with pytest.raises(InputError, match="at most 2 pictures, got 3"):
        Model(ScriptedBackend("never")).call("ask", [PICTURE] * 3, [Shot.of(FRAME)] * 3)


def test_a_window_larger_than_the_backends_is_refused() -> None:
    """It could only fail later."""
    with pytest.raises(InputError, match="from 1 to 4096"):
        Model(ScriptedBackend(), window=8192)


def test_listeners_hear_of_a_call_and_of_a_failure() -> None:
    """A failed call is told of like any other, with its error."""
    heard: list[ModelCall] = []
    model = Model(ScriptedBackend("Colors"))
    with model.told(heard.append):
        assert model.call("ask", [PICTURE, QUESTION], [Shot.of(FRAME)]).text == "Colors"
        with pytest.raises(UnexpectedCall):
            model.call("ask", [PICTURE, QUESTION], [Shot.of(FRAME)])
    assert heard[0].reply is not None
    assert heard[0].regions == (ScreenBox(100, 50, 500, 350),)
    assert heard[1].reply is None
    assert heard[1].error.startswith("UnexpectedCall: ")


@pytest.mark.parametrize("error", [KeyboardInterrupt("stop"), MemoryError("no room")])
def test_whatever_ends_a_call_is_told(error: BaseException) -> None:
    """A call without a reply always says why."""

    class Failing(ScriptedBackend):
        def complete(self, *args: object, **options: object) -> Reply:
            raise error

    heard: list[ModelCall] = []
    model = Model(Failing())
    with model.told(heard.append), pytest.raises(type(error)):
        model.call("ask", [QUESTION], [])
    assert heard[0].error == f"{type(error).__name__}: {error}"


def test_nobody_listens_any_more_afterwards() -> None:
    """A run hears of its own calls only."""
    heard: list[ModelCall] = []
    model = Model(ScriptedBackend("Colors"))
    with model.told(heard.append):
        pass
    model.call("ask", [QUESTION], [])
    assert heard == []


class _Cancelling(ScriptedBackend):
    """Stops as soon as somebody asks for it, as a real model does between tokens."""

    def complete(
        self,
        prompt: Prompt,
        images: Sequence[Image.Image],
        grammar: Grammar | None = None,
        *,
        decoding: Decoding = Decoding(),
        on_text: Callable[[str], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Reply:
        assert cancelled is not None
        assert cancelled()
        usage = Usage(prompt_tokens=1, image_tokens=0, completion_tokens=0)
        return Reply(text="Col", stop_reason="cancelled", usage=usage)


def test_a_cancelled_reply_is_no_answer() -> None:
    """Half a reply must not be taken for a plan."""
    heard: list[ModelCall] = []
    model = Model(_Cancelling())
    model.cancelled = lambda: True
    with model.told(heard.append), pytest.raises(Interrupted):
        model.call("ask", [QUESTION], [])
    assert heard[0].reply is not None
    assert heard[0].reply.text == "Col"


def test_a_resized_shot_still_maps_to_the_screen() -> None:
    """The grid is the picture's, whatever size it was sent at."""
    shot = Shot.of(FRAME, Size(200, 150))
    assert shot.image.size == (200, 150)
    assert shot.view.grid_box_to_screen(GridBox(0, 0, 999, 999)) == FRAME.region


def test_a_shot_of_a_crop_keeps_its_place() -> None:
    """A crop's own grid covers the crop alone."""
    part = ScreenBox(150, 100, 250, 150)
    assert Shot.of(FRAME.crop(part)).view.grid_box_to_screen(GridBox(0, 0, 999, 999)) == part


def test_backend_errors_pass_through() -> None:
    """They are typed already."""
    with pytest.raises(BackendError):
        Model(ScriptedBackend()).call("ask", [QUESTION], [])
