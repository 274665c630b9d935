"""What is used where the caller names nothing: the parts that fit a screen and, if there is one, a model."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vl2agent.calls import Model
from vl2agent.contracts import Backend, Executor, Perception, Planner, Screen
from vl2agent.errors import InputError

if TYPE_CHECKING:
    from vl2agent.perception.engine import TextEngine


def acting_on(screen: Screen) -> Executor:
    """Take the screen itself, when that can act.

    Raises:
        InputError: it only looks.
    """
    if not (hasattr(screen, "perform") and hasattr(screen, "release_all")):
        raise InputError(f"expected an executor, as {type(screen).__name__} only looks; try executor=DryRunExecutor()")
    return cast(Executor, screen)


def open_model(model: Model | Backend | str | Path) -> Model:
    """Open a model by its folder, repository or server, unless it is open already.

    Raises:
        BackendError: there is no such model.
    """
    if isinstance(model, Model):
        return model
    if isinstance(model, str | Path):
        from vl2agent.backends.families import open_backend

        return Model(open_backend(model))
    return Model(model)


def seeing_with(model: Model | None, engine: TextEngine | None = None) -> Perception:
    """Read the screen, with networks that are loaded already if given; let a model find things, and that correct it."""
    from vl2agent.perception.vl2 import VL2Perception

    if model is not None and not find_spec("rapidocr"):
        return VL2Perception(model)
    from vl2agent.perception.embedded import OcrPerception

    reader = OcrPerception(engine)
    return VL2Perception(model, reader) if model else reader


def reading_with(perception: Perception) -> Perception | None:
    """Give what reads text without a model; None where only a model could."""
    from vl2agent.perception.vl2 import VL2Perception

    return perception.reader if isinstance(perception, VL2Perception) else perception


def planning_with(model: Model | None, perception: Perception) -> Planner:
    """Read goals as commands; with a model, let that plan."""
    if model is None:
        from vl2agent.planner.commands import CommandPlanner

        return CommandPlanner(perception)
    from vl2agent.planner.vl2 import VL2Planner

    return VL2Planner(model, perception)
