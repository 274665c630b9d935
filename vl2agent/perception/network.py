"""One neural network of RapidOCR's wheel, run on onnxruntime's processor backend."""

from __future__ import annotations

import importlib.util
import os
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vl2agent.errors import MissingExtra

MAX_THREADS = 8


class Network:
    """A loaded network.

    Args:
        pattern: which file of the wheel's model folder, as '*det*.onnx'.
        threads: how many to compute with; None takes the processors this process may use, at most 8.

    Raises:
        MissingExtra: RapidOCR or onnxruntime is not installed.
    """

    def __init__(self, pattern: str, threads: int | None = None) -> None:
        path = _model(pattern)
        try:
            from onnxruntime import InferenceSession, SessionOptions  # type: ignore[import-untyped]
        except ImportError as error:
            raise MissingExtra("ocr", "reading the screen") from error
        options = SessionOptions()
        options.intra_op_num_threads = threads or min(_processors(), MAX_THREADS)
        options.log_severity_level = 4
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "0"
        )  # waiting threads leave the desktop its cores
        self._session = InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network on a batch [count, 3, height, width] of pictures scaled to -1..1."""
        output: NDArray[np.float32] = self._session.run(None, {self._input: batch})[0]
        return output

    @cached_property
    def alphabet(self) -> tuple[str, ...]:
        """The classes of a reading network: the CTC blank, its characters, the space."""
        characters = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        return ("", *characters, " ")


def _model(pattern: str) -> Path:
    """Find a network in RapidOCR's wheel, without importing it."""
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise MissingExtra("ocr", "reading the screen")
    folder = Path(spec.origin).parent / "models"
    found = sorted(folder.glob(pattern))
    if not found:
        raise MissingExtra("ocr", f"reading the screen (no {pattern} in {folder})")
    return found[0]


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
