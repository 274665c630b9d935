"""Tile choice, token ids and pixels: all of it exact."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from golden.case import Case
from golden.folder import GoldenFolder, of_case
from golden.report import Report
from vl2.chat import Message, marked
from vl2.config import VL2Config
from vl2.processor import Inputs, Processor
from vl2.tiling import choose_grid, image_tokens
from vl2.tokenizer import Tokenizer

Normalise = Callable[[Tensor], Tensor]
"""Pixels to what the tower takes, in float32."""

ROLES = {"<|User|>": "user", "<|Assistant|>": "assistant"}
PIXEL_SLICE = (slice(None), slice(None), slice(180, 188), slice(None, None, 16))
MEAN_LIMIT = 1e-6
"""Of a tile's mean, which is stored with seven decimals."""

REMARKS = frozenset({"conversation", "images", "sft_format"})
"""Keys of preprocess.json that are the input, or a string that is only for display."""


def check_tiling(report: Report, table: dict[str, Any], config: VL2Config) -> None:
    """Compare the tiles and tokens of every size in a table."""
    candidates, side = config.candidate_resolutions, config.tokens_per_side
    columns = table["columns"]
    known = {"width", "height", "tiles_across", "tiles_down", "image_tokens_when_tiled"}
    got, expected = [], []
    for row in table["rows"]:
        about = dict(zip(columns, row, strict=True))
        grid = choose_grid(about["width"], about["height"], candidates=candidates)
        found = {"tiles_across": grid.across, "tiles_down": grid.down}
        found["image_tokens_when_tiled"] = image_tokens(grid, side)
        got.append({**about, **found})
        expected.append(about)
    report.equal(f"tiling_table/{len(got)} sizes", got, expected)
    if "untiled_tokens" in table:
        untiled = image_tokens(choose_grid(384, 384, tiled=False), side)
        report.equal("tiling_table/untiled_tokens", untiled, table["untiled_tokens"])
    for key in [*table, *columns]:
        if key not in known | {"columns", "rows", "untiled_tokens"}:
            report.skip(f"tiling_table/{key}")


def check_ids(report: Report, tokenizer: Tokenizer, ids: dict[str, Any]) -> None:
    """Compare the ids of special tokens."""
    expected = ids.get("ids_after_adding", {})
    got = {token: tokenizer.marks.get(token) for token in expected}
    report.equal(f"tokenizer/{len(got)} special tokens", list(got.items()), list(expected.items()))


def lay_out(folder: GoldenFolder, case: str, processor: Processor) -> Inputs:
    """Turn a case's conversation into what the model takes."""
    facts = folder.cases[case]
    images = [folder.image(name) for name in facts.get("images", ())]
    messages = []
    for turn in facts["conversation"]:
        n_images = turn["content"].count("<image>")
        mine, images = images[:n_images], images[n_images:]
        messages.append(Message(ROLES.get(turn["role"], turn["role"]), marked(turn["content"]), mine))
    return processor(messages)


def check_case(
    report: Report, folder: GoldenFolder, case: str, processor: Processor, normalise: Normalise | None
) -> None:
    """Compare one conversation's ids and tiles."""
    facts = folder.cases[case]
    at = Case(report, f"preprocess/{case}", facts, of_case(folder.tensors, case), REMARKS)
    inputs = lay_out(folder, case, processor)
    image_T = inputs.image_mask.nonzero()[0].tolist()
    at.equal("input_ids", inputs.input_ids.tolist())
    at.equal("images_seq_mask_true", len(image_T))
    at.equal("images_seq_mask_first_last", [image_T[0], image_T[-1]] if image_T else [])
    at.equal("spatial_crop", [[grid.across, grid.down] for grid in inputs.grids] or [[0, 0]])
    at.equal("num_image_tokens", [image_tokens(grid, processor.config.tokens_per_side) for grid in inputs.grids])
    at.equal("n_tiles", len(inputs.tiles))
    at.equal("tiles_u8_sha256", [_sha256(tile) for tile in inputs.tiles])
    at.same("tiles_u8_full", torch.from_numpy(inputs.tiles))
    if normalise is not None:
        _check_normalised(at, normalise(torch.from_numpy(inputs.tiles)))
    at.leftovers()


def _check_normalised(at: Case, tiles_N3SS: Tensor) -> None:
    at.equal("tiles_f32_sha256", [_sha256(tile) for tile in tiles_N3SS.numpy()])
    at.close("tiles_mean", tiles_N3SS.double().mean(dim=(1, 2, 3)), MEAN_LIMIT)
    at.same("tiles_slice", tiles_N3SS[PIXEL_SLICE])
    if len(tiles_N3SS):
        at.same("tile0_f32_full", tiles_N3SS[0])


def _sha256(tile: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(tile).tobytes()).hexdigest()
