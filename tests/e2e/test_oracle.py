"""Goals on the way around a model: prompts, ledger, grammar, parsing, looking closer and verdicts, with a model that knows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from vl2agent.bench.desktop import choose, try_goal
from vl2agent.bench.oracle import oracle
from vl2agent.perception.embedded import OcrPerception
from vl2agent.perception.engine import OnnxTextEngine
from vl2agent.recording.reader import Recording
from vl2agent.recording.schema import Called

pytestmark = [pytest.mark.display, pytest.mark.slow]

FIXTURES = Path(__file__).parents[1] / "fixtures" / "vl2"
WINDOW = 4096


@pytest.fixture(scope="module")
def engine() -> OnnxTextEngine:
    """Load the networks once."""
    return OnnxTextEngine()


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out what is needed to count as a model does."""
    folder = tmp_path_factory.mktemp("tokenizer")
    for file in ("nano-mha/config.json", "tokenizer/tokenizer.json"):
        shutil.copy(FIXTURES / file, folder)
    return folder


@pytest.mark.parametrize(
    ("name", "size", "scale"),
    [
        ("style", (2560, 1600), 2),
        ("folders", (1366, 768), 1),
        ("web form", (1920, 1080), 1),
    ],
)
def test_the_oracle_reaches_the_goal(
    name: str, size: tuple[int, int], scale: int, engine: OnnxTextEngine, tokenizer: Path, tmp_path: Path
) -> None:
    """Its state says so afterwards, every prompt fitted the window, and what was counted is what was used."""
    (goal,) = choose([name])
    record = tmp_path / "run.v2a"
    trial = try_goal(
        goal,
        goal.scene(0, size=size, scale=scale),
        OcrPerception(engine),
        model_for=lambda desktop: oracle(desktop, OcrPerception(engine), tokenizer=tokenizer, window=WINDOW),
        record=record,
    )
    assert trial.problem == "", trial
    assert trial.calls.failed == 0
    assert trial.calls.purposes["plan"] > 3
    assert trial.calls.purposes["ground"] > 1
    assert trial.calls.purposes["zoom"] > 0
    for called in Recording(record).of(Called):
        assert called.call.reply is not None
        assert called.call.bill.prompt_tokens == called.call.reply.usage.prompt_tokens
        assert called.call.bill.free >= 0
