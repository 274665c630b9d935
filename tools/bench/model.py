"""Measure the model at real size: how fast it is, and how near to what the machine can do.

    python tools/bench/model.py [--variant tiny] [--device cpu] [--threads 2] [--baseline] [--json]

Weights are random, of the real shapes; `--load FOLDER` reads a checkpoint instead and times that, too. A step is one
1920x1080 screen and a short question up to the first token of the answer. Figures are medians of one run.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import roofline
from hardware import hardware
from random_model import config_of, random_model, word_tokenizer
from vl2 import load, prompts
from vl2.engine.engine import Engine
from vl2.engine.reply import Reply
from vl2.heap import keep_freed_memory
from vl2.model import VL2Model
from vl2.packing import can_pack, pack_model
from vl2.processor import Inputs, Processor
from vl2.quantize import quantize_model
from vl2.tokenizer import Tokenizer

SCREEN = (1920, 1080)
ANSWER = 24
"""Tokens that are decoded for the rate."""

Figures = dict[str, float | str]


class Bench:
    """One model and a screen to show it."""

    def __init__(self, model: VL2Model, tokenizer: Tokenizer, repeats: int) -> None:
        self.model, self.repeats, self.device = model, repeats, model.device.type
        self.engine = Engine(model, tokenizer, eos_ids=())
        noise = np.random.default_rng(0).integers(0, 256, (SCREEN[1] // 8, SCREEN[0] // 8, 3), dtype=np.uint8)
        screen = Image.fromarray(noise).resize(SCREEN)
        self.inputs = Processor(model.config, tokenizer)(prompts.ask("what is this", screen))
        self._frames = 0

    def run(self) -> Figures:
        """Measure everything."""
        roofline.forget_peak(self.device)
        steps = {name: self.steps(changed) for name, changed in self._changes().items()}
        peak, weights = roofline.peak_bytes(self.device), roofline.model_bytes(self.model)
        timings = [reply.timings for reply in steps["all tiles changed"]]
        encode = statistics.median(timing.encode_s for timing in timings)
        prefill = statistics.median(timing.prefill_s for timing in timings)
        first = {name: statistics.median(r.timings.first_token_s for r in replies) for name, replies in steps.items()}
        own = encode * 2 / len(self.inputs.tiles) + prefill
        figures = self.rates(encode, prefill) | self.decoding()
        figures |= {f"step, {name} (s)": took for name, took in first.items()}
        figures["step, 1 tile changed / (2/9 encode + prefill)"] = first["1 tile changed"] / own
        figures["step, unchanged / all tiles changed"] = first["unchanged"] / first["all tiles changed"]
        figures["weights (GB)"] = weights / 1e9
        figures["peak memory of steps - weights (GB)"] = (peak - weights) / 1e9
        return figures

    def _changes(self) -> dict[str, int]:
        return {
            "all tiles changed": len(self.inputs.tiles) - 1,
            "2 tiles changed": 2,
            "1 tile changed": 1,
            "unchanged": 0,
        }

    def steps(self, changed: int) -> list[Reply]:
        """Answer a few times, with so many local tiles (and so the global view) new each time."""
        replies = []
        for _ in range(self.repeats + 1):
            self.inputs = self.frame(changed)
            replies.append(self.engine.generate(self.inputs, max_new_tokens=1))
        return replies[1:]

    def frame(self, changed: int) -> Inputs:
        """Give the next frame."""
        if not changed:
            return self.inputs
        self._frames += 1
        tiles = self.inputs.tiles.copy()
        tiles[: changed + 1, :, :8, :8] = np.random.default_rng(self._frames).integers(0, 256, (3, 8, 8))
        return dataclasses.replace(self.inputs, tiles=tiles)

    def rates(self, encode_s: float, prefill_s: float) -> Figures:
        """Compare vision and prefill with the machine's matrix products."""
        n_tiles, n_tokens = len(self.inputs.tiles), len(self.inputs.input_ids)
        rate = roofline.matmul_rate(self.model.dtype, self.device)
        seen = roofline.vision_flops(self.model.config) * n_tiles / encode_s
        read = roofline.prefill_flops(self.model, n_tokens) / prefill_s
        return {
            "matrix products (GFLOP/s)": rate / 1e9,
            "prompt (tokens)": n_tokens,
            "encode (s)": encode_s,
            "tiles/s": n_tiles / encode_s,
            "vision / matrix products": seen / rate,
            "prefill (s)": prefill_s,
            "prefill tokens/s": n_tokens / prefill_s,
            "prefill / matrix products": read / rate,
        }

    def decoding(self) -> Figures:
        """Compare the rate of tokens with the machine's memory."""
        per_token = self.decode_s(1)
        speed, weights = roofline.bandwidth(self.device), roofline.decode_bytes(self.model)
        language = self.model.config.language
        kept = language.cached_values_per_token * language.num_hidden_layers * self.model.dtype.itemsize
        figures: Figures = {
            "memory (GB/s)": speed / 1e9,
            "weights read a token (GB)": weights / 1e9,
            "keys and values a token (bytes)": kept,
            "decode tokens/s": 1 / per_token,
            "decode: weights read / memory": weights / per_token / speed,
        }
        if self.device != "cpu":
            figures["decode tokens/s, 8 rows"] = 8 / self.decode_s(8)
            figures["kernel launches a token"] = self.launches()
        return figures

    @torch.inference_mode()
    def decode_s(self, rows: int) -> float:
        """Time one token, or one of each row, behind a screen's prompt."""
        cache = self.model.new_cache(len(self.inputs.input_ids) + 1, rows)
        cache.advance(cache.capacity - 1)  # what the cache holds does not matter for the time
        token = torch.full((rows, 1), 3, device=self.model.device)

        def one_token() -> None:
            self.model(self.model.embed(token), cache)
            cache.truncate(cache.capacity - 1)

        return roofline.seconds(one_token, ANSWER, self.device)

    @torch.inference_mode()
    def launches(self) -> int:
        """Count kernels of one decode step."""
        cache, token = self.model.new_cache(16), torch.full((1, 1), 3, device=self.model.device)
        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
            self.model(self.model.embed(token), cache)
            torch.cuda.synchronize()
        return sum(event.count for event in profile.key_averages() if "Memcpy" not in event.key)


def baseline(options: argparse.Namespace) -> Figures:
    """Time transformers' own modules, in a process of their own."""
    script = Path(__file__).with_name("baseline_transformers.py")
    command = [sys.executable, str(script), f"--device={options.device}", f"--dtype={options.dtype}"]
    command += [f"--threads={torch.get_num_threads()}", f"--repeats={options.repeats}"]
    found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])
    encode, prefill = (statistics.median(found[name]) for name in ("encode_s", "prefill_s"))
    return {"transformers: encode (s)": encode, "transformers: prefill (s)": prefill}


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("tiny", "small", "base"), default="tiny")
    parser.add_argument("--load", metavar="FOLDER", help="a checkpoint instead of random weights")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", choices=("bfloat16", "float32"), default="bfloat16")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--quantize", choices=("int8", "int4"), help="measure decoding so, too")
    parser.add_argument("--baseline", action="store_true", help="compare with transformers' own modules (tiny)")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    figures: Figures = {"model": f"{options.load or options.variant}, {options.dtype}, on {options.device}"}
    figures |= {"threads": torch.get_num_threads(), "hardware": hardware(), "torch": torch.__version__}
    theirs = baseline(options) if options.baseline and options.variant == "tiny" else {}
    figures |= measure(options) | theirs
    if theirs:
        cold = sum(float(took) for took in theirs.values())
        figures["transformers / ours, all tiles changed"] = cold / float(figures["step, all tiles changed (s)"])
    print(json.dumps(figures, indent=2) if options.json else as_table(figures))


def measure(options: argparse.Namespace) -> Figures:
    """Measure one model, then its quantised form."""
    figures: Figures = {}
    began = time.perf_counter()
    if options.load:
        handle = load(options.load, device=options.device, dtype=options.dtype)
        bench = Bench(handle.model, handle.tokenizer, options.repeats)
        figures["load (s)"] = time.perf_counter() - began
        figures["peak memory while loading (GB)"] = roofline.peak_bytes(options.device) / 1e9
        del handle
    else:
        bench = Bench(built(options), word_tokenizer(), options.repeats)
    figures |= bench.run()
    if options.quantize:
        plain = bench.decode_s(1)
        del bench
        quantised = Bench(built(options, options.quantize), word_tokenizer(), options.repeats).decode_s(1)
        figures[f"{options.quantize}: decode tokens/s"] = 1 / quantised
        figures[f"{options.quantize} / {options.dtype}, decode"] = plain / quantised
    return figures


def built(options: argparse.Namespace, quantize: str | None = None) -> VL2Model:
    """Make a model as `vl2.load` would, from random weights."""
    dtype = getattr(torch, options.dtype)
    keep_freed_memory()
    model = random_model(config_of(options.variant), dtype=dtype, device=options.device)
    if quantize:
        quantize_model(model, quantize)
    elif can_pack(model.device, dtype):
        pack_model(model)
    return model


def as_table(figures: Figures) -> str:
    """Lay the figures out as a Markdown table."""
    rows = [
        f"| {name} | {value:.3g} |" if isinstance(value, float) else f"| {name} | {value} |"
        for name, value in figures.items()
    ]
    return "\n".join(["| | |", "|---|---|", *rows])


if __name__ == "__main__":
    main()
