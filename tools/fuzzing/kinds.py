"""What a kind of input is: how one is broken, how it is read, and what a value that came of it must be."""

from __future__ import annotations

from random import Random
from typing import Any, Protocol


class Kind(Protocol):
    """One kind of input."""

    name: str
    share: int
    """How often it comes, relative to the others."""

    def mutant(self, rng: Random) -> Any:
        """Break a sound input; it can be shown with `repr`."""
        ...

    def read(self, mutant: Any) -> Any:
        """Read it as this package does.

        Raises:
            VL2AgentError: it is refused.
        """
        ...

    def wrong(self, mutant: Any, value: Any) -> str:
        """Say why a value is no correct one; empty when it is."""
        ...
