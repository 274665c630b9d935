"""One case: what is expected of it, and what of that was looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from golden.report import Report


class Case:
    """Compares by key; what is not expected is not compared.

    Args:
        facts: what the JSON file says.
        expected: tensors of the case.
        remarks: keys that hold no result.
    """

    def __init__(
        self,
        report: Report,
        name: str,
        facts: Mapping[str, Any],
        expected: Mapping[str, Tensor],
        remarks: Collection[str],
    ) -> None:
        self.report, self.name, self.facts, self.expected = report, name, facts, expected
        self.seen = set(remarks)

    def part(self, name: str, facts: Mapping[str, Any]) -> Case:
        """Give a case within the case, with the same tensors and facts of its own."""
        inner = Case(self.report, f"{self.name}/{name}", {**self.facts, **facts}, self.expected, ())
        inner.seen = self.seen
        return inner

    def equal(self, key: str, got: object) -> None:
        """Compare what must be equal."""
        if self._given(key, self.facts):
            self.report.equal(f"{self.name}/{key}", got, self.facts[key])

    def same(self, key: str, got: Tensor) -> None:
        """Compare a tensor bit by bit."""
        if self._given(key, self.expected):
            self.report.same(f"{self.name}/{key}", got, self.expected[key])

    def close(self, key: str, got: Tensor, limit: float) -> None:
        """Compare with the tensor of that name, or with the numbers in the JSON file."""
        if self._given(key, self.expected):
            self.report.close(f"{self.name}/{key}", got, self.expected[key], limit)
        elif self._given(key, self.facts):
            expected = torch.tensor(self.facts[key], dtype=torch.float64)
            self.report.close(f"{self.name}/{key}", got, expected, limit)

    def within(self, key: str, error: float, limit: float) -> None:
        """Judge a difference that was worked out from the expected values."""
        if self._given(key, self.facts):
            self.report.within(f"{self.name}/{key}", error, limit)

    def leftovers(self) -> None:
        """Name what was not looked at."""
        for key in [*self.facts, *self.expected]:
            if key not in self.seen:
                self.seen.add(key)
                self.report.skip(f"{self.name}/{key}")

    def _given(self, key: str, where: Mapping[str, Any]) -> bool:
        if key in where:
            self.seen.add(key)
        return where.get(key) is not None
