"""Find where text stands in a picture: PP-OCR's detection network and the boxes behind its probability map.

The network marks the shrunken core of every line; a box grows the core back (unclip) and is then cut at gaps wider
than a blank, because a menu bar or a row of tabs is several things to point at and one line to the network.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from vl2agent.geometry import ImageBox
from vl2agent.perception.network import Network
from vl2agent.steps import Pixels

CORE_PROBABILITY = 0.3
BOX_PROBABILITY = 0.3
UNCLIP = 1.6
MIN_CORE_PX = 2
STRIDE_PX = 32


def detect(network: Network, bgr: Pixels) -> list[ImageBox]:
    """Return a box around every line of text, in no order.

    Args:
        network: the detection network.
        bgr: [height, width, 3].
    """
    height, width = bgr.shape[:2]
    probability = network(_input(bgr))[0, 0, :height, :width]
    core = cv2.dilate((probability > CORE_PROBABILITY).astype(np.uint8), np.ones((2, 2), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(core, connectivity=8)
    sums = np.bincount(labels.ravel(), weights=probability.ravel(), minlength=count)
    boxes = []
    for index in range(1, count):
        left, top, box_width, box_height, area = (int(v) for v in stats[index])
        if min(box_width, box_height) >= MIN_CORE_PX and sums[index] / area >= BOX_PROBABILITY:
            boxes.append(_grown(left, top, box_width, box_height, width, height))
    return boxes


def _input(bgr: Pixels) -> NDArray[np.float32]:
    """Scale to -1..1 and pad to whole strides with the edge's pixels; nothing is resized."""
    height, width = bgr.shape[:2]
    down, right = -height % STRIDE_PX, -width % STRIDE_PX
    padded = cv2.copyMakeBorder(bgr, 0, down, 0, right, cv2.BORDER_REPLICATE)
    return np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32) / 127.5 - 1.0


def _grown(left: int, top: int, width: int, height: int, max_x: int, max_y: int) -> ImageBox:
    """Grow a core by area * UNCLIP / perimeter, the distance that training shrank it by."""
    by = math.ceil(width * height * UNCLIP / (2 * (width + height)))
    return ImageBox(max(left - by, 0), max(top - by, 0), min(left + width + by, max_x), min(top + height + by, max_y))
