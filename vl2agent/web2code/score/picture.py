"""How alike two pictures of a page are, without a model: structure, tone and edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SQUEEZED = (512, 512)
TONES = (64, 64)
FAR = 50.0
"""Distance of colors that counts as entirely different."""
MISSING = 128
"""Grey of what one picture has and the other one lacks."""

Grey = NDArray[np.float32]


def visual(first: Image.Image, second: Image.Image) -> float:
    """Return how alike two pictures are, 0..1: the mean of SSIM, tone and edges, both squeezed to the same size."""
    ours, theirs = (_grey(image.resize(SQUEEZED, Image.Resampling.BOX)) for image in (first, second))
    return (_ssim(ours, theirs) + tone(first, second) + _edge_dice(ours, theirs)) / 3


def ssim_full(first: Image.Image, second: Image.Image) -> float:
    """Return SSIM at half size and unsquashed, where what only one of them has counts as grey in the other."""
    size = max(first.width, second.width), max(first.height, second.height)
    return _ssim(*(_grey(_padded(image, size).reduce(2)) for image in (first, second)))


def tone(first: Image.Image, second: Image.Image) -> float:
    """Return how alike the colors are, coarsely, 0..1."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    ours, theirs = (rgb2lab(np.asarray(image.resize(TONES, Image.Resampling.BOX))) for image in (first, second))
    return float(1 - np.minimum(deltaE_ciede2000(ours, theirs), FAR).mean() / FAR)


def color_distance(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    """Return CIEDE2000 between two colors."""
    from skimage.color import deltaE_ciede2000, rgb2lab

    ours, theirs = (rgb2lab(np.array([[color]]) / 255) for color in (first, second))
    return float(deltaE_ciede2000(ours, theirs)[0, 0])


def _ssim(first: Grey, second: Grey) -> float:
    from skimage.metrics import structural_similarity

    sides = min(first.shape)
    if sides < 3:
        return float(1 - np.abs(first - second).mean() / 255)
    window = min(7, sides - (1 - sides % 2))
    return max(0.0, float(structural_similarity(first, second, data_range=255, win_size=window)))


def _edge_dice(first: Grey, second: Grey) -> float:
    ours, theirs = _edges(first), _edges(second)
    total = int(ours.sum()) + int(theirs.sum())
    return 1.0 if total == 0 else float(2 * (ours & theirs).sum() / total)


def _edges(grey: Grey) -> NDArray[np.bool_]:
    from skimage.feature import canny

    edges: NDArray[np.bool_] = canny(grey / 255)
    return edges


def _grey(image: Image.Image) -> Grey:
    return np.asarray(image.convert("L"), np.float32)


def _padded(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    canvas = Image.new("RGB", size, (MISSING, MISSING, MISSING))
    canvas.paste(image, (0, 0))
    return canvas
