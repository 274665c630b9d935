"""Bring your own executor: any class with `perform` and `release_all` will do, nothing to inherit.

python examples/05_custom_executor.py
"""

import json
import tempfile
from pathlib import Path

from vl2agent import Agent, BrowserSandbox
from vl2agent.actions import ACTION, Action
from vl2agent.contracts import Executor
from vl2agent.steps import Receipt

PAGE = """<title>Notes</title><body style="font: 20px/2 sans-serif; margin: 3em">
<label>Note <br><input id="note" style="font: inherit"></label>
<button style="font: inherit" onclick="list.append(note.value)">Add</button>
<p id="list">Notes: </p>"""


class JsonLog:
    """Performs through another executor, and writes each action and its receipt down as a line of JSON."""

    def __init__(self, inner: Executor, path: Path) -> None:
        self.inner, self.path = inner, path

    def perform(self, action: Action) -> Receipt:
        """Act, then log; errors pass through, so the agent sees them."""
        receipt = self.inner.perform(action)
        line = {"action": ACTION.dump_python(action, mode="json"), "receipt": receipt.model_dump()}
        with self.path.open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
        return receipt

    def release_all(self) -> None:
        """Let go of what is held, whoever holds it."""
        self.inner.release_all()


def main(log: Path) -> None:
    """Look at a page, act on it through the log."""
    with BrowserSandbox(html=PAGE, size=(800, 400)) as browser:
        agent = Agent(browser, JsonLog(browser, log))
        agent.run("type 'buy milk' into Note, click Add, wait until 'Notes: buy milk' appears")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder, "actions.jsonl"))
        print(Path(folder, "actions.jsonl").read_text(encoding="utf-8"))
