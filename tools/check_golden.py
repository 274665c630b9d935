"""Check vl2 against golden values that the original implementation computed.

    python tools/check_golden.py FOLDER [--limit-factor 2]

Every case of the folder is run in float32 on the CPU: tile choice, token ids and pixels, which must be equal; vision,
projector, embeddings and logits, which may differ by float noise; greedy tokens, batches and prefill in chunks. One
line a check: the worst absolute error (or how many entries differ), its limit, the verdict.

The limits hold for the same kind of CPU and BLAS that the values come from; elsewhere take up to twice that.
Exit status: 0 if all holds, 1 if not, 2 if the folder is none with golden values.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import torch

from golden.folder import BadFolder, GoldenFolder, read_json, read_tensors
from golden.model import ModelChecks
from golden.preprocessing import Normalise, check_case, check_ids, check_tiling, lay_out
from golden.report import Report
from vl2.checkpoint.weights import read_model
from vl2.config import LanguageConfig, VL2Config
from vl2.model import VL2Model
from vl2.processor import Processor
from vl2.tokenizer import Tokenizer

Result = TypeVar("Result")


def main() -> int:
    """Run the checks of a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="laid out as the golden values are: images, tokenizer, models")
    parser.add_argument(
        "--limit-factor", type=float, default=1.0, help="widen the limits on differences; 1 (default) to 2"
    )
    options = parser.parse_args()
    try:
        folder = GoldenFolder(options.folder)
        with torch.inference_mode():
            return 0 if check(folder, Report(options.limit_factor)) else 1
    except BadFolder as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def check(folder: GoldenFolder, report: Report) -> bool:
    """Run everything; say whether all holds."""
    models = {
        path: attempt(report, path.name, partial(read_model, path, dtype=torch.float32)) for path in folder.models
    }
    any_model = next((model for model in models.values() if model), None)
    config = any_model.config if any_model else VL2Config(language=LanguageConfig(hidden_size=2048))
    if folder.tiling_table:
        attempt(report, "tiling_table", partial(check_tiling, report, folder.tiling_table, config))
    if folder.cases:
        normalise = any_model.normalise if any_model else None
        attempt(report, "preprocess", partial(check_preprocessing, report, folder, config, normalise))
    for path, model in models.items():
        if model:
            attempt(report, path.name, partial(check_model, report, folder, path, model))
    return report.conclude()


def check_preprocessing(report: Report, folder: GoldenFolder, config: VL2Config, normalise: Normalise | None) -> None:
    """Check the tokenizer and all conversations, none of which depends on weights."""
    tokenizer = Tokenizer.from_folder(folder.tokenizer)
    check_ids(report, tokenizer, folder.token_ids)
    processor = Processor(config, tokenizer)
    for case in folder.cases:
        check = partial(check_case, report, folder, case, processor, normalise)
        attempt(report, f"preprocess/{case}", check)


def check_model(report: Report, folder: GoldenFolder, path: Path, model: VL2Model) -> None:
    """Check all cases of one model."""
    processor = Processor(model.config, Tokenizer.from_folder(folder.tokenizer))
    checks = ModelChecks(
        path.name,
        model,
        read_json(path / "golden.json"),
        read_tensors(path / "golden.safetensors"),
        lambda case: lay_out(folder, case, processor),
        processor.tokenizer.pad_id,
        report,
    )
    for name, check in checks.all():
        attempt(report, name, check)


def attempt(report: Report, name: str, work: Callable[[], Result]) -> Result | None:
    """Do a part of the checks; what breaks fails, and the rest goes on."""
    try:
        return work()
    except BadFolder:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a broken implementation raises; it fails the check
        report.broken(name, error)
        return None


if __name__ == "__main__":
    sys.exit(main())
