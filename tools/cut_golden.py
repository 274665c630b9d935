"""Cut a folder of golden values down to what the tests carry along.

    python tools/cut_golden.py FOLDER tests/fixtures/vl2

Models stay whole, but for the pooling head, which nothing reads. Of the values a few cases stay, each with every
64th row, or what says most of it; images, tables and conversations are copied as they are.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor

CASES = ("square", "text", "wide", "batch", "incremental")
TENSORS = (
    "logits", "inputs_embeds", "vision_strided", "projector_strided", "last_logits",
    "cache_layer1_slot0_strided", "cache_layer1_slot1_strided",
)  # fmt: skip
ROWS_OF = {"logits": "logit_rows", "inputs_embeds": "embeds_rows"}
STRIDE = 64
CHUNKS = ("256",)


def main() -> None:
    """Cut what the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    for name in ("tokenizer", "images"):
        shutil.copytree(options.source / name, options.target / name, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for name in ("tiling_table.json", "preprocess.json"):
        shutil.copyfile(options.source / name, options.target / name)
    for golden in sorted(options.source.glob("*/golden.json")):
        cut_model(golden.parent, options.target / golden.parent.name)


def cut_model(source: Path, target: Path) -> None:
    """Copy one model with a part of its values."""
    target.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "processor_config.json"):
        shutil.copyfile(source / name, target / name)
    weights = load_file(source / "model.safetensors")
    save_file({k: v for k, v in weights.items() if "attn_pool" not in k}, target / "model.safetensors")
    facts = json.loads((source / "golden.json").read_text(encoding="utf-8"))
    tensors = load_file(source / "golden.safetensors")
    kept_facts: dict[str, Any] = {}
    kept_tensors: dict[str, Tensor] = {}
    for case in CASES:
        mine = {k.removeprefix(f"{case}/"): v for k, v in tensors.items() if k.startswith(f"{case}/")}
        kept_facts[case], cut = cut_case(facts[case], {key: mine[key] for key in TENSORS if key in mine})
        kept_tensors |= {f"{case}/{key}": value for key, value in cut.items()}
    (target / "golden.json").write_text(json.dumps(kept_facts) + "\n", encoding="utf-8")
    save_file(kept_tensors, target / "golden.safetensors")


def cut_case(facts: dict[str, Any], tensors: dict[str, Tensor]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Thin the rows of long tensors out; the last one, which chooses the first token, stays."""
    facts, tensors = dict(facts), dict(tensors)
    for key, rows_key in ROWS_OF.items():
        if key in tensors:
            rows = facts[rows_key] if isinstance(facts[rows_key], list) else list(range(len(tensors[key])))
            kept = [i for i, row in enumerate(rows) if row % STRIDE == 0 or row == rows[-1]]
            facts[rows_key], tensors[key] = [rows[i] for i in kept], tensors[key][kept].clone()
    if "chunks" in facts:
        facts["chunks"] = {size: about for size, about in facts["chunks"].items() if size in CHUNKS}
    return facts, tensors


if __name__ == "__main__":
    main()
