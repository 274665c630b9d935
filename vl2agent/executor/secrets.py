"""Types secrets for their names: what plans, models, policy and recordings see is `{NAME}`, never the value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from vl2agent.actions import Action, TypeText
from vl2agent.contracts import Executor, LeavesMarks
from vl2agent.errors import TextNotTypable
from vl2agent.pace import Stop, Stoppable
from vl2agent.steps import Reached, Receipt


class KnowsSecrets:
    """An executor that fills `{NAME}` in typed text in, at the last moment.

    Args:
        executor: what performs the action then.
        secrets: values by name.
    """

    def __init__(self, executor: Executor, secrets: Mapping[str, str]) -> None:
        self._executor, self._secrets = executor, dict(secrets)
        self._name = re.compile("|".join(re.escape(f"{{{name}}}") for name in secrets) or r"(?!)")

    def perform(self, action: Action) -> Receipt:
        """Do it.

        Raises:
            TextNotTypable: a secret has characters that cannot be typed; the error does not say which.
            InputError, ExecutionError: as the executor raises them.
        """
        if not isinstance(action, TypeText) or not self._name.search(action.text):
            return self._executor.perform(action)
        text = self._name.sub(lambda name: self._secrets[name[0][1:-1]], action.text)
        try:
            return self._executor.perform(TypeText(text=text, submit=action.submit, secret=True))
        except TextNotTypable as error:
            raise TextNotTypable(action.text, error.reason) from None

    def next_mark(self) -> str:
        """Name the next action where the executor leaves marks; '' elsewhere."""
        return self._executor.next_mark() if isinstance(self._executor, LeavesMarks) else ""

    def how_far(self, mark: str) -> Reached | None:
        """Tell how far an action came; of a part never how much: that counts letters that nobody else may know."""
        reached = self._executor.how_far(mark) if isinstance(self._executor, LeavesMarks) else None
        return reached.model_copy(update={"characters": None}) if reached else None

    def stopping_on(self, stop: Stop) -> AbstractContextManager[None]:
        """Break off as soon as `stop` is set, while entered, where the executor can."""
        return self._executor.stopping_on(stop) if isinstance(self._executor, Stoppable) else nullcontext()

    def release_all(self) -> None:
        """Let go of every key and button that the executor holds down."""
        self._executor.release_all()
