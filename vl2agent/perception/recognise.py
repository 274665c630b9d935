"""Read boxes of text: PP-OCR's recognition network, and where in the box every character was seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.perception.network import Network
from vl2agent.steps import Pixels

HEIGHT_PX = 48
FRAME_PX = 8
"""The network answers once for every 8 columns of the 48-pixel-high picture it gets."""
MIN_WIDTH_PX, MAX_WIDTH_PX = 64, 3200
BATCH_PX = 2560
"""Columns in a batch; more gains nothing on two cores and costs memory for 18,710 classes a frame."""
BLANK = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What one box says: text, mean probability, and each character's middle in 0..1 of the box's width."""

    text: str
    confidence: float
    places: tuple[float, ...]


def recognise(network: Network, bgr: Pixels, boxes: Sequence[ImageBox]) -> list[Reading]:
    """Read every box, in the order given."""
    strips = [_strip(bgr, box) for box in boxes]
    readings: list[Reading | None] = [None] * len(boxes)
    for batch in _batches([strip.shape[1] for strip in strips]):
        output = network(_stack([strips[i] for i in batch]))
        best = output.argmax(axis=2)
        sure = np.take_along_axis(output, best[..., None], axis=2)[..., 0]
        for row, i in enumerate(batch):
            readings[i] = _decode(best[row], sure[row], network.alphabet, strips[i].shape[1])
    return [reading for reading in readings if reading is not None]


def _strip(bgr: Pixels, box: ImageBox) -> NDArray[np.float32]:
    """Cut a box out, scale it to the network's height, -1..1."""
    crop = bgr[box.top : box.bottom, box.left : box.right]
    width = min(max(round(box.width * HEIGHT_PX / box.height), FRAME_PX), MAX_WIDTH_PX)
    return cv2.resize(crop, (width, HEIGHT_PX), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 127.5 - 1.0


def _batches(widths: Sequence[int]) -> list[list[int]]:
    """Group strips of like width, so that little of a batch is padding."""
    batches: list[list[int]] = []
    for i in sorted(range(len(widths)), key=lambda i: widths[i]):
        if batches and widths[i] * (len(batches[-1]) + 1) <= BATCH_PX:
            batches[-1].append(i)
        else:
            batches.append([i])
    return batches


def _stack(strips: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Put strips into one batch, padded on the right with the network's zero."""
    width = max(MIN_WIDTH_PX, *(strip.shape[1] for strip in strips))
    batch = np.zeros((len(strips), 3, HEIGHT_PX, -(-width // FRAME_PX) * FRAME_PX), np.float32)
    for row, strip in enumerate(strips):
        batch[row, :, :, : strip.shape[1]] = strip.transpose(2, 0, 1)
    return batch


def _decode(best: NDArray[np.int64], sure: NDArray[np.float32], alphabet: Sequence[str], width: int) -> Reading:
    """Collapse repeats and blanks (CTC); a character's place is the middle of the frames that say it."""
    text, confidences, places = [], [], []
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(best)], strict=True):
        if best[start] != BLANK:
            text.append(alphabet[best[start]])
            confidences.append(float(sure[start:end].max()))
            places.append(min((start + end) / 2 * FRAME_PX / width, 1.0))
    first = next((i for i, c in enumerate(text) if c != " "), len(text))
    last = next((i for i in range(len(text), first, -1) if text[i - 1] != " "), first)
    kept = confidences[first:last]
    return Reading("".join(text[first:last]), sum(kept) / len(kept) if kept else 0.0, tuple(places[first:last]))
