"""The receipt of an action that was stopped in the middle."""

from __future__ import annotations

import re
import time

from vl2agent.actions import Action, TypeText
from vl2agent.errors import Interrupted
from vl2agent.steps import Receipt

_COUNTED = re.compile(r"after (all|\d+) of \d+ characters")


def tell_cut_short(error: BaseException, action: Action, began_s: float) -> None:
    """Have an `Interrupted` tell what was sent; what came of that part is not certain. How long a secret is it keeps."""
    if isinstance(error, Interrupted) and error.receipt is None:
        if isinstance(action, TypeText) and action.secret:
            error.args = (_COUNTED.sub("while a secret was typed", str(error)),)
        duration_s = time.monotonic() - began_s
        error.receipt = Receipt(delivery="uncertain", duration_s=duration_s, detail=str(error))
