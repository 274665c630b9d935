"""The pictures of a page: each once, what changed alone where little did, and within their budget."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import RunStarted
from vl2agent.recording.writer import Recorder
from vl2agent.steps import Frame, Settled
from vl2agent.trace.pictures import MOST_LAYERS, Pictures, pictures_of


def grainy(seed: int = 1, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A picture that is costly to keep."""
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    return Image.fromarray(noise)


def recorded(path: Path, *images: Image.Image) -> Recording:
    """Record frames."""
    with Recorder(path) as recorder:
        recorder.write(RunStarted(goal="look"))
        for image in images:
            recorder.see(Settled(Frame.from_image(image), "settled", 0.1))
    return Recording(path)


def shown(pictures: Pictures, number: int) -> Image.Image:
    """Make a picture as the page does."""
    kept = pictures.kept[number]
    if kept.whole is not None:
        return Image.open(io.BytesIO(pictures.blobs[kept.whole])).convert("RGB")
    assert kept.base is not None
    picture = shown(pictures, kept.base)
    for left, top, blob in kept.patches:
        picture.paste(Image.open(io.BytesIO(pictures.blobs[blob])), (left, top))
    return picture


def with_squares(count: int) -> list[Image.Image]:
    """A picture that gets one more square each time."""
    images = [Image.new("RGB", (400, 300), "white")]
    for number in range(count):
        image = images[-1].copy()
        image.paste("navy", (number * 20 % 380, 40, number * 20 % 380 + 12, 52))
        images.append(image)
    return images


def test_what_is_shown_is_what_was_seen(tmp_path: Path) -> None:
    """Patches on patches give each picture back, but for what WebP loses."""
    images = with_squares(15)
    pictures = pictures_of(recorded(tmp_path / "run.v2a", *images), range(16))
    for number, image in enumerate(images):
        made = np.asarray(shown(pictures, pictures.of_frame[number]), np.int16)
        assert np.abs(made - np.asarray(image, np.int16)).mean() < 2


def test_few_layers_lie_on_each_other(tmp_path: Path) -> None:
    """However long a run is, a picture is shown by decoding few others."""
    pictures = pictures_of(recorded(tmp_path / "run.v2a", *with_squares(15)), range(16))

    def layers(number: int) -> int:
        base = pictures.kept[number].base
        return 0 if base is None else 1 + layers(base)

    depths = [layers(number) for number in range(16)]
    assert max(depths) == MOST_LAYERS
    assert sum(kept.whole is not None for kept in pictures.kept) == 1


def test_a_change_costs_what_it_covers(tmp_path: Path) -> None:
    """A small change of a costly picture is cheap."""
    first = grainy()
    second = first.copy()
    second.paste("white", (10, 10, 40, 40))
    once = pictures_of(recorded(tmp_path / "one.v2a", first), [0]).total_bytes
    twice = pictures_of(recorded(tmp_path / "two.v2a", first, second), [0, 1]).total_bytes
    assert twice < 1.2 * once


@pytest.mark.parametrize("budget_bytes", [200_000, 60_000])
def test_a_budget_is_kept(tmp_path: Path, budget_bytes: int) -> None:
    """By lower quality first, by smaller pictures then."""
    recording = recorded(tmp_path / "run.v2a", *(grainy(seed) for seed in range(4)))
    pictures = pictures_of(recording, range(4), budget_bytes)
    assert pictures.total_bytes <= budget_bytes
    assert pictures.fidelity.scale < 1 or budget_bytes > 100_000


def test_a_frame_without_a_picture_has_none(tmp_path: Path) -> None:
    """A gap, or a number that was never seen."""
    assert pictures_of(recorded(tmp_path / "run.v2a", grainy()), [0, 7]).of_frame == {0: 0}
