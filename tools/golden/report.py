"""One line for every check, and the count at the end."""

from __future__ import annotations

from torch import Tensor

NAME_WIDTH, NUMBER_WIDTH = 64, 11


class Report:
    """Print checks as they are made.

    Args:
        limit_factor: widens every limit on a difference; what must be equal must be equal all the same.
    """

    def __init__(self, limit_factor: float) -> None:
        self.limit_factor, self.passed, self.failed, self.skipped = limit_factor, 0, 0, 0
        self.worst_share = 0.0
        self._row("case", "worst error", "limit", "verdict")

    def close(self, name: str, got: Tensor, expected: Tensor, limit: float) -> None:
        """Compare numbers; the limit is absolute."""
        if got.shape != expected.shape:
            self._misshapen(name, got, expected, limit)
            return
        error = (got.double() - expected.double()).abs().flatten(1 if got.ndim > 1 else 0)
        self.within(name, float(error.max()) if error.numel() else 0.0, limit, _where(error, limit * self.limit_factor))

    def within(self, name: str, error: float, limit: float, note: str = "") -> None:
        """Judge one difference."""
        limit *= self.limit_factor
        self.worst_share = max(self.worst_share, error / limit)
        self._verdict(name, error, limit, note)

    def equal(self, name: str, got: object, expected: object) -> None:
        """Compare what must be equal; the error is the number of entries that differ."""
        pairs = (got, expected) if isinstance(got, list) and isinstance(expected, list) else ([got], [expected])
        wrong = [i for i, (a, b) in enumerate(zip(*pairs, strict=False)) if a != b]
        wrong += range(*sorted(map(len, pairs)))
        note = (
            f"first at {wrong[0]}: {_entry(pairs[0], wrong[0])}, expected {_entry(pairs[1], wrong[0])}" if wrong else ""
        )
        self._verdict(name, len(wrong), 0, note)

    def same(self, name: str, got: Tensor, expected: Tensor) -> None:
        """Compare tensors bit by bit; the error is the number of entries that differ."""
        if got.shape != expected.shape:
            self._misshapen(name, got, expected, 0)
        else:
            self._verdict(name, int((got != expected).sum()), 0, "")

    def broken(self, name: str, error: Exception) -> None:
        """Fail what could not be computed."""
        self._verdict(name, float("nan"), 0, f"{type(error).__name__}: {error}")

    def skip(self, name: str) -> None:
        """Say that nothing here knows what this is."""
        self.skipped += 1
        self._row(name, "", "", "not checked")

    def conclude(self) -> bool:
        """Print the summary; say whether all holds."""
        if self.worst_share:
            print(f"\nlargest difference: {self.worst_share:.2f} of its limit")
        print(f"{self.passed} passed, {self.failed} failed")
        return self.passed > 0 and self.failed == 0

    def _misshapen(self, name: str, got: Tensor, expected: Tensor, limit: float) -> None:
        self._verdict(name, float("nan"), limit, f"shape {list(got.shape)}, expected {list(expected.shape)}")

    def _verdict(self, name: str, error: float, limit: float, note: str) -> None:
        holds = error <= limit  # false for NaN
        self.passed, self.failed = self.passed + holds, self.failed + (not holds)
        self._row(name, _number(error), _number(limit), "pass" if holds else f"FAIL  {note}".rstrip())

    def _row(self, name: str, error: str, limit: str, verdict: str) -> None:
        row = f"{name:<{NAME_WIDTH}} {error:>{NUMBER_WIDTH}} {limit:>{NUMBER_WIDTH}}  {verdict}"
        print(row, flush=True)


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.1e}"


def _entry(values: list[object], index: int) -> str:
    return repr(values[index]) if index < len(values) else "nothing"


def _where(error: Tensor, limit: float) -> str:
    """Name the rows that are off: one alone points to an expert flip, all of them to a mistake."""
    rows = error.amax(dim=1) if error.ndim > 1 else error
    bad = (~(rows <= limit)).nonzero().flatten().tolist()
    return f"{len(bad)} of {len(rows)} rows, first {bad[0]}" if bad else ""
