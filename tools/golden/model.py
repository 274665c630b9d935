"""Numbers of one model: vision, projector, embeddings, logits, greedy decoding, batches, chunked prefill.

Shapes: B batch, T tokens of a prompt, H model width, V vocabulary rows, N tiles, S side of a tile, S tokens held.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from golden.case import Case
from golden.folder import of_case
from golden.report import Report
from vl2.cache import KVCache
from vl2.model import VL2Model
from vl2.processor import Inputs

FEATURE_LIMIT = 2e-5
"""Of vision, projector, embeddings and cached values: ten times what float32 noise was seen to do."""
LOGIT_LIMIT = 1e-4

STRIDES = {
    "vision_tile0": 1, "vision_last_strided": 8, "vision_strided": 27,
    "projector_tile0": 1, "projector_last": 1, "projector_strided": 7,
}  # fmt: skip
"""Every which row of a tile is stored."""
CACHE_STRIDE = 64

REMARKS = frozenset(
    {
        "greedy_margin_min", "logit_rows", "embeds_rows", "cases", "case", "chunks", "greedy_same", "attention_mask_sum",
        "seq_mask_dtype_from_reference", "equals_single_and_maxdiff", "last_logits_maxdiff_vs_full",
    }
)  # fmt: skip
"""Keys of golden.json that say how values were taken, or how the reference varied."""

Check = tuple[str, Callable[[], None]]
"""What it is called, and what makes it."""


class ModelChecks:
    """All checks of one model.

    Args:
        facts, tensors: its golden.json and golden.safetensors.
        inputs: the laid out prompt of a case.
    """

    def __init__(
        self,
        name: str,
        model: VL2Model,
        facts: dict[str, Any],
        tensors: dict[str, Tensor],
        inputs: Callable[[str], Inputs],
        pad_id: int,
        report: Report,
    ) -> None:
        self.name, self.model, self.facts, self.tensors = name, model, facts, tensors
        self.inputs, self.pad_id, self.report = inputs, pad_id, report

    def all(self) -> Iterator[Check]:
        """List the checks, a case at a time."""
        for case, facts in self.facts.items():
            if case.startswith("_"):
                continue  # how the values were made
            kind = self._batch if "cases" in facts else self._incremental if "chunks" in facts else self._single
            yield f"{self.name}/{case}", lambda kind=kind, case=case: kind(case)  # type: ignore[misc]
        for case in sorted({key.partition("/")[0] for key in self.tensors} - set(self.facts)):
            yield f"{self.name}/{case}", lambda case=case: self.report.skip(f"{self.name}/{case}")  # type: ignore[misc]

    def _single(self, case: str) -> None:
        expected, facts = of_case(self.tensors, case), self.facts[case]
        inputs = self.inputs(case)
        at = Case(self.report, f"{self.name}/{case}", facts, expected, REMARKS)
        at.equal("length", len(inputs.input_ids))
        self._features(at, inputs)
        embeds_1TH = self._embeds(inputs)
        at.close("inputs_embeds", _rows(embeds_1TH[0], facts.get("embeds_rows", "all")), FEATURE_LIMIT)
        at.close("embeds_mean", embeds_1TH.double().mean(), FEATURE_LIMIT)
        at.close("embeds_abs_mean", embeds_1TH.double().abs().mean(), FEATURE_LIMIT)
        cache = self.model.new_cache(_room(facts, embeds_1TH))
        logits_TV = self.model(embeds_1TH, cache, last_only=False)[0]
        at.close("logits", _rows(logits_TV, facts.get("logit_rows", "all")), LOGIT_LIMIT)
        at.close("logsumexp_mean", logits_TV.double().logsumexp(dim=-1).mean(), LOGIT_LIMIT)
        if "argmax_all" in facts:
            at.within("argmax_all", _behind(logits_TV, facts["argmax_all"]), 2 * LOGIT_LIMIT)
        self._greedy(at, logits_TV[-1:], cache, _steps(facts))
        at.leftovers()

    def _features(self, at: Case, inputs: Inputs) -> None:
        if not len(inputs.tiles):
            return
        vision_NPC = self.model.vision(self.model.normalise(torch.from_numpy(inputs.tiles)))
        projector_NQH = self.model.projector(vision_NPC)
        for stage, features in (("vision", vision_NPC), ("projector", projector_NQH)):
            at.equal(f"{stage}_shape", list(features.shape))
            tiles = {"tile0": features[0], "last": features[-1], "last_strided": features[-1], "strided": features}
            for suffix, chosen in tiles.items():
                key = f"{stage}_{suffix}"
                if key in STRIDES:
                    at.close(key, chosen[..., :: STRIDES[key], :], FEATURE_LIMIT)

    def _batch(self, case: str) -> None:
        """Several prompts of unequal length, padded on the left."""
        facts = self.facts[case]
        at = Case(self.report, f"{self.name}/{case}", facts, of_case(self.tensors, case), REMARKS)
        prompts = [self.inputs(member) for member in facts["cases"]]
        lengths = [len(prompt.input_ids) for prompt in prompts]
        starts_B = torch.tensor([max(lengths) - length for length in lengths])
        ids = [[self.pad_id] * int(pad) + p.input_ids.tolist() for p, pad in zip(prompts, starts_B, strict=True)]
        at.equal("input_ids", ids)
        at.equal("position_ids_first_real", [length - 1 for length in lengths])
        embeds_BTH = self.model.embed(torch.tensor(ids))
        for row, prompt in enumerate(prompts):
            embeds_BTH[row, int(starts_B[row]) :] = self._embeds(prompt)[0]
        cache = self.model.new_cache(_room(facts, embeds_BTH), batch=len(prompts))
        last_BV = self.model(embeds_BTH, cache, starts_B=starts_B)[:, -1]
        at.close("last_logits", last_BV, LOGIT_LIMIT)
        self._greedy(at, last_BV, cache, _steps(facts), starts_B)
        at.leftovers()

    def _incremental(self, case: str) -> None:
        """The same prompt in chunks, all but its last token, and then that one."""
        facts = self.facts[case]
        at = Case(self.report, f"{self.name}/{case}", facts, of_case(self.tensors, case), REMARKS)
        whole = self.facts[facts["case"]]
        embeds_1TH = self._embeds(self.inputs(facts["case"]))
        for size, about in facts["chunks"].items():
            part = at.part(size, {**about, "greedy": whole.get("greedy")})
            cache = self.model.new_cache(_room(whole, embeds_1TH))
            for chunk in embeds_1TH[:, :-1].split(int(size), dim=1):
                self.model(chunk, cache)
            part.equal("cached_positions", cache.length)
            self._slots(part, cache)
            last_1V = self.model(embeds_1TH[:, -1:], cache)[:, -1]
            part.close("last_logits", last_1V[0], LOGIT_LIMIT)
            self._greedy(part, last_1V, cache, _steps(whole))
            part.leftovers()
        at.leftovers()

    def _slots(self, at: Case, cache: KVCache) -> None:
        for key in [*at.expected, *at.facts]:
            if named := re.fullmatch(r"cache_layer(\d+)_slot(\d+)_strided", key):
                slots = self._reference_slots(cache, int(named[1]))
                at.close(key, slots[int(named[2])][..., ::CACHE_STRIDE, :], FEATURE_LIMIT)
            elif named := re.fullmatch(r"cache_slot_shapes_layer(\d+)", key):
                at.equal(key, [list(slot.shape) for slot in self._reference_slots(cache, int(named[1]))])

    def _reference_slots(self, cache: KVCache, layer: int) -> list[Tensor]:
        """Lay a layer out as the reference keeps it: the shared rope key, then the latent; or keys, then values."""
        held = [slot[..., : cache.length, :] for slot in cache.layers[layer]]
        if not (config := self.model.config.language).use_mla:
            return held
        latent, key = held[0][:, None].split([config.kv_lora_rank, config.qk_rope_head_dim], dim=-1)
        return [key, latent]

    def _embeds(self, inputs: Inputs) -> Tensor:
        ids_1T, mask_1T = torch.from_numpy(inputs.input_ids)[None], torch.from_numpy(inputs.image_mask)[None]
        if not len(inputs.tiles):
            return self.model.embed(ids_1T)
        features = self.model.encode(self.model.normalise(torch.from_numpy(inputs.tiles)))
        return self.model.embed(ids_1T, mask_1T, self.model.assemble(features, inputs.grids))

    def _greedy(self, at: Case, last_BV: Tensor, cache: KVCache, steps: int, starts_B: Tensor | None = None) -> None:
        """Take the best token again and again, EOS or not, each from the cache and the one before."""
        logits = [last_BV]
        for _ in range(1, steps):
            chosen_B1 = logits[-1].argmax(dim=-1, keepdim=True)
            logits.append(self.model(self.model.embed(chosen_B1), cache, starts_B=starts_B)[:, -1])
        all_BKV = torch.stack(logits, dim=1)
        if starts_B is None:
            all_BKV = all_BKV[0]
        at.equal("greedy", all_BKV.argmax(dim=-1).tolist())
        at.close("greedy_logits", all_BKV, LOGIT_LIMIT)


def _rows(values: Tensor, which: list[int] | str) -> Tensor:
    return values if which == "all" else values[torch.tensor(which)]


def _steps(facts: dict[str, Any]) -> int:
    """Count the tokens that the reference generated; rows of a batch have equally many."""
    greedy = facts.get("greedy") or [0]
    return len(greedy[0]) if isinstance(greedy[0], list) else len(greedy)


def _behind(logits_TV: Tensor, expected: list[int] | None) -> float:
    """Judge choices that no margin protects: by how much an expected token is not the best one, at most."""
    if expected is None:
        return 0.0
    behind_T = logits_TV.amax(dim=-1) - logits_TV.gather(1, torch.tensor(expected)[:, None])[:, 0]
    return float(behind_T.max())


def _room(facts: dict[str, Any], embeds_BTH: Tensor) -> int:
    return embeds_BTH.shape[1] + _steps(facts) - 1
