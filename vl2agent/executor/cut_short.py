"""The receipt of an action that was stopped in the middle."""

from __future__ import annotations

import time

from vl2agent.errors import Interrupted
from vl2agent.steps import Receipt


def tell_cut_short(error: BaseException, began_s: float) -> None:
    """Have an `Interrupted` tell what was sent; what came of that part is not certain."""
    if isinstance(error, Interrupted) and error.receipt is None:
        duration_s = time.monotonic() - began_s
        error.receipt = Receipt(delivery="uncertain", duration_s=duration_s, detail=str(error))
